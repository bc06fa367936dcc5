/*
 * callerid_store.c - caller ids in the store: records, use, the number a person saw last, and the choice inside a claim
 *
 * Tables  T_CALLERID number -> record; T_CALLERID_POOL pool NUL number -> nothing; T_CALLERID_USE number -> counters, written
 *         with each intent and outcome; T_CALLERID_SEEN called number -> caller id, and whether it was blocked.
 */
#include "campaigns/tables.h"

#include "campaigns/evlog.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <string.h>

/* --- records */

static struct db_key pool_key(const char *pool)
{
	struct db_key key = key_text(pool);

	key.bytes[key.count++] = '\0';
	return key;
}

static struct db_key member_key(const struct callerid *id)
{
	struct db_key key = pool_key(id->pool);

	db_key_u64(&key, number_of(id->number));
	return key;
}

static void callerid_save(struct db_txn *txn, const struct callerid *id)
{
	struct db_key key = key_u64(number_of(id->number)), member = member_key(id);
	struct enc enc;

	enc_start(&enc, 1);
	enc_text(&enc, id->pool);
	enc_text(&enc, id->proof);
	enc_i64(&enc, id->from_us);
	enc_i64(&enc, id->to_us);
	enc_text(&enc, id->name);
	enc_u32(&enc, id->minute_max);
	enc_u32(&enc, id->day_max);
	enc_u32(&enc, id->week_max);
	enc_i64(&enc, id->quarantine_us);
	enc_text(&enc, id->quarantine_why);
	record_put(txn, T_CALLERID, &key, &enc);
	if (*id->pool)
		db_put(txn, T_CALLERID_POOL, &member, "", 0);
}

#define USE_VERSION 2 /* 1: attempts by UTC minute, day and week */

static void use_save(struct db_txn *txn, uint64_t number, const struct callerid_use *use)
{
	struct db_key key = key_u64(number);
	struct enc enc;

	enc_start(&enc, USE_VERSION);
	enc_u32(&enc, use->day_index);
	enc_u32(&enc, use->finished);
	enc_u32(&enc, use->answered);
	enc_u32(&enc, use->brief);
	enc_u32(&enc, use->blocked);
	enc_u64(&enc, use->attempts);
	for (int i = 0; i < CALLERID_SPANS; i++) {
		enc_u32(&enc, use->spans[i].newest);
		for (int at = 0; at <= SPAN_PARTS; at++)
			enc_u32(&enc, use->spans[i].counts[at]);
	}
	record_put(txn, T_CALLERID_USE, &key, &enc);
}

static void use_decode_1(struct dec *dec, uint32_t windows[CALLERID_SPANS], uint32_t counts[CALLERID_SPANS])
{
	for (int i = 0; i < CALLERID_SPANS; i++)
		windows[i] = dec_u32(dec);
	for (int i = 0; i < CALLERID_SPANS; i++)
		counts[i] = dec_u32(dec);
}

static void use_decode_spans(struct dec *dec, struct callerid_use *out)
{
	for (int i = 0; i < CALLERID_SPANS; i++) {
		out->spans[i].newest = dec_u32(dec);
		for (int at = 0; at <= SPAN_PARTS; at++)
			out->spans[i].counts[at] = dec_u32(dec);
	}
}

static bool use_load(struct db_txn *txn, uint64_t number, struct callerid_use *out)
{
	uint32_t windows[CALLERID_SPANS], counts[CALLERID_SPANS];
	struct db_key key = key_u64(number);
	struct db_view view;
	uint8_t version;

	memset(out, 0, sizeof(*out));
	if (!db_get(txn, T_CALLERID_USE, &key, &view))
		return true;
	struct dec dec = dec_start_upto(view.data, view.bytes, USE_VERSION, &version);

	if (version < 2)
		use_decode_1(&dec, windows, counts);
	out->day_index = version < 2 ? windows[CALLERID_DAY] : dec_u32(&dec);
	out->finished = dec_u32(&dec);
	out->answered = dec_u32(&dec);
	out->brief = dec_u32(&dec);
	out->blocked = dec_u32(&dec);
	out->attempts = dec_u64(&dec);
	if (version >= 2)
		use_decode_spans(&dec, out);
	for (int i = 0; version < 2 && i < CALLERID_SPANS; i++)
		callerid_adopt(out, i, windows[i], counts[i]);
	return record_ok(txn, &dec);
}

static bool callerid_decode(struct db_txn *txn, uint64_t number, const struct db_view *view, struct callerid *out)
{
	struct dec dec = dec_start(view->data, view->bytes, 1);

	memset(out, 0, sizeof(*out));
	number_text(number, out->number);
	dec_text(&dec, out->pool, sizeof(out->pool));
	dec_text(&dec, out->proof, sizeof(out->proof));
	out->from_us = dec_i64(&dec);
	out->to_us = dec_i64(&dec);
	dec_text(&dec, out->name, sizeof(out->name));
	out->minute_max = dec_u32(&dec);
	out->day_max = dec_u32(&dec);
	out->week_max = dec_u32(&dec);
	out->quarantine_us = dec_i64(&dec);
	dec_text(&dec, out->quarantine_why, sizeof(out->quarantine_why));
	return record_ok(txn, &dec) && use_load(txn, number, &out->use);
}

bool callerid_load(struct db_txn *txn, const char *number, struct callerid *out)
{
	uint64_t digits = number_of(number);
	struct db_key key = key_u64(digits);
	struct db_view view;

	return digits && db_get(txn, T_CALLERID, &key, &view) && callerid_decode(txn, digits, &view, out);
}

/* --- changes */

struct callerid_change {
	const struct callerid *id;
	const char *number, *words;
	bool must_be_new;
	char *why;
};

static bool pool_ok(const char *pool)
{
	return !*pool || (store_name_ok(pool) && strlen(pool) < CALLERID_POOL_BYTES);
}

static int callerid_check(const struct callerid *id, char *why)
{
	if (!number_of(id->number))
		return say(why, ERR_RANGE, "\"%.19s\" is not a number in the form +861058880000", id->number);
	if (!pool_ok(id->pool))
		return say(why, ERR_RANGE, "a pool's name is 1 to %d letters, digits, - _ or .", CALLERID_POOL_BYTES - 1);
	if (!*id->proof)
		return say(why, ERR_RANGE, "a caller id needs its proof: the contract or letter that gives the right to use it");
	if (id->to_us && id->to_us <= id->from_us)
		return say(why, ERR_RANGE, "the right ends before it begins");
	if (!id->minute_max || !id->day_max || !id->week_max)
		return say(why, ERR_RANGE, "calls a minute, day and week must be at least 1");
	return 0;
}

static uint32_t pool_size(struct db_txn *txn, const char *pool)
{
	struct db_key from = pool_key(pool), key;
	uint32_t count = 0;

	for (bool there = db_seek(txn, T_CALLERID_POOL, &from, &key, NULL);
		there && key.count > from.count && memcmp(key.bytes, from.bytes, from.count) == 0;
		there = db_step(txn, T_CALLERID_POOL, &key, NULL))
		count++;
	return count;
}

static int put_in(struct db_txn *txn, void *arg)
{
	struct callerid_change *change = arg;
	struct callerid before = {.quarantine_us = 0}, id = *change->id;
	bool there = callerid_load(txn, id.number, &before);

	if (there && change->must_be_new)
		return say(change->why, ERR_EXISTS, "there is a caller id %s already", id.number);
	bool moves = there && *before.pool && strcmp(before.pool, id.pool) != 0;
	struct db_key member = member_key(&before);

	if (moves)
		db_del(txn, T_CALLERID_POOL, &member);
	if (*id.pool && (!there || moves || !*before.pool) && pool_size(txn, id.pool) >= CALLERID_POOL_MAX)
		return say(change->why, ERR_FULL, "the pool %s has %d numbers already", id.pool, CALLERID_POOL_MAX);
	id.quarantine_us = there ? before.quarantine_us : 0;
	memcpy(id.quarantine_why, there ? before.quarantine_why : "", there ? sizeof(id.quarantine_why) : 1);
	callerid_save(txn, &id);
	evlog_callerid(txn, &id, there ? "callerid_change" : "callerid_add");
	store_touch(txn);
	return 0;
}

int callerid_put(struct store *store, const struct callerid *id, bool must_be_new, char *why)
{
	struct callerid_change change = {.id = id, .must_be_new = must_be_new, .why = why};
	int err = callerid_check(id, why);

	return err ? err : db_change(store->db, put_in, &change);
}

static int remove_in(struct db_txn *txn, void *arg)
{
	struct callerid_change *change = arg;
	struct callerid id;

	if (!callerid_load(txn, change->number, &id))
		return say(change->why, ERR_UNKNOWN, "there is no caller id %.20s", change->number);
	struct db_key key = key_u64(number_of(id.number)), member = member_key(&id);

	db_del(txn, T_CALLERID, &key);
	db_del(txn, T_CALLERID_USE, &key);
	if (*id.pool)
		db_del(txn, T_CALLERID_POOL, &member);
	evlog_callerid(txn, &id, "callerid_remove");
	store_touch(txn);
	return 0;
}

int callerid_remove(struct store *store, const char *number, char *why)
{
	struct callerid_change change = {.number = number, .why = why};

	return db_change(store->db, remove_in, &change);
}

static void quarantine(struct db_txn *txn, struct callerid *id, const char *words, int64_t now_us)
{
	id->quarantine_us = words ? now_us : 0;
	text_copy(id->quarantine_why, sizeof(id->quarantine_why), words ? words : "");
	callerid_save(txn, id);
	evlog_callerid(txn, id, words ? "callerid_quarantine" : "callerid_release");
	store_touch(txn);
}

static int quarantine_in(struct db_txn *txn, void *arg)
{
	struct callerid_change *change = arg;
	struct callerid id;

	if (!callerid_load(txn, change->number, &id))
		return say(change->why, ERR_UNKNOWN, "there is no caller id %.20s", change->number);
	if (!change->words) { /* what raised the alarm must not raise it again with the next call */
		id.use.finished = id.use.answered = id.use.brief = id.use.blocked = 0;
		use_save(txn, number_of(id.number), &id.use);
	}
	quarantine(txn, &id, change->words, clock_us());
	return 0;
}

int callerid_quarantine(struct store *store, const char *number, const char *words, char *why)
{
	struct callerid_change change = {.number = number, .words = words, .why = why};

	return db_change(store->db, quarantine_in, &change);
}

/* --- reading */

int callerid_get(struct store *store, const char *number, struct callerid *out)
{
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	return read_found(&txn, callerid_load(&txn, number, out));
}

int callerid_next(struct store *store, const char *after, struct callerid *out)
{
	struct db_key from = key_u64(number_of(after) + (*after != '\0')), key;
	struct db_view view;
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	bool there = db_seek(&txn, T_CALLERID, &from, &key, &view) && callerid_decode(&txn, db_key_u64_at(&key, 0), &view, out);

	return read_found(&txn, there);
}

/* --- who was called from which number */

static bool seen_load(struct db_txn *txn, const char *e164, char number[NUMBER_BYTES], bool *blocked)
{
	struct db_key key = key_u64(number_of(e164));
	struct db_view view;

	if (!db_get(txn, T_CALLERID_SEEN, &key, &view))
		return false;
	struct dec dec = dec_start(view.data, view.bytes, 1);

	number_text(dec_u64(&dec), number);
	*blocked = dec_u8(&dec);
	return record_ok(txn, &dec);
}

static void seen_save(struct db_txn *txn, const char *e164, const char *number, bool blocked)
{
	struct db_key key = key_u64(number_of(e164));
	struct enc enc;

	enc_start(&enc, 1);
	enc_u64(&enc, number_of(number));
	enc_u8(&enc, blocked);
	record_put(txn, T_CALLERID_SEEN, &key, &enc);
}

/* --- the choice */

static void take_worse(struct callerid_choice *choice, enum callerid_state state, int64_t until_us)
{
	bool sooner = until_us && (!choice->until_us || until_us < choice->until_us);

	if (sooner)
		choice->until_us = until_us;
	if (sooner || choice->state == CALLERID_EMPTY)
		choice->state = state;
}

static bool better(const struct callerid *id, const struct callerid *best, const char *e164, int64_t now_us)
{
	struct callerid_use mine = id->use, theirs = best->use;
	uint32_t near = callerid_near(id->number, e164), nearest = callerid_near(best->number, e164);

	callerid_roll(&mine, now_us);
	callerid_roll(&theirs, now_us);
	return near > nearest || (near == nearest && callerid_used(&mine, CALLERID_DAY) < callerid_used(&theirs, CALLERID_DAY));
}

/* The best of the pool's numbers that may be sent now; else why none may, and until when. */
static void choose_new(struct db_txn *txn, const char *pool, const char *e164, int64_t now_us, struct callerid_choice *choice)
{
	struct db_key from = pool_key(pool), key;
	bool found = false;
	char number[NUMBER_BYTES];
	struct callerid id;

	choice->state = CALLERID_EMPTY;
	for (bool there = db_seek(txn, T_CALLERID_POOL, &from, &key, NULL);
		there && key.count == from.count + 8 && memcmp(key.bytes, from.bytes, from.count) == 0;
		there = db_step(txn, T_CALLERID_POOL, &key, NULL)) {
		int64_t until_us;

		number_text(db_key_u64_at(&key, from.count), number);
		if (!callerid_load(txn, number, &id))
			continue;
		enum callerid_state state = callerid_state(&id, now_us, &until_us);

		if (state != CALLERID_FINE && !found)
			take_worse(choice, state, until_us);
		if (state != CALLERID_FINE || (found && !better(&id, &choice->id, e164, now_us)))
			continue;
		choice->id = id;
		found = true;
	}
	choice->for_all = !found;
	if (found) {
		choice->state = CALLERID_FINE;
		choice->until_us = 0;
	}
}

static void choose_from_pool(
	struct db_txn *txn, const char *pool, const char *e164, int64_t now_us, struct callerid_choice *choice)
{
	char number[NUMBER_BYTES];
	bool blocked, seen = seen_load(txn, e164, number, &blocked);
	bool member = seen && callerid_load(txn, number, &choice->id) && strcmp(choice->id.pool, pool) == 0;
	enum callerid_state state = member ? callerid_state(&choice->id, now_us, &choice->until_us) : CALLERID_OVER;

	if (state == CALLERID_FINE || state == CALLERID_CAPPED || state == CALLERID_EARLY)
		choice->state = state; /* the same number, if need be later */
	else if (seen && blocked)
		choice->state = CALLERID_ELSEWHERE;
	else
		choose_new(txn, pool, e164, now_us, choice);
}

/* From the first record on each number needs one; a campaign that obeys rule packs always does. */
static bool callerid_needed(struct db_txn *txn, const struct campaign *campaign)
{
	return *campaign->rules || db_count(txn, T_CALLERID);
}

int callerid_may_run(struct db_txn *txn, const struct campaign *campaign, char *why)
{
	const char *number = campaign->caller_id;
	struct callerid id;
	int64_t until_us;

	if (!*campaign->rules)
		return 0;
	if (*number == '@')
		return pool_size(txn, number + 1) ? 0
						  : say(why, ERR_WRONG_STATE,
							    "the pool %.40s has no caller id: 'outdial callerid add NUMBER "
							    "--pool %.40s --proof CONTRACT'",
							    number + 1, number + 1);
	if (!callerid_load(txn, number, &id))
		return say(why, ERR_WRONG_STATE,
			"a campaign with rule packs needs the right to its caller id on record: 'outdial callerid add %.20s "
			"--proof CONTRACT'",
			number_of(number) ? number : "+COUNTRY_AND_NUMBER");
	if (callerid_state(&id, clock_us(), &until_us) == CALLERID_OVER)
		return say(why, ERR_WRONG_STATE,
			"the right to the caller id %.20s has ended: 'outdial callerid set %.20s --to DATE' if it goes on",
			number, number);
	return txn->err;
}

void callerid_choose(
	struct db_txn *txn, const struct campaign *campaign, const char *e164, int64_t now_us, struct callerid_choice *choice)
{
	memset(choice, 0, sizeof(*choice));
	if (campaign->caller_id[0] == '@') {
		choose_from_pool(txn, campaign->caller_id + 1, e164, now_us, choice);
		return;
	}
	if (!callerid_needed(txn, campaign)) { /* nobody keeps records here: as the campaign says */
		text_copy(choice->id.number, sizeof(choice->id.number), campaign->caller_id);
		return;
	}
	bool known = callerid_load(txn, campaign->caller_id, &choice->id);

	choice->state = known ? callerid_state(&choice->id, now_us, &choice->until_us) : CALLERID_UNKNOWN;
	choice->for_all = choice->state != CALLERID_FINE;
}

/* --- use */

void callerid_note_intent(struct db_txn *txn, const struct callerid *id, const char *e164, int64_t now_us)
{
	struct callerid_use use = id->use;
	char number[NUMBER_BYTES];
	bool blocked;

	if (!*id->proof) /* no record */
		return;
	callerid_count(&use, now_us);
	use_save(txn, number_of(id->number), &use);
	if (!seen_load(txn, e164, number, &blocked) || strcmp(number, id->number) != 0)
		seen_save(txn, e164, id->number, false);
}

static void count_outcome(struct callerid_use *use, const struct attempt *attempt)
{
	use->finished++;
	use->answered += attempt->answer_us != 0;
	use->brief += attempt->answer_us && attempt->end_us - attempt->answer_us < CALLERID_SHORT_US;
	use->blocked += outcome_facts(attempt->outcome)->blocked;
}

void callerid_note_outcome(struct db_txn *txn, const struct attempt *attempt, int64_t now_us)
{
	struct callerid id;

	if (!attempt->invite_us || !db_count(txn, T_CALLERID) || !callerid_load(txn, attempt->caller_id, &id))
		return;
	callerid_roll(&id.use, now_us);
	count_outcome(&id.use, attempt);
	use_save(txn, number_of(id.number), &id.use);
	if (outcome_facts(attempt->outcome)->blocked)
		seen_save(txn, attempt->e164, attempt->caller_id, true);
	const char *alarm = id.quarantine_us ? NULL : callerid_alarm(&id.use);

	if (alarm)
		quarantine(txn, &id, alarm, now_us);
}
