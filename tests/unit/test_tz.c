/* test_tz.c - offsets of zones, against known transitions and against the C library */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "campaigns/tz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int32_t offset(const char *zone, int64_t utc_s)
{
	const struct tz *tz = tz_get(zone);

	assert_non_null(tz);
	return tz_at(tz, utc_s).offset_s;
}

static void known_transitions(void **state)
{
	(void)state;
	assert_int_equal(offset("America/New_York", 1772953199), -5 * 3600); /* 2026-03-08 06:59:59 UTC */
	assert_int_equal(offset("America/New_York", 1772953200), -4 * 3600);
	assert_int_equal(tz_at(tz_get("America/New_York"), 1772953199).until_s, 1772953200);
	assert_int_equal(offset("America/New_York", 1793512799), -4 * 3600); /* 2026-11-01 05:59:59 UTC */
	assert_int_equal(offset("America/New_York", 1793512800), -5 * 3600);
	assert_int_equal(offset("Asia/Kolkata", 1772953200), 5 * 3600 + 1800);
	assert_int_equal(offset("Asia/Shanghai", 1772953200), 8 * 3600);
	assert_true(tz_at(tz_get("Asia/Shanghai"), 1772953200).until_s == INT64_MAX);
	assert_int_equal(offset("Australia/Lord_Howe", 1767225600), 11 * 3600); /* half an hour of daylight saving */
	assert_int_equal(offset("Australia/Lord_Howe", 1782864000), 10 * 3600 + 1800);
	assert_int_equal(offset("Etc/UTC", 0), 0);
}

/* Beyond the years that the file spells out, its footer rules. */
static void footer_years(void **state)
{
	(void)state;
	assert_int_equal(offset("America/New_York", 2530162799), -5 * 3600); /* 2050-03-06: winter */
	assert_int_equal(offset("America/New_York", 2540000000), -4 * 3600); /* 2050-06-28: summer */
	assert_int_equal(offset("Europe/Dublin", 2540000000), 3600);         /* its winter time is the saving one */
	assert_int_equal(offset("Europe/Dublin", 2556000000 - 86400 * 360), 0);
	assert_int_equal(offset("America/Santiago", 2556057600), -3 * 3600); /* 2050-12-31: southern summer */
}

/* Every hour of some years of several kinds of zone must agree with localtime_r(). */
static void agrees_with_the_c_library(void **state)
{
	static const char *const zones[] = {"America/New_York", "America/Santiago", "Europe/Dublin", "Africa/Casablanca",
		"Asia/Tehran", "Pacific/Apia", "America/St_Johns", "Antarctica/Troll", "Australia/Lord_Howe", "Asia/Gaza",
		"America/Nuuk"};
	int64_t from_s[] = {-1000000000, 1262304000, 1767225600, 2145916800 - 86400 * 200, 3000000000};

	(void)state;
	for (unsigned z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		setenv("TZ", zones[z], 1);
		tzset();
		for (unsigned f = 0; f < 5; f++) {
			for (int64_t utc_s = from_s[f]; utc_s < from_s[f] + 86400 * 400; utc_s += 3600) {
				time_t t = (time_t)utc_s;
				struct tm tm;

				localtime_r(&t, &tm);
				if (offset(zones[z], utc_s) != tm.tm_gmtoff)
					fail_msg("%s at %lld: %d, the C library says %ld", zones[z], (long long)utc_s,
						offset(zones[z], utc_s), tm.tm_gmtoff);
			}
		}
	}
	unsetenv("TZ");
	tzset();
}

/* until_s is the first instant with another offset, never later. */
static void spans_do_not_overshoot(void **state)
{
	const struct tz *tz = tz_get("Africa/Casablanca");
	struct tz_span span = {0, INT64_MIN};

	(void)state;
	for (int64_t utc_s = 1767225600; utc_s < 1767225600 + 86400 * 800; utc_s += 1800) {
		struct tz_span now = tz_at(tz, utc_s);

		assert_true(now.until_s > utc_s);
		if (utc_s < span.until_s)
			assert_int_equal(now.offset_s, span.offset_s);
		span = now;
	}
}

static void bad_names(void **state)
{
	(void)state;
	assert_null(tz_get(""));
	assert_null(tz_get("Nowhere/City"));
	assert_null(tz_get("../../etc/passwd"));
	assert_null(tz_get("/etc/localtime"));
	assert_null(tz_get("Asia"));
	assert_null(tz_get("tzdata.zi"));
	assert_ptr_equal(tz_get("Asia/Tokyo"), tz_get("Asia/Tokyo"));
	assert_string_equal(tz_name(tz_get("Asia/Tokyo")), "Asia/Tokyo");
}

/* Each prefix of a real file is refused or harmless. */
static void cut_files(void **state)
{
	static unsigned char bytes[8192];
	FILE *file = fopen("/usr/share/zoneinfo/America/New_York", "rb");
	size_t count;
	struct tz *tz;

	(void)state;
	assert_non_null(file);
	count = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	for (size_t n = 0; n < count; n++)
		assert_int_equal(tz_parse(&tz, bytes, n), ERR_SYNTAX);
	assert_int_equal(tz_parse(&tz, bytes, count), 0);
	assert_int_equal(tz_at(tz, 1772953200).offset_s, -4 * 3600);
	tz_free(tz);
	bytes[4] = 0; /* version 1: the first block, no footer */
	assert_int_equal(tz_parse(&tz, bytes, count), 0);
	assert_int_equal(tz_at(tz, 1772953200).offset_s, -4 * 3600);
	tz_free(tz);
	tz_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(known_transitions), cmocka_unit_test(footer_years),
		cmocka_unit_test(agrees_with_the_c_library), cmocka_unit_test(spans_do_not_overshoot),
		cmocka_unit_test(bad_names), cmocka_unit_test(cut_files)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
