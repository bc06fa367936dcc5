/*
 * rtcp.h - RTCP reports (pure: no I/O, no clock, no allocation)
 *
 * What    Builds the compound packet of one source (SR or RR, at most one report block, SDES CNAME, optional BYE) and picks out
 * of a received compound what concerns us. Units   ntp: 32.32 fixed seconds since 1900; lsr and dlsr 1/65536 s, as on the wire.
 * Errors  rtcp_parse: ERR_SYNTAX when a length or a version does not hold; what was read before is not reported.
 * Thread  the caller's.
 * Source  RFC 3550 6.4 - 6.6, 6.2 (interval), A.3.
 */
#ifndef OUTDIAL_MEDIA_RTCP_H
#define OUTDIAL_MEDIA_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCP_BYTES_MAX 128 /* of what rtcp_build() writes */

struct rtcp_block {
	uint32_t ssrc;
	uint8_t fraction; /* lost since the last report, 1/256 */
	int32_t lost;     /* 24 bits, signed */
	uint32_t seq_highest, jitter, lsr, dlsr;
};

struct rtcp_report {
	bool sender; /* SR with what follows; else RR */
	uint32_t ssrc;
	uint64_t ntp;
	uint32_t rtp_ts, packets, octets;
	bool has_block;
	struct rtcp_block block;
};

/* What a received compound says. */
struct rtcp_seen {
	struct rtcp_report report; /* its first SR or RR; the block about us, if there is one */
	bool has_report, bye;
};

/* `out` takes RTCP_BYTES_MAX; cname at most 31 characters. Answers the length. */
size_t rtcp_build(uint8_t *out, const struct rtcp_report *report, const char *cname, bool bye);
/* `our_ssrc` chooses the report block. */
int rtcp_parse(const uint8_t *packet, size_t bytes, uint32_t our_ssrc, struct rtcp_seen *seen);

/* Microseconds since the Unix epoch as NTP time. */
uint64_t rtcp_ntp(int64_t now_us);
/* The middle 32 bits. */
uint32_t rtcp_ntp_middle(uint64_t ntp);
/* Round trip from a block that reached us now; 0 when it answers no report or time went backwards. */
uint32_t rtcp_rtt_us(const struct rtcp_block *block, int64_t now_us);

#endif
