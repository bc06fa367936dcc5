/* fuzz_wav.c - WAV images: what is accepted can be read to its last sample */
#include "media/wav.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[WAV_WHY] = "";
	struct wav wav;

	if (wav_parse(data, size, &wav, why)) {
		if (!why[0] || strlen(why) >= sizeof(why))
			abort();
		return 0;
	}
	size_t count = wav_count(&wav);
	if (!count || count > size)
		abort();
	int16_t *samples = malloc(count * sizeof(*samples));
	if (!samples)
		return 0;
	wav_decode(&wav, samples);
	free(samples);
	return 0;
}
