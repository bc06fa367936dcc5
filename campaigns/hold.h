/*
 * hold.h - legal holds: of whom nothing may be deleted
 *
 * What    A hold is on a number ("+8613800138000") or on a person, by the word that stands in the lead's column person,
 *         debtor_id, customer_id or external_id (ledger.h). A hold on a number is also one on every person whose lead has that
 *         number now, as long as it lasts. Each is an event of the log (`hold`, `hold_release`). Retention passes over what is
 *         about a held number or person.
 * Errors  ERR_RANGE, ERR_UNKNOWN (no such hold), each with a sentence.
 */
#ifndef OUTDIAL_CAMPAIGNS_HOLD_H
#define OUTDIAL_CAMPAIGNS_HOLD_H

#include "campaigns/store.h"

#define HOLD_SUBJECT_BYTES 64

struct hold {
	uint64_t subject;               /* the ledger's key of the person or number */
	char name[HOLD_SUBJECT_BYTES]; /* as it was given */
	char why[96];
	int64_t since_us;
};

/* A second hold on the same replaces its reason. */
int hold_put(struct store *store, const char *subject, const char *words, char *why);
int hold_release(struct store *store, const char *subject, char *why);
/* The next above `after` (0: the first). ERR_UNKNOWN at the end. */
int hold_next(struct store *store, uint64_t after, struct hold *out);

#endif
