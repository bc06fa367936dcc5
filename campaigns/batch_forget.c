/* batch_forget.c - contacts of a chunk that nobody will go on with (batch.h) */
#include "campaigns/batch.h"
#include "campaigns/tables.h"

#include <errno.h>
#include <stdlib.h>

#define FORGET_LOOKS 100000 /* entries of the index in one read transaction */

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
