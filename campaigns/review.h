/*
 * review.h - machine verdicts whose recording somebody listens to
 *
 * What    A share of the `machine` verdicts of a campaign that records is marked when its call ends. Whoever listens says what it
 *         was; the answer counts in the estimate of judge.h and is an event of the evidence log. It may be corrected. The
 *         attempt's outcome stays: the person was not connected.
 */
#ifndef OUTDIAL_CAMPAIGNS_REVIEW_H
#define OUTDIAL_CAMPAIGNS_REVIEW_H

#include "campaigns/store.h"

/* ERR_UNKNOWN: no such attempt; ERR_WRONG_STATE: it is not in the queue. With a sentence. */
int review_judge(struct store *store, uint64_t attempt, bool person, char *why);
/* The first that waits after `after`. ERR_UNKNOWN: no more. */
int review_next(struct store *store, uint64_t after, struct attempt *out);

#endif
