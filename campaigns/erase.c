/* erase.c - see erase.h */
#include "campaigns/erase.h"

#include "campaigns/erase_rows.h"
#include "campaigns/evlog.h"
#include "campaigns/ledger.h"
#include "campaigns/line.h"
#include "campaigns/merkle.h"
#include "campaigns/personal.h"
#include "campaigns/recording.h"
#include "campaigns/retention.h"
#include "campaigns/hold.h"
#include "campaigns/sha256.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP 500 /* attempts looked at in a transaction */

struct erasing {
	struct store *store;
	const struct erase_options *options;
	struct erase_receipt *receipt;
	struct erase_work work;
	uint64_t after;                    /* attempts up to here are done */
	struct attempt found[STEP];
	uint32_t found_count;
	bool end, pending;                 /* pending: a recording that is still being closed */
	char *why;
};

static int stop_after(const struct erasing *erasing, enum erase_step step)
{
	return erasing->options->stop_after == step ? -ECANCELED : 0;
}

/* --- attempts */

/* An attempt of a lead that is still there belongs to that lead, whatever number it has now. */
static bool is_his(struct db_txn *txn, const struct erase_work *work, const struct attempt *attempt)
{
	struct db_key lead = key_u64(attempt->lead);

	if (number_of(attempt->e164) && erase_has(work->numbers, work->number_count, number_of(attempt->e164)) &&
		!db_get(txn, T_LEAD, &lead, NULL))
		return true;
	return erase_has(work->leads, work->lead_count, attempt->lead);
}

static int find_attempts(struct erasing *erasing)
{
	struct db_key from = key_u64(erasing->after + 1), key;
	struct db_txn txn;
	uint32_t looked = 0;
	bool there;

	erasing->found_count = 0;
	db_read_begin(erasing->store->db, &txn);
	there = db_seek(&txn, T_ATTEMPT, &from, &key, NULL);
	for (; there && looked < STEP; looked++, there = db_step(&txn, T_ATTEMPT, &key, NULL)) {
		struct attempt *attempt = &erasing->found[erasing->found_count];

		erasing->after = db_key_u64_at(&key, 0);
		if (attempt_load(&txn, erasing->after, attempt) && is_his(&txn, &erasing->work, attempt))
			erasing->found_count++;
	}
	erasing->end = looked < STEP;
	return db_read_end(&txn);
}

static int64_t attempt_until_us(struct db_txn *txn, const struct attempt *attempt)
{
	struct campaign campaign = {.rules = ""};

	campaign_load(txn, attempt->campaign, &campaign);
	return attempt->intent_us + retention_us(RETENTION_CALL, campaign.rules);
}

static void count_attempt(struct erasing *erasing, struct db_txn *txn, const struct attempt *attempt)
{
	int64_t until_us = attempt_until_us(txn, attempt);

	erasing->receipt->attempts++;
	erasing->receipt->clear += attempt->person_key == 0;
	if (until_us > erasing->receipt->attempts_until_us)
		erasing->receipt->attempts_until_us = until_us;
}

/* A number that is free now is one that his lead had once. */
static void forget_number(struct db_txn *txn, const struct attempt *attempt)
{
	uint64_t number = number_of(attempt->e164);
	struct db_key key = key_u64(number);

	ledger_forget(txn, number, attempt);
	if (!erase_is_free(txn, number))
		return;
	db_del(txn, T_CALLERID_SEEN, &key);
	personkey_forget_subject(txn, number);
}

/* What stays of an attempt is what happened, when, and which key its lines were sealed with. */
static int blank_in(struct db_txn *txn, void *arg)
{
	struct erasing *erasing = arg;
	struct attempt attempt;

	for (uint32_t i = 0; i < erasing->found_count; i++) {
		if (!attempt_load(txn, erasing->found[i].id, &attempt) || strcmp(attempt.e164, PERSONAL_ERASED) == 0)
			continue;
		forget_number(txn, &attempt);
		text_copy(attempt.e164, sizeof(attempt.e164), PERSONAL_ERASED);
		if (*attempt.reached)
			text_copy(attempt.reached, sizeof(attempt.reached), PERSONAL_ERASED);
		attempt_save(txn, &attempt);
	}
	return 0;
}

static int erase_recording(struct erasing *erasing, uint64_t attempt)
{
	struct erase_receipt *receipt = erasing->receipt;
	struct recording recording;
	int err = recording_get(erasing->store, attempt, &recording);

	if (err)
		return err == ERR_UNKNOWN ? 0 : err;
	int64_t until_us = recording.end_us + recording_floor_us(&recording.terms);

	erasing->pending |= recording.state == RECORDING_OPEN;
	/* Removed by this, before it was killed: counted all the same. */
	receipt->recordings += recording.state == RECORDING_REMOVED && recording.removed_us >= erasing->work.began_us;
	if (recording.state != RECORDING_KEPT)
		return 0;
	if (until_us > clock_us()) {
		receipt->recordings_kept++;
		receipt->recordings_until_us = until_us > receipt->recordings_until_us ? until_us : receipt->recordings_until_us;
		return 0;
	}
	receipt->recordings++;
	return erasing->options->dry ? 0 : recording_remove(erasing->store, attempt, PERSONAL_ERASED);
}

/* The keys of those that were found go before their numbers: who is killed in between finds them again. */
static int erase_found(struct erasing *erasing)
{
	uint32_t keys[2 * STEP], count = 0;
	struct db_txn txn;
	int err = 0;

	db_read_begin(erasing->store->db, &txn);
	for (uint32_t i = 0; i < erasing->found_count; i++) {
		count_attempt(erasing, &txn, &erasing->found[i]);
		if (erasing->found[i].person_key && !erase_has_key(&erasing->work, erasing->found[i].person_key))
			keys[count++] = erasing->found[i].person_key;
		if (erase_is_free(&txn, number_of(erasing->found[i].e164)))
			count += (keys[count] = personkey_known(&txn, number_of(erasing->found[i].e164))) != 0;
	}
	erasing->receipt->keys += count;
	err = db_read_end(&txn);
	if (!err && !erasing->options->dry)
		err = personkey_destroy(erasing->store->keys, keys, count);
	for (uint32_t i = 0; i < erasing->found_count && !err; i++)
		err = erase_recording(erasing, erasing->found[i].id);
	if (!err && erasing->found_count && !erasing->options->dry)
		err = db_change(erasing->store->db, blank_in, erasing);
	return err;
}

static int erase_attempts(struct erasing *erasing)
{
	int err = 0;

	erasing->after = 0;
	do {
		err = find_attempts(erasing);
		if (!err)
			err = erase_found(erasing);
	} while (!err && !erasing->end);
	if (!err && erasing->pending && !erasing->options->dry)
		return say(erasing->why, ERR_WRONG_STATE,
			"a recording of his is still being closed; all else is erased: run it again when the engine has started");
	return err;
}

/* --- the end */

static void put_event(struct db_txn *txn, struct erasing *erasing)
{
	struct erase_receipt *receipt = erasing->receipt;
	struct sha256 *sha = sha256_alloc();
	struct line line;

	receipt->event = evlog_start(txn, &line, "erased");
	line_text(&line, "pseudonym", receipt->pseudonym);
	line_text(&line, "basis", receipt->basis);
	line_u64(&line, "leads", receipt->leads);
	line_u64(&line, "numbers", receipt->numbers);
	line_u64(&line, "attempts", receipt->attempts);
	line_u64(&line, "keys", receipt->keys);
	line_u64(&line, "rows", receipt->rows);
	line_u64(&line, "listed", receipt->listed);
	line_u64(&line, "recordings", receipt->recordings);
	line_u64(&line, "recordings_kept", receipt->recordings_kept);
	line_time(&line, "recordings_until_us", receipt->recordings_until_us);
	line_time(&line, "attempts_until_us", receipt->attempts_until_us);
	line_u64(&line, "clear", receipt->clear);
	evlog_end(txn, receipt->event, &line);
	if (!sha && !txn->err)
		txn->err = -ENOMEM;
	if (sha) /* as it will stand in the hash tree */
		text_hex(merkle_leaf(sha, line.text, line.bytes).bytes, HASH_BYTES, receipt->hash);
	sha256_free(sha);
}

static int end_in(struct db_txn *txn, void *arg)
{
	struct erasing *erasing = arg;

	erasing->receipt->at_us = clock_us();
	put_event(txn, erasing);
	erase_save(txn, &erasing->work, true, erasing->receipt);
	scrub_want(txn);
	store_touch(txn);
	return 0;
}

/* From where the leads are gone on. */
static int finish(struct erasing *erasing)
{
	int err = stop_after(erasing, ERASE_LEADS_GONE);

	if (!err)
		err = personkey_destroy(erasing->store->keys, erasing->work.keys, erasing->work.key_count);
	erasing->receipt->keys = erasing->work.key_count;
	if (!err)
		err = stop_after(erasing, ERASE_KEYS_GONE);
	if (!err)
		err = erase_attempts(erasing);
	if (!err)
		err = stop_after(erasing, ERASE_ATTEMPTS_DONE);
	if (!err)
		err = db_change(erasing->store->db, end_in, erasing);
	return err ? err : stop_after(erasing, ERASE_RECORDED);
}

/* --- the beginning */

static int subject_of(struct erasing *erasing, const char *subject)
{
	struct erase_work *work = &erasing->work;
	const char *basis = erasing->options->basis ? erasing->options->basis : "";

	if (!*subject || strlen(subject) >= HOLD_SUBJECT_BYTES)
		return say(erasing->why, ERR_RANGE,
			"name a number such as +8613800138000, or a person by an id of at most %d bytes", HOLD_SUBJECT_BYTES - 1);
	work->subject = *subject == '+' ? number_of(subject) : ledger_person(subject);
	if (!work->subject)
		return say(erasing->why, ERR_RANGE, "\"%.60s\" is no number in the form +8613800138000", subject);
	if (!*basis && !erasing->options->dry)
		return say(erasing->why, ERR_RANGE, "an erasure needs its reason: the letter and the article that ask for it");
	if (strlen(basis) >= ERASE_BASIS_BYTES)
		return say(erasing->why, ERR_RANGE, "the reason is longer than %d bytes", ERASE_BASIS_BYTES - 1);
	text_copy(erasing->receipt->basis, sizeof(erasing->receipt->basis), basis);
	return 0;
}

static int make_in(struct db_txn *txn, void *arg)
{
	struct store *store = arg;

	return personkey_make(txn, store->keys);
}

/* Under a secret of the store: nobody else can go from the number to it by trying all numbers. */
static int name_subject(struct erasing *erasing)
{
	struct erase_work *work = &erasing->work;
	int err = erasing->options->dry ? 0 : db_change(erasing->store->db, make_in, erasing->store);

	if (err)
		return say(erasing->why, err, "the file " PERSONKEY_FILE " of the store cannot be written: %s", err_text(err));
	if (!personkey_pseudonym(erasing->store->keys, work->subject, work->pseudonym))
		return erasing->options->dry
			       ? 0
			       : say(erasing->why, ERR_STORE, "the file " PERSONKEY_FILE " of the store cannot be read");
	text_hex(work->pseudonym, PSEUDONYM_BYTES, erasing->receipt->pseudonym);
	return 0;
}

/* In a read transaction: the counts alone. */
static int look(struct erasing *erasing, struct erase_change *change)
{
	struct db_txn txn;
	int err, also;

	db_read_begin(erasing->store->db, &txn);
	err = erase_begin_in(&txn, change);
	also = db_read_end(&txn);
	return err ? err : also;
}

/* Nobody has it now, but there may be calls of a lead that is gone. */
static int is_known(struct erasing *erasing, struct erase_change *change)
{
	int err;

	change->dry = true;
	err = look(erasing, change);
	for (erasing->after = 0, erasing->end = change->known; !err && !erasing->end;) {
		err = find_attempts(erasing);
		change->known |= erasing->found_count > 0;
		erasing->end |= change->known;
	}
	change->dry = erasing->options->dry;
	return err;
}

static int begin(struct erasing *erasing)
{
	struct erase_change change = {.store = erasing->store, .work = &erasing->work, .receipt = erasing->receipt,
		.may_call = erasing->options->may_call, .why = erasing->why};
	int err;

	erasing->work.began_us = clock_us();
	err = erase_find(erasing->store, &erasing->work, erasing->why);
	if (!err)
		err = is_known(erasing, &change);
	if (!err && !change.known)
		return ERR_UNKNOWN;
	if (err || erasing->options->dry)
		return err ? err : erase_attempts(erasing);
	err = db_change(erasing->store->db, erase_begin_in, &change);
	return err ? err : finish(erasing);
}

/* What is not all in the store yet goes on; what is, begins. */
static int run(struct erasing *erasing, const char *subject)
{
	struct erase_receipt earlier = *erasing->receipt;
	enum erase_state state;
	int err = erase_load(erasing->store, &erasing->work, &earlier, &state);

	if (err)
		return err;
	if (state == ERASE_UNDER_WAY && !erasing->options->dry) {
		*erasing->receipt = earlier; /* what was written as it began */
		return finish(erasing);
	}
	err = begin(erasing);
	if (err == ERR_UNKNOWN && state == ERASE_DONE) {
		*erasing->receipt = earlier;
		erasing->receipt->again = true;
		return 0;
	}
	if (err == ERR_UNKNOWN)
		say(erasing->why, err, "nobody is known by \"%.60s\": nothing to erase", subject);
	return err;
}

static int wipe(struct store *store, struct erase_receipt *receipt)
{
	uint64_t due;
	int err = scrub_due(store, &due);

	if (err || due)
		return err ? err : scrub_run(store, &receipt->scrub);
	receipt->scrub.whole = receipt->scrub.alone = true;
	return 0;
}

int erase_run(
	struct store *store, const char *subject, const struct erase_options *options, struct erase_receipt *receipt, char *why)
{
	struct erasing *erasing = calloc(1, sizeof(*erasing));
	int err = erasing ? 0 : -ENOMEM;

	memset(receipt, 0, sizeof(*receipt));
	if (err)
		return err;
	erasing->store = store;
	erasing->options = options;
	erasing->receipt = receipt;
	erasing->why = why;
	err = subject_of(erasing, subject);
	if (!err)
		err = name_subject(erasing);
	if (!err)
		err = run(erasing, subject);
	if (!err && !options->dry)
		err = wipe(store, receipt);
	free(erasing);
	return err;
}
