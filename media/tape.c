/* tape.c - see tape.h */
#include "media/tape.h"

#include "media/g711.h"

#include <string.h>

#define SAMPLE_US 125
#define SLIP 1600   /* 200 ms */
#define SETTLED 4800 /* behind the clock: nothing is late by so much, and no word of a pause */
#define STALE 8000  /* the last packets of a pause come at most so long after it */

static int64_t tape_at(const struct tape *tape, int64_t us)
{
	return us > tape->start_us ? (us - tape->start_us) / SAMPLE_US : 0;
}

void tape_start(struct tape *tape, const struct tape_shelf *shelf, enum amd_law law, int64_t start_us)
{
	*tape = (struct tape){.on = true, .law = law, .start_us = start_us, .shelf = *shelf};
}

/* --- blocks */

static void tape_advance(struct tape *tape)
{
	if (tape->open[0])
		tape->shelf.give(tape->shelf.arg, tape->open[0], tape->first);
	tape->open[0] = tape->open[1];
	tape->open[1] = NULL;
	tape->first++;
}

/* The block with this number; NULL: it has gone, or there is none to be had. */
static uint8_t *tape_block(struct tape *tape, uint32_t number)
{
	if (number < tape->first)
		return NULL;
	while (number > tape->first + 1)
		tape_advance(tape);
	uint8_t **block = &tape->open[number - tape->first];
	if (!*block)
		*block = tape->shelf.take(tape->shelf.arg);
	return *block;
}

void tape_turn(struct tape *tape, int64_t now_us)
{
	int64_t settled = tape_at(tape, now_us) - SETTLED;

	while (tape->on && ((int64_t)tape->first + 1) * TAPE_PAIRS <= settled)
		tape_advance(tape);
}

/* --- sound */

static int64_t tape_place(struct tape_track *track, int64_t now, uint32_t ts)
{
	int64_t at = track->at + (int32_t)(ts - track->ts);

	if (!track->anchored || at - now > SLIP || now - at > SLIP)
		at = now;
	track->anchored = true;
	track->ts = ts;
	track->at = at;
	return at;
}

/* By its own clock it is the pause's that has just ended, however late it comes. */
static bool tape_is_stale(const struct tape *tape, const struct tape_track *track, int64_t came, uint32_t ts, size_t bytes)
{
	int64_t at = track->at + (int32_t)(ts - track->ts);

	return track->anchored && at >= tape->pause - SLIP && at + (int64_t)bytes <= tape->floor && came - tape->floor < STALE;
}

static void tape_write(uint8_t *to, const uint8_t *sound, size_t count, enum amd_law from, enum amd_law law)
{
	uint8_t silence = g711_silence(law);

	if (from != law)
		g711_convert(to, sound, count, from, law);
	else
		memcpy(to, sound, count);
	for (size_t i = 0; i < count; i++)
		to[i] ^= silence;
}

void tape_put(struct tape *tape, enum tape_side side, int64_t now_us, uint32_t ts, const uint8_t *payload, size_t bytes,
	enum amd_law law)
{
	struct tape_track *track = &tape->tracks[side];
	int64_t came = tape_at(tape, now_us);

	if (!tape->on || tape->paused || tape_is_stale(tape, track, came, ts, bytes))
		return;
	int64_t at = tape_place(track, came - (int64_t)bytes, ts);
	if (at < tape->floor) {
		size_t cut = (uint64_t)(tape->floor - at) < bytes ? (size_t)(tape->floor - at) : bytes;
		payload += cut;
		bytes -= cut;
		at = tape->floor;
	}
	track->recent[track->puts++ % TAPE_RECENT] = (struct tape_put){(uint32_t)came, (uint32_t)at, (uint32_t)bytes};
	while (bytes) {
		size_t inside = (size_t)(at % TAPE_PAIRS), part = TAPE_PAIRS - inside < bytes ? TAPE_PAIRS - inside : bytes;
		uint8_t *block = tape_block(tape, (uint32_t)(at / TAPE_PAIRS));
		if (block)
			tape_write(block + side * TAPE_PAIRS + inside, payload, part, law, tape->law);
		else
			tape->lost += part;
		payload += part;
		bytes -= part;
		at += (int64_t)part;
		if (block && at > tape->end)
			tape->end = at;
	}
}

void tape_miss(struct tape *tape, size_t samples)
{
	if (tape->on && !tape->paused)
		tape->lost += samples;
}

/* --- pauses */

static size_t within_block(int64_t place)
{
	return place < 0 ? 0 : place > TAPE_PAIRS ? TAPE_PAIRS : (size_t)place;
}

static void tape_blank(struct tape *tape, unsigned side, int64_t from, int64_t to)
{
	for (unsigned i = 0; i < 2; i++) {
		int64_t begin = ((int64_t)tape->first + i) * TAPE_PAIRS;
		size_t keep = within_block(from - begin), end = within_block(to - begin);
		if (tape->open[i])
			memset(tape->open[i] + side * TAPE_PAIRS + keep, 0, end - keep);
	}
}

/* What came since the pause began, wherever its timestamps put it, and what stands behind its beginning, whenever that came. */
static void tape_blank_side(struct tape *tape, unsigned side, int64_t from)
{
	const struct tape_track *track = &tape->tracks[side];

	tape_blank(tape, side, from, INT64_MAX);
	for (unsigned i = 0; i < TAPE_RECENT; i++) {
		const struct tape_put *put = &track->recent[i];
		if (put->came >= from)
			tape_blank(tape, side, put->at, (int64_t)put->at + put->count);
	}
}

void tape_pause(struct tape *tape, int64_t at_us)
{
	if (!tape->on || tape->paused)
		return;
	tape->paused = true;
	tape->pause = tape_at(tape, at_us);
	for (unsigned side = 0; side < TAPE_SIDES; side++)
		tape_blank_side(tape, side, tape->pause);
}

/* The sample that the moment lies in belongs to the pause. */
void tape_resume(struct tape *tape, int64_t at_us)
{
	if (!tape->on || !tape->paused)
		return;
	tape->paused = false;
	tape->floor = tape_at(tape, at_us + SAMPLE_US - 1);
}

uint64_t tape_stop(struct tape *tape, int64_t now_us)
{
	int64_t length = tape_at(tape, now_us);

	if (!tape->on)
		return 0;
	tape_advance(tape);
	tape_advance(tape);
	tape->on = false;
	return (uint64_t)(length > tape->end ? length : tape->end);
}
