/* fuzz_carrier.c - times and durations as a carrier may write them */
#include "campaigns/carrier.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool no_time(const char *text, int64_t *us)
{
	*us = (int64_t)strlen(text) + 1;
	return *text != 'n';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	int64_t us;

	memcpy(text, data, size);
	text[size] = '\0';
	if (carrier_time(text, no_time, &us))
		assert(us > 0);
	if (carrier_duration(text, &us))
		assert(us >= 0);
	free(text);
	return 0;
}
