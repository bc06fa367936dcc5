/*
 * print.h - a fingerprint of the first 2.5 s of a greeting (pure)
 *
 * What    Sixteen signs a frame, from the moment the first voice is sure: eleven say whether the step of level between two
 *         neighbouring bands has grown since 120 ms ago, five whether a band is louder than 240 ms ago. Gain, law, an even
 *         colouring of the line and some noise leave most signs as they were. What was said cannot be had back from them.
 * Units   frames of 20 ms.
 * Source  the idea of signs of energy differences: J. Haitsma, T. Kalker, A highly robust audio fingerprinting system, 2002.
 */
#ifndef OUTDIAL_MEDIA_AMD_PRINT_H
#define OUTDIAL_MEDIA_AMD_PRINT_H

#include "media/amd/amd.h"
#include "media/amd/frame.h"

#define PRINT_NEAR 6 /* frames back that the steps between bands are compared with */
#define PRINT_FAR 12 /* ... and the levels of bands */

struct print {
	int16_t past[PRINT_FAR][FRAME_BANDS]; /* smoothed levels, 1/64 dB; a ring, `at` is the oldest */
	float smooth_db[FRAME_BANDS];
	uint8_t at;
	bool begun, seeded;
	struct amd_print out;
};

/* One frame; `voice`: somebody is speaking in it, `gap`: it says nothing. True when the print has reached a length to be told of.
 */
bool print_feed(struct print *print, const struct frame_look *look, bool voice, bool gap);

#endif
