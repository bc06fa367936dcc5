/*
 * sign.h - Ed25519 keys and signatures (with sha256.c this folder's only door to libcrypto)
 *
 * What    A private key is a PEM file of mode 0600 (PKCS #8), its public key a PEM file beside it: what `openssl pkey` and
 *         `openssl pkeyutl` read. Signatures are 64 bytes and deterministic (RFC 8032).
 * Errors  -errno of the file, ERR_SYNTAX (not such a key), ERR_CRYPTO, ERR_EXISTS.
 */
#ifndef OUTDIAL_CAMPAIGNS_SIGN_H
#define OUTDIAL_CAMPAIGNS_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#define SIGN_PUBLIC_BYTES 32
#define SIGN_BYTES 64

struct sign_key;

/* A new pair, durable in both files when it answers 0. ERR_EXISTS: the private one is there already. */
int sign_key_make(const char *private_path, const char *public_path);
int sign_key_load(struct sign_key **key, const char *private_path);
int sign_public_load(struct sign_key **key, const char *public_path);
int sign_public_of(struct sign_key **key, const unsigned char bytes[SIGN_PUBLIC_BYTES]);
/* Writes the public half as PEM. */
int sign_public_save(const struct sign_key *key, const char *public_path);
void sign_key_free(struct sign_key *key); /* NULL is fine */

int sign_public_bytes(const struct sign_key *key, unsigned char out[SIGN_PUBLIC_BYTES]);
int sign_make(const struct sign_key *key, const void *data, size_t bytes, unsigned char out[SIGN_BYTES]);
bool sign_check(const struct sign_key *key, const void *data, size_t bytes, const unsigned char signature[SIGN_BYTES]);

#endif
