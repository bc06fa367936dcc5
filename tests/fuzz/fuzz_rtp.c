/* fuzz_rtp.c - RTP packets as a stream takes them: header, numbering, events, splicing into the outgoing source */
#include "media/dtmf.h"
#include "media/rtp.h"
#include "media/splice.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct receiver {
	struct rtp_source source;
	struct splice splice;
	struct dtmf_rx dtmf;
	int64_t now_us;
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void receive(struct receiver *to, const uint8_t *packet, size_t bytes)
{
	struct rtp_header in, out;
	struct dtmf_event event;

	if (rtp_is_rtcp(packet, bytes) || rtp_parse(packet, bytes, &in))
		return;
	check(in.payload_at >= RTP_HEAD && in.payload_at + in.payload_bytes <= bytes);
	uint64_t lost = rtp_lost(&to->source);
	enum rtp_arrival arrival = rtp_note(&to->source, &in);
	check(arrival != RTP_RESTART || rtp_lost(&to->source) >= lost);
	rtp_note_time(&to->source, in.ts, to->now_us);
	if (!dtmf_parse(packet + in.payload_at, in.payload_bytes, &event))
		(void)dtmf_note(&to->dtmf, &event, in.ts, to->now_us);
	struct splice_packet what = {
		.restart = arrival == RTP_RESTART, .late = arrival == RTP_LATE, .span = (uint32_t)in.payload_bytes};
	uint16_t next = to->splice.seq;
	if (splice_peer(&to->splice, to->now_us, &in, what, &out) && !what.late && arrival == RTP_RESTART)
		check(out.seq == next);
	(void)rtp_lost_fraction(&to->source);
	(void)rtp_jitter_us(&to->source);
}

/* Records: one byte of length, one byte of milliseconds since the packet before, the packet. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct receiver to = {.now_us = INT64_C(1790000000000000)};
	uint8_t packet[256];

	splice_init(&to.splice, 1, 2, 3);
	while (size >= 2) {
		size_t bytes = data[0] < size - 2 ? data[0] : size - 2;
		to.now_us += data[1] * 1000;
		memcpy(packet, data + 2, bytes);
		receive(&to, packet, bytes);
		data += 2 + bytes;
		size -= 2 + bytes;
	}
	return 0;
}
