/*
 * erase_rows.h - what the store has of somebody, and how it goes (inside transactions; for files of this folder only)
 *
 * What    erase_find() looks for his leads, without a lock; erase_begin_in() looks again and lets them go, with all rows under
 *         his numbers and under him, in one transaction, and writes down in T_ERASED what is left to do: places of keys, leads,
 *         numbers. erase_save() at the end puts the receipt in that row's place.
 */
#ifndef OUTDIAL_CAMPAIGNS_ERASE_ROWS_H
#define OUTDIAL_CAMPAIGNS_ERASE_ROWS_H

#include "campaigns/erase.h"
#include "campaigns/personkey.h"
#include "campaigns/tables.h"

#define ERASE_PERSONS (2 * ERASE_LEADS)
#define ERASE_KEYS (2 * ERASE_LEADS + ERASE_NUMBERS)

struct erase_work {
	uint64_t subject; /* the ledger's key of what was asked for */
	unsigned char pseudonym[PSEUDONYM_BYTES];
	int64_t began_us;
	uint64_t persons[ERASE_PERSONS], leads[ERASE_LEADS], numbers[ERASE_NUMBERS]; /* numbers that nobody else has */
	uint32_t keys[ERASE_KEYS];
	uint32_t person_count, lead_count, number_count, key_count;
};

enum erase_state { ERASE_NEVER, ERASE_UNDER_WAY, ERASE_DONE };

struct erase_change { /* one transaction's */
	struct store *store;
	struct erase_work *work;
	struct erase_receipt *receipt;
	bool dry, may_call;
	bool known; /* there is something of him */
	char *why;
};

bool erase_has(const uint64_t *set, uint32_t count, uint64_t id);
bool erase_has_key(const struct erase_work *work, uint32_t key);
/* A number that no lead has, nor an upload under way. */
bool erase_is_free(struct db_txn *txn, uint64_t number);
/* work->persons and work->leads from work->subject. ERR_FULL with a sentence. */
int erase_find(struct store *store, struct erase_work *work, char *why);
/*
 * A db_change_h on struct erase_change. Dry: reads only, and counts. ERR_WRONG_STATE with a sentence; -EAGAIN: an upload came in
 * between.
 */
int erase_begin_in(struct db_txn *txn, void *change);

/* The row under work->pseudonym: what is left to do, or (done) the receipt alone. */
void erase_save(struct db_txn *txn, const struct erase_work *work, bool done, const struct erase_receipt *receipt);
/* ERASE_NEVER leaves receipt and work as they are. */
int erase_load(struct store *store, struct erase_work *work, struct erase_receipt *receipt, enum erase_state *state);

#endif
