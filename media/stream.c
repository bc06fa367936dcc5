/* stream.c - the life of a stream: open, aimed, turned every 20 ms, closed */
#include "media/ports.h"
#include "media/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TURN_TOGETHER 4

/* Few streams share few milliseconds, so that a worker with little to do sleeps on; many are spread evenly over all of them. */
static uint8_t turn_choose(const struct worker *worker)
{
	uint32_t share = worker->turning / FRAME_SLOTS + TURN_TOGETHER;
	uint8_t slot = 0;

	while (worker->turn_counts[slot] >= share) /* not all are: they sum to `turning` */
		slot++;
	return slot;
}

/* A stream that rings has no turn: nothing goes out, and what comes is a stranger's. */
static void turn_link(struct stream *stream)
{
	struct worker *worker = stream->worker;

	if (stream->link)
		return;
	stream->turn = turn_choose(worker);
	struct stream **head = &worker->turns[stream->turn];
	stream->next = *head;
	stream->link = head;
	if (*head)
		(*head)->link = &stream->next;
	*head = stream;
	worker->turn_counts[stream->turn]++;
	worker->turning++;
}

static void turn_unlink(struct stream *stream)
{
	struct worker *worker = stream->worker;

	*stream->link = stream->next;
	if (stream->next)
		stream->next->link = stream->link;
	stream->link = NULL;
	worker->turn_counts[stream->turn]--;
	worker->turning--;
}

void stream_open(struct worker *worker, const struct command *command)
{
	struct stream *stream = &worker->streams[handle_place(command->stream, worker->workers)];

	memset(stream, 0, sizeof(*stream));
	stream->handle = command->stream;
	stream->cookie = command->open.cookie;
	stream->worker = worker;
	stream->shared = !ports_share(command->open.fd, &stream->local);
	bool stamped = worker->probe && !ports_stamp(command->open.fd);
	stream->fd = uring_adopt(worker->uring, command->open.fd);
	stream->rtcp_fd = uring_adopt(worker->uring, command->open.rtcp_fd);
	stream->rtp_recv = (struct uring_recv){.handler = hear_rtp, .arg = stream, .fd = stream->fd, .stamped = stamped};
	stream->rtcp_recv = (struct uring_recv){.handler = hear_rtcp, .arg = stream, .fd = stream->rtcp_fd};
	stream->probe.self = (uint32_t)prng_u64(&worker->prng);
	(void)uring_recv(worker->uring, &stream->rtp_recv); /* out of memory: its first turn tries again */
	(void)uring_recv(worker->uring, &stream->rtcp_recv);
}

/* --- where to send and what to expect */

static bool crypt_same(const struct media_srtp *a, const struct media_srtp *b)
{
	return a->suite == b->suite && (a->suite == MEDIA_SRTP_NONE || !memcmp(a->key, b->key, sizeof(a->key)));
}

/* The same key again keeps its context: rollover counter and replay window go on. */
static int crypt_renew(struct crypt **crypt, const struct media_srtp *old, const struct media_srtp *new, bool send)
{
	if (crypt_same(old, new))
		return 0;
	crypt_free(*crypt);
	*crypt = NULL;
	return new->suite == MEDIA_SRTP_NONE ? 0 : crypt_alloc(crypt, new, send);
}

/* With rtcp-mux the second port serves nobody: its descriptor is given back. */
static void rtcp_give_back(struct stream *stream)
{
	if (stream->rtcp_fd < 0 || stream->rtcp_unwanted)
		return;
	stream->rtcp_unwanted = true;
	if (!uring_recv_stop(stream->worker->uring, &stream->rtcp_recv))
		stream_recv_ended(stream, &stream->rtcp_recv, -ECANCELED);
}

void stream_remote(struct stream *stream, const struct media_remote *remote)
{
	bool first = !stream->remote_known;
	union addr aim;

	if (addr_parse(&aim, remote->ip, remote->port))
		return;
	int err = crypt_renew(&stream->rx, &stream->remote.rx, &remote->rx, false);
	if (!err)
		err = crypt_renew(&stream->tx, &stream->remote.tx, &remote->tx, true);
	stream->remote = *remote;
	if (err) { /* nothing goes out unprotected because a key was refused */
		stream->remote.rx.suite = stream->remote.tx.suite = MEDIA_SRTP_NONE;
		stream->remote_known = false;
		return;
	}
	stream->remote_known = true;
	latch_aim(&stream->latch, &aim);
	if (!remote->rtcp_port)
		rtcp_give_back(stream);
	if (first) {
		turn_link(stream);
		talk_start(stream);
		report_plan(stream);
	}
}

/* --- turns */

static void recv_again(struct stream *stream)
{
	if (!stream->rtp_recv.slot)
		(void)uring_recv(stream->worker->uring, &stream->rtp_recv);
	if (!stream->rtcp_recv.slot && stream->rtcp_fd >= 0 && !stream->rtcp_unwanted)
		(void)uring_recv(stream->worker->uring, &stream->rtcp_recv);
}

/* Time in which the worker itself did not run (a process that was stopped, a machine that was moved) is nobody's silence. */
static void silence_turn(struct stream *stream)
{
	const struct worker *worker = stream->worker;
	int64_t from_us = stream->heard_us > worker->awake_us ? stream->heard_us : worker->awake_us;

	if (!stream->latch.locked || stream->silent_told || worker->now_us - from_us < worker->silent_us)
		return;
	stream->silent_told = true;
	worker_tell_kind(stream->worker, stream, MEDIA_EV_SILENT);
}

static void stream_finish(struct stream *stream);

void stream_turn(struct stream *stream)
{
	if (stream->closing) {
		stream_finish(stream);
		return;
	}
	recv_again(stream);
	carry_turn(stream);
	lane_turn(stream);
	talk_turn(stream);
	listen_turn(stream);
	tape_turn(&stream->tape, stream->worker->now_us);
	report_turn(stream);
	silence_turn(stream);
}

/* --- the end */

void stream_stats(struct stream *stream, struct media_stats *out)
{
	*out = stream->stats;
	out->rx_lost = rtp_lost(&stream->source);
	out->jitter_us = rtp_jitter_us(&stream->source);
}

static void drop_fd(const struct stream *stream, int *fd)
{
	if (stream->worker->uring)
		uring_close(stream->worker->uring, *fd);
	else if (*fd >= 0 && !uring_is_direct(*fd))
		close(*fd);
	*fd = -1;
}

void stream_drop(struct stream *stream)
{
	(void)record_end(stream);
	drop_fd(stream, &stream->fd);
	drop_fd(stream, &stream->rtcp_fd);
	if (stream->lane.open)
		drop_fd(stream, &stream->lane.fd);
	worker_add(&stream->worker->lanes, stream->lane.open ? (uint64_t)-1 : 0);
	stream->lane.open = false;
	crypt_free(stream->rx);
	crypt_free(stream->tx);
	stream->rx = stream->tx = NULL;
}

/* The last word must not get lost, or the slot would: while the event ring is full it is tried again each turn. */
static void stream_finish(struct stream *stream)
{
	struct media_event event = {.kind = MEDIA_EV_CLOSED};

	if (stream->rtp_recv.slot || stream->rtcp_recv.slot || stream->lane.recv.slot || !record_end(stream))
		return;
	if (stream->fd >= 0)
		stream_drop(stream);
	stream_stats(stream, &event.stats);
	if (!worker_tell(stream->worker, stream, &event))
		return;
	turn_unlink(stream);
	stream->handle = 0;
}

void stream_close(struct stream *stream)
{
	struct uring *uring = stream->worker->uring;

	if (stream->closing)
		return;
	talk_unbridge(stream);
	if (stream->remote_known)
		report_send(stream, true);
	stream->closing = true;
	turn_link(stream); /* what cannot be finished now is tried again in its turns */
	(void)record_end(stream);
	(void)uring_recv_stop(uring, &stream->rtp_recv);
	(void)uring_recv_stop(uring, &stream->rtcp_recv);
	lane_close(stream);
	stream_finish(stream);
}

void stream_recv_ended(struct stream *stream, struct uring_recv *recv, int err)
{
	if (stream->closing) {
		stream_finish(stream);
	} else if (recv == &stream->rtcp_recv && stream->rtcp_unwanted) {
		drop_fd(stream, &stream->rtcp_fd);
	} else if (err == -ENOBUFS) {
		(void)uring_recv(stream->worker->uring, recv);
	}
	/* Other errors (a refusal that came back) are left to the next turn, so that they cannot fill the loop. */
}
