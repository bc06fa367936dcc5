/* media.c - the face: handles, ports and prompts on the owner's side; the rest goes to the worker as commands */
#include "media/media.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "media/g711.h"
#include "media/inkernel.h"
#include "media/ports.h"
#include "media/recorder.h"
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
#define FRAME_MS (FRAME_US / 1000)
#define COMMANDS 4096 /* that may wait; behind them is room for one close a stream, so that a close is never refused */

struct slot { /* of a stream, on the owner's side */
	uint16_t port;
	bool closing;
	bool owed;     /* its worker has not been told yet who its peer is */
	uint64_t peer; /* of the last media_bridge() */
};

struct media {
	struct pool *slots; /* of each worker's streams */
	struct worker *crew;
	uint32_t workers, running;
	uint32_t streams, streams_max;
	uint32_t look; /* worker whose events are taken next */
	uint64_t *owed; /* streams_max at most; stale ones are passed over */
	uint32_t owed_count;
	struct ports ports;
	struct prompts prompts;
	int event_fd;
	struct recorder *recorder; /* NULL: nothing is recorded */
	struct inkernel *kernel;   /* NULL: no relay in the kernel */
	char kernel_why[INKERNEL_WHY];
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

static int worker_seed(struct worker *worker)
{
	uint64_t seed;
	int err = crypt_random(&seed, sizeof(seed));

	if (err)
		return err;
	prng_seed(&worker->prng, seed);
	/* No name of the machine leaves it (RFC 7022, 4.2). */
	snprintf(worker->cname, sizeof(worker->cname), "%016llx@outdial", (unsigned long long)prng_u64(&worker->prng));
	return 0;
}

/* The least loaded worker takes the next stream, so none has ever more than its share. */
static uint32_t streams_of_one(const struct media *media)
{
	return (media->streams_max + media->workers - 1) / media->workers;
}

static int worker_prepare(struct media *media, struct worker *worker, const struct media_options *options)
{
	worker->streams_max = streams_of_one(media);
	worker->silent_us = options->silent_us ? options->silent_us : SILENT_US;
	worker->fifo_wanted = options->fifo;
	worker->number = (uint32_t)(worker - media->crew);
	worker->workers = media->workers;
	worker->crew = media->crew;
	worker->prompts = &media->prompts;
	worker->silence_frames = options->silence_ms > FRAME_MS ? options->silence_ms / FRAME_MS : 1;
	worker->event_fd = media->event_fd;
	worker->probe = options->probe;
	worker->kernel = media->kernel;
	worker->records = media->recorder ? recorder_lane(media->recorder, worker->number) : NULL;
	worker->streams = calloc(worker->streams_max, sizeof(struct stream));
	int err = worker->streams ? worker_seed(worker) : -ENOMEM;
	if (!err)
		err = spsc_init_resident(&worker->commands, commands_wanted(worker->streams_max), sizeof(struct command));
	if (!err)
		err = spsc_init_resident(&worker->events, events_wanted(worker->streams_max), sizeof(struct media_event));
	if (!err)
		err = relay_init(worker);
	return err ? err : pool_init(&media->slots[worker->number], worker->streams_max, sizeof(struct slot));
}

static int worker_launch(struct worker *worker)
{
	sem_t ready;
	struct worker_start start = {.worker = worker, .ready = &ready};

	sem_init(&ready, 0, 0);
	int err = -pthread_create(&worker->thread, NULL, worker_main, &start);
	if (!err) {
		while (sem_wait(&ready))
			continue;
		err = start.err;
		if (err)
			pthread_join(worker->thread, NULL);
	}
	sem_destroy(&ready);
	return err;
}

static int crew_start(struct media *media, const struct media_options *options)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < media->workers; i++)
		err = worker_prepare(media, &media->crew[i], options);
	for (uint32_t i = 0; !err && i < media->workers; i++) {
		err = worker_launch(&media->crew[i]);
		media->running += !err;
	}
	return err;
}

/* Without it all goes through sockets as ever. */
static void media_ask_kernel(struct media *media, const struct media_options *options)
{
	uint32_t reels = options->streams_max + MEDIA_WORKERS_MAX; /* by the handle's number */

	if (*options->kernel_relay && !inkernel_open(&media->kernel, options->kernel_relay, reels, media->kernel_why) &&
		options->kernel_workers)
		media->workers = options->kernel_workers;
}

static int media_prepare(struct media *media, const struct media_options *options)
{
	int err = crypt_init();

	if (!err)
		err = ports_init(&media->ports, options->ip, options->port_min, options->port_max);
	if (err)
		return err;
	media_ask_kernel(media, options);
	media->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (media->event_fd < 0)
		return -errno;
	media->slots = calloc(media->workers, sizeof(*media->slots));
	media->crew = aligned_alloc(64, media->workers * sizeof(*media->crew));
	media->owed = calloc(options->streams_max, sizeof(*media->owed));
	if (!media->slots || !media->crew || !media->owed)
		return -ENOMEM;
	memset(media->crew, 0, media->workers * sizeof(*media->crew));
	for (uint32_t i = 0; i < media->workers; i++)
		media->crew[i].rouse_fd = -1;
	g711_init();
	int recorder = *options->record_dir ? recorder_open(&media->recorder, options->record_dir, media->workers, streams_of_one(media)) : 0;
	return recorder ? recorder : crew_start(media, options);
}

int media_open(struct media **media, const struct media_options *options)
{
	if (!options->streams_max || options->workers > MEDIA_WORKERS_MAX || options->kernel_workers > MEDIA_WORKERS_MAX ||
		(options->probe && options->workers > 1))
		return ERR_RANGE;
	struct media *m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->workers = options->workers ? options->workers : 1;
	m->streams_max = options->streams_max;
	m->event_fd = -1;
	int err = media_prepare(m, options);
	if (err) {
		media_close(m);
		return err;
	}
	*media = m;
	return 0;
}

static void crew_free(struct media *media)
{
	for (uint32_t i = 0; media->crew && i < media->workers; i++) {
		struct worker *worker = &media->crew[i];
		spsc_fini(&worker->commands);
		spsc_fini(&worker->events);
		relay_fini(worker);
		if (worker->rouse_fd >= 0)
			close(worker->rouse_fd); /* not before all threads are gone: each may rouse any other */
		free(worker->streams);
	}
	for (uint32_t i = 0; media->slots && i < media->workers; i++)
		pool_fini(&media->slots[i]);
	free(media->crew);
	free(media->slots);
	free(media->owed);
}

const char *media_kernel_why(const struct media *media)
{
	return media->kernel_why;
}

void media_close(struct media *media)
{
	if (!media)
		return;
	for (uint32_t i = 0; i < media->running; i++) {
		atomic_store(&media->crew[i].stop, true);
		worker_rouse(&media->crew[i]);
	}
	for (uint32_t i = 0; i < media->running; i++)
		pthread_join(media->crew[i].thread, NULL);
	inkernel_close(media->kernel);
	recorder_close(media->recorder); /* what the workers handed over is written */
	if (media->event_fd >= 0)
		close(media->event_fd);
	crew_free(media);
	prompts_fini(&media->prompts);
	ports_fini(&media->ports);
	free(media);
}

/* --- handles: the pools number each worker's own streams, the world sees one series (stream.h) */

static uint32_t media_worker(const struct media *media, uint64_t stream)
{
	return handle_worker(stream, media->workers);
}

static uint64_t handle_inside(const struct media *media, uint64_t stream)
{
	return stream >> 32 << 32 | (uint32_t)(handle_place(stream, media->workers) + 1);
}

static uint64_t handle_outside(const struct media *media, uint64_t inside, uint32_t worker)
{
	uint32_t place = (uint32_t)inside - 1;

	return inside >> 32 << 32 | (uint32_t)(place * media->workers + worker + 1);
}

static struct slot *media_slot_any(const struct media *media, uint64_t stream)
{
	return stream ? pool_get(&media->slots[media_worker(media, stream)], handle_inside(media, stream)) : NULL;
}

static struct slot *media_slot(const struct media *media, uint64_t stream)
{
	struct slot *slot = media_slot_any(media, stream);

	return slot && !slot->closing ? slot : NULL;
}

/* A slot of the least loaded worker. */
static struct slot *slot_take(struct media *media, uint64_t *stream)
{
	uint32_t least = 0;

	if (media->streams == media->streams_max)
		return NULL;
	for (uint32_t i = 1; i < media->workers; i++) {
		if (media->slots[i].used < media->slots[least].used)
			least = i;
	}
	struct slot *slot = pool_take(&media->slots[least], stream);
	*stream = handle_outside(media, *stream, least);
	media->streams++;
	return slot;
}

static void slot_put(struct media *media, uint64_t stream)
{
	pool_put(&media->slots[media_worker(media, stream)], handle_inside(media, stream));
	media->streams--;
}

/* --- commands */

static bool media_has_room(const struct media *media, uint64_t stream)
{
	return spsc_count(&media->crew[media_worker(media, stream)].commands) < COMMANDS;
}

static int media_push(struct media *media, const struct command *command)
{
	struct worker *worker = &media->crew[media_worker(media, command->stream)];

	if (!spsc_push(&worker->commands, command))
		return -EAGAIN;
	worker_rouse(worker);
	return 0;
}

/* Who is whose peer is a state, told to the workers when their rings have room: so a bridge is never refused. */
static bool peer_told(struct media *media, uint64_t stream, const struct slot *slot)
{
	struct command command = {.kind = slot->peer ? COMMAND_BRIDGE : COMMAND_UNBRIDGE, .stream = stream};

	if (slot->peer)
		command.peer = slot->peer;
	return media_has_room(media, stream) && !media_push(media, &command);
}

static void media_settle(struct media *media)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < media->owed_count; i++) {
		struct slot *slot = media_slot(media, media->owed[i]);
		if (slot && !peer_told(media, media->owed[i], slot))
			media->owed[kept++] = media->owed[i];
		else if (slot)
			slot->owed = false;
	}
	media->owed_count = kept;
}

/* --- events */

int media_event_fd(const struct media *media)
{
	return media->event_fd;
}

static void media_forget(struct media *media, uint64_t stream)
{
	struct slot *slot = media_slot_any(media, stream);

	if (!slot)
		return;
	ports_put(&media->ports, slot->port);
	slot_put(media, stream);
}

/* Each worker in turn, so that a busy one does not keep the others' events waiting. */
static bool events_take(struct media *media, struct media_event *event)
{
	for (uint32_t i = 0; i < media->workers; i++) {
		struct worker *worker = &media->crew[media->look];
		media->look = (media->look + 1) % media->workers;
		if (spsc_take(&worker->events, event))
			return true;
	}
	return false;
}

bool media_take(struct media *media, struct media_event *event)
{
	uint64_t count;

	if (media->owed_count)
		media_settle(media);
	if (!events_take(media, event)) {
		/* Quieten the descriptor, then look again: what was pushed before a wake must not wait for the next one. */
		if (read(media->event_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			return false;
		if (!events_take(media, event))
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

/* A stale stream is ignored, as the face says. */
static int media_command(struct media *media, const struct command *command)
{
	if (!media_slot(media, command->stream))
		return 0;
	return media_has_room(media, command->stream) ? media_push(media, command) : -EAGAIN;
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

	struct slot *slot = slot_take(media, &handle);
	if (!slot)
		return ERR_FULL;
	int err = ports_take(&media->ports, fds, &slot->port);
	if (err) {
		slot_put(media, handle);
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

int media_record(struct media *media, uint64_t stream, uint64_t id, int64_t start_us)
{
	struct command command = {.kind = COMMAND_RECORD, .stream = stream, .record = {.id = id, .at_us = start_us}};

	return media_command(media, &command);
}

int media_record_pause(struct media *media, uint64_t stream, bool paused, int64_t at_us)
{
	struct command command = {.kind = COMMAND_RECORD_PAUSE, .stream = stream, .record = {.at_us = at_us, .paused = paused}};

	return media_command(media, &command);
}

int media_dtmf(struct media *media, uint64_t stream, const char *digits)
{
	struct command command = {.kind = COMMAND_DTMF, .stream = stream};

	memcpy(command.digits, digits, strnlen(digits, DTMF_DIGITS_MAX));
	return media_command(media, &command);
}

/* --- bridges */

static void peer_set(struct media *media, uint64_t stream, uint64_t peer)
{
	struct slot *slot = media_slot(media, stream);

	if (!slot || slot->peer == peer)
		return;
	slot->peer = peer;
	if (!slot->owed)
		media->owed[media->owed_count++] = stream;
	slot->owed = true;
}

static void media_part(struct media *media, uint64_t stream)
{
	struct slot *slot = media_slot(media, stream);

	if (slot)
		peer_set(media, slot->peer, 0);
	peer_set(media, stream, 0);
}

int media_bridge(struct media *media, uint64_t a, uint64_t b)
{
	struct slot *slot = media_slot(media, a);

	if (!slot || !media_slot(media, b) || a == b || slot->peer == b)
		return 0;
	media_part(media, a);
	media_part(media, b);
	peer_set(media, a, b);
	peer_set(media, b, a);
	media_settle(media);
	return 0;
}

int media_unbridge(struct media *media, uint64_t stream)
{
	media_part(media, stream);
	media_settle(media);
	return 0;
}

int media_stream_close(struct media *media, uint64_t stream)
{
	struct command command = {.kind = COMMAND_CLOSE, .stream = stream};
	struct slot *slot = media_slot(media, stream);

	if (!slot)
		return 0;
	media_part(media, stream);
	int err = media_push(media, &command);
	assert(!err);
	slot->closing = true;
	media_settle(media);
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

const char *media_refusal_name(enum media_refusal refusal)
{
	static const char *const names[] = {"stranger", "garbage", "srtp"};

	return names[refusal];
}

static uint64_t counter(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void count_records(const struct media *media, struct media_counters *out)
{
	struct recorder_counters counters = {0};

	if (media->recorder)
		recorder_count(media->recorder, &counters);
	out->records_begun = counters.begun;
	out->records_ended = counters.ended;
	out->records_refused = counters.refused;
	out->record_lost_ms = counters.lost / 8;
}

void media_counters(const struct media *media, struct media_counters *out)
{
	struct media_counters sum = {.streams = media->streams, .workers = media->workers, .fifo = true, .kernel = media->kernel,
		.kernel_records = inkernel_reels(media->kernel)};

	for (uint32_t i = 0; i < media->workers; i++) {
		const struct worker *worker = &media->crew[i];
		sum.fifo &= atomic_load_explicit(&worker->fifo, memory_order_relaxed);
		sum.rx_packets += counter(&worker->rx_packets);
		sum.tx_packets += counter(&worker->tx_packets);
		sum.dropped_events += counter(&worker->dropped_events);
		sum.late_ticks += counter(&worker->late_ticks);
		sum.send_failed += counter(&worker->send_failed);
		sum.recv_long += counter(&worker->recv_long);
		sum.lanes += (uint32_t)counter(&worker->lanes);
		sum.direct += (uint32_t)counter(&worker->direct);
		sum.relayed_away += counter(&worker->relayed_away);
		sum.relay_full += counter(&worker->relay_full);
		sum.carried += (uint32_t)counter(&worker->carried);
		sum.carried_packets += counter(&worker->carried_packets);
		sum.carried_missed += counter(&worker->carried_missed);
		for (int refusal = 0; refusal < MEDIA_REFUSALS; refusal++)
			sum.refused[refusal] += counter(&worker->refused[refusal]);
	}
	count_records(media, &sum);
	*out = sum;
}
