/* explain.c - the check's answer for people: what decided, zones and places, where they are known from */
#include "campaigns/explain_text.h"

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
		text_copy(out->zone_from, sizeof(out->zone_from),
			same == count && place_add_zones(lead, names) ? "address" : "list");
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
	explain_text(&(struct explaining){campaign, lead, &list, &view, out});
	explain_suppress(store, &view, out);
	return 0;
}
