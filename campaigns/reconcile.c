/* reconcile.c - see reconcile.h */
#include "campaigns/reconcile.h"

#include "campaigns/evlog.h"
#include "campaigns/history.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAD_US (3600 * SEC_US) /* between an intent and its INVITE: far less, even where a trunk makes them wait */

struct reconcile {
	const struct reconcile_options *options;
	struct reconcile_receipt *receipt;
	struct carrier carrier;
	struct carrier_record **by_attempt; /* those with a Call-ID of ours, by attempt */
	size_t by_attempt_count;
	struct sheet *sheet;
	char why[WHY_BYTES];
};

static const char *const columns[] = {"finding", "number", "attempt", "trunk", "our_time", "carrier_time", "difference_ms",
	"carrier_line", "outcome", "our_code", "carrier_code", "our_duration_ms", "carrier_duration_ms", "seq", NULL};

/* --- the carrier's side */

static int by_number(const void *left, const void *right)
{
	const struct carrier_record *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->start_us < b->start_us ? -1 : a->start_us > b->start_us;
}

static int by_attempt(const void *left, const void *right)
{
	const struct carrier_record *a = *(struct carrier_record *const *)left, *b = *(struct carrier_record *const *)right;

	return a->attempt < b->attempt ? -1 : a->attempt > b->attempt;
}

static int sort_records(struct reconcile *run)
{
	struct carrier *carrier = &run->carrier;

	qsort(carrier->items, carrier->count, sizeof(*carrier->items), by_number);
	run->by_attempt = malloc((carrier->count + 1) * sizeof(struct carrier_record *));
	if (!run->by_attempt)
		return -ENOMEM;
	for (size_t i = 0; i < carrier->count; i++)
		if (carrier->items[i].number && carrier->items[i].attempt)
			run->by_attempt[run->by_attempt_count++] = &carrier->items[i];
	qsort(run->by_attempt, run->by_attempt_count, sizeof(struct carrier_record *), by_attempt);
	return 0;
}

static void set_span(struct reconcile *run)
{
	struct reconcile_receipt *receipt = run->receipt;
	int64_t first_us = INT64_MAX, last_us = 0;

	for (size_t i = 0; i < run->carrier.count; i++) {
		const struct carrier_record *record = &run->carrier.items[i];

		if (!record->number)
			continue;
		first_us = record->start_us < first_us ? record->start_us : first_us;
		last_us = record->start_us > last_us ? record->start_us : last_us;
	}
	receipt->from_us = run->options->from_us ? run->options->from_us : first_us;
	receipt->to_us = run->options->to_us ? run->options->to_us : last_us + 1;
}

/* The place of the first record of a number at or after a time. */
static size_t first_of(const struct carrier *carrier, uint64_t number, int64_t from_us)
{
	const struct carrier_record key = {.number = number, .start_us = from_us};
	size_t from = 0, to = carrier->count;

	while (from < to) {
		size_t middle = (from + to) / 2;

		if (by_number(&carrier->items[middle], &key) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* When the INVITE left. A crash took that time with it: then it was soon after the intent, if it left at all. 0: it did not. */
static int64_t sent_us(const struct attempt *attempt)
{
	return attempt->invite_us || attempt->outcome != OUTCOME_UNKNOWN_CRASH ? attempt->invite_us : attempt->intent_us;
}

/* The nearest in time that no other call has; a record that names another attempt is not taken. */
static struct carrier_record *nearest(struct reconcile *run, const struct attempt *attempt)
{
	struct carrier *carrier = &run->carrier;
	uint64_t number = number_of(attempt->e164);
	int64_t tolerance_us = run->options->tolerance_us, best_us = INT64_MAX, at_us = sent_us(attempt);
	struct carrier_record *best = NULL;

	for (size_t i = first_of(carrier, number, at_us - tolerance_us);
		i < carrier->count && carrier->items[i].number == number && carrier->items[i].start_us <= at_us + tolerance_us;
		i++) {
		int64_t off_us = llabs(carrier->items[i].start_us - at_us);

		if (carrier->items[i].matched || carrier->items[i].attempt || off_us >= best_us)
			continue;
		best = &carrier->items[i];
		best_us = off_us;
	}
	return best;
}

static struct carrier_record *record_of(struct reconcile *run, const struct attempt *attempt)
{
	struct carrier_record wanted = {.attempt = attempt->id}, *key = &wanted, **found;

	found = run->by_attempt_count
			? bsearch(&key, run->by_attempt, run->by_attempt_count, sizeof(struct carrier_record *), by_attempt)
			: NULL;
	return found && !(*found)->matched && (*found)->number == number_of(attempt->e164) ? *found : nearest(run, attempt);
}

/* --- findings */

static int64_t duration_us(const struct attempt *attempt)
{
	return attempt->answer_us && attempt->end_us > attempt->answer_us ? attempt->end_us - attempt->answer_us : 0;
}

/* A carrier that bills whole seconds rounds up; that lies within any tolerance of a second or more. */
static bool contradicts(const struct reconcile *run, const struct attempt *attempt, const struct carrier_record *record)
{
	int64_t ours_us = duration_us(attempt);

	if (record->duration_us >= 0 && ((record->duration_us > 0) != (attempt->answer_us != 0) ||
						llabs(record->duration_us - ours_us) > run->options->tolerance_us))
		return true;
	return record->code && attempt->sip_code && record->code != attempt->sip_code;
}

static void put_whole(struct sheet *sheet, bool known, int64_t value)
{
	if (known)
		sheet_integer(sheet, value);
	else
		sheet_none(sheet);
}

/* `call` or `record` may be NULL. */
static int put_finding(
	struct reconcile *run, const char *finding, const struct call_record *call, const struct carrier_record *record)
{
	static const struct call_record no_call = {.seq = 0};
	static const struct carrier_record no_record = {.duration_us = -1};
	const struct attempt *attempt = call ? &call->attempt : &no_call.attempt;
	const struct carrier_record *theirs = record ? record : &no_record;
	struct sheet *sheet = run->sheet;
	char number[NUMBER_BYTES] = "";

	if (theirs->number)
		number_text(theirs->number, number);
	sheet_text(sheet, finding);
	sheet_number(sheet, call ? attempt->e164 : number);
	put_whole(sheet, call, (int64_t)attempt->id);
	sheet_text(sheet, attempt->trunk);
	sheet_time(sheet, attempt->invite_us);
	sheet_time(sheet, theirs->start_us);
	put_whole(sheet, attempt->invite_us && record, (theirs->start_us - attempt->invite_us) / MS_US);
	put_whole(sheet, record, (int64_t)theirs->line);
	sheet_text(sheet, call ? outcome_facts(attempt->outcome)->name : "");
	put_whole(sheet, attempt->sip_code, attempt->sip_code);
	put_whole(sheet, theirs->code, theirs->code);
	put_whole(sheet, call, duration_us(attempt) / MS_US);
	put_whole(sheet, theirs->duration_us >= 0, theirs->duration_us / MS_US);
	put_whole(sheet, call && call->seq, call ? (int64_t)call->seq : 0);
	return sheet_end_row(sheet);
}

static int call_h(void *arg, const struct call_record *call)
{
	struct reconcile *run = arg;
	const struct attempt *attempt = &call->attempt;
	struct reconcile_receipt *receipt = run->receipt;
	struct carrier_record *record;
	bool inside = attempt->invite_us >= receipt->from_us && attempt->invite_us < receipt->to_us; /* and surely sent */

	if (!sent_us(attempt) || (run->options->trunk && strcmp(run->options->trunk, attempt->trunk) != 0))
		return 0;
	record = record_of(run, attempt);
	receipt->calls += inside || record;
	if (!record) {
		receipt->ours_only += inside;
		return inside ? put_finding(run, "ours_only", call, NULL) : 0;
	}
	record->matched = true;
	receipt->matched++;
	if (!contradicts(run, attempt, record))
		return 0;
	receipt->differ++;
	return put_finding(run, "differs", call, record);
}

static int put_left_over(struct reconcile *run)
{
	struct reconcile_receipt *receipt = run->receipt;
	int err = 0;

	for (size_t i = 0; i < run->carrier.count && !err; i++) {
		const struct carrier_record *record = &run->carrier.items[i];

		if (!record->number) {
			err = put_finding(run, "unreadable", NULL, record);
		} else if (record->start_us < receipt->from_us || record->start_us >= receipt->to_us) {
			receipt->outside += !record->matched;
		} else if (!record->matched) {
			receipt->carrier_only++;
			err = put_finding(run, "carrier_only", NULL, record);
		}
	}
	return err;
}

/* --- the run */

static int compare(struct reconcile *run, struct store *store)
{
	struct reconcile_receipt *receipt = run->receipt;
	int64_t around_us = run->options->tolerance_us;
	struct history_filter filter = {.from_us = receipt->from_us - around_us - LEAD_US, .to_us = receipt->to_us + around_us};
	uint64_t unfinished;
	int err = history_read(store, &filter, call_h, run, &unfinished, run->why);

	return err ? err : put_left_over(run);
}

static int reconcile_in(struct db_txn *txn, void *arg)
{
	const struct reconcile *run = arg;

	evlog_reconcile(txn, run->options, run->receipt);
	return 0;
}

/* An error of the output is about its file, not about the carrier's. */
static int of_output(struct reconcile *run, int err)
{
	const char *path = run->options->sheet.path;

	if (err)
		snprintf(run->why, sizeof(run->why), "the findings cannot be written to %.100s: %s",
			path ? path : "standard output", err_text(err));
	return err;
}

static int run_all(struct reconcile *run, struct store *store)
{
	struct sheet_sums sums;
	int err = sort_records(run);

	set_span(run);
	if (!err)
		err = of_output(run, sheet_open(&run->sheet, &run->options->sheet, columns));
	if (!err)
		err = compare(run, store);
	if (!err)
		err = of_output(run, sheet_commit(run->sheet, &sums));
	return err ? err : db_change(store->db, reconcile_in, run);
}

int reconcile_run(struct store *store, const struct reconcile_options *options, struct reconcile_receipt *receipt,
	char why[CARRIER_WHY_BYTES])
{
	struct reconcile run = {.options = options, .receipt = receipt};
	int err;

	*receipt = (struct reconcile_receipt){.records = 0};
	err = carrier_read(store, &options->carrier, &run.carrier, why);
	if (err)
		return err;
	receipt->records = run.carrier.count;
	receipt->unreadable = run.carrier.unreadable;
	memcpy(receipt->sha256, run.carrier.sha256, sizeof(receipt->sha256));
	err = run_all(&run, store);
	if (err)
		snprintf(why, CARRIER_WHY_BYTES, "%.200s", run.why[0] ? run.why : err_text(err));
	sheet_close(run.sheet);
	free(run.by_attempt);
	carrier_fini(&run.carrier);
	return err;
}
