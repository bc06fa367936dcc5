/*
 * test_lead_update.c - leads that an upload changes or links while they wait, rest, or are called: indexes, ledgers and the call
 * under way
 */
#include "tests/unit/test_leads.h"

#include "campaigns/import.h"
#include "campaigns/ledger.h"

static void upload(const char *duplicates, const char *text)
{
	struct import_options options = {.list = "l", .region = "CN", .duplicates = duplicates, .again = true};
	struct import_receipt receipt;
	char why[400];

	options.path = test_file("u.csv", text);
	if (import_list(test_store, &options, &receipt, why))
		fail_msg("%s", why);
	assert_int_equal(receipt.read, receipt.accepted + receipt.rejected + receipt.duplicate);
}

static struct lead get(uint64_t id)
{
	struct lead lead;

	assert_int_equal(lead_get(test_store, id, &lead), 0);
	return lead;
}

static void run(struct campaign *campaign)
{
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL), 0);
	assert_int_equal(campaign_get_id(test_store, campaign->id, campaign), 0);
}

/* How often was the person tried, as its ledger says. `open`: attempts whose end is not known. */
static uint32_t tried(uint64_t id, uint32_t *open)
{
	static struct ledger_view view;
	struct lead lead = get(id);
	struct ledger_who who;
	struct db_txn txn;

	*open = 0;
	ledger_who(&lead, &(struct terms){0}, &who);
	db_read_begin(test_store->db, &txn);
	ledger_read(&txn, &who, 0, &view);
	assert_int_equal(db_read_end(&txn), 0);
	for (uint32_t i = 0; i < view.count; i++)
		*open += view.entries[i].events == EVENT_OPEN;
	return view.count;
}

/* A new priority is the next claim's order; the index has one entry a lead. */
static void priority_counts_at_once(void **state)
{
	struct campaign campaign = test_campaign();
	uint64_t first = lead_of(campaign.list, 1, "1", 9), second = lead_of(campaign.list, 2, "1", 5);
	struct claim_test test;

	(void)state;
	run(&campaign);
	upload("update", "phone,priority\n13800000002,20\n");
	test = claim(campaign.id, MANY);
	assert_int_equal(test.got, 2);
	assert_int_equal(test.attempts[0].lead, second);
	assert_int_equal(test.attempts[1].lead, first);
}

/* A filter's view takes up who matches now, and loses who does not. */
static void filters_follow(void **state)
{
	struct campaign campaign = test_campaign();
	uint64_t poor = lead_of(campaign.list, 1, "1", 0), rich = lead_of(campaign.list, 2, "900", 0);
	struct claim_test test;

	(void)state;
	strcpy(campaign.where, "balance > 100");
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	assert_int_equal(campaign_get_id(test_store, campaign.id, &campaign), 0);
	assert_int_equal(campaign_index(test_store, &campaign), 0);
	run(&campaign);
	upload("update", "phone,balance\n13800000001,500\n13800000002,5\n");
	test = claim(campaign.id, MANY);
	assert_int_equal(test.got, 1);
	assert_int_equal(test.attempts[0].lead, poor);
	assert_int_equal(get(rich).state, LEAD_READY);
}

/* The call under way goes on; its end finds the lead and its ledger, whatever numbers it has now. */
static void in_flight_is_not_harmed(void **state)
{
	struct campaign campaign = test_campaign();
	uint64_t id = test_lead(campaign.list, "+8613800000001,+8613800000002", 0, test_shanghai);
	struct claim_test test;
	struct lead lead;
	uint32_t open;

	(void)state;
	run(&campaign);
	test = claim(campaign.id, 1);
	assert_int_equal(test.got, 1);
	upload("update", "phone,phone2,balance,priority\n13800000003,13800000002,7,3\n");
	lead = get(id);
	assert_int_equal(lead.state, LEAD_ACTIVE);
	assert_string_equal(lead.phones[0].e164, "+8613800000003");
	assert_int_equal(tried(id, &open), 1);
	assert_int_equal(open, 1);
	assert_int_equal(claim(campaign.id, 1).got, 0);
	finish(&test.attempts[0], OUTCOME_NO_ANSWER);
	lead = get(id);
	assert_int_equal(lead.state, LEAD_READY);
	assert_int_equal(lead.attempts, 1);
	assert_int_equal(lead.priority, 3);
	assert_int_equal(tried(id, &open), 1);
	assert_int_equal(open, 0);
	test_now_us = lead.due_us;
	test = claim(campaign.id, MANY);
	assert_int_equal(test.got, 1);
	assert_int_equal(test.attempts[0].number, 2);
	upload("update", "phone,balance\n13800000003,8\n"); /* and of one that rests, or is done */
	finish(&test.attempts[0], OUTCOME_CONNECTED);
	upload("update", "phone,balance\n13800000003,9\n");
	lead = get(id);
	assert_int_equal(lead.attempts, 2);
	assert_string_equal(lead_field(&lead, "balance"), "9");
}

/* Who rests goes on resting, and its number that is dead stays so. */
static void rest_and_dead_numbers_stay(void **state)
{
	struct campaign campaign = test_campaign();
	uint64_t id = test_lead(campaign.list, "+8613800000001,+8613800000002", 0, test_shanghai);
	struct claim_test test;
	struct lead lead;

	(void)state;
	run(&campaign);
	test = claim(campaign.id, 1);
	finish(&test.attempts[0], OUTCOME_DEAD_NUMBER);
	lead = get(id);
	assert_true(lead.phones[0].dead);
	upload("update", "phone,balance\n13800000001,7\n");
	assert_true(get(id).phones[0].dead);
	assert_int_equal(get(id).due_us, lead.due_us);
	test_now_us = lead.due_us - SEC_US;
	assert_int_equal(claim(campaign.id, 1).got, 0);
	test_now_us = lead.due_us;
	test = claim(campaign.id, MANY);
	assert_int_equal(test.got, 1);
	assert_string_equal(test.attempts[0].e164, "+8613800000002");
}

/* What is tried with one counts for the other, though they share no number that was dialled. */
static void linked_leads_share_a_ledger(void **state)
{
	struct campaign campaign = test_campaign();
	uint64_t first = test_lead(campaign.list, "+8613800000001,+8613800000002", 9, test_shanghai), second;
	struct claim_test test;
	struct lead lead;
	uint32_t open;

	(void)state;
	run(&campaign);
	upload("link", "phone,phone2\n13800000003,13800000002\n");
	assert_int_equal(lead_by_number(test_store, "+8613800000003", 0, &lead), 0);
	second = lead.id;
	assert_int_not_equal(second, first);
	test = claim(campaign.id, 1);
	assert_string_equal(test.attempts[0].e164, "+8613800000001");
	assert_int_equal(tried(second, &open), 1);
	finish(&test.attempts[0], OUTCOME_BUSY);
	assert_int_equal(tried(second, &open), 1);
	assert_int_equal(open, 0);
	test = claim(campaign.id, 1);
	assert_int_equal(test.attempts[0].lead, second);
	assert_int_equal(tried(first, &open), 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(priority_counts_at_once), T(filters_follow), T(in_flight_is_not_harmed), T(rest_and_dead_numbers_stay),
		T(linked_leads_share_a_ledger)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
