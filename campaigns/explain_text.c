/* explain_text.c - see explain_text.h */
#include "campaigns/explain_text.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef void explain_h(const struct explaining *about);

__attribute__((format(printf, 2, 3))) static void tell(const struct explaining *about, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(about->out->text, sizeof(about->out->text), fmt, args);
	va_end(args);
}

/* Local time of the lead, "later" when its zone is not known, "never" for 0. */
static const char *when(const struct explaining *about, int64_t us, char out[32])
{
	const struct ruling *ruling = &about->view->ruling;
	const struct tz *tz = ruling->decides ? ruling->decides : ruling->zones ? ruling->zones->zone[0] : NULL;

	if (tz && us)
		window_local_text(tz, us, out);
	else
		text_copy(out, 32, us ? "later" : "never");
	return out;
}

/* --- time and place */

static void explain_ok(const struct explaining *about)
{
	const struct explanation *out = about->out;
	bool ruled = about->view->ruling.rule;

	tell(about, "It may be dialled now: it is %s in %.60s (%s), inside %s%s%s; attempt %u of %u.", out->local, out->zones,
		explain_zone_text(out), out->window, ruled ? " and rule " : "", ruled ? out->rule : "", about->lead->attempts + 1,
		about->campaign->attempts_max);
}

/* "campaign c calls 09:00-20:00 Mon-Sat", or the rule of a pack. */
static void explain_hours(const struct explaining *about, char out[300])
{
	const struct rule *rule = about->view->ruling.rule;
	char hours[120];

	if (!rule) {
		snprintf(out, 300, "campaign %s calls %s in the lead's own time", about->campaign->name, about->out->window);
		return;
	}
	rule_text(rule, hours, sizeof(hours));
	snprintf(out, 300, "rule %s in %s allows %s", about->out->rule, about->out->places, hours);
}

static void explain_window(const struct explaining *about)
{
	const struct explanation *out = about->out;
	const char *zone = tz_name(about->view->ruling.decides), *source = explain_zone_text(out);
	char opens[32], hours[300];

	explain_hours(about, hours);
	if (about->view->until_us)
		tell(about, "It is %s in %s (%s); %s. It opens %s there.", out->local, zone, source, hours,
			when(about, about->view->until_us, opens));
	else
		tell(about,
			"It is %s in %s (%s); %s, and its zones (%.80s) never are inside that together: widen it or set the "
			"lead's "
			"zone in the list.",
			out->local, zone, source, hours, out->zones);
}

static void explain_zone_unknown(const struct explaining *about)
{
	tell(about, "No time zone is known for it, so no hour is known to be allowed: add a zone column to the list.");
}

static void explain_place(const struct explaining *about)
{
	const char *place = about->view->ruling.place;

	if (*place)
		tell(about, "It may be in %s, for which no rule pack of campaign %s (%s) has hours: add the pack with --rules.",
			place, about->campaign->name, about->campaign->rules);
	else
		tell(about,
			"No country or state is known for it, so no rule is known to allow it: give the list columns country and "
			"state.");
}

/* --- the campaign, its rules and caller ids */

static void explain_campaign(const struct explaining *about)
{
	const struct campaign *campaign = about->campaign;

	if (!campaign_dials(campaign, about->lead->list))
		tell(about, "Campaign %s dials another list than the one that this lead is in.", campaign->name);
	else
		tell(about, "Campaign %s is %s: start it with 'outdial campaign start %s'.", campaign->name,
			campaign_state_name(campaign->state), campaign->name);
}

static void explain_filter(const struct explaining *about)
{
	tell(about, "Campaign %s dials only leads with %.300s", about->campaign->name, about->campaign->where);
}

static void explain_rules(const struct explaining *about)
{
	tell(about, "The campaign's rules cannot be kept: %s.", about->view->ruling.problem);
}

static void explain_limit(const struct explaining *about)
{
	const struct claim_view *view = about->view;
	const char *name = about->out->rule;
	char rule[120], next[32];

	rule_text(view->rule, rule, sizeof(rule));
	if (view->rule->kind == RULE_LOST)
		tell(about, "Rule %s: %s; neither the list's column lost_contact nor 'outdial ledger import' says so.", name,
			rule);
	else
		tell(about, "Rule %s: %s; %u counted. The next call is allowed %s.", name, rule, view->counted,
			view->until_us ? when(about, view->until_us, next) : "when that changes");
}

/* Why none of the campaign's caller ids may be sent to this number. */
static void explain_caller(const struct explaining *about)
{
	static const char *const why[CALLERID_STATES] = {
		[CALLERID_UNKNOWN] = "has no record of the right to use it: add it with 'outdial callerid add'",
		[CALLERID_EARLY] = "may not be used yet: its right begins later",
		[CALLERID_OVER] = "may not be used any more: its right has ended",
		[CALLERID_QUARANTINED] = "is in quarantine: see 'outdial callerid show'",
		[CALLERID_CAPPED] = "was used as often as its caps allow; the next span begins later",
		[CALLERID_ELSEWHERE] =
			"is of no use: the call from another number was blocked, and no other one is tried on this person",
		[CALLERID_EMPTY] = "has no numbers: add one with 'outdial callerid add --pool'",
	};
	const struct callerid_choice *choice = &about->view->caller;

	tell(about, "Its caller id %s %s.", *choice->id.number ? choice->id.number : about->campaign->caller_id,
		why[choice->state] ? why[choice->state] : "may not be used");
}

/* --- the list and the lead */

static void explain_list(const struct explaining *about)
{
	const struct list *list = about->list;

	if (list->state == LIST_ON)
		tell(about, "Its list %s has expired. 'outdial list set %s --expires never' undoes that.", list->name,
			list->name);
	else if (list->state >= LIST_REMOVING)
		tell(about, "Its list %s is %s. This stays because it was called, or because of a legal hold.", list->name,
			list_state_name(list->state));
	else
		tell(about, "Its list %s is %s. 'outdial list set %s --state on' switches it on%s.", list->name,
			list_state_name(list->state), list->name, list->state == LIST_ARCHIVED ? ", after --state off" : "");
}

/* suppress_explain() says more, but of a lead that was put aside and whose number is free by now. */
static void explain_dnc(const struct explaining *about)
{
	tell(about, "It was put aside because its number was on a do-not-call list; it waits again after the next change.");
}

static void explain_done(const struct explaining *about)
{
	tell(about, "The lead is finished after %u attempt(s); the last outcome was %s.", about->lead->attempts,
		outcome_facts(about->lead->last_outcome)->name);
}

static void explain_active(const struct explaining *about)
{
	tell(about, "An attempt to this lead or to its number is under way; nobody is dialled twice at once.");
}

static void explain_attempts(const struct explaining *about)
{
	tell(about, "%u of %u attempts are used up.", about->lead->attempts, about->campaign->attempts_max);
}

static void explain_no_number(const struct explaining *about)
{
	tell(about, "All of its %u number(s) are dead.", about->lead->phone_count);
}

static void explain_not_due(const struct explaining *about)
{
	const struct lead *lead = about->lead;
	char due[32];

	when(about, lead->callback_own ? lead->callback_us : lead->due_us, due);
	if (lead->callback_own)
		tell(about, "A callback was agreed for %s, and is seat %s's own: it is called then when that seat is ready.", due,
			lead->callback_seat);
	else if (lead->callback_us)
		tell(about, "A callback was agreed for %s%s%s: then it is dialled first.", due,
			*lead->callback_seat ? ", by " : "", lead->callback_seat);
	else if (lead->last_outcome == OUTCOME_NONE)
		tell(about,
			"It has not been dialled: it waits from %s on, since it came into the list or off the do-not-call list "
			"then, a "
			"rule's limit put it off until then, or a callback for then was cancelled.",
			due);
	else
		tell(about, "The last attempt ended as %s: the lead is due again %s.", outcome_facts(lead->last_outcome)->name,
			due);
}

static void explain_reserved(const struct explaining *about)
{
	const char *seat = about->lead->callback_seat;
	int64_t team_us = about->view->until_us;
	char due[32], team[32];

	tell(about,
		"The callback agreed for %s is seat %s's own: it is called when that seat is ready. The team gets it %s%s; "
		"'outdial callback release %s' gives it to them now.",
		when(about, about->lead->callback_us, due), seat, team_us ? "at " : "", when(about, team_us, team), seat);
}

void explain_text(const struct explaining *about)
{
	static explain_h *const sentences[CLAIM_REASONS] = {
		[CLAIM_OK] = explain_ok,
		[CLAIM_CAMPAIGN] = explain_campaign,
		[CLAIM_DONE] = explain_done,
		[CLAIM_ACTIVE] = explain_active,
		[CLAIM_ATTEMPTS] = explain_attempts,
		[CLAIM_NOT_DUE] = explain_not_due,
		[CLAIM_DNC] = explain_dnc,
		[CLAIM_WINDOW] = explain_window,
		[CLAIM_ZONE_UNKNOWN] = explain_zone_unknown,
		[CLAIM_NO_NUMBER] = explain_no_number,
		[CLAIM_LIST] = explain_list,
		[CLAIM_FILTER] = explain_filter,
		[CLAIM_DNC_STALE] = explain_dnc,
		[CLAIM_PLACE_UNKNOWN] = explain_place,
		[CLAIM_RULES] = explain_rules,
		[CLAIM_LIMIT] = explain_limit,
		[CLAIM_CALLER_ID] = explain_caller,
		[CLAIM_RESERVED] = explain_reserved,
	};

	if (sentences[about->view->reason])
		sentences[about->view->reason](about);
}
