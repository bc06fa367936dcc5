/*
 * scenario_options.h - values of a scenario as options of a command line, for simulator and planner
 */
#ifndef OUTDIAL_WORLD_SCENARIO_OPTIONS_H
#define OUTDIAL_WORLD_SCENARIO_OPTIONS_H

#include "tools/world/scenario.h"

struct scenario_option {
	const char *option, *section, *name;
	bool in_hours; /* a plain number is hours, as its name says */
	const char *value, *help;
};

/* NULL behind the last. */
const struct scenario_option *scenario_option(size_t index);
/* 0, or an error and a sentence without a line. */
int scenario_option_set(struct scenario *scenario, size_t index, const char *text, char *why);
/* A text of a scenario file that our own program made: the sentence has no line. */
int scenario_add(struct scenario *scenario, const char *text, char *why);
void scenario_options_help(FILE *out);

#endif
