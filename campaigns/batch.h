/*
 * batch.h - what the import needs of the bulk insert beyond store.h (inside the folder)
 *
 * What    Rows are collected into a chunk (1,000,000 rows or 96 MiB). A full chunk is written in this order, each step in
 *         transactions of at most 2,000 rows or about 5 ms: its ids are reserved; its numbers go into the contact index, sorted,
 *         so that neighbours share pages; then its leads in the order of the file. A lead is there only with all its numbers. The
 *         reverse may be untrue for a while: a contact whose lead is not there belongs to a chunk that is being written, or was
 *         when its process died. Whoever reads the contact index passes over those.
 * Careful when duplicates update or link leads (dedupe.h), a chunk is at most 500 rows and written whole in one transaction, and
 *         a row that has to do with one that waits is answered BATCH_WAIT: it comes again when the chunk is written. So each row
 *         sees all that rows before it did, wherever chunks end, and after a crash no chunk is half there.
 * Journal a handler is called inside each of these transactions, so that what an upload remembers about itself is as durable as
 *         its rows, no more and no less. After a crash the chunk under way is collected again from where it began, and
 *         lead_batch_resume() says how much of it is there already: ids are given again as they were, and what is written is not
 *         written twice.
 */
#ifndef OUTDIAL_CAMPAIGNS_BATCH_H
#define OUTDIAL_CAMPAIGNS_BATCH_H

#include "campaigns/db.h"
#include "campaigns/dedupe.h"
#include "campaigns/lead_update.h"
#include "campaigns/store.h"

/* The chunk under way: ids base .. base + count - 1, of which the first `written` leads are there. count 0: none. */
struct lead_chunk {
	uint64_t base;
	uint32_t count, written;
};

/* What an upload adds to its list's counts and says in the log. */
struct upload_counts {
	uint64_t read, rejected, duplicate;
	uint64_t updated; /* of the duplicates */
	uint64_t linked;  /* of those that became leads */
};

/* Runs again when the store had to grow, so it must not count anything. `closing`: the last transaction of lead_batch_close(). */
typedef void lead_batch_note_h(struct db_txn *txn, void *arg, const struct lead_chunk *chunk, bool closing);
void lead_batch_journal(struct lead_batch *batch, lead_batch_note_h *note, void *arg);
/* How far it looks for duplicates (default: the list), and what it does with them. */
void lead_batch_dedupe(struct lead_batch *batch, const struct dedupe *dedupe);

enum batch_fate {
	BATCH_TAKEN,     /* a lead of its own; a duplicate that is kept, too */
	BATCH_LINKED,    /* a lead of its own, the same person as the one that was found */
	BATCH_DUPLICATE, /* left out */
	BATCH_UPDATED,   /* the lead that was found gets its values */
	BATCH_SAME,      /* the lead that was found says all of it already */
	BATCH_WAIT       /* nothing happened: lead_batch_flush(), and offer it again */
};
/* Of a row, by where its nearest lead is: any but SAME and WAIT. */
enum batch_fate batch_fate(const struct dedupe *dedupe, enum import_scope found);
/*
 * lead_batch_add() for whoever keeps a journal, with all that becomes of a row. *found: where the nearest lead of the row is,
 * IMPORT_SCOPES: nowhere. ERR_FULL: an update's further columns do not fit beside those that the lead has; the row is not taken.
 */
int lead_batch_offer(struct lead_batch *batch, struct lead *lead, const char *const *zone_names, struct lead_said said,
	enum batch_fate *fate, enum import_scope *found);
/* One upload to a list, or its removal, at a time: a lock that goes with the descriptor. ERR_WRONG_STATE: somebody has it. *fd -1: none. */
int lead_batch_lock(struct store *store, uint32_t list, int *fd);
/*
 * After a transaction of bulk work that took so long: others get at least a fifth of the time, and 1 ms, for LMDB's lock is not
 * fair; 50 ms at most.
 */
void batch_pause(int64_t took_us);
/* Rows of a chunk, 1 to 1,000,000 (default). */
void lead_batch_rows(struct lead_batch *batch, uint32_t rows);
/* Time of creation of all its leads (default: when the batch was opened). */
void lead_batch_created(struct lead_batch *batch, int64_t created_us);
/*
 * Before the first row: the chunk that an earlier run left. The next `count` rows are taken for that chunk's. ERR_WRONG_STATE
 * from lead_batch_add(): they are not, the store has changed since.
 */
void lead_batch_resume(struct lead_batch *batch, const struct lead_chunk *chunk);
/* Is the chunk full? Whoever keeps a journal writes it then, between two rows; else lead_batch_add() does. */
bool lead_batch_full(const struct lead_batch *batch);
/* What lead_batch_close() adds besides. */
void lead_batch_counts(struct lead_batch *batch, uint64_t updated, uint64_t linked);
int lead_batch_flush(struct lead_batch *batch);
/* Removes contacts of ids base + written .. base + count - 1 that have no lead: a chunk that nobody will go on with. */
int lead_chunk_forget(struct store *store, const struct lead_chunk *chunk);

#endif
