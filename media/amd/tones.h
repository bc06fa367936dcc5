/*
 * tones.h - steady tones: one frequency or two, from when to when (pure)
 *
 * What    A run of frames whose power sits in one peak, or in two, that stays where it is. Finished runs are kept, the last
 * eight, for those who read them: SIT and fax (signals.c), cadence (cadence.c), beeps (decide.c).
 */
#ifndef OUTDIAL_MEDIA_AMD_TONES_H
#define OUTDIAL_MEDIA_AMD_TONES_H

#include <stdbool.h>
#include <stdint.h>

#include "media/amd/frame.h"

#define TONES_KEPT 8

struct tone {
	uint32_t start_ms;
	uint32_t end_ms;
	float hz, hz2;   /* hz2 is 0 for a single tone; hz < hz2 */
	float spread;    /* see frame_look.spread: two tones that are close show as one wide one */
	float share;     /* of the power that is in it */
	float wobble_hz; /* mean change, from frame to frame, of the step of the frequency */
	float ripple_db; /* mean step of the level; the first and the last frame, which are cut, left out */
};

struct tones {
	bool on;
	uint8_t misses;         /* frames since the run was last seen */
	bool whole;             /* the sums below are those of the newest kept run */
	bool miss_tone;         /* the frame before this one was a tone, but not this run's */
	uint16_t frames, pairs; /* of the run */
	float hz_sum, hz2_sum, spread_sum, share_sum, wobble_sum, ripple_sum, level_db; /* level: the loudest */
	float last_hz, last_db, last_ripple_db, last_wobble_hz, last_step_hz;
	struct tone run; /* as far as it has come; hz is the mean */
	struct tone kept[TONES_KEPT];
	uint32_t count;    /* runs kept; the newest is kept[(count - 1) % TONES_KEPT] */
	uint32_t finished; /* times a run has finished: more than count when a split one was joined again */
};

/* One frame that ends at now_ms. True when a run has just finished. */
bool tones_feed(struct tones *tones, const struct frame_look *look, uint32_t now_ms);

/* What is on is certainly a tone and no voice. */
bool tones_sure(const struct tones *tones);

/* The `back`th newest finished run (0 the newest); NULL when there is none. */
const struct tone *tones_kept(const struct tones *tones, uint32_t back);

static inline uint32_t tone_ms(const struct tone *tone)
{
	return tone->end_ms - tone->start_ms;
}

#endif
