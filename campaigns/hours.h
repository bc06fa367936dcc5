/*
 * hours.h - hours of the week in which calls are allowed, over several time zones (pure: time and zones in, decision out)
 *
 * What    A week of spans of the local day, with a day of its own for holidays. hours_at() asks several of them in several zones
 *         at once: it is open when EVERY one is open in EVERY zone. It says when that changes, exact across changes of daylight
 *         saving time: between two changes of a zone's offset local time is a straight line, so each stretch is solved by
 *         arithmetic and no instant is searched.
 * Units   _us since the epoch; _s seconds of the local day, a span is from <= t < to, to_s 86400 is the end of the day.
 * Rules   Candidate zones, never a stored numeric offset; no zone, or no hours, means closed.
 */
#ifndef OUTDIAL_CAMPAIGNS_HOURS_H
#define OUTDIAL_CAMPAIGNS_HOURS_H

#include "campaigns/holiday.h"
#include "campaigns/tz.h"

#define HOURS_SPANS 3
#define HOURS_HOLIDAY 7
#define HOURS_DAY_S 86400
#define HOURS_AHEAD_DAYS 15

struct hours_span {
	int32_t from_s, to_s;
};

struct hours {
	struct {
		uint8_t count;
		struct hours_span span[HOURS_SPANS]; /* ascending, apart */
	} day[8]; /* Monday .. Sunday, holidays */
	const struct holidays *holidays; /* NULL: no day is one */
};

struct hours_state {
	bool open;
	int64_t until_us; /* open: first instant that is closed; closed: first instant that is open, 0: not within 15 days */
	uint32_t hours, zone; /* indexes of the pair that is closed now, or that closes first */
};

struct hours_state hours_at(const struct hours *const *hours, uint32_t hours_count, const struct tz *const *zones,
	uint32_t zone_count, int64_t now_us);

/* Local time of an instant: its day, and the second of that day. */
struct local_time {
	int64_t day;
	int32_t s;
};
struct local_time local_time_at(const struct tz *tz, int64_t now_us);
/* First instant of a local day: midnight, or what comes after it where the clock skips it. */
int64_t local_day_start_us(const struct tz *tz, int64_t day);

#endif
