/*
 * scenario_line.h - the command line of a program that takes the values of a scenario beside options of its own
 *
 * What    scenario_line_parse() gives own options to the program as they come and keeps the others for scenario_line_apply(), so
 * that a scenario file does not undo them wherever it stands. Errors  2, and what is wrong is said on standard error.
 */
#ifndef OUTDIAL_WORLD_SCENARIO_LINE_H
#define OUTDIAL_WORLD_SCENARIO_LINE_H

#include "tools/world/scenario.h"

#include <getopt.h>

#define SCENARIO_LINE_OWN 1000 /* codes of a program's own options begin here */
#define SCENARIO_LINE_HELP 999 /* of --help */
#define SCENARIO_LINE_OPTIONS 32
#define SCENARIO_LINE_CHANGES 16

struct scenario_line {
	const char *program;      /* "sim" */
	const struct option *own; /* getopt's; ends with a name NULL */
	/* Takes an option's value, NULL when it has none; false: it cannot be that. */
	bool (*take)(void *arg, int code, char *text);
	void *arg;
	void (*usage)(FILE *out);
	struct {
		size_t index;
		const char *text;
	} changes[SCENARIO_LINE_CHANGES]; /* of the scenario */
	int changes_count;
};

/* 0: go on; 1: help was asked for and printed; 2. */
int scenario_line_parse(struct scenario_line *line, int argc, char **argv);
/* 0 or 2. */
int scenario_line_apply(const struct scenario_line *line, struct scenario *scenario);
/* "outdial-sim: WHAT TEXT; see 'outdial sim --help'"; text may be NULL. Answers 2. */
int scenario_line_complain(const struct scenario_line *line, const char *what, const char *text);
/* "outdial-sim: PATH: WHY". Answers 1. */
int scenario_line_refuse(const struct scenario_line *line, const char *path, const char *why);

#endif
