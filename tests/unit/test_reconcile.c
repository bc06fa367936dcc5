/* test_reconcile.c - our calls beside a carrier's records, both ways (LOG-4), and files that are none */
#include "tests/unit/test_evidence.h"
#include "tests/unit/test_export_util.h"
#include "tests/unit/test_rows.h"

#include "base/prng.h"
#include "campaigns/reconcile.h"

#include <errno.h>

static struct reconcile_receipt receipt;
static char why[CARRIER_WHY_BYTES], path[128], out[128];

static int setup(void **state)
{
	if (rows_setup(state) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/carrier.csv", test_dir);
	snprintf(out, sizeof(out), "%s/findings", test_dir);
	return 0;
}

/* "2026-11-16 04:00:00", as the tool's own parser takes it. */
static bool when(const char *text, int64_t *us)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);

	if (!rest || *rest)
		return false;
	*us = (int64_t)timegm(&tm) * SEC_US;
	return true;
}

static int reconcile(struct reconcile_options options)
{
	int err;

	rows_free();
	options.carrier.path = path;
	options.carrier.when = when;
	options.sheet = (struct sheet_options){.path = out, .format = EXPORT_NDJSON};
	options.tolerance_us = 5 * SEC_US;
	err = reconcile_run(test_store, &options, &receipt, why);
	if (err)
		return err;
	rows_read(out);
	return 0;
}

static struct attempt a_call(uint64_t id, int64_t after_s)
{
	struct attempt attempt = {.id = id, .lead = id, .campaign = campaign.id, .list = campaign.list, .number = 1, .trunk = "t",
		.caller_id = "+12125550100", .outcome = OUTCOME_CONNECTED, .sip_code = 200};

	snprintf(attempt.e164, sizeof(attempt.e164), "+1212555%04u", (unsigned)(id % 100));
	attempt.intent_us = TEST_MONDAY_NOON_US + after_s * SEC_US;
	attempt.invite_us = attempt.intent_us + 20 * MS_US;
	attempt.answer_us = attempt.invite_us + 6 * SEC_US;
	attempt.end_us = attempt.answer_us + 30 * SEC_US;
	return attempt;
}

static const struct doc *finding(const char *what, const char *number)
{
	for (size_t i = 0; i < row_count; i++)
		if (strcmp(doc_text(rows[i], "finding", ""), what) == 0 && strcmp(doc_text(rows[i], "number", ""), number) == 0)
			return rows[i];
	fail_msg("no finding %s of %s", what, number);
	return NULL;
}

/* LOG_4: what only one side has is found on either; what contradicts itself, too; what was never sent is not looked for. */
static void test_LOG_4_both_directions(void **state)
{
	struct attempt attempt;
	(void)state;

	for (uint64_t id = 1; id <= 4; id++)
		put_attempt(a_call(id, (int64_t)id * 60));
	attempt = a_call(5, 290);
	attempt.invite_us = 0; /* cancelled before its INVITE */
	attempt.outcome = OUTCOME_CANCELLED;
	put_attempt(attempt);
	attempt = a_call(6, 295);
	strcpy(attempt.trunk, "other");
	put_attempt(attempt);
	test_seal(3);
	test_file("carrier.csv", "start_time,called_number,duration,sip_code\r\n"
	     "2026-11-16 04:01:00,+12125550001,30,200\r\n"
	     "2026-11-16 04:02:01.250,+12125550002,0,486\r\n"
	     "2026-11-16 04:03:00,+12125550099,12,200\r\n"
	     "2026-11-16 04:04:58,+12125550004,30,200\r\n"
	     "yesterday,+12125550004,30,200\r\n");
	assert_int_equal(reconcile((struct reconcile_options){.trunk = "t"}), 0);
	assert_int_equal(receipt.records, 5);
	assert_int_equal(receipt.calls, 4);
	assert_int_equal(receipt.matched, 2);
	assert_int_equal(receipt.differ, 1);
	assert_int_equal(receipt.carrier_only, 2); /* 04:04:58 is 58 s from our call to that number */
	assert_int_equal(receipt.ours_only, 2);
	assert_int_equal(receipt.unreadable, 1);
	assert_int_equal(row_count, 6);
	assert_int_equal(doc_i64(finding("differs", "+12125550002"), "carrier_code", 0), 486);
	assert_int_equal(doc_i64(finding("differs", "+12125550002"), "difference_ms", 0), 1230);
	assert_int_equal(doc_i64(finding("ours_only", "+12125550003"), "attempt", 0), 3);
	assert_int_equal(doc_i64(finding("ours_only", "+12125550004"), "attempt", 0), 4);
	assert_int_equal(doc_i64(finding("carrier_only", "+12125550099"), "carrier_line", 0), 4);
	assert_int_equal(
		reconcile((struct reconcile_options){.from_us = TEST_MONDAY_NOON_US, .to_us = TEST_MONDAY_NOON_US + 90 * SEC_US}),
		0);
	assert_int_equal(receipt.matched + receipt.ours_only + receipt.carrier_only, 1);
}

/*
 * LOG_4: a call of before a crash is not one that only the carrier has; whether it was sent at all, nobody but the carrier knows.
 */
static void test_LOG_4_calls_of_a_crash(void **state)
{
	(void)state;

	for (uint64_t id = 1; id <= 4; id++) {
		struct attempt attempt = a_call(id, (int64_t)id * 60);

		if (id > 1) {
			attempt.invite_us = attempt.answer_us = 0;
			attempt.sip_code = 0;
			attempt.outcome = OUTCOME_UNKNOWN_CRASH;
		}
		put_attempt(attempt);
	}
	test_file("carrier.csv", "start_time,called_number,duration,sip_code\n"
	     "2026-11-16 04:01:00,+12125550001,30,200\n"
	     "2026-11-16 04:02:00.250,+12125550002,0,487\n"
	     "2026-11-16 04:03:01,+12125550003,12,200\n"
	     "2026-11-16 04:10:00,+12125550099,12,200\n");
	assert_int_equal(reconcile((struct reconcile_options){.trunk = "t"}), 0);
	assert_int_equal(receipt.calls, 3); /* the fourth need not have left */
	assert_int_equal(receipt.matched, 3);
	assert_int_equal(receipt.ours_only, 0);
	assert_int_equal(receipt.carrier_only, 1);
	assert_int_equal(receipt.differ, 1);
	/* it was answered, as the carrier says */
	assert_int_equal(doc_i64(finding("differs", "+12125550003"), "carrier_duration_ms", 0), 12000);
	assert_int_equal(doc_i64(finding("carrier_only", "+12125550099"), "carrier_line", 0), 5);
}

/* LOG_4: random losses on both sides, one number called again and again; the counts are exactly those that were made. */
static void test_LOG_4_random_losses(void **state)
{
	enum { CALLS = 2000 };
	uint64_t ours_only = 0, carrier_only = 0, matched = 0;
	FILE *made = fopen(path, "we");
	struct prng prng;
	(void)state;

	prng_seed(&prng, 8);
	fputs("Beginn;Ziel;call_id\n", made);
	for (uint64_t id = 1; id <= CALLS; id++) {
		struct attempt attempt = a_call(id, (int64_t)id * 40);
		int64_t jitter_ms = (int64_t)prng_below(&prng, 8000) - 4000;
		bool by_id = prng_below(&prng, 2), ours = prng_below(&prng, 50) != 0, theirs = prng_below(&prng, 50) != 0;
		char call_id[64] = "";

		if (by_id)
			attempt_call_id(test_store, id, call_id);
		ours = ours || id == 1 || id == CALLS;
		theirs = theirs || id == 1 || id == CALLS;
		jitter_ms = id == 1 ? -4000 : id == CALLS ? 4000 : jitter_ms; /* the span is as wide as our calls */
		if (ours)
			put_attempt(attempt);
		if (theirs)
			fprintf(made, "%lld;%s;%s\n", (long long)(attempt.invite_us / MS_US + jitter_ms), attempt.e164 + 1,
				call_id);
		ours_only += ours && !theirs;
		carrier_only += theirs && !ours;
		matched += ours && theirs;
		if (id % 700 == 0)
			test_seal(0);
	}
	fclose(made);
	assert_int_equal(
		reconcile((struct reconcile_options){.carrier.map = "called=Ziel,start=Beginn", .carrier.region = "US"}), 0);
	assert_int_equal(receipt.matched, matched);
	assert_int_equal(receipt.ours_only, ours_only);
	assert_int_equal(receipt.carrier_only, carrier_only);
	assert_int_equal(receipt.differ, 0);
	assert_int_equal(row_count, ours_only + carrier_only);
	assert_true(ours_only > 10 && carrier_only > 10);
}

/* Bad files: one sentence, nothing written, no event. */
static void test_bad_files(void **state)
{
	static const struct {
		const char *text, *map, *says;
	} bad[] = {{"a,b,c\n1,2,3\n", NULL,
			   "no column for the called number; name it with --map called=TITLE (its columns: a, b, c)"},
		{"called,b\n1,2\n", NULL, "no column for the start of a call"},
		{"called,start\n", NULL, "no row has a number and a time"}, {"called,start\n1,2\n", NULL, "with --region"},
		{"called,start\n+12125550001,x\n", "start=Beginn", "has no column \"Beginn\""},
		{"called,start\n+12125550001,x\n", "begin=start", "expected called, start, duration, code or call_id"},
		{"called,start\n+12125550001,x\n", "start", "expected called"}, {"", NULL, "is empty"}};
	uint64_t before, after;
	(void)state;

	put_attempt(a_call(1, 0));
	assert_int_equal(sealed_counts(test_store, &before, &after), 0);
	before = after;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		test_file("carrier.csv", bad[i].text);
		assert_int_equal(reconcile((struct reconcile_options){.carrier.map = bad[i].map}), ERR_SYNTAX);
		if (!strstr(why, bad[i].says))
			fail_msg("%u says: %s", i, why);
		assert_int_equal(access(out, F_OK), -1);
	}
	strcpy(path, "/nonexistent/x.csv");
	assert_int_equal(reconcile((struct reconcile_options){.trunk = NULL}), -ENOENT);
	assert_int_equal(sealed_counts(test_store, &before, &after), 0);
	assert_int_equal(after, 1 + 2); /* begin, the campaign, the call */
}

static void test_values(void **state)
{
	int64_t us;
	(void)state;

	assert_true(carrier_time("2026-11-16 04:00:00", when, &us) && us == TEST_MONDAY_NOON_US);
	assert_true(carrier_time(" 2026-11-16 04:00:00.2500009", when, &us) && us == TEST_MONDAY_NOON_US + 250000);
	assert_true(carrier_time("1794801600", when, &us) && us == TEST_MONDAY_NOON_US);
	assert_true(carrier_time("1794801600.5", when, &us) && us == TEST_MONDAY_NOON_US + 500000);
	assert_true(carrier_time("1794801600123", when, &us) && us == TEST_MONDAY_NOON_US + 123000);
	assert_true(carrier_time("1794801600123456", when, &us) && us == TEST_MONDAY_NOON_US + 123456);
	assert_false(carrier_time("17948016", when, &us) || carrier_time("", when, &us) || carrier_time("-5", when, &us));
	assert_true(carrier_duration("125", &us) && us == 125 * SEC_US);
	assert_true(carrier_duration("2:05.5", &us) && us == 125500 * MS_US);
	assert_true(carrier_duration("0:02:05", &us) && us == 125 * SEC_US);
	assert_false(carrier_duration("1:2:3:4", &us) || carrier_duration("", &us) || carrier_duration("1:", &us) ||
		     carrier_duration("-1", &us));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, rows_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_LOG_4_both_directions),
		T(test_LOG_4_calls_of_a_crash),
		T(test_LOG_4_random_losses),
		T(test_bad_files),
		cmocka_unit_test(test_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
