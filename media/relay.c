/*
 * relay.c - from the stream that heard a packet to the stream that sends it on
 *
 * The receiving side does all that belongs to its source (SRTP off, order, digits, classification); the sending side all that
 * belongs to its own wire (number, time, law, SRTP on). When both are one worker's, that is one call. Else the packet waits in a
 * ring between the two for the other worker's next pass, at most 1 ms: no SRTP context, sequence or socket ever has two owners.
 *
 * At the moment of a bridge the other side's next packet is up to 20 ms away, and a person is waiting: so the last packet before
 * the bridge goes out at once. The next one follows it in number and time as it did when it was sent.
 */
#include "media/stream.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RELAY_BYTES (URING_DATAGRAM_MAX - RTP_HEAD)

struct relay_item {
	struct relay what;
	uint8_t payload[RELAY_BYTES];
};

int relay_init(struct worker *worker)
{
	int err = 0;

	worker->relays = aligned_alloc(64, worker->workers * sizeof(struct spsc));
	if (!worker->relays)
		return -ENOMEM;
	memset(worker->relays, 0, worker->workers * sizeof(struct spsc));
	for (uint32_t i = 0; !err && i < worker->workers; i++) {
		if (i != worker->number)
			err = spsc_init(&worker->relays[i], RELAY_WAITING, sizeof(struct relay_item));
	}
	return err;
}

void relay_fini(struct worker *worker)
{
	for (uint32_t i = 0; worker->relays && i < worker->workers; i++)
		spsc_fini(&worker->relays[i]);
	free(worker->relays);
	worker->relays = NULL;
}

/* --- kept */

/* Whatever else follows the audio: then it is not the last word any more, and its number does not touch the next one's. */
static void kept_put(struct kept *kept, int64_t now_us, const struct relay *what, const uint8_t *payload)
{
	if (what->arrival == RTP_LATE)
		return;
	kept->us = 0;
	if (what->kind != RELAY_AUDIO || what->in.payload_bytes > sizeof(kept->payload))
		return;
	kept->us = now_us;
	kept->what = *what;
	memcpy(kept->payload, payload, what->in.payload_bytes);
}

/* Once; false: there is none, or it is too old to be heard. */
static bool kept_take(struct kept *kept, int64_t now_us)
{
	bool fresh = kept->us && now_us - kept->us <= FRAME_US;

	kept->us = 0;
	return fresh;
}

/* --- on the way */

static void relay_away(struct worker *worker, const struct relay *what, const uint8_t *payload)
{
	struct worker *other = &worker->crew[handle_worker(what->to, worker->workers)];
	struct spsc *ring = &other->relays[worker->number];
	struct relay_item *item = spsc_room(ring);

	assert(what->in.payload_bytes <= sizeof(item->payload)); /* of a datagram of at most URING_DATAGRAM_MAX */
	if (!item) {
		worker_add(&worker->relay_full, 1);
		return;
	}
	item->what = *what;
	memcpy(item->payload, payload, what->in.payload_bytes);
	spsc_commit(ring);
	worker_rouse(other);
	worker_add(&worker->relayed_away, 1);
}

static void relay_here(struct worker *worker, const struct relay *what, const uint8_t *payload)
{
	struct stream *stream = worker_stream(worker, what->to);

	if (stream && stream->peer == what->from)
		talk_relay(stream, what, payload);
	else if (stream && !stream->peer) /* the bridge is not known here yet, or no longer: then nobody asks for it */
		kept_put(&stream->early, worker->now_us, what, payload);
}

void relay_packet(struct stream *from, struct relay *what, const uint8_t *payload)
{
	struct worker *worker = from->worker;

	if (!from->peer) {
		kept_put(&from->said, worker->now_us, what, payload);
		return;
	}
	what->from = from->handle;
	what->to = from->peer;
	if (handle_worker(what->to, worker->workers) == worker->number)
		relay_here(worker, what, payload);
	else
		relay_away(worker, what, payload);
}

void relay_begin(struct stream *stream)
{
	struct kept *said = &stream->said, *early = &stream->early;
	int64_t now_us = stream->worker->now_us;

	if (kept_take(said, now_us))
		relay_packet(stream, &said->what, said->payload);
	if (kept_take(early, now_us) && early->what.from == stream->peer)
		talk_relay(stream, &early->what, early->payload);
}

bool relay_waiting(const struct worker *worker)
{
	bool any = false;

	for (uint32_t i = 0; i < worker->workers; i++)
		any |= i != worker->number && spsc_count(&worker->relays[i]);
	return any;
}

void relay_take(struct worker *worker)
{
	const struct relay_item *item;

	for (uint32_t i = 0; i < worker->workers; i++) {
		struct spsc *ring = &worker->relays[i];
		for (uint32_t n = 0; i != worker->number && n < RELAY_WAITING && (item = spsc_peek(ring)); n++) {
			relay_here(worker, &item->what, item->payload);
			spsc_drop(ring);
		}
	}
}
