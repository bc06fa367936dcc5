/*
 * world.h - one simulated day: calls, people, machines and seats, and the pacer that paces them
 */
#ifndef OUTDIAL_SIM_WORLD_H
#define OUTDIAL_SIM_WORLD_H

#include <stdint.h>

#include "pacing/pacing.h"
#include "tools/sim/scenario.h"

struct day {
	uint64_t dialled, accounts, live, connected, abandoned, machines, lines_sum;
	double login_us, busy_us;
	uint64_t decisions, misfits, early_cancels;
};

struct world;

/* NULL when memory is short. The scenario must outlive the world. */
struct world *world_alloc(const struct scenario *scenario);
void world_free(struct world *world);
/* Lives day number `number` (0, 1, ...) with this seed; the pacer lives on unless the scenario says fresh. */
struct day world_day(struct world *world, int64_t number, uint64_t seed);

#endif
