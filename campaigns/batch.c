/*
 * batch.c - bulk insert of leads
 *
 * Rows wait in memory, packed as the records that they will be, until a chunk is full (batch.h). Each number dirties a page of the
 * contact index of its own when numbers come in the order of a file, and that was four fifths of the time; sorted by the million some
 * ten share a page. A transaction takes about 5 ms, commit included, so that an import does not hold up the engine's claims: how many
 * rows that is depends on the disk and is measured as we go. One batch a list at a time (a lock file that dies with the process): so
 * the check for duplicates made when a row is added is still true when it is written.
 */
#include "campaigns/batch.h"
#include "campaigns/evlog.h"
#include "campaigns/idset.h"
#include "campaigns/ledger.h"
#include "campaigns/tables.h"
#include "campaigns/view.h"
#include "campaigns/zonesets.h"

#include "base/clock.h"
#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define CHUNK_ROWS 1000000
#define CHUNK_BYTES (96u * 1024 * 1024)
#define CHUNK_KEYS (2 * CHUNK_ROWS)
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

/* --- open, close */

static int batch_lock(struct lead_batch *batch)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/import-%u.lock", batch->store->dir, batch->list);
	batch->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (batch->lock_fd < 0)
		return -errno;
	return flock(batch->lock_fd, LOCK_EX | LOCK_NB) == 0 ? 0 : ERR_WRONG_STATE;
}

void lead_batch_abort(struct lead_batch *batch)
{
	if (!batch)
		return;
	if (batch->lock_fd >= 0)
		close(batch->lock_fd);
	idset_fini(&batch->taken);
	free(batch->rows);
	free(batch->text);
	free(batch->keys);
	lead_updates_fini(&batch->updates);
	free(batch);
}

int lead_batch_open(struct store *store, uint32_t list, struct lead_batch **batch)
{
	struct lead_batch *made = calloc(1, sizeof(*made));
	struct list there;
	int err;

	if (!made)
		return -ENOMEM;
	*made = (struct lead_batch){.store = store,
		.list = list,
		.lock_fd = -1,
		.created_us = clock_us(),
		.dedupe = {.scope = IMPORT_LIST, .list = list},
		.chunk_rows = CHUNK_ROWS,
		.sets = {.store = store},
		.key_pace = {BATCH_ROWS_START, BATCH_ROWS_MIN, CHANGE_ROWS_MAX},
		.row_pace = {BATCH_ROWS_START, BATCH_ROWS_MIN, CHANGE_ROWS_MAX},
		.careful_pace = {CAREFUL_ROWS_START, CAREFUL_ROWS_MIN, CAREFUL_ROWS_MAX}};
	idset_init(&made->taken, CHUNK_KEYS);
	lead_updates_init(&made->updates, CAREFUL_ROWS_MAX);
	err = list_get_id(store, list, &there);
	if (!err)
		err = batch_lock(made);
	if (err)
		lead_batch_abort(made);
	else
		*batch = made;
	return err;
}

void lead_batch_journal(struct lead_batch *batch, lead_batch_note_h *note, void *arg)
{
	batch->note = note;
	batch->arg = arg;
}

void lead_batch_dedupe(struct lead_batch *batch, const struct dedupe *dedupe)
{
	batch->dedupe = *dedupe;
}

void lead_batch_rows(struct lead_batch *batch, uint32_t rows)
{
	assert(rows >= 1 && rows <= CHUNK_ROWS);
	batch->chunk_rows = rows;
}

void lead_batch_created(struct lead_batch *batch, int64_t created_us)
{
	batch->created_us = created_us;
}

void lead_batch_resume(struct lead_batch *batch, const struct lead_chunk *chunk)
{
	batch->chunk = *chunk;
}

/* --- writing */

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

/* At least a fifth of the time is left to others. */
static void batch_pause(int64_t took_us)
{
	int64_t us = took_us / 4 > BATCH_PAUSE_US_MIN ? took_us / 4 : BATCH_PAUSE_US_MIN;

	if (us > 50 * MS_US)
		us = 50 * MS_US;
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

/* Pages of the store that were looked at stay mapped; an upload looks at all of them. */
static void batch_unmap(struct lead_batch *batch, uint32_t rows)
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

/* --- duplicates */

static bool batch_waits(const struct lead_batch *batch, const struct lead *lead)
{
	uint64_t keys[LEAD_KEYS];
	uint32_t count = dedupe_keys(&batch->dedupe, lead, keys);

	while (count > 0 && !idset_has(&batch->taken, keys[count - 1]))
		count--;
	return count > 0;
}

static bool batch_good(const struct lead *lead)
{
	bool good = lead->phone_count >= 1 && lead->phone_count <= LEAD_PHONES && lead->fields_bytes <= LEAD_FIELDS_BYTES;

	for (uint32_t i = 0; good && i < lead->phone_count; i++)
		good = number_of(lead->phones[i].e164) != 0;
	return good;
}

static int batch_check(struct lead_batch *batch, const struct lead *lead, struct dedupe_hit *hit)
{
	struct db_txn txn;

	batch_unmap(batch, 1);
	if (!batch_good(lead))
		return ERR_RANGE;
	*hit = (struct dedupe_hit){.scope = IMPORT_FILE};
	if (batch_waits(batch, lead))
		return 0;
	batch->dedupe.created_us = batch->created_us;
	batch->dedupe.chunk_base = batch->chunk.base;
	batch->dedupe.chunk_count = batch->chunk.count;
	db_read_begin(batch->store->db, &txn);
	dedupe_look(&batch->dedupe, &txn, lead, hit);
	return db_read_end(&txn);
}

/* --- taking */

static int room_for(void *items, uint32_t *room, uint32_t wanted, size_t item_bytes)
{
	uint32_t grown = *room ? *room : 1024;
	void **at = items, *moved;

	while (grown < wanted)
		grown *= 2;
	if (grown == *room)
		return 0;
	moved = realloc(*at, grown * item_bytes);
	if (!moved)
		return -ENOMEM;
	*at = moved;
	*room = grown;
	return 0;
}

static int batch_room(struct lead_batch *batch, size_t text_bytes)
{
	int err = room_for(&batch->rows, &batch->rows_room, batch->count + 1, sizeof(batch->rows[0]));

	if (!err)
		err = room_for(&batch->keys, &batch->keys_room, batch->key_count + LEAD_KEYS, sizeof(batch->keys[0]));
	return err ? err : room_for(&batch->text, &batch->text_room, batch->text_bytes + (uint32_t)text_bytes, 1);
}

/* A row of a chunk that is collected again, written before: is it the lead that has its id now? */
static int batch_same(struct lead_batch *batch, const struct lead *lead)
{
	struct lead there;
	int err = lead_get(batch->store, batch->chunk.base + batch->count, &there);
	uint32_t i;

	if (err || there.list != batch->list || there.phone_count != lead->phone_count)
		return err && err != ERR_UNKNOWN ? err : ERR_WRONG_STATE;
	for (i = 0; i < lead->phone_count; i++) {
		if (strcmp(there.phones[i].e164, lead->phones[i].e164) != 0)
			return ERR_WRONG_STATE;
	}
	return 0;
}

/* These keys wait. */
static int batch_mark(struct lead_batch *batch, const uint64_t *keys, uint32_t count)
{
	int added = 0;

	for (uint32_t i = 0; i < count && added >= 0; i++)
		added = idset_add(&batch->taken, keys[i]);
	return added < 0 ? added : 0;
}

static int batch_take(struct lead_batch *batch, const struct lead *lead, const struct enc *enc)
{
	uint64_t keys[LEAD_KEYS];
	uint32_t key_count = lead_keys(lead, keys);
	struct batch_row *row;
	int err = batch_room(batch, enc->count);

	if (!err)
		err = batch_mark(batch, keys, key_count);
	if (err)
		return err;
	for (uint32_t i = 0; i < key_count; i++)
		batch->keys[batch->key_count++] = (struct batch_key){keys[i], batch->count};
	row = &batch->rows[batch->count++];
	*row = (struct batch_row){
		batch->text_bytes, (uint16_t)enc->count, lead->zones, lead->priority, lead->state == LEAD_SUPPRESSED};
	memcpy(batch->text + row->at, enc->bytes, enc->count);
	batch->text_bytes += row->bytes;
	return 0;
}

static void lead_start(const struct lead_batch *batch, struct lead *lead, uint16_t zones)
{
	lead->list = batch->list;
	if (lead->state != LEAD_SUPPRESSED)
		lead->state = LEAD_READY;
	lead->zones = zones;
	lead->attempts = 0;
	lead->phone_next = 0;
	lead->last_outcome = OUTCOME_NONE;
	lead->last_us = 0;
	lead->created_us = lead->due_us = batch->created_us;
	for (uint32_t i = 0; i < lead->phone_count; i++)
		lead->phones[i].dead = false;
}

bool lead_batch_full(const struct lead_batch *batch)
{
	if (batch->chunk.count) /* ends where it ended before */
		return batch->count == batch->chunk.count;
	if (dedupe_careful(&batch->dedupe) && batch->count + batch->updates.count >= batch->careful_pace.rows_max)
		return true;
	return batch->count >= batch->chunk_rows || batch->text_bytes > CHUNK_BYTES || batch->key_count > CHUNK_KEYS - LEAD_KEYS;
}

static int batch_insert(struct lead_batch *batch, struct lead *lead, const char *const *zone_names)
{
	uint16_t zones = 0;
	struct enc enc;
	int err = zonesets_of(&batch->sets, lead, zone_names, &zones);

	if (err)
		return err;
	lead_start(batch, lead, zones);
	lead_encode(lead, &enc);
	if (enc.bad)
		return ERR_RANGE;
	if (batch->count < batch->chunk.written)
		err = batch_same(batch, lead);
	return err ? err : batch_take(batch, lead, &enc);
}

static int batch_update(struct lead_batch *batch, const struct lead *lead, const char *const *zone_names, struct lead_said said,
	uint64_t id, enum batch_fate *fate)
{
	struct lead_news news = {.id = id, .row = *lead, .said = said};
	uint64_t keys[LEAD_KEYS];
	struct lead after;
	bool any;
	int err = lead_news_weigh(&batch->sets, &news, zone_names, &after, &any);

	*fate = any ? BATCH_UPDATED : BATCH_SAME;
	if (err || !any)
		return err;
	err = lead_updates_add(&batch->updates, &news);
	return err ? err : batch_mark(batch, keys, lead_keys(&after, keys));
}

static int batch_link(struct lead_batch *batch, struct lead *lead, const char *const *zone_names, uint64_t to)
{
	struct ledger_who who;
	struct lead other;
	int err = lead_get(batch->store, to, &other);

	if (err)
		return err;
	ledger_who(&other, &(struct terms){0}, &who);
	lead->person = who.person;
	return batch_insert(batch, lead, zone_names);
}

enum batch_fate batch_fate(const struct dedupe *dedupe, enum import_scope found)
{
	static const enum batch_fate fates[DEDUPE_ACTIONS] = {[DEDUPE_SKIP] = BATCH_DUPLICATE,
		[DEDUPE_KEEP] = BATCH_TAKEN,
		[DEDUPE_UPDATE] = BATCH_UPDATED,
		[DEDUPE_LINK] = BATCH_LINKED};

	return found == IMPORT_SCOPES ? BATCH_TAKEN : fates[dedupe->action];
}

/* The lead that was found is a row that waits, or an update of it does. */
static bool hit_waits(const struct lead_batch *batch, const struct dedupe_hit *hit)
{
	return hit->scope != IMPORT_SCOPES && dedupe_careful(&batch->dedupe) &&
	       (!hit->lead || lead_updates_has(&batch->updates, hit->lead));
}

int lead_batch_offer(struct lead_batch *batch, struct lead *lead, const char *const *zone_names, struct lead_said said,
	enum batch_fate *fate, enum import_scope *found)
{
	struct dedupe_hit hit;
	int err = batch_check(batch, lead, &hit);

	if (err)
		return err;
	*found = hit.scope;
	*fate = hit_waits(batch, &hit) ? BATCH_WAIT : batch_fate(&batch->dedupe, hit.scope);
	switch (*fate) {
	case BATCH_TAKEN:
		return batch_insert(batch, lead, zone_names);
	case BATCH_LINKED:
		return batch_link(batch, lead, zone_names, hit.lead);
	case BATCH_UPDATED:
		return batch_update(batch, lead, zone_names, said, hit.lead, fate);
	default:
		return 0;
	}
}

int lead_batch_add(struct lead_batch *batch, struct lead *lead, const char *const *zone_names, bool *duplicate)
{
	enum import_scope found;
	enum batch_fate fate = BATCH_TAKEN;
	int err = lead_batch_full(batch) ? lead_batch_flush(batch) : 0;

	if (!err)
		err = lead_batch_offer(batch, lead, zone_names, (struct lead_said){0}, &fate, &found);
	*duplicate = fate == BATCH_DUPLICATE;
	return err;
}

void lead_batch_counts(struct lead_batch *batch, uint64_t updated, uint64_t linked)
{
	batch->counts.updated = updated;
	batch->counts.linked = linked;
}

int lead_batch_close(struct lead_batch *batch, uint64_t read, uint64_t rejected, uint64_t duplicates)
{
	int err;

	batch->closing = true;
	batch->counts.read = read;
	batch->counts.rejected = rejected;
	batch->counts.duplicate = duplicates;
	err = lead_batch_flush(batch);
	lead_batch_abort(batch);
	return err;
}
