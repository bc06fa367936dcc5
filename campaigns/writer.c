/*
 * writer.c - the storage thread: rings, groups, failures
 *
 * The engine's thread pushes operations into one ring and takes events from another; two eventfds wake the sleepers. A group is
 * what one transaction commits. Operations that must not be lost (all but claims and prints) stay in `kept` until a commit has taken them.
 *
 *   the disk refuses          -> the group is kept, tried again every 100 ms, nothing is claimed meanwhile
 *   one operation is at fault -> each of the group in a transaction of its own: that one is refused, the others happen
 */
#include "campaigns/writer.h"

#include "campaigns/opgroup.h"
#include "campaigns/sealer.h"
#include "campaigns/tally.h"

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
#define WRITER_PROMISE_US (20 * MS_US) /* from claim to durable, 99 of 100 (STO-1) */
#define WRITER_GATHER_US_MIN (10 * MS_US) /* at 1,000 calls a second a commit is then shared by 27 operations (docs/PERFORMANCE.md) */
#define WRITER_GATHER_US_MAX (13 * MS_US) /* leaves 7 for the commits of a slow disk */
#define WRITER_FEW 16 /* operations */
#define WRITER_RETRY_MS 100
#define WRITER_CLAIM_MAX 256

struct writer {
	struct store *store;
	struct sealer *sealer;
	pthread_t thread;
	int op_fd, event_fd, lock_fd;
	struct spsc ops, events;
	atomic_bool stop, healthy;
	/* the thread's own */
	struct opgroup group; /* kept operations first */
	struct op next;       /* taken from the ring, did not fit into the group */
	bool next_there;
	int64_t took_us;      /* a commit takes so long lately, a moving mean */
	uint32_t shared_by;   /* operations of the last one */
	/* shared */
	_Atomic uint32_t kept;
	_Atomic uint64_t commits, operations, claims, outcomes, failures, refused_twice, refused;
	_Atomic int64_t failing_since_us; /* 0: it does not */
	atomic_int err;                   /* why it does */
	uint64_t unrecovered;             /* set before the thread starts */
	pthread_mutex_t hist_lock;
	struct hist commit_us;
};

/* --- the group's end */

static void writer_wake(int fd)
{
	uint64_t one = 1;

	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void writer_publish(struct writer *writer)
{
	bool any = false;

	for (uint32_t i = 0; i < writer->group.out_count; i++)
		any |= spsc_push(&writer->events, &writer->group.out[i]);
	if (any)
		writer_wake(writer->event_fd);
	writer->group.out_count = 0;
}

/* A full disk takes a little now and then: what was kept is written then, but nothing is claimed before it has room again. */
static void writer_mend(struct writer *writer)
{
	if (atomic_load(&writer->healthy) || (atomic_load(&writer->err) == -ENOSPC && !db_has_room(writer->store->db)))
		return;
	atomic_store(&writer->failing_since_us, 0);
	atomic_store(&writer->healthy, true);
}

static void writer_committed(struct writer *writer, int64_t took_us)
{
	uint64_t claims = 0, outcomes = 0;

	for (uint32_t i = 0; i < writer->group.out_count; i++) {
		claims += writer->group.out[i].kind == WRITER_CLAIMED;
		outcomes += writer->group.out[i].kind == WRITER_DURABLE;
	}
	atomic_fetch_add(&writer->commits, 1);
	atomic_fetch_add(&writer->operations, writer->group.count);
	atomic_fetch_add(&writer->claims, claims);
	atomic_fetch_add(&writer->outcomes, outcomes);
	atomic_fetch_add(&writer->refused_twice, writer->group.refused);
	pthread_mutex_lock(&writer->hist_lock);
	hist_note(&writer->commit_us, took_us);
	pthread_mutex_unlock(&writer->hist_lock);
	writer->group.count = 0;
	atomic_store(&writer->kept, 0);
	writer_mend(writer); /* before the events: who sees one may ask */
	writer_publish(writer);
}

static uint64_t writer_attempt_of(const struct op *op)
{
	switch (op->kind) {
	case OP_OUTCOME:
		return op->attempt.id;
	case OP_DISPOSITION:
		return op->disposition.id;
	case OP_OPT_OUT:
		return op->opt_out.id;
	default:
		return 0;
	}
}

static void writer_report(struct writer *writer, struct op *op, int err)
{
	struct writer_event *event;

	if (op->told)
		return;
	op->told = true;
	event = opgroup_event(&writer->group, WRITER_FAILED);
	event->err = err;
	event->campaign = op->campaign;
	event->count = op->count;
	event->attempt.id = writer_attempt_of(op);
	if (op->kind == OP_CLAIM_OWN)
		text_copy(event->seat, sizeof(event->seat), op->own.seat);
	if (op->kind == OP_OUTCOME) {
		event->campaign = op->attempt.campaign;
		event->attempt = op->attempt;
	}
}

/*
 * Claims are gone, with their event, for the engine asks again; so are prints, without one. The others are tried again with the
 * next group.
 */
static void writer_failed(struct writer *writer, int err)
{
	uint32_t kept = 0;

	writer->group.out_count = 0;
	for (uint32_t i = 0; i < writer->group.count; i++) {
		if (opgroup_is_claim(&writer->group.ops[i]) || writer->group.ops[i].kind == OP_OUTCOME)
			writer_report(writer, &writer->group.ops[i], err);
		if (!opgroup_is_claim(&writer->group.ops[i]) && writer->group.ops[i].kind != OP_PRINT)
			writer->group.ops[kept++] = writer->group.ops[i];
	}
	writer->group.count = kept;
	atomic_store(&writer->kept, kept);
	atomic_store(&writer->err, err);
	if (!atomic_load(&writer->failing_since_us))
		atomic_store(&writer->failing_since_us, clock_us());
	atomic_store(&writer->healthy, false);
	atomic_fetch_add(&writer->failures, 1);
	writer_publish(writer);
}

/* What the operations themselves answer has a number of ours; what the disk answers is the system's. */
static bool writer_is_own(int err)
{
	return err <= ERR_SYNTAX;
}

static int writer_run(struct writer *writer)
{
	int64_t from_us = clock_steady_us();
	int err = opgroup_run(&writer->group);
	int64_t took_us = clock_steady_us() - from_us;

	if (!err) {
		writer->took_us += (took_us - writer->took_us) / 8;
		writer->shared_by = writer->group.count;
		writer_committed(writer, took_us);
	}
	return err;
}

/* It cannot be done, now or later (a damaged record): said, and forgotten. */
static void writer_refuse(struct writer *writer, int err)
{
	writer->group.out_count = 0;
	writer->group.ops[0].told = false;
	writer_report(writer, &writer->group.ops[0], err);
	writer->group.count = 0;
	atomic_fetch_add(&writer->refused, 1);
	writer_publish(writer);
}

/* Each operation in a transaction of its own; at an error of the disk's the group is what has not been done yet. */
static int writer_run_apart(struct writer *writer)
{
	struct opgroup *group = &writer->group;
	struct op *all = group->ops;
	uint32_t done = 0, count = group->count;
	int err = 0;

	for (; done < count; done++) {
		group->ops = all + done;
		group->count = 1;
		err = writer_run(writer);
		if (err && !writer_is_own(err))
			break;
		if (err)
			writer_refuse(writer, err);
		err = 0;
	}
	memmove(all, all + done, (count - done) * sizeof(*all));
	group->ops = all;
	group->count = count - done;
	return err;
}

static int writer_commit(struct writer *writer)
{
	int err = writer_run(writer);

	if (writer_is_own(err) && writer->group.count)
		err = writer_run_apart(writer);
	if (err)
		writer_failed(writer, err);
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
	while (writer->group.count < OPGROUP_OPS) {
		if (!writer->next_there && !spsc_take(&writer->ops, &writer->next))
			return true;
		writer->next_there = true;
		if (opgroup_is_claim(&writer->next) && writer_stopping(writer)) {
			writer->next_there = false; /* nobody would dial it */
			continue;
		}
		if (writer->group.claims + writer->next.count > OPGROUP_CLAIMS)
			return false;
		writer->group.claims += writer->next.count;
		writer->group.ops[writer->group.count++] = writer->next;
		writer->next_there = false;
	}
	return false;
}

/* The engine has to take its events before more are made: then nothing that was claimed goes unreported. */
static bool writer_room(const struct writer *writer)
{
	return WRITER_EVENTS - spsc_count(&writer->events) >= OPGROUP_EVENTS;
}

/* Where few share a commit more are worth some waiting: as long as the promise leaves beside commits of twice the usual time. */
static int64_t writer_gather_us(const struct writer *writer)
{
	int64_t us = WRITER_PROMISE_US - 2 * writer->took_us;

	if (writer->shared_by >= WRITER_FEW || us < WRITER_GATHER_US_MIN)
		return WRITER_GATHER_US_MIN;
	return us < WRITER_GATHER_US_MAX ? us : WRITER_GATHER_US_MAX;
}

/*
 * The first one waits a little for company, also when it came during the last commit: a commit costs as much as dozens of
 * operations, and what is committed together is dialled together. Those that come meanwhile wake nobody.
 */
static void writer_wait(struct writer *writer)
{
	struct timespec company = {0};

	if (!writer_gather(writer) || writer_stopping(writer))
		return;
	company.tv_nsec = writer_gather_us(writer) * 1000;
	nanosleep(&company, NULL);
	writer_gather(writer);
}

/* The engine goes: what it would not dial is not claimed. */
static void writer_drop_claims(struct writer *writer)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < writer->group.count; i++)
		if (!opgroup_is_claim(&writer->group.ops[i]))
			writer->group.ops[left++] = writer->group.ops[i];
	writer->group.count = left;
}

/* Views that are not whole go on while nothing waits. One that cannot (damage, a full disk) is tried again after the next group. Answers how long it took. */
static int64_t writer_build(struct writer *writer)
{
	int64_t from_us = clock_steady_us();

	if (!writer->group.building || !atomic_load(&writer->healthy))
		return 0;
	if (opgroup_build(&writer->group))
		writer->group.building = false;
	return clock_steady_us() - from_us;
}

/*
 * Sleeps until there is something to do; while views are made, as long as a step of them took, so that others get LMDB's lock and the processor. After
 * a failure the engine asks for nothing until a commit has succeeded, so the thread tries one by itself.
 */
static void writer_idle(struct writer *writer)
{
	writer_gather(writer);
	while (writer->group.count == 0 && !writer_stopping(writer)) {
		bool healthy = atomic_load(&writer->healthy);
		int64_t built_us = writer_build(writer);

		writer_sleep(writer, built_us ? built_us : healthy ? -1 : WRITER_RETRY_MS * MS_US);
		writer_gather(writer);
		if (!healthy && writer->group.count == 0 && !writer_stopping(writer))
			writer_commit(writer);
	}
}

static bool writer_step(struct writer *writer)
{
	writer->group.claims = 0;
	while (!writer_stopping(writer) && !writer_room(writer))
		writer_sleep(writer, MS_US);
	writer_idle(writer);
	writer_wait(writer);
	if (writer_stopping(writer))
		writer_drop_claims(writer);
	if (writer->group.count == 0)
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
		return say(why, ERR_WRONG_STATE, "another engine runs on the store in %.90s", writer->store->dir);
	return 0;
}

static void writer_free(struct writer *writer)
{
	int fds[] = {writer->op_fd, writer->event_fd, writer->lock_fd};

	sealer_stop(writer->sealer);
	for (unsigned i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	spsc_fini(&writer->ops);
	spsc_fini(&writer->events);
	opgroup_fini(&writer->group);
	pthread_mutex_destroy(&writer->hist_lock);
	free(writer);
}

static int writer_alloc(struct writer *writer)
{
	int err = spsc_init_resident(&writer->ops, WRITER_OPS, sizeof(struct op));

	if (!err)
		err = spsc_init_resident(&writer->events, WRITER_EVENTS, sizeof(struct writer_event));
	if (err)
		return err;
	err = opgroup_init(&writer->group, writer->store);
	if (err)
		return err;
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
	writer->group.building = true; /* as far as is known */
	err = recover_active(writer->store, recovered, &writer->unrecovered);
	if (err)
		return say(why, err, "cannot write what became of the attempts of an earlier run: %s", err_text(err));
	err = tally_rebuild(writer->store, true);
	if (err)
		return say(why, err, "cannot count the attempts of an earlier program: %s", err_text(err));
	err = sealer_start(&writer->sealer, writer->store);
	if (err)
		return say(why, err, "cannot start the sealing thread: %s", err_text(err));
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

static int writer_push(struct writer *writer, const struct op *op)
{
	if (writer_waiting(writer) >= WRITER_OPS || !spsc_push(&writer->ops, op))
		return -EAGAIN;
	writer_wake(writer->op_fd);
	return 0;
}

int writer_claim(struct writer *writer, uint32_t campaign, uint32_t count)
{
	struct op op = {.kind = OP_CLAIM, .campaign = campaign, .count = count};

	return count < 1 || count > WRITER_CLAIM_MAX ? ERR_RANGE : writer_push(writer, &op);
}

int writer_claim_own(struct writer *writer, uint32_t campaign, const char *seat, uint64_t lead)
{
	struct op op = {.kind = OP_CLAIM_OWN, .campaign = campaign, .count = 1, .own = {.lead = lead}};

	text_copy(op.own.seat, sizeof(op.own.seat), seat);
	return writer_push(writer, &op);
}

int writer_outcome(struct writer *writer, const struct attempt *attempt)
{
	struct op op = {.kind = OP_OUTCOME, .attempt = *attempt};

	return attempt->outcome <= OUTCOME_NONE || attempt->outcome >= OUTCOME_COUNT ? ERR_RANGE : writer_push(writer, &op);
}

int writer_disposition(struct writer *writer, uint64_t attempt, const char *disposition)
{
	struct op op = {.kind = OP_DISPOSITION, .disposition = {.id = attempt}};

	if (!disposition_by_name(disposition))
		return ERR_UNKNOWN;
	text_copy(op.disposition.name, sizeof(op.disposition.name), disposition);
	return writer_push(writer, &op);
}

int writer_shift(struct writer *writer, const struct shift *shift)
{
	struct op op = {.kind = OP_SHIFT, .shift = *shift};

	return shift->id == 0 ? ERR_RANGE : writer_push(writer, &op);
}

int writer_dnc(struct writer *writer, const char *e164)
{
	struct op op = {.kind = OP_DNC};

	if (!number_of(e164))
		return ERR_RANGE;
	text_copy(op.e164, sizeof(op.e164), e164);
	return writer_push(writer, &op);
}

int writer_opt_out(struct writer *writer, uint64_t attempt, const char *e164, int64_t asked_us, const char *how)
{
	struct op op = {.kind = OP_OPT_OUT, .opt_out = {.id = attempt, .asked_us = asked_us, .how = how}};

	if (!number_of(e164))
		return ERR_RANGE;
	text_copy(op.opt_out.e164, sizeof(op.opt_out.e164), e164);
	return writer_push(writer, &op);
}

int writer_print(struct writer *writer, const struct print_row *row)
{
	struct op op = {.kind = OP_PRINT, .print = *row};

	if (row->slot >= PRINT_SLOTS || row->bytes > PRINT_BYTES)
		return ERR_RANGE;
	return writer_waiting(writer) > WRITER_OPS / 4 ? -EAGAIN : writer_push(writer, &op);
}

int writer_recording(struct writer *writer, const struct recording_note *note)
{
	struct op op = {.kind = OP_RECORDING, .recording = *note};

	return writer_push(writer, &op);
}

int writer_campaign_finished(struct writer *writer, uint32_t campaign)
{
	struct op op = {.kind = OP_FINISHED, .campaign = campaign};

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
	out->refused = atomic_load(&writer->refused);
	out->unrecovered = writer->unrecovered;
	out->failing_since_us = atomic_load(&writer->failing_since_us);
	out->err = out->failing_since_us ? atomic_load(&writer->err) : 0;
	pthread_mutex_lock(&own->hist_lock);
	out->commit_us_p50 = hist_at(&writer->commit_us, 0.5);
	out->commit_us_p99 = hist_at(&writer->commit_us, 0.99);
	pthread_mutex_unlock(&own->hist_lock);
}
