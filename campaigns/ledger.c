/* ledger.c - see ledger.h */
#include "campaigns/ledger.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PERSON_BIT (UINT64_C(1) << 63) /* numbers have at most 50 bits */
#define PRUNE_MAX 16                   /* entries removed at one insert: more come with the next */
#define RECORD_VERSION 2

/* --- names to keys */

static uint64_t hash_of(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return hash ^ hash >> 32;
}

uint64_t ledger_person(const char *name)
{
	return hash_of(name) | PERSON_BIT;
}

bool ledger_is_person(uint64_t subject)
{
	return subject & PERSON_BIT;
}

uint32_t ledger_hash(const char *text)
{
	uint32_t hash = (uint32_t)hash_of(text);

	return *text ? hash + !hash : 0;
}

enum { COLUMN_PERSON, COLUMN_DEBT, COLUMN_ROLE, COLUMN_LOST, COLUMNS };

/* What a lead's columns are called; the first that is there counts. */
static const struct {
	const char *name;
	int column;
} column_names[] = {{"person", COLUMN_PERSON}, {"debtor_id", COLUMN_PERSON}, {"customer_id", COLUMN_PERSON},
	{"external_id", COLUMN_PERSON}, {"debt", COLUMN_DEBT}, {"debt_id", COLUMN_DEBT}, {"account", COLUMN_DEBT},
	{"contract", COLUMN_DEBT}, {"role", COLUMN_ROLE}, {"contact_role", COLUMN_ROLE}, {"lost_contact", COLUMN_LOST}};
#define COLUMN_NAMES ((int)(sizeof(column_names) / sizeof(column_names[0])))

static void columns_of(const struct lead *lead, const char *values[COLUMNS])
{
	int best[COLUMNS] = {COLUMN_NAMES, COLUMN_NAMES, COLUMN_NAMES, COLUMN_NAMES};
	const char *name, *value;

	for (uint32_t i = 0; lead_field_at(lead, i, &name, &value); i++)
		for (int k = 0; k < COLUMN_NAMES; k++) {
			int column = column_names[k].column;

			if (k >= best[column] || strcasecmp(name, column_names[k].name) != 0 || !*value)
				continue;
			best[column] = k;
			values[column] = value;
		}
}

bool ledger_names(const char *column)
{
	for (int k = 0; k < COLUMN_NAMES; k++)
		if (strcasecmp(column, column_names[k].name) == 0)
			return column_names[k].column == COLUMN_PERSON || column_names[k].column == COLUMN_DEBT;
	return false;
}

static bool says_yes(const char *value)
{
	return *value && strcasecmp(value, "no") != 0 && strcmp(value, "0") != 0 && strcmp(value, "否") != 0;
}

void ledger_who(const struct lead *lead, const struct terms *terms, struct ledger_who *out)
{
	const char *values[COLUMNS] = {"", "", "debtor", ""};

	columns_of(lead, values);
	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < lead->phone_count; i++)
		out->numbers[out->number_count++] = number_of(lead->phones[i].e164);
	out->person = *values[COLUMN_PERSON] ? ledger_person(values[COLUMN_PERSON]) : out->numbers[0];
	if (lead->person && lead->person != out->person) {
		out->also = *values[COLUMN_PERSON] ? out->person : 0;
		out->person = lead->person;
	}
	out->debt = ledger_hash(values[COLUMN_DEBT]);
	out->seller = ledger_hash(terms->seller);
	out->subject = ledger_hash(terms->offer);
	text_copy(out->role, sizeof(out->role), phone_role_name(phone_role_read(values[COLUMN_ROLE])));
	out->lost_contact = says_yes(values[COLUMN_LOST]);
}

const char *ledger_role(const struct ledger_who *who, const struct lead_phone *phone)
{
	return phone->role == PHONE_UNSAID ? who->role : phone_role_name(phone->role);
}

/* --- entries */

static struct db_key entry_key(uint64_t subject, int64_t at_us, uint64_t attempt)
{
	struct db_key key = key_u64(subject);

	db_key_u32(&key, (uint32_t)(at_us / SEC_US));
	db_key_u64(&key, attempt);
	return key;
}

uint64_t ledger_attempt(const struct db_key *key)
{
	return db_key_u64_at(key, 12);
}

void ledger_put(struct db_txn *txn, uint64_t subject, const struct ledger_entry *entry)
{
	struct db_key key = entry_key(subject, entry->at_us, entry->attempt);
	struct enc enc;

	enc_start(&enc, RECORD_VERSION);
	enc_u32(&enc, entry->events);
	enc_u32(&enc, entry->count);
	enc_u64(&enc, entry->number);
	enc_u32(&enc, entry->debt);
	enc_u32(&enc, entry->seller);
	enc_u32(&enc, entry->subject);
	enc_u32(&enc, (uint32_t)(entry->at_us % SEC_US));
	record_put(txn, T_LEDGER, &key, &enc);
}

void ledger_forget(struct db_txn *txn, uint64_t subject, const struct attempt *attempt)
{
	struct db_key key = entry_key(subject, attempt->intent_us, attempt->id);

	db_del(txn, T_LEDGER, &key);
}

bool ledger_has(struct db_txn *txn, uint64_t subject, const struct ledger_entry *entry)
{
	struct db_key key = entry_key(subject, entry->at_us, entry->attempt);

	return db_get(txn, T_LEDGER, &key, NULL);
}

/* Of an entry of an earlier program the second is known: its end, so that no span is over too early. */
static bool entry_of(struct db_txn *txn, const struct db_key *key, const struct db_view *view, struct ledger_entry *out)
{
	uint8_t version;
	struct dec dec = dec_start_upto(view->data, view->bytes, RECORD_VERSION, &version);

	out->attempt = ledger_attempt(key);
	out->events = dec_u32(&dec);
	out->count = dec_u32(&dec);
	out->number = dec_u64(&dec);
	out->debt = dec_u32(&dec);
	out->seller = dec_u32(&dec);
	out->subject = dec_u32(&dec);
	out->at_us = db_key_u32_at(key, 8) * SEC_US + (version >= 2 ? dec_u32(&dec) : SEC_US - 1);
	return record_ok(txn, &dec);
}

static bool known(const struct ledger_view *view, const struct ledger_entry *entry)
{
	for (uint32_t i = 0; i < view->count; i++)
		if (view->entries[i].attempt == entry->attempt && view->entries[i].at_us == entry->at_us)
			return true;
	return false;
}

static void read_subject(struct db_txn *txn, uint64_t subject, int64_t since_us, struct ledger_view *out)
{
	struct db_key from = entry_key(subject, since_us, 0), key;
	struct ledger_entry entry;
	struct db_view view;
	bool there = db_seek(txn, T_LEDGER, &from, &key, &view);

	for (; there && db_key_u64_at(&key, 0) == subject; there = db_step(txn, T_LEDGER, &key, &view)) {
		if (!entry_of(txn, &key, &view, &entry) || known(out, &entry))
			continue;
		if (out->count == LEDGER_ENTRIES_MAX) {
			out->full = true;
			return;
		}
		out->entries[out->count++] = entry;
	}
}

static int entry_order(const void *a, const void *b)
{
	const struct ledger_entry *x = a, *y = b;

	return x->at_us != y->at_us ? (x->at_us > y->at_us) - (x->at_us < y->at_us)
				    : (x->attempt > y->attempt) - (x->attempt < y->attempt);
}

void ledger_read(struct db_txn *txn, const struct ledger_who *who, int64_t since_us, struct ledger_view *out)
{
	out->count = 0;
	out->full = false;
	if (since_us < 0)
		since_us = 0;
	read_subject(txn, who->person, since_us, out);
	if (who->also)
		read_subject(txn, who->also, since_us, out);
	for (uint32_t i = 0; i < who->number_count; i++)
		if (who->numbers[i] != who->person)
			read_subject(txn, who->numbers[i], since_us, out);
	qsort(out->entries, out->count, sizeof(out->entries[0]), entry_order);
}

static void prune(struct db_txn *txn, uint64_t subject, int64_t now_us)
{
	struct db_key from = key_u64(subject), key;
	int64_t old_us = now_us - (RULE_DAYS_MAX + 2) * DAY_US;

	for (int i = 0; i < PRUNE_MAX && db_seek(txn, T_LEDGER, &from, &key, NULL); i++) {
		if (db_key_u64_at(&key, 0) != subject || db_key_u32_at(&key, 8) * SEC_US >= old_us)
			return;
		db_del(txn, T_LEDGER, &key);
	}
}

static void intent_subject(struct db_txn *txn, uint64_t subject, const struct ledger_entry *entry)
{
	ledger_put(txn, subject, entry);
	prune(txn, subject, entry->at_us);
}

void ledger_intent(struct db_txn *txn, const struct ledger_who *who, const struct attempt *attempt)
{
	struct ledger_entry entry = {.at_us = attempt->intent_us,
		.attempt = attempt->id,
		.number = number_of(attempt->e164),
		.debt = who->debt,
		.seller = who->seller,
		.subject = who->subject,
		.events = EVENT_OPEN,
		.count = 1};

	intent_subject(txn, who->person, &entry);
	if (who->also)
		intent_subject(txn, who->also, &entry);
	if (entry.number != who->person)
		intent_subject(txn, entry.number, &entry);
}

/* --- what became of it */

static void finish_subject(struct db_txn *txn, uint64_t subject, const struct attempt *attempt, uint32_t events)
{
	struct db_key key = entry_key(subject, attempt->intent_us, attempt->id);
	struct ledger_entry entry;
	struct db_view view;

	if (!db_get(txn, T_LEDGER, &key, &view) || !entry_of(txn, &key, &view, &entry))
		return; /* an attempt of an earlier program, or pruned */
	entry.events = events;
	if (events)
		ledger_put(txn, subject, &entry);
	else
		db_del(txn, T_LEDGER, &key);
}

void ledger_finish(struct db_txn *txn, const struct lead *lead, const struct attempt *attempt)
{
	uint32_t events = limits_events(attempt);
	uint64_t number = number_of(attempt->e164);
	struct ledger_who who;

	ledger_who(lead, &(struct terms){0}, &who);
	finish_subject(txn, who.person, attempt, events);
	if (who.also)
		finish_subject(txn, who.also, attempt, events);
	if (number != who.person)
		finish_subject(txn, number, attempt, events);
}
