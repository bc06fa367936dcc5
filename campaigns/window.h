/*
 * window.h - calling windows (pure: time and zones in, decision out)
 *
 * What    A lead may be called when the local time is inside the campaign's window in EVERY one of its candidate zones. The
 *         arithmetic is that of hours.h; rule packs add their own hours (rules.h).
 * Units   _us since the epoch. Weekday bit 0 is Monday. to_min 1440 is the end of the day.
 * Rules   A set of candidate zones, never a stored numeric offset; no zone known means no.
 */
#ifndef OUTDIAL_CAMPAIGNS_WINDOW_H
#define OUTDIAL_CAMPAIGNS_WINDOW_H

#include "campaigns/hours.h"
#include "campaigns/store.h"
#include "campaigns/tz.h"

struct window_state {
	bool open;
	int64_t until_us; /* open: first instant that is closed; closed: first instant that is open, 0: not within 15 days */
	const struct tz *decides; /* a zone that is closed now, or that closes first */
};

struct window_state window_at(const struct window *window, const struct tz *const *zones, uint32_t count, int64_t now_us);
struct hours window_hours(const struct window *window);
/* from < to, at most 24 h, at least one weekday. */
bool window_ok(const struct window *window);
/* "Mon 08:59" in the zone. */
void window_local_text(const struct tz *tz, int64_t now_us, char out[32]);
/* "09:00-20:00 Mon-Sat" */
void window_text(const struct window *window, char out[64]);

#endif
