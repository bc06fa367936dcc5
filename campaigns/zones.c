/* zones.c - interned sets of candidate time zones and jurisdictions */
#include "campaigns/tables.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct zones_names { /* "@CN\0Asia/Shanghai\0Asia/Urumqi\0", sorted: the same set has one spelling */
	char bytes[RECORD_BYTES_MAX];
	size_t count;
	uint16_t id;
};

static int zones_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool zones_name_ok(const char *name)
{
	return *name == '@' ? place_ok(name + 1) : tz_get(name) != NULL;
}

/* False: no zone, too many, or a name that is none. Then the set is unknown, which means no: dropping a name would allow too
 * much. */
static bool zones_spell(const char *const *names, struct zones_names *out)
{
	const char *sorted[ZONES_MAX + PLACES_MAX];
	size_t count = 0, zones = 0;

	for (; names && names[count]; count++) {
		if (count == ZONES_MAX + PLACES_MAX || !zones_name_ok(names[count]))
			return false;
		sorted[count] = names[count];
		zones += *names[count] != '@';
	}
	qsort(sorted, count, sizeof(sorted[0]), zones_compare);
	out->count = 0;
	for (size_t i = 0; i < count; i++) {
		size_t bytes = strlen(sorted[i]) + 1;

		if (i && strcmp(sorted[i], sorted[i - 1]) == 0)
			continue;
		if (bytes > sizeof(out->bytes) - out->count)
			return false;
		memcpy(out->bytes + out->count, sorted[i], bytes);
		out->count += bytes;
	}
	return zones > 0 && zones <= ZONES_MAX;
}

static uint64_t zones_hash(const struct zones_names *names)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < names->count; i++)
		hash = (hash ^ (unsigned char)names->bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static struct db_key zones_key(uint16_t id)
{
	struct db_key key = db_key_empty();

	db_key_u16(&key, id);
	return key;
}

static bool zones_find(struct db_txn *txn, struct zones_names *names)
{
	uint64_t hash = zones_hash(names);
	struct db_key from = key_u64(hash), key, id;
	struct db_view view;
	bool there = db_seek(txn, T_ZONES_HASH, &from, &key, NULL);

	for (; there && db_key_u64_at(&key, 0) == hash; there = db_step(txn, T_ZONES_HASH, &key, NULL)) {
		id = zones_key(db_key_u16_at(&key, 8));
		if (db_get(txn, T_ZONES, &id, &view) && view.bytes == names->count &&
			memcmp(view.data, names->bytes, view.bytes) == 0) {
			names->id = db_key_u16_at(&key, 8);
			return true;
		}
	}
	return false;
}

static int zones_write(struct db_txn *txn, void *arg)
{
	struct zones_names *names = arg;
	struct db_key key;
	uint16_t last = 0;

	if (zones_find(txn, names))
		return 0;
	if (db_last(txn, T_ZONES, &key, NULL))
		last = db_key_u16_at(&key, 0);
	if (last == UINT16_MAX)
		return ERR_FULL;
	names->id = (uint16_t)(last + 1);
	key = zones_key(names->id);
	db_put(txn, T_ZONES, &key, names->bytes, names->count);
	key = key_u64(zones_hash(names));
	db_key_u16(&key, names->id);
	db_put(txn, T_ZONES_HASH, &key, "", 0);
	return 0;
}

static int zones_seek(struct store *store, struct zones_names *set, bool *there)
{
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	*there = zones_find(&txn, set);
	return db_read_end(&txn);
}

int zones_look(struct store *store, const char *const *names, uint16_t *id, bool *there)
{
	struct zones_names set = {.count = 0};
	int err = 0;

	*there = true;
	if (zones_spell(names, &set))
		err = zones_seek(store, &set, there);
	*id = set.id;
	return err;
}

int zones_intern(struct store *store, const char *const *names, uint16_t *id)
{
	struct zones_names set = {.count = 0};
	bool there;
	int err;

	*id = 0;
	if (!zones_spell(names, &set))
		return 0;
	err = zones_seek(store, &set, &there);
	if (!err && !there)
		err = db_change(store->db, zones_write, &set);
	if (!err)
		*id = set.id;
	return err;
}

static bool zones_take(struct zones *zones, const char *name)
{
	if (*name == '@')
		return zones->places.count < PLACES_MAX &&
		       text_copy(zones->places.place[zones->places.count++], PLACE_BYTES, name + 1);
	return zones->count < ZONES_MAX && (zones->zone[zones->count++] = tz_get(name)) != NULL;
}

static struct zones *zones_load(struct db_txn *txn, uint16_t id)
{
	struct db_key key = zones_key(id);
	struct db_view view;
	struct zones *zones;

	if (!db_get(txn, T_ZONES, &key, &view))
		return NULL;
	zones = calloc(1, sizeof(*zones));
	if (!zones) {
		txn->err = -ENOMEM;
		return NULL;
	}
	zones->id = id;
	for (size_t at = 0; at < view.bytes; at += strlen((const char *)view.data + at) + 1) {
		if (!zones_take(zones, (const char *)view.data + at)) {
			free(zones);
			return NULL;
		}
	}
	return zones;
}

const struct zones *zones_get(struct store *store, struct db_txn *txn, uint16_t id)
{
	struct zones *zones;

	if (id == 0)
		return NULL;
	pthread_mutex_lock(&store->zones_lock);
	zones = store->zones[id];
	if (!zones)
		zones = store->zones[id] = zones_load(txn, id);
	pthread_mutex_unlock(&store->zones_lock);
	return zones;
}
