/* left.c - what is left to dial, and when: from the counts of the groups, so that a list of ten million leads costs as much as a
 * short one */
#include "campaigns/retry.h"
#include "campaigns/ruling.h"
#include "campaigns/tables.h"
#include "campaigns/view.h"

#include "base/clock.h"

struct left_group { /* one group, seen at one instant */
	struct group group;
	bool may_open; /* its zones are known and its window opens within the horizon */
	bool open;
	int64_t next_us; /* when something in it that is not dialable now becomes so, 0: never or unknown */
};

static void left_min(int64_t *least_us, int64_t us)
{
	if (us && (*least_us == 0 || us < *least_us))
		*least_us = us;
}

/* When the first retry of the group can be dialled: due, and the window open then. */
static int64_t left_retry_us(
	struct store *store, struct db_txn *txn, const struct campaign *campaign, const struct group *group, int64_t now_us)
{
	int64_t due_us = group_due_us(txn, group);
	struct ruling ruling;

	if (due_us >= RETRY_NEVER_US) /* a seat's own callbacks: only that seat knows when */
		return 0;
	if (due_us < now_us)
		due_us = now_us;
	ruling_make(store, txn, campaign, group->zones, due_us, &ruling);
	return ruling.open ? due_us : ruling.until_us;
}

static void left_look(
	struct store *store, struct db_txn *txn, const struct campaign *campaign, int64_t now_us, struct left_group *out)
{
	struct ruling ruling;

	ruling_make(store, txn, campaign, out->group.zones, now_us, &ruling);
	out->open = ruling.open;
	out->may_open = ruling.open || ruling.until_us || ruling.reason == CLAIM_RULES; /* somebody will load the pack */
	out->next_us = 0;
	if (!ruling.open && out->group.ready)
		left_min(&out->next_us, ruling.until_us);
	if (out->group.sched && out->may_open)
		left_min(&out->next_us, left_retry_us(store, txn, campaign, &out->group, now_us));
}

static uint64_t left_active(struct db_txn *txn, const struct campaign *campaign)
{
	struct db_key from = db_key_empty(), key, value = {.count = 8};
	struct db_view view;
	uint64_t count = 0;
	bool there = db_seek(txn, T_ACTIVE, &from, &key, &view);

	for (; there; there = db_step(txn, T_ACTIVE, &key, &view)) {
		for (uint32_t i = 0; i < 8 && i < view.bytes; i++)
			value.bytes[i] = view.data[i];
		count += campaign_dials(campaign, db_key_u32_at(&value, 0));
	}
	return count;
}

/*
 * Is there more in this list that can ever be dialled? One that is switched off may be switched on; an archived or expired one is
 * over.
 */
static bool left_rest(const struct claim_run *run, struct db_txn *txn, const struct campaign_list *of, int64_t *next_us)
{
	uint32_t space = view_space(of->list, of->view);
	struct left_group left;
	struct list list;
	bool more = false;

	if (!list_load(txn, of->list, &list) || (!list_active(&list, run->now_us) && list.state != LIST_OFF))
		return false;
	for (int32_t after = -1; group_next(txn, space, after, &left.group); after = left.group.zones) {
		left_look(run->store, txn, &run->campaign, run->now_us, &left);
		more |= left.may_open && left.group.ready + left.group.sched + left.group.stale;
		if (list.state == LIST_OFF)
			continue;
		left_min(next_us, left.next_us);
		if (left.open && left.group.ready) /* this transaction's bound was reached */
			left_min(next_us, run->now_us + SEC_US);
	}
	return more;
}

void claim_rest(const struct claim_run *run, struct db_txn *txn, int64_t *next_us, bool *finished)
{
	bool more = false;

	*next_us = 0;
	*finished = false;
	if (!run->ready)
		return;
	for (uint32_t i = 0; i < run->campaign.list_count; i++)
		more |= left_rest(run, txn, &run->campaign.lists[i], next_us);
	if (run->building) /* the claim that comes next goes on with it */
		left_min(next_us, run->now_us + SEC_US / 20);
	*finished = !more && !run->building && left_active(txn, &run->campaign) == 0;
}

/* Of the group's retries those that are due already: dialable, though not moved yet. At most `limit` are counted. */
static uint64_t left_due(struct db_txn *txn, const struct group *group, int64_t now_us, uint64_t limit)
{
	struct db_key from = group_key(group->list, group->zones), key;
	uint64_t count = 0;
	bool there = group->sched && db_seek(txn, T_SCHED, &from, &key, NULL);

	while (there && db_key_u32_at(&key, 0) == group->list && db_key_u16_at(&key, 4) == group->zones &&
		db_key_u32_at(&key, 6) * SEC_US <= now_us && (limit == 0 || count < limit)) {
		count++;
		there = db_step(txn, T_SCHED, &key, NULL);
	}
	return count;
}

static void left_count(
	struct db_txn *txn, const struct left_group *left, int64_t now_us, uint64_t limit, struct campaign_left *out)
{
	uint64_t due = left_due(txn, &left->group, now_us, limit);

	out->suppressed += left->group.aside - left->group.stale;
	out->stale += left->group.stale;
	out->later += left->group.sched - due;
	if (left->open)
		out->ready_open += left->group.ready + due;
	else
		out->ready_closed += left->group.ready + due;
	left_min(&out->next_us, left->next_us > now_us ? left->next_us : 0);
}

/* Leads that wait in the list, whoever wants them. */
static uint64_t left_waiting(struct db_txn *txn, uint32_t space)
{
	struct group group;
	uint64_t sum = 0;

	for (int32_t after = -1; group_next(txn, space, after, &group); after = group.zones)
		sum += group.ready + group.sched + group.aside;
	return sum;
}

/* One list, or the campaign's view of it. What rests counts as outside of its hours. */
static void left_sum(struct store *store, struct db_txn *txn, const struct campaign *campaign, const struct campaign_list *of,
	int64_t now_us, uint64_t limit, struct campaign_left *out)
{
	uint32_t space = view_space(of->list, of->view);
	struct left_group left;
	struct list list;
	struct view view;

	if (!list_load(txn, of->list, &list))
		return;
	out->done += list.done;
	for (int32_t after = -1; group_next(txn, space, after, &left.group); after = left.group.zones) {
		left_look(store, txn, campaign, now_us, &left);
		left.open &= list_active(&list, now_us);
		left_count(txn, &left, now_us, limit, out);
	}
	if (of->view)
		out->unwanted += left_waiting(txn, of->list) - left_waiting(txn, space);
	out->indexing |= view_load(txn, of->list, of->view, &view) && view.state == VIEW_BUILDING;
}

int campaign_left(struct store *store, const struct campaign *campaign, int64_t now_us, uint64_t limit, struct campaign_left *out)
{
	struct campaign_left sum = {0};
	struct db_txn txn;
	int err;

	db_read_begin(store->db, &txn);
	for (uint32_t i = 0; i < campaign->list_count; i++)
		left_sum(store, &txn, campaign, &campaign->lists[i], now_us, limit, &sum);
	sum.active = left_active(&txn, campaign);
	err = db_read_end(&txn);
	if (!err)
		*out = sum;
	return err;
}
