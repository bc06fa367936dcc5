/* explain.c - the check's answer in sentences */
#include "campaigns/tables.h"

#include "campaigns/zone.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char *const explain_names[CLAIM_REASONS] = {
	"ok", "campaign", "done", "active", "attempts", "not_due", "dnc", "window", "zone_unknown", "no_number",
	"list", "filter", "dnc_stale", "place_unknown", "rules", "limit", "caller_id", "reserved"};

const char *claim_reason_name(enum claim_reason reason)
{
	return (unsigned)reason < CLAIM_REASONS ? explain_names[reason] : "unknown";
}

static void explain_zones(const struct zones *zones, struct explanation *out)
{
	size_t at = 0;

	for (uint32_t i = 0; zones && i < zones->count; i++) {
		const char *name = tz_name(zones->zone[i]);

		if (at + strlen(name) + 6 > sizeof(out->zones)) {
			snprintf(out->zones + at, sizeof(out->zones) - at, " ...");
			return;
		}
		at += (size_t)snprintf(out->zones + at, sizeof(out->zones) - at, "%s%s", i ? " " : "", name);
	}
}

static bool explain_has(const struct zones *zones, const char *name)
{
	for (uint32_t i = 0; i < zones->count; i++)
		if (strcmp(tz_name(zones->zone[i]), name) == 0)
			return true;
	return false;
}

/* The record does not keep where its zones came from: what the numbers do not say can only stand in the list. */
static void explain_source(const struct zones *zones, const struct lead *lead, struct explanation *out)
{
	const char *names[ZONE_NAMES_MAX + 1];
	uint32_t count = (uint32_t)zone_of_lead(lead, names), same = 0;

	if (!zones)
		return;
	while (same < count && explain_has(zones, names[same]))
		same++;
	if (same == count && count == zones->count)
		text_copy(out->zone_from, sizeof(out->zone_from), "number");
	else
		text_copy(out->zone_from, sizeof(out->zone_from), same == count && place_add_zones(lead, names) ? "address" : "list");
}

static void explain_places(const struct zones *zones, struct explanation *out)
{
	size_t at = 0;

	for (uint32_t i = 0; zones && i < zones->places.count && at < sizeof(out->places); i++)
		at += (size_t)snprintf(out->places + at, sizeof(out->places) - at, "%s%s", i ? " " : "", zones->places.place[i]);
}

const char *explain_zone_text(const struct explanation *out)
{
	if (strcmp(out->zone_from, "address") == 0)
		return "by its number and address";
	return strcmp(out->zone_from, "number") == 0 ? "by its number" : "from the list's zone column";
}

static void explain_when(const struct claim_view *view, int64_t us, char out[32])
{
	const struct zones *zones = view->ruling.zones;
	const struct tz *tz = view->ruling.decides ? view->ruling.decides : zones ? zones->zone[0] : NULL;

	if (tz && us)
		window_local_text(tz, us, out);
	else
		text_copy(out, 32, us ? "later" : "never");
}

/* "campaign c calls 09:00-20:00 Mon-Sat", or the rule of a pack. */
static void explain_hours(const struct campaign *campaign, const struct claim_view *view, const struct explanation *in, char out[300])
{
	char hours[120];

	if (!view->ruling.rule) {
		snprintf(out, 300, "campaign %s calls %s in the lead's own time", campaign->name, in->window);
		return;
	}
	rule_text(view->ruling.rule, hours, sizeof(hours));
	snprintf(out, 300, "rule %s in %s allows %s", in->rule, in->places, hours);
}

static void explain_window(const struct campaign *campaign, const struct claim_view *view, struct explanation *out)
{
	const char *zone = tz_name(view->ruling.decides), *source = explain_zone_text(out);
	char when[32], hours[300];

	explain_when(view, view->until_us, when);
	explain_hours(campaign, view, out, hours);
	if (view->until_us)
		snprintf(out->text, sizeof(out->text), "It is %s in %s (%s); %s. It opens %s there.", out->local, zone, source, hours, when);
	else
		snprintf(out->text, sizeof(out->text),
			"It is %s in %s (%s); %s, and its zones (%.80s) never are inside that together: widen it or set the "
			"lead's zone in the list.",
			out->local, zone, source, hours, out->zones);
}

static void explain_limit(const struct claim_view *view, struct explanation *out)
{
	char rule[120], when[32];

	rule_text(view->rule, rule, sizeof(rule));
	explain_when(view, view->until_us, when);
	if (view->rule->kind == RULE_LOST)
		snprintf(out->text, sizeof(out->text),
			"Rule %s: %s; neither the list's column lost_contact nor 'outdial ledger import' says so.", out->rule, rule);
	else
		snprintf(out->text, sizeof(out->text), "Rule %s: %s; %u counted. The next call is allowed %s.", out->rule, rule, view->counted,
			view->until_us ? when : "when that changes");
}

static void explain_place(const struct campaign *campaign, const struct claim_view *view, struct explanation *out)
{
	if (*view->ruling.place)
		snprintf(out->text, sizeof(out->text),
			"It may be in %s, for which no rule pack of campaign %s (%s) has hours: add the pack with --rules.", view->ruling.place,
			campaign->name, campaign->rules);
	else
		snprintf(out->text, sizeof(out->text),
			"No country or state is known for it, so no rule is known to allow it: give the list columns country and state.");
}

static void explain_not_due(const struct lead *lead, const struct claim_view *view, struct explanation *out)
{
	char when[32];

	explain_when(view, lead->callback_own ? lead->callback_us : lead->due_us, when);
	if (lead->callback_own)
		snprintf(out->text, sizeof(out->text), "A callback was agreed for %s, and is seat %s's own: it is called then when that seat is ready.",
			when, lead->callback_seat);
	else if (lead->callback_us)
		snprintf(out->text, sizeof(out->text), "A callback was agreed for %s%s%s: then it is dialled first.", when,
			*lead->callback_seat ? ", by " : "", lead->callback_seat);
	else if (lead->last_outcome == OUTCOME_NONE)
		snprintf(out->text, sizeof(out->text),
			"It has not been dialled: it waits from %s on, since it came into the list or off the do-not-call list then, a rule's limit "
			"put it off until then, or a callback for then was cancelled.",
			when);
	else
		snprintf(out->text, sizeof(out->text), "The last attempt ended as %s: the lead is due again %s.",
			outcome_facts(lead->last_outcome)->name, when);
}

static void explain_reserved(const struct lead *lead, const struct claim_view *view, struct explanation *out)
{
	char when[32], team[32];

	explain_when(view, lead->callback_us, when);
	explain_when(view, view->until_us, team);
	snprintf(out->text, sizeof(out->text),
		"The callback agreed for %s is seat %s's own: it is called when that seat is ready. The team gets it %s%s; 'outdial callback release %s' "
		"gives it to them now.",
		when, lead->callback_seat, view->until_us ? "at " : "", team, lead->callback_seat);
}

static void explain_list(const struct list *list, char *text, size_t size)
{
	if (list->state == LIST_ON)
		snprintf(text, size, "Its list %s has expired. 'outdial list set %s --expires never' undoes that.", list->name, list->name);
	else
		snprintf(text, size, "Its list %s is %s. 'outdial list set %s --state on' switches it on%s.", list->name,
			list_state_name(list->state), list->name, list->state == LIST_ARCHIVED ? ", after --state off" : "");
}

/* Why none of the campaign's caller ids may be sent to this number. */
static void explain_caller(const struct campaign *campaign, const struct callerid_choice *choice, char *text, size_t size)
{
	static const char *const why[CALLERID_STATES] = {
		[CALLERID_UNKNOWN] = "has no record of the right to use it: add it with 'outdial callerid add'",
		[CALLERID_EARLY] = "may not be used yet: its right begins later",
		[CALLERID_OVER] = "may not be used any more: its right has ended",
		[CALLERID_QUARANTINED] = "is in quarantine: see 'outdial callerid show'",
		[CALLERID_CAPPED] = "was used as often as its caps allow; the next span begins later",
		[CALLERID_ELSEWHERE] = "is of no use: the call from another number was blocked, and no other one is tried on this person",
		[CALLERID_EMPTY] = "has no numbers: add one with 'outdial callerid add --pool'",
	};

	snprintf(text, size, "Its caller id %s %s.", *choice->id.number ? choice->id.number : campaign->caller_id,
		why[choice->state] ? why[choice->state] : "may not be used");
}

static void explain_text(const struct campaign *campaign, const struct lead *lead, const struct list *list, const struct claim_view *view,
	struct explanation *out)
{
	char *text = out->text;
	size_t size = sizeof(out->text);

	switch (view->reason) {
	case CLAIM_OK:
		snprintf(text, size, "It may be dialled now: it is %s in %.60s (%s), inside %s%s%s; attempt %u of %u.", out->local,
			out->zones, explain_zone_text(out), out->window, view->ruling.rule ? " and rule " : "",
			view->ruling.rule ? out->rule : "", lead->attempts + 1, campaign->attempts_max);
		break;
	case CLAIM_CAMPAIGN:
		if (!campaign_dials(campaign, lead->list))
			snprintf(text, size, "Campaign %s dials another list than the one that this lead is in.", campaign->name);
		else
			snprintf(text, size, "Campaign %s is %s: start it with 'outdial campaign start %s'.", campaign->name,
				campaign_state_name(campaign->state), campaign->name);
		break;
	case CLAIM_DONE:
		snprintf(text, size, "The lead is finished after %u attempt(s); the last outcome was %s.", lead->attempts,
			outcome_facts(lead->last_outcome)->name);
		break;
	case CLAIM_ACTIVE:
		snprintf(text, size, "An attempt to this lead or to its number is under way; nobody is dialled twice at once.");
		break;
	case CLAIM_ATTEMPTS:
		snprintf(text, size, "%u of %u attempts are used up.", lead->attempts, campaign->attempts_max);
		break;
	case CLAIM_NOT_DUE:
		explain_not_due(lead, view, out);
		break;
	case CLAIM_DNC:
	case CLAIM_DNC_STALE: /* suppress_explain() says more, but of a lead that was put aside and whose number is free by now */
		snprintf(text, size, "It was put aside because its number was on a do-not-call list; it waits again after the next change.");
		break;
	case CLAIM_WINDOW:
		explain_window(campaign, view, out);
		break;
	case CLAIM_ZONE_UNKNOWN:
		snprintf(text, size,
			"No time zone is known for it, so no hour is known to be allowed: add a zone column to the list.");
		break;
	case CLAIM_NO_NUMBER:
		snprintf(text, size, "All of its %u number(s) are dead.", lead->phone_count);
		break;
	case CLAIM_LIST:
		explain_list(list, text, size);
		break;
	case CLAIM_FILTER:
		snprintf(text, size, "Campaign %s dials only leads with %.300s", campaign->name, campaign->where);
		break;
	case CLAIM_PLACE_UNKNOWN:
		explain_place(campaign, view, out);
		break;
	case CLAIM_RULES:
		snprintf(text, size, "The campaign's rules cannot be kept: %s.", view->ruling.problem);
		break;
	case CLAIM_LIMIT:
		explain_limit(view, out);
		break;
	case CLAIM_CALLER_ID:
		explain_caller(campaign, &view->caller, text, size);
		break;
	case CLAIM_RESERVED:
		explain_reserved(lead, view, out);
		break;
	case CLAIM_REASONS:
		break;
	}
}

void rule_name(const struct rule *rule, char out[64])
{
	if (rule)
		snprintf(out, 64, "%.30s/%.32s", rule->pack->name, rule->id);
	else
		strcpy(out, "campaign");
}

static void explain_rule(const struct rule *rule, struct explanation *out)
{
	rule_name(rule, out->rule);
	snprintf(out->source, sizeof(out->source), "%.170s, %s, %c", rule->source, rule->date, rule->mark);
}

void explain_decision(const struct campaign *campaign, const struct lead *lead, const struct claim_view *view, int64_t now_us,
	struct explanation *out)
{
	const struct tz *tz = view->ruling.decides;

	memset(out, 0, sizeof(*out));
	out->reason = view->reason;
	out->until_us = view->until_us;
	if (view->phone < lead->phone_count)
		memcpy(out->e164, lead->phones[view->phone].e164, sizeof(out->e164));
	explain_zones(view->ruling.zones, out);
	explain_source(view->ruling.zones, lead, out);
	explain_places(view->ruling.zones, out);
	window_text(&campaign->window, out->window);
	text_copy(out->tzdata, sizeof(out->tzdata), tz_version());
	text_copy(out->zone_map, sizeof(out->zone_map), zone_map_version());
	text_copy(out->packs, sizeof(out->packs), view->ruling.packs);
	if (view->rule || view->ruling.rule)
		explain_rule(view->rule ? view->rule : view->ruling.rule, out);
	else if (tz)
		rule_name(NULL, out->rule);
	if (!tz)
		return;
	text_copy(out->zone, sizeof(out->zone), tz_name(tz));
	window_local_text(tz, now_us, out->local);
}

/* Which list or record forbids the call, or which record allows it against a list. */
static void explain_suppress(struct store *store, const struct claim_view *view, struct explanation *out)
{
	size_t at = 0;

	if (view->reason == CLAIM_OK && view->suppress.consent.id) {
		at = strlen(out->text);
		at += at + 1 < sizeof(out->text) ? (size_t)snprintf(out->text + at, sizeof(out->text) - at, " ") : 0;
	} else if ((view->reason != CLAIM_DNC && view->reason != CLAIM_DNC_STALE) || view->suppress.answer == SUPPRESS_FREE) {
		return;
	}
	suppress_explain(store, &view->suppress, out->text + at, sizeof(out->text) - at);
}

int explain_lead(
	struct store *store, const struct campaign *campaign, const struct lead *lead, int64_t now_us, struct explanation *out)
{
	struct list list = {0};
	struct claim_view view;
	struct db_txn txn;
	int err;

	memset(out, 0, sizeof(*out));
	db_read_begin(store->db, &txn);
	view = claim_check(store, &txn, campaign, lead, NULL, now_us);
	list_load(&txn, lead->list, &list);
	err = db_read_end(&txn);
	if (err)
		return err;
	explain_decision(campaign, lead, &view, now_us, out);
	explain_text(campaign, lead, &list, &view, out);
	explain_suppress(store, &view, out);
	return 0;
}
