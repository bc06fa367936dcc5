/*
 * suppress_scope.c - which calls a suppression list is for (pure)
 *
 * A registry of a country is about numbers: what the dialled number says counts. One of a state is about who lives there: every
 * number and the address of the lead count, and a place that nobody can tell may be that state. A list that may apply, does.
 */
#include "campaigns/suppress_table.h"

#include <stdio.h>
#include <string.h>

static bool scope_in(const struct places *places, const char *place)
{
	for (uint32_t i = 0; i < places->count; i++)
		if (place_match(places->place[i], place))
			return true;
	return false;
}

static bool scope_country(const struct suppress_list *list, const struct suppress_call *call)
{
	uint64_t number = call->number;

	if (call->number_places.count)
		return scope_in(&call->number_places, list->where);
	while (number > list->calling_code)
		number /= 10;
	return number == list->calling_code;
}

/* Of numbers whose place is not known only those of North America may be anybody's there. */
static bool scope_state(const struct suppress_list *list, const struct suppress_call *call)
{
	char place[PLACE_BYTES];

	snprintf(place, sizeof(place), "US-%.2s", list->where);
	return call->lead_places.count ? scope_in(&call->lead_places, place) : call->e164[1] == '1';
}

/* Is `name` among the names of `list` ("a,b")? */
static bool suppress_among(const char *list, const char *name)
{
	size_t bytes = strlen(name);

	for (const char *at = list; bytes && at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, name, bytes) == 0 && (!at[bytes] || at[bytes] == ','))
			return true;
	return false;
}

bool suppress_applies(const struct suppress_list *list, const struct suppress_call *call)
{
	if (suppress_kind_facts(list->kind)->telemarketing && call->campaign->purpose != PURPOSE_TELEMARKETING)
		return false;
	switch (list->scope) {
	case SUPPRESS_COUNTRY:
		return scope_country(list, call);
	case SUPPRESS_US_STATE:
		return scope_state(list, call);
	case SUPPRESS_CAMPAIGN:
		return suppress_among(list->where, call->campaign->name);
	case SUPPRESS_SELLER:
		return suppress_among(list->where, call->seller);
	default:
		return true;
	}
}
