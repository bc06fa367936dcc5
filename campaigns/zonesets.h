/*
 * zonesets.h - the group of a lead: its zones and the places where its numbers and columns say that it is, as the id of an
 * interned set
 *
 * What    Remembers sets that were asked for lately: rows of a file are mostly of a few.
 * Dry     Writes no set that is not there: its id is ZONESETS_NEW then, which no lead has.
 */
#ifndef OUTDIAL_CAMPAIGNS_ZONESETS_H
#define OUTDIAL_CAMPAIGNS_ZONESETS_H

#include "campaigns/store.h"

#define ZONESETS 64
#define ZONESETS_NEW UINT16_MAX

struct zonesets {
	struct store *store;
	bool dry;
	uint32_t count;
	struct zoneset {
		char names[256];
		uint16_t id;
	} sets[ZONESETS];
};

/* zone_names: IANA names, NULL-terminated; NULL or none: unknown. */
int zonesets_of(struct zonesets *sets, const struct lead *lead, const char *const *zone_names, uint16_t *id);

#endif
