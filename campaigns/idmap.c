/* idmap.c - see idmap.h */
#include "campaigns/idmap.h"

#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

void idmap_init(struct idmap *map, size_t max)
{
	*map = (struct idmap){.max = max};
}

void idmap_fini(struct idmap *map)
{
	free(map->places);
	*map = (struct idmap){.max = map->max};
}

static size_t home_of(size_t room, uint64_t id)
{
	uint64_t mixed = (id ^ id >> 31) * UINT64_C(0x9E3779B97F4A7C15);

	return (size_t)(mixed ^ mixed >> 29) & (room - 1);
}

/* The place of the id, or the free one where it would stand. */
static struct idmap_place *place_of(struct idmap_place *places, size_t room, uint64_t id)
{
	size_t at = home_of(room, id);

	while (places[at].id && places[at].id != id)
		at = (at + 1) & (room - 1);
	return &places[at];
}

bool idmap_get(const struct idmap *map, uint64_t id, uint64_t *value)
{
	const struct idmap_place *place = map->room ? place_of(map->places, map->room, id) : NULL;

	assert(id);
	if (!place || !place->id)
		return false;
	*value = place->value;
	return true;
}

static int grow(struct idmap *map)
{
	size_t room = map->room ? map->room * 2 : 1024;
	struct idmap_place *places = calloc(room, sizeof(*places));

	if (!places)
		return -ENOMEM;
	for (size_t i = 0; i < map->room; i++)
		if (map->places[i].id)
			*place_of(places, room, map->places[i].id) = map->places[i];
	free(map->places);
	map->places = places;
	map->room = room;
	return 0;
}

int idmap_put(struct idmap *map, uint64_t id, uint64_t value)
{
	uint64_t was;
	bool new = !idmap_get(map, id, &was);
	int err;

	if (new && map->count == map->max)
		return ERR_FULL;
	err = new && map->count * 2 >= map->room ? grow(map) : 0;
	if (err)
		return err;
	*place_of(map->places, map->room, id) = (struct idmap_place){id, value};
	map->count += new;
	return 0;
}

/* What stands behind a hole moves into it unless its home lies behind the hole: then no search ends too early. */
static void close_hole(struct idmap *map, size_t hole)
{
	size_t mask = map->room - 1;

	for (size_t at = (hole + 1) & mask; map->places[at].id; at = (at + 1) & mask) {
		size_t home = home_of(map->room, map->places[at].id);

		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		map->places[hole] = map->places[at];
		hole = at;
	}
	map->places[hole] = (struct idmap_place){0, 0};
}

bool idmap_take(struct idmap *map, uint64_t id, uint64_t *value)
{
	if (!idmap_get(map, id, value))
		return false;
	close_hole(map, (size_t)(place_of(map->places, map->room, id) - map->places));
	map->count--;
	return true;
}
