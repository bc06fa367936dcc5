/*
 * classify_report.h - the classifier's own false positives, trunk by trunk, recomputed from the attempts
 */
#ifndef OUTDIAL_CAMPAIGNS_CLASSIFY_REPORT_H
#define OUTDIAL_CAMPAIGNS_CLASSIFY_REPORT_H

#include "base/doc.h"
#include "campaigns/judge.h"

#define CLASSIFY_TRUNKS_MAX 64 /* further trunks are summed in the last row */

struct classify_row {
	char trunk[NAME_BYTES];
	struct judge_counts counts;
	uint64_t live, abandoned; /* by outcome, without any estimate */
};

struct classify_report {
	char campaign[NAME_BYTES]; /* empty: all */
	int64_t from_us, to_us;    /* of the intents, 0: open */
	struct classify_row rows[CLASSIFY_TRUNKS_MAX], all;
	uint32_t count;
};

/* `campaign` NULL: all campaigns. ERR_UNKNOWN: no such campaign. */
int classify_report_make(struct store *store, const char *campaign, int64_t from_us, int64_t to_us, struct classify_report *out,
	char why[WHY_BYTES]);
struct doc *classify_report_doc(const struct classify_report *report);
/* At most 80 columns; malloc'ed. */
char *classify_report_text(const struct classify_report *report);
/* The counts, the rate with its interval and what follows for the abandoned share, as members of `doc`. */
void classify_counts_doc(struct doc *doc, const struct judge_counts *counts, uint64_t live, uint64_t abandoned);
/* As time_text(), null for 0. */
void doc_put_time(struct doc *doc, const char *name, int64_t at_us);

#endif
