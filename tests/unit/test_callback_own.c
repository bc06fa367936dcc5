/* test_callback_own.c - personal callbacks: for the seat that agreed them, then for the team, under every rule */
#include "tests/unit/test_leads.h"

#include "campaigns/callback.h"
#include "campaigns/opgroup.h"
#include "campaigns/retry.h"

#define MINUTE_US (60 * SEC_US)
#define GRACE_US (15 * MINUTE_US) /* the default */

static char why[WHY_BYTES];

static struct campaign running(void)
{
	struct campaign campaign = test_campaign();
	struct seat seat = test_seat();

	strcpy(seat.login, "a2");
	assert_int_equal(seat_put(test_store, &seat, true, why), 0);
	for (uint32_t i = 1; i <= 3; i++)
		lead_of(campaign.list, i, "1", 65000);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(campaign_get(test_store, "c", &campaign), 0);
	return campaign;
}

static struct lead get(uint64_t id)
{
	struct lead lead;

	assert_int_equal(lead_get(test_store, id, &lead), 0);
	return lead;
}

/* --- what an engine does for a seat that is ready */

static struct callback_search look_behind(const char *seat, uint32_t campaign, struct callback_place after)
{
	struct callback_search search = {
		.seat = seat, .campaigns = &campaign, .campaign_count = 1, .now_us = test_now_us, .after = after};
	int err = callback_search(test_store, &search);

	assert_true(err == 0 || (err == ERR_UNKNOWN && !search.lead));
	assert_true(err || search.campaign == campaign);
	search.campaigns = NULL;
	return search;
}

static struct callback_search look(const char *seat, uint32_t campaign)
{
	return look_behind(seat, campaign, (struct callback_place){0});
}

/* True: claimed, into *attempt. */
static bool claim_for(const char *seat, uint32_t campaign, uint64_t lead, struct attempt *attempt)
{
	struct opgroup group = {0};
	bool claimed;

	assert_int_equal(opgroup_init(&group, test_store), 0);
	group.count = 1;
	group.ops[0] = (struct op){.kind = OP_CLAIM_OWN, .campaign = campaign, .count = 1, .own = {.lead = lead}};
	strcpy(group.ops[0].own.seat, seat);
	assert_int_equal(opgroup_run(&group), 0);
	assert_int_equal(group.out_count, 1);
	assert_string_equal(group.out[0].seat, seat);
	claimed = group.out[0].kind == WRITER_CLAIMED;
	*attempt = group.out[0].attempt;
	opgroup_fini(&group);
	return claimed;
}

static struct attempt claimed_for(const char *seat, uint32_t campaign)
{
	struct callback_search search = look(seat, campaign);
	struct attempt attempt;

	assert_int_not_equal(search.lead, 0);
	assert_true(claim_for(seat, campaign, search.lead, &attempt));
	assert_int_equal(attempt.lead, search.lead);
	return attempt;
}

static bool team_gets(uint32_t campaign, uint64_t lead)
{
	struct claim_test test = claim(campaign, MANY);
	bool got = false;

	for (uint32_t i = 0; i < test.got; i++) {
		got |= test.attempts[i].lead == lead;
		if (test.attempts[i].lead != lead)
			finish(&test.attempts[i], OUTCOME_NO_ANSWER);
	}
	return got;
}

static uint64_t agree(const struct campaign *campaign, int64_t at_us, int64_t grace_us)
{
	uint64_t id = lead_of(campaign->list, 9, "", 0);

	if (callback_add_own(test_store, id, at_us, "a1", grace_us, why))
		fail_msg("%s", why);
	return id;
}

/* --- the seat, then the team */

static void the_seat_gets_it_when_it_is_due(void **state)
{
	struct campaign campaign = running();
	uint64_t id = agree(&campaign, test_now_us + 10 * MINUTE_US, CALLBACK_GRACE_CAMPAIGN);
	struct callback_search search = look("a1", campaign.id);
	struct attempt attempt;

	(void)state;
	assert_true(!search.lead && !search.waits && search.next_us == test_now_us + 10 * MINUTE_US);
	assert_int_equal(callback_team_us(&(struct lead){0}), 0);
	assert_int_equal(callback_team_us(&(struct lead){.callback_own = true, .due_us = RETRY_NEVER_US}), -1);
	assert_false(claim_for("a1", campaign.id, id, &attempt)); /* too early */
	test_now_us += 10 * MINUTE_US;
	assert_false(team_gets(campaign.id, id));
	search = look("a2", campaign.id); /* another seat's are none of its business */
	assert_true(!search.lead && !search.waits && !search.next_us);
	assert_false(claim_for("a2", campaign.id, id, &attempt));
	attempt = claimed_for("a1", campaign.id);
	assert_int_equal(attempt.lead, id);
	assert_int_equal(get(id).state, LEAD_ACTIVE);
	search = look("a1", campaign.id);
	assert_true(!search.lead && !search.waits);
	assert_false(claim_for("a1", campaign.id, id, &attempt)); /* never twice */
}

static void the_team_gets_it_after_the_grace(void **state)
{
	struct campaign campaign = running();
	uint64_t id = agree(&campaign, test_now_us, CALLBACK_GRACE_CAMPAIGN);
	struct claim_test test;

	(void)state;
	assert_false(team_gets(campaign.id, id));
	test_now_us += GRACE_US - SEC_US;
	assert_false(team_gets(campaign.id, id));
	assert_int_equal(look("a1", campaign.id).lead, id); /* the seat may still have it, */
	test_now_us += SEC_US;
	assert_int_equal(look("a1", campaign.id).lead, id); /* also when the team may */
	test = claim(campaign.id, 1);
	assert_int_equal(test.attempts[0].lead, id); /* first of all */
	finish(&test.attempts[0], OUTCOME_BUSY);
	assert_true(get(id).callback_own); /* nobody was reached: it is the seat's own again */
	assert_int_equal(get(id).callback_us, test_now_us + 10 * MINUTE_US);
	test_now_us += 10 * MINUTE_US;
	assert_false(team_gets(campaign.id, id));
	test.attempts[0] = claimed_for("a1", campaign.id);
	finish(&test.attempts[0], OUTCOME_CONNECTED);
	assert_true(get(id).state == LEAD_DONE && !get(id).callback_us && !get(id).callback_own);
}

static void never_means_never(void **state)
{
	struct campaign campaign = running();
	uint64_t id = agree(&campaign, test_now_us, CALLBACK_GRACE_NEVER);
	struct campaign_left left;
	struct claim_test test;
	char text[640];

	(void)state;
	for (int day = 0; day < 30; day++, test_now_us += DAY_US)
		assert_false(team_gets(campaign.id, id));
	test = claim(campaign.id, MANY);
	assert_true(test.got == 0 && !test.finished); /* the campaign is not over while it waits */
	assert_int_equal(test.next_us, 0);
	assert_int_equal(campaign_left(test_store, &campaign, test_now_us, 0, &left), 0);
	assert_true(left.later == 1 && left.next_us == 0);
	assert_int_equal(test_ask(&campaign, id, text), CLAIM_RESERVED);
	assert_non_null(strstr(text, "seat a1's own"));
	assert_non_null(strstr(text, "gets it never"));
	assert_int_equal(claimed_for("a1", campaign.id).lead, id);
}

static void its_own_grace_and_the_campaigns(void **state)
{
	struct campaign campaign = running(), other = campaign;
	uint64_t id;

	(void)state;
	strcpy(other.name, "c2");
	other.callback_grace_us = 5 * MINUTE_US;
	assert_int_equal(campaign_create(test_store, &other, why), 0);
	campaign.callback_grace_us = CALLBACK_GRACE_NEVER;
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	id = agree(&campaign, test_now_us, CALLBACK_GRACE_CAMPAIGN);
	assert_int_equal(get(id).due_us, test_now_us + 5 * MINUTE_US); /* the shortest */
	assert_int_equal(callback_add_own(test_store, id, test_now_us, "a1", 2 * MINUTE_US, why), 0);
	assert_int_equal(get(id).due_us, test_now_us + 2 * MINUTE_US);
	campaign.callback_grace_us = 31 * DAY_US;
	assert_int_equal(campaign_update(test_store, &campaign, why), ERR_RANGE);
	assert_int_equal(campaign_get(test_store, "c", &campaign), 0);
	assert_int_equal(campaign.callback_grace_us, CALLBACK_GRACE_NEVER);
}

static void nobody_would_call_it(void **state)
{
	struct campaign campaign = running();
	struct seat seat = test_seat();
	uint64_t id = lead_of(campaign.list, 9, "", 0);

	(void)state;
	strcpy(seat.login, "b1");
	strcpy(seat.team, "blue");
	assert_int_equal(seat_put(test_store, &seat, true, why), 0);
	assert_int_equal(callback_add_own(test_store, id, test_now_us, "b1", CALLBACK_GRACE_CAMPAIGN, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "team blue"));
	assert_int_equal(callback_add_own(test_store, id, test_now_us, "b2", CALLBACK_GRACE_CAMPAIGN, why), ERR_UNKNOWN);
	assert_int_equal(callback_add_own(test_store, id, test_now_us, "", CALLBACK_GRACE_CAMPAIGN, why), ERR_UNKNOWN);
	assert_int_equal(get(id).callback_us, 0);
	campaign.mode = CAMPAIGN_AGENTLESS; /* it has a team's name, and connects nobody */
	snprintf(campaign.message, sizeof(campaign.message), "%s/data.mdb", test_dir);
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(callback_add_own(test_store, id, test_now_us, "a1", CALLBACK_GRACE_CAMPAIGN, why), ERR_WRONG_STATE);
}

/* --- what the agent says */

static void the_agents_word_makes_it_his(void **state)
{
	struct campaign campaign = running();
	struct claim_test test = claim(campaign.id, 1);
	struct attempt end = test.attempts[0];
	struct lead lead;

	(void)state;
	strcpy(end.disposition, "personal_callback");
	strcpy(end.seat, "a1");
	finish(&end, OUTCOME_CONNECTED);
	lead = get(end.lead);
	assert_true(lead.state == LEAD_READY && lead.callback_own);
	assert_string_equal(lead.callback_seat, "a1");
	assert_int_equal(lead.callback_us, test_now_us + DAY_US);
	assert_int_equal(lead.due_us, test_now_us + DAY_US + GRACE_US);
	test_now_us += DAY_US;
	assert_false(team_gets(campaign.id, end.lead));
	assert_int_equal(claimed_for("a1", campaign.id).lead, end.lead);
}

static int dispose_in(struct db_txn *txn, void *arg)
{
	return attempt_dispose(txn, 1, arg, test_now_us);
}

static void dispose(const char *word)
{
	assert_int_equal(db_change(test_store->db, dispose_in, (void *)(uintptr_t)word), 0);
}

/* In the wrap-up time, one word after the other: the last one counts. */
static void another_word_makes_it_the_teams(void **state)
{
	struct campaign campaign = running();
	struct attempt end = claim(campaign.id, 1).attempts[0];
	uint64_t count;

	(void)state;
	assert_int_equal(end.id, 1);
	strcpy(end.seat, "a1");
	finish(&end, OUTCOME_CONNECTED);
	dispose("personal_callback");
	assert_true(get(end.lead).callback_own);
	dispose("callback");
	assert_true(get(end.lead).callback_us == test_now_us + DAY_US && !get(end.lead).callback_own);
	assert_int_equal(get(end.lead).due_us, get(end.lead).callback_us);
	assert_int_equal(callback_count_own(test_store, "a1", &count), 0);
	assert_int_equal(count, 0);
	dispose("personal_callback");
	dispose("contact");
	assert_true(get(end.lead).state == LEAD_DONE && !get(end.lead).callback_own);
	assert_int_equal(callback_count_own(test_store, "a1", &count), 0);
	assert_int_equal(count, 0);
}

/*
 * Agreed with the tool in the wrap-up time: its time, its seat and its grace stand, whatever the agent says then, but for
 * do-not-call.
 */
static void a_later_word_leaves_the_agreed_one(void **state)
{
	struct campaign campaign = running();
	struct attempt end = claim(campaign.id, 1).attempts[0];
	int64_t at_us = test_now_us + 3 * DAY_US;
	uint64_t count;

	(void)state;
	strcpy(end.seat, "a2");
	finish(&end, OUTCOME_CONNECTED);
	assert_int_equal(callback_add_own(test_store, end.lead, at_us, "a1", 5 * MINUTE_US, why), 0);
	for (const char *const *word = (const char *const[]){"callback", "personal_callback", "contact", NULL}; *word; word++) {
		dispose(*word);
		assert_true(get(end.lead).callback_own && get(end.lead).callback_us == at_us &&
			    get(end.lead).due_us == at_us + 5 * MINUTE_US);
		assert_string_equal(get(end.lead).callback_seat, "a1");
	}
	dispose("do_not_call");
	assert_true(get(end.lead).state == LEAD_DONE && !get(end.lead).callback_us);
	assert_int_equal(callback_count_own(test_store, "a1", &count), 0);
	assert_int_equal(count, 0);
}

/* --- every rule holds */

static void every_rule_holds(void **state)
{
	struct campaign campaign = running();
	uint64_t id = agree(&campaign, test_now_us, CALLBACK_GRACE_NEVER);
	struct attempt attempt;
	bool was;

	(void)state;
	campaign.window = (struct window){13 * 60, 20 * 60, 0x7f}; /* it is noon there */
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	assert_true(look("a1", campaign.id).lead == 0 && look("a1", campaign.id).waits);
	assert_false(claim_for("a1", campaign.id, id, &attempt));
	assert_true(get(id).state == LEAD_READY && get(id).callback_own);
	test_now_us += 60 * MINUTE_US;
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_PAUSED, why), 0);
	assert_false(claim_for("a1", campaign.id, id, &attempt));
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(list_set_state(test_store, "l", LIST_OFF, why), 0);
	assert_false(claim_for("a1", campaign.id, id, &attempt));
	assert_int_equal(list_set_state(test_store, "l", LIST_ON, why), 0);
	assert_int_equal(dnc_add(test_store, "+8613800000009", &was), 0);
	assert_int_equal(look("a1", campaign.id).lead, id); /* that is for good: the claim puts it away */
	assert_false(claim_for("a1", campaign.id, id, &attempt));
	assert_int_equal(get(id).state, LEAD_SUPPRESSED);
	assert_false(look("a1", campaign.id).waits);
	assert_int_equal(dnc_remove(test_store, "+8613800000009", &was), 0);
	assert_int_equal(claimed_for("a1", campaign.id).lead, id);
}

/* What never left comes back to the seat, and to the team when the grace is over; the agent's "next" does so after a while. */
static void nothing_came_of_it(void **state)
{
	struct campaign campaign = running();
	int64_t at_us = test_now_us;
	uint64_t id = agree(&campaign, at_us, CALLBACK_GRACE_CAMPAIGN);
	struct claim_test test = {.end = claimed_for("a1", campaign.id)};

	(void)state;
	test_now_us += MINUTE_US;
	test.end.outcome = OUTCOME_CANCELLED;
	assert_int_equal(db_change(test_store->db, finish_in, &test), 0);
	assert_true(get(id).callback_us == at_us && get(id).due_us == at_us + GRACE_US && get(id).attempts == 0);
	assert_false(team_gets(campaign.id, id));
	test.end = claimed_for("a1", campaign.id);
	test.end.outcome = OUTCOME_SKIPPED;
	assert_int_equal(db_change(test_store->db, finish_in, &test), 0);
	assert_int_equal(get(id).callback_us, test_now_us + 60 * MINUTE_US);
	assert_int_equal(get(id).due_us, get(id).callback_us + GRACE_US);
	assert_true(get(id).callback_own && get(id).attempts == 0);
}

static void a_crash_is_an_attempt(void **state)
{
	struct campaign campaign = running();
	uint64_t id = agree(&campaign, test_now_us, CALLBACK_GRACE_CAMPAIGN), recovered, damaged;

	(void)state;
	claimed_for("a1", campaign.id);
	test_reopen();
	assert_int_equal(recover_active(test_store, &recovered, &damaged), 0);
	assert_int_equal(recovered, 1);
	assert_true(get(id).state == LEAD_READY && get(id).callback_own && get(id).attempts == 1);
	/* nobody knows: it rests, and is the seat's again */
	assert_int_equal(get(id).callback_us, test_now_us + RETRY_CRASH_S_MIN * SEC_US);
	assert_false(look("a1", campaign.id).waits);
	test_now_us = get(id).callback_us;
	assert_int_equal(claimed_for("a1", campaign.id).lead, id);
}

/* --- behind many that may not be dialled */

/* On a list whose campaign, of the same team, is not running. */
static uint32_t resting_list(const struct campaign *campaign)
{
	struct campaign other = *campaign;
	uint32_t list;

	assert_int_equal(list_create(test_store, "resting", "CN", &list, why), 0);
	strcpy(other.name, "c2");
	other.list = list;
	other.list_count = 0;
	assert_int_equal(campaign_create(test_store, &other, why), 0);
	return list;
}

static uint64_t agree_on(uint32_t list, uint32_t number, int64_t at_us)
{
	uint64_t id = lead_of(list, number, "", 0);

	if (callback_add_own(test_store, id, at_us, "a1", CALLBACK_GRACE_NEVER, why))
		fail_msg("%s", why);
	return id;
}

/* One look is bounded; the looks together come to each, and begin anew. */
static void each_is_looked_at(void **state)
{
	enum { BLOCKED = 2 * CALLBACK_LOOKS_MAX + 5 };
	struct campaign campaign = running();
	uint32_t list = resting_list(&campaign);
	struct callback_search search = {0};

	(void)state;
	for (uint32_t i = 0; i < BLOCKED; i++)
		agree_on(list, 100 + i, test_now_us);
	uint64_t two = agree_on(campaign.list, 99, test_now_us + 2 * MINUTE_US),
		 one = agree_on(campaign.list, 98, test_now_us + MINUTE_US);
	agree_on(campaign.list, 97, test_now_us + 3 * MINUTE_US);
	int64_t next_us = test_now_us + 3 * MINUTE_US;

	test_now_us += 2 * MINUTE_US;
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < 2; i++) {
			search = look_behind("a1", campaign.id, search.after);
			assert_true(!search.lead && search.waits && search.after.lead && !search.next_us);
		}
		search = look_behind("a1", campaign.id, search.after);
		assert_int_equal(search.lead, one);
		search = look_behind("a1", campaign.id, search.after); /* whether or not it was claimed */
		assert_true(search.lead == two && !search.after.lead && search.next_us == next_us);
	}
	for (int i = 0; i < 3; i++)
		search = look_behind("a1", campaign.id, search.after);
	struct attempt attempt;

	assert_true(claim_for("a1", campaign.id, one, &attempt) && claim_for("a1", campaign.id, two, &attempt));
	search = look_behind("a1", campaign.id, search.after); /* the place is there no more */
	assert_true(!search.lead && search.waits && !search.after.lead && search.next_us == next_us);
}

/* --- ill, or gone */

static void release_gives_all_to_the_team(void **state)
{
	struct campaign campaign = running();
	uint64_t count, ids[250];

	(void)state;
	for (uint32_t i = 0; i < 250; i++) { /* more than one transaction does */
		ids[i] = lead_of(campaign.list, 100 + i, "", 0);
		assert_int_equal(callback_add_own(test_store, ids[i], test_now_us + (i & 1) * MINUTE_US, i < 240 ? "a1" : "a2",
					 CALLBACK_GRACE_NEVER, why),
			0);
	}
	assert_int_equal(seat_remove(test_store, "a1", why), 0);
	assert_int_equal(callback_count_own(test_store, "a1", &count), 0);
	assert_int_equal(count, 240);
	assert_int_equal(callback_release(test_store, "a1", &count, why), 0);
	assert_int_equal(count, 240);
	assert_int_equal(callback_release(test_store, "a1", &count, why), 0);
	assert_int_equal(count, 0);
	assert_int_equal(callback_release(test_store, "a 1", &count, why), ERR_RANGE);
	assert_true(!get(ids[0]).callback_own && get(ids[0]).callback_us && get(ids[249]).callback_own);
	test_now_us += MINUTE_US;
	for (int i = 0; i < 4; i++)
		assert_int_equal(claim(campaign.id, 60).got, 60); /* first of all */
	assert_int_equal(get(ids[239]).state, LEAD_ACTIVE);
	assert_int_equal(get(ids[240]).state, LEAD_READY);
	assert_int_equal(callback_count_own(test_store, "a2", &count), 0);
	assert_int_equal(count, 10);
}

static void cancelled_it_waits_like_any_other(void **state)
{
	struct campaign campaign = running();
	uint64_t id = agree(&campaign, test_now_us, CALLBACK_GRACE_NEVER), count;

	(void)state;
	assert_int_equal(callback_cancel(test_store, id, why), 0);
	assert_int_equal(callback_count_own(test_store, "a1", &count), 0);
	assert_true(count == 0 && !get(id).callback_own && get(id).due_us == test_now_us);
	assert_true(team_gets(campaign.id, id));
}

/* Many changes at random: the seat's index has exactly the READY leads that are its own, before and after a restart. */
static uint64_t own_leads(uint32_t leads)
{
	uint64_t sum = 0;

	for (uint64_t id = 1; id <= leads; id++)
		sum += get(id).callback_own && get(id).state == LEAD_READY;
	return sum;
}

static void the_index_is_what_the_leads_say(void **state)
{
	static const enum outcome ends[] = {
		OUTCOME_BUSY, OUTCOME_NO_ANSWER, OUTCOME_CONNECTED, OUTCOME_CANCELLED, OUTCOME_SKIPPED, OUTCOME_MACHINE};
	static const char *const words[] = {"", "callback", "personal_callback", "wrong_number", "do_not_call"};
	struct campaign campaign = running();
	uint64_t seed = 1, count, served = 0;

	(void)state;
	campaign.attempts_max = 50;
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	for (uint32_t i = 4; i <= 40; i++)
		lead_of(campaign.list, i, "", 0);
	for (int step = 0; step < 400; step++) {
		uint64_t dice = seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		uint64_t id = 1 + (dice >> 33) % 40;
		struct claim_test test = {0};
		int err = 0;

		switch ((dice >> 20) % 4) {
		case 0:
			err = callback_add_own(test_store, id, test_now_us + (int64_t)(dice >> 40) % (60 * MINUTE_US), "a1",
				CALLBACK_GRACE_CAMPAIGN, why);
			assert_true(!err || err == ERR_WRONG_STATE);
			break;
		case 1:
			err = callback_cancel(test_store, id, why);
			assert_true(!err || err == ERR_WRONG_STATE);
			break;
		case 2:
			test.end.lead = look("a1", campaign.id).lead;
			if (!test.end.lead || !claim_for("a1", campaign.id, test.end.lead, &test.end))
				break;
			served++;
			strcpy(test.end.seat, "a1");
			strcpy(test.end.disposition, words[(dice >> 24) % 5]);
			finish(&test.end, ends[(dice >> 28) % 6]);
			break;
		case 3:
			test_now_us += (int64_t)(dice >> 36) % (20 * MINUTE_US);
			if (step % 50 == 3)
				test_reopen();
			break;
		}
		assert_int_equal(callback_count_own(test_store, "a1", &count), 0);
		assert_int_equal(count, own_leads(40));
	}
	assert_true(served > 40);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_seat_gets_it_when_it_is_due),
		TEST(the_team_gets_it_after_the_grace),
		TEST(never_means_never),
		TEST(its_own_grace_and_the_campaigns),
		TEST(nobody_would_call_it),
		TEST(the_agents_word_makes_it_his),
		TEST(another_word_makes_it_the_teams),
		TEST(a_later_word_leaves_the_agreed_one),
		TEST(every_rule_holds),
		TEST(nothing_came_of_it),
		TEST(a_crash_is_an_attempt),
		TEST(each_is_looked_at),
		TEST(release_gives_all_to_the_team),
		TEST(cancelled_it_waits_like_any_other),
		TEST(the_index_is_what_the_leads_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
