/*
 * idmap.h - numbers by number: 64-bit keys (not 0) to 64-bit values, growing up to a bound
 *
 * What    Open addressing, 16 bytes a place, at most half full; a removal moves what stood behind it, so nothing is left of it.
 * Errors  beyond `max` members idmap_put() answers ERR_FULL, out of memory -ENOMEM; the map stays as it is.
 */
#ifndef OUTDIAL_CAMPAIGNS_IDMAP_H
#define OUTDIAL_CAMPAIGNS_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idmap_place {
	uint64_t id, value;
};

struct idmap {
	struct idmap_place *places;
	size_t room, count, max;
};

void idmap_init(struct idmap *map, size_t max);
void idmap_fini(struct idmap *map);
bool idmap_get(const struct idmap *map, uint64_t id, uint64_t *value);
int idmap_put(struct idmap *map, uint64_t id, uint64_t value);
/* Removes it; *value is what it was. */
bool idmap_take(struct idmap *map, uint64_t id, uint64_t *value);

#endif
