/*
 * place.h - where a lead may be: candidate jurisdictions (pure)
 *
 * What    A place is an ISO 3166 country ("FR") or, in the United States and Canada, a state or province ("US-FL"). A lead's
 *         places are those of all its numbers (an area code stands for every state that it reaches) together with what its
 *         columns say: `country`, `state` (also `province`), `postal_code` (also `zip`). A number that says nothing about a state
 *         gives the country alone, a number that says nothing at all gives none. A stated country that is no ISO code gives "ZZ",
 *         which no rule covers: unknown means no.
 * Match   place_match(): the same place, or one inside the other. A rule for the US is for every state; a lead somewhere in the
 *         US is under the rules of every state.
 * Source  place_data.h, made by tools/gen_places.py. ZIP codes: the first three digits.
 */
#ifndef OUTDIAL_CAMPAIGNS_PLACE_H
#define OUTDIAL_CAMPAIGNS_PLACE_H

#include "campaigns/store.h"
#include "campaigns/zone.h"

#define PLACE_BYTES 8
#define PLACES_MAX 12

struct places {
	uint32_t count;
	char place[PLACES_MAX][PLACE_BYTES];
};

/* More than there is room for: none, which means no. */
void place_of_lead(const struct lead *lead, struct places *out);
/* What the number alone says; none: unknown. */
void place_of_number(const char *e164, struct places *out);
/*
 * Adds the zones of the stated state to the candidates that the numbers gave; too many: none, unknown. True: the address said
 * something.
 */
bool place_add_zones(const struct lead *lead, const char *names[ZONE_NAMES_MAX + 1]);
/* "FR", "US", "US-FL" in capitals. */
bool place_ok(const char *place);
/* Is it that, and does a number or an address ever give it? A rule for another place would cover nobody. */
bool place_known(const char *place);
/* Is it a state or district of the US, by its two letters? */
bool place_state_known(const char *state);
bool place_match(const char *a, const char *b);

#endif
