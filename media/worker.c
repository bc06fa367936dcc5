/* worker.c - the loop of a media thread: packets, commands, and each millisecond the streams whose turn it is */
#include "media/stream.h"

#include "base/clock.h"

#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

#define ENTRIES 2048
#define BUFFERS 4096
#define BATCH 256 /* a wait for one completion would cap batches near 20 under DEFER_TASKRUN */
#define ROUNDS_MAX 4
#define SOCKETS_A_STREAM 3 /* RTP, RTCP, lane */
#define TICK_US 1000
#define LATE_MS 20
#define STALL_MS 500
#define FIFO_PRIORITY 10

struct stream *worker_stream(struct worker *worker, uint64_t handle)
{
	uint32_t place = handle_place(handle, worker->workers);

	if (!handle || handle_worker(handle, worker->workers) != worker->number || place >= worker->streams_max ||
		worker->streams[place].handle != handle)
		return NULL;
	return &worker->streams[place];
}

/* --- events */

bool worker_tell(struct worker *worker, const struct stream *stream, struct media_event *event)
{
	event->stream = stream->handle;
	event->cookie = stream->cookie;
	if (!event->at_us)
		event->at_us = worker->now_us;
	if (!spsc_push(&worker->events, event)) {
		if (event->kind != MEDIA_EV_CLOSED) /* which is tried again */
			worker_add(&worker->dropped_events, 1);
		return false;
	}
	worker->woken = true;
	return true;
}

void worker_tell_kind(struct worker *worker, const struct stream *stream, enum media_event_kind kind)
{
	struct media_event event = {.kind = kind};

	(void)worker_tell(worker, stream, &event);
}

static void worker_wake_owner(struct worker *worker)
{
	uint64_t one = 1;

	if (worker->woken && write(worker->event_fd, &one, sizeof(one)) == sizeof(one))
		worker->woken = false;
}

/* --- commands */

/* A peer of another worker is that worker's to judge: nothing comes from one that has gone. */
static void worker_bridge(struct worker *worker, struct stream *stream, uint64_t peer)
{
	struct stream *here = worker_stream(worker, peer);
	bool away = handle_worker(peer, worker->workers) != worker->number;

	if (away || (here && !here->closing))
		talk_bridge(stream, peer);
}

static void worker_obey(struct worker *worker, const struct command *command)
{
	struct stream *stream = worker_stream(worker, command->stream);

	if (command->kind == COMMAND_OPEN) {
		stream_open(worker, command);
		return;
	}
	if (!stream || stream->closing)
		return;
	switch (command->kind) {
	case COMMAND_REMOTE:
		stream_remote(stream, &command->remote);
		break;
	case COMMAND_PLAY:
		talk_play(stream, command->play.prompt, command->play.ms);
		break;
	case COMMAND_PLAY_STOP:
		talk_stop(stream);
		break;
	case COMMAND_CLASSIFY:
		listen_start(stream, command->classify.on ? &command->classify.options : NULL);
		break;
	case COMMAND_RECALL:
		listen_recall(stream, command->verdict);
		break;
	case COMMAND_DTMF:
		dtmf_queue(&stream->talk.dtmf, stream->remote.dtmf_type ? command->digits : "");
		break;
	case COMMAND_BRIDGE:
		worker_bridge(worker, stream, command->peer);
		break;
	case COMMAND_UNBRIDGE:
		talk_unbridge(stream);
		break;
	case COMMAND_CLOSE:
		stream_close(stream);
		break;
	case COMMAND_RECORD:
		record_start(stream, command->record.id, command->record.at_us);
		break;
	case COMMAND_RECORD_PAUSE:
		record_pause(stream, command->record.paused, command->record.at_us);
		break;
	default:
		break;
	}
}

static void worker_commands(struct worker *worker)
{
	struct command command;

	while (spsc_take(&worker->commands, &command))
		worker_obey(worker, &command);
}

/* --- turns */

static void worker_turn(struct worker *worker)
{
	struct stream *next;

	for (struct stream *s = worker->turns[worker->turn_ms % FRAME_SLOTS]; s; s = next) {
		next = s->next;
		stream_turn(s);
	}
}

static void worker_turns(struct worker *worker)
{
	int64_t now_ms = worker->now_us / 1000;
	int64_t late_ms = now_ms - worker->turn_ms;

	if (late_ms > LATE_MS)
		worker_add(&worker->late_ticks, 1);
	if (late_ms > STALL_MS)
		worker->awake_us = worker->now_us;
	if (late_ms > CATCH_UP_MS)
		worker->turn_ms = now_ms - CATCH_UP_MS;
	while (worker->turn_ms < now_ms) {
		worker->turn_ms++;
		worker->turn_us = worker->turn_ms * 1000;
		worker_turn(worker);
	}
}

/* --- the thread */

static void worker_ask_fifo(struct worker *worker)
{
	struct sched_param param = {.sched_priority = FIFO_PRIORITY};

	if (worker->fifo_wanted)
		atomic_store(&worker->fifo, pthread_setschedparam(pthread_self(), SCHED_FIFO, &param) == 0);
}

static int worker_init(struct worker *worker)
{
	int err = uring_alloc(&worker->uring, ENTRIES);

	if (!err)
		err = uring_datagrams(worker->uring, BUFFERS);
	if (err)
		return err;
	(void)uring_direct(worker->uring, worker->streams_max * SOCKETS_A_STREAM); /* without: descriptors of the process */
	worker->now_us = clock_us();
	worker->turn_ms = worker->now_us / 1000;
	worker_ask_fifo(worker);
	return 0;
}

static void worker_fini(struct worker *worker)
{
	uring_free(worker->uring);
	worker->uring = NULL;
	for (uint32_t i = 0; i < worker->streams_max; i++) {
		if (worker->streams[i].handle)
			stream_drop(&worker->streams[i]);
	}
}

static void worker_publish(struct worker *worker)
{
	struct uring_counters counters;

	uring_count(worker->uring, &counters);
	atomic_store_explicit(&worker->send_failed, counters.send_failed, memory_order_relaxed);
	atomic_store_explicit(&worker->recv_long, counters.recv_long, memory_order_relaxed);
	atomic_store_explicit(&worker->direct, counters.direct, memory_order_relaxed);
}

static void worker_pass(struct worker *worker)
{
	(void)uring_wait(worker->uring, BATCH, TICK_US);
	worker->now_us = clock_us(); /* one reading serves the whole batch */
	/* After a stall more packets wait than there are buffers: they come before what we would add ourselves. */
	for (int round = 0; uring_dispatch(worker->uring) >= BATCH && round < ROUNDS_MAX; round++)
		(void)uring_wait(worker->uring, 0, 0);
	worker_commands(worker);
	relay_take(worker);
	worker_turns(worker);
	worker_publish(worker);
	worker_wake_owner(worker);
}

void *worker_main(void *arg)
{
	struct worker_start *start = arg;
	struct worker *worker = start->worker;
	int err = worker_init(worker);

	start->err = err;
	sem_post(start->ready);
	while (!err && !atomic_load_explicit(&worker->stop, memory_order_relaxed))
		worker_pass(worker);
	worker_fini(worker);
	return NULL;
}
