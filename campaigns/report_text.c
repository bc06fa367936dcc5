/* report_text.c - the figures as JSON and as text for people; see report.h */
#include "campaigns/report.h"
#include "base/clock.h"
#include "campaigns/classify_report.h"
#include "campaigns/cell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- JSON */
static struct doc *delays_doc(const struct hist *hist)
{
	struct doc *doc = doc_object();

	doc_put_i64(doc, "count", (int64_t)hist->count);
	doc_put_real(doc, "p50_ms", (double)hist_at(hist, 0.50) / 1000);
	doc_put_real(doc, "p95_ms", (double)hist_at(hist, 0.95) / 1000);
	doc_put_real(doc, "max_ms", (double)hist->max / 1000);
	return doc;
}

static struct doc *list_doc(const struct list *list)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "name", list->name);
	doc_put_i64(doc, "read", (int64_t)list->read);
	doc_put_i64(doc, "accepted", (int64_t)list->leads);
	doc_put_i64(doc, "rejected", (int64_t)list->rejected);
	doc_put_i64(doc, "duplicate", (int64_t)list->duplicate);
	doc_put_i64(doc, "done", (int64_t)list->done);
	return doc;
}

static struct doc *attempts_doc(const struct report *report)
{
	struct doc *doc = doc_object(), *by = doc_object();
	int i;

	doc_put_i64(doc, "total", (int64_t)report->attempts);
	doc_put_i64(doc, "unfinished", (int64_t)report->unfinished);
	for (i = 1; i < OUTCOME_COUNT; i++)
		doc_put_i64(by, outcome_facts((enum outcome)i)->name, (int64_t)report->by_outcome[i]);
	doc_put(doc, "by_outcome", by);
	return doc;
}

static struct doc *seats_doc(const struct report *report)
{
	struct doc *doc = doc_object();

	doc_put_i64(doc, "logins", report->seats);
	doc_put_real(doc, "hours", (double)report->seat_us / (3600.0 * (double)SEC_US));
	doc_put_real(doc, "wait_s", (double)report->wait_us / (double)SEC_US);
	doc_put_real(doc, "talk_s", (double)report->talk_us / (double)SEC_US);
	doc_put_real(doc, "wrap_s", (double)report->wrap_us / (double)SEC_US);
	doc_put_real(doc, "pause_s", (double)report->pause_us / (double)SEC_US);
	doc_put_real(doc, "utilisation", report->utilisation);
	return doc;
}

static struct doc *judged_doc(const struct report *report)
{
	struct doc *doc = doc_object();

	doc_put_bool(doc, "counted", report->campaign.count_false_positives);
	classify_counts_doc(doc, &report->judged, report->live, report->abandoned);
	return doc;
}

struct doc *report_doc(const struct report *report)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "campaign", report->campaign.name);
	doc_put_text(doc, "mode", campaign_mode_name(report->campaign.mode));
	doc_put_text(doc, "state", campaign_state_name(report->campaign.state));
	doc_put_time(doc, "first_invite", report->first_us);
	doc_put_time(doc, "last_end", report->last_us);
	doc_put(doc, "list", list_doc(&report->list));
	doc_put(doc, "attempts", attempts_doc(report));
	doc_put_i64(doc, "accounts_worked", (int64_t)report->accounts_worked);
	doc_put_real(doc, "accounts_per_seat_hour", report->accounts_per_seat_hour);
	doc_put_i64(doc, "live", (int64_t)report->live);
	doc_put_i64(doc, "abandoned", (int64_t)report->abandoned);
	doc_put_real(doc, "abandoned_share", report->abandoned_prob);
	doc_put_real(doc, "abandoned_share_max", report->campaign.abandon_prob_max);
	doc_put(doc, "false_positives", judged_doc(report));
	doc_put(doc, "seats", seats_doc(report));
	doc_put(doc, "greeting_end_to_seat", delays_doc(&report->answer_to_seat));
	doc_put(doc, "answer_to_seat", delays_doc(&report->ok_to_seat));
	return doc;
}

/* --- text */
static void line(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Never wider than 80 columns. All our text is ASCII. */
static void line(FILE *out, const char *fmt, ...)
{
	char text[81];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(out, "%s\n", text);
}

static void span_text(int64_t us, char out[24])
{
	long long s = us / SEC_US;

	if (s < 3600)
		snprintf(out, 24, "%lld m %02lld s", s / 60, s % 60);
	else
		snprintf(out, 24, "%lld h %02lld m", s / 3600, s / 60 % 60);
}

static void head_print(FILE *out, const struct report *report)
{
	char from[32], span[24];

	line(out, "Campaign %s (%s, %s)", report->campaign.name, campaign_mode_name(report->campaign.mode),
		campaign_state_name(report->campaign.state));
	if (!report->first_us) {
		line(out, "  not dialled yet");
		return;
	}
	time_text(report->first_us, from);
	span_text(report->last_us > report->first_us ? report->last_us - report->first_us : 0, span);
	line(out, "  dialled from %s for %s", from, span);
}

static void list_print(FILE *out, const struct list *list)
{
	line(out, "%s", "");
	line(out, "List %s", list->name);
	line(out, "  rows read       %10llu", (unsigned long long)list->read);
	line(out, "  accepted        %10llu   finished %llu", (unsigned long long)list->leads, (unsigned long long)list->done);
	line(out, "  rejected        %10llu", (unsigned long long)list->rejected);
	line(out, "  duplicate       %10llu", (unsigned long long)list->duplicate);
}

/* The most frequent first; equal ones in the table's order. */
static void outcomes_print(FILE *out, const struct report *report)
{
	bool printed[OUTCOME_COUNT] = {true};
	uint64_t finished = report->attempts - report->unfinished;
	int i, best;

	line(out, "%s", "");
	line(out, "Attempts          %10llu   unfinished %llu", (unsigned long long)report->attempts,
		(unsigned long long)report->unfinished);
	for (;;) {
		for (i = 1, best = 0; i < OUTCOME_COUNT; i++) {
			if (!printed[i] && report->by_outcome[i] && (!best || report->by_outcome[i] > report->by_outcome[best]))
				best = i;
		}
		if (!best)
			return;
		printed[best] = true;
		line(out, "  %-15s %10llu  %5.1f %%", outcome_facts((enum outcome)best)->name,
			(unsigned long long)report->by_outcome[best],
			100.0 * (double)report->by_outcome[best] / (double)finished);
	}
}

static void seats_print(FILE *out, const struct report *report)
{
	char span[24], wait[24], talk[24], wrap[24], pause[24];

	span_text(report->seat_us, span);
	span_text(report->wait_us, wait);
	span_text(report->talk_us, talk);
	span_text(report->wrap_us, wrap);
	span_text(report->pause_us, pause);
	line(out, "%s", "");
	line(out, "Seats             %10u   logged in for %s", report->seats, span);
	line(out, "  accounts worked %10llu   %.1f per seat-hour", (unsigned long long)report->accounts_worked,
		report->accounts_per_seat_hour);
	line(out, "  utilisation     %10.1f %% of the time without pauses (talk and wrap-up)", 100 * report->utilisation);
	line(out, "  wait %s, talk %s, wrap-up %s, pause %s", wait, talk, wrap, pause);
}

static void delay_print(FILE *out, const char *name, const struct hist *hist)
{
	line(out, "  %-24s p50 %6lld ms   p95 %6lld ms   max %6lld ms", name, (long long)hist_at(hist, 0.50) / 1000,
		(long long)hist_at(hist, 0.95) / 1000, (long long)hist->max / 1000);
}

/* Both numerators are shown, whichever is held against the ceiling. */
static void judged_print(FILE *out, const struct report *report)
{
	const struct judge_counts *judged = &report->judged;
	struct judge_rate rate = judge_rate(judged);

	if (!judged->machines)
		return;
	if (report->campaign.count_false_positives)
		line(out, "    of these by outcome %llu of %llu, and %llu lost to false machine verdicts",
			(unsigned long long)report->abandoned, (unsigned long long)report->live,
			(unsigned long long)report->lost);
	if (judged->judged)
		line(out, "  false machine verdicts %5.2f %% (95 %%: %.2f-%.2f), about %llu people lost", 100 * rate.rate,
			100 * rate.low, 100 * rate.high, (unsigned long long)report->lost);
	else
		line(out, "  false machine verdicts: no estimate, %llu machine verdicts unchecked",
			(unsigned long long)report->lost);
}

static void people_print(FILE *out, const struct report *report)
{
	uint64_t counted = report->campaign.count_false_positives ? report->lost : 0;

	line(out, "%s", "");
	line(out, "People who answered");
	line(out, "  abandoned share      %5.2f %% (%llu of %llu live), ceiling %.2f %%", 100 * report->abandoned_prob,
		(unsigned long long)(report->abandoned + counted), (unsigned long long)(report->live + counted),
		100 * report->campaign.abandon_prob_max);
	judged_print(out, report);
	if (!report->ok_to_seat.count) {
		line(out, "  nobody was connected to a seat");
		return;
	}
	delay_print(out, "answer to seat", &report->ok_to_seat);
	delay_print(out, "end of greeting to seat", &report->answer_to_seat);
}

char *report_text(const struct report *report)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	head_print(out, report);
	list_print(out, &report->list);
	outcomes_print(out, report);
	seats_print(out, report);
	people_print(out, report);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
