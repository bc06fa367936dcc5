/*
 * test_recording.c - recordings in the store and on the disk: notes, pauses, the keeper, a crash, retention (REC_3), the review
 * queue
 */
#include "tests/unit/test_store.h"

#include "campaigns/classify_report.h"
#include "campaigns/hold.h"
#include "campaigns/recording.h"
#include "campaigns/retention.h"
#include "campaigns/review.h"
#include "campaigns/tables.h"
#include "dialer/keeper.h"
#include "media/archive.h"

#include <errno.h>
#include <sys/stat.h>

#define DAY (86400 * SEC_US)
#define T0 TEST_MONDAY_NOON_US

static void note(enum recording_note_kind kind, uint64_t attempt, int64_t at_us, const struct recording_terms *terms)
{
	struct recording_note note = {
		.kind = kind, .attempt = attempt, .campaign = 1, .at_us = at_us, .who = "anna", .why = "card"};

	if (terms)
		note.terms = *terms;
	assert_int_equal(recording_note(test_store, &note), 0);
}

/* A file of the spool, as the recorder leaves it (or the engine's death). */
static void spool_make(uint64_t id, bool ended, unsigned blocks)
{
	struct spool_head head = {
		.id = id, .law = AMD_ALAW, .ended = ended, .start_us = T0, .pairs = ended ? blocks * TAPE_PAIRS : 0};
	static uint8_t raw[SPOOL_HEAD_BYTES], block[TAPE_BLOCK_BYTES];
	char path[4096];

	snprintf(path, sizeof(path), "%s/recordings/spool/%llu%s", test_dir, (unsigned long long)id,
		ended ? SPOOL_DONE : SPOOL_PART);
	FILE *file = fopen(path, "wb");
	spool_print(raw, &head);
	memset(block, 0x15, sizeof(block));
	assert_int_equal(fwrite(raw, sizeof(raw), 1, file), 1);
	for (unsigned i = 0; i < blocks; i++)
		assert_int_equal(fwrite(block, sizeof(block), 1, file), 1);
	fclose(file);
}

static void turn(uint32_t finished_wanted)
{
	uint32_t finished, left;

	assert_int_equal(keeper_turn(test_store, "none", NULL, &finished, &left), 0);
	assert_int_equal(finished, finished_wanted);
	assert_int_equal(left, 0);
}

static const struct recording_terms g711 = {.on = true, .format = RECORDING_G711, .pause_us = 120 * SEC_US};

static void a_recording_is_finished_with_its_sum_and_pauses(void **state)
{
	struct vault_receipt sum;
	struct recording got;
	char path[4096];

	(void)state;
	note(NOTE_BEGUN, 7, T0, &g711);
	note(NOTE_PAUSED, 7, T0 + SEC_US, NULL);
	note(NOTE_PAUSED, 7, T0 + 2 * SEC_US, NULL); /* twice is as once */
	note(NOTE_RESUMED, 7, T0 + 3 * SEC_US, NULL);
	note(NOTE_PAUSED, 7, T0 + 4 * SEC_US, NULL);
	note(NOTE_ENDED, 7, T0 + 6 * SEC_US, NULL);
	spool_make(7, true, 3);
	turn(1);
	turn(0);
	assert_int_equal(recording_get(test_store, 7, &got), 0);
	assert_int_equal(got.state, RECORDING_KEPT);
	assert_int_equal(got.gap_count, 2);
	assert_true(got.gaps[0].from_us == T0 + SEC_US && got.gaps[0].to_us == T0 + 3 * SEC_US &&
		    got.gaps[1].to_us == T0 + 6 * SEC_US);
	assert_string_equal(got.gaps[0].who, "anna");
	assert_string_equal(got.gaps[0].why, "card");
	assert_int_equal(got.ms, 3 * TAPE_PAIRS / 8);
	assert_true(!got.crashed && got.lost_ms == 0);
	assert_string_equal(got.file, "20261116/7.wav");
	recording_path(test_store, &got, path);
	assert_int_equal(vault_sum(path, &sum), 0);
	assert_string_equal(sum.sha256, got.sha256);
}

static void a_crash_leaves_a_marked_recording(void **state)
{
	struct recording got;
	char spool[4096];

	(void)state;
	note(NOTE_BEGUN, 8, T0, &g711);
	spool_make(8, false, 2);
	note(NOTE_BEGUN, 9, T0, &g711); /* died before the file was made */
	assert_int_equal(keeper_recover(test_store, spool), 0);
	turn(1);
	assert_int_equal(recording_get(test_store, 8, &got), 0);
	assert_true(
		got.state == RECORDING_KEPT && got.crashed && got.ms == 2 * TAPE_PAIRS / 8 && got.end_us == T0 + got.ms * MS_US);
	assert_int_equal(recording_get(test_store, 9, &got), 0);
	assert_int_equal(got.state, RECORDING_LOST);
}

/* The store was told and the spool's file stayed, or the file was written and the store was not told. */
static void a_crash_of_the_keeper_changes_nothing(void **state)
{
	struct recording first, again;

	(void)state;
	note(NOTE_BEGUN, 10, T0, &g711);
	spool_make(10, true, 1);
	turn(1);
	assert_int_equal(recording_get(test_store, 10, &first), 0);
	spool_make(10, true, 1);
	turn(1);
	assert_int_equal(recording_get(test_store, 10, &again), 0);
	assert_string_equal(first.sha256, again.sha256);
	spool_make(11, true, 1); /* not even its beginning is in the store */
	turn(1);
	assert_int_equal(recording_get(test_store, 11, &again), 0);
	assert_true(again.state == RECORDING_KEPT && again.start_us == T0);
}

static void a_damaged_spool_file_is_put_aside(void **state)
{
	struct recording got;
	char path[4096];

	(void)state;
	note(NOTE_BEGUN, 12, T0, &g711);
	snprintf(path, sizeof(path), "%s/recordings/spool/12.done", test_dir);
	file_put_text(path, "nonsense");
	turn(1);
	assert_int_equal(recording_get(test_store, 12, &got), 0);
	assert_int_equal(got.state, RECORDING_LOST);
	assert_int_equal(access(path, F_OK), -1);
}

static void without_its_key_a_recording_waits(void **state)
{
	uint32_t finished, left;
	struct recording got;

	(void)state;
	note(NOTE_BEGUN, 13, T0, &g711);
	spool_make(13, true, 1);
	assert_int_equal(keeper_turn(test_store, "/nowhere", NULL, &finished, &left), -ENOENT);
	assert_int_equal(finished, 0);
	assert_int_equal(recording_get(test_store, 13, &got), 0);
	assert_int_equal(got.state, RECORDING_OPEN);
	turn(1);
}

/* --- REC-3 */

static struct recording_terms of_class(const char *names, int64_t keep_days)
{
	struct recording_terms terms = g711;

	assert_true(recording_classes_parse(names, &terms.classes));
	terms.keep_us = keep_days * DAY;
	return terms;
}

static void REC_3_floors_and_ceilings(void **state)
{
	static const struct {
		const char *classes;
		int64_t keep_days, days; /* what is asked for; kept, or 0: refused */
	} cases[] = {
		{"none", 0, 365},
		{"none", 10, 10},
		{"us-telemarketing", 30, 30},
		{"us-collections", 0, 1096},
		{"us-collections", 1095, 0},
		{"us-collections", 2000, 2000},
		{"uk", 0, 366},
		{"uk", 367, 0},
		{"eu", 90, 90},
		{"cn", 29, 0},
		{"cn", 0, 30},
		{"cn-card", 730, 0},
		{"cn-card", 0, 731},
		{"us-collections,uk", 0, 1096},
		{"us-collections,uk", 366, 0},
		{"us-collections,uk", 1097, 0},
		{"cn,cn-card", 60, 0},
		{"none", -1, 0},
	};
	uint32_t classes;
	char why[WHY_BYTES], text[96];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct recording_terms terms = of_class(cases[i].classes, cases[i].keep_days);
		assert_int_equal(recording_terms_check(&terms, why), cases[i].days ? 0 : ERR_RANGE);
		if (cases[i].days)
			assert_int_equal(recording_keep_us(&terms), cases[i].days * DAY);
	}
	assert_false(recording_classes_parse("uk,nowhere", &classes));
	assert_true(recording_classes_parse("cn-card,uk", &classes));
	assert_string_equal(recording_classes_text(classes, text), "uk,cn-card");
}

static void REC_3_nothing_goes_before_its_time_and_all_of_it_after(void **state)
{
	struct recording_terms uk = of_class("uk", 0), us = of_class("us-collections", 0), shorter = of_class("none", 1);
	struct recording_prune prune;
	struct recording got;
	char path[4096];

	(void)state;
	shorter.classes = us.classes; /* as if the floor had been raised after the call */
	note(NOTE_BEGUN, 21, T0, &uk);
	note(NOTE_BEGUN, 22, T0, &us);
	note(NOTE_BEGUN, 23, T0, &shorter);
	for (uint64_t id = 21; id <= 23; id++) {
		note(NOTE_ENDED, id, T0 + SEC_US, NULL);
		spool_make(id, true, 1);
	}
	turn(3);
	assert_int_equal(recording_prune(test_store, T0 + 366 * DAY, false, &prune), 0);
	assert_int_equal(prune.removed, 0);
	assert_int_equal(recording_prune(test_store, T0 + 366 * DAY + SEC_US, true, &prune), 0);
	assert_int_equal(prune.removed, 1);
	assert_int_equal(recording_get(test_store, 21, &got), 0);
	recording_path(test_store, &got, path);
	assert_int_equal(access(path, F_OK), 0); /* only counted */
	assert_int_equal(recording_prune(test_store, T0 + 366 * DAY + SEC_US, false, &prune), 0);
	assert_true(prune.removed == 1 && prune.bytes == got.bytes);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(recording_get(test_store, 21, &got), 0);
	assert_true(got.state == RECORDING_REMOVED && strlen(got.sha256) == 64);
	assert_int_equal(recording_prune(test_store, T0 + 1096 * DAY, false, &prune), 0);
	assert_int_equal(prune.removed, 0);
	assert_int_equal(recording_prune(test_store, T0 + 1096 * DAY + SEC_US, false, &prune), 0);
	assert_int_equal(prune.removed, 2);
}

static int attempt_in(struct db_txn *txn, void *arg)
{
	attempt_save(txn, arg);
	return 0;
}

/*
 * `outdial retention run`: what is due goes and stands in its receipt; what is about somebody on hold stays until that is
 * released.
 */
static void REC_3_a_retention_run_removes_recordings(void **state)
{
	struct recording_terms uk = of_class("uk", 0);
	struct retention_receipt receipt;
	struct recording got;
	char why[WHY_BYTES] = "";

	(void)state;
	for (uint64_t id = 41; id <= 43; id++) {
		struct attempt attempt = {.id = id, .lead = 99, .campaign = 1, .outcome = OUTCOME_CONNECTED, .intent_us = T0};

		snprintf(attempt.e164, sizeof(attempt.e164), "+4477009001%02u", (unsigned)id);
		assert_int_equal(db_change(test_store->db, attempt_in, &attempt), 0);
		note(NOTE_BEGUN, id, id == 43 ? T0 + 300 * DAY : T0, &uk);
		note(NOTE_ENDED, id, id == 43 ? T0 + 300 * DAY + SEC_US : T0 + SEC_US, NULL);
		spool_make(id, true, 1);
	}
	turn(3);
	assert_int_equal(hold_put(test_store, "+447700900141", "a case", why), 0);
	test_now_us = T0 + 400 * DAY;
	assert_int_equal(retention_run(test_store, true, &receipt, why), 0);
	assert_int_equal(receipt.recordings.removed, 1);
	assert_int_equal(recording_get(test_store, 42, &got), 0);
	assert_int_equal(got.state, RECORDING_KEPT);
	assert_int_equal(retention_run(test_store, false, &receipt, why), 0);
	assert_true(receipt.recordings.removed == 1 && receipt.recordings.held == 1 && receipt.recordings.seen == 3 &&
		    receipt.recordings.bytes == got.bytes);
	assert_int_equal(recording_get(test_store, 41, &got), 0);
	assert_int_equal(got.state, RECORDING_KEPT);
	assert_int_equal(recording_get(test_store, 42, &got), 0);
	assert_int_equal(got.state, RECORDING_REMOVED);
	assert_int_equal(hold_release(test_store, "+447700900141", why), 0);
	assert_int_equal(retention_run(test_store, false, &receipt, why), 0);
	assert_int_equal(receipt.recordings.removed, 1);
}

static void more_pauses_than_are_kept_last_to_the_end(void **state)
{
	struct recording got;

	(void)state;
	note(NOTE_BEGUN, 30, T0, &g711);
	for (int i = 0; i < RECORDING_GAPS + 2; i++) {
		note(NOTE_PAUSED, 30, T0 + i * 2 * SEC_US, NULL);
		if (i < RECORDING_GAPS - 1)
			note(NOTE_RESUMED, 30, T0 + (i * 2 + 1) * SEC_US, NULL);
	}
	note(NOTE_ENDED, 30, T0 + 100 * SEC_US, NULL);
	assert_int_equal(recording_get(test_store, 30, &got), 0);
	assert_int_equal(got.gap_count, RECORDING_GAPS);
	assert_int_equal(got.gaps[RECORDING_GAPS - 1].to_us, T0 + 100 * SEC_US);
}

/* --- the review queue */

static int attempts_in(struct db_txn *txn, void *arg)
{
	struct attempt attempt = {.campaign = 1,
		.outcome = OUTCOME_MACHINE,
		.intent_us = T0,
		.answer_us = T0 + SEC_US,
		.verdict = "machine",
		.trunk = "t"};

	(void)arg;
	for (attempt.id = 1; attempt.id <= 100; attempt.id++) {
		attempt.review = attempt.id % 10 == 0 ? REVIEW_WANTED : REVIEW_NONE;
		attempt_save(txn, &attempt);
	}
	return 0;
}

static void reviews_feed_the_estimate(void **state)
{
	static struct classify_report report;
	struct attempt attempt = {.id = 0};
	char why[WHY_BYTES];
	unsigned waiting = 0;

	(void)state;
	assert_int_equal(db_change(test_store->db, attempts_in, NULL), 0);
	for (uint64_t after = 0; review_next(test_store, after, &attempt) == 0; after = attempt.id, waiting++)
		assert_int_equal(attempt.id % 10, 0);
	assert_int_equal(waiting, 10);
	assert_int_equal(review_judge(test_store, 11, true, why), ERR_WRONG_STATE);
	assert_int_equal(review_judge(test_store, 999, true, why), ERR_UNKNOWN);
	assert_int_equal(review_judge(test_store, 10, false, why), 0);
	assert_int_equal(review_judge(test_store, 10, true, why), 0); /* corrected */
	for (uint64_t id = 20; id <= 40; id += 10)
		assert_int_equal(review_judge(test_store, id, false, why), 0);
	assert_int_equal(classify_report_make(test_store, NULL, 0, 0, &report, why), 0);
	assert_true(report.all.counts.machines == 100 && report.all.counts.reviewed == 10 && report.all.counts.judged == 4 &&
		    report.all.counts.wrong == 1 && report.all.counts.sampled == 0);
	assert_int_equal(judge_lost(&report.all.counts), 25); /* nobody who was listened to was connected: all of them count */
}

static void the_shares_are_independent(void **state)
{
	unsigned both = 0, review = 0;

	(void)state;
	for (uint64_t id = 1; id <= 100000; id++) {
		review += judge_review_chosen(id, 0.1);
		both += judge_review_chosen(id, 0.1) && judge_chosen(id, 0.1);
	}
	assert_in_range(review, 9600, 10400);
	assert_in_range(both, 850, 1150);
}

static int setup(void **state)
{
	char spool[4096];

	return test_setup(state) ? -1 : keeper_recover(test_store, spool);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_recording_is_finished_with_its_sum_and_pauses),
		TEST(a_crash_leaves_a_marked_recording),
		TEST(a_crash_of_the_keeper_changes_nothing),
		TEST(a_damaged_spool_file_is_put_aside),
		TEST(without_its_key_a_recording_waits),
		TEST(REC_3_floors_and_ceilings),
		TEST(REC_3_nothing_goes_before_its_time_and_all_of_it_after),
		TEST(REC_3_a_retention_run_removes_recordings),
		TEST(more_pauses_than_are_kept_last_to_the_end),
		TEST(reviews_feed_the_estimate),
		TEST(the_shares_are_independent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
