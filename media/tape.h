/*
 * tape.h - one call's recording while it runs: two sides put in their places on one clock (pure: no I/O, no clock, no allocation)
 *
 * What    What is heard and what is sent come as packets; each is written where its time is, so that the two sides stay aligned
 *         and what is lost or not sent is silence. A side is anchored by its first packet's arrival and follows its RTP
 *         timestamps; when those leave the call's clock by more than 200 ms (restart, drift, a stall) it is anchored again.
 * Shape   blocks of TAPE_PAIRS samples of each side, the heard side first, every byte exclusive-or the law's silence code: so a
 *         byte 0, and a hole of the file, is silence. Two blocks are open at a boundary, for what is late by up to 200 ms or
 *         blanked by a pause soon after.
 * Pause   from at_us to at_us nothing is written: what comes meanwhile is dropped; what came since at_us, or stands behind it, is
 *         blanked when the word of the pause comes; what comes late after it is cut or, when its timestamps say that it is the
 *         pause's, dropped. Nothing is kept aside.
 * Errors  without a block the sound is counted in `lost`, and taping goes on with the next block.
 * Units   positions are samples of 125 us since start_us.
 */
#ifndef OUTDIAL_MEDIA_TAPE_H
#define OUTDIAL_MEDIA_TAPE_H

#include "media/amd/amd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAPE_PAIRS 16384 /* 2 s: one write of 32 KiB */
#define TAPE_BLOCK_BYTES (2 * TAPE_PAIRS)

enum tape_side { TAPE_HEARD, TAPE_SENT, TAPE_SIDES };

/* Where blocks come from, zeroed, NULL when there is none; and where they go when they are whole. */
struct tape_shelf {
	uint8_t *(*take)(void *arg);
	void (*give)(void *arg, uint8_t *block, uint32_t number);
	void *arg;
};

#define TAPE_RECENT 32

struct tape_put { /* positions: when it came, and where it stands */
	uint32_t came, at, count;
};

struct tape_track {
	bool anchored;
	uint32_t ts;
	int64_t at; /* position of ts */
	struct tape_put recent[TAPE_RECENT];
	unsigned puts;
};

struct tape {
	bool on, paused;
	enum amd_law law;
	int64_t start_us;
	int64_t pause;    /* beginning of the last pause */
	int64_t floor;    /* nothing is written before it: the end of the last pause */
	int64_t end;      /* behind the last sample that was written */
	uint32_t first;   /* number of the older open block */
	uint8_t *open[2]; /* NULL: nothing in it yet */
	uint64_t lost;    /* samples, of either side, for which there was no block */
	struct tape_track tracks[TAPE_SIDES];
	struct tape_shelf shelf;
};

void tape_start(struct tape *tape, const struct tape_shelf *shelf, enum amd_law law, int64_t start_us);
/* A packet's sound, which ended, and came, at now_us. g711_init() must have been called. */
void tape_put(struct tape *tape, enum tape_side side, int64_t now_us, uint32_t ts, const uint8_t *payload, size_t bytes,
	enum amd_law law);
/* Sound that would have been put, but is not there any more: silence, and counted. */
void tape_miss(struct tape *tape, size_t samples);
/* Each 20 ms or so: gives away what nothing can be late for any more. */
void tape_turn(struct tape *tape, int64_t now_us);
/* at_us: not before the pause's (or the resumption's) own time, not much in the past. Twice is as once. */
void tape_pause(struct tape *tape, int64_t at_us);
void tape_resume(struct tape *tape, int64_t at_us);
/* Gives away what is open and answers the length in samples; off from now on. */
uint64_t tape_stop(struct tape *tape, int64_t now_us);

#endif
