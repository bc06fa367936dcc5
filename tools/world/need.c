/*
 * need.c - how many seats, lines and calls a second a goal needs, found by living the days
 */
#include "tools/world/need.h"

#include <math.h>

#include "base/clock.h"
#include "base/err.h"

#define SEAT_DAYS 60 /* of each figure: accounts of a team are then known to about a percent */
#define DAYS_MIN 2
#define DAYS_MAX 8
#define TRIES 12
#define CPS_TRIES 4
#define LOSS_MAX 0.005

/* Days to live for a team of this size, so that each figure rests on about the same number of calls. */
static int64_t need_days(const struct need_options *options, int64_t seats)
{
	int64_t days = (SEAT_DAYS + seats - 1) / seats;

	return options->days ? options->days : days < DAYS_MIN ? DAYS_MIN : days > DAYS_MAX ? DAYS_MAX : days;
}

double need_accounts_a_day(const struct totals *totals)
{
	return totals->accounts / (double)totals->days;
}

/* Decided at each event and each two seconds, as the engine does: half the cost of a fast tick, and the same figures. */
int need_live(
	const struct need_options *options, const struct scenario *scenario, const struct policy *policy, struct totals *totals)
{
	bool own = policy->kind == POLICY_PRODUCT || policy->kind == POLICY_PROGRESSIVE;
	struct world_options world = {.policy = *policy, .events = own};
	struct scenario s = *scenario;

	s.tick_us = own ? 2 * SEC_US : s.tick_us;
	if (options->progress_h)
		options->progress_h(s.seats);
	return totals_run(totals, &s, &world, need_days(options, s.seats), options->seed, NULL);
}

static const struct policy product = {POLICY_PRODUCT, 0};

/* By halving, with the goal's share as the guess: the more seats, the more accounts. */
static int find_seats(const struct need_options *o, struct scenario *s, struct need *need)
{
	int64_t low = 0, high = SCENARIO_SEATS_MAX + 1, n = (int64_t)ceil(o->goal / (30 * (double)s->day_us / 3600e6));

	for (int i = 0; i < TRIES && high - low > 1; i++) {
		struct totals t;
		int err;

		n = n <= low ? low + 1 : n >= high ? high - 1 : n;
		s->seats = n;
		err = need_live(o, s, &product, &t);
		if (err)
			return err;
		if (need_accounts_a_day(&t) >= o->goal) {
			high = n;
			need->totals = t;
		} else {
			low = n;
		}
		if (low == SCENARIO_SEATS_MAX)
			return ERR_RANGE;
		n = t.accounts > 0 ? (int64_t)fmin(ceil(o->goal / need_accounts_a_day(&t) * (double)n), SCENARIO_SEATS_MAX)
				   : 2 * n;
	}
	need->seats = s->seats = high;
	return high > SCENARIO_SEATS_MAX ? ERR_RANGE : 0;
}

static bool enough(const struct totals *with, const struct totals *without)
{
	return need_accounts_a_day(with) >= (1 - LOSS_MAX) * need_accounts_a_day(without) &&
	       totals_utilisation(with) >= (1 - LOSS_MAX / 2) * totals_utilisation(without); /* the less noisy of the two */
}

/* Lines: between those in use on average and the most that were in use at once. */
static int find_lines(const struct need_options *o, struct scenario *s, struct need *need)
{
	struct totals free = need->totals, t;
	int64_t low = (int64_t)totals_lines(&free), high = free.lines_max;
	int err = 0;

	while (high - low > 1 + high / 8 && !err) {
		s->lines = (low + high) / 2;
		err = need_live(o, s, &product, &t);
		if (!err && enough(&t, &free)) {
			high = s->lines;
			need->totals = t;
		} else {
			low = s->lines;
		}
	}
	need->lines = s->lines = high;
	return err;
}

/* Calls a second: between twice the average and the most in one second, halved by ratio. */
static int find_cps(const struct need_options *o, struct scenario *s, struct need *need)
{
	struct totals free = need->totals, t;
	double low = 2 * totals_cps(&free), high = free.cps_max;
	int err = 0;

	for (int i = 0; i < CPS_TRIES && high > 1.1 * low && !err; i++) {
		s->cps = ceil(10 * sqrt(low * high)) / 10;
		err = need_live(o, s, &product, &t);
		if (!err && enough(&t, &free)) {
			high = s->cps;
			need->totals = t;
		} else {
			low = s->cps;
		}
	}
	need->cps = s->cps = high;
	return err;
}

int need_find(const struct need_options *options, const struct scenario *scenario, struct need *need)
{
	struct scenario s = *scenario;
	int err;

	*need = (struct need){0};
	err = find_seats(options, &s, need);
	if (!err && !scenario->lines)
		err = find_lines(options, &s, need);
	if (!err && scenario->cps <= 0)
		err = find_cps(options, &s, need);
	need->lines = s.lines;
	need->cps = s.cps;
	need->roster = (int64_t)ceil((double)need->seats * (1 + options->reserve) - 1e-9);
	return err;
}
