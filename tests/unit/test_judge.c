/* test_judge.c - sampled verdicts, their truth, the rate with its interval, the report by trunk, records of older versions */
#include "tests/unit/test_export_util.h"

#include "campaigns/classify_report.h"

#include <math.h>

#define T0 (INT64_C(1794801600) * SEC_US)

/* A machine verdict 4 s after the answer, at a seat 20 ms later for `talk_s`. */
static struct attempt sampled(uint64_t id, const char *disposition, int64_t talk_s)
{
	struct attempt attempt = {.id = id,
		.campaign = 1,
		.trunk = "t",
		.outcome = OUTCOME_MACHINE,
		.intent_us = T0 + (int64_t)id * SEC_US,
		.answer_us = T0 + 10 * SEC_US,
		.verdict_us = T0 + 14 * SEC_US,
		.seat_us = T0 + 14 * SEC_US + 20 * MS_US,
		.end_us = T0 + (14 + talk_s) * SEC_US + 20 * MS_US,
		.verdict = "machine",
		.seat = "a1",
		.sampled = true};

	strcpy(attempt.disposition, disposition);
	return attempt;
}

static struct attempt unsampled(uint64_t id)
{
	struct attempt attempt = sampled(id, "", 0);

	attempt.sampled = false;
	attempt.seat_us = 0;
	attempt.seat[0] = '\0';
	return attempt;
}

static void truth_is_what_the_agent_says(void **state)
{
	struct attempt machine = sampled(1, "machine", 60), person = sampled(2, "contact", 3), longer = sampled(3, "", 21),
		       unknown = sampled(4, "", 20), none = unsampled(5);

	(void)state;
	assert_int_equal(judge_truth(&machine), JUDGE_MACHINE);
	assert_int_equal(judge_truth(&person), JUDGE_PERSON);
	assert_int_equal(judge_truth(&longer), JUDGE_PERSON);
	assert_int_equal(judge_truth(&unknown), JUDGE_UNKNOWN);
	assert_int_equal(judge_truth(&none), JUDGE_NOT_SAMPLED);
	assert_int_equal(judge_talk(&machine, 2 * SEC_US), OUTCOME_MACHINE);
	assert_int_equal(judge_talk(&person, 2 * SEC_US), OUTCOME_CONNECTED);
	assert_int_equal(judge_talk(&unknown, 2 * SEC_US), OUTCOME_MACHINE);
	person.greeting_end_us = person.answer_us + SEC_US; /* the verdict came 3 s later: too late for a person */
	assert_int_equal(judge_talk(&person, 2 * SEC_US), OUTCOME_ABANDONED_LATE);
}

static void talks_that_were_not_sampled(void **state)
{
	struct attempt attempt = sampled(1, "", 5);

	(void)state;
	attempt.sampled = false;
	assert_int_equal(judge_talk(&attempt, 2 * SEC_US), OUTCOME_CONNECTED);
	attempt.greeting_end_us = attempt.seat_us + SEC_US; /* a seat at the answer hears the greeting too */
	assert_int_equal(judge_talk(&attempt, 2 * SEC_US), OUTCOME_CONNECTED);
	attempt.seat_us = 0;
	assert_int_equal(judge_talk(&attempt, 2 * SEC_US), OUTCOME_ABANDONED_LATE);
	attempt.end_us = attempt.greeting_end_us + SEC_US;
	assert_int_equal(judge_talk(&attempt, 2 * SEC_US), OUTCOME_HUNG_UP_EARLY);
	attempt.hangup_by = HANGUP_SEAT; /* it was we who ended it */
	assert_int_equal(judge_talk(&attempt, 2 * SEC_US), OUTCOME_ABANDONED);
}

static void a_disposition_may_change_the_outcome(void **state)
{
	struct attempt attempt = sampled(1, "", 5);

	(void)state;
	judge_dispose(&attempt, "contact", 2 * SEC_US);
	assert_int_equal(attempt.outcome, OUTCOME_CONNECTED);
	judge_dispose(&attempt, "machine", 2 * SEC_US);
	assert_int_equal(attempt.outcome, OUTCOME_MACHINE);
	attempt.sampled = false;
	judge_dispose(&attempt, "paid", 2 * SEC_US); /* a slip of the finger, put right */
	assert_int_equal(attempt.outcome, OUTCOME_CONNECTED);
	attempt.outcome = OUTCOME_SEAT_LOST;
	judge_dispose(&attempt, "machine", 2 * SEC_US);
	assert_int_equal(attempt.outcome, OUTCOME_SEAT_LOST);
	assert_string_equal(attempt.disposition, "machine");
	attempt = unsampled(2);
	judge_dispose(&attempt, "contact", 2 * SEC_US);
	assert_int_equal(attempt.outcome, OUTCOME_MACHINE);
}

static void the_sample_is_even_and_fixed(void **state)
{
	uint64_t count = 0, pairs = 0;

	(void)state;
	for (uint64_t id = 1; id <= 100000; id++) {
		count += judge_chosen(id, 0.02);
		pairs += judge_chosen(id, 0.02) && judge_chosen(id + 1, 0.02);
		assert_false(judge_chosen(id, 0));
		assert_true(!judge_chosen(id, 0.02) || judge_chosen(id, 0.1)); /* a greater share adds, and takes none away */
	}
	assert_in_range(count, 1850, 2150);
	assert_in_range(pairs, 15, 70);
}

/* Wilson's interval of 5 in 40, and of 0 in 50, as printed in textbooks: (0.0546, 0.2611), (0, 0.0714). */
static void the_interval_is_wilsons(void **state)
{
	struct judge_counts counts = {.machines = 1000, .sampled = 45, .judged = 40, .wrong = 5};
	struct judge_rate rate = judge_rate(&counts);

	(void)state;
	assert_true(fabs(rate.rate - 0.125) < 1e-12 && fabs(rate.low - 0.0546) < 1e-3 && fabs(rate.high - 0.2611) < 1e-3);
	assert_int_equal(judge_lost(&counts), 119); /* 0.125 of 955 */
	counts = (struct judge_counts){.machines = 100, .sampled = 50, .judged = 50};
	rate = judge_rate(&counts);
	assert_true(rate.rate == 0 && rate.low == 0 && fabs(rate.high - 0.0714) < 1e-3);
	assert_int_equal(judge_lost(&counts), 0);
	counts = (struct judge_counts){.machines = 100, .sampled = 3};
	assert_int_equal(judge_lost(&counts), 97); /* no estimate: all that nobody checked */
	assert_true(judge_rate(&counts).low == 0 && judge_rate(&counts).high == 1);
}

static void counts_are_of_answered_machine_verdicts(void **state)
{
	struct judge_counts counts = {0};
	struct attempt early = unsampled(1), revised = unsampled(2), person = unsampled(3), one = sampled(4, "refused", 4);

	(void)state;
	early.answer_us = 0;
	revised.revised = true;
	strcpy(person.verdict, "human");
	judge_add(&counts, &early);
	judge_add(&counts, &revised);
	judge_add(&counts, &person);
	assert_int_equal(counts.machines, 0);
	judge_add(&counts, &one);
	assert_true(counts.machines == 1 && counts.sampled == 1 && counts.judged == 1 && counts.wrong == 1);
	judge_remove(&counts, &one);
	assert_true(counts.machines == 0 && counts.sampled == 0 && counts.judged == 0 && counts.wrong == 0);
}

/* --- the report */

static void put_on(struct attempt attempt, const char *trunk, enum outcome outcome)
{
	strcpy(attempt.trunk, trunk);
	attempt.outcome = outcome;
	put_attempt(attempt);
}

static void fill(void)
{
	put_on(sampled(1, "machine", 5), "east", OUTCOME_MACHINE);
	put_on(sampled(2, "contact", 5), "east", OUTCOME_CONNECTED);
	put_on(sampled(3, "", 5), "east", OUTCOME_MACHINE);
	for (uint64_t id = 4; id < 14; id++)
		put_on(unsampled(id), "east", OUTCOME_MACHINE);
	for (uint64_t id = 14; id < 18; id++)
		put_on(unsampled(id), "west", OUTCOME_MACHINE);
}

static void report_by_trunk(void **state)
{
	static struct classify_report report;
	char why[WHY_BYTES] = "", *text;

	(void)state;
	test_campaign();
	fill();
	assert_int_equal(classify_report_make(test_store, "c", 0, 0, &report, why), 0);
	assert_int_equal(report.count, 2);
	assert_true(
		report.rows[0].counts.machines == 13 && report.rows[0].counts.judged == 2 && report.rows[0].counts.wrong == 1);
	assert_int_equal(judge_lost(&report.rows[0].counts), 5); /* half of ten */
	assert_int_equal(judge_lost(&report.rows[1].counts), 4);
	assert_int_equal(report.all.counts.machines, 17);
	assert_int_equal(report.all.live, 1);
	text = classify_report_text(&report);
	assert_non_null(strstr(text, "no estimate: all count"));
	assert_non_null(strstr(text, "50.00 % (9.45-90.55)"));
	assert_non_null(strstr(text, "1 checked calls were not judged"));
	free(text);
	assert_int_equal(classify_report_make(test_store, NULL, T0 + 14 * SEC_US, 0, &report, why), 0);
	assert_true(report.count == 1 && report.all.counts.machines == 4);
	assert_int_equal(classify_report_make(test_store, NULL, 0, T0 + 3 * SEC_US, &report, why), 0);
	assert_int_equal(report.all.counts.machines, 2);
	assert_int_equal(classify_report_make(test_store, "nope", 0, 0, &report, why), ERR_UNKNOWN);
	assert_non_null(strstr(why, "nope"));
}

static void report_as_json(void **state)
{
	static struct classify_report report;
	char why[WHY_BYTES] = "";

	(void)state;
	test_campaign();
	fill();
	assert_int_equal(classify_report_make(test_store, NULL, 0, 0, &report, why), 0);
	struct doc *doc = classify_report_doc(&report);
	const struct doc *all = doc_get(doc, "all");
	assert_int_equal(doc_i64(all, "machine_verdicts", 0), 17);
	assert_int_equal(doc_i64(all, "unknown", 0), 1);
	assert_int_equal(doc_i64(all, "lost_estimated", 0), 7);
	assert_int_equal(doc_i64(all, "abandoned_with_estimate", 0), 7);
	assert_true(fabs(doc_real(all, "abandoned_share_with_estimate", 0) - 7.0 / 8) < 1e-9);
	assert_string_equal(doc_text(doc, "interval", ""), "Wilson, 95 %");
	doc_free(doc);
}

/* --- records */

/* The record of an older program: the attempt ends earlier; the campaign's block is one that nobody knows. */
static int older_in(struct db_txn *txn, void *arg)
{
	static const unsigned char block[] = {2, 12, 0};
	struct db_key attempt = key_u64(7), campaign = key_u32(1);
	unsigned char bytes[RECORD_BYTES_MAX];
	struct db_view view;
	size_t at;

	(void)arg;
	assert_true(db_get(txn, T_ATTEMPT, &attempt, &view));
	memcpy(bytes, view.data, view.bytes);
	assert_int_equal(bytes[0], 5);
	bytes[0] = 1;
	db_put(txn, T_ATTEMPT, &attempt, bytes, view.bytes - 13); /* sampled, revised; and eleven bytes of what is empty */
	assert_true(db_get(txn, T_CAMPAIGN, &campaign, &view));
	memcpy(bytes, view.data, view.bytes);
	for (at = view.bytes - sizeof(block); at && memcmp(bytes + at, block, sizeof(block)) != 0; at--)
		;
	assert_true(at > 0);
	bytes[at] = 250;
	db_put(txn, T_CAMPAIGN, &campaign, bytes, view.bytes);
	return 0;
}

static void older_records_open(void **state)
{
	struct campaign campaign = test_campaign(), read;
	struct attempt attempt = sampled(7, "paid", 5), got;
	char why[WHY_BYTES] = "";

	(void)state;
	campaign.connect = CONNECT_ANSWER;
	campaign.sample_prob = 0.1;
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	put_attempt(attempt);
	assert_int_equal(db_change(test_store->db, older_in, NULL), 0);
	campaign.connect = CONNECT_CLASSIFIED;
	campaign.sample_prob = 0;
	assert_int_equal(campaign_get(test_store, "c", &read), 0);
	assert_memory_equal(&campaign, &read, sizeof(read));
	assert_int_equal(attempt_get(test_store, 7, &got), 0);
	assert_false(got.sampled);
	assert_string_equal(got.disposition, "paid");
}

static void policies_are_kept_and_checked(void **state)
{
	struct campaign campaign = test_campaign(), read;
	char why[WHY_BYTES] = "";

	(void)state;
	campaign.connect = CONNECT_ANSWER;
	campaign.sample_prob = 0.02;
	campaign.count_false_positives = true;
	strcpy(campaign.voicemail, "/nowhere/v.wav");
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(campaign_get(test_store, "c", &read), 0);
	assert_memory_equal(&campaign, &read, sizeof(read));
	test_lead(campaign.list, "+8613800138000", 0, test_shanghai);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "/nowhere/v.wav"));
	campaign.sample_prob = 0.21;
	assert_int_equal(campaign_update(test_store, &campaign, why), ERR_RANGE);
	campaign.sample_prob = 0.02;
	campaign.classify = false;
	assert_int_equal(campaign_update(test_store, &campaign, why), ERR_RANGE);
	assert_non_null(strstr(why, "--classify"));
	campaign.classify = true;
	campaign.connect = (enum connect_policy)7;
	assert_int_equal(campaign_update(test_store, &campaign, why), ERR_RANGE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

/* ABN_4: within 2 s of the greeting's end, or it is flagged; so is a call without a message. */
static void test_ABN_4_message_in_time(void **state)
{
	static const struct {
		int64_t greeting_ms, message_ms;
		bool silent;
	} cases[] = {{3000, 5000, false}, {3000, 5001, true}, {3000, 0, true}, {0, 3900, false}, {0, 4001, true}};
	struct attempt attempt = {.outcome = OUTCOME_ABANDONED, .answer_us = 1000 * MS_US, .verdict_us = 2000 * MS_US};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		attempt.greeting_end_us = cases[i].greeting_ms * MS_US;
		attempt.message_us = cases[i].message_ms * MS_US;
		assert_int_equal(judge_silent(&attempt), cases[i].silent);
	}
	attempt.outcome = OUTCOME_CONNECTED;
	assert_false(judge_silent(&attempt));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truth_is_what_the_agent_says),
		cmocka_unit_test(talks_that_were_not_sampled),
		cmocka_unit_test(a_disposition_may_change_the_outcome),
		cmocka_unit_test(the_sample_is_even_and_fixed),
		cmocka_unit_test(the_interval_is_wilsons),
		cmocka_unit_test(counts_are_of_answered_machine_verdicts),
		cmocka_unit_test(test_ABN_4_message_in_time),
		T(report_by_trunk),
		T(report_as_json),
		T(older_records_open),
		T(policies_are_kept_and_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
