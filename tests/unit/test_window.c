/* test_window.c - calling windows across zones and changes of daylight saving time */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "campaigns/window.h"

#include <string.h>

#define WEEKDAYS 0x1f
#define MON_SAT 0x3f
#define ALL 0x7f

static const struct window nine_to_eight = {9 * 60, 20 * 60, MON_SAT};

static struct hours_state at(const struct window *window, const char *a, const char *b, int64_t utc_s)
{
	const struct tz *zones[2] = {tz_get(a), b ? tz_get(b) : NULL};
	const struct hours hours = window_hours(window), *one = &hours;

	return hours_at(&one, 1, zones, b ? 2 : 1, utc_s * SEC_US);
}

static void edges_of_a_day(void **state)
{
	const int64_t open_s = 1794790800, close_s = open_s + 11 * 3600; /* Monday 2026-11-16 09:00 in Shanghai */
	struct hours_state s;

	(void)state;
	s = at(&nine_to_eight, "Asia/Shanghai", NULL, open_s - 1);
	assert_false(s.open);
	assert_int_equal(s.until_us, open_s * SEC_US);
	s = at(&nine_to_eight, "Asia/Shanghai", NULL, open_s);
	assert_true(s.open);
	assert_int_equal(s.until_us, close_s * SEC_US);
	assert_true(at(&nine_to_eight, "Asia/Shanghai", NULL, close_s - 1).open);
	s = at(&nine_to_eight, "Asia/Shanghai", NULL, close_s);
	assert_false(s.open);
	assert_int_equal(s.until_us, (open_s + 86400) * SEC_US);
}

static void sunday_is_skipped(void **state)
{
	const int64_t saturday_close_s = 1794790800 + 5 * 86400 + 11 * 3600;
	struct hours_state s = at(&nine_to_eight, "Asia/Shanghai", NULL, saturday_close_s);

	(void)state;
	assert_false(s.open);
	assert_int_equal(s.until_us, (1794790800 + 7 * INT64_C(86400)) * SEC_US);
}

static void every_zone_must_be_open(void **state)
{
	const struct window eight = {8 * 60, 21 * 60, ALL};
	const int64_t ny_eight_s = 1794834000; /* 2026-11-16 13:00 UTC, 08:00 in New York, 07:00 in Chicago */
	struct hours_state s = at(&eight, "America/New_York", "America/Chicago", ny_eight_s);

	(void)state;
	assert_false(s.open);
	assert_int_equal(s.zone, 1); /* Chicago */
	assert_int_equal(s.until_us, (ny_eight_s + 3600) * SEC_US);
	s = at(&eight, "America/New_York", "America/Chicago", ny_eight_s + 3600);
	assert_true(s.open);
	assert_int_equal(s.zone, 0);
	assert_int_equal(s.until_us, (ny_eight_s + 13 * 3600) * SEC_US);
}

static void never_together(void **state)
{
	const struct window hour = {9 * 60, 10 * 60, ALL};
	struct hours_state s = at(&hour, "Asia/Shanghai", "America/New_York", 1794834000);

	(void)state;
	assert_false(s.open);
	assert_int_equal(s.until_us, 0);
}

static void no_zone_means_no(void **state)
{
	const struct hours hours = window_hours(&nine_to_eight), *one = &hours;

	(void)state;
	assert_false(hours_at(&one, 1, NULL, 0, 1794834000 * SEC_US).open);
}

/* 2026-03-08, New York: 02:00 becomes 03:00. */
static void spring_forward(void **state)
{
	const struct window night = {2 * 60 + 30, 4 * 60, ALL}, day = {9 * 60, 20 * 60, ALL};
	const int64_t change_s = 1772953200;
	struct hours_state s = at(&night, "America/New_York", NULL, change_s - 60);

	(void)state;
	assert_false(s.open);
	assert_int_equal(s.until_us, change_s * SEC_US); /* 02:30 does not happen: it is 03:00 at once */
	s = at(&night, "America/New_York", NULL, change_s);
	assert_true(s.open);
	assert_int_equal(s.until_us, (change_s + 3600) * SEC_US);
	s = at(&day, "America/New_York", NULL, change_s - 4 * 3600);  /* Saturday 22:00 */
	assert_int_equal(s.until_us, (change_s + 6 * 3600) * SEC_US); /* 09:00 summer time is ten hours later, not eleven */
}

/* 2026-11-01, New York: 02:00 becomes 01:00, so 01:30 happens twice. */
static void fall_back(void **state)
{
	const struct window night = {60, 90, ALL};
	const int64_t change_s = 1793512800;
	struct hours_state s = at(&night, "America/New_York", NULL, change_s - 1800); /* 01:30 the first time */

	(void)state;
	assert_false(s.open);
	assert_int_equal(s.until_us, change_s * SEC_US); /* 01:00 the second time */
	s = at(&night, "America/New_York", NULL, change_s - 3600);
	assert_true(s.open);
	assert_int_equal(s.until_us, (change_s - 1800) * SEC_US);
	assert_true(at(&night, "America/New_York", NULL, change_s + 1799).open);
	assert_false(at(&night, "America/New_York", NULL, change_s + 1800).open);
}

static void whole_days(void **state)
{
	const struct window always = {0, 1440, ALL}, week = {0, 1440, WEEKDAYS};
	const int64_t monday_s = 1794834000;
	struct hours_state s = at(&always, "Asia/Shanghai", NULL, monday_s);

	(void)state;
	assert_true(s.open);
	assert_true(s.until_us >= (monday_s + 14 * INT64_C(86400)) * SEC_US);
	s = at(&week, "Etc/UTC", NULL, monday_s);
	assert_int_equal(s.until_us, INT64_C(1795219200) * SEC_US); /* Saturday 2026-11-21 00:00 */
}

/* The state at every quarter of an hour of two years agrees with what the state before promised. */
static void promises_are_kept(void **state)
{
	static const char *const zones[] = {"America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata"};
	const struct window odd = {2 * 60 + 15, 3 * 60 + 45, 0x55};

	(void)state;
	for (unsigned z = 0; z < 4; z++) {
		struct hours_state last = {.until_us = 0};

		for (int64_t s = 1767225600; s < 1767225600 + 86400 * 730; s += 900) {
			struct hours_state now = at(&odd, zones[z], NULL, s);

			assert_true(now.until_us > s * SEC_US);
			if (s * SEC_US < last.until_us)
				assert_int_equal(now.open, last.open);
			else if (last.until_us == s * SEC_US)
				assert_int_not_equal(now.open, last.open);
			last = now;
		}
	}
}

static void texts(void **state)
{
	char text[64];

	(void)state;
	window_local_text(tz_get("Asia/Shanghai"), INT64_C(1794790740) * SEC_US, text);
	assert_string_equal(text, "Mon 08:59");
	window_text(&nine_to_eight, text);
	assert_string_equal(text, "09:00-20:00 Mon-Sat");
	window_text(&(struct window){0, 1440, 0x63}, text);
	assert_string_equal(text, "00:00-24:00 Mon,Tue,Sat,Sun");
	assert_true(window_ok(&nine_to_eight));
	assert_false(window_ok(&(struct window){9, 9, 1}));
	assert_false(window_ok(&(struct window){9, 1441, 1}));
	assert_false(window_ok(&(struct window){9, 10, 0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(edges_of_a_day), cmocka_unit_test(sunday_is_skipped),
		cmocka_unit_test(every_zone_must_be_open), cmocka_unit_test(never_together), cmocka_unit_test(no_zone_means_no),
		cmocka_unit_test(spring_forward), cmocka_unit_test(fall_back), cmocka_unit_test(whole_days),
		cmocka_unit_test(promises_are_kept), cmocka_unit_test(texts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
