/* test_leads.h - leads with a balance, claims and outcomes in transactions of their own (for tests/unit/test_*.c) */
#ifndef OUTDIAL_TESTS_UNIT_TEST_LEADS_H
#define OUTDIAL_TESTS_UNIT_TEST_LEADS_H

#include "tests/unit/test_store.h"

#include "campaigns/tables.h"

#define MANY 64

struct claim_test {
	uint32_t campaign, count, got;
	struct attempt attempts[MANY];
	int64_t next_us;
	bool finished;
	struct attempt end;
};

static inline int claim_in(struct db_txn *txn, void *arg)
{
	struct claim_test *test = arg;
	struct claim_run run = {0};
	struct lead lead;

	claim_start(&run, test_store, txn, test->campaign, test_now_us);
	for (test->got = 0; test->got < test->count; test->got++)
		if (!claim_next(&run, txn, &test->attempts[test->got], &lead))
			break;
	claim_rest(&run, txn, &test->next_us, &test->finished);
	claim_fini(&run);
	return 0;
}

static inline struct claim_test claim(uint32_t campaign, uint32_t count)
{
	struct claim_test test = {.campaign = campaign, .count = count};

	assert_int_equal(db_change(test_store->db, claim_in, &test), 0);
	return test;
}

/* Its id is 0 when there was nobody to call. */
static inline struct attempt claim_one(uint32_t campaign)
{
	struct claim_test test = claim(campaign, 1);

	return test.got ? test.attempts[0] : (struct attempt){.id = 0};
}

static inline int finish_in(struct db_txn *txn, void *arg)
{
	struct claim_test *test = arg;

	return attempt_finish(txn, &test->end, test_now_us);
}

static inline void finish_as(const struct attempt *end)
{
	struct claim_test test = {.end = *end};

	assert_int_equal(db_change(test_store->db, finish_in, &test), 0);
}

static inline void finish(const struct attempt *attempt, enum outcome outcome)
{
	struct attempt end = *attempt;

	end.outcome = outcome;
	end.invite_us = attempt->intent_us;
	finish_as(&end);
}

/* As many leads with numbers from `first` on, in one transaction. */
static inline void leads_of(uint32_t list, uint32_t first, uint32_t count, uint16_t priority)
{
	struct lead_batch *batch;
	bool duplicate;

	assert_int_equal(lead_batch_open(test_store, list, &batch), 0);
	for (uint32_t i = 0; i < count; i++) {
		struct lead lead = {.priority = priority, .phone_count = 1};

		snprintf(lead.phones[0].e164, NUMBER_BYTES, "+8613800%06u", first + i);
		assert_int_equal(lead_batch_add(batch, &lead, test_shanghai, &duplicate), 0);
		assert_false(duplicate);
	}
	assert_int_equal(lead_batch_close(batch, count, 0, 0), 0);
}

/* A lead of list with a balance; text "" leaves the column out. */
static inline uint64_t lead_of(uint32_t list, uint32_t number, const char *balance, uint16_t priority)
{
	struct lead lead = {.priority = priority, .phone_count = 1};
	struct lead_batch *batch;
	bool duplicate;

	snprintf(lead.phones[0].e164, NUMBER_BYTES, "+8613800%06u", number);
	if (*balance)
		lead.fields_bytes = (uint16_t)(snprintf(lead.fields, 64, "balance%c%s", 0, balance) + 1);
	assert_int_equal(lead_batch_open(test_store, list, &batch), 0);
	assert_int_equal(lead_batch_add(batch, &lead, test_shanghai, &duplicate), 0);
	assert_false(duplicate);
	assert_int_equal(lead_batch_close(batch, 1, 0, 0), 0);
	assert_int_equal(lead_by_number(test_store, lead.phones[0].e164, 0, &lead), 0);
	return lead.id;
}

#endif
