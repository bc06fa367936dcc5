/* test_rtp.c - RTP and RTCP: parsing, numbering, jitter, reports */
#include "base/err.h"
#include "media/rtcp.h"
#include "media/rtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <string.h>

static void test_header_round_trip(void **state)
{
	struct rtp_header in = {.type = 101, .marker = true, .seq = 0xfedc, .ts = 0x89abcdef, .ssrc = 0xdeadbeef}, out;
	uint8_t packet[RTP_HEAD + 4] = {0};

	(void)state;
	rtp_build(packet, &in);
	assert_int_equal(rtp_parse(packet, sizeof(packet), &out), 0);
	assert_int_equal(out.type, 101);
	assert_true(out.marker);
	assert_int_equal(out.seq, 0xfedc);
	assert_int_equal(out.ts, 0x89abcdef);
	assert_int_equal(out.ssrc, 0xdeadbeef);
	assert_int_equal(out.payload_at, 12);
	assert_int_equal(out.payload_bytes, 4);
}

/* Two contributors, an extension of one word, three bytes of padding: the payload is what lies between. */
static void test_payload_between_extension_and_padding(void **state)
{
	uint8_t packet[12 + 8 + 8 + 5 + 3] = {0xb2, 8};
	struct rtp_header out;

	(void)state;
	packet[12 + 8 + 3] = 1;
	packet[sizeof(packet) - 1] = 3;
	assert_int_equal(rtp_parse(packet, sizeof(packet), &out), 0);
	assert_int_equal(out.payload_at, 28);
	assert_int_equal(out.payload_bytes, 5);
	packet[12 + 8 + 3] = 200; /* an extension longer than the packet */
	assert_int_equal(rtp_parse(packet, sizeof(packet), &out), ERR_SYNTAX);
	packet[12 + 8 + 3] = 1;
	packet[sizeof(packet) - 1] = 9; /* more padding than payload */
	assert_int_equal(rtp_parse(packet, sizeof(packet), &out), ERR_SYNTAX);
	packet[sizeof(packet) - 1] = 0;
	assert_int_equal(rtp_parse(packet, sizeof(packet), &out), ERR_SYNTAX);
	assert_int_equal(rtp_parse(packet, 11, &out), ERR_SYNTAX);
	packet[0] = 0x40;
	assert_int_equal(rtp_parse(packet, sizeof(packet), &out), ERR_SYNTAX);
}

static enum rtp_arrival note(struct rtp_source *source, uint16_t seq, uint32_t ssrc)
{
	struct rtp_header header = {.seq = seq, .ts = seq * 160u, .ssrc = ssrc};

	return rtp_note(source, &header);
}

static void test_numbers_wrap_and_losses_are_counted(void **state)
{
	struct rtp_source source = {0};

	(void)state;
	for (uint32_t i = 0; i < 70000; i++) {
		if (i % 1000 == 999)
			continue;
		assert_int_equal(note(&source, (uint16_t)(65000 + i), 7), RTP_NEXT);
	}
	assert_int_equal(rtp_lost(&source), 69); /* the last one is not missed yet */
	assert_int_equal(rtp_seq_highest(&source), 65000 + 69998);
	assert_int_equal(rtp_lost_fraction(&source), 0); /* below 1/256 */
}

static void test_order_duplicates_and_gaps(void **state)
{
	struct rtp_source source = {0};

	(void)state;
	assert_int_equal(note(&source, 65534, 7), RTP_NEXT);
	assert_int_equal(note(&source, 2, 7), RTP_NEXT);
	assert_int_equal(source.gap, 3);
	assert_int_equal(note(&source, 2, 7), RTP_DUPLICATE);
	assert_int_equal(note(&source, 65535, 7), RTP_LATE);
	assert_int_equal(note(&source, 65535, 7), RTP_DUPLICATE);
	assert_int_equal(note(&source, 65534, 7), RTP_DUPLICATE);
	assert_int_equal(rtp_lost(&source), 2);
	assert_int_equal(note(&source, 3, 7), RTP_NEXT);
	assert_int_equal(source.gap, 0);
	assert_int_equal(rtp_lost_fraction(&source), 2 * 256 / 6);
	assert_int_equal(rtp_lost_fraction(&source), 0);
}

static void test_jumps_need_a_second_packet(void **state)
{
	struct rtp_source source = {0};

	(void)state;
	note(&source, 100, 7);
	note(&source, 103, 7);
	assert_int_equal(note(&source, 40000, 7), RTP_SUSPECT);
	assert_int_equal(note(&source, 104, 7), RTP_NEXT); /* one stray packet changes nothing */
	assert_int_equal(note(&source, 40001, 7), RTP_SUSPECT);
	assert_int_equal(note(&source, 40002, 7), RTP_RESTART);
	assert_int_equal(note(&source, 40003, 7), RTP_NEXT);
	assert_int_equal(rtp_lost(&source), 2); /* kept over the restart */
	assert_int_equal(note(&source, 5, 8), RTP_RESTART);
	assert_int_equal(source.ssrc, 8);
}

/* The estimator of A.8 against its own recurrence in real numbers. */
static void test_jitter(void **state)
{
	struct rtp_source source = {0};
	double expected = 0;
	int64_t before_us = 0;

	(void)state;
	for (int i = 0; i < 500; i++) {
		int64_t late_us = i * 7919 % 11 * 1000;
		rtp_note_time(&source, (uint32_t)i * 160, INT64_C(1790000000000000) + i * 20000 + late_us);
		if (i) {
			double d = (double)(late_us - before_us);
			expected += ((d < 0 ? -d : d) - expected) / 16;
		}
		before_us = late_us;
	}
	assert_true(expected > 1000);
	assert_in_range(rtp_jitter_us(&source), (uint32_t)(expected * 0.95), (uint32_t)(expected * 1.05));
}

/* --- RTCP */

static struct rtcp_report sample_report(void)
{
	return (struct rtcp_report){
		.sender = true,
		.ssrc = 0x11223344,
		.ntp = rtcp_ntp(INT64_C(1790000000500000)),
		.rtp_ts = 12345,
		.packets = 678,
		.octets = 90123,
		.has_block = true,
		.block = {.ssrc = 0x55667788,
			.fraction = 64,
			.lost = -3,
			.seq_highest = 0x10002,
			.jitter = 17,
			.lsr = 5,
			.dlsr = 6},
	};
}

static void assert_same_block(const struct rtcp_block *a, const struct rtcp_block *b)
{
	assert_true(a->ssrc == b->ssrc && a->fraction == b->fraction && a->lost == b->lost);
	assert_true(a->seq_highest == b->seq_highest && a->jitter == b->jitter && a->lsr == b->lsr && a->dlsr == b->dlsr);
}

static void test_report_round_trip(void **state)
{
	uint8_t packet[RTCP_BYTES_MAX];
	struct rtcp_report in = sample_report();
	struct rtcp_seen out;

	(void)state;
	for (int sender = 0; sender < 2; sender++) {
		in.sender = sender;
		size_t bytes = rtcp_build(packet, &in, "0123456789abcdef@outdial", sender);
		assert_int_equal(bytes % 4, 0);
		assert_true(rtp_is_rtcp(packet, bytes));
		assert_int_equal(rtcp_parse(packet, bytes, 0x55667788, &out), 0);
		assert_true(out.has_report);
		assert_int_equal(out.bye, sender);
		assert_int_equal(out.report.sender, sender);
		assert_int_equal(out.report.ssrc, in.ssrc);
		assert_true(!sender || (out.report.ntp == in.ntp && out.report.octets == in.octets));
		assert_true(out.report.has_block);
		assert_same_block(&out.report.block, &in.block);
		assert_int_equal(rtcp_parse(packet, bytes, 1, &out), 0);
		assert_false(out.report.has_block); /* it speaks about another source */
	}
}

static void test_lying_lengths_are_refused(void **state)
{
	uint8_t packet[RTCP_BYTES_MAX];
	struct rtcp_report in = sample_report();
	struct rtcp_seen out;
	size_t bytes = rtcp_build(packet, &in, "name", true);

	(void)state;
	for (size_t cut = 0; cut < bytes; cut++) {
		if (cut == 52 || cut == 52 + 16) /* whole packets of the compound */
			continue;
		assert_int_equal(rtcp_parse(packet, cut, 0, &out), ERR_SYNTAX);
	}
	packet[0] |= 31; /* 31 report blocks in room for one */
	assert_int_equal(rtcp_parse(packet, bytes, 0, &out), ERR_SYNTAX);
}

static void test_ntp_and_round_trip_time(void **state)
{
	int64_t sent_us = INT64_C(1790000000250000);
	struct rtcp_block block = {.lsr = rtcp_ntp_middle(rtcp_ntp(sent_us)), .dlsr = 65536};

	(void)state;
	assert_int_equal(rtcp_ntp(sent_us) >> 32, 1790000000 + UINT64_C(2208988800));
	assert_int_equal((uint32_t)rtcp_ntp(sent_us), 0x40000000);
	assert_in_range(rtcp_rtt_us(&block, sent_us + 1000000 + 30000), 29950, 30050);
	assert_int_equal(rtcp_rtt_us(&block, sent_us), 0); /* it cannot have come back before it was held for a second */
	block.lsr = 0;
	assert_int_equal(rtcp_rtt_us(&block, sent_us), 0);
}

static void test_rtp_and_rtcp_on_one_port(void **state)
{
	uint8_t packet[12] = {0x80, 200};

	(void)state;
	assert_true(rtp_is_rtcp(packet, 12));
	packet[1] = 0x80 | 101; /* marker and a telephone event: 229 */
	assert_false(rtp_is_rtcp(packet, 12));
	packet[1] = 0x80 | 8;
	assert_false(rtp_is_rtcp(packet, 12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_round_trip),
		cmocka_unit_test(test_payload_between_extension_and_padding),
		cmocka_unit_test(test_numbers_wrap_and_losses_are_counted),
		cmocka_unit_test(test_order_duplicates_and_gaps),
		cmocka_unit_test(test_jumps_need_a_second_packet),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_report_round_trip),
		cmocka_unit_test(test_lying_lengths_are_refused),
		cmocka_unit_test(test_ntp_and_round_trip_time),
		cmocka_unit_test(test_rtp_and_rtcp_on_one_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
