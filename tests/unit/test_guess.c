/* Tests of the brake on password guessing: a person's mistakes, a guesser, many logins, other addresses, made-up logins. */
#include "dialer/guess.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SEC INT64_C(1000000)
#define START (1000 * SEC)

static struct guess guess;

static int fresh(void **state)
{
	(void)state;
	memset(&guess, 0, sizeof(guess));
	guess.seed = 77;
	return 0;
}

/* How many of a guesser's tries, one each `step_us`, are looked at in `for_us`. */
static int looked_at(const char *ip, const char *login, int64_t step_us, int64_t for_us)
{
	int count = 0;
	for (int64_t now_us = START; now_us < START + for_us; now_us += step_us)
		if (!guess_wait_us(&guess, ip, login, now_us)) {
			guess_wrong(&guess, ip, login, now_us);
			count++;
		}
	return count;
}

static void test_guess_mistakes(void **state)
{
	(void)state;
	for (int i = 0; i < GUESS_PAIR_MAX; i++) {
		assert_int_equal(guess_wait_us(&guess, "192.0.2.1", "anna", START), 0);
		guess_wrong(&guess, "192.0.2.1", "anna", START);
	}
	assert_int_equal(guess_wait_us(&guess, "192.0.2.1", "anna", START), GUESS_PAIR_LEAK_US);
	assert_int_equal(guess_wait_us(&guess, "192.0.2.1", "anna", START + GUESS_PAIR_LEAK_US), 0);
	guess_right(&guess, "192.0.2.1", "anna", START + GUESS_PAIR_LEAK_US);
	for (int i = 0; i < GUESS_PAIR_MAX; i++)
		guess_wrong(&guess, "192.0.2.1", "anna", START + GUESS_PAIR_LEAK_US);
	assert_true(guess_wait_us(&guess, "192.0.2.1", "anna", START + GUESS_PAIR_LEAK_US) > 0);
}

static void test_guess_hour(void **state)
{
	(void)state;
	int count = looked_at("192.0.2.1", "anna", SEC / 100, 3600 * SEC);
	assert_in_range(count, 180, 180 + GUESS_PAIR_MAX);
}

static void test_guess_others(void **state)
{
	(void)state;
	looked_at("192.0.2.1", "anna", SEC / 10, 60 * SEC);
	assert_true(guess_wait_us(&guess, "192.0.2.1", "anna", START + 59 * SEC) > 0);
	assert_int_equal(guess_wait_us(&guess, "192.0.2.2", "anna", START + 59 * SEC), 0); /* she herself, elsewhere */
	/* a colleague behind the same address */
	assert_int_equal(guess_wait_us(&guess, "192.0.2.1", "bert", START + 59 * SEC), 0);
}

static void test_guess_many_logins(void **state)
{
	(void)state;
	char login[16];
	int count = 0;
	for (int i = 0; i < 360000; i++) { /* an hour, a hundred a second, each time another login */
		int64_t now_us = START + i * SEC / 100;
		snprintf(login, sizeof(login), "seat%d", i);
		if (!guess_wait_us(&guess, "192.0.2.1", login, now_us)) {
			guess_wrong(&guess, "192.0.2.1", login, now_us);
			count++;
		}
	}
	assert_in_range(count, 900, 900 + GUESS_ADDRESS_MAX);
}

/* The addresses of one IPv6 network are one guesser's. */
static void test_guess_ipv6(void **state)
{
	(void)state;
	char ip[46];
	for (int i = 0; i < GUESS_PAIR_MAX; i++) {
		snprintf(ip, sizeof(ip), "2001:db8:0:1::%x", i + 1);
		guess_wrong(&guess, ip, "anna", START);
	}
	assert_true(guess_wait_us(&guess, "2001:db8:0:1:ffff::1", "anna", START) > 0);
	assert_int_equal(guess_wait_us(&guess, "2001:db8:0:2::1", "anna", START), 0);
}

/* Ten thousand other addresses do not wash a guesser's bucket away. */
static void test_guess_flood(void **state)
{
	(void)state;
	char ip[46];
	for (int i = 0; i < GUESS_PAIR_MAX; i++)
		guess_wrong(&guess, "192.0.2.1", "anna", START);
	for (int i = 0; i < 10000; i++) {
		snprintf(ip, sizeof(ip), "10.1.%d.%d", i / 250, i % 250);
		guess_wrong(&guess, ip, "other", START);
	}
	assert_true(guess_wait_us(&guess, "192.0.2.1", "anna", START) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_guess_mistakes, fresh),
		cmocka_unit_test_setup(test_guess_hour, fresh),
		cmocka_unit_test_setup(test_guess_others, fresh),
		cmocka_unit_test_setup(test_guess_many_logins, fresh),
		cmocka_unit_test_setup(test_guess_ipv6, fresh),
		cmocka_unit_test_setup(test_guess_flood, fresh),
	};
	return cmocka_run_group_tests_name("guess", tests, NULL, NULL);
}
