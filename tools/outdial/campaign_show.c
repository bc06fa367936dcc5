/* campaign_show.c - a campaign as text and as JSON */
#include "tools/outdial/outdial.h"

#include "base/clock.h"

#include <inttypes.h>

static const char *const day_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static const char *days_text(uint8_t weekdays, char out[40])
{
	size_t at = 0;

	out[0] = '\0';
	for (int day = 0; day < 7; day++) {
		int last = day;

		if (!(weekdays & 1u << day))
			continue;
		while (last < 6 && weekdays & 1u << (last + 1))
			last++;
		at += (size_t)snprintf(out + at, 40 - at, "%s%s", at ? "," : "", day_names[day]);
		if (last > day + 1)
			at += (size_t)snprintf(out + at, 40 - at, "-%s", day_names[last]);
		day = last > day + 1 ? last : day;
	}
	return out;
}

static const char *window_text(const struct window *window, char out[64])
{
	char days[40];

	snprintf(out, 64, "%02u:%02u-%02u:%02u %s", window->from_min / 60, window->from_min % 60, window->to_min / 60,
		window->to_min % 60, days_text(window->weekdays, days));
	return out;
}

static void retry_text(const struct campaign *campaign, char *out, size_t size)
{
	char span[WHEN_BYTES];
	size_t at = 0;

	out[0] = '\0';
	for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT && at < size; i++) {
		const struct outcome_facts *facts = outcome_facts((enum outcome)i);

		if (facts->lead_done || campaign->retry_s[i] < 0)
			continue;
		at += (size_t)snprintf(out + at, size - at, "%s%s=%s", at ? " " : "", facts->name,
			span_text(campaign->retry_s[i] * SEC_US, span));
	}
}

static void legal_text(const struct campaign *campaign, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (int i = 0; i < LEGAL_WINDOWS && at < size; i++)
		if (campaign->legal_prob[i] >= 0)
			at += (size_t)snprintf(out + at, size - at, "%s%s=%.3g%%", at ? " " : "",
				legal_window_name((enum legal_window)i), campaign->legal_prob[i] * 100);
}

static void purpose_text(const struct campaign *campaign, char *out, size_t size)
{
	const char *purpose = campaign_purpose_name(campaign->purpose);
	char when[WHEN_BYTES];

	if (*campaign->overdial_by)
		snprintf(out, size, "%s; over-dialling allowed by %s, %s", purpose, campaign->overdial_by,
			when_text(campaign->overdial_us, when));
	else
		snprintf(out, size, "%s%s", purpose, campaign->purpose == PURPOSE_COLLECTIONS ? ": never over-dials" : "");
}

static struct doc *legal_doc(const struct campaign *campaign)
{
	struct doc *doc = doc_object();

	for (int i = 0; i < LEGAL_WINDOWS; i++)
		if (campaign->legal_prob[i] >= 0)
			doc_put_real(doc, legal_window_name((enum legal_window)i), campaign->legal_prob[i]);
	return doc;
}

static const char *list_name(struct store *store, uint32_t id, struct list *list)
{
	return list_get_id(store, id, list) == 0 ? list->name : "?";
}

static void show_left(FILE *out, struct store *store, const struct campaign *campaign)
{
	struct campaign_left left;
	char when[WHEN_BYTES];

	if (campaign_left(store, campaign, clock_us(), 0, &left))
		return;
	field_print(out, "left",
		"%" PRIu64 " can be dialled now, %" PRIu64 " outside their calling window, %" PRIu64 " wait for a retry, %" PRIu64
		" under way; %" PRIu64 " done",
		left.ready_open, left.ready_closed, left.later, left.active, left.done);
	if (left.suppressed)
		field_print(out, "", "%" PRIu64 " more are forbidden to it by suppression lists", left.suppressed);
	if (left.stale)
		field_print(
			out, "", "%" PRIu64 " more wait for a suppression list that is too old: outdial dnc list", left.stale);
	if (left.unwanted)
		field_print(out, "", "%" PRIu64 " more do not match the filter%s", left.unwanted,
			left.indexing ? ", as far as they are indexed" : "");
	if (left.next_us)
		field_print(out, "next", "%s", when_text(left.next_us, when));
}

static void show_leads(FILE *out, struct store *store, const struct campaign *campaign)
{
	char text[CAMPAIGN_LISTS * (NAME_BYTES + 24)], order[96];
	size_t at = 0;
	struct list list;

	for (uint32_t i = 0; i < campaign->list_count; i++) {
		const char *name = list_name(store, campaign->lists[i].list, &list);
		bool active = list_active(&list, clock_us());

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? ", " : "", name);
		if (campaign->list_count > 1)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %u", campaign->lists[i].share);
		if (!active)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " (%s)",
				list.state == LIST_ON ? "expired" : list_state_name(list.state));
	}
	field_print(out, campaign->list_count > 1 ? "mix" : "list", "%s", text);
	field_print(out, "order", "%s", campaign_order_text(&campaign->order, order));
	if (*campaign->where)
		field_print(out, "where", "%s", campaign->where);
}

static struct doc *mix_doc(struct store *store, const struct campaign *campaign)
{
	struct doc *all = doc_array();
	struct list list;

	for (uint32_t i = 0; i < campaign->list_count; i++) {
		struct doc *one = doc_object();

		doc_put_text(one, "list", list_name(store, campaign->lists[i].list, &list));
		doc_put_i64(one, "share", campaign->lists[i].share);
		doc_push(all, one);
	}
	return all;
}

static void show_policy(FILE *out, const struct campaign *campaign)
{
	if (!campaign->classify) {
		field_print(out, "connects", "every answer, not classified");
		return;
	}
	field_print(out, "connects", "%s",
		campaign->connect == CONNECT_ANSWER ? "at the answer; a machine's seat is taken back" : "when classified");
	field_print(out, "voicemail", "%s", *campaign->voicemail ? campaign->voicemail : "none");
	field_print(out, "screener", "%s", screener_policy_name(campaign->screener));
	field_print(out, "sample", "%.3g%% of machine verdicts; people lost to false ones %s", campaign->sample_prob * 100,
		campaign->count_false_positives ? "count as abandoned" : "do not count as abandoned");
}

static void show_record(FILE *out, const struct campaign *campaign)
{
	char classes[96], keep[WHEN_BYTES], pause[WHEN_BYTES];

	if (!campaign->record.on) {
		field_print(out, "recorded", "no");
		return;
	}
	field_print(out, "recorded", "%s, kept %s, class %s; a pause ends after %s",
		campaign->record.format == RECORDING_G711 ? "G.711" : "Opus",
		span_text(recording_keep_us(&campaign->record), keep), recording_classes_text(campaign->record.classes, classes),
		span_text(campaign->record.pause_us, pause));
	if (campaign->review_prob > 0)
		field_print(
			out, "review", "%.3g%% of machine verdicts: see 'outdial classify review'", campaign->review_prob * 100);
}

static struct doc *record_doc(const struct campaign *campaign)
{
	struct doc *doc = doc_object();
	char classes[96];

	doc_put_bool(doc, "on", campaign->record.on);
	doc_put_text(doc, "format", campaign->record.format == RECORDING_G711 ? "g711" : "opus");
	doc_put_text(doc, "classes", recording_classes_text(campaign->record.classes, classes));
	doc_put_i64(doc, "keep_us", recording_keep_us(&campaign->record));
	doc_put_i64(doc, "pause_us", campaign->record.pause_us);
	return doc;
}

void campaign_show(FILE *out, struct store *store, const struct campaign *campaign)
{
	char text[1024], window[64], span[WHEN_BYTES];

	fprintf(out, "campaign %s\n", campaign->name);
	field_print(out, "state", "%s", campaign_state_name(campaign->state));
	field_print(out, "mode", "%s", campaign_mode_name(campaign->mode));
	show_policy(out, campaign);
	if (campaign->mode == CAMPAIGN_POWER)
		field_print(out, "ratio", "%g lines for a free seat", campaign->ratio);
	if (campaign->mode == CAMPAIGN_PREVIEW)
		field_print(out, "preview", "%s, then %s", span_text(campaign->preview_us, span),
			campaign->preview_dials ? "dialled" : "skipped");
	field_print(out, "callbacks", "a seat's own go to the team %s%s",
		campaign->callback_grace_us < 0 ? "never" : span_text(campaign->callback_grace_us, span),
		campaign->callback_grace_us < 0 ? "" : " after their time");
	if (campaign->lines_max)
		field_print(out, "lines", "%u at most", campaign->lines_max);
	show_leads(out, store, campaign);
	field_print(out, "team", "%s", campaign->team);
	field_print(out, "trunk", "%s", campaign->trunk);
	field_print(out, "caller id", "%s%s%s", campaign->caller_id, *campaign->caller_name ? " " : "", campaign->caller_name);
	field_print(out, "rings", "%s at most", span_text(campaign->ring_us_max, span));
	field_print(out, "attempts", "%u at most for a lead", campaign->attempts_max);
	retry_text(campaign, text, sizeof(text));
	field_print(out, "retries", "%s", text);
	field_print(out, "window", "%s, in the called person's time zone", window_text(&campaign->window, window));
	field_print(out, "rules", "%s", *campaign->rules ? campaign->rules : "no rule pack: its own window alone");
	field_print(out, "priority", "%u, weight %u", campaign->priority, campaign->weight);
	purpose_text(campaign, text, sizeof(text));
	field_print(out, "purpose", "%s", text);
	legal_text(campaign, text, sizeof(text));
	field_print(out, "law", "%s", text);
	field_print(out, "ceiling", "%.3g%% abandoned of calls answered by people", campaign->abandon_prob_max * 100);
	field_print(out, "wrap-up", "%s", campaign->wrap_us ? span_text(campaign->wrap_us, span) : "until the agent presses *1");
	field_print(out, "message", "%s", *campaign->message ? campaign->message : "none");
	show_record(out, campaign);
	show_left(out, store, campaign);
}

static struct doc *left_doc(struct store *store, const struct campaign *campaign, uint64_t limit)
{
	struct campaign_left left;
	struct doc *doc = doc_object();

	if (campaign_left(store, campaign, clock_us(), limit, &left) == 0) {
		doc_put_i64(doc, "ready_open", (int64_t)left.ready_open);
		doc_put_i64(doc, "ready_closed", (int64_t)left.ready_closed);
		doc_put_i64(doc, "later", (int64_t)left.later);
		doc_put_i64(doc, "active", (int64_t)left.active);
		doc_put_i64(doc, "done", (int64_t)left.done);
		doc_put_i64(doc, "unwanted", (int64_t)left.unwanted);
		doc_put_i64(doc, "suppressed", (int64_t)left.suppressed);
		doc_put_i64(doc, "stale", (int64_t)left.stale);
		doc_put_bool(doc, "indexing", left.indexing);
		doc_put_i64(doc, "next_us", left.next_us);
	}
	return doc;
}

static struct doc *retry_doc(const struct campaign *campaign)
{
	struct doc *doc = doc_object();

	for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++)
		doc_put_i64(doc, outcome_facts((enum outcome)i)->name, campaign->retry_s[i]);
	return doc;
}

struct doc *campaign_doc(struct store *store, const struct campaign *campaign, uint64_t limit)
{
	struct doc *doc = doc_object();
	struct list list;
	char window[64], order[96];

	doc_put_text(doc, "name", campaign->name);
	doc_put_text(doc, "state", campaign_state_name(campaign->state));
	doc_put_text(doc, "mode", campaign_mode_name(campaign->mode));
	doc_put_real(doc, "ratio", campaign->ratio);
	doc_put_i64(doc, "lines_max", campaign->lines_max);
	doc_put_i64(doc, "preview_us", campaign->preview_us);
	doc_put_bool(doc, "preview_dials", campaign->preview_dials);
	doc_put_i64(doc, "callback_grace_us", campaign->callback_grace_us);
	doc_put_text(doc, "list", list_name(store, campaign->list, &list));
	doc_put(doc, "mix", mix_doc(store, campaign));
	doc_put_text(doc, "order", campaign_order_text(&campaign->order, order));
	doc_put_text(doc, "where", *campaign->where ? campaign->where : NULL);
	doc_put_text(doc, "team", campaign->team);
	doc_put_text(doc, "trunk", campaign->trunk);
	doc_put_text(doc, "caller_id", campaign->caller_id);
	doc_put_text(doc, "caller_name", campaign->caller_name);
	doc_put_i64(doc, "ring_us_max", campaign->ring_us_max);
	doc_put_i64(doc, "attempts_max", campaign->attempts_max);
	doc_put(doc, "retry_s", retry_doc(campaign));
	doc_put_text(doc, "window", window_text(&campaign->window, window));
	doc_put_i64(doc, "priority", campaign->priority);
	doc_put_i64(doc, "weight", campaign->weight);
	doc_put_real(doc, "ceiling_prob", campaign->abandon_prob_max);
	doc_put(doc, "windows_prob", legal_doc(campaign));
	doc_put_text(doc, "rules", *campaign->rules ? campaign->rules : NULL);
	doc_put_text(doc, "purpose", campaign_purpose_name(campaign->purpose));
	doc_put_text(doc, "overdial_by", *campaign->overdial_by ? campaign->overdial_by : NULL);
	doc_put_i64(doc, "overdial_us", campaign->overdial_us);
	doc_put_i64(doc, "hold_us", campaign->hold_us);
	doc_put_i64(doc, "wrap_us", campaign->wrap_us);
	doc_put_bool(doc, "classify", campaign->classify);
	doc_put_text(doc, "connect", connect_policy_name(campaign->connect));
	doc_put_text(doc, "voicemail", *campaign->voicemail ? campaign->voicemail : NULL);
	doc_put_text(doc, "screener", screener_policy_name(campaign->screener));
	doc_put_real(doc, "sample_prob", campaign->sample_prob);
	doc_put_bool(doc, "count_false_positives", campaign->count_false_positives);
	doc_put_text(doc, "message", *campaign->message ? campaign->message : NULL);
	doc_put_i64(doc, "created_us", campaign->created_us);
	doc_put_i64(doc, "first_dial_us", campaign->first_dial_us);
	doc_put(doc, "record", record_doc(campaign));
	doc_put_real(doc, "review_prob", campaign->review_prob);
	doc_put(doc, "left", left_doc(store, campaign, limit));
	return doc;
}
