/*
 * scenario.h - what a simulated day is made of
 *
 * What    The reference mix of collections calls and the shocks of docs/PACING.md. Times are microseconds from the day's start.
 */
#ifndef OUTDIAL_SIM_SCENARIO_H
#define OUTDIAL_SIM_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "pacing/pacing.h"

enum shock {
	SHOCK_NONE,
	SHOCK_DOUBLE,  /* the answer rate doubles within a minute, for an hour */
	SHOCK_SNAP,    /* it falls to 0.4 for an hour and snaps back */
	SHOCK_BREAK,   /* half the seats leave together for a quarter of an hour */
	SHOCK_TRUNK,   /* the trunk refuses every call for 3 minutes */
	SHOCK_SILENCE, /* nobody answers for 5 minutes */
	SHOCK_LONGER,  /* talk doubles over half an hour */
	SHOCK_SHORTER, /* talk halves over half an hour */
	SHOCK_UNEVEN,  /* list blocks differ with cv 0.6 */
	SHOCK_NOAMD,   /* calls are not classified */
	SHOCK_SHORT,   /* a shift of two hours */
	SHOCK_COUNT,
};

struct scenario {
	uint32_t seats, lines;
	int64_t day_us, tick_us;
	enum pacing_mode mode;
	enum shock shock;
	double ceiling, person_prob, machine_prob, talk_us, wrap_us, time_scale;
	double block_cv;
	uint32_t leads;         /* the day ends when so many leads are worked; 0: there are always more */
	bool classified, fresh; /* fresh: nothing is kept from the day before */
	bool events;            /* decide after each event as the engine does, not only on the tick */
};

void scenario_init(struct scenario *scenario);
/* After the shock was chosen. */
void scenario_shock(struct scenario *scenario);
const char *scenario_shock_name(enum shock shock);
/* SHOCK_COUNT when there is no such shock. */
enum shock scenario_shock_named(const char *name);

/* Multipliers at a time of the day. */
double scenario_answer_level(const struct scenario *scenario, int64_t t_us);
double scenario_talk_level(const struct scenario *scenario, int64_t t_us);
bool scenario_trunk_down(const struct scenario *scenario, int64_t t_us);
/* When half the seats leave; -1 for never. */
int64_t scenario_break_us(const struct scenario *scenario);

#endif
