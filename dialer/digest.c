/* digest.c - digest authentication, both sides: header values, responses, nonces */
#include "dialer/digest.h"

#include "base/err.h"
#include "base/random.h"
#include "base/text.h"
#include "dialer/hash.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAC_BYTES 16

/* --- reading */

static void skip(const char **at, const char *set)
{
	*at += strspn(*at, set);
}

static int token(const char **at, char *out, size_t size)
{
	size_t length = strcspn(*at, " \t\r\n=,;\"");
	bool fits = text_copy_n(out, size, *at, length);
	*at += length;
	return length && fits ? 0 : ERR_SYNTAX;
}

static int quoted(const char **at, char *out, size_t size)
{
	size_t length = 0;
	for (++*at; **at && **at != '"'; ++*at) {
		if (**at == '\\' && (*at)[1])
			++*at;
		if (length + 1 >= size || iscntrl((unsigned char)**at))
			return ERR_SYNTAX;
		out[length++] = **at;
	}
	if (**at != '"')
		return ERR_SYNTAX;
	++*at;
	out[length] = 0;
	return 0;
}

/* name = value, where the value is a token or a quoted string. */
static int param(const char **at, char *name, size_t name_size, char *value, size_t value_size)
{
	if (token(at, name, name_size))
		return ERR_SYNTAX;
	skip(at, " \t\r\n");
	if (*(*at)++ != '=')
		return ERR_SYNTAX;
	skip(at, " \t\r\n");
	return **at == '"' ? quoted(at, value, value_size) : token(at, value, value_size);
}

static int note_hash(struct digest *d, const char *value)
{
	if (!strcasecmp(value, "MD5"))
		d->hash = DIGEST_MD5;
	else if (!strcasecmp(value, "SHA-256"))
		d->hash = DIGEST_SHA256;
	else
		return -ENOTSUP;
	return 0;
}

/* A list such as "auth,auth-int"; without "auth" in it we have nothing to offer. */
static int note_qop(struct digest *d, const char *value)
{
	for (const char *at = value; *at;) {
		char word[32];
		skip(&at, " \t,");
		if (!*at)
			break;
		if (token(&at, word, sizeof(word)))
			return ERR_SYNTAX;
		if (!strcasecmp(word, "auth"))
			d->qop_auth = true;
	}
	return d->qop_auth ? 0 : -ENOTSUP;
}

static int note_nc(struct digest *d, const char *value)
{
	if (strlen(value) != 8 || strspn(value, "0123456789abcdefABCDEF") != 8)
		return ERR_SYNTAX;
	d->nc = (uint32_t)strtoul(value, NULL, 16);
	return 0;
}

static int note(struct digest *d, const char *name, const char *value)
{
	const struct {
		const char *name;
		char *out;
		size_t size;
	} texts[] = {
		{"realm", d->realm, sizeof(d->realm)},
		{"nonce", d->nonce, sizeof(d->nonce)},
		{"opaque", d->opaque, sizeof(d->opaque)},
		{"username", d->username, sizeof(d->username)},
		{"uri", d->uri, sizeof(d->uri)},
		{"cnonce", d->cnonce, sizeof(d->cnonce)},
		{"response", d->response, sizeof(d->response)},
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!strcasecmp(name, texts[i].name))
			return text_copy(texts[i].out, texts[i].size, value) ? 0 : ERR_SYNTAX;
	if (!strcasecmp(name, "algorithm"))
		return note_hash(d, value);
	if (!strcasecmp(name, "qop"))
		return note_qop(d, value);
	if (!strcasecmp(name, "nc"))
		return note_nc(d, value);
	if (!strcasecmp(name, "stale"))
		d->stale = !strcasecmp(value, "true");
	return 0;
}

static int parse_params(const char *at, struct digest *d)
{
	for (;;) {
		char name[32], value[512];
		skip(&at, " \t\r\n,");
		if (!*at)
			return d->nonce[0] ? 0 : ERR_SYNTAX;
		if (param(&at, name, sizeof(name), value, sizeof(value)))
			return ERR_SYNTAX;
		int err = note(d, name, value);
		if (err)
			return err;
		skip(&at, " \t\r\n");
		if (*at && *at != ',')
			return ERR_SYNTAX;
	}
}

int digest_parse(const char *text, struct digest *out)
{
	struct digest d = {.hash = DIGEST_MD5};
	skip(&text, " \t");
	if (strncasecmp(text, "Digest", 6) || (text[6] != ' ' && text[6] != '\t'))
		return -ENOTSUP;
	int err = parse_params(text + 6, &d);
	if (!err)
		*out = d;
	return err;
}

/* --- hashes */

static int hash_of(enum digest_hash hash, const char *const *parts, size_t count, char out[DIGEST_HEX_MAX])
{
	return hash_parts(hash == DIGEST_MD5 ? HASH_MD5 : HASH_SHA256, parts, count, out) ? ERR_CRYPTO : 0;
}

int digest_ha1(enum digest_hash hash, const char *user, const char *realm, const char *secret, char out[DIGEST_HEX_MAX])
{
	const char *const parts[] = {user, realm, secret};
	return hash_of(hash, parts, 3, out);
}

int digest_response(const struct digest *d, const char *ha1, const char *method, char out[DIGEST_HEX_MAX])
{
	char ha2[DIGEST_HEX_MAX], nc[9];
	const char *const request[] = {method, d->uri};
	if (hash_of(d->hash, request, 2, ha2))
		return ERR_CRYPTO;
	snprintf(nc, sizeof(nc), "%08" PRIx32, d->nc);
	const char *const with[] = {ha1, d->nonce, nc, d->cnonce, "auth", ha2};
	const char *const without[] = {ha1, d->nonce, ha2};
	return d->qop_auth ? hash_of(d->hash, with, 6, out) : hash_of(d->hash, without, 3, out);
}

/* --- client */

/* What may stand between quotes without escapes. */
static bool plain(const char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text) || *text == '"' || *text == '\\')
			return false;
	return true;
}

static int random_cnonce(char out[33])
{
	uint8_t bytes[16];
	if (random_bytes(bytes, sizeof(bytes)))
		return ERR_CRYPTO;
	text_hex(bytes, sizeof(bytes), out);
	return 0;
}

static int print_credentials(const struct digest *d, char *out, size_t size)
{
	char qop[160] = "", opaque[160] = "";
	if (d->qop_auth)
		snprintf(qop, sizeof(qop), ", qop=auth, nc=%08" PRIx32 ", cnonce=\"%s\"", d->nc, d->cnonce);
	if (d->opaque[0])
		snprintf(opaque, sizeof(opaque), ", opaque=\"%s\"", d->opaque);
	int length = snprintf(out, size,
		"Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", response=\"%s\", algorithm=%s%s%s", d->username,
		d->realm, d->nonce, d->uri, d->response, d->hash == DIGEST_MD5 ? "MD5" : "SHA-256", qop, opaque);
	return length < 0 || (size_t)length >= size ? -ENOSPC : 0;
}

int digest_answer(const struct digest *challenge, const char *user, const char *secret, const char *method, const char *uri,
	const char *cnonce, char *out, size_t size)
{
	struct digest d = *challenge;
	char ha1[DIGEST_HEX_MAX], fresh[33];
	if (!cnonce && random_cnonce(fresh))
		return ERR_CRYPTO;
	d.nc = challenge->nc ? challenge->nc : 1;
	if (!text_copy(d.username, sizeof(d.username), user) || !text_copy(d.uri, sizeof(d.uri), uri) ||
		!text_copy(d.cnonce, sizeof(d.cnonce), cnonce ? cnonce : fresh))
		return ERR_SYNTAX;
	if (!plain(d.username) || !plain(d.uri) || !plain(d.cnonce) || !plain(d.realm) || !plain(d.nonce) || !plain(d.opaque))
		return ERR_SYNTAX;
	int err = digest_ha1(d.hash, user, d.realm, secret, ha1);
	if (!err)
		err = digest_response(&d, ha1, method, d.response);
	hash_wipe(ha1, sizeof(ha1));
	return err ? err : print_credentials(&d, out, size);
}

/* --- server */

int digest_challenge(const char *realm, const char *nonce, bool stale, char *out, size_t size)
{
	if (!plain(realm) || !plain(nonce))
		return ERR_SYNTAX;
	int length = snprintf(out, size, "Digest realm=\"%s\", nonce=\"%s\", algorithm=MD5, qop=\"auth\"%s", realm, nonce,
		stale ? ", stale=true" : "");
	return length < 0 || (size_t)length >= size ? -ENOSPC : 0;
}

bool digest_verify(const struct digest *credentials, const char *ha1, const char *method)
{
	char expected[DIGEST_HEX_MAX], lower[DIGEST_HEX_MAX];
	if (digest_response(credentials, ha1, method, expected))
		return false;
	size_t length = strlen(expected);
	if (strlen(credentials->response) != length)
		return false;
	for (size_t i = 0; i <= length; i++)
		lower[i] = (char)tolower((unsigned char)credentials->response[i]);
	return hash_equal(lower, expected, length);
}

/* Time of birth in ms as 16 hex digits, then the first 16 bytes of the HMAC over it and the binding. */
static int nonce_text(const uint8_t key[32], uint64_t born_ms, const char *binding, char out[DIGEST_NONCE_MAX])
{
	char message[512];
	uint8_t mac[32];
	int length = snprintf(message, sizeof(message), "%016" PRIx64 ":%s", born_ms, binding);
	if (length < 0 || (size_t)length >= sizeof(message))
		return ERR_SYNTAX;
	if (hash_hmac_sha256(key, message, (size_t)length, mac))
		return ERR_CRYPTO;
	memcpy(out, message, 16);
	text_hex(mac, MAC_BYTES, out + 16);
	return 0;
}

int digest_nonce_make(const uint8_t key[32], int64_t now_us, const char *binding, char out[DIGEST_NONCE_MAX])
{
	return nonce_text(key, (uint64_t)(now_us / 1000), binding, out);
}

enum digest_nonce digest_nonce_check(
	const uint8_t key[32], int64_t now_us, int64_t age_us_max, const char *binding, const char *nonce)
{
	char expected[DIGEST_NONCE_MAX], born[17];
	if (strlen(nonce) != DIGEST_NONCE_MAX - 1 || strspn(nonce, "0123456789abcdef") != DIGEST_NONCE_MAX - 1)
		return DIGEST_NONCE_FORGED;
	memcpy(born, nonce, 16);
	born[16] = 0;
	uint64_t born_ms = strtoull(born, NULL, 16);
	if (nonce_text(key, born_ms, binding, expected) || !hash_equal(nonce, expected, DIGEST_NONCE_MAX - 1))
		return DIGEST_NONCE_FORGED;
	int64_t age_ms = now_us / 1000 - (int64_t)born_ms;
	return age_ms < 0 || age_ms > age_us_max / 1000 ? DIGEST_NONCE_STALE : DIGEST_NONCE_GOOD;
}
