/*
 * zone.h - from telephone numbers and names to IANA time zones (inside the folder; zone_of_number() is in import.h)
 *
 * What    Longest-prefix table made by tools/gen_zones.py. An area code of +1 gives the union over the whole code, a number that
 *         says nothing about a place (mobile, toll-free) gives all zones of its country or none. Too many zones are safe, too few
 *         are not: a call needs every candidate zone to allow it, and no zone means no call.
 * Source  docs/LISTS.md, "Time zone"; ZONE_MAP_VERSION says which table.
 */
#ifndef OUTDIAL_CAMPAIGNS_ZONE_H
#define OUTDIAL_CAMPAIGNS_ZONE_H

#include "campaigns/store.h"

#include <stdbool.h>

#define ZONE_NAME_BYTES 48
#define ZONE_NAMES_MAX 47 /* more than any set of the table has, and what a set in the store can hold */

/* "8.12.57-4/2026-11-21": package of the source and date of the added area codes. For logs and decisions. */
const char *zone_map_version(void);
/* Candidate zones of all numbers of a lead together, NULL-terminated static names; answers the count, 0 unknown. */
int zone_of_lead(const struct lead *lead, const char *names[ZONE_NAMES_MAX + 1]);
/* Is this three-digit code ("212...") an area code of +1 that the table knows, toll-free and premium included? */
bool zone_area_code_known(const char *digits);
/* Is `name` a time zone of this machine: a TZif file below /usr/share/zoneinfo? Reads the file. */
bool zone_valid(const char *name);

#endif
