/*
 * batch_in.h - the chunk of a bulk insert (private to batch.c, which takes rows, and batch_write.c, which writes them)
 *
 * Rows wait in memory, packed as the records that they will be, until a chunk is full (batch.h). Each number dirties a page of
 * the contact index of its own when numbers come in the order of a file, and that was four fifths of the time; sorted by the
 * million some ten share a page. A transaction takes about 5 ms, commit included, so that an import does not hold up the engine's
 * claims: how many rows that is depends on the disk and is measured as we go. One batch a list at a time (a lock file that dies
 * with the process): so the check for duplicates made when a row is added is still true when it is written.
 */
#ifndef OUTDIAL_CAMPAIGNS_BATCH_IN_H
#define OUTDIAL_CAMPAIGNS_BATCH_IN_H

#include "campaigns/batch.h"
#include "campaigns/idset.h"
#include "campaigns/zonesets.h"

struct batch_row { /* of the chunk; its id is the chunk's base and its index */
	uint32_t at; /* in text */
	uint16_t bytes, zones, priority;
	bool suppressed; /* stands in no index */
};

struct batch_key { /* of the contact index: a number, or an external id */
	uint64_t key;
	uint32_t row;
};

struct batch_pace { /* rows of the next transaction of a kind */
	uint32_t rows_max, least, most;
};

struct lead_batch {
	struct store *store;
	uint32_t list;
	int lock_fd;
	int64_t created_us;
	struct lead_chunk chunk;
	uint32_t chunk_rows; /* at most */
	struct batch_row *rows;
	uint32_t count, rows_room;
	unsigned char *text;
	uint32_t text_bytes, text_room;
	struct batch_key *keys;
	uint32_t key_count, keys_room, keys_done;
	struct idset taken; /* keys of the rows that wait */
	struct lead_updates updates;
	struct zonesets sets;
	struct dedupe dedupe;
	struct upload_counts counts; /* to be added when the batch is closed */
	bool closing;
	lead_batch_note_h *note;
	void *arg;
	struct batch_pace key_pace, row_pace, careful_pace;
	uint32_t touched; /* rows since it was asked how much is mapped */
	uint32_t written; /* by the transaction that runs */
	int64_t began_us; /* the transaction: the wait for other writers is over */
};

/* How many rows the first transaction of each kind has. */
void batch_paces_init(struct lead_batch *batch);
/*
 * Call for each row that is looked at or written: pages of the store that were looked at stay mapped, and an upload looks at all
 * of them.
 */
void batch_unmap(struct lead_batch *batch, uint32_t rows);

#endif
