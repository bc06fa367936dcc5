/* index.c - the indexes ready and sched, and the counts of their groups */
#include "campaigns/aside.h"
#include "campaigns/tables.h"
#include "campaigns/view.h"

#include "base/clock.h"
#include "base/err.h"

static uint32_t index_due_s(int64_t due_us)
{
	int64_t due_s = due_us / SEC_US;

	return due_s < 0 ? 0 : due_s > UINT32_MAX ? UINT32_MAX : (uint32_t)due_s;
}

struct db_key group_key(uint32_t list, uint16_t zones)
{
	struct db_key key = key_u32(list);

	db_key_u16(&key, zones);
	return key;
}

struct db_key ready_key(const struct lead *lead)
{
	struct db_key key = group_key(lead->list, lead->zones);

	db_key_u16(&key, lead->callback_us ? 0 : (uint16_t)~lead->priority);
	db_key_u32(&key, index_due_s(lead->callback_us ? lead->callback_us : lead->due_us));
	db_key_u64(&key, lead->id);
	return key;
}

struct db_key sched_key(const struct lead *lead)
{
	struct db_key key = group_key(lead->list, lead->zones);

	db_key_u32(&key, index_due_s(lead->due_us));
	db_key_u64(&key, lead->id);
	return key;
}

static bool group_of(struct db_txn *txn, const struct db_key *key, const struct db_view *view, struct group *out)
{
	uint8_t version;
	struct dec dec = dec_start_upto(view->data, view->bytes, 2, &version);

	out->list = db_key_u32_at(key, 0);
	out->zones = db_key_u16_at(key, 4);
	out->ready = dec_u64(&dec);
	out->sched = dec_u64(&dec);
	out->aside = version >= 2 ? dec_u64(&dec) : 0;
	out->stale = version >= 2 ? dec_u64(&dec) : 0;
	return record_ok(txn, &dec);
}

/* What is counted less wraps round, and comes out right. */
static void group_change(struct db_txn *txn, const struct group *change)
{
	struct db_key key = group_key(change->list, change->zones);
	struct group group = {.list = change->list};
	struct db_view view;
	struct enc enc;

	if (db_get(txn, T_GROUP, &key, &view))
		group_of(txn, &key, &view, &group);
	enc_start(&enc, 2);
	enc_u64(&enc, group.ready + change->ready);
	enc_u64(&enc, group.sched + change->sched);
	enc_u64(&enc, group.aside + change->aside);
	enc_u64(&enc, group.stale + change->stale);
	record_put(txn, T_GROUP, &key, &enc);
}

void group_add(struct db_txn *txn, uint32_t list, uint16_t zones, int64_t ready, int64_t sched)
{
	group_change(txn, &(struct group){.list = list, .zones = zones, .ready = (uint64_t)ready, .sched = (uint64_t)sched});
}

void group_aside(struct db_txn *txn, uint32_t list, uint16_t zones, int64_t aside, int64_t stale)
{
	group_change(txn, &(struct group){.list = list, .zones = zones, .aside = (uint64_t)aside, .stale = (uint64_t)stale});
}

bool group_next(struct db_txn *txn, uint32_t list, int32_t after, struct group *out)
{
	struct db_key from = group_key(list, (uint16_t)(after + 1)), key;
	struct db_view view;

	if (after >= UINT16_MAX || !db_seek(txn, T_GROUP, &from, &key, &view))
		return false;
	return db_key_u32_at(&key, 0) == list && group_of(txn, &key, &view, out);
}

void index_ready(struct db_txn *txn, const struct lead *lead)
{
	struct db_key key = ready_key(lead);

	db_put(txn, T_READY, &key, "", 0);
	group_add(txn, lead->list, lead->zones, 1, 0);
	view_add(txn, lead, true);
	callback_seat_put(txn, lead);
}

void index_sched(struct db_txn *txn, const struct lead *lead)
{
	struct db_key key = sched_key(lead);

	db_put(txn, T_SCHED, &key, "", 0);
	group_add(txn, lead->list, lead->zones, 0, 1);
	view_add(txn, lead, false);
	callback_seat_put(txn, lead);
}

void index_remove(struct db_txn *txn, const struct lead *lead)
{
	struct db_key ready = ready_key(lead), sched = sched_key(lead);

	if (db_del(txn, T_READY, &ready))
		group_add(txn, lead->list, lead->zones, -1, 0);
	else if (db_del(txn, T_SCHED, &sched))
		group_add(txn, lead->list, lead->zones, 0, -1);
	else
		aside_remove(txn, lead->list, lead);
	view_remove(txn, lead);
	callback_seat_del(txn, lead);
}

/* The group's first entry in sched. */
static bool group_first(struct db_txn *txn, const struct group *group, struct db_key *key)
{
	struct db_key from = group_key(group->list, group->zones);

	return db_seek(txn, T_SCHED, &from, key, NULL) && db_key_u32_at(key, 0) == group->list &&
	       db_key_u16_at(key, 4) == group->zones;
}

int64_t group_due_us(struct db_txn *txn, const struct group *group)
{
	struct db_key key;

	return group_first(txn, group, &key) ? db_key_u32_at(&key, 6) * SEC_US : 0;
}

uint32_t group_promote(struct db_txn *txn, const struct group *group, const struct view *view, int64_t now_us, uint32_t limit)
{
	uint32_t moved = 0;
	struct db_key key;
	struct lead lead;

	while (moved < limit && group_first(txn, group, &key) && db_key_u32_at(&key, 6) <= index_due_s(now_us)) {
		if (!lead_load(txn, db_key_u64_at(&key, 10), &lead)) {
			if (!txn->err)
				txn->err = ERR_STORE; /* an entry without its lead */
			break;
		}
		db_del(txn, T_SCHED, &key);
		key = view_ready_key(view, &lead);
		db_put(txn, T_READY, &key, "", 0);
		moved++;
	}
	if (moved)
		group_add(txn, group->list, group->zones, moved, -(int64_t)moved);
	return moved;
}

static bool lead_over(enum lead_state state)
{
	return state == LEAD_DONE || state == LEAD_SUPPRESSED;
}

static void index_callback(struct db_txn *txn, const struct lead *lead)
{
	struct db_key key = key_u64(lead->id);

	if (lead->callback_us && lead->state != LEAD_DONE)
		db_put(txn, T_CALLBACK, &key, "", 0);
	else
		db_del(txn, T_CALLBACK, &key);
}

void lead_settle(struct db_txn *txn, struct lead *lead, enum lead_state was, int64_t now_us)
{
	struct list list;

	index_callback(txn, lead);
	if (lead->state == LEAD_READY && lead->due_us <= now_us)
		index_ready(txn, lead);
	else if (lead->state == LEAD_READY)
		index_sched(txn, lead);
	if (lead_over(lead->state) != lead_over(was) && list_load(txn, lead->list, &list)) {
		list.done += lead_over(lead->state) ? 1u : (uint64_t)-1;
		list_save(txn, &list);
	}
	lead_save(txn, lead);
}
