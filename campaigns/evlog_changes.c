/* evlog_changes.c - see evlog.h: what people and their programs change, and what they take out */
#include "campaigns/evlog_in.h"
#include "campaigns/batch.h"
#include "campaigns/retry.h"
#include "campaigns/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- numbers that may not be called */

void evlog_dnc(struct db_txn *txn, const char *e164, bool listed, uint64_t attempt)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, listed ? "dnc_add" : "dnc_remove");

	evlog_about_number(txn, &line, e164);
	line_personal(&line, "to", e164);
	if (attempt)
		line_u64(&line, "attempt", attempt);
	else
		line_null(&line, "attempt");
	evlog_end(txn, seq, &line);
}

void evlog_opt_out(struct db_txn *txn, const char *e164, uint64_t attempt, int64_t asked_us, const char *how, bool was_listed)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "dnc_add");

	evlog_about_number(txn, &line, e164);
	line_personal(&line, "to", e164);
	line_u64(&line, "attempt", attempt);
	line_u64(&line, "uid", getuid());
	line_time(&line, "asked_us", asked_us);
	line_text(&line, "how", how);
	line_bool(&line, "was_listed", was_listed);
	evlog_write(txn, seq, &line);
}

void evlog_dnc_many(struct db_txn *txn, const char *const *e164, uint32_t count, uint32_t added)
{
	struct sha256 *sha = sha256_alloc();
	char sum[65] = "";
	struct line line;
	uint64_t seq;

	if (!sha) {
		txn->err = txn->err ? txn->err : -ENOMEM;
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		sha256_add(sha, e164[i], strlen(e164[i]));
		sha256_add(sha, "\n", 1);
	}
	sha256_hex(sha, sum);
	sha256_free(sha);
	seq = evlog_start(txn, &line, "dnc_add_many");
	line_u64(&line, "count", count);
	line_u64(&line, "added", added);
	line_text(&line, "sha256", sum);
	evlog_end(txn, seq, &line);
}

/* --- rules, lists, exports */

/* The law's ceilings that the campaign obeys; null: that window does not apply. */
static void put_law(struct line *line, const struct campaign *campaign)
{
	line_text(line, "purpose", campaign_purpose_name(campaign->purpose));
	line_text(line, "overdial_by", campaign->overdial_by);
	line_time(line, "overdial_us", campaign->overdial_us);
	for (int i = 0; i < LEGAL_WINDOWS; i++) {
		double prob = campaign->legal_prob[i];
		char key[32];

		snprintf(key, sizeof(key), "legal_%.16s_ppm", legal_window_name((enum legal_window)i));
		if (prob >= 0 && prob <= 1)
			line_u64(line, key, (uint64_t)(prob * 1e6 + 0.5));
		else
			line_null(line, key);
	}
}

/* What the campaign does with what is heard. */
static void put_hearing(struct line *line, const struct campaign *campaign)
{
	line_bool(line, "classify", campaign->classify);
	line_text(line, "connect", connect_policy_name(campaign->connect));
	line_text(line, "voicemail", campaign->voicemail);
	line_u64(line, "sample_ppm", (uint64_t)(campaign->sample_prob * 1e6 + 0.5));
	line_bool(line, "count_false_positives", campaign->count_false_positives);
	line_text(line, "screener", screener_policy_name(campaign->screener));
}

void evlog_campaign(struct db_txn *txn, const struct campaign *campaign, enum evlog_campaign what)
{
	static const char *const events[] = {"campaign_created", "campaign_changed", "campaign_state"};
	struct line line;
	uint64_t seq = evlog_start(txn, &line, events[what]);

	line_u64(&line, "campaign", campaign->id);
	line_text(&line, "campaign_name", campaign->name);
	line_text(&line, "state", campaign_state_name(campaign->state));
	line_text(&line, "mode", campaign->mode == CAMPAIGN_PREDICTIVE ? "predictive" : "progressive");
	line_u64(&line, "list", campaign->list);
	line_text(&line, "team", campaign->team);
	line_text(&line, "trunk", campaign->trunk);
	line_text(&line, "from", campaign->caller_id);
	line_u64(&line, "window_from_min", campaign->window.from_min);
	line_u64(&line, "window_to_min", campaign->window.to_min);
	line_u64(&line, "weekdays", campaign->window.weekdays);
	line_u64(&line, "ring_us", (uint64_t)campaign->ring_us_max);
	line_u64(&line, "attempts", campaign->attempts_max);
	line_u64(&line, "abandon_ppm", (uint64_t)(campaign->abandon_prob_max * 1e6 + 0.5));
	line_u64(&line, "hold_us", (uint64_t)campaign->hold_us);
	put_law(&line, campaign);
	put_hearing(&line, campaign);
	line_text(&line, "message", campaign->message);
	line_text(&line, "rules", campaign->rules);
	evlog_end(txn, seq, &line);
}

void evlog_callerid(struct db_txn *txn, const struct callerid *id, const char *event)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, event);

	line_text(&line, "from", id->number);
	line_text(&line, "pool", id->pool);
	line_item(&line, "authority", id->proof);
	evlog_put_time(&line, "authority_from_us", id->from_us);
	evlog_put_time(&line, "authority_to_us", id->to_us);
	line_item(&line, "from_name", id->name);
	line_u64(&line, "minute_max", id->minute_max);
	line_u64(&line, "day_max", id->day_max);
	line_u64(&line, "week_max", id->week_max);
	line_text(&line, "quarantine", id->quarantine_us ? id->quarantine_why : "");
	evlog_end(txn, seq, &line);
}

void evlog_terms(struct db_txn *txn, const struct campaign *campaign, const struct terms *terms)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "campaign_terms");

	line_u64(&line, "campaign", campaign->id);
	line_text(&line, "campaign_name", campaign->name);
	evlog_put_terms(&line, terms);
	evlog_put_file(&line, "message", "message_sha256", &terms->message);
	evlog_put_file(&line, "voicemail", "voicemail_sha256", &terms->voicemail);
	evlog_end(txn, seq, &line);
}

void evlog_estimate(struct db_txn *txn, const struct estimate *estimate)
{
	struct judge_rate rate = judge_rate(&estimate->counts);
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "false_positive_estimate");

	line_u64(&line, "campaign", estimate->campaign);
	line_time(&line, "from_us", estimate->from_us);
	line_time(&line, "to_us", estimate->to_us);
	line_u64(&line, "machines", estimate->counts.machines);
	line_u64(&line, "sampled", estimate->counts.sampled);
	line_u64(&line, "judged", estimate->counts.judged);
	line_u64(&line, "wrong", estimate->counts.wrong);
	line_u64(&line, "rate_ppm", (uint64_t)(rate.rate * 1e6 + 0.5));
	line_u64(&line, "low_ppm", (uint64_t)(rate.low * 1e6 + 0.5));
	line_u64(&line, "high_ppm", (uint64_t)(rate.high * 1e6 + 0.5));
	line_text(&line, "by", estimate->by);
	evlog_end(txn, seq, &line);
}

void evlog_ledger(struct db_txn *txn, const struct ledger_note *notes, uint32_t count, uint32_t added)
{
	struct sha256 *sha = sha256_alloc();
	char sum[65] = "", text[256];
	struct line line;
	uint64_t seq;

	if (!sha) {
		txn->err = txn->err ? txn->err : -ENOMEM;
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%s|%s|%s|%lld|%u|%u\n", notes[i].person, notes[i].e164, notes[i].debt,
			(long long)notes[i].at_us, notes[i].events, notes[i].count);
		sha256_add(sha, text, strlen(text));
	}
	sha256_hex(sha, sum);
	sha256_free(sha);
	seq = evlog_start(txn, &line, "ledger_import");
	line_u64(&line, "count", count);
	line_u64(&line, "added", added);
	line_text(&line, "sha256", sum);
	evlog_end(txn, seq, &line);
}

void evlog_campaign_leads(struct db_txn *txn, const struct campaign *campaign)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "campaign_leads");
	char order[96], mix[CAMPAIGN_LISTS * 24] = "";
	size_t at = 0;

	for (uint32_t i = 0; i < campaign->list_count; i++)
		at += (size_t)snprintf(
			mix + at, sizeof(mix) - at, "%s%u=%u", i ? "," : "", campaign->lists[i].list, campaign->lists[i].share);
	line_u64(&line, "campaign", campaign->id);
	line_text(&line, "campaign_name", campaign->name);
	line_text(&line, "lists", mix);
	line_text(&line, "order", campaign_order_text(&campaign->order, order));
	line_text(&line, "where", campaign->where);
	evlog_end(txn, seq, &line);
}

void evlog_callback(struct db_txn *txn, const struct lead *lead)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "callback");

	line_u64(&line, "lead", lead->id);
	line_u64(&line, "list", lead->list);
	line_time(&line, "at_us", lead->callback_us);
	line_text(&line, "seat", lead->callback_seat);
	line_bool(&line, "personal", lead->callback_own);
	line_time(&line, "team_us", lead->callback_own && lead->due_us < RETRY_NEVER_US ? lead->due_us : 0);
	evlog_end(txn, seq, &line);
}

void evlog_list(struct db_txn *txn, const struct list *list)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "list_changed");

	line_u64(&line, "list", list->id);
	line_text(&line, "list_name", list->name);
	line_text(&line, "state", list_state_name(list->state));
	line_time(&line, "expires_us", list->expires_us);
	line_text(&line, "region", list->region);
	evlog_end(txn, seq, &line);
}

void evlog_rules(struct db_txn *txn, const struct rulepack *pack)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "rules_loaded");

	line_text(&line, "pack", pack->name);
	line_text(&line, "version", pack->version);
	line_text(&line, "sha256", pack->sha256);
	line_u64(&line, "rules", pack->rule_count);
	evlog_end(txn, seq, &line);
}

void evlog_reconcile(struct db_txn *txn, const struct reconcile_options *options, const struct reconcile_receipt *receipt)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "reconcile");

	line_text(&line, "trunk", options->trunk ? options->trunk : "");
	line_time(&line, "from_us", receipt->from_us);
	line_time(&line, "to_us", receipt->to_us);
	line_u64(&line, "tolerance_us", (uint64_t)options->tolerance_us);
	line_text(&line, "sha256", receipt->sha256);
	line_u64(&line, "records", receipt->records);
	line_u64(&line, "unreadable", receipt->unreadable);
	line_u64(&line, "calls", receipt->calls);
	line_u64(&line, "matched", receipt->matched);
	line_u64(&line, "differ", receipt->differ);
	line_u64(&line, "carrier_only", receipt->carrier_only);
	line_u64(&line, "ours_only", receipt->ours_only);
	evlog_end(txn, seq, &line);
}

void evlog_import(struct db_txn *txn, const struct list *list, const struct upload_counts *counts)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "import");

	line_u64(&line, "list", list->id);
	line_text(&line, "list_name", list->name);
	line_u64(&line, "read", counts->read);
	line_u64(&line, "rejected", counts->rejected);
	line_u64(&line, "duplicate", counts->duplicate);
	if (counts->updated)
		line_u64(&line, "updated", counts->updated);
	if (counts->linked)
		line_u64(&line, "linked", counts->linked);
	line_u64(&line, "leads", list->leads);
	evlog_end(txn, seq, &line);
}

struct evlog_export {
	const struct export_options *options;
	const struct export_receipt *receipt;
};

static int evlog_export_in(struct db_txn *txn, void *arg)
{
	struct evlog_export *export = arg;
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "export");

	line_text(&line, "what", export->options->what ? export->options->what : "outcomes");
	line_text(&line, "campaign_name", export->options->campaign ? export->options->campaign : "");
	line_time(&line, "from_us", export->options->from_us);
	line_time(&line, "to_us", export->options->to_us);
	line_text(&line, "format", export->options->format == EXPORT_CSV ? "csv" : "ndjson");
	line_u64(&line, "rows", export->receipt->rows);
	line_u64(&line, "bytes", export->receipt->bytes);
	line_text(&line, "sha256", export->receipt->sha256);
	line_u64(&line, "uid", getuid());
	evlog_about_number(txn, &line, export->options->number ? export->options->number : "");
	line_personal(&line, "number", export->options->number ? export->options->number : "");
	line_text(&line, "seat", export->options->seat ? export->options->seat : "");
	evlog_write(txn, seq, &line);
	return 0;
}

int evlog_export(struct store *store, const struct export_options *options, const struct export_receipt *receipt)
{
	struct evlog_export export = {options, receipt};

	return db_change(store->db, evlog_export_in, &export);
}
