/*
 * sibling.c - `outdial X` for a program outdial-X that stands beside this one
 */
#include "tools/outdial/outdial.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Those that a user of the product wants; any other outdial-X beside them runs as well. */
static const struct {
	const char *name, *option, *sentence; /* option: what tells it from a group of commands of the same name */
} siblings[] = {
	{"sim", "", "Live simulated days of calling with the product's own pacing, or with that of other dialers."},
	{"plan", "", "Say how many seats, lines and calls a second a list needs, and what is lost with fewer."},
	{"pace", " --stdio", "Answer pacing questions on standard input, so that any simulator can judge the pacing."},
	{"replay", "", "Check that the pacing decisions of a journal come out the same, bit by bit."},
	{"amd", "", "Tell people from machines in recordings."},
};
#define SIBLINGS (sizeof(siblings) / sizeof(siblings[0]))

/* The path of outdial-NAME in the folder of this program; false when there is none that may be run. */
static bool sibling_path(const char *name, char out[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", out, PATH_MAX - 1);
	char *slash;

	if (length <= 0 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name) || strlen(name) > 32)
		return false;
	out[length] = 0;
	slash = strrchr(out, '/');
	if (!slash || (size_t)(out + PATH_MAX - slash) < strlen(name) + sizeof("/outdial-"))
		return false;
	sprintf(slash, "/outdial-%s", name);
	return access(out, X_OK) == 0;
}

bool sibling_known(const char *name)
{
	char path[PATH_MAX];

	return sibling_path(name, path);
}

int sibling_run(char **argv, const char *dir)
{
	char path[PATH_MAX];

	if (!sibling_path(argv[0], path))
		return STATUS_MISUSE;
	if (dir)
		setenv("OUTDIAL_DIR", dir, 1);
	argv[0] = path; /* it calls itself outdial-X, as when it is run by that name */
	execv(path, argv);
	fprintf(stderr, "outdial: %s cannot be run: %s\n", path, strerror(errno));
	return STATUS_FAILED;
}

void sibling_help(FILE *out)
{
	char left[48];

	for (size_t i = 0; i < SIBLINGS; i++) {
		snprintf(left, sizeof(left), "  %s%s", siblings[i].name, siblings[i].option);
		if (sibling_known(siblings[i].name))
			text_print(out, left, 20, siblings[i].sentence);
	}
}

const char *sibling_name(size_t index)
{
	return index < SIBLINGS ? siblings[index].name : NULL;
}
