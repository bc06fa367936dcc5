/* pruned.c - see pruned.h */
#include "campaigns/pruned.h"

#include "campaigns/base64.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TITLE "outdial-pruned/1\n"

/* --- record: one, under the key 0 */

void pruned_save(struct db_txn *txn, const struct pruned *pruned)
{
	struct db_key key = key_u64(0);
	struct enc enc;

	enc_start(&enc, 1);
	enc_u64(&enc, pruned->first);
	enc_i64(&enc, pruned->until_us);
	enc_blob(&enc, pruned->peaks, (uint16_t)pruned->peaks_bytes);
	record_put(txn, T_PRUNED, &key, &enc);
}

/* first 0 when nothing was. */
static void pruned_load(struct db_txn *txn, struct pruned *out)
{
	struct db_key key = key_u64(0);
	struct db_view view;

	memset(out, 0, sizeof(*out));
	if (!db_get(txn, T_PRUNED, &key, &view))
		return;
	struct dec dec = dec_start(view.data, view.bytes, 1);

	out->first = dec_u64(&dec);
	out->until_us = dec_i64(&dec);
	out->peaks_bytes = dec_blob(&dec, out->peaks, sizeof(out->peaks));
	record_ok(txn, &dec);
}

int pruned_read(struct store *store, struct pruned *out)
{
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	pruned_load(&txn, out);
	return db_read_end(&txn);
}

/* --- text */

size_t pruned_print(const struct pruned *pruned, char out[PRUNED_BYTES])
{
	char base64[BASE64_BYTES(HASH_BYTES)];
	size_t at = (size_t)snprintf(out, PRUNED_BYTES, TITLE "first %llu\nuntil_us %lld\n", (unsigned long long)pruned->first,
		(long long)pruned->until_us);

	for (size_t i = 0; i < pruned->peaks_bytes; i += HASH_BYTES) {
		base64_encode(pruned->peaks + i, HASH_BYTES, base64);
		at += (size_t)snprintf(out + at, PRUNED_BYTES - at, "peak %s\n", base64);
	}
	return at;
}

/* "WORD <digits>\n" */
static bool take_number(const char **at, const char *end, const char *word, uint64_t *value)
{
	size_t bytes = strlen(word);
	const char *from = *at;

	if ((size_t)(end - from) <= bytes || memcmp(from, word, bytes) != 0)
		return false;
	*value = 0;
	for (from += bytes; from < end && *from >= '0' && *from <= '9' && *value < INT64_MAX / 10; from++)
		*value = *value * 10 + (uint64_t)(*from - '0');
	*at = from + 1;
	return from < end && *from == '\n';
}

static bool take_peak(const char **at, const char *end, struct pruned *out)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at));

	if (!newline || newline - *at < 5 || memcmp(*at, "peak ", 5) != 0 || out->peaks_bytes == sizeof(out->peaks) ||
		base64_decode(*at + 5, (size_t)(newline - *at) - 5, out->peaks + out->peaks_bytes, HASH_BYTES) != HASH_BYTES)
		return false;
	out->peaks_bytes += HASH_BYTES;
	*at = newline + 1;
	return true;
}

int pruned_parse(const char *text, size_t bytes, struct pruned *out)
{
	const char *at = text + strlen(TITLE), *end = text + bytes;
	uint64_t until_us;

	memset(out, 0, sizeof(*out));
	if (bytes < strlen(TITLE) || memcmp(text, TITLE, strlen(TITLE)) != 0 || !take_number(&at, end, "first ", &out->first) ||
		!take_number(&at, end, "until_us ", &until_us))
		return ERR_SYNTAX;
	out->until_us = (int64_t)until_us;
	while (at < end)
		if (!take_peak(&at, end, out))
			return ERR_SYNTAX;
	return out->first && out->peaks_bytes == (size_t)__builtin_popcountll(out->first) * HASH_BYTES ? 0 : ERR_SYNTAX;
}

bool pruned_tree(const struct pruned *pruned, struct merkle *tree)
{
	return !pruned->first || merkle_restore(tree, pruned->first, pruned->peaks, pruned->peaks_bytes);
}
