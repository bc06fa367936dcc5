/* rtp.c - RTP packets and what a receiver knows of their source */
#include "media/rtp.h"

#include "base/err.h"

#include <string.h>

#define DROPOUT_MAX 3000 /* RFC 3550 A.1 */
#define MISORDER_MAX 100

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, (uint16_t)(value >> 16));
	put16(p + 2, (uint16_t)value);
}

int rtp_parse(const uint8_t *packet, size_t bytes, struct rtp_header *header)
{
	if (bytes < RTP_HEAD || packet[0] >> 6 != 2)
		return ERR_SYNTAX;
	size_t at = RTP_HEAD + 4u * (packet[0] & 15);
	if (packet[0] & 0x10) {
		if (at + 4 > bytes)
			return ERR_SYNTAX;
		at += 4 + 4u * get16(packet + at + 2);
	}
	if (at > bytes)
		return ERR_SYNTAX;
	size_t padding = packet[0] & 0x20 ? packet[bytes - 1] : 0;
	if (padding > bytes - at || ((packet[0] & 0x20) && !padding))
		return ERR_SYNTAX;
	*header = (struct rtp_header){
		.type = packet[1] & 0x7f,
		.marker = packet[1] & 0x80,
		.seq = get16(packet + 2),
		.ts = get32(packet + 4),
		.ssrc = get32(packet + 8),
		.payload_at = at,
		.payload_bytes = bytes - at - padding,
	};
	return 0;
}

void rtp_build(uint8_t *packet, const struct rtp_header *header)
{
	packet[0] = 0x80;
	packet[1] = (uint8_t)((header->marker ? 0x80 : 0) | (header->type & 0x7f));
	put16(packet + 2, header->seq);
	put32(packet + 4, header->ts);
	put32(packet + 8, header->ssrc);
}

bool rtp_is_rtcp(const uint8_t *packet, size_t bytes)
{
	return bytes >= 8 && packet[0] >> 6 == 2 && packet[1] >= 192 && packet[1] <= 223;
}

/* --- the source */

static void source_start(struct rtp_source *source, const struct rtp_header *header)
{
	uint64_t lost = rtp_lost(source);

	*source = (struct rtp_source){
		.started = true,
		.ssrc = header->ssrc,
		.ts = header->ts,
		.seq_max = header->seq,
		.seq_base = header->seq,
		.window = 1,
		.received = 1,
		.lost_before = lost,
		.jitter_q4 = source->jitter_q4,
	};
}

static enum rtp_arrival note_forward(struct rtp_source *source, const struct rtp_header *header, uint16_t ahead)
{
	if (header->seq < source->seq_max)
		source->cycles += 1u << 16;
	source->window = ahead < 64 ? source->window << ahead | 1 : 1;
	source->seq_max = header->seq;
	source->ts = header->ts;
	source->gap = (uint16_t)(ahead - 1);
	source->received++;
	return RTP_NEXT;
}

static enum rtp_arrival note_behind(struct rtp_source *source, uint16_t behind)
{
	if (behind < 64) {
		if (source->window >> behind & 1)
			return RTP_DUPLICATE;
		source->window |= UINT64_C(1) << behind;
	}
	source->received++;
	return RTP_LATE;
}

enum rtp_arrival rtp_note(struct rtp_source *source, const struct rtp_header *header)
{
	uint16_t ahead = (uint16_t)(header->seq - source->seq_max), behind = (uint16_t)-ahead;

	source->gap = 0;
	if (!source->started || header->ssrc != source->ssrc) {
		bool first = !source->started;
		source_start(source, header);
		return first ? RTP_NEXT : RTP_RESTART;
	}
	if (!ahead)
		return RTP_DUPLICATE;
	if (ahead < DROPOUT_MAX || behind <= MISORDER_MAX) {
		source->suspected = false;
		return ahead < DROPOUT_MAX ? note_forward(source, header, ahead) : note_behind(source, behind);
	}
	if (source->suspected && header->seq == source->seq_suspect) {
		source_start(source, header);
		return RTP_RESTART;
	}
	source->suspected = true;
	source->seq_suspect = (uint16_t)(header->seq + 1);
	return RTP_SUSPECT;
}

void rtp_note_run(struct rtp_source *source, uint16_t count, uint32_t ts)
{
	uint16_t seq = (uint16_t)(source->seq_max + count);

	if (seq < source->seq_max)
		source->cycles += 1u << 16;
	source->window = count < 64 ? ~(~source->window << count) : UINT64_MAX;
	source->seq_max = seq;
	source->ts = ts;
	source->received += count;
	source->gap = 0;
	source->suspected = false;
}

void rtp_note_time(struct rtp_source *source, uint32_t ts, int64_t now_us)
{
	uint32_t transit = (uint32_t)(now_us / RTP_SAMPLE_US) - ts;
	int32_t d = (int32_t)(transit - source->transit);

	source->transit = transit;
	if (!source->transit_known) {
		source->transit_known = true;
		return;
	}
	uint32_t step = d < 0 ? -(uint32_t)d : (uint32_t)d;
	if (step > RTP_HZ * 10) /* the sender's clock was set: no jitter */
		return;
	source->jitter_q4 += step - ((source->jitter_q4 + 8) >> 4);
}

uint32_t rtp_seq_highest(const struct rtp_source *source)
{
	return source->cycles + source->seq_max;
}

static uint32_t rtp_expected(const struct rtp_source *source)
{
	return source->started ? rtp_seq_highest(source) - source->seq_base + 1 : 0;
}

uint64_t rtp_lost(const struct rtp_source *source)
{
	uint64_t expected = rtp_expected(source);

	return source->lost_before + (expected > source->received ? expected - source->received : 0);
}

uint8_t rtp_lost_fraction(struct rtp_source *source)
{
	uint32_t expected = rtp_expected(source) - source->expected_told;
	uint32_t received = (uint32_t)source->received - source->received_told;

	source->expected_told += expected;
	source->received_told += received;
	if (!expected || received >= expected)
		return 0;
	uint64_t fraction = ((uint64_t)(expected - received) << 8) / expected;
	return fraction > 255 ? 255 : (uint8_t)fraction;
}

uint32_t rtp_jitter_us(const struct rtp_source *source)
{
	return (uint32_t)((uint64_t)source->jitter_q4 * 1000000 / RTP_HZ / 16);
}
