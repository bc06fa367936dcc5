/*
 * law.h - how many calls one decision places, by probability (pure)
 *
 * What    With the people that the calls in flight will bring and the seats that will come free, both by the points of one time
 * grid, the risk of one more call is the chance that its person, arriving at a random point of the grid, or anybody after, finds
 *         every seat taken. Calls are added until the next one's risk would pass the price.
 */
#ifndef OUTDIAL_PACING_LAW_H
#define OUTDIAL_PACING_LAW_H

#include <stdint.h>

#include "pacing/ringing.h"
#include "pacing/tail.h"

struct law_input {
	struct tail_sum wanted[RINGING_POINTS]; /* people from the calls in flight */
	struct tail_sum freed[RINGING_POINTS];  /* seats, until the hold of a person who comes at the point has passed */
	double share[RINGING_POINTS];           /* chance that a new call wants a seat by the point */
	double share_spread;                    /* relative variance of that chance, common to all new calls */
	int free;                               /* seats free now less people waiting now */
	double price;
	double overflow_max;   /* expected overflow that the new calls together may add */
	int spare;             /* people that may be lost at once, whatever is expected; */
	double burst_prob_max; /* more than these with at most this chance */
	uint32_t place_max;
};

struct law_output {
	uint32_t place;
	double overflow; /* expected people lost by these calls */
	double risk;     /* of the first call more */
};

/* Chance that the person of one more call costs somebody a seat, when `placed` others are placed with it. */
double law_risk(const struct law_input *input, uint32_t placed);
/* Chance that more than `spare` people find no seat at some moment when `placed` calls are added. */
double law_burst(const struct law_input *input, uint32_t placed);
struct law_output law_place(const struct law_input *input);

#endif
