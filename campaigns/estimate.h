/*
 * estimate.h - dated estimates of how often the classifier takes a person for a machine, as the evidence log keeps them
 *
 * What    estimate_store() computes one from the sample of a span (judge.h) and writes it down as an event, with who did it;
 *         nothing can change it later. estimates_read() brings them back. Where a law counts people who were lost to false
 *         verdicts, an estimate holds for a period when it was made before that ended, or when its sample lies in it at least in
 *         part; of several the latest. None: all machine verdicts that nobody checked count as people.
 * Source  Ofcom, statement on persistent misuse: "a reasoned estimate", of tests that can be shown.
 */
#ifndef OUTDIAL_CAMPAIGNS_ESTIMATE_H
#define OUTDIAL_CAMPAIGNS_ESTIMATE_H

#include "campaigns/judge.h"

#include <stddef.h>

struct estimate {
	uint32_t campaign;
	int64_t made_us, from_us, to_us; /* when; span of the sample */
	struct judge_counts counts;
	char by[NAME_BYTES]; /* who */
};

/* ERR_UNKNOWN: no such campaign; ERR_WRONG_STATE: nothing was judged in the span; ERR_RANGE: the name. With a sentence. */
int estimate_store(struct store *store, const char *campaign, int64_t from_us, int64_t to_us, const char *by,
	struct estimate *out, char why[WHY_BYTES]);

struct estimates {
	struct estimate *items; /* in the order in which they were made */
	size_t count;
};
/*
 * Of all campaigns, from the log; *out is the caller's to estimates_fini(), also after an error. Errors of logread.h, with a
 * sentence.
 */
int estimates_read(struct store *store, struct estimates *out, char why[WHY_BYTES]);
void estimates_fini(struct estimates *estimates);
/* NULL: none holds. */
const struct estimate *estimate_for(const struct estimates *estimates, uint32_t campaign, int64_t start_us, int64_t end_us);

/* People lost among the machine verdicts of `counts` that nobody checked. */
uint64_t estimate_lost(const struct estimate *estimate, const struct judge_counts *counts);

#endif
