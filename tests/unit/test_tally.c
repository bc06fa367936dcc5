/* test_tally.c - running counts of what the law counts: what is kept is what a look at all attempts gives */
#include "tests/unit/test_leads.h"

#include "base/prng.h"
#include "campaigns/tally.h"
#include "dialer/books.h"

#include <time.h>

static const double ceilings[BOOKS] = {0.03, 0.03, 0.05};

static void enter_row(void *arg, const struct tally *row)
{
	books_add(arg, row);
}

/* The windows of this moment from the rows, and from all attempts. */
static void books_agree(const struct campaign *campaign)
{
	struct books kept, counted;
	struct attempt attempt = {0};

	books_open(&kept, ceilings, campaign->first_dial_us, test_now_us);
	books_open(&counted, ceilings, campaign->first_dial_us, test_now_us);
	assert_int_equal(tally_read(test_store, campaign, books_since_us(&kept), enter_row, &kept), 0);
	while (attempt_next(test_store, attempt.id, &attempt) == 0) {
		const struct outcome_facts *facts = outcome_facts(attempt.outcome);

		if (attempt.campaign != campaign->id || attempt.outcome == OUTCOME_NONE)
			continue;
		books_count(&counted, attempt.intent_us, facts->live, facts->abandoned);
		books_judge(&counted, &attempt, judge_add);
	}
	assert_memory_equal(&kept, &counted, sizeof(kept));
}

static int dispose_in(struct db_txn *txn, void *arg)
{
	return attempt_dispose(txn, *(uint64_t *)arg, "machine", test_now_us);
}

static void random_call(struct prng *prng, const struct campaign *campaign, uint32_t number)
{
	static const enum outcome ends[] = {
		OUTCOME_CONNECTED, OUTCOME_ABANDONED, OUTCOME_MACHINE, OUTCOME_BUSY, OUTCOME_ABANDONED_LATE};
	struct attempt end;
	struct claim_test test;

	lead_of(campaign->list, number, "", 65535);
	test = claim(campaign->id, 1);
	assert_int_equal(test.got, 1);
	end = test.attempts[0];
	end.answer_us = end.intent_us + SEC_US;
	end.seat_us = end.intent_us + 2 * SEC_US;
	strcpy(end.verdict, prng_below(prng, 2) ? "machine" : "human");
	end.sampled = prng_below(prng, 2);
	test_now_us += (int64_t)prng_below(prng, 30) * SEC_US;
	finish(&end, ends[prng_below(prng, 5)]);
	if (prng_below(prng, 3) == 0)
		assert_int_equal(db_change(test_store->db, dispose_in, &end.id), 0);
}

/* Two campaigns, four months, clocks and quarters crossed at random: windows begin and end in between. */
static void ABN_1_kept_counts_are_those_of_all_attempts(void **state)
{
	struct campaign campaigns[2];
	struct prng prng;

	(void)state;
	prng_seed(&prng, 30);
	campaigns[0] = campaigns[1] = test_campaign();
	strcpy(campaigns[1].name, "c2");
	assert_int_equal(campaign_create(test_store, &campaigns[1], NULL), 0);
	lead_of(campaigns[0].list, 0, "", 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(campaign_set_state(test_store, i ? "c2" : "c", CAMPAIGN_RUNNING, NULL), 0);
	for (uint32_t call = 1; call <= 160; call++) {
		int which = (int)prng_below(&prng, 2);

		random_call(&prng, &campaigns[which], call);
		test_now_us += (int64_t)prng_below(&prng, 36) * 3600 * SEC_US + (int64_t)prng_below(&prng, SEC_US);
		assert_int_equal(campaign_get_id(test_store, campaigns[which].id, &campaigns[which]), 0);
		books_agree(&campaigns[which]);
	}
	assert_int_equal(tally_rebuild(test_store, false), 0);
	for (int i = 0; i < 2; i++)
		books_agree(&campaigns[i]);
}

static int forget_in(struct db_txn *txn, void *arg)
{
	struct db_key from = db_key_empty(), key;

	(void)arg;
	while (db_seek(txn, T_TALLY, &from, &key, NULL))
		db_del(txn, T_TALLY, &key);
	return 0;
}

static void a_store_of_an_earlier_program_is_counted_once(void **state)
{
	struct campaign campaign = test_campaign();
	struct prng prng;

	(void)state;
	prng_seed(&prng, 31);
	lead_of(campaign.list, 0, "", 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL), 0);
	for (uint32_t call = 1; call <= 20; call++)
		random_call(&prng, &campaign, call);
	assert_int_equal(campaign_get_id(test_store, campaign.id, &campaign), 0);
	assert_int_equal(db_change(test_store->db, forget_in, NULL), 0);
	assert_int_equal(tally_rebuild(test_store, true), 0);
	books_agree(&campaign);
	random_call(&prng, &campaign, 21);
	assert_int_equal(tally_rebuild(test_store, true), 0);
	books_agree(&campaign);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ABN_1_kept_counts_are_those_of_all_attempts),
		TEST(a_store_of_an_earlier_program_is_counted_once),
	};

	setenv("TZ", "America/New_York", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
