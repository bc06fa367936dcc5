/*
 * siv.h - encryption that also finds changes, and keyed hashes (beside sha256.c and sign.c this folder's only door to libcrypto)
 *
 * What    AES-SIV (RFC 5297) with a key of 32 bytes (two AES-128 keys). Deterministic: it needs no nonce, and the same text under
 *         the same key and context twice says no more than that it is the same. A transaction that runs again, or a store that
 *         was put back from a copy, can so never use a nonce twice. The text grows by SIV_BYTES.
 * Errors  siv_open() answers false for anything that siv_seal() did not make with this key and context.
 * Thread  an object is used by one thread at a time.
 * Source  docs/decisions: keys of persons; about 1 us for the sealed fields of one line.
 */
#ifndef OUTDIAL_CAMPAIGNS_SIV_H
#define OUTDIAL_CAMPAIGNS_SIV_H

#include <stdbool.h>
#include <stddef.h>

#define SIV_KEY_BYTES 32
#define SIV_BYTES 16
#define SIV_TEXT_MAX 4096

struct siv_context { /* what is bound to the text without being in it; never empty */
	const void *data;
	size_t bytes;
};

struct siv;
/* NULL: out of memory, or libcrypto does not know AES-SIV. */
struct siv *siv_alloc(void);
void siv_free(struct siv *siv); /* NULL is fine */
/* out: bytes + SIV_BYTES. Text of 1..SIV_TEXT_MAX bytes. False: libcrypto refuses. */
bool siv_seal(struct siv *siv, const unsigned char key[SIV_KEY_BYTES], struct siv_context context, const void *text, size_t bytes,
	void *out);
/* out: bytes - SIV_BYTES. */
bool siv_open(struct siv *siv, const unsigned char key[SIV_KEY_BYTES], struct siv_context context, const void *box, size_t bytes,
	void *out);

/* HMAC-SHA256. False: libcrypto refuses. */
bool keyed_hash(const unsigned char key[SIV_KEY_BYTES], const void *data, size_t bytes, unsigned char out[32]);

#endif
