/*
 * need.h - how many seats, lines and calls a second a goal needs, found by living the days
 */
#ifndef OUTDIAL_WORLD_NEED_H
#define OUTDIAL_WORLD_NEED_H

#include "tools/world/totals.h"

struct need_options {
	double goal;  /* accounts in one day */
	int64_t days; /* lived for each figure; 0: by the size of the team */
	uint64_t seed;
	double reserve;                    /* of staff: people on the roster beyond the seats at work */
	void (*progress_h)(int64_t seats); /* called before days are lived; may be NULL */
};

struct need {
	int64_t seats, roster, lines;
	double cps;
	struct totals totals; /* of these seats, lines and calls a second */
};

double need_accounts_a_day(const struct totals *totals);
/* Days of this scenario with so many seats, lines (0: plenty) and calls a second (0: no limit) under a policy. */
int need_live(
	const struct need_options *options, const struct scenario *scenario, const struct policy *policy, struct totals *totals);
/*
 * The least seats that reach the goal on average; then the least lines, and then the least calls a second, that cost less than
 * 0.5 % of its accounts and half as much of the seats' time. 0; ERR_RANGE when SCENARIO_SEATS_MAX seats are not enough; -ENOMEM.
 */
int need_find(const struct need_options *options, const struct scenario *scenario, struct need *need);

#endif
