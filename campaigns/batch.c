/* batch.c - bulk insert of leads: rows are checked against what is there and collected in the chunk (batch_in.h) */
#include "campaigns/batch_in.h"
#include "campaigns/ledger.h"

#include "base/clock.h"
#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define CHUNK_ROWS 1000000
#define CHUNK_BYTES (96u * 1024 * 1024)
#define CHUNK_KEYS (2 * CHUNK_ROWS)

/* --- open, close */

int lead_batch_lock(struct store *store, uint32_t list, int *fd)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/import-%u.lock", store->dir, list);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0)
		return -errno;
	return flock(*fd, LOCK_EX | LOCK_NB) == 0 ? 0 : ERR_WRONG_STATE;
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
		.sets = {.store = store}};
	batch_paces_init(made);
	idset_init(&made->taken, CHUNK_KEYS);
	lead_updates_init(&made->updates, made->careful_pace.most);
	err = lead_batch_lock(store, list, &made->lock_fd);
	if (!err)
		err = list_get_id(store, list, &there);
	if (!err && there.state >= LIST_REMOVING)
		err = ERR_WRONG_STATE;
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
