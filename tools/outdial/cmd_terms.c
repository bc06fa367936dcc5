/* cmd_terms.c - outdial campaign terms: for whom, for what and with which right a campaign calls */
#include "tools/outdial/outdial.h"

#include "base/err.h"
#include "base/text.h"

#include <string.h>

const struct flag flags_terms[] = {
	{"org", 0, "TEXT", "who places the calls"},
	{"seller", 0, "TEXT", "for whom"},
	{"offer", 0, "TEXT", "good, service or purpose"},
	{"party", 0, "WORD", "who is called: consumer or business"},
	{"script", 0, "FILE", "what agents say; a copy is kept"},
	{"authority", 0, "TEXT", "contract or proof of the right to use the caller id"},
	{"authority-from", 0, "TIME", "begin of that right"},
	{"authority-to", 0, "TIME", "its end"},
	{"no-data", 0, "WORD", "what \"no data\" of a reassigned numbers database means: call (default) or stop"},
	{"unwanted", 0, "WORD",
		"607 Unwanted: list (default: the number is on the do-not-call list) or lead (ends the lead only)"},
	{0},
};

static int text_option(const struct call *call, const char *name, char *out, size_t size, bool *given)
{
	const char *value = call_value(call, name);

	if (!value)
		return STATUS_DONE;
	*given = true;
	return text_copy(out, size, value) ? STATUS_DONE : misuse(call, "--%s: at most %zu bytes", name, size - 1);
}

static int party_option(const struct call *call, struct terms *terms, bool *given)
{
	const char *value = call_value(call, "party");

	if (!value)
		return STATUS_DONE;
	*given = true;
	for (int party = PARTY_UNKNOWN; party <= PARTY_BUSINESS; party++) {
		if (strcmp(value, party_name((enum party)party)) == 0) {
			terms->party = (enum party)party;
			return STATUS_DONE;
		}
	}
	return misuse(call, "--party %s: consumer or business", value);
}

static int script_option(const struct call *call, struct terms *terms, bool *given)
{
	const char *value = call_value(call, "script");
	int err;

	if (!value)
		return STATUS_DONE;
	*given = true;
	memset(&terms->script, 0, sizeof(terms->script));
	err = *value ? terms_keep(call->store, value, &terms->script) : 0;
	return err ? fail(call, "the script %s cannot be kept: %s", value, err_text(err)) : STATUS_DONE;
}

static int time_option(const struct call *call, const char *name, int64_t *us, bool *given)
{
	if (!call_has(call, name))
		return STATUS_DONE;
	*given = true;
	if (!*call_value(call, name)) { /* "": open */
		*us = 0;
		return STATUS_DONE;
	}
	return option_time(call, name, us);
}

/* Two words; the first means false. */
static int word_option(const struct call *call, const char *name, const char *no, const char *yes, bool *out, bool *given)
{
	const char *value = call_value(call, name);

	if (!value)
		return STATUS_DONE;
	*given = true;
	if (strcmp(value, no) != 0 && strcmp(value, yes) != 0)
		return misuse(call, "--%s %s: %s or %s", name, value, no, yes);
	*out = strcmp(value, yes) == 0;
	return STATUS_DONE;
}

static int terms_options(const struct call *call, struct terms *terms, bool *given)
{
	int status = text_option(call, "org", terms->org, sizeof(terms->org), given);

	if (!status)
		status = text_option(call, "seller", terms->seller, sizeof(terms->seller), given);
	if (!status)
		status = text_option(call, "offer", terms->offer, sizeof(terms->offer), given);
	if (!status)
		status = text_option(call, "authority", terms->authority, sizeof(terms->authority), given);
	if (!status)
		status = party_option(call, terms, given);
	if (!status)
		status = time_option(call, "authority-from", &terms->authority_from_us, given);
	if (!status)
		status = time_option(call, "authority-to", &terms->authority_to_us, given);
	if (!status)
		status = word_option(call, "no-data", "call", "stop", &terms->no_data_stops, given);
	if (!status)
		status = word_option(call, "unwanted", "list", "lead", &terms->unwanted_stays, given);
	return status ? status : script_option(call, terms, given);
}

static void show_file(const char *label, const struct kept_file *file)
{
	if (*file->sha256)
		field_print(stdout, label, "%s, sha256 %s", file->name, file->sha256);
	else
		field_print(stdout, label, "n/a");
}

static const char *or_none(const char *text)
{
	return *text ? text : "n/a";
}

static void show(const struct terms *terms)
{
	char from[WHEN_BYTES], to[WHEN_BYTES];

	field_print(stdout, "org", "%s", or_none(terms->org));
	field_print(stdout, "seller", "%s", or_none(terms->seller));
	field_print(stdout, "offer", "%s", or_none(terms->offer));
	field_print(stdout, "party", "%s", or_none(party_name(terms->party)));
	field_print(stdout, "authority", "%s, from %s to %s", or_none(terms->authority),
		terms->authority_from_us ? when_text(terms->authority_from_us, from) : "n/a",
		terms->authority_to_us ? when_text(terms->authority_to_us, to) : "n/a");
	field_print(stdout, "no data", "%s",
		terms->no_data_stops ? "stop: reassigned numbers database must know the number" : "call");
	field_print(stdout, "607", "%s", terms->unwanted_stays ? "ends the lead" : "puts the number on the do-not-call list");
	show_file("script", &terms->script);
	show_file("message", &terms->message);
	show_file("voicemail", &terms->voicemail);
}

int cmd_campaign_terms(struct call *call)
{
	struct campaign campaign;
	struct terms terms;
	char why[WHY_BYTES] = "";
	bool given = false;
	int status, err = campaign_get(call->store, call->args[0], &campaign);

	if (err == ERR_UNKNOWN)
		return no_such(call, "campaign", "campaign", call->args[0]);
	if (!err)
		err = terms_get(call->store, campaign.id, &terms);
	if (err)
		return fail_err(call, err, NULL);
	status = terms_options(call, &terms, &given);
	if (status != STATUS_DONE)
		return status;
	err = given ? terms_put(call->store, campaign.id, &terms, why) : 0;
	if (err == ERR_RANGE)
		return misuse(call, "%s", why);
	if (err)
		return fail_err(call, err, why);
	printf("Terms of campaign %s\n", campaign.name);
	show(&terms);
	return STATUS_DONE;
}
