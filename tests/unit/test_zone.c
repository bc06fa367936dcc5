/* test_zone.c - candidate time zones of numbers */
#include "campaigns/zone.h"
#include "campaigns/import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static bool has(const char *e164, const char *zone)
{
	const char *names[ZONE_NAMES_MAX + 1];
	int i;

	zone_of_number(e164, names, ZONE_NAMES_MAX + 1);
	for (i = 0; names[i]; i++) {
		if (strcmp(names[i], zone) == 0)
			return true;
	}
	return false;
}

static int count(const char *e164)
{
	const char *names[ZONE_NAMES_MAX + 1];
	int n = zone_of_number(e164, names, ZONE_NAMES_MAX + 1);

	assert_null(names[n]);
	return n;
}

static void test_one_zone(void **state)
{
	(void)state;
	assert_int_equal(count("+8613800138000"), 1);
	assert_true(has("+8613800138000", "Asia/Shanghai"));
	assert_true(has("+861062345678", "Asia/Shanghai"));
	assert_true(has("+12125551234", "America/New_York"));
	assert_int_equal(count("+12125551234"), 1);
	assert_true(has("+74951234567", "Europe/Moscow"));
	assert_int_equal(count("+74951234567"), 1);
	assert_true(has("+442079460958", "Europe/London"));
}

/* Area codes that lie in two zones give both, whatever the exchange says. */
static void test_split_area_codes(void **state)
{
	static const char *const split[] = {"208", "219", "250", "270", "308", "418", "423", "480", "520", "541", "574", "602",
		"605", "606", "620", "701", "709", "775", "785", "807", "812", "850", "867", "906", "907", "928", "986"};
	char number[20];
	(void)state;

	for (unsigned i = 0; i < sizeof(split) / sizeof(split[0]); i++) {
		snprintf(number, sizeof(number), "+1%s5550100", split[i]);
		if (count(number) < 2)
			fail_msg("%s has %d zone", split[i], count(number));
	}
	assert_true(has("+14235550100", "America/New_York") && has("+14235550100", "America/Chicago"));
	assert_true(has("+18505550100", "America/New_York") && has("+18505550100", "America/Chicago"));
	assert_true(has("+12195550100", "America/New_York") && has("+12195550100", "America/Chicago"));
}

/* An overlay lies where the codes lie that it was laid over: 448 is the Florida Panhandle, most of it in Central Time. */
static void test_WIN_1_overlays_have_the_zones_of_their_territory(void **state)
{
	static const char *const pairs[][2] = {{"364", "270"}, {"367", "418"}, {"437", "416"}, {"448", "850"}, {"458", "541"},
		{"581", "418"}, {"623", "480"}, {"672", "250"}, {"778", "250"}, {"236", "250"}, {"257", "250"}, {"930", "812"},
		{"986", "208"}};
	const char *wide[ZONE_NAMES_MAX + 1];
	char number[20];
	(void)state;

	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		snprintf(number, sizeof(number), "+1%s5550100", pairs[i][1]);
		zone_of_number(number, wide, ZONE_NAMES_MAX + 1);
		snprintf(number, sizeof(number), "+1%s5550100", pairs[i][0]);
		for (int z = 0; wide[z]; z++) {
			if (!has(number, wide[z]))
				fail_msg("%s is not in %s", pairs[i][0], wide[z]);
		}
	}
	assert_false(has("+14375550100", "America/Winnipeg"));
}

static void test_numbers_without_a_place(void **state)
{
	(void)state;
	assert_int_equal(count("+18005551234"), 0); /* toll-free */
	assert_int_equal(count("+18885551234"), 0);
	assert_int_equal(count("+15005551234"), 0);  /* personal */
	assert_int_equal(count("+19005551234"), 0);  /* premium */
	assert_int_equal(count("+15552345678"), 0);  /* no such area code */
	assert_int_equal(count("+99912345678"), 0);  /* no such country */
	assert_int_equal(count("8613800138000"), 0); /* not E.164 */
	assert_int_equal(count("+"), 0);
	assert_true(count("+61412345678") >= 8);  /* Australian mobile */
	assert_true(count("+79161234567") >= 11); /* Russian mobile */
}

static void test_new_area_codes(void **state)
{
	(void)state;
	assert_true(has("+12272345678", "America/New_York"));
	assert_true(has("+17382345678", "America/Los_Angeles"));
	assert_true(has("+17292345678", "America/New_York") && has("+17292345678", "America/Chicago"));
	assert_true(has("+12572345678", "America/Vancouver") && has("+12572345678", "America/Edmonton"));
	assert_true(zone_area_code_known("729"));
	assert_true(zone_area_code_known("800"));
	assert_false(zone_area_code_known("555"));
	assert_false(zone_area_code_known("21"));
}

/* A part of the set would allow calls that another part forbids. */
static void test_small_arrays_answer_unknown(void **state)
{
	const char *names[2];
	(void)state;

	assert_int_equal(zone_of_number("+14235550100", names, 2), 0);
	assert_null(names[0]);
	assert_int_equal(zone_of_number("+12125551234", names, 2), 1);
	assert_int_equal(zone_of_number("+12125551234", names, 0), 0);
}

/* Every zone of the table must be one of this system's, or its numbers could never be dialled. */
static void test_all_zones_exist(void **state)
{
	const char *names[ZONE_NAMES_MAX + 1];
	char number[20];
	int n = 0;
	(void)state;

	for (unsigned prefix = 20; prefix < 10000; prefix++) {
		snprintf(number, sizeof(number), "+%u5550100", prefix);
		zone_of_number(number, names, ZONE_NAMES_MAX + 1);
		for (int i = 0; names[i]; i++, n++) {
			if (prefix < 2000 || i == 0)
				assert_true(zone_valid(names[i]));
		}
	}
	assert_true(n > 5000);
}

static void test_zone_names(void **state)
{
	(void)state;
	assert_true(zone_valid("Asia/Shanghai"));
	assert_true(zone_valid("America/North_Dakota/Center"));
	assert_true(zone_valid("UTC"));
	assert_false(zone_valid("Asia/Nowhere"));
	assert_false(zone_valid("Asia"));
	assert_false(zone_valid(""));
	assert_false(zone_valid("../../etc/passwd"));
	assert_false(zone_valid("/usr/share/zoneinfo/UTC"));
	assert_false(zone_valid("Asia//Shanghai"));
	assert_false(zone_valid("zone.tab"));
	assert_true(strlen(zone_map_version()) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_zone),
		cmocka_unit_test(test_split_area_codes),
		cmocka_unit_test(test_WIN_1_overlays_have_the_zones_of_their_territory),
		cmocka_unit_test(test_numbers_without_a_place),
		cmocka_unit_test(test_new_area_codes),
		cmocka_unit_test(test_small_arrays_answer_unknown),
		cmocka_unit_test(test_all_zones_exist),
		cmocka_unit_test(test_zone_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
