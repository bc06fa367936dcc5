/* test_list_remove.c - a list goes, and what its calls, laws and promises rest on does not */
#include "tests/unit/test_evidence.h"
#include "tests/unit/test_leads.h"

#include "campaigns/batch.h"
#include "campaigns/callback.h"
#include "campaigns/erase.h"
#include "campaigns/explain.h"
#include "campaigns/export.h"
#include "campaigns/hold.h"
#include "campaigns/import.h"
#include "campaigns/ledger.h"
#include "campaigns/list_remove.h"

#include "base/prng.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LEADS 40
#define CALLED 7

static char why[WHY_BYTES];
static struct list_removal removal;

/* A lead with a customer id, a balance and a name. */
static uint64_t customer(uint32_t list, uint32_t number)
{
	struct lead lead = {.priority = 3, .phone_count = 1};
	struct lead_batch *batch;
	bool duplicate;

	snprintf(lead.phones[0].e164, NUMBER_BYTES, "+8613800%06u", number);
	lead.fields_bytes = (uint16_t)(snprintf(lead.fields, 128, "name%cZhang San%ccustomer_id%cK%u%cbalance%c50%cexternal_id%cX%u",
					0, 0, 0, number, 0, 0, 0, 0, number) + 1);
	assert_int_equal(lead_batch_open(test_store, list, &batch), 0);
	assert_int_equal(lead_batch_add(batch, &lead, test_shanghai, &duplicate), 0);
	assert_int_equal(lead_batch_close(batch, 1, 0, 0), 0);
	assert_int_equal(lead_by_number(test_store, lead.phones[0].e164, 0, &lead), 0);
	return lead.id;
}

/* Forty leads, of whom seven were called and one has a callback; the campaign is stopped. */
static struct campaign filled(void)
{
	struct campaign campaign = test_campaign();
	struct claim_test test;

	removal = (struct list_removal){.gone = 0};
	for (uint32_t i = 1; i <= LEADS; i++)
		customer(campaign.list, i);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	test = claim(campaign.id, CALLED);
	assert_int_equal(test.got, CALLED);
	for (uint32_t i = 0; i < CALLED; i++)
		finish(&test.attempts[i], i ? OUTCOME_NO_ANSWER : OUTCOME_CONNECTED);
	assert_int_equal(callback_add(test_store, LEADS, test_now_us + DAY_US, "", why), 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_STOPPED, why), 0);
	assert_int_equal(campaign_get(test_store, "c", &campaign), 0);
	return campaign;
}

static void removed(void)
{
	removal.stop_after = 0;
	if (list_remove(test_store, "l", &removal, why))
		fail_msg("%s", why);
}

static uint64_t rows(uint32_t table)
{
	struct db_key from = db_key_empty(), key;
	struct db_txn txn;
	uint64_t count = 0;

	db_read_begin(test_store->db, &txn);
	for (bool there = db_seek(&txn, table, &from, &key, NULL); there; there = db_step(&txn, table, &key, NULL))
		count++;
	assert_int_equal(db_read_end(&txn), 0);
	return count;
}

/* What is left is the same whatever happened in between. */
static void assert_is_gone(uint64_t called)
{
	struct list list;
	struct lead lead;
	uint64_t left = 0;

	assert_int_equal(list_get(test_store, "l", &list), ERR_UNKNOWN);
	assert_int_equal(list_get_id(test_store, 1, &list), 0);
	assert_int_equal(list.state, LIST_REMOVED);
	assert_true(list.leads == called && list.done == called && list.removed == LEADS - called);
	assert_string_equal(list.name, "l"); /* for exports */
	for (uint64_t id = 1; id <= LEADS; id++) {
		if (lead_get(test_store, id, &lead))
			continue;
		left++;
		assert_true(lead.state == LEAD_DONE && lead.attempts == 1 && !lead.callback_us);
		assert_null(lead_field(&lead, "name"));
		assert_null(lead_field(&lead, "balance"));
		assert_non_null(lead_field(&lead, "customer_id"));
	}
	assert_int_equal(left, called);
	assert_int_equal(rows(T_CONTACT), 2 * called); /* number and external id */
	assert_true(!rows(T_READY) && !rows(T_SCHED) && !rows(T_CALLBACK) && !rows(T_CALLBACK_SEAT));
}

static void assert_verifies(void)
{
	test_seal(0);
	assert_int_equal(test_verify(NULL).faults, 0);
}

static void who_was_not_called_goes(void **state)
{
	uint64_t attempts, events;

	(void)state;
	filled();
	attempts = rows(T_ATTEMPT);
	assert_int_equal(list_remove_look(test_store, "l", &removal, why), 0);
	assert_true(removal.gone == LEADS - CALLED && removal.called == CALLED && removal.held == 0 && removal.callbacks == 1);
	events = rows(T_LOG);
	removed();
	assert_true(removal.gone == LEADS - CALLED && removal.called == CALLED && removal.callbacks == 1 && removal.event);
	assert_is_gone(CALLED);
	assert_int_equal(rows(T_ATTEMPT), attempts);
	assert_int_equal(rows(T_LOG), events + 3); /* removing, the callback that goes, removed */
	assert_int_equal(list_remove(test_store, "l", &removal, why), ERR_UNKNOWN);
	assert_verifies();
}

static void nobody_is_called_any_more(void **state)
{
	struct campaign campaign = filled();
	struct explanation answer;
	struct claim_test test;
	struct lead lead;

	(void)state;
	removed();
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "removed"));
	assert_int_equal(callback_add(test_store, 1, test_now_us + DAY_US, "", why), ERR_WRONG_STATE);
	assert_int_equal(lead_by_number(test_store, "+8613800000001", 0, &lead), 0);
	assert_int_equal(explain_lead(test_store, &campaign, &lead, test_now_us, &answer), 0);
	assert_int_not_equal(answer.reason, CLAIM_OK);
	test = claim(campaign.id, MANY);
	assert_int_equal(test.got, 0);
	assert_int_equal(list_set_state(test_store, "l", LIST_ON, why), ERR_UNKNOWN);
}

/* While it goes, its campaign can be started: other lists of it are dialled, this one is not. */
static void not_even_in_the_middle(void **state)
{
	struct campaign campaign = filled();
	struct claim_test test;
	uint32_t other;

	(void)state;
	assert_int_equal(list_create(test_store, "other", "CN", &other, why), 0);
	campaign.list_count = 2;
	campaign.lists[1] = (struct campaign_list){.list = other, .share = 1};
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	uint64_t id = lead_of(other, 900, "", 0);

	removal.stop_after = 1;
	assert_int_equal(list_remove(test_store, "l", &removal, why), -ECANCELED);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	test_now_us += 2 * DAY_US; /* callbacks and retries would be due */
	test = claim(campaign.id, MANY);
	assert_true(test.got == 1 && test.attempts[0].lead == id);
	assert_int_equal(list_set_state(test_store, "l", LIST_ON, why), ERR_WRONG_STATE);
	removal.stop_after = 0;
	assert_int_equal(list_remove(test_store, "l", &removal, why), ERR_WRONG_STATE); /* the campaign runs */
	assert_non_null(strstr(why, "running"));
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_STOPPED, why), 0);
	finish(&test.attempts[0], OUTCOME_NO_ANSWER);
	removed();
	assert_int_equal(lead_get(test_store, id, &(struct lead){0}), 0); /* another list's */
}

static void it_is_refused(void **state)
{
	struct campaign campaign = filled();
	struct lead_batch *batch;
	struct claim_test test;

	(void)state;
	assert_int_equal(list_remove(test_store, "m", &removal, why), ERR_UNKNOWN);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(list_remove_look(test_store, "l", &removal, why), ERR_WRONG_STATE);
	test = claim(campaign.id, 1);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_STOPPED, why), 0);
	assert_int_equal(list_remove(test_store, "l", &removal, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "under way"));
	finish(&test.attempts[0], OUTCOME_BUSY);
	assert_int_equal(lead_batch_open(test_store, campaign.list, &batch), 0);
	assert_int_equal(list_remove(test_store, "l", &removal, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "upload"));
	lead_batch_abort(batch);
	removed();
	assert_int_equal(lead_batch_open(test_store, campaign.list, &batch), ERR_WRONG_STATE);
}

/* --- what it must not harm */

static void a_held_lead_is_untouched(void **state)
{
	struct lead before, after;
	struct list list;

	(void)state;
	filled();
	assert_int_equal(hold_put(test_store, "+8613800000030", "court", why), 0);
	assert_int_equal(hold_put(test_store, "K1", "court", why), 0);
	assert_int_equal(lead_get(test_store, 30, &before), 0);
	removed();
	assert_true(removal.held == 2 && removal.gone == LEADS - CALLED - 1 && removal.called == CALLED - 1);
	assert_int_equal(lead_get(test_store, 30, &after), 0);
	assert_true(after.state == before.state && after.due_us == before.due_us && after.priority == before.priority);
	assert_true(after.fields_bytes == before.fields_bytes && memcmp(after.fields, before.fields, before.fields_bytes) == 0);
	assert_int_equal(lead_get(test_store, 1, &after), 0);
	assert_string_equal(lead_field(&after, "name"), "Zhang San");
	assert_int_equal(list_get(test_store, "l", &list), 0); /* so that it can be removed again */
	assert_int_equal(list.state, LIST_REMOVED);
	assert_int_equal(hold_release(test_store, "+8613800000030", why), 0);
	assert_int_equal(hold_release(test_store, "K1", why), 0);
	removed();
	assert_true(removal.held == 0 && removal.gone == 1 && removal.called == CALLED);
	assert_is_gone(CALLED);
}

/* Seven calls in seven days are seven, whatever became of the list. */
static void ledgers_count_on(void **state)
{
	struct ledger_view view = {.count = 0};
	struct ledger_who who;
	struct db_txn txn;
	struct lead lead;
	uint32_t list;

	(void)state;
	filled();
	removed();
	assert_int_equal(list_create(test_store, "l", "CN", &list, why), 0); /* the name is free */
	assert_int_not_equal(list, 1);
	assert_int_equal(lead_get(test_store, customer(list, 900), &lead), 0);
	customer(list, 1); /* the same person comes again; no duplicate of who stays */
	struct lead first = lead;

	assert_int_equal(lead_by_number(test_store, "+8613800000001", 1, &lead), 0);
	assert_int_equal(lead.list, list);
	ledger_who(&lead, &(struct terms){.seller = ""}, &who);
	db_read_begin(test_store->db, &txn);
	ledger_read(&txn, &who, test_now_us - 7 * DAY_US, &view);
	assert_int_equal(db_read_end(&txn), 0);
	assert_int_equal(view.count, 1);
	assert_int_equal(first.attempts, 0);
}

static void who_was_called_can_be_erased(void **state)
{
	struct erase_receipt receipt = {.leads = 0};
	struct lead lead;

	(void)state;
	filled();
	removal.stop_after = 3;
	assert_int_equal(list_remove(test_store, "l", &removal, why), -ECANCELED);
	assert_int_equal(erase_run(test_store, "K2", &(struct erase_options){.basis = "letter"}, &receipt, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "being removed"));
	removed();
	test_now_us += 3600 * SEC_US;
	assert_int_equal(erase_run(test_store, "K2", &(struct erase_options){.basis = "letter"}, &receipt, why), 0);
	assert_true(receipt.leads == 1 && receipt.attempts == 1 && receipt.keys >= 1);
	assert_int_equal(lead_get(test_store, 2, &lead), ERR_UNKNOWN);
	assert_verifies();
}

static void lists_of_numbers_stay(void **state)
{
	bool was;

	(void)state;
	filled();
	assert_int_equal(dnc_add(test_store, "+8613800000020", &was), 0);
	removed();
	assert_int_equal(dnc_check(test_store, "+8613800000020", &was), 0);
	assert_true(was);
	assert_int_equal(dnc_remove(test_store, "+8613800000020", &was), 0); /* brings no lead back */
	assert_is_gone(CALLED);
}

/* --- crashes */

static void a_crash_after_each_step(void **state)
{
	(void)state;
	for (uint64_t step = 1; step <= 4; step++) {
		filled();
		removal.stop_after = step;
		assert_int_equal(list_remove(test_store, "l", &removal, why), -ECANCELED);
		test_reopen();
		if (step < 4)
			removed();
		assert_is_gone(CALLED);
		test_teardown(NULL);
		test_setup(NULL);
	}
}

/* kill -9 at any moment: each time it goes on, and ends as it would have. */
static void a_kill_at_any_moment(void **state)
{
	struct prng prng;
	int killed = 0;

	(void)state;
	prng_seed(&prng, 11);
	for (int round = 0; round < 8; round++) {
		struct list list;

		filled();
		while (list_get(test_store, "l", &list) == 0) {
			store_close(test_store);
			test_store = NULL;
			pid_t pid = fork();
			int status;

			assert_true(pid >= 0);
			if (pid == 0) {
				if (store_open(&test_store, test_dir, STORE_WRITE, NULL) == 0)
					list_remove(test_store, "l", &removal, why);
				_exit(0);
			}
			nanosleep(&(struct timespec){.tv_nsec = (long)(prng_u64(&prng) % 8000000)}, NULL);
			kill(pid, killed < 40 ? SIGKILL : SIGCONT); /* a machine that is too slow for it ends, too */
			assert_int_equal(waitpid(pid, &status, 0), pid);
			killed += WIFSIGNALED(status);
			assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, why), 0);
		}
		assert_is_gone(CALLED);
		assert_verifies();
		test_teardown(NULL);
		test_setup(NULL);
	}
	print_message("# killed %d times\n", killed);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_was_not_called_goes),
		TEST(nobody_is_called_any_more),
		TEST(not_even_in_the_middle),
		TEST(it_is_refused),
		TEST(a_held_lead_is_untouched),
		TEST(ledgers_count_on),
		TEST(who_was_called_can_be_erased),
		TEST(lists_of_numbers_stay),
		TEST(a_crash_after_each_step),
		TEST(a_kill_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
