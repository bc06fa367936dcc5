/*
 * refusal.h - leads that a rule or a list kept from being dialled, counted (inside the store's transactions; for files of this
 * folder only)
 *
 * What    A refused lead leaves no line of its own in the evidence log: there may be millions. It is counted in a row a campaign,
 *         hour and reason, in the transaction that puts the lead aside; when the hour (UTC) is over the row becomes one event
 *         "refused" and goes. Leads behind a closed window are not even looked at one by one: of these the row keeps the largest
 *         number that waited at once.
 * Bounds  only reasons that come from a law, a list or a right count: eight lines a campaign and hour at most.
 */
#ifndef OUTDIAL_CAMPAIGNS_REFUSAL_H
#define OUTDIAL_CAMPAIGNS_REFUSAL_H

#include "campaigns/tables.h"

struct refusal {
	uint32_t campaign;
	enum claim_reason reason;
	char rule[64]; /* "pack/id", "campaign", or a suppression list's name: the first of the hour */
	uint64_t refused; /* leads put aside, each time one was */
	uint64_t waiting; /* leads that waited behind it at once, at most */
};

/* Adds `refused` to its row, and `waiting` when it is more than was seen. Reasons that do not count change nothing. */
void refusal_note(struct db_txn *txn, const struct refusal *refusal, int64_t now_us);
/* Rows of hours that are over become events, 64 of them at most. */
void refusal_tell(struct db_txn *txn, int64_t now_us);
/* The same in transactions of its own, until all are told. */
int refusal_tell_all(struct store *store, int64_t now_us);

#endif
