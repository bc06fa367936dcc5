/* pem.c - does a file look like the PEM file that is asked for? */
#include "dialer/pem.h"

#include "base/err.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PEM_BYTES_MAX 65536

/* "-----BEGIN EC PRIVATE KEY-----": the kind stands at the end, because keys have their algorithm in front of it. */
static bool begins_block(const char *line, const char *kind)
{
	size_t length = strlen(kind);
	const char *end = strncmp(line, "-----BEGIN ", 11) == 0 ? strstr(line + 11, "-----") : NULL;

	return end && (size_t)(end - line) >= 11 + length && strncmp(end - length, kind, length) == 0;
}

int pem_check(const char *path, const char *kind)
{
	FILE *file = fopen(path, "re");
	char line[256];
	size_t seen = 0;
	bool found = false;

	if (!file)
		return -errno;
	while (!found && seen < PEM_BYTES_MAX && fgets(line, sizeof(line), file)) {
		seen += strlen(line) + 1;
		found = begins_block(line, kind);
	}
	int err = ferror(file) ? -errno : found ? 0 : ERR_SYNTAX;

	fclose(file);
	return err;
}
