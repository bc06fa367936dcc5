/* test_media_splice.c - one outgoing source made of many, latching, key presses */
#include "media/dtmf.h"
#include "media/latch.h"
#include "media/splice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <string.h>

#define T0 INT64_C(1790000000000000)

static struct rtp_header own(struct splice *splice, int64_t ms)
{
	struct rtp_header out = {0};

	splice_own(splice, T0 + ms * 1000, 160, &out);
	return out;
}

static bool peer(struct splice *splice, int64_t ms, uint16_t seq, uint32_t ts, bool late, struct rtp_header *out)
{
	struct rtp_header in = {.seq = seq, .ts = ts, .ssrc = 99};

	return splice_peer(splice, T0 + ms * 1000, &in, (struct splice_packet){.late = late, .span = 160}, out);
}

static void test_silence_bridge_silence(void **state)
{
	struct splice splice;
	struct rtp_header out;

	(void)state;
	splice_init(&splice, 5, 65534, 0xffffff00);
	out = own(&splice, 0);
	assert_true(out.marker);
	assert_int_equal(out.seq, 65534);
	assert_int_equal(out.ts, 0xffffff00);
	out = own(&splice, 21); /* a late tick does not show */
	assert_false(out.marker);
	assert_int_equal(out.ts, 0xffffffa0);

	assert_true(peer(&splice, 33, 7000, 500000, false, &out)); /* sooner than a frame after our last */
	assert_true(out.marker);
	assert_int_equal(out.seq, 0);
	assert_int_equal(out.ts, 0x40);
	assert_int_equal(out.ssrc, 5);
	assert_true(peer(&splice, 53, 7001, 500160, false, &out));
	assert_false(out.marker);
	assert_int_equal(out.seq, 1);
	assert_int_equal(out.ts, 0x40 + 160);

	out = own(&splice, 273); /* 220 ms later: the timestamp has followed time */
	assert_true(out.marker);
	assert_int_equal(out.seq, 2);
	assert_int_equal(out.ts, 0xffffff00 + 273 * 8);
}

/* Packets of our own are left out: no hole in the numbers, and the next one stands where time is, however short the rest was. */
static void test_rests_take_time_and_no_numbers(void **state)
{
	(void)state;
	struct splice splice;
	struct rtp_header first, second, third;

	splice_init(&splice, 7, 65535, 0xffffff00);
	first = own(&splice, 0);
	splice_rest(&splice);
	second = own(&splice, 40);
	splice_rest(&splice);
	third = own(&splice, 240);
	assert_int_equal((uint16_t)(second.seq - first.seq), 1);
	assert_int_equal(second.ts - first.ts, 320);
	assert_int_equal((uint16_t)(third.seq - first.seq), 2);
	assert_int_equal(third.ts - first.ts, 1920);
	assert_false(third.marker);
	assert_int_equal(own(&splice, 260).ts - first.ts, 2080);
}

static void test_the_peers_losses_and_order_stay_visible(void **state)
{
	struct splice splice;
	struct rtp_header out;

	(void)state;
	splice_init(&splice, 5, 100, 0);
	own(&splice, 0);
	assert_true(peer(&splice, 20, 10, 1600, false, &out));
	assert_int_equal(out.seq, 101);
	assert_true(peer(&splice, 80, 13, 2080, false, &out));
	assert_int_equal(out.seq, 104);
	assert_true(peer(&splice, 81, 11, 1760, true, &out));
	assert_int_equal(out.seq, 102);
	assert_int_equal(out.ts, 160 + 160);
	assert_false(peer(&splice, 82, 9, 1440, true, &out)); /* from before the bridge: its number is taken */
	assert_int_equal(own(&splice, 100).seq, 105);
}

static void test_skipped_packets_leave_no_hole(void **state)
{
	struct splice splice;
	struct rtp_header out;

	(void)state;
	splice_init(&splice, 5, 100, 0);
	peer(&splice, 0, 10, 0, false, &out);
	splice_skip(&splice, 11);
	splice_skip(&splice, 12);
	assert_true(peer(&splice, 60, 13, 480, false, &out));
	assert_int_equal(out.seq, 101);
	assert_int_equal(out.ts, 480);
}

/*
 * Closing up moves the numbers of what comes late from before it onto ones that were sent: one number twice is two packets under
 * one SRTP index.
 */
static void test_nothing_late_from_before_a_skip(void **state)
{
	struct splice splice;
	struct rtp_header out;

	(void)state;
	splice_init(&splice, 5, 100, 0);
	peer(&splice, 0, 10, 0, false, &out);
	assert_true(peer(&splice, 40, 12, 320, false, &out)); /* 11 is on its way */
	assert_int_equal(out.seq, 102);
	splice_skip(&splice, 13);
	assert_false(peer(&splice, 61, 11, 160, true, &out));
	assert_true(peer(&splice, 80, 14, 640, false, &out));
	assert_int_equal(out.seq, 103);
	assert_true(peer(&splice, 120, 16, 960, false, &out));
	assert_true(peer(&splice, 121, 15, 800, true, &out)); /* from behind it: as ever */
	assert_int_equal(out.seq, 104);
}

static void test_own_digits_between_audio(void **state)
{
	struct splice splice;
	struct rtp_header first, more, after;

	(void)state;
	splice_init(&splice, 5, 100, 0);
	own(&splice, 0);
	splice_event(&splice, T0 + 20000, true, &first);
	splice_event(&splice, T0 + 40000, false, &more);
	after = own(&splice, 180);
	assert_true(first.marker);
	assert_int_equal(first.ts, 160);
	assert_int_equal(more.ts, 160);
	assert_int_equal(more.seq, 102);
	assert_true(after.marker);
	assert_int_equal(after.ts, 180 * 8);
}

/* 200,000 packets of one peer: more than three turns of the numbers, late packets all along. */
static void test_long_calls(void **state)
{
	struct splice splice;
	struct rtp_header out;

	(void)state;
	splice_init(&splice, 5, 0, 0);
	for (uint32_t i = 0; i < 200000; i++) {
		assert_true(peer(&splice, i * 20, (uint16_t)i, i * 160, false, &out));
		assert_int_equal(out.seq, (uint16_t)i);
		assert_int_equal(out.ts, i * 160);
		if (i % 1000 == 500)
			assert_true(peer(&splice, i * 20, (uint16_t)(i - 2), (i - 2) * 160, true, &out));
	}
}

/* --- latch */

static union addr at(const char *ip, uint16_t port)
{
	union addr addr;

	assert_int_equal(addr_parse(&addr, ip, port), 0);
	return addr;
}

static void test_the_described_source_latches_at_once(void **state)
{
	struct latch latch = {0};
	union addr aim = at("192.0.2.1", 4000), other = at("192.0.2.1", 4002);

	(void)state;
	assert_false(latch_look(&latch, &aim, T0));
	assert_null(latch_to(&latch));
	latch_aim(&latch, &aim);
	assert_true(addr_equal(latch_to(&latch), &aim));
	assert_int_equal(latch_take(&latch, &aim, T0), LATCH_NEW);
	assert_int_equal(latch_take(&latch, &aim, T0 + 20000), LATCH_ACCEPT);
	assert_int_equal(latch_take(&latch, &other, T0 + 20000), LATCH_REFUSE);
	latch_aim(&latch, &aim); /* the same description again */
	assert_int_equal(latch_take(&latch, &other, T0 + 40000), LATCH_REFUSE);
}

static void test_a_translated_source_has_to_insist(void **state)
{
	struct latch latch = {0};
	union addr aim = at("10.0.0.1", 4000), nat = at("198.51.100.7", 61000), third = at("203.0.113.9", 1);

	(void)state;
	latch_aim(&latch, &aim);
	assert_int_equal(latch_take(&latch, &nat, T0), LATCH_REFUSE);
	assert_int_equal(latch_take(&latch, &third, T0 + 10000), LATCH_REFUSE); /* two at once: the count begins again */
	assert_int_equal(latch_take(&latch, &nat, T0 + 20000), LATCH_REFUSE);
	assert_int_equal(latch_take(&latch, &nat, T0 + 40000), LATCH_REFUSE);
	assert_int_equal(latch_take(&latch, &nat, T0 + 60000), LATCH_NEW);
	assert_true(addr_equal(latch_to(&latch), &nat));
	assert_int_equal(latch_take(&latch, &aim, T0 + 80000), LATCH_REFUSE);
	/* silent for long: the described source may come back */
	assert_int_equal(latch_take(&latch, &aim, T0 + 60000 + LATCH_SILENT_US), LATCH_NEW);
	union addr moved = at("10.0.0.2", 4000);
	latch_aim(&latch, &moved);
	assert_int_equal(latch_take(&latch, &moved, T0 + 70000 + LATCH_SILENT_US), LATCH_NEW);
}

static void test_addresses(void **state)
{
	union addr any = at("0.0.0.0", 4000), six = at("2001:db8::1", 4000), same = at("2001:db8:0::1", 4001);
	struct latch latch = {0};

	(void)state;
	latch_aim(&latch, &any); /* on hold the old way */
	assert_null(latch_to(&latch));
	assert_true(addr_any(&any));
	assert_false(addr_any(&six));
	assert_true(addr_same_ip(&six, &same));
	assert_false(addr_equal(&six, &same));
	assert_false(addr_same_ip(&six, &any));
	assert_int_equal(addr_parse(&any, "localhost", 1), -22);
}

/* --- key presses */

static bool press(struct dtmf_rx *rx, uint8_t code, bool end, uint32_t ts, int64_t ms)
{
	struct dtmf_event event = {.code = code, .end = end};

	return dtmf_note(rx, &event, ts, T0 + ms * 1000);
}

static void test_a_press_is_told_once(void **state)
{
	struct dtmf_rx rx = {0};

	(void)state;
	assert_true(press(&rx, 5, false, 1000, 0));
	assert_false(press(&rx, 5, false, 1000, 20));
	for (int i = 0; i < 3; i++)
		assert_false(press(&rx, 5, true, 1000, 40 + i * 20));
	assert_true(press(&rx, 5, false, 2280, 90));    /* the same key again */
	assert_false(press(&rx, 5, true, 1000, 95));    /* a straggler of the first */
	assert_true(press(&rx, 6, true, 3560, 300));    /* only its end has arrived */
	assert_false(press(&rx, 16, false, 5000, 500)); /* a hook flash is no digit */
}

static void test_a_growing_timestamp_is_one_press(void **state)
{
	struct dtmf_rx rx = {0};

	(void)state;
	assert_true(press(&rx, 1, false, 0, 0));
	for (uint32_t i = 1; i < 10; i++)
		assert_false(press(&rx, 1, i == 9, i * 160, i * 20));
	assert_true(press(&rx, 1, false, 1760, 220));
}

static void test_digits_are_paced(void **state)
{
	struct dtmf_tx tx = {0};
	struct dtmf_event event, parsed;
	uint8_t bytes[DTMF_BYTES];
	int firsts = 0, ends = 0, pauses = 0;

	(void)state;
	dtmf_queue(&tx, "7 d");
	assert_int_equal(tx.count, 2);
	for (int i = 0; i < 16; i++) {
		enum dtmf_step step = dtmf_next(&tx, &event);
		firsts += step == DTMF_FIRST;
		pauses += step == DTMF_PAUSE;
		ends += step != DTMF_PAUSE && event.end;
		assert_int_equal(dtmf_digit(event.code), i < 8 ? '7' : 'D');
		dtmf_build(bytes, &event);
		assert_int_equal(dtmf_parse(bytes, sizeof(bytes), &parsed), 0);
		assert_true(parsed.code == event.code && parsed.end == event.end);
		assert_true(parsed.volume == event.volume && parsed.duration == event.duration);
		if (i % 8 == 2)
			assert_int_equal(event.duration, 480);
		if (event.end)
			assert_int_equal(event.duration, 800);
	}
	assert_int_equal(firsts, 2);
	assert_int_equal(ends, 6);
	assert_int_equal(pauses, 2);
	assert_int_equal(dtmf_next(&tx, &event), DTMF_IDLE);
	dtmf_queue(&tx, "12345678901234567890");
	assert_int_equal(tx.count, DTMF_DIGITS_MAX);
	assert_int_equal(dtmf_code('x'), -1);
	assert_int_equal(dtmf_code(0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence_bridge_silence),
		cmocka_unit_test(test_rests_take_time_and_no_numbers),
		cmocka_unit_test(test_the_peers_losses_and_order_stay_visible),
		cmocka_unit_test(test_skipped_packets_leave_no_hole),
		cmocka_unit_test(test_nothing_late_from_before_a_skip),
		cmocka_unit_test(test_own_digits_between_audio),
		cmocka_unit_test(test_long_calls),
		cmocka_unit_test(test_the_described_source_latches_at_once),
		cmocka_unit_test(test_a_translated_source_has_to_insist),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_a_press_is_told_once),
		cmocka_unit_test(test_a_growing_timestamp_is_one_press),
		cmocka_unit_test(test_digits_are_paced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
