/*
 * vault.h - a file at rest: written once, summed with SHA-256, encrypted if there is a key
 *
 * What    vault_create() writes under a temporary name; vault_close() synchronises it and gives it its name, so a file that has
 *         its name is whole. The sum is of the bytes on the disk.
 * Format  without a key: the bytes. With one: "OUTDENC1", 32 random bytes of salt, then chunks of 65,536 bytes (the last one
 *         shorter, perhaps empty), each AES-256-GCM with its tag of 16 bytes behind it. The file's key is HMAC-SHA256(key,
 *         "outdial recording" || salt); the nonce is the chunk's number and whether it is the last, so chunks cannot be
 *         exchanged, repeated or cut off.
 * Key     a file with 64 hexadecimal digits, as `openssl rand -hex 32` writes it.
 * Errors  -errno, ERR_SYNTAX (no key file; no such file; a chunk is damaged, or was encrypted with another key), ERR_CRYPTO.
 * Source  STREAM: Hoang, Reyhanitabar, Rogaway, Vizar, CRYPTO 2015. NIST SP 800-38D.
 */
#ifndef OUTDIAL_MEDIA_VAULT_H
#define OUTDIAL_MEDIA_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VAULT_KEY_BYTES 32

struct vault;

struct vault_receipt {
	char sha256[65];
	uint64_t bytes;
};

/* Reads a key file. */
int vault_key(const char *path, uint8_t key[VAULT_KEY_BYTES]);

/* `key` NULL: in the clear. */
int vault_create(struct vault **vault, const char *path, const uint8_t *key);
int vault_write(struct vault *vault, const void *data, size_t bytes);
/* Frees it in any case; on an error nothing has the name. */
int vault_close(struct vault *vault, struct vault_receipt *receipt);
void vault_abort(struct vault *vault); /* NULL is fine */

/*
 * The whole file, to `sink`, whose error ends it. The key is not looked at when the file is in the clear; -ENOKEY: it is not, and
 * there is none.
 */
typedef int vault_sink_h(void *arg, const void *data, size_t bytes);
int vault_read(const char *path, const uint8_t *key, vault_sink_h *sink, void *arg);
/* Sum and length of the bytes on the disk. */
int vault_sum(const char *path, struct vault_receipt *receipt);

#endif
