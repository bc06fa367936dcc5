/* talk.c - packets out: our own prompts, silence and digits each 20 ms; the peer's packets as they come */
#include "base/clock.h"
#include "media/g711.h"
#include "media/stream.h"

#include <string.h>

#define PEER_PAUSE_US 200000 /* a peer that sends nothing for this long is replaced by silence */
#define SILENCE_WHOLE 10      /* frames at the beginning of a silence that are all sent */
#define PAYLOAD_MAX (URING_DATAGRAM_MAX - RTP_HEAD)

void talk_start(struct stream *stream)
{
	uint64_t random = prng_u64(&stream->worker->prng);

	splice_init(&stream->talk.splice, (uint32_t)random, (uint16_t)(random >> 32), (uint32_t)prng_u64(&stream->worker->prng));
}

/* --- one packet out */

static const union addr *talk_to(const struct stream *stream)
{
	return stream->remote_known && !stream->remote.on_hold && !stream->closing ? latch_to(&stream->latch) : NULL;
}

/* The payload already stands at packet + RTP_HEAD. */
static void talk_send(struct stream *stream, uint8_t *packet, const struct rtp_header *header, size_t payload_bytes)
{
	const union addr *to = talk_to(stream);
	size_t bytes = RTP_HEAD + payload_bytes;

	rtp_build(packet, header);
	if (to && header->type == stream->remote.payload_type) /* digits of RFC 4733 are never recorded */
		tape_put(&stream->tape, TAPE_SENT, stream->worker->now_us, header->ts, packet + RTP_HEAD, payload_bytes,
			stream->remote.law);
	if (!to || (stream->tx && crypt_rtp(stream->tx, packet, &bytes)))
		return;
	if (stream->lane.open && !stream->lane.ending && addr_equal(&stream->lane.peer, to))
		uring_send(stream->worker->uring, stream->lane.fd, bytes, NULL);
	else
		uring_send(stream->worker->uring, stream->fd, bytes, &to->sa);
	stream->stats.tx_packets++;
	stream->talk.octets += payload_bytes;
	worker_add(&stream->worker->tx_packets, 1);
}

/* --- prompts and silence */

static void play_drop_first(struct talk *talk)
{
	memmove(talk->queue, talk->queue + 1, --talk->queued * sizeof(talk->queue[0]));
}

void talk_stop(struct stream *stream)
{
	stream->talk.queued = 0;
	splice_mark(&stream->talk.splice);
}

/* An endless item lasts until the next one comes. */
static void play_end_endless(struct talk *talk)
{
	if (talk->queued && talk->queue[talk->queued - 1].left < 0)
		talk->queued--;
}

void talk_play(struct stream *stream, uint32_t prompt, int32_t ms)
{
	struct talk *talk = &stream->talk;
	const struct prompts *prompts = stream->worker->prompts;
	uint32_t whole = prompt <= PROMPTS_MAX ? prompts->list[prompt].count : 0;

	if (prompt && !whole)
		return;
	play_end_endless(talk);
	struct play_item item = {.prompt = prompt, .left = ms < 0 ? -1 : ms ? (ms + 19) / 20 : (int64_t)whole};
	if (!item.left || talk->queued == PLAY_MAX)
		return;
	talk->queue[talk->queued++] = item;
	splice_mark(&talk->splice);
}

/* The next 20 ms of the queue, or silence; *ended: these were the last. */
static const uint8_t *play_next(struct stream *stream, bool *ended)
{
	struct talk *talk = &stream->talk;
	struct play_item *item = &talk->queue[0];

	*ended = false;
	if (!talk->queued)
		return prompt_frame(stream->worker->prompts, 0, 0, stream->remote.law);
	const uint8_t *frame = prompt_frame(stream->worker->prompts, item->prompt, item->frame, stream->remote.law);
	if (++item->frame >= stream->worker->prompts->list[item->prompt].count)
		item->frame = 0;
	if (item->left > 0 && !--item->left) {
		play_drop_first(talk);
		*ended = !talk->queued;
	}
	return frame;
}

/*
 * Silence is sent whole at first, so that everybody on the way learns who talks to whom; after that now and then, so that nobody
 * forgets it. What is left out is nothing that can be heard, and a third of the cost of a leg that is listened to (RFC 3551,
 * 4.1).
 */
static bool silence_due(struct stream *stream)
{
	struct talk *talk = &stream->talk;

	if (talk->queued) {
		talk->silent = 0;
		return true;
	}
	uint32_t nth = talk->silent++;
	return nth < SILENCE_WHOLE || nth % stream->worker->silence_frames == 0;
}

static void talk_frame(struct stream *stream)
{
	struct rtp_header out = {.type = stream->remote.payload_type};
	bool ended, silent = !stream->talk.queued;

	if (!silence_due(stream)) {
		splice_rest(&stream->talk.splice);
		return;
	}
	const uint8_t *frame = play_next(stream, &ended);

	if (talk_to(stream)) {
		uint8_t *packet = uring_send_buffer(stream->worker->uring);
		memcpy(packet + RTP_HEAD, frame, AMD_FRAME);
		if (silent && stream->worker->probe)
			probe_mark(&stream->probe, packet + RTP_HEAD, clock_wall_us());
		splice_own(&stream->talk.splice, stream->worker->turn_us, AMD_FRAME, &out);
		talk_send(stream, packet, &out, AMD_FRAME);
	}
	if (ended) {
		splice_mark(&stream->talk.splice);
		worker_tell_kind(stream->worker, stream, MEDIA_EV_PLAYED);
	}
}

/* --- digits */

static bool talk_digits(struct stream *stream)
{
	struct rtp_header out = {.type = stream->remote.dtmf_type};
	struct dtmf_event event;
	enum dtmf_step step = dtmf_next(&stream->talk.dtmf, &event);

	if (step == DTMF_IDLE)
		return false;
	if (step == DTMF_PAUSE || !talk_to(stream) || !stream->remote.dtmf_type)
		return true;
	uint8_t *packet = uring_send_buffer(stream->worker->uring);
	dtmf_build(packet + RTP_HEAD, &event);
	splice_event(&stream->talk.splice, stream->worker->turn_us, step == DTMF_FIRST, &out);
	talk_send(stream, packet, &out, DTMF_BYTES);
	return true;
}

/* Something of our own goes out now, and the peer has to wait. */
static bool talk_busy(const struct stream *stream)
{
	return stream->talk.queued || stream->talk.dtmf.count;
}

void talk_turn(struct stream *stream)
{
	struct talk *talk = &stream->talk;

	if (!stream->remote_known || talk_digits(stream))
		return;
	bool relaying = stream->peer && talk->splice.mapped && stream->worker->now_us - talk->relayed_us < PEER_PAUSE_US;
	if (talk->queued || !(relaying || talk->carried))
		talk_frame(stream);
}

/* --- the peer */

static void talk_relayed(struct stream *stream)
{
	stream->talk.relayed_us = stream->worker->now_us;
	stream->talk.silent = 0;
	if (stream->talk.bridged_told)
		return;
	stream->talk.bridged_told = true;
	worker_tell_kind(stream->worker, stream, MEDIA_EV_BRIDGED);
}

/* The peer's number, time and marker in ours; false: it is not sent. */
static bool relay_splice(struct stream *stream, const struct relay *what, uint32_t span, struct rtp_header *out)
{
	struct splice_packet packet = {
		.restart = what->arrival == RTP_RESTART, .late = what->arrival == RTP_LATE, .span = span};

	return splice_peer(&stream->talk.splice, stream->worker->now_us, &what->in, packet, out);
}

static void relay_audio(struct stream *stream, const struct relay *what, const uint8_t *payload)
{
	struct rtp_header out;

	if (what->in.payload_bytes > PAYLOAD_MAX || !relay_splice(stream, what, (uint32_t)what->in.payload_bytes, &out))
		return;
	out.type = stream->remote.payload_type;
	uint8_t *packet = uring_send_buffer(stream->worker->uring);
	g711_convert(packet + RTP_HEAD, payload, what->in.payload_bytes, what->law, stream->remote.law);
	talk_send(stream, packet, &out, what->in.payload_bytes);
	talk_relayed(stream);
}

static void relay_event(struct stream *stream, const struct relay *what, const uint8_t *payload)
{
	struct rtp_header out;

	if (!relay_splice(stream, what, 0, &out))
		return;
	out.type = stream->remote.dtmf_type;
	uint8_t *packet = uring_send_buffer(stream->worker->uring);
	memcpy(packet + RTP_HEAD, payload, DTMF_BYTES);
	talk_send(stream, packet, &out, DTMF_BYTES);
	talk_relayed(stream);
}

void talk_relay(struct stream *stream, const struct relay *what, const uint8_t *payload)
{
	bool none = what->kind == RELAY_NONE, event = what->kind == RELAY_EVENT;

	if (!talk_to(stream)) {
		splice_unmap(&stream->talk.splice); /* a hold takes none of our numbers */
		return;
	}
	if (!none && talk_busy(stream))
		return;
	if (none || (event && !stream->remote.dtmf_type))
		splice_skip(&stream->talk.splice, what->in.seq);
	else if (event)
		relay_event(stream, what, payload);
	else
		relay_audio(stream, what, payload);
}

/* --- bridges */

static void talk_detach(struct stream *stream)
{
	stream->peer = 0;
	splice_unmap(&stream->talk.splice);
	splice_mark(&stream->talk.splice);
}

void talk_unbridge(struct stream *stream)
{
	struct stream *peer = worker_stream(stream->worker, stream->peer);

	if (!stream->peer)
		return;
	carry_end(stream);
	if (peer && peer->peer == stream->handle)
		talk_detach(peer);
	talk_detach(stream);
}

static void talk_attach(struct stream *stream, uint64_t peer)
{
	stream->peer = peer;
	stream->talk.bridged_told = false;
	play_end_endless(&stream->talk);
}

void talk_bridge(struct stream *stream, uint64_t peer)
{
	struct stream *here = worker_stream(stream->worker, peer);

	if (stream->handle == peer || stream->peer == peer)
		return;
	talk_unbridge(stream);
	talk_attach(stream, peer);
	if (here) {
		talk_unbridge(here);
		talk_attach(here, stream->handle);
		relay_begin(here);
	}
	relay_begin(stream);
}
