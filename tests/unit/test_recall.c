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

static enum amd_verdict hear(uint64_t recording, unsigned number)
{
	struct amd_print print = {.frames = AMD_PRINT_FRAMES, .voiced = 100};
	struct prng prng;
	char e164[NUMBER_BYTES];

	prng_seed(&prng, recording);
	for (int i = 0; i < AMD_PRINT_FRAMES; i++)
		print.code[i] = (uint16_t)prng_u64(&prng);
	snprintf(e164, sizeof(e164), "+8613800%06u", number);
	return recall_hear(recall, e164, &print, test_now_us);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
