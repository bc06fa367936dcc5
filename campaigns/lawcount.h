/*
 * lawcount.h - abandoned calls counted as each law counts them, recomputed from finished calls (no I/O; the machine's time zone)
 *
 * What    Per campaign: successive periods of 30 days from its first dial (16 CFR 310.4(b)(4)(i)), calendar days (Ofcom 2017),
 *         calendar months (CRTC), and for each day the 30 days that end with it, a view that no law asks for. A call belongs to
 *         the period of its intent, as in the engine's own books.
 * Shape   struct lawcount: periods in the order of their starts. Calls may come in any order.
 * Errors  -ENOMEM.
 */
#ifndef OUTDIAL_CAMPAIGNS_LAWCOUNT_H
#define OUTDIAL_CAMPAIGNS_LAWCOUNT_H

#include "campaigns/judge.h"
#include "campaigns/store.h"

#include <stddef.h>

enum law { LAW_US_30_DAYS, LAW_UK_DAY, LAW_CA_MONTH, LAW_ROLLING_30_DAYS, LAWS };
#define LAWS_COUNTED LAW_ROLLING_30_DAYS /* the last one is summed from the days */

struct law_count {
	uint64_t live, abandoned;   /* by outcome */
	struct judge_counts judged; /* `machine` verdicts and their sample */
};

struct law_period {
	int64_t start_us, end_us;
	struct law_count count;
};

struct lawcount {
	int64_t first_dial_us;
	struct {
		struct law_period *items;
		size_t count, room;
	} law[LAWS_COUNTED];
};

void lawcount_init(struct lawcount *counts, int64_t first_dial_us);
void lawcount_fini(struct lawcount *counts);
int lawcount_add(struct lawcount *counts, const struct attempt *attempt);
/* How many rows a law has, and one of them, by place. */
size_t lawcount_rows(const struct lawcount *counts, enum law law);
struct law_period lawcount_row(const struct lawcount *counts, enum law law, size_t index);
/* The counts of the period that begins at `start_us`; all 0 when there is none. */
struct law_count lawcount_at(const struct lawcount *counts, enum law law, int64_t start_us);
/* The period of a law (not the rolling one) in which an instant lies. */
struct law_period law_period_of(enum law law, int64_t first_dial_us, int64_t at_us);
/* "us_30_days", "uk_day", "ca_month", "rolling_30_days" */
const char *law_name(enum law law);

#endif
