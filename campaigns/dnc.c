/*
 * dnc.c - do-not-call numbers, exact
 *
 * A block holds the numbers that share all but their last four digits: ascending u16 while there are few, a bitmap of 10,000 bits
 * when that is smaller. Blocks are found by the number itself, so that one look-up answers. 250 million numbers take about 250
 * MiB.
 */
#include "campaigns/evlog.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"

#include <string.h>

#define DNC_BLOCK 10000
#define DNC_LINES_MAX 16 /* numbers of one call that get a line each in the evidence log; more get one line together */
#define DNC_BITMAP_BYTES (DNC_BLOCK / 8)
#define DNC_SORTED_MAX 600 /* numbers; above, the bitmap is smaller or nearly so */

struct dnc_block {
	unsigned char bytes[DNC_BITMAP_BYTES];
	uint32_t bytes_count;
};

static bool dnc_is_bitmap(size_t bytes)
{
	return bytes == DNC_BITMAP_BYTES;
}

static uint16_t dnc_u16(const unsigned char *bytes, uint32_t index)
{
	return (uint16_t)(bytes[2 * index] | bytes[2 * index + 1] << 8);
}

/* Index of the first that is not below `low`. */
static uint32_t dnc_search(const unsigned char *bytes, uint32_t count, uint16_t low)
{
	uint32_t from = 0;

	while (from < count) {
		uint32_t middle = from + (count - from) / 2;

		if (dnc_u16(bytes, middle) < low)
			from = middle + 1;
		else
			count = middle;
	}
	return from;
}

static bool dnc_in(const unsigned char *bytes, size_t count, uint16_t low)
{
	uint32_t index;

	if (dnc_is_bitmap(count))
		return bytes[low / 8] >> (low % 8) & 1;
	index = dnc_search(bytes, (uint32_t)count / 2, low);
	return index < count / 2 && dnc_u16(bytes, index) == low;
}

bool dnc_has(struct db_txn *txn, uint64_t number)
{
	struct db_key key = key_u64(number / DNC_BLOCK);
	struct db_view view;

	return db_get(txn, T_DNC, &key, &view) && dnc_in(view.data, view.bytes, (uint16_t)(number % DNC_BLOCK));
}

static void dnc_to_bitmap(struct dnc_block *block)
{
	struct dnc_block bitmap = {.bytes_count = DNC_BITMAP_BYTES};

	for (uint32_t i = 0; i < block->bytes_count / 2; i++) {
		uint16_t low = dnc_u16(block->bytes, i);

		bitmap.bytes[low / 8] |= (unsigned char)(1u << (low % 8));
	}
	*block = bitmap;
}

static void dnc_insert(struct dnc_block *block, uint16_t low)
{
	uint32_t count = block->bytes_count / 2, index = dnc_search(block->bytes, count, low);

	memmove(block->bytes + 2 * index + 2, block->bytes + 2 * index, 2 * (count - index));
	block->bytes[2 * index] = (unsigned char)low;
	block->bytes[2 * index + 1] = (unsigned char)(low >> 8);
	block->bytes_count += 2;
}

static void dnc_erase(struct dnc_block *block, uint16_t low)
{
	uint32_t count = block->bytes_count / 2, index = dnc_search(block->bytes, count, low);

	memmove(block->bytes + 2 * index, block->bytes + 2 * index + 2, 2 * (count - index - 1));
	block->bytes_count -= 2;
}

/* A bitmap stays one when numbers leave it: such blocks are full again soon. */
static void dnc_flip(struct dnc_block *block, uint16_t low, bool listed)
{
	if (listed && !dnc_is_bitmap(block->bytes_count) && block->bytes_count / 2 == DNC_SORTED_MAX)
		dnc_to_bitmap(block);
	if (dnc_is_bitmap(block->bytes_count))
		block->bytes[low / 8] ^= (unsigned char)(1u << (low % 8));
	else if (listed)
		dnc_insert(block, low);
	else
		dnc_erase(block, low);
}

bool dnc_set(struct db_txn *txn, uint64_t number, bool listed)
{
	struct db_key key = key_u64(number / DNC_BLOCK);
	uint16_t low = (uint16_t)(number % DNC_BLOCK);
	struct dnc_block block = {.bytes_count = 0};
	struct db_view view;

	if (db_get(txn, T_DNC, &key, &view)) {
		if (view.bytes > sizeof(block.bytes)) {
			txn->err = ERR_STORE;
			return false;
		}
		memcpy(block.bytes, view.data, view.bytes);
		block.bytes_count = (uint32_t)view.bytes;
	}
	if (dnc_in(block.bytes, block.bytes_count, low) == listed)
		return listed;
	dnc_flip(&block, low, listed);
	if (block.bytes_count)
		db_put(txn, T_DNC, &key, block.bytes, block.bytes_count);
	else
		db_del(txn, T_DNC, &key);
	return !listed;
}

/* --- calls */

struct dnc_change {
	const char *const *e164;
	uint32_t count;
	uint32_t changed;
	int64_t now_us;
};

static int dnc_add_in(struct db_txn *txn, void *arg)
{
	struct dnc_change *change = arg;
	bool many = change->count > DNC_LINES_MAX;

	change->changed = 0;
	for (uint32_t i = 0; i < change->count && !txn->err; i++) {
		if (dnc_set(txn, number_of(change->e164[i]), true))
			continue;
		change->changed++;
		if (!many)
			evlog_dnc(txn, change->e164[i], true, 0);
	}
	if (change->changed) {
		if (many)
			evlog_dnc_many(txn, change->e164, change->count, change->changed);
		meta_add(txn, "dnc_count", change->changed);
		store_touch(txn);
	}
	return 0;
}

int dnc_add_many(struct store *store, const char *const *e164, uint32_t count, uint32_t *added)
{
	struct dnc_change change = {.e164 = e164, .count = count};
	int err;

	if (count > CHANGE_ROWS_MAX)
		return ERR_RANGE;
	for (uint32_t i = 0; i < count; i++)
		if (!number_of(e164[i]))
			return ERR_RANGE;
	err = db_change(store->db, dnc_add_in, &change);
	if (!err && added)
		*added = change.changed;
	return err;
}

int dnc_add(struct store *store, const char *e164, bool *was_there)
{
	uint32_t added = 0;
	int err = dnc_add_many(store, &e164, 1, &added);

	if (!err && was_there)
		*was_there = added == 0;
	return err;
}

/* A lead that was put aside because of this number waits again, now. */
static void dnc_release(struct db_txn *txn, uint64_t number, int64_t now_us)
{
	struct db_key from = key_u64(number), key;
	struct lead lead;
	bool there = db_seek(txn, T_CONTACT, &from, &key, NULL);

	while (there && db_key_u64_at(&key, 0) == number) {
		uint64_t id = db_key_u64_at(&key, 8);

		if (lead_load(txn, id, &lead) && lead.state == LEAD_SUPPRESSED) {
			lead.state = LEAD_READY;
			if (lead.due_us < now_us)
				lead.due_us = now_us;
			lead_settle(txn, &lead, LEAD_SUPPRESSED, now_us);
		}
		from = key_u64(number);
		db_key_u64(&from, id + 1);
		there = db_seek(txn, T_CONTACT, &from, &key, NULL);
	}
}

static int dnc_remove_in(struct db_txn *txn, void *arg)
{
	struct dnc_change *change = arg;
	uint64_t number = number_of(change->e164[0]);

	change->changed = dnc_set(txn, number, false);
	if (change->changed) {
		meta_add(txn, "dnc_count", -1);
		evlog_dnc(txn, change->e164[0], false, 0);
		dnc_release(txn, number, change->now_us);
		store_touch(txn);
	}
	return 0;
}

int dnc_remove(struct store *store, const char *e164, bool *was_there)
{
	struct dnc_change change = {.e164 = &e164, .count = 1, .now_us = clock_us()};
	int err;

	if (!number_of(e164))
		return ERR_RANGE;
	err = db_change(store->db, dnc_remove_in, &change);
	if (!err && was_there)
		*was_there = change.changed;
	return err;
}

int dnc_check(struct store *store, const char *e164, bool *listed)
{
	uint64_t number = number_of(e164);
	struct db_txn txn;

	if (!number)
		return ERR_RANGE;
	db_read_begin(store->db, &txn);
	*listed = dnc_has(&txn, number);
	return db_read_end(&txn);
}

uint64_t dnc_count(struct store *store)
{
	struct db_txn txn;
	uint64_t count;

	db_read_begin(store->db, &txn);
	count = meta_get(&txn, "dnc_count");
	db_read_end(&txn);
	return count;
}
