/* tape.c - see tape.h */
#include "media/tape.h"

#include "media/g711.h"

#include <string.h>

#define SAMPLE_US 125
#define SLIP 1600 /* 200 ms */

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
	int64_t settled = tape_at(tape, now_us) - SLIP;

	while (tape->on && ((int64_t)tape->first + 1) * TAPE_PAIRS <= settled)
		tape_advance(tape);
}

/* --- sound */

static int64_t tape_place(struct tape_track *track, int64_t now, uint32_t ts)
{
	int64_t at = track->at + (int32_t)(ts - track->ts);

	if (!track->anchored || at - now > SLIP || now - at > SLIP)
		at = now;
	*track = (struct tape_track){.anchored = true, .ts = ts, .at = at};
	return at;
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

void tape_put(struct tape *tape, enum tape_side side, int64_t now_us, uint32_t ts, const uint8_t *payload, size_t bytes, enum amd_law law)
{
	if (!tape->on || tape->paused)
		return;
	int64_t at = tape_place(&tape->tracks[side], tape_at(tape, now_us) - (int64_t)bytes, ts);
	if (at < tape->floor) {
		size_t cut = (uint64_t)(tape->floor - at) < bytes ? (size_t)(tape->floor - at) : bytes;
		payload += cut;
		bytes -= cut;
		at = tape->floor;
	}
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

/* --- pauses */

static void tape_blank(struct tape *tape, int64_t from)
{
	for (unsigned i = 0; i < 2; i++) {
		int64_t inside = from - ((int64_t)tape->first + i) * TAPE_PAIRS;
		size_t keep = inside < 0 ? 0 : inside > TAPE_PAIRS ? TAPE_PAIRS : (size_t)inside;
		for (unsigned side = 0; tape->open[i] && side < TAPE_SIDES; side++)
			memset(tape->open[i] + side * TAPE_PAIRS + keep, 0, TAPE_PAIRS - keep);
	}
}

void tape_pause(struct tape *tape, int64_t at_us)
{
	if (!tape->on || tape->paused)
		return;
	tape->paused = true;
	tape_blank(tape, tape_at(tape, at_us));
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
