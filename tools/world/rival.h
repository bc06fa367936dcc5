/*
 * rival.h - the rules of other dialers, for comparison (pure: numbers in, number of calls out)
 *
 * What    A fixed ratio, VICIdial's three adaptive rules and Issabel's predictor, rebuilt from a description of what they do
 *         (docs/PACING.md, "The rules it is compared with"). They see what the dialer sees, never the simulator's future.
 * Life    rival_init() each day; rival_note() at each event; rival_decide() on each tick answers how many calls to place now.
 */
#ifndef OUTDIAL_WORLD_RIVAL_H
#define OUTDIAL_WORLD_RIVAL_H

#include <stdint.h>

#include "tools/world/policy.h"

#define RIVAL_SAMPLES 15
#define RIVAL_MINUTES 30

enum rival_event { RIVAL_DIALLED, RIVAL_ANSWERED, RIVAL_DROPPED, RIVAL_TALKED };

struct rival {
	struct policy policy;
	double ceiling;
	double level; /* VICIdial: lines a seat */
	struct {
		double ready, waiting, seats;
	} samples[RIVAL_SAMPLES];
	int samples_count;
	int64_t sample_us, adapt_us, place_us; /* of the next one */
	uint32_t dialled_by_second[60], dropped_by_second[60];
	uint32_t dialled_by_minute[RIVAL_MINUTES], answered_by_minute[RIVAL_MINUTES];
	int64_t second, minute;
	uint64_t dialled;
	double answer_us_sum, talk_us_sum;
	uint64_t answers, talks;
};

/* What the dialer sees at a decision. */
struct rival_view {
	uint32_t ready, talking, wrapping, seats; /* seats: all that are on shift, paused too */
	uint32_t ringing, waiting;                /* waiting: answered, and no seat yet */
	uint64_t live, abandoned;                 /* today */
	double hours_left;
	const int64_t *talk_us; /* how long each of the talking seats has talked; NULL but for Issabel */
};

void rival_init(struct rival *rival, const struct policy *policy, double ceiling);
/* `us`: how long it rang (ANSWERED), was talked (TALKED). */
void rival_note(struct rival *rival, enum rival_event event, int64_t us, int64_t now_us);
uint32_t rival_decide(struct rival *rival, const struct rival_view *view, int64_t now_us);

#endif
