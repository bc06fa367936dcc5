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
#include "campaigns/tables.h"
#include "campaigns/view.h"

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
#define CHUNK_NUMBERS (2 * CHUNK_ROWS)
#define BATCH_SETS 64
#define MAPPED_LOOKS 256 /* between two looks at how much is mapped: one maps 16 pages or so, 16 MiB in all */
#define MAPPED_BYTES_MAX (192u * 1024 * 1024)
#define FORGET_LOOKS 100000 /* entries of the index in one read transaction */
#define BATCH_ROWS_START 1000
#define BATCH_ROWS_MIN 1000      /* fewer would save little: sorted rows are cheap, the synchronisation of a commit costs the same */
#define BATCH_US_LOW (3 * MS_US) /* a transaction shorter than this may be larger next time */
#define BATCH_US_HIGH (5 * MS_US)
/* LMDB's lock is not fair: without a pause a waiting claim may lose to several transactions of ours */
#define BATCH_PAUSE_US_MIN MS_US

struct batch_set { /* names that were interned lately */
	char names[256];
	uint16_t id;
};

struct batch_row { /* of the chunk; its id is the chunk's base and its index */
	uint32_t at; /* in text */
	uint16_t bytes, zones, priority;
	bool suppressed; /* stands in no index */
};

struct batch_number {
	uint64_t number;
	uint32_t row;
};

struct batch_pace { /* rows of the next transaction of a kind */
	uint32_t rows_max;
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
	struct batch_number *numbers;
	uint32_t number_count, numbers_room, numbers_done;
	struct idset taken; /* numbers of the rows that wait */
	struct batch_set sets[BATCH_SETS];
	uint32_t set_count;
	struct dedupe dedupe;
	enum import_scope found; /* of the row that was added last */
	struct list counts; /* to be added when the batch is closed */
	bool closing;
	lead_batch_note_h *note;
	void *arg;
	struct batch_pace number_pace, row_pace;
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
	return flock(batch->lock_fd, LOCK_EX | LOCK_NB) == 0 ? 0 : ERR_STATE;
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
	free(batch->numbers);
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
		.number_pace = {BATCH_ROWS_START},
		.row_pace = {BATCH_ROWS_START}};
	idset_init(&made->taken, CHUNK_NUMBERS);
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

enum import_scope lead_batch_found(const struct lead_batch *batch)
{
	return batch->found;
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
	if (pace->rows_max < BATCH_ROWS_MIN)
		pace->rows_max = BATCH_ROWS_MIN;
	if (pace->rows_max > CHANGE_ROWS_MAX)
		pace->rows_max = CHANGE_ROWS_MAX;
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

static int number_order(const void *a, const void *b)
{
	const struct batch_number *x = a, *y = b;

	return x->number != y->number ? (x->number < y->number ? -1 : 1) : x->row < y->row ? -1 : x->row > y->row;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static int batch_numbers_in(struct db_txn *txn, void *arg)
{
	struct lead_batch *batch = arg;
	unsigned char list[4];
	uint32_t i;

	batch->began_us = clock_us();
	batch->written = least(batch->number_count - batch->numbers_done, batch->number_pace.rows_max);
	for (i = 0; i < 4; i++)
		list[i] = (unsigned char)(batch->list >> (24 - 8 * i));
	for (i = 0; i < batch->written && !txn->err; i++) {
		const struct batch_number *number = &batch->numbers[batch->numbers_done + i];
		struct db_key key = key_u64(number->number);

		db_key_u64(&key, batch->chunk.base + number->row);
		db_put(txn, T_CONTACT, &key, list, sizeof(list));
	}
	return 0;
}

static int batch_numbers(struct lead_batch *batch)
{
	int err = 0;

	if (!batch->number_count)
		return 0;
	qsort(batch->numbers, batch->number_count, sizeof(batch->numbers[0]), number_order);
	for (batch->numbers_done = 0; batch->numbers_done < batch->number_count && !err; batch->numbers_done += batch->written)
		err = batch_change(batch, batch_numbers_in, &batch->number_pace);
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
	evlog_import(txn, list, batch->counts.read, batch->counts.rejected, batch->counts.duplicate);
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
	batch->count = batch->text_bytes = batch->number_count = 0;
	idset_fini(&batch->taken);
}

int lead_batch_flush(struct lead_batch *batch)
{
	int err = 0;

	if (batch->chunk.count && batch->count < batch->chunk.count)
		return ERR_STATE; /* a chunk to go on with had more rows */
	if (batch->count && !batch->chunk.count)
		err = db_change(batch->store->db, batch_reserve_in, batch);
	if (!err && !batch->chunk.written)
		err = batch_numbers(batch);
	if (!err)
		err = batch_rows(batch);
	if (!err)
		chunk_start(batch);
	return err;
}

/* --- duplicates */

/* How far away a lead that has a number of the row is. A contact without its lead is what a killed import left; one of the chunk that is
 * collected again is the row itself: both are nowhere. */
static enum import_scope batch_distance(struct db_txn *txn, const struct lead_batch *batch, uint64_t id, uint32_t list)
{
	enum import_scope distance = dedupe_distance(&batch->dedupe, list);
	struct lead lead;

	if (distance > batch->dedupe.scope && batch->dedupe.scope != IMPORT_FILE)
		return IMPORT_SCOPES;
	if (id - batch->chunk.base < batch->chunk.count || !lead_load(txn, id, &lead))
		return IMPORT_SCOPES;
	if (list == batch->list && lead.created_us == batch->created_us)
		distance = IMPORT_FILE; /* an earlier chunk */
	return distance > batch->dedupe.scope ? IMPORT_SCOPES : distance;
}

static enum import_scope batch_stored(struct db_txn *txn, const struct lead_batch *batch, uint64_t number)
{
	enum import_scope found = IMPORT_SCOPES, distance;
	struct db_key from = key_u64(number), key;
	struct db_view view;
	bool there = db_seek(txn, T_CONTACT, &from, &key, &view);

	for (; there && db_key_u64_at(&key, 0) == number; there = db_step(txn, T_CONTACT, &key, &view)) {
		if (view.bytes != 4)
			continue;
		distance = batch_distance(txn, batch, db_key_u64_at(&key, 8),
			(uint32_t)view.data[0] << 24 | (uint32_t)view.data[1] << 16 | (uint32_t)view.data[2] << 8 | view.data[3]);
		found = distance < found ? distance : found;
	}
	return found;
}

static int batch_check(struct lead_batch *batch, const struct lead *lead)
{
	enum import_scope found;
	struct db_txn txn;

	batch->found = IMPORT_SCOPES;
	batch_unmap(batch, 1);
	if (lead->phone_count < 1 || lead->phone_count > LEAD_PHONES || lead->fields_bytes > LEAD_FIELDS_BYTES)
		return ERR_RANGE;
	for (uint32_t i = 0; i < lead->phone_count; i++) {
		uint64_t number = number_of(lead->phones[i].e164);

		if (!number)
			return ERR_RANGE;
		if (idset_has(&batch->taken, number))
			batch->found = IMPORT_FILE;
	}
	db_read_begin(batch->store->db, &txn);
	for (uint32_t i = 0; i < lead->phone_count && batch->found != IMPORT_FILE; i++) {
		found = batch_stored(&txn, batch, number_of(lead->phones[i].e164));
		batch->found = found < batch->found ? found : batch->found;
	}
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

/* The zones, and where the lead's numbers and columns say that it is: who may be called at the same hours stands together. */
static int batch_group(struct lead_batch *batch, const struct lead *lead, const char *const *zone_names, uint16_t *id)
{
	const char *names[ZONES_MAX + 1 + PLACES_MAX + 1]; /* one zone too many is seen as such */
	char places[PLACES_MAX][PLACE_BYTES + 1];
	struct places where;
	size_t count = 0;

	place_of_lead(lead, &where);
	for (; zone_names && zone_names[count] && count <= ZONES_MAX; count++)
		names[count] = zone_names[count];
	for (uint32_t i = 0; i < where.count; i++) {
		snprintf(places[i], sizeof(places[i]), "@%.7s", where.place[i]);
		names[count++] = places[i];
	}
	names[count] = NULL;
	return batch_zones(batch, names, id);
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
		err = room_for(&batch->numbers, &batch->numbers_room, batch->number_count + LEAD_PHONES, sizeof(batch->numbers[0]));
	return err ? err : room_for(&batch->text, &batch->text_room, batch->text_bytes + (uint32_t)text_bytes, 1);
}

/* A row of a chunk that is collected again, written before: is it the lead that has its id now? */
static int batch_same(struct lead_batch *batch, const struct lead *lead)
{
	struct lead there;
	int err = lead_get(batch->store, batch->chunk.base + batch->count, &there);
	uint32_t i;

	if (err || there.list != batch->list || there.phone_count != lead->phone_count)
		return err && err != ERR_UNKNOWN ? err : ERR_STATE;
	for (i = 0; i < lead->phone_count; i++) {
		if (strcmp(there.phones[i].e164, lead->phones[i].e164) != 0)
			return ERR_STATE;
	}
	return 0;
}

static int batch_take(struct lead_batch *batch, const struct lead *lead, const struct enc *enc)
{
	struct batch_row *row;
	int err = batch_room(batch, enc->count);

	for (uint32_t i = 0; i < lead->phone_count && !err; i++) {
		uint64_t number = number_of(lead->phones[i].e164);
		int added = idset_add(&batch->taken, number);

		batch->numbers[batch->number_count++] = (struct batch_number){number, batch->count};
		err = added < 0 ? added : 0;
	}
	if (err)
		return err;
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
	return batch->count >= batch->chunk_rows || batch->text_bytes > CHUNK_BYTES || batch->number_count > CHUNK_NUMBERS - LEAD_PHONES;
}

int lead_batch_add(struct lead_batch *batch, struct lead *lead, const char *const *zone_names, bool *duplicate)
{
	uint16_t zones = 0;
	struct enc enc;
	int err = lead_batch_full(batch) ? lead_batch_flush(batch) : 0;

	if (!err)
		err = batch_check(batch, lead);
	*duplicate = batch->found != IMPORT_SCOPES && !batch->dedupe.keep;
	if (err || *duplicate)
		return err;
	err = batch_group(batch, lead, zone_names, &zones);
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

/* --- what nobody will go on with */

struct chunk_forget {
	const struct lead_chunk *chunk;
	struct db_key from;
	struct db_key keys[CHANGE_ROWS_MAX];
	uint32_t count;
};

static bool forget_wants(const struct lead_chunk *chunk, uint64_t lead)
{
	return lead - chunk->base < chunk->count && lead - chunk->base >= chunk->written;
}

/* Looks at some of the index. 1: there is more. */
static int forget_find(struct store *store, struct chunk_forget *forget)
{
	struct db_txn txn;
	struct db_key key;
	bool there;
	int looked, err;

	forget->count = 0;
	db_read_begin(store->db, &txn);
	there = db_seek(&txn, T_CONTACT, &forget->from, &key, NULL);
	for (looked = 0; there && looked < FORGET_LOOKS && forget->count < CHANGE_ROWS_MAX; looked++) {
		if (forget_wants(forget->chunk, db_key_u64_at(&key, 8)))
			forget->keys[forget->count++] = key;
		there = db_step(&txn, T_CONTACT, &key, NULL);
	}
	forget->from = key;
	err = db_read_end(&txn);
	return err ? err : there;
}

static int forget_in(struct db_txn *txn, void *arg)
{
	struct chunk_forget *forget = arg;

	for (uint32_t i = 0; i < forget->count; i++)
		db_del(txn, T_CONTACT, &forget->keys[i]);
	return 0;
}

int lead_chunk_forget(struct store *store, const struct lead_chunk *chunk)
{
	struct chunk_forget *forget = calloc(1, sizeof(*forget));
	int more = chunk->written < chunk->count, err = 0;

	if (!forget)
		return -ENOMEM;
	forget->chunk = chunk;
	while (more > 0 && !err) {
		more = forget_find(store, forget);
		if (more >= 0 && forget->count)
			err = db_change(store->db, forget_in, forget);
	}
	free(forget);
	return err ? err : more < 0 ? more : 0;
}
