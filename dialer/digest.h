/*
 * digest.h - HTTP digest authentication as SIP uses it, both sides (pure but for the random client nonce)
 *
 * What    Reads and writes challenges and credentials, computes and checks responses, makes and checks server nonces without a
 * table: a nonce is its time of birth and an HMAC over it and a binding (Call-ID and source address), so a captured answer is of
 *         no use in another call or from another place.
 * Shape   struct digest holds the parameters of one header value by value. Hash texts are lower-case hex with NUL.
 * Errors  ERR_SYNTAX malformed or too long, -ENOTSUP another scheme, algorithm or qop than ours, ERR_CRYPTO from libcrypto.
 * Safety  responses are compared in constant time. Nothing here allocates but libcrypto.
 * Source  RFC 7616 (digest, MD5 and SHA-256), 8760 (SHA-256 in SIP), 3261 22.4, 2069 (answers without qop), 2104 (HMAC).
 */
#ifndef OUTDIAL_DIALER_DIGEST_H
#define OUTDIAL_DIALER_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_HEX_MAX 65 /* SHA-256; MD5 uses 33 of it */
#define DIGEST_NONCE_MAX 49
#define DIGEST_HEADER_MAX 1024

enum digest_hash { DIGEST_MD5, DIGEST_SHA256 };

struct digest {
	enum digest_hash hash;
	bool qop_auth; /* challenge: "auth" is among the qop values; credentials: qop is "auth" */
	bool stale;
	uint32_t nc;
	char realm[128], nonce[256], opaque[128], username[96], uri[256], cnonce[96];
	char response[DIGEST_HEX_MAX];
};

/* A value of WWW-, Proxy-Authenticate, Authorization or Proxy-Authorization, with the word Digest in front. */
int digest_parse(const char *text, struct digest *out);

/* Hash of user:realm:secret. */
int digest_ha1(enum digest_hash hash, const char *user, const char *realm, const char *secret, char out[DIGEST_HEX_MAX]);

/* What `d` (realm, nonce, uri, and with qop nc and cnonce) must answer for `method`. */
int digest_response(const struct digest *d, const char *ha1, const char *method, char out[DIGEST_HEX_MAX]);

/*
 * Client: the credentials that answer `challenge`, as a header value. challenge->nc: how often its nonce was used, this answer
 * included; 0 = 1. `cnonce` NULL: a random one. ERR_SYNTAX also when a text
 * holds a quote, backslash or control character, -ENOSPC.
 */
int digest_answer(const struct digest *challenge, const char *user, const char *secret, const char *method, const char *uri,
	const char *cnonce, char *out, size_t size);

/* Server: a challenge (MD5, qop auth) as a header value. */
int digest_challenge(const char *realm, const char *nonce, bool stale, char *out, size_t size);
/* Server: do the credentials prove that their sender knows HA1? */
bool digest_verify(const struct digest *credentials, const char *ha1, const char *method);

enum digest_nonce { DIGEST_NONCE_GOOD, DIGEST_NONCE_STALE, DIGEST_NONCE_FORGED };

int digest_nonce_make(const uint8_t key[32], int64_t now_us, const char *binding, char out[DIGEST_NONCE_MAX]);
/* STALE: ours, but older than age_us_max (or made for another binding, which cannot be told from forged: that is FORGED). */
enum digest_nonce digest_nonce_check(
	const uint8_t key[32], int64_t now_us, int64_t age_us_max, const char *binding, const char *nonce);

#endif
