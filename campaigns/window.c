/* window.c - a campaign's calling window: one span on some days of the week */
#include "campaigns/window.h"

#include <stdio.h>

static const char *const window_days[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

struct hours window_hours(const struct window *window)
{
	struct hours hours = {.holidays = NULL};

	for (int d = 0; d < 7; d++) {
		if (!(window->weekdays >> d & 1))
			continue;
		hours.day[d].count = 1;
		hours.day[d].span[0] = (struct hours_span){window->from_min * 60, window->to_min * 60};
	}
	return hours;
}

bool window_ok(const struct window *window)
{
	return window->from_min < window->to_min && window->to_min <= 1440 && window->weekdays && window->weekdays <= 0x7f;
}

void window_local_text(const struct tz *tz, int64_t now_us, char out[32])
{
	struct local_time local = local_time_at(tz, now_us);

	snprintf(out, 32, "%s %02d:%02d", window_days[weekday_of_day(local.day)], local.s / 3600, local.s / 60 % 60);
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
