/* cmd_callerid.c - outdial callerid add | set | list | show | remove | quarantine */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <string.h>

const struct flag flags_callerid[] = {
	{"proof", 0, "TEXT", "contract or letter that gives the right to use it"},
	{"from", 0, "TIME", "its right begins; \"\": open"},
	{"to", 0, "TIME", "its right ends; \"\": open"},
	{"pool", 0, "NAME", "pool it belongs to; a campaign names it with --caller-id @NAME"},
	{"name", 0, "TEXT", "shown beside it (default: the campaign's)"},
	{"minute", 0, "N", "calls a minute at most (default 10)"},
	{"day", 0, "N", "a day (default 100)"},
	{"week", 0, "N", "a week (default 500)"},
	{0},
};

const struct flag flags_release[] = {{"release", 0, NULL, "take it out again"}, {0}};

static const struct column callerid_columns[] = {{"NUMBER", 16, false}, {"POOL", 11, false}, {"STATE", 11, false},
	{"TODAY", 6, true}, {"WEEK", 6, true}, {"ANSWERED", 8, true}, {"BLOCKED", 7, true}, {"PROOF", 20, false}, {0}};

static int text_value(const struct call *call, const char *name, char *out, size_t size)
{
	const char *value = call_value(call, name);

	if (value && !text_copy(out, size, value))
		return misuse(call, "--%s: at most %zu bytes", name, size - 1);
	return STATUS_DONE;
}

static int cap_value(const struct call *call, const char *name, uint32_t *out)
{
	const char *value = call_value(call, name);
	int64_t count = *out;

	if (value && !text_i64(value, 1, 1000000, &count))
		return misuse(call, "--%s %s: calls at most, 1 to 1000000", name, value);
	*out = (uint32_t)count;
	return STATUS_DONE;
}

static int time_value(const struct call *call, const char *name, int64_t *us)
{
	const char *value = call_value(call, name);

	if (!value)
		return STATUS_DONE;
	*us = 0; /* "": open */
	return *value ? option_time(call, name, us) : STATUS_DONE;
}

static int callerid_options(const struct call *call, struct callerid *id)
{
	int status = text_value(call, "pool", id->pool, sizeof(id->pool));

	status = status ? status : text_value(call, "proof", id->proof, sizeof(id->proof));
	status = status ? status : text_value(call, "name", id->name, sizeof(id->name));
	status = status ? status : time_value(call, "from", &id->from_us);
	status = status ? status : time_value(call, "to", &id->to_us);
	status = status ? status : cap_value(call, "minute", &id->minute_max);
	status = status ? status : cap_value(call, "day", &id->day_max);
	return status ? status : cap_value(call, "week", &id->week_max);
}

static int callerid_store(struct call *call, struct callerid *id, bool is_new)
{
	char why[WHY_BYTES] = "";
	int status = callerid_options(call, id);
	int err = status == STATUS_DONE ? callerid_put(call->store, id, is_new, why) : 0;

	if (err == ERR_RANGE)
		return misuse(call, "%s", why);
	if (err)
		return fail_err(call, err, why);
	if (status == STATUS_DONE)
		printf("%s caller id %s\n", is_new ? "added" : "changed", id->number);
	return status;
}

int cmd_callerid_add(struct call *call)
{
	struct callerid id;

	callerid_defaults(&id);
	if (!text_copy(id.number, sizeof(id.number), call->args[0]))
		return misuse(call, "'%s' is not a number in the form +861058880000", call->args[0]);
	return callerid_store(call, &id, true);
}

static int no_callerid(const struct call *call, int err, const char *why)
{
	if (err == ERR_UNKNOWN)
		return no_such(call, "caller id", "callerid", call->args[0]);
	return fail_err(call, err, why);
}

int cmd_callerid_set(struct call *call)
{
	struct callerid id;
	int err = callerid_get(call->store, call->args[0], &id);

	if (err)
		return no_callerid(call, err, NULL);
	return call_changes(call) ? callerid_store(call, &id, false) : misuse(call, "nothing to change: no option is given");
}

/* A right that ends must end at once; whoever is left without a number is told by name. */
static void say_users(const struct call *call, const char *number)
{
	struct campaign campaign = {0};

	while (campaign_next(call->store, campaign.name, &campaign) == 0)
		if (strcmp(campaign.caller_id, number) == 0)
			printf("campaign %s (%s) sends it: with rule packs, or as long as any caller id is on record, it calls "
			       "nobody now\n",
				campaign.name, campaign_state_name(campaign.state));
}

int cmd_callerid_remove(struct call *call)
{
	char why[WHY_BYTES] = "";
	int err = callerid_remove(call->store, call->args[0], why);

	if (err)
		return no_callerid(call, err, why);
	printf("removed caller id %s\n", call->args[0]);
	say_users(call, call->args[0]);
	return STATUS_DONE;
}

int cmd_callerid_quarantine(struct call *call)
{
	char why[WHY_BYTES] = "";
	bool release = call_has(call, "release");
	int err = callerid_quarantine(call->store, call->args[0], release ? NULL : "by hand", why);

	if (err)
		return no_callerid(call, err, why);
	printf("caller id %s %s quarantine\n", call->args[0], release ? "left" : "is in");
	return STATUS_DONE;
}

/* --- showing */

static enum callerid_state state_now(struct callerid *id)
{
	int64_t now_us = clock_us(), until_us;
	enum callerid_state state = callerid_state(id, now_us, &until_us);

	callerid_roll(&id->use, now_us);
	return state;
}

static struct doc *callerid_doc(struct callerid *id)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "number", id->number);
	doc_put_text(doc, "pool", id->pool);
	doc_put_text(doc, "state", callerid_state_name(state_now(id)));
	doc_put_text(doc, "proof", id->proof);
	doc_put_i64(doc, "from_us", id->from_us);
	doc_put_i64(doc, "to_us", id->to_us);
	doc_put_text(doc, "name", id->name);
	doc_put_i64(doc, "minute_max", id->minute_max);
	doc_put_i64(doc, "day_max", id->day_max);
	doc_put_i64(doc, "week_max", id->week_max);
	doc_put_i64(doc, "minute", callerid_used(&id->use, CALLERID_MINUTE));
	doc_put_i64(doc, "day", callerid_used(&id->use, CALLERID_DAY));
	doc_put_i64(doc, "week", callerid_used(&id->use, CALLERID_WEEK));
	doc_put_i64(doc, "finished", id->use.finished);
	doc_put_i64(doc, "answered", id->use.answered);
	doc_put_i64(doc, "short", id->use.brief);
	doc_put_i64(doc, "blocked", id->use.blocked);
	doc_put_i64(doc, "attempts", (int64_t)id->use.attempts);
	doc_put_i64(doc, "quarantine_us", id->quarantine_us);
	doc_put_text(doc, "quarantine_why", id->quarantine_why);
	return doc;
}

static void callerid_row(struct callerid *id)
{
	struct row row;

	row_set(&row, 0, "%s", id->number);
	row_set(&row, 1, "%s", *id->pool ? id->pool : "-");
	row_set(&row, 2, "%s", callerid_state_name(state_now(id)));
	row_set(&row, 3, "%u", callerid_used(&id->use, CALLERID_DAY));
	row_set(&row, 4, "%u", callerid_used(&id->use, CALLERID_WEEK));
	row_set(&row, 5, "%u", id->use.answered);
	row_set(&row, 6, "%u", id->use.blocked);
	row_set(&row, 7, "%s", id->proof);
	row_print(stdout, callerid_columns, &row);
}

int cmd_callerid_list(struct call *call)
{
	struct listing listing = listing_begin(call, callerid_columns);
	struct callerid id = {.number = ""};
	int err;

	while ((err = callerid_next(call->store, id.number, &id)) == 0)
		if (listing_row(&listing))
			callerid_row(&id);
		else
			doc_push(listing.all, callerid_doc(&id));
	return listing_end(&listing, err,
		"no caller ids yet: campaigns without rule packs send their own; 'outdial callerid add NUMBER --proof TEXT' adds "
		"one");
}

static void callerid_show(struct callerid *id)
{
	char from[WHEN_BYTES], to[WHEN_BYTES];
	const char *state = callerid_state_name(state_now(id));

	printf("caller id %s\n", id->number);
	field_print(stdout, "state", "%s%s%s", state, id->quarantine_us ? ": " : "", id->quarantine_why);
	field_print(stdout, "pool", "%s", *id->pool ? id->pool : "none");
	field_print(stdout, "right", "%s, %s to %s", id->proof, id->from_us ? when_text(id->from_us, from) : "ever",
		id->to_us ? when_text(id->to_us, to) : "open");
	field_print(stdout, "name", "%s", *id->name ? id->name : "the campaign's");
	field_print(stdout, "caps", "%u a minute, %u a day, %u a week", id->minute_max, id->day_max, id->week_max);
	field_print(stdout, "used", "%u in the last minute, %u in the last day, %u in the last week, %llu ever",
		callerid_used(&id->use, CALLERID_MINUTE), callerid_used(&id->use, CALLERID_DAY),
		callerid_used(&id->use, CALLERID_WEEK), (unsigned long long)id->use.attempts);
	field_print(stdout, "today", "%u finished, %u answered, %u short, %u blocked", id->use.finished, id->use.answered,
		id->use.brief, id->use.blocked);
}

int cmd_callerid_show(struct call *call)
{
	struct callerid id;
	int err = callerid_get(call->store, call->args[0], &id);

	if (err)
		return no_callerid(call, err, NULL);
	if (call_has(call, "json"))
		say_doc(stdout, callerid_doc(&id));
	else
		callerid_show(&id);
	return STATUS_DONE;
}
