/* splice.c - one outgoing RTP stream made of changing sources */
#include "media/splice.h"

#include <string.h>

#define SLIP_MAX 640 /* our own frames may lag behind time by 80 ms before the timestamp jumps */

void splice_init(struct splice *splice, uint32_t ssrc, uint16_t seq, uint32_t ts)
{
	*splice = (struct splice){.ssrc = ssrc, .seq = seq, .ts_base = ts};
}

void splice_mark(struct splice *splice)
{
	splice->fresh = true;
}

void splice_rest(struct splice *splice)
{
	splice->rested = true;
}

void splice_unmap(struct splice *splice)
{
	splice->mapped = false;
}

uint32_t splice_ts(const struct splice *splice, int64_t now_us)
{
	return splice->ts_base + (uint32_t)((now_us - splice->base_us) / RTP_SAMPLE_US);
}

/* Where the next packet stands: after the last one, and not before the present. */
static uint32_t next_ts(struct splice *splice, int64_t now_us, bool steady)
{
	if (!splice->started) {
		splice->started = splice->fresh = true;
		splice->base_us = now_us;
		return splice->ts_base;
	}
	uint32_t after = splice->ts_last + splice->span_last;
	int32_t slip = (int32_t)(splice_ts(splice, now_us) - after);
	if (slip <= 0 || (steady && slip <= SLIP_MAX))
		return after;
	return after + (uint32_t)slip;
}

static void fill(struct splice *splice, uint16_t seq, uint32_t ts, struct rtp_header *out)
{
	out->seq = seq;
	out->ts = ts;
	out->ssrc = splice->ssrc;
	out->marker = splice->fresh;
	splice->fresh = false;
}

void splice_own(struct splice *splice, int64_t now_us, uint32_t span, struct rtp_header *out)
{
	uint32_t ts = next_ts(splice, now_us, !splice->mapped && !splice->rested);

	if (splice->mapped)
		splice->fresh = true;
	splice->mapped = splice->rested = false;
	splice->ts_last = ts;
	splice->span_last = span;
	fill(splice, splice->seq++, ts, out);
}

void splice_event(struct splice *splice, int64_t now_us, bool first, struct rtp_header *out)
{
	splice->mapped = false;
	if (first) {
		splice->ts_last = next_ts(splice, now_us, false);
		splice->span_last = 0;
	}
	fill(splice, splice->seq++, splice->ts_last, out);
	out->marker = first;
	splice->fresh = true; /* audio that follows is a new talkspurt */
}

static void map_peer(struct splice *splice, int64_t now_us, const struct rtp_header *in)
{
	uint32_t ts = next_ts(splice, now_us, false);

	splice->mapped = splice->fresh = true;
	splice->ts_shift = ts - in->ts;
	splice->seq_shift = (uint16_t)(splice->seq - in->seq);
	splice->seq_first = in->seq;
}

/* A long call outlives half a turn of 16 bits: the first packet of this mapping is only of interest while it is near. */
static void peer_number(struct splice *splice, uint16_t seq)
{
	splice->seq = (uint16_t)(seq + splice->seq_shift + 1);
	if ((uint16_t)(seq - splice->seq_first) > 1000)
		splice->seq_first = (uint16_t)(seq - 1000);
}

void splice_peer_run(struct splice *splice, uint16_t seq, uint32_t ts, uint32_t span)
{
	peer_number(splice, seq);
	splice->ts_last = ts + splice->ts_shift;
	splice->span_last = span;
}

bool splice_peer(
	struct splice *splice, int64_t now_us, const struct rtp_header *in, struct splice_packet what, struct rtp_header *out)
{
	if (!splice->mapped || what.restart) {
		if (what.late)
			return false;
		map_peer(splice, now_us, in);
	}
	if (what.late && (int16_t)(in->seq - splice->seq_first) < 0)
		return false;
	uint16_t seq = (uint16_t)(in->seq + splice->seq_shift);
	uint32_t ts = in->ts + splice->ts_shift;
	if (in->marker && !what.late)
		splice->fresh = true;
	if (what.late) {
		*out = (struct rtp_header){.seq = seq, .ts = ts, .ssrc = splice->ssrc, .marker = in->marker};
		return true;
	}
	peer_number(splice, in->seq);
	if (what.span || ts != splice->ts_last)
		splice->span_last = what.span;
	splice->ts_last = ts;
	fill(splice, seq, ts, out);
	return true;
}

void splice_skip(struct splice *splice, uint16_t seq)
{
	if (!splice->mapped || (uint16_t)(seq + splice->seq_shift) != splice->seq)
		return;
	splice->seq_shift--;
	splice->seq_first = (uint16_t)(seq + 1);
}
