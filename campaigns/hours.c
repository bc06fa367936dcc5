/* hours.c - is it open, and until when; see hours.h */
#include "campaigns/hours.h"

#include "base/clock.h"

#include <limits.h>

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int hours_day(const struct hours *hours, int64_t day)
{
	return hours->holidays && holidays_has(hours->holidays, day) ? HOURS_HOLIDAY : weekday_of_day(day);
}

static bool hours_open_local(const struct hours *hours, int64_t local_s)
{
	int64_t day = floor_div(local_s, HOURS_DAY_S);
	int index = hours_day(hours, day);

	for (int i = 0; i < hours->day[index].count; i++) {
		struct hours_span span = hours->day[index].span[i];

		if (local_s - day * HOURS_DAY_S >= span.from_s && local_s - day * HOURS_DAY_S < span.to_s)
			return true;
	}
	return false;
}

static bool hours_open(const struct hours *hours, const struct tz *tz, int64_t utc_s)
{
	return hours_open_local(hours, utc_s + tz_at(tz, utc_s).offset_s);
}

/* First open instant at or after local_s if the offset never changed. */
static int64_t hours_next_open(const struct hours *hours, int64_t local_s)
{
	int64_t day = floor_div(local_s, HOURS_DAY_S);

	for (int i = 0; i <= HOURS_AHEAD_DAYS; i++, day++) {
		int index = hours_day(hours, day);

		for (int k = 0; k < hours->day[index].count; k++) {
			int64_t from_s = day * HOURS_DAY_S + hours->day[index].span[k].from_s;

			if (local_s < day * HOURS_DAY_S + hours->day[index].span[k].to_s)
				return local_s > from_s ? local_s : from_s;
		}
	}
	return INT64_MAX;
}

/* First closed instant after local_s, which is open, if the offset never changed. Whole days run on over midnight. */
static int64_t hours_next_close(const struct hours *hours, int64_t local_s)
{
	int64_t limit_s = local_s + HOURS_AHEAD_DAYS * (int64_t)HOURS_DAY_S;

	while (local_s < limit_s && hours_open_local(hours, local_s)) {
		int64_t day = floor_div(local_s, HOURS_DAY_S), end_s = 0;
		int index = hours_day(hours, day);

		for (int k = 0; k < hours->day[index].count; k++) {
			end_s = day * HOURS_DAY_S + hours->day[index].span[k].to_s;
			if (local_s < end_s)
				break;
		}
		local_s = end_s;
	}
	return local_s;
}

/* Next instant at which the zone is open (or closed, when it is open at utc_s), 0 beyond the horizon. */
static int64_t hours_change(const struct hours *hours, const struct tz *tz, int64_t utc_s)
{
	bool open = hours_open(hours, tz, utc_s);
	int64_t limit_s = utc_s + HOURS_AHEAD_DAYS * (int64_t)HOURS_DAY_S;

	while (utc_s <= limit_s) {
		struct tz_span span = tz_at(tz, utc_s);
		int64_t local_s = utc_s + span.offset_s, next_s;

		if (hours_open_local(hours, local_s) != open)
			return utc_s;
		next_s = open ? hours_next_close(hours, local_s) : hours_next_open(hours, local_s);
		if (next_s == INT64_MAX && span.until_s > limit_s)
			return 0;
		if (next_s != INT64_MAX && next_s - span.offset_s < span.until_s)
			return next_s - span.offset_s;
		utc_s = span.until_s;
	}
	return 0;
}

struct hours_pairs { /* each hours in each zone */
	const struct hours *const *hours;
	const struct tz *const *zones;
	uint32_t count, zone_count;
};

static bool pair_open(const struct hours_pairs *pairs, uint32_t i, int64_t utc_s)
{
	return hours_open(pairs->hours[i / pairs->zone_count], pairs->zones[i % pairs->zone_count], utc_s);
}

static int64_t pair_change(const struct hours_pairs *pairs, uint32_t i, int64_t utc_s)
{
	return hours_change(pairs->hours[i / pairs->zone_count], pairs->zones[i % pairs->zone_count], utc_s);
}

/* All open: the first to close. */
static uint32_t pairs_close(const struct hours_pairs *pairs, int64_t utc_s, int64_t *until_us)
{
	uint32_t decides = 0;

	*until_us = INT64_MAX;
	for (uint32_t i = 0; i < pairs->count; i++) {
		int64_t close_s = pair_change(pairs, i, utc_s);

		if (close_s == 0)
			close_s = utc_s + HOURS_AHEAD_DAYS * (int64_t)HOURS_DAY_S;
		if (close_s * SEC_US < *until_us) {
			*until_us = close_s * SEC_US;
			decides = i;
		}
	}
	return decides;
}

/* Each closed pair moves the instant on to its opening, until none is closed there. */
static int64_t pairs_all_open(const struct hours_pairs *pairs, int64_t utc_s)
{
	int64_t limit_s = utc_s + HOURS_AHEAD_DAYS * (int64_t)HOURS_DAY_S;
	uint32_t open = 0;

	for (uint32_t i = 0; open < pairs->count; i = (i + 1) % pairs->count) {
		if (pair_open(pairs, i, utc_s)) {
			open++;
			continue;
		}
		utc_s = pair_change(pairs, i, utc_s);
		if (utc_s == 0 || utc_s > limit_s)
			return 0;
		open = 1;
	}
	return utc_s;
}

struct hours_state hours_at(const struct hours *const *hours, uint32_t hours_count, const struct tz *const *zones,
	uint32_t zone_count, int64_t now_us)
{
	struct hours_pairs pairs = {hours, zones, hours_count * zone_count, zone_count};
	struct hours_state state = {.open = pairs.count > 0};
	int64_t utc_s = floor_div(now_us, SEC_US);
	uint32_t decides = 0;

	for (uint32_t i = 0; i < pairs.count && state.open; i++) {
		state.open = pair_open(&pairs, i, utc_s);
		decides = i;
	}
	if (state.open)
		decides = pairs_close(&pairs, utc_s, &state.until_us);
	else if (pairs.count)
		state.until_us = pairs_all_open(&pairs, utc_s) * SEC_US;
	if (pairs.count) {
		state.hours = decides / zone_count;
		state.zone = decides % zone_count;
	}
	return state;
}

struct local_time local_time_at(const struct tz *tz, int64_t now_us)
{
	int64_t utc_s = floor_div(now_us, SEC_US), local_s = utc_s + tz_at(tz, utc_s).offset_s;
	int64_t day = floor_div(local_s, HOURS_DAY_S);

	return (struct local_time){.day = day, .s = (int32_t)(local_s - day * HOURS_DAY_S)};
}

/* No offset is more than 26 hours from another: from two days before, each span is looked at until it reaches the day. */
int64_t local_day_start_us(const struct tz *tz, int64_t day)
{
	int64_t utc_s = (day - 2) * HOURS_DAY_S;

	for (;;) {
		struct tz_span span = tz_at(tz, utc_s);
		int64_t start_s = day * HOURS_DAY_S - span.offset_s;

		if (start_s <= utc_s)
			return utc_s * SEC_US;
		if (start_s < span.until_s)
			return start_s * SEC_US;
		utc_s = span.until_s;
	}
}
