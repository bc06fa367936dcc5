/*
 * dnc.c - the store's own do-not-call numbers, exact: the list "internal"
 *
 * Opt-outs, agents' do-not-call key and `outdial dnc add`. Lists that others publish are in suppress.c.
 */
#include "campaigns/evlog.h"
#include "campaigns/numset.h"
#include "campaigns/tables.h"
#include "campaigns/view.h"

#include "base/clock.h"
#include "base/err.h"

#include <string.h>

#define DNC_LINES_MAX 16 /* numbers of one call that get a line each in the evidence log; more get one line together */

static const struct numset dnc_set_of = {.table = T_DNC};

bool dnc_has(struct db_txn *txn, uint64_t number)
{
	return numset_has(txn, &dnc_set_of, number);
}

bool dnc_set(struct db_txn *txn, uint64_t number, bool listed)
{
	return numset_put(txn, &dnc_set_of, number, listed);
}

/* --- calls */

void dnc_opt_out(struct db_txn *txn, const char *e164, uint64_t attempt, int64_t asked_us, const char *how)
{
	bool was = dnc_set(txn, number_of(e164), true);

	evlog_opt_out(txn, e164, attempt, asked_us, how, was);
	if (was)
		return;
	meta_add(txn, "dnc_count", 1);
	store_touch(txn);
}

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

void dnc_release(struct db_txn *txn, uint64_t number, int64_t now_us)
{
	struct db_key from = key_u64(number), key;
	struct lead lead;
	bool there = db_seek(txn, T_CONTACT, &from, &key, NULL);

	while (there && db_key_u64_at(&key, 0) == number) {
		uint64_t id = db_key_u64_at(&key, 8);
		bool known = lead_load(txn, id, &lead);

		if (known && lead.state == LEAD_SUPPRESSED) {
			lead.state = LEAD_READY;
			if (lead.due_us < now_us)
				lead.due_us = now_us;
			lead_settle(txn, &lead, LEAD_SUPPRESSED, now_us);
		} else if (known) {
			view_return_all(txn, &lead);
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
