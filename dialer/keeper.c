/* keeper.c - see keeper.h */
#include "dialer/keeper.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "media/archive.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define NICE 19
#define LOOK_S 1

struct keeper {
	struct store *store;
	char key[256];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	atomic_bool stop;
	int err; /* of the last turn: said once */
};

/* --- names */

static int spool_folder(struct store *store, char out[PATH_BYTES])
{
	return snprintf(out, PATH_BYTES, "%s/recordings/spool", store_dir(store)) < PATH_BYTES - 64 ? 0 : -ENAMETOOLONG;
}

/* "1017.done" with this suffix is 1017; 0: another file. */
static uint64_t spool_id(const char *name, const char *suffix)
{
	char *end;
	unsigned long long id = strtoull(name, &end, 10);

	return end != name && strcmp(end, suffix) == 0 ? id : 0;
}

static int spool_path(struct store *store, uint64_t id, const char *suffix, char out[PATH_BYTES])
{
	char folder[PATH_BYTES];
	int err = spool_folder(store, folder);

	if (!err && snprintf(out, PATH_BYTES, "%s/%llu%s", folder, (unsigned long long)id, suffix) >= PATH_BYTES)
		err = -ENAMETOOLONG;
	return err;
}

/* Each file of the spool with this suffix. */
typedef int spool_h(void *arg, uint64_t id);

static int spool_each(struct store *store, const char *suffix, spool_h *each, void *arg)
{
	char folder[PATH_BYTES];
	int err = spool_folder(store, folder);
	DIR *dir = err ? NULL : opendir(folder);
	struct dirent *entry;

	if (!err && !dir)
		return errno == ENOENT ? 0 : -errno; /* nothing was ever recorded */
	while (!err && (entry = readdir(dir))) {
		uint64_t id = spool_id(entry->d_name, suffix);
		err = id ? each(arg, id) : 0;
	}
	if (dir)
		closedir(dir);
	return err;
}

/* --- one recording */

/* As its campaign is now, when the engine died before the beginning was durable. */
static int terms_find(struct store *store, struct recording *recording)
{
	struct campaign campaign;
	struct attempt attempt;
	int err = attempt_get(store, recording->attempt, &attempt);

	campaign_defaults(&campaign);
	if (!err)
		err = campaign_get_id(store, attempt.campaign, &campaign);
	recording->campaign = campaign.id;
	recording->terms = campaign.record;
	return err == ERR_UNKNOWN ? 0 : err;
}

/* "20261122/1017.opus", and its folder. */
static int file_name(struct store *store, struct recording *recording)
{
	time_t second = (time_t)(recording->start_us / SEC_US);
	char path[PATH_BYTES], day[16];
	struct tm tm;

	gmtime_r(&second, &tm);
	strftime(day, sizeof(day), "%Y%m%d", &tm);
	snprintf(recording->file, sizeof(recording->file), "%s/%llu%s", day, (unsigned long long)recording->attempt,
		archive_suffix((enum archive_format)recording->terms.format, recording->encrypted));
	if (snprintf(path, sizeof(path), "%s/recordings/%s", store_dir(store), day) >= PATH_BYTES)
		return -ENAMETOOLONG;
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

static void tell_incomplete(const struct recording *recording)
{
	if (recording->crashed || recording->lost_ms)
		log_line(LOG_WARN, "recording_incomplete", "call=%llu camp=%u lost_ms=%u why=\"%s\"",
			(unsigned long long)recording->attempt, recording->campaign, recording->lost_ms,
			recording->crashed ? "the engine died during the call" : "the disk was slow or full");
}

static int finish_file(struct store *store, const char *spool, struct recording *recording, const uint8_t *key)
{
	struct archive_receipt receipt;
	char path[PATH_BYTES];
	uint64_t pairs;
	int err = archive_look(spool, &receipt.head, &pairs);

	recording->start_us = receipt.head.start_us;
	recording->encrypted = key;
	if (!err)
		err = file_name(store, recording);
	if (err)
		return err;
	recording_path(store, recording, path);
	err = archive_make(spool, path, (enum archive_format)recording->terms.format, key, &receipt);
	if (err)
		return err;
	memcpy(recording->sha256, receipt.file.sha256, sizeof(recording->sha256));
	recording->bytes = receipt.file.bytes;
	recording->ms = (uint32_t)(receipt.pairs / 8);
	recording->lost_ms = (uint32_t)(receipt.head.lost / 8);
	recording->crashed = !receipt.head.ended;
	err = recording_keep(store, recording);
	if (!err)
		tell_incomplete(recording);
	return err;
}

struct turn {
	struct store *store;
	const uint8_t *key;
	const atomic_bool *stop;
	uint32_t finished, left;
	int err; /* the first */
};

/* A file that nobody can read is put aside, and said to be lost. */
static int put_aside(struct store *store, uint64_t id, const char *path)
{
	char aside[PATH_BYTES];
	int err = spool_path(store, id, ".bad", aside);

	if (!err && rename(path, aside))
		err = -errno;
	log_line(LOG_ERROR, "recording_lost", "call=%llu why=\"its spool file is damaged\" kept=%llu.bad", (unsigned long long)id,
		(unsigned long long)id);
	int lost = recording_lose(store, id, "damaged");
	return err ? err : lost == ERR_UNKNOWN ? 0 : lost;
}

static int finish_one(struct turn *turn, uint64_t id, const char *path)
{
	struct recording recording;
	int err = recording_get(turn->store, id, &recording);

	if (err == ERR_UNKNOWN) {
		recording = (struct recording){.attempt = id};
		err = terms_find(turn->store, &recording);
	}
	if (!err && recording.state == RECORDING_OPEN)
		err = finish_file(turn->store, path, &recording, turn->key);
	if (err == ERR_SYNTAX)
		return put_aside(turn->store, id, path);
	return err ? err : unlink(path) ? -errno : 0;
}

static int turn_one(void *arg, uint64_t id)
{
	struct turn *turn = arg;
	char path[PATH_BYTES];
	int err = spool_path(turn->store, id, SPOOL_DONE, path);

	if (turn->stop && atomic_load(turn->stop))
		return -ECANCELED;
	if (!err)
		err = finish_one(turn, id, path);
	turn->finished += !err;
	turn->left += err != 0;
	turn->err = turn->err ? turn->err : err;
	return 0;
}

int keeper_turn(struct store *store, const char *key, const atomic_bool *stop, uint32_t *finished, uint32_t *left)
{
	uint8_t bytes[VAULT_KEY_BYTES];
	bool encrypts = strcmp(key, "none") != 0;
	struct turn turn = {.store = store, .key = encrypts ? bytes : NULL, .stop = stop};
	int err = encrypts ? vault_key(key, bytes) : 0;

	if (!err)
		err = spool_each(store, SPOOL_DONE, turn_one, &turn);
	explicit_bzero(bytes, sizeof(bytes));
	*finished = turn.finished;
	*left = turn.left;
	return err && err != -ECANCELED ? err : turn.err;
}

/* --- after a crash */

static int part_done(void *arg, uint64_t id)
{
	struct store *store = arg;
	char from[PATH_BYTES], to[PATH_BYTES];
	int err = spool_path(store, id, SPOOL_PART, from);

	if (!err)
		err = spool_path(store, id, SPOOL_DONE, to);
	return err ? err : rename(from, to) ? -errno : 0;
}

static int lose_missing(struct store *store)
{
	struct recording recording;
	char path[PATH_BYTES];
	int err;

	for (uint64_t after = 0; !(err = recording_next(store, after, &recording)); after = recording.attempt) {
		if (recording.state != RECORDING_OPEN)
			continue;
		err = spool_path(store, recording.attempt, SPOOL_DONE, path);
		if (!err && access(path, F_OK))
			err = recording_lose(store, recording.attempt, "no file");
		if (err)
			return err;
	}
	return err == ERR_UNKNOWN ? 0 : err;
}

int keeper_recover(struct store *store, char *spool)
{
	char folder[PATH_BYTES];
	int err = spool_folder(store, spool);

	if (err || snprintf(folder, sizeof(folder), "%s/recordings", store_dir(store)) >= PATH_BYTES)
		return err ? err : -ENAMETOOLONG;
	if ((mkdir(folder, 0700) && errno != EEXIST) || (mkdir(spool, 0700) && errno != EEXIST))
		return -errno;
	err = spool_each(store, SPOOL_PART, part_done, store);
	return err ? err : lose_missing(store);
}

/* --- the thread */

static void keeper_work(struct keeper *keeper)
{
	uint32_t finished, left;
	int err = keeper_turn(keeper->store, keeper->key, &keeper->stop, &finished, &left);

	if (err && err != keeper->err)
		log_line(LOG_ERROR, "recordings_wait",
			"waiting=%u err=\"%s\" effect=\"they stay in recordings/spool and are tried again\"", left,
			err_text(err));
	keeper->err = err;
}

static bool keeper_sleep(struct keeper *keeper)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LOOK_S;
	pthread_mutex_lock(&keeper->lock);
	while (!atomic_load(&keeper->stop) && pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&keeper->lock);
	return atomic_load(&keeper->stop);
}

static void *keeper_main(void *arg)
{
	struct keeper *keeper = arg;

	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* of this thread; in vain is no harm */
	while (!keeper_sleep(keeper))
		keeper_work(keeper);
	return NULL;
}

int keeper_start(struct keeper **keeper, struct store *store, const char *key)
{
	struct keeper *made = calloc(1, sizeof(*made));
	pthread_condattr_t attr;

	if (!made)
		return -ENOMEM;
	made->store = store;
	text_copy(made->key, sizeof(made->key), key);
	pthread_mutex_init(&made->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&made->wake, &attr);
	pthread_condattr_destroy(&attr);
	int err = -pthread_create(&made->thread, NULL, keeper_main, made);
	if (err)
		free(made);
	else
		*keeper = made;
	return err;
}

void keeper_stop(struct keeper *keeper)
{
	if (!keeper)
		return;
	pthread_mutex_lock(&keeper->lock);
	atomic_store(&keeper->stop, true);
	pthread_cond_signal(&keeper->wake);
	pthread_mutex_unlock(&keeper->lock);
	pthread_join(keeper->thread, NULL);
	pthread_cond_destroy(&keeper->wake);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper);
}
