/*
 * writer.h - the storage thread: the engine's only way to change the store
 *
 * What    The engine gives operations and goes on; the thread commits them in groups (when 64 wait, or 10 to 13 ms after the
 *         first) and says so. A claim is an intent: it is answered only when it is durable, so an INVITE that follows a
 *         WRITER_CLAIMED is an INVITE whose attempt will be found after any crash.
 * Claim   in one transaction: the lead is ready and due, its window is open in every zone, no do-not-call entry, no attempt under
 *         way to its number, attempts left -> attempt written and put in the active table, taken from the ready index. No stale
 *         hopper.
 * Errors  -ENOSPC, -EIO, -EROFS and the like: answered as WRITER_FAILED for each claim and outcome of the group, and
 *         writer_healthy() is false until a commit succeeds again: the engine places no new call meanwhile. All but claims and
 *         prints is kept and tried again. ERR_*: this one operation cannot be done (a damaged record of its lead): it is refused
 *         with WRITER_FAILED and forgotten, the others of its group happen, and writer_healthy() stays true.
 * Bounded 8,192 operations wait at most; writer_* answer -EAGAIN beyond.
 * Thread  all functions but the thread itself: the engine's thread.
 */
#ifndef OUTDIAL_CAMPAIGNS_WRITER_H
#define OUTDIAL_CAMPAIGNS_WRITER_H

#include "campaigns/explain.h"
#include "campaigns/recording.h"
#include "campaigns/store.h"

struct writer;

enum writer_event_kind {
	WRITER_CLAIMED, /* attempt (intent, durable) and its lead's fields */
	WRITER_EMPTY,   /* nothing (more) to claim for the campaign now: campaign, next_us */
	WRITER_DURABLE, /* the outcome of attempt.id is durable */
	WRITER_FAILED,  /* the operation did not happen: err; for a claim: campaign and count, for an outcome it will be tried again, but for
			   errors of ours (ERR_EXISTS: it has its outcome already, ERR_UNKNOWN: no such attempt, ERR_STORE: a record is
			   damaged): those are final. attempt.id says which: 0 for a claim, and for what belongs to no attempt */
	WRITER_KEPT,    /* the opt-out during attempt.id is durable */
};

struct writer_event {
	enum writer_event_kind kind;
	uint32_t campaign;
	uint32_t count;
	int err;
	int64_t next_us;        /* EMPTY: when a lead becomes dialable, 0 unknown or never */
	bool finished;          /* EMPTY: every lead of the campaign is done */
	struct attempt attempt;
	char seat[NAME_BYTES];  /* whose own callback was claimed, or wanted; empty: any other claim */
	uint16_t fields_bytes;
	char fields[LEAD_FIELDS_BYTES];
};

/*
 * Starts the thread. First of all every attempt that an earlier engine left in the active table gets OUTCOME_UNKNOWN_CRASH,
 * durably: *recovered says how many (those whose records are damaged stay there: writer_counters). The store must stay open until
 * writer_stop().
 */
int writer_start(struct writer **writer, struct store *store, uint64_t *recovered, char *why);
/* Commits what waits, ends the thread. NULL is fine. */
void writer_stop(struct writer *writer);

/* Readable while events wait. */
int writer_event_fd(const struct writer *writer);
bool writer_take(struct writer *writer, struct writer_event *event);

/* Wants `count` (1..256) leads: answers count x CLAIMED, or fewer and one EMPTY. */
int writer_claim(struct writer *writer, uint32_t campaign, uint32_t count);
/*
 * Wants one lead, whose callback is this seat's own (callback_search): answers one CLAIMED, or one EMPTY with nothing but
 * campaign and seat.
 */
int writer_claim_own(struct writer *writer, uint32_t campaign, const char *seat, uint64_t lead);
/*
 * An attempt's end. Updates the lead (attempts, next number, retry or done), the list's and the indexes. Exactly once an attempt:
 * a second is refused and counted.
 */
int writer_outcome(struct writer *writer, const struct attempt *attempt);
/* Disposition set after the outcome was written (during wrap-up): name and effect. */
int writer_disposition(struct writer *writer, uint64_t attempt, const char *disposition);
int writer_shift(struct writer *writer, const struct shift *shift);
int writer_dnc(struct writer *writer, const char *e164);
/*
 * The called asked during the attempt, at asked_us, not to be called again; how: "key" or "agent", static. Answered by
 * WRITER_KEPT when no claim can take the number any more.
 */
int writer_opt_out(struct writer *writer, uint64_t attempt, const char *e164, int64_t asked_us, const char *how);
/*
 * A recording that was heard: nice to have. Refused (-EAGAIN) while a quarter of the ring waits, and forgotten when its group
 * fails. bytes 0 removes the row. ERR_RANGE: slot or bytes too large.
 */
int writer_print(struct writer *writer, const struct print_row *row);
/* What happens to a recording; kept until it is durable, as an outcome. */
int writer_recording(struct writer *writer, const struct recording_note *note);
int writer_campaign_finished(struct writer *writer, uint32_t campaign);

bool writer_healthy(const struct writer *writer);

struct writer_counters {
	uint64_t commits, operations, claims, outcomes, failures, refused_twice;
	uint32_t waiting;
	int64_t commit_us_p50, commit_us_p99; /* of the group commits so far */
	int64_t failing_since_us; /* 0: the last commit succeeded */
	int err;                  /* why they fail, 0 when they do not */
	uint64_t refused;         /* operations that met a damaged record */
	/* attempts of an earlier run whose end could not be written for that reason: no outcome, never dialled again */
	uint64_t unrecovered;
};
void writer_counters(const struct writer *writer, struct writer_counters *out);

#endif
