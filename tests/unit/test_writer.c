/* test_writer.c - the storage thread: durable claims, exactly one outcome, crash, full disk */
#include "tests/unit/test_store.h"

#include "campaigns/tables.h"
#include "campaigns/writer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct writer *writer;
static struct campaign campaign;

static void leads_add(int from, int to)
{
	struct lead_batch *batch;
	bool duplicate;

	assert_int_equal(lead_batch_open(test_store, campaign.list, &batch), 0);
	for (int i = from; i < to; i++) {
		struct lead lead = {.phone_count = 1, .fields = "name\0Li", .fields_bytes = 8};

		snprintf(lead.phones[0].e164, NUMBER_BYTES, "+86138000%05d", i);
		assert_int_equal(lead_batch_add(batch, &lead, test_shanghai, &duplicate), 0);
	}
	assert_int_equal(lead_batch_close(batch, (uint64_t)(to - from), 0, 0), 0);
}

static int setup(void **state)
{
	if (test_setup(state) != 0)
		return -1;
	campaign = test_campaign();
	leads_add(0, 20);
	return campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL) || writer_start(&writer, test_store, NULL, NULL);
}

static int teardown(void **state)
{
	writer_stop(writer);
	writer = NULL;
	return test_teardown(state);
}

#define SOON_MS 20000 /* at most: a disk or a machine that is busy makes it later, not wrong */

static void wait_healthy(void)
{
	for (int ms = 0; ms < SOON_MS && !writer_healthy(writer); ms += 5)
		usleep(5000);
	assert_true(writer_healthy(writer));
}

/* The next event; fails the test when none comes. */
static struct writer_event *next(void)
{
	static struct writer_event event;
	struct pollfd fd = {.fd = writer_event_fd(writer), .events = POLLIN};

	while (!writer_take(writer, &event))
		assert_int_equal(poll(&fd, 1, SOON_MS), 1);
	return &event;
}

static struct attempt claim_one(void)
{
	struct writer_event *event;

	assert_int_equal(writer_claim(writer, campaign.id, 1), 0);
	event = next();
	assert_int_equal(event->kind, WRITER_CLAIMED);
	assert_memory_equal(event->fields, "name\0Li", 8);
	return event->attempt;
}

static void claims_then_empty(void **state)
{
	struct writer_counters counters;
	struct attempt stored;
	struct writer_event *event;

	(void)state;
	assert_int_equal(writer_claim(writer, campaign.id, 32), 0);
	for (uint64_t i = 1; i <= 20; i++) {
		event = next();
		assert_int_equal(event->kind, WRITER_CLAIMED);
		assert_int_equal(event->campaign, campaign.id);
		assert_int_equal(attempt_get(test_store, event->attempt.id, &stored), 0);
		assert_string_equal(stored.e164, event->attempt.e164);
	}
	event = next();
	assert_int_equal(event->kind, WRITER_EMPTY);
	assert_int_equal(event->count, 12);
	assert_false(event->finished);
	assert_false(writer_take(writer, event));
	writer_counters(writer, &counters);
	assert_int_equal(counters.claims, 20);
	assert_int_equal(counters.commits, 1);
	assert_int_equal(counters.waiting, 0);
	assert_true(writer_healthy(writer));
}

static void bad_operations_are_refused(void **state)
{
	struct attempt attempt = {.id = 1};

	(void)state;
	assert_int_equal(writer_claim(writer, campaign.id, 0), ERR_RANGE);
	assert_int_equal(writer_claim(writer, campaign.id, 257), ERR_RANGE);
	assert_int_equal(writer_outcome(writer, &attempt), ERR_RANGE);
	assert_int_equal(writer_disposition(writer, 1, "no_such"), ERR_UNKNOWN);
	assert_int_equal(writer_dnc(writer, "138"), ERR_RANGE);
}

static void unknown_campaign_is_empty(void **state)
{
	struct writer_event *event;

	(void)state;
	assert_int_equal(writer_claim(writer, 77, 3), 0);
	event = next();
	assert_int_equal(event->kind, WRITER_EMPTY);
	assert_int_equal(event->count, 3);
	assert_false(event->finished);
}

static void outcome_is_durable_once(void **state)
{
	struct attempt attempt = claim_one(), stored;
	struct writer_counters counters;
	struct writer_event *event;

	(void)state;
	attempt.outcome = OUTCOME_CONNECTED;
	attempt.answer_us = attempt.intent_us + SEC_US;
	attempt.end_us = attempt.intent_us + 10 * SEC_US;
	attempt.verdict_prob = 0.75f;
	assert_int_equal(writer_outcome(writer, &attempt), 0);
	event = next();
	assert_int_equal(event->kind, WRITER_DURABLE);
	assert_int_equal(event->attempt.id, attempt.id);
	attempt.outcome = OUTCOME_BUSY;
	assert_int_equal(writer_outcome(writer, &attempt), 0);
	event = next();
	assert_int_equal(event->kind, WRITER_FAILED);
	assert_int_equal(event->err, ERR_EXISTS);
	writer_counters(writer, &counters);
	assert_int_equal(counters.refused_twice, 1);
	assert_int_equal(counters.outcomes, 1);
	assert_int_equal(attempt_get(test_store, attempt.id, &stored), 0);
	assert_int_equal(stored.outcome, OUTCOME_CONNECTED);
	assert_true(stored.verdict_prob == 0.75f);
	assert_int_equal(stored.end_us, attempt.intent_us + 10 * SEC_US);
	assert_true(writer_healthy(writer));
}

static void disposition_after_the_outcome(void **state)
{
	struct attempt attempt = claim_one(), stored;
	struct shift shift = {.id = 5, .login = "a1", .team = "red", .calls = 3}, found;
	struct lead lead;
	bool listed;

	(void)state;
	attempt.outcome = OUTCOME_CONNECTED;
	assert_int_equal(writer_outcome(writer, &attempt), 0);
	assert_int_equal(writer_disposition(writer, attempt.id, "callback"), 0);
	assert_int_equal(writer_shift(writer, &shift), 0);
	assert_int_equal(writer_dnc(writer, "+8613900000000"), 0);
	writer_stop(writer); /* commits what waits */
	writer = NULL;
	assert_int_equal(attempt_get(test_store, attempt.id, &stored), 0);
	assert_string_equal(stored.disposition, "callback");
	assert_int_equal(lead_get(test_store, attempt.lead, &lead), 0);
	assert_int_equal(lead.state, LEAD_READY);
	assert_int_equal(lead.due_us, stored.end_us + DAY_US);
	assert_int_equal(shift_next(test_store, 0, &found), 0);
	assert_int_equal(found.calls, 3);
	assert_int_equal(dnc_check(test_store, "+8613900000000", &listed), 0);
	assert_true(listed);
}

static void test_STO_2_crash_becomes_unknown(void **state)
{
	struct attempt lost = claim_one(), stored;
	uint64_t recovered = 0;
	struct lead lead;

	(void)state;
	writer_stop(writer); /* the engine took the claim and never said what became of it */
	writer = NULL;
	test_reopen();
	test_now_us += 60 * SEC_US;
	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
	assert_int_equal(recovered, 1);
	assert_int_equal(attempt_get(test_store, lost.id, &stored), 0);
	assert_int_equal(stored.outcome, OUTCOME_UNKNOWN_CRASH);
	assert_int_equal(lead_get(test_store, lost.lead, &lead), 0);
	assert_int_equal(lead.attempts, 1);
	assert_int_equal(lead.state, LEAD_READY);
	assert_true(lead.due_us >= test_now_us + 72 * 3600 * SEC_US);
	writer_stop(writer);
	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
	assert_int_equal(recovered, 0);
}

static void test_STO_2_claims_nobody_took_go_back(void **state)
{
	struct pollfd fd = {.fd = writer_event_fd(writer), .events = POLLIN};
	struct attempt stored;
	uint64_t recovered = 7;
	struct lead lead;

	(void)state;
	assert_int_equal(writer_claim(writer, campaign.id, 2), 0);
	assert_int_equal(poll(&fd, 1, SOON_MS), 1);
	writer_stop(writer);
	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
	assert_int_equal(recovered, 0);
	assert_int_equal(attempt_get(test_store, 2, &stored), 0);
	assert_int_equal(stored.outcome, OUTCOME_CANCELLED);
	assert_int_equal(lead_get(test_store, stored.lead, &lead), 0);
	assert_int_equal(lead.attempts, 0);
	assert_int_equal(lead.state, LEAD_READY);
}

static void second_engine_is_refused(void **state)
{
	struct writer *second;
	char why[WHY_BYTES];

	(void)state;
	assert_int_equal(writer_start(&second, test_store, NULL, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "another engine"));
}

static void campaign_finishes_only_when_nothing_is_left(void **state)
{
	struct attempt attempts[20];
	struct campaign now;

	(void)state;
	assert_int_equal(writer_campaign_finished(writer, campaign.id), 0);
	for (int i = 0; i < 20; i++)
		attempts[i] = claim_one();
	assert_int_equal(campaign_get(test_store, "c", &now), 0);
	assert_int_equal(now.state, CAMPAIGN_RUNNING);
	for (int i = 0; i < 20; i++) {
		attempts[i].outcome = OUTCOME_DEAD_NUMBER;
		assert_int_equal(writer_outcome(writer, &attempts[i]), 0);
	}
	for (int i = 0; i < 20; i++)
		assert_int_equal(next()->kind, WRITER_DURABLE);
	assert_int_equal(writer_claim(writer, campaign.id, 1), 0);
	assert_true(next()->finished);
	assert_int_equal(writer_campaign_finished(writer, campaign.id), 0);
	writer_stop(writer);
	writer = NULL;
	assert_int_equal(campaign_get(test_store, "c", &now), 0);
	assert_int_equal(now.state, CAMPAIGN_FINISHED);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL), ERR_WRONG_STATE);
}

/* RLIM_INFINITY: as much as the process may. */
static void limit_file_bytes(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A file that may not grow is a full disk: no new claim, the outcome waits and is written when there is room. */
static void test_STO_4_full_disk_loses_nothing(void **state)
{
	struct attempt attempt = claim_one(), stored;
	struct writer_event *event;
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);

	(void)state;
	limit_file_bytes(4096);
	assert_int_equal(writer_claim(writer, campaign.id, 5), 0);
	event = next();
	assert_int_equal(event->kind, WRITER_FAILED);
	assert_int_equal(event->err, -ENOSPC);
	assert_int_equal(event->count, 5);
	assert_false(writer_healthy(writer));
	attempt.outcome = OUTCOME_BUSY;
	assert_int_equal(writer_outcome(writer, &attempt), 0);
	event = next();
	assert_int_equal(event->kind, WRITER_FAILED);
	assert_int_equal(event->attempt.id, attempt.id);
	limit_file_bytes(RLIM_INFINITY);
	event = next();
	assert_int_equal(event->kind, WRITER_DURABLE);
	assert_int_equal(event->attempt.id, attempt.id);
	assert_true(writer_healthy(writer));
	assert_int_equal(attempt_get(test_store, attempt.id, &stored), 0);
	assert_int_equal(stored.outcome, OUTCOME_BUSY);
	assert_int_equal(attempt_get(test_store, attempt.id + 1, &stored), ERR_UNKNOWN);
	assert_true(claim_one().id == attempt.id + 1);
	signal(SIGXFSZ, before);
}

/* With only claims refused nothing waits to be written: the thread must find out by itself that there is room again. */
static void test_STO_4_becomes_healthy_by_itself(void **state)
{
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);

	(void)state;
	limit_file_bytes(4096);
	assert_int_equal(writer_claim(writer, campaign.id, 5), 0);
	assert_int_equal(next()->kind, WRITER_FAILED);
	assert_false(writer_healthy(writer));
	limit_file_bytes(RLIM_INFINITY);
	wait_healthy();
	assert_true(claim_one().id == 1);
	signal(SIGXFSZ, before);
}

/* --- STO-4: a map that is full, a disk that is full for large changes only */

static uint64_t tries(void)
{
	struct writer_counters counters;

	writer_counters(writer, &counters);
	return counters.failures + counters.commits;
}

static void test_STO_4_map_full(void **state)
{
	uint64_t tried;
	struct attempt attempt = claim_one(), stored;
	struct writer_counters counters;
	struct writer_event *event;

	(void)state;
	assert_int_equal(db_limit(test_store->db, 4096), 0); /* what is there, and no page more */
	do { /* pages that are free take some first */
		assert_int_equal(writer_claim(writer, campaign.id, 1), 0);
		event = next();
	} while (event->kind == WRITER_CLAIMED);
	assert_int_equal(event->kind, WRITER_FAILED);
	assert_int_equal(event->err, -ENOSPC);
	attempt.outcome = OUTCOME_BUSY;
	assert_int_equal(writer_outcome(writer, &attempt), 0);
	tried = tries();
	for (int ms = 0; ms < SOON_MS && tries() < tried + 2; ms += 5)
		usleep(5000);
	assert_false(writer_healthy(writer)); /* a commit that finds a free page does not make it healthy */
	writer_counters(writer, &counters);
	assert_int_equal(counters.err, -ENOSPC);
	assert_true(counters.failing_since_us > 0);
	assert_int_equal(db_limit(test_store->db, 1 << 28), 0);
	do
		event = next();
	while (event->kind != WRITER_DURABLE);
	assert_int_equal(event->attempt.id, attempt.id);
	wait_healthy();
	writer_counters(writer, &counters);
	assert_int_equal(counters.err, 0);
	assert_int_equal(attempt_get(test_store, attempt.id, &stored), 0);
	assert_int_equal(stored.outcome, OUTCOME_BUSY);
}

/* --- one damaged record stands in nobody else's way */

static int damage_in(struct db_txn *txn, void *arg)
{
	const struct db_key *key = arg;

	db_put(txn, T_LEAD, key, "\1", 1);
	return 0;
}

static void damage_lead(uint64_t lead)
{
	struct db_key key = key_u64(lead);

	assert_int_equal(db_change(test_store->db, damage_in, &key), 0);
}

/* Ten at once are one group, or a few: those of the damaged lead's group are done one by one. */
static void test_damaged_record_is_isolated(void **state)
{
	struct attempt attempts[10], stored;
	uint32_t durable = 0, refused = 0;
	struct writer_counters counters;

	(void)state;
	for (int i = 0; i < 10; i++)
		attempts[i] = claim_one();
	damage_lead(attempts[4].lead);
	for (int i = 0; i < 10; i++) {
		attempts[i].outcome = OUTCOME_BUSY;
		assert_int_equal(writer_outcome(writer, &attempts[i]), 0);
	}
	for (int i = 0; i < 10; i++) {
		struct writer_event *event = next();

		durable += event->kind == WRITER_DURABLE;
		if (event->kind != WRITER_FAILED)
			continue;
		refused++;
		assert_int_equal(event->attempt.id, attempts[4].id);
		assert_int_equal(event->err, ERR_STORE);
	}
	assert_int_equal(durable, 9);
	assert_int_equal(refused, 1);
	assert_true(writer_healthy(writer));
	writer_counters(writer, &counters);
	assert_int_equal(counters.refused, 1);
	assert_int_equal(counters.waiting, 0);
	assert_int_equal(attempt_get(test_store, attempts[9].id, &stored), 0);
	assert_int_equal(stored.outcome, OUTCOME_BUSY);
	assert_true(claim_one().id > attempts[9].id); /* and the thread goes on */
}

/* Nor in the way of the next start: the others get their end, that one keeps none and its number is never dialled. */
static void test_STO_2_damaged_record_does_not_stop_recovery(void **state)
{
	struct attempt attempts[6], stored;
	struct writer_counters counters;
	uint64_t recovered = 0;

	(void)state;
	for (int i = 0; i < 6; i++)
		attempts[i] = claim_one();
	writer_stop(writer);
	writer = NULL;
	damage_lead(attempts[2].lead);
	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
	assert_int_equal(recovered, 5);
	writer_counters(writer, &counters);
	assert_int_equal(counters.unrecovered, 1);
	assert_int_equal(attempt_get(test_store, attempts[5].id, &stored), 0);
	assert_int_equal(stored.outcome, OUTCOME_UNKNOWN_CRASH);
	assert_int_equal(attempt_get(test_store, attempts[2].id, &stored), 0);
	assert_int_equal(stored.outcome, OUTCOME_NONE);
	assert_int_equal(claim_one().id, attempts[5].id + 1);
}

static int everybody(struct campaign *edited, void *arg)
{
	(void)arg;
	strcpy(edited->where, "name = \"Li\"");
	return 0;
}

static bool indexing(void)
{
	struct campaign_left left;

	assert_int_equal(campaign_get(test_store, "c", &campaign), 0);
	assert_int_equal(campaign_left(test_store, &campaign, test_now_us, 0, &left), 0);
	assert_int_equal(left.done, 0);
	return left.indexing;
}

/* Somebody asked for a view and went: one claim, or a start, and the thread makes all of it while it has nothing else to do. */
static void a_view_is_made_while_nothing_is_claimed(void **state)
{
	(void)state;
	leads_add(20, 12000);
	assert_int_equal(campaign_edit(test_store, "c", everybody, NULL, &campaign, NULL), 0);
	assert_true(indexing());
	claim_one();
	for (int ms = 0; ms < SOON_MS && indexing(); ms++)
		poll(NULL, 0, 1);
	assert_false(indexing());
	assert_int_equal(writer_claim(writer, campaign.id, 256), 0);
	for (int i = 0; i < 256; i++)
		assert_int_equal(next()->kind, WRITER_CLAIMED);
}

static void a_view_is_made_after_a_start(void **state)
{
	(void)state;
	writer_stop(writer);
	writer = NULL;
	leads_add(20, 3000);
	assert_int_equal(campaign_edit(test_store, "c", everybody, NULL, &campaign, NULL), 0);
	assert_int_equal(writer_start(&writer, test_store, NULL, NULL), 0);
	for (int ms = 0; ms < SOON_MS && indexing(); ms++)
		poll(NULL, 0, 1);
	assert_false(indexing());
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(claims_then_empty), T(bad_operations_are_refused), T(unknown_campaign_is_empty),
		T(outcome_is_durable_once), T(disposition_after_the_outcome), T(test_STO_2_crash_becomes_unknown),
		T(test_STO_2_claims_nobody_took_go_back), T(second_engine_is_refused),
		T(campaign_finishes_only_when_nothing_is_left), T(test_STO_4_full_disk_loses_nothing),
		T(test_STO_4_becomes_healthy_by_itself), T(test_STO_4_map_full), T(test_damaged_record_is_isolated),
		T(test_STO_2_damaged_record_does_not_stop_recovery), T(a_view_is_made_while_nothing_is_claimed),
		T(a_view_is_made_after_a_start)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
