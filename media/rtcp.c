/* rtcp.c - RTCP reports */
#include "media/rtcp.h"

#include "base/err.h"

#include <string.h>

#define NTP_UNIX UINT64_C(2208988800) /* seconds from 1900 to 1970 */

enum { RTCP_SR = 200, RTCP_RR = 201, RTCP_SDES = 202, RTCP_BYE = 203 };

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint8_t *put32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (24 - 8 * i));
	return p + 4;
}

uint64_t rtcp_ntp(int64_t now_us)
{
	uint64_t us = (uint64_t)now_us;

	return (us / 1000000 + NTP_UNIX) << 32 | (us % 1000000 << 32) / 1000000;
}

uint32_t rtcp_ntp_middle(uint64_t ntp)
{
	return (uint32_t)(ntp >> 16);
}

uint32_t rtcp_rtt_us(const struct rtcp_block *block, int64_t now_us)
{
	if (!block->lsr)
		return 0;
	int32_t turn = (int32_t)(rtcp_ntp_middle(rtcp_ntp(now_us)) - block->lsr - block->dlsr);
	return turn > 0 && turn < 60 << 16 ? (uint32_t)((uint64_t)turn * 1000000 >> 16) : 0;
}

/* --- building */

static void put_head(uint8_t *start, const uint8_t *end, unsigned count, unsigned type)
{
	size_t words = (size_t)(end - start) / 4 - 1;

	start[0] = (uint8_t)(0x80 | count);
	start[1] = (uint8_t)type;
	start[2] = (uint8_t)(words >> 8);
	start[3] = (uint8_t)words;
}

static uint8_t *put_block(uint8_t *p, const struct rtcp_block *block)
{
	p = put32(p, block->ssrc);
	p = put32(p, (uint32_t)block->fraction << 24 | ((uint32_t)block->lost & 0xffffff));
	p = put32(p, block->seq_highest);
	p = put32(p, block->jitter);
	p = put32(p, block->lsr);
	return put32(p, block->dlsr);
}

static uint8_t *put_report(uint8_t *start, const struct rtcp_report *report)
{
	uint8_t *p = put32(start + 4, report->ssrc);

	if (report->sender) {
		p = put32(p, (uint32_t)(report->ntp >> 32));
		p = put32(p, (uint32_t)report->ntp);
		p = put32(p, report->rtp_ts);
		p = put32(p, report->packets);
		p = put32(p, report->octets);
	}
	if (report->has_block)
		p = put_block(p, &report->block);
	put_head(start, p, report->has_block, report->sender ? RTCP_SR : RTCP_RR);
	return p;
}

static uint8_t *put_cname(uint8_t *start, uint32_t ssrc, const char *cname)
{
	size_t length = strnlen(cname, 31);
	uint8_t *p = put32(start + 4, ssrc);

	*p++ = 1;
	*p++ = (uint8_t)length;
	memcpy(p, cname, length);
	p += length;
	do /* the list of items ends with a zero byte and goes on to the next word */
		*p++ = 0;
	while ((p - start) % 4);
	put_head(start, p, 1, RTCP_SDES);
	return p;
}

size_t rtcp_build(uint8_t *out, const struct rtcp_report *report, const char *cname, bool bye)
{
	uint8_t *p = put_report(out, report);

	p = put_cname(p, report->ssrc, cname);
	if (bye) {
		uint8_t *end = put32(p + 4, report->ssrc);
		put_head(p, end, 1, RTCP_BYE);
		p = end;
	}
	return (size_t)(p - out);
}

/* --- parsing */

static void get_block(const uint8_t *p, struct rtcp_block *block)
{
	*block = (struct rtcp_block){
		.ssrc = get32(p),
		.fraction = p[4],
		.lost = (int32_t)(get32(p + 4) << 8) >> 8,
		.seq_highest = get32(p + 8),
		.jitter = get32(p + 12),
		.lsr = get32(p + 16),
		.dlsr = get32(p + 20),
	};
}

static int get_report(const uint8_t *p, size_t bytes, uint32_t our_ssrc, struct rtcp_seen *seen)
{
	bool sender = p[1] == RTCP_SR;
	size_t at = sender ? 28 : 8;
	unsigned count = p[0] & 31;

	if (at + 24 * count > bytes)
		return ERR_SYNTAX;
	struct rtcp_report *report = &seen->report;
	*report = (struct rtcp_report){.sender = sender, .ssrc = get32(p + 4)};
	if (sender) {
		report->ntp = (uint64_t)get32(p + 8) << 32 | get32(p + 12);
		report->rtp_ts = get32(p + 16);
		report->packets = get32(p + 20);
		report->octets = get32(p + 24);
	}
	for (; count; count--, at += 24) {
		if (get32(p + at) == our_ssrc) {
			get_block(p + at, &report->block);
			report->has_block = true;
		}
	}
	seen->has_report = true;
	return 0;
}

int rtcp_parse(const uint8_t *packet, size_t bytes, uint32_t our_ssrc, struct rtcp_seen *out)
{
	struct rtcp_seen seen = {0};
	size_t at = 0;

	if (bytes < 8)
		return ERR_SYNTAX;
	while (at < bytes) {
		const uint8_t *p = packet + at;
		size_t length = bytes - at < 4 ? 0 : 4 * ((size_t)p[2] << 8 | p[3]) + 4;
		if (!length || length > bytes - at || p[0] >> 6 != 2)
			return ERR_SYNTAX;
		bool report = p[1] == RTCP_SR || p[1] == RTCP_RR;
		if (report && (length < 8 || (!seen.has_report && get_report(p, length, our_ssrc, &seen))))
			return ERR_SYNTAX;
		if (p[1] == RTCP_BYE)
			seen.bye = true;
		at += length;
	}
	*out = seen;
	return 0;
}
