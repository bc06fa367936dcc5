/* fuzz_recording.c - what is read of recordings: the spool's head, and an Opus file that somebody changed */
#include "media/opus.h"
#include "media/spool.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int heard(void *arg, const int16_t *samples, size_t pairs)
{
	size_t *left = arg;

	(void)samples;
	if (!pairs || pairs > 960)
		abort();
	*left -= pairs < *left ? pairs : *left;
	return *left ? 0 : -1; /* a long one is no find */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[SPOOL_HEAD_BYTES];
	struct spool_head head, back;
	size_t left = 80000;

	if (spool_parse(data, size, &head) == 0) {
		spool_print(again, &head);
		if (spool_parse(again, sizeof(again), &back) || back.id != head.id || back.pairs != head.pairs ||
			spool_pairs(&head, UINT64_MAX) > SPOOL_PAIRS_MAX)
			abort();
	}
	(void)opus_read(data, size, heard, &left);
	return 0;
}
