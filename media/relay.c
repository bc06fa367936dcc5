/*
 * relay.c - from the stream that heard a packet to the stream that sends it on
 *
 * The receiving side does all that belongs to its source (SRTP off, order, digits, classification); the sending side all that
 * belongs to its own wire (number, time, law, SRTP on). When both are one worker's, that is one call. Else the packet waits in a
 * ring between the two for the other worker's next pass, at most 1 ms: no SRTP context, sequence or socket ever has two owners.
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
	worker_add(&worker->relayed_away, 1);
}

static void relay_here(struct worker *worker, const struct relay *what, const uint8_t *payload)
{
	struct stream *stream = worker_stream(worker, what->to);

	if (stream && stream->peer == what->from) /* else it was on its way when the bridge ended */
		talk_relay(stream, what, payload);
}

void relay_packet(struct stream *from, struct relay *what, const uint8_t *payload)
{
	struct worker *worker = from->worker;

	if (!from->peer)
		return;
	what->from = from->handle;
	what->to = from->peer;
	if (handle_worker(what->to, worker->workers) == worker->number)
		relay_here(worker, what, payload);
	else
		relay_away(worker, what, payload);
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
