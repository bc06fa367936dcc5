/* campaign_leads.c - which leads a campaign dials: record, checks, counting, bringing its views up to date */
#include "campaigns/campaign_leads.h"

#include "campaigns/view.h"

#include "base/clock.h"
#include "base/err.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COUNT_STEP 10000 /* leads of one read transaction */
#define COUNT_COLUMNS 32
#define INDEX_PAUSE_US MS_US /* LMDB's lock is not fair: an engine's claims come in here */

/* --- record */

void campaign_leads_encode(struct enc *enc, const struct campaign *campaign)
{
	enc_u8(enc, (uint8_t)campaign->list_count);
	for (uint32_t i = 0; i < campaign->list_count; i++) {
		enc_u32(enc, campaign->lists[i].list);
		enc_u32(enc, campaign->lists[i].share);
		enc_u32(enc, campaign->lists[i].view);
	}
	enc_u8(enc, (uint8_t)campaign->order.by);
	enc_u8(enc, campaign->order.descending);
	enc_u64(enc, campaign->order.seed);
	enc_text(enc, campaign->order.column);
	enc_blob(enc, campaign->where, (uint16_t)strlen(campaign->where));
}

void campaign_leads_decode(struct dec *dec, struct campaign *out)
{
	out->list_count = dec_u8(dec);
	if (out->list_count > CAMPAIGN_LISTS) {
		out->list_count = 0;
		dec->bad = true;
	}
	for (uint32_t i = 0; i < out->list_count; i++) {
		out->lists[i].list = dec_u32(dec);
		out->lists[i].share = dec_u32(dec);
		out->lists[i].view = dec_u32(dec);
	}
	out->order.by = (enum lead_order_by)dec_u8(dec);
	out->order.descending = dec_u8(dec);
	out->order.seed = dec_u64(dec);
	dec_text(dec, out->order.column, sizeof(out->order.column));
	dec_blob(dec, out->where, sizeof(out->where) - 1);
}

void campaign_leads_normal(struct campaign *campaign)
{
	if (campaign->list_count == 0 || (campaign->list_count == 1 && campaign->lists[0].list != campaign->list)) {
		campaign->lists[0] = (struct campaign_list){.list = campaign->list, .share = 1};
		campaign->list_count = 1;
	}
	campaign->list = campaign->lists[0].list;
}

bool campaign_leads_same(const struct campaign *a, const struct campaign *b)
{
	bool same = a->list_count == b->list_count && strcmp(a->where, b->where) == 0 && a->order.by == b->order.by &&
		    a->order.descending == b->order.descending && a->order.seed == b->order.seed &&
		    strcmp(a->order.column, b->order.column) == 0;

	for (uint32_t i = 0; i < a->list_count && same; i++)
		same = a->lists[i].list == b->lists[i].list && a->lists[i].share == b->lists[i].share;
	return same;
}

bool campaign_leads_plain(const struct campaign *campaign)
{
	return campaign->list_count == 1 && !*campaign->where && campaign->order.by == ORDER_PRIORITY;
}

bool campaign_dials(const struct campaign *campaign, uint32_t list)
{
	for (uint32_t i = 1; i < campaign->list_count; i++)
		if (campaign->lists[i].list == list)
			return true;
	return campaign->list == list;
}

const char *campaign_order_text(const struct lead_order *order, char out[96])
{
	static const char *const names[] = {"priority", "oldest", "newest", "fewest", "random", "column"};
	const char *name = (unsigned)order->by <= ORDER_COLUMN ? names[order->by] : "unknown";

	if (order->by == ORDER_RANDOM)
		snprintf(out, 96, "%s:%" PRIu64, name, order->seed);
	else if (order->by == ORDER_COLUMN)
		snprintf(out, 96, "%s:%s%s", name, order->column, order->descending ? ":desc" : "");
	else
		snprintf(out, 96, "%s", name);
	return out;
}

/* --- checks */

static int leads_check_filter(const struct campaign *campaign, char *why)
{
	struct where_error error;
	struct where where;

	if (where_parse(campaign->where, &where, &error) != 0)
		return say(why, ERR_RANGE, "the filter, line %u, column %u: %s", error.line, error.column, error.text);
	return 0;
}

int campaign_leads_check(const struct campaign *campaign, char *why)
{
	for (uint32_t i = 0; i < campaign->list_count; i++) {
		if (campaign->lists[i].share < 1 || campaign->lists[i].share > 1000)
			return say(why, ERR_RANGE, "the share of a list must be 1 to 1000");
		for (uint32_t j = 0; j < i; j++)
			if (campaign->lists[i].list == campaign->lists[j].list)
				return say(why, ERR_RANGE, "a list may stand in the mix only once");
	}
	if ((unsigned)campaign->order.by > ORDER_COLUMN)
		return say(why, ERR_RANGE, "the order must be priority, oldest, newest, fewest, random or column");
	if (campaign->order.by == ORDER_COLUMN && !*campaign->order.column)
		return say(why, ERR_RANGE, "an order by column needs the column's name");
	return leads_check_filter(campaign, why);
}

int campaign_leads_may_run(struct db_txn *txn, const struct campaign *campaign, char *why)
{
	uint64_t leads = 0, done = 0;
	uint32_t active = 0;
	struct list list = {0};

	for (uint32_t i = 0; i < campaign->list_count; i++) {
		if (!list_load(txn, campaign->lists[i].list, &list))
			continue;
		leads += list.leads;
		done += list.done;
		active += list_active(&list, clock_us());
	}
	if (active == 0 && list.state >= LIST_REMOVING)
		return say(why, ERR_WRONG_STATE, "the list \"%s\" is %s: name another with 'outdial campaign set %s --mix LIST=100'", list.name,
			list_state_name(list.state), campaign->name);
	if (leads == 0)
		return say(why, ERR_WRONG_STATE, "the list \"%s\" has no leads: import some", list.name);
	if (done >= leads)
		return say(why, ERR_WRONG_STATE, "every lead of the list \"%s\" is finished: import more", list.name);
	if (active == 0)
		return say(why, ERR_WRONG_STATE, "the list \"%s\" is %s: 'outdial list set %s' changes that", list.name,
			list.state == LIST_ON ? "expired" : list_state_name(list.state), list.name);
	return 0;
}

/* --- counting */

struct leads_count {
	const struct campaign *campaign;
	struct where where;
	struct campaign_match sum;
	uint64_t next;
	bool seen[COUNT_COLUMNS]; /* of the filter's columns: some lead has it */
};

static void leads_count_one(struct leads_count *count, const struct lead *lead)
{
	const char *column;

	count->sum.leads++;
	count->sum.match += where_match(&count->where, lead);
	for (uint32_t i = 0; i < COUNT_COLUMNS && (column = where_column(&count->where, i)); i++)
		count->seen[i] = count->seen[i] || lead_field(lead, column);
}

/* Leads from count->next on. False: these were the last. */
static bool leads_count_step(struct leads_count *count, struct db_txn *txn)
{
	struct db_key from = key_u64(count->next), key;
	struct db_view value;
	struct lead lead;
	bool there = db_seek(txn, T_LEAD, &from, &key, &value);

	for (uint32_t i = 0; there && i < COUNT_STEP; i++, there = db_step(txn, T_LEAD, &key, &value)) {
		count->next = db_key_u64_at(&key, 0) + 1;
		if (lead_decode_view(txn, &key, &value, &lead) && campaign_dials(count->campaign, lead.list))
			leads_count_one(count, &lead);
	}
	return there;
}

static void leads_missing(const struct leads_count *count, char missing[96])
{
	const char *column;
	size_t at = 0;

	missing[0] = '\0';
	for (uint32_t i = 0; i < COUNT_COLUMNS && (column = where_column(&count->where, i)); i++) {
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "\"%.40s\"", column);
		if (!count->seen[i] && !strstr(missing, quoted) && at + strlen(quoted) + 3 < 96)
			at += (size_t)snprintf(missing + at, 96 - at, "%s%s", at ? ", " : "", quoted);
	}
}

int campaign_count(
	struct store *store, const struct campaign *campaign, const char *where, struct campaign_match *out, char missing[96])
{
	struct leads_count count = {.campaign = campaign};
	struct where_error error;
	struct db_txn txn;
	bool more = true;
	int err = where_parse(where, &count.where, &error);

	while (!err && more) {
		db_read_begin(store->db, &txn);
		more = leads_count_step(&count, &txn);
		err = db_read_end(&txn);
	}
	if (err)
		return err;
	*out = count.sum;
	if (missing)
		leads_missing(&count, missing);
	return 0;
}

/* --- bringing views up to date */

struct leads_index {
	const struct campaign *campaign;
	bool done;
};

static int leads_index_in(struct db_txn *txn, void *arg)
{
	struct leads_index *index = arg;
	struct campaign now;
	struct view view;

	index->done = true;
	if (!campaign_load(txn, index->campaign->id, &now))
		return 0;
	for (uint32_t i = 0; i < now.list_count && index->done; i++)
		if (view_load(txn, now.lists[i].list, now.lists[i].view, &view))
			index->done = view_build(txn, &view, clock_us(), VIEW_STEP);
	index->done = index->done && view_sweep(txn, VIEW_STEP);
	return 0;
}

int campaign_index(struct store *store, const struct campaign *campaign)
{
	struct leads_index index = {.campaign = campaign};
	int err = 0;

	while (!err && !index.done) {
		err = db_change(store->db, leads_index_in, &index);
		nanosleep(&(struct timespec){.tv_nsec = INDEX_PAUSE_US * 1000}, NULL);
	}
	return err;
}
