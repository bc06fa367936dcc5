/* test_base.c - pools, rings, wheel, histogram, text, JSON */
#include "base/clock.h"
#include "base/doc.h"
#include "base/err.h"
#include "base/folder.h"
#include "base/hist.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/prng.h"
#include "base/random.h"
#include "base/spsc.h"
#include "base/text.h"
#include "base/wheel.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

static void test_pool_stale_handles(void **state)
{
	struct pool pool;
	uint64_t a, b, c;
	(void)state;

	assert_int_equal(pool_init(&pool, 2, 8), 0);
	int64_t *one = pool_take(&pool, &a);
	*one = 7;
	assert_non_null(pool_take(&pool, &b));
	assert_null(pool_take(&pool, &c));
	assert_int_equal(c, 0);
	pool_put(&pool, a);
	assert_null(pool_get(&pool, a));
	int64_t *again = pool_take(&pool, &c);
	assert_int_equal(*again, 0);
	assert_true(c != a);
	assert_null(pool_get(&pool, a));
	assert_null(pool_get(&pool, 0));
	assert_ptr_equal(pool_get(&pool, c), again);
	assert_int_equal(pool.used_max, 2);
	uint32_t at = 0, seen = 0;
	while (pool_next(&pool, &at, &a))
		seen++;
	assert_int_equal(seen, 2);
	pool_fini(&pool);
}

static void *spsc_producer(void *arg)
{
	for (uint64_t i = 0; i < 200000;)
		i += spsc_push(arg, &i);
	return NULL;
}

static void test_spsc_keeps_order_between_threads(void **state)
{
	struct spsc ring;
	pthread_t thread;
	uint64_t got, expected = 0;
	(void)state;

	assert_int_equal(spsc_init(&ring, 3, 8), -EINVAL);
	assert_int_equal(spsc_init(&ring, 64, 8), 0);
	assert_int_equal(pthread_create(&thread, NULL, spsc_producer, &ring), 0);
	while (expected < 200000)
		if (spsc_take(&ring, &got))
			assert_int_equal(got, expected++);
	pthread_join(thread, NULL);
	assert_int_equal(spsc_count(&ring), 0);
	spsc_fini(&ring);
}

static void test_spsc_refuses_when_full(void **state)
{
	struct spsc ring;
	int item = 1;
	(void)state;

	assert_int_equal(spsc_init(&ring, 2, sizeof(item)), 0);
	assert_true(spsc_push(&ring, &item));
	assert_true(spsc_push(&ring, &item));
	assert_false(spsc_push(&ring, &item));
	assert_true(spsc_take(&ring, &item));
	assert_true(spsc_push(&ring, &item));
	spsc_fini(&ring);
}

static size_t resident_bytes(const void *at, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), count = 0;
	char *first = (char *)(((uintptr_t)at + page - 1) / page * page);
	size_t pages = (bytes - (size_t)(first - (const char *)at)) / page;
	unsigned char *in = malloc(pages);

	assert_non_null(in);
	assert_int_equal(mincore(first, pages * page, in), 0);
	for (size_t i = 0; i < pages; i++)
		count += in[i] & 1;
	free(in);
	return count * page;
}

/* Items that pass through a ring one by one take no memory that it has not from the start. */
static void test_spsc_resident_does_not_grow(void **state)
{
	enum { COUNT = 4096, BYTES = 512, ALL = COUNT * BYTES };
	static unsigned char item[BYTES];
	struct spsc ring;
	(void)state;

	assert_int_equal(spsc_init_resident(&ring, COUNT, BYTES), 0);
	size_t before = resident_bytes(ring.items, ALL);
	for (int i = 0; i < COUNT; i++) {
		assert_true(spsc_push(&ring, item));
		assert_true(spsc_take(&ring, item));
	}
	assert_int_equal(resident_bytes(ring.items, ALL), before);
	assert_true(before >= ALL - 2 * (size_t)sysconf(_SC_PAGESIZE));
	spsc_fini(&ring);
}

struct shot {
	struct wheel *wheel;
	struct timer timer;
	int64_t fired_us, due_us;
	int64_t *now_us;
	int again;
};

static void shot_fire(void *arg)
{
	struct shot *shot = arg;

	assert_int_equal(shot->fired_us, 0);
	shot->fired_us = *shot->now_us;
	if (shot->again-- > 0) {
		shot->fired_us = 0;
		shot->due_us = *shot->now_us + 5 * MS_US;
		wheel_arm(shot->wheel, &shot->timer, shot->due_us, shot_fire, shot);
	}
}

static void test_wheel_fires_in_time_never_early(void **state)
{
	static struct wheel wheel;
	static struct shot shots[500];
	struct prng prng;
	int64_t now_us = INT64_C(1700000000) * SEC_US;
	uint32_t fired = 0;
	(void)state;

	prng_seed(&prng, 1);
	wheel_init(&wheel, now_us);
	for (int i = 0; i < 500; i++) {
		shots[i] = (struct shot){
			.wheel = &wheel, .now_us = &now_us, .due_us = now_us + (int64_t)prng_below(&prng, 20 * SEC_US)};
		wheel_arm(&wheel, &shots[i].timer, shots[i].due_us, shot_fire, &shots[i]);
	}
	for (int i = 0; i < 100; i++)
		wheel_cancel(&wheel, &shots[i].timer);
	for (int step = 0; step < 25000; step++) {
		now_us += MS_US;
		fired += wheel_turn(&wheel, now_us);
	}
	assert_int_equal(fired, 400);
	assert_int_equal(wheel.armed, 0);
	for (int i = 100; i < 500; i++) {
		assert_true(shots[i].fired_us >= shots[i].due_us);
		assert_true(shots[i].fired_us - shots[i].due_us <= 2 * MS_US);
	}
}

static void test_wheel_sleep_ends_with_the_first_timer(void **state)
{
	static struct wheel wheel;
	int64_t now_us = 5 * SEC_US;
	struct shot soon = {.due_us = now_us + 7300}, turn_on = {.due_us = now_us + 3 * MS_US + WHEEL_SLOTS * MS_US};

	(void)state;
	wheel_init(&wheel, now_us);
	assert_int_equal(wheel_wait_us(&wheel, now_us, 20 * MS_US), 20 * MS_US);
	wheel_arm(&wheel, &turn_on.timer, turn_on.due_us, shot_fire, &turn_on);
	assert_int_equal(wheel_wait_us(&wheel, now_us, 20 * MS_US), 20 * MS_US); /* its slot is near, it is not */
	wheel_arm(&wheel, &soon.timer, soon.due_us, shot_fire, &soon);
	assert_int_equal(wheel_wait_us(&wheel, now_us, 20 * MS_US), 8 * MS_US); /* the turn that fires it */
	assert_int_equal(wheel_wait_us(&wheel, now_us, 5 * MS_US), 5 * MS_US);
	assert_int_equal(wheel_wait_us(&wheel, now_us + 9 * MS_US, 5 * MS_US), 0);
	wheel_cancel(&wheel, &soon.timer);
	wheel_cancel(&wheel, &turn_on.timer);
}

static void test_wheel_handler_may_rearm_and_time_may_leap(void **state)
{
	static struct wheel wheel;
	int64_t now_us = SEC_US;
	struct shot shot = {.wheel = &wheel, .now_us = &now_us, .due_us = 2 * SEC_US, .again = 3};
	(void)state;

	wheel_init(&wheel, now_us);
	wheel_arm(&wheel, &shot.timer, shot.due_us, shot_fire, &shot);
	now_us += 100 * SEC_US; /* longer than the wheel */
	assert_int_equal(wheel_turn(&wheel, now_us), 1);
	for (int i = 0; i < 30; i++) {
		now_us += MS_US;
		wheel_turn(&wheel, now_us);
	}
	assert_int_equal(shot.again, -1);
	assert_false(timer_armed(&shot.timer));
}

static void test_hist_quantiles(void **state)
{
	static struct hist hist, sum;
	(void)state;

	assert_int_equal(hist_at(&hist, 0.5), 0);
	for (int i = 1; i <= 100000; i++)
		hist_note(&hist, i);
	hist_note(&hist, -5);
	assert_in_range(hist_at(&hist, 0.5), 50000, 51700);
	assert_in_range(hist_at(&hist, 0.99), 99000, 100000);
	assert_int_equal(hist_at(&hist, 1), 100000);
	hist_note(&hist, INT64_MAX);
	assert_int_equal(hist.max, INT64_MAX);
	hist_merge(&sum, &hist);
	hist_merge(&sum, &hist);
	assert_int_equal(sum.count, 2 * hist.count);
	int64_t upper, before = -1;
	uint32_t count;
	uint64_t seen = 0;
	for (unsigned i = 0; hist_next(&hist, &i, &upper, &count); before = upper) {
		assert_true(upper > before);
		seen += count;
	}
	assert_int_equal(seen, hist.count);
	assert_true(before >= 99999);
}

static void test_text_numbers_and_durations(void **state)
{
	int64_t value = 42;
	char cut[4];
	(void)state;

	assert_true(text_i64("-17", -20, 20, &value));
	assert_int_equal(value, -17);
	assert_false(text_i64("21", -20, 20, &value));
	assert_false(text_i64("1x", 0, 9, &value));
	assert_false(text_i64("", 0, 9, &value));
	assert_false(text_i64(" 1", 0, 9, &value));
	assert_false(text_i64("99999999999999999999", 0, INT64_MAX, &value));
	assert_int_equal(value, -17);
	assert_true(text_duration_us("1500ms", &value));
	assert_int_equal(value, 1500 * MS_US);
	assert_true(text_duration_us("2h", &value));
	assert_int_equal(value, 7200 * SEC_US);
	assert_true(text_duration_us("90s", &value));
	assert_int_equal(value, 90 * SEC_US);
	assert_false(text_duration_us("90", &value));
	assert_int_equal(value, 90 * SEC_US);
	assert_true(text_duration_us("0", &value));
	assert_int_equal(value, 0);
	assert_false(text_duration_us("-1s", &value));
	assert_false(text_duration_us("3 parsecs", &value));
	assert_false(text_duration_us("9999999999999999d", &value));
	assert_false(text_copy(cut, sizeof(cut), "abcd"));
	assert_string_equal(cut, "abc");
}

static void test_prng_is_the_published_sequence_and_even(void **state)
{
	struct prng prng;
	uint64_t sixths[6] = {0};
	(void)state;

	prng.s[0] = 1, prng.s[1] = 2, prng.s[2] = 3, prng.s[3] = 4;
	assert_int_equal(prng_u64(&prng), 11520); /* first outputs of xoshiro256** from state 1, 2, 3, 4 */
	assert_int_equal(prng_u64(&prng), 0);
	assert_int_equal(prng_u64(&prng), 1509978240);
	prng_seed(&prng, 9);
	for (int i = 0; i < 60000; i++)
		sixths[prng_below(&prng, 6)]++;
	for (int i = 0; i < 6; i++)
		assert_in_range(sixths[i], 9600, 10400);
	assert_int_equal(prng_below(&prng, 0), 0);
}

static void test_doc_round_trip(void **state)
{
	char why[80] = "";
	struct doc *doc = doc_object(), *array = doc_array();
	(void)state;

	doc_put_i64(doc, "b", 7);
	doc_put_text(doc, "a", "\xff");
	doc_push_text(array, "x");
	doc_put(doc, "list", array);
	doc_put_real(doc, "r", 0.5);
	char *text = doc_print(doc, 0);
	assert_string_equal(text, "{\"b\":7,\"a\":\"?\",\"list\":[\"x\"],\"r\":0.5}");
	struct doc *back = doc_parse(text, strlen(text), why, sizeof(why));
	assert_int_equal(doc_i64(back, "b", 0), 7);
	assert_int_equal(doc_i64(back, "a", -1), -1);
	assert_string_equal(doc_self_text(doc_at(doc_get(back, "list"), 0)), "x");
	assert_true(doc_real(back, "b", 0) == 7.0);
	assert_null(doc_parse("{\"a\":1,", 7, why, sizeof(why)));
	assert_non_null(strstr(why, "line 1"));
	assert_int_equal(doc_i64(NULL, "a", 3), 3);
	free(text);
	doc_free(back);
	doc_free(doc);
}

static void test_clock_never_steps_back(void **state)
{
	int64_t before_us = clock_us(), faked_us = 5;
	(void)state;

	for (int i = 0; i < 1000; i++) {
		clock_settle();
		int64_t now_us = clock_us();
		assert_true(now_us >= before_us);
		before_us = now_us;
	}
	clock_fake(&faked_us);
	assert_int_equal(clock_us(), 5);
	clock_fake(NULL);
	assert_true(clock_us() >= before_us);
}

static void test_text_utf8_is_strict(void **state)
{
	static const struct {
		const char *bytes;
		size_t room, count;
	} cases[] = {{"a", 1, 1}, {"", 1, 1}, {"\xC3\xA4", 2, 2}, {"\xE5\xBC\xA0", 3, 3}, {"\xF0\x9F\x98\x80", 4, 4},
		{"\xF4\x8F\xBF\xBF", 4, 4}, {"\x80", 1, 0}, {"\xC1\xBF", 2, 0}, {"\xE0\x9F\xBF", 3, 0}, {"\xED\xA0\x80", 3, 0},
		{"\xF0\x8F\xBF\xBF", 4, 0}, {"\xF4\x90\x80\x80", 4, 0}, {"\xF5\x80\x80\x80", 4, 0}, {"\xE5\xBC", 4, 0},
		{"\xE5\xBC\xA0", 2, 0}, {"\xC3(", 2, 0}};
	(void)state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (text_utf8(cases[i].bytes, cases[i].room) != cases[i].count)
			fail_msg("case %u", i);
}

/* All of it, also where the system gives it in parts. */
static void test_random_bytes_fill_all(void **state)
{
	static unsigned char a[100000], b[100000];
	unsigned zeros = 0;
	(void)state;

	assert_int_equal(random_bytes(a, sizeof(a)), 0);
	assert_int_equal(random_bytes(b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	for (size_t i = sizeof(a) - 1000; i < sizeof(a); i++)
		zeros += a[i] == 0;
	assert_true(zeros < 100);
	assert_int_equal(random_bytes(a, 0), 0);
}

static void test_folder_sync_says_what_is_wrong(void **state)
{
	(void)state;

	assert_int_equal(folder_sync("/tmp"), 0);
	assert_int_equal(folder_sync_of("/tmp/there-need-be-no-such-file"), 0);
	assert_int_equal(folder_sync_of("/x"), 0);
	assert_int_equal(folder_sync_of("x"), 0);
	assert_int_equal(folder_sync("/dev/null"), -ENOTDIR);
	assert_int_equal(folder_sync_of("/tmp/no-such-folder-outdial/x"), -ENOENT);
}

static void test_log_number_masks(void **state)
{
	char out[24];
	(void)state;

	assert_string_equal(log_number("+8613800138000", out), "+*********8000");
	assert_string_equal(log_number("12", out), "12");
	log_setup(LOG_INFO, true);
	assert_string_equal(log_number("+8613800138000", out), "+8613800138000");
	log_setup(LOG_INFO, false);
	assert_string_equal(err_text(ERR_SCHEMA), "the store has another schema version");
	assert_string_equal(err_text(-ENOENT), strerror(ENOENT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pool_stale_handles),
		cmocka_unit_test(test_spsc_keeps_order_between_threads),
		cmocka_unit_test(test_spsc_refuses_when_full),
		cmocka_unit_test(test_spsc_resident_does_not_grow),
		cmocka_unit_test(test_wheel_fires_in_time_never_early),
		cmocka_unit_test(test_wheel_sleep_ends_with_the_first_timer),
		cmocka_unit_test(test_wheel_handler_may_rearm_and_time_may_leap),
		cmocka_unit_test(test_hist_quantiles),
		cmocka_unit_test(test_text_numbers_and_durations),
		cmocka_unit_test(test_prng_is_the_published_sequence_and_even),
		cmocka_unit_test(test_doc_round_trip),
		cmocka_unit_test(test_clock_never_steps_back),
		cmocka_unit_test(test_log_number_masks),
		cmocka_unit_test(test_text_utf8_is_strict),
		cmocka_unit_test(test_random_bytes_fill_all),
		cmocka_unit_test(test_folder_sync_says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
