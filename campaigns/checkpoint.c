/* checkpoint.c - see checkpoint.h */
#include "campaigns/checkpoint.h"

#include "campaigns/base64.h"
#include "campaigns/sha256.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DASH "\xE2\x80\x94 " /* em dash, blank */
#define ALGORITHM_ED25519 0x01

void checkpoint_origin(const char *tag, char out[ORIGIN_BYTES])
{
	snprintf(out, ORIGIN_BYTES, "outdial/%.40s", tag);
}

/* The three lines that are signed. */
static size_t body_print(const struct checkpoint *checkpoint, char out[256])
{
	char root[BASE64_BYTES(HASH_BYTES)];

	base64_encode(checkpoint->root.bytes, HASH_BYTES, root);
	return (size_t)snprintf(
		out, 256, "%s\n%llu\n%s\n", checkpoint->origin, (unsigned long long)checkpoint->size, root);
}

/* First four bytes of SHA-256(name, newline, algorithm, public key). */
static int key_id(const char *name, const struct sign_key *key, unsigned char out[4])
{
	unsigned char algorithm_key[1 + SIGN_PUBLIC_BYTES] = {ALGORITHM_ED25519}, digest[HASH_BYTES];
	struct sha256 *sha;
	int err = sign_public_bytes(key, algorithm_key + 1);

	if (err)
		return err;
	sha = sha256_alloc();
	if (!sha)
		return -ENOMEM;
	sha256_add(sha, name, strlen(name));
	sha256_add(sha, "\n", 1);
	sha256_add(sha, algorithm_key, sizeof(algorithm_key));
	sha256_bytes(sha, digest);
	sha256_free(sha);
	memcpy(out, digest, 4);
	return 0;
}

int checkpoint_print(struct checkpoint *checkpoint, const struct sign_key *key, char out[CHECKPOINT_BYTES])
{
	char body[256], signature[BASE64_BYTES(4 + SIGN_BYTES)];
	unsigned char bytes[4 + SIGN_BYTES];
	size_t body_bytes = body_print(checkpoint, body);
	int err = key_id(checkpoint->origin, key, checkpoint->key_id);

	if (!err)
		err = sign_make(key, body, body_bytes, checkpoint->signature);
	if (err)
		return err;
	memcpy(bytes, checkpoint->key_id, 4);
	memcpy(bytes + 4, checkpoint->signature, SIGN_BYTES);
	base64_encode(bytes, sizeof(bytes), signature);
	snprintf(out, CHECKPOINT_BYTES, "%s\n" DASH "%s %s\n", body, checkpoint->origin, signature);
	return 0;
}

bool checkpoint_check(const struct checkpoint *checkpoint, const struct sign_key *key)
{
	unsigned char id[4];
	char body[256];
	size_t bytes = body_print(checkpoint, body);

	return key_id(checkpoint->origin, key, id) == 0 && memcmp(id, checkpoint->key_id, 4) == 0 &&
	       sign_check(key, body, bytes, checkpoint->signature);
}

/* --- reading */

struct text {
	const char *at, *end;
};

/* The next line without its newline; false when there is no whole one. */
static bool next_line(struct text *text, const char **line, size_t *bytes)
{
	const char *newline = memchr(text->at, '\n', (size_t)(text->end - text->at));

	if (!newline)
		return false;
	*line = text->at;
	*bytes = (size_t)(newline - text->at);
	text->at = newline + 1;
	return true;
}

static bool origin_ok(const char *line, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (line[i] <= ' ' || line[i] == '+' || line[i] > '~')
			return false;
	return bytes > 0 && bytes < ORIGIN_BYTES;
}

static bool size_parse(const char *line, size_t bytes, uint64_t *size)
{
	int64_t value;
	char digits[24];

	if (bytes == 0 || bytes >= sizeof(digits) || (line[0] == '0' && bytes > 1) || line[0] == '+' || line[0] == '-')
		return false;
	if (!text_copy_n(digits, sizeof(digits), line, bytes) || strspn(digits, "0123456789") != bytes ||
		!text_i64(digits, 0, INT64_MAX, &value))
		return false;
	*size = (uint64_t)value;
	return true;
}

static bool body_parse(struct text *text, struct checkpoint *out)
{
	const char *line;
	size_t bytes;

	if (!next_line(text, &line, &bytes) || !origin_ok(line, bytes))
		return false;
	text_copy_n(out->origin, sizeof(out->origin), line, bytes);
	if (!next_line(text, &line, &bytes) || !size_parse(line, bytes, &out->size))
		return false;
	return next_line(text, &line, &bytes) && base64_decode(line, bytes, out->root.bytes, HASH_BYTES) == HASH_BYTES;
}

/* 1: our signature, 0: another's, -1: no signature line. */
static int signature_parse(const char *line, size_t bytes, struct checkpoint *out)
{
	size_t name_bytes = strlen(out->origin);
	unsigned char both[4 + SIGN_BYTES];

	if (bytes < 4 || memcmp(line, DASH, 4) != 0)
		return -1;
	line += 4;
	bytes -= 4;
	if (bytes <= name_bytes || memcmp(line, out->origin, name_bytes) != 0 || line[name_bytes] != ' ')
		return 0;
	line += name_bytes + 1;
	bytes -= name_bytes + 1;
	if (base64_decode(line, bytes, both, sizeof(both)) != (int)sizeof(both))
		return -1;
	memcpy(out->key_id, both, 4);
	memcpy(out->signature, both + 4, SIGN_BYTES);
	return 1;
}

int checkpoint_parse(const char *text, size_t bytes, struct checkpoint *out)
{
	struct text rest = {text, text + bytes};
	bool ours = false;
	const char *line;
	size_t line_bytes;

	memset(out, 0, sizeof(*out));
	if (bytes >= CHECKPOINT_BYTES || !body_parse(&rest, out) || !next_line(&rest, &line, &line_bytes) || line_bytes)
		return ERR_SYNTAX;
	while (next_line(&rest, &line, &line_bytes)) {
		int found = signature_parse(line, line_bytes, out);

		if (found < 0 || (found && ours))
			return ERR_SYNTAX;
		ours |= found;
	}
	return ours && rest.at == rest.end ? 0 : ERR_SYNTAX;
}
