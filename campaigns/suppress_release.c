/* suppress_release.c - leads that were put aside, for all campaigns or for one, wait again when what forbade them may be gone */
#include "campaigns/aside.h"
#include "campaigns/suppress_table.h"
#include "campaigns/view.h"

#include "base/clock.h"

#include <unistd.h>

#define RELEASE_LEADS 10000     /* looked at in a transaction */
#define RELEASE_ROWS 200        /* released in one */
#define RELEASE_LOOK_US (3 * MS_US)
#define RELEASE_PAUSE_US MS_US  /* LMDB's lock is not fair: claims come in between */

struct release {
	uint64_t lead, last; /* done up to here before and after the transaction */
	uint32_t released;
	bool more;
	int64_t now_us;
};

static bool release_free(struct db_txn *txn, const struct lead *lead)
{
	for (uint32_t i = 0; i < lead->phone_count; i++)
		if (!lead->phones[i].dead && !dnc_has(txn, number_of(lead->phones[i].e164)))
			return true;
	return false;
}

static int release_in(struct db_txn *txn, void *arg)
{
	struct release *run = arg;
	struct db_key from = key_u64(run->lead + 1), key;
	uint64_t found[RELEASE_ROWS];
	int64_t until_us = clock_steady_us() + RELEASE_LOOK_US;
	uint32_t looked = 0, count = 0;
	struct lead lead;

	run->released = 0;
	run->last = run->lead;
	for (bool there = db_seek(txn, T_LEAD, &from, &key, NULL); there && looked < RELEASE_LEADS && count < RELEASE_ROWS;
		there = clock_steady_us() < until_us && db_step(txn, T_LEAD, &key, NULL), looked++) {
		run->last = db_key_u64_at(&key, 0);
		if (lead_load(txn, run->last, &lead) && lead.state == LEAD_SUPPRESSED && release_free(txn, &lead))
			found[count++] = run->last;
	}
	run->more = looked == RELEASE_LEADS || count == RELEASE_ROWS || clock_steady_us() >= until_us;
	for (uint32_t i = 0; i < count && lead_load(txn, found[i], &lead); i++) {
		lead.state = LEAD_READY;
		lead.due_us = lead.due_us < run->now_us ? run->now_us : lead.due_us;
		lead_settle(txn, &lead, LEAD_SUPPRESSED, run->now_us);
		run->released++;
	}
	return 0;
}

int suppress_release(struct store *store, int64_t now_us, uint64_t *released)
{
	struct release run = {.more = true, .now_us = now_us};
	int err = 0;

	while (run.more && !err) {
		err = db_change(store->db, release_in, &run);
		if (!err && released)
			*released += run.released;
		run.more = run.more && run.last > run.lead;
		run.lead = run.last;
		usleep(RELEASE_PAUSE_US);
	}
	return err ? err : suppress_return(store, now_us, released);
}

/* --- for one campaign: here all that its claim would ask is known, so only those come back that are free */

struct return_run {
	struct aside at, next; /* done up to `at` before the transaction, up to `next` after it */
	uint32_t returned;
	bool more;
	int64_t now_us;
};

/* The best answer for any number that is not dead. */
static enum suppress_answer return_ask(
	struct db_txn *txn, const struct campaign *campaign, const struct lead *lead, int64_t now_us)
{
	enum suppress_answer best = SUPPRESS_LISTED;

	for (uint32_t i = 0; i < lead->phone_count && best != SUPPRESS_FREE; i++) {
		enum suppress_answer answer;

		if (lead->phones[i].dead)
			continue;
		answer = suppress_check(txn, campaign, lead, number_of(lead->phones[i].e164), now_us).answer;
		if (answer == SUPPRESS_FREE || answer == SUPPRESS_STALE)
			best = answer;
	}
	return best;
}

/* True: it waits again. */
static bool return_one(struct db_txn *txn, const struct aside *aside, const struct campaign *campaign, int64_t now_us)
{
	enum suppress_answer answer;
	struct lead lead;

	if (!lead_load(txn, aside->lead, &lead))
		return false;
	answer = return_ask(txn, campaign, &lead, now_us);
	if (answer == SUPPRESS_FREE)
		return view_return(txn, aside->space, &lead);
	if ((answer == SUPPRESS_STALE) != aside->stale) {
		aside_remove(txn, aside->space, &lead);
		aside_put(txn, &(struct aside){aside->space, aside->lead, aside->campaign, !aside->stale}, lead.zones);
	}
	return false;
}

static int return_in(struct db_txn *txn, void *arg)
{
	struct return_run *run = arg;
	int64_t until_us = clock_steady_us() + RELEASE_LOOK_US;
	struct campaign campaign = {.id = 0};
	struct aside aside;

	run->next = run->at;
	run->returned = 0;
	while ((run->more = aside_after(txn, run->next.space, run->next.lead, &aside)) && run->returned < RELEASE_ROWS &&
		clock_steady_us() < until_us) {
		run->next = aside;
		if (aside.campaign != campaign.id && !campaign_load(txn, aside.campaign, &campaign))
			continue;
		run->returned += return_one(txn, &aside, &campaign, run->now_us);
	}
	return 0;
}

int suppress_return(struct store *store, int64_t now_us, uint64_t *returned)
{
	struct return_run run = {.more = true, .now_us = now_us};
	int err = 0;

	while (run.more && !err) {
		err = db_change(store->db, return_in, &run);
		if (!err && returned)
			*returned += run.returned;
		run.at = run.next;
		usleep(RELEASE_PAUSE_US);
	}
	return err;
}
