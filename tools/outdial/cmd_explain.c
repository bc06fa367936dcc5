/* cmd_explain.c - outdial explain: why each lead of a number may or may not be dialled, by each campaign that dials its list */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

const struct flag flags_explain[] = {
	{"campaign", 'c', "NAME", "only for this campaign (default: all that dial the lead's list)"},
	{"at", 0, "TIME", "for this moment, e.g. 2026-11-21T09:00 (default: now)"},
	{"region", 'r', "CN", "country of a number without \"+\" (default: the lists' own)"},
	{"json", 0, NULL, "print JSON"},
	{0},
};

struct inquiry {
	struct call *call;
	const char *campaign; /* NULL: all */
	int64_t now_us;
	struct doc *json; /* NULL: text */
	int leads, answers, err;
};

static void answer_text(const struct campaign *campaign, const struct explanation *answer)
{
	char label[NAME_BYTES + 16], when[WHEN_BYTES];

	printf("  campaign %s: %s (%s)\n", campaign->name,
		answer->reason == CLAIM_OK ? "may be dialled now" : "may not be dialled now", claim_reason_name(answer->reason));
	snprintf(label, sizeof(label), "%s", "  why");
	field_print(stdout, label, "%s", answer->text);
	field_print(stdout, "  window", "%s, in the lead's own time", answer->window);
	if (*answer->zones)
		field_print(stdout, "  zones", "%s, %s%s%s%s", answer->zones, explain_zone_text(answer),
			*answer->local ? " (there " : "", answer->local, *answer->local ? ")" : "");
	if (*answer->rule)
		field_print(stdout, "  rule", "%s%s%s", answer->rule, *answer->source ? ": " : "", answer->source);
	if (*answer->places)
		field_print(stdout, "  places", "%s", answer->places);
	if (*answer->packs)
		field_print(stdout, "  packs", "%s", answer->packs);
	field_print(stdout, "  tables", "tzdata %s, numbers to zones %s", answer->tzdata, answer->zone_map);
	if (answer->until_us)
		field_print(stdout, "  until", "%s", when_text(answer->until_us, when));
}

static struct doc *answer_doc(const struct campaign *campaign, const struct explanation *answer)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "campaign", campaign->name);
	doc_put_bool(doc, "dialable", answer->reason == CLAIM_OK);
	doc_put_text(doc, "reason", claim_reason_name(answer->reason));
	doc_put_i64(doc, "until_us", answer->until_us);
	doc_put_text(doc, "number", answer->e164);
	doc_put_text(doc, "zones", answer->zones);
	doc_put_text(doc, "zone_from", answer->zone_from);
	doc_put_text(doc, "window", answer->window);
	doc_put_text(doc, "local", answer->local);
	doc_put_text(doc, "rule", *answer->rule ? answer->rule : NULL);
	doc_put_text(doc, "source", *answer->source ? answer->source : NULL);
	doc_put_text(doc, "zone", *answer->zone ? answer->zone : NULL);
	doc_put_text(doc, "places", *answer->places ? answer->places : NULL);
	doc_put_text(doc, "packs", *answer->packs ? answer->packs : NULL);
	doc_put_text(doc, "tzdata", answer->tzdata);
	doc_put_text(doc, "zone_map", answer->zone_map);
	doc_put_text(doc, "text", answer->text);
	return doc;
}

static void lead_numbers(const struct lead *lead, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < lead->phone_count && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s%s%s%s%s%s", i ? ", " : "", lead->phones[i].e164,
			lead->phones[i].role ? " " : "", phone_role_name(lead->phones[i].role),
			lead->phones[i].type ? " " : "", phone_type_name(lead->phones[i].type),
			lead->phones[i].dead    ? " (dead)"
			: i == lead->phone_next ? " (next)"
						: "");
}

static void lead_text(struct store *store, const struct lead *lead)
{
	static const char *const states[] = {"waiting", "an attempt is under way", "done", "suppressed"};
	const struct outcome_facts *last = outcome_facts(lead->last_outcome);
	char numbers[256], when[WHEN_BYTES];
	struct list list;

	lead_numbers(lead, numbers, sizeof(numbers));
	printf("lead %" PRIu64 " of list %s: %s\n", lead->id, list_get_id(store, lead->list, &list) == 0 ? list.name : "?",
		(unsigned)lead->state <= LEAD_SUPPRESSED ? states[lead->state] : "?");
	field_print(stdout, "numbers", "%s", numbers);
	field_print(stdout, "attempts", "%u%s%s%s%s", lead->attempts, lead->attempts ? ", the last " : "",
		lead->attempts ? when_text(lead->last_us, when) : "", lead->attempts ? ": " : "",
		lead->attempts ? last->name : "");
}

static struct doc *lead_doc(struct store *store, const struct lead *lead)
{
	static const char *const states[] = {"ready", "active", "done", "suppressed"};
	struct doc *doc = doc_object(), *numbers = doc_array(), *roles = doc_array(), *lines = doc_array();
	struct list list;

	doc_put_i64(doc, "lead", (int64_t)lead->id);
	doc_put_text(doc, "list", list_get_id(store, lead->list, &list) == 0 ? list.name : NULL);
	doc_put_text(doc, "state", (unsigned)lead->state <= LEAD_SUPPRESSED ? states[lead->state] : "?");
	doc_put_i64(doc, "attempts", lead->attempts);
	for (uint32_t i = 0; i < lead->phone_count; i++) {
		doc_push_text(numbers, lead->phones[i].e164);
		doc_push_text(roles, phone_role_name(lead->phones[i].role));
		doc_push_text(lines, phone_type_name(lead->phones[i].type));
	}
	doc_put(doc, "numbers", numbers);
	doc_put(doc, "roles", roles);
	doc_put(doc, "lines", lines);
	return doc;
}

/* One lead by every campaign that dials its list. */
static void inquire(struct inquiry *inquiry, const struct lead *lead)
{
	struct store *store = inquiry->call->store;
	struct campaign campaign = {0};
	struct doc *answers = inquiry->json ? doc_array() : NULL;
	int count = 0;

	if (!inquiry->json)
		lead_text(store, lead);
	while (campaign_next(store, campaign.name, &campaign) == 0) {
		struct explanation answer = {0};

		if (!campaign_dials(&campaign, lead->list) ||
			(inquiry->campaign && strcmp(inquiry->campaign, campaign.name) != 0))
			continue;
		int err = explain_lead(store, &campaign, lead, inquiry->now_us, &answer);

		if (err) {
			inquiry->err = err;
			continue;
		}
		if (answers)
			doc_push(answers, answer_doc(&campaign, &answer));
		else
			answer_text(&campaign, &answer);
		count++;
	}
	if (!inquiry->json && count == 0)
		printf("  no campaign%s%s dials this list\n", inquiry->campaign ? " " : "",
			inquiry->campaign ? inquiry->campaign : "");
	if (inquiry->json) {
		struct doc *doc = lead_doc(store, lead);

		doc_put(doc, "campaigns", answers);
		doc_push(inquiry->json, doc);
	}
	inquiry->leads++;
	inquiry->answers += count;
}

static void inquire_number(struct inquiry *inquiry, const char *e164)
{
	struct lead lead;

	for (uint64_t after = 0; lead_by_number(inquiry->call->store, e164, after, &lead) == 0; after = lead.id)
		inquire(inquiry, &lead);
}

/* A number without "+" and without --region is looked for in the region of each list. */
static bool inquire_regions(struct inquiry *inquiry, const char *text)
{
	char e164[NUMBER_BYTES], why[WHY_BYTES], seen[32][NUMBER_BYTES];
	struct list list = {0};
	int count = 0;

	while (list_next(inquiry->call->store, list.name, &list) == 0 && count < 32) {
		bool new = *list.region &&phone_normalise(text, list.region, e164, why) == 0;

		for (int i = 0; i < count && new; i++)
			new = strcmp(seen[i], e164) != 0;
		if (!new)
			continue;
		text_copy(seen[count++], NUMBER_BYTES, e164);
		inquire_number(inquiry, e164);
	}
	return count > 0;
}

static bool is_digits(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static int inquire_text(struct inquiry *inquiry, const char *text)
{
	struct call *call = inquiry->call;
	const char *region = call_value(call, "region");
	char e164[NUMBER_BYTES], why[WHY_BYTES] = "";
	struct lead lead;
	int64_t id;

	if (*text == '+' || region) {
		if (phone_normalise(text, region, e164, why))
			return fail(call, "'%s' is no telephone number: %s", text, why);
		inquire_number(inquiry, e164);
	} else if (is_digits(text) && text_i64(text, 1, INT64_MAX, &id) && lead_get(call->store, (uint64_t)id, &lead) == 0) {
		inquire(inquiry, &lead);
	} else if (!inquire_regions(inquiry, text)) {
		return fail(call,
			"'%s' is neither the id of a lead nor a number with \"+\"; --region CN names the country of a number",
			text);
	}
	return STATUS_DONE;
}

static int inquiry_options(struct inquiry *inquiry)
{
	struct call *call = inquiry->call;
	const char *at = call_value(call, "at");
	struct campaign campaign;

	inquiry->campaign = call_value(call, "campaign");
	inquiry->now_us = clock_us();
	if (at && !when_parse(at, &inquiry->now_us))
		return misuse(call, "--at %s: expected a time such as 2026-11-21T09:00 or 2026-11-21T01:00Z", at);
	if (inquiry->campaign && campaign_get(call->store, inquiry->campaign, &campaign) == ERR_UNKNOWN)
		return no_such(call, "campaign", "campaign", inquiry->campaign);
	return STATUS_DONE;
}

int cmd_explain(struct call *call)
{
	struct inquiry inquiry = {.call = call};
	int status = inquiry_options(&inquiry);

	if (status != STATUS_DONE)
		return status;
	inquiry.json = call_has(call, "json") ? doc_array() : NULL;
	status = inquire_text(&inquiry, call->args[0]);
	if (status == STATUS_DONE && inquiry.err)
		status = fail_err(call, inquiry.err, NULL);
	if (status == STATUS_DONE && inquiry.leads == 0)
		status = fail(
			call, "no lead has the number '%s'; 'outdial dnc check' tells about the do-not-call list", call->args[0]);
	if (inquiry.json && status == STATUS_DONE)
		say_doc(stdout, inquiry.json);
	else
		doc_free(inquiry.json);
	return status;
}
