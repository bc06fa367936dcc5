/*
 * tally.h - running counts of what the law counts, so that nobody has to read all attempts to begin
 *
 * What    People, abandoned people and machine verdicts of a campaign in each quarter of an hour of its attempts' intents, and in
 *         each 30 days from its first dial. Kept in the transaction that writes an outcome or a disposition, so they are what the
 *         attempts say, whenever one looks. Days and months of every zone of today begin at a quarter; a quarter in which one 30
 *         days end has a row for each side.
 * Store   table tally: campaign u32, quarter u32, period u16 -> counts. 2,976 rows a month of a campaign that dials day and
 *         night. A store of an earlier program is counted once, by writer_start().
 */
#ifndef OUTDIAL_CAMPAIGNS_TALLY_H
#define OUTDIAL_CAMPAIGNS_TALLY_H

#include "campaigns/judge.h"
#include "campaigns/store.h"

struct tally {
	int64_t at_us; /* an instant within both its quarter and its period */
	uint64_t live_count, abandoned_count;
	struct judge_counts judged;
};

/* Calls each(arg, row) for the campaign's rows from the quarter of since_us on, in order of time. Errors of the store. */
typedef void tally_h(void *arg, const struct tally *row);
int tally_read(struct store *store, const struct campaign *campaign, int64_t since_us, tally_h *each, void *arg);
/* Counts all attempts anew, in steps; while nobody writes outcomes. `only_missing`: not when it was done before. */
int tally_rebuild(struct store *store, bool only_missing);

/* Inside of a transaction: a finished attempt comes, or what was counted of it goes. */
struct db_txn;
void tally_add(struct db_txn *txn, const struct attempt *attempt);
void tally_remove(struct db_txn *txn, const struct attempt *attempt);

#endif
