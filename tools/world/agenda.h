/*
 * agenda.h - what happens next: a binary heap of timed events
 */
#ifndef OUTDIAL_WORLD_AGENDA_H
#define OUTDIAL_WORLD_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agenda_item {
	int64_t at_us;
	uint64_t order; /* first in, first out at the same time */
	uint32_t kind, index, generation;
};

struct agenda {
	struct agenda_item *items;
	size_t count, room;
	uint64_t order;
};

/* False when memory is short. */
bool agenda_push(struct agenda *agenda, int64_t at_us, uint32_t kind, uint32_t index, uint32_t generation);
/* False when empty. */
bool agenda_pop(struct agenda *agenda, struct agenda_item *item);
void agenda_fini(struct agenda *agenda);

#endif
