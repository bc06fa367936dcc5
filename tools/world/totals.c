/*
 * totals.c - the figures of some simulated days
 */
#include "tools/world/totals.h"

#include <errno.h>
#include <math.h>

void totals_init(struct totals *totals, const struct scenario *scenario)
{
	*totals = (struct totals){.seats = scenario->seats, .ceiling = scenario->ceiling};
}

static double share(double part, double all)
{
	return all > 0 ? part / all : 0;
}

static void add_window(struct totals *t, const struct day *d)
{
	int slot = (int)(t->days % TOTALS_WINDOW_DAYS);

	t->sum.live += (double)d->live - t->window[slot].live;
	t->sum.abandoned += (double)d->abandoned - t->window[slot].abandoned;
	t->window[slot].live = (double)d->live;
	t->window[slot].abandoned = (double)d->abandoned;
	if (t->days + 1 >= TOTALS_WINDOW_DAYS)
		t->worst_window = fmax(t->worst_window, share(t->sum.abandoned, t->sum.live));
}

void totals_add(struct totals *t, const struct day *d)
{
	double abandoned = share((double)d->abandoned, (double)d->live);

	add_window(t, d);
	t->days++;
	t->days_over += abandoned > t->ceiling;
	t->worst_day = fmax(t->worst_day, abandoned);
	t->accounts += (double)d->accounts;
	t->live += (double)d->live;
	t->connected += (double)d->connected;
	t->abandoned += (double)d->abandoned;
	t->machines += (double)d->machines;
	t->failed += (double)d->failed;
	t->lost += (double)d->lost;
	t->dialled += (double)d->dialled;
	t->busy_us += d->busy_us;
	t->login_us += d->login_us;
	t->lines_us += d->lines_us;
	t->end_us += (double)d->end_us;
	t->lines_max = d->lines_max > t->lines_max ? d->lines_max : t->lines_max;
	t->cps_max = d->cps_max > t->cps_max ? d->cps_max : t->cps_max;
	t->misfits = d->misfits;
	t->early_cancels += d->early_cancels;
	hist_merge(&t->wait, &d->wait);
	hist_merge(&t->idle, &d->idle);
}

int totals_run(struct totals *totals, const struct scenario *scenario, const struct world_options *options, int64_t days,
	uint64_t seed, struct day *last)
{
	struct world *world = world_alloc(scenario, options);
	const struct day *day = NULL;

	totals_init(totals, scenario);
	for (int64_t n = 0; world && n < days; n++) {
		day = world_day(world, n, seed);
		if (!day)
			break;
		totals_add(totals, day);
	}
	if (day && last)
		*last = *day;
	world_free(world);
	return totals->days == days ? 0 : -ENOMEM;
}

double totals_accounts(const struct totals *t)
{
	return share(t->accounts, (double)(t->days * t->seats));
}

double totals_utilisation(const struct totals *t)
{
	return share(t->busy_us, t->login_us);
}

double totals_abandoned(const struct totals *t)
{
	return share(t->abandoned, t->live);
}

double totals_lines(const struct totals *t)
{
	return share(t->lines_us, t->end_us);
}

double totals_cps(const struct totals *t)
{
	return share(t->dialled * 1e6, t->end_us);
}

static double seconds(const struct hist *hist, double p)
{
	return (double)hist_at(hist, p) / 1e6;
}

static double rounded(double x, double step)
{
	return round(x / step) * step;
}

void totals_doc(struct doc *doc, const struct totals *t)
{
	doc_put_i64(doc, "seats", t->seats);
	doc_put_i64(doc, "days", t->days);
	doc_put_real(doc, "accounts_a_seat_a_day", rounded(totals_accounts(t), 0.001));
	doc_put_real(doc, "utilisation", totals_utilisation(t));
	doc_put_i64(doc, "dialled", (int64_t)t->dialled);
	doc_put_i64(doc, "accounts", (int64_t)t->accounts);
	doc_put_i64(doc, "live", (int64_t)t->live);
	doc_put_i64(doc, "connected", (int64_t)t->connected);
	doc_put_i64(doc, "abandoned", (int64_t)t->abandoned);
	doc_put_i64(doc, "lost_by_classification", (int64_t)t->lost);
	doc_put_i64(doc, "machines_to_seats", (int64_t)t->machines);
	doc_put_i64(doc, "failed", (int64_t)t->failed);
	doc_put_real(doc, "abandoned_share", totals_abandoned(t));
	doc_put_real(doc, "abandoned_share_max", t->ceiling);
	doc_put_real(doc, "worst_day_share", t->worst_day);
	if (t->days >= TOTALS_WINDOW_DAYS)
		doc_put_real(doc, "worst_30_days_share", t->worst_window);
	doc_put_i64(doc, "days_over", t->days_over);
	doc_put_real(doc, "wait_p50_s", seconds(&t->wait, 0.5));
	doc_put_real(doc, "wait_p95_s", seconds(&t->wait, 0.95));
	doc_put_real(doc, "idle_p50_s", seconds(&t->idle, 0.5));
	doc_put_real(doc, "idle_p95_s", seconds(&t->idle, 0.95));
	doc_put_real(doc, "lines_mean", rounded(totals_lines(t), 0.001));
	doc_put_i64(doc, "lines_peak", t->lines_max);
	doc_put_real(doc, "calls_a_second_mean", rounded(totals_cps(t), 0.0001));
	doc_put_i64(doc, "calls_a_second_peak", t->cps_max);
}

void totals_print(FILE *out, const struct totals *t)
{
	fprintf(out, "  accounts a seat a day    %.1f\n", totals_accounts(t));
	fprintf(out, "  utilisation              %.1f %%\n", 100 * totals_utilisation(t));
	fprintf(out, "  abandoned                %.2f %% (%.0f of %.0f people who answered)\n", 100 * totals_abandoned(t),
		t->abandoned, t->live);
	fprintf(out, "    worst day              %.2f %%; %lld of %lld days over %.4g %%\n", 100 * t->worst_day,
		(long long)t->days_over, (long long)t->days, 100 * t->ceiling);
	if (t->days >= TOTALS_WINDOW_DAYS)
		fprintf(out, "    worst 30 days          %.2f %%\n", 100 * t->worst_window);
	if (t->lost > 0)
		fprintf(out, "  people taken for machines %.2f %% (%.0f), not among the abandoned\n",
			100 * share(t->lost, t->live + t->lost), t->lost);
	fprintf(out, "  people wait for a seat   median %.1f s, 95 %% within %.1f s\n", seconds(&t->wait, 0.5),
		seconds(&t->wait, 0.95));
	fprintf(out, "  seats wait for people    median %.1f s, 95 %% within %.1f s\n", seconds(&t->idle, 0.5),
		seconds(&t->idle, 0.95));
	fprintf(out, "  lines in use             %.1f on average, %u at most\n", totals_lines(t), t->lines_max);
	fprintf(out, "  calls a second           %.2f on average, %u at most\n", totals_cps(t), t->cps_max);
	if (t->failed > 0)
		fprintf(out, "  calls that failed        %.0f\n", t->failed);
	if (t->early_cancels || t->misfits)
		fprintf(out, "  faults of the pacer      %llu events that did not fit, %llu cancels before their time\n",
			(unsigned long long)t->misfits, (unsigned long long)t->early_cancels);
}

void totals_print_titles(FILE *out)
{
	fprintf(out, "%-28s accounts  busy  aband.  worst  over   lines    calls/s\n", "");
	fprintf(out, "%-28s   a seat           %%  day %%  days mean/max mean/max\n", "");
}

void totals_print_row(FILE *out, const char *label, const struct totals *t)
{
	char lines[24], cps[24];

	snprintf(lines, sizeof(lines), "%.0f/%u", totals_lines(t), t->lines_max);
	snprintf(cps, sizeof(cps), "%.1f/%u", totals_cps(t), t->cps_max);
	fprintf(out, "%-28s %8.1f %5.3f  %6.2f %6.2f %5lld %9s %7s\n", label, totals_accounts(t), totals_utilisation(t),
		100 * totals_abandoned(t), 100 * t->worst_day, (long long)t->days_over, lines, cps);
	fflush(out);
}
