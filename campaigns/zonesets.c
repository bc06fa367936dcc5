/* zonesets.c - see zonesets.h */
#include "campaigns/zonesets.h"
#include "campaigns/tables.h"

#include <stdio.h>
#include <string.h>

static bool spell(const char *const *names, char out[256])
{
	size_t at = 0;

	out[0] = '\0';
	for (; names && *names && at < 256; names++)
		at += (size_t)snprintf(out + at, 256 - at, "%s ", *names);
	return at < 256;
}

static int set_id(const struct zonesets *sets, const char *const *names, uint16_t *id)
{
	bool there;
	int err;

	if (!sets->dry)
		return zones_intern(sets->store, names, id);
	err = zones_look(sets->store, names, id, &there);
	if (!err && !there)
		*id = ZONESETS_NEW;
	return err;
}

static int set_of(struct zonesets *sets, const char *const *names, uint16_t *id)
{
	char spelled[256];
	bool short_enough = spell(names, spelled);
	int err;

	for (uint32_t i = 0; short_enough && i < sets->count; i++) {
		if (strcmp(sets->sets[i].names, spelled) == 0) {
			*id = sets->sets[i].id;
			return 0;
		}
	}
	err = set_id(sets, names, id);
	if (!err && short_enough && sets->count < ZONESETS) {
		memcpy(sets->sets[sets->count].names, spelled, sizeof(spelled));
		sets->sets[sets->count++].id = *id;
	}
	return err;
}

/* Who may be called at the same hours stands together. */
int zonesets_of(struct zonesets *sets, const struct lead *lead, const char *const *zone_names, uint16_t *id)
{
	const char *names[ZONES_MAX + 1 + PLACES_MAX + 1]; /* one zone too many is seen as such */
	char places[PLACES_MAX][PLACE_BYTES + 1];
	struct places where;
	size_t count = 0;

	place_of_lead(lead, &where);
	for (; zone_names && zone_names[count] && count <= ZONES_MAX; count++)
		names[count] = zone_names[count];
	for (uint32_t i = 0; i < where.count; i++) {
		snprintf(places[i], sizeof(places[i]), "@%.7s", where.place[i]);
		names[count++] = places[i];
	}
	names[count] = NULL;
	return set_of(sets, names, id);
}
