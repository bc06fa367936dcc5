/* test_where.c - typed filters: what matches, where errors are, and random filters against a second evaluator */
#include "base/err.h"
#include "base/prng.h"
#include "campaigns/where.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct lead lead_with(const char *fields, size_t bytes)
{
	struct lead lead = {.id = 1, .phone_count = 1, .fields_bytes = (uint16_t)bytes, .attempts = 2, .priority = 7,
		.last_outcome = OUTCOME_BUSY, .created_us = INT64_C(1774958400) * 1000000}; /* 2026-03-31 12:00 UTC */

	strcpy(lead.phones[0].e164, "+8613800000001");
	lead.phones[0].type = PHONE_MOBILE;
	memcpy(lead.fields, fields, bytes);
	return lead;
}

#define LEAD(text) lead_with(text, sizeof(text))

static bool matches(const char *text, const struct lead *lead)
{
	struct where_error error;
	struct where where;

	if (where_parse(text, &where, &error) != 0)
		fail_msg("%s: %u:%u: %s", text, error.line, error.column, error.text);
	return where_match(&where, lead);
}

static void UPL_7_filters_by_type(void **state)
{
	struct lead lead = LEAD("balance\0"
				"5,200.50\0region\0SH\0due\0"
				"2026/03/01\0Last Payment\0\0note\0Said \"no\"\0余额\0"
				"12");
	static const struct {
		const char *text;
		bool matches;
	} cases[] = {
		{"", true},
		{" \n\t", true},
		{"balance > 5000 and region = \"SH\"", true},
		{"balance > 5000 and region = 'BJ'", false},
		{"balance<=5200.5", true},
		{"balance < 5200.5", false},
		{"BALANCE > 1", false},
		{"balance = 5200.50", true},
		{"balance >= -1 or nothing = 1", true},
		{"nothing = 1", false},
		{"nothing != 1", true},
		{"nothing < 1", false},
		{"region = 'sh'", true},
		{"region != \"SH\"", false},
		{"region <> 'BJ'", true},
		{"region < 'T'", true},
		{"region in ('BJ', 'SH')", true},
		{"region not in ('BJ','SH')", false},
		{"balance in (1, 2)", false},
		{"due < 2026-03-02", true},
		{"due = 2026-03-01", true},
		{"due > 2026-03-01", false},
		{"due >= 2026-03-01T00:00", true},
		{"due > 2026-02-28T23:59:59", true},
		{"region > 2026-01-01", false},
		{"region != 2026-01-01", true},
		{"[Last Payment] is empty", true},
		{"[Last Payment] is not empty", false},
		{"missing is empty", true},
		{"region is not empty", true},
		{"note contains \"NO\"", true},
		{"note = 'said \"no\"'", true},
		{"note = \"said \"\"no\"\"\"", true},
		{"note not contains 'yes'", true},
		{"not region = 'BJ' and balance > 1", true},
		{"not (region = 'BJ' or balance > 1)", false},
		{"region = 'BJ' and balance > 1 or 余额 = 12", true},
		{"region = 'BJ' and (balance > 1 or 余额 = 12)", false},
		{"attempts = 2 and priority > 6 AND Last_Outcome = 'busy'", true},
		{"created = 2026-03-31", true},
		{"created < 2026-03-31T12:00:01", true},
		{"last_attempt is empty", true},
		{"[attempts] is empty", true},
		{"number contains '+86138'", true},
		{"line = 'mobile'", true},
		{"line in ('fixed', 'toll_free')", false},
		{"[line] is empty", true},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (matches(cases[i].text, &lead) != cases[i].matches)
			fail_msg("%s", cases[i].text);
}

static void numbers_of_columns(void **state)
{
	static const struct {
		const char *text;
		bool is;
		double number;
	} cases[] = {{"5000", true, 5000}, {" -1.5 ", true, -1.5}, {"+.5", true, 0.5}, {"1,234,567.25", true, 1234567.25},
		{"0", true, 0}, {"12,34", false, 0}, {"1,2345", false, 0}, {",123", false, 0}, {"1234,567", false, 0},
		{"", false, 0}, {"-", false, 0}, {".", false, 0}, {"1e5", false, 0}, {"0x10", false, 0}, {"nan", false, 0},
		{"5 000", false, 0}, {"5.0.0", false, 0}, {"12a", false, 0}, {"1,", false, 0}};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double number = 0;

		if (where_number(cases[i].text, &number) != cases[i].is || number != cases[i].number)
			fail_msg("'%s'", cases[i].text);
	}
}

static void errors_have_line_and_column(void **state)
{
	static const struct {
		const char *text;
		uint32_t line, column;
		const char *says;
	} cases[] = {
		{"balance >", 1, 10, "expected a number, a date or a text in quotes, not the end"},
		{"balance > and x = 1", 1, 11, "a text in quotes, not and"},
		{"balance 5000", 1, 9, "expected =, !="},
		{"a = 1 b = 2", 1, 7, "expected and, or or the end, not b"},
		{"a = 1 and\n  (b = 2 or", 2, 12, "expected the name of a column, not the end"},
		{"a = 1 and\n(b = 2", 2, 7, "expected and, or or ), not the end"},
		{"region = SH", 1, 10, "a text in quotes, not SH"},
		{"region = \"SH", 1, 10, "is not closed"},
		{"[region = 1", 1, 1, "is not closed"},
		{"due > 2026-02-30", 1, 7, "neither a number such as 5000 nor a date"},
		{"a = 12abc", 1, 5, "neither a number nor a date"},
		{"a in 5", 1, 6, "expected ( after in"},
		{"a in (5", 1, 8, "expected , or )"},
		{"a is full", 1, 6, "expected empty after is"},
		{"a not = 5", 1, 7, "expected in or contains after not"},
		{"a contains 5", 1, 12, "expected a text in quotes"},
		{"a = 1 & b = 2", 1, 7, "the sign & has no meaning"},
		{"= 5", 1, 1, "expected the name of a column"},
		{"余额 = ", 1, 10, "not the end"},
	};
	struct where_error error;
	struct where where;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(where_parse(cases[i].text, &where, &error), ERR_RANGE);
		if (error.line != cases[i].line || error.column != cases[i].column || !strstr(error.text, cases[i].says))
			fail_msg("%s: %u:%u: %s", cases[i].text, error.line, error.column, error.text);
	}
}

static void bounds(void **state)
{
	struct where_error error;
	struct where where;
	char text[1024];
	size_t at = 0;

	(void)state;
	memset(text, '(', 200);
	strcpy(text + 200, "a=1");
	assert_int_equal(where_parse(text, &where, &error), ERR_RANGE);
	assert_non_null(strstr(error.text, "parentheses"));
	for (int i = 0; i < 90; i++)
		at += (size_t)sprintf(text + at, "%sa=%d", i ? " or " : "", i % 10);
	text[WHERE_BYTES - 1] = '\0';
	assert_int_equal(where_parse(text, &where, &error), ERR_RANGE);
	memset(text, ' ', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(where_parse(text, &where, &error), ERR_RANGE);
	assert_non_null(strstr(error.text, "longer than"));
	assert_int_equal(where_parse("a=1 or b=2 and a in (1,2)", &where, &error), 0);
	assert_string_equal(where_column(&where, 0), "a");
	assert_string_equal(where_column(&where, 1), "b");
	assert_null(where_column(&where, 4));
}

/* --- random filters: printed from a tree whose truth is known */

struct random_filter {
	struct prng prng;
	char text[4096];
	size_t at;
	int a, b; /* columns: a number and a text of one letter; -1: the column is missing */
};

__attribute__((format(printf, 2, 3))) static void put(struct random_filter *r, const char *fmt, ...)
{
	static const char *const gaps[] = {" ", "  ", "\n", "\t"};
	va_list args;

	va_start(args, fmt);
	r->at += (size_t)vsnprintf(r->text + r->at, sizeof(r->text) - r->at, fmt, args);
	va_end(args);
	r->at += (size_t)sprintf(r->text + r->at, "%s", gaps[prng_below(&r->prng, 4)]);
}

static bool put_number(struct random_filter *r)
{
	static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
	unsigned sign = (unsigned)prng_below(&r->prng, 6);
	int value = (int)prng_below(&r->prng, 5);
	bool known = r->a >= 0;

	put(r, "a%s%d", signs[sign], value);
	switch (sign) {
	case 0:
		return known && r->a == value;
	case 1:
		return !known || r->a != value;
	case 2:
		return known && r->a < value;
	case 3:
		return known && r->a <= value;
	case 4:
		return known && r->a > value;
	default:
		return known && r->a >= value;
	}
}

static bool put_text(struct random_filter *r)
{
	bool not = prng_below(&r->prng, 2);
	int one = (int)prng_below(&r->prng, 3), other = (int)prng_below(&r->prng, 3);

	if (prng_below(&r->prng, 4) == 0) {
		put(r, "b IS %sempty", not ? "not " : "");
		return (r->b < 0) != not;
	}
	put(r, "b %sIn ('%c', \"%c\")", not ? "not " : "", 'x' + one, 'X' + other);
	return (r->b >= 0 && (r->b == one || r->b == other)) != not;
}

static bool put_any(struct random_filter *r, int depth);

static bool put_one(struct random_filter *r, int depth)
{
	bool truth;

	if (depth == 0 || prng_below(&r->prng, 3) == 0)
		return prng_below(&r->prng, 2) ? put_number(r) : put_text(r);
	if (prng_below(&r->prng, 3) == 0) {
		put(r, "NOT");
		return !put_one(r, depth - 1);
	}
	put(r, "(");
	truth = put_any(r, depth - 1);
	put(r, ")");
	return truth;
}

static bool put_all(struct random_filter *r, int depth)
{
	bool truth = put_one(r, depth);

	while (prng_below(&r->prng, 3) == 0) {
		put(r, "and");
		truth &= put_one(r, depth);
	}
	return truth;
}

static bool put_any(struct random_filter *r, int depth)
{
	bool truth = put_all(r, depth);

	while (prng_below(&r->prng, 3) == 0) {
		put(r, "Or");
		truth |= put_all(r, depth);
	}
	return truth;
}

static void random_lead(struct random_filter *r, struct lead *lead)
{
	char *at = lead->fields;

	memset(lead, 0, sizeof(*lead));
	r->a = (int)prng_below(&r->prng, 6) - 1;
	r->b = (int)prng_below(&r->prng, 4) - 1;
	if (r->a >= 0)
		at += sprintf(at, "a%c%d", 0, r->a) + 1;
	if (r->b >= 0)
		at += sprintf(at, "b%c%c", 0, 'x' + r->b) + 1;
	lead->fields_bytes = (uint16_t)(at - lead->fields);
}

static void UPL_7_random_filters_agree_with_a_second_evaluator(void **state)
{
	static struct random_filter r;
	struct where_error error;
	struct where where;
	struct lead lead;
	uint32_t checked = 0, true_count = 0;

	(void)state;
	prng_seed(&r.prng, 20261121);
	while (checked < 200000) {
		bool truth;

		random_lead(&r, &lead);
		r.at = 0;
		truth = put_any(&r, 3);
		if (r.at >= WHERE_BYTES)
			continue;
		if (where_parse(r.text, &where, &error) != 0 && where.count < WHERE_NODES)
			fail_msg("%s: %u:%u: %s", r.text, error.line, error.column, error.text);
		else if (where.count < WHERE_NODES && where_match(&where, &lead) != truth)
			fail_msg("a %d, b %d: %s", r.a, r.b, r.text);
		checked++;
		true_count += truth;
	}
	assert_true(true_count > checked / 5 && true_count < checked * 4 / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(UPL_7_filters_by_type),
		cmocka_unit_test(numbers_of_columns),
		cmocka_unit_test(errors_have_line_and_column),
		cmocka_unit_test(bounds),
		cmocka_unit_test(UPL_7_random_filters_agree_with_a_second_evaluator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
