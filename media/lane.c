/*
 * lane.c - the fast lane of a stream: a socket of its own for the packets of the latched source
 *
 * A socket that is connected to the far end is cheaper each way (no route looked up, no address copied; docs/MEDIA.md has the
 * figures), but the kernel would refuse everybody else on it, unseen. So the stream keeps its first socket for strangers, which
 * are counted, and for a source that moves; a second one on the same port is connected to the source that latched, once it has
 * proved that it stays. When the latch moves, the lane is closed and everything comes to the first socket again.
 */
#include "media/ports.h"
#include "media/stream.h"

#include <sys/socket.h>

#define LANE_PACKETS 25 /* heard before a lane is worth its opening, some 10 us */
#define DRAIN_MAX 8

static void lane_shut(struct stream *stream)
{
	uring_close(stream->worker->uring, stream->lane.fd);
	stream->lane.open = stream->lane.ending = false;
	worker_add(&stream->worker->lanes, (uint64_t)-1);
}

static void lane_rtp(void *arg, int bytes, uint8_t *data, const struct sockaddr *from)
{
	struct stream *stream = arg;

	if (bytes >= 0) {
		hear_rtp(stream, bytes, data, from);
		return;
	}
	if (stream->lane.ending)
		lane_shut(stream);
	if (stream->lane.open || stream->closing)
		stream_recv_ended(stream, &stream->lane.recv, bytes);
}

/* Between bind and connect the kernel may have given it anybody's packets: they come with their senders. */
static void lane_drain(struct stream *stream, int fd)
{
	_Alignas(16) uint8_t data[URING_DATAGRAM_MAX];
	union addr from;

	for (int i = 0; i < DRAIN_MAX; i++) {
		socklen_t from_bytes = sizeof(from);
		ssize_t bytes = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT, &from.sa, &from_bytes);
		if (bytes < 0)
			return;
		hear_rtp(stream, (int)bytes, data, &from.sa);
	}
}

static void lane_open(struct stream *stream)
{
	struct lane *lane = &stream->lane;
	int fd;

	lane->peer = stream->latch.source;
	if (ports_connect(&stream->local, &lane->peer, &fd)) {
		lane->refused = true; /* the first socket serves on */
		return;
	}
	lane_drain(stream, fd);
	bool stamped = stream->worker->probe && !ports_stamp(fd);
	lane->fd = uring_adopt(stream->worker->uring, fd);
	lane->recv = (struct uring_recv){
		.handler = lane_rtp, .arg = stream, .fd = lane->fd, .stamped = stamped, .peer = &lane->peer.sa};
	lane->open = true;
	worker_add(&stream->worker->lanes, 1);
	(void)uring_recv(stream->worker->uring, &lane->recv); /* out of memory: the next turn tries again */
}

void lane_close(struct stream *stream)
{
	struct lane *lane = &stream->lane;

	lane->refused = false;
	if (!lane->open || lane->ending)
		return;
	lane->ending = true;
	if (!uring_recv_stop(stream->worker->uring, &lane->recv))
		lane_shut(stream);
}

void lane_turn(struct stream *stream)
{
	const struct latch *latch = &stream->latch;
	struct lane *lane = &stream->lane;
	bool stays = latch->locked && addr_equal(&lane->peer, &latch->source);

	if ((lane->open || lane->refused) && !stays)
		lane_close(stream);
	else if (lane->open && !lane->ending && !lane->recv.slot)
		(void)uring_recv(stream->worker->uring, &lane->recv);
	else if (!lane->open && !lane->refused && latch->locked && stream->stats.rx_packets >= LANE_PACKETS && stream->shared)
		lane_open(stream);
}
