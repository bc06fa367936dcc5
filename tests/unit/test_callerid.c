/*
 * Caller ids: only with a current right (CLI-1), none other after a block (CLI-2), caps, alarms and the same one for a person
 * (CLI-3).
 */
#include "tests/unit/test_store.h"

#include "campaigns/tables.h"

#include "base/prng.h"

struct step {
	struct claim_run run;
	uint32_t campaign;
	bool got;
	struct attempt attempt;
	struct lead lead;
};

static int claim_in(struct db_txn *txn, void *arg)
{
	struct step *step = arg;

	claim_start(&step->run, test_store, txn, step->campaign, test_now_us);
	step->got = claim_next(&step->run, txn, &step->attempt, &step->lead);
	return 0;
}

static struct step claim(const struct campaign *campaign)
{
	struct step step = {.campaign = campaign->id};

	assert_int_equal(db_change(test_store->db, claim_in, &step), 0);
	claim_fini(&step.run);
	return step;
}

static int finish_in(struct db_txn *txn, void *arg)
{
	return attempt_finish(txn, arg, test_now_us);
}

static void finish(struct attempt attempt, enum outcome outcome, int64_t talk_us)
{
	attempt.invite_us = test_now_us;
	attempt.answer_us = talk_us ? test_now_us : 0;
	attempt.end_us = test_now_us + talk_us;
	attempt.outcome = outcome;
	assert_int_equal(db_change(test_store->db, finish_in, &attempt), 0);
}

static struct callerid add(const char *number, const char *pool)
{
	struct callerid id;

	callerid_defaults(&id);
	strcpy(id.number, number);
	strcpy(id.pool, pool);
	strcpy(id.proof, "contract-17");
	assert_int_equal(callerid_put(test_store, &id, true, NULL), 0);
	return id;
}

static struct campaign running(const char *caller_id, int leads)
{
	struct campaign campaign = test_campaign();
	char number[NUMBER_BYTES], why[WHY_BYTES];

	strcpy(campaign.caller_id, caller_id);
	campaign.attempts_max = 50;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		campaign.retry_s[i] = 0;
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	for (int i = 0; i < leads; i++) {
		snprintf(number, sizeof(number), "+86138000%05d", i);
		test_lead(campaign.list, number, 0, test_shanghai);
	}
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL), 0);
	assert_int_equal(campaign_get(test_store, "c", &campaign), 0);
	return campaign;
}

static enum claim_reason reason_of(const struct campaign *campaign, uint64_t lead_id)
{
	struct explanation explanation;
	struct lead lead;

	assert_int_equal(lead_get(test_store, lead_id, &lead), 0);
	assert_int_equal(explain_lead(test_store, campaign, &lead, test_now_us, &explanation), 0);
	assert_true(strlen(explanation.text) > 10);
	return explanation.reason;
}

/* Without a record: with a rule pack it does not start, and does not claim either should the pack come later. */
static void CLI_1_a_rule_pack_demands_a_record(void **state)
{
	struct campaign campaign = running("+862112345678", 2);
	char why[PACK_WHY_BYTES] = "";
	struct callerid id;
	uint32_t changed;

	(void)state;
	assert_int_equal(rules_load_builtin(test_store, &changed, why), 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_PAUSED, why), 0);
	strcpy(campaign.rules, "china-collections");
	campaign.purpose = PURPOSE_COLLECTIONS;
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), ERR_WRONG_STATE);
	assert_string_equal(why, "a campaign with rule packs needs the right to its caller id on record: 'outdial callerid add "
				 "+862112345678 --proof "
				 "CONTRACT'");
	id = add("+862112345678", "");
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_true(claim(&campaign).got);
	assert_int_equal(callerid_remove(test_store, id.number, why), 0);
	assert_false(claim(&campaign).got);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_PAUSED, why), 0);
	id.from_us = test_now_us - 2 * DAY_US;
	id.to_us = test_now_us - DAY_US;
	assert_int_equal(callerid_put(test_store, &id, true, why), 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "has ended"));
	strcpy(campaign.caller_id, "@north");
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "the pool north has no caller id"));
}

static void CLI_1_only_with_a_current_right(void **state)
{
	struct campaign campaign = running("+861058880000", 3);
	struct callerid id;
	char why[WHY_BYTES];

	(void)state;
	assert_true(claim(&campaign).got); /* nobody keeps records here */
	id = add("+861058889999", "");
	assert_int_equal(reason_of(&campaign, 2), CLAIM_CALLER_ID); /* and from the first one on everybody must */
	assert_false(claim(&campaign).got);
	test_now_us += 3600 * SEC_US;
	id = add("+861058880000", "");
	id.from_us = test_now_us + 60 * SEC_US;
	id.to_us = test_now_us + 120 * SEC_US;
	assert_int_equal(callerid_put(test_store, &id, false, NULL), 0);
	assert_false(claim(&campaign).got);
	test_now_us = id.from_us;
	struct step step = claim(&campaign);
	assert_true(step.got);
	assert_string_equal(step.attempt.caller_id, "+861058880000");
	test_now_us = id.to_us;
	assert_false(claim(&campaign).got);
	id.proof[0] = '\0';
	assert_int_equal(callerid_put(test_store, &id, false, why), ERR_RANGE);
	assert_non_null(strstr(why, "proof"));
	assert_int_equal(callerid_remove(test_store, "+861058880000", NULL), 0);
	assert_int_equal(callerid_remove(test_store, "+861058880000", NULL), ERR_UNKNOWN);
	test_reopen();
	test_now_us += 7200 * SEC_US;
	assert_int_equal(reason_of(&campaign, 3), CLAIM_CALLER_ID);
}

static void CLI_2_no_other_number_after_a_block(void **state)
{
	static const enum outcome blocks[] = {OUTCOME_BLOCKED, OUTCOME_FILTERED};

	(void)state;
	add("+861058880001", "p");
	add("+861058880002", "p");
	struct campaign campaign = running("@p", 2);
	for (int i = 0; i < 2; i++) {
		struct step step = claim(&campaign);

		assert_true(step.got);
		char first[NUMBER_BYTES];
		strcpy(first, step.attempt.caller_id);
		finish(step.attempt, blocks[i], 0);
		assert_int_equal(callerid_quarantine(test_store, first, "test", NULL), 0);
		assert_int_equal(reason_of(&campaign, step.attempt.lead), CLAIM_CALLER_ID); /* though the other number is fine */
		assert_int_equal(callerid_quarantine(test_store, first, NULL, NULL), 0);
		assert_int_equal(reason_of(&campaign, step.attempt.lead), CLAIM_OK);
		struct step again = claim(&campaign);
		while (again.got && again.attempt.lead != step.attempt.lead) {
			finish(again.attempt, OUTCOME_CONNECTED, 60 * SEC_US);
			again = claim(&campaign);
		}
		assert_true(again.got);
		assert_string_equal(again.attempt.caller_id, first);
		finish(again.attempt, OUTCOME_CONNECTED, 60 * SEC_US);
	}
}

static void CLI_3_one_number_a_person(void **state)
{
	char seen[NUMBER_BYTES] = "";

	(void)state;
	add("+861058880001", "p");
	add("+8613800009999", "p"); /* near to the called */
	add("+861058880003", "q");
	struct campaign campaign = running("@p", 1);
	for (int i = 0; i < 5; i++) {
		struct step step = claim(&campaign);

		assert_true(step.got);
		if (*seen)
			assert_string_equal(step.attempt.caller_id, seen);
		strcpy(seen, step.attempt.caller_id);
		finish(step.attempt, OUTCOME_BUSY, 0);
		test_now_us += SEC_US;
	}
	assert_string_equal(seen, "+8613800009999");
	assert_int_equal(callerid_quarantine(test_store, seen, "test", NULL), 0); /* nobody blocked it: another one may follow */
	struct step step = claim(&campaign);
	assert_true(step.got);
	assert_string_equal(step.attempt.caller_id, "+861058880001");
}

static void CLI_3_caps(void **state)
{
	struct callerid id = add("+861058880001", "p");
	struct callerid after;
	int got = 0;

	(void)state;
	id.minute_max = 3;
	id.day_max = 5;
	assert_int_equal(callerid_put(test_store, &id, false, NULL), 0);
	struct campaign campaign = running("@p", 20);
	for (int i = 0; i < 10; i++)
		got += claim(&campaign).got;
	assert_int_equal(got, 3);
	test_now_us += 63 * SEC_US; /* a minute, and a part of one */
	for (int i = 0; i < 10; i++)
		got += claim(&campaign).got;
	assert_int_equal(got, 5);
	assert_int_equal(callerid_get(test_store, id.number, &after), 0);
	assert_int_equal(callerid_used(&after.use, CALLERID_DAY), 5);
	assert_int_equal(after.use.attempts, 5);
	int64_t first_us = test_now_us;
	test_now_us = (test_now_us / DAY_US + 1) * DAY_US; /* midnight is no new day for a span that slides */
	assert_true(test_now_us - first_us < DAY_US);
	assert_false(claim(&campaign).got);
	test_now_us = first_us + DAY_US + DAY_US / SPAN_PARTS;
	for (int i = 0; i < 10; i++)
		got += claim(&campaign).got;
	assert_int_equal(got, 8);
}

static void CLI_3_alarm_quarantines(void **state)
{
	struct callerid id = add("+861058880001", "p"), after;

	(void)state;
	id.minute_max = id.day_max = id.week_max = 100;
	assert_int_equal(callerid_put(test_store, &id, false, NULL), 0);
	struct campaign campaign = running("@p", 10);
	for (int i = 0; i < 3; i++) {
		struct step step = claim(&campaign);

		assert_true(step.got);
		finish(step.attempt, OUTCOME_BLOCKED, 0);
		test_now_us += SEC_US;
	}
	assert_false(claim(&campaign).got);
	assert_int_equal(callerid_get(test_store, id.number, &after), 0);
	assert_int_equal(after.use.blocked, 3);
	assert_true(after.quarantine_us > 0);
	assert_string_equal(after.quarantine_why, "blocked by networks");
	assert_int_equal(callerid_quarantine(test_store, id.number, NULL, NULL), 0);
	test_now_us += 3600 * SEC_US;
	assert_true(claim(&campaign).got);
}

/* Two campaigns dial one list: that the one may send no number now is its own matter, at once and when it may again. */
static void who_may_send_no_number_keeps_no_lead_from_others(void **state)
{
	struct campaign first, second;

	(void)state;
	add("+861058880001", "");
	add("+861058880002", "");
	second = first = running("+861058880001", 5);
	strcpy(second.name, "c2");
	strcpy(second.caller_id, "+861058880002");
	assert_int_equal(campaign_create(test_store, &second, NULL), 0);
	assert_int_equal(campaign_set_state(test_store, "c2", CAMPAIGN_RUNNING, NULL), 0);
	assert_int_equal(callerid_quarantine(test_store, "+861058880001", "test", NULL), 0);
	for (int i = 0; i < 3; i++)
		assert_false(claim(&first).got);
	for (int i = 0; i < 5; i++) {
		struct step step = claim(&second);

		assert_true(step.got);
		finish(step.attempt, OUTCOME_NO_ANSWER, 0);
		test_now_us += SEC_US;
	}
	assert_false(claim(&first).got);
	assert_int_equal(callerid_quarantine(test_store, "+861058880001", NULL, NULL), 0);
	assert_true(claim(&first).got);
}

/* Beside plain arithmetic over the times of every call: no span, wherever it begins, has more calls than its cap; the count is at
 * most a part of the span too strict; what is refused is allowed at the moment that was named and not before. */
static void CLI_3_caps_slide(void **state)
{
	static const int64_t span_us[CALLERID_SPANS] = {60 * SEC_US, DAY_US, 7 * DAY_US};
	static int64_t calls_us[40000];
	struct prng prng;
	struct callerid id;
	int64_t now_us = test_now_us, until_us, at_us;
	uint32_t count = 0, first[CALLERID_SPANS] = {0}, loose[CALLERID_SPANS] = {0}, refused = 0;

	(void)state;
	prng_seed(&prng, 20);
	callerid_defaults(&id);
	const uint32_t max[CALLERID_SPANS] = {id.minute_max, id.day_max, id.week_max};
	for (int step = 0; step < 400000 && count < 40000; step++) {
		uint32_t dice = prng_below(&prng, 1000);
		now_us += (int64_t)(prng_below(&prng, 10 * SEC_US)) * (dice == 0 ? 3000 : dice < 10 ? 100 : 1);
		callerid_roll(&id.use, now_us);
		for (int i = 0; i < CALLERID_SPANS; i++) {
			while (first[i] < count && calls_us[first[i]] <= now_us - span_us[i])
				first[i]++;
			while (loose[i] < count && calls_us[loose[i]] <= now_us - span_us[i] - span_us[i] / SPAN_PARTS)
				loose[i]++;
			uint32_t used = callerid_used(&id.use, i);
			assert_true(used >= count - first[i] && used <= count - loose[i] && used <= max[i]);
		}
		if (callerid_state(&id, now_us, &until_us) == CALLERID_FINE) {
			callerid_count(&id.use, now_us);
			calls_us[count++] = now_us;
			continue;
		}
		refused++;
		assert_true(until_us > now_us && until_us <= now_us + 7 * DAY_US + 7 * DAY_US / SPAN_PARTS);
		assert_int_equal(callerid_state(&id, until_us - 1, &at_us), CALLERID_CAPPED);
		assert_int_equal(callerid_state(&id, until_us, &at_us), CALLERID_FINE);
	}
	assert_int_equal(id.use.attempts, count);
	assert_true(count > 5000 && refused > 10000);
}

/* A clock that goes back neither forgets what was counted nor keeps it for ever. */
static void CLI_3_clock_set_back(void **state)
{
	struct callerid id;
	int64_t until_us, now_us = test_now_us + 365 * DAY_US;

	(void)state;
	callerid_defaults(&id);
	for (int i = 0; i < CALLERID_MINUTE_MAX; i++)
		callerid_count(&id.use, now_us);
	assert_int_equal(callerid_state(&id, test_now_us, &until_us), CALLERID_CAPPED);
	assert_true(until_us <= test_now_us + 63 * SEC_US);
	callerid_roll(&id.use, test_now_us);
	assert_int_equal(callerid_state(&id, until_us, &until_us), CALLERID_FINE);
}

struct old_use {
	uint32_t words[10];
	uint64_t number;
};

static int put_old_in(struct db_txn *txn, void *arg)
{
	const struct old_use *use = arg;
	struct db_key key = key_u64(use->number);
	struct enc enc;

	enc_start(&enc, 1);
	for (int i = 0; i < 10; i++)
		enc_u32(&enc, use->words[i]);
	enc_u64(&enc, 77);
	record_put(txn, T_CALLERID_USE, &key, &enc);
	return 0;
}

/* A store of the program that counted by UTC minute, day and week: its counts hold on from the moment that they are read. */
static void CLI_3_records_of_version_1(void **state)
{
	struct callerid id = add("+861058880001", "p"), after;
	int64_t now_us = test_now_us, until_us;
	struct old_use old = {.words = {(uint32_t)(now_us / (60 * SEC_US)), (uint32_t)(now_us / DAY_US),
				      (uint32_t)(now_us / (7 * DAY_US)), 3, CALLERID_DAY_MAX, 300, 9, 8, 7, 1},
		.number = number_of(id.number)};

	(void)state;
	assert_int_equal(db_change(test_store->db, put_old_in, &old), 0);
	assert_int_equal(callerid_get(test_store, id.number, &after), 0);
	assert_int_equal(callerid_state(&after, now_us, &until_us), CALLERID_CAPPED);
	assert_true(until_us <= now_us + DAY_US + DAY_US / SPAN_PARTS);
	callerid_roll(&after.use, now_us);
	assert_int_equal(callerid_used(&after.use, CALLERID_MINUTE), 3);
	assert_int_equal(callerid_used(&after.use, CALLERID_WEEK), 300);
	assert_int_equal(after.use.finished, 9);
	assert_int_equal(after.use.blocked, 1);
	assert_int_equal(after.use.attempts, 77);
	assert_int_equal(callerid_state(&after, until_us, &until_us), CALLERID_FINE);
}

static void alarms(void **state)
{
	(void)state;
	assert_null(callerid_alarm(&(struct callerid_use){.finished = 100, .blocked = 2, .answered = 40, .brief = 40}));
	assert_null(callerid_alarm(&(struct callerid_use){.finished = 100, .blocked = 4, .answered = 40}));
	assert_non_null(callerid_alarm(&(struct callerid_use){.finished = 100, .blocked = 5, .answered = 40}));
	assert_non_null(callerid_alarm(&(struct callerid_use){.finished = 100, .answered = 50, .brief = 30}));
	assert_null(callerid_alarm(&(struct callerid_use){.finished = 199, .answered = 0}));
	assert_non_null(callerid_alarm(&(struct callerid_use){.finished = 200, .answered = 5}));
	assert_null(callerid_alarm(&(struct callerid_use){.finished = 200, .answered = 6}));
	assert_int_equal(callerid_near("+86138", "+86139"), 5);
}

#define T(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(CLI_1_only_with_a_current_right), T(CLI_1_a_rule_pack_demands_a_record),
		T(CLI_2_no_other_number_after_a_block),
		T(CLI_3_one_number_a_person),
		T(CLI_3_caps),
		T(CLI_3_caps_slide),
		T(CLI_3_clock_set_back),
		T(CLI_3_records_of_version_1),
		T(CLI_3_alarm_quarantines),
		T(who_may_send_no_number_keeps_no_lead_from_others),
		cmocka_unit_test(alarms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
