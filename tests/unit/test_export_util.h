/* test_export_util.h - attempts and shifts put straight into the store (for tests of exports and reports) */
#ifndef OUTDIAL_TESTS_UNIT_TEST_EXPORT_UTIL_H
#define OUTDIAL_TESTS_UNIT_TEST_EXPORT_UTIL_H

#include "tests/unit/test_store.h"

#include "campaigns/evlog.h"
#include "campaigns/tables.h"

/* In the store and in the log, as a call that was made would be. */
static inline void put_attempt_both(struct db_txn *txn, const struct attempt *attempt)
{
	if (attempt->outcome == OUTCOME_NONE) {
		struct campaign campaign = {.id = attempt->campaign, .name = "c"};

		evlog_intent(txn, attempt, &campaign,
			&(struct permission){"internal", &(struct explanation){.rule = "campaign"}, &(struct ledger_who){0}});
	} else {
		evlog_outcome(txn, attempt);
	}
	attempt_save(txn, attempt);
}

static inline int put_attempt_in(struct db_txn *txn, void *arg)
{
	put_attempt_both(txn, arg);
	return 0;
}

static inline int put_shift_in(struct db_txn *txn, void *arg)
{
	shift_save(txn, arg);
	return 0;
}

static inline void put_attempt(struct attempt attempt)
{
	assert_int_equal(db_change(test_store->db, put_attempt_in, &attempt), 0);
}

struct put_many {
	uint64_t count;
	struct attempt (*make)(uint64_t id);
};

static inline int put_many_in(struct db_txn *txn, void *arg)
{
	const struct put_many *many = arg;

	for (uint64_t id = 1; id <= many->count; id++) {
		struct attempt attempt = many->make(id);

		put_attempt_both(txn, &attempt);
	}
	return 0;
}

/* Attempts 1..count in one transaction. */
static inline void put_attempts(uint64_t count, struct attempt (*make)(uint64_t id))
{
	struct put_many many = {count, make};

	assert_int_equal(db_change(test_store->db, put_many_in, &many), 0);
}

static inline void put_shift(struct shift shift)
{
	assert_int_equal(db_change(test_store->db, put_shift_in, &shift), 0);
}

#endif
