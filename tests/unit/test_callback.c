/* test_callback.c - calls at an agreed time: first when due, under every rule */
#include "tests/unit/test_leads.h"

#include "campaigns/callback.h"

#define HOUR_US (3600 * SEC_US)

static struct campaign running(void)
{
	struct campaign campaign = test_campaign();
	char why[WHY_BYTES] = "";

	for (uint32_t i = 1; i <= 4; i++)
		lead_of(campaign.list, i, "1", 65000);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	campaign.state = CAMPAIGN_RUNNING;
	return campaign;
}

static struct lead get(uint64_t id)
{
	struct lead lead;

	assert_int_equal(lead_get(test_store, id, &lead), 0);
	return lead;
}

static void dialled_first_when_it_is_due(void **state)
{
	struct campaign campaign = running();
	uint64_t low = lead_of(campaign.list, 9, "", 0);
	struct lead lead;
	char why[WHY_BYTES] = "", local[32];
	int64_t at_us;

	(void)state;
	lead = get(low);
	assert_int_equal(callback_time(test_store, &lead, "2026-11-16T13:00", &at_us, why), 0);
	assert_int_equal(at_us, test_now_us + HOUR_US); /* it is Monday 12:00 in Shanghai */
	assert_int_equal(callback_add(test_store, low, at_us, "a1", why), 0);
	assert_int_equal(callback_next(test_store, 0, &lead), 0);
	assert_int_equal(lead.id, low);
	assert_string_equal(lead.callback_seat, "a1");
	callback_local(test_store, &lead, local);
	assert_string_equal(local, "Mon 13:00");
	assert_int_not_equal(claim(campaign.id, 1).attempts[0].lead, low);
	test_now_us = at_us;
	assert_int_equal(claim(campaign.id, 1).attempts[0].lead, low);
	assert_int_equal(callback_cancel(test_store, low, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "under way"));
}

static void every_rule_holds_but_the_filter(void **state)
{
	struct campaign campaign = running();
	uint64_t id = lead_of(campaign.list, 9, "", 0);
	struct explanation explanation;
	struct claim_test test;
	struct lead lead;
	bool was;

	(void)state;
	strcpy(campaign.where, "balance = 1");
	campaign.window = (struct window){9 * 60, 20 * 60, 0x3f};
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	assert_int_equal(campaign_get_id(test_store, campaign.id, &campaign), 0);
	assert_int_equal(campaign_index(test_store, &campaign), 0);
	assert_int_equal(claim(campaign.id, MANY).got, 4);
	assert_int_equal(callback_add(test_store, id, test_now_us + 12 * HOUR_US, "", NULL), 0);
	lead = get(id);
	assert_int_equal(explain_lead(test_store, &campaign, &lead, test_now_us, &explanation), 0);
	assert_non_null(strstr(explanation.text, "A callback was agreed"));
	test_now_us += 12 * HOUR_US; /* midnight there */
	test = claim(campaign.id, 1);
	assert_int_equal(test.got, 0);
	test_now_us += 9 * HOUR_US;
	assert_int_equal(dnc_add(test_store, "+8613800000009", &was), 0);
	assert_int_equal(claim(campaign.id, 1).got, 0);
	assert_int_equal(callback_add(test_store, id, test_now_us + HOUR_US, "", NULL), ERR_WRONG_STATE);
	assert_int_equal(dnc_remove(test_store, "+8613800000009", &was), 0);
	assert_int_equal(claim(campaign.id, 1).attempts[0].lead, id);
}

static void busy_is_not_reached(void **state)
{
	struct campaign campaign = running();
	uint64_t id = lead_of(campaign.list, 9, "", 0);
	struct claim_test test;

	(void)state;
	assert_int_equal(callback_add(test_store, id, test_now_us, "", NULL), 0);
	test = claim(campaign.id, 1);
	assert_int_equal(test.attempts[0].lead, id);
	finish(&test.attempts[0], OUTCOME_BUSY);
	test_now_us += 600 * SEC_US;
	test = claim(campaign.id, 1);
	assert_int_equal(test.attempts[0].lead, id); /* first again */
	finish(&test.attempts[0], OUTCOME_CONNECTED);
	assert_true(get(id).state == LEAD_DONE && get(id).callback_us == 0);
	/* a finished lead is taken up again */
	assert_int_equal(callback_add(test_store, id, test_now_us + HOUR_US, "", NULL), 0);
	test_now_us += HOUR_US;
	test = claim(campaign.id, 1);
	assert_int_equal(test.attempts[0].lead, id);
	finish(&test.attempts[0], OUTCOME_BUSY);
	assert_int_equal(get(id).state, LEAD_DONE); /* its third and last attempt */
	assert_int_equal(callback_add(test_store, id, test_now_us + HOUR_US, "", NULL), ERR_WRONG_STATE);
}

static void the_agents_word_makes_one(void **state)
{
	struct campaign campaign = running();
	struct claim_test test = claim(campaign.id, 1);
	struct attempt end = test.attempts[0];
	struct lead lead;

	(void)state;
	strcpy(end.disposition, "callback");
	strcpy(end.seat, "a1");
	finish(&end, OUTCOME_CONNECTED);
	lead = get(end.lead);
	assert_int_equal(lead.state, LEAD_READY);
	assert_int_equal(lead.callback_us, test_now_us + DAY_US);
	assert_string_equal(lead.callback_seat, "a1");
	assert_int_equal(claim(campaign.id, MANY).got, 3);
	test_now_us += DAY_US;
	assert_int_equal(claim(campaign.id, MANY).attempts[0].lead, end.lead);
}

struct word {
	uint64_t attempt;
	const char *disposition;
};

static int dispose_in(struct db_txn *txn, void *arg)
{
	const struct word *word = arg;

	return attempt_dispose(txn, word->attempt, word->disposition, test_now_us);
}

static void dispose(uint64_t attempt, const char *disposition)
{
	struct word word = {attempt, disposition};

	assert_int_equal(db_change(test_store->db, dispose_in, &word), 0);
}

/* Agreed for Thursday in the wrap-up time; then the agent keys what the talk was. */
static void a_later_word_leaves_the_agreed_time(void **state)
{
	struct campaign campaign = running();
	struct attempt end = claim(campaign.id, 1).attempts[0];
	int64_t at_us = test_now_us + 3 * DAY_US;

	(void)state;
	finish(&end, OUTCOME_CONNECTED);
	assert_int_equal(callback_add(test_store, end.lead, at_us, "a1", NULL), 0);
	for (const char *const *word = (const char *const[]){"callback", "contact", "machine", NULL}; *word; word++) {
		dispose(end.id, *word);
		assert_int_equal(get(end.lead).state, LEAD_READY);
		assert_int_equal(get(end.lead).callback_us, at_us);
		assert_int_equal(get(end.lead).due_us, at_us);
		assert_string_equal(get(end.lead).callback_seat, "a1");
	}
	dispose(end.id, "do_not_call");
	assert_int_equal(get(end.lead).state, LEAD_DONE);
	assert_int_equal(get(end.lead).callback_us, 0);
}

/* The agent agrees it with the person while they talk; whatever became of the call, but that it was abandoned, it stands. */
static void agreed_during_the_call(void **state)
{
	static const struct {
		enum outcome outcome;
		int64_t in_us;
		bool stands;
	} cases[] = {{OUTCOME_CONNECTED, 3 * DAY_US, true}, {OUTCOME_BUSY, HOUR_US, true}, {OUTCOME_SKIPPED, HOUR_US, true},
		{OUTCOME_UNKNOWN_CRASH, 4 * DAY_US, true}, {OUTCOME_UNKNOWN_CRASH, HOUR_US, false},
		{OUTCOME_ABANDONED, HOUR_US, false}};
	struct campaign campaign = running();
	uint64_t last = lead_of(campaign.list, 9, "", 0);

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t id = lead_of(campaign.list, 20 + i, "", 65535);
		struct attempt end = claim(campaign.id, 1).attempts[0];

		assert_int_equal(end.lead, id);
		assert_int_equal(callback_add(test_store, id, test_now_us + cases[i].in_us, "a1", NULL), 0);
		assert_int_equal(get(id).state, LEAD_ACTIVE);
		finish(&end, cases[i].outcome);
		assert_int_equal(get(id).state, LEAD_READY);
		assert_int_equal(get(id).due_us == test_now_us + cases[i].in_us, cases[i].stands);
		assert_int_equal(get(id).callback_us == test_now_us + cases[i].in_us, cases[i].stands);
		assert_true(cases[i].stands || get(id).due_us >= test_now_us + 72 * HOUR_US);
	}
	campaign.attempts_max = 1;
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	assert_int_equal(claim(campaign.id, MANY).got, 5);
	/* this is its last attempt */
	assert_int_equal(callback_add(test_store, last, test_now_us + HOUR_US, "", NULL), ERR_WRONG_STATE);
}

/* A call that never left is no reason to call at once. */
static void agreed_and_never_called(void **state)
{
	struct campaign campaign = running();
	struct claim_test test = claim(campaign.id, 1);
	int64_t at_us = test_now_us + HOUR_US;

	(void)state;
	test.end = test.attempts[0];
	test.end.outcome = OUTCOME_CANCELLED;
	assert_int_equal(callback_add(test_store, test.end.lead, at_us, "", NULL), 0);
	assert_int_equal(db_change(test_store->db, finish_in, &test), 0);
	assert_true(get(test.end.lead).due_us == at_us && get(test.end.lead).callback_us == at_us);
}

/* What the word itself made is taken back by another one. */
static void another_word_takes_its_own_callback_back(void **state)
{
	struct campaign campaign = running();
	struct attempt end = claim(campaign.id, 1).attempts[0];

	(void)state;
	strcpy(end.disposition, "callback");
	finish(&end, OUTCOME_CONNECTED);
	assert_int_equal(get(end.lead).callback_us, test_now_us + DAY_US);
	dispose(end.id, "machine");
	assert_int_equal(get(end.lead).callback_us, 0);
}

static int lose_in(struct db_txn *txn, void *arg)
{
	struct db_key key = key_u64(*(uint64_t *)arg);

	db_del(txn, T_LEAD, &key);
	return 0;
}

static void a_damaged_store_is_no_end_of_the_list(void **state)
{
	struct campaign campaign = running();
	uint64_t id = lead_of(campaign.list, 9, "", 0);
	struct lead lead;

	(void)state;
	assert_int_equal(callback_add(test_store, id, test_now_us + HOUR_US, "", NULL), 0);
	assert_int_equal(db_change(test_store->db, lose_in, &id), 0);
	assert_int_equal(callback_next(test_store, 0, &lead), ERR_STORE);
}

static void abandoned_people_rest(void **state)
{
	struct campaign campaign = running();
	struct claim_test test = claim(campaign.id, 1);
	char why[WHY_BYTES] = "";

	(void)state;
	finish(&test.attempts[0], OUTCOME_ABANDONED);
	assert_int_equal(callback_add(test_store, test.attempts[0].lead, test_now_us + 71 * HOUR_US, "", why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "72 hours"));
	assert_int_equal(callback_add(test_store, test.attempts[0].lead, test_now_us + 72 * HOUR_US, "", why), 0);
}

static void cancelled_it_waits_like_any_other(void **state)
{
	struct campaign campaign = running();
	uint64_t id = lead_of(campaign.list, 9, "", 0);
	struct lead lead;
	char why[WHY_BYTES] = "";

	(void)state;
	assert_int_equal(callback_cancel(test_store, id, why), ERR_WRONG_STATE);
	assert_int_equal(callback_add(test_store, id, test_now_us + HOUR_US, "nobody", why), ERR_UNKNOWN);
	assert_int_equal(callback_add(test_store, 99999, test_now_us + HOUR_US, "", why), ERR_UNKNOWN);
	assert_int_equal(callback_add(test_store, id, test_now_us + HOUR_US, "", why), 0);
	assert_int_equal(callback_cancel(test_store, id, why), 0);
	assert_int_equal(callback_next(test_store, 0, &lead), ERR_UNKNOWN);
	test_now_us += HOUR_US;
	assert_int_not_equal(claim(campaign.id, 1).attempts[0].lead, id);
}

static void times_where_clocks_change(void **state)
{
	static const char *const new_york[] = {"America/New_York", NULL}, *const two[] = {
										  "America/New_York", "America/Chicago", NULL};
	static const struct {
		const char *text;
		int64_t utc_s;
	} cases[] = {
		{"2026-11-01T12:00", 1793552400}, {"2026-11-01T01:30", 1793511000} /* comes twice: the first */,
		{"2026-03-08T02:30", 1772955000} /* comes never: as after the jump */, {"2026-07-01 09:00:30", 1782910830}};
	struct campaign campaign = test_campaign();
	struct lead lead;
	char why[WHY_BYTES] = "";
	int64_t at_us;

	(void)state;
	test_lead(campaign.list, "+12125550123", 0, new_york);
	test_lead(campaign.list, "+12125550124", 0, two);
	test_lead(campaign.list, "+12125550125", 0, NULL);
	assert_int_equal(lead_by_number(test_store, "+12125550123", 0, &lead), 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(callback_time(test_store, &lead, cases[i].text, &at_us, why), 0);
		assert_int_equal(at_us / SEC_US, cases[i].utc_s);
	}
	assert_int_equal(callback_time(test_store, &lead, "2026-11-01", &at_us, why), ERR_SYNTAX);
	assert_int_equal(callback_time(test_store, &lead, "tomorrow", &at_us, why), ERR_SYNTAX);
	assert_int_equal(lead_by_number(test_store, "+12125550124", 0, &lead), 0);
	assert_int_equal(callback_time(test_store, &lead, "2026-11-01T12:00", &at_us, why), ERR_RANGE);
	assert_non_null(strstr(why, "Chicago"));
	assert_int_equal(lead_by_number(test_store, "+12125550125", 0, &lead), 0);
	assert_int_equal(callback_time(test_store, &lead, "2026-11-01T12:00", &at_us, why), ERR_RANGE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(dialled_first_when_it_is_due),
		TEST(every_rule_holds_but_the_filter),
		TEST(busy_is_not_reached),
		TEST(the_agents_word_makes_one),
		TEST(a_later_word_leaves_the_agreed_time),
		TEST(agreed_during_the_call),
		TEST(agreed_and_never_called),
		TEST(another_word_takes_its_own_callback_back),
		TEST(a_damaged_store_is_no_end_of_the_list),
		TEST(abandoned_people_rest),
		TEST(cancelled_it_waits_like_any_other),
		TEST(times_where_clocks_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
