/* test_evidence.h - events for a store, and the commands of an auditor (for tests/unit/test_*.c) */
#ifndef OUTDIAL_TESTS_UNIT_TEST_EVIDENCE_H
#define OUTDIAL_TESTS_UNIT_TEST_EVIDENCE_H

#include "tests/unit/test_store.h"

#include "campaigns/evidence.h"
#include "campaigns/evlog.h"
#include "campaigns/line.h"
#include "campaigns/sealed.h"
#include "campaigns/verify.h"

struct test_events {
	uint32_t count;
	uint64_t attempt; /* of the first */
};

static int test_events_in(struct db_txn *txn, void *arg)
{
	const struct test_events *events = arg;

	for (uint32_t i = 0; i < events->count; i++) {
		struct attempt attempt = {.id = events->attempt + i, .lead = 5 + i, .campaign = 1, .list = 1, .number = 1,
			.intent_us = test_now_us, .invite_us = test_now_us, .end_us = test_now_us, .outcome = OUTCOME_BUSY,
			.sip_code = 486};

		snprintf(attempt.e164, sizeof(attempt.e164), "+86138%08llu", (unsigned long long)attempt.id * 7919 % 100000000);
		strcpy(attempt.sip_reason, "Busy Here");
		strcpy(attempt.caller_id, "+862112345678");
		strcpy(attempt.trunk, "t");
		evlog_outcome(txn, &attempt);
	}
	return 0;
}

/* Outcomes of attempts from number `attempt` on, and the line "begin" when it is the first of all. */
static inline void test_events(uint64_t attempt, uint32_t count)
{
	struct test_events events = {count, attempt};

	assert_int_equal(db_change(test_store->db, test_events_in, &events), 0);
}

/* A command in the evidence folder; its exit status. */
static inline int __attribute__((format(printf, 1, 2))) test_shell(const char *fmt, ...)
{
	char command[1024];
	int at = snprintf(command, sizeof(command), "cd '%s/evidence' && { ", test_dir);
	va_list args;

	va_start(args, fmt);
	at += vsnprintf(command + at, sizeof(command) - (size_t)at, fmt, args);
	va_end(args);
	snprintf(command + at, sizeof(command) - (size_t)at, "; } >/dev/null 2>&1");
	return system(command);
}

/* The check of the whole folder beside this checkpoint (NULL: none); the store is opened again for it. */
static inline struct verify_report test_verify(const char *checkpoint)
{
	struct verify_options options = {.dir = test_dir, .checkpoints = {checkpoint}, .checkpoint_count = checkpoint != NULL};
	struct verify_report report;
	char why[WHY_BYTES];

	store_close(test_store);
	test_store = NULL;
	if (evidence_verify(&options, &report, why))
		fail_msg("%s", why);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
	return report;
}

static inline struct seal_receipt test_seal(uint32_t lines_max)
{
	struct seal_options options = {.lines_max = lines_max};
	struct seal_receipt receipt;
	char why[WHY_BYTES];
	int err = evidence_seal(test_store, &options, &receipt, why);

	if (err)
		fail_msg("%s: %s", err_text(err), why);
	return receipt;
}

#endif
