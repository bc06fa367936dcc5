/*
 * test_carry_tape.c - what the kernel sends on is taped and classified by turns as it would have been packet by packet (pure)
 *
 * The kernel is a stand-in for inkernel.c: it keeps the last packets of each way, as the real one does, and time is what the test
 * says.
 */
#include "base/clock.h"
#include "base/prng.h"
#include "media/g711.h"
#include "media/inkernel.h"
#include "media/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PORT 20000 /* of leg 0; leg 1 has the next even one */
#define START INT64_C(1000000)
#define BLOCKS 32
#define SAMPLES (BLOCKS * TAPE_PAIRS)

/* --- the stand-in */

struct inkernel {
	struct {
		struct inkernel_way way;
		bool open;
		uint16_t seq;
		uint32_t ts;
		struct inkernel_sound kept[INKERNEL_BEHIND];
		bool writing; /* the newest */
	} slots[2];
};

static struct inkernel kernel;

int inkernel_open(struct inkernel **out, const char *devices, uint32_t reels, char why[INKERNEL_WHY])
{
	(void)out, (void)devices, (void)reels, (void)why;
	return -1;
}

void inkernel_close(struct inkernel *k)
{
	(void)k;
}

uint32_t inkernel_reels(const struct inkernel *k)
{
	(void)k;
	return 2;
}

int inkernel_begin(struct inkernel *k, const struct inkernel_way *way)
{
	int slot = (addr_port(&way->local) - PORT) / 2;

	k->slots[slot].way = *way;
	k->slots[slot].seq = way->seq;
	k->slots[slot].ts = way->ts;
	k->slots[slot].open = true;
	return 0;
}

void inkernel_look(const struct inkernel *k, uint16_t port, struct inkernel_seen *seen)
{
	int slot = (port - PORT) / 2;

	*seen = (struct inkernel_seen){.seq = k->slots[slot].seq, .ts = k->slots[slot].ts};
}

void inkernel_end(struct inkernel *k, uint16_t port, struct inkernel_seen *seen)
{
	k->slots[(port - PORT) / 2].open = false;
	inkernel_look(k, port, seen);
}

int inkernel_sound(const struct inkernel *k, uint16_t port, uint16_t seq, struct inkernel_sound *out)
{
	int slot = (port - PORT) / 2;
	uint16_t younger = (uint16_t)(k->slots[slot].seq - seq);

	*out = k->slots[slot].kept[seq % INKERNEL_BEHIND];
	return younger >= INKERNEL_BEHIND ? -ENODATA : !younger && k->slots[slot].writing ? -EAGAIN : 0;
}

/* --- tapes, laid out as the file would be */

struct reel {
	struct tape tape;
	uint8_t sides[TAPE_SIDES][SAMPLES];
};

static struct reel want, got;

static uint8_t *take(void *arg)
{
	(void)arg;
	return calloc(1, TAPE_BLOCK_BYTES);
}

static void give(void *arg, uint8_t *block, uint32_t number)
{
	struct reel *reel = arg;

	assert_true(number < BLOCKS);
	for (int side = 0; side < TAPE_SIDES; side++)
		memcpy(reel->sides[side] + (size_t)number * TAPE_PAIRS, block + side * TAPE_PAIRS, TAPE_PAIRS);
	free(block);
}

static void reel_start(struct reel *reel, struct tape *tape)
{
	struct tape_shelf shelf = {.take = take, .give = give, .arg = reel};

	memset(reel->sides, 0, sizeof(reel->sides));
	tape_start(tape, &shelf, AMD_ULAW, clock_of_steady(START));
}

/* --- two legs that talk; the first one's talk is recorded */

static struct worker worker;
static struct stream legs[2];
static struct prng prng;
static int64_t now_us; /* of the steady clock */

/* Half a second through sockets, so that the next turn begins. */
static void calm(struct stream *leg, struct stream *to)
{
	struct rtp_header in = {.seq = leg->source.seq_max, .ts = leg->source.ts, .ssrc = 7, .payload_bytes = 160}, out;

	for (int i = 0; i < 30; i++) {
		in.seq++;
		in.ts += 160;
		(void)rtp_note(&leg->source, &in);
		carry_note(leg, &in, true);
		(void)splice_peer(&to->talk.splice, 20000 * i, &in, (struct splice_packet){.span = 160}, &out);
	}
}

static void at(int64_t us)
{
	now_us = us;
	worker.now_us = clock_of_steady(us);
}

static void turn(int leg)
{
	carry_turn(&legs[leg]);
	tape_turn(&legs[leg].tape, worker.now_us);
}

static void turns(void)
{
	turn(0);
	turn(1);
}

static int open_talk(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	memset(legs, 0, sizeof(legs));
	worker = (struct worker){.streams = legs, .streams_max = 2, .workers = 1, .kernel = &kernel};
	prng_seed(&prng, 1);
	g711_init();
	assert_int_equal(uring_alloc(&worker.uring, 64), 0);
	assert_int_equal(spsc_init(&worker.events, 256, sizeof(struct media_event)), 0);
	for (int i = 0; i < 2; i++) {
		struct stream *s = &legs[i];
		s->worker = &worker;
		s->handle = 1 + (uint64_t)i;
		s->peer = 2 - (uint64_t)i;
		s->remote_known = s->latch.aimed = s->latch.locked = s->talk.bridged_told = true;
		(void)addr_parse(&s->local, "127.0.0.1", (uint16_t)(PORT + 2 * i));
		(void)addr_parse(&s->latch.source, "127.0.0.1", (uint16_t)(30000 + i));
		s->latch.aim = s->latch.source;
		s->source = (struct rtp_source){.started = true, .ssrc = 7, .seq_max = 65500, .ts = 0xfffff000 + (uint32_t)i};
		splice_init(&s->talk.splice, 9, 500, 77);
	}
	at(START);
	reel_start(&got, &legs[0].tape);
	reel_start(&want, &want.tape);
	calm(&legs[0], &legs[1]);
	calm(&legs[1], &legs[0]);
	return 0;
}

static int close_talk(void **state)
{
	(void)state;
	spsc_fini(&worker.events);
	(void)tape_stop(&legs[0].tape, clock_of_steady(now_us));
	(void)tape_stop(&want.tape, clock_of_steady(now_us));
	uring_free(worker.uring);
	return 0;
}

/* A packet comes to the kernel now; it is on the other tape at once. */
static void packet(int leg)
{
	uint16_t seq = ++kernel.slots[leg].seq;
	struct inkernel_sound *sound = &kernel.slots[leg].kept[seq % INKERNEL_BEHIND];

	assert_true(kernel.slots[leg].open);
	kernel.slots[leg].ts += 160;
	*sound = (struct inkernel_sound){.ts = kernel.slots[leg].ts, .heard_us = now_us};
	for (size_t i = 0; i < sizeof(sound->payload); i++)
		sound->payload[i] = (uint8_t)prng_u64(&prng);
	uint32_t shift = leg ? legs[0].talk.splice.ts_shift : 0;
	enum tape_side side = leg ? TAPE_SENT : TAPE_HEARD;
	tape_put(&want.tape, side, clock_of_steady(now_us), sound->ts + shift, sound->payload, 160, AMD_ULAW);
}

static void packets(int count)
{
	while (count--) {
		at(now_us + 20000);
		packet(0);
		packet(1);
	}
}

/* Equal but for a hole in each side. */
static void tapes_are_equal(int64_t hole, size_t hole_samples)
{
	uint64_t pairs = tape_stop(&want.tape, clock_of_steady(now_us));

	assert_true(pairs > 0 && pairs == tape_stop(&legs[0].tape, clock_of_steady(now_us)));
	for (int side = 0; side < TAPE_SIDES; side++)
		memset(want.sides[side] + hole, 0, hole_samples);
	assert_memory_equal(got.sides, want.sides, sizeof(got.sides));
}

/* --- tests */

/* Half a minute with jitter, turns at any time, and standstills shorter than what the kernel keeps. */
static void test_turns_make_the_same_tape(void **state)
{
	(void)state;
	turns();
	assert_true(legs[0].carry.on && legs[1].carry.on);
	for (int i = 0; i < 1500; i++) {
		at(START + 20000 * i + (int64_t)(prng_u64(&prng) % 15000));
		packet(i % 2);
		packet((i + 1) % 2);
		if (i % 100 > 24)
			turn((int)(prng_u64(&prng) % 2));
		if (i % 100 > 24)
			tape_turn(&want.tape, worker.now_us);
	}
	carry_end(&legs[0]);
	assert_false(legs[0].carry.on || legs[1].carry.on);
	assert_int_equal(worker.carried_packets, 3000);
	assert_int_equal(worker.carried_missed, 0);
	assert_true(legs[0].tape.lost == 0);
	tapes_are_equal(0, 0);
}

/* What the kernel keeps no more is silence, and counted; what it keeps is in its place. */
static void test_a_long_standstill(void **state)
{
	(void)state;
	turns();
	packets(10);
	turns();
	int64_t hole = want.tape.tracks[TAPE_HEARD].at + 160;
	packets(INKERNEL_BEHIND + 8);
	turns();
	assert_int_equal(worker.carried_missed, 16);
	assert_true(legs[0].tape.lost == 16 * 160);
	packets(3);
	carry_end(&legs[1]);
	tapes_are_equal(hole, 8 * 160);
}

/*
 * A core that stands still between counting a packet and laying it down: a later turn finds it; at the end nobody waits for long.
 */
static void test_a_packet_on_its_way(void **state)
{
	(void)state;
	turns();
	packets(5);
	kernel.slots[0].writing = true;
	turns();
	assert_int_equal(worker.carried_packets, 10);
	packets(3);
	kernel.slots[0].writing = false;
	turns();
	assert_int_equal(worker.carried_missed, 0);
	packets(1);
	int64_t hole = want.tape.tracks[TAPE_SENT].at;
	kernel.slots[1].writing = true;
	carry_end(&legs[0]);
	assert_int_equal(worker.carried_missed, 1);
	assert_true(legs[0].tape.lost == 160);
	memset(want.tape.open[0] + TAPE_PAIRS + hole, 0, 160);
	tapes_are_equal(0, 0);
}

/* What came before the pause is on the tape, though no turn had taken it; of the pause the kernel lays nothing down. */
static void test_a_pause(void **state)
{
	(void)state;
	turns();
	packets(10);
	turns();
	packets(7);
	carry_end(&legs[0]); /* as each command begins */
	tape_pause(&legs[0].tape, clock_of_steady(now_us));
	tape_pause(&want.tape, clock_of_steady(now_us));
	calm(&legs[0], &legs[1]);
	calm(&legs[1], &legs[0]);
	turns();
	for (int leg = 0; leg < 2; leg++) {
		assert_true(legs[leg].carry.on);
		assert_int_equal(kernel.slots[leg].way.reel, 0);
	}
	packets(50);
	turns();
	carry_end(&legs[0]);
	tape_resume(&legs[0].tape, clock_of_steady(now_us));
	tape_resume(&want.tape, clock_of_steady(now_us));
	calm(&legs[0], &legs[1]);
	calm(&legs[1], &legs[0]);
	turns();
	packets(9);
	carry_end(&legs[1]);
	assert_int_equal(worker.carried_missed, 0);
	tapes_are_equal(0, 0);
}

/* Sound is laid down where somebody tapes it, in the reel of who hears it, and nowhere else. */
static void test_whose_reel(void **state)
{
	(void)state;
	turns();
	assert_int_equal(kernel.slots[0].way.reel, 1);
	assert_int_equal(kernel.slots[1].way.reel, 2);
	carry_end(&legs[0]);
	(void)tape_stop(&legs[0].tape, clock_of_steady(now_us));
	calm(&legs[0], &legs[1]);
	calm(&legs[1], &legs[0]);
	turns();
	assert_true(legs[0].carry.on && legs[1].carry.on);
	assert_int_equal(kernel.slots[0].way.reel + kernel.slots[1].way.reel, 0);
	packets(3);
	turns();
	assert_int_equal(worker.carried_packets, 6);
}

/* Of a packet that is longer than a cell nothing can be laid down: it is carried only while nobody wants it. */
static void test_long_packets(void **state)
{
	struct amd_options options = {.ring_ms = -1};

	(void)state;
	assert_true(carry_may(&legs[0], &legs[1]) && carry_may(&legs[1], &legs[0]));
	legs[0].carry.bytes = legs[1].carry.bytes = 240;
	assert_false(carry_may(&legs[0], &legs[1]) || carry_may(&legs[1], &legs[0]));
	tape_pause(&legs[0].tape, worker.now_us);
	assert_true(carry_may(&legs[0], &legs[1]) && carry_may(&legs[1], &legs[0]));
	listen_start(&legs[0], &options);
	assert_false(carry_may(&legs[0], &legs[1]));
	assert_true(carry_may(&legs[1], &legs[0]));
}

/*
 * Talk for half a minute and more: the classifier hears it as another one does that is given each packet, and then no sound is
 * wanted any more.
 */
static void test_a_classifier(void **state)
{
	struct amd_options options = {.ring_ms = -1, .silence_ms_max = 1000};
	static struct stream other;
	int heard = 0;

	(void)state;
	(void)tape_stop(&legs[0].tape, worker.now_us);
	other = legs[0];
	listen_start(&legs[0], &options);
	listen_start(&other, &options);
	turns();
	assert_int_equal(kernel.slots[0].way.reel, 1);
	assert_int_equal(kernel.slots[1].way.reel, 0);
	for (; legs[0].carry.on && heard < 3000; heard++) {
		packets(1);
		struct inkernel_sound *sound = &kernel.slots[0].kept[kernel.slots[0].seq % INKERNEL_BEHIND];
		memset(sound->payload, heard % 7 ? 0xff : 0xf0, 160);
		listen_packet(&other, sound->payload, 160, AMD_ULAW, sound->ts);
		if (heard % 3 == 0) {
			turns();
			assert_memory_equal(&legs[0].listen.amd, &other.listen.amd, sizeof(struct amd));
		}
	}
	assert_in_range(heard, 1500, 2000);
	assert_true(amd_over(&legs[0].listen.amd));
	calm(&legs[0], &legs[1]);
	turns();
	assert_true(legs[0].carry.on && !legs[0].listen.on);
	assert_int_equal(kernel.slots[0].way.reel, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_turns_make_the_same_tape, open_talk, close_talk),
		cmocka_unit_test_setup_teardown(test_a_long_standstill, open_talk, close_talk),
		cmocka_unit_test_setup_teardown(test_a_packet_on_its_way, open_talk, close_talk),
		cmocka_unit_test_setup_teardown(test_a_pause, open_talk, close_talk),
		cmocka_unit_test_setup_teardown(test_whose_reel, open_talk, close_talk),
		cmocka_unit_test_setup_teardown(test_long_packets, open_talk, close_talk),
		cmocka_unit_test_setup_teardown(test_a_classifier, open_talk, close_talk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
