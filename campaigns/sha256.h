/*
 * sha256.h - SHA-256 of a stream (with sign.c this folder's only door to libcrypto)
 */
#ifndef OUTDIAL_CAMPAIGNS_SHA256_H
#define OUTDIAL_CAMPAIGNS_SHA256_H

#include <stddef.h>

struct sha256;
/* NULL: out of memory, or libcrypto refuses. */
struct sha256 *sha256_alloc(void);
void sha256_free(struct sha256 *sha); /* NULL is fine */
void sha256_add(struct sha256 *sha, const void *data, size_t bytes);
/* 64 hex digits. Once. */
void sha256_hex(struct sha256 *sha, char out[65]);
/* The 32 bytes themselves, once; and a new sum in the same context, which costs less than a new context. */
void sha256_bytes(struct sha256 *sha, unsigned char out[32]);
void sha256_restart(struct sha256 *sha);

#endif
