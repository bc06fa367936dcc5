/*
 * idset.h - a set of 64-bit numbers (not 0) that grows up to a bound
 *
 * What    Open addressing, 8 bytes a place, at most half full. For a dry run's duplicates and a report's worked accounts.
 * Errors  beyond `max` members, or out of memory, idset_add() answers -ENOSPC or -ENOMEM and the set stays as it is.
 */
#ifndef OUTDIAL_CAMPAIGNS_IDSET_H
#define OUTDIAL_CAMPAIGNS_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idset {
	uint64_t *places;
	size_t room, count, max;
};

void idset_init(struct idset *set, size_t max);
void idset_fini(struct idset *set);
bool idset_has(const struct idset *set, uint64_t id);
/* 1: added, 0: was there. */
int idset_add(struct idset *set, uint64_t id);

#endif
