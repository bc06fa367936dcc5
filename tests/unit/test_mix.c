/* test_mix.c - the carrier's mix: file format, determinism, shares, durations */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A program's own file is in no library: it is compiled into its test. */
#include "tools/carrier/mix.c"

static int parse(const char *text, struct mix *mix, char why[160])
{
	mix_defaults(mix);
	return mix_parse(text, strlen(text), mix, why);
}

static void test_file(void **state)
{
	struct mix mix;
	char why[160];

	(void)state;
	assert_int_equal(parse("# a comment\n\n person = 7.5 # here too\nring=2s .. 4s\r\ntalk = 90s", &mix, why), 0);
	assert_true(mix.shares[MIX_PERSON] == 7.5);
	assert_int_equal(mix.times[MIX_RING].min_us, 2 * SEC_US);
	assert_int_equal(mix.times[MIX_RING].max_us, 4 * SEC_US);
	assert_int_equal(mix.times[MIX_TALK].min_us, 90 * SEC_US);
	assert_int_equal(mix.times[MIX_TALK].max_us, 90 * SEC_US);
	assert_true(mix.shares[MIX_BUSY] == mix_facts(MIX_BUSY)->share);
}

static void refused(const char *text, int expected, const char *sentence)
{
	struct mix mix;
	char why[160] = "";

	assert_int_equal(parse(text, &mix, why), expected);
	assert_non_null(strstr(why, sentence));
}

static void test_errors(void **state)
{
	char lonely[400] = "person = 1 #";

	(void)state;
	refused("person = 1\nwhat", ERR_SYNTAX, "line 2: expected name = value");
	refused("wizard = 1", ERR_SYNTAX, "line 1: wizard");
	refused("person = many", ERR_SYNTAX, "line 1: person");
	refused("person = -1", ERR_RANGE, "line 1: person");
	refused("talk = 90", ERR_SYNTAX, "with its unit");
	refused("person = nan", ERR_SYNTAX, "line 1: person");
	refused("ring = 4s..2s", ERR_RANGE, "line 1: ring");
	refused("ring = 0..2s", ERR_RANGE, "line 1: ring");
	refused("ring = 2s..", ERR_SYNTAX, "line 1: ring");
	refused("ring = 2h", ERR_RANGE, "line 1: ring");
	memset(lonely + 12, 'x', sizeof(lonely) - 13);
	lonely[sizeof(lonely) - 1] = '\0';
	refused(lonely, ERR_SYNTAX, "line 1: longer");
}

static void test_no_shares(void **state)
{
	char text[1024] = "";

	(void)state;
	for (int i = 0; i < MIX_BEHAVIOURS; i++)
		sprintf(text + strlen(text), "%s = 0\n", mix_facts((enum behaviour)i)->name);
	refused(text, ERR_RANGE, "all shares are 0");
}

/* What mix_print() writes is the mix that mix_parse() reads. */
static void test_print(void **state)
{
	struct mix mix, again;
	char *text = NULL, why[160];
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	mix_defaults(&mix);
	mix_compress(&mix, 2);
	mix_print(&mix, out);
	fclose(out);
	memset(&again, 0, sizeof(again));
	assert_int_equal(mix_parse(text, length, &again, why), 0);
	assert_memory_equal(&again, &mix, sizeof(mix));
	free(text);
}

static void test_same_call(void **state)
{
	struct plan a, b, other;
	struct mix mix;

	(void)state;
	mix_defaults(&mix);
	mix_plan(&mix, 7, "+8613800138000", 1, &a);
	mix_plan(&mix, 7, "+8613800138000", 1, &b);
	assert_int_equal(a.behaviour, b.behaviour);
	assert_memory_equal(a.times_us, b.times_us, sizeof(a.times_us));
	assert_int_equal(a.seed, b.seed);
	mix_plan(&mix, 8, "+8613800138000", 1, &other);
	assert_int_not_equal(a.seed, other.seed);
	mix_plan(&mix, 7, "+8613800138000", 2, &other);
	assert_int_not_equal(a.seed, other.seed);
}

static void number_at(char out[24], int i)
{
	snprintf(out, 24, "+861380013%04d", i);
}

/* A number that is dead, or a fax, is so in every attempt; all else may change. */
static void test_line_stays(void **state)
{
	struct plan first, later;
	struct mix mix;
	char number[24];
	int lines = 0, changed = 0;

	(void)state;
	mix_defaults(&mix);
	for (int i = 0; i < 2000; i++) {
		number_at(number, i);
		mix_plan(&mix, 1, number, 1, &first);
		mix_plan(&mix, 1, number, 5, &later);
		assert_int_equal(mix_facts(first.behaviour)->of_number, mix_facts(later.behaviour)->of_number);
		changed += first.behaviour != later.behaviour;
		if (!mix_facts(first.behaviour)->of_number)
			continue;
		lines++;
		assert_int_equal(first.behaviour, later.behaviour);
	}
	assert_in_range(lines, 2000 * 6 / 100, 2000 * 12 / 100); /* 9 of 100 by default */
	assert_true(changed > 1000);
}

static void test_shares(void **state)
{
	int counts[MIX_BEHAVIOURS] = {0}, calls = 20000;
	struct plan plan;
	struct mix mix;
	char number[24];

	(void)state;
	mix_defaults(&mix);
	for (int i = 0; i < calls; i++) {
		number_at(number, i % 10000);
		mix_plan(&mix, 3, number, 1 + (uint32_t)(i / 10000), &plan);
		counts[plan.behaviour]++;
	}
	for (int i = 0; i < MIX_BEHAVIOURS; i++) {
		double share = mix.shares[i] / 100 * calls; /* the default shares sum to 100 */

		assert_true(fabs(counts[i] - share) <= 5 * sqrt(2 * share));
	}
}

static void test_durations(void **state)
{
	struct prng prng;
	struct mix mix;
	char why[160];
	int below = 0, draws = 20000;
	int64_t median_us = (int64_t)sqrt(4e6 * 16e6);

	(void)state;
	assert_int_equal(parse("talk = 4s..16s\nring = 3s", &mix, why), 0);
	prng_seed(&prng, 1);
	for (int i = 0; i < draws; i++) {
		int64_t us = mix_draw(&mix, MIX_TALK, &prng);

		assert_in_range(us, 4 * SEC_US, 16 * SEC_US);
		assert_int_equal(mix_draw(&mix, MIX_RING, &prng), 3 * SEC_US);
		below += us < median_us;
	}
	assert_in_range(below, draws * 48 / 100, draws * 52 / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_no_shares),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_same_call),
		cmocka_unit_test(test_line_stays),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
