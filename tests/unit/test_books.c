/* test_books.c - counts of the legal windows, and of the last minute */
#include "base/clock.h"
#include "dialer/books.h"
#include "dialer/pulse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

static const double all[BOOKS] = {0.03, 0.03, 0.05};
static const double us_only[BOOKS] = {0.03, -1, -1};

/* 2026-03-31 12:00 UTC */
#define NOON (INT64_C(1774958400) * SEC_US)

static void test_successive_periods_from_the_first_dial(void **state)
{
	struct books books;
	int64_t first_us = NOON - 65 * DAY_US;

	(void)state;
	books_open(&books, us_only, first_us, NOON);
	assert_int_equal(books.book[BOOK_30_DAYS].start_us, first_us + 60 * DAY_US);
	assert_int_equal(books.book[BOOK_30_DAYS].end_us, first_us + 90 * DAY_US);
	books_count(&books, first_us + 60 * DAY_US - 1, true, true); /* of the period before */
	books_count(&books, first_us + 60 * DAY_US, true, true);
	books_count(&books, NOON, true, false);
	assert_int_equal(books.book[BOOK_30_DAYS].live_count, 2);
	assert_int_equal(books.book[BOOK_30_DAYS].abandoned_count, 1);
	assert_false(books_turn(&books, first_us, first_us + 90 * DAY_US - 1));
	assert_true(books_turn(&books, first_us, first_us + 90 * DAY_US));
	assert_int_equal(books.book[BOOK_30_DAYS].live_count, 0);
}

static void test_days_and_months_of_the_calendar(void **state)
{
	struct books books;

	(void)state;
	books_open(&books, all, NOON - DAY_US, NOON);
	assert_int_equal(books.book[BOOK_DAY].start_us, NOON - 12 * INT64_C(3600) * SEC_US);
	assert_int_equal(books.book[BOOK_DAY].end_us, NOON + 12 * INT64_C(3600) * SEC_US);
	assert_int_equal(books.book[BOOK_MONTH].start_us, NOON - 12 * INT64_C(3600) * SEC_US - 30 * DAY_US);
	assert_int_equal(books.book[BOOK_MONTH].end_us, books.book[BOOK_DAY].end_us);
	books_count(&books, NOON - DAY_US, true, true);
	books_count(&books, NOON, true, false);
	assert_int_equal(books.book[BOOK_DAY].live_count, 1);
	assert_int_equal(books.book[BOOK_MONTH].live_count, 2);
	assert_true(books_turn(&books, NOON - DAY_US, books.book[BOOK_DAY].end_us)); /* the first of April */
	assert_int_equal(books.book[BOOK_DAY].live_count, 0);
	assert_int_equal(books.book[BOOK_MONTH].live_count, 0);
	assert_int_equal(books.book[BOOK_30_DAYS].live_count, 2);
}

/* People lost to false machine verdicts are of both counts where they count, and go with their window. */
static void test_false_verdicts_take_room(void **state)
{
	struct attempt attempt = {
		.outcome = OUTCOME_MACHINE, .intent_us = NOON, .answer_us = NOON + SEC_US, .verdict = "machine"};
	struct books books;

	(void)state;
	books_open(&books, us_only, NOON - DAY_US, NOON);
	for (int i = 0; i < 100; i++)
		books_count(&books, NOON, true, false);
	for (int i = 0; i < 3; i++)
		books_judge(&books, &attempt, judge_add);
	books_estimate(&books, false);
	assert_true(book_live(&books.book[BOOK_30_DAYS]) == 100 && book_abandoned(&books.book[BOOK_30_DAYS]) == 0);
	books_estimate(&books, true); /* nobody judged one: all count */
	assert_true(book_live(&books.book[BOOK_30_DAYS]) == 103 && book_abandoned(&books.book[BOOK_30_DAYS]) == 3);
	assert_true(book_room(&books.book[BOOK_30_DAYS]) < 0.1);
	books_judge(&books, &attempt, judge_remove);
	books_uncount(&books, NOON, true, false);
	books_estimate(&books, true);
	assert_true(book_live(&books.book[BOOK_30_DAYS]) == 101 && book_abandoned(&books.book[BOOK_30_DAYS]) == 2);
	assert_true(books_turn(&books, NOON - DAY_US, NOON + 30 * DAY_US));
	books_estimate(&books, true);
	assert_int_equal(book_live(&books.book[BOOK_30_DAYS]), 0);
}

static void test_the_tightest_has_least_room(void **state)
{
	struct books books;

	(void)state;
	books_open(&books, all, NOON - DAY_US, NOON);
	for (int i = 0; i < 200; i++)
		books_count(&books, NOON - DAY_US, true, false);
	for (int i = 0; i < 50; i++)
		books_count(&books, NOON, true, i == 0);
	assert_ptr_equal(books_tightest(&books), &books.book[BOOK_DAY]); /* 1.5 - 1 against 7.5 - 1 and 12.5 - 1 */
	assert_true(book_room(&books.book[BOOK_DAY]) > 0.49 && book_room(&books.book[BOOK_DAY]) < 0.51);
	books_ceilings(&books, us_only);
	assert_ptr_equal(books_tightest(&books), &books.book[BOOK_30_DAYS]);
	books_ceilings(&books, (const double[BOOKS]){-1, -1, -1});
	assert_null(books_tightest(&books));
}

static void test_a_minute_passes(void **state)
{
	struct pulse pulse = {0};

	(void)state;
	for (int s = 0; s < 300; s++) {
		pulse_note(&pulse, PULSE_DIALLED, NOON + s * SEC_US);
		assert_int_equal(pulse_sum(&pulse, PULSE_DIALLED, NOON + s * SEC_US), s < 60 ? s + 1 : 60);
	}
	assert_int_equal(pulse_sum(&pulse, PULSE_PERSON, NOON + 299 * SEC_US), 0);
	assert_int_equal(pulse_sum(&pulse, PULSE_DIALLED, NOON + 329 * SEC_US), 30);
	assert_int_equal(pulse_sum(&pulse, PULSE_DIALLED, NOON + 999 * SEC_US), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_successive_periods_from_the_first_dial),
		cmocka_unit_test(test_days_and_months_of_the_calendar),
		cmocka_unit_test(test_false_verdicts_take_room),
		cmocka_unit_test(test_the_tightest_has_least_room),
		cmocka_unit_test(test_a_minute_passes),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
