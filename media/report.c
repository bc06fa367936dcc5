/* report.c - RTCP of a stream: reports every 5 s or so, a farewell, and what the other side reports */
#include "media/rtcp.h"
#include "media/stream.h"

#include <string.h>

#define INTERVAL_US 5000000

/* Half to one and a half of the interval, so that many streams do not speak at once (RFC 3550, 6.3.1). */
void report_plan(struct stream *stream)
{
	int64_t wait_us = (int64_t)(INTERVAL_US * (0.5 + prng_unit(&stream->worker->prng)));

	stream->report.due_us = stream->worker->now_us + wait_us;
}

static void report_block(struct stream *stream, struct rtcp_block *block)
{
	struct rtp_source *source = &stream->source;
	uint64_t lost = rtp_lost(source);

	*block = (struct rtcp_block){
		.ssrc = source->ssrc,
		.fraction = rtp_lost_fraction(source),
		.lost = lost > 0x7fffff ? 0x7fffff : (int32_t)lost,
		.seq_highest = rtp_seq_highest(source),
		.jitter = source->jitter_q4 >> 4,
		.lsr = stream->report.lsr,
	};
	if (block->lsr)
		block->dlsr = (uint32_t)(((stream->worker->now_us - stream->report.lsr_us) << 16) / 1000000);
}

static void report_fill(struct stream *stream, struct rtcp_report *report)
{
	const struct splice *splice = &stream->talk.splice;

	*report = (struct rtcp_report){
		.sender = stream->stats.tx_packets != stream->talk.told,
		.ssrc = splice->ssrc,
		.ntp = rtcp_ntp(stream->worker->now_us),
		.rtp_ts = splice_ts(splice, stream->worker->now_us),
		.packets = (uint32_t)stream->stats.tx_packets,
		.octets = (uint32_t)stream->talk.octets,
		.has_block = stream->source.started,
	};
	if (report->has_block)
		report_block(stream, &report->block);
	stream->talk.told = stream->stats.tx_packets;
}

void report_send(struct stream *stream, bool bye)
{
	const union addr *rtp_to = latch_to(&stream->latch);
	bool shared = !stream->remote.rtcp_port;
	int fd = shared ? stream->fd : stream->rtcp_fd;
	struct rtcp_report report;

	if (!rtp_to || fd < 0)
		return;
	union addr to = *rtp_to;
	if (!shared)
		addr_set_port(&to, stream->report.port ? stream->report.port : stream->remote.rtcp_port);
	report_fill(stream, &report);
	uint8_t *packet = uring_send_buffer(stream->worker->uring);
	size_t bytes = rtcp_build(packet, &report, stream->worker->cname, bye);
	if (stream->tx && crypt_rtcp(stream->tx, packet, &bytes))
		return;
	uring_send(stream->worker->uring, fd, bytes, &to.sa);
	stream->stats.rtcp_tx++;
}

void report_turn(struct stream *stream)
{
	if (!stream->remote_known || stream->worker->now_us < stream->report.due_us)
		return;
	report_send(stream, false);
	report_plan(stream);
}

int report_heard(struct stream *stream, const uint8_t *packet, size_t bytes)
{
	int64_t now_us = stream->worker->now_us;
	struct rtcp_seen seen;

	int err = rtcp_parse(packet, bytes, stream->talk.splice.ssrc, &seen);

	if (err)
		return err;
	stream->stats.rtcp_rx++;
	if (seen.has_report && seen.report.sender) {
		stream->report.lsr = rtcp_ntp_middle(seen.report.ntp);
		stream->report.lsr_us = now_us;
	}
	if (!seen.report.has_block)
		return 0;
	stream->stats.remote_lost_prob = seen.report.block.fraction / 256.0;
	uint32_t rtt_us = rtcp_rtt_us(&seen.report.block, now_us);
	if (rtt_us)
		stream->stats.rtt_us = rtt_us;
	return 0;
}
