/*
 * carry.c - which streams' packets the kernel sends on by itself (inkernel.h), and what we know of them
 *
 * A stream is carried when it has been heard for half a second as one hears an ordinary conversation, and nothing has to be done
 * with its packets but to send them on. Each turn takes over what the kernel has done meanwhile, so that order, statistics,
 * reports and silence are as if the packets had come to the socket. The first unusual thing ends it: a command, a packet that the
 * kernel left to the socket, a tenth of a second without any. Numbers go on from where the kernel stopped: its last word is
 * exact.
 *
 * Of a stream that is recorded or listened to the kernel lays down each packet's sound besides, and the same turns give it to
 * tape and classifier, as do the ends: so what had come before a command is on tape when the command is obeyed. Of a recording
 * that pauses nothing is laid down.
 */
#include "base/clock.h"
#include "media/inkernel.h"
#include "media/stream.h"

#include <errno.h>

#define CALM_PACKETS 25
#define QUIET_US 100000 /* below talk.c's pause of a peer */
#define VAIN_MAX 4
#define LAST_US 1000 /* how long the last packet's sound is waited for */

/* --- may it */

static bool tape_runs(const struct tape *tape)
{
	return tape->on && !tape->paused;
}

static bool listens(const struct stream *stream)
{
	return stream->listen.on && !amd_over(&stream->listen.amd);
}

/* What it hears is on its own tape, and on its peer's as what that one is sent. */
static bool is_taped(const struct stream *from, const struct stream *to)
{
	return tape_runs(&from->tape) || tape_runs(&to->tape);
}

static bool is_wanted(const struct stream *from, const struct stream *to)
{
	return is_taped(from, to) || listens(from);
}

static bool can_be_laid_down(const struct stream *from)
{
	return inkernel_reels(from->worker->kernel) && from->carry.bytes <= INKERNEL_SOUND;
}

/* Law and payload type stay as they are, nothing is encrypted, and who wants to hear it can. */
static bool only_passed_on(const struct stream *from, const struct stream *to)
{
	return from->carry.type == to->remote.payload_type && from->remote.payload_type == to->remote.payload_type &&
		from->remote.law == to->remote.law && !from->rx && !to->tx && (!is_wanted(from, to) || can_be_laid_down(from)) &&
		!from->worker->probe;
}

/* The receiver hears nothing else, and the last packet was the sender's, with its number in ours. */
static bool only_heard(const struct stream *from, const struct stream *to)
{
	const struct talk *talk = &to->talk;

	return !talk->queued && !talk->dtmf.count && talk->bridged_told && talk->splice.mapped && !talk->splice.fresh &&
		talk->splice.seq == (uint16_t)(from->source.seq_max + 1 + talk->splice.seq_shift);
}

bool carry_may(const struct stream *from, const struct stream *to)
{
	const union addr *out = to->remote.on_hold ? NULL : latch_to(&to->latch);

	return from->carry.calm >= CALM_PACKETS && !from->closing && !to->closing && from->remote_known && to->remote_known &&
		from->peer == to->handle && to->peer == from->handle && from->latch.locked && to->latch.locked && out &&
		from->local.sa.sa_family == AF_INET && to->local.sa.sa_family == AF_INET && only_passed_on(from, to) &&
		only_heard(from, to);
}

void carry_note(struct stream *stream, const struct rtp_header *in, bool plain)
{
	struct carry *carry = &stream->carry;
	bool same = in->type == carry->type && in->payload_bytes == carry->bytes;

	carry->type = in->type;
	carry->bytes = (uint16_t)in->payload_bytes;
	if (!plain || !same)
		carry->calm = 0;
	else if (carry->calm < CALM_PACKETS)
		carry->calm++;
}

/* --- what the kernel has done */

static void carry_put(struct stream *from, struct stream *to, const struct inkernel_sound *sound)
{
	int64_t heard_us = clock_of_steady(sound->heard_us);
	uint32_t ts_out = sound->ts + to->talk.splice.ts_shift;
	uint16_t bytes = from->carry.bytes;

	tape_put(&from->tape, TAPE_HEARD, heard_us, sound->ts, sound->payload, bytes, from->remote.law);
	tape_put(&to->tape, TAPE_SENT, heard_us, ts_out, sound->payload, bytes, to->remote.law);
	listen_packet(from, sound->payload, bytes, from->remote.law, sound->ts);
}

static void carry_miss(struct stream *from, struct stream *to)
{
	tape_miss(&from->tape, from->carry.bytes);
	tape_miss(&to->tape, from->carry.bytes);
	listen_miss(from, from->carry.bytes);
	worker_add(&from->worker->carried_missed, is_taped(from, to));
}

/*
 * The packets up to this number. One that is being laid down at this moment is left to the next turn; after the last turn it is
 * waited for.
 */
static void carry_take(struct stream *from, struct stream *to, uint16_t newest, bool last)
{
	int64_t until_us = last ? clock_steady_us() + LAST_US : 0;
	struct inkernel_sound sound;

	while (from->carry.laid_seq != newest) {
		uint16_t seq = (uint16_t)(from->carry.laid_seq + 1);
		int err = inkernel_sound(from->worker->kernel, addr_port(&from->local), seq, &sound);
		if (err == -EAGAIN && !last)
			return;
		if (err == -EAGAIN && clock_steady_us() < until_us)
			continue;
		if (err)
			carry_miss(from, to);
		else
			carry_put(from, to, &sound);
		from->carry.laid_seq = seq;
	}
}

static void carry_sync(struct stream *from, struct stream *to, const struct inkernel_seen *seen)
{
	struct worker *worker = from->worker;
	uint16_t count = (uint16_t)(seen->seq - from->source.seq_max);

	from->source.jitter_q4 = seen->jitter_q4;
	if (!count)
		return;
	rtp_note_run(&from->source, count, seen->ts);
	from->heard_us = from->latch.heard_us = to->talk.relayed_us = worker->now_us;
	from->stats.rx_packets += count;
	splice_peer_run(&to->talk.splice, seen->seq, seen->ts, from->carry.bytes);
	to->stats.tx_packets += count;
	to->talk.octets += (uint64_t)count * from->carry.bytes;
	worker_add(&worker->rx_packets, count);
	worker_add(&worker->tx_packets, count);
	worker_add(&worker->carried_packets, count);
}

static void carry_begin(struct stream *from, struct stream *to)
{
	const struct splice *splice = &to->talk.splice;
	struct inkernel_way way = {
		.from = from->latch.source,
		.local = from->local,
		.out = to->local,
		.to = *latch_to(&to->latch),
		.ssrc = from->source.ssrc,
		.ssrc_out = splice->ssrc,
		.seq_shift = splice->seq_shift,
		.ts_shift = splice->ts_shift,
		.type = from->carry.type,
		.payload_bytes = from->carry.bytes,
		.seq = from->source.seq_max,
		.ts = from->source.ts,
		.jitter_q4 = from->source.jitter_q4,
		.reel = is_wanted(from, to) ? (uint32_t)from->handle : 0,
	};

	if (uring_submit(from->worker->uring) < 0) /* what we send ourselves is to leave before what the kernel sends */
		return;
	from->carry.refused = inkernel_begin(from->worker->kernel, &way);
	if (from->carry.refused)
		return;
	from->carry.begun = way.seq;
	from->carry.laid = way.reel;
	from->carry.laid_seq = way.seq;
	from->carry.on = to->talk.carried = true;
	from->listen.on = listens(from); /* else it is over, and would miss what comes now */
	worker_add(&from->worker->carried, 1);
}

void carry_stop(struct stream *from)
{
	struct inkernel_seen seen;

	if (!from->carry.on)
		return;
	struct stream *to = worker_stream(from->worker, from->peer);
	inkernel_end(from->worker->kernel, addr_port(&from->local), &seen);
	carry_sync(from, to, &seen);
	if (from->carry.laid)
		carry_take(from, to, seen.seq, true);
	/* They look plain and are not, or do not come the way that the routes say. */
	from->carry.vain = seen.seq == from->carry.begun ? from->carry.vain + 1 : 0;
	from->carry.refused = from->carry.vain == VAIN_MAX;
	from->source.transit_known = from->carry.on = to->talk.carried = false;
	from->carry.calm = 0;
	worker_add(&from->worker->carried, (uint64_t)-1);
}

static void carry_anew(struct stream *stream)
{
	carry_stop(stream);
	stream->carry.refused = false;
	stream->carry.calm = 0;
	stream->carry.vain = 0;
}

void carry_end(struct stream *stream)
{
	struct stream *peer = stream->worker->kernel ? worker_stream(stream->worker, stream->peer) : NULL;

	carry_anew(stream);
	if (peer && peer->peer == stream->handle)
		carry_anew(peer);
}

static void carry_look(struct stream *from, struct stream *to)
{
	struct inkernel_seen seen;

	inkernel_look(from->worker->kernel, addr_port(&from->local), &seen);
	carry_sync(from, to, &seen);
	if (from->carry.laid)
		carry_take(from, to, seen.seq, false);
}

void carry_turn(struct stream *stream)
{
	struct stream *to = stream->worker->kernel ? worker_stream(stream->worker, stream->peer) : NULL;

	if (!to)
		return;
	if (stream->tape.on && to->carry.on && to->peer == stream->handle)
		carry_look(to, stream); /* its tape turns next, and after a stall would be past what it was sent */
	if (!stream->carry.on) {
		if (!stream->carry.refused && carry_may(stream, to))
			carry_begin(stream, to);
		return;
	}
	carry_look(stream, to);
	bool in_vain = stream->carry.laid && !is_wanted(stream, to); /* the classifier has said all that counts */
	if (in_vain || stream->worker->now_us - stream->heard_us > QUIET_US)
		carry_stop(stream);
}
