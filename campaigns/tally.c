/* tally.c - see tally.h */
#include "campaigns/tally.h"

#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"

#define QUARTER_US (900 * SEC_US)
#define PERIOD_US (30 * DAY_US)
#define REBUILD_STEP 1000 /* attempts, or rows, of one transaction */

/* --- rows */

static uint16_t tally_period(const struct campaign *campaign, int64_t intent_us)
{
	int64_t since_us = intent_us - campaign->first_dial_us;

	return since_us > 0 && campaign->first_dial_us ? (uint16_t)(since_us / PERIOD_US) : 0;
}

static struct db_key tally_key(const struct campaign *campaign, int64_t intent_us)
{
	struct db_key key = key_u32(campaign->id);

	db_key_u32(&key, (uint32_t)(intent_us / QUARTER_US));
	db_key_u16(&key, tally_period(campaign, intent_us));
	return key;
}

static int64_t tally_at_us(const struct campaign *campaign, const struct db_key *key)
{
	int64_t quarter_us = db_key_u32_at(key, 4) * QUARTER_US;
	int64_t period_us = campaign->first_dial_us + db_key_u16_at(key, 8) * PERIOD_US;

	return db_key_u16_at(key, 8) && period_us > quarter_us ? period_us
	       : quarter_us > campaign->first_dial_us          ? quarter_us
							       : campaign->first_dial_us;
}

static bool tally_decode(struct db_txn *txn, const struct db_view *view, struct tally *out)
{
	struct dec dec = dec_start(view->data, view->bytes, 1);

	out->live_count = dec_u64(&dec);
	out->abandoned_count = dec_u64(&dec);
	out->judged.machines = dec_u64(&dec);
	out->judged.sampled = dec_u64(&dec);
	out->judged.judged = dec_u64(&dec);
	out->judged.wrong = dec_u64(&dec);
	return record_ok(txn, &dec);
}

static void tally_save(struct db_txn *txn, const struct db_key *key, const struct tally *row)
{
	struct enc enc;

	enc_start(&enc, 1);
	enc_u64(&enc, row->live_count);
	enc_u64(&enc, row->abandoned_count);
	enc_u64(&enc, row->judged.machines);
	enc_u64(&enc, row->judged.sampled);
	enc_u64(&enc, row->judged.judged);
	enc_u64(&enc, row->judged.wrong);
	record_put(txn, T_TALLY, key, &enc);
}

/* --- keeping them */

static void tally_move(struct db_txn *txn, const struct attempt *attempt, bool add)
{
	const struct outcome_facts *facts = outcome_facts(attempt->outcome);
	struct campaign campaign;
	struct tally row = {0};
	struct db_view view;
	struct db_key key;

	if (attempt->outcome == OUTCOME_NONE || !campaign_load(txn, attempt->campaign, &campaign))
		return;
	key = tally_key(&campaign, attempt->intent_us);
	if (db_get(txn, T_TALLY, &key, &view) && !tally_decode(txn, &view, &row))
		return;
	row.live_count += add ? facts->live : (uint64_t)0 - facts->live;
	row.abandoned_count += add ? facts->abandoned : (uint64_t)0 - facts->abandoned;
	if (add)
		judge_add(&row.judged, attempt);
	else
		judge_remove(&row.judged, attempt);
	tally_save(txn, &key, &row);
}

void tally_add(struct db_txn *txn, const struct attempt *attempt)
{
	tally_move(txn, attempt, true);
}

void tally_remove(struct db_txn *txn, const struct attempt *attempt)
{
	tally_move(txn, attempt, false);
}

/* --- reading */

int tally_read(struct store *store, const struct campaign *campaign, int64_t since_us, tally_h *each, void *arg)
{
	struct db_key from = key_u32(campaign->id), key;
	struct db_view view;
	struct db_txn txn;
	bool there;

	db_key_u32(&from, since_us > 0 ? (uint32_t)(since_us / QUARTER_US) : 0);
	db_read_begin(store->db, &txn);
	there = db_seek(&txn, T_TALLY, &from, &key, &view);
	for (; there && db_key_u32_at(&key, 0) == campaign->id; there = db_step(&txn, T_TALLY, &key, &view)) {
		struct tally row = {.at_us = tally_at_us(campaign, &key)};

		if (tally_decode(&txn, &view, &row))
			each(arg, &row);
	}
	return db_read_end(&txn);
}

/* --- counting anew */

struct tally_rebuild {
	bool only_missing, done;
};

static bool tally_clear(struct db_txn *txn)
{
	struct db_key from = db_key_empty(), key;

	for (int i = 0; i < REBUILD_STEP; i++) {
		if (!db_seek(txn, T_TALLY, &from, &key, NULL))
			return true;
		db_del(txn, T_TALLY, &key);
	}
	return false;
}

static int tally_rebuild_in(struct db_txn *txn, void *arg)
{
	struct tally_rebuild *rebuild = arg;
	struct db_key from = key_u64(meta_get(txn, "tally_next")), key; /* 0: rows that are there go first */
	struct attempt attempt;

	rebuild->done = rebuild->only_missing && meta_get(txn, "tally_made");
	if (rebuild->done)
		return 0;
	if (db_key_u64_at(&from, 0) == 0) {
		meta_set(txn, "tally_next", tally_clear(txn));
		return 0;
	}
	for (int i = 0; i < REBUILD_STEP && db_seek(txn, T_ATTEMPT, &from, &key, NULL); i++) {
		if (!attempt_load(txn, db_key_u64_at(&key, 0), &attempt))
			return txn->err;
		tally_add(txn, &attempt);
		from = key_u64(attempt.id + 1);
	}
	rebuild->done = !db_seek(txn, T_ATTEMPT, &from, &key, NULL);
	meta_set(txn, "tally_next", rebuild->done ? 0 : db_key_u64_at(&from, 0));
	meta_set(txn, "tally_made", rebuild->done);
	return 0;
}

int tally_rebuild(struct store *store, bool only_missing)
{
	struct tally_rebuild rebuild = {.only_missing = only_missing};
	int err = 0;

	while (!err && !rebuild.done)
		err = db_change(store->db, tally_rebuild_in, &rebuild);
	return err;
}
