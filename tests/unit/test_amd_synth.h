/*
 * test_amd_synth.h - sounds for the classifier's tests, made of arithmetic: tones, noise, a synthetic voice
 *
 * What    A take is a buffer of 16-bit samples that sounds are appended to or mixed into, then fed to a leg as G.711. Everything
 * is seeded.
 */
#ifndef OUTDIAL_TESTS_TEST_AMD_SYNTH_H
#define OUTDIAL_TESTS_TEST_AMD_SYNTH_H

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "media/amd/amd.h"

#define TAKE_MAX (8 * 14000) /* 14 s */

struct take {
	double pcm[TAKE_MAX];
	int count;
	struct prng prng;
};

/* The first event of each kind, and how many there were. */
struct heard {
	struct amd_event first[AMD_EV_PRINT + 1];
	int count[AMD_EV_PRINT + 1];
};

static inline void take_init(struct take *take, uint64_t seed)
{
	memset(take, 0, sizeof *take);
	prng_seed(&take->prng, seed);
}

static inline double db(double level)
{
	return pow(10, level / 20);
}

/* Silence: noise at `level_db` (of its standard deviation, re full scale). */
static inline void take_room(struct take *take, int ms, double level_db)
{
	for (int n = 0; n < ms * 8 && take->count < TAKE_MAX; n++)
		take->pcm[take->count++] =
			(prng_unit(&take->prng) + prng_unit(&take->prng) + prng_unit(&take->prng) - 1.5) * 2 * db(level_db);
}

static inline void take_noise_over(struct take *take, double level_db)
{
	for (int n = 0; n < take->count; n++)
		take->pcm[n] +=
			(prng_unit(&take->prng) + prng_unit(&take->prng) + prng_unit(&take->prng) - 1.5) * 2 * db(level_db);
}

static inline void take_tones(struct take *take, int ms, double hz, double hz2, double level_db)
{
	for (int n = 0; n < ms * 8 && take->count < TAKE_MAX; n++) {
		double t = n / 8000.0, a = db(level_db);
		take->pcm[take->count++] = a * sin(2 * M_PI * hz * t) + (hz2 > 0 ? a * sin(2 * M_PI * hz2 * t) : 0);
	}
}

/* A tone that glides. */
static inline void take_glide(struct take *take, int ms, double from_hz, double to_hz, double level_db)
{
	double phase = 0;
	for (int n = 0; n < ms * 8 && take->count < TAKE_MAX; n++) {
		phase += 2 * M_PI * (from_hz + (to_hz - from_hz) * n / (ms * 8)) / 8000;
		take->pcm[take->count++] = db(level_db) * sin(phase);
	}
}

/*
 * A voice: pulses at a moving pitch through two moving resonances, in syllables of 160 ms with 40 ms of less between them. Not
 * speech, but it has what a detector looks for and may not hold on to: pitch, formants, and no steady frequency.
 */
static inline void take_voice(struct take *take, int ms, double pitch_hz, double level_db)
{
	double phase = 0, y1[2] = {0, 0}, y2[2] = {0, 0}, f1 = 600, f2 = 1300;
	for (int n = 0; n < ms * 8 && take->count < TAKE_MAX; n++) {
		int syllable = n / 1600, within = n % 1600;
		if (within == 0) {
			f1 = 380 + 60 * (double)((syllable * 7 + 3) % 8);
			f2 = 1000 + 150 * (double)((syllable * 5 + 2) % 8);
		}
		double loud = within < 1280 ? sin(M_PI * (within + 60) / 1400.0) : 0.06;
		phase += pitch_hz * (1 + 0.12 * sin(n / 2900.0) + 0.05 * sin(n / 700.0)) / 8000;
		double pulse = phase >= 1 ? 1 : 0;
		phase -= pulse;
		double a1 = 2 * 0.97 * cos(2 * M_PI * (f1 + within * 0.05) / 8000),
		       a2 = 2 * 0.95 * cos(2 * M_PI * (f2 - within * 0.1) / 8000);
		double s1 = pulse + a1 * y1[0] - 0.97 * 0.97 * y1[1], s2 = pulse + a2 * y2[0] - 0.95 * 0.95 * y2[1];
		y1[1] = y1[0], y1[0] = s1, y2[1] = y2[0], y2[0] = s2;
		double breath = (prng_unit(&take->prng) - 0.5) * 0.02;
		take->pcm[take->count++] = db(level_db) * 0.5 * loud * (s1 + 0.6 * s2 + breath);
	}
}

static inline uint8_t synth_ulaw(int sample)
{
	int sign = sample < 0 ? 0x80 : 0, magnitude = abs(sample) + 0x84, segment = 7;
	magnitude = magnitude > 32767 ? 32767 : magnitude;
	while (segment > 0 && !(magnitude & (0x80 << segment)))
		segment--;
	return (uint8_t) ~(sign | segment << 4 | ((magnitude >> (segment + 3)) & 15));
}

static inline uint8_t synth_alaw(int sample)
{
	int sign = sample < 0 ? 0 : 0x80, magnitude = abs(sample), segment = 7;
	magnitude = magnitude > 32767 ? 32767 : magnitude;
	while (segment > 0 && !(magnitude & (0x80 << segment)))
		segment--;
	int code = segment == 0 ? magnitude >> 4 : segment << 4 | ((magnitude >> (segment + 3)) & 15);
	return (uint8_t)((sign | code) ^ 0x55);
}

static inline void take_frame(const struct take *take, int frame, double gain_db, enum amd_law law, uint8_t out[AMD_FRAME])
{
	for (int n = 0; n < AMD_FRAME; n++) {
		int at = frame * AMD_FRAME + n;
		double x = at < take->count ? take->pcm[at] * db(gain_db) * 32768 : 0;
		int sample = (int)lrint(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
		out[n] = law == AMD_ALAW ? synth_alaw(sample) : synth_ulaw(sample);
	}
}

static inline void heard_note(struct heard *heard, const struct amd_event *events, int count)
{
	for (int i = 0; i < count; i++) {
		if (heard->count[events[i].kind]++ == 0)
			heard->first[events[i].kind] = events[i];
	}
}

struct how {
	double gain_db;
	int lose_every; /* every so manyth frame is lost; 0 none */
	bool fill;      /* ... and comes as the code of zero instead of not at all */
};

static inline struct heard take_play(const struct take *take, const struct amd_options *options, struct how how)
{
	struct amd amd;
	struct heard heard = {0};
	struct amd_event events[AMD_EVENTS_MAX];
	uint8_t frame[AMD_FRAME];
	amd_init(&amd, options);
	for (int i = 0; i * AMD_FRAME < take->count; i++) {
		bool lost = how.lose_every > 0 && i % how.lose_every == how.lose_every - 1;
		take_frame(take, i, how.gain_db, options->law, frame);
		if (lost)
			memset(frame, options->law == AMD_ALAW ? 0xd5 : 0xff, sizeof frame);
		heard_note(&heard, events, amd_feed(&amd, lost && !how.fill ? NULL : frame, events));
	}
	return heard;
}

static inline struct heard take_hear(const struct take *take)
{
	struct amd_options options = {.ring_ms = -1};
	return take_play(take, &options, (struct how){0});
}

#endif
