/*
 * batch.c - bulk insert of leads
 *
 * Rows wait in memory and are written in transactions of about 5 ms, commit included, so that an import does not hold up the
 * engine's claims: each row dirties a page of the contact index of its own, so how many rows that is depends on the disk and is
 * measured as we go. One batch a list at a time (a lock file that dies with the process): so the check for duplicates made when a
 * row is added is still true when it is written.
 */
#include "campaigns/evlog.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define BATCH_SLOTS 16384 /* power of two, at least twice the numbers of 2,000 rows */
#define BATCH_SETS 64
#define BATCH_ROWS_START 500
#define BATCH_ROWS_MIN 250       /* fewer would save little: the two synchronisations of a commit cost the same */
#define BATCH_US_LOW (4 * MS_US) /* a transaction shorter than this may be larger next time */
#define BATCH_US_HIGH (8 * MS_US)
#define BATCH_PAUSE_US_MIN                                                                                                       \
	MS_US /* LMDB's lock is not fair: without a pause a waiting claim may lose to several transactions of ours */

struct batch_set { /* names that were interned lately */
	char names[256];
	uint16_t id;
};

struct lead_batch {
	struct store *store;
	uint32_t list;
	int lock_fd;
	struct lead *rows;
	uint32_t count, done; /* rows that wait; of these, written already */
	uint64_t id_next, id_end;
	uint64_t numbers[BATCH_SLOTS]; /* of the rows that wait; 0 is empty */
	struct batch_set sets[BATCH_SETS];
	uint32_t set_count;
	struct list counts; /* to be added when the batch is closed */
	bool closing;
	uint32_t written;  /* by the transaction that runs */
	uint32_t rows_max; /* of the next transaction */
	int64_t began_us;  /* the transaction: the wait for other writers is over */
};

/* --- open, close */

static int batch_lock(struct lead_batch *batch)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/import-%u.lock", batch->store->dir, batch->list);
	batch->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (batch->lock_fd < 0)
		return -errno;
	return flock(batch->lock_fd, LOCK_EX | LOCK_NB) == 0 ? 0 : ERR_STATE;
}

static int batch_reserve_in(struct db_txn *txn, void *arg)
{
	struct lead_batch *batch = arg;
	struct list list;

	if (!list_load(txn, batch->list, &list))
		return ERR_UNKNOWN;
	batch->id_next = meta_get(txn, "lead_next");
	if (batch->id_next == 0)
		batch->id_next = 1;
	batch->id_end = batch->id_next + CHANGE_ROWS_MAX;
	meta_set(txn, "lead_next", batch->id_end);
	return 0;
}

void lead_batch_abort(struct lead_batch *batch)
{
	if (!batch)
		return;
	if (batch->lock_fd >= 0)
		close(batch->lock_fd);
	free(batch->rows);
	free(batch);
}

int lead_batch_open(struct store *store, uint32_t list, struct lead_batch **batch)
{
	struct lead_batch *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return -ENOMEM;
	made->store = store;
	made->list = list;
	made->lock_fd = -1;
	made->rows_max = BATCH_ROWS_START;
	made->rows = malloc(CHANGE_ROWS_MAX * sizeof(*made->rows));
	err = made->rows ? batch_lock(made) : -ENOMEM;
	if (!err)
		err = db_change(store->db, batch_reserve_in, made);
	if (err) {
		lead_batch_abort(made);
		return err;
	}
	*batch = made;
	return 0;
}

/* --- writing */

static void batch_write_row(struct db_txn *txn, const struct lead *lead)
{
	unsigned char list[4];
	struct db_key key;

	for (int i = 0; i < 4; i++)
		list[i] = (unsigned char)(lead->list >> (24 - 8 * i));
	lead_save(txn, lead);
	for (uint32_t i = 0; i < lead->phone_count; i++) {
		key = key_u64(number_of(lead->phones[i].e164));
		db_key_u64(&key, lead->id);
		db_put(txn, T_CONTACT, &key, list, sizeof(list));
	}
	key = ready_key(lead);
	db_put(txn, T_READY, &key, "", 0);
}

/* Rows with the same zones mostly follow each other: their group is counted once. */
static uint32_t batch_write_rows(struct db_txn *txn, const struct lead_batch *batch)
{
	const struct lead *rows = batch->rows + batch->done;
	uint32_t written = 0, run = 0, left = batch->count - batch->done;

	if (left > batch->rows_max)
		left = batch->rows_max;
	while (written < left && !txn->err) {
		batch_write_row(txn, &rows[written++]);
		run++;
		if (written == left || rows[written].zones != rows[written - 1].zones) {
			group_add(txn, batch->list, rows[written - 1].zones, run, 0);
			run = 0;
		}
	}
	return written;
}

static int batch_write_in(struct db_txn *txn, void *arg)
{
	struct lead_batch *batch = arg;
	struct list list;

	batch->began_us = clock_us();
	if (!list_load(txn, batch->list, &list))
		return ERR_UNKNOWN;
	batch->written = batch_write_rows(txn, batch);
	list.leads += batch->written;
	if (batch->closing && batch->done + batch->written == batch->count) {
		list.read += batch->counts.read;
		list.rejected += batch->counts.rejected;
		list.duplicate += batch->counts.duplicate;
		evlog_import(txn, &list, batch->counts.read, batch->counts.rejected, batch->counts.duplicate);
	}
	list_save(txn, &list);
	store_touch(txn);
	return 0;
}

static void batch_adapt(struct lead_batch *batch, int64_t took_us)
{
	if (took_us > BATCH_US_HIGH)
		batch->rows_max -= batch->rows_max / 3;
	else if (took_us < BATCH_US_LOW)
		batch->rows_max += batch->rows_max / 4;
	if (batch->rows_max < BATCH_ROWS_MIN)
		batch->rows_max = BATCH_ROWS_MIN;
	if (batch->rows_max > CHANGE_ROWS_MAX)
		batch->rows_max = CHANGE_ROWS_MAX;
}

/* At least a fifth of the time is left to others. */
static void batch_pause(int64_t took_us)
{
	int64_t us = took_us / 4 > BATCH_PAUSE_US_MIN ? took_us / 4 : BATCH_PAUSE_US_MIN;

	if (us > 50 * MS_US)
		us = 50 * MS_US;
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

static int batch_flush(struct lead_batch *batch)
{
	do {
		int64_t took_us;
		int err = db_change(batch->store->db, batch_write_in, batch);

		if (err)
			return err;
		took_us = clock_us() - batch->began_us;
		batch_adapt(batch, took_us);
		batch->done += batch->written;
		if (batch->done < batch->count || !batch->closing)
			batch_pause(took_us);
	} while (batch->done < batch->count);
	batch->count = batch->done = 0;
	memset(batch->numbers, 0, sizeof(batch->numbers));
	return 0;
}

/* --- duplicates */

static uint64_t *batch_slot(struct lead_batch *batch, uint64_t number)
{
	uint64_t hash = number * UINT64_C(0x9e3779b97f4a7c15) >> 50;

	for (;; hash++) {
		uint64_t *slot = &batch->numbers[hash % BATCH_SLOTS];

		if (*slot == 0 || *slot == number)
			return slot;
	}
}

static bool batch_stored(struct db_txn *txn, uint32_t list, uint64_t number)
{
	struct db_key from = key_u64(number), key;
	struct db_view view;
	bool there = db_seek(txn, T_CONTACT, &from, &key, &view);

	for (; there && db_key_u64_at(&key, 0) == number; there = db_step(txn, T_CONTACT, &key, &view))
		if (view.bytes == 4 &&
			((uint32_t)view.data[0] << 24 | view.data[1] << 16 | view.data[2] << 8 | view.data[3]) == list)
			return true;
	return false;
}

static int batch_check(struct lead_batch *batch, const struct lead *lead, bool *duplicate)
{
	struct db_txn txn;

	*duplicate = false;
	if (lead->phone_count < 1 || lead->phone_count > LEAD_PHONES || lead->fields_bytes > LEAD_FIELDS_BYTES)
		return ERR_RANGE;
	for (uint32_t i = 0; i < lead->phone_count; i++) {
		uint64_t number = number_of(lead->phones[i].e164);

		if (!number)
			return ERR_RANGE;
		*duplicate |= *batch_slot(batch, number) == number;
	}
	db_read_begin(batch->store->db, &txn);
	for (uint32_t i = 0; i < lead->phone_count && !*duplicate; i++)
		*duplicate = batch_stored(&txn, batch->list, number_of(lead->phones[i].e164));
	return db_read_end(&txn);
}

/* --- zones */

static bool batch_spell(const char *const *names, char out[256])
{
	size_t at = 0;

	out[0] = '\0';
	for (; names && *names && at < 256; names++)
		at += (size_t)snprintf(out + at, 256 - at, "%s ", *names);
	return at < 256;
}

static int batch_zones(struct lead_batch *batch, const char *const *names, uint16_t *id)
{
	char spelled[256];
	bool short_enough = batch_spell(names, spelled);
	int err;

	for (uint32_t i = 0; short_enough && i < batch->set_count; i++) {
		if (strcmp(batch->sets[i].names, spelled) == 0) {
			*id = batch->sets[i].id;
			return 0;
		}
	}
	err = zones_intern(batch->store, names, id);
	if (!err && short_enough && batch->set_count < BATCH_SETS) {
		memcpy(batch->sets[batch->set_count].names, spelled, sizeof(spelled));
		batch->sets[batch->set_count++].id = *id;
	}
	return err;
}

static void batch_take(struct lead_batch *batch, struct lead *lead, uint16_t zones)
{
	lead->id = batch->id_next++;
	lead->list = batch->list;
	lead->state = LEAD_READY;
	lead->zones = zones;
	lead->attempts = 0;
	lead->phone_next = 0;
	lead->last_outcome = OUTCOME_NONE;
	lead->last_us = 0;
	lead->created_us = lead->due_us = clock_us();
	for (uint32_t i = 0; i < lead->phone_count; i++) {
		uint64_t number = number_of(lead->phones[i].e164);

		lead->phones[i].dead = false;
		*batch_slot(batch, number) = number;
	}
	batch->rows[batch->count++] = *lead;
}

int lead_batch_add(struct lead_batch *batch, struct lead *lead, const char *const *zone_names, bool *duplicate)
{
	uint16_t zones = 0;
	int err = batch->count == CHANGE_ROWS_MAX ? batch_flush(batch) : 0;

	if (!err)
		err = batch_check(batch, lead, duplicate);
	if (err || *duplicate)
		return err;
	if (batch->id_next == batch->id_end)
		err = db_change(batch->store->db, batch_reserve_in, batch);
	if (!err)
		err = batch_zones(batch, zone_names, &zones);
	if (!err)
		batch_take(batch, lead, zones);
	return err;
}

int lead_batch_close(struct lead_batch *batch, uint64_t read, uint64_t rejected, uint64_t duplicates)
{
	int err;

	batch->closing = true;
	batch->counts.read = read;
	batch->counts.rejected = rejected;
	batch->counts.duplicate = duplicates;
	err = batch_flush(batch);
	lead_batch_abort(batch);
	return err;
}
