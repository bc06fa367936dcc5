/*
 * world.h - simulated days: calls, people, machines and seats, and whoever paces them
 *
 * What    Lives one scenario under one policy. Who answers a lead, after how long, and how long the talk is, hangs on seed, day
 * and place in the list only, breaks and pauses on seed, day and seat: two policies meet the same leads and the same team. Own
 * struct day is the world's, valid until the next day or world_free().
 */
#ifndef OUTDIAL_WORLD_WORLD_H
#define OUTDIAL_WORLD_WORLD_H

#include <stdint.h>

#include "base/hist.h"
#include "tools/world/policy.h"
#include "tools/world/scenario.h"

#define DAY_MINUTES 1440

/* One minute of a day. */
struct minute {
	double busy, in, flying,
		lines; /* sums over the ticks: seats that talk or wrap up, logged in, calls without a seat, lines */
	uint32_t ticks, dialled, live, abandoned, waits;
	double wait_us, idle_us; /* of the people connected, and of the seats that they were connected to */
};

struct day {
	uint64_t dialled, accounts, live, connected, abandoned, machines, failed, lost;
	double login_us, busy_us, lines_us; /* lines_us: lines used, integrated over the day */
	uint32_t lines_max, cps_max;
	uint64_t decisions, misfits, early_cancels;
	int64_t end_us;         /* the day's length, or when its list was done */
	struct hist wait, idle; /* of people from the greeting's end to a seat; of seats between calls */
	struct minute minutes[DAY_MINUTES];
};

struct world_options {
	struct policy policy;
	bool events; /* decide after each event as the engine does, not only on the tick */
	bool fresh;  /* nothing is kept from the day before */
};

struct world;

/* NULL when memory is short. The scenario must outlive the world. */
struct world *world_alloc(const struct scenario *scenario, const struct world_options *options);
void world_free(struct world *world);
/* Lives day number `number` (0, 1, ...) with this seed. NULL when memory is short. */
const struct day *world_day(struct world *world, int64_t number, uint64_t seed);

#endif
