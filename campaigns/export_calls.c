/* export_calls.c - exports with one row a call */
#include "campaigns/export_in.h"

#include "campaigns/lawcount.h"
#include "campaigns/outcome_row.h"

#include "base/clock.h"

#include <string.h>

/* The name of its time; of calls without it the store's. */
static const char *campaign_of(struct export *export, const struct call_record *call)
{
	return *call->campaign ? call->campaign : export_campaign_name(export, call->attempt.campaign);
}

/* --- outcomes */

const char *const *export_outcomes_columns(void)
{
	return outcome_columns();
}

static bool said(const char *item)
{
	return *item && strcmp(item, "n/a") != 0;
}

/*
 * For whom, what, who, with which right and by which script: an honest n/a is in order elsewhere, here it is a gap to be closed.
 */
static bool is_complete(const struct call_record *call)
{
	const struct call_items *items = &call->items;

	return said(items->org) && said(items->seller) && said(items->offer) && said(items->party) && said(items->script) &&
	       said(items->from_name) && said(items->authority);
}

static int outcome_h(void *arg, const struct call_record *call)
{
	struct export *export = arg;
	struct outcome_row row = {.attempt = &call->attempt, .items = &call->items, .seq = call->seq};
	struct cell cell;

	row.campaign = campaign_of(export, call);
	row.list = export_list_name(export, call->attempt.list);
	for (int i = 0; i < OUTCOME_COLUMNS; i++) {
		outcome_cell_get(&row, i, &cell);
		sheet_cell(export->sheet, &cell);
	}
	export->receipt->incomplete += !is_complete(call);
	return sheet_end_row(export->sheet);
}

int export_outcomes_run(struct export *export)
{
	return export_calls(export, outcome_h, export);
}

/* --- abandonment-calls: the calls behind numerator and denominator */

static const char *const behind_columns[] = {"campaign", "attempt", "number", "intent", "outcome", "live", "abandoned",
	"machine_hangup", "sampled", "us_30_days_start", "uk_day_start", "ca_month_start", "seq", NULL};

const char *const *export_behind_columns(void)
{
	return behind_columns;
}

static void put_periods(struct export *export, const struct attempt *attempt)
{
	int64_t first_us = export_first_dial_us(export, attempt->campaign);

	for (int law = 0; law < LAWS_COUNTED; law++)
		sheet_time(export->sheet,
			law_period_of((enum law)law, first_us ? first_us : attempt->intent_us, attempt->intent_us).start_us);
}

static int behind_h(void *arg, const struct call_record *call)
{
	const struct outcome_facts *facts = outcome_facts(call->attempt.outcome);
	struct judge_counts counts = {0};
	struct export *export = arg;

	judge_add(&counts, &call->attempt);
	if (!facts->live && !counts.machines)
		return 0;
	sheet_text(export->sheet, campaign_of(export, call));
	sheet_integer(export->sheet, (int64_t)call->attempt.id);
	sheet_number(export->sheet, call->attempt.e164);
	sheet_time(export->sheet, call->attempt.intent_us);
	sheet_text(export->sheet, facts->name);
	sheet_bool(export->sheet, facts->live);
	sheet_bool(export->sheet, facts->abandoned);
	sheet_bool(export->sheet, counts.machines && !counts.sampled);
	sheet_bool(export->sheet, counts.sampled);
	put_periods(export, &call->attempt);
	sheet_integer(export->sheet, (int64_t)call->seq);
	return sheet_end_row(export->sheet);
}

int export_behind_run(struct export *export)
{
	return export_calls(export, behind_h, export);
}

/* --- latency: how soon somebody spoke */

#define LATE_US (2 * SEC_US)

static const char *const latency_columns[] = {"campaign", "attempt", "number", "answer", "first_voice", "greeting_end",
	"seat_audio", "message_start", "answer_to_seat_ms", "greeting_end_to_seat_ms", "greeting_end_to_message_ms", "outlier",
	"abandoned", "outcome", "seat", "seq", NULL};

const char *const *export_latency_columns(void)
{
	return latency_columns;
}

/* The law's clock starts when the greeting ends; where that was not heard, at the answer: the strict side. */
static int64_t clock_from_us(const struct attempt *attempt)
{
	return attempt->greeting_end_us ? attempt->greeting_end_us : attempt->answer_us;
}

static int64_t first_us(int64_t a, int64_t b)
{
	return a && (!b || a < b) ? a : b;
}

/* Somebody was there and heard neither a seat nor the message within two seconds. */
static bool is_outlier(const struct attempt *attempt)
{
	int64_t spoken_us = first_us(attempt->seat_us, attempt->message_us);

	return outcome_facts(attempt->outcome)->live && (!spoken_us || spoken_us - clock_from_us(attempt) > LATE_US);
}

static void put_span(struct sheet *sheet, int64_t from_us, int64_t to_us)
{
	struct cell cell;

	cell_none(&cell);
	if (from_us && to_us)
		cell_integer(&cell, (to_us - from_us) / MS_US); /* below 0: a seat that was there before the greeting ended */
	sheet_cell(sheet, &cell);
}

static int latency_h(void *arg, const struct call_record *call)
{
	const struct attempt *attempt = &call->attempt;
	struct export *export = arg;
	struct sheet *sheet = export->sheet;

	if (!attempt->answer_us)
		return 0;
	sheet_text(sheet, campaign_of(export, call));
	sheet_integer(sheet, (int64_t)attempt->id);
	sheet_number(sheet, attempt->e164);
	sheet_time(sheet, attempt->answer_us);
	sheet_time(sheet, attempt->voice_us);
	sheet_time(sheet, attempt->greeting_end_us);
	sheet_time(sheet, attempt->seat_us);
	sheet_time(sheet, attempt->message_us);
	put_span(sheet, attempt->answer_us, attempt->seat_us);
	put_span(sheet, clock_from_us(attempt), attempt->seat_us);
	put_span(sheet, clock_from_us(attempt), attempt->message_us);
	sheet_bool(sheet, is_outlier(attempt));
	sheet_bool(sheet, outcome_facts(attempt->outcome)->abandoned);
	sheet_text(sheet, outcome_facts(attempt->outcome)->name);
	sheet_text(sheet, attempt->seat);
	sheet_integer(sheet, (int64_t)call->seq);
	return sheet_end_row(sheet);
}

int export_latency_run(struct export *export)
{
	return export_calls(export, latency_h, export);
}

/* --- latency-histogram */

static const int edges_ms[] = {0, 50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10000};
#define EDGES (sizeof(edges_ms) / sizeof(edges_ms[0]))

struct buckets { /* bucket i: up to edges_ms[i]; the last one: more than the last edge */
	uint64_t connected[EDGES + 1], message[EDGES + 1], connected_count, message_count;
};

static const char *const histogram_columns[] = {
	"what", "above_ms", "up_to_ms", "calls", "share", "share_up_to", "within_2_s", NULL};

const char *const *export_histogram_columns(void)
{
	return histogram_columns;
}

static size_t bucket_of(int64_t span_us)
{
	size_t i = 0;

	while (i < EDGES && span_us > edges_ms[i] * MS_US)
		i++;
	return i;
}

static int histogram_h(void *arg, const struct call_record *call)
{
	const struct attempt *attempt = &call->attempt;
	struct buckets *buckets = arg;

	if (!attempt->answer_us || !outcome_facts(attempt->outcome)->live)
		return 0;
	if (attempt->seat_us) {
		buckets->connected[bucket_of(attempt->seat_us - clock_from_us(attempt))]++;
		buckets->connected_count++;
	} else if (attempt->message_us) {
		buckets->message[bucket_of(attempt->message_us - clock_from_us(attempt))]++;
		buckets->message_count++;
	}
	return 0;
}

static int put_buckets(struct sheet *sheet, const char *what, const uint64_t counts[EDGES + 1], uint64_t total)
{
	uint64_t sum = 0;
	int err = 0;

	for (size_t i = 0; i <= EDGES && total && !err; i++) {
		sum += counts[i];
		sheet_text(sheet, what);
		if (i == 0)
			sheet_none(sheet);
		else
			sheet_integer(sheet, edges_ms[i - 1]);
		if (i == EDGES)
			sheet_none(sheet);
		else
			sheet_integer(sheet, edges_ms[i]);
		sheet_integer(sheet, (int64_t)counts[i]);
		sheet_real(sheet, (double)counts[i] / (double)total);
		sheet_real(sheet, (double)sum / (double)total);
		sheet_bool(sheet, i < EDGES && edges_ms[i] * MS_US <= LATE_US);
		err = sheet_end_row(sheet);
	}
	return err;
}

int export_histogram_run(struct export *export)
{
	struct buckets buckets = {.connected_count = 0};
	int err = export_calls(export, histogram_h, &buckets);

	if (!err)
		err = put_buckets(export->sheet, "greeting_end_to_seat", buckets.connected, buckets.connected_count);
	if (!err)
		err = put_buckets(export->sheet, "greeting_end_to_message", buckets.message, buckets.message_count);
	return err;
}
