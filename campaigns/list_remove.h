/*
 * list_remove.h - a list goes: who was never called with it, who was called stays provable
 *
 * What    list_remove() makes the list one that no campaign dials, in one short transaction that is an event of the log; then it goes
 *         through its leads:
 *           nobody called them      the lead goes: numbers, columns, callback, its entries in all indexes
 *           they were called        what is needed to find their calls stays: numbers, person and debt. All other columns go, and
 *                                   the callback; the lead is done. So an erasure, a legal hold, `explain` and the ledgers find
 *                                   them as before
 *           a legal hold is on them nothing is touched, until the hold is released and the list is removed again
 *         Attempts, the log, ledgers, consents, do-not-call and suppression lists, and recordings are not touched at all: they
 *         belong to no list. The list's record stays, so that exports name it; its name is free when no lead is held. What went is
 *         wiped as after an erasure (scrub.h).
 * Order   the list first; then the contacts in the order of the index, 1,000 at a time (in the order of the leads each would dirty a
 *         page of its own); then the leads; then the event `list_removed`. Every transaction lasts some milliseconds and leaves
 *         others a pause. Who is killed in between calls it again.
 * Errors  ERR_UNKNOWN; ERR_WRONG_STATE: a campaign that dials it is running or paused, a call to it is under way, an upload to it
 *         runs. With a sentence. -ECANCELED after `stop_after`.
 */
#ifndef OUTDIAL_CAMPAIGNS_LIST_REMOVE_H
#define OUTDIAL_CAMPAIGNS_LIST_REMOVE_H

#include "campaigns/store.h"

struct list_removal {
	uint64_t gone, called, held; /* leads that go, that stay because they were called, that a hold keeps */
	uint64_t callbacks;          /* of those that go and stay: promises that nobody will keep */
	uint64_t event;              /* sequence number of `list_removed`; 0: not yet */
	uint64_t stop_after; /* in, for tests: leave everything as a crash would after so many transactions; 0: to the end */
};

/* Counts what list_remove() would do. */
int list_remove_look(struct store *store, const char *name, struct list_removal *out, char *why);
/* What this call did; held: those that are left. */
int list_remove(struct store *store, const char *name, struct list_removal *out, char *why);

#endif
