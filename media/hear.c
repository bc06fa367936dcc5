/* hear.c - packets in: source check, SRTP off, RTP checks, then DTMF, classification and the peer */
#include "media/stream.h"

#include "base/clock.h"

#include <string.h>

enum sound { SOUND_BAD, SOUND_AUDIO, SOUND_EVENT, SOUND_COMFORT };

/*
 * Dropped and counted; the owner hears of the first of each kind. Nobody is a stranger before a source is heard: the description
 * may be on its way still, or the far end behind a translator.
 */
static void hear_refuse(struct stream *stream, enum media_refusal refusal, const union addr *source)
{
	struct media_event event = {.kind = MEDIA_EV_REFUSED, .refusal = refusal};
	uint64_t *const counts[] = {&stream->stats.rx_stranger, &stream->stats.rx_malformed, &stream->stats.rx_srtp_failed};

	++*counts[refusal];
	worker_add(&stream->worker->refused[refusal], 1);
	if ((stream->refusals_told >> refusal & 1) || (refusal == MEDIA_REFUSED_STRANGER && !stream->latch.locked))
		return;
	stream->refusals_told |= (uint8_t)(1u << refusal);
	addr_print(source, event.from);
	(void)worker_tell(stream->worker, stream, &event);
}

/* What this payload type means here. Carriers change between 0 and 8 without a word: both are understood at any time. */
static enum sound hear_sound(const struct media_remote *remote, const struct rtp_header *in, enum amd_law *law)
{
	bool audio = in->type == remote->payload_type || in->type == 0 || in->type == 8;

	if (remote->dtmf_type && in->type == remote->dtmf_type)
		return in->payload_bytes >= DTMF_BYTES ? SOUND_EVENT : SOUND_BAD;
	if (in->type == 13)
		return SOUND_COMFORT;
	if (!audio || !in->payload_bytes)
		return SOUND_BAD;
	*law = in->type == remote->payload_type ? remote->law : in->type == 8 ? AMD_ALAW : AMD_ULAW;
	return SOUND_AUDIO;
}

static void hear_event(struct stream *stream, const struct rtp_header *in, const uint8_t *payload, enum rtp_arrival arrival)
{
	struct media_event event = {.kind = MEDIA_EV_DTMF};
	struct dtmf_event press;

	if (!dtmf_parse(payload, in->payload_bytes, &press) && dtmf_note(&stream->dtmf, &press, in->ts, stream->worker->now_us)) {
		event.digit = dtmf_digit(press.code);
		(void)worker_tell(stream->worker, stream, &event);
	}
	relay_packet(stream, &(struct relay){.kind = RELAY_EVENT, .arrival = arrival, .in = *in}, payload);
}

/* The kernel's time, so that what the listener itself takes is none of the delay. */
static void hear_probe(struct stream *stream, const uint8_t *payload, size_t bytes)
{
	int64_t arrival_us = uring_arrival_us(stream->worker->uring);

	probe_hear(&stream->probe, payload, bytes, arrival_us ? arrival_us : clock_wall_us(), stream->worker->probe);
}

static void hear_audio(
	struct stream *stream, const struct rtp_header *in, const uint8_t *payload, enum rtp_arrival arrival, enum amd_law law)
{
	if (arrival == RTP_LATE) {
		stream->stats.rx_late++;
	} else {
		rtp_note_time(&stream->source, in->ts, stream->worker->now_us);
		listen_packet(stream, payload, in->payload_bytes, law, in->ts);
	}
	if (stream->worker->probe)
		hear_probe(stream, payload, in->payload_bytes);
	tape_put(&stream->tape, TAPE_HEARD, stream->worker->now_us, in->ts, payload, in->payload_bytes, law);
	relay_packet(stream, &(struct relay){.kind = RELAY_AUDIO, .arrival = arrival, .law = law, .in = *in}, payload);
}

/* A valid packet of the right source. */
static void hear_packet(
	struct stream *stream, const struct rtp_header *in, const uint8_t *packet, enum sound sound, enum amd_law law)
{
	const uint8_t *payload = packet + in->payload_at;

	carry_stop(stream); /* unusual in some way, or the kernel would have kept it */
	enum rtp_arrival arrival = rtp_note(&stream->source, in);
	if (stream->worker->kernel)
		carry_note(stream, in, sound == SOUND_AUDIO && arrival == RTP_NEXT && !stream->source.gap);
	stream->heard_us = stream->worker->now_us;
	stream->silent_told = false;
	stream->stats.rx_packets++;
	if (arrival == RTP_DUPLICATE || arrival == RTP_SUSPECT)
		return;
	if (sound == SOUND_AUDIO)
		hear_audio(stream, in, payload, arrival, law);
	else if (sound == SOUND_EVENT)
		hear_event(stream, in, payload, arrival);
	else
		relay_packet(stream, &(struct relay){.kind = RELAY_NONE, .in = *in}, payload);
}

/* From the socket to a parsed header, or counted as what is wrong with it. */
static bool hear_check(struct stream *stream, uint8_t *data, size_t bytes, const union addr *source, struct rtp_header *in)
{
	if (!stream->remote_known || !latch_look(&stream->latch, source, stream->worker->now_us)) {
		hear_refuse(stream, MEDIA_REFUSED_STRANGER, source);
		return false;
	}
	if (stream->rx && (bytes < RTP_HEAD || crypt_rtp(stream->rx, data, &bytes))) {
		hear_refuse(stream, MEDIA_REFUSED_SRTP, source);
		return false;
	}
	if (rtp_parse(data, bytes, in)) {
		hear_refuse(stream, MEDIA_REFUSED_GARBAGE, source);
		return false;
	}
	return true;
}

static void hear_media(struct stream *stream, uint8_t *data, size_t bytes, const union addr *source)
{
	struct rtp_header in;
	enum amd_law law = AMD_ULAW;

	if (!hear_check(stream, data, bytes, source, &in))
		return;
	enum sound sound = hear_sound(&stream->remote, &in, &law);
	if (sound == SOUND_BAD) {
		hear_refuse(stream, MEDIA_REFUSED_GARBAGE, source);
		return;
	}
	enum latch_answer answer = latch_take(&stream->latch, source, stream->worker->now_us);
	if (answer == LATCH_REFUSE) {
		hear_refuse(stream, MEDIA_REFUSED_STRANGER, source);
		return;
	}
	if (answer == LATCH_NEW) {
		carry_end(stream); /* the kernel sends to the source before */
		worker_tell_kind(stream->worker, stream, MEDIA_EV_LATCHED);
	}
	hear_packet(stream, &in, data, sound, law);
}

/* RTCP is believed from the host whose audio is heard. */
static void hear_control(struct stream *stream, uint8_t *data, size_t bytes, const union addr *source, bool shared)
{
	const union addr *to = stream->remote_known ? latch_to(&stream->latch) : NULL;

	if (!to || !(shared ? addr_equal(source, to) : addr_same_ip(source, to))) {
		hear_refuse(stream, MEDIA_REFUSED_STRANGER, source);
		return;
	}
	if (stream->rx && crypt_rtcp(stream->rx, data, &bytes)) {
		hear_refuse(stream, MEDIA_REFUSED_SRTP, source);
		return;
	}
	if (!shared)
		stream->report.port = addr_port(source);
	if (report_heard(stream, data, bytes))
		hear_refuse(stream, MEDIA_REFUSED_GARBAGE, source);
}

/* Something came to a socket; false: it ended, or nobody listens to it any more. */
static bool hear_take(
	struct stream *stream, struct uring_recv *recv, int bytes, const struct sockaddr *from, union addr *source)
{
	if (bytes < 0) {
		stream_recv_ended(stream, recv, bytes);
		return false;
	}
	worker_add(&stream->worker->rx_packets, 1);
	if (stream->closing)
		return false;
	addr_from(source, from);
	return true;
}

void hear_rtp(void *arg, int bytes, uint8_t *data, const struct sockaddr *from)
{
	struct stream *stream = arg;
	union addr source;

	if (!hear_take(stream, &stream->rtp_recv, bytes, from, &source))
		return;
	if (rtp_is_rtcp(data, (size_t)bytes))
		hear_control(stream, data, (size_t)bytes, &source, true);
	else
		hear_media(stream, data, (size_t)bytes, &source);
}

void hear_rtcp(void *arg, int bytes, uint8_t *data, const struct sockaddr *from)
{
	struct stream *stream = arg;
	union addr source;

	if (!hear_take(stream, &stream->rtcp_recv, bytes, from, &source))
		return;
	if (rtp_is_rtcp(data, (size_t)bytes))
		hear_control(stream, data, (size_t)bytes, &source, false);
	else
		hear_refuse(stream, MEDIA_REFUSED_GARBAGE, &source);
}
