/*
 * crypt.h - SRTP contexts (the only door to libsrtp, and to libcrypto within media/)
 *
 * What    One context for one direction of one stream; packets are changed in place. libsrtp keeps key derivation, replay window,
 *         rollover and packet layout; AES counter mode and HMAC-SHA1 are libcrypto's, plugged in through libsrtp's own interface,
 *         because the packaged library's built-in ones slow down with the number of sessions (docs/MEDIA.md).
 * Errors  ERR_CRYPTO: refused set-up, failed authentication, replay. -ENOMEM.
 * Own     crypt_free() takes NULL.
 * Thread  crypt_init(): once, before others. A context belongs to one thread at a time.
 * Source  RFC 3711, RFC 4568 6 (suites, keys).
 */
#ifndef OUTDIAL_MEDIA_CRYPT_H
#define OUTDIAL_MEDIA_CRYPT_H

#include "media/media.h"

#define CRYPT_TRAILER 16 /* a protected packet grows by at most this much */

struct crypt;

int crypt_init(void);
/* True when libcrypto's AES and SHA-1 are plugged in, false when libsrtp's built-in ones have stayed. */
bool crypt_plugged(void);
int crypt_random(void *out, size_t bytes);

/* `send`: protects; else unprotects. */
int crypt_alloc(struct crypt **crypt, const struct media_srtp *srtp, bool send);
void crypt_free(struct crypt *crypt);

/* *bytes becomes the new length; the buffer has CRYPT_TRAILER bytes of room. Packets are 4 bytes aligned. */
int crypt_rtp(struct crypt *crypt, uint8_t *packet, size_t *bytes);
int crypt_rtcp(struct crypt *crypt, uint8_t *packet, size_t *bytes);

#endif
