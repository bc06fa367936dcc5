/* scenario_line.c - see scenario_line.h */
#include "tools/world/scenario_line.h"

#include "tools/world/scenario_options.h"

#include <assert.h>

int scenario_line_complain(const struct scenario_line *line, const char *what, const char *text)
{
	fprintf(stderr, "outdial-%s: %s%s%s; see 'outdial %s --help'\n", line->program, what, text ? " " : "", text ? text : "",
		line->program);
	return 2;
}

int scenario_line_refuse(const struct scenario_line *line, const char *path, const char *why)
{
	fprintf(stderr, "outdial-%s: %s: %s\n", line->program, path, why);
	return 1;
}

static bool take(struct scenario_line *line, int code, char *text)
{
	if (code >= SCENARIO_LINE_OWN)
		return line->take(line->arg, code, text);
	if (line->changes_count == SCENARIO_LINE_CHANGES)
		return false;
	line->changes[line->changes_count].index = (size_t)code;
	line->changes[line->changes_count++].text = text;
	return true;
}

/* The program's own options, --help, and those of a scenario, whose codes are their indexes. */
static void list_options(const struct scenario_line *line, struct option options[SCENARIO_LINE_OPTIONS])
{
	size_t count = 0;

	for (size_t i = 0; line->own[i].name; i++)
		options[count++] = line->own[i];
	for (size_t i = 0; scenario_option(i); i++)
		options[count++] = (struct option){scenario_option(i)->option, required_argument, NULL, (int)i};
	options[count++] = (struct option){"help", no_argument, NULL, SCENARIO_LINE_HELP};
	assert(count < SCENARIO_LINE_OPTIONS);
	options[count] = (struct option){0};
}

int scenario_line_parse(struct scenario_line *line, int argc, char **argv)
{
	struct option options[SCENARIO_LINE_OPTIONS];
	int code, index = 0;
	char said[80];

	list_options(line, options);
	opterr = 0;
	while ((code = getopt_long(argc, argv, "", options, &index)) != -1) {
		if (code == SCENARIO_LINE_HELP) {
			line->usage(stdout);
			return 1;
		}
		if (code == '?')
			return scenario_line_complain(line, "unknown option, or an option without its value:", argv[optind - 1]);
		if (!take(line, code, optarg)) {
			snprintf(said, sizeof(said), "--%s cannot be", options[index].name);
			return scenario_line_complain(line, said, argv[optind - 1]);
		}
	}
	return optind < argc ? scenario_line_complain(line, "one argument too many:", argv[optind]) : 0;
}

int scenario_line_apply(const struct scenario_line *line, struct scenario *scenario)
{
	char why[SCENARIO_WHY_BYTES];

	for (int i = 0; i < line->changes_count; i++)
		if (scenario_option_set(scenario, line->changes[i].index, line->changes[i].text, why))
			return scenario_line_complain(line, why, NULL);
	return 0;
}
