/* far_options.c - see far_options.h */
#include "tools/far/far_options.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS_MAX 30
#define WORD_HELP 256 /* what getopt_long() answers for --help; the index of an option otherwise */

int far_complain(const char *program, const char *what, const char *sentence)
{
	fprintf(stderr, "%s: %s: %s\n", program, what, sentence);
	return ERR_RANGE;
}

static int far_option_width(const struct far_option *option)
{
	return (int)(strlen(option->name) + (option->value ? 1 + strlen(option->value) : 0));
}

static void far_help(const struct far_program *program, FILE *out)
{
	int width = 0;

	for (const struct far_option *o = program->options; o->name; o++)
		width = far_option_width(o) > width ? far_option_width(o) : width;
	fputs(program->usage, out);
	for (const struct far_option *o = program->options; o->name; o++) {
		int first = (int)strcspn(o->help, "\n");

		fprintf(out, "  --%s%s%s%*s  %.*s\n", o->name, o->value ? " " : "", o->value ? o->value : "",
			width - far_option_width(o), "", first, o->help);
		if (o->help[first])
			fprintf(out, "    %*s  %s\n", width, "", o->help + first + 1);
	}
}

static const char *far_take(const struct far_option *option, void *to, const char *value)
{
	void *member = (char *)to + option->at;
	int64_t number = 0;

	switch (option->kind) {
	case FAR_OWN:
		return option->take(to, value);
	case FAR_FLAG:
		*(bool *)member = true;
		return NULL;
	case FAR_TEXT:
		*(const char **)member = value;
		return NULL;
	default:
		if (!text_i64(value, 1, option->max, &number))
			return "expected a whole number in range";
		*(int64_t *)member = option->kind == FAR_SECONDS ? number * SEC_US : number;
		return NULL;
	}
}

static int far_option_one(const struct far_program *program, void *to, int which)
{
	const struct far_option *option = &program->options[which];
	const char *wrong = far_take(option, to, optarg);
	char what[40];

	if (!wrong)
		return 0;
	snprintf(what, sizeof(what), "--%s", option->name);
	return far_complain(program->name, what, wrong);
}

int far_options(const struct far_program *program, void *to, int argc, char **argv)
{
	struct option words[OPTIONS_MAX + 2] = {{"help", no_argument, NULL, WORD_HELP}};
	int which, err = 0;

	for (int i = 0; i < OPTIONS_MAX && program->options[i].name; i++)
		words[i + 1] = (struct option){program->options[i].name, program->options[i].value != NULL, NULL, i};
	while (!err && (which = getopt_long(argc, argv, "", words, NULL)) != -1) {
		if (which == WORD_HELP || which == '?') {
			far_help(program, which == WORD_HELP ? stdout : stderr);
			return which == WORD_HELP ? 1 : ERR_RANGE;
		}
		err = far_option_one(program, to, which);
	}
	if (!err && optind < argc)
		return far_complain(program->name, "unexpected argument", argv[optind]);
	return err;
}

bool far_address(const char *text, char ip[46], uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	unsigned char binary[16];
	int64_t number;

	if (!colon || !text_copy_n(ip, 46, text, (size_t)(colon - text)) || inet_pton(AF_INET, ip, binary) != 1)
		return false;
	if (!text_i64(colon + 1, 1, 65535, &number))
		return false;
	*port = (uint16_t)number;
	return true;
}

bool far_ports(const char *text, uint16_t *min, uint16_t *max)
{
	char low[8];
	const char *dash = strchr(text, '-');
	int64_t from, to;

	if (!dash || !text_copy_n(low, sizeof(low), text, (size_t)(dash - text)))
		return false;
	if (!text_i64(low, 1024, 65534, &from) || !text_i64(dash + 1, from + 1, 65535, &to))
		return false;
	*min = (uint16_t)from;
	*max = (uint16_t)to;
	return true;
}
