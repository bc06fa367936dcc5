/* recover.c - attempts that nobody will finish: those of an engine that died, and those that an engine never took */
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"

#define RECOVER_MAX 1000 /* attempts of one transaction */

struct recovery {
	struct db_key from; /* in active */
	uint64_t max;       /* attempts of this transaction */
	int64_t now_us;
	/* results */
	uint64_t count;
	bool over; /* there are no more */
};

static int recover_one(struct db_txn *txn, uint64_t id, int64_t now_us)
{
	struct attempt end;

	if (!attempt_load(txn, id, &end))
		return txn->err ? txn->err : ERR_STORE;
	end.outcome = OUTCOME_UNKNOWN_CRASH;
	end.end_us = now_us;
	return attempt_finish(txn, &end, now_us);
}

static int recover_in(struct db_txn *txn, void *arg)
{
	struct recovery *recovery = arg;
	struct db_key key;
	int err = 0;

	recovery->over = false;
	for (recovery->count = 0; !err && recovery->count < recovery->max; recovery->count += !err) {
		recovery->over = !db_seek(txn, T_ACTIVE, &recovery->from, &key, NULL);
		if (recovery->over)
			break;
		err = recover_one(txn, db_key_u64_at(&key, 0), recovery->now_us);
	}
	return err ? err : txn->err;
}

/* The first that is left stays: its number is not dialled again, its attempt has no outcome. */
static int recover_pass_over(struct store *store, struct recovery *recovery)
{
	struct db_txn txn;
	struct db_key key;

	db_read_begin(store->db, &txn);
	if (db_seek(&txn, T_ACTIVE, &recovery->from, &key, NULL))
		recovery->from = key_u64(db_key_u64_at(&key, 0) + 1);
	return db_read_end(&txn);
}

/* A record that cannot be read must not keep the engine from starting: the group goes one by one then, past it. */
int recover_active(struct store *store, uint64_t *recovered, uint64_t *damaged)
{
	struct recovery recovery = {.from = db_key_empty(), .max = RECOVER_MAX, .now_us = clock_us()};
	uint64_t total = 0, passed = 0;
	int err;

	do {
		err = db_change(store->db, recover_in, &recovery);
		if (!err) {
			total += recovery.count;
		} else if (err > ERR_SYNTAX) {
			return err;
		} else if (recovery.max > 1) {
			recovery.max = 1;
		} else {
			err = recover_pass_over(store, &recovery);
			if (err)
				return err;
			passed++;
			recovery.max = RECOVER_MAX;
		}
	} while (err || !recovery.over);
	if (recovered)
		*recovered = total;
	*damaged = passed;
	return 0;
}

static int recover_unsent_in(struct db_txn *txn, void *arg)
{
	struct attempt *end = arg;

	return attempt_finish(txn, end, clock_us());
}

int recover_unsent(struct store *store, const struct attempt *attempt)
{
	struct attempt end = *attempt;

	end.outcome = OUTCOME_CANCELLED;
	end.hangup_by = HANGUP_ENGINE;
	end.invite_us = 0;
	return db_change(store->db, recover_unsent_in, &end);
}
