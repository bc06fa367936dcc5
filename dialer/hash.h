/*
 * hash.h - MD5, SHA-256, HMAC and constant-time comparison (the dialer's only door to libcrypto)
 *
 * What    The few hashes that SIP digests need. MD5 is here because RFC 3261 user agents speak nothing else.
 * Errors  -EIO when libcrypto refuses (for instance MD5 under a FIPS policy).
 */
#ifndef OUTDIAL_DIALER_HASH_H
#define OUTDIAL_DIALER_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_HEX_MAX 65

enum hash_kind { HASH_MD5, HASH_SHA256 };

/* Lower-case hex of the hash over the parts with a colon between each two of them. */
int hash_parts(enum hash_kind kind, const char *const *parts, size_t count, char out[HASH_HEX_MAX]);
int hash_hmac_sha256(const uint8_t key[32], const void *message, size_t bytes, uint8_t mac[32]);
/* Time depends on the length only. */
bool hash_equal(const void *a, const void *b, size_t bytes);
void hash_wipe(void *secret, size_t bytes);

#endif
