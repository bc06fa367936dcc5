/* test_phone.c - cells of telephone columns to E.164 */
#include "base/err.h"
#include "campaigns/import.h"
#include "campaigns/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void gives(const char *text, const char *region, const char *expected)
{
	char e164[NUMBER_BYTES] = "", why[WHY_BYTES] = "";

	if (phone_normalise(text, region, e164, why))
		fail_msg("\"%s\" in %s: %s", text, region ? region : "-", why);
	assert_string_equal(e164, expected);
}

static void says(const char *text, const char *region, enum number_code expected)
{
	char e164[NUMBER_BYTES] = "untouched", why[WHY_BYTES] = "";
	enum number_code code = number_parse(text, region, e164, why);

	if (code != expected)
		fail_msg("\"%s\" in %s: %s instead of %s", text, region ? region : "-", number_code_name(code),
			number_code_name(expected));
	assert_string_equal(e164, "untouched");
	assert_true(why[0]);
}

static void test_chinese(void **state)
{
	static const char *const spellings[] = {"13800138000", "+8613800138000", "+86 138-0013-8000", "008613800138000",
		"8613800138000", "'13800138000", "13800138000.0",
		"\xEF\xBC\x91\xEF\xBC\x93\xEF\xBC\x98\xEF\xBC\x90\xEF\xBC\x90\xEF\xBC\x91\xEF\xBC\x93\xEF\xBC\x98\xEF\xBC\x90\xEF"
		"\xBC\x90\xEF\xBC\x90",
		"\xEF\xBC\x8B"
		"8613800138000",
		" 138 0013 8000 ",
		"\xC2\xA0"
		"13800138000",
		"\xE2\x80\xAD"
		"13800138000\xE2\x80\xAC"};
	(void)state;

	for (unsigned i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		gives(spellings[i], "CN", "+8613800138000");
	gives("010-62345678", "CN", "+861062345678");
	gives("(0755) 8234 5678", "CN", "+8675582345678");
	gives("19912345678", "CN", "+8619912345678");
}

static void test_american(void **state)
{
	(void)state;
	gives("212-555-1234", "US", "+12125551234");
	gives("(212) 555.1234", "US", "+12125551234");
	gives("1 212 555 1234", "US", "+12125551234");
	gives("+1 (212) 555-1234", NULL, "+12125551234");
	gives("+1 (212) 555-1234", "CN", "+12125551234");
	gives("4165551234", "CA", "+14165551234");
	gives("8005551234", "US", "+18005551234");
	gives("212-555-1234 ext. 12", "US", "+12125551234");
}

static void test_other_countries(void **state)
{
	(void)state;
	gives("+44 20 7946 0958", NULL, "+442079460958");
	gives("020 7946 0958", "GB", "+442079460958");
	gives("+49 30 901820", "CN", "+4930901820");
	gives("+39 06 6982", NULL, "+39066982");
}

/* Area codes that are newer than libphonenumber's metadata in Debian 12. */
static void test_new_area_codes(void **state)
{
	static const char *const codes[] = {"227", "235", "324", "329", "350", "353", "363", "369", "436", "457", "471", "472",
		"483", "557", "621", "624", "645", "679", "686", "728", "729", "730", "738", "748", "821", "835", "837", "861",
		"924", "942", "983"};
	char text[16], expected[16];
	(void)state;

	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		snprintf(text, sizeof(text), "%s2345678", codes[i]);
		snprintf(expected, sizeof(expected), "+1%s2345678", codes[i]);
		gives(text, "US", expected);
	}
	says("2115551234", "US", NUMBER_INVALID); /* N11 */
	says("2125", "US", NUMBER_SHORT);
	says("5552345678", "US", NUMBER_INVALID);
	says("2121551234", "US", NUMBER_INVALID); /* exchange starts with 1 */
}

static void test_refusals(void **state)
{
	(void)state;
	says("", "CN", NUMBER_EMPTY);
	says("  ", "CN", NUMBER_EMPTY);
	says("'", "CN", NUMBER_EMPTY);
	says("1.38E+10", "CN", NUMBER_SCI);
	says("1,38E+10", "CN", NUMBER_SCI);
	says("+1.38001e10", "CN", NUMBER_SCI);
	says("13800138000", NULL, NUMBER_REGION);
	says("13800138000", "", NUMBER_REGION);
	says("n/a", "CN", NUMBER_SYNTAX);
	says("John Smith", "US", NUMBER_SYNTAX);
	says("1-800-FLOWERS", "US", NUMBER_SYNTAX);
	says("\xE6\x97\xA0", "CN", NUMBER_SYNTAX);
	says("13800138", "CN", NUMBER_INVALID);
	says("138001380001380013800", "CN", NUMBER_LONG);
	says("+86138001380001", NULL, NUMBER_INVALID);
	says("13800138000/13900139000", "CN", NUMBER_LONG);
	says("58005550105617", "DE", NUMBER_LONG); /* 16 digits with the country: more than E.164 has */
	says("+999123456789", NULL, NUMBER_INVALID);
	says("13800138000.5", "CN", NUMBER_INVALID);
}

/* The fast path must not answer otherwise than libphonenumber for numbers that it knows. */
static void test_fast_path_agrees(void **state)
{
	char text[32], fast[NUMBER_BYTES], slow[NUMBER_BYTES];
	enum phone_type type;
	unsigned known = 0;
	(void)state;

	for (unsigned i = 0; i < 3000; i++) {
		unsigned long long digits = 13000000000ull + (i * 2333333ull + i * i % 977) % 7000000000ull;

		snprintf(text, sizeof(text), "%llu", digits);
		if (phone_lib_parse(text, "CN", slow, &type) != NUMBER_OK)
			continue;
		known++;
		assert_int_equal(number_parse(text, "CN", fast, NULL), NUMBER_OK);
		assert_string_equal(fast, slow);
	}
	assert_true(known > 1500);
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(text, sizeof(text), "%03u%03u%04u", 200 + i * 7 % 800, 200 + i * 13 % 800, i);
		if (phone_lib_parse(text, "US", slow, &type) != NUMBER_OK)
			continue;
		assert_int_equal(number_parse(text, "US", fast, NULL), NUMBER_OK);
		assert_string_equal(fast, slow);
	}
}

static void test_likely(void **state)
{
	(void)state;
	assert_true(number_likely("13800138000"));
	assert_true(number_likely("+1 (212) 555-1234"));
	assert_true(number_likely("1.38E+10"));
	assert_false(number_likely("2026"));
	assert_false(number_likely("phone"));
	assert_false(number_likely("1234567890123456789"));
	assert_false(number_likely("12 Main Street 1234567"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chinese),
		cmocka_unit_test(test_american),
		cmocka_unit_test(test_other_countries),
		cmocka_unit_test(test_new_area_codes),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_fast_path_agrees),
		cmocka_unit_test(test_likely),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
