/*
 * pruned.h - where the evidence log begins when its oldest segments are gone
 *
 * What    Segments go from the beginning of the log only. Of those that went the roots of the whole subtrees on the tree's right
 *         edge are kept ("peaks", at most 64 hashes): with them the tree goes on as if the lines were there, so roots,
 *         checkpoints and proofs of later events stay what they were (C2SP tlog-tiles: minimum index). The store has a record,
 *         DIR/evidence/pruned is its text.
 * Trust   wrong peaks give another root than the one that the checkpoint was signed for: the file needs no signature of its own.
 * Format  outdial-pruned/1, first <n>, until_us <n>, one "peak <base64>" a hash with the largest subtree first. docs/EVIDENCE.md.
 * Errors  ERR_SYNTAX.
 */
#ifndef OUTDIAL_CAMPAIGNS_PRUNED_H
#define OUTDIAL_CAMPAIGNS_PRUNED_H

#include "campaigns/merkle.h"
#include "campaigns/tables.h"

#define PRUNED_BYTES 8192

struct pruned {
	uint64_t first;   /* sequence number of the first event that is left; 0: nothing was pruned */
	int64_t until_us; /* time of the last event that is gone */
	size_t peaks_bytes;
	unsigned char peaks[MERKLE_LEVELS * HASH_BYTES];
};

void pruned_save(struct db_txn *txn, const struct pruned *pruned);
int pruned_read(struct store *store, struct pruned *out);
/* Answers the length. */
size_t pruned_print(const struct pruned *pruned, char out[PRUNED_BYTES]);
int pruned_parse(const char *text, size_t bytes, struct pruned *out);
/* The tree of the events that are gone. False: the peaks are not those of so many. */
bool pruned_tree(const struct pruned *pruned, struct merkle *tree);

#endif
