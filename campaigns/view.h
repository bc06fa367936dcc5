/*
 * view.h - an index of the leads of a list that one campaign wants, in its order (for files of this folder only)
 *
 * What    A campaign with a filter or an order of its own has a view of each of its lists: the same two indexes, ready and sched,
 *         and the same counts of groups, under a number of the view's own (its space) instead of the list's. Whatever puts a lead
 *         into its list's indexes or takes it out does so with the list's views, in the same transaction: nothing in a view is
 *         ever stale, and a claim costs the same whether ten of ten million leads match or all.
 * Life    view_make() only writes the record: the view is kept from then on. view_build() goes through the leads that were there
 *         before, a bounded step a transaction, from a place that the record keeps; who was killed in between loses nothing. A
 *         view that is dropped is not kept any more; view_sweep() takes its entries away, step by step.
 * Own     A campaign without filter and order gets a view, too, when a suppression list keeps a lead from it that other campaigns
 *         share with it.
 * Order   48 bits before the lead's id. The first 16 of callbacks are 0, so that they stand before all else (beside leads of the
 *         highest priority of all, 65535, in the order by priority).
 * Cost    docs/STORAGE.md has figures; docs/decisions/0004-views.md why.
 */
#ifndef OUTDIAL_CAMPAIGNS_VIEW_H
#define OUTDIAL_CAMPAIGNS_VIEW_H

#include "campaigns/tables.h"
#include "campaigns/where.h"

#define VIEW_SPACE UINT32_C(0x80000000) /* | view: a space that is no list */
#define VIEW_STEP 2000                  /* leads or entries of one transaction */

enum view_state { VIEW_BUILDING, VIEW_WHOLE, VIEW_DROPPED };

struct view {
	uint32_t list, id; /* id 0: none, the list's own indexes serve */
	uint32_t campaign;
	enum view_state state;
	uint64_t next; /* BUILDING: the lead that is looked at next */
	struct lead_order order;
	char where[WHERE_BYTES];
};

/* The first of 48 bits decides; smaller is dialled earlier. */
uint64_t view_rank(const struct lead_order *order, const struct lead *lead);
uint32_t view_space(uint32_t list, uint32_t view);
/* The lead's key in the ready index of the view; view NULL or without id: of its list. */
struct db_key view_ready_key(const struct view *view, const struct lead *lead);

bool view_load(struct db_txn *txn, uint32_t list, uint32_t id, struct view *out);
bool view_any(struct db_txn *txn, uint32_t list); /* has the list views? */
/* In all views of the lead's list that want it. `ready` or sched; removing looks in both. */
void view_add(struct db_txn *txn, const struct lead *lead, bool ready);
void view_remove(struct db_txn *txn, const struct lead *lead);
/*
 * A lead that is put aside (aside.h) was due, and is ready again in that space, or in all of its list's; false: it was not aside.
 */
bool view_return(struct db_txn *txn, uint32_t space, const struct lead *lead);
void view_return_all(struct db_txn *txn, const struct lead *lead);

/*
 * Gives each list of the campaign the view that its filter and order need, if any; drops those of `old` (NULL: none) that are not
 * needed.
 */
void view_sync(struct db_txn *txn, const struct campaign *old, struct campaign *campaign);
/* Has another campaign its candidates in the list's own indexes? */
bool view_shared(struct db_txn *txn, const struct campaign *campaign, uint32_t list);
/* A view that differs from the list by the leads that the campaign may not dial: it is made step by step, and the campaign's from
 * when it is whole. False: it is being made already. */
bool view_want(struct db_txn *txn, const struct campaign *campaign, uint32_t list);
/*
 * One step with the one that was wanted of the campaign's list number `index`, if any. True: the campaign, which is saved, has it
 * from now on.
 */
bool view_arrives(struct db_txn *txn, struct campaign *campaign, uint32_t index, int64_t now_us, uint32_t limit);
/* One step; true when the view is whole (or is none). */
bool view_build(struct db_txn *txn, struct view *view, int64_t now_us, uint32_t limit);
/* One step with the first view that is not whole, whoever asked for it; true when there is none. */
bool view_build_any(struct db_txn *txn, int64_t now_us, uint32_t limit);
bool view_unfinished(struct db_txn *txn); /* is there one? */
/* One step; true when no dropped view has entries left. */
bool view_sweep(struct db_txn *txn, uint32_t limit);

#endif
