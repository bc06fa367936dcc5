/* test_tape.c - a recording while its call lasts: places, blocks, pauses (REC_1) */
#include "base/prng.h"
#include "media/g711.h"
#include "media/tape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define START 1000000
#define BLOCKS 64
#define SAMPLES (BLOCKS * TAPE_PAIRS)

/* A shelf that lays the blocks out as the file would have them. */
struct shelf {
	unsigned open, open_max, limit;
	uint8_t *sides[TAPE_SIDES]; /* SAMPLES each */
};

static uint8_t *take(void *arg)
{
	struct shelf *shelf = arg;

	if (shelf->open == shelf->limit)
		return NULL;
	if (++shelf->open > shelf->open_max)
		shelf->open_max = shelf->open;
	return calloc(1, TAPE_BLOCK_BYTES);
}

static void give(void *arg, uint8_t *block, uint32_t number)
{
	struct shelf *shelf = arg;

	assert_true(number < BLOCKS);
	for (unsigned side = 0; side < TAPE_SIDES; side++)
		memcpy(shelf->sides[side] + (size_t)number * TAPE_PAIRS, block + side * TAPE_PAIRS, TAPE_PAIRS);
	shelf->open--;
	free(block);
}

static void begin(struct shelf *shelf, struct tape *tape)
{
	struct tape_shelf calls = {.take = take, .give = give, .arg = shelf};

	*shelf = (struct shelf){.limit = 2, .sides = {calloc(1, SAMPLES), calloc(1, SAMPLES)}};
	g711_init();
	tape_start(tape, &calls, AMD_ALAW, START);
}

static uint64_t end(struct shelf *shelf, struct tape *tape, int64_t now_us)
{
	uint64_t pairs = tape_stop(tape, now_us);

	assert_int_equal(shelf->open, 0);
	return pairs;
}

static void fini(struct shelf *shelf)
{
	free(shelf->sides[0]);
	free(shelf->sides[1]);
}

/* 20 ms of one byte, which no silence is. */
static void put(struct tape *tape, enum tape_side side, int64_t now_us, uint32_t ts, uint8_t byte)
{
	uint8_t payload[160];

	memset(payload, byte ^ g711_silence(AMD_ALAW), sizeof(payload));
	tape_put(tape, side, now_us, ts, payload, sizeof(payload), AMD_ALAW);
}

static bool all(const uint8_t *from, size_t count, uint8_t byte)
{
	for (size_t i = 0; i < count; i++)
		if (from[i] != byte)
			return false;
	return true;
}

static void sides_stand_on_one_clock_and_losses_are_silence(void **state)
{
	struct shelf shelf;
	struct tape tape;

	(void)state;
	begin(&shelf, &tape);
	for (int i = 1; i <= 300; i++) { /* six seconds; the other side begins at 1 s and loses a packet */
		if (i % 100 != 50)
			put(&tape, TAPE_HEARD, START + i * 20000, (uint32_t)i * 160 + 7, 1);
		if (i > 50)
			put(&tape, TAPE_SENT, START + i * 20000 + 3000, (uint32_t)i * 160 + 99, 2);
		tape_turn(&tape, START + i * 20000);
	}
	assert_int_equal(end(&shelf, &tape, START + 6000000), 48024);
	assert_true(all(shelf.sides[0], 49 * 160, 1) && all(shelf.sides[0] + 49 * 160, 160, 0) &&
		    all(shelf.sides[0] + 50 * 160, 99 * 160, 1));
	assert_true(all(shelf.sides[1], 50 * 160 + 24, 0) && all(shelf.sides[1] + 50 * 160 + 24, 250 * 160, 2));
	assert_int_equal(tape.lost, 0);
	assert_int_equal(shelf.open_max, 2);
	fini(&shelf);
}

static void jitter_within_200_ms_moves_nothing(void **state)
{
	struct shelf shelf;
	struct tape tape;

	(void)state;
	begin(&shelf, &tape);
	for (int i = 1; i <= 200; i++)
		put(&tape, TAPE_HEARD, START + i * 20000 + (i % 9) * 15000 * (i > 1), (uint32_t)i * 160, (uint8_t)(1 + i % 100));
	end(&shelf, &tape, START + 4200000);
	for (int i = 1; i <= 200; i++)
		assert_true(all(shelf.sides[0] + (i - 1) * 160, 160, (uint8_t)(1 + i % 100)));
	fini(&shelf);
}

static void a_restart_of_the_timestamps_is_anchored_again(void **state)
{
	struct shelf shelf;
	struct tape tape;

	(void)state;
	begin(&shelf, &tape);
	put(&tape, TAPE_HEARD, START + 20000, 5, 1);
	put(&tape, TAPE_HEARD, START + 500000, 4000000000u, 2);
	end(&shelf, &tape, START + 1000000);
	assert_true(all(shelf.sides[0], 160, 1) && all(shelf.sides[0] + 160, 24 * 160 - 160, 0) &&
		    all(shelf.sides[0] + 24 * 160, 160, 2));
	fini(&shelf);
}

static void the_other_law_is_converted(void **state)
{
	struct shelf shelf;
	struct tape tape;
	uint8_t payload[160];

	(void)state;
	begin(&shelf, &tape);
	memset(payload, g711_encode(AMD_ULAW, 5000), sizeof(payload));
	tape_put(&tape, TAPE_HEARD, START + 20000, 0, payload, sizeof(payload), AMD_ULAW);
	end(&shelf, &tape, START + 20000);
	assert_in_range(g711_decode(AMD_ALAW, shelf.sides[0][80] ^ g711_silence(AMD_ALAW)), 4800, 5200);
	fini(&shelf);
}

static void without_blocks_the_sound_is_counted_as_lost(void **state)
{
	struct shelf shelf;
	struct tape tape;

	(void)state;
	begin(&shelf, &tape);
	shelf.limit = 0;
	for (int i = 1; i <= 200; i++) { /* the disk takes blocks again after 2 s */
		shelf.limit = i > 100 ? 2 : 0;
		put(&tape, TAPE_HEARD, START + i * 20000, (uint32_t)i * 160, 3);
	}
	end(&shelf, &tape, START + 4000000);
	assert_int_equal(tape.lost, 100 * 160);
	assert_true(all(shelf.sides[0], 100 * 160, 0) && all(shelf.sides[0] + 100 * 160, 100 * 160, 3));
	fini(&shelf);
}

static void an_hour_on_hold_takes_no_block(void **state)
{
	struct shelf shelf;
	struct tape tape;

	(void)state;
	begin(&shelf, &tape);
	put(&tape, TAPE_SENT, START + 20000, 0, 1);
	for (int i = 0; i < 100; i++)
		tape_turn(&tape, START + i * 1000000);
	assert_int_equal(shelf.open, 0);
	assert_int_equal(end(&shelf, &tape, START + 100000000), 800000);
	fini(&shelf);
}

/*
 * Packets of both sides come early, late and not at all while pauses begin and end at any time, of which the tape is told up to
 * 150 ms later. What came in a pause is marked with 2 and must be nowhere; in the time of a pause there must be nothing; what
 * came outside of one must be there.
 */
static void one_round(struct prng *prng)
{
	struct shelf shelf;
	struct tape tape;
	int64_t pause[64][2], told_us = 0; /* 0: there is no pause */
	unsigned pauses = 0, kept = 0;

	begin(&shelf, &tape);
	for (int64_t now = START; now < START + 60000000; now += 5000) {
		if (!told_us && prng_u64(prng) % 300 == 0 && pauses < 64) {
			pause[pauses][0] = now - (int64_t)(prng_u64(prng) % 3000);
			if (pauses && pause[pauses][0] < pause[pauses - 1][1])
				pause[pauses][0] = now;
			told_us = now + (int64_t)(prng_u64(prng) % 31) * 5000;
		}
		if (told_us == now) {
			tape_pause(&tape, pause[pauses][0]);
		} else if (tape.paused && prng_u64(prng) % 200 == 0) {
			pause[pauses++][1] = now;
			tape_resume(&tape, now);
			told_us = 0;
		}
		for (unsigned side = 0; side < TAPE_SIDES; side++) {
			int64_t late_us = (int64_t)(prng_u64(prng) % 120000);
			if (now % 20000 != side * 5000 || prng_u64(prng) % 20 == 0)
				continue;
			put(&tape, (enum tape_side)side, now, (uint32_t)((now - late_us - START) / 125), told_us ? 2 : 1);
			kept += !told_us;
		}
		tape_turn(&tape, now);
	}
	if (told_us && !tape.paused)
		tape_pause(&tape, pause[pauses][0]);
	if (told_us)
		pause[pauses++][1] = START + 60000000;
	uint64_t pairs = end(&shelf, &tape, START + 60000000);
	for (unsigned side = 0; side < TAPE_SIDES; side++) {
		assert_null(memchr(shelf.sides[side], 2, pairs));
		for (unsigned i = 0; i < pauses; i++) {
			int64_t from = (pause[i][0] - START) / 125, to = (pause[i][1] - START) / 125;
			assert_true(all(shelf.sides[side] + from, (size_t)(to - from), 0));
		}
	}
	assert_true(kept > 100 && memchr(shelf.sides[0], 1, pairs));
	fini(&shelf);
}

static void REC_1_nothing_of_a_pause_is_kept(void **state)
{
	struct prng prng;

	(void)state;
	prng_seed(&prng, 20261122);
	for (int i = 0; i < 60; i++)
		one_round(&prng);
}

/* What went to the disk before is two blocks behind; both open ones are blanked from the moment on. */
static void REC_1_what_was_put_ahead_of_the_clock_is_blanked(void **state)
{
	struct shelf shelf;
	struct tape tape;

	(void)state;
	begin(&shelf, &tape);
	for (int i = 1; i <= 110; i++) /* anchored by a packet that was late: the others come 150 ms ahead of their place */
		put(&tape, TAPE_HEARD, START + i * 20000 - (i > 1 ? 150000 : 0), (uint32_t)i * 160, 1);
	tape_pause(&tape, START + 2010000);
	tape_resume(&tape, START + 3000000);
	end(&shelf, &tape, START + 4000000);
	assert_true(all(shelf.sides[0], 16080, 1));
	assert_true(all(shelf.sides[0] + 16080, 16000, 0));
	fini(&shelf);
}

/*
 * A machine that stood still: what came in the pause is handed over after it, by its timestamps the pause's; then the talk goes
 * on.
 */
static void REC_1_what_comes_after_a_standstill_is_the_pauses(void **state)
{
	struct shelf shelf;
	struct tape tape;

	(void)state;
	begin(&shelf, &tape);
	for (int i = 1; i <= 100; i++)
		put(&tape, TAPE_HEARD, START + i * 20000, (uint32_t)i * 160, 1);
	tape_pause(&tape, START + 2000125);
	for (int i = 101; i <= 150; i++)
		put(&tape, TAPE_HEARD, START + i * 20000, (uint32_t)i * 160, 2);
	tape_resume(&tape, START + 4000000);
	for (int i = 151; i <= 200; i++)
		put(&tape, TAPE_HEARD, START + 4900000, (uint32_t)i * 160, 2);
	for (int i = 251; i <= 300; i++)
		put(&tape, TAPE_HEARD, START + i * 20000, (uint32_t)i * 160, 3);
	end(&shelf, &tape, START + 6000000);
	assert_true(all(shelf.sides[0], 100 * 160, 1));
	assert_true(all(shelf.sides[0] + 100 * 160, 150 * 160, 0));
	assert_true(all(shelf.sides[0] + 250 * 160, 50 * 160, 3));
	fini(&shelf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sides_stand_on_one_clock_and_losses_are_silence),
		cmocka_unit_test(jitter_within_200_ms_moves_nothing),
		cmocka_unit_test(a_restart_of_the_timestamps_is_anchored_again),
		cmocka_unit_test(the_other_law_is_converted),
		cmocka_unit_test(without_blocks_the_sound_is_counted_as_lost),
		cmocka_unit_test(an_hour_on_hold_takes_no_block),
		cmocka_unit_test(REC_1_nothing_of_a_pause_is_kept),
		cmocka_unit_test(REC_1_what_was_put_ahead_of_the_clock_is_blanked),
		cmocka_unit_test(REC_1_what_comes_after_a_standstill_is_the_pauses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
