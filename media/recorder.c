/*
 * recorder.c - see recorder.h
 *
 * What a block is about travels as a job; the blocks themselves lie in one area a lane and are named by their place in it. A
 * file's slot is found by lane and stream while its call lasts, and lives on until its last write has come back.
 */
#include "media/recorder.h"

#include "base/pool.h"
#include "base/spsc.h"
#include "media/uring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPARE_BLOCKS 64
#define LOOK_US 20000 /* jobs wait at most this long */
#define IDLE_US 200000
#define ENTRIES 256
#define NICE 5

enum job_kind { JOB_BEGIN, JOB_BLOCK, JOB_END };

struct job {
	enum job_kind kind;
	uint32_t place;
	uint32_t block, number;
	struct spool_head head; /* of BEGIN; of END: pairs and lost */
};

struct written { /* a block on its way to the disk */
	struct uring_op op;
	struct record_lane *lane;
	uint64_t file;
};

struct record_lane {
	struct recorder *recorder;
	struct spsc jobs, free; /* free: numbers of blocks */
	uint8_t *blocks;
	uint32_t block_count, streams;
	struct written *writing; /* by block: the thread's own */
	uint64_t *files;         /* by stream: the thread's own */
	_Atomic uint64_t refused, lost;
};

struct file {
	int fd;
	uint32_t writing;
	bool ending;
	struct spool_head head;
	uint64_t disk_lost; /* samples of blocks that the disk refused */
};

struct recorder {
	char dir[PATH_MAX - 64];
	struct record_lane *lanes;
	uint32_t lane_count;
	struct pool files; /* the thread's own, as the ring */
	struct uring *uring;
	pthread_t thread;
	bool running;
	atomic_bool stop;
	_Atomic uint64_t begun, ended, refused, lost;
};

/* --- the worker's side */

bool recorder_begin(struct record_lane *lane, uint32_t place, const struct spool_head *head)
{
	struct job job = {.kind = JOB_BEGIN, .place = place, .head = *head};
	/* What is under way keeps its room: all blocks and all ends (lane_init). */
	bool room = spsc_count(&lane->jobs) < lane->block_count + 2 * lane->streams && spsc_push(&lane->jobs, &job);

	if (!room)
		atomic_fetch_add(&lane->refused, 1);
	return room;
}

uint8_t *recorder_take(struct record_lane *lane)
{
	uint32_t number;

	if (!spsc_take(&lane->free, &number))
		return NULL;
	uint8_t *block = lane->blocks + (size_t)number * TAPE_BLOCK_BYTES;
	memset(block, 0, TAPE_BLOCK_BYTES);
	return block;
}

void recorder_give(struct record_lane *lane, uint32_t place, uint8_t *block, uint32_t number)
{
	uint32_t index = (uint32_t)((size_t)(block - lane->blocks) / TAPE_BLOCK_BYTES);
	struct job job = {.kind = JOB_BLOCK, .place = place, .block = index, .number = number};

	(void)spsc_push(&lane->jobs, &job); /* each block has its room: lane_init() */
}

bool recorder_end(struct record_lane *lane, uint32_t place, uint64_t pairs, uint64_t lost)
{
	struct job job = {.kind = JOB_END, .place = place, .head = {.pairs = pairs, .lost = lost}};

	if (!spsc_push(&lane->jobs, &job))
		return false;
	atomic_fetch_add(&lane->lost, lost);
	return true;
}

/* --- files */

static void file_name(const struct recorder *recorder, const struct file *file, const char *suffix, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s/%llu%s", recorder->dir, (unsigned long long)file->head.id, suffix);
}

static int head_write(const struct file *file)
{
	uint8_t data[SPOOL_HEAD_BYTES];

	spool_print(data, &file->head);
	return pwrite(file->fd, data, sizeof(data), 0) == sizeof(data) ? 0 : errno ? -errno : -EIO;
}

/* An id is recorded once: a file that is there already belongs to a call that nobody has finished yet, and stays. */
static bool file_open(struct recorder *recorder, struct file *file)
{
	char path[PATH_MAX];

	file_name(recorder, file, SPOOL_PART, path);
	file->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return false;
	if (head_write(file) == 0)
		return true;
	close(file->fd);
	unlink(path);
	return false;
}

/* What its call's end wrote down is last: a file without it is one that was cut off. */
static void file_close(struct recorder *recorder, uint64_t handle, struct file *file)
{
	char from[PATH_MAX], to[PATH_MAX];

	file->head.ended = true;
	file->head.lost += file->disk_lost;
	if (head_write(file) == 0) {
		file_name(recorder, file, SPOOL_PART, from);
		file_name(recorder, file, SPOOL_DONE, to);
		(void)rename(from, to); /* else the next start finds it */
	}
	close(file->fd);
	pool_put(&recorder->files, handle);
	atomic_fetch_add(&recorder->ended, 1);
}

/* --- jobs */

static void job_begin(struct record_lane *lane, const struct job *job)
{
	struct recorder *recorder = lane->recorder;
	uint64_t handle;
	struct file *file;

	while (!(file = pool_take(&recorder->files, &handle)))
		(void)uring_step(recorder->uring, 1, LOOK_US); /* earlier ones are still being written */
	file->head = job->head;
	if (!file_open(recorder, file)) {
		pool_put(&recorder->files, handle);
		handle = 0;
		atomic_fetch_add(&recorder->refused, 1);
	}
	atomic_fetch_add(&recorder->begun, handle != 0);
	lane->files[job->place] = handle;
}

static void block_done(void *arg, int res)
{
	struct written *written = arg;
	struct record_lane *lane = written->lane;
	struct recorder *recorder = lane->recorder;
	struct file *file = pool_get(&recorder->files, written->file);
	uint32_t index = (uint32_t)(written - lane->writing);

	if (file && res != TAPE_BLOCK_BYTES) {
		file->disk_lost += TAPE_BLOCK_BYTES;
		atomic_fetch_add(&recorder->lost, TAPE_BLOCK_BYTES);
	}
	(void)spsc_push(&lane->free, &index);
	if (file && --file->writing == 0 && file->ending)
		file_close(recorder, written->file, file);
}

static void job_block(struct record_lane *lane, const struct job *job)
{
	struct recorder *recorder = lane->recorder;
	struct written *written = &lane->writing[job->block];
	struct file *file = pool_get(&recorder->files, lane->files[job->place]);
	uint64_t offset = SPOOL_HEAD_BYTES + (uint64_t)job->number * TAPE_BLOCK_BYTES;

	*written = (struct written){.op = {.handler = block_done, .arg = written}, .lane = lane, .file = lane->files[job->place]};
	if (!file) { /* it could not be opened: nothing of it is kept */
		(void)spsc_push(&lane->free, &job->block);
		return;
	}
	file->writing++;
	int err = uring_write(recorder->uring, file->fd, lane->blocks + (size_t)job->block * TAPE_BLOCK_BYTES, TAPE_BLOCK_BYTES,
		offset, &written->op);
	if (err)
		block_done(written, err);
}

static void job_end(struct record_lane *lane, const struct job *job)
{
	uint64_t handle = lane->files[job->place];
	struct file *file = pool_get(&lane->recorder->files, handle);

	lane->files[job->place] = 0;
	if (!file)
		return;
	file->head.pairs = job->head.pairs;
	file->head.lost = job->head.lost;
	file->ending = true;
	if (!file->writing)
		file_close(lane->recorder, handle, file);
}

static bool lane_work(struct record_lane *lane)
{
	struct job job;
	bool any = false;

	for (; spsc_take(&lane->jobs, &job); any = true) {
		if (job.kind == JOB_BEGIN)
			job_begin(lane, &job);
		else if (job.kind == JOB_BLOCK)
			job_block(lane, &job);
		else
			job_end(lane, &job);
	}
	return any;
}

/* --- the thread */

static bool recorder_work(struct recorder *recorder)
{
	bool any = false;

	for (uint32_t i = 0; i < recorder->lane_count; i++)
		any |= lane_work(&recorder->lanes[i]);
	return any;
}

static void *recorder_main(void *arg)
{
	struct recorder *recorder = arg;

	pthread_setname_np(pthread_self(), "recorder");
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* of this thread; in vain is no harm */
	while (!atomic_load(&recorder->stop)) {
		(void)recorder_work(recorder);
		(void)uring_step(recorder->uring, 1, recorder->files.used ? LOOK_US : IDLE_US);
	}
	while (recorder_work(recorder) || recorder->files.used)
		(void)uring_step(recorder->uring, 1, LOOK_US);
	uring_free(recorder->uring);
	return NULL;
}

/* The ring belongs to the thread that made it. */
struct start {
	struct recorder *recorder;
	pthread_barrier_t ready;
	int err;
};

static void *recorder_begin_main(void *arg)
{
	struct start *start = arg;
	struct recorder *recorder = start->recorder;
	int err = uring_alloc(&recorder->uring, ENTRIES);

	start->err = err;
	pthread_barrier_wait(&start->ready);
	return err ? NULL : recorder_main(recorder);
}

static int recorder_launch(struct recorder *recorder)
{
	struct start start = {.recorder = recorder};

	pthread_barrier_init(&start.ready, NULL, 2);
	int err = -pthread_create(&recorder->thread, NULL, recorder_begin_main, &start);
	if (!err) {
		pthread_barrier_wait(&start.ready);
		err = start.err;
		recorder->running = !err;
		if (err)
			pthread_join(recorder->thread, NULL);
	}
	pthread_barrier_destroy(&start.ready);
	return err;
}

/* --- open and close */

static uint32_t power_of_two(uint32_t least)
{
	uint32_t count = 64;

	while (count < least)
		count *= 2;
	return count;
}

static int lane_init(struct record_lane *lane, struct recorder *recorder, uint32_t streams)
{
	size_t bytes;

	lane->recorder = recorder;
	lane->streams = streams;
	lane->block_count = streams + streams / 2 + SPARE_BLOCKS;
	bytes = (size_t)lane->block_count * TAPE_BLOCK_BYTES;
	lane->blocks = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	lane->writing = calloc(lane->block_count, sizeof(*lane->writing));
	lane->files = calloc(streams, sizeof(*lane->files));
	if (lane->blocks == MAP_FAILED || !lane->writing || !lane->files)
		return -ENOMEM;
	/* Beginnings are refused above block_count + 2 * streams; behind that is room for every block and every end. */
	int err = spsc_init(&lane->jobs, power_of_two(2 * lane->block_count + 4 * streams), sizeof(struct job));
	if (!err)
		err = spsc_init(&lane->free, power_of_two(lane->block_count + 1), sizeof(uint32_t));
	for (uint32_t i = 0; !err && i < lane->block_count; i++)
		(void)spsc_push(&lane->free, &i);
	return err;
}

static void lane_fini(struct record_lane *lane)
{
	if (lane->blocks && lane->blocks != MAP_FAILED)
		munmap(lane->blocks, (size_t)lane->block_count * TAPE_BLOCK_BYTES);
	free(lane->writing);
	free(lane->files);
	spsc_fini(&lane->jobs);
	spsc_fini(&lane->free);
}

static int recorder_prepare(struct recorder *recorder, const char *dir, uint32_t workers, uint32_t streams)
{
	if (snprintf(recorder->dir, sizeof(recorder->dir), "%s", dir) >= (int)sizeof(recorder->dir))
		return -ENAMETOOLONG;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	recorder->lanes = aligned_alloc(64, workers * sizeof(*recorder->lanes));
	if (!recorder->lanes)
		return -ENOMEM;
	memset(recorder->lanes, 0, workers * sizeof(*recorder->lanes));
	recorder->lane_count = workers;
	int err = pool_init(&recorder->files, 2 * workers * streams, sizeof(struct file));
	for (uint32_t i = 0; !err && i < workers; i++)
		err = lane_init(&recorder->lanes[i], recorder, streams);
	return err ? err : recorder_launch(recorder);
}

int recorder_open(struct recorder **recorder, const char *dir, uint32_t workers, uint32_t streams)
{
	struct recorder *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	int err = recorder_prepare(made, dir, workers, streams);
	if (err)
		recorder_close(made);
	else
		*recorder = made;
	return err;
}

void recorder_close(struct recorder *recorder)
{
	if (!recorder)
		return;
	atomic_store(&recorder->stop, true);
	if (recorder->running)
		pthread_join(recorder->thread, NULL);
	for (uint32_t i = 0; i < recorder->lane_count; i++)
		lane_fini(&recorder->lanes[i]);
	pool_fini(&recorder->files);
	free(recorder->lanes);
	free(recorder);
}

struct record_lane *recorder_lane(struct recorder *recorder, uint32_t worker)
{
	return &recorder->lanes[worker];
}

void recorder_count(const struct recorder *recorder, struct recorder_counters *out)
{
	*out = (struct recorder_counters){
		.begun = atomic_load(&recorder->begun),
		.ended = atomic_load(&recorder->ended),
		.refused = atomic_load(&recorder->refused),
		.lost = atomic_load(&recorder->lost),
	};
	for (uint32_t i = 0; i < recorder->lane_count; i++) {
		out->refused += atomic_load(&recorder->lanes[i].refused);
		out->lost += atomic_load(&recorder->lanes[i].lost);
	}
}
