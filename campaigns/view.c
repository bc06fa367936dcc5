/* view.c - see view.h */
#include "campaigns/view.h"

#include "campaigns/aside.h"

#include "base/clock.h"
#include "base/err.h"

#include <string.h>

#define RANK_OTHERS (UINT64_C(1) << 47) /* whoever is no callback */
#define RANK_MASK (RANK_OTHERS - 1)

/* --- record */

static struct db_key view_key(uint32_t list, uint32_t id)
{
	struct db_key key = key_u32(list);

	db_key_u32(&key, id);
	return key;
}

static void view_save(struct db_txn *txn, const struct view *view)
{
	struct db_key key = view_key(view->list, view->id);
	struct enc enc;

	enc_start(&enc, 1);
	enc_u32(&enc, view->campaign);
	enc_u8(&enc, (uint8_t)view->state);
	enc_u64(&enc, view->next);
	enc_u8(&enc, (uint8_t)view->order.by);
	enc_u8(&enc, view->order.descending);
	enc_u64(&enc, view->order.seed);
	enc_text(&enc, view->order.column);
	enc_blob(&enc, view->where, (uint16_t)strlen(view->where));
	record_put(txn, T_VIEW, &key, &enc);
}

static bool view_decode(struct db_txn *txn, const struct db_key *key, const struct db_view *value, struct view *out)
{
	struct dec dec = dec_start(value->data, value->bytes, 1);

	memset(out, 0, sizeof(*out));
	out->list = db_key_u32_at(key, 0);
	out->id = db_key_u32_at(key, 4);
	out->campaign = dec_u32(&dec);
	out->state = (enum view_state)dec_u8(&dec);
	out->next = dec_u64(&dec);
	out->order.by = (enum lead_order_by)dec_u8(&dec);
	out->order.descending = dec_u8(&dec);
	out->order.seed = dec_u64(&dec);
	dec_text(&dec, out->order.column, sizeof(out->order.column));
	dec_blob(&dec, out->where, sizeof(out->where) - 1);
	return record_ok(txn, &dec);
}

bool view_load(struct db_txn *txn, uint32_t list, uint32_t id, struct view *out)
{
	struct db_key key = view_key(list, id);
	struct db_view value;

	return id && db_get(txn, T_VIEW, &key, &value) && view_decode(txn, &key, &value, out);
}

/* The first view from `from` on. */
static bool view_next(struct db_txn *txn, const struct db_key *from, struct view *out)
{
	struct db_key key;
	struct db_view value;

	return db_seek(txn, T_VIEW, from, &key, &value) && view_decode(txn, &key, &value, out);
}

uint32_t view_space(uint32_t list, uint32_t view)
{
	return view ? VIEW_SPACE | view : list;
}

/* --- order */

static uint64_t rank_due(const struct lead *lead)
{
	return (uint64_t)(lead->due_us / SEC_US) & UINT32_MAX;
}

/* splitmix64's last step: every bit of the number touches every bit of the answer. */
static uint64_t rank_mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* 46 bits that sort as the numbers do: the sign turned round, and all bits of negative ones. */
static uint64_t rank_number(double number)
{
	uint64_t bits;

	number += 0.0; /* -0 is 0 */
	memcpy(&bits, &number, sizeof(bits));
	bits = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
	return bits >> 18;
}

/* 46 bits that sort as the first bytes do, small and capital letters alike. */
static uint64_t rank_text(const char *text)
{
	uint64_t bits = 0;

	for (int i = 0; i < 6; i++) {
		unsigned char c = (unsigned char)*text;

		bits = bits << 8 | (c >= 'A' && c <= 'Z' ? c + 32u : c);
		text += c != '\0';
	}
	return bits >> 2;
}

/* Numbers before texts, what is empty last whichever way. */
static uint64_t rank_column(const struct lead_order *order, const struct lead *lead)
{
	const char *text = lead_field(lead, order->column);
	uint64_t rank;
	double number;

	if (!text || !*text)
		return RANK_MASK;
	rank = where_number(text, &number) ? rank_number(number) : rank_text(text) | UINT64_C(1) << 46;
	return order->descending ? RANK_MASK - 1 - rank : rank;
}

uint64_t view_rank(const struct lead_order *order, const struct lead *lead)
{
	uint64_t rank = 0;

	if (lead->callback_us)
		return (uint64_t)(lead->callback_us / SEC_US) & UINT32_MAX;
	switch (order->by) {
	case ORDER_PRIORITY: /* as in the list's own index */
		return (uint64_t)(uint16_t)~lead->priority << 32 | rank_due(lead);
	case ORDER_OLDEST:
		rank = lead->id;
		break;
	case ORDER_NEWEST:
		rank = ~lead->id;
		break;
	case ORDER_ATTEMPTS:
		rank = (uint64_t)(lead->attempts < 0x7fff ? lead->attempts : 0x7fff) << 32 | rank_due(lead);
		break;
	case ORDER_RANDOM:
		rank = rank_mix(lead->id + rank_mix(order->seed));
		break;
	case ORDER_COLUMN:
		rank = rank_column(order, lead);
		break;
	}
	return RANK_OTHERS | (rank & RANK_MASK);
}

struct db_key view_ready_key(const struct view *view, const struct lead *lead)
{
	struct db_key key;
	uint64_t rank;

	if (!view || !view->id)
		return ready_key(lead);
	rank = view_rank(&view->order, lead);
	key = group_key(view_space(view->list, view->id), lead->zones);
	db_key_u16(&key, (uint16_t)(rank >> 32));
	db_key_u32(&key, (uint32_t)rank);
	db_key_u64(&key, lead->id);
	return key;
}

static struct db_key view_sched_key(const struct view *view, const struct lead *lead)
{
	struct lead in = *lead;

	in.list = view_space(view->list, view->id);
	return sched_key(&in);
}

/* --- leads come and go */

/* A callback was agreed with the person: no filter of the campaign undoes that. */
static bool view_wants(const struct view *view, const struct where *where, const struct lead *lead)
{
	return lead->callback_us || !*view->where || where_match(where, lead);
}

/* A filter was checked when it was stored: one that cannot be read is damage. */
static bool view_filter(struct db_txn *txn, const struct view *view, struct where *where)
{
	struct where_error error;

	if (where_parse(view->where, where, &error) == 0)
		return true;
	txn->err = txn->err ? txn->err : ERR_STORE;
	return false;
}

static void view_put(struct db_txn *txn, const struct view *view, const struct lead *lead, bool ready)
{
	struct db_key in_ready = view_ready_key(view, lead), in_sched = view_sched_key(view, lead);
	uint32_t space = view_space(view->list, view->id);

	if (db_get(txn, T_READY, &in_ready, NULL) || db_get(txn, T_SCHED, &in_sched, NULL) || aside_there(txn, space, lead->id))
		return; /* the builder comes by where a change has been */
	db_put(txn, ready ? T_READY : T_SCHED, ready ? &in_ready : &in_sched, "", 0);
	group_add(txn, space, lead->zones, ready, !ready);
}

static bool view_more(struct db_txn *txn, uint32_t list, struct db_key *from, struct view *out)
{
	if (!view_next(txn, from, out) || out->list != list)
		return false;
	*from = view_key(list, out->id + 1);
	return true;
}

bool view_any(struct db_txn *txn, uint32_t list)
{
	struct db_key from = view_key(list, 0);
	struct view view;

	return view_more(txn, list, &from, &view);
}

void view_add(struct db_txn *txn, const struct lead *lead, bool ready)
{
	struct db_key from = view_key(lead->list, 0);
	struct where where;
	struct view view;

	while (view_more(txn, lead->list, &from, &view))
		if (view.state != VIEW_DROPPED && view_filter(txn, &view, &where) && view_wants(&view, &where, lead))
			view_put(txn, &view, lead, ready);
}

void view_remove(struct db_txn *txn, const struct lead *lead)
{
	struct db_key from = view_key(lead->list, 0);
	struct view view;

	while (view_more(txn, lead->list, &from, &view)) {
		struct db_key ready = view_ready_key(&view, lead), sched = view_sched_key(&view, lead);

		if (db_del(txn, T_READY, &ready))
			group_add(txn, view_space(view.list, view.id), lead->zones, -1, 0);
		else if (db_del(txn, T_SCHED, &sched))
			group_add(txn, view_space(view.list, view.id), lead->zones, 0, -1);
		else
			aside_remove(txn, view_space(view.list, view.id), lead);
	}
}

bool view_return(struct db_txn *txn, uint32_t space, const struct lead *lead)
{
	struct view view = {.list = lead->list}; /* the list's own indexes */

	if (!aside_remove(txn, space, lead))
		return false;
	if (space == lead->list || (view_load(txn, lead->list, space & ~VIEW_SPACE, &view) && view.state != VIEW_DROPPED))
		view_put(txn, &view, lead, true);
	return true;
}

void view_return_all(struct db_txn *txn, const struct lead *lead)
{
	struct db_key from = view_key(lead->list, 0);
	struct view view;

	view_return(txn, lead->list, lead);
	while (view_more(txn, lead->list, &from, &view))
		view_return(txn, view_space(view.list, view.id), lead);
}

/* --- views come and go */

static bool view_serves(const struct view *view, const struct campaign *campaign)
{
	return view->state != VIEW_DROPPED && strcmp(view->where, campaign->where) == 0 && view->order.by == campaign->order.by &&
	       view->order.descending == campaign->order.descending && view->order.seed == campaign->order.seed &&
	       strcmp(view->order.column, campaign->order.column) == 0;
}

static uint32_t view_make(struct db_txn *txn, const struct campaign *campaign, uint32_t list)
{
	struct view view = {.list = list, .campaign = campaign->id, .order = campaign->order, .next = 1};

	view.id = (uint32_t)meta_get(txn, "view_next") + 1;
	meta_set(txn, "view_next", view.id);
	memcpy(view.where, campaign->where, sizeof(view.where));
	view_save(txn, &view);
	return view.id;
}

static uint32_t view_had(const struct campaign *old, uint32_t list)
{
	for (uint32_t i = 0; old && i < old->list_count; i++)
		if (old->lists[i].list == list)
			return old->lists[i].view;
	return 0;
}

static bool view_used(const struct campaign *campaign, uint32_t view)
{
	for (uint32_t i = 0; i < campaign->list_count; i++)
		if (campaign->lists[i].view == view)
			return true;
	return false;
}

bool view_shared(struct db_txn *txn, const struct campaign *campaign, uint32_t list)
{
	struct db_key from = db_key_empty(), key;
	struct campaign other;
	bool there = db_seek(txn, T_CAMPAIGN, &from, &key, NULL);

	for (; there; there = db_step(txn, T_CAMPAIGN, &key, NULL))
		if (db_key_u32_at(&key, 0) != campaign->id && campaign_load(txn, db_key_u32_at(&key, 0), &other) &&
			campaign_dials(&other, list) && !view_had(&other, list))
			return true;
	return false;
}

/* The view that is made for a campaign which has none of the list yet. */
static bool view_coming(struct db_txn *txn, const struct campaign *campaign, uint32_t list, struct view *out)
{
	struct db_key from = view_key(list, 0);
	bool there;

	do
		there = view_more(txn, list, &from, out);
	while (there && (out->campaign != campaign->id || out->state == VIEW_DROPPED));
	return there;
}

bool view_want(struct db_txn *txn, const struct campaign *campaign, uint32_t list)
{
	struct view view;

	return !view_coming(txn, campaign, list, &view) && view_make(txn, campaign, list);
}

bool view_arrives(struct db_txn *txn, struct campaign *campaign, uint32_t index, int64_t now_us, uint32_t limit)
{
	struct campaign_list *list = &campaign->lists[index];
	struct view view;

	if (list->view || !view_coming(txn, campaign, list->list, &view) || !view_build(txn, &view, now_us, limit))
		return false;
	list->view = view.id;
	campaign_save(txn, campaign);
	return true;
}

/* Without filter and order the list's own indexes serve, unless leads are put aside there that another campaign may not dial. */
static bool view_needed(struct db_txn *txn, const struct campaign *old, const struct campaign *campaign, uint32_t list)
{
	if (*campaign->where || campaign->order.by != ORDER_PRIORITY)
		return true;
	return aside_any(txn, list) && !(old && campaign_dials(old, list) && !view_had(old, list));
}

/* What the campaign had of the list and does not need, one that was coming included: the next refusal asks for it again. */
static void view_drop(struct db_txn *txn, const struct campaign *campaign, uint32_t list)
{
	struct db_key from = view_key(list, 0);
	struct view view;

	while (view_more(txn, list, &from, &view)) {
		if (view.campaign != campaign->id || view.state == VIEW_DROPPED || view_used(campaign, view.id))
			continue;
		view.state = VIEW_DROPPED;
		view_save(txn, &view);
	}
}

void view_sync(struct db_txn *txn, const struct campaign *old, struct campaign *campaign)
{
	struct view view;

	for (uint32_t i = 0; i < campaign->list_count; i++) {
		struct campaign_list *list = &campaign->lists[i];

		list->view = 0;
		if (view_load(txn, list->list, view_had(old, list->list), &view) && view_serves(&view, campaign))
			list->view = view.id;
		else if (view_needed(txn, old, campaign, list->list))
			list->view = view_make(txn, campaign, list->list);
	}
	for (uint32_t i = 0; old && i < old->list_count; i++)
		view_drop(txn, campaign, old->lists[i].list);
}

/* By the leads' ids: a lead that changes meanwhile is kept by view_add() and view_remove(), wherever the builder is. */
bool view_build(struct db_txn *txn, struct view *view, int64_t now_us, uint32_t limit)
{
	struct db_key from = key_u64(view->next), key;
	struct db_view value;
	struct where where;
	struct lead lead;
	bool there;

	if (view->state != VIEW_BUILDING || !view_filter(txn, view, &where))
		return true;
	there = db_seek(txn, T_LEAD, &from, &key, &value);
	for (uint32_t i = 0; there && i < limit; i++, there = db_step(txn, T_LEAD, &key, &value)) {
		view->next = db_key_u64_at(&key, 0) + 1;
		if (lead_decode_view(txn, &key, &value, &lead) && lead.list == view->list && lead.state == LEAD_READY &&
			view_wants(view, &where, &lead))
			view_put(txn, view, &lead, lead.due_us <= now_us);
	}
	if (!there)
		view->state = VIEW_WHOLE;
	view_save(txn, view);
	return !there;
}

static bool view_first_building(struct db_txn *txn, struct view *out)
{
	struct db_key from = db_key_empty();

	for (; view_next(txn, &from, out); from = view_key(out->list, out->id + 1))
		if (out->state == VIEW_BUILDING)
			return true;
	return false;
}

bool view_build_any(struct db_txn *txn, int64_t now_us, uint32_t limit)
{
	struct view view;

	if (!view_first_building(txn, &view))
		return true;
	view_build(txn, &view, now_us, limit);
	return false;
}

bool view_unfinished(struct db_txn *txn)
{
	struct view view;

	return view_first_building(txn, &view);
}

/* Entries of one space in one index, at most `limit`; answers how many went. */
static uint32_t view_clear(struct db_txn *txn, uint32_t table, uint32_t space, uint32_t limit)
{
	struct db_key from = key_u32(space), key;
	uint32_t count = 0;

	while (count < limit && db_seek(txn, table, &from, &key, NULL) && db_key_u32_at(&key, 0) == space) {
		db_del(txn, table, &key);
		count++;
	}
	return count;
}

bool view_sweep(struct db_txn *txn, uint32_t limit)
{
	struct db_key from = db_key_empty();
	struct view view;

	while (limit && view_next(txn, &from, &view)) {
		uint32_t space = view_space(view.list, view.id), swept = 0;

		from = view_key(view.list, view.id + 1);
		if (view.state != VIEW_DROPPED)
			continue;
		swept = view_clear(txn, T_READY, space, limit);
		swept += view_clear(txn, T_SCHED, space, limit - swept);
		swept += view_clear(txn, T_ASIDE, space, limit - swept);
		swept += view_clear(txn, T_GROUP, space, limit - swept);
		limit -= swept;
		if (limit) {
			struct db_key key = view_key(view.list, view.id);

			db_del(txn, T_VIEW, &key);
		}
	}
	return limit > 0;
}
