/* window.c - is it open, and until when */
#include "campaigns/window.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define WINDOW_DAY_S 86400
#define WINDOW_AHEAD_DAYS 15

static const char *const window_days[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static int64_t window_floor(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int window_weekday(int64_t local_day)
{
	return (int)((((local_day + 3) % 7) + 7) % 7); /* 1970-01-01 was a Thursday */
}

/* Opening and closing of the local day, seconds of local time; false when it stays closed. */
static bool window_day(const struct window *window, int64_t local_day, int64_t *from_s, int64_t *to_s)
{
	*from_s = local_day * WINDOW_DAY_S + window->from_min * 60;
	*to_s = local_day * WINDOW_DAY_S + window->to_min * 60;
	return window->weekdays >> window_weekday(local_day) & 1;
}

static bool window_open_local(const struct window *window, int64_t local_s)
{
	int64_t from_s, to_s;

	return window_day(window, window_floor(local_s, WINDOW_DAY_S), &from_s, &to_s) && local_s >= from_s && local_s < to_s;
}

static bool window_open_zone(const struct window *window, const struct tz *tz, int64_t utc_s)
{
	return window_open_local(window, utc_s + tz_at(tz, utc_s).offset_s);
}

/* First open instant at or after local_s if the offset never changed. */
static int64_t window_next_open_local(const struct window *window, int64_t local_s)
{
	int64_t day = window_floor(local_s, WINDOW_DAY_S), from_s, to_s;

	for (int i = 0; i <= 7; i++)
		if (window_day(window, day + i, &from_s, &to_s) && local_s < to_s)
			return local_s > from_s ? local_s : from_s;
	return INT64_MAX;
}

/* First closed instant after local_s, which is open, if the offset never changed. A window of whole days runs on over midnight.
 */
static int64_t window_next_close_local(const struct window *window, int64_t local_s)
{
	int64_t day = window_floor(local_s, WINDOW_DAY_S), from_s, to_s;

	for (int i = 0; i <= WINDOW_AHEAD_DAYS; i++) {
		window_day(window, day + i, &from_s, &to_s);
		if (!window_open_local(window, to_s))
			return to_s;
	}
	return to_s;
}

/* Next instant at which the zone is open (or closed, when it is open at utc_s), 0 beyond the horizon. */
static int64_t window_change(const struct window *window, const struct tz *tz, int64_t utc_s)
{
	bool open = window_open_zone(window, tz, utc_s);
	int64_t limit_s = utc_s + WINDOW_AHEAD_DAYS * WINDOW_DAY_S;

	while (utc_s <= limit_s) {
		struct tz_span span = tz_at(tz, utc_s);
		int64_t local_s = utc_s + span.offset_s, next_s;

		if (window_open_local(window, local_s) != open)
			return utc_s;
		next_s = open ? window_next_close_local(window, local_s) : window_next_open_local(window, local_s);
		if (next_s == INT64_MAX)
			return 0;
		if (next_s - span.offset_s < span.until_s)
			return next_s - span.offset_s;
		utc_s = span.until_s;
	}
	return 0;
}

/* All open: the first to close. */
static struct window_state window_until_close(
	const struct window *window, const struct tz *const *zones, uint32_t count, int64_t utc_s)
{
	struct window_state state = {.open = true, .until_us = INT64_MAX};

	for (uint32_t i = 0; i < count; i++) {
		int64_t close_s = window_change(window, zones[i], utc_s);

		if (close_s == 0)
			close_s = utc_s + WINDOW_AHEAD_DAYS * WINDOW_DAY_S;
		if (close_s * SEC_US < state.until_us) {
			state.until_us = close_s * SEC_US;
			state.decides = zones[i];
		}
	}
	return state;
}

/* Each closed zone moves the instant on to its opening, until none is closed there. */
static int64_t window_all_open(const struct window *window, const struct tz *const *zones, uint32_t count, int64_t utc_s)
{
	int64_t limit_s = utc_s + WINDOW_AHEAD_DAYS * WINDOW_DAY_S;
	uint32_t open = 0;

	for (uint32_t i = 0; open < count; i = (i + 1) % count) {
		if (window_open_zone(window, zones[i], utc_s)) {
			open++;
			continue;
		}
		utc_s = window_change(window, zones[i], utc_s);
		if (utc_s == 0 || utc_s > limit_s)
			return 0;
		open = 1;
	}
	return utc_s;
}

struct window_state window_at(const struct window *window, const struct tz *const *zones, uint32_t count, int64_t now_us)
{
	struct window_state state = {0};
	int64_t utc_s = window_floor(now_us, SEC_US);

	if (count == 0)
		return state;
	for (uint32_t i = 0; i < count && !state.decides; i++)
		if (!window_open_zone(window, zones[i], utc_s))
			state.decides = zones[i];
	if (!state.decides)
		return window_until_close(window, zones, count, utc_s);
	state.until_us = window_all_open(window, zones, count, utc_s) * SEC_US;
	return state;
}

bool window_ok(const struct window *window)
{
	return window->from_min < window->to_min && window->to_min <= 1440 && window->weekdays && window->weekdays <= 0x7f;
}

void window_local_text(const struct tz *tz, int64_t now_us, char out[32])
{
	int64_t utc_s = window_floor(now_us, SEC_US), local_s = utc_s + tz_at(tz, utc_s).offset_s;
	int64_t day = window_floor(local_s, WINDOW_DAY_S);
	int minute = (int)(local_s - day * WINDOW_DAY_S) / 60;

	snprintf(out, 32, "%s %02d:%02d", window_days[window_weekday(day)], minute / 60, minute % 60);
}

/* Runs of three or more weekdays are joined by "-", others by ",". */
void window_text(const struct window *window, char out[64])
{
	int at = snprintf(out, 64, "%02u:%02u-%02u:%02u", window->from_min / 60u, window->from_min % 60u, window->to_min / 60u,
		window->to_min % 60u);
	const char *join = " ";

	for (int d = 0; d < 7 && at < 60; d++) {
		int end = d;

		if (!(window->weekdays >> d & 1))
			continue;
		while (end < 6 && window->weekdays >> (end + 1) & 1)
			end++;
		if (end - d < 2)
			end = d;
		at += snprintf(out + at, (size_t)(64 - at), end > d ? "%s%s-%s" : "%s%s", join, window_days[d], window_days[end]);
		join = ",";
		d = end;
	}
}
