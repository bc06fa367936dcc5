/* test_retention.c - what is old goes and the rest stays provable; nothing goes early, and nothing that is on hold (LOG-6, E9) */
#include "tests/unit/test_evidence.h"
#include "tests/unit/test_export_util.h"

#include "campaigns/campaigns.h"
#include "campaigns/consent.h"
#include "campaigns/ledger.h"
#include "campaigns/pruned.h"
#include "campaigns/segment.h"

#include <sys/stat.h>

#define YEAR_US (366 * DAY_US)
#define SEGMENTS 6
#define CALLS 40 /* a segment */

static struct campaign campaign;
static uint64_t next_attempt;

struct call {
	struct attempt attempt;
	const char *packs;
	uint64_t person;
};

static int call_in(struct db_txn *txn, void *arg)
{
	struct explanation decision = {.rule = "campaign"};
	const struct call *call = arg;
	struct attempt intent = call->attempt;

	snprintf(decision.packs, sizeof(decision.packs), "%s", call->packs);
	intent.outcome = OUTCOME_NONE;
	evlog_intent(txn, &intent, &campaign,
		&(struct permission){"internal", &decision, &(struct ledger_who){.person = call->person}});
	evlog_outcome(txn, &call->attempt);
	attempt_save(txn, &call->attempt);
	return 0;
}

/* A finished call in store and log, to a number that ends with its id. */
static void call_to_lead(uint64_t lead, const char *packs, uint64_t person)
{
	struct call call = {.attempt = {.id = next_attempt++,
				    .lead = lead,
				    .campaign = campaign.id,
				    .list = campaign.list,
				    .number = 1,
				    .caller_id = "+862112345678",
				    .trunk = "t",
				    .intent_us = test_now_us,
				    .end_us = test_now_us,
				    .outcome = OUTCOME_BUSY},
		.packs = packs,
		.person = person};

	snprintf(call.attempt.e164, NUMBER_BYTES, "+86138%08llu", (unsigned long long)call.attempt.id);
	assert_int_equal(db_change(test_store->db, call_in, &call), 0);
}

static void call_of(const char *packs, uint64_t person)
{
	call_to_lead(98, packs, person); /* of a lead that is gone */
}

/* Six segments, one a year; the checkpoint after each is kept elsewhere. */
static void six_years(const char *packs)
{
	char command[300];

	for (int year = 0; year < SEGMENTS; year++, test_now_us += YEAR_US) {
		for (int i = 0; i < CALLS; i++)
			call_of(packs, 0);
		test_seal(0);
		snprintf(command, sizeof(command), "cp %s/evidence/checkpoint %s/year%d", test_dir, test_dir, year);
		assert_int_equal(system(command), 0);
	}
	test_now_us -= YEAR_US; /* five years after the first segment */
}

static int setup(void **state)
{
	if (test_setup(state))
		return -1;
	campaign = test_campaign();
	next_attempt = 1;
	return 0;
}

static struct retention_receipt run(bool dry)
{
	struct retention_receipt receipt;
	char why[WHY_BYTES] = "";

	if (retention_run(test_store, dry, &receipt, why))
		fail_msg("%s", why);
	return receipt;
}

static uint64_t rows_of(const char *what)
{
	char path[128], why[400];
	struct export_options options = {.what = what, .path = path};
	struct export_receipt receipt;

	snprintf(path, sizeof(path), "%s/rows", test_dir);
	if (export_run(test_store, &options, &receipt, why))
		fail_msg("%s", why);
	return receipt.rows;
}

/* LOG_6: the first year goes on the day when it is old enough and not before; later checkpoints and proofs hold, old ones too. */
static void test_LOG_6_later_proofs_stay(void **state)
{
	struct proof *proof = calloc(1, sizeof(*proof)), *after = calloc(1, sizeof(*after));
	struct retention_receipt receipt;
	struct verify_report report;
	struct attempt attempt;
	char path[128], why[WHY_BYTES] = "";
	(void)state;

	six_years("us-federal@2026-11-22#1a2b3c4d");
	assert_int_equal(proof_make(test_store, CALLS + 5, proof, why), 0);
	test_now_us -= SEC_US;
	receipt = run(false);
	assert_int_equal(receipt.segments, 0);
	assert_int_equal(receipt.stop, RETENTION_AGE);
	assert_int_equal(receipt.stop_until_us, test_now_us + SEC_US);
	test_now_us += SEC_US;
	receipt = run(true);
	assert_int_equal(receipt.segments, 1);
	assert_int_equal(receipt.attempts, CALLS); /* would go */
	assert_int_equal(test_verify(NULL).first, 0);
	receipt = run(false);
	assert_int_equal(receipt.segments, 1);
	assert_int_equal(receipt.attempts, CALLS);
	assert_int_equal(attempt_get(test_store, CALLS, &attempt), ERR_UNKNOWN);
	assert_int_equal(attempt_get(test_store, CALLS + 1, &attempt), 0);
	report = test_verify(NULL);
	assert_int_equal(report.faults, 0);
	assert_int_equal(report.first, receipt.events);
	snprintf(path, sizeof(path), "%s/year3", test_dir);
	report = test_verify(path);
	assert_int_equal(report.faults, 0);
	assert_int_equal(report.outside, 1);
	snprintf(path, sizeof(path), "%s/year0", test_dir); /* of just what went: the peaks still show it */
	assert_int_equal(test_verify(path).outside, 1);
	assert_int_equal(proof_check(proof, NULL, why), 0);
	test_seal(0);
	assert_int_equal(proof_make(test_store, CALLS + 5, after, why), 0);
	assert_int_equal(proof_check(after, NULL, why), 0);
	assert_string_equal(after->events[0].line, proof->events[0].line);
	assert_int_equal(proof_make(test_store, 5, after, why), ERR_UNKNOWN);
	assert_int_equal(rows_of("outcomes"), (SEGMENTS - 1) * CALLS);
	assert_int_equal(rows_of("retention"), 1);
	test_now_us += YEAR_US;
	receipt = run(false); /* again: the log begins later still */
	assert_int_equal(receipt.segments, 1);
	snprintf(path, sizeof(path), "%s/year0", test_dir);
	report = test_verify(path);
	assert_int_equal(report.faults, 0);
	assert_int_equal(report.outside, 0);
	assert_int_equal(report.outside_older, 1);
	free(proof);
	free(after);
}

/* LOG_6: of all packs in the line and of the campaign the longest; an unknown one, or none, is as long as the longest known. */
static void test_LOG_6_longest_wins(void **state)
{
	static const char *const packs[] = {"us-federal", "us-states", "canada", "china-collections"};
	(void)state;

	for (unsigned set = 0; set < 16; set++) {
		char text[200] = "";
		uint32_t most = 0, all = 0;
		enum retention_class class;
		const char *pack, *source;
		uint32_t days;

		for (unsigned i = 0; i < 4; i++)
			if (set >> i & 1)
				snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s%s", *text ? "," : "", packs[i],
					i % 2 ? "" : "@2026-01-01#12345678");
		for (uint32_t row = 0; retention_row(row, &class, &pack, &days, &source); row++) {
			assert_true(days >= 30 && strlen(source) > 10);
			if (class != RETENTION_CALL)
				continue;
			all = days > all ? days : all;
			for (unsigned i = 0; i < 4; i++)
				if ((set >> i & 1) && strcmp(pack, packs[i]) == 0)
					most = days > most ? days : most;
		}
		assert_int_equal(retention_us(RETENTION_CALL, text), (most ? most : all) * DAY_US);
	}
	assert_int_equal(retention_us(RETENTION_CALL, "canadas"), 5 * YEAR_US);
	assert_int_equal(retention_us(RETENTION_CALL, "elsewhere@1,canada@2#3"), 3 * YEAR_US);
	six_years("canada@2026-11-22#1a2b3c4d"); /* three years by the lines, but today the campaign names no law */
	test_now_us -= YEAR_US;
	assert_int_equal(run(true).segments, 0);
}

/* LOG_6, LOG_5: a hold on a number, on its person and on a person by name keeps the segment; its release lets it go. */
static void test_LOG_6_hold(void **state)
{
	uint64_t person = ledger_person("debtor 7");
	struct retention_receipt receipt;
	struct hold hold;
	char why[WHY_BYTES];
	(void)state;

	test_lead_with(campaign.list, "+8613900000001", 0, test_shanghai, "person\0debtor 7", 16);
	call_of("us-federal", person); /* to a number that the lead has no more */
	six_years("us-federal");
	assert_int_equal(hold_put(test_store, "+8613800000003", "a case", why), 0);
	receipt = run(false);
	assert_int_equal(receipt.segments, 0);
	assert_int_equal(receipt.stop, RETENTION_HELD);
	assert_int_equal(hold_release(test_store, "+8613800000003", why), 0);
	assert_int_equal(hold_put(test_store, "debtor 7", "a case", why), 0);
	assert_int_equal(run(false).stop, RETENTION_HELD);
	assert_int_equal(hold_release(test_store, "debtor 7", why), 0);
	assert_int_equal(hold_put(test_store, "+8613900000001", "a case", why), 0);
	assert_int_equal(run(false).stop, RETENTION_HELD);
	assert_int_equal(hold_next(test_store, 0, &hold), 0);
	assert_string_equal(hold.why, "a case");
	assert_int_equal(hold_next(test_store, hold.subject, &hold), ERR_UNKNOWN);
	assert_int_equal(hold_release(test_store, "+8613900000001", why), 0);
	assert_int_equal(hold_release(test_store, "+8613900000001", why), ERR_UNKNOWN);
	assert_int_equal(hold_put(test_store, "+1x", "a case", why), ERR_RANGE);
	assert_int_equal(hold_put(test_store, "x", "", why), ERR_RANGE);
	assert_int_equal(run(false).segments, 1);
	assert_int_equal(rows_of("retention"), 7);
	assert_int_equal(test_verify(NULL).faults, 0);
}

/* A line without a person is its number's: who is on hold by another number of his lead has his calls kept. */
static void test_LOG_6_hold_by_another_number(void **state)
{
	static const char first[] = "+8613800000001"; /* the number of the first call_of() */
	char why[WHY_BYTES];
	(void)state;

	test_lead_with(campaign.list, "+8613800000001,+8613900000002", 0, test_shanghai, "", 0);
	call_to_lead(99, "us-federal", number_of(first));
	six_years("us-federal");
	assert_int_equal(hold_put(test_store, "+8613900000002", "a case", why), 0);
	assert_int_equal(run(false).stop, RETENTION_HELD);
	assert_int_equal(hold_release(test_store, "+8613900000002", why), 0);
	assert_int_equal(run(false).segments, 1);
}

static int link_in(struct db_txn *txn, void *arg)
{
	struct lead lead;

	assert_true(lead_load(txn, *(uint64_t *)arg, &lead));
	lead.person = ledger_person("debtor 6");
	lead_save(txn, &lead);
	return 0;
}

/* An upload linked the lead to another person's: its lines name that one, and its own name holds them all the same. */
static void test_LOG_6_hold_of_a_linked_lead(void **state)
{
	char why[WHY_BYTES];
	uint64_t lead;
	(void)state;

	lead = test_lead_with(campaign.list, "+8613900000001", 0, test_shanghai, "person\0debtor 7", 16);
	assert_int_equal(db_change(test_store->db, link_in, &lead), 0);
	call_to_lead(lead, "us-federal", ledger_person("debtor 6"));
	six_years("us-federal");
	assert_int_equal(hold_put(test_store, "debtor 7", "a case", why), 0);
	assert_int_equal(run(false).stop, RETENTION_HELD);
	assert_int_equal(hold_release(test_store, "debtor 7", why), 0);
	assert_int_equal(run(false).segments, 1);
}

/* A consent names its person in words. */
static void test_LOG_6_hold_of_who_consented(void **state)
{
	struct consent consent = {.basis = CONSENT_GIVEN,
		.person = "a debtor whose name is longer than a hash",
		.evidence = "a form",
		.at_us = test_now_us};
	char why[WHY_BYTES] = "";
	uint32_t added;
	(void)state;

	assert_int_equal(consent_add_many(test_store, &consent, 1, &added, why), 0);
	six_years("us-federal");
	test_now_us += 5 * YEAR_US; /* consents are kept longer than calls */
	assert_int_equal(hold_put(test_store, consent.person, "a case", why), 0);
	assert_int_equal(run(false).stop, RETENTION_HELD);
	assert_int_equal(hold_release(test_store, consent.person, why), 0);
	assert_true(run(false).segments > 0);
}

static int attempt_in(struct db_txn *txn, void *arg)
{
	attempt_save(txn, arg);
	return 0;
}

/*
 * An attempt on hold stays in the store though its segment goes. (Its lines are in a segment that would stay: here it has none.)
 */
static void test_held_attempts_stay(void **state)
{
	struct attempt attempt;
	char why[WHY_BYTES];
	(void)state;

	attempt = (struct attempt){.id = next_attempt++,
		.lead = 99,
		.campaign = campaign.id,
		.outcome = OUTCOME_BUSY,
		.intent_us = test_now_us,
		.e164 = "+8613912345678"};
	assert_int_equal(db_change(test_store->db, attempt_in, &attempt), 0);
	six_years("us-federal");
	assert_int_equal(hold_put(test_store, "+8613912345678", "a case", why), 0);
	assert_int_equal(run(false).segments, 1);
	assert_int_equal(attempt_get(test_store, 1, &attempt), 0);
	assert_int_equal(attempt_get(test_store, 2, &attempt), ERR_UNKNOWN);
}

/* A crash between the record and the files: the next sealing ends it. And no byte of `pruned` can be another. */
static void test_LOG_6_crash_and_mutations(void **state)
{
	char path[160], command[800], *text;
	size_t bytes;
	(void)state;

	six_years("us-federal");
	snprintf(command, sizeof(command), "cp -r %s/evidence %s/before", test_dir, test_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(run(false).segments, 1);
	snprintf(command, sizeof(command),
		"cd %s && cp -n before/seg-* evidence/ && cp before/MANIFEST* evidence/ && rm evidence/pruned", test_dir);
	assert_int_equal(system(command), 0);
	assert_true(test_verify(NULL).faults > 0);
	test_seal(0);
	assert_int_equal(test_verify(NULL).faults, 0);
	assert_int_equal(test_verify(NULL).segments, SEGMENTS - 1 + 1); /* without the first; with the event of run() */
	snprintf(path, sizeof(path), "%s/evidence/pruned", test_dir);
	assert_int_equal(file_text(path, PRUNED_BYTES, &text, &bytes), 0);
	for (size_t i = 0; i < bytes; i += 3) {
		text[i] ^= 1;
		file_put(path, text, bytes);
		text[i] ^= 1;
		if (strstr(text, "until_us") && i > (size_t)(strstr(text, "until_us") - text) + 8 &&
			i < (size_t)(strstr(text, "peak") - text))
			continue; /* a time that nothing is counted from */
		assert_true(test_verify(NULL).faults > 0);
	}
	free(text);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_LOG_6_later_proofs_stay),
		T(test_LOG_6_longest_wins),
		T(test_LOG_6_hold),
		T(test_LOG_6_hold_by_another_number),
		T(test_LOG_6_hold_of_a_linked_lead),
		T(test_LOG_6_hold_of_who_consented),
		T(test_held_attempts_stay),
		T(test_LOG_6_crash_and_mutations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
