/* reassigned.c - answers of a reassigned numbers database, one a number; see consent.h */
#include "campaigns/consent_table.h"

#include "campaigns/evlog.h"
#include "campaigns/line.h"

#include "base/clock.h"
#include "base/err.h"

#include <string.h>

#define REASSIGNED_VERSION 1

static const char *const answers[REASSIGNED_ANSWERS] = {"", "no", "yes", "no data"};

const char *reassigned_name(enum reassigned answer)
{
	return (unsigned)answer < REASSIGNED_ANSWERS ? answers[answer] : "";
}

bool reassigned_load(struct db_txn *txn, uint64_t number, struct reassigned_row *out)
{
	struct db_key key = key_u64(number);
	struct db_view view;

	memset(out, 0, sizeof(*out));
	if (!db_get(txn, T_REASSIGNED, &key, &view))
		return false;
	struct dec dec = dec_start(view.data, view.bytes, REASSIGNED_VERSION);

	number_text(number, out->e164);
	out->answer = (enum reassigned)dec_u8(&dec);
	out->since_us = dec_i64(&dec);
	out->answered_us = dec_i64(&dec);
	return record_ok(txn, &dec);
}

static void reassigned_save(struct db_txn *txn, const struct reassigned_row *row)
{
	struct db_key key = key_u64(number_of(row->e164));
	struct enc enc;

	enc_start(&enc, REASSIGNED_VERSION);
	enc_u8(&enc, (uint8_t)row->answer);
	enc_i64(&enc, row->since_us);
	enc_i64(&enc, row->answered_us);
	record_put(txn, T_REASSIGNED, &key, &enc);
}

static void reassigned_event(struct db_txn *txn, const struct reassigned_row *row)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "reassigned");

	evlog_about_number(txn, &line, row->e164);
	line_personal(&line, "to", row->e164);
	line_text(&line, "answer", reassigned_name(row->answer));
	line_time(&line, "since_us", row->since_us);
	line_time(&line, "answered_us", row->answered_us);
	evlog_end(txn, seq, &line);
}

struct reassigned_change {
	const struct reassigned_row *rows;
	uint32_t count, changed;
	int64_t now_us;
};

/* An answer that is older than the one that is known changes nothing. */
static int reassigned_put_in(struct db_txn *txn, void *arg)
{
	struct reassigned_change *change = arg;

	change->changed = 0;
	for (uint32_t i = 0; i < change->count && !txn->err; i++) {
		const struct reassigned_row *row = &change->rows[i];
		struct reassigned_row was;

		if (reassigned_load(txn, number_of(row->e164), &was) &&
			(was.answered_us > row->answered_us ||
				(was.answered_us == row->answered_us && was.answer == row->answer &&
					was.since_us == row->since_us)))
			continue;
		reassigned_save(txn, row);
		reassigned_event(txn, row);
		change->changed++;
		if (was.answer != row->answer && row->answer != REASSIGNED_YES)
			dnc_release(txn, number_of(row->e164), change->now_us);
	}
	if (change->changed)
		store_touch(txn);
	return 0;
}

int reassigned_put_many(struct store *store, const struct reassigned_row *rows, uint32_t count, uint32_t *changed)
{
	struct reassigned_change change = {.rows = rows, .count = count, .now_us = clock_us()};
	int err = count <= CONSENT_ROWS_MAX ? 0 : ERR_RANGE;

	for (uint32_t i = 0; i < count && !err; i++)
		if (!number_of(rows[i].e164) || rows[i].answer <= REASSIGNED_UNASKED || rows[i].answer >= REASSIGNED_ANSWERS)
			err = ERR_RANGE;
	if (!err)
		err = db_change(store->db, reassigned_put_in, &change);
	if (!err && changed)
		*changed = change.changed;
	return err;
}

int reassigned_get(struct store *store, const char *e164, struct reassigned_row *out)
{
	struct db_txn txn;
	bool there;

	db_read_begin(store->db, &txn);
	there = reassigned_load(&txn, number_of(e164), out);
	return read_found(&txn, there);
}
