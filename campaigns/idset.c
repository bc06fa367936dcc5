/* idset.c - see idset.h */
#include "campaigns/idset.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

void idset_init(struct idset *set, size_t max)
{
	*set = (struct idset){.max = max};
}

void idset_fini(struct idset *set)
{
	free(set->places);
	*set = (struct idset){.max = set->max};
}

/* The place of the id, or the free one where it would stand. */
static size_t place_of(const uint64_t *places, size_t room, uint64_t id)
{
	uint64_t mixed = (id ^ id >> 31) * UINT64_C(0x9E3779B97F4A7C15);
	size_t at = (size_t)(mixed ^ mixed >> 29) & (room - 1);

	while (places[at] && places[at] != id)
		at = (at + 1) & (room - 1);
	return at;
}

bool idset_has(const struct idset *set, uint64_t id)
{
	assert(id);
	return set->room && set->places[place_of(set->places, set->room, id)] == id;
}

static int grow(struct idset *set)
{
	size_t room = set->room ? set->room * 2 : 1024, i;
	uint64_t *places = calloc(room, sizeof(*places));

	if (!places)
		return -ENOMEM;
	for (i = 0; i < set->room; i++) {
		if (set->places[i])
			places[place_of(places, room, set->places[i])] = set->places[i];
	}
	free(set->places);
	set->places = places;
	set->room = room;
	return 0;
}

int idset_add(struct idset *set, uint64_t id)
{
	int err;

	if (idset_has(set, id))
		return 0;
	if (set->count == set->max)
		return -ENOSPC;
	err = set->count * 2 >= set->room ? grow(set) : 0;
	if (err)
		return err;
	set->places[place_of(set->places, set->room, id)] = id;
	set->count++;
	return 1;
}
