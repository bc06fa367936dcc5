/*
 * scenario.c - what a simulated day is made of: the reference mix, and what holds at a time of the day
 */
#include "tools/world/scenario.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"

#define MINUTE_US (60 * SEC_US)
#define HOUR_US (60 * MINUTE_US)
#define LINES_A_SEAT 13

/* Figures and their source: docs/PACING.md, "The mix". */
void scenario_init(struct scenario *scenario)
{
	*scenario = (struct scenario){.seats = 25,
		.day_us = 8 * HOUR_US,
		.stop_us = 45 * SEC_US,
		.tick_us = 500 * MS_US,
		.ceiling = 0.03,
		.hold_us = 2 * SEC_US,
		.time_scale = 1,
		.person_prob = 0.30,
		.machine_prob = 0.25,
		.busy_prob = 0.05,
		.dead_prob = 0.08,
		.by_hour = {0.85, 0.90, 1.0, 1.05, 0.95, 0.95, 1.10, 1.20},
		.by_hour_count = 8,
		.block_leads = 200,
		.block_cv = 0.15,
		.delay_us = 2500 * MS_US,
		.ring_us = 25 * SEC_US,
		.ring_us_min = 15 * SEC_US,
		.person_ring_us = 9 * SEC_US,
		.person_ring_shape = 2.2,
		.machine_ring_us = 19 * SEC_US,
		.machine_ring_us_sd = 2500 * MS_US,
		.machine_at_once_prob = 0.2,
		.classified = true,
		.greeting_us = 2 * SEC_US,
		.verdict_us = 600 * MS_US,
		.greeting_cv = 0.45,
		.lost_prob = 0.005,
		.passed_prob = 0.05,
		.talk_us = 225 * SEC_US,
		.wrap_us = 45 * SEC_US,
		.machine_talk_us = 10 * SEC_US,
		.machine_wrap_us = 6 * SEC_US,
		.talk_cv = 1,
		.wrap_cv = 1.5,
		.seat_cv = 0.15,
		.breaks = {{25 * MINUTE_US, 3 * HOUR_US, 5 * HOUR_US}, {15 * MINUTE_US, 42 * MINUTE_US, 138 * MINUTE_US},
			{15 * MINUTE_US, 330 * MINUTE_US, 426 * MINUTE_US}},
		.breaks_count = 3,
		.pauses_per_hour = 0.4,
		.pause_us = 2 * MINUTE_US,
		.hand_us = 222 * SEC_US};
}

int scenario_check(const struct scenario *s, char *why)
{
	double sum = s->person_prob + s->machine_prob + s->busy_prob + s->dead_prob;

	if (sum > 1 + 1e-9)
		snprintf(why, SCENARIO_WHY_BYTES, "person, machine, busy and dead are %.0f %% together, more than all calls",
			100 * sum);
	else if (s->ring_us_min > s->ring_us)
		snprintf(why, SCENARIO_WHY_BYTES, "ring_min is longer than ring");
	else if (s->stop_us >= s->day_us)
		snprintf(why, SCENARIO_WHY_BYTES, "dial_stop is as long as the day");
	else
		return 0;
	return ERR_RANGE;
}

uint32_t scenario_lines(const struct scenario *scenario)
{
	int64_t lines = scenario->lines ? scenario->lines : scenario->seats * LINES_A_SEAT;

	return (uint32_t)(lines < SCENARIO_LINES_MAX ? lines : SCENARIO_LINES_MAX);
}

/* 0 before `from`, rising to 1 over `rise`. */
static double ramp(int64_t t_us, int64_t from_us, int64_t rise_us)
{
	return rise_us ? fmin(1, fmax(0, (double)(t_us - from_us) / (double)rise_us)) : t_us >= from_us;
}

/* How far a shock is there: 0..1. */
static double shock_on(const struct shock *shock, int64_t t_us)
{
	double on = ramp(t_us, shock->at_us, shock->over_us);

	return shock->for_us ? on - ramp(t_us, shock->at_us + shock->for_us, shock->over_us) : on;
}

double scenario_level(const struct scenario *scenario, enum shock_kind kind, int64_t t_us)
{
	double level = 1;

	for (int64_t i = 0; i < scenario->shocks_count; i++)
		if (scenario->shocks[i].kind == kind)
			level *= 1 + (scenario->shocks[i].value - 1) * shock_on(&scenario->shocks[i], t_us);
	return level;
}

double scenario_share(const struct scenario *scenario, enum shock_kind kind, int64_t t_us)
{
	double none = 1;

	for (int64_t i = 0; i < scenario->shocks_count; i++)
		if (scenario->shocks[i].kind == kind)
			none *= 1 - scenario->shocks[i].value * shock_on(&scenario->shocks[i], t_us);
	return 1 - none;
}

double scenario_answer_level(const struct scenario *scenario, int64_t t_us)
{
	int64_t hour = t_us / HOUR_US, last = scenario->by_hour_count - 1;

	return scenario->by_hour[hour < 0 ? 0 : hour > last ? last : hour] * scenario_level(scenario, SHOCK_ANSWERS, t_us);
}
