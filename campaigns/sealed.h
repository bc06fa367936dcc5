/*
 * sealed.h - what the store knows of the segments that left it (for files of this folder only)
 *
 * What    One record a segment in the table `segment`: its files' sums, and size, root and peaks of the hash tree at its end, so
 *         that the tree goes on from there without a look at what lies before.
 */
#ifndef OUTDIAL_CAMPAIGNS_SEALED_H
#define OUTDIAL_CAMPAIGNS_SEALED_H

#include "campaigns/merkle.h"
#include "campaigns/tables.h"

struct sealed {
	uint64_t first, last;
	int64_t sealed_us;
	uint64_t bytes; /* of the compressed file */
	char lines_sum[65], locators_sum[65];
	struct hash root; /* of the log up to and with `last` */
	unsigned char peaks[MERKLE_LEVELS * HASH_BYTES];
	size_t peaks_bytes;
};

void sealed_save(struct db_txn *txn, const struct sealed *sealed);
bool sealed_last(struct db_txn *txn, struct sealed *out);
/* The same in a transaction of their own: 0, ERR_UNKNOWN, or an error. */
int sealed_read_next(struct store *store, uint64_t first, struct sealed *out);
/* The segment that ends with `last`. */
int sealed_read_ending(struct store *store, uint64_t last, struct sealed *out);
/* How many events are sealed, and how many wait. */
int sealed_counts(struct store *store, uint64_t *sealed, uint64_t *waiting);

/* Lines that are not sealed yet, copied in pieces, each in a short read transaction. */
struct tail;
/* From sequence number `from` on. -ENOMEM. */
int tail_open(struct tail **tail, struct store *store, uint64_t from);
/*
 * 1 and the next line, 0 at the end, an error (ERR_STORE: a sequence number is missing). The line is valid until the next call.
 */
int tail_next(struct tail *tail, const char **line, size_t *bytes);
void tail_close(struct tail *tail); /* NULL is fine */

#endif
