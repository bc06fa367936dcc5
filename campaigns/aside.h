/*
 * aside.h - leads that wait in their list while suppression lists keep them from one campaign (for files of this folder only)
 *
 * What    The third place of a lead in a space (a list's own indexes, or a view's; view.h): not in `ready`, not in `sched`, but
 *         here. Other spaces of its list know nothing of it, so other campaigns dial it. A lead whose numbers are all on the
 *         store's own list is LEAD_SUPPRESSED.
 * Life    The claim that is refused puts it here, in its transaction. It comes back when a list or a consent that may have
 *         changed the answer says so (suppress_return(), dnc_release()), and is asked about anew with whatever else happens to
 *         it: index_remove() finds it here, too.
 * Counts  in the record of its group. `stale`: a list that is too old keeps it, so somebody will load that: its campaign is not
 *         finished.
 */
#ifndef OUTDIAL_CAMPAIGNS_ASIDE_H
#define OUTDIAL_CAMPAIGNS_ASIDE_H

#include "campaigns/tables.h"

struct aside {
	uint32_t space;
	uint64_t lead;
	uint32_t campaign; /* that may not dial it */
	bool stale;
};

/* Not there yet. */
void aside_put(struct db_txn *txn, const struct aside *aside, uint16_t zones);
bool aside_there(struct db_txn *txn, uint32_t space, uint64_t lead);
/* Was it there? */
bool aside_remove(struct db_txn *txn, uint32_t space, const struct lead *lead);
/* The first after (space, lead) in their order. */
bool aside_after(struct db_txn *txn, uint32_t space, uint64_t lead, struct aside *out);
/* Has the space any? */
bool aside_any(struct db_txn *txn, uint32_t space);

#endif
