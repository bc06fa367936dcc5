/*
 * claim.c - the check and the claim
 *
 * A claim looks only at groups of leads that share their zones and places and whose windows are open (ruling.h): of these the best
 * head (priority, then due time) is taken, checked with all rules inside the same transaction, and written as an intent. A head that fails the check
 * is put where it belongs, so that no claim meets it twice: aside for this campaign alone when a suppression list forbids it (aside.h).
 */
#include "campaigns/tables.h"
#include "campaigns/view.h"

#include "campaigns/aside.h"
#include "campaigns/evlog.h"
#include "campaigns/ledger.h"
#include "campaigns/personkey.h"
#include "campaigns/refusal.h"
#include "campaigns/retry.h"
#include "campaigns/ruling.h"
#include "campaigns/suppress_table.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CLAIM_PROMOTE_MAX 256        /* entries moved from sched to ready for a group in one transaction */
#define CLAIM_SETTLE_MAX 512         /* heads that fail the check before a claim gives up for this transaction */
#define CLAIM_BUILD_MAX 1000         /* leads that the first claim of a transaction looks at for a view that is not whole: about 1.5 ms */
#define ANY_LIST UINT32_MAX
#define CLAIM_AGAIN_US (60 * SEC_US) /* a lead whose number is being dialled for another lead waits this long; or that can be put aside for the campaign only when its view is whole */
#define CLAIM_CALLER_US (600 * SEC_US) /* one that no caller id may call now, so long */
#define CLAIM_NEVER_US (3600 * SEC_US) /* a rule says no and cannot say until when: somebody may change that */

struct claim_head {
	struct group group; /* of the list, or of its view */
	uint32_t list;      /* index in campaign.lists */
	struct db_key key;  /* in ready */
};

/* --- the check */

struct claim_numbers {
	uint32_t alive, listed, own, stale, calling, limited; /* own: of the listed, those on the store's own list */
	uint32_t chosen; /* phone_count: none */
	struct suppress_view suppress; /* the first that forbids a number; of the chosen one, what was lifted */
	struct limits_answer limit; /* that ends first, when none is chosen */
};

static bool claim_calling(struct db_txn *txn, uint64_t number)
{
	struct db_key key = key_u64(number);

	return db_get(txn, T_CALLING, &key, NULL);
}

/* What is known before a lead is looked at. */
struct claim_case {
	const struct campaign *campaign;
	const struct ruling *ruling; /* about the lead's group */
	const struct where *where;
	bool list_active;
	int64_t now_us;
	const char *seat; /* that wants its own callback; NULL: any of the team */
};

/* What rules about how often ask: who is called, and what was tried before. */
struct claim_history {
	struct ledger_who who;
	struct ledger_view ledger;
	struct limits_question question;
};

static void claim_remember(struct db_txn *txn, const struct claim_case *in, struct claim_history *out)
{
	const struct ruling *ruling = in->ruling;
	int64_t now_us = in->now_us, span_us = limits_span_us(ruling->counting, ruling->counting_count);

	out->ledger.count = 0;
	out->ledger.full = false;
	if (span_us)
		ledger_read(txn, &out->who, now_us - span_us, &out->ledger);
	out->question = (struct limits_question){.rules = ruling->counting, .rule_count = ruling->counting_count,
		.entries = out->ledger.entries, .entry_count = out->ledger.count, .who = &out->who,
		.seat_reserved = in->seat || in->campaign->mode == CAMPAIGN_PREVIEW, .zones = ruling->zones ? ruling->zones->zone : NULL,
		.zone_count = ruling->zones ? ruling->zones->count : 0, .now_us = now_us};
}

/* More entries than are looked at: nobody can say that one more is allowed. */
static struct limits_answer claim_limit(struct claim_history *history, const struct lead_phone *phone)
{
	history->question.number = number_of(phone->e164);
	history->question.role = ledger_role(&history->who, phone);
	if (history->ledger.full)
		return (struct limits_answer){.rule = history->question.rules[0], .counted = history->ledger.count};
	return limits_ask(&history->question);
}

static void claim_note_limit(struct claim_numbers *found, const struct limits_answer *answer)
{
	if (!found->limited++ || (answer->until_us && answer->until_us < found->limit.until_us))
		found->limit = *answer;
}

/* Numbers take turns from phone_next on; dead ones, those that a list forbids, those being dialled and those that a rule about how
 * often keeps back are passed over. */
static struct claim_numbers claim_look(
	struct db_txn *txn, const struct campaign *campaign, const struct lead *lead, struct claim_history *history)
{
	struct claim_numbers found = {.chosen = lead->phone_count};

	for (uint32_t i = 0; i < lead->phone_count && found.chosen == lead->phone_count; i++) {
		uint32_t index = (lead->phone_next + i) % lead->phone_count;
		uint64_t number = number_of(lead->phones[index].e164);
		struct limits_answer limit = {0};

		if (lead->phones[index].dead)
			continue;
		found.alive++;
		if (history->question.rule_count)
			limit = claim_limit(history, &lead->phones[index]);
		struct suppress_view suppress = suppress_check(txn, campaign, lead, number, history->question.now_us);

		if (suppress.answer != SUPPRESS_FREE && found.suppress.answer == SUPPRESS_FREE)
			found.suppress = suppress;
		if (suppress.answer == SUPPRESS_STALE)
			found.stale++;
		else if (suppress.answer != SUPPRESS_FREE)
			found.listed++, found.own += suppress.answer == SUPPRESS_LISTED && !suppress.list;
		else if (claim_calling(txn, number))
			found.calling++;
		else if (limit.rule)
			claim_note_limit(&found, &limit);
		else
			found.chosen = index;
		if (found.chosen == index)
			found.suppress = suppress;
	}
	return found;
}

/* A seat's own callback is due for that seat first. */
static int64_t claim_due_us(const struct lead *lead, const char *seat)
{
	return seat && lead->callback_own && strcmp(lead->callback_seat, seat) == 0 ? lead->callback_us : lead->due_us;
}

static bool claim_due(int64_t due_us, int64_t now_us)
{
	return due_us / SEC_US <= now_us / SEC_US; /* the indexes count whole seconds */
}

static enum claim_reason claim_not_due(const struct lead *lead, int64_t now_us)
{
	return lead->callback_own && claim_due(lead->callback_us, now_us) ? CLAIM_RESERVED : CLAIM_NOT_DUE;
}

static enum claim_reason claim_reason_of(const struct claim_view *view, const struct claim_numbers *numbers,
	const struct campaign *campaign, const struct lead *lead, int64_t now_us)
{
	bool none = numbers->chosen == lead->phone_count;

	if (campaign->state != CAMPAIGN_RUNNING || !campaign_dials(campaign, lead->list))
		return CLAIM_CAMPAIGN;
	if (!view->list_active)
		return CLAIM_LIST;
	if (lead->state == LEAD_DONE)
		return CLAIM_DONE;
	if (lead->state == LEAD_ACTIVE || (none && numbers->calling))
		return CLAIM_ACTIVE;
	if (lead->attempts >= campaign->attempts_max)
		return CLAIM_ATTEMPTS;
	if (!view->wanted)
		return CLAIM_FILTER;
	if (none && numbers->limited)
		return CLAIM_LIMIT;
	if (!claim_due(view->due_us, now_us))
		return claim_not_due(lead, now_us);
	if (none && numbers->stale)
		return CLAIM_DNC_STALE;
	if (lead->state == LEAD_SUPPRESSED || (none && numbers->listed))
		return CLAIM_DNC;
	if (view->ruling.reason != CLAIM_OK)
		return view->ruling.reason;
	return none ? CLAIM_NO_NUMBER : CLAIM_OK;
}

/* The view has only leads that match; asked again here, so that no filter can be stale. A callback was agreed: it passes. */
static bool claim_wanted(const struct where *where, const struct lead *lead)
{
	return lead->callback_us || where_match(where, lead);
}

static void claim_filter(struct db_txn *txn, const struct campaign *campaign, struct where *where)
{
	struct where_error error;

	if (where_parse(campaign->where, where, &error) != 0 && !txn->err)
		txn->err = ERR_STORE; /* it was checked when it was stored */
}

static bool claim_list_active(struct db_txn *txn, uint32_t id, int64_t now_us)
{
	struct list list;

	return list_load(txn, id, &list) && list_active(&list, now_us);
}

/* The last question, because its answer depends on the number that is called. */
static void claim_caller(
	struct db_txn *txn, const struct campaign *campaign, const struct lead *lead, int64_t now_us, struct claim_view *view)
{
	callerid_choose(txn, campaign, lead->phones[view->phone].e164, now_us, &view->caller);
	if (view->caller.state == CALLERID_FINE)
		return;
	view->reason = CLAIM_CALLER_ID;
	view->until_us = view->caller.until_us;
}

static int64_t claim_until_us(const struct claim_view *view, const struct claim_numbers *numbers)
{
	switch (view->reason) {
	case CLAIM_NOT_DUE:
	case CLAIM_RESERVED:
		return view->due_us < RETRY_NEVER_US ? view->due_us : 0;
	case CLAIM_WINDOW:
		return view->ruling.until_us;
	case CLAIM_LIMIT:
		return numbers->limit.until_us;
	default:
		return 0;
	}
}

/* The check itself. */
static struct claim_view claim_judge(
	struct db_txn *txn, const struct claim_case *in, const struct lead *lead, struct claim_history *history)
{
	struct claim_view view = {.ruling = *in->ruling, .list_active = in->list_active, .wanted = claim_wanted(in->where, lead),
		.due_us = claim_due_us(lead, in->seat)};
	struct claim_numbers numbers;

	claim_remember(txn, in, history);
	numbers = claim_look(txn, in->campaign, lead, history);
	view.reason = claim_reason_of(&view, &numbers, in->campaign, lead, in->now_us);
	view.suppress = numbers.suppress;
	view.own = numbers.alive && numbers.own == numbers.alive;
	view.phone = numbers.chosen < lead->phone_count ? numbers.chosen : retry_phone(lead, lead->phone_next);
	if (view.phone == lead->phone_count)
		view.phone = 0;
	view.until_us = claim_until_us(&view, &numbers);
	if (view.reason == CLAIM_LIMIT) {
		view.rule = numbers.limit.rule;
		view.counted = numbers.limit.counted;
	}
	if (view.reason == CLAIM_OK)
		claim_caller(txn, in->campaign, lead, in->now_us, &view);
	return view;
}

struct claim_view claim_check(struct store *store, struct db_txn *txn, const struct campaign *campaign, const struct lead *lead,
	const char *seat, int64_t now_us)
{
	struct claim_history history;
	struct ruling ruling;
	struct where where;
	struct terms terms;

	terms_load(txn, campaign->id, &terms);
	ledger_who(lead, &terms, &history.who);
	ruling_make(store, txn, campaign, lead->zones, now_us, &ruling);
	claim_filter(txn, campaign, &where);
	struct claim_case in = {campaign, &ruling, &where, claim_list_active(txn, lead->list, now_us), now_us, seat};

	return claim_judge(txn, &in, lead, &history);
}

static enum claim_reason claim_still(
	struct store *store, struct db_txn *txn, const struct attempt *attempt, const struct lead *lead, int64_t now_us)
{
	struct campaign campaign;
	struct ruling ruling;

	if (!campaign_load(txn, attempt->campaign, &campaign))
		return CLAIM_CAMPAIGN;
	ruling_make(store, txn, &campaign, lead->zones, now_us, &ruling);
	if (ruling.reason != CLAIM_OK)
		return ruling.reason;
	switch (suppress_check(txn, &campaign, lead, number_of(attempt->e164), now_us).answer) {
	case SUPPRESS_FREE:
		return CLAIM_OK;
	case SUPPRESS_STALE:
		return CLAIM_DNC_STALE;
	default:
		return CLAIM_DNC;
	}
}

int attempt_still_allowed(struct store *store, const struct attempt *attempt, int64_t now_us, enum claim_reason *reason)
{
	struct lead lead;
	struct db_txn txn;

	*reason = CLAIM_DONE;
	db_read_begin(store->db, &txn);
	if (lead_load(&txn, attempt->lead, &lead))
		*reason = claim_still(store, &txn, attempt, &lead, now_us);
	return db_read_end(&txn);
}

/* --- heads of open groups */

static bool claim_seek(struct db_txn *txn, struct claim_head *head, const struct db_key *from)
{
	return db_seek(txn, T_READY, from, &head->key, NULL) && db_key_u32_at(&head->key, 0) == head->group.list &&
	       db_key_u16_at(&head->key, 4) == head->group.zones;
}

static bool claim_room(struct claim_run *run, struct db_txn *txn)
{
	uint32_t max = run->head_max ? run->head_max * 2 : 64;
	struct claim_head *heads;

	if (run->head_count < run->head_max)
		return true;
	heads = realloc(run->heads, max * sizeof(*heads));
	if (!heads) {
		txn->err = -ENOMEM;
		return false;
	}
	run->heads = heads;
	run->head_max = max;
	return true;
}

/* What people's clocks show. */
static int64_t claim_wall_us(const struct claim_run *run)
{
	return run->now_us - run->ahead_us;
}

static const struct ruling *claim_ruling(struct claim_run *run, struct db_txn *txn, uint16_t zones)
{
	return ruling_cached(run->rulings, run->store, txn, run->version, &run->campaign, zones, claim_wall_us(run));
}

/* Leads of a group that is closed are not looked at: how many wait is all that is known of them. */
static void claim_note_closed(struct claim_run *run, const struct ruling *ruling, uint64_t leads)
{
	struct claim_closed *closed = &run->closed[ruling->reason];

	closed->leads += leads;
	if (!closed->rule)
		closed->rule = ruling->rule;
}

static void claim_tell_closed(struct claim_run *run, struct db_txn *txn)
{
	for (int reason = 0; reason < CLAIM_REASONS; reason++) {
		struct refusal refusal = {.campaign = run->campaign.id, .reason = (enum claim_reason)reason, .waiting = run->closed[reason].leads};

		if (!refusal.waiting)
			continue;
		rule_name(run->closed[reason].rule, refusal.rule);
		refusal_note(txn, &refusal, run->now_us);
	}
}

static void claim_visit(struct claim_run *run, struct db_txn *txn, const struct group *group, uint32_t list, const struct view *view)
{
	struct claim_head *head;
	struct db_key from;

	if (group->ready + group->sched == 0)
		return;
	const struct ruling *ruling = claim_ruling(run, txn, group->zones);

	if (!ruling->open) {
		claim_note_closed(run, ruling, group->ready + group->sched);
		return;
	}
	if (group->sched)
		group_promote(txn, group, view, run->now_us, CLAIM_PROMOTE_MAX);
	if (!claim_room(run, txn))
		return;
	head = &run->heads[run->head_count];
	head->group = *group;
	head->list = list;
	from = group_key(group->list, group->zones);
	run->head_count += claim_seek(txn, head, &from);
}

/* The groups of one list, or of the campaign's view of it: what whoever makes the view was kept from finishing is done here. */
static void claim_open_list(struct claim_run *run, struct db_txn *txn, uint32_t index)
{
	const struct campaign_list *list = &run->campaign.lists[index];
	uint32_t space = view_space(list->list, list->view);
	struct group group;
	struct view view = {0};

	run->list_active[index] = claim_list_active(txn, list->list, run->now_us);
	if (!run->list_active[index])
		return;
	if (view_arrives(txn, &run->campaign, index, run->now_us, CLAIM_BUILD_MAX))
		space = view_space(list->list, list->view);
	if (view_load(txn, list->list, list->view, &view) && !view_build(txn, &view, run->now_us, CLAIM_BUILD_MAX))
		run->building = true;
	for (int32_t after = -1; group_next(txn, space, after, &group); after = group.zones)
		claim_visit(run, txn, &group, index, &view);
}

void claim_start(struct claim_run *run, struct store *store, struct db_txn *txn, uint32_t campaign, int64_t now_us)
{
	run->store = store;
	run->now_us = now_us;
	run->head_count = 0;
	run->building = false;
	memset(run->closed, 0, sizeof(run->closed));
	memset(run->alone, 0, sizeof(run->alone));
	refusal_tell(txn, now_us);
	run->ready = campaign_load(txn, campaign, &run->campaign) && run->campaign.state == CAMPAIGN_RUNNING;
	run->campaign.id = campaign;
	if (!run->rulings && !(run->rulings = ruling_cache_alloc())) {
		txn->err = txn->err ? txn->err : -ENOMEM;
		run->ready = false;
	}
	if (!run->ready)
		return;
	run->version = meta_get(txn, "version");
	terms_load(txn, campaign, &run->terms);
	claim_filter(txn, &run->campaign, &run->where);
	for (uint32_t i = 0; i < run->campaign.list_count; i++)
		claim_open_list(run, txn, i);
	claim_tell_closed(run, txn);
}

void claim_fini(struct claim_run *run)
{
	free(run->heads);
	ruling_cache_free(run->rulings);
	run->rulings = NULL;
	run->heads = NULL;
	run->head_count = run->head_max = 0;
}

/* Keys after space and zones: 48 bits of rank, lead. `list`: only heads of this one of the campaign's lists, ANY_LIST: of all. */
static struct claim_head *claim_least(const struct claim_run *run, uint32_t list)
{
	struct claim_head *best = NULL;

	for (uint32_t i = 0; i < run->head_count; i++)
		if ((list == ANY_LIST || run->heads[i].list == list) &&
			(!best || memcmp(run->heads[i].key.bytes + 6, best->key.bytes + 6, 14) < 0))
			best = &run->heads[i];
	return best;
}

static uint64_t claim_id(struct db_txn *txn)
{
	struct db_key last;

	return db_last(txn, T_ATTEMPT, &last, NULL) ? db_key_u64_at(&last, 0) + 1 : 1;
}

/*
 * Shares of the lists that have something to dial now. The attempt's id times the golden ratio, without its whole part, falls as evenly as can
 * be on 0..1, whichever ids a campaign gets: exact shares that need no memory and so survive a crash.
 */
static uint32_t claim_mix(const struct claim_run *run, struct db_txn *txn)
{
	uint32_t share[CAMPAIGN_LISTS] = {0}, sum = 0, list = 0;
	uint64_t point;

	for (uint32_t i = 0; i < run->head_count; i++)
		share[run->heads[i].list] = run->campaign.lists[run->heads[i].list].share;
	for (uint32_t i = 0; i < run->campaign.list_count; i++)
		sum += share[i];
	point = (uint64_t)((unsigned __int128)(claim_id(txn) * UINT64_C(0x9e3779b97f4a7c15)) * sum >> 64);
	for (; list + 1 < run->campaign.list_count && point >= share[list]; list++)
		point -= share[list];
	return list;
}

/* Callbacks that are due (and leads of the highest priority of all) stand before every share. */
static struct claim_head *claim_best(const struct claim_run *run, struct db_txn *txn)
{
	struct claim_head *best = claim_least(run, ANY_LIST);

	if (!best || run->campaign.list_count == 1 || db_key_u16_at(&best->key, 6) == 0)
		return best;
	return claim_least(run, claim_mix(run, txn));
}

static void claim_advance(struct claim_run *run, struct db_txn *txn, struct claim_head *head)
{
	struct db_key from = head->key;

	from.bytes[from.count++] = 0;
	if (!claim_seek(txn, head, &from))
		*head = run->heads[--run->head_count];
}

/* --- one lead */

static void claim_write_active(struct db_txn *txn, const struct attempt *attempt)
{
	struct db_key key = key_u64(attempt->id), value = key_u32(attempt->list);

	db_key_u32(&value, attempt->campaign);
	db_put(txn, T_ACTIVE, &key, value.bytes, value.count);
	value = key;
	key = key_u64(number_of(attempt->e164));
	db_put(txn, T_CALLING, &key, value.bytes, value.count);
}

/* The intent: attempt, active table, number under way, lead out of the index. */
static void claim_write(struct claim_run *run, struct db_txn *txn, struct attempt *attempt, struct lead *lead,
	const struct claim_view *view, const struct ledger_who *who)
{
	const struct callerid *caller = &view->caller.id;
	char consulted[SUPPRESS_TRACE_BYTES];
	struct explanation decision;

	memset(attempt, 0, sizeof(*attempt));
	attempt->id = claim_id(txn);
	attempt->lead = lead->id;
	attempt->campaign = run->campaign.id;
	attempt->list = lead->list;
	attempt->number = lead->attempts + 1;
	memcpy(attempt->e164, lead->phones[view->phone].e164, sizeof(attempt->e164));
	memcpy(attempt->caller_id, caller->number, sizeof(attempt->caller_id));
	memcpy(attempt->caller_name, *caller->name ? caller->name : run->campaign.caller_name, sizeof(attempt->caller_name));
	memcpy(attempt->trunk, run->campaign.trunk, sizeof(attempt->trunk));
	attempt->intent_us = run->now_us;
	if (!lead->person_key)
		lead->person_key = personkey_new(txn, run->store->keys);
	attempt->person_key = lead->person_key;
	suppress_trace(txn, &run->campaign, lead, number_of(attempt->e164), run->now_us, consulted, sizeof(consulted));
	explain_decision(&run->campaign, lead, view, claim_wall_us(run), &decision);
	evlog_intent(txn, attempt, &run->campaign, &(struct permission){consulted, &decision, who});
	ledger_intent(txn, who, attempt);
	attempt_save(txn, attempt);
	callerid_note_intent(txn, caller, attempt->e164, run->now_us);
	claim_write_active(txn, attempt);
	index_remove(txn, lead);
	lead->state = LEAD_ACTIVE;
	lead_save(txn, lead);
	if (run->campaign.first_dial_us == 0) {
		run->campaign.first_dial_us = run->now_us;
		campaign_save(txn, &run->campaign);
		store_touch(txn);
	}
}

bool claim_ends(const struct claim_view *view)
{
	return view->reason == CLAIM_ATTEMPTS || view->reason == CLAIM_NO_NUMBER || (view->reason == CLAIM_DNC && view->own);
}

/* A lead that may not be dialled leaves ready, so that the next claim does not meet it again. */
static void claim_settle(struct db_txn *txn, struct lead *lead, const struct claim_view *view, int64_t now_us)
{
	enum claim_reason reason = view->reason;
	enum lead_state was = lead->state;

	index_remove(txn, lead);
	if (was != LEAD_READY)
		return;
	if (reason == CLAIM_DNC && view->own)
		lead->state = LEAD_SUPPRESSED;
	else if (reason == CLAIM_ATTEMPTS || reason == CLAIM_NO_NUMBER)
		lead->state = LEAD_DONE;
	else if (reason == CLAIM_LIMIT)
		lead->due_us = view->until_us > now_us ? view->until_us : now_us + CLAIM_NEVER_US;
	else if (reason == CLAIM_CALLER_ID && view->until_us)
		lead->due_us = view->until_us;
	else if (lead->due_us <= now_us)
		lead->due_us = now_us + (reason == CLAIM_CALLER_ID ? CLAIM_CALLER_US : CLAIM_AGAIN_US);
	lead_settle(txn, lead, was, now_us);
}

/* Which list said no; a person's own word and a number that is somebody else's now are named like lists. */
static void claim_list_name(struct db_txn *txn, const struct suppress_view *view, char out[64])
{
	struct suppress_list list = {.name = "internal"};

	if (view->answer == SUPPRESS_REVOKED || view->answer == SUPPRESS_GONE)
		strcpy(list.name, view->answer == SUPPRESS_REVOKED ? "revoked" : "reassigned");
	else if (view->list)
		suppress_load_record(txn, view->list, &list);
	text_copy(out, 64, list.name);
}

static void claim_note_refusal(const struct claim_run *run, struct db_txn *txn, const struct claim_view *view)
{
	struct refusal refusal = {.campaign = run->campaign.id, .reason = view->reason, .refused = 1};
	bool listed = view->reason == CLAIM_DNC || view->reason == CLAIM_DNC_STALE;

	if (listed)
		claim_list_name(txn, &view->suppress, refusal.rule);
	else
		rule_name(view->rule ? view->rule : view->ruling.rule, refusal.rule);
	refusal_note(txn, &refusal, run->now_us);
}

/* Other campaigns may want the lead: it goes out of this view alone. */
static void claim_forget(struct db_txn *txn, const struct claim_head *head)
{
	if (db_del(txn, T_READY, &head->key))
		group_add(txn, head->group.list, head->group.zones, -1, 0);
}

/* Are the candidates that the head is of this campaign's alone? Others may come to the list, but get a view then (view_sync). */
static bool claim_alone(struct claim_run *run, struct db_txn *txn, uint32_t index)
{
	const struct campaign_list *list = &run->campaign.lists[index];

	if (!run->alone[index])
		run->alone[index] = list->view || !view_shared(txn, &run->campaign, list->list);
	return run->alone[index];
}

/* Others have their candidates there, too, so the campaign needs its own. True: it has them at once, and goes on with them. */
static bool claim_part(struct claim_run *run, struct db_txn *txn, uint32_t index)
{
	uint32_t left = 0;

	if (!view_want(txn, &run->campaign, run->campaign.lists[index].list) ||
		!view_arrives(txn, &run->campaign, index, run->now_us, CLAIM_BUILD_MAX))
		return false;
	for (uint32_t i = 0; i < run->head_count; i++)
		if (run->heads[i].list != index)
			run->heads[left++] = run->heads[i];
	run->head_count = left;
	claim_open_list(run, txn, index);
	return true;
}

static void claim_put_aside(struct claim_run *run, struct db_txn *txn, const struct claim_head *head, const struct lead *lead, bool stale)
{
	claim_forget(txn, head);
	aside_put(txn, &(struct aside){head->group.list, lead->id, run->campaign.id, stale}, lead->zones);
}

/* No number may be sent to anybody: that is the campaign's matter and no lead's. All of them stay where they are, for others that
 * dial the list, too. */
static bool claim_is_mute(const struct claim_view *view)
{
	return view->reason == CLAIM_CALLER_ID && view->caller.for_all;
}

static void claim_note_mute(const struct claim_run *run, struct db_txn *txn)
{
	struct refusal refusal = {.campaign = run->campaign.id, .reason = CLAIM_CALLER_ID, .rule = "campaign"};

	for (uint32_t i = 0; i < run->head_count; i++)
		refusal.waiting += run->heads[i].group.ready;
	refusal_note(txn, &refusal, run->now_us);
}

/* The lead goes where the check's answer sends it. True: the head goes on to the next; false: the heads are new, and have the lead. */
static bool claim_refuse(struct claim_run *run, struct db_txn *txn, const struct claim_head *head, struct lead *lead, const struct claim_view *view)
{
	bool stale = view->reason == CLAIM_DNC_STALE, aside = stale || (view->reason == CLAIM_DNC && !view->own);
	bool alone = aside && claim_alone(run, txn, head->list);

	if (aside && !alone && claim_part(run, txn, head->list))
		return false;
	claim_note_refusal(run, txn, view);
	if (view->reason == CLAIM_FILTER)
		claim_forget(txn, head);
	else if (alone)
		claim_put_aside(run, txn, head, lead, stale);
	else
		claim_settle(txn, lead, view, run->now_us);
	return true;
}

bool claim_next(struct claim_run *run, struct db_txn *txn, struct attempt *attempt, struct lead *lead)
{
	struct claim_history history;
	struct claim_head *head;

	for (uint32_t i = 0; i < CLAIM_SETTLE_MAX && run->ready && !txn->err && (head = claim_best(run, txn)); i++) {
		struct claim_case in = {&run->campaign, NULL, &run->where, run->list_active[head->list], run->now_us, NULL};
		struct claim_view view;
		bool more = true;

		if (!lead_load(txn, db_key_u64_at(&head->key, 12), lead)) {
			txn->err = txn->err ? txn->err : ERR_STORE; /* an entry without its lead */
			return false;
		}
		ledger_who(lead, &run->terms, &history.who);
		in.ruling = claim_ruling(run, txn, lead->zones);
		view = claim_judge(txn, &in, lead, &history);
		if (claim_is_mute(&view)) {
			claim_note_mute(run, txn);
			return false;
		}
		if (view.reason == CLAIM_OK)
			claim_write(run, txn, attempt, lead, &view, &history.who);
		else
			more = claim_refuse(run, txn, head, lead, &view);
		if (more)
			claim_advance(run, txn, head);
		if (view.reason == CLAIM_OK)
			return !txn->err;
	}
	return false;
}

bool claim_own(struct claim_run *run, struct db_txn *txn, uint64_t id, const char *seat, struct attempt *attempt, struct lead *lead)
{
	struct claim_case in = {&run->campaign, NULL, &run->where, false, run->now_us, seat};
	struct claim_history history;
	struct claim_view view;

	if (!run->ready || !lead_load(txn, id, lead) || !lead->callback_own || strcmp(lead->callback_seat, seat) != 0)
		return false;
	in.list_active = claim_list_active(txn, lead->list, run->now_us);
	ledger_who(lead, &run->terms, &history.who);
	in.ruling = claim_ruling(run, txn, lead->zones);
	view = claim_judge(txn, &in, lead, &history);
	if (view.reason == CLAIM_OK) {
		claim_write(run, txn, attempt, lead, &view, &history.who);
	} else if (claim_ends(&view)) {
		claim_note_refusal(run, txn, &view);
		claim_settle(txn, lead, &view, run->now_us);
	}
	return view.reason == CLAIM_OK && !txn->err;
}
