/*
 * main.c - outdial-pace [--stdio]: the product's pacing on standard input and output, see pace_stdio.h
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "tools/pace/pace_stdio.h"

int main(int argc, char **argv)
{
	static const char usage[] = "usage: outdial pace --stdio\n"
				    "Reads pacing/1 events (docs/PACING.md) from standard input and answers each T\n"
				    "line.\n";
	int err;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return fputs(usage, stdout) < 0;
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--stdio"))) {
		fputs(usage, stderr);
		return 2;
	}
	err = pace_stdio(stdin, stdout, stderr);
	if (err)
		fprintf(stderr, "outdial-pace: %s\n", err_text(err));
	return err ? 1 : 0;
}
