/* refusal.c - see refusal.h */
#include "campaigns/refusal.h"

#include "campaigns/evlog.h"
#include "campaigns/line.h"

#include "base/clock.h"

#include <string.h>

#define HOUR_US (3600 * SEC_US)
#define TELL_MAX 64 /* events of one transaction */

static bool counts(enum claim_reason reason)
{
	static const bool does[CLAIM_REASONS] = {[CLAIM_DNC] = true,
		[CLAIM_DNC_STALE] = true,
		[CLAIM_WINDOW] = true,
		[CLAIM_ZONE_UNKNOWN] = true,
		[CLAIM_PLACE_UNKNOWN] = true,
		[CLAIM_RULES] = true,
		[CLAIM_LIMIT] = true,
		[CLAIM_CALLER_ID] = true};

	return does[reason];
}

static bool listed(enum claim_reason reason)
{
	return reason == CLAIM_DNC || reason == CLAIM_DNC_STALE;
}

/* Hours first: those that are over stand at the beginning. */
static struct db_key row_key(const struct refusal *refusal, int64_t at_us)
{
	struct db_key key = key_u32((uint32_t)(at_us / HOUR_US));

	db_key_u32(&key, refusal->campaign);
	db_key_u16(&key, (uint16_t)refusal->reason);
	return key;
}

static bool row_decode(struct db_txn *txn, const struct db_key *key, const struct db_view *view, struct refusal *out)
{
	struct dec dec = dec_start(view->data, view->bytes, 1);

	out->campaign = db_key_u32_at(key, 4);
	out->reason = (enum claim_reason)db_key_u16_at(key, 8);
	out->refused = dec_u64(&dec);
	out->waiting = dec_u64(&dec);
	dec_text(&dec, out->rule, sizeof(out->rule));
	return record_ok(txn, &dec);
}

static void row_save(struct db_txn *txn, const struct db_key *key, const struct refusal *row)
{
	struct enc enc;

	enc_start(&enc, 1);
	enc_u64(&enc, row->refused);
	enc_u64(&enc, row->waiting);
	enc_text(&enc, row->rule);
	record_put(txn, T_REFUSAL, key, &enc);
}

void refusal_note(struct db_txn *txn, const struct refusal *refusal, int64_t now_us)
{
	struct db_key key = row_key(refusal, now_us);
	struct refusal row = *refusal, before;
	struct db_view view;

	if (!counts(refusal->reason))
		return;
	if (db_get(txn, T_REFUSAL, &key, &view) && row_decode(txn, &key, &view, &before)) {
		if (!refusal->refused && refusal->waiting <= before.waiting)
			return;
		row = before;
		row.refused += refusal->refused;
		row.waiting = refusal->waiting > before.waiting ? refusal->waiting : before.waiting;
	}
	row_save(txn, &key, &row);
}

/* --- events */

static void tell(struct db_txn *txn, const struct refusal *row, int64_t hour_us)
{
	struct campaign campaign = {.id = 0};
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "refused");

	campaign_load(txn, row->campaign, &campaign);
	line_u64(&line, "campaign", row->campaign);
	line_text(&line, "campaign_name", campaign.name);
	line_time(&line, "from_us", hour_us);
	line_time(&line, "to_us", hour_us + HOUR_US);
	line_text(&line, "reason", claim_reason_name(row->reason));
	line_u64(&line, "refused", row->refused);
	line_u64(&line, "waiting", row->waiting);
	line_text(&line, listed(row->reason) ? "list_name" : "rule", row->rule);
	evlog_write(txn, seq, &line);
}

static bool over(struct db_txn *txn, int64_t now_us, struct db_key *key, struct db_view *view)
{
	struct db_key from = db_key_empty();

	return db_seek(txn, T_REFUSAL, &from, key, view) && db_key_u32_at(key, 0) < now_us / HOUR_US;
}

void refusal_tell(struct db_txn *txn, int64_t now_us)
{
	struct refusal row;
	struct db_view view;
	struct db_key key;

	for (int i = 0; i < TELL_MAX && over(txn, now_us, &key, &view) && row_decode(txn, &key, &view, &row); i++) {
		tell(txn, &row, db_key_u32_at(&key, 0) * HOUR_US);
		db_del(txn, T_REFUSAL, &key);
	}
}

static int tell_in(struct db_txn *txn, void *arg)
{
	refusal_tell(txn, *(const int64_t *)arg);
	return txn->err;
}

int refusal_tell_all(struct store *store, int64_t now_us)
{
	struct db_view view;
	struct db_txn txn;
	struct db_key key;
	int err;

	for (;;) {
		db_read_begin(store->db, &txn);
		bool due = over(&txn, now_us, &key, &view);

		err = db_read_end(&txn);
		if (err || !due)
			return err;
		err = db_change(store->db, tell_in, &now_us);
		if (err)
			return err;
	}
}
