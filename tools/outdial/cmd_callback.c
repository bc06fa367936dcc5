/* cmd_callback.c - outdial callback add | list | cancel | release */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

const struct flag flags_callback[] = {
	{"at", 0, "TIME", "in the person's own time zone, e.g. 2026-11-24T15:30; else with Z or +08:00"},
	{"seat", 's', "LOGIN", "who agreed it"},
	{"personal", 'p', NULL,
		"that seat's own: it is called while that seat is ready, and goes to the team when the grace is over"},
	{"grace", 'g', "TIME",
		"how long it waits for that seat, e.g. 15m; never: the team does not get it (default: its campaign's)"},
	{"region", 'r', "CN", "country of a number without \"+\""},
	{0},
};

static const struct column callback_columns[] = {{"LEAD", 10, true}, {"NUMBER", 16, false}, {"WHEN", WHEN_COLUMNS, false},
	{"THERE", 9, false}, {"SEAT, ALONE FOR", 16, false}, {0}};

/* A lead's id, or a number that one lead alone has. */
static int callback_lead(const struct call *call, struct lead *lead)
{
	const char *text = call->args[0], *region = call_value(call, "region");
	char e164[NUMBER_BYTES], why[WHY_BYTES] = "";
	struct lead other;
	int64_t id;

	if (*text != '+' && !region && text_i64(text, 1, INT64_MAX, &id)) {
		if (lead_get(call->store, (uint64_t)id, lead) == 0)
			return STATUS_DONE;
		return fail(call, "there is no lead number %s; a telephone number needs \"+\" or --region CN", text);
	}
	if (phone_normalise(text, region, e164, why))
		return misuse(call, "'%s' is neither the id of a lead nor a telephone number: %s", text, why);
	if (lead_by_number(call->store, e164, 0, lead))
		return fail(call, "no lead has the number %s", e164);
	if (lead_by_number(call->store, e164, lead->id, &other) == 0)
		return fail(call, "several leads have the number %s: name one by its id, %" PRIu64 " or %" PRIu64, e164, lead->id,
			other.id);
	return STATUS_DONE;
}

static int callback_when(const struct call *call, const struct lead *lead, int64_t *at_us)
{
	const char *text = call_value(call, "at");
	char why[WHY_BYTES] = "";
	int err = callback_time(call->store, lead, text, at_us, why);

	if (err == ERR_SYNTAX && strlen(text) > 10 && strpbrk(text + 10, "Z+-") && when_parse(text, at_us))
		err = 0;
	if (!err && *at_us < clock_us() - 60 * SEC_US)
		return misuse(call, "--at %s: that moment is over", text);
	if (err == ERR_SYNTAX)
		return misuse(call, "--at %s: expected a time such as 2026-11-24T15:30, there, or 2026-11-24T07:30Z", text);
	return err ? fail_err(call, err, why) : STATUS_DONE;
}

static int callback_own(const struct call *call, int64_t *grace_us)
{
	const char *grace = call_value(call, "grace");

	*grace_us = CALLBACK_GRACE_CAMPAIGN;
	if (!call_has(call, "personal"))
		return grace ? misuse(call, "--grace goes with --personal") : STATUS_DONE;
	if (!call_value(call, "seat"))
		return misuse(call, "--personal needs --seat LOGIN: whose callback it is");
	if (grace && strcmp(grace, "never") == 0)
		*grace_us = CALLBACK_GRACE_NEVER;
	else if (grace && (!text_duration_us(grace, grace_us) || *grace_us > 30 * DAY_US))
		return misuse(
			call, "--grace %s: expected a time such as 15m, at most 30d, or never (" TEXT_DURATION_UNITS ")", grace);
	return STATUS_DONE;
}

static void callback_say(const struct call *call, uint64_t id)
{
	char when[WHEN_BYTES], team[WHEN_BYTES], local[32];
	struct lead lead;

	if (lead_get(call->store, id, &lead))
		return;
	callback_local(call->store, &lead, local);
	printf("lead %" PRIu64 " is called back %s%s%s\n", id, when_text(lead.callback_us, when), *local ? ", there " : "",
		local);
	if (lead.callback_own)
		printf("by seat %s; the team gets it: %s\n", lead.callback_seat,
			callback_team_us(&lead) < 0 ? "never" : when_text(callback_team_us(&lead), team));
}

int cmd_callback_add(struct call *call)
{
	const char *seat = call_value(call, "seat");
	char why[WHY_BYTES] = "";
	int64_t at_us = 0, grace_us;
	struct lead lead;
	int status = callback_own(call, &grace_us), err;

	if (status == STATUS_DONE)
		status = callback_lead(call, &lead);
	if (status == STATUS_DONE)
		status = callback_when(call, &lead, &at_us);
	if (status != STATUS_DONE)
		return status;
	if (call_has(call, "personal"))
		err = callback_add_own(call->store, lead.id, at_us, seat, grace_us, why);
	else
		err = callback_add(call->store, lead.id, at_us, seat, why);
	if (err)
		return fail_err(call, err, why);
	callback_say(call, lead.id);
	return STATUS_DONE;
}

int cmd_callback_release(struct call *call)
{
	char why[WHY_BYTES] = "";
	struct seat seat;
	uint64_t count;
	int err = callback_release(call->store, call->args[0], &count, why);

	if (err)
		return fail_err(call, err, why);
	printf("%" PRIu64 " callbacks of seat %s are the team's\n", count, call->args[0]);
	if (count == 0 && seat_get(call->store, call->args[0], &seat) == ERR_UNKNOWN)
		printf("no seat is called '%s' now, and none that was has left any\n", call->args[0]);
	return STATUS_DONE;
}

int cmd_callback_cancel(struct call *call)
{
	char why[WHY_BYTES] = "";
	struct lead lead;
	int status = callback_lead(call, &lead);

	if (status != STATUS_DONE)
		return status;
	int err = callback_cancel(call->store, lead.id, why);

	if (err)
		return fail_err(call, err, why);
	printf("lead %" PRIu64 " waits like any other\n", lead.id);
	return STATUS_DONE;
}

/* "anna", "anna 15m" or "anna always" */
static void callback_seat_cell(const struct lead *lead, char *out, size_t size)
{
	int64_t team_us = callback_team_us(lead);
	char span[WHEN_BYTES] = "";

	if (team_us)
		snprintf(span, sizeof(span), " always");
	if (team_us > 0)
		span_text(team_us - lead->callback_us, span);
	snprintf(out, size, "%s%s%s", lead->callback_seat, team_us > 0 ? " " : "", span);
}

static void callback_row(struct store *store, const struct lead *lead)
{
	char when[WHEN_BYTES], seat[NAME_BYTES + WHEN_BYTES], local[32];
	struct row row;

	callback_local(store, lead, local);
	callback_seat_cell(lead, seat, sizeof(seat));
	row_set(&row, 0, "%" PRIu64, lead->id);
	row_set(&row, 1, "%s", lead->phones[lead->phone_next % LEAD_PHONES].e164);
	row_set(&row, 2, "%s", when_cell(lead->callback_us, when));
	row_set(&row, 3, "%s", local);
	row_set(&row, 4, "%s", seat);
	row_print(stdout, callback_columns, &row);
}

static struct doc *callback_doc(const struct lead *lead)
{
	struct doc *doc = doc_object();

	doc_put_i64(doc, "lead", (int64_t)lead->id);
	doc_put_text(doc, "number", lead->phones[lead->phone_next % LEAD_PHONES].e164);
	doc_put_i64(doc, "callback_us", lead->callback_us);
	doc_put_text(doc, "seat", *lead->callback_seat ? lead->callback_seat : NULL);
	doc_put_bool(doc, "personal", lead->callback_own);
	doc_put_i64(doc, "team_us", callback_team_us(lead));
	return doc;
}

int cmd_callback_list(struct call *call)
{
	struct doc *all = call_has(call, "json") ? doc_array() : NULL;
	struct lead lead = {0};
	int count = 0, err;

	for (; (err = callback_next(call->store, lead.id, &lead)) == 0; count++) {
		if (all) {
			doc_push(all, callback_doc(&lead));
			continue;
		}
		if (count == 0)
			row_print_titles(stdout, callback_columns);
		callback_row(call->store, &lead);
	}
	if (err != ERR_UNKNOWN) {
		doc_free(all);
		return fail(call, "the callback behind lead %" PRIu64 " cannot be read: %s", lead.id, err_text(err));
	}
	if (all)
		say_doc(stdout, all);
	else if (count == 0)
		printf("no callbacks\n");
	return STATUS_DONE;
}
