/* export_law.c - abandoned calls by campaign, law and period, recomputed from the events, beside what the engine counts from */
#include "campaigns/export_in.h"

#include "campaigns/estimate.h"
#include "campaigns/idmap.h"
#include "campaigns/lawcount.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256
#define CAMPAIGNS_MAX 65536
#define BEFORE_US (32 * DAY_US) /* the longest period that may have begun before the filter's first moment */

struct law_campaign {
	struct campaign campaign;
	struct lawcount log, store; /* from the events; from the store's attempts, which the engine's own books are made of */
};

struct law_export {
	struct export *export;
	struct idmap index; /* campaign -> place + 1 */
	struct law_campaign *campaigns;
	size_t count;
	struct estimates estimates;
	bool from_store;
};

/* --- counting */

static struct law_campaign *campaign_add(struct law_export *law, const struct attempt *attempt)
{
	struct law_campaign *grown = realloc(law->campaigns, (law->count + 1) * sizeof(*grown)), *made;

	if (!grown)
		return NULL;
	law->campaigns = grown;
	made = &grown[law->count];
	*made = (struct law_campaign){0};
	if (campaign_get_id(law->export->store, attempt->campaign, &made->campaign))
		made->campaign = (struct campaign){.id = attempt->campaign, .legal_prob = {-1, -1, -1}};
	int64_t first_us = made->campaign.first_dial_us ? made->campaign.first_dial_us : attempt->intent_us;

	lawcount_init(&made->log, first_us);
	lawcount_init(&made->store, first_us);
	if (idmap_put(&law->index, attempt->campaign, law->count + 1))
		return NULL;
	law->count++;
	return made;
}

static int count_call(struct law_export *law, const struct attempt *attempt)
{
	struct law_campaign *campaign;
	uint64_t place;

	if (attempt->outcome == OUTCOME_NONE || !attempt->campaign)
		return 0;
	campaign = idmap_get(&law->index, attempt->campaign, &place) ? &law->campaigns[place - 1] : campaign_add(law, attempt);
	if (!campaign)
		return -ENOMEM;
	return lawcount_add(law->from_store ? &campaign->store : &campaign->log, attempt);
}

static int call_h(void *arg, const struct call_record *call)
{
	return count_call(arg, &call->attempt);
}

static int count_store(struct law_export *law)
{
	struct attempt *chunk = malloc(CHUNK * sizeof(*chunk));
	int count = chunk ? 0 : -ENOMEM, err = 0;
	uint64_t after = 0;

	law->from_store = true;
	while (chunk && !err && (count = attempt_read(law->export->store, after, chunk, CHUNK)) > 0) {
		for (int i = 0; i < count && !err; i++)
			if (history_wants(&law->export->filter, &chunk[i]))
				err = count_call(law, &chunk[i]);
		after = chunk[count - 1].id;
	}
	free(chunk);
	return err ? err : count < 0 ? count : 0;
}

/* --- rows */

struct law_row {
	const struct law_campaign *campaign;
	enum law law;
	struct law_period period;
	const struct estimate *estimate;
	uint64_t lost;
	double ceiling_prob; /* negative: this law's window does not apply to the campaign */
};

static const char *const columns[] = {"campaign", "law", "period_start", "period_end", "over", "live", "abandoned", "rate",
	"machine_hangups", "false_positives", "estimate_at", "estimate_by", "estimate_sample", "estimate_wrong", "estimate_rate",
	"estimate_low", "estimate_high", "lost", "denominator", "numerator", "counted_rate", "ceiling", "standing", "store_live",
	"store_abandoned", "agrees", NULL};

const char *const *export_abandonment_columns(void)
{
	return columns;
}

static void put_share(struct sheet *sheet, uint64_t part, uint64_t whole)
{
	if (whole)
		sheet_real(sheet, (double)part / (double)whole);
	else
		sheet_none(sheet);
}

/* How people who were lost to false machine verdicts are counted. In the UK they always are. */
static const char *how_counted(const struct law_row *row)
{
	if (row->law == LAW_UK_DAY)
		return row->estimate ? "stored_estimate" : "no_estimate_all_count";
	if (!row->campaign->campaign.count_false_positives)
		return "not_counted";
	return row->period.count.judged.judged ? "sample_of_the_period" : "no_estimate_all_count";
}

static void set_lost(struct law_row *row, const struct estimates *estimates)
{
	const struct law_count *count = &row->period.count;

	if (row->law == LAW_UK_DAY) {
		row->estimate = estimate_for(estimates, row->campaign->campaign.id, row->period.start_us, row->period.end_us);
		row->lost = estimate_lost(row->estimate, &count->judged);
	} else if (row->campaign->campaign.count_false_positives) {
		row->lost = judge_lost(&count->judged);
	}
}

static void put_estimate(struct sheet *sheet, const struct law_row *row)
{
	const struct judge_counts *counts = row->estimate ? &row->estimate->counts : &row->period.count.judged;
	bool sample = row->estimate || (row->law != LAW_UK_DAY && row->lost && counts->judged);
	struct judge_rate rate = judge_rate(counts);

	sheet_text(sheet, how_counted(row));
	sheet_time(sheet, row->estimate ? row->estimate->made_us : 0);
	sheet_text(sheet, row->estimate ? row->estimate->by : "");
	if (!sample) {
		for (int i = 0; i < 5; i++)
			sheet_none(sheet);
		return;
	}
	sheet_integer(sheet, (int64_t)counts->judged);
	sheet_integer(sheet, (int64_t)counts->wrong);
	sheet_real(sheet, rate.rate);
	sheet_real(sheet, rate.low);
	sheet_real(sheet, rate.high);
}

/* No law of the UK knows a level that is safe: below the house's ceiling it says just that. */
static const char *standing(const struct law_row *row, double rate)
{
	bool above = row->ceiling_prob >= 0 && rate > row->ceiling_prob;

	if (row->law == LAW_UK_DAY)
		return above ? "above_house_ceiling" : "no_safe_level";
	if (row->ceiling_prob < 0)
		return "does_not_apply";
	return above ? "above_ceiling" : "within_ceiling";
}

static void put_counts(struct sheet *sheet, const struct law_row *row)
{
	const struct law_count *count = &row->period.count;
	uint64_t denominator = count->live + row->lost, numerator = count->abandoned + row->lost;

	sheet_integer(sheet, (int64_t)count->live);
	sheet_integer(sheet, (int64_t)count->abandoned);
	put_share(sheet, count->abandoned, count->live);
	sheet_integer(sheet, (int64_t)(count->judged.machines - count->judged.sampled));
	put_estimate(sheet, row);
	sheet_integer(sheet, (int64_t)row->lost);
	sheet_integer(sheet, (int64_t)denominator);
	sheet_integer(sheet, (int64_t)numerator);
	put_share(sheet, numerator, denominator);
	if (row->ceiling_prob >= 0)
		sheet_real(sheet, row->ceiling_prob);
	else
		sheet_none(sheet);
	sheet_text(sheet, standing(row, denominator ? (double)numerator / (double)denominator : 0));
}

static bool same(const struct law_count *a, const struct law_count *b)
{
	return a->live == b->live && a->abandoned == b->abandoned && a->judged.machines == b->judged.machines &&
	       a->judged.sampled == b->judged.sampled && a->judged.judged == b->judged.judged &&
	       a->judged.wrong == b->judged.wrong;
}

static int put_row(struct law_export *law, struct law_row *row)
{
	struct sheet *sheet = law->export->sheet;
	struct law_count kept = lawcount_at(&row->campaign->store, row->law, row->period.start_us);

	set_lost(row, &law->estimates);
	sheet_text(sheet, *row->campaign->campaign.name ? row->campaign->campaign.name : "(unknown)");
	sheet_text(sheet, law_name(row->law));
	sheet_time(sheet, row->period.start_us);
	sheet_time(sheet, row->period.end_us);
	sheet_bool(sheet, row->period.end_us <= clock_us());
	put_counts(sheet, row);
	sheet_integer(sheet, (int64_t)kept.live);
	sheet_integer(sheet, (int64_t)kept.abandoned);
	sheet_bool(sheet, same(&row->period.count, &kept));
	return sheet_end_row(sheet);
}

/* The law's ceiling, or the campaign's own where that is lower, as the engine obeys it. */
static double ceiling(const struct campaign *campaign, enum law law)
{
	static const enum legal_window windows[LAWS_COUNTED] = {LEGAL_30_DAYS, LEGAL_DAY, LEGAL_MONTH};
	double legal = law < LAWS_COUNTED ? campaign->legal_prob[windows[law]] : -1;

	return legal < campaign->abandon_prob_max ? legal : campaign->abandon_prob_max;
}

static bool overlaps(const struct export_options *options, const struct law_period *period)
{
	return (!options->from_us || period->end_us > options->from_us) && (!options->to_us || period->start_us < options->to_us);
}

static int put_campaign(struct law_export *law, const struct law_campaign *campaign)
{
	int err = 0;

	for (int which = 0; which < LAWS && !err; which++) {
		for (size_t i = 0; i < lawcount_rows(&campaign->log, (enum law)which) && !err; i++) {
			struct law_row row = {.campaign = campaign, .law = (enum law)which,
				.period = lawcount_row(&campaign->log, (enum law)which, i),
				.ceiling_prob = ceiling(&campaign->campaign, (enum law)which)};

			if (overlaps(law->export->options, &row.period))
				err = put_row(law, &row);
		}
	}
	return err;
}

static int make(struct law_export *law)
{
	int err = estimates_read(law->export->store, &law->estimates, law->export->why);

	if (!err)
		err = export_calls(law->export, call_h, law);
	if (!err)
		err = count_store(law);
	for (size_t i = 0; i < law->count && !err; i++)
		err = put_campaign(law, &law->campaigns[i]);
	return err;
}

/* A period is counted whole or not at all: calls outside of the filter's span belong to it, too. */
int export_abandonment_run(struct export *export)
{
	struct law_export law = {.export = export};
	int err;

	if (export->filter.from_us)
		export->filter.from_us -= BEFORE_US;
	export->filter.to_us = 0;
	idmap_init(&law.index, CAMPAIGNS_MAX);
	err = make(&law);
	for (size_t i = 0; i < law.count; i++) {
		lawcount_fini(&law.campaigns[i].log);
		lawcount_fini(&law.campaigns[i].store);
	}
	free(law.campaigns);
	idmap_fini(&law.index);
	estimates_fini(&law.estimates);
	return err;
}
