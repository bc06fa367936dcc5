/* sealed.c - see sealed.h */
#include "campaigns/sealed.h"

#include "campaigns/evlog.h"
#include "campaigns/line.h"

#include "base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_LINES 512

void sealed_save(struct db_txn *txn, const struct sealed *sealed)
{
	struct db_key key = key_u64(sealed->first);
	struct enc enc;

	enc_start(&enc, 1);
	enc_u64(&enc, sealed->last);
	enc_i64(&enc, sealed->sealed_us);
	enc_u64(&enc, sealed->bytes);
	enc_text(&enc, sealed->lines_sum);
	enc_text(&enc, sealed->locators_sum);
	enc_blob(&enc, sealed->root.bytes, HASH_BYTES);
	enc_blob(&enc, sealed->peaks, (uint16_t)sealed->peaks_bytes);
	record_put(txn, T_SEGMENT, &key, &enc);
}

static bool sealed_decode(struct db_txn *txn, const struct db_key *key, const struct db_view *view, struct sealed *out)
{
	struct dec dec = dec_start(view->data, view->bytes, 1);

	memset(out, 0, sizeof(*out));
	out->first = db_key_u64_at(key, 0);
	out->last = dec_u64(&dec);
	out->sealed_us = dec_i64(&dec);
	out->bytes = dec_u64(&dec);
	dec_text(&dec, out->lines_sum, sizeof(out->lines_sum));
	dec_text(&dec, out->locators_sum, sizeof(out->locators_sum));
	dec_blob(&dec, out->root.bytes, HASH_BYTES);
	out->peaks_bytes = dec_blob(&dec, out->peaks, sizeof(out->peaks));
	return record_ok(txn, &dec);
}

/* The first segment at or after `first`. */
static bool sealed_next(struct db_txn *txn, uint64_t first, struct sealed *out)
{
	struct db_key from = key_u64(first), key;
	struct db_view view;

	return db_seek(txn, T_SEGMENT, &from, &key, &view) && sealed_decode(txn, &key, &view, out);
}

bool sealed_last(struct db_txn *txn, struct sealed *out)
{
	struct db_key key;
	struct db_view view;

	return db_last(txn, T_SEGMENT, &key, &view) && sealed_decode(txn, &key, &view, out);
}

int sealed_read_next(struct store *store, uint64_t first, struct sealed *out)
{
	struct db_txn txn;
	bool there;
	int err;

	db_read_begin(store->db, &txn);
	there = sealed_next(&txn, first, out);
	err = db_read_end(&txn);
	return err ? err : there ? 0 : ERR_UNKNOWN;
}

int sealed_read_ending(struct store *store, uint64_t last, struct sealed *out)
{
	struct db_txn txn;
	bool there;
	int err;

	db_read_begin(store->db, &txn);
	there = sealed_last(&txn, out) && out->last == last; /* nearly always */
	if (!there)
		for (uint64_t from = 0; sealed_next(&txn, from, out) && !(there = out->last == last) && out->last < last;)
			from = out->last + 1;
	err = db_read_end(&txn);
	return err ? err : there ? 0 : ERR_UNKNOWN;
}

int sealed_counts(struct store *store, uint64_t *sealed, uint64_t *waiting)
{
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	*sealed = evlog_sealed(&txn);
	*waiting = evlog_next(&txn) - *sealed;
	return db_read_end(&txn);
}

/* --- the tail */

struct tail {
	struct store *store;
	uint64_t next; /* the sequence number after those in text */
	uint32_t count, at;
	uint32_t from[TAIL_LINES + 1];
	char text[TAIL_LINES * LINE_BYTES_MAX];
};

int tail_open(struct tail **tail, struct store *store, uint64_t from)
{
	struct tail *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->store = store;
	made->next = from;
	*tail = made;
	return 0;
}

void tail_close(struct tail *tail)
{
	free(tail);
}

static bool tail_take(struct tail *tail, struct db_txn *txn, const struct db_key *key, const struct db_view *view)
{
	uint32_t at = tail->from[tail->count];

	if (db_key_u64_at(key, 0) != tail->next || view->bytes > LINE_BYTES_MAX) {
		txn->err = ERR_STORE;
		return false;
	}
	memcpy(tail->text + at, view->data, view->bytes);
	tail->from[++tail->count] = at + (uint32_t)view->bytes;
	tail->next++;
	return true;
}

static int tail_fill(struct tail *tail)
{
	struct db_key from = key_u64(tail->next), key;
	struct db_view view;
	struct db_txn txn;
	bool there;

	tail->count = tail->at = 0;
	db_read_begin(tail->store->db, &txn);
	there = db_seek(&txn, T_LOG, &from, &key, &view);
	while (there && tail_take(tail, &txn, &key, &view))
		there = tail->count < TAIL_LINES && db_step(&txn, T_LOG, &key, &view);
	return db_read_end(&txn);
}

int tail_next(struct tail *tail, const char **line, size_t *bytes)
{
	int err = tail->at == tail->count ? tail_fill(tail) : 0;

	if (err)
		return err;
	if (tail->count == 0)
		return 0;
	*line = tail->text + tail->from[tail->at];
	*bytes = tail->from[tail->at + 1] - tail->from[tail->at];
	tail->at++;
	return 1;
}
