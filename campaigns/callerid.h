/*
 * callerid.h - caller ids: the right to use each, pools of them, how much each is used, and which one a person sees
 *
 * What    A campaign's caller id is a number, or "@POOL". Once the store has one record, a number without a current right is
 *         never sent: the choice is part of the claim's check, inside the intent's transaction. A person sees the same number
 *         each time; a new person the one of the pool that shares most leading digits with theirs, among equals the one used
 *         least in the last day. Only numbers with a right are chosen from, and after a block (603+, 607, 608) no other number is
 *         tried on that person. Caps hold for any minute, day and week, wherever it begins (span.h). When a UTC day's blocks,
 *         short calls or answers say that networks have taken against a number, it is quarantined until somebody takes it out.
 * Errors  as store.h.
 * Source  16 CFR 310.5(a)(2) (right to use, with its period), 47 CFR 64.1604 (accurate caller id), ATIS-1000099, RFC 8197, 8688.
 */
#ifndef OUTDIAL_CAMPAIGNS_CALLERID_H
#define OUTDIAL_CAMPAIGNS_CALLERID_H

#include "campaigns/span.h"
#include "campaigns/store.h"

#define CALLERID_POOL_BYTES 19 /* with the "@" it fits where a number does */
#define CALLERID_POOL_MAX 200  /* numbers of one pool */
#define CALLERID_MINUTE_MAX 10 /* defaults: what a number bears without being labelled */
#define CALLERID_DAY_MAX 100
#define CALLERID_WEEK_MAX 500
#define CALLERID_SHORT_US (6 * INT64_C(1000000)) /* an answered call that ends before is a short one */

enum callerid_span { CALLERID_MINUTE, CALLERID_DAY, CALLERID_WEEK, CALLERID_SPANS };

struct callerid_use {
	struct span spans[CALLERID_SPANS];           /* attempts */
	uint32_t day_index;                          /* the UTC day of what follows */
	uint32_t finished, answered, brief, blocked;
	uint64_t attempts;                           /* ever */
};

struct callerid {
	char number[NUMBER_BYTES];      /* E.164 */
	char pool[CALLERID_POOL_BYTES]; /* "" none */
	char proof[48];                 /* contract or letter that gives the right */
	int64_t from_us, to_us;         /* its period; 0: open */
	char name[64];                  /* shown beside it; "": the campaign's */
	uint32_t minute_max, day_max, week_max;
	int64_t quarantine_us; /* since; 0: not */
	char quarantine_why[48];
	struct callerid_use use; /* read only */
};

enum callerid_state {
	CALLERID_FINE,
	CALLERID_UNKNOWN,     /* no record: no right */
	CALLERID_EARLY,       /* the right begins later */
	CALLERID_OVER,        /* it has ended */
	CALLERID_QUARANTINED,
	CALLERID_CAPPED,      /* its minute, day or week is full */
	CALLERID_ELSEWHERE,   /* the person was blocked from another number, which cannot be used now */
	CALLERID_EMPTY,       /* the pool has no number */
	CALLERID_STATES
};

void callerid_defaults(struct callerid *id);
/* leaves use and quarantine as they are */
int callerid_put(struct store *store, const struct callerid *id, bool must_be_new, char *why);
int callerid_get(struct store *store, const char *number, struct callerid *out);
/* The next after `after` ("": the first), in order of the number. */
int callerid_next(struct store *store, const char *after, struct callerid *out);
int callerid_remove(struct store *store, const char *number, char *why);
/* `why` NULL takes it out. */
int callerid_quarantine(struct store *store, const char *number, const char *why_words, char *why);
const char *callerid_state_name(enum callerid_state state);

/* --- pure */
/* May it be sent now? *until_us: when that changes by itself, 0 unknown. */
enum callerid_state callerid_state(const struct callerid *id, int64_t now_us, int64_t *until_us);
/* Forgets what is over. */
void callerid_roll(struct callerid_use *use, int64_t now_us);
void callerid_count(struct callerid_use *use, int64_t now_us); /* one more attempt */
/* Attempts of the last minute, day or week, after callerid_roll(). */
uint32_t callerid_used(const struct callerid_use *use, enum callerid_span span);
/*
 * From a record of an earlier version, which counted by UTC minute, day and week: `count` attempts in the window of that number.
 */
void callerid_adopt(struct callerid_use *use, enum callerid_span span, uint32_t window_index, uint32_t count);
/* Why the day's figures are an alarm; NULL: they are not. */
const char *callerid_alarm(const struct callerid_use *use);
/* Leading digits that two numbers share. */
uint32_t callerid_near(const char *a, const char *b);

#endif
