/* args.c - options, help, suggestions and completion: loops over the table of commands */
#include "tools/outdial/outdial.h"

#include <assert.h>
#include <getopt.h>
#include <string.h>

/* Values of getopt_long: 256 + place in the command's table; these two belong to every command. */
enum { ARGS_FLAG = 256, ARGS_DIR = ARGS_FLAG + FLAGS_MAX, ARGS_WANTS_HELP };

static int flag_count(const struct command *command)
{
	int n = 0;

	while (command->flags && command->flags[n].name)
		n++;
	assert(n < FLAGS_MAX);
	return n;
}

const char *call_value(const struct call *call, const char *name)
{
	for (int i = 0; i < flag_count(call->command); i++)
		if (strcmp(call->command->flags[i].name, name) == 0)
			return call->values[i];
	assert(!"an option that the command's table does not have");
	return NULL;
}

bool call_has(const struct call *call, const char *name)
{
	return call_value(call, name) != NULL;
}

bool call_changes(const struct call *call)
{
	for (int i = 0; i < flag_count(call->command); i++) {
		const char *name = call->command->flags[i].name;

		if (call->values[i] && strcmp(name, "json") != 0 && strcmp(name, "yes") != 0)
			return true;
	}
	return false;
}

const char *command_words(const struct command *command, char out[64])
{
	snprintf(out, 64, "%s%s%s", command->group ? command->group : "", command->group ? " " : "", command->name);
	return out;
}

/* Changes of one character that make `a` into `b` (Levenshtein); words longer than 31 are far from everything. */
static int word_distance(const char *a, const char *b)
{
	size_t length_a = strlen(a), length_b = strlen(b);
	int row[33];

	if (length_a > 31 || length_b > 31)
		return 99;
	for (size_t j = 0; j <= length_b; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= length_a; i++) {
		int corner = row[0];

		row[0] = (int)i;
		for (size_t j = 1; j <= length_b; j++) {
			int best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[length_b];
}

static void word_nearest(const char *word, const char *candidate, int *distance, const char **best)
{
	int d = word_distance(word, candidate);

	if (d < *distance) {
		*distance = d;
		*best = candidate;
	}
}

const char *args_suggest_command(const char *group, const char *word)
{
	const char *best = NULL;
	int distance = 3;

	for (const struct command *c = command_table; c->name; c++) {
		if (group && c->group && strcmp(c->group, group) == 0)
			word_nearest(word, c->name, &distance, &best);
		else if (!group)
			word_nearest(word, c->group ? c->group : c->name, &distance, &best);
	}
	return best;
}

static const char *suggest_flag(const struct command *command, const char *word)
{
	const char *best = NULL;
	int distance = 3;

	word_nearest(word, "dir", &distance, &best);
	word_nearest(word, "help", &distance, &best);
	for (int i = 0; i < flag_count(command); i++)
		word_nearest(word, command->flags[i].name, &distance, &best);
	return best;
}

static void args_tables(const struct command *command, struct option longs[FLAGS_MAX + 3], char shorts[2 * FLAGS_MAX + 3])
{
	int count = flag_count(command);
	char *p = shorts;

	*p++ = ':';
	for (int i = 0; i < count; i++) {
		const struct flag *flag = &command->flags[i];

		longs[i] = (struct option){flag->name, flag->value ? required_argument : no_argument, NULL, ARGS_FLAG + i};
		if (flag->letter) {
			*p++ = flag->letter;
			if (flag->value)
				*p++ = ':';
		}
	}
	*p++ = 'h'; /* an option of the command with that letter comes first */
	*p = '\0';
	longs[count] = (struct option){"dir", required_argument, NULL, ARGS_DIR};
	longs[count + 1] = (struct option){"help", no_argument, NULL, ARGS_WANTS_HELP};
	longs[count + 2] = (struct option){0};
}

static int flag_index(const struct command *command, int value)
{
	if (value >= ARGS_FLAG)
		return value - ARGS_FLAG;
	for (int i = 0; i < flag_count(command); i++)
		if (command->flags[i].letter == value)
			return i;
	return -1;
}

/* getopt_long said '?' or ':' */
static void args_complain(const struct call *call, int said, const char *word)
{
	char letter[3] = {'-', (char)optopt, '\0'};
	bool is_letter =
		said == '?' && optopt > 0 && optopt < ARGS_FLAG; /* of several in a word: the word is not behind it yet */
	const char *near = is_letter ? NULL : suggest_flag(call->command, word + strspn(word, "-"));

	if (is_letter)
		word = letter;
	if (said == ':')
		misuse(call, "option '%s' needs a value", word);
	else if (optopt >= ARGS_FLAG)
		misuse(call, "option '%s' takes no value", word);
	else if (near)
		misuse(call, "unknown option '%s' (did you mean '--%s'?)", word, near);
	else
		misuse(call, "unknown option '%s'", word);
}

/* Is `name` one of the words in `names`? */
static bool among(const char *names, const char *name)
{
	size_t length = strlen(name);

	for (const char *p = names; p && *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (strcspn(p, " ") == length && strncmp(p, name, length) == 0)
			return true;
	return false;
}

bool command_needs(const struct command *command, const char *flag)
{
	return among(command->needs, flag);
}

static enum args_result args_needs_check(const struct call *call)
{
	for (int i = 0; i < flag_count(call->command); i++) {
		const struct flag *flag = &call->command->flags[i];

		if (command_needs(call->command, flag->name) && !call->values[i]) {
			misuse(call, "--%s %s is missing", flag->name, flag->value);
			return ARGS_MISUSE;
		}
	}
	return ARGS_RUN;
}

static enum args_result args_count_check(const struct call *call)
{
	const struct command *command = call->command;

	if (call->arg_count < command->args_min)
		misuse(call, "%s is missing", command->args);
	else if (command->args_max >= 0 && call->arg_count > command->args_max)
		misuse(call, "'%s' is one argument too many", call->args[command->args_max]);
	else
		return args_needs_check(call);
	return ARGS_MISUSE;
}

enum args_result args_parse(struct call *call, int argc, char **argv)
{
	struct option longs[FLAGS_MAX + 3];
	char shorts[2 * FLAGS_MAX + 4];
	int said;

	args_tables(call->command, longs, shorts);
	opterr = 0;
	optind = 0; /* glibc: start anew */
	while ((said = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		int i = said == '?' || said == ':' ? -1 : flag_index(call->command, said);

		if (said == ARGS_WANTS_HELP || (said == 'h' && i < 0))
			return ARGS_HELP;
		if (said == ARGS_DIR) {
			call->dir = optarg;
			if (*optarg)
				continue;
			misuse(call, "option '--dir' needs a value");
			return ARGS_MISUSE;
		}
		if (i < 0) {
			args_complain(call, said, argv[optind - 1]);
			return ARGS_MISUSE;
		}
		if (call->values[i]) {
			misuse(call, "option '--%s' is given twice", call->command->flags[i].name);
			return ARGS_MISUSE;
		}
		call->values[i] = optarg ? optarg : "";
	}
	call->args = argv + optind;
	call->arg_count = argc - optind;
	return args_count_check(call);
}

/* --- help */

static void help_flag(FILE *out, const struct flag *flag, const char *needs)
{
	char left[64], text[512];

	if (flag->letter)
		snprintf(left, sizeof(left), "  -%c, --%s %s", flag->letter, flag->name, flag->value ? flag->value : "");
	else
		snprintf(left, sizeof(left), "      --%s %s", flag->name, flag->value ? flag->value : "");
	snprintf(text, sizeof(text), "%s%s", flag->sentence, among(needs, flag->name) ? " (needed)" : "");
	text_print(out, left, 28, text);
}

void args_help(FILE *out, const struct command *command)
{
	static const struct flag common[] = {{"dir", 0, "DIR", "folder of the store (or $OUTDIAL_DIR; " OUTDIAL_DIR_DEFAULT ")"},
		{"help", 0, NULL, "this text"}};
	char words[64];

	fprintf(out, "usage: outdial %s%s%s%s\n", command_words(command, words), *command->args ? " " : "", command->args,
		command->flags ? " [OPTION...]" : "");
	fputc('\n', out);
	text_print(out, "", 0, command->sentence);
	fputc('\n', out);
	for (int i = 0; i < flag_count(command); i++)
		help_flag(out, &command->flags[i], command->needs);
	for (int i = 0; i < 2; i++)
		help_flag(out, &common[i], NULL);
	fprintf(out, "\nexample:\n  outdial %s\n", command->example);
}

void args_help_all(FILE *out, const char *group)
{
	char left[80], words[64];

	fprintf(out, "usage: outdial [--dir DIR] %s [OPTION...]\n\n", group ? group : "COMMAND");
	for (const struct command *c = command_table; c->name; c++) {
		if (group && (!c->group || strcmp(c->group, group) != 0))
			continue;
		snprintf(left, sizeof(left), "  %s", command_words(c, words));
		text_print(out, left, 20, c->sentence);
	}
	if (!group)
		sibling_help(out);
	fprintf(out, "\n'outdial help COMMAND' shows its options and an example. The store's folder is\n"
		     "given by --dir DIR or $OUTDIAL_DIR; without them it is " OUTDIAL_DIR_DEFAULT ".\n");
}

/* --- completion for bash */

static void completion_words(FILE *out, const char *group)
{
	const char *last = "";

	for (const struct command *c = command_table; c->name; c++) {
		const char *word = group ? c->name : c->group ? c->group : c->name;

		if (group && (!c->group || strcmp(c->group, group) != 0))
			continue;
		if (strcmp(word, last) != 0)
			fprintf(out, " %s", word);
		last = word;
	}
}

static void completion_groups(FILE *out)
{
	const char *last = "";

	for (const struct command *c = command_table; c->name; c++) {
		if (!c->group || strcmp(c->group, last) == 0)
			continue;
		last = c->group;
		fprintf(out, "\t%s) words=\"", c->group);
		completion_words(out, c->group);
		fprintf(out, "\" ;;\n");
	}
}

static void completion_flags(FILE *out)
{
	char words[64];

	for (const struct command *c = command_table; c->name; c++) {
		fprintf(out, "\t'%s%s) words=\"--dir --help", command_words(c, words), c->group ? "'" : " '*");
		for (int i = 0; i < flag_count(c); i++)
			fprintf(out, " --%s", c->flags[i].name);
		fprintf(out, "\" ;;\n");
	}
}

void args_completion(FILE *out)
{
	fprintf(out, "# bash completion of outdial, written by `outdial completion`\n_outdial() {\n"
		     "\tlocal words= word=${COMP_WORDS[COMP_CWORD]} first=${COMP_WORDS[1]} second=${COMP_WORDS[2]}\n"
		     "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\twords=\"");
	completion_words(out, NULL);
	for (size_t i = 0; sibling_name(i); i++)
		fprintf(out, " %s", sibling_name(i));
	fprintf(out, " --dir --help --version\"\n\telif [ \"$COMP_CWORD\" -eq 2 ]; then\n\tcase $first in\n");
	completion_groups(out);
	fprintf(out, "\tesac\n\tfi\n\tcase $word in -*)\n\tcase \"$first $second\" in\n");
	completion_flags(out);
	fprintf(out, "\tesac ;;\n\tesac\n\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n}\n"
		     "complete -o default -F _outdial outdial\n");
}
