/*
 * scenario_options.c - values of a scenario as options of a command line
 */
#include "tools/world/scenario_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

static const struct scenario_option options[] = {
	{"ceiling", "day", "ceiling", false, "SHARE", "abandoned share at most, 0% to 5% (3%)"},
	{"hours", "day", "hours", true, "TIME", "length of the day (8h)"},
	{"scale", "day", "time_scale", false, "X", "all of ring, talk and wrap-up times multiplied (1)"},
	{"tick", "day", "tick", false, "TIME", "a decision so often (500ms)"},
	{"answer", "calls", "person", false, "SHARE", "of calls that people answer (30%)"},
	{"machine", "calls", "machine", false, "SHARE", "of calls that machines answer (25%)"},
	{"busy", "calls", "busy", false, "SHARE", "of calls to busy lines (5%)"},
	{"dead", "calls", "dead", false, "SHARE", "of calls to dead numbers (8%)"},
	{"talk", "seats", "talk", false, "TIME", "mean talk (225s)"},
	{"wrap", "seats", "wrap", false, "TIME", "mean wrap-up (45s)"},
	{"lines", "trunk", "lines", false, "N", "calls at once, talks included (13 a seat)"},
	{"cps", "trunk", "calls_per_second", false, "X", "new calls a second (no limit)"},
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

const struct scenario_option *scenario_option(size_t index)
{
	return index < OPTIONS ? &options[index] : NULL;
}

int scenario_add(struct scenario *scenario, const char *text, char *why)
{
	int err = scenario_parse(text, strlen(text), scenario, why);
	char *colon = err ? strstr(why, ": ") : NULL;

	if (colon && !strncmp(why, "line ", 5))
		memmove(why, colon + 2, strlen(colon + 2) + 1);
	return err;
}

int scenario_option_set(struct scenario *scenario, size_t index, const char *text, char *why)
{
	const struct scenario_option *o = &options[index];
	char value[40], line[128], *end;
	double x = strtod(text, &end);
	bool plain = end != text && !*end;

	if (!text_copy(value, sizeof(value), text) || strpbrk(text, "\n#")) {
		snprintf(why, SCENARIO_WHY_BYTES, "--%s is no value of an option", o->option);
		return ERR_SYNTAX;
	}
	if (plain && o->in_hours) /* parts of hours have no unit of their own */
		snprintf(value, sizeof(value), "%.0fms", x * 3.6e6);
	else if (plain && x != 0 && !strcmp(o->value, "TIME")) {
		snprintf(why, SCENARIO_WHY_BYTES, "--%s %s: a time has a unit (" TEXT_DURATION_UNITS ")", o->option, value);
		return ERR_SYNTAX;
	}
	snprintf(line, sizeof(line), "[%s]\n%s = %s\n", o->section, o->name, value);
	return scenario_add(scenario, line, why);
}

void scenario_options_help(FILE *out)
{
	char left[32];

	for (size_t i = 0; i < OPTIONS; i++) {
		snprintf(left, sizeof(left), "--%s %s", options[i].option, options[i].value);
		fprintf(out, "  %-20s%s\n", left, options[i].help);
	}
}
