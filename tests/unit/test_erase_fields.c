/*
 * test_erase_fields.c - personal fields under keys of their own: boxes that are changed, places of keys, a file of keys that is
 * lost (LOG-5)
 */
#include "tests/unit/test_erase.h"

#include "campaigns/personal.h"

#include <errno.h>

/* Each character of the box changed: no field is read, none is another, and the log's own check finds it (test_verify). */
static void mutations_of_a_sealed_field(void **state)
{
	char raw[LINE_BYTES_MAX + 1], other[LINE_BYTES_MAX + 1], opened[PERSONAL_LINE_BYTES], *box;

	(void)state;
	assert_int_equal(dnc_add(test_store, HIM, NULL), 0);
	raw_line(next_seq() - 1, raw);
	test_opened(raw, strlen(raw), opened, sizeof(opened));
	assert_non_null(strstr(opened, "\"to\":\"" HIM "\"}"));
	box = strstr(raw, "\"box\":\"");
	assert_non_null(box);
	for (char *at = box + 7; *at != '"'; at++) {
		char was = *at;

		*at = was == 'A' ? 'B' : 'A';
		test_opened(raw, strlen(raw), opened, sizeof(opened));
		assert_non_null(strstr(opened, "\"to\":\"unreadable\"}"));
		*at = was;
	}
	snprintf(other, sizeof(other), "%s", raw); /* a box that was moved to another line does not open there */
	box = strstr(other, "\"seq\":");
	box[6]++;
	test_opened(other, strlen(other), opened, sizeof(opened));
	assert_non_null(strstr(opened, "unreadable"));
	snprintf(other, sizeof(other), "%s", raw);
	box = strstr(other, "\"key\":");
	box[6]++; /* another's key */
	test_opened(other, strlen(other), opened, sizeof(opened));
	assert_non_null(strstr(opened, "unreadable"));
}

struct taking {
	uint32_t count, last; /* how many are wanted; the last that was given */
	int err;
};

static int places_in(struct db_txn *txn, void *arg)
{
	struct taking *places = arg;

	for (uint32_t i = 0; i < places->count && !txn->err; i++) {
		uint32_t place = personkey_new(txn, test_store->keys);

		assert_true(place > places->last);
		places->last = place;
	}
	return places->err;
}

/*
 * A place is given out once, over restarts and blocks; a destroyed one never; what a transaction that failed took, the next may.
 */
static void places_are_never_used_again(void **state)
{
	struct taking places = {.count = 700, .last = PERSONKEY_FIRST - 1};
	unsigned char key[SIV_KEY_BYTES], same[SIV_KEY_BYTES];

	(void)state;
	for (int i = 0; i < 7; i++) {
		struct taking undone = {.count = 1, .last = places.last, .err = -EIO};

		assert_int_equal(db_change(test_store->db, places_in, &places), 0);
		undone.last = places.last;
		assert_int_equal(db_change(test_store->db, places_in, &undone), -EIO);
		assert_int_equal(undone.last, places.last + 1);
		if (i % 2)
			/* as if it had been another's */
			assert_int_equal(personkey_destroy(test_store->keys, &undone.last, 1), 0);
		test_reopen();
	}
	assert_int_equal(places.last, PERSONKEY_FIRST - 1 + 7 * 700 + 3); /* those three were passed over */
	assert_int_equal(personkey_get(test_store->keys, places.last, key), PERSONKEY_THERE);
	assert_int_equal(personkey_get(test_store->keys, places.last - 1, same), PERSONKEY_THERE);
	assert_memory_not_equal(key, same, sizeof(key));
	assert_int_equal(personkey_destroy(test_store->keys, &places.last, 1), 0);
	test_reopen();
	assert_int_equal(personkey_get(test_store->keys, places.last, key), PERSONKEY_ERASED);
	assert_int_equal(personkey_get(test_store->keys, places.last - 1, key), PERSONKEY_THERE);
	assert_int_equal(personkey_get(test_store->keys, 1u << 30, key), PERSONKEY_MISSING);
}

/* Without the file nothing is read and nothing is written with other keys in its place. */
static void a_lost_file_of_keys(void **state)
{
	char path[128];
	bool was;

	(void)state;
	assert_int_equal(dnc_add(test_store, HIM, &was), 0);
	snprintf(path, sizeof(path), "%s/" PERSONKEY_FILE, test_dir);
	assert_int_equal(unlink(path), 0);
	assert_non_null(strstr(read_line(next_seq() - 1), "\"to\":\"sealed\""));
	store_close(test_store);
	test_store = NULL;
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, why), ERR_STORE);
	assert_non_null(strstr(why, PERSONKEY_FILE));
	assert_int_equal(store_open(&test_store, test_dir, STORE_READ, why), 0);
}

static int put_in(struct db_txn *txn, void *arg)
{
	struct db_key key = key_u64(wanted_seq);

	db_put(txn, T_LOG, &key, arg, strlen(arg));
	return 0;
}

static void older_lines_still_verify(void **state)
{
	char line[200];

	(void)state;
	wanted_seq = next_seq();
	snprintf(line, sizeof(line),
		"{\"v\":2,\"seq\":%llu,\"us\":%lld,\"event\":\"dnc_add\",\"to\":\"%s\",\"attempt\":null,\"uid\":0}",
		(unsigned long long)wanted_seq, (long long)test_now_us, HIM_TOO);
	assert_int_equal(db_change(test_store->db, put_in, line), 0);
	assert_int_equal(dnc_add(test_store, HIM, NULL), 0);
	test_seal(0);
	assert_int_equal(test_verify(NULL).faults, 0);
	assert_string_equal(read_line(wanted_seq), line);
	assert_non_null(strstr(read_line(next_seq() - 1), "{\"v\":3,"));
	assert_non_null(strstr(last, "\"to\":\"" HIM "\"}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(mutations_of_a_sealed_field),
		T(places_are_never_used_again),
		T(a_lost_file_of_keys),
		T(older_lines_still_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
