/*
 * crew.h - the seats of a team and when they will be free (pure; memory from crew_init only)
 *
 * What    Keeps each seat's state and since when; learns how long talk and wrap-up last and how often a seat leaves instead of
 *         getting ready; forecasts how many seats come free within each of the horizons that crew_build was given.
 * Cost    One pass over the busy seats (a bin look-up each), then bins times horizons.
 */
#ifndef OUTDIAL_PACING_CREW_H
#define OUTDIAL_PACING_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "pacing/drift.h"
#include "pacing/dwell.h"
#include "pacing/tail.h"

#define CREW_POINTS 10

enum crew_state { CREW_OUT, CREW_FREE, CREW_TALK, CREW_WRAP };

struct crew_busy {
	int64_t since_us;
	uint32_t seat, state;
};

struct crew_seat {
	uint32_t call, busy_index; /* while talking or wrapping up */
	enum crew_state state;
};

struct crew {
	struct crew_seat *seats;
	struct crew_busy *busy; /* dense: the talking and wrapping seats in any order */
	uint32_t seats_max, busy_count;
	uint32_t counts[4]; /* by enum crew_state; CREW_OUT is not kept */
	struct dwell talk, wrap;
	struct drift talk_drift, wrap_drift;
	double leaves, endings;
	int64_t seen_us;
	uint32_t talk_bins[DWELL_BINS], wrap_bins[DWELL_BINS]; /* as of the last crew_forecast */
	double talk_rate[DWELL_BINS], wrap_rate[DWELL_BINS];   /* hazard per microsecond */
	int64_t horizons_us[CREW_POINTS];
	double stays,
		over[CREW_POINTS]; /* P(ready, not gone, after wrap-up); P(wrap-up over by the horizon | talk ended before) */
	float talk_free[DWELL_BINS][CREW_POINTS], wrap_free[DWELL_BINS][CREW_POINTS];
	bool talk_built[DWELL_BINS], wrap_built[DWELL_BINS]; /* rows are made when a seat is first in their bin */
};

/* -ENOMEM. */
int crew_init(struct crew *crew, uint32_t seats_max, int64_t now_us);
void crew_fini(struct crew *crew);

/* Each answers false when the seat is in no state for it. A connected seat talks whatever was thought of it before. */
bool crew_connect(struct crew *crew, uint32_t seat, uint32_t call, int64_t now_us);
bool crew_wrap(struct crew *crew, uint32_t seat, int64_t now_us);
bool crew_ready(struct crew *crew, uint32_t seat, int64_t now_us);
bool crew_leave(struct crew *crew, uint32_t seat, int64_t now_us);

/* Every seat is out; nothing is learned from what was under way. */
void crew_clear(struct crew *crew);

/* Rebuilds the tables for these horizons (microseconds, rising). */
void crew_build(struct crew *crew, const int64_t horizons_us[CREW_POINTS]);
/* Seats that come free within each horizon; the estimates' own error is in the variance. Also feeds the drift filters. */
void crew_forecast(struct crew *crew, int64_t now_us, struct tail_sum freed[CREW_POINTS]);

#endif
