/* frame.c - one frame: levels in bands, floor, what it says */
#include "media/amd/frame.h"

#include <math.h>
#include <string.h>

#include "media/amd/law.h"
#include "media/amd/spectrum.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

#define ZERO_MAX 8        /* |sample| of the codes next to zero in either law */
#define BIN_FIRST 2       /* 62 Hz */
#define BIN_LAST 121      /* 3.8 kHz */
#define PAIR_BIN_FIRST 13 /* 406..720 Hz: where a second tone is looked for; only call progress has pairs that are told apart */
#define PAIR_BIN_LAST 23
#define SPREAD_ONE_TONE 0.55f /* bins^2; one tone in a Hann window has .33 */
#define POWER_MIN 1e-10f      /* -100 dB: under the least code of G.711 */

/* About a fourth of an octave below 1 kHz and a third above, no band under three bins. */
static const uint8_t band_edge[FRAME_BANDS + 1] = {3, 6, 9, 13, 17, 22, 28, 35, 44, 55, 70, 90, 116};

/* 10 log10(x) to 0.02 dB, without a call: exponent of the float and a polynomial of its fraction. */
static inline float decibel(float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof bits);
	int exponent = (int)(bits >> 23) - 127;
	bits = (bits & 0x7fffff) | 0x3f800000;
	float f;
	memcpy(&f, &bits, sizeof f);
	float log2 = (float)exponent + ((-0.33582878f * f + 2.0f) * f - 1.65871022f);
	return 3.01029996f * log2;
}

AMD_WIDE static void decode(const uint8_t *g711, enum amd_law law, int16_t out[AMD_FRAME])
{
	if (law == AMD_ALAW)
		for (int n = 0; n < AMD_FRAME; n++)
			out[n] = (int16_t)law_alaw(g711[n]);
	else
		for (int n = 0; n < AMD_FRAME; n++)
			out[n] = (int16_t)law_ulaw(g711[n]);
}

/* Mean square without the constant part, re full scale; *peak is the largest |sample|. */
AMD_WIDE static float loudness(const int16_t pcm[AMD_FRAME], int *peak)
{
	int32_t sum = 0, most = 0;
	int64_t squares = 0;
	for (int n = 0; n < AMD_FRAME; n++) {
		int32_t s = pcm[n], magnitude = s < 0 ? -s : s;
		sum += s;
		squares += s * s;
		most = magnitude > most ? magnitude : most;
	}
	*peak = most;
	float mean = (float)sum / AMD_FRAME;
	return ((float)squares / AMD_FRAME - mean * mean) / (32768.0f * 32768.0f);
}

static float sum_bins(const float *power, int first, int last)
{
	float sum = 0;
	for (int k = first; k <= last; k++)
		sum += power[k];
	return sum;
}

#define LANES 8

/* The strongest bin of all: eight maxima side by side, then the place of the largest. */
static int strongest(const float power[SPECTRUM_BINS])
{
	float most[LANES] = {0};
	for (int k = 0; k < SPECTRUM_BINS; k += LANES)
		for (int l = 0; l < LANES; l++)
			most[l] = power[k + l] > most[l] ? power[k + l] : most[l];
	float top = 0;
	for (int l = 0; l < LANES; l++)
		top = most[l] > top ? most[l] : top;
	int k = BIN_FIRST + 1;
	while (k < BIN_LAST && power[k] < top)
		k++;
	return k;
}

/* The strongest one from `first` to `last` that is more than `distance` away from `not_near`; -1 when there is none. */
static int strongest_beside(const float *power, int first, int last, int not_near, int distance)
{
	int best = -1;
	for (int k = first; k <= last; k++)
		if ((k < not_near - distance || k > not_near + distance) && (best < 0 || power[k] > power[best]))
			best = k;
	return best;
}

/* A Hann-windowed tone between two bins: its place follows from the ratio of their amplitudes. */
static float interpolate(const float *power, int k)
{
	int side = power[k + 1] > power[k - 1] ? 1 : -1;
	float ratio = sqrtf(power[k + side] / (power[k] + POWER_MIN * 1e-6f));
	float offset = (2 * ratio - 1) / (ratio + 1);
	offset = offset < -0.5f ? -0.5f : offset > 0.5f ? 0.5f : offset;
	return ((float)k + (float)side * offset) * SPECTRUM_BIN_HZ;
}

/* Two tones that are close make one peak that wanders with their beat; their common centre does not. */
static void centre(const float *power, int k, struct frame_look *look)
{
	float sum = 1e-20f, first = 0, second = 0;
	for (int i = k > 5 ? k - 3 : 2; i <= k + 3; i++) {
		float bin = (float)(i - k);
		sum += power[i];
		first += power[i] * bin;
		second += power[i] * bin * bin;
	}
	first /= sum;
	look->spread = second / sum - first * first;
	look->peak_share = sum;
	if (look->spread > SPREAD_ONE_TONE)
		look->peak_hz = ((float)k + first) * SPECTRUM_BIN_HZ;
}

static void peaks(const float *power, float total, struct frame_look *look)
{
	int k = strongest(power);
	look->peak_hz = interpolate(power, k);
	centre(power, k, look);
	look->peak_share /= total;
	if (k < PAIR_BIN_FIRST || k > PAIR_BIN_LAST)
		return;
	int second = strongest_beside(power, PAIR_BIN_FIRST, PAIR_BIN_LAST, k, 3);
	look->peak2_hz = interpolate(power, second);
	look->peak2_share = sum_bins(power, second - 2, second + 2) / total;
}

/* Answers the power of 62..3800 Hz: the bands' and what lies beside them. */
static float bands(const float *power, struct frame_look *look)
{
	float total = power[BIN_FIRST] + sum_bins(power, band_edge[FRAME_BANDS], BIN_LAST) + POWER_MIN;
	for (int b = 0; b < FRAME_BANDS; b++) {
		float sum = sum_bins(power, band_edge[b], band_edge[b + 1] - 1);
		total += sum;
		look->band_db[b] = decibel(sum + POWER_MIN);
	}
	return total;
}

static void remember(struct frame_memory *memory, const int16_t pcm[AMD_FRAME], bool holed)
{
	memcpy(memory->tail, pcm + AMD_FRAME - FRAME_TAIL, sizeof memory->tail);
	memory->holed = holed;
}

static void look_into(const struct frame_memory *memory, const int16_t pcm[AMD_FRAME], struct frame_look *look)
{
	_Alignas(32) float in[SPECTRUM_IN], power[SPECTRUM_BINS];
	for (int n = 0; n < FRAME_TAIL; n++)
		in[n] = (float)memory->tail[n] * (1 / 32768.0f);
	for (int n = 0; n < AMD_FRAME; n++)
		in[FRAME_TAIL + n] = (float)pcm[n] * (1 / 32768.0f);
	spectrum_power(in, power);
	memset(power, 0, BIN_FIRST * sizeof power[0]);
	memset(power + BIN_LAST + 1, 0, (SPECTRUM_BINS - BIN_LAST - 1) * sizeof power[0]);
	float total = bands(power, look);
	look->total_db = decibel(total);
	peaks(power, total, look);
	look->periodicity = spectrum_periodicity(power, &look->pitch_hz);
}

void frame_look(struct frame_memory *memory, const uint8_t *g711, enum amd_law law, struct frame_look *look)
{
	memset(look, 0, sizeof *look);
	look->holed = memory->holed;
	if (g711 == NULL) {
		look->lost = true;
		memset(memory, 0, sizeof *memory);
		memory->holed = true;
		return;
	}
	_Alignas(32) int16_t pcm[AMD_FRAME];
	int peak;
	decode(g711, law, pcm);
	look->level_db = decibel(loudness(pcm, &peak) + POWER_MIN);
	look->zero = peak <= ZERO_MAX;
	if (!look->zero)
		look_into(memory, pcm, look);
	remember(memory, pcm, look->zero);
}
