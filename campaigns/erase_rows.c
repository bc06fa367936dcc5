/* erase_rows.c - see erase_rows.h */
#include "campaigns/erase_rows.h"

#include "campaigns/hold_table.h"
#include "campaigns/lead_key.h"
#include "campaigns/ledger.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <string.h>

#define SCAN 5000            /* leads of one read transaction */

bool erase_has(const uint64_t *set, uint32_t count, uint64_t id)
{
	for (uint32_t i = 0; i < count; i++)
		if (set[i] == id)
			return true;
	return false;
}

bool erase_has_key(const struct erase_work *work, uint32_t key)
{
	for (uint32_t i = 0; i < work->key_count; i++)
		if (work->keys[i] == key)
			return true;
	return false;
}

/* False: no room. */
static bool add(uint64_t *set, uint32_t *count, uint32_t max, uint64_t id)
{
	if (erase_has(set, *count, id))
		return true;
	if (*count == max)
		return false;
	set[(*count)++] = id;
	return true;
}

static void add_key(struct erase_work *work, uint32_t key)
{
	if (key && !erase_has_key(work, key) && work->key_count < ERASE_KEYS)
		work->keys[work->key_count++] = key;
}

bool erase_is_free(struct db_txn *txn, uint64_t number)
{
	struct db_key from = key_u64(number), key;

	return number && (!db_seek(txn, T_CONTACT, &from, &key, NULL) || db_key_u64_at(&key, 0) != number);
}

/* --- whose leads */

static bool add_persons(struct erase_work *work, const struct ledger_who *who)
{
	return add(work->persons, &work->person_count, ERASE_PERSONS, who->person) &&
	       (!who->also || add(work->persons, &work->person_count, ERASE_PERSONS, who->also));
}

/* Is it a lead of one of the persons? Then it is his under all its keys, and with `all` in any case. False: no room. */
static bool look_lead(struct erase_work *work, const struct lead *lead, bool all)
{
	struct ledger_who who;

	ledger_who(lead, &(struct terms){0}, &who);
	if (!all && !erase_has(work->persons, work->person_count, who.person) &&
		(!who.also || !erase_has(work->persons, work->person_count, who.also)))
		return true;
	return add_persons(work, &who) && add(work->leads, &work->lead_count, ERASE_LEADS, lead->id);
}

/* The leads that have the number: all, or those of the persons. */
static bool look_number(struct db_txn *txn, struct erase_work *work, uint64_t number, bool all)
{
	struct db_key from = key_u64(number), key;
	struct lead lead;
	bool room = true;

	for (bool there = db_seek(txn, T_CONTACT, &from, &key, NULL); there && room && db_key_u64_at(&key, 0) == number;
		there = db_step(txn, T_CONTACT, &key, NULL))
		if (lead_load(txn, db_key_u64_at(&key, 8), &lead))
			room = look_lead(work, &lead, all);
	return room;
}

/* A person's leads are found by looking at all; *after 0: that was the end. */
static int look_leads(struct store *store, struct erase_work *work, uint64_t *after, bool *room)
{
	struct db_key from = key_u64(*after + 1), key;
	uint32_t looked = 0;
	struct db_view view;
	struct db_txn txn;
	struct lead lead;

	db_read_begin(store->db, &txn);
	bool there = db_seek(&txn, T_LEAD, &from, &key, &view);

	for (; there && looked < SCAN && *room; looked++, there = db_step(&txn, T_LEAD, &key, &view)) {
		*after = db_key_u64_at(&key, 0);
		if (lead_decode_view(&txn, &key, &view, &lead))
			*room = look_lead(work, &lead, false);
	}
	if (looked < SCAN)
		*after = 0;
	return db_read_end(&txn);
}

/* The numbers that stand for persons, from the `from`th person on. Answers whether there is one who has a name. */
static bool look_persons(struct db_txn *txn, struct erase_work *work, uint32_t from, bool *room)
{
	bool named = false;

	for (uint32_t i = from; i < work->person_count && *room; i++)
		if (ledger_is_person(work->persons[i]))
			named = true;
		else
			*room = look_number(txn, work, work->persons[i], false);
	return named;
}

/* A lead that was linked to another brings its own name: looked at again until there is no new one. */
static int look_all(struct store *store, struct erase_work *work, bool *room)
{
	uint64_t after = 0;
	uint32_t seen = 0;
	struct db_txn txn;
	bool named;
	int err;

	if (ledger_is_person(work->subject))
		add(work->persons, &work->person_count, ERASE_PERSONS, work->subject);
	do {
		db_read_begin(store->db, &txn);
		if (!seen && !ledger_is_person(work->subject))
			*room = look_number(&txn, work, work->subject, true);
		uint32_t from = seen;

		seen = work->person_count;
		named = look_persons(&txn, work, from, room);
		err = db_read_end(&txn);
		while (named && !err && *room) {
			err = look_leads(store, work, &after, room);
			if (!after)
				break;
		}
	} while (!err && *room && seen < work->person_count);
	return err;
}

int erase_find(struct store *store, struct erase_work *work, char *why)
{
	bool room = true;
	int err = look_all(store, work, &room);

	if (!err && !room)
		return say(why, ERR_FULL, "more than %d leads belong to it: is that who somebody is? Nothing was erased",
			ERASE_LEADS);
	return err;
}

/* --- may he go now */

static int64_t rest_us(const struct lead *lead)
{
	return lead->last_us + ERASE_REST_US - clock_us();
}

static int check_lead(struct db_txn *txn, const struct erase_change *change, const struct lead *lead)
{
	if (hold_has_lead(txn, lead))
		return say(change->why, ERR_WRONG_STATE,
			"a legal hold is on him or on a number of his: nothing is erased before it is released ('outdial hold')");
	if (lead->state == LEAD_ACTIVE)
		return say(change->why, ERR_WRONG_STATE, "a call to him is under way: try again a minute after its end");
	if (lead->last_us && rest_us(lead) > 0)
		return say(change->why, ERR_WRONG_STATE, "his last call ended less than a minute ago: try again in %d s",
			(int)(rest_us(lead) / SEC_US) + 1);
	return 0;
}

/* His alone: all leads that have it go. A contact without its lead is an upload's that is under way. */
static int check_number(struct db_txn *txn, const struct erase_change *change, uint64_t number, bool *shared)
{
	struct db_key from = key_u64(number), key;

	*shared = false;
	if (hold_has(txn, number))
		return say(change->why, ERR_WRONG_STATE,
			"a legal hold is on the number: nothing is erased before it is released ('outdial hold')");
	if (db_get(txn, T_CALLING, &from, NULL))
		return say(change->why, ERR_WRONG_STATE, "a call to his number is under way: try again a minute after its end");
	for (bool there = db_seek(txn, T_CONTACT, &from, &key, NULL); there && db_key_u64_at(&key, 0) == number;
		there = db_step(txn, T_CONTACT, &key, NULL)) {
		struct db_key lead = key_u64(db_key_u64_at(&key, 8));

		if (!db_get(txn, T_LEAD, &lead, NULL))
			return say(change->why, ERR_WRONG_STATE,
				"an upload that is under way has his number: try again when it has ended");
		*shared |= !erase_has(change->work->leads, change->work->lead_count, db_key_u64_at(&key, 8));
	}
	return 0;
}

static int take_number(struct db_txn *txn, struct erase_change *change, uint64_t number)
{
	struct erase_work *work = change->work;
	bool shared;
	int err = check_number(txn, change, number, &shared);

	if (err)
		return err;
	if (shared && number == work->subject)
		return say(change->why, -EAGAIN, "a lead with his number came in between: try again");
	change->receipt->shared += shared;
	if (!shared && !add(work->numbers, &work->number_count, ERASE_NUMBERS, number))
		return say(change->why, ERR_FULL, "more than %d numbers belong to it: nothing was erased", ERASE_NUMBERS);
	return 0;
}

/* Its leads may have lost their contacts already, and would not be found. */
static bool is_removing(struct db_txn *txn, struct list *out)
{
	struct db_key from = db_key_empty(), key;

	for (bool there = db_seek(txn, T_LIST, &from, &key, NULL); there; there = db_step(txn, T_LIST, &key, NULL))
		if (list_load(txn, db_key_u32_at(&key, 0), out) && out->state == LIST_REMOVING)
			return true;
	return false;
}

/* Numbers of all his leads, and the one that was asked for; and whether all that may go now. */
static int check_all(struct db_txn *txn, struct erase_change *change)
{
	struct erase_work *work = change->work;
	struct lead lead;
	struct list list;
	int err = 0;

	work->number_count = 0;
	if (is_removing(txn, &list))
		return say(change->why, ERR_WRONG_STATE, "the list \"%s\" is being removed: first 'outdial list remove %s' to its end", list.name, list.name);
	if (hold_has(txn, work->subject))
		return say(change->why, ERR_WRONG_STATE,
			"a legal hold is on him: nothing is erased before it is released ('outdial hold')");
	for (uint32_t i = 0; i < work->lead_count && !err; i++) {
		if (!lead_load(txn, work->leads[i], &lead))
			return say(change->why, -EAGAIN, "his leads changed in between: try again");
		err = check_lead(txn, change, &lead);
		for (uint32_t k = 0; k < lead.phone_count && !err; k++)
			err = take_number(txn, change, number_of(lead.phones[k].e164));
	}
	if (!err && !(ledger_is_person(work->subject)))
		err = take_number(txn, change, work->subject);
	return err;
}

/* --- their going */

/* All rows whose key begins with the subject. */
static uint32_t rows_go(struct db_txn *txn, uint32_t table, uint64_t subject, bool dry)
{
	struct db_key from = key_u64(subject), key;
	uint32_t count = 0;
	bool there = db_seek(txn, table, &from, &key, NULL);

	while (there && db_key_u64_at(&key, 0) == subject) {
		count++;
		if (!dry)
			db_del(txn, table, &key);
		there = dry ? db_step(txn, table, &key, NULL) : db_seek(txn, table, &from, &key, NULL);
	}
	return count;
}

static void subject_go(struct db_txn *txn, struct erase_change *change, uint64_t subject)
{
	static const uint32_t tables[] = {T_LEDGER, T_CONSENT, T_REASSIGNED, T_CALLERID_SEEN};
	struct db_key key = key_u64(subject);

	change->known |= db_get(txn, T_PERSONKEY, &key, NULL);
	for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		change->receipt->rows += rows_go(txn, tables[i], subject, change->dry);
	if (!change->dry)
		add_key(change->work, personkey_forget_subject(txn, subject));
}

/* Of a ledger that others' calls are in, too, the entries of his leads' calls. */
static uint32_t entries_go(struct db_txn *txn, const struct erase_change *change, uint64_t subject)
{
	const struct erase_work *work = change->work;
	struct db_key from = key_u64(subject), key;
	struct attempt attempt;
	uint32_t count = 0;

	for (bool there = db_seek(txn, T_LEDGER, &from, &key, NULL); there && db_key_u64_at(&key, 0) == subject;) {
		bool his = attempt_load(txn, ledger_attempt(&key), &attempt) &&
			   erase_has(work->leads, work->lead_count, attempt.lead);

		count += his;
		from = key;
		if (his && !change->dry)
			db_del(txn, T_LEDGER, &key);
		there = his && !change->dry ? db_seek(txn, T_LEDGER, &from, &key, NULL) : db_step(txn, T_LEDGER, &key, NULL);
	}
	return count;
}

/*
 * A number that stands for him in the ledgers and is not his alone: his lead had it once (lead_update.h), or others have it, too.
 */
static void stand_in_go(struct db_txn *txn, struct erase_change *change, uint64_t number)
{
	if (erase_is_free(txn, number))
		subject_go(txn, change, number);
	else
		change->receipt->rows += entries_go(txn, change, number);
}

static void person_go(struct db_txn *txn, struct erase_change *change, uint64_t person)
{
	if (ledger_is_person(person))
		subject_go(txn, change, person);
	else if (!erase_has(change->work->numbers, change->work->number_count, person))
		stand_in_go(txn, change, person);
}

static void number_go(struct db_txn *txn, struct erase_change *change, uint64_t number)
{
	subject_go(txn, change, number);
	if (change->may_call || dnc_has(txn, number))
		return;
	change->receipt->listed++;
	if (change->dry)
		return;
	dnc_set(txn, number, true);
	meta_add(txn, "dnc_count", 1);
}

static void list_go(struct db_txn *txn, const struct lead *lead)
{
	struct list list;

	if (!list_load(txn, lead->list, &list))
		return;
	list.leads -= list.leads > 0;
	if (lead->state == LEAD_DONE || lead->state == LEAD_SUPPRESSED)
		list.done -= list.done > 0;
	list_save(txn, &list);
}

static void lead_go(struct db_txn *txn, struct erase_change *change, uint64_t id)
{
	struct db_key key = key_u64(id);
	uint64_t keys[LEAD_KEYS];
	struct lead lead;

	if (change->dry || !lead_load(txn, id, &lead))
		return;
	uint32_t key_count = lead_keys(&lead, keys);

	add_key(change->work, lead.person_key);
	index_remove(txn, &lead);
	db_del(txn, T_CALLBACK, &key);
	for (uint32_t i = 0; i < key_count; i++) {
		struct db_key contact = contact_key(keys[i], id);

		db_del(txn, T_CONTACT, &contact);
	}
	list_go(txn, &lead);
	db_del(txn, T_LEAD, &key);
}

int erase_begin_in(struct db_txn *txn, void *arg)
{
	struct erase_change *change = arg;
	struct erase_work *work = change->work;
	struct erase_receipt *receipt = change->receipt;
	int err;

	work->key_count = 0;
	receipt->shared = receipt->rows = receipt->listed = 0;
	err = check_all(txn, change);
	if (err)
		return err;
	change->known = work->lead_count > 0;
	for (uint32_t i = 0; i < work->lead_count; i++)
		lead_go(txn, change, work->leads[i]);
	for (uint32_t i = 0; i < work->number_count; i++)
		number_go(txn, change, work->numbers[i]);
	for (uint32_t i = 0; i < work->person_count; i++)
		person_go(txn, change, work->persons[i]);
	change->known |= receipt->rows > 0;
	receipt->leads = work->lead_count;
	receipt->numbers = work->number_count;
	if (!change->dry) {
		scrub_want(txn);
		store_touch(txn);
		erase_save(txn, work, false, receipt);
	}
	return 0;
}

/* --- the row */

#define VERSION 1

static struct db_key row_key(const struct erase_work *work)
{
	struct db_key key = {.count = PSEUDONYM_BYTES};

	memcpy(key.bytes, work->pseudonym, PSEUDONYM_BYTES);
	return key;
}

static void put_ids(struct enc *enc, const uint64_t *ids, uint32_t count)
{
	enc_u32(enc, count);
	for (uint32_t i = 0; i < count; i++)
		enc_u64(enc, ids[i]);
}

static void put_work(struct enc *enc, const struct erase_work *work)
{
	enc_i64(enc, work->began_us);
	put_ids(enc, work->leads, work->lead_count);
	put_ids(enc, work->numbers, work->number_count);
	enc_u32(enc, work->key_count);
	for (uint32_t i = 0; i < work->key_count; i++)
		enc_u32(enc, work->keys[i]);
}

void erase_save(struct db_txn *txn, const struct erase_work *work, bool done, const struct erase_receipt *receipt)
{
	struct db_key key = row_key(work);
	struct enc enc;

	enc_start(&enc, VERSION);
	enc_u8(&enc, done ? ERASE_DONE : ERASE_UNDER_WAY);
	enc_text(&enc, receipt->basis);
	enc_i64(&enc, receipt->at_us);
	enc_u64(&enc, receipt->event);
	enc_text(&enc, receipt->hash);
	enc_u32(&enc, receipt->leads);
	enc_u32(&enc, receipt->numbers);
	enc_u32(&enc, receipt->shared);
	enc_u32(&enc, receipt->listed);
	enc_u32(&enc, receipt->rows);
	enc_u64(&enc, receipt->attempts);
	enc_u64(&enc, receipt->keys);
	enc_u64(&enc, receipt->recordings);
	enc_u64(&enc, receipt->clear);
	enc_u64(&enc, receipt->recordings_kept);
	enc_i64(&enc, receipt->recordings_until_us);
	enc_i64(&enc, receipt->attempts_until_us);
	if (!done)
		put_work(&enc, work);
	record_put(txn, T_ERASED, &key, &enc);
}

static uint32_t take_ids(struct dec *dec, uint64_t *ids, uint32_t max)
{
	uint32_t count = dec_u32(dec);

	dec->bad |= count > max;
	for (uint32_t i = 0; i < count && !dec->bad; i++)
		ids[i] = dec_u64(dec);
	return dec->bad ? 0 : count;
}

static void take_work(struct dec *dec, struct erase_work *work)
{
	work->began_us = dec_i64(dec);
	work->lead_count = take_ids(dec, work->leads, ERASE_LEADS);
	work->number_count = take_ids(dec, work->numbers, ERASE_NUMBERS);
	work->key_count = dec_u32(dec);
	dec->bad |= work->key_count > ERASE_KEYS;
	for (uint32_t i = 0; i < work->key_count && !dec->bad; i++)
		work->keys[i] = dec_u32(dec);
}

static void take_receipt(struct dec *dec, struct erase_receipt *receipt)
{
	dec_text(dec, receipt->basis, sizeof(receipt->basis));
	receipt->at_us = dec_i64(dec);
	receipt->event = dec_u64(dec);
	dec_text(dec, receipt->hash, sizeof(receipt->hash));
	receipt->leads = dec_u32(dec);
	receipt->numbers = dec_u32(dec);
	receipt->shared = dec_u32(dec);
	receipt->listed = dec_u32(dec);
	receipt->rows = dec_u32(dec);
	receipt->attempts = dec_u64(dec);
	receipt->keys = dec_u64(dec);
	receipt->recordings = dec_u64(dec);
	receipt->clear = dec_u64(dec);
	receipt->recordings_kept = dec_u64(dec);
	receipt->recordings_until_us = dec_i64(dec);
	receipt->attempts_until_us = dec_i64(dec);
}

int erase_load(struct store *store, struct erase_work *work, struct erase_receipt *receipt, enum erase_state *state)
{
	struct db_key key = row_key(work);
	struct db_view view;
	struct db_txn txn;

	*state = ERASE_NEVER;
	db_read_begin(store->db, &txn);
	if (db_get(&txn, T_ERASED, &key, &view)) {
		struct dec dec = dec_start(view.data, view.bytes, VERSION);

		*state = (enum erase_state)dec_u8(&dec);
		take_receipt(&dec, receipt);
		if (*state == ERASE_UNDER_WAY)
			take_work(&dec, work);
		record_ok(&txn, &dec);
	}
	return db_read_end(&txn);
}
