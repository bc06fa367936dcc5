/* batch_write.c - bulk insert of leads: a chunk becomes transactions of a few milliseconds (batch_in.h) */
#include "campaigns/batch_in.h"
#include "campaigns/evlog.h"
#include "campaigns/tables.h"
#include "campaigns/view.h"

#include "base/clock.h"
#include "base/err.h"

#include <stdlib.h>
#include <time.h>

#define CAREFUL_ROWS_START 200
#define CAREFUL_ROWS_MIN 50
#define CAREFUL_ROWS_MAX 500
#define MAPPED_LOOKS 256 /* between two looks at how much is mapped: one maps 16 pages or so, 16 MiB in all */
#define MAPPED_BYTES_MAX (192u * 1024 * 1024)
#define BATCH_ROWS_START 1000
#define BATCH_ROWS_MIN 1000      /* fewer would save little: sorted rows are cheap, the synchronisation of a commit costs the same */
#define BATCH_US_LOW (3 * MS_US) /* a transaction shorter than this may be larger next time */
#define BATCH_US_HIGH (5 * MS_US)
/* LMDB's lock is not fair: without a pause a waiting claim may lose to several transactions of ours */
#define BATCH_PAUSE_US_MIN MS_US

void batch_paces_init(struct lead_batch *batch)
{
	batch->key_pace = batch->row_pace = (struct batch_pace){BATCH_ROWS_START, BATCH_ROWS_MIN, CHANGE_ROWS_MAX};
	batch->careful_pace = (struct batch_pace){CAREFUL_ROWS_START, CAREFUL_ROWS_MIN, CAREFUL_ROWS_MAX};
}

static void batch_note(struct lead_batch *batch, struct db_txn *txn, const struct lead_chunk *chunk, bool closing)
{
	if (batch->note)
		batch->note(txn, batch->arg, chunk, closing);
}

/* Ids of the whole chunk, without gaps. A chunk that is written again has them. */
static int batch_reserve_in(struct db_txn *txn, void *arg)
{
	struct lead_batch *batch = arg;
	uint64_t next = meta_get(txn, "lead_next");

	batch->chunk = (struct lead_chunk){.base = next ? next : 1, .count = batch->count};
	meta_set(txn, "lead_next", batch->chunk.base + batch->count);
	batch_note(batch, txn, &batch->chunk, false);
	return 0;
}

/* How much fits into the next transaction, from how long the last one took. */
static void pace_adapt(struct batch_pace *pace, int64_t took_us)
{
	if (took_us > BATCH_US_HIGH)
		pace->rows_max -= pace->rows_max / 3;
	else if (took_us < BATCH_US_LOW)
		pace->rows_max += pace->rows_max / 4;
	if (pace->rows_max < pace->least)
		pace->rows_max = pace->least;
	if (pace->rows_max > pace->most)
		pace->rows_max = pace->most;
}

void batch_pause(int64_t took_us)
{
	int64_t us = took_us / 4 > BATCH_PAUSE_US_MIN ? took_us / 4 : BATCH_PAUSE_US_MIN;

	if (us > 50 * MS_US)
		us = 50 * MS_US;
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

void batch_unmap(struct lead_batch *batch, uint32_t rows)
{
	batch->touched += rows;
	if (batch->touched < MAPPED_LOOKS)
		return;
	batch->touched = 0;
	db_unmap_above(batch->store->db, MAPPED_BYTES_MAX);
}

/* One transaction of a kind; batch->written says how many rows it had. */
static int batch_change(struct lead_batch *batch, db_change_h *change, struct batch_pace *pace)
{
	int err = db_change(batch->store->db, change, batch);
	int64_t took_us = clock_us() - batch->began_us;

	pace_adapt(pace, took_us);
	batch_unmap(batch, batch->written);
	if (!err)
		batch_pause(took_us);
	return err;
}

static int key_order(const void *a, const void *b)
{
	const struct batch_key *x = a, *y = b;

	return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->row < y->row ? -1 : x->row > y->row;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void batch_write_keys(struct db_txn *txn, const struct lead_batch *batch, uint32_t from, uint32_t count)
{
	struct db_key list = key_u32(batch->list);

	for (uint32_t i = from; i < from + count && !txn->err; i++) {
		struct db_key key = contact_key(batch->keys[i].key, batch->chunk.base + batch->keys[i].row);

		db_put(txn, T_CONTACT, &key, list.bytes, list.count);
	}
}

static int batch_keys_in(struct db_txn *txn, void *arg)
{
	struct lead_batch *batch = arg;

	batch->began_us = clock_us();
	batch->written = least(batch->key_count - batch->keys_done, batch->key_pace.rows_max);
	batch_write_keys(txn, batch, batch->keys_done, batch->written);
	return 0;
}

static int batch_keys(struct lead_batch *batch)
{
	int err = 0;

	if (!batch->key_count)
		return 0;
	qsort(batch->keys, batch->key_count, sizeof(batch->keys[0]), key_order);
	for (batch->keys_done = 0; batch->keys_done < batch->key_count && !err; batch->keys_done += batch->written)
		err = batch_change(batch, batch_keys_in, &batch->key_pace);
	return err;
}

/* The list's views want the whole lead: whether their filters match is in its columns. */
static void batch_view_row(struct db_txn *txn, uint64_t id)
{
	struct lead lead;

	if (lead_load(txn, id, &lead))
		view_add(txn, &lead, true);
}

static void batch_write_row(struct db_txn *txn, const struct lead_batch *batch, uint32_t index, bool views)
{
	const struct batch_row *row = &batch->rows[index];
	struct lead lead = {.id = batch->chunk.base + index,
		.list = batch->list,
		.zones = row->zones,
		.priority = row->priority,
		.due_us = batch->created_us};
	struct db_key key = key_u64(lead.id);

	db_put(txn, T_LEAD, &key, batch->text + row->at, row->bytes);
	if (row->suppressed)
		return;
	key = ready_key(&lead);
	db_put(txn, T_READY, &key, "", 0);
	if (views)
		batch_view_row(txn, lead.id);
}

/* Rows with the same zones mostly follow each other: their group is counted once. Answers how many are suppressed. */
static uint32_t batch_write_rows(struct db_txn *txn, const struct lead_batch *batch)
{
	const struct batch_row *rows = batch->rows + batch->chunk.written;
	bool views = view_any(txn, batch->list);
	uint32_t i, run = 0, suppressed = 0;

	for (i = 0; i < batch->written && !txn->err; i++) {
		batch_write_row(txn, batch, batch->chunk.written + i, views);
		suppressed += rows[i].suppressed;
		run += !rows[i].suppressed;
		if (i + 1 == batch->written || rows[i + 1].zones != rows[i].zones) {
			if (run)
				group_add(txn, batch->list, rows[i].zones, run, 0);
			run = 0;
		}
	}
	return suppressed;
}

static void list_close(struct db_txn *txn, const struct lead_batch *batch, struct list *list)
{
	list->read += batch->counts.read;
	list->rejected += batch->counts.rejected;
	list->duplicate += batch->counts.duplicate;
	evlog_import(txn, list, &batch->counts);
}

static int batch_rows_in(struct db_txn *txn, void *arg)
{
	struct lead_batch *batch = arg;
	struct lead_chunk after = batch->chunk;
	bool closing;
	struct list list;

	batch->began_us = clock_us();
	if (!list_load(txn, batch->list, &list))
		return ERR_UNKNOWN;
	batch->written = least(batch->count - batch->chunk.written, batch->row_pace.rows_max);
	list.done += batch_write_rows(txn, batch);
	list.leads += batch->written;
	after.written += batch->written;
	closing = batch->closing && after.written == batch->count;
	if (after.written == after.count)
		after = (struct lead_chunk){.count = 0};
	if (closing)
		list_close(txn, batch, &list);
	list_save(txn, &list);
	store_touch(txn);
	batch_note(batch, txn, &after, closing);
	return 0;
}

/* The transaction that closes is there even when no row is left. */
static int batch_rows(struct lead_batch *batch)
{
	int err;

	do {
		err = batch_change(batch, batch_rows_in, &batch->row_pace);
		if (!err)
			batch->chunk.written += batch->written;
	} while (!err && batch->chunk.written < batch->count);
	return err;
}

static void chunk_start(struct lead_batch *batch)
{
	batch->chunk = (struct lead_chunk){.count = 0};
	batch->count = batch->text_bytes = batch->key_count = 0;
	idset_fini(&batch->taken);
	lead_updates_clear(&batch->updates);
}

/* A careful chunk: all of it, or nothing. */
static int batch_whole_in(struct db_txn *txn, void *arg)
{
	struct lead_batch *batch = arg;

	if (batch->count)
		batch_reserve_in(txn, batch);
	batch_write_keys(txn, batch, 0, batch->key_count);
	lead_updates_write(txn, &batch->updates);
	return batch_rows_in(txn, batch);
}

int lead_batch_flush(struct lead_batch *batch)
{
	int err = 0;

	if (batch->chunk.count && batch->count < batch->chunk.count)
		return ERR_WRONG_STATE; /* a chunk to go on with had more rows */
	if (dedupe_careful(&batch->dedupe)) {
		err = batch_change(batch, batch_whole_in, &batch->careful_pace);
	} else {
		if (batch->count && !batch->chunk.count)
			err = db_change(batch->store->db, batch_reserve_in, batch);
		if (!err && !batch->chunk.written)
			err = batch_keys(batch);
		if (!err)
			err = batch_rows(batch);
	}
	if (!err)
		chunk_start(batch);
	return err;
}
