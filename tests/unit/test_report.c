/* test_report.c - figures from attempts and shifts */
#include "tests/unit/test_export_util.h"

#include "campaigns/report.h"

#include <math.h>

#define T0 (INT64_C(1794801600) * SEC_US)

static struct campaign campaign;
static uint64_t next_id;

static int setup(void **state)
{
	if (test_setup(state) != 0)
		return -1;
	campaign = test_campaign();
	next_id = 1;
	return 0;
}

static struct attempt *add(uint64_t lead, enum outcome outcome, int64_t at_s)
{
	static struct attempt attempt;

	attempt = (struct attempt){.id = next_id++,
		.lead = lead,
		.campaign = campaign.id,
		.list = campaign.list,
		.outcome = outcome,
		.intent_us = T0 + at_s * SEC_US,
		.invite_us = T0 + at_s * SEC_US,
		.end_us = T0 + (at_s + 20) * SEC_US};
	return &attempt;
}

static void add_connected(uint64_t lead, int64_t at_s, int64_t delay_ms, int64_t greeting_ms)
{
	struct attempt *attempt = add(lead, OUTCOME_CONNECTED, at_s);

	attempt->answer_us = attempt->invite_us + 5 * SEC_US;
	attempt->greeting_end_us = greeting_ms ? attempt->answer_us + greeting_ms * MS_US : 0;
	attempt->seat_us = attempt->answer_us + delay_ms * MS_US;
	put_attempt(*attempt);
}

static void shift(uint64_t id, const char *login, const char *team, int64_t from_s, int64_t to_s, int64_t talk_s, int64_t wrap_s,
	int64_t pause_s)
{
	struct shift row = {.id = id,
		.login_us = T0 + from_s * SEC_US,
		.logout_us = T0 + to_s * SEC_US,
		.talk_us = talk_s * SEC_US,
		.wrap_us = wrap_s * SEC_US,
		.pause_us = pause_s * SEC_US,
		.wait_us = (to_s - from_s - talk_s - wrap_s - pause_s) * SEC_US};

	strcpy(row.login, login);
	strcpy(row.team, team);
	put_shift(row);
}

/* One hour, two seats, ten calls. */
static void fill(void)
{
	put_attempt(*add(1, OUTCOME_NO_ANSWER, 0));
	put_attempt(*add(2, OUTCOME_BUSY, 10));
	put_attempt(*add(3, OUTCOME_ABANDONED, 20));
	put_attempt(*add(4, OUTCOME_CONGESTION, 30));
	put_attempt(*add(1, OUTCOME_MACHINE, 40));
	add_connected(5, 50, 1000, 900);
	add_connected(6, 60, 200, 0);
	add_connected(7, 70, 3000, 1000);
	put_attempt(*add(8, OUTCOME_NONE, 80));
	put_attempt(*add(9, OUTCOME_REJECTED, 3580));
	shift(1, "a1", "red", 0, 3600, 1800, 600, 600);
	shift(2, "a2", "red", 0, 3600, 1200, 600, 0);
	shift(3, "b1", "blue", 0, 3600, 3600, 0, 0);
	shift(4, "a3", "red", 7200, 9000, 100, 0, 0); /* after the campaign */
}

static void test_figures(void **state)
{
	static struct report report;
	char why[WHY_BYTES];
	(void)state;

	fill();
	assert_int_equal(report_make(test_store, "c", &report, why), 0);
	assert_int_equal(report.attempts, 10);
	assert_int_equal(report.unfinished, 1);
	assert_int_equal(report.by_outcome[OUTCOME_CONNECTED], 3);
	assert_int_equal(report.by_outcome[OUTCOME_NO_ANSWER], 1);
	assert_int_equal(report.by_outcome[OUTCOME_NONE], 0);
	assert_int_equal(report.live, 4);
	assert_int_equal(report.abandoned, 1);
	assert_true(fabs(report.abandoned_prob - 0.25) < 1e-9);
	assert_int_equal(report.accounts_worked, 6); /* 1 (twice), 2, 5, 6, 7, 9; not 3, 4, 8 */
	assert_int_equal(report.first_us, T0);
	assert_int_equal(report.last_us, T0 + 3600 * SEC_US);
	assert_int_equal(report.seats, 2);
	assert_int_equal(report.seat_us, 7200 * SEC_US);
	assert_int_equal(report.talk_us, 3000 * SEC_US);
	assert_int_equal(report.wait_us + report.talk_us + report.wrap_us + report.pause_us, report.seat_us);
	assert_true(fabs(report.accounts_per_seat_hour - 3.0) < 1e-9);
	assert_true(fabs(report.utilisation - 4200.0 / 6600.0) < 1e-9);
	assert_int_equal(report.ok_to_seat.count, 3);
	assert_int_equal(report.ok_to_seat.max, 3000 * MS_US);
	assert_int_equal(report.answer_to_seat.max, 2000 * MS_US);
	assert_in_range(hist_at(&report.answer_to_seat, 0.5), 200 * MS_US, 207 * MS_US);
}

/* Of a shift that is longer than the campaign only what lies inside counts, and work is the last to be cut. */
static void test_shifts_are_clipped(void **state)
{
	static struct report report;
	char why[WHY_BYTES];
	(void)state;

	put_attempt(*add(1, OUTCOME_NO_ANSWER, 1000));
	put_attempt(*add(2, OUTCOME_NO_ANSWER, 1980)); /* until 2000 */
	shift(1, "a1", "red", 0, 3000, 500, 200, 1000);
	shift(2, "a1", "red", 3500, 4000, 10, 0, 0);
	assert_int_equal(report_make(test_store, "c", &report, why), 0);
	assert_int_equal(report.seat_us, 1000 * SEC_US);
	assert_int_equal(report.talk_us, 500 * SEC_US);
	assert_int_equal(report.wrap_us, 200 * SEC_US);
	assert_int_equal(report.pause_us, 300 * SEC_US);
	assert_int_equal(report.wait_us, 0);
	assert_int_equal(report.seats, 1);
	assert_true(fabs(report.utilisation - 1.0) < 1e-9);
}

/* Lost to false machine verdicts: shown always, held against the ceiling when the campaign says so. */
static void test_false_positives(void **state)
{
	static struct report report;
	char why[WHY_BYTES], *text;
	(void)state;

	add_connected(1, 0, 500, 400);
	for (uint64_t i = 0; i < 10; i++) {
		struct attempt *attempt = add(2 + i, OUTCOME_MACHINE, (int64_t)i);
		attempt->answer_us = attempt->invite_us + SEC_US;
		strcpy(attempt->verdict, "machine");
		attempt->sampled = i < 4;
		strcpy(attempt->disposition, i < 3 ? "machine" : i == 3 ? "contact" : "");
		attempt->outcome = i == 3 ? OUTCOME_CONNECTED : OUTCOME_MACHINE;
		put_attempt(*attempt);
	}
	assert_int_equal(report_make(test_store, "c", &report, why), 0);
	assert_true(report.judged.machines == 10 && report.judged.judged == 4 && report.judged.wrong == 1);
	assert_int_equal(report.lost, 2); /* a quarter of six, rounded */
	assert_true(report.live == 2 && report.abandoned == 0 && report.abandoned_prob == 0);
	text = report_text(&report);
	assert_non_null(strstr(text, "false machine verdicts 25.00 %"));
	free(text);
	campaign.count_false_positives = true;
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(report_make(test_store, "c", &report, why), 0);
	assert_true(report.live == 2 && report.abandoned == 0 && fabs(report.abandoned_prob - 0.5) < 1e-9);
	text = report_text(&report);
	assert_non_null(strstr(text, "50.00 % (2 of 4 live)"));
	assert_non_null(strstr(text, "0 of 2, and 2 lost"));
	free(text);
}

static void test_nothing_dialled(void **state)
{
	static struct report report;
	char why[WHY_BYTES], *text;
	(void)state;

	shift(1, "a1", "red", 0, 3000, 0, 0, 0);
	assert_int_equal(report_make(test_store, "c", &report, why), 0);
	assert_int_equal(report.attempts, 0);
	assert_true(report.accounts_per_seat_hour == 0 && report.utilisation == 0 && report.abandoned_prob == 0);
	text = report_text(&report);
	assert_non_null(strstr(text, "not dialled yet"));
	free(text);
	assert_int_equal(report_make(test_store, "x", &report, why), ERR_UNKNOWN);
	assert_non_null(strstr(why, "\"x\""));
}

static void test_text(void **state)
{
	static struct report report;
	char why[WHY_BYTES], *text, *save = NULL;
	(void)state;

	fill();
	assert_int_equal(report_make(test_store, "c", &report, why), 0);
	memset(report.campaign.name, 'w', sizeof(report.campaign.name) - 1);
	text = report_text(&report);
	assert_non_null(strstr(text, "25.00 % (1 of 4 live)"));
	assert_non_null(strstr(text, "3.0 per seat-hour"));
	assert_non_null(strstr(text, "63.6 %"));
	assert_non_null(strstr(text, "  connected                3   33.3 %"));
	assert_null(strstr(text, "screener"));
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		assert_true(strlen(line) <= 80);
	free(text);
}

static void test_doc(void **state)
{
	static struct report report;
	char why[WHY_BYTES];
	struct doc *doc;
	(void)state;

	fill();
	assert_int_equal(report_make(test_store, "c", &report, why), 0);
	doc = report_doc(&report);
	assert_string_equal(doc_text(doc, "campaign", ""), "c");
	assert_int_equal(doc_i64(doc, "accounts_worked", 0), 6);
	assert_true(doc_real(doc, "abandoned_share", 0) == 0.25);
	assert_int_equal(doc_i64(doc_get(doc_get(doc, "attempts"), "by_outcome"), "connected", 0), 3);
	assert_true(doc_real(doc_get(doc, "answer_to_seat"), "max_ms", 0) == 3000);
	assert_int_equal(doc_i64(doc_get(doc, "seats"), "logins", 0), 2);
	assert_string_equal(doc_text(doc, "first_invite", ""), "2026-11-16T04:00:00.000Z");
	doc_free(doc);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_figures),
		T(test_shifts_are_clipped),
		T(test_false_positives),
		T(test_nothing_dialled),
		T(test_text),
		T(test_doc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
