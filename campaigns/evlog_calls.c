/* evlog_calls.c - see evlog.h: intents, outcomes and dispositions */
#include "campaigns/evlog_in.h"
#include "campaigns/personal.h"

#include <stdio.h>
#include <string.h>

/* Of an attempt whose person was erased there is nothing to seal. */
static void put_to(struct line *line, const char *e164)
{
	if (number_of(e164))
		line_personal(line, "to", e164);
	else
		line_text(line, "to", e164);
}

static void put_who(struct db_txn *txn, struct line *line, const struct attempt *attempt)
{
	line->person_key = attempt->person_key;
	if (!line->person_key) /* of an earlier program */
		evlog_about_number(txn, line, attempt->e164);
	line_u64(line, "attempt", attempt->id);
	line_u64(line, "lead", attempt->lead);
	line_u64(line, "campaign", attempt->campaign);
	line_u64(line, "list", attempt->list);
	line_u64(line, "number", attempt->number);
	put_to(line, attempt->e164);
	line_item(line, "from", attempt->caller_id);
	line_text(line, "trunk", attempt->trunk);
}

/* What the permission rests on: rule, local time, zone, and the versions of all tables that were asked. */
static void put_decision(struct line *line, const struct explanation *decision)
{
	line_text(line, "rule", decision->rule);
	line_text(line, "local", decision->local);
	line_text(line, "zone", decision->zone);
	line_text(line, "zone_from", decision->zone_from);
	line_text(line, "places", decision->places);
	line_text(line, "tzdata", decision->tzdata);
	line_text(line, "zone_map", decision->zone_map);
	line_text(line, "packs", decision->packs);
}

/* A person without a key of his own is the number, and stands in the line once. */
static void put_ledger(struct line *line, const struct ledger_who *who, const struct attempt *attempt)
{
	char text[20] = "";

	if (who->person != number_of(attempt->e164))
		snprintf(text, sizeof(text), "%016llx", (unsigned long long)who->person);
	line_personal(line, "person", text);
	text[0] = '\0';
	if (who->debt)
		snprintf(text, sizeof(text), "%08x", who->debt);
	line_personal(line, "debt", text);
}

/* The caller id's own right stands in the place of what the campaign says. */
static void put_right(struct db_txn *txn, const struct attempt *attempt, struct terms *terms)
{
	struct callerid id;

	if (!callerid_load(txn, attempt->caller_id, &id))
		return;
	memcpy(terms->authority, id.proof, sizeof(terms->authority));
	terms->authority_from_us = id.from_us;
	terms->authority_to_us = id.to_us;
}

void evlog_intent(
	struct db_txn *txn, const struct attempt *attempt, const struct campaign *campaign, const struct permission *permission)
{
	struct terms terms;
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "intent");

	terms_load(txn, campaign->id, &terms);
	put_right(txn, attempt, &terms);
	put_who(txn, &line, attempt);
	line_text(&line, "campaign_name", campaign->name);
	line_text(&line, "suppression", permission->suppression);
	line_text(&line, "direction", "outbound");
	line_item(&line, "from_name", attempt->caller_name);
	evlog_put_terms(&line, &terms);
	put_decision(&line, permission->decision);
	put_ledger(&line, permission->who, attempt);
	evlog_write(txn, seq, &line);
}

static void put_times(struct line *line, const struct attempt *attempt)
{
	line_time(line, "intent_us", attempt->intent_us);
	line_time(line, "invite_us", attempt->invite_us);
	line_time(line, "ringing_us", attempt->ringing_us);
	line_time(line, "answer_us", attempt->answer_us);
	line_time(line, "voice_us", attempt->voice_us);
	line_time(line, "greeting_end_us", attempt->greeting_end_us);
	line_time(line, "verdict_us", attempt->verdict_us);
	line_time(line, "seat_us", attempt->seat_us);
	line_time(line, "message_us", attempt->message_us);
	line_time(line, "end_us", attempt->end_us);
}

static void put_verdict(struct line *line, const struct attempt *attempt)
{
	double prob = (double)attempt->verdict_prob;

	line_text(line, "verdict", attempt->verdict);
	line_text(line, "verdict_cause", attempt->cause);
	if (attempt->verdict[0] && prob >= 0 && prob <= 1)
		line_u64(line, "verdict_ppm", (uint64_t)(prob * 1e6 + 0.5));
	else
		line_null(line, "verdict_ppm");
	line_bool(line, "sampled", attempt->sampled);
	line_bool(line, "revised", attempt->revised);
}

static void put_end(struct line *line, const struct attempt *attempt)
{
	static const char *const by[] = {"", "callee", "seat", "engine", "network"};
	unsigned index = (unsigned)attempt->hangup_by;

	line_text(line, "hangup_by", index < sizeof(by) / sizeof(by[0]) ? by[index] : "");
	if (attempt->sip_code)
		line_u64(line, "sip_code", attempt->sip_code);
	else
		line_null(line, "sip_code");
	line_text(line, "sip_reason", attempt->sip_reason);
	line_bool(line, "early_media", attempt->early_media);
	if (attempt->q850)
		line_u64(line, "q850", attempt->q850);
	else
		line_null(line, "q850");
	line_text(line, "redress", attempt->redress);
	if (strcmp(attempt->reached, PERSONAL_ERASED) != 0)
		line_personal(line, "reached", attempt->reached);
	else
		line_text(line, "reached", PERSONAL_ERASED);
	line_bool(line, "diverted", attempt->diverted);
}

/* Which recording the called party heard: a machine the campaign's voicemail, a person its message. */
static void put_prerecorded(struct db_txn *txn, struct line *line, const struct attempt *attempt)
{
	static const struct kept_file none = {0};
	const struct kept_file *file = &none;
	struct terms terms;

	if (attempt->message_us) {
		terms_load(txn, attempt->campaign, &terms);
		file = attempt->outcome == OUTCOME_VOICEMAIL && *terms.voicemail.sha256 ? &terms.voicemail : &terms.message;
	}
	line_bool(line, "prerecorded", attempt->message_us != 0);
	evlog_put_file(line, "prerecorded_id", "prerecorded_sha256", file);
}

void evlog_outcome(struct db_txn *txn, const struct attempt *attempt)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, attempt->outcome == OUTCOME_UNKNOWN_CRASH ? "recovered" : "outcome");

	put_who(txn, &line, attempt);
	line_text(&line, "outcome", outcome_facts(attempt->outcome)->name);
	put_times(&line, attempt);
	put_end(&line, attempt);
	put_verdict(&line, attempt);
	line_text(&line, "seat", attempt->seat);
	line_text(&line, "disposition", attempt->disposition);
	put_prerecorded(txn, &line, attempt);
	line_item(&line, "transfer_to", ""); /* the engine passes a call to seats only */
	line_item(&line, "transfer_name", "");
	line_bool(&line, "abandoned_silent", judge_silent(attempt));
	evlog_write(txn, seq, &line);
}

void evlog_disposition(struct db_txn *txn, const struct attempt *attempt)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "disposition");

	line_u64(&line, "attempt", attempt->id);
	line_text(&line, "disposition", attempt->disposition);
	line_text(&line, "outcome", outcome_facts(attempt->outcome)->name);
	line_text(&line, "seat", attempt->seat);
	evlog_write(txn, seq, &line);
}
