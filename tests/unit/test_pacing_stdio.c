/*
 * test_pacing_stdio.c - the line protocol pacing/1, line by line
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* A program's file belongs to no library: it is taken in whole. */
#include "tools/pace/pace_stdio.c"

#define HEADER                                                                                                                   \
	"H pacing/1 agents=3 tick_ms=500 day=0 day_ms=28800000 target=0.03 hold_ms=2000 amd=1 deduct=0 min_ring_ms=15000 "       \
	"ring_timeout_ms=25000 max_lines=20 cps=0 dial_stop_ms=28755000 break_notice=0\n"

static char answers[4096], complaints[4096];

/* What the pacer says to these lines. */
static const char *says(const char *lines)
{
	FILE *in = fmemopen((void *)(uintptr_t)lines, strlen(lines), "r"), *out = fmemopen(answers, sizeof(answers), "w");
	FILE *err = fmemopen(complaints, sizeof(complaints), "w");

	assert_true(in && out && err);
	memset(complaints, 0, sizeof(complaints));
	assert_int_equal(pace_stdio(in, out, err), 0);
	fclose(in);
	fclose(out);
	fclose(err);
	return answers;
}

static void one_answer_for_each_tick(void **state)
{
	(void)state;
	assert_string_equal(says(HEADER "R 0 0\nR 0 1\nR 0 2\n"
					"T 0 3 0 0 0 0 0 0 0 20 -1 0 0 0 0 0\n"
					"D 0 0\nD 0 1\nD 0 2\n"
					"T 500 3 0 0 0 3 0 0 3 20 -1 3 0 0 0 0\nE 28800000\n"),
		"3 0\n0 0\n");
	assert_string_equal(complaints, "");
}

static void lines_and_tokens_bound_the_answer(void **state)
{
	(void)state;
	assert_string_equal(says(HEADER "R 0 0\nR 0 1\nR 0 2\n"
					"T 0 3 0 0 0 0 0 0 18 20 -1 0 0 0 0 0\nT 500 3 0 0 0 0 0 0 0 20 1.9 0 0 0 0 0\n"
					"T 1000 3 0 0 0 0 0 0 20 20 -1 0 0 0 0 0\nT 1500 3 0 0 0 0 0 0 0 20 0.5 0 0 0 0 0\n"),
		"2 0\n1 0\n0 0\n0 0\n");
}

static void seats_are_believed_by_the_tick(void **state)
{
	(void)state;
	/* Nobody told of a seat, and one is said to be free. */
	assert_string_equal(says(HEADER "T 0 1 0 0 2 0 0 0 0 20 -1 0 0 0 0 0\n"), "1 0\n");
	/* Counted from 1. */
	assert_string_equal(says(HEADER "R 0 1\nR 0 2\nR 0 3\nT 0 3 0 0 0 0 0 0 0 20 -1 0 0 0 0 0\n"), "3 0\n");
}

static void nothing_after_the_dialling_stops(void **state)
{
	(void)state;
	assert_string_equal(says(HEADER "R 0 0\nT 28754500 1 0 0 2 0 0 0 0 20 -1 0 0 0 0 0\n"
					"T 28755000 1 0 0 2 0 0 0 0 20 -1 0 0 0 0 0\n"),
		"1 0\n0 0\n");
}

static void a_failed_call_frees_its_seat_for_the_next(void **state)
{
	(void)state;
	assert_string_equal(says(HEADER "R 0 0\nT 0 1 0 0 2 0 0 0 0 20 -1 0 0 0 0 0\nD 0 7\nF 400 7\n"
					"T 500 1 0 0 2 0 0 0 0 20 -1 1 0 0 0 0\n"),
		"1 0\n1 0\n");
}

static void a_second_day_starts_with_every_seat_out(void **state)
{
	(void)state;
	assert_string_equal(says(HEADER "R 0 0\nD 0 0\nE 28800000\n" HEADER "T 0 0 0 0 3 0 0 0 0 20 -1 0 0 0 0 0\n"
					"R 500 0\nT 500 1 0 0 2 0 0 0 0 20 -1 0 0 0 0 0\n"),
		"0 0\n1 0\n");
}

static void deduct_tightens_the_ceiling(void **state)
{
	struct header h = {.target = 0.03};

	(void)state;
	assert_true(ceiling(&h) >= 0.03);
	h.deduct = 0.005;
	assert_true(ceiling(&h) > 0.0249 && ceiling(&h) < 0.0251);
	h.deduct = 0.04;
	assert_true(ceiling(&h) <= 0);
	h.deduct = 1; /* a flag: the counts of the ticks have them in */
	assert_true(ceiling(&h) >= 0.03);
}

static void a_larger_day_keeps_what_was_learned(void **state)
{
	struct session s = {.out = stdout, .err = stderr};
	struct pacer *first;
	char small[] = HEADER, large[] = HEADER;

	(void)state;
	on_line(&s, small);
	first = s.pacer;
	memcpy(strstr(large, "agents=3"), "agents=9", 8);
	on_line(&s, large);
	assert_ptr_equal(s.pacer, first);
	pacer_free(s.pacer);
}

static void what_cannot_be_read_is_named_and_skipped(void **state)
{
	(void)state;
	assert_string_equal(says("H pacing/2\nT 0 1 0 0 2 0 0 0 0 20 -1 0 0 0 0 0\n" HEADER "Q 1 2\nR x 0\nR 0\nT 5\n"
				 "T 500 1 0 0 2 0 0 0 0 20 -1 0 0 0 0 0\n"),
		"0 0\n0 0\n1 0\n");
	assert_non_null(strstr(complaints, "line 1: the header is not of pacing/1"));
	assert_non_null(strstr(complaints, "line 4: \"Q\" is no event"));
	assert_non_null(strstr(complaints, "line 5: \"x\" is no time"));
	assert_non_null(strstr(complaints, "line 6: too few fields"));
	assert_non_null(strstr(complaints, "line 7: cannot read the tick"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_answer_for_each_tick),
		cmocka_unit_test(lines_and_tokens_bound_the_answer),
		cmocka_unit_test(seats_are_believed_by_the_tick),
		cmocka_unit_test(nothing_after_the_dialling_stops),
		cmocka_unit_test(a_failed_call_frees_its_seat_for_the_next),
		cmocka_unit_test(a_second_day_starts_with_every_seat_out),
		cmocka_unit_test(deduct_tightens_the_ceiling),
		cmocka_unit_test(a_larger_day_keeps_what_was_learned),
		cmocka_unit_test(what_cannot_be_read_is_named_and_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
