/*
 * rtp.h - RTP packets and what a receiver knows of their source (pure: no I/O, no clock, no allocation)
 *
 * What    Parses and builds the fixed header; tracks sequence numbers, loss, order and jitter of one source.
 * Shape   struct rtp_header holds host values; struct rtp_source is the caller's memory, all zero at the start.
 * Units   timestamps in 1/8000 s; *_us microseconds.
 * Errors  rtp_parse: ERR_SYNTAX. Nothing else fails.
 * Thread  the caller's.
 * Source  RFC 3550 5.1, A.1 (sequence), A.3 (loss), A.8 (jitter); RFC 5761 4 (telling RTCP from RTP on one port).
 */
#ifndef OUTDIAL_MEDIA_RTP_H
#define OUTDIAL_MEDIA_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTP_HEAD 12
#define RTP_HZ 8000
#define RTP_SAMPLE_US 125

struct rtp_header {
	uint8_t type; /* payload type, 0..127 */
	bool marker;
	uint16_t seq;
	uint32_t ts, ssrc;
	size_t payload_at, payload_bytes; /* parsing: past contributors and extension, without padding */
};

enum rtp_arrival {
	RTP_NEXT,      /* in order; source.gap packets before it are missing */
	RTP_LATE,      /* out of order, seen for the first time */
	RTP_DUPLICATE, /* seen before */
	RTP_SUSPECT,   /* the sequence jumped; the next one decides whether the source has restarted */
	RTP_RESTART,   /* new SSRC, or the jump was real: numbering starts afresh */
};

struct rtp_source {
	bool started;
	uint32_t ssrc, ts; /* ts of the newest packet */
	uint16_t seq_max, seq_suspect;
	uint32_t cycles, seq_base; /* cycles: wraps << 16 */
	uint64_t window;           /* bit n: seq_max - n was received */
	uint16_t gap;
	uint64_t received, lost_before; /* of this numbering; of the numberings before it */
	uint32_t expected_told, received_told;
	uint32_t transit, jitter_q4; /* jitter in timestamp units, times 16 */
	bool transit_known, suspected;
};

int rtp_parse(const uint8_t *packet, size_t bytes, struct rtp_header *header);
/* Writes RTP_HEAD bytes: version 2, no padding, extension or contributors. */
void rtp_build(uint8_t *packet, const struct rtp_header *header);
/* True when a datagram on a port shared by both is RTCP. */
bool rtp_is_rtcp(const uint8_t *packet, size_t bytes);

/* Notes a packet that is known to be from the right sender. */
enum rtp_arrival rtp_note(struct rtp_source *source, const struct rtp_header *header);
/* Notes `count` packets, the next ones in order, of which the last had this timestamp. */
void rtp_note_run(struct rtp_source *source, uint16_t count, uint32_t ts);
/* Notes the arrival time of an audio packet; not for telephone events, whose timestamp stands still. */
void rtp_note_time(struct rtp_source *source, uint32_t ts, int64_t now_us);

uint64_t rtp_lost(const struct rtp_source *source);
uint32_t rtp_jitter_us(const struct rtp_source *source);
/* Extended highest sequence number, and the share lost since the last call in 1/256, for a report block. */
uint32_t rtp_seq_highest(const struct rtp_source *source);
uint8_t rtp_lost_fraction(struct rtp_source *source);

#endif
