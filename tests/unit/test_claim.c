/* test_claim.c - the check, the claim, and what becomes of the lead */
#include "tests/unit/test_store.h"

#include "base/prng.h"
#include "campaigns/opgroup.h"
#include "campaigns/tables.h"

struct claim_test {
	struct claim_run run;
	uint32_t campaign, count, got;
	struct attempt attempts[16];
	struct lead leads[16];
	int64_t next_us;
	bool finished;
	struct attempt end;
	int err;
};

static int claim_in(struct db_txn *txn, void *arg)
{
	struct claim_test *test = arg;

	claim_start(&test->run, test_store, txn, test->campaign, test_now_us);
	for (test->got = 0; test->got < test->count; test->got++)
		if (!claim_next(&test->run, txn, &test->attempts[test->got], &test->leads[test->got]))
			break;
	claim_rest(&test->run, txn, &test->next_us, &test->finished);
	return 0;
}

/* At most 16 leads, in one transaction as the storage thread does it. */
static struct claim_test claim(uint32_t campaign, uint32_t count)
{
	struct claim_test test = {.campaign = campaign, .count = count};

	assert_int_equal(db_change(test_store->db, claim_in, &test), 0);
	claim_fini(&test.run);
	return test;
}

static int finish_in(struct db_txn *txn, void *arg)
{
	struct claim_test *test = arg;

	test->err = attempt_finish(txn, &test->end, test_now_us);
	return 0;
}

static int finish(struct attempt attempt, enum outcome outcome, const char *disposition)
{
	struct claim_test test = {.end = attempt};

	test.end.outcome = outcome;
	test.end.invite_us = attempt.intent_us;
	strcpy(test.end.disposition, disposition);
	assert_int_equal(db_change(test_store->db, finish_in, &test), 0);
	return test.err;
}

static struct lead get(uint64_t id)
{
	struct lead lead;

	assert_int_equal(lead_get(test_store, id, &lead), 0);
	return lead;
}

static struct campaign running(void)
{
	struct campaign campaign = test_campaign();

	test_lead(campaign.list, "+8613800000001", 0, test_shanghai);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL), 0);
	campaign.state = CAMPAIGN_RUNNING;
	return campaign;
}

static enum claim_reason reason_of(const struct campaign *campaign, uint64_t id)
{
	struct explanation explanation;
	struct lead lead = get(id);

	assert_int_equal(explain_lead(test_store, campaign, &lead, test_now_us, &explanation), 0);
	assert_true(strlen(explanation.text) > 10);
	return explanation.reason;
}

static void claim_writes_an_intent(void **state)
{
	struct campaign campaign = running(), now;
	struct attempt stored;
	struct claim_test test;
	char call_id[64];

	(void)state;
	test = claim(campaign.id, 4);
	assert_int_equal(test.got, 1);
	assert_false(test.finished);
	assert_string_equal(test.attempts[0].e164, "+8613800000001");
	assert_string_equal(test.attempts[0].caller_id, "+862112345678");
	assert_int_equal(test.attempts[0].number, 1);
	assert_int_equal(get(1).state, LEAD_ACTIVE);
	test_reopen();
	assert_int_equal(attempt_get(test_store, test.attempts[0].id, &stored), 0);
	assert_int_equal(stored.outcome, OUTCOME_NONE);
	assert_int_equal(stored.intent_us, test_now_us);
	assert_int_equal(stored.lead, 1);
	attempt_call_id(test_store, stored.id, call_id);
	assert_non_null(strstr(call_id, "@outdial"));
	assert_int_equal(campaign_get(test_store, "c", &now), 0);
	assert_int_equal(now.first_dial_us, test_now_us);
	assert_int_equal(reason_of(&campaign, 1), CLAIM_ACTIVE);
	assert_int_equal(claim(campaign.id, 4).got, 0);
}

static void outcome_exactly_once(void **state)
{
	struct campaign campaign = running();
	struct claim_test test = claim(campaign.id, 1);
	struct attempt stored, unknown = test.attempts[0];
	struct list list;

	(void)state;
	assert_int_equal(finish(test.attempts[0], OUTCOME_CONNECTED, "promise"), 0);
	assert_int_equal(finish(test.attempts[0], OUTCOME_BUSY, ""), ERR_EXISTS);
	unknown.id = 99;
	assert_int_equal(finish(unknown, OUTCOME_BUSY, ""), ERR_UNKNOWN);
	assert_int_equal(attempt_get(test_store, test.attempts[0].id, &stored), 0);
	assert_int_equal(stored.outcome, OUTCOME_CONNECTED);
	assert_string_equal(stored.disposition, "promise");
	assert_int_equal(stored.end_us, test_now_us);
	assert_int_equal(get(1).state, LEAD_DONE);
	assert_int_equal(get(1).attempts, 1);
	assert_int_equal(list_get(test_store, "l", &list), 0);
	assert_int_equal(list.done, 1);
	assert_true(claim(campaign.id, 1).finished);
}

static void retries_until_attempts_are_used_up(void **state)
{
	struct campaign campaign = running();
	struct claim_test test;

	(void)state;
	for (uint32_t i = 1; i <= 3; i++) {
		test = claim(campaign.id, 1);
		assert_int_equal(test.got, 1);
		assert_int_equal(test.attempts[0].number, i);
		assert_int_equal(finish(test.attempts[0], OUTCOME_BUSY, ""), 0);
		if (i == 3)
			break;
		assert_int_equal(reason_of(&campaign, 1), CLAIM_NOT_DUE);
		test = claim(campaign.id, 1);
		assert_int_equal(test.got, 0);
		assert_false(test.finished);
		assert_int_equal(test.next_us, test_now_us + campaign.retry_s[OUTCOME_BUSY] * SEC_US);
		test_now_us = test.next_us;
	}
	assert_int_equal(get(1).state, LEAD_DONE);
	assert_int_equal(reason_of(&campaign, 1), CLAIM_DONE);
	assert_true(claim(campaign.id, 1).finished);
}

static void priority_then_age(void **state)
{
	struct campaign campaign = running();
	struct claim_test test;

	(void)state;
	test_now_us += 5 * SEC_US;
	test_lead(campaign.list, "+8613800000002", 7, test_shanghai);
	test_lead(campaign.list, "+8613800000003", 0, test_shanghai);
	test_lead(campaign.list, "+8613800000004", 7, (const char *const[]){"Asia/Shanghai", "Asia/Urumqi", NULL});
	test = claim(campaign.id, 8);
	assert_int_equal(test.got, 4);
	assert_string_equal(test.attempts[0].e164, "+8613800000002");
	assert_string_equal(test.attempts[1].e164, "+8613800000004");
	assert_string_equal(test.attempts[2].e164, "+8613800000001");
	assert_string_equal(test.attempts[3].e164, "+8613800000003");
	assert_string_equal(lead_field(&test.leads[0], "name"), "Li");
}

static void numbers_take_turns_and_die(void **state)
{
	struct campaign campaign = running();
	const char *const expected[] = {"+8613800000011", "+8613800000012", "+8613800000011"};
	uint64_t id;

	(void)state;
	finish(claim(campaign.id, 1).attempts[0], OUTCOME_CONNECTED, "");
	id = test_lead(campaign.list, "+8613800000011,+8613800000012", 0, test_shanghai);
	for (int i = 0; i < 3; i++) {
		struct claim_test test = claim(campaign.id, 1);

		assert_string_equal(test.attempts[0].e164, expected[i]);
		finish(test.attempts[0], i == 1 ? OUTCOME_DEAD_NUMBER : OUTCOME_NO_ANSWER, "");
		test_now_us += DAY_US;
	}
	assert_true(get(id).phones[1].dead);
	assert_int_equal(get(id).state, LEAD_DONE);
}

static void all_dead_is_done(void **state)
{
	struct campaign campaign = running();

	(void)state;
	finish(claim(campaign.id, 1).attempts[0], OUTCOME_DEAD_NUMBER, "");
	assert_int_equal(get(1).state, LEAD_DONE);
	assert_true(claim(campaign.id, 1).finished);
}

static void dnc_at_claim(void **state)
{
	struct campaign campaign = running();
	struct claim_test test;
	struct list list;
	uint64_t two;
	bool there;

	(void)state;
	two = test_lead(campaign.list, "+8613800000021,+8613800000022", 0, test_shanghai);
	assert_int_equal(dnc_add(test_store, "+8613800000001", NULL), 0);
	assert_int_equal(dnc_add(test_store, "+8613800000021", NULL), 0);
	assert_int_equal(reason_of(&campaign, 1), CLAIM_DNC);
	test = claim(campaign.id, 4);
	assert_int_equal(test.got, 1);
	assert_string_equal(test.attempts[0].e164, "+8613800000022");
	assert_int_equal(test.attempts[0].lead, two);
	assert_int_equal(get(1).state, LEAD_SUPPRESSED);
	assert_int_equal(list_get(test_store, "l", &list), 0);
	assert_int_equal(list.done, 1);
	assert_int_equal(reason_of(&campaign, 1), CLAIM_DNC);
	assert_int_equal(dnc_remove(test_store, "+8613800000001", &there), 0);
	assert_true(there);
	assert_int_equal(reason_of(&campaign, 1), CLAIM_OK);
	assert_int_equal(claim(campaign.id, 4).got, 1);
	assert_int_equal(list_get(test_store, "l", &list), 0);
	assert_int_equal(list.done, 0);
}

static void one_number_never_twice_at_once(void **state)
{
	struct campaign campaign = running(), other = campaign;
	struct claim_test test;

	(void)state;
	strcpy(other.name, "c2");
	assert_int_equal(list_create(test_store, "l2", "CN", &other.list, NULL), 0);
	assert_int_equal(campaign_create(test_store, &other, NULL), 0);
	assert_true(test_lead(other.list, "+8613800000001", 0, test_shanghai) > 0);
	assert_int_equal(campaign_set_state(test_store, "c2", CAMPAIGN_RUNNING, NULL), 0);
	test = claim(campaign.id, 1);
	assert_int_equal(test.got, 1);
	assert_int_equal(claim(other.id, 1).got, 0);
	finish(test.attempts[0], OUTCOME_BUSY, "");
	test_now_us += 61 * SEC_US;
	assert_int_equal(claim(other.id, 1).got, 1);
}

static void closed_windows_are_not_visited(void **state)
{
	const char *const new_york[] = {"America/New_York", NULL};
	struct campaign campaign = running();
	struct claim_test test;
	struct campaign_left left;
	uint64_t ny, nowhere;

	(void)state;
	campaign.window = (struct window){9 * 60, 20 * 60, 0x3f};
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	ny = test_lead(campaign.list, "+12125550123", 9, new_york); /* 23:00 on Sunday there */
	nowhere = test_lead(campaign.list, "+12125550124", 9, NULL);
	test = claim(campaign.id, 4);
	assert_int_equal(test.got, 1);
	assert_int_equal(test.attempts[0].lead, 1);
	assert_int_equal(test.next_us, test_now_us + 10 * 3600 * SEC_US);
	assert_int_equal(reason_of(&campaign, ny), CLAIM_WINDOW);
	assert_int_equal(reason_of(&campaign, nowhere), CLAIM_ZONE_UNKNOWN);
	assert_int_equal(campaign_left(test_store, &campaign, test_now_us, 0, &left), 0);
	assert_int_equal(left.ready_closed, 2);
	assert_int_equal(left.ready_open, 0);
	assert_int_equal(left.active, 1);
	assert_int_equal(left.next_us, test.next_us);
	test_now_us = test.next_us;
	assert_int_equal(claim(campaign.id, 4).attempts[0].lead, ny);
}

/*
 * An agent looks at the lead for a while: the same rules hold at the moment of the INVITE, its own intent does not stand in its
 * way.
 */
static void WIN_1_an_intent_that_waits_is_asked_again(void **state)
{
	struct campaign campaign = running();
	struct attempt attempt;
	enum claim_reason reason;
	bool there;

	(void)state;
	campaign.window = (struct window){9 * 60, 20 * 60, 0x3f};
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	attempt = claim(campaign.id, 1).attempts[0];
	assert_int_equal(attempt_still_allowed(test_store, &attempt, test_now_us, &reason), 0);
	assert_int_equal(reason, CLAIM_OK);
	assert_int_equal(attempt_still_allowed(test_store, &attempt, test_now_us + 8 * 3600 * SEC_US, &reason), 0);
	assert_int_equal(reason, CLAIM_WINDOW);
	assert_int_equal(dnc_add(test_store, attempt.e164, NULL), 0);
	assert_int_equal(attempt_still_allowed(test_store, &attempt, test_now_us, &reason), 0);
	assert_int_equal(reason, CLAIM_DNC);
	assert_int_equal(dnc_remove(test_store, attempt.e164, &there), 0);
	attempt.lead = 99;
	assert_int_equal(attempt_still_allowed(test_store, &attempt, test_now_us, &reason), 0);
	assert_int_equal(reason, CLAIM_DONE);
}

static void paused_gives_nothing(void **state)
{
	struct campaign campaign = running();

	(void)state;
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_PAUSED, NULL), 0);
	assert_int_equal(claim(campaign.id, 1).got, 0);
	campaign.state = CAMPAIGN_PAUSED;
	assert_int_equal(reason_of(&campaign, 1), CLAIM_CAMPAIGN);
	campaign.state = CAMPAIGN_RUNNING;
	campaign.list++;
	assert_int_equal(reason_of(&campaign, 1), CLAIM_CAMPAIGN);
}

static void dispositions_have_effects(void **state)
{
	struct campaign campaign = running();
	bool listed;

	(void)state;
	finish(claim(campaign.id, 1).attempts[0], OUTCOME_CONNECTED, "callback");
	assert_int_equal(get(1).state, LEAD_READY);
	assert_int_equal(get(1).due_us, test_now_us + DAY_US);
	test_now_us += DAY_US;
	finish(claim(campaign.id, 1).attempts[0], OUTCOME_CONNECTED, "do_not_call");
	assert_int_equal(get(1).state, LEAD_DONE);
	assert_int_equal(dnc_check(test_store, "+8613800000001", &listed), 0);
	assert_true(listed);
	assert_int_equal(dnc_count(test_store), 1);
}

static void cancelled_before_the_invite_is_no_attempt(void **state)
{
	struct campaign campaign = running();
	struct claim_test test = claim(campaign.id, 1);

	(void)state;
	assert_int_equal(recover_unsent(test_store, &test.attempts[0]), 0);
	assert_int_equal(get(1).attempts, 0);
	assert_int_equal(claim(campaign.id, 1).got, 1);
}

static int damage_in(struct db_txn *txn, void *arg)
{
	struct db_key key = key_u64(*(uint64_t *)arg);

	db_put(txn, T_ATTEMPT, &key, "?", 1);
	return 0;
}

static uint32_t claims_of(const struct opgroup *group)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < group->out_count; i++)
		count += group->out[i].kind == WRITER_CLAIMED;
	return count;
}

/*
 * A group that changes the store and claims is undone by its last operation; a tool's change gets the version number that it had.
 */
static void an_undone_group_leaves_no_ruling(void **state)
{
	struct campaign campaign = test_campaign();
	struct opgroup group = {0};
	uint64_t damaged = 7;

	(void)state;
	test_lead(campaign.list, "+8613800000001", 0, test_shanghai);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL), 0);
	assert_int_equal(db_change(test_store->db, damage_in, &damaged), 0);
	assert_int_equal(opgroup_init(&group, test_store), 0);
	group.ops[0] = (struct op){.kind = OP_DNC, .e164 = "+8613900000009"};
	group.ops[1] = (struct op){.kind = OP_CLAIM, .campaign = campaign.id, .count = 1};
	group.ops[2] = (struct op){.kind = OP_OUTCOME, .attempt = {.id = damaged, .outcome = OUTCOME_BUSY}};
	group.count = 3;
	assert_int_equal(opgroup_run(&group), ERR_STORE);

	assert_int_equal(campaign_get(test_store, "c", &campaign), 0);
	campaign.window = (struct window){0, 60, 0x7f};
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	group.ops[0] = group.ops[1];
	group.count = 1;
	assert_int_equal(opgroup_run(&group), 0);
	assert_int_equal(claims_of(&group), 0);
	opgroup_fini(&group);
}

static void fewer_attempts_allowed_finish_the_lead(void **state)
{
	struct campaign campaign = running();

	(void)state;
	finish(claim(campaign.id, 1).attempts[0], OUTCOME_BUSY, "");
	campaign.attempts_max = 1;
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	test_now_us += DAY_US;
	assert_int_equal(reason_of(&campaign, 1), CLAIM_ATTEMPTS);
	assert_int_equal(claim(campaign.id, 1).got, 0);
	assert_int_equal(get(1).state, LEAD_DONE);
}

/* --- any order of events keeps the books */

#define WALK_LEADS 40

struct audit {
	uint64_t ready, sched, active, over;
};

static uint64_t entries(struct db_txn *txn, uint32_t table)
{
	struct db_key from = db_key_empty(), key;
	uint64_t count = 0;

	for (bool there = db_seek(txn, table, &from, &key, NULL); there; there = db_step(txn, table, &key, NULL))
		count++;
	return count;
}

/* Each lead is where its state says and nowhere else; the counts of groups and list are the entries' own. */
static void audit(const struct campaign *campaign)
{
	struct audit sum = {0};
	struct group group;
	struct db_txn txn;
	struct list list;
	struct lead lead;

	db_read_begin(test_store->db, &txn);
	for (uint64_t id = 1; id <= WALK_LEADS; id++) {
		struct db_key ready, sched;
		bool waits;

		assert_true(lead_load(&txn, id, &lead));
		ready = ready_key(&lead);
		sched = sched_key(&lead);
		waits = db_get(&txn, T_READY, &ready, NULL) != db_get(&txn, T_SCHED, &sched, NULL);
		assert_int_equal(waits, lead.state == LEAD_READY);
		sum.active += lead.state == LEAD_ACTIVE;
		sum.over += lead.state == LEAD_DONE || lead.state == LEAD_SUPPRESSED;
	}
	for (int32_t after = -1; group_next(&txn, campaign->list, after, &group); after = group.zones) {
		sum.ready += group.ready;
		sum.sched += group.sched;
	}
	assert_int_equal(sum.ready, entries(&txn, T_READY));
	assert_int_equal(sum.sched, entries(&txn, T_SCHED));
	assert_int_equal(sum.active, entries(&txn, T_ACTIVE));
	assert_int_equal(sum.active, entries(&txn, T_CALLING));
	assert_int_equal(sum.ready + sum.sched + sum.active + sum.over, WALK_LEADS);
	assert_true(list_load(&txn, campaign->list, &list));
	assert_int_equal(list.done, sum.over);
	assert_int_equal(db_read_end(&txn), 0);
}

struct walk {
	struct prng prng;
	struct attempt calls[WALK_LEADS], past[8];
	uint32_t call_count, past_count;
};

static int dispose_in(struct db_txn *txn, void *arg)
{
	struct walk *walk = arg;
	const struct attempt *attempt = &walk->past[prng_below(&walk->prng, walk->past_count)];

	return attempt_dispose(
		txn, attempt->id, disposition_by_digit((char)('1' + prng_below(&walk->prng, 9)))->name, test_now_us);
}

static void walk_finish(struct walk *walk)
{
	uint32_t index = (uint32_t)prng_below(&walk->prng, walk->call_count);
	struct attempt attempt = walk->calls[index];

	assert_int_equal(finish(attempt, (enum outcome)(1 + prng_below(&walk->prng, OUTCOME_COUNT - 1)), ""), 0);
	assert_int_equal(finish(attempt, OUTCOME_BUSY, ""), ERR_EXISTS);
	walk->calls[index] = walk->calls[--walk->call_count];
	walk->past[walk->past_count < 8 ? walk->past_count++ : prng_below(&walk->prng, 8)] = attempt;
}

static void walk_step(struct walk *walk, const struct campaign *campaign)
{
	char number[NUMBER_BYTES];
	struct claim_test test;

	snprintf(number, sizeof(number), "+861380000%04u", (unsigned)prng_below(&walk->prng, WALK_LEADS * 2));
	switch (prng_below(&walk->prng, 8)) {
	case 0:
	case 1:
		test = claim(campaign->id, 1 + (uint32_t)prng_below(&walk->prng, 8));
		memcpy(&walk->calls[walk->call_count], test.attempts, test.got * sizeof(test.attempts[0]));
		walk->call_count += test.got;
		break;
	case 2:
		assert_int_equal(dnc_add(test_store, number, NULL), 0);
		break;
	case 3:
		assert_int_equal(dnc_remove(test_store, number, NULL), 0);
		break;
	case 4:
		test_now_us += (int64_t)prng_below(&walk->prng, (uint64_t)DAY_US);
		break;
	case 5:
		if (walk->past_count)
			assert_int_equal(db_change(test_store->db, dispose_in, walk), 0);
		break;
	default:
		if (walk->call_count)
			walk_finish(walk);
	}
}

static void any_order_keeps_the_books(void **state)
{
	struct campaign campaign = test_campaign();
	struct walk walk = {.call_count = 0};
	struct lead_batch *batch;
	bool duplicate;

	(void)state;
	prng_seed(&walk.prng, 20261116);
	assert_int_equal(lead_batch_open(test_store, campaign.list, &batch), 0);
	for (unsigned i = 0; i < WALK_LEADS; i++) {
		struct lead lead = {.phone_count = 2, .priority = (uint16_t)(i % 3)};

		snprintf(lead.phones[0].e164, NUMBER_BYTES, "+861380000%04u", 2 * i);
		snprintf(lead.phones[1].e164, NUMBER_BYTES, "+861380000%04u", 2 * i + 1);
		assert_int_equal(lead_batch_add(batch, &lead, test_shanghai, &duplicate), 0);
	}
	assert_int_equal(lead_batch_close(batch, WALK_LEADS, 0, 0), 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL), 0);
	for (int step = 0; step < 150; step++) {
		walk_step(&walk, &campaign);
		audit(&campaign);
	}
	assert_true(walk.past_count == 8);
}

#define T(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(claim_writes_an_intent), T(outcome_exactly_once),
		T(retries_until_attempts_are_used_up), T(priority_then_age), T(numbers_take_turns_and_die), T(all_dead_is_done),
		T(dnc_at_claim), T(one_number_never_twice_at_once), T(closed_windows_are_not_visited),
		T(WIN_1_an_intent_that_waits_is_asked_again), T(paused_gives_nothing), T(dispositions_have_effects),
		T(cancelled_before_the_invite_is_no_attempt), T(an_undone_group_leaves_no_ruling),
		T(fewer_attempts_allowed_finish_the_lead), T(any_order_keeps_the_books)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
