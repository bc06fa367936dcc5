/* media.c - the face: handles, ports and prompts on the owner's side; the rest goes to the worker as commands */
#include "media/media.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "media/g711.h"
#include "media/ports.h"
#include "media/stream.h"

#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SILENT_US (30 * SEC_US)
#define COMMANDS 4096 /* that may wait; behind them is room for one close a stream, so that a close is never refused */

struct slot { /* of a stream, on the owner's side */
	uint16_t port;
	bool closing;
};

struct media {
	struct pool slots;
	struct ports ports;
	struct prompts prompts;
	struct worker worker;
	bool running;
};

/* --- open and close */

static uint32_t commands_wanted(uint32_t streams_max)
{
	uint32_t count = COMMANDS;

	while (count < COMMANDS + streams_max)
		count *= 2;
	return count;
}

static uint32_t events_wanted(uint32_t streams_max)
{
	uint32_t count = 4096;

	while (count < 4 * streams_max && count < 1u << 17)
		count *= 2;
	return count;
}

static int worker_prepare(struct worker *worker, const struct media_options *options)
{
	uint64_t seed;

	worker->streams_max = options->streams_max;
	worker->silent_us = options->silent_us ? options->silent_us : SILENT_US;
	worker->fifo_wanted = options->fifo;
	worker->streams = calloc(options->streams_max, sizeof(struct stream));
	worker->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!worker->streams)
		return -ENOMEM;
	if (worker->event_fd < 0)
		return -errno;
	int err = crypt_random(&seed, sizeof(seed));
	if (err)
		return err;
	prng_seed(&worker->prng, seed);
	/* No name of the machine leaves it (RFC 7022, 4.2). */
	snprintf(worker->cname, sizeof(worker->cname), "%016llx@outdial", (unsigned long long)prng_u64(&worker->prng));
	err = spsc_init(&worker->commands, commands_wanted(options->streams_max), sizeof(struct command));
	return err ? err : spsc_init(&worker->events, events_wanted(options->streams_max), sizeof(struct media_event));
}

static int worker_launch(struct media *media)
{
	sem_t ready;
	struct worker_start start = {.worker = &media->worker, .ready = &ready};

	sem_init(&ready, 0, 0);
	int err = -pthread_create(&media->worker.thread, NULL, worker_main, &start);
	if (!err) {
		while (sem_wait(&ready))
			continue;
		err = start.err;
		if (err)
			pthread_join(media->worker.thread, NULL);
	}
	sem_destroy(&ready);
	media->running = !err;
	return err;
}

static int media_prepare(struct media *media, const struct media_options *options)
{
	int err = crypt_init();

	media->worker.event_fd = -1;
	if (!err)
		err = ports_init(&media->ports, options->ip, options->port_min, options->port_max);
	if (!err)
		err = pool_init(&media->slots, options->streams_max, sizeof(struct slot));
	if (!err)
		err = worker_prepare(&media->worker, options);
	if (err)
		return err;
	g711_init();
	media->worker.prompts = &media->prompts;
	return worker_launch(media);
}

int media_open(struct media **media, const struct media_options *options)
{
	if (!options->streams_max || options->workers > 1)
		return ERR_RANGE;
	struct media *m = aligned_alloc(64, (sizeof(*m) + 63) & ~(size_t)63);
	if (!m)
		return -ENOMEM;
	memset(m, 0, sizeof(*m));
	int err = media_prepare(m, options);
	if (err) {
		media_close(m);
		return err;
	}
	*media = m;
	return 0;
}

void media_close(struct media *media)
{
	if (!media)
		return;
	if (media->running) {
		atomic_store(&media->worker.stop, true);
		pthread_join(media->worker.thread, NULL);
	}
	if (media->worker.event_fd >= 0)
		close(media->worker.event_fd);
	spsc_fini(&media->worker.commands);
	spsc_fini(&media->worker.events);
	free(media->worker.streams);
	prompts_fini(&media->prompts);
	pool_fini(&media->slots);
	ports_fini(&media->ports);
	free(media);
}

/* --- events */

int media_event_fd(const struct media *media)
{
	return media->worker.event_fd;
}

static void media_forget(struct media *media, uint64_t stream)
{
	struct slot *slot = pool_get(&media->slots, stream);

	if (!slot)
		return;
	ports_put(&media->ports, slot->port);
	pool_put(&media->slots, stream);
}

bool media_take(struct media *media, struct media_event *event)
{
	uint64_t count;

	if (!spsc_take(&media->worker.events, event)) {
		/* Quieten the descriptor, then look again: what was pushed before a wake must not wait for the next one. */
		if (read(media->worker.event_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			return false;
		if (!spsc_take(&media->worker.events, event))
			return false;
	}
	if (event->kind == MEDIA_EV_CLOSED)
		media_forget(media, event->stream);
	return true;
}

/* --- prompts */

int media_prompt_load(struct media *media, const char *path, uint32_t *prompt, char *why)
{
	return prompt_load(&media->prompts, path, prompt, why);
}

int media_prompt_tone(struct media *media, uint32_t hz, uint32_t ms, int dbm0, uint32_t *prompt)
{
	return prompt_tone(&media->prompts, hz, ms, dbm0, prompt);
}

uint32_t media_prompt_ms(const struct media *media, uint32_t prompt)
{
	return prompt && prompt <= media->prompts.used ? media->prompts.list[prompt].ms : 0;
}

/* --- streams */

static struct slot *media_slot(const struct media *media, uint64_t stream)
{
	struct slot *slot = pool_get(&media->slots, stream);

	return slot && !slot->closing ? slot : NULL;
}

/* A stale stream is ignored, as the face says. */
static int media_command(struct media *media, const struct command *command)
{
	if (!media_slot(media, command->stream))
		return 0;
	if (spsc_count(&media->worker.commands) >= COMMANDS && command->kind != COMMAND_CLOSE)
		return -EAGAIN;
	return spsc_push(&media->worker.commands, command) ? 0 : -EAGAIN;
}

static int stream_announce(struct media *media, uint64_t stream, uint64_t cookie, const int fds[2])
{
	struct command command = {.kind = COMMAND_OPEN, .stream = stream, .open = {cookie, fds[0], fds[1]}};
	int err = media_command(media, &command);

	if (err) {
		close(fds[0]);
		close(fds[1]);
	}
	return err;
}

int media_stream_open(struct media *media, uint64_t cookie, uint64_t *stream, uint16_t *port)
{
	uint64_t handle;
	int fds[2];

	struct slot *slot = pool_take(&media->slots, &handle);
	if (!slot)
		return ERR_FULL;
	int err = ports_take(&media->ports, fds, &slot->port);
	if (err) {
		pool_put(&media->slots, handle);
		return err;
	}
	uint16_t taken = slot->port;
	err = stream_announce(media, handle, cookie, fds);
	if (err) {
		media_forget(media, handle);
		return err;
	}
	*stream = handle;
	*port = taken;
	return 0;
}

int media_remote(struct media *media, uint64_t stream, const struct media_remote *remote)
{
	struct command command = {.kind = COMMAND_REMOTE, .stream = stream, .remote = *remote};
	union addr addr;

	if (addr_parse(&addr, remote->ip, remote->port) || addr.sa.sa_family != media->ports.ip.sa.sa_family)
		return -EINVAL;
	return media_command(media, &command);
}

int media_play(struct media *media, uint64_t stream, uint32_t prompt, int32_t ms)
{
	struct command command = {.kind = COMMAND_PLAY, .stream = stream, .play = {prompt, ms}};

	return media_command(media, &command);
}

int media_play_stop(struct media *media, uint64_t stream)
{
	struct command command = {.kind = COMMAND_PLAY_STOP, .stream = stream};

	return media_command(media, &command);
}

int media_classify(struct media *media, uint64_t stream, const struct amd_options *options)
{
	struct command command = {.kind = COMMAND_CLASSIFY, .stream = stream};

	if (options) {
		command.classify.on = true;
		command.classify.options = *options;
	}
	return media_command(media, &command);
}

int media_recall(struct media *media, uint64_t stream, enum amd_verdict verdict)
{
	struct command command = {.kind = COMMAND_RECALL, .stream = stream, .verdict = verdict};

	return media_command(media, &command);
}

int media_dtmf(struct media *media, uint64_t stream, const char *digits)
{
	struct command command = {.kind = COMMAND_DTMF, .stream = stream};

	memcpy(command.digits, digits, strnlen(digits, DTMF_DIGITS_MAX));
	return media_command(media, &command);
}

int media_bridge(struct media *media, uint64_t a, uint64_t b)
{
	struct command command = {.kind = COMMAND_BRIDGE, .stream = a, .peer = b};

	return media_slot(media, b) ? media_command(media, &command) : 0;
}

int media_unbridge(struct media *media, uint64_t stream)
{
	struct command command = {.kind = COMMAND_UNBRIDGE, .stream = stream};

	return media_command(media, &command);
}

int media_stream_close(struct media *media, uint64_t stream)
{
	struct command command = {.kind = COMMAND_CLOSE, .stream = stream};
	struct slot *slot = media_slot(media, stream);

	if (!slot)
		return 0;
	int err = media_command(media, &command);
	assert(!err);
	slot->closing = true;
	return err;
}

/* --- the rest */

int media_srtp_key(struct media_srtp *srtp, enum media_suite suite)
{
	struct media_srtp out = {.suite = suite};
	int err = suite == MEDIA_SRTP_NONE ? 0 : crypt_random(out.key, sizeof(out.key));

	if (!err)
		*srtp = out;
	return err;
}

void media_counters(const struct media *media, struct media_counters *out)
{
	const struct worker *worker = &media->worker;

	*out = (struct media_counters){
		.streams = media->slots.used,
		.workers = 1,
		.fifo = atomic_load_explicit(&worker->fifo, memory_order_relaxed),
		.rx_packets = atomic_load_explicit(&worker->rx_packets, memory_order_relaxed),
		.tx_packets = atomic_load_explicit(&worker->tx_packets, memory_order_relaxed),
		.dropped_events = atomic_load_explicit(&worker->dropped_events, memory_order_relaxed),
		.late_ticks = atomic_load_explicit(&worker->late_ticks, memory_order_relaxed),
		.send_failed = atomic_load_explicit(&worker->send_failed, memory_order_relaxed),
		.recv_long = atomic_load_explicit(&worker->recv_long, memory_order_relaxed),
		.lanes = (uint32_t)atomic_load_explicit(&worker->lanes, memory_order_relaxed),
		.direct = (uint32_t)atomic_load_explicit(&worker->direct, memory_order_relaxed),
	};
}
