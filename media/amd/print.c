/* print.c - a greeting's fingerprint */
#include "media/amd/print.h"

#include <string.h>

#include "media/amd/limits.h"

#define SMOOTH 0.35f /* about 60 ms: a copy whose frames fall 10 ms elsewhere still has the same signs */
#define STEPS 64     /* of `past` in a dB */

static const uint8_t far_band[] = {1, 3, 5, 7, 9};

static void smooth(struct print *print, const struct frame_look *look)
{
	float share = print->seeded ? SMOOTH : 1;
	for (int b = 0; b < FRAME_BANDS; b++) {
		float now_db = look->zero ? LIMIT_FLOOR_LOW_DB : look->band_db[b];
		print->smooth_db[b] += share * (now_db - print->smooth_db[b]);
	}
	print->seeded = true;
}

static uint16_t code_of(const struct print *print, const int16_t now[FRAME_BANDS])
{
	const int16_t *near = print->past[(print->at + PRINT_FAR - PRINT_NEAR) % PRINT_FAR], *far = print->past[print->at];
	unsigned code = 0;
	for (int b = 0; b + 1 < FRAME_BANDS; b++)
		code |= (unsigned)(now[b] - now[b + 1] > near[b] - near[b + 1]) << b;
	for (int i = 0; i < 5; i++)
		code |= (unsigned)(now[far_band[i]] > far[far_band[i]]) << (FRAME_BANDS - 1 + i);
	return (uint16_t)code;
}

/* Told twice: when there is enough to be recognised by, and when it is whole. Not when it is mostly the quiet after a word. */
static bool is_worth_telling(const struct amd_print *out)
{
	if (out->frames == AMD_PRINT_EARLY)
		return out->voiced >= LIMIT_PRINT_EARLY_VOICED;
	return out->frames == AMD_PRINT_FRAMES && out->voiced >= LIMIT_PRINT_VOICED;
}

bool print_feed(struct print *print, const struct frame_look *look, bool voice, bool gap)
{
	struct amd_print *out = &print->out;
	int16_t now[FRAME_BANDS];
	if (out->frames == AMD_PRINT_FRAMES)
		return false;
	if (!gap)
		smooth(print, look);
	for (int b = 0; b < FRAME_BANDS; b++)
		now[b] = (int16_t)(print->smooth_db[b] * STEPS);
	print->begun |= voice;
	if (print->begun) {
		out->code[out->frames++] = code_of(print, now);
		out->voiced = (uint8_t)(out->voiced + (voice && !gap));
	}
	memcpy(print->past[print->at], now, sizeof now);
	print->at = (uint8_t)((print->at + 1) % PRINT_FAR);
	return print->begun && is_worth_telling(out);
}
