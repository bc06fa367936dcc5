/*
 * upload.h - what the store knows of each upload: how far it is, so that it can go on after a crash, and what it was made of, so
 * that the same file is not loaded twice
 *
 * What    A record an upload, written in the transactions of its rows (batch.h): after any kill -9 it says exactly what is
 *         stored. It names the file by its SHA-256 and the way it was read (region, map, encoding) by a second sum, the key.
 * Resume  needs the place where the chunk under way began, and how much of that chunk is there. The text before that place is
 *         decoded again and thrown away: that costs seconds for ten million rows, and works for every encoding.
 * Found   by list and key through the meta table: import.LIST.KEY -> id when it is whole, pending.LIST -> id while it is not.
 */
#ifndef OUTDIAL_CAMPAIGNS_UPLOAD_H
#define OUTDIAL_CAMPAIGNS_UPLOAD_H

#include "campaigns/batch.h"
#include "campaigns/csv.h"
#include "campaigns/import.h"

#define UPLOAD_SUM_BYTES 65

enum upload_state {
	UPLOAD_PENDING, /* runs, or was interrupted */
	UPLOAD_WHOLE,
	UPLOAD_LEFT     /* another upload to the list took its place */
};

struct upload_place { /* between two rows */
	struct rows_mark mark;
	uint64_t read, accepted, rejected, duplicate;
	struct import_reason reasons[IMPORT_REASONS];
	uint32_t reason_count;
	struct import_region regions[IMPORT_REGIONS];
	uint32_t region_count;
	uint64_t found[IMPORT_SCOPES], kept, listed;
	uint64_t updated, linked;
	uint64_t reject_bytes; /* of the reject file; 0: it has not begun, or an orderly end has closed it */
};

struct upload {
	uint32_t id, list; /* id 0: none */
	enum upload_state state;
	char sum[UPLOAD_SUM_BYTES], key[UPLOAD_SUM_BYTES];
	char path[256], reject_path[512];
	int64_t started_us, ended_us;
	struct upload_place place;
	struct lead_chunk chunk;
	struct upload_counts counted; /* what the list's counts have of it already */
};

/* SHA-256 of the whole file as 64 hex digits; the descriptor's position does not matter. -errno, -ENOMEM. */
int upload_sum(int fd, char sum[UPLOAD_SUM_BYTES]);
/* The same of a text. */
int upload_key(const char *text, char key[UPLOAD_SUM_BYTES]);
/* When the list got this very file first, 0: never. */
int upload_seen(struct store *store, uint32_t list, const char *sum, int64_t *at_us);

/* id 0 when there is none: the whole upload of this key, and the one that is not at its end. */
int upload_find(struct store *store, uint32_t list, const char *key, struct upload *out);
int upload_pending(struct store *store, uint32_t list, struct upload *out);
/* Gives the id. */
int upload_begin(struct store *store, struct upload *upload);
void upload_save(struct db_txn *txn, const struct upload *upload);
/* In the transaction of its last row. */
void upload_finish(struct db_txn *txn, const struct upload *upload);
/* Nobody goes on with it: its leads stay, what it wrote of leads that never came goes, and its counts come into the list's. */
int upload_leave(struct store *store, const struct upload *upload);

#endif
