/* cmd_trunk_calls.c - outdial trunk calls: how the carrier wants each call; without options it shows that */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <string.h>

const struct flag flags_trunk_calls[] = {
	{"rel100", 0, "MODE", "reliable provisionals (PRACK): off, supported or required"},
	{"session", 0, "TIME|off", "session timer that is asked for, 90s to 24h"},
	{"session-min", 0, "TIME|off", "the shortest that we agree to (default 90s)"},
	{"refresher", 0, "WHO", "who is asked to refresh it: any, us or them"},
	{"offer", 0, "WHEN", "invite: with our description; delayed: without, theirs is the offer"},
	{"assert", 0, "HEADER",
		"repeat the caller id in: none, asserted (P-Asserted-Identity) or preferred (P-Preferred-Identity)"},
	{"assert-host", 0, "HOST", "host in that header (default: our own address)"},
	{"privacy", 0, "none|id", "Privacy header"},
	{"identity-file", 0, "FILE", "its first line is sent as the Identity header; read for each call; \"\" sends none"},
	{"json", 0, NULL, "print JSON"},
	{0},
};

static int word_options(const struct call *call, struct trunk_calls *calls)
{
	const char *rel100 = call_value(call, "rel100"), *refresher = call_value(call, "refresher");
	const char *by = call_value(call, "assert"), *privacy = call_value(call, "privacy"), *offer = call_value(call, "offer");

	if (rel100 && !rel100_parse(rel100, &calls->rel100))
		return misuse(call, "--rel100 %s: off, supported or required", rel100);
	if (refresher && !refresh_parse(refresher, &calls->refresh))
		return misuse(call, "--refresher %s: any, us or them", refresher);
	if (by && !assert_parse(by, &calls->assert_by))
		return misuse(call, "--assert %s: none, asserted or preferred", by);
	if (privacy && strcmp(privacy, "none") != 0 && strcmp(privacy, "id") != 0)
		return misuse(call, "--privacy %s: none or id", privacy);
	if (offer && strcmp(offer, "invite") != 0 && strcmp(offer, "delayed") != 0)
		return misuse(call, "--offer %s: invite or delayed", offer);
	if (privacy)
		calls->private_id = strcmp(privacy, "id") == 0;
	if (offer)
		calls->delayed_offer = strcmp(offer, "delayed") == 0;
	return STATUS_DONE;
}

/* "off" is 0. */
static int session_option(const struct call *call, const char *name, uint32_t *out_s)
{
	const char *value = call_value(call, name);
	int64_t us = 0;

	if (!value)
		return STATUS_DONE;
	bool off = strcmp(value, "off") == 0;
	if (!off && (!text_duration_us(value, &us) || us < TRUNK_SESSION_S_MIN * SEC_US || us > TRUNK_SESSION_S_MAX * SEC_US))
		return misuse(call, "--%s %s: a time from 90s to 24h, or off (" TEXT_DURATION_UNITS ")", name, value);
	*out_s = (uint32_t)(us / SEC_US);
	return STATUS_DONE;
}

static int text_options(const struct call *call, struct trunk_calls *calls)
{
	const char *host = call_value(call, "assert-host"), *file = call_value(call, "identity-file");

	if (host && !text_copy(calls->assert_host, sizeof(calls->assert_host), host))
		return misuse(call, "--assert-host: at most %zu bytes", sizeof(calls->assert_host) - 1);
	if (file && *file && *file != '/')
		return misuse(call, "--identity-file %s: a whole path, because the engine reads it from another folder", file);
	if (file && !text_copy(calls->identity_file, sizeof(calls->identity_file), file))
		return misuse(call, "--identity-file: at most %zu bytes", sizeof(calls->identity_file) - 1);
	return STATUS_DONE;
}

static struct doc *calls_doc(const struct trunk *trunk)
{
	const struct trunk_calls *calls = &trunk->calls;
	struct doc *doc = doc_object();

	doc_put_text(doc, "name", trunk->name);
	doc_put_text(doc, "rel100", rel100_name(calls->rel100));
	doc_put_i64(doc, "session_s", calls->session_s);
	doc_put_i64(doc, "session_min_s", calls->session_min_s);
	doc_put_text(doc, "refresher", refresh_name(calls->refresh));
	doc_put_text(doc, "offer", calls->delayed_offer ? "delayed" : "invite");
	doc_put_text(doc, "assert", assert_name(calls->assert_by));
	doc_put_text(doc, "assert_host", calls->assert_host);
	doc_put_text(doc, "privacy", calls->private_id ? "id" : "none");
	doc_put_text(doc, "identity_file", calls->identity_file);
	return doc;
}

static void calls_show(const struct trunk *trunk)
{
	const struct trunk_calls *calls = &trunk->calls;
	char interval[WHEN_BYTES];

	printf("calls on trunk %s\n", trunk->name);
	field_print(stdout, "100rel", "%s", rel100_name(calls->rel100));
	if (calls->session_s)
		field_print(stdout, "session", "%s, least %us, refreshed by %s", span_text(calls->session_s * SEC_US, interval),
			calls->session_min_s ? calls->session_min_s : TRUNK_SESSION_S_MIN, refresh_name(calls->refresh));
	else
		field_print(stdout, "session", "no timer asked for");
	field_print(stdout, "offer", "%s", calls->delayed_offer ? "theirs, in the answer" : "ours, in the INVITE");
	field_print(stdout, "caller", "%s%s%s%s", assert_name(calls->assert_by), *calls->assert_host ? " @" : "",
		calls->assert_host, calls->private_id ? ", Privacy: id" : "");
	field_print(stdout, "identity", "%s", *calls->identity_file ? calls->identity_file : "none");
}

static int calls_store(struct call *call, struct trunk *trunk)
{
	char why[WHY_BYTES] = "";
	int status = word_options(call, &trunk->calls);

	if (status == STATUS_DONE)
		status = session_option(call, "session", &trunk->calls.session_s);
	if (status == STATUS_DONE)
		status = session_option(call, "session-min", &trunk->calls.session_min_s);
	if (status == STATUS_DONE)
		status = text_options(call, &trunk->calls);
	int err = status == STATUS_DONE ? trunk_put(call->store, trunk, false, why) : 0;

	if (err)
		return fail_err(call, err, why);
	if (status == STATUS_DONE)
		printf("changed the calls on trunk %s\n", trunk->name);
	return status;
}

int cmd_trunk_calls(struct call *call)
{
	struct trunk trunk;
	int err = trunk_get(call->store, call->args[0], &trunk), status = STATUS_DONE;

	if (err == ERR_UNKNOWN)
		return no_such(call, "trunk", "trunk", call->args[0]);
	if (err)
		return fail_err(call, err, NULL);
	if (call_changes(call))
		status = calls_store(call, &trunk);
	else if (call_has(call, "json"))
		say_doc(stdout, calls_doc(&trunk));
	else
		calls_show(&trunk);
	explicit_bzero(trunk.secret, sizeof(trunk.secret));
	return status;
}
