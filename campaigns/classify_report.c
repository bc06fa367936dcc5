/* classify_report.c - counts by trunk and their printing; see classify_report.h. What is counted stands in judge.c */
#include "campaigns/classify_report.h"
#include "base/err.h"
#include "base/text.h"
#include "campaigns/cell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256

/* --- counting */

static void row_add(struct classify_row *row, const struct attempt *attempt)
{
	const struct outcome_facts *facts = outcome_facts(attempt->outcome);

	judge_add(&row->counts, attempt);
	row->live += facts->live;
	row->abandoned += facts->abandoned;
}

static struct classify_row *row_of(struct classify_report *report, const char *trunk)
{
	for (uint32_t i = 0; i < report->count; i++)
		if (strcmp(report->rows[i].trunk, trunk) == 0)
			return &report->rows[i];
	if (report->count == CLASSIFY_TRUNKS_MAX) {
		struct classify_row *rest = &report->rows[CLASSIFY_TRUNKS_MAX - 1];
		text_copy(rest->trunk, sizeof(rest->trunk), "(others)");
		return rest;
	}
	text_copy(report->rows[report->count].trunk, sizeof(report->rows[0].trunk), trunk);
	return &report->rows[report->count++];
}

static void report_add(struct classify_report *report, uint32_t campaign, const struct attempt *attempt)
{
	if (attempt->outcome == OUTCOME_NONE || !attempt->answer_us || (campaign && attempt->campaign != campaign))
		return;
	if ((report->from_us && attempt->intent_us < report->from_us) || (report->to_us && attempt->intent_us >= report->to_us))
		return;
	row_add(row_of(report, attempt->trunk), attempt);
	row_add(&report->all, attempt);
}

static int report_walk(struct store *store, uint32_t campaign, struct classify_report *report)
{
	struct attempt *chunk = malloc(CHUNK * sizeof(*chunk));
	int count = chunk ? 0 : -ENOMEM;
	uint64_t after = 0;

	while (chunk && (count = attempt_read(store, after, chunk, CHUNK)) > 0) {
		for (int i = 0; i < count; i++)
			report_add(report, campaign, &chunk[i]);
		after = chunk[count - 1].id;
	}
	free(chunk);
	return count;
}

int classify_report_make(struct store *store, const char *campaign, int64_t from_us, int64_t to_us, struct classify_report *out,
	char why[WHY_BYTES])
{
	struct campaign found = {0};

	*out = (struct classify_report){.from_us = from_us, .to_us = to_us};
	text_copy(out->all.trunk, sizeof(out->all.trunk), "all");
	int err = campaign ? campaign_get(store, campaign, &found) : 0;
	if (err == ERR_UNKNOWN)
		snprintf(why, WHY_BYTES, "there is no campaign '%.48s'; 'outdial campaign list' shows all", campaign);
	if (!err)
		text_copy(out->campaign, sizeof(out->campaign), found.name);
	return err ? err : report_walk(store, found.id, out);
}

/* --- JSON */

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

void classify_counts_doc(struct doc *doc, const struct judge_counts *counts, uint64_t live, uint64_t abandoned)
{
	struct judge_rate rate = judge_rate(counts);
	uint64_t lost = judge_lost(counts);

	doc_put_i64(doc, "machine_verdicts", (int64_t)counts->machines);
	doc_put_i64(doc, "sampled", (int64_t)counts->sampled);
	doc_put_i64(doc, "reviewed", (int64_t)counts->reviewed);
	doc_put_i64(doc, "judged", (int64_t)counts->judged);
	doc_put_i64(doc, "unknown", (int64_t)(counts->sampled + counts->reviewed - counts->judged));
	doc_put_i64(doc, "false_positives", (int64_t)counts->wrong);
	doc_put_bool(doc, "estimate", counts->judged > 0);
	doc_put_real(doc, "rate", rate.rate);
	doc_put_real(doc, "rate_low", rate.low);
	doc_put_real(doc, "rate_high", rate.high);
	doc_put_i64(doc, "lost_estimated", (int64_t)lost);
	doc_put_i64(doc, "live", (int64_t)live);
	doc_put_i64(doc, "abandoned", (int64_t)abandoned);
	doc_put_real(doc, "abandoned_share", share(abandoned, live));
	doc_put_i64(doc, "live_with_estimate", (int64_t)(live + lost));
	doc_put_i64(doc, "abandoned_with_estimate", (int64_t)(abandoned + lost));
	doc_put_real(doc, "abandoned_share_with_estimate", share(abandoned + lost, live + lost));
}

static struct doc *row_doc(const struct classify_row *row)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "trunk", row->trunk);
	classify_counts_doc(doc, &row->counts, row->live, row->abandoned);
	return doc;
}

void doc_put_time(struct doc *doc, const char *name, int64_t at_us)
{
	char text[32];

	if (at_us)
		time_text(at_us, text);
	doc_put_text(doc, name, at_us ? text : NULL);
}

struct doc *classify_report_doc(const struct classify_report *report)
{
	struct doc *doc = doc_object(), *rows = doc_array();

	doc_put_text(doc, "campaign", report->campaign[0] ? report->campaign : NULL);
	doc_put_time(doc, "from", report->from_us);
	doc_put_time(doc, "to", report->to_us);
	doc_put_text(doc, "interval", "Wilson, 95 %");
	for (uint32_t i = 0; i < report->count; i++)
		doc_push(rows, row_doc(&report->rows[i]));
	doc_put(doc, "trunks", rows);
	doc_put(doc, "all", row_doc(&report->all));
	return doc;
}

/* --- text */

static void row_print(FILE *out, const struct classify_row *row)
{
	const struct judge_counts *counts = &row->counts;
	struct judge_rate rate = judge_rate(counts);
	char text[40] = "no estimate: all count";

	if (counts->judged)
		snprintf(text, sizeof(text), "%.2f %% (%.2f-%.2f)", 100 * rate.rate, 100 * rate.low, 100 * rate.high);
	fprintf(out, "%-16.16s %8llu %7llu %6llu %5llu  %-22s %7llu\n", row->trunk, (unsigned long long)counts->machines,
		(unsigned long long)counts->sampled, (unsigned long long)counts->judged, (unsigned long long)counts->wrong, text,
		(unsigned long long)judge_lost(counts));
}

static void shares_print(FILE *out, const struct classify_row *all)
{
	uint64_t lost = judge_lost(&all->counts);

	fprintf(out, "\nabandoned of people who answered\n");
	fprintf(out, "  by outcome          %7llu of %7llu  %6.2f %%\n", (unsigned long long)all->abandoned,
		(unsigned long long)all->live, 100 * share(all->abandoned, all->live));
	fprintf(out, "  with the estimate   %7llu of %7llu  %6.2f %%\n", (unsigned long long)(all->abandoned + lost),
		(unsigned long long)(all->live + lost), 100 * share(all->abandoned + lost, all->live + lost));
}

char *classify_report_text(const struct classify_report *report)
{
	size_t bytes;
	char *text = NULL;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	fprintf(out, "TRUNK            MACHINES SAMPLED JUDGED WRONG  RATE (95 %%, Wilson)       LOST\n");
	for (uint32_t i = 0; i < report->count; i++)
		row_print(out, &report->rows[i]);
	if (report->count != 1)
		row_print(out, &report->all);
	shares_print(out, &report->all);
	const struct judge_counts *all = &report->all.counts;
	if (all->sampled + all->reviewed > all->judged)
		fprintf(out,
			"\n%llu checked calls were not judged: the agent must say #0 (machine) or anything else, 'outdial "
			"classify review' "
			"shows recordings\n",
			(unsigned long long)(all->sampled + all->reviewed - all->judged));
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
