/* test_export_lists.c - exports about numbers and decisions: opt-outs, how often, caller ids, windows, lists, exports */
#include "tests/unit/test_evidence.h"
#include "tests/unit/test_export_util.h"
#include "tests/unit/test_rows.h"

#include "base/prng.h"
#include "campaigns/export.h"

static int export_try(const char *what, struct export_options options, char why[400])
{
	struct export_receipt receipt;
	char path[128];
	int err;

	rows_free();
	snprintf(path, sizeof(path), "%s/rows", test_dir);
	options.what = what;
	options.path = path;
	options.format = EXPORT_NDJSON;
	err = export_run(test_store, &options, &receipt, why);
	if (err)
		return err;
	rows_read(path);
	return 0;
}

static void export_rows(const char *what, struct export_options options)
{
	char why[400];

	if (export_try(what, options, why))
		fail_msg("%s", why);
}

static int intent_in(struct db_txn *txn, void *arg)
{
	evlog_intent(txn, arg, &campaign,
		&(struct permission){"internal", &(struct explanation){.rule = "us-federal/hours", .local = "Mon 12:00"},
			&(struct ledger_who){0}});
	return 0;
}

static int outcome_in(struct db_txn *txn, void *arg)
{
	evlog_outcome(txn, arg);
	return 0;
}

static int asked_in(struct db_txn *txn, void *arg)
{
	const struct attempt *attempt = arg;

	evlog_outcome(txn, attempt);
	evlog_dnc(txn, attempt->e164, true, attempt->id);
	return 0;
}

static struct attempt to(uint64_t id, const char *number)
{
	struct attempt attempt = {.id = id, .lead = id, .campaign = campaign.id, .list = campaign.list, .number = 1, .trunk = "t",
		.caller_id = "+12125550100", .outcome = OUTCOME_NO_ANSWER, .intent_us = test_now_us, .end_us = test_now_us};

	strcpy(attempt.e164, number);
	return attempt;
}

static struct attempt intend(uint64_t id, const char *number)
{
	struct attempt attempt = to(id, number);

	assert_int_equal(db_change(test_store->db, intent_in, &attempt), 0);
	return attempt;
}

/* E7: from the asking to its effect, and the first attempt after it; a removal ends it. */
static void test_E_7_optouts(void **state)
{
	struct attempt attempt = to(5, "+12125550005");
	bool was;
	char why[400];
	(void)state;

	attempt.end_us = test_now_us - 30 * MS_US;
	assert_int_equal(db_change(test_store->db, asked_in, &attempt), 0);
	assert_int_equal(dnc_add(test_store, "+12125550006", &was), 0);
	assert_int_equal(dnc_add(test_store, "+12125550007", &was), 0);
	test_seal(4);
	test_now_us += SEC_US;
	intend(6, "+12125550006");
	intend(7, "+12125550006");
	assert_int_equal(dnc_remove(test_store, "+12125550007", &was), 0);
	intend(8, "+12125550007");
	export_rows("optouts", (struct export_options){0});
	assert_int_equal(row_count, 3);
	assert_string_equal(doc_text(rows[0], "asked_by", ""), "called_person");
	assert_int_equal(doc_i64(rows[0], "latency_ms", 0), 30);
	assert_int_equal(doc_i64(rows[0], "attempt", 0), 5);
	assert_int_equal(doc_i64(rows[0], "attempts_after", -1), 0);
	assert_int_equal(doc_i64(rows[1], "attempts_after", 0), 2);
	assert_int_equal(doc_i64(rows[1], "first_attempt_after", 0), 6);
	assert_int_equal(doc_i64(rows[2], "attempts_after", -1), 0);
	assert_non_null(doc_text(rows[2], "removed_at", NULL));
	export_rows("optouts", (struct export_options){.number = "+12125550006"});
	assert_int_equal(row_count, 1);
	assert_int_equal(export_try("optouts", (struct export_options){.seat = "a1"}, why), ERR_RANGE);
	assert_non_null(strstr(why, "--seat"));
	assert_int_equal(export_try("abandonment", (struct export_options){.number = "+1"}, why), ERR_RANGE);
	assert_int_equal(export_try("frequency", (struct export_options){.seat = "a1"}, why), ERR_RANGE);
}

/* E6: the counts before each attempt against a look at all of them. */
static void test_E_6_frequency(void **state)
{
	enum { ATTEMPTS = 300, NUMBERS = 30 };
	static int64_t at_us[ATTEMPTS];
	static int number_of_attempt[ATTEMPTS];
	int64_t start_us = test_now_us;
	struct prng prng;
	char number[NUMBER_BYTES];
	(void)state;

	prng_seed(&prng, 4);
	for (int i = 0; i < ATTEMPTS; i++) {
		test_now_us += (int64_t)prng_below(&prng, 8 * 3600) * SEC_US;
		at_us[i] = test_now_us;
		number_of_attempt[i] = (int)prng_below(&prng, NUMBERS);
		snprintf(number, sizeof(number), "+1212555%04d", number_of_attempt[i]);
		intend((uint64_t)i + 1, number);
		if (i == 150)
			test_seal(0);
	}
	export_rows("frequency", (struct export_options){.from_us = start_us + 20 * DAY_US});
	assert_true(row_count > 50 && row_count < ATTEMPTS);
	for (size_t r = 0; r < row_count; r++) {
		int mine = (int)doc_i64(rows[r], "attempt", 0) - 1, day = 0, week = 0, month = 0;

		for (int i = 0; i <= mine; i++) {
			int64_t ago_us = at_us[mine] - at_us[i];

			if (number_of_attempt[i] != number_of_attempt[mine])
				continue;
			day += ago_us < DAY_US;
			week += ago_us < 7 * DAY_US;
			month += ago_us < 30 * DAY_US;
		}
		assert_int_equal(doc_i64(rows[r], "attempts_24h", 0), day);
		assert_int_equal(doc_i64(rows[r], "attempts_7d", 0), week);
		assert_int_equal(doc_i64(rows[r], "attempts_30d", 0), month);
	}
}

static int person_in(struct db_txn *txn, void *arg)
{
	const struct attempt *attempt = arg;
	struct ledger_who who = {.person = (UINT64_C(1) << 63) + attempt->lead, .debt = (uint32_t)attempt->number};

	evlog_intent(txn, attempt, &campaign, &(struct permission){"internal", &(struct explanation){.rule = "campaign"}, &who});
	return 0;
}

/* E6: a person counts over all numbers, a debt within its person; a filter by number does not hide the others. */
static void test_E_6_persons_and_debts(void **state)
{
	static const struct {
		uint64_t person;
		const char *number;
		uint32_t debt;
		int64_t person_week, debt_week;
	} calls[] = {{1, "+12125550001", 7, 1, 1}, {1, "+12125550002", 7, 2, 2}, {2, "+12125550002", 7, 1, 1},
		{1, "+12125550001", 8, 3, 1}, {1, "+12125550003", 7, 4, 3}, {1, "+12125550003", 0, 5, -1}};
	(void)state;

	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++, test_now_us += 3600 * SEC_US) {
		struct attempt attempt = to(i + 1, calls[i].number);

		attempt.lead = calls[i].person;
		attempt.number = calls[i].debt;
		attempt.outcome = OUTCOME_NONE;
		assert_int_equal(db_change(test_store->db, person_in, &attempt), 0);
	}
	export_rows("frequency", (struct export_options){0});
	assert_int_equal(row_count, sizeof(calls) / sizeof(calls[0]));
	for (size_t i = 0; i < row_count; i++) {
		assert_int_equal(doc_i64(rows[i], "person_7d", 0), calls[i].person_week);
		assert_int_equal(doc_i64(rows[i], "person_24h", 0), calls[i].person_week);
		assert_int_equal(doc_i64(rows[i], "debt_7d", -1), calls[i].debt_week);
	}
	export_rows("frequency", (struct export_options){.number = "+12125550003"});
	assert_int_equal(row_count, 2);
	assert_int_equal(doc_i64(rows[0], "person_7d", 0), 4);
	assert_int_equal(doc_i64(rows[0], "attempts_7d", 0), 1);
}

/*
 * E8, CLI-1: a number of a pool is used by its own right, not by what is said of the campaign; without a record the campaign's
 * word stands.
 */
static void test_CLI_1_the_right_is_the_numbers_own(void **state)
{
	struct terms terms = {.authority = "LOA of the campaign", .authority_from_us = SEC_US};
	struct callerid id = {.number = "+12125550100", .proof = "LOA of the number", .from_us = test_now_us - 3 * DAY_US,
		.to_us = test_now_us + 3 * DAY_US, .minute_max = 1, .day_max = 1, .week_max = 1};
	struct attempt attempt;
	char why[WHY_BYTES];
	(void)state;

	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	attempt = intend(1, "+12125550123");
	assert_int_equal(db_change(test_store->db, outcome_in, &attempt), 0);
	assert_int_equal(callerid_put(test_store, &id, true, why), 0);
	test_now_us += DAY_US;
	attempt = intend(2, "+12125550123");
	assert_int_equal(db_change(test_store->db, outcome_in, &attempt), 0);
	export_rows("callerids", (struct export_options){0});
	assert_int_equal(row_count, 2);
	assert_string_equal(doc_text(rows[0], "authority", ""), "LOA of the campaign");
	assert_string_equal(doc_text(rows[1], "authority", ""), "LOA of the number");
	assert_non_null(doc_text(rows[1], "authority_to", NULL));
	assert_true(doc_bool(rows[1], "authorised", false));
	export_rows("outcomes", (struct export_options){0});
	assert_string_equal(doc_text(rows[1], "caller_id_authority", ""), "LOA of the number");
}

/* CLI-2: what the network said of a block, and whom to complain to, is in the call's row. */
static void test_CLI_2_words_of_the_network(void **state)
{
	struct attempt attempt = intend(1, "+12125550123");
	(void)state;

	attempt.outcome = OUTCOME_BLOCKED;
	attempt.q850 = 21;
	strcpy(attempt.redress, "url=https://example.net/redress");
	strcpy(attempt.reached, "+12125550199");
	attempt.diverted = true;
	assert_int_equal(db_change(test_store->db, outcome_in, &attempt), 0);
	export_rows("outcomes", (struct export_options){0});
	assert_int_equal(row_count, 1);
	assert_int_equal(doc_i64(rows[0], "q850", 0), 21);
	assert_string_equal(doc_text(rows[0], "redress", ""), "url=https://example.net/redress");
	assert_string_equal(doc_text(rows[0], "reached", ""), "+12125550199");
	assert_true(doc_bool(rows[0], "diverted", false));
}

/* E8: what became of the calls of a caller id on a day, and by which right it was used. */
static void test_E_8_callerids(void **state)
{
	struct terms terms = {
		.authority = "LOA 17", .authority_from_us = test_now_us - DAY_US, .authority_to_us = test_now_us + 2 * DAY_US};
	char why[WHY_BYTES];
	(void)state;

	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	for (uint64_t id = 1; id <= 40; id++) {
		struct attempt attempt;

		if (id == 21)
			test_now_us += 2 * DAY_US; /* the right ends during this day */
		attempt = intend(id, "+12125550123");
		attempt.outcome = id % 4 == 0 ? OUTCOME_BLOCKED : id % 4 == 1 ? OUTCOME_CONNECTED : OUTCOME_NO_ANSWER;
		if (id % 4 == 1) {
			attempt.answer_us = attempt.intent_us + SEC_US;
			attempt.end_us = attempt.answer_us + (id % 8 == 1 ? 3 : 60) * SEC_US;
		}
		assert_int_equal(db_change(test_store->db, outcome_in, &attempt), 0);
	}
	export_rows("callerids", (struct export_options){0});
	assert_int_equal(row_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(doc_text(rows[i], "caller_id", ""), "+12125550100");
		assert_string_equal(doc_text(rows[i], "authority", ""), "LOA 17");
		assert_int_equal(doc_bool(rows[i], "authorised", false), i == 0);
		assert_int_equal(doc_i64(rows[i], "attempts", 0), 20);
		assert_int_equal(doc_i64(rows[i], "blocked", 0), 5);
		assert_int_equal(doc_i64(rows[i], "answered", 0), 5);
		assert_in_range(doc_i64(rows[i], "short_calls", 0), 2, 3);
	}
}

/* E4, E5, and who exported what: rows are lines of the log as they stand there. */
static void test_lines(void **state)
{
	bool was;
	(void)state;

	for (uint64_t id = 1; id <= 5; id++)
		intend(id, id == 3 ? "+442079460123" : "+12125550123");
	assert_int_equal(dnc_add(test_store, "+442079460123", &was), 0);
	test_seal(3);
	export_rows("windows", (struct export_options){.number = "+442079460123"});
	assert_int_equal(row_count, 1);
	assert_int_equal(doc_i64(rows[0], "attempt", 0), 3);
	assert_string_equal(doc_text(rows[0], "campaign", ""), "c");
	assert_string_equal(doc_text(rows[0], "rule", ""), "us-federal/hours");
	assert_string_equal(doc_text(rows[0], "local_time", ""), "Mon 12:00");
	export_rows("windows", (struct export_options){.campaign = "c", .from_us = test_now_us});
	assert_int_equal(row_count, 5);
	export_rows("windows", (struct export_options){.to_us = test_now_us});
	assert_int_equal(row_count, 0);
	export_rows("suppression", (struct export_options){.campaign = "c"});
	assert_int_equal(row_count, 5);
	assert_string_equal(doc_text(rows[0], "consulted", ""), "internal");
	export_rows("suppression-changes", (struct export_options){0});
	assert_int_equal(row_count, 1);
	assert_string_equal(doc_text(rows[0], "event", ""), "dnc_add");
	assert_string_equal(doc_text(rows[0], "number", ""), "+442079460123");
	export_rows("exports", (struct export_options){0});
	assert_int_equal(row_count, 5);
	assert_string_equal(doc_text(rows[0], "what", ""), "windows");
	assert_string_equal(doc_text(rows[0], "number", ""), "+442079460123");
	assert_int_equal(doc_i64(rows[1], "rows", 0), 5);
}

/* LOG_7: names and order of the columns are a contract: each export begins with these. */
static void test_LOG_7_columns_are_stable(void **state)
{
	static const char *const heads[][2] = {{"outcomes", "attempt,campaign,list,lead,"},
		{"abandonment", "campaign,law,period_start,period_end,over,live,"},
		{"abandonment-calls", "campaign,attempt,number,intent,"}, {"latency", "campaign,attempt,number,answer,"},
		{"latency-histogram", "what,above_ms,up_to_ms,calls,"},
		{"windows", "attempt,campaign,number,at,rule,local_time,"},
		{"suppression", "attempt,campaign,number,at,consulted,"},
		{"suppression-changes", "event,at,number,attempt,list,"},
		{"frequency", "campaign,attempt,number,at,previous_at,gap_s,"},
		{"optouts", "number,asked_by,asked_at,effective_at,"}, {"callerids", "caller_id,caller_name,day,authority,"},
		{"exports", "at,what,campaign,from,to,"},
		{"retention", "event,at,subject,why,first,last,segments,until,uid,seq"}};
	struct export_receipt receipt;
	char path[128], why[400], line[2000];
	unsigned count = 0;
	(void)state;

	snprintf(path, sizeof(path), "%s/head.csv", test_dir);
	for (unsigned i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct export_options options = {.what = heads[i][0], .path = path};
		FILE *file;

		assert_int_equal(export_run(test_store, &options, &receipt, why), 0);
		file = fopen(path, "re");
		assert_non_null(fgets(line, sizeof(line), file));
		assert_memory_equal(line, heads[i][1], strlen(heads[i][1]));
		fclose(file);
	}
	while (export_name(count))
		count++;
	assert_true(count >= sizeof(heads) / sizeof(heads[0]));
}

#define T(name) cmocka_unit_test_setup_teardown(name, rows_setup, rows_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_E_7_optouts),
		T(test_E_6_frequency),
		T(test_E_6_persons_and_debts),
		T(test_CLI_1_the_right_is_the_numbers_own),
		T(test_CLI_2_words_of_the_network),
		T(test_E_8_callerids),
		T(test_lines),
		T(test_LOG_7_columns_are_stable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
