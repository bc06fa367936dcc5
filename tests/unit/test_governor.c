/* test_governor.c - fewer new calls while the engine cannot keep up, and the way back */
#include "dialer/governor.h"

#include "base/clock.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define TURN_US (100 * MS_US)

/*
 * An engine that bears `bears` calls a second, and campaigns that want `wants`: a turn of the governor each 100 ms. Answers calls
 * placed.
 */
struct plant {
	struct governor governor;
	int64_t now_us;
	double backlog, tokens; /* calls that wait in the loop; the trunk's own bucket */
	uint64_t placed;
	double backlog_max;
};

static void plant_turn(struct plant *plant, double wants, double bears)
{
	for (int ms = 0; ms < 100; ms++) {
		plant->now_us += MS_US;
		plant->tokens = fmin(plant->tokens + wants / 1000, wants / 10);
		double out = fmin(floor(plant->tokens), governor_tokens(&plant->governor, plant->now_us));
		plant->tokens -= out;
		plant->placed += (uint64_t)out;
		governor_spend(&plant->governor, (uint32_t)out);
		plant->backlog = fmax(0, plant->backlog + out - bears / 1000);
	}
	plant->backlog_max = fmax(plant->backlog_max, plant->backlog);
	struct governor_load load = {.step_us_max = (int64_t)(plant->backlog / bears * 1e6)};
	governor_turn(&plant->governor, &load, plant->now_us);
}

static double plant_rate(struct plant *plant, double wants, double bears, int seconds)
{
	uint64_t before = plant->placed;

	for (int i = 0; i < seconds * 10; i++)
		plant_turn(plant, wants, bears);
	return (double)(plant->placed - before) / seconds;
}

static void test_nothing_is_limited_below_the_limit(void **state)
{
	struct plant plant = {.now_us = SEC_US};

	(void)state;
	assert_float_equal(plant_rate(&plant, 900, 1000, 10), 900, 2);
	assert_int_equal(plant.governor.limits, 0);
	assert_true(isinf(governor_tokens(&plant.governor, plant.now_us)));
}

static void test_at_twice_the_limit_it_settles_below_it(void **state)
{
	struct plant plant = {.now_us = SEC_US};

	(void)state;
	plant_rate(&plant, 2000, 1000, 10); /* what piled up before it was noticed goes */
	plant.backlog_max = 0;
	double rate = plant_rate(&plant, 2000, 1000, 30);
	assert_true(rate > 800 && rate <= 1001);
	assert_true(plant.backlog_max < 150); /* 0.15 s of work at most */
	assert_int_equal(plant.governor.cause, GOVERNOR_LOOP);
}

static void test_the_rate_returns_when_the_load_goes(void **state)
{
	struct plant plant = {.now_us = SEC_US};

	(void)state;
	plant_rate(&plant, 2000, 1000, 20);
	plant_rate(&plant, 400, 1000, 10);
	assert_int_equal(plant.governor.cause, GOVERNOR_FREE);
	assert_float_equal(plant_rate(&plant, 400, 1000, 5), 400, 2);
	plant_rate(&plant, 2000, 5000, 15); /* a faster machine: free at once */
	assert_float_equal(plant_rate(&plant, 2000, 5000, 5), 2000, 10);
}

static void test_one_hiccup_is_none(void **state)
{
	struct governor governor = {0};
	int64_t now_us = SEC_US;

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct governor_load load = {.step_us_max = i % 2 ? 10 * SEC_US : 0};
		assert_false(governor_turn(&governor, &load, now_us += TURN_US));
	}
	assert_int_equal(governor.limits, 0);
}

static void test_each_cause_is_named_and_the_floor_holds(void **state)
{
	static const struct governor_load loads[] = {
		{.step_us_max = GOVERNOR_STEP_US + 1}, {.writer_waiting = GOVERNOR_OPS + 1}, {.media_late = GOVERNOR_MEDIA_LATE}};
	static const char *const names[] = {"loop", "store", "media"};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct governor governor = {0};
		int64_t now_us = SEC_US;
		int changes = 0;
		for (int turn = 0; turn < 200; turn++)
			changes += governor_turn(&governor, &loads[i], now_us += TURN_US);
		assert_int_equal(changes, 1);
		assert_string_equal(governor_cause_name(governor.cause), names[i]);
		assert_float_equal(governor.rate, GOVERNOR_RATE_MIN, 1e-9);
	}
}

static void test_the_window_leaves_a_slow_far_end_its_pace(void **state)
{
	(void)state;
	assert_int_equal(governor_window(0.5, 0), 16);
	assert_int_equal(governor_window(1000, 0), 266);
	assert_int_equal(governor_window(1000, 265), 1);
	assert_int_equal(governor_window(1000, 266), 0);
	assert_int_equal(governor_window(1000, 100000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_limited_below_the_limit),
		cmocka_unit_test(test_at_twice_the_limit_it_settles_below_it),
		cmocka_unit_test(test_the_rate_returns_when_the_load_goes),
		cmocka_unit_test(test_one_hiccup_is_none),
		cmocka_unit_test(test_each_cause_is_named_and_the_floor_holds),
		cmocka_unit_test(test_the_window_leaves_a_slow_far_end_its_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
