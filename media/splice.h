/*
 * splice.h - one outgoing RTP stream made of changing sources (pure: no I/O, no clock, no allocation)
 *
 * What    A leg hears silence, then a prompt, then another leg, then silence again; on the wire it is one source: one SSRC,
 * sequence numbers without holes of our making, a timestamp that follows time, the marker bit at the start of each talkspurt. How
 * Our own frames take the next number. A peer's packets keep their spacing: numbers and timestamps are shifted by a constant that
 * is fixed at the peer's first packet, so that loss and order on the peer's side stay visible to the receiver. Shape   struct
 * splice, caller's memory. Each function fills seq, ts, ssrc and marker of `out`. Units   now_us microseconds; spans in samples
 * of 1/8000 s. Thread  the caller's. Source  RFC 3550 5.1, 7.1 (translators), RFC 3551 4.1 (marker).
 */
#ifndef OUTDIAL_MEDIA_SPLICE_H
#define OUTDIAL_MEDIA_SPLICE_H

#include "media/rtp.h"

struct splice {
	uint32_t ssrc;
	uint16_t seq;        /* of the next packet */
	bool started, fresh; /* fresh: the next packet begins a talkspurt */
	uint32_t ts_base;
	int64_t base_us;
	uint32_t ts_last; /* newest timestamp that was sent, and how many samples it covered */
	uint32_t span_last;

	bool rested; /* packets of our own were left out */
	bool mapped; /* the last packet was the peer's */
	uint16_t seq_shift, seq_first;
	uint32_t ts_shift;
};

/* Random start values, given by the caller. */
void splice_init(struct splice *splice, uint32_t ssrc, uint16_t seq, uint32_t ts);
/* The next packet begins a talkspurt. */
void splice_mark(struct splice *splice);
/* A packet of our own is left out: the next one has its number, and stands where time is. */
void splice_rest(struct splice *splice);

/* One of our own packets of `span` samples. */
void splice_own(struct splice *splice, int64_t now_us, uint32_t span, struct rtp_header *out);
/* One of our own telephone-event packets: `first` starts a new event at the current time, the others repeat its timestamp. */
void splice_event(struct splice *splice, int64_t now_us, bool first, struct rtp_header *out);

/*
 * A packet of the peer. `restart`: its numbering started afresh; `late`: it is not the newest one; span 0: a telephone event.
 * False: it belongs before the switch and is to be dropped.
 */
struct splice_packet {
	bool restart, late;
	uint32_t span;
};
bool splice_peer(
	struct splice *splice, int64_t now_us, const struct rtp_header *in, struct splice_packet what, struct rtp_header *out);
/* Packets of the peer went out elsewhere as this mapping says, all in order, the last with this number, timestamp and span. */
void splice_peer_run(struct splice *splice, uint16_t seq, uint32_t ts, uint32_t span);
/* A packet of the peer that is not forwarded: its number is closed up, and what comes late from before it is dropped. */
void splice_skip(struct splice *splice, uint16_t seq);
/* The next packet of the peer starts a new mapping (another peer, or a pause). */
void splice_unmap(struct splice *splice);
/* The timestamp that stands for now, for a sender report. */
uint32_t splice_ts(const struct splice *splice, int64_t now_us);

#endif
