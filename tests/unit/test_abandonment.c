/*
 * test_abandonment.c - abandoned calls by law: against a count of its own, the engine's books and the store (ABN-1, ABN-3, ABN-9,
 * K1)
 */
#include "tests/unit/test_evidence.h"
#include "tests/unit/test_export_util.h"

#include "base/doc.h"
#include "base/prng.h"
#include "campaigns/estimate.h"
#include "campaigns/export.h"
#include "campaigns/lawcount.h"
#include "dialer/books.h"

#include <time.h>

#define CALLS 1000000
#define SPAN_DAYS 400
#define BASE_US (INT64_C(1767225600) * SEC_US) /* 2026-01-01T00:00Z */

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static struct attempt random_call(struct prng *prng, uint64_t id)
{
	static const enum outcome outcomes[] = {OUTCOME_CONNECTED, OUTCOME_CONNECTED, OUTCOME_ABANDONED, OUTCOME_ABANDONED_LATE,
		OUTCOME_MACHINE, OUTCOME_MACHINE, OUTCOME_NO_ANSWER, OUTCOME_HUNG_UP_EARLY, OUTCOME_SEAT_LOST,
		OUTCOME_UNKNOWN_CRASH};
	struct attempt attempt = {.id = id,
		.lead = id,
		.campaign = 1,
		.list = 1,
		.number = 1,
		.e164 = "+12125550123",
		.trunk = "t",
		.caller_id = "+12125550100",
		.outcome = outcomes[prng_below(prng, 10)]};

	attempt.intent_us = BASE_US + (int64_t)prng_below(prng, (uint64_t)SPAN_DAYS * (uint64_t)DAY_US);
	attempt.answer_us = attempt.intent_us + 5 * SEC_US;
	attempt.end_us = attempt.answer_us + SEC_US;
	if (attempt.outcome == OUTCOME_MACHINE) {
		strcpy(attempt.verdict, "machine");
		attempt.sampled = prng_below(prng, 10) == 0;
		if (attempt.sampled && prng_below(prng, 4)) {
			bool person = prng_below(prng, 20) == 0;

			strcpy(attempt.disposition, person ? "contact" : "machine");
			attempt.outcome = person ? OUTCOME_CONNECTED : OUTCOME_MACHINE;
		}
	}
	return attempt;
}

/* In UTC all periods are plain arithmetic: counted here by day, and nowhere by the code that is tested. */
struct plain {
	uint64_t live[SPAN_DAYS], abandoned[SPAN_DAYS];
	struct judge_counts judged[SPAN_DAYS];
	uint64_t us_live[SPAN_DAYS / 30 + 2], us_abandoned[SPAN_DAYS / 30 + 2];
};

static void plain_add(struct plain *plain, const struct attempt *attempt, int64_t first_us)
{
	bool abandoned = attempt->outcome == OUTCOME_ABANDONED || attempt->outcome == OUTCOME_ABANDONED_LATE;
	bool live = abandoned || attempt->outcome == OUTCOME_CONNECTED || attempt->outcome == OUTCOME_SEAT_LOST;
	int64_t day = (attempt->intent_us - BASE_US) / DAY_US, period = (attempt->intent_us - first_us) / (30 * DAY_US);

	plain->live[day] += live;
	plain->abandoned[day] += abandoned;
	judge_add(&plain->judged[day], attempt);
	plain->us_live[period] += live;
	plain->us_abandoned[period] += abandoned;
}

/* ABN_1: a million calls of 400 days in any order, each law's rows against plain arithmetic. */
static void test_ABN_1_a_million_calls(void **state)
{
	static struct plain plain;
	int64_t first_us = BASE_US - 7 * 3600 * SEC_US; /* the first dial: at no midnight */
	struct lawcount counts;
	struct prng prng;
	uint64_t live = 0;
	(void)state;

	zone("UTC");
	prng_seed(&prng, 11);
	lawcount_init(&counts, first_us);
	for (uint64_t id = 1; id <= CALLS; id++) {
		struct attempt attempt = random_call(&prng, id);

		plain_add(&plain, &attempt, first_us);
		assert_int_equal(lawcount_add(&counts, &attempt), 0);
	}
	assert_int_equal(lawcount_rows(&counts, LAW_UK_DAY), SPAN_DAYS);
	for (size_t day = 0; day < SPAN_DAYS; day++) {
		struct law_period row = lawcount_row(&counts, LAW_UK_DAY, day),
				  thirty = lawcount_row(&counts, LAW_ROLLING_30_DAYS, day);
		uint64_t live_30 = 0, abandoned_30 = 0;

		assert_int_equal(row.start_us, BASE_US + (int64_t)day * DAY_US);
		assert_int_equal(row.count.live, plain.live[day]);
		assert_int_equal(row.count.abandoned, plain.abandoned[day]);
		assert_memory_equal(&row.count.judged, &plain.judged[day], sizeof(row.count.judged));
		for (size_t i = day < 29 ? 0 : day - 29; i <= day; i++) {
			live_30 += plain.live[i];
			abandoned_30 += plain.abandoned[i];
		}
		assert_int_equal(thirty.count.live, live_30);
		assert_int_equal(thirty.count.abandoned, abandoned_30);
		live += row.count.live;
	}
	assert_int_equal(lawcount_rows(&counts, LAW_US_30_DAYS), 14);
	for (size_t i = 0; i < 14; i++) {
		struct law_period row = lawcount_row(&counts, LAW_US_30_DAYS, i);

		assert_int_equal(row.start_us, first_us + (int64_t)i * 30 * DAY_US);
		assert_int_equal(row.count.live, plain.us_live[i]);
		assert_int_equal(row.count.abandoned, plain.us_abandoned[i]);
		live -= row.count.live;
	}
	assert_int_equal(live, 0); /* no law loses a call */
	assert_int_equal(lawcount_rows(&counts, LAW_CA_MONTH), 14);
	for (size_t i = 0, day = 0; i < 14; i++) {
		struct law_period row = lawcount_row(&counts, LAW_CA_MONTH, i);
		uint64_t month_live = 0, month_abandoned = 0;

		for (; day < SPAN_DAYS && BASE_US + (int64_t)day * DAY_US < row.end_us; day++) {
			month_live += plain.live[day];
			month_abandoned += plain.abandoned[day];
		}
		assert_int_equal(row.count.live, month_live);
		assert_int_equal(row.count.abandoned, month_abandoned);
	}
	lawcount_fini(&counts);
}

static const enum law laws[BOOKS] = {LAW_US_30_DAYS, LAW_UK_DAY, LAW_CA_MONTH};

/* ABN_1: the books by which the engine paces hold the same counts, in zones whose clocks change, at any moment. */
static void test_ABN_1_the_engines_books(void **state)
{
	static const char *const zones[] = {"UTC", "Europe/London", "America/St_Johns", "Australia/Lord_Howe", "Asia/Shanghai"};
	static struct attempt calls[4000];
	static const double ceilings[BOOKS] = {0.03, 0.03, 0.05};
	struct prng prng;
	(void)state;

	prng_seed(&prng, 12);
	for (uint64_t i = 0; i < 4000; i++)
		calls[i] = random_call(&prng, i + 1);
	for (unsigned z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		int64_t first_us = BASE_US - (int64_t)prng_below(&prng, 30 * (uint64_t)DAY_US);
		struct lawcount counts;

		zone(zones[z]);
		lawcount_init(&counts, first_us);
		for (int i = 0; i < 4000; i++)
			assert_int_equal(lawcount_add(&counts, &calls[i]), 0);
		for (int k = 0; k < 60; k++) {
			int64_t now_us = BASE_US + (int64_t)prng_below(&prng, (uint64_t)SPAN_DAYS * (uint64_t)DAY_US);
			struct books books;

			books_open(&books, ceilings, first_us, now_us);
			for (int i = 0; i < 4000; i++) {
				const struct outcome_facts *facts = outcome_facts(calls[i].outcome);

				books_count(&books, calls[i].intent_us, facts->live, facts->abandoned);
				books_judge(&books, &calls[i], judge_add);
			}
			for (int b = 0; b < BOOKS; b++) {
				struct law_period period = law_period_of(laws[b], first_us, now_us);
				struct law_count count = lawcount_at(&counts, laws[b], period.start_us);

				assert_int_equal(books.book[b].start_us, period.start_us);
				assert_int_equal(books.book[b].end_us, period.end_us);
				assert_int_equal(books.book[b].live_count, count.live);
				assert_int_equal(books.book[b].abandoned_count, count.abandoned);
				assert_memory_equal(&books.book[b].judged, &count.judged, sizeof(count.judged));
			}
		}
		lawcount_fini(&counts);
	}
	zone("UTC");
}

/* --- through the log and the export */

static struct campaign campaign;
static struct doc *rows[400];
static size_t row_count;

static int setup(void **state)
{
	char why[WHY_BYTES];

	zone("UTC");
	if (test_setup(state) != 0)
		return -1;
	test_now_us = BASE_US + 10 * DAY_US;
	campaign = test_campaign();
	campaign.legal_prob[LEGAL_DAY] = 0.03;
	campaign.legal_prob[LEGAL_MONTH] = 0.05;
	campaign.abandon_prob_max = 0.05;
	return campaign_update(test_store, &campaign, why);
}

static void rows_free(void)
{
	while (row_count)
		doc_free(rows[--row_count]);
}

static int teardown(void **state)
{
	rows_free();
	return test_teardown(state);
}

static void export_rows(const char *what, struct export_options options)
{
	struct export_receipt receipt;
	char path[128], why[400], line[4096];
	FILE *file;

	rows_free();
	snprintf(path, sizeof(path), "%s/rows", test_dir);
	options.what = what;
	options.path = path;
	options.format = EXPORT_NDJSON;
	if (export_run(test_store, &options, &receipt, why))
		fail_msg("%s", why);
	file = fopen(path, "re");
	while (fgets(line, sizeof(line), file))
		assert_non_null(rows[row_count++] = doc_parse(line, strlen(line), NULL, 0));
	fclose(file);
	assert_int_equal(receipt.rows, row_count);
}

/* The row of a law whose period begins at `start`. */
static const struct doc *row_of(const char *law, const char *start)
{
	for (size_t i = 0; i < row_count; i++)
		if (strcmp(doc_text(rows[i], "law", ""), law) == 0 &&
			strncmp(doc_text(rows[i], "period_start", ""), start, strlen(start)) == 0)
			return rows[i];
	fail_msg("no row of %s from %s", law, start);
	return NULL;
}

static struct attempt at_day(uint64_t id, int day, enum outcome outcome)
{
	struct attempt attempt = {.id = id,
		.lead = id,
		.campaign = campaign.id,
		.list = campaign.list,
		.number = 1,
		.e164 = "+442079460123",
		.caller_id = "+442079460100",
		.trunk = "t",
		.outcome = outcome,
		.intent_us = BASE_US + day * DAY_US + 9 * 3600 * SEC_US};

	attempt.answer_us = attempt.greeting_end_us = attempt.intent_us + 5 * SEC_US;
	attempt.end_us = attempt.answer_us + 30 * SEC_US;
	if (outcome == OUTCOME_MACHINE)
		strcpy(attempt.verdict, "machine");
	return attempt;
}

static int save_in(struct db_txn *txn, void *arg)
{
	attempt_save(txn, arg);
	return 0;
}

static int say_in(struct db_txn *txn, void *arg)
{
	evlog_disposition(txn, arg);
	attempt_save(txn, arg);
	return 0;
}

/*
 * ABN_1: recomputed from sealed and waiting events; an agent's later word counts; a record that was changed beside the log shows.
 */
static void test_ABN_1_recomputed_from_the_events(void **state)
{
	struct attempt attempt;
	(void)state;

	for (uint64_t id = 1; id <= 100; id++)
		put_attempt(at_day(id, 11, id <= 4 ? OUTCOME_ABANDONED : OUTCOME_CONNECTED));
	test_seal(50);
	attempt = at_day(101, 12, OUTCOME_CONNECTED);
	put_attempt(attempt);
	attempt.outcome = OUTCOME_MACHINE;
	strcpy(attempt.disposition, "machine");
	assert_int_equal(db_change(test_store->db, say_in, &attempt), 0);
	export_rows("abandonment", (struct export_options){.campaign = "c"});
	const struct doc *day = row_of("uk_day", "2026-01-12"), *month = row_of("ca_month", "2026-01-01");

	assert_int_equal(doc_i64(day, "live", 0), 100);
	assert_int_equal(doc_i64(day, "abandoned", 0), 4);
	assert_true(doc_bool(day, "agrees", false) && doc_bool(month, "agrees", false));
	assert_int_equal(doc_i64(month, "denominator", 0), 100);
	assert_string_equal(doc_text(month, "standing", ""), "within_ceiling");
	assert_int_equal(doc_i64(row_of("uk_day", "2026-01-13"), "live", -1), 0);
	assert_string_equal(doc_text(row_of("us_30_days", "2026"), "standing", ""), "above_ceiling");
	export_rows("abandonment-calls", (struct export_options){.campaign = "c"});
	assert_int_equal(row_count, 100);
	attempt = at_day(3, 11, OUTCOME_CONNECTED);
	assert_int_equal(db_change(test_store->db, save_in, &attempt), 0);
	export_rows("abandonment", (struct export_options){.campaign = "c"});
	assert_false(doc_bool(row_of("uk_day", "2026-01-12"), "agrees", true));
	assert_int_equal(doc_i64(row_of("uk_day", "2026-01-12"), "abandoned", 0), 4);
	assert_int_equal(doc_i64(row_of("uk_day", "2026-01-12"), "store_abandoned", 0), 3);
}

/* A filter chooses periods; it never cuts one. */
static void test_periods_are_whole(void **state)
{
	(void)state;
	for (uint64_t id = 1; id <= 30; id++) {
		test_now_us = BASE_US + ((int64_t)id + 1) * DAY_US;
		put_attempt(at_day(id, (int)id, OUTCOME_CONNECTED));
		if (id % 10 == 0)
			test_seal(0);
	}
	export_rows("abandonment", (struct export_options){.from_us = BASE_US + 20 * DAY_US, .to_us = BASE_US + 21 * DAY_US});
	assert_int_equal(doc_i64(row_of("ca_month", "2026-01-01"), "live", 0), 30);
	assert_int_equal(doc_i64(row_of("uk_day", "2026-01-21"), "live", 0), 1);
	assert_int_equal(doc_i64(row_of("us_30_days", "2026-01-02"), "live", 0), 30);
}

static uint64_t machines(uint64_t id, int day, int count, int sampled, int people)
{
	for (int i = 0; i < count; i++) {
		struct attempt attempt = at_day(id + (uint64_t)i, day, OUTCOME_MACHINE);

		attempt.sampled = i < sampled;
		if (attempt.sampled) {
			attempt.seat_us = attempt.answer_us + SEC_US;
			strcpy(attempt.disposition, i < people ? "contact" : "machine");
			attempt.outcome = i < people ? OUTCOME_CONNECTED : OUTCOME_MACHINE;
		}
		put_attempt(attempt);
	}
	return id + (uint64_t)count;
}

/*
 * ABN_9: without an estimate every machine hang-up counts; one that was stored counts by its rate, from its day on, and says its
 * sample.
 */
static void test_ABN_9_estimates(void **state)
{
	struct estimate estimate;
	char why[WHY_BYTES] = "";
	uint64_t id = 1;
	(void)state;

	assert_int_equal(estimate_store(test_store, "c", 0, 0, "lin", &estimate, why), ERR_WRONG_STATE);
	assert_int_equal(estimate_store(test_store, "x", 0, 0, "lin", &estimate, why), ERR_UNKNOWN);
	assert_int_equal(estimate_store(test_store, "c", 0, 0, "a b", &estimate, why), ERR_RANGE);
	put_attempt(at_day(id++, 11, OUTCOME_CONNECTED));
	id = machines(id, 11, 300, 0, 0);
	id = machines(id, 13, 400, 100, 5);
	test_now_us = BASE_US + 14 * DAY_US;
	export_rows("abandonment", (struct export_options){.campaign = "c"});
	const struct doc *day = row_of("uk_day", "2026-01-12");

	assert_string_equal(doc_text(day, "false_positives", ""), "no_estimate_all_count");
	assert_int_equal(doc_i64(day, "machine_hangups", 0), 300);
	assert_int_equal(doc_i64(day, "lost", 0), 300);
	assert_int_equal(doc_i64(day, "numerator", 0), 300);
	assert_int_equal(doc_i64(day, "denominator", 0), 301);
	assert_int_equal(estimate_store(test_store, "c", BASE_US + 13 * DAY_US, 0, "lin", &estimate, why), 0);
	assert_true(estimate.counts.judged == 100 && estimate.counts.wrong == 5);
	test_seal(0);
	id = machines(id, 15, 200, 0, 0);
	export_rows("abandonment", (struct export_options){.campaign = "c"});
	day = row_of("uk_day", "2026-01-12"); /* it was over before */
	assert_int_equal(doc_i64(day, "lost", 0), 300);
	assert_null(doc_text(day, "estimate_at", NULL));
	day = row_of("uk_day", "2026-01-14"); /* the sample's own day */
	assert_string_equal(doc_text(day, "false_positives", ""), "stored_estimate");
	assert_int_equal(doc_i64(day, "lost", 0), 15); /* 5 % of 300 that nobody checked */
	assert_int_equal(doc_i64(day, "live", 0), 5);
	day = row_of("uk_day", "2026-01-16");
	assert_int_equal(doc_i64(day, "lost", 0), 10);
	assert_int_equal(doc_i64(day, "estimate_sample", 0), 100);
	assert_int_equal(doc_i64(day, "estimate_wrong", 0), 5);
	assert_string_equal(doc_text(day, "estimate_by", ""), "lin");
	assert_string_equal(doc_text(day, "estimate_at", ""), "2026-01-15T00:00:00.000Z");
	assert_true(doc_real(day, "estimate_low", 0) > 0.01 && doc_real(day, "estimate_high", 0) < 0.12);
	/* laws that do not ask for it: only where the campaign says so */
	assert_int_equal(doc_i64(row_of("us_30_days", "2026"), "lost", -1), 0);
	campaign.count_false_positives = true;
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	export_rows("abandonment", (struct export_options){.campaign = "c"});
	assert_int_equal(doc_i64(row_of("us_30_days", "2026"), "lost", -1), 40); /* 5 % of 800, as the engine's books have it */
}

/* K1: whatever the figures, no row of the UK says that it is within anything. */
static void test_K_1_the_uk_has_no_safe_level(void **state)
{
	(void)state;
	for (uint64_t id = 1; id <= 60; id++)
		put_attempt(at_day(id, id <= 30 ? 11 : 12, id > 55 ? OUTCOME_ABANDONED : OUTCOME_CONNECTED));
	export_rows("abandonment", (struct export_options){.campaign = "c"});
	assert_string_equal(doc_text(row_of("uk_day", "2026-01-12"), "standing", ""), "no_safe_level");
	assert_string_equal(doc_text(row_of("uk_day", "2026-01-13"), "standing", ""), "above_house_ceiling");
	for (size_t i = 0; i < row_count; i++)
		assert_true(strcmp(doc_text(rows[i], "law", ""), "uk_day") != 0 ||
			    !strstr(doc_text(rows[i], "standing", "within"), "within"));
}

/* ABN_3: a person who heard nobody within two seconds is an outlier of the latency export, and stands in the last buckets. */
static void test_ABN_3_latency(void **state)
{
	static const int spans_ms[] = {-100, 40, 200, 2000, 2001, 9000};
	struct attempt attempt;
	(void)state;

	for (unsigned i = 0; i < 6; i++) {
		attempt = at_day(i + 1, 11, spans_ms[i] > 2000 ? OUTCOME_ABANDONED_LATE : OUTCOME_CONNECTED);
		attempt.seat_us = attempt.greeting_end_us + spans_ms[i] * MS_US;
		put_attempt(attempt);
	}
	attempt = at_day(7, 11, OUTCOME_ABANDONED);
	attempt.message_us = attempt.greeting_end_us + 1900 * MS_US;
	put_attempt(attempt);
	attempt.id = 8;
	attempt.message_us = 0; /* silence */
	put_attempt(attempt);
	export_rows("latency", (struct export_options){.campaign = "c"});
	assert_int_equal(row_count, 8);
	assert_int_equal(doc_i64(rows[0], "greeting_end_to_seat_ms", 0), -100);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(doc_bool(rows[i], "outlier", false), i == 4 || i == 5 || i == 7);
	for (size_t i = 0; i < 6; i++) /* every outlier that a seat had is counted as abandoned */
		assert_true(!doc_bool(rows[i], "outlier", false) || doc_bool(rows[i], "abandoned", false));
	export_rows("latency-histogram", (struct export_options){.campaign = "c"});
	int64_t seat = 0, late = 0;

	for (size_t i = 0; i < row_count; i++)
		if (strcmp(doc_text(rows[i], "what", ""), "greeting_end_to_seat") == 0) {
			seat += doc_i64(rows[i], "calls", 0);
			late += doc_bool(rows[i], "within_2_s", true) ? 0 : doc_i64(rows[i], "calls", 0);
		}
	assert_int_equal(seat, 6);
	assert_int_equal(late, 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ABN_1_a_million_calls),
		cmocka_unit_test(test_ABN_1_the_engines_books),
		T(test_ABN_1_recomputed_from_the_events),
		T(test_periods_are_whole),
		T(test_ABN_9_estimates),
		T(test_K_1_the_uk_has_no_safe_level),
		T(test_ABN_3_latency),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
