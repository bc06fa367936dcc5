/*
 * rates.h - how answer rates differ from the mean by hour of the day and by group of leads (pure)
 *
 * What    For each hour and for each group, people expected by the mean rate and people who answered. Their ratio, held to the
 *         mean by a prior, says how many times the mean an hour or a group is worth.
 * Hours   Of the day by UTC. An hour is judged by earlier days only, so that it and the level filter (drift.h), which follows the
 *         day itself, do not both count what is seen now. A day's evidence fades by a third with each day that follows.
 * Groups  Named by the caller, e.g. by attempt number and list; 0 is "nothing is known" and always worth the mean. A group is
 *         judged against all calls, whose counts stand in place 0: were it judged against the level alone, both could drift apart
 *         together.
 * Thread  the caller's.
 */
#ifndef OUTDIAL_PACING_RATES_H
#define OUTDIAL_PACING_RATES_H

#include "pacing/pacing.h"

#include <stdint.h>

#define RATES_HOURS 24
#define RATES_GROUPS PACING_GROUPS
#define RATES_ONE 65536 /* worths are kept as whole 1/65536, so that sums of them go back to 0 exactly */

struct rate {
	double expected, seen;
};

struct rates {
	struct rate hour[RATES_HOURS]; /* of earlier days */
	struct rate today;             /* of the current hour */
	int64_t hour_now;              /* since the epoch */
	double factor;                 /* of the current hour */
	struct rate group[RATES_GROUPS]; /* 0: of all calls */
	double recent; /* mean worth of the last few calls that were dialled: what the next ones will be worth */
};

void rates_init(struct rates *rates, int64_t now_us);
/* Earlier days' evidence was replaced: judges the current hour anew. */
void rates_hour(struct rates *rates);
/* People expected by the mean rate of all hours, and seen, just now. */
void rates_note(struct rates *rates, double expected, double seen, int64_t now_us);

/* A call of the group is dialled; answers its worth in 1/RATES_ONE. */
uint32_t rates_dial(struct rates *rates, uint32_t group);
/* It resolved: it was expected to be a person with this chance, and was or was not. */
void rates_resolve(struct rates *rates, uint32_t group, double expected, int person);

#endif
