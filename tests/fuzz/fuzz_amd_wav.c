/* fuzz_amd_wav.c - arbitrary bytes as a WAV file of outdial-amd: read in bounds or refused with a sentence */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A program's folder has no library: its parser is compiled in here. */
#include "tools/amd/wav.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wav wav;
	char why[160] = "";
	int err = wav_parse(data, size, &wav, why, sizeof why);
	assert(err == 0 ? wav.count <= size : why[0] != '\0' && wav.g711 == NULL);
	unsigned sum = 0;
	for (size_t n = 0; n < wav.count; n++)
		sum += wav.g711[n];
	assert(sum <= wav.count * 255);
	wav_free(&wav);
	return 0;
}
