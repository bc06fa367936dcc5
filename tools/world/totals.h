/*
 * totals.h - the figures of some simulated days, as text and as JSON
 */
#ifndef OUTDIAL_WORLD_TOTALS_H
#define OUTDIAL_WORLD_TOTALS_H

#include <stdio.h>

#include "base/doc.h"
#include "tools/world/world.h"

#define TOTALS_WINDOW_DAYS 30

struct totals {
	int64_t days, seats, days_over;
	double accounts, live, connected, abandoned, machines, failed, lost, dialled; /* sums over the days */
	double busy_us, login_us, lines_us, end_us, ceiling;
	double worst_day, worst_window; /* abandoned share of a day, of 30 days in a row */
	struct {
		double live, abandoned;
	} window[TOTALS_WINDOW_DAYS], sum;
	uint32_t lines_max, cps_max;
	uint64_t misfits, early_cancels;
	struct hist wait, idle;
};

void totals_init(struct totals *totals, const struct scenario *scenario);
void totals_add(struct totals *totals, const struct day *day);
/* Lives `days` days from `first` on; `last` (may be NULL) gets the last one. 0 or -ENOMEM. */
int totals_run(struct totals *totals, const struct scenario *scenario, const struct world_options *options, int64_t days,
	uint64_t seed, struct day *last);

double totals_accounts(const struct totals *totals); /* a seat a day */
double totals_utilisation(const struct totals *totals);
double totals_abandoned(const struct totals *totals);
double totals_lines(const struct totals *totals);
double totals_cps(const struct totals *totals);
void totals_doc(struct doc *doc, const struct totals *totals);
/* A paragraph of one run. */
void totals_print(FILE *out, const struct totals *totals);
/* A row of a table; its titles. `label` of at most 28 columns. */
void totals_print_titles(FILE *out);
void totals_print_row(FILE *out, const char *label, const struct totals *totals);

#endif
