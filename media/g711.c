/* g711.c - the two laws of G.711 */
#include "media/g711.h"

#include <string.h>

static uint8_t g711_swap[2][256]; /* [from law] */

/* mu-law: 14 bits, magnitude biased by 33, so that segment s spans 2^(s+5) .. 2^(s+6) - 1. */
static int16_t ulaw_decode(uint8_t code)
{
	uint8_t bits = (uint8_t)~code;
	int magnitude = (((bits & 15) << 1) + 33) << (bits >> 4 & 7);

	return (int16_t)((bits & 0x80 ? 33 - magnitude : magnitude - 33) * 4);
}

static uint8_t ulaw_encode(int sample)
{
	int magnitude = (sample < 0 ? -sample : sample) >> 2;
	int segment = 0;

	magnitude = (magnitude > 8158 ? 8158 : magnitude) + 33;
	while (magnitude >> (segment + 6))
		segment++;
	int bits = (sample < 0 ? 0x80 : 0) | segment << 4 | (magnitude >> (segment + 1) & 15);
	return (uint8_t)~bits;
}

/* A-law: 13 bits; the first two segments share one step, above them each segment doubles it. Even bits are inverted. */
static int16_t alaw_decode(uint8_t code)
{
	uint8_t bits = code ^ 0x55;
	int segment = bits >> 4 & 7;
	int magnitude = ((bits & 15) << 1) + 1;

	if (segment)
		magnitude = (magnitude + 32) << (segment - 1);
	return (int16_t)((bits & 0x80 ? magnitude : -magnitude) * 8);
}

static uint8_t alaw_encode(int sample)
{
	int magnitude = sample < 0 ? (-sample - 1) >> 3 : sample >> 3; /* 0..4095 */
	int segment = 0;

	while (magnitude >> (segment + 5) && segment < 7)
		segment++;
	int bits = (sample < 0 ? 0 : 0x80) | segment << 4 | (magnitude >> (segment ? segment : 1) & 15);
	return (uint8_t)(bits ^ 0x55);
}

int16_t g711_decode(enum amd_law law, uint8_t code)
{
	return law == AMD_ALAW ? alaw_decode(code) : ulaw_decode(code);
}

uint8_t g711_encode(enum amd_law law, int16_t sample)
{
	return law == AMD_ALAW ? alaw_encode(sample) : ulaw_encode(sample);
}

uint8_t g711_silence(enum amd_law law)
{
	return law == AMD_ALAW ? 0xd5 : 0xff;
}

void g711_init(void)
{
	for (int i = 0; i < 256; i++) {
		g711_swap[AMD_ULAW][i] = alaw_encode(ulaw_decode((uint8_t)i));
		g711_swap[AMD_ALAW][i] = ulaw_encode(alaw_decode((uint8_t)i));
	}
}

void g711_convert(uint8_t *out, const uint8_t *in, size_t count, enum amd_law from, enum amd_law to)
{
	if (from == to) {
		memcpy(out, in, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		out[i] = g711_swap[from][in[i]];
}
