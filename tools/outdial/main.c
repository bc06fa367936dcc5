/*
 * main.c - outdial, the command-line program: the way from the words to the command (commands.c)
 *
 * What    Opens the store itself: uploads, campaign changes, do-not-call changes and exports work whether or not the engine runs.
 */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

const struct flag flags_help[] = {{"man", 0, NULL, "print the reference of all commands as a manual page"}, {0}};

/* NULL when there is none. *group: the word is a group of commands. */
static const struct command *command_find(const char *first, const char *second, bool *group)
{
	*group = false;
	for (const struct command *c = command_table; c->name; c++) {
		if (!c->group && strcmp(c->name, first) == 0)
			return c;
		if (c->group && strcmp(c->group, first) == 0) {
			*group = true;
			if (second && strcmp(c->name, second) == 0)
				return c;
		}
	}
	return NULL;
}

static int no_command(const char *first, const char *second, bool group)
{
	const char *word = group ? second : first;
	const char *near = word ? args_suggest_command(group ? first : NULL, word) : NULL;

	if (!word)
		fprintf(stderr, "outdial %s: which command? See 'outdial help %s'\n", first, first);
	else if (near)
		fprintf(stderr, "outdial: no command '%s%s%s', did you mean '%s%s%s'?\n", group ? first : "", group ? " " : "",
			word, group ? first : "", group ? " " : "", near);
	else
		fprintf(stderr, "outdial: no command '%s%s%s'; see 'outdial help'\n", group ? first : "", group ? " " : "", word);
	return STATUS_MISUSE;
}

int cmd_help(struct call *call)
{
	static char wanted[] = "--help";
	bool group;

	if (call_has(call, "man")) {
		man_print(stdout);
		return STATUS_DONE;
	}
	if (call->arg_count == 0) {
		args_help_all(stdout, NULL);
		return STATUS_DONE;
	}
	const char *second = call->arg_count > 1 ? call->args[1] : NULL;
	const struct command *command = command_find(call->args[0], second, &group);

	if (command)
		args_help(stdout, command);
	else if (group && !second)
		args_help_all(stdout, call->args[0]);
	else if (!group && sibling_known(call->args[0]))
		return sibling_run((char *[]){call->args[0], wanted, NULL}, NULL);
	else
		return no_command(call->args[0], second, group);
	return STATUS_DONE;
}

int cmd_completion(struct call *call)
{
	(void)call;
	args_completion(stdout);
	return STATUS_DONE;
}

static int open_and_run(struct call *call)
{
	char why[WHY_BYTES] = "";

	if (call->command->store != COMMAND_ALONE) {
		int err = store_open(
			&call->store, call->dir, call->command->store == COMMAND_READS ? STORE_READ : STORE_WRITE, why);

		if (err == -ENOENT)
			return fail(call, "there is no store in %s; make one with 'outdial --dir %s init'", call->dir, call->dir);
		if (err)
			return fail_err(call, err, why);
	}
	int status = call->command->run(call);

	store_close(call->store);
	return status;
}

/* A full disk or a closed pipe must not look like success. */
static int finish(const struct call *call, int status)
{
	if (status == STATUS_DONE && (fflush(stdout) != 0 || ferror(stdout)))
		return fail(call, "standard output cannot be written: %s", strerror(errno));
	return status;
}

/* --dir, --help and --version in front of the command; answers the index of its first word, or -1 with *status. */
static int globals(int argc, char **argv, const char **dir, int *status)
{
	int i = 1;

	for (*status = STATUS_MISUSE; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--dir") == 0 || strncmp(argv[i], "--dir=", 6) == 0) {
			*dir = argv[i][5] ? argv[i] + 6 : i + 1 < argc ? argv[++i] : "";
			if (**dir)
				continue;
			fprintf(stderr, "outdial: option '--dir' needs a value; see 'outdial --help'\n");
			return -1;
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			args_help_all(stdout, NULL);
			*status = STATUS_DONE;
			return -1;
		} else if (strcmp(argv[i], "--version") == 0) {
			printf("outdial " OUTDIAL_VERSION "\n");
			*status = STATUS_DONE;
			return -1;
		} else {
			fprintf(stderr, "outdial: unknown option '%s'; see 'outdial --help'\n", argv[i]);
			return -1;
		}
	}
	if (i == argc) {
		args_help_all(stderr, NULL);
		return -1;
	}
	return i;
}

static int group_help(const char *group)
{
	args_help_all(stdout, group);
	return STATUS_DONE;
}

int main(int argc, char **argv)
{
	const char *from_environment = getenv("OUTDIAL_DIR");
	struct call call = {.dir = from_environment && *from_environment ? from_environment : OUTDIAL_DIR_DEFAULT};
	bool group;
	int status;

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "");
	int first = globals(argc, argv, &call.dir, &status);

	if (first < 0)
		return status;
	const char *second = first + 1 < argc ? argv[first + 1] : NULL;

	call.command = command_find(argv[first], second, &group);
	if (!call.command && group && second && (strcmp(second, "--help") == 0 || strcmp(second, "-h") == 0))
		return group_help(argv[first]);
	if (!call.command && (!group || (second && second[0] == '-')) && sibling_known(argv[first]))
		return sibling_run(argv + first, first > 1 ? call.dir : NULL);
	if (!call.command)
		return no_command(argv[first], second, group);
	if (call.command->group)
		first++;
	switch (args_parse(&call, argc - first, argv + first)) {
	case ARGS_HELP:
		args_help(stdout, call.command);
		return finish(&call, STATUS_DONE);
	case ARGS_MISUSE:
		return STATUS_MISUSE;
	case ARGS_RUN:
		break;
	}
	return finish(&call, open_and_run(&call));
}
