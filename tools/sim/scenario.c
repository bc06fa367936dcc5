/*
 * scenario.c - what a simulated day is made of
 */
#include "tools/sim/scenario.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

#define MINUTE_US (60 * SEC_US)
#define HOUR_US (60 * MINUTE_US)

static const char *const names[] = {
	"none", "double", "snap", "break", "trunk", "silence", "longer", "shorter", "uneven", "noamd", "short"};

void scenario_init(struct scenario *scenario)
{
	*scenario = (struct scenario){.seats = 25,
		.day_us = 8 * HOUR_US,
		.tick_us = 500 * MS_US,
		.mode = PACING_PREDICTIVE,
		.ceiling = 0.03,
		.person_prob = 0.30,
		.machine_prob = 0.25,
		.talk_us = 225e6,
		.wrap_us = 45e6,
		.time_scale = 1,
		.block_cv = 0.15,
		.classified = true};
}

void scenario_shock(struct scenario *scenario)
{
	scenario->lines = scenario->seats * 13 < 60000 ? scenario->seats * 13 : 60000;
	if (scenario->shock == SHOCK_UNEVEN)
		scenario->block_cv = 0.6;
	if (scenario->shock == SHOCK_NOAMD)
		scenario->classified = false;
	if (scenario->shock == SHOCK_SHORT)
		scenario->day_us = 2 * HOUR_US;
}

const char *scenario_shock_name(enum shock shock)
{
	return shock < SHOCK_COUNT ? names[shock] : "unknown";
}

enum shock scenario_shock_named(const char *name)
{
	int i = 0;

	while (i < SHOCK_COUNT && strcmp(names[i], name))
		i++;
	return (enum shock)i;
}

/* 0 before `from`, rising to 1 over `rise`. */
static double ramp(int64_t t_us, int64_t from_us, int64_t rise_us)
{
	return fmin(1, fmax(0, (double)(t_us - from_us) / (double)rise_us));
}

double scenario_answer_level(const struct scenario *scenario, int64_t t_us)
{
	static const double by_hour[] = {0.85, 0.90, 1.0, 1.05, 0.95, 0.95, 1.10, 1.20};
	int64_t hour = t_us * 8 / (8 * HOUR_US), shock_us = scenario->day_us / 2;
	double level = by_hour[hour < 0 ? 0 : hour > 7 ? 7 : hour], on = 0;

	if (scenario->shock == SHOCK_DOUBLE) {
		on = ramp(t_us, shock_us, MINUTE_US) - ramp(t_us, shock_us + HOUR_US, MINUTE_US);
		return level * (1 + on);
	}
	if (scenario->shock == SHOCK_SNAP && t_us >= shock_us && t_us < shock_us + HOUR_US)
		return level * 0.4;
	if (scenario->shock == SHOCK_SILENCE && t_us >= shock_us && t_us < shock_us + 5 * MINUTE_US)
		return 0;
	return level;
}

double scenario_talk_level(const struct scenario *scenario, int64_t t_us)
{
	double on = ramp(t_us, scenario->day_us / 2, 30 * MINUTE_US);

	return scenario->shock == SHOCK_LONGER ? 1 + on : scenario->shock == SHOCK_SHORTER ? 1 - 0.5 * on : 1;
}

bool scenario_trunk_down(const struct scenario *scenario, int64_t t_us)
{
	int64_t shock_us = scenario->day_us / 2;

	return scenario->shock == SHOCK_TRUNK && t_us >= shock_us && t_us < shock_us + 3 * MINUTE_US;
}

int64_t scenario_break_us(const struct scenario *scenario)
{
	return scenario->shock == SHOCK_BREAK ? scenario->day_us / 2 : -1;
}
