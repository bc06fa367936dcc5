/* sealer.c - see sealer.h */
#include "campaigns/sealer.h"

#include "campaigns/evidence.h"
#include "campaigns/refusal.h"
#include "campaigns/scrub.h"
#include "campaigns/segment.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define LOOK_S 5
#define WAIT_US (60 * SEC_US) /* an event is sealed when it is this old, or sooner */
#define NICE 10

struct sealer {
	struct store *store;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	int err; /* of the last sealing: said once */
	int64_t wiped_us; /* when free room was wiped last */
};

static bool due(struct sealer *sealer)
{
	uint64_t count = 0;
	int64_t oldest_us = 0;

	refusal_tell_all(sealer->store, clock_us()); /* what cannot be told now is told the next time */
	if (evidence_waiting(sealer->store, &count, &oldest_us) || count == 0)
		return false;
	return count >= SEGMENT_LINES_MAX || clock_us() - oldest_us >= WAIT_US;
}

static bool stopping(struct sealer *sealer)
{
	bool stop;

	pthread_mutex_lock(&sealer->lock);
	stop = sealer->stop;
	pthread_mutex_unlock(&sealer->lock);
	return stop;
}

/* Segment by segment, as long as whole ones wait. */
static void work(struct sealer *sealer)
{
	struct seal_receipt receipt;
	char why[WHY_BYTES];
	int err;

	do {
		err = evidence_seal(sealer->store, NULL, &receipt, why);
		if (err && err != sealer->err)
			log_line(LOG_WARN, "seal_failed", "err=\"%s\" what=\"%s\"", err_text(err), why);
		sealer->err = err;
	} while (!err && receipt.waiting >= SEGMENT_LINES_MAX && !stopping(sealer));
}

/* A program that was killed while it read keeps the store's old pages: without this the file would grow until the next start. */
static void clear_dead(struct store *store)
{
	uint32_t dead = db_clear_dead(store->db);

	if (dead)
		log_line(LOG_WARN, "readers_cleared", "count=%u why=\"programs that read the store were killed\"", dead);
}

/*
 * Somebody was erased: what is left of him in free pages, and in this process, goes, too. Tried again while another program is in
 * the way.
 */
static void wipe(struct sealer *sealer)
{
	struct scrub_report report;
	uint64_t wanted = 0;
	int err;

	if (clock_us() - sealer->wiped_us < WAIT_US || scrub_due(sealer->store, &wanted) || !wanted)
		return;
	err = scrub_run(sealer->store, &report);
	sealer->wiped_us = clock_us();
	if (err)
		log_line(LOG_WARN, "wipe_failed", "err=\"%s\"", err_text(err));
	else
		log_line(LOG_INFO, "wiped", "pages=%llu of=%llu whole=%d", (unsigned long long)report.wiped,
			(unsigned long long)report.pages, report.whole);
}

static bool sleep_stop(struct sealer *sealer)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LOOK_S;
	pthread_mutex_lock(&sealer->lock);
	while (!sealer->stop && pthread_cond_timedwait(&sealer->wake, &sealer->lock, &until) != ETIMEDOUT)
		;
	stop = sealer->stop;
	pthread_mutex_unlock(&sealer->lock);
	return stop;
}

static void *sealer_main(void *arg)
{
	struct sealer *sealer = arg;

	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* of this thread; in vain is no harm */
	while (!sleep_stop(sealer)) {
		clear_dead(sealer->store);
		wipe(sealer);
		if (due(sealer))
			work(sealer);
	}
	return NULL;
}

int sealer_start(struct sealer **sealer, struct store *store)
{
	struct sealer *made = calloc(1, sizeof(*made));
	pthread_condattr_t attr;
	int err;

	if (!made)
		return -ENOMEM;
	made->store = store;
	pthread_mutex_init(&made->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&made->wake, &attr);
	pthread_condattr_destroy(&attr);
	err = -pthread_create(&made->thread, NULL, sealer_main, made);
	if (err)
		free(made);
	else
		*sealer = made;
	return err;
}

void sealer_stop(struct sealer *sealer)
{
	if (!sealer)
		return;
	pthread_mutex_lock(&sealer->lock);
	sealer->stop = true;
	pthread_cond_signal(&sealer->wake);
	pthread_mutex_unlock(&sealer->lock);
	pthread_join(sealer->thread, NULL);
	pthread_cond_destroy(&sealer->wake);
	pthread_mutex_destroy(&sealer->lock);
	free(sealer);
}
