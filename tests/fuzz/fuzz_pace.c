/*
 * fuzz_pace.c - the pacing/1 line protocol, and behind it the pacer with events in any order
 */
#include <stdint.h>
#include <stdio.h>

/* A program's file belongs to no library: it is taken in whole. */
#include "tools/pace/pace_stdio.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *in = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL, *out = fopen("/dev/null", "w");

	if (in && out)
		pace_stdio(in, out, out);
	if (in)
		fclose(in);
	if (out)
		fclose(out);
	return 0;
}
