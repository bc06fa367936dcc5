/* numset.c - blocks of numbers: sorted while sparse, bitmaps when dense */
#include "campaigns/numset.h"

#include "base/err.h"

#include <string.h>

#define NUMSET_BITMAP_BYTES (NUMSET_BLOCK / 8)
#define NUMSET_SORTED_MAX 600 /* numbers; above, the bitmap is smaller or nearly so */

struct numset_block {
	unsigned char bytes[NUMSET_BITMAP_BYTES];
	uint32_t bytes_count;
};

static struct db_key numset_key(const struct numset *set, uint64_t number)
{
	struct db_key key = set->prefix;

	db_key_u64(&key, number / NUMSET_BLOCK);
	return key;
}

static bool numset_is_bitmap(size_t bytes)
{
	return bytes == NUMSET_BITMAP_BYTES;
}

static uint16_t numset_u16(const unsigned char *bytes, uint32_t index)
{
	return (uint16_t)(bytes[2 * index] | bytes[2 * index + 1] << 8);
}

/* Index of the first that is not below `low`. */
static uint32_t numset_search(const unsigned char *bytes, uint32_t count, uint16_t low)
{
	uint32_t from = 0;

	while (from < count) {
		uint32_t middle = from + (count - from) / 2;

		if (numset_u16(bytes, middle) < low)
			from = middle + 1;
		else
			count = middle;
	}
	return from;
}

static bool numset_in(const unsigned char *bytes, size_t count, uint16_t low)
{
	uint32_t index;

	if (numset_is_bitmap(count))
		return bytes[low / 8] >> (low % 8) & 1;
	index = numset_search(bytes, (uint32_t)count / 2, low);
	return index < count / 2 && numset_u16(bytes, index) == low;
}

bool numset_has(struct db_txn *txn, const struct numset *set, uint64_t number)
{
	struct db_key key = numset_key(set, number);
	struct db_view view;

	return db_get(txn, set->table, &key, &view) && numset_in(view.data, view.bytes, (uint16_t)(number % NUMSET_BLOCK));
}

static void numset_to_bitmap(struct numset_block *block)
{
	struct numset_block bitmap = {.bytes_count = NUMSET_BITMAP_BYTES};

	for (uint32_t i = 0; i < block->bytes_count / 2; i++) {
		uint16_t low = numset_u16(block->bytes, i);

		bitmap.bytes[low / 8] |= (unsigned char)(1u << (low % 8));
	}
	*block = bitmap;
}

static void numset_insert(struct numset_block *block, uint16_t low)
{
	uint32_t count = block->bytes_count / 2, index = numset_search(block->bytes, count, low);

	memmove(block->bytes + 2 * index + 2, block->bytes + 2 * index, 2 * (count - index));
	block->bytes[2 * index] = (unsigned char)low;
	block->bytes[2 * index + 1] = (unsigned char)(low >> 8);
	block->bytes_count += 2;
}

static void numset_erase(struct numset_block *block, uint16_t low)
{
	uint32_t count = block->bytes_count / 2, index = numset_search(block->bytes, count, low);

	memmove(block->bytes + 2 * index, block->bytes + 2 * index + 2, 2 * (count - index - 1));
	block->bytes_count -= 2;
}

/* A bitmap stays one when numbers leave it: such blocks are full again soon. */
static void numset_flip(struct numset_block *block, uint16_t low, bool listed)
{
	if (listed && !numset_is_bitmap(block->bytes_count) && block->bytes_count / 2 == NUMSET_SORTED_MAX)
		numset_to_bitmap(block);
	if (numset_is_bitmap(block->bytes_count))
		block->bytes[low / 8] ^= (unsigned char)(1u << (low % 8));
	else if (listed)
		numset_insert(block, low);
	else
		numset_erase(block, low);
}

static bool numset_load(struct db_txn *txn, const struct numset *set, const struct db_key *key, struct numset_block *block)
{
	struct db_view view;

	block->bytes_count = 0;
	if (!db_get(txn, set->table, key, &view))
		return !txn->err;
	if (view.bytes > sizeof(block->bytes)) {
		txn->err = ERR_STORE;
		return false;
	}
	memcpy(block->bytes, view.data, view.bytes);
	block->bytes_count = (uint32_t)view.bytes;
	return true;
}

bool numset_put(struct db_txn *txn, const struct numset *set, uint64_t number, bool listed)
{
	struct db_key key = numset_key(set, number);
	uint16_t low = (uint16_t)(number % NUMSET_BLOCK);
	struct numset_block block;

	if (!numset_load(txn, set, &key, &block))
		return false;
	if (numset_in(block.bytes, block.bytes_count, low) == listed)
		return listed;
	numset_flip(&block, low, listed);
	if (block.bytes_count)
		db_put(txn, set->table, &key, block.bytes, block.bytes_count);
	else
		db_del(txn, set->table, &key);
	return !listed;
}

uint32_t numset_add_block(struct db_txn *txn, const struct numset *set, const uint64_t *numbers, uint32_t count)
{
	struct db_key key = numset_key(set, numbers[0]);
	struct numset_block block;
	uint32_t added = 0;

	if (!numset_load(txn, set, &key, &block))
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		uint16_t low = (uint16_t)(numbers[i] % NUMSET_BLOCK);

		if (numset_in(block.bytes, block.bytes_count, low))
			continue;
		numset_flip(&block, low, true);
		added++;
	}
	if (added)
		db_put_last(txn, set->table, &key, block.bytes, block.bytes_count);
	return added;
}
