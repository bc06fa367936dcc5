/* test_carry.c - which streams may be left to the kernel; what it did is taken over as if it had come packet by packet (pure) */
#include "media/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <string.h>

static struct worker worker;
static struct stream from, to;

/* Half a second of an ordinary conversation. */
static void ordinary(void)
{
	memset(&worker, 0, sizeof(worker));
	for (int i = 0; i < 2; i++) {
		struct stream *s = i ? &to : &from;
		memset(s, 0, sizeof(*s));
		s->worker = &worker;
		s->handle = 1 + (uint64_t)i;
		s->peer = 2 - (uint64_t)i;
		s->remote_known = s->latch.aimed = s->latch.locked = s->talk.bridged_told = true;
		s->remote.law = AMD_ALAW;
		s->remote.payload_type = 8;
		(void)addr_parse(&s->local, "127.0.0.1", (uint16_t)(20000 + 2 * i));
		(void)addr_parse(&s->latch.source, "127.0.0.1", (uint16_t)(30000 + i));
		s->latch.aim = s->latch.source;
	}
	for (uint16_t seq = 0; seq < 30; seq++) {
		struct rtp_header in = {.type = 8, .seq = seq, .ts = seq * 160u, .ssrc = 7, .payload_bytes = 160}, out;
		(void)rtp_note(&from.source, &in);
		carry_note(&from, &in, true);
		(void)splice_peer(&to.talk.splice, 20000 * seq, &in, (struct splice_packet){.span = 160}, &out);
	}
	assert_true(carry_may(&from, &to));
}

#define FORBIDS(change)                                                                                                          \
	do {                                                                                                                     \
		ordinary();                                                                                                      \
		change;                                                                                                          \
		assert_false(carry_may(&from, &to));                                                                             \
	} while (0)

static void hears(uint8_t type, size_t bytes, bool plain)
{
	struct rtp_header in = {.type = type, .payload_bytes = bytes};

	carry_note(&from, &in, plain);
}

static void test_who_may_not(void **state)
{
	static struct crypt *const secret = (struct crypt *)&worker;

	(void)state;
	FORBIDS(from.closing = true);
	FORBIDS(to.closing = true);
	FORBIDS(from.remote_known = false);
	FORBIDS(to.remote_known = false);
	FORBIDS(from.peer = 3);
	FORBIDS(to.peer = 0);
	FORBIDS(from.latch.locked = false);
	FORBIDS(to.latch.locked = false);
	FORBIDS(to.remote.on_hold = true);
	FORBIDS((void)addr_parse(&to.latch.aim, "0.0.0.0", 30001));
	FORBIDS((void)addr_parse(&from.local, "::1", 20000));
	FORBIDS(from.rx = secret);
	FORBIDS(to.tx = secret);
	FORBIDS(to.remote.payload_type = 0);
	FORBIDS(from.remote.payload_type = 0);
	FORBIDS(to.remote.law = AMD_ULAW);
	FORBIDS(from.tape.on = true); /* this kernel lays nothing down */
	FORBIDS(to.tape.on = true);
	FORBIDS(worker.probe = (struct media_probe *)&worker);
	FORBIDS(to.talk.queued = 1);
	FORBIDS(to.talk.dtmf.count = 1);
	FORBIDS(to.talk.bridged_told = false);
	FORBIDS(splice_unmap(&to.talk.splice));
	FORBIDS(splice_mark(&to.talk.splice));
	FORBIDS(splice_skip(&to.talk.splice, 30));
	FORBIDS(hears(8, 160, false)); /* late, a gap, a digit */
	FORBIDS(hears(0, 160, true));
	FORBIDS(hears(8, 240, true));
}

/* What concerns the other direction only, and what is over. */
static void test_who_may(void **state)
{
	struct amd_options options = {.ring_ms = -1};
	static struct crypt *const secret = (struct crypt *)&worker;

	(void)state;
	ordinary();
	from.tx = to.rx = secret;
	from.remote.on_hold = true;
	from.talk.queued = 1;
	assert_true(carry_may(&from, &to));
	from.tape.on = from.tape.paused = to.tape.on = to.tape.paused = true; /* nothing is wanted */
	assert_true(carry_may(&from, &to));
	from.listen.on = true;
	amd_init(&from.listen.amd, &options);
	assert_false(carry_may(&from, &to));
}

/* A classifier has said all that counts half a minute after its verdict. */
static void test_a_classifier_ends(void **state)
{
	struct amd_options options = {.ring_ms = -1, .silence_ms_max = 1000};
	struct amd_event heard[AMD_EVENTS_MAX];
	uint8_t quiet[AMD_FRAME];
	int frames = 0, verdict = 0;

	(void)state;
	ordinary();
	memset(quiet, 0xff, sizeof(quiet));
	from.listen.on = true;
	amd_init(&from.listen.amd, &options);
	while (!carry_may(&from, &to) && frames < 3000) {
		(void)amd_feed(&from.listen.amd, quiet, heard);
		frames++;
		if (!verdict && amd_verdict(&from.listen.amd) != AMD_NONE)
			verdict = frames;
	}
	assert_in_range(verdict, 1, 100);
	assert_int_equal(frames - verdict, 30000 / 20 + 1);
}

/* --- what went on in the kernel */

static void test_a_run_of_numbers(void **state)
{
	static const uint16_t runs[] = {1, 2, 63, 64, 65, 1000, 40000, 5};
	struct rtp_source one = {0}, many = {0};
	struct rtp_header in = {.seq = 65000, .ssrc = 7};

	(void)state;
	(void)rtp_note(&one, &in);
	many = one;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		for (int n = 0; n < runs[i]; n++) {
			in.seq++;
			in.ts += 160;
			assert_int_equal(rtp_note(&one, &in), RTP_NEXT);
		}
		rtp_note_run(&many, runs[i], in.ts);
		assert_memory_equal(&one, &many, sizeof(one));
		in.seq += 3; /* two are lost, and everything is seen in between */
		assert_int_equal(rtp_note(&one, &in), RTP_NEXT);
		assert_int_equal(rtp_note(&many, &in), RTP_NEXT);
	}
	assert_int_equal(rtp_lost(&many), 2 * sizeof(runs) / sizeof(runs[0]));
}

static void test_a_run_of_a_peer(void **state)
{
	static const uint16_t runs[] = {1, 30, 999, 1000, 1001, 30000, 60000, 2};
	struct splice one = {0}, many = {0};
	struct rtp_header in = {.seq = 65000, .ts = 0xfffff000}, out_one = {0}, out_many = {0};
	const struct splice_packet voice = {.span = 160};

	(void)state;
	splice_init(&one, 9, 65500, 0xffffff00);
	splice_init(&many, 9, 65500, 0xffffff00);
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		assert_true(splice_peer(&one, 0, &in, voice, &out_one));
		assert_true(splice_peer(&many, 0, &in, voice, &out_many));
		assert_memory_equal(&out_one, &out_many, sizeof(out_one));
		for (int n = 0; n < runs[i]; n++) {
			in.seq++;
			in.ts += 160;
			assert_true(splice_peer(&one, 0, &in, voice, &out_one));
		}
		splice_peer_run(&many, in.seq, in.ts, 160);
		assert_memory_equal(&one, &many, sizeof(one));
		in.seq++;
		in.ts += 160;
		splice_own(&one, 20000, 160, &out_one);
		splice_own(&many, 20000, 160, &out_many);
		assert_memory_equal(&out_one, &out_many, sizeof(out_one));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_may_not),
		cmocka_unit_test(test_who_may),
		cmocka_unit_test(test_a_classifier_ends),
		cmocka_unit_test(test_a_run_of_numbers),
		cmocka_unit_test(test_a_run_of_a_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
