/*
 * test_personkey.c - what becomes of the file of keys when its beginning is not what was written (after a loss of power, or
 * another file in its place)
 */
#include "tests/unit/test_leads.h"

#include "campaigns/erase.h"
#include "campaigns/personkey.h"

#define HIM "+8613912345678"
#define BLOCK_BYTES (4096 * SIV_KEY_BYTES) /* the first that is written */

static char why[WHY_BYTES];

/* Of so many bytes, of which those behind the first are zeros. */
static void keys_put(const void *first, size_t count, off_t size)
{
	file_put(test_path(PERSONKEY_FILE), first, count);
	assert_int_equal(truncate(test_path(PERSONKEY_FILE), size), 0);
}

static void assert_keys_are(const void *bytes, size_t count)
{
	size_t there = 0;
	char *now = file_get(test_path(PERSONKEY_FILE), &there);

	assert_int_equal(there, count);
	assert_memory_equal(now, bytes, count);
	free(now);
}

/*
 * Of a number that was on the do-not-call list once: one key is given out for its line, and the pseudonym takes the store's
 * secret.
 */
static int erase_him(struct erase_receipt *receipt)
{
	struct erase_options options = {.basis = "a letter"};

	why[0] = '\0';
	assert_int_equal(dnc_add(test_store, HIM, NULL), 0);
	return erase_run(test_store, HIM, &options, receipt, why);
}

static void assert_serves(void)
{
	struct erase_receipt receipt, again;

	assert_int_equal(erase_him(&receipt), 0);
	assert_int_equal(strlen(receipt.pseudonym), 2 * PSEUDONYM_BYTES);
	test_reopen();
	assert_int_equal(erase_run(test_store, HIM, &(struct erase_options){.basis = "a letter"}, &again, why), 0);
	assert_true(again.again);
	assert_string_equal(again.pseudonym, receipt.pseudonym);
}

/* The length was on the disk, what stands in it was not, or not all of it: nobody was given a key of it yet. */
static void a_power_cut_in_the_first_block(void **state)
{
	static const off_t sizes[] = {0, 5, 40, 64, 100, BLOCK_BYTES - 1, BLOCK_BYTES, 2 * BLOCK_BYTES};
	static const char title[] = "outdial person keys 1\n";

	for (unsigned i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (i % 2) /* the title alone */
			keys_put(title, sizeof(title), sizes[i / 2]);
		else
			keys_put("", 0, sizes[i / 2]);
		test_reopen();
		assert_serves();
		assert_int_equal(test_teardown(state), 0);
		assert_int_equal(test_setup(state), 0);
	}
}

/*
 * The store came back from a copy of before its first key: the keys that were given out since stay, for what is sealed elsewhere.
 */
static void a_whole_file_is_kept(void **state)
{
	size_t count = 0;
	char *before;

	(void)state;
	assert_int_equal(dnc_add(test_store, HIM, NULL), 0);
	before = file_get(test_path(PERSONKEY_FILE), &count);
	assert_int_equal(count, BLOCK_BYTES);
	store_close(test_store);
	test_store = NULL;
	assert_int_equal(unlink(test_path("data.mdb")), 0);
	assert_int_equal(unlink(test_path("lock.mdb")), 0);
	assert_int_equal(store_open(&test_store, test_dir, STORE_CREATE, why), 0);
	assert_int_equal(dnc_add(test_store, HIM, NULL), 0);
	assert_keys_are(before, count);
	free(before);
}

/* Keys were given out, so that they stood in it: writing it anew would hide that they are lost. */
static void a_damaged_beginning_is_refused(void **state)
{
	static const char zero[BLOCK_BYTES];

	(void)state;
	assert_int_equal(dnc_add(test_store, HIM, NULL), 0);
	store_close(test_store);
	test_store = NULL;
	keys_put(zero, 0, BLOCK_BYTES);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, why), ERR_STORE);
	assert_non_null(strstr(why, PERSONKEY_FILE));
	assert_non_null(strstr(why, "damaged at its beginning: put it back"));
	assert_keys_are(zero, BLOCK_BYTES);
	assert_int_equal(store_open(&test_store, test_dir, STORE_READ, why), 0);
}

/* It is exchanged while the store is open. */
static void a_beginning_that_is_lost_later_is_refused(void **state)
{
	struct erase_receipt receipt;

	(void)state;
	assert_int_equal(dnc_add(test_store, HIM, NULL), 0);
	test_reopen();
	keys_put("", 0, BLOCK_BYTES);
	assert_int_equal(erase_him(&receipt), ERR_STORE);
	assert_non_null(strstr(why, PERSONKEY_FILE));
}

static uint64_t keys_given(void)
{
	struct db_txn txn;
	uint64_t next;

	db_read_begin(test_store->db, &txn);
	next = meta_get(&txn, "personkey_next");
	assert_int_equal(db_read_end(&txn), 0);
	return next;
}

/* Somebody whom nobody called was erased: no line has a key, but his receipt stands under a pseudonym of the store's secret. Under
 * another secret he would be unknown. */
static void a_pseudonym_needs_its_secret(void **state)
{
	struct erase_receipt receipt;
	uint32_t list;

	(void)state;
	assert_int_equal(list_create(test_store, "l", "CN", &list, why), 0);
	lead_of(list, 1, "", 0);
	assert_int_equal(erase_run(test_store, "+8613800000001", &(struct erase_options){.basis = "a letter"}, &receipt, why), 0);
	assert_in_range(keys_given(), 0, PERSONKEY_FIRST);
	test_reopen();
	store_close(test_store);
	test_store = NULL;
	assert_int_equal(unlink(test_path(PERSONKEY_FILE)), 0);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, why), ERR_STORE);
	assert_non_null(strstr(why, "missing: put it back"));
	assert_int_equal(access(test_path(PERSONKEY_FILE), F_OK), -1);
	assert_int_equal(store_open(&test_store, test_dir, STORE_READ, why), 0);
}

/* Nothing was sealed and nobody has a pseudonym: what is made anew is as good. */
static void before_anything_was_given_out_it_may_go(void **state)
{
	struct erase_receipt receipt;

	(void)state;
	assert_int_equal(erase_run(test_store, HIM, &(struct erase_options){.basis = "a letter"}, &receipt, why), ERR_UNKNOWN); /* makes it */
	assert_int_equal(access(test_path(PERSONKEY_FILE), F_OK), 0);
	assert_int_equal(unlink(test_path(PERSONKEY_FILE)), 0);
	test_reopen();
	assert_serves();
}

#define T(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(a_power_cut_in_the_first_block), T(a_whole_file_is_kept), T(a_damaged_beginning_is_refused),
		T(a_beginning_that_is_lost_later_is_refused), T(a_pseudonym_needs_its_secret), T(before_anything_was_given_out_it_may_go)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
