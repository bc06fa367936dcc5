/* recover.c - attempts that nobody will finish: those of an engine that died, and those that an engine never took */
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"

#define RECOVER_MAX 1000 /* attempts of one transaction */

struct recovery {
	uint64_t count; /* of this transaction */
	int64_t now_us;
};

static int recover_in(struct db_txn *txn, void *arg)
{
	struct recovery *recovery = arg;
	struct db_key from = db_key_empty(), key;
	struct attempt end;

	for (recovery->count = 0; recovery->count < RECOVER_MAX && db_seek(txn, T_ACTIVE, &from, &key, NULL); recovery->count++) {
		int err;

		if (!attempt_load(txn, db_key_u64_at(&key, 0), &end))
			return txn->err ? txn->err : ERR_STORE;
		end.outcome = OUTCOME_UNKNOWN_CRASH;
		end.end_us = recovery->now_us;
		err = attempt_finish(txn, &end, recovery->now_us);
		if (err)
			return err;
	}
	return txn->err;
}

int recover_active(struct store *store, uint64_t *recovered)
{
	struct recovery recovery = {.now_us = clock_us()};
	uint64_t total = 0;
	int err;

	do {
		err = db_change(store->db, recover_in, &recovery);
		if (err)
			return err;
		total += recovery.count;
	} while (recovery.count == RECOVER_MAX);
	if (recovered)
		*recovered = total;
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
