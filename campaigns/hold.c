/* hold.c - see hold.h */
#include "campaigns/hold.h"

#include "campaigns/evlog.h"
#include "campaigns/hold_table.h"
#include "campaigns/ledger.h"
#include "campaigns/line.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <string.h>

struct hold_change {
	struct hold hold;
	bool release;
	char *why;
};

/* --- record */

static bool hold_decode(struct db_txn *txn, const struct db_key *key, const struct db_view *view, struct hold *out)
{
	struct dec dec = dec_start(view->data, view->bytes, 1);

	out->subject = db_key_u64_at(key, 0);
	dec_text(&dec, out->name, sizeof(out->name));
	dec_text(&dec, out->why, sizeof(out->why));
	out->since_us = dec_i64(&dec);
	return record_ok(txn, &dec);
}

static void hold_save(struct db_txn *txn, const struct hold *hold)
{
	struct db_key key = key_u64(hold->subject);
	struct enc enc;

	enc_start(&enc, 1);
	enc_text(&enc, hold->name);
	enc_text(&enc, hold->why);
	enc_i64(&enc, hold->since_us);
	record_put(txn, T_HOLD, &key, &enc);
}

bool hold_has(struct db_txn *txn, uint64_t subject)
{
	struct db_key key = key_u64(subject);

	return subject && db_get(txn, T_HOLD, &key, NULL);
}

bool hold_has_lead(struct db_txn *txn, const struct lead *lead)
{
	struct ledger_who who;

	ledger_who(lead, &(struct terms){0}, &who);
	for (uint32_t i = 0; i < who.number_count; i++)
		if (hold_has(txn, who.numbers[i]))
			return true;
	return hold_has(txn, who.person) || hold_has(txn, who.also);
}

static uint32_t persons_of(struct db_txn *txn, uint64_t held, uint64_t *out, uint32_t max)
{
	struct db_key from = key_u64(held), key;
	struct ledger_who who;
	struct lead lead;
	uint32_t count = 0;

	for (bool there = db_seek(txn, T_CONTACT, &from, &key, NULL); there && count < max && db_key_u64_at(&key, 0) == held;
		there = db_step(txn, T_CONTACT, &key, NULL)) {
		if (!lead_load(txn, db_key_u64_at(&key, 8), &lead))
			continue;
		ledger_who(&lead, &(struct terms){0}, &who);
		out[count++] = who.person;
	}
	return count;
}

uint32_t hold_persons(struct db_txn *txn, uint64_t *out, uint32_t max)
{
	struct db_key from = db_key_empty(), key;
	uint32_t count = 0;

	for (bool there = db_seek(txn, T_HOLD, &from, &key, NULL); there; there = db_step(txn, T_HOLD, &key, NULL))
		count += persons_of(txn, db_key_u64_at(&key, 0), out + count, max - count);
	return count;
}

/* --- changes */

static int hold_in(struct db_txn *txn, void *arg)
{
	struct hold_change *change = arg;
	struct db_key key = key_u64(change->hold.subject);
	struct line line;
	uint64_t seq;

	if (change->release && !db_del(txn, T_HOLD, &key))
		return say(change->why, ERR_UNKNOWN, "there is no hold on %.60s", change->hold.name);
	if (!change->release)
		hold_save(txn, &change->hold);
	seq = evlog_start(txn, &line, change->release ? "hold_release" : "hold");
	evlog_about(txn, &line, change->hold.subject);
	line_personal(&line, "subject", change->hold.name);
	line_personal(&line, "why", change->hold.why);
	evlog_end(txn, seq, &line);
	return 0;
}

static int hold_change(struct store *store, const char *subject, const char *words, bool release, char *why)
{
	struct hold_change change = {.release = release, .why = why};

	if (!*subject || strlen(subject) >= HOLD_SUBJECT_BYTES)
		return say(why, ERR_RANGE,
			"a hold is on a number such as +8613800138000, or on a person by its id of at most %d bytes",
			HOLD_SUBJECT_BYTES - 1);
	change.hold.subject = *subject == '+' ? number_of(subject) : ledger_person(subject);
	if (!change.hold.subject)
		return say(why, ERR_RANGE, "\"%.60s\" is no number in the form +8613800138000", subject);
	text_copy(change.hold.name, sizeof(change.hold.name), subject);
	text_copy(change.hold.why, sizeof(change.hold.why), words);
	change.hold.since_us = clock_us();
	return db_change(store->db, hold_in, &change);
}

int hold_put(struct store *store, const char *subject, const char *words, char *why)
{
	return *words ? hold_change(store, subject, words, false, why)
		      : say(why, ERR_RANGE, "a hold needs its reason: a case, a letter");
}

int hold_release(struct store *store, const char *subject, char *why)
{
	return hold_change(store, subject, "", true, why);
}

int hold_next(struct store *store, uint64_t after, struct hold *out)
{
	struct db_key from = key_u64(after + 1), key;
	struct db_view view;
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	return read_found(
		&txn, after != UINT64_MAX && db_seek(&txn, T_HOLD, &from, &key, &view) && hold_decode(&txn, &key, &view, out));
}
