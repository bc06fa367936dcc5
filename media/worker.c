/* worker.c - the loop of a media thread: packets, commands, and each millisecond the streams whose turn it is */
#include "media/stream.h"

#include "base/clock.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ENTRIES 2048
#define BUFFERS 4096
#define BATCH 256 /* a wait for one completion would cap batches near 20 under DEFER_TASKRUN */
#define ROUNDS_MAX 4
#define SOCKETS_A_STREAM 3 /* RTP, RTCP, lane */
#define TICK_US 1000
#define REST_US 1000000 /* without streams */
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
	carry_end(stream);
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

/* The next millisecond in which a stream has its turn; none: `none_ms`. */
static int64_t worker_next_ms(const struct worker *worker, int64_t none_ms)
{
	for (int64_t ms = worker->turn_ms + 1; ms <= worker->turn_ms + FRAME_SLOTS; ms++) {
		if (worker->turns[ms % FRAME_SLOTS])
			return ms;
	}
	return none_ms;
}

/* Nobody's milliseconds are passed over, before commands give them to somebody. */
static void worker_pass_over(struct worker *worker)
{
	int64_t now_ms = worker->now_us / 1000, next_ms = worker_next_ms(worker, now_ms + 1);

	worker->turn_ms = next_ms > now_ms ? now_ms : next_ms - 1;
}

static void worker_turns(struct worker *worker)
{
	int64_t now_ms = worker->now_us / 1000, late_ms = now_ms - worker->turn_ms;

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

/* --- rest: between two packets and two turns, when they are more than a millisecond apart */

static void rouse_heard(void *arg, int res)
{
	const struct worker *worker = arg;
	uint64_t count;

	(void)res;
	(void)!read(worker->rouse_fd, &count, sizeof(count)); /* quiet already: fine */
}

static int rouse_init(struct worker *worker)
{
	worker->rouse_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (worker->rouse_fd < 0)
		return -errno;
	worker->rouse_op = (struct uring_op){.handler = rouse_heard, .arg = worker};
	return uring_poll(worker->uring, worker->rouse_fd, &worker->rouse_op);
}

/* Either the worker sees what was put into its ring, or this sees that it rests: both look after they have written. */
void worker_rouse(struct worker *worker)
{
	uint64_t one = 1;

	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&worker->resting, memory_order_relaxed) && atomic_exchange(&worker->resting, false))
		(void)!write(worker->rouse_fd, &one, sizeof(one));
}

static void worker_rest(struct worker *worker, int64_t rest_us)
{
	atomic_store_explicit(&worker->resting, true, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	bool asked = spsc_count(&worker->commands) || relay_waiting(worker) || atomic_load(&worker->stop);
	(void)uring_wait(worker->uring, !asked, rest_us);
	atomic_store_explicit(&worker->resting, false, memory_order_relaxed);
}

/* A millisecond makes a batch; when nothing at all came in it, there is nothing to do before the next turn. */
static void worker_wait(struct worker *worker)
{
	(void)uring_wait(worker->uring, BATCH, TICK_US);
	int64_t now_us = clock_us(), rest_us = worker_next_ms(worker, (now_us + REST_US) / 1000) * 1000 - now_us;
	if (rest_us > TICK_US && !uring_ready(worker->uring))
		worker_rest(worker, rest_us);
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
	if (!err)
		err = rouse_init(worker);
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
	worker_wait(worker);
	worker->now_us = clock_us(); /* one reading serves the whole batch */
	/* After a stall more packets wait than there are buffers: they come before what we would add ourselves. */
	for (int round = 0; uring_dispatch(worker->uring) >= BATCH && round < ROUNDS_MAX; round++)
		(void)uring_wait(worker->uring, 0, 0);
	worker_pass_over(worker);
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
	char name[16];

	snprintf(name, sizeof(name), "media-%u", worker->number);
	pthread_setname_np(pthread_self(), name);
	int err = worker_init(worker);
	start->err = err;
	sem_post(start->ready);
	while (!err && !atomic_load_explicit(&worker->stop, memory_order_relaxed))
		worker_pass(worker);
	worker_fini(worker);
	return NULL;
}
