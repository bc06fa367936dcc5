/*
 * main.c - outdial-pace: the product's pacing on standard input and output, see pace_stdio.h
 */
#include <stdio.h>

#include "base/err.h"
#include "tools/pace/pace_stdio.h"

int main(int argc, char **argv)
{
	int err;

	if (argc > 1) {
		fprintf(stderr, "usage: %s\nReads pacing/1 events from standard input, answers each T line.\n", argv[0]);
		return 2;
	}
	err = pace_stdio(stdin, stdout, stderr);
	if (err)
		fprintf(stderr, "outdial-pace: %s\n", err_text(err));
	return err ? 1 : 0;
}
