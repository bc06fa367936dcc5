/* test_recall.c - recordings heard before: the store's table and key, older stores, and the memory over a restart */
#include "tests/unit/test_store.h"

#include "base/prng.h"
#include "campaigns/writer.h"
#include "dialer/recall.h"
#include "media/amd/memory.h"

#include <lmdb.h>

static struct writer *writer;
static struct recall *recall;

static void begin(void)
{
	uint64_t recovered;

	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
	assert_int_equal(recall_open(&recall, test_store, writer, test_now_us), 0);
}

/* Everything that was given to the writer is in the store. */
static void end(void)
{
	writer_stop(writer);
	recall_close(recall);
	writer = NULL;
	recall = NULL;
}

static void restart(void)
{
	end();
	test_reopen();
	begin();
}

static uint32_t rows(void)
{
	struct print_row row;
	uint32_t count = 0;
	int err;

	for (uint32_t from = 0; (err = print_next(test_store, from, &row)) == 0; from = row.slot + 1)
		count++;
	assert_int_equal(err, ERR_UNKNOWN);
	return count;
}

static struct recalled hear_attempt(uint64_t recording, unsigned number, bool answered)
{
	struct attempt attempt = {.id = 1000 + number, .answer_us = answered};
	struct amd_print print = {.frames = AMD_PRINT_FRAMES, .voiced = 100};
	struct prng prng;

	prng_seed(&prng, recording);
	for (int i = 0; i < AMD_PRINT_FRAMES; i++)
		print.code[i] = (uint16_t)prng_u64(&prng);
	snprintf(attempt.e164, sizeof(attempt.e164), "+8613800%06u", number);
	return recall_hear(recall, &attempt, &print, test_now_us);
}

static enum amd_verdict hear(uint64_t recording, unsigned number)
{
	return hear_attempt(recording, number, true).verdict;
}

/* --- the store's side */

static void rows_are_written_replaced_and_removed(void **state)
{
	struct print_row row = {.slot = 5, .bytes = 3, .data = "abc"}, read;

	(void)state;
	assert_int_equal(writer_start(&writer, test_store, NULL, NULL), 0);
	assert_int_equal(writer_print(writer, &row), 0);
	row.slot = PRINT_SLOTS - 1;
	row.bytes = PRINT_BYTES;
	memset(row.data, 0xaa, sizeof(row.data));
	assert_int_equal(writer_print(writer, &row), 0);
	row.bytes = 1;
	assert_int_equal(writer_print(writer, &row), 0);
	row.slot = PRINT_SLOTS;
	assert_int_equal(writer_print(writer, &row), ERR_RANGE);
	row = (struct print_row){.slot = 1, .bytes = PRINT_BYTES + 1};
	assert_int_equal(writer_print(writer, &row), ERR_RANGE);
	writer_stop(writer);
	assert_int_equal(print_next(test_store, 0, &read), 0);
	assert_int_equal(read.slot, 5);
	assert_int_equal(read.bytes, 3);
	assert_memory_equal(read.data, "abc", 3);
	assert_int_equal(print_next(test_store, 6, &read), 0);
	assert_int_equal(read.bytes, 1);
	assert_int_equal(print_next(test_store, PRINT_SLOTS, &read), ERR_UNKNOWN);
	assert_int_equal(writer_start(&writer, test_store, NULL, NULL), 0);
	row = (struct print_row){.slot = 5};
	assert_int_equal(writer_print(writer, &row), 0);
	writer_stop(writer);
	assert_int_equal(rows(), 1);
}

static void the_key_stays_and_is_the_stores_own(void **state)
{
	uint8_t first[32], again[32], other[32];
	struct store *second;
	char dir[96];

	(void)state;
	assert_int_equal(print_key(test_store, first), 0);
	test_reopen();
	assert_int_equal(print_key(test_store, again), 0);
	assert_memory_equal(first, again, 32);
	snprintf(dir, sizeof(dir), "%s/other", test_dir);
	assert_int_equal(store_open(&second, dir, STORE_CREATE, NULL), 0);
	assert_int_equal(print_key(second, other), 0);
	assert_memory_not_equal(first, other, 32);
	store_close(second);
}

/* What a program did that had no such table. */
static void drop_table(void)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	store_close(test_store);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 32), 0);
	assert_int_equal(mdb_env_open(env, test_dir, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "prints", 0, &dbi), 0);
	assert_int_equal(mdb_drop(txn, dbi, 1), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static void an_older_store_gets_the_table(void **state)
{
	struct print_row row;

	(void)state;
	drop_table();
	assert_int_equal(store_open(&test_store, test_dir, STORE_READ, NULL), 0);
	assert_int_equal(print_next(test_store, 0, &row), ERR_UNKNOWN);
	test_reopen();
	begin();
	hear(1, 1);
	hear(1, 2);
	end();
	assert_int_equal(rows(), 1);
}

/* --- the memory over a restart */

static void known_over_a_restart(void **state)
{
	struct recall_counters counters;

	(void)state;
	begin();
	assert_int_equal(hear(1, 1), AMD_NONE);
	assert_int_equal(hear(1, 1), AMD_NONE);
	assert_int_equal(hear(1, 2), AMD_NONE);
	restart();
	assert_int_equal(hear(1, 2), AMD_NONE); /* the same number: the key is the same too */
	assert_int_equal(hear(1, 3), AMD_MACHINE);
	assert_int_equal(hear(2, 3), AMD_NONE);
	restart();
	assert_int_equal(hear(1, 4), AMD_MACHINE);
	recall_count(recall, &counters);
	assert_int_equal(counters.heard, 1);
	assert_int_equal(counters.known, 1);
	assert_int_equal(counters.entries, 1); /* that of one number only was not kept */
	assert_int_equal(counters.announcements, 1);
	end();
}

static void forgotten_after_ninety_days(void **state)
{
	struct recall_counters counters;

	(void)state;
	begin();
	for (unsigned number = 1; number <= 3; number++)
		for (uint64_t recording = 1; recording <= 3; recording++)
			hear(recording, number);
	test_now_us += 60 * DAY_US;
	assert_int_equal(hear(2, 9), AMD_MACHINE);
	test_now_us += 40 * DAY_US;
	recall_turn(recall, test_now_us);
	recall_count(recall, &counters);
	assert_int_equal(counters.entries, 1);
	assert_int_equal(hear(2, 10), AMD_MACHINE);
	assert_int_equal(hear(1, 10), AMD_NONE);
	end();
	assert_int_equal(rows(), 1);
	test_now_us += 91 * DAY_US; /* while no engine ran */
	begin();
	recall_count(recall, &counters);
	assert_int_equal(counters.entries, 0);
	end();
	assert_int_equal(rows(), 0);
}

/* More recordings than slots: those of one number give way, and no row outlives its entry. */
static void bounded(void **state)
{
	struct recall_counters counters;

	(void)state;
	begin();
	for (uint64_t recording = 1; recording <= 20; recording++)
		for (unsigned number = 1; number <= 3; number++)
			hear(recording, number);
	for (uint64_t recording = 100; recording < 100 + PRINT_SLOTS + 200; recording++) {
		test_now_us += SEC_US;
		hear(recording, 7);
	}
	recall_count(recall, &counters);
	assert_int_equal(counters.entries, PRINT_SLOTS);
	assert_int_equal(counters.announcements, 20);
	end();
	assert_int_equal(rows(), 20);
}

/* A row that is no entry is removed and its slot used again. */
static void strange_rows_go(void **state)
{
	struct print_row row = {.slot = 0, .bytes = MEMORY_ENTRY_BYTES};
	struct recall_counters counters;

	(void)state;
	memset(row.data, 0x55, sizeof(row.data));
	assert_int_equal(writer_start(&writer, test_store, NULL, NULL), 0);
	assert_int_equal(writer_print(writer, &row), 0);
	writer_stop(writer);
	assert_int_equal(rows(), 1);
	begin();
	recall_count(recall, &counters);
	assert_int_equal(counters.entries, 0);
	end();
	assert_int_equal(rows(), 0);
}

/* --- labels */

static uint32_t stored_recording(uint64_t *attempt)
{
	struct memory_entry entry;
	struct print_row row;

	assert_int_equal(print_next(test_store, 0, &row), 0);
	assert_true(memory_decode(row.data, row.bytes, &entry));
	*attempt = row.attempt;
	return memory_id(&entry);
}

static void say(uint32_t recording, enum memory_label label, bool forget)
{
	struct print_label said = {.recording = recording, .label = (uint8_t)label, .forget = forget, .at_us = test_now_us};

	assert_int_equal(print_label_set(test_store, &said), 0);
	recall_reload(recall);
}

/* Without a restart, and over one; the engine's own writing does not undo it. */
static void a_label_decides(void **state)
{
	static const struct {
		enum memory_label label;
		enum amd_verdict verdict;
		enum outcome outcome;
	} cases[] = {
		{MEMORY_LABEL_SCREENER, AMD_SCREENER, OUTCOME_NONE},
		{MEMORY_LABEL_HUMAN, AMD_HUMAN, OUTCOME_NONE},
		{MEMORY_LABEL_MACHINE, AMD_MACHINE, OUTCOME_NONE},
		{MEMORY_LABEL_DEAD_NUMBER, AMD_MACHINE, OUTCOME_DEAD_NUMBER},
		{MEMORY_LABEL_BUSY, AMD_MACHINE, OUTCOME_BUSY},
		{MEMORY_LABEL_NO_ANSWER, AMD_MACHINE, OUTCOME_NO_ANSWER},
		{MEMORY_LABEL_CONGESTION, AMD_MACHINE, OUTCOME_CONGESTION},
		{MEMORY_LABEL_ANNOUNCEMENT, AMD_MACHINE, OUTCOME_ANNOUNCEMENT},
		{MEMORY_LABEL_IGNORE, AMD_NONE, OUTCOME_NONE},
	};
	uint64_t attempt;

	(void)state;
	begin();
	hear(1, 1);
	hear(1, 2);
	restart();
	uint32_t recording = stored_recording(&attempt);
	assert_int_equal(attempt, 1002);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		say(recording, cases[i].label, false);
		for (int again = 0; again < 2; again++) {
			struct recalled known = hear_attempt(1, 3 + i, true), early = hear_attempt(1, 3 + i, false);

			assert_int_equal(known.recording, recording);
			assert_int_equal(known.verdict, cases[i].verdict);
			assert_int_equal(known.outcome, cases[i].outcome);
			assert_int_equal(early.outcome, cases[i].outcome);
			restart();
		}
	}
	say(recording, MEMORY_LABEL_NONE, false);
	assert_int_equal(hear(1, 3), AMD_MACHINE); /* three numbers */
	end();
}

/* What was learned until then; what is learned afterwards is new. */
static void forgotten_by_hand(void **state)
{
	uint64_t attempt;

	(void)state;
	begin();
	for (unsigned number = 1; number <= 3; number++)
		hear(1, number);
	restart();
	say(stored_recording(&attempt), MEMORY_LABEL_NONE, true);
	test_now_us += SEC_US;
	assert_int_equal(hear(1, 4), AMD_NONE);
	assert_int_equal(hear(1, 5), AMD_NONE);
	end();
	assert_int_equal(rows(), 1);
	begin();
	assert_int_equal(hear(1, 6), AMD_MACHINE);
	end();
}

static void labels_are_bounded_and_sorted(void **state)
{
	struct print_label label = {.label = MEMORY_LABEL_MACHINE};
	uint32_t count = 0;

	(void)state;
	for (uint32_t i = 0; i < PRINT_LABELS + 3; i++) {
		label.recording = i * 7919u;
		label.at_us = 1000 + i;
		assert_int_equal(print_label_set(test_store, &label), 0);
	}
	for (uint32_t from = 0; print_label_next(test_store, from, &label) == 0; from = label.recording + 1)
		count++;
	assert_int_equal(count, PRINT_LABELS);
	assert_int_equal(print_label_next(test_store, 0, &label), 0);
	assert_int_equal(label.recording, 3 * 7919); /* the oldest three gave way */
	assert_int_equal(print_labels_version(test_store), PRINT_LABELS + 3);
}

/* --- before the answer */

static enum outcome early(unsigned number, enum outcome ended)
{
	struct recalled known = hear_attempt(1, number, false);

	if (known.outcome == OUTCOME_NONE)
		recall_ended(recall, known.recording, ended);
	return known.outcome;
}

/* Three numbers and three refusals by the network, over a restart; what they agree on is the outcome. */
static void an_announcement_is_learned_before_the_answer(void **state)
{
	(void)state;
	for (int mixed = 0; mixed < 2; mixed++) {
		begin();
		test_now_us += 91 * DAY_US; /* nothing is left of the one before */
		recall_turn(recall, test_now_us);
		assert_int_equal(early(1, OUTCOME_DEAD_NUMBER), OUTCOME_NONE);
		assert_int_equal(early(1, OUTCOME_NO_ANSWER), OUTCOME_NONE);
		assert_int_equal(early(2, OUTCOME_DEAD_NUMBER), OUTCOME_NONE);
		assert_int_equal(early(3, OUTCOME_BUSY), OUTCOME_NONE);
		assert_int_equal(early(4, mixed ? OUTCOME_CONGESTION : OUTCOME_DEAD_NUMBER), OUTCOME_NONE);
		assert_int_equal(early(5, OUTCOME_BUSY), mixed ? OUTCOME_ANNOUNCEMENT : OUTCOME_DEAD_NUMBER);
		restart();
		assert_int_equal(early(6, OUTCOME_BUSY), mixed ? OUTCOME_ANNOUNCEMENT : OUTCOME_DEAD_NUMBER);
		end();
	}
}

/* Music or words that the caller hears while a telephone rings: one answer, and it ends nothing any more. */
static void what_is_played_while_it_rings_ends_nothing(void **state)
{
	(void)state;
	begin();
	assert_int_equal(early(1, OUTCOME_DEAD_NUMBER), OUTCOME_NONE);
	assert_int_equal(early(2, OUTCOME_NONE), OUTCOME_NONE);
	for (unsigned number = 3; number < 20; number++)
		assert_int_equal(early(number, OUTCOME_DEAD_NUMBER), OUTCOME_NONE);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_are_written_replaced_and_removed, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(the_key_stays_and_is_the_stores_own, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(an_older_store_gets_the_table, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(known_over_a_restart, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(forgotten_after_ninety_days, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(bounded, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(strange_rows_go, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(a_label_decides, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(forgotten_by_hand, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(labels_are_bounded_and_sorted, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(an_announcement_is_learned_before_the_answer, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(what_is_played_while_it_rings_ends_nothing, test_setup, test_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
