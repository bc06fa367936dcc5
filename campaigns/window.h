/*
 * window.h - a campaign's own calling window (pure)
 *
 * What    A lead may be called when the local time is inside the campaign's window in EVERY one of its candidate zones. The
 *         arithmetic is that of hours.h, which takes window_hours(); rule packs add their own hours (rules.h).
 * Units   _us since the epoch. Weekday bit 0 is Monday. to_min 1440 is the end of the day.
 * Rules   A set of candidate zones, never a stored numeric offset; no zone known means no.
 */
#ifndef OUTDIAL_CAMPAIGNS_WINDOW_H
#define OUTDIAL_CAMPAIGNS_WINDOW_H

#include "campaigns/hours.h"
#include "campaigns/store.h"
#include "campaigns/tz.h"

struct hours window_hours(const struct window *window);
/* from < to, at most 24 h, at least one weekday. */
bool window_ok(const struct window *window);
/* "Mon 08:59" in the zone. */
void window_local_text(const struct tz *tz, int64_t now_us, char out[32]);
/* "09:00-20:00 Mon-Sat" */
void window_text(const struct window *window, char out[64]);

#endif
