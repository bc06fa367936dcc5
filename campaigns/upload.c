/* upload.c - see upload.h */
#include "campaigns/upload.h"
#include "campaigns/sha256.h"
#include "campaigns/tables.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define PIECE_BYTES (64 * 1024)
#define NAME_ROOM 64

int upload_sum(int fd, char sum[UPLOAD_SUM_BYTES])
{
	struct sha256 *sha = sha256_alloc();
	char piece[PIECE_BYTES];
	off_t at = 0;
	ssize_t n;
	int err;

	if (!sha)
		return -ENOMEM;
	for (; (n = pread(fd, piece, sizeof(piece), at)) > 0; at += n)
		sha256_add(sha, piece, (size_t)n);
	err = n < 0 ? -errno : 0;
	sha256_hex(sha, sum);
	sha256_free(sha);
	return err;
}

/* 40 of the 64 digits fit into a key; nobody makes two such files by accident. */
static void name_of(uint32_t list, const char *sum, char out[NAME_ROOM])
{
	snprintf(out, NAME_ROOM, "upload.%u.%.40s", list, sum);
}

int upload_seen(struct store *store, uint32_t list, const char *sum, int64_t *at_us)
{
	char name[NAME_ROOM];
	struct db_txn txn;

	name_of(list, sum, name);
	db_read_begin(store->db, &txn);
	*at_us = (int64_t)meta_get(&txn, name);
	return db_read_end(&txn);
}

struct upload_change {
	char name[NAME_ROOM];
	int64_t at_us;
};

static int note_in(struct db_txn *txn, void *arg)
{
	struct upload_change *change = arg;

	if (!meta_get(txn, change->name))
		meta_set(txn, change->name, (uint64_t)change->at_us);
	return 0;
}

int upload_note(struct store *store, uint32_t list, const char *sum, int64_t at_us)
{
	struct upload_change change = {.at_us = at_us};

	name_of(list, sum, change.name);
	return db_change(store->db, note_in, &change);
}
