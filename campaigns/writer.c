/*
 * writer.c - the storage thread: rings, groups, failures
 *
 * The engine's thread pushes operations into one ring and takes events from another; two eventfds wake the sleepers. A group is
 * what one transaction commits. Operations that must not be lost (all but claims) stay in `kept` until a commit has taken them.
 */
#include "campaigns/writer.h"

#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/hist.h"
#include "base/spsc.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define WRITER_OPS 8192
#define WRITER_EVENTS 2048
#define WRITER_GROUP_OPS 64
#define WRITER_GROUP_CLAIMS 512 /* leads of one group: bounds the transaction and its events */
#define WRITER_GROUP_EVENTS (WRITER_GROUP_CLAIMS + WRITER_GROUP_OPS)
#define WRITER_GATHER_US (2 * MS_US)
#define WRITER_RETRY_MS 100
#define WRITER_CLAIM_MAX 256

enum writer_op_kind { OP_CLAIM, OP_OUTCOME, OP_DISPOSITION, OP_SHIFT, OP_DNC, OP_FINISHED };

struct writer_op {
	enum writer_op_kind kind;
	uint32_t campaign, count;
	bool told; /* its failure was reported: once is enough */
	union {
		struct attempt attempt;
		struct shift shift;
		char e164[NUMBER_BYTES];
		struct {
			uint64_t id;
			char name[24];
		} disposition;
	};
};

struct writer {
	struct store *store;
	pthread_t thread;
	int op_fd, event_fd, lock_fd;
	struct spsc ops, events;
	atomic_bool stop, healthy;
	/* the thread's own */
	struct writer_op *group; /* kept ones first */
	uint32_t group_count;
	uint32_t group_claims;
	struct writer_op next; /* taken from the ring, did not fit into the group */
	bool next_there;
	struct writer_event *out;
	uint32_t out_count;
	uint64_t group_refused;
	struct claim_run run;
	int64_t shared_now_us;
	/* shared */
	_Atomic uint32_t kept;
	_Atomic uint64_t commits, operations, claims, outcomes, failures, refused_twice;
	pthread_mutex_t hist_lock;
	struct hist commit_us;
};

/* --- one operation inside the transaction */

static struct writer_event *writer_event(struct writer *writer, enum writer_event_kind kind)
{
	struct writer_event *event = &writer->out[writer->out_count++];

	memset(event, 0, offsetof(struct writer_event, fields));
	event->kind = kind;
	return event;
}

static void writer_empty(struct writer *writer, struct db_txn *txn, const struct writer_op *op, uint32_t given)
{
	struct writer_event *event = writer_event(writer, WRITER_EMPTY);

	event->campaign = op->campaign;
	event->count = op->count - given;
	claim_rest(&writer->run, txn, &event->next_us, &event->finished);
}

static void writer_do_claim(struct writer *writer, struct db_txn *txn, const struct writer_op *op)
{
	struct attempt attempt;
	struct lead lead;
	uint32_t given;

	if (writer->run.store == NULL || writer->run.campaign.id != op->campaign)
		claim_start(&writer->run, writer->store, txn, op->campaign, writer->shared_now_us);
	for (given = 0; given < op->count && claim_next(&writer->run, txn, &attempt, &lead); given++) {
		struct writer_event *event = writer_event(writer, WRITER_CLAIMED);

		event->campaign = op->campaign;
		event->count = 1;
		event->attempt = attempt;
		event->fields_bytes = lead.fields_bytes;
		memcpy(event->fields, lead.fields, lead.fields_bytes);
	}
	if (given < op->count)
		writer_empty(writer, txn, op, given);
}

/* A second outcome is a refusal, not a failure of the group. */
static void writer_do_outcome(struct writer *writer, struct db_txn *txn, const struct writer_op *op)
{
	int err = attempt_finish(txn, &op->attempt, writer->shared_now_us);
	struct writer_event *event;

	if (txn->err)
		return;
	event = writer_event(writer, err ? WRITER_FAILED : WRITER_DURABLE);
	event->err = err;
	event->campaign = op->attempt.campaign;
	event->attempt = op->attempt;
	writer->group_refused += err != 0;
}

static void writer_do_dnc(struct db_txn *txn, const struct writer_op *op)
{
	if (dnc_set(txn, number_of(op->e164), true))
		return;
	meta_add(txn, "dnc_count", 1);
	store_touch(txn);
}

/* Leads may have been imported since the engine saw the end: then the campaign goes on. */
static void writer_do_finished(struct writer *writer, struct db_txn *txn, const struct writer_op *op)
{
	int64_t next_us;
	bool finished;

	claim_start(&writer->run, writer->store, txn, op->campaign, writer->shared_now_us);
	claim_rest(&writer->run, txn, &next_us, &finished);
	if (!finished)
		return;
	writer->run.campaign.state = CAMPAIGN_FINISHED;
	writer->run.ready = false;
	campaign_save(txn, &writer->run.campaign);
	store_touch(txn);
}

static void writer_do(struct writer *writer, struct db_txn *txn, const struct writer_op *op)
{
	switch (op->kind) {
	case OP_CLAIM:
		writer_do_claim(writer, txn, op);
		break;
	case OP_OUTCOME:
		writer_do_outcome(writer, txn, op);
		break;
	case OP_DISPOSITION: /* of an attempt that is not there or not finished: refused, like a second outcome */
		writer->group_refused +=
			attempt_dispose(txn, op->disposition.id, op->disposition.name, writer->shared_now_us) != 0;
		break;
	case OP_SHIFT:
		shift_save(txn, &op->shift);
		break;
	case OP_DNC:
		writer_do_dnc(txn, op);
		break;
	case OP_FINISHED:
		writer_do_finished(writer, txn, op);
		break;
	}
}

/* Runs again from the start when the map had to grow: all results are set anew. */
static int writer_group_in(struct db_txn *txn, void *arg)
{
	struct writer *writer = arg;

	writer->out_count = 0;
	writer->group_refused = 0;
	writer->run.store = NULL;
	writer->shared_now_us = clock_us();
	if (writer->group_count == 0) /* a probe: see writer_idle() */
		meta_set(txn, "probed_us", (uint64_t)writer->shared_now_us);
	for (uint32_t i = 0; i < writer->group_count && !txn->err; i++)
		writer_do(writer, txn, &writer->group[i]);
	return txn->err;
}

/* --- the group's end */

/* Durations of this thread are real ones even when a test has put the clock in its hands. */
static int64_t writer_mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SEC_US + ts.tv_nsec / 1000;
}

static void writer_wake(int fd)
{
	uint64_t one = 1;

	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void writer_publish(struct writer *writer)
{
	bool any = false;

	for (uint32_t i = 0; i < writer->out_count; i++)
		any |= spsc_push(&writer->events, &writer->out[i]);
	if (any)
		writer_wake(writer->event_fd);
	writer->out_count = 0;
}

static void writer_committed(struct writer *writer, int64_t took_us)
{
	uint64_t claims = 0, outcomes = 0;

	for (uint32_t i = 0; i < writer->out_count; i++) {
		claims += writer->out[i].kind == WRITER_CLAIMED;
		outcomes += writer->out[i].kind == WRITER_DURABLE;
	}
	atomic_fetch_add(&writer->commits, 1);
	atomic_fetch_add(&writer->operations, writer->group_count);
	atomic_fetch_add(&writer->claims, claims);
	atomic_fetch_add(&writer->outcomes, outcomes);
	atomic_fetch_add(&writer->refused_twice, writer->group_refused);
	pthread_mutex_lock(&writer->hist_lock);
	hist_note(&writer->commit_us, took_us);
	pthread_mutex_unlock(&writer->hist_lock);
	writer->group_count = 0;
	atomic_store(&writer->kept, 0);
	atomic_store(&writer->healthy, true); /* before the events: who sees one may ask */
	writer_publish(writer);
}

static void writer_report(struct writer *writer, struct writer_op *op, int err)
{
	struct writer_event *event;

	if (op->told)
		return;
	op->told = true;
	event = writer_event(writer, WRITER_FAILED);
	event->err = err;
	event->campaign = op->campaign;
	event->count = op->count;
	if (op->kind == OP_OUTCOME) {
		event->campaign = op->attempt.campaign;
		event->attempt = op->attempt;
	}
}

/* Claims are gone, with their event; the others are tried again with the next group. */
static void writer_failed(struct writer *writer, int err)
{
	uint32_t kept = 0;

	writer->out_count = 0;
	for (uint32_t i = 0; i < writer->group_count; i++) {
		if (writer->group[i].kind == OP_CLAIM || writer->group[i].kind == OP_OUTCOME)
			writer_report(writer, &writer->group[i], err);
		if (writer->group[i].kind != OP_CLAIM)
			writer->group[kept++] = writer->group[i];
	}
	writer->group_count = kept;
	atomic_store(&writer->kept, kept);
	atomic_store(&writer->healthy, false);
	atomic_fetch_add(&writer->failures, 1);
	writer_publish(writer);
}

static int writer_commit(struct writer *writer)
{
	int64_t from_us = writer_mono_us();
	int err = db_change(writer->store->db, writer_group_in, writer);

	if (err)
		writer_failed(writer, err);
	else
		writer_committed(writer, writer_mono_us() - from_us);
	return err;
}

/* --- gathering a group */

static bool writer_stopping(const struct writer *writer)
{
	return atomic_load(&writer->stop);
}

static void writer_sleep(struct writer *writer, int64_t us)
{
	struct timespec limit = {us / SEC_US, us % SEC_US * 1000};
	struct pollfd fd = {.fd = writer->op_fd, .events = POLLIN};
	uint64_t woken;

	if (ppoll(&fd, 1, us < 0 ? NULL : &limit, NULL) > 0)
		while (read(writer->op_fd, &woken, sizeof(woken)) < 0 && errno == EINTR)
			;
}

/* Takes operations while they fit. False: the next one does not, commit first. */
static bool writer_gather(struct writer *writer)
{
	while (writer->group_count < WRITER_GROUP_OPS) {
		if (!writer->next_there && !spsc_take(&writer->ops, &writer->next))
			return true;
		writer->next_there = true;
		if (writer->next.kind == OP_CLAIM && writer_stopping(writer)) {
			writer->next_there = false; /* nobody would dial it */
			continue;
		}
		if (writer->group_claims + writer->next.count > WRITER_GROUP_CLAIMS)
			return false;
		writer->group_claims += writer->next.count;
		writer->group[writer->group_count++] = writer->next;
		writer->next_there = false;
	}
	return false;
}

/* The engine has to take its events before more are made: then nothing that was claimed goes unreported. */
static bool writer_room(const struct writer *writer)
{
	return WRITER_EVENTS - spsc_count(&writer->events) >= WRITER_GROUP_EVENTS;
}

/* What came during the last commit goes at once; a first one that finds the thread idle waits a little for company. */
static void writer_wait(struct writer *writer, bool idle)
{
	int64_t until_us = writer_mono_us() + WRITER_GATHER_US, left_us;

	while (idle && writer_gather(writer) && !writer_stopping(writer) && (left_us = until_us - writer_mono_us()) > 0)
		writer_sleep(writer, left_us);
}

/* The engine goes: what it would not dial is not claimed. */
static void writer_drop_claims(struct writer *writer)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < writer->group_count; i++)
		if (writer->group[i].kind != OP_CLAIM)
			writer->group[left++] = writer->group[i];
	writer->group_count = left;
}

/*
 * Sleeps until there is something to do; answers whether it slept. After a failure the engine asks for nothing until a commit has
 * succeeded, so the thread tries one by itself.
 */
static bool writer_idle(struct writer *writer)
{
	bool slept = false;

	writer_gather(writer);
	while (writer->group_count == 0 && !writer_stopping(writer)) {
		bool healthy = atomic_load(&writer->healthy);

		writer_sleep(writer, healthy ? -1 : WRITER_RETRY_MS * MS_US);
		writer_gather(writer);
		if (!healthy && writer->group_count == 0 && !writer_stopping(writer))
			writer_commit(writer);
		slept = true;
	}
	return slept;
}

static bool writer_step(struct writer *writer)
{
	writer->group_claims = 0;
	while (!writer_stopping(writer) && !writer_room(writer))
		writer_sleep(writer, MS_US);
	writer_wait(writer, writer_idle(writer));
	if (writer_stopping(writer))
		writer_drop_claims(writer);
	if (writer->group_count == 0)
		return false;
	if (writer_commit(writer) == 0)
		return true;
	if (writer_stopping(writer))
		return false; /* what is kept becomes UNKNOWN_CRASH at the next start: counted, not lost */
	writer_sleep(writer, WRITER_RETRY_MS * MS_US);
	return true;
}

static void *writer_main(void *arg)
{
	struct writer *writer = arg;

	while (writer_step(writer))
		;
	return NULL;
}

/* --- start and stop */

/* One engine a store: a second would take the first one's calls for left over. The lock dies with the process. */
static int writer_lock(struct writer *writer, char *why)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/engine.lock", writer->store->dir);
	writer->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (writer->lock_fd < 0)
		return say(why, -errno, "cannot open %.100s: %s", path, err_text(-errno));
	if (flock(writer->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return say(why, ERR_STATE, "another engine runs on the store in %.90s", writer->store->dir);
	return 0;
}

static void writer_free(struct writer *writer)
{
	int fds[] = {writer->op_fd, writer->event_fd, writer->lock_fd};

	for (unsigned i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	spsc_fini(&writer->ops);
	spsc_fini(&writer->events);
	claim_fini(&writer->run);
	pthread_mutex_destroy(&writer->hist_lock);
	free(writer->group);
	free(writer->out);
	free(writer);
}

static int writer_alloc(struct writer *writer)
{
	int err = spsc_init(&writer->ops, WRITER_OPS, sizeof(struct writer_op));

	if (!err)
		err = spsc_init(&writer->events, WRITER_EVENTS, sizeof(struct writer_event));
	if (err)
		return err;
	writer->group = calloc(WRITER_GROUP_OPS, sizeof(*writer->group));
	writer->out = calloc(WRITER_GROUP_EVENTS, sizeof(*writer->out));
	if (!writer->group || !writer->out)
		return -ENOMEM;
	writer->op_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	writer->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return writer->op_fd < 0 || writer->event_fd < 0 ? -errno : 0;
}

static int writer_begin(struct writer *writer, uint64_t *recovered, char *why)
{
	int err = writer_lock(writer, why);

	if (err)
		return err;
	err = writer_alloc(writer);
	if (err)
		return say(why, err, "cannot start the storage thread: %s", err_text(err));
	err = recover_active(writer->store, recovered);
	if (err)
		return say(why, err, "cannot write what became of the attempts of an earlier run: %s", err_text(err));
	err = -pthread_create(&writer->thread, NULL, writer_main, writer);
	return err ? say(why, err, "cannot start the storage thread: %s", err_text(err)) : 0;
}

int writer_start(struct writer **writer, struct store *store, uint64_t *recovered, char *why)
{
	struct writer *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return say(why, -ENOMEM, "out of memory");
	made->store = store;
	made->op_fd = made->event_fd = made->lock_fd = -1;
	atomic_init(&made->healthy, true);
	pthread_mutex_init(&made->hist_lock, NULL);
	err = writer_begin(made, recovered, why);
	if (err) {
		writer_free(made);
		return err;
	}
	*writer = made;
	return 0;
}

/* Claims that the engine never took: no INVITE left, so their leads go back as if nothing had been. */
static void writer_give_back(struct writer *writer)
{
	struct writer_event event;

	while (spsc_take(&writer->events, &event))
		if (event.kind == WRITER_CLAIMED)
			recover_unsent(writer->store, &event.attempt);
}

void writer_stop(struct writer *writer)
{
	if (!writer)
		return;
	atomic_store(&writer->stop, true);
	writer_wake(writer->op_fd);
	pthread_join(writer->thread, NULL);
	writer_give_back(writer);
	writer_free(writer);
}

/* --- the engine's side */

int writer_event_fd(const struct writer *writer)
{
	return writer->event_fd;
}

bool writer_take(struct writer *writer, struct writer_event *event)
{
	uint64_t count;

	if (spsc_take(&writer->events, event))
		return true;
	/* Empty: quieten the fd, then look again, for a push may have come before the read and its wake-up is lost with it. */
	if (read(writer->event_fd, &count, sizeof(count)) < 0 || !spsc_take(&writer->events, event))
		return false;
	writer_wake(writer->event_fd);
	return true;
}

static uint32_t writer_waiting(const struct writer *writer)
{
	return spsc_count(&writer->ops) + atomic_load(&writer->kept);
}

static int writer_push(struct writer *writer, const struct writer_op *op)
{
	if (writer_waiting(writer) >= WRITER_OPS || !spsc_push(&writer->ops, op))
		return -EAGAIN;
	writer_wake(writer->op_fd);
	return 0;
}

int writer_claim(struct writer *writer, uint32_t campaign, uint32_t count)
{
	struct writer_op op = {.kind = OP_CLAIM, .campaign = campaign, .count = count};

	return count < 1 || count > WRITER_CLAIM_MAX ? ERR_RANGE : writer_push(writer, &op);
}

int writer_outcome(struct writer *writer, const struct attempt *attempt)
{
	struct writer_op op = {.kind = OP_OUTCOME, .attempt = *attempt};

	return attempt->outcome <= OUTCOME_NONE || attempt->outcome >= OUTCOME_COUNT ? ERR_RANGE : writer_push(writer, &op);
}

int writer_disposition(struct writer *writer, uint64_t attempt, const char *disposition)
{
	struct writer_op op = {.kind = OP_DISPOSITION, .disposition = {.id = attempt}};

	if (!disposition_by_name(disposition))
		return ERR_UNKNOWN;
	text_copy(op.disposition.name, sizeof(op.disposition.name), disposition);
	return writer_push(writer, &op);
}

int writer_shift(struct writer *writer, const struct shift *shift)
{
	struct writer_op op = {.kind = OP_SHIFT, .shift = *shift};

	return shift->id == 0 ? ERR_RANGE : writer_push(writer, &op);
}

int writer_dnc(struct writer *writer, const char *e164)
{
	struct writer_op op = {.kind = OP_DNC};

	if (!number_of(e164))
		return ERR_RANGE;
	text_copy(op.e164, sizeof(op.e164), e164);
	return writer_push(writer, &op);
}

int writer_campaign_finished(struct writer *writer, uint32_t campaign)
{
	struct writer_op op = {.kind = OP_FINISHED, .campaign = campaign};

	return writer_push(writer, &op);
}

bool writer_healthy(const struct writer *writer)
{
	return atomic_load(&writer->healthy);
}

void writer_counters(const struct writer *writer, struct writer_counters *out)
{
	struct writer *own = (struct writer *)(uintptr_t)writer; /* the lock is not part of what is promised to stay */

	out->commits = atomic_load(&writer->commits);
	out->operations = atomic_load(&writer->operations);
	out->claims = atomic_load(&writer->claims);
	out->outcomes = atomic_load(&writer->outcomes);
	out->failures = atomic_load(&writer->failures);
	out->refused_twice = atomic_load(&writer->refused_twice);
	out->waiting = writer_waiting(writer);
	pthread_mutex_lock(&own->hist_lock);
	out->commit_us_p50 = hist_at(&writer->commit_us, 0.5);
	out->commit_us_p99 = hist_at(&writer->commit_us, 0.99);
	pthread_mutex_unlock(&own->hist_lock);
}
