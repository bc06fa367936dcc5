/*
 * numset.h - exact sets of telephone numbers in a table (for files of this folder only)
 *
 * What    A block holds the numbers that share all but their last four digits: ascending u16 while there are few, a bitmap of
 *         10,000 bits when that is smaller. A set is all blocks whose key begins with its prefix; blocks are found by the number
 *         itself, so that one look-up answers.
 * Cost    250 million numbers at the density of a national registry take about 250 MiB, a look-up about 1 us (bench/bench_dnc.c).
 * Source  docs/SUPPRESSION.md.
 */
#ifndef OUTDIAL_CAMPAIGNS_NUMSET_H
#define OUTDIAL_CAMPAIGNS_NUMSET_H

#include "campaigns/db.h"

#define NUMSET_BLOCK 10000

struct numset {
	uint32_t table;
	struct db_key prefix; /* may be empty */
};

bool numset_has(struct db_txn *txn, const struct numset *set, uint64_t number);
/* Answers what it was. */
bool numset_put(struct db_txn *txn, const struct numset *set, uint64_t number, bool listed);
/* Adds numbers that all share one block (number / NUMSET_BLOCK), in any order; answers how many were new. */
uint32_t numset_add_block(struct db_txn *txn, const struct numset *set, const uint64_t *numbers, uint32_t count);

#endif
