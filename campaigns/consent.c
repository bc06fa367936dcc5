/* consent.c - records of consent, business and revocation; see consent.h */
#include "campaigns/consent_table.h"

#include "campaigns/evlog.h"
#include "campaigns/holiday.h"
#include "campaigns/ledger.h"
#include "campaigns/line.h"
#include "campaigns/suppress_table.h"

#include "base/clock.h"
#include "base/err.h"

#include <stdio.h>
#include <string.h>

#define CONSENT_VERSION 1

static const struct {
	const char *name;
	int months; /* of business, 0: no end of its own */
} bases[CONSENT_BASES] = {
	[CONSENT_GIVEN] = {"consent", 0},
	[CONSENT_PURCHASE] = {"purchase", 18},
	[CONSENT_INQUIRY] = {"inquiry", 3},
	[CONSENT_REVOKED] = {"revocation", 0},
};

const char *consent_basis_name(enum consent_basis basis)
{
	return (unsigned)basis < CONSENT_BASES ? bases[basis].name : "unknown";
}

enum consent_basis consent_basis_by_name(const char *name)
{
	enum consent_basis basis = 0;

	while (basis < CONSENT_BASES && strcmp(bases[basis].name, name) != 0)
		basis++;
	return basis;
}

/* --- weighing (pure) */

/* The same day and time so many months later; the month's last day where it has no such day. */
static int64_t months_later_us(int64_t at_us, int months)
{
	int64_t day = at_us / DAY_US, later;
	int year, month, date, back_year, back_month, back_date;

	date_of_day(day, &year, &month, &date);
	year += (month - 1 + months) / 12;
	month = (month - 1 + months) % 12 + 1;
	do {
		later = day_of_date(year, month, date--);
		date_of_day(later, &back_year, &back_month, &back_date);
	} while (back_month != month);
	return later * DAY_US + at_us % DAY_US;
}

int64_t consent_end_us(const struct consent *consent)
{
	int64_t end_us = consent->until_us ? consent->until_us : INT64_MAX;
	int months = (unsigned)consent->basis < CONSENT_BASES ? bases[consent->basis].months : 0;

	if (months && months_later_us(consent->at_us, months) < end_us)
		end_us = months_later_us(consent->at_us, months);
	return end_us;
}

static void take_later(struct consent *best, const struct consent *record)
{
	if (!best->id || record->at_us > best->at_us)
		*best = *record;
}

void consent_weigh(struct consent_word *word, const struct consent *record, const char *seller, int64_t now_us)
{
	bool all = !*record->seller, same = strcmp(record->seller, seller) == 0;

	if (record->basis == CONSENT_REVOKED) {
		if (all || same || !*seller)
			take_later(&word->revoked, record);
		return;
	}
	if ((!all && !same) || record->at_us > now_us || now_us >= consent_end_us(record))
		return;
	take_later(record->basis == CONSENT_GIVEN ? &word->given : &word->business, record);
}

void consent_settle(struct consent_word *word)
{
	int64_t newest_us = word->given.id ? word->given.at_us : INT64_MIN;

	if (word->revoked.id && newest_us > word->revoked.at_us) {
		if (word->business.id && word->business.at_us <= word->revoked.at_us)
			word->business.id = 0;
		word->revoked.id = 0;
	}
	if (word->revoked.id)
		word->given.id = word->business.id = 0;
	word->gone = word->reassigned.answer == REASSIGNED_YES && newest_us <= word->reassigned.answered_us;
}

/* --- records */

static uint64_t consent_subject(const struct consent *consent)
{
	return *consent->e164 ? number_of(consent->e164) : ledger_person(consent->person);
}

static struct db_key consent_key(uint64_t subject, uint64_t id)
{
	struct db_key key = key_u64(subject);

	db_key_u64(&key, id);
	return key;
}

static void consent_save(struct db_txn *txn, const struct consent *consent)
{
	struct db_key key = consent_key(consent_subject(consent), consent->id);
	struct enc enc;

	enc_start(&enc, CONSENT_VERSION);
	enc_u8(&enc, (uint8_t)consent->basis);
	enc_text(&enc, consent->e164);
	enc_text(&enc, consent->person);
	enc_text(&enc, consent->seller);
	enc_text(&enc, consent->evidence);
	enc_i64(&enc, consent->at_us);
	enc_i64(&enc, consent->until_us);
	enc_i64(&enc, consent->noted_us);
	record_put(txn, T_CONSENT, &key, &enc);
}

/* The first of the subject after that id. */
static bool consent_after(struct db_txn *txn, uint64_t subject, uint64_t after, bool same, struct consent *out)
{
	struct db_key from = consent_key(subject, after + 1), key;
	struct db_view view;

	if (!db_seek(txn, T_CONSENT, &from, &key, &view) || (same && db_key_u64_at(&key, 0) != subject))
		return false;
	struct dec dec = dec_start(view.data, view.bytes, CONSENT_VERSION);

	memset(out, 0, sizeof(*out));
	out->id = db_key_u64_at(&key, 8);
	out->basis = (enum consent_basis)dec_u8(&dec);
	dec_text(&dec, out->e164, sizeof(out->e164));
	dec_text(&dec, out->person, sizeof(out->person));
	dec_text(&dec, out->seller, sizeof(out->seller));
	dec_text(&dec, out->evidence, sizeof(out->evidence));
	out->at_us = dec_i64(&dec);
	out->until_us = dec_i64(&dec);
	out->noted_us = dec_i64(&dec);
	return record_ok(txn, &dec);
}

static bool consent_same(const struct consent *a, const struct consent *b)
{
	return a->basis == b->basis && a->at_us == b->at_us && a->until_us == b->until_us && strcmp(a->seller, b->seller) == 0 &&
	       strcmp(a->evidence, b->evidence) == 0 && strcmp(a->person, b->person) == 0;
}

static bool consent_present(struct db_txn *txn, const struct consent *row)
{
	uint64_t subject = consent_subject(row);
	struct consent other = {0};

	while (consent_after(txn, subject, other.id, true, &other))
		if (consent_same(&other, row))
			return true;
	return false;
}

static void consent_event(struct db_txn *txn, const struct consent *consent)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, consent->basis == CONSENT_REVOKED ? "consent_revoke" : "consent_add");

	line_u64(&line, "consent", consent->id);
	line_text(&line, "basis", consent_basis_name(consent->basis));
	evlog_about(txn, &line, consent_subject(consent));
	line_personal(&line, "to", consent->e164);
	line_personal(&line, "person", consent->person);
	line_text(&line, "seller", consent->seller);
	line_personal(&line, "evidence", consent->evidence);
	line_time(&line, "at_us", consent->at_us);
	line_time(&line, "until_us", consent->until_us);
	evlog_end(txn, seq, &line);
}

/* --- changing */

static bool plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '\x7f')
			return false;
	return true;
}

int consent_check(const struct consent *consent, int64_t now_us, char why[WHY_BYTES])
{
	if ((unsigned)consent->basis >= CONSENT_BASES)
		return say(why, ERR_RANGE, "the basis is consent, purchase, inquiry or revocation");
	if (!*consent->e164 == !*consent->person)
		return say(why, ERR_RANGE, "a record is of a number or of a person, of one of them");
	if (*consent->e164 && !number_of(consent->e164))
		return say(why, ERR_RANGE, "\"%.19s\" is no telephone number", consent->e164);
	if (!plain(consent->person) || !plain(consent->seller) || !plain(consent->evidence))
		return say(why, ERR_RANGE, "person, seller and evidence may not have control characters");
	if (consent->basis != CONSENT_REVOKED && !*consent->evidence)
		return say(why, ERR_RANGE, "name the evidence: the form, recording, order or file that proves it");
	if (consent->at_us <= 0 || consent->at_us > now_us + DAY_US)
		return say(why, ERR_RANGE, "the date is missing or in the future");
	if (consent->basis == CONSENT_REVOKED && consent->until_us)
		return say(why, ERR_RANGE, "a revocation has no last day: later consent ends it");
	if (consent->until_us && consent->until_us <= consent->at_us)
		return say(why, ERR_RANGE, "it ends before it begins");
	return 0;
}

struct consent_change {
	const struct consent *rows;
	uint32_t count, added;
	bool persons; /* some are of persons: their leads are found by looking at all */
	int64_t now_us;
};

static int consent_add_in(struct db_txn *txn, void *arg)
{
	struct consent_change *change = arg;

	change->added = 0;
	for (uint32_t i = 0; i < change->count && !txn->err; i++) {
		struct consent row = change->rows[i];

		row.at_us -= row.at_us % SEC_US;
		if (consent_present(txn, &row))
			continue;
		row.id = meta_get(txn, "consent_last") + 1;
		row.noted_us = change->now_us;
		meta_set(txn, "consent_last", row.id);
		consent_save(txn, &row);
		consent_event(txn, &row);
		change->added++;
		change->persons |= *row.person && row.basis != CONSENT_REVOKED;
		if (*row.e164 && row.basis != CONSENT_REVOKED)
			dnc_release(txn, number_of(row.e164), change->now_us);
	}
	if (change->added)
		store_touch(txn);
	return 0;
}

int consent_add_many(struct store *store, const struct consent *rows, uint32_t count, uint32_t *added, char why[WHY_BYTES])
{
	struct consent_change change = {.rows = rows, .count = count, .now_us = clock_us()};
	int err = count <= CONSENT_ROWS_MAX ? 0 : ERR_RANGE;

	for (uint32_t i = 0; i < count && !err; i++)
		err = consent_check(&rows[i], change.now_us, why);
	if (!err)
		err = db_change(store->db, consent_add_in, &change);
	if (!err && change.persons)
		err = suppress_release(store, change.now_us, NULL);
	if (!err && added)
		*added = change.added;
	return err;
}

/* --- reading */

int consent_next(struct store *store, const struct consent *after, struct consent *out)
{
	struct db_txn txn;
	bool there;

	db_read_begin(store->db, &txn);
	there = consent_after(&txn, after->id ? consent_subject(after) : 0, after->id, false, out);
	return read_found(&txn, there);
}

int consent_next_of(struct store *store, const char *e164, const char *person, uint64_t after, struct consent *out)
{
	struct db_txn txn;
	bool there;

	db_read_begin(store->db, &txn);
	there = consent_after(&txn, *e164 ? number_of(e164) : ledger_person(person), after, true, out);
	return read_found(&txn, there);
}

static void consent_weigh_all(struct db_txn *txn, uint64_t subject, const char *seller, int64_t now_us, struct consent_word *word)
{
	struct consent record = {0};

	while (consent_after(txn, subject, record.id, true, &record))
		consent_weigh(word, &record, seller, now_us);
}

void consent_ask(struct db_txn *txn, const struct campaign *campaign, const struct lead *lead, uint64_t number, int64_t now_us,
	struct consent_word *out)
{
	struct ledger_who who;
	struct terms terms;

	memset(out, 0, sizeof(*out));
	reassigned_load(txn, number, &out->reassigned);
	terms_load(txn, campaign->id, &terms);
	if (db_count(txn, T_CONSENT)) {
		ledger_who(lead, &terms, &who);
		consent_weigh_all(txn, number, terms.seller, now_us, out);
		if (who.person >> 63) /* a person, not the first number */
			consent_weigh_all(txn, who.person, terms.seller, now_us, out);
		if (who.also)
			consent_weigh_all(txn, who.also, terms.seller, now_us, out);
	}
	consent_settle(out);
	out->gone |= out->reassigned.answer == REASSIGNED_NO_DATA && terms.no_data_stops;
}
