/* test_dnc.c - do-not-call numbers: exact at every density, counted, many at once */
#include "tests/unit/test_store.h"

static bool listed(const char *e164)
{
	bool answer;

	assert_int_equal(dnc_check(test_store, e164, &answer), 0);
	return answer;
}

static void one_number(void **state)
{
	uint64_t version = store_version(test_store);
	bool there;

	(void)state;
	assert_false(listed("+8613800138000"));
	assert_int_equal(dnc_add(test_store, "+8613800138000", &there), 0);
	assert_false(there);
	assert_true(store_version(test_store) > version);
	assert_int_equal(dnc_add(test_store, "+8613800138000", &there), 0);
	assert_true(there);
	assert_int_equal(dnc_count(test_store), 1);
	assert_true(listed("+8613800138000"));
	assert_false(listed("+8613800138001"));
	assert_false(listed("+13800138000"));
	assert_false(listed("+861380013800")); /* another length is another number */
	test_reopen();
	assert_true(listed("+8613800138000"));
	assert_int_equal(dnc_remove(test_store, "+8613800138000", &there), 0);
	assert_true(there);
	assert_int_equal(dnc_remove(test_store, "+8613800138000", &there), 0);
	assert_false(there);
	assert_false(listed("+8613800138000"));
	assert_int_equal(dnc_count(test_store), 0);
}

static void malformed(void **state)
{
	const char *const two[] = {"+8613800138000", "nonsense"};
	bool answer;
	uint32_t added;

	(void)state;
	assert_int_equal(dnc_add(test_store, "13800138000", NULL), ERR_RANGE);
	assert_int_equal(dnc_check(test_store, "", &answer), ERR_RANGE);
	assert_int_equal(dnc_remove(test_store, "+", NULL), ERR_RANGE);
	assert_int_equal(dnc_add_many(test_store, two, 2, &added), ERR_RANGE);
	assert_int_equal(dnc_add_many(test_store, two, 2001, &added), ERR_RANGE);
	assert_false(listed("+8613800138000"));
}

static void add_range(uint32_t from, uint32_t to, uint32_t step)
{
	static char text[2000][NUMBER_BYTES];
	static const char *many[2000];
	uint32_t count = 0, added;

	for (uint32_t low = from; low < to; low += step) {
		snprintf(text[count], NUMBER_BYTES, "+86138%08u", low);
		many[count] = text[count];
		count++;
		if (count == 2000 || low + step >= to) {
			assert_int_equal(dnc_add_many(test_store, many, count, &added), 0);
			assert_int_equal(added, count);
			count = 0;
		}
	}
}

/* Every third number of a block and a bit: through the sorted form, over the limit, into the bitmap. Each answer is checked. */
static void dense_block(void **state)
{
	char number[NUMBER_BYTES];
	bool there;

	(void)state;
	add_range(0, 1797, 3); /* 599 */
	assert_int_equal(dnc_count(test_store), 599);
	add_range(1797, 10500, 3);
	assert_int_equal(dnc_count(test_store), 3500);
	for (uint32_t low = 0; low < 11000; low++) {
		snprintf(number, sizeof(number), "+86138%08u", low);
		if (listed(number) != (low % 3 == 0 && low < 10500))
			fail_msg("%s is wrong", number);
	}
	for (uint32_t low = 0; low < 30; low++) {
		snprintf(number, sizeof(number), "+86138%08u", low);
		assert_int_equal(dnc_remove(test_store, number, &there), 0);
		assert_int_equal(there, low % 3 == 0);
		assert_false(listed(number));
	}
	assert_int_equal(dnc_count(test_store), 3490);
}

/* Numbers added from the top down end up in ascending order. */
static void descending(void **state)
{
	char number[NUMBER_BYTES];
	const char *one = number;
	uint32_t added;

	(void)state;
	for (int low = 9; low >= 0; low--) {
		snprintf(number, sizeof(number), "+8613800%06d", low * 7);
		assert_int_equal(dnc_add_many(test_store, &one, 1, &added), 0);
	}
	for (int low = 0; low < 64; low++) {
		snprintf(number, sizeof(number), "+8613800%06d", low);
		assert_int_equal(listed(number), low % 7 == 0);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(one_number), T(malformed), T(dense_block), T(descending)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
