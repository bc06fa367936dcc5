/*
 * scenario_shocks.c - shocks that have a name
 */
#include <string.h>

#include "tools/world/scenario.h"

static const struct {
	const char *name, *text;
} named[] = {
	{"none", ""},
	{"double", "[shocks]\nanswers = 2 at 4h for 1h over 1m\n"},
	{"snap", "[shocks]\nanswers = 0.4 at 4h for 1h\n"},
	{"break", "[shocks]\nleave = 50% at 4h for 10m\n"},
	{"trunk", "[shocks]\nfails = 100% at 4h for 3m\n"},
	{"silence", "[shocks]\nsilent = 100% at 4h for 5m\n"},
	{"longer", "[shocks]\ntalk = 2 at 5h over 30m\n"},
	{"shorter", "[shocks]\ntalk = 0.5 at 5h over 30m\n"},
	{"uneven", "[calls]\nblock_variation = 0.6\n"},
	{"noamd", "[answer]\nclassified = no\n"},
	{"short", "[day]\nhours = 2h\n[seats]\nbreak = 15m between 42m and 96m\n"},
};
#define NAMED (sizeof(named) / sizeof(named[0]))

const char *scenario_shock_text(const char *name)
{
	for (size_t i = 0; i < NAMED; i++)
		if (!strcmp(named[i].name, name))
			return named[i].text;
	return NULL;
}

const char *scenario_shock_name(size_t index)
{
	return index < NAMED ? named[index].name : NULL;
}
