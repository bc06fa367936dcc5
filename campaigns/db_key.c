/* db_key.c - keys: fields one after the other, big-endian; see db.h */
#include "campaigns/db.h"

#include <assert.h>
#include <string.h>

struct db_key db_key_empty(void)
{
	return (struct db_key){.count = 0};
}

static void db_key_be(struct db_key *key, uint64_t value, uint32_t bytes)
{
	assert(key->count + bytes <= DB_KEY_BYTES);
	for (uint32_t i = 0; i < bytes; i++)
		key->bytes[key->count + i] = (unsigned char)(value >> (8 * (bytes - 1 - i)));
	key->count += bytes;
}

void db_key_u16(struct db_key *key, uint16_t value)
{
	db_key_be(key, value, 2);
}

void db_key_u32(struct db_key *key, uint32_t value)
{
	db_key_be(key, value, 4);
}

void db_key_u64(struct db_key *key, uint64_t value)
{
	db_key_be(key, value, 8);
}

void db_key_text(struct db_key *key, const char *text)
{
	size_t bytes = strlen(text);

	assert(key->count + bytes <= DB_KEY_BYTES);
	memcpy(key->bytes + key->count, text, bytes);
	key->count += (uint32_t)bytes;
}

static uint64_t db_key_at(const struct db_key *key, uint32_t offset, uint32_t bytes)
{
	uint64_t value = 0;

	for (uint32_t i = offset; i < offset + bytes && i < key->count; i++)
		value = value << 8 | key->bytes[i];
	return value;
}

uint16_t db_key_u16_at(const struct db_key *key, uint32_t offset)
{
	return (uint16_t)db_key_at(key, offset, 2);
}

uint32_t db_key_u32_at(const struct db_key *key, uint32_t offset)
{
	return (uint32_t)db_key_at(key, offset, 4);
}

uint64_t db_key_u64_at(const struct db_key *key, uint32_t offset)
{
	return db_key_at(key, offset, 8);
}

uint32_t db_view_u32(const struct db_view *view)
{
	struct db_key key = {.count = sizeof(uint32_t)};

	if (view->bytes < key.count)
		return 0;
	memcpy(key.bytes, view->data, key.count);
	return db_key_u32_at(&key, 0);
}
