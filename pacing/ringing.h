/*
 * ringing.h - the calls in flight and when they will want a seat (pure)
 *
 * What    Counts the ringing calls by the bin of their dialling time and the answered, not yet classified ones by the bin of
 * their answer, so that a decision costs the same for 5 as for 5,000 calls. Learns at which age people and machines answer and
 * calls end otherwise (competing risks, calls in flight counted as at risk), how long classification takes, and how the answer
 * rate drifts from all that; forecasts how many people want a seat within each point of a grid. Grid    The points are quantiles
 * of the time from dialling to wanting a seat: the grid follows a team whose calls are 30 times shorter by itself. Demand  a
 * person where calls are classified; any answer where they are not. Worth   Hours of the day and groups of leads (rates.h)
 *                                                                           multiply the
 * learned rate: each ringing call is counted by its group's worth, and the level by the hour's factor.
 */
#ifndef OUTDIAL_PACING_RINGING_H
#define OUTDIAL_PACING_RINGING_H

#include <stdbool.h>
#include <stdint.h>

#include "pacing/drift.h"
#include "pacing/rates.h"
#include "pacing/tail.h"

#define RINGING_BINS 128
#define RINGING_POINTS 10

enum ringing_end {
	RINGING_PERSON,
	RINGING_MACHINE,
	RINGING_OTHER,
	RINGING_CENSORED, /* we ended it: nobody knows what it would have been */
	RINGING_ENDS,
	RINGING_FAILED = RINGING_ENDS, /* the network failed: thousands may in minutes, and they say nothing about people */
};

struct ringing_call { /* what the caller keeps of a call */
	int64_t dial_bin;
	uint32_t group, worth;
	float expected; /* chance of a person by the mean rate of its time */
};

struct ringing {
	int64_t bin_us, head; /* width of a bin; number of the current one since the epoch */
	bool classified;
	uint32_t ringing[RINGING_BINS], ringing_old;   /* by dialling bin modulo BINS; those older than all bins */
	uint64_t worth[RINGING_BINS];                  /* their worths, in 1/RATES_ONE */
	uint32_t answered[RINGING_BINS], answered_old; /* by answer bin */
	uint32_t weight_sum[RINGING_BINS];             /* chances of their being people, in 1/65536 */
	double ended[RINGING_ENDS][RINGING_BINS];      /* learned: by age at the end, or at the answer */
	double verdict[2][RINGING_BINS];               /* learned: time to the verdict person (0), machine (1) */
	double resolved;
	struct drift drift;
	struct rates rates;
	int64_t seen_us;
	/* built */
	double alive[RINGING_BINS + 1], person_cum[RINGING_BINS + 1], person_rate[RINGING_BINS], person_share[RINGING_BINS];
	double prob;                /* a new call is answered by a person, at level 1 */
	/* as of the last forecast: drift's mean times the hour's factor, held above a floor, and its relative variance */
	double level, level_spread;
	int64_t grid_us[RINGING_POINTS];
	double verdict_left[2][RINGING_BINS];
	float reach[RINGING_BINS][RINGING_POINTS], verdict_reach[RINGING_BINS][RINGING_POINTS];
};

void ringing_init(struct ringing *ringing, int64_t ring_us_max, bool classified, int64_t now_us);
/* Moves the current bin; call it before anything else of the same moment. */
void ringing_advance(struct ringing *ringing, int64_t now_us);

/* A call of this group of leads (0: none) begins to ring. */
struct ringing_call ringing_dial(struct ringing *ringing, uint32_t group);
/* A ringing call is answered; answers the chance that it is a person in 1/65536, which the caller keeps with ringing->head. */
uint32_t ringing_answer(struct ringing *ringing, const struct ringing_call *call, int64_t now_us);
/* A ringing call ended without an answer. */
void ringing_end(struct ringing *ringing, const struct ringing_call *call, enum ringing_end end);
/* An answered call was classified (or ended before). */
void ringing_verdict(struct ringing *ringing, const struct ringing_call *call, int64_t answer_bin, uint32_t weight,
	enum ringing_end end, int64_t now_us);

/* Rebuilds the tables from what was learned. */
void ringing_build(struct ringing *ringing);
/* People who want a seat within each grid point. Also feeds the drift filter. */
void ringing_forecast(struct ringing *ringing, int64_t now_us, struct tail_sum wanted[RINGING_POINTS]);

#endif
