/*
 * hold_table.h - holds inside the store's transactions (for files of this folder only)
 */
#ifndef OUTDIAL_CAMPAIGNS_HOLD_TABLE_H
#define OUTDIAL_CAMPAIGNS_HOLD_TABLE_H

#include "campaigns/hold.h"
#include "campaigns/tables.h"

/* Is there a hold on just this person or number? */
bool hold_has(struct db_txn *txn, uint64_t subject);
/* On the lead's person, or on any of its numbers? */
bool hold_has_lead(struct db_txn *txn, const struct lead *lead);
/* The persons of all leads that have a held number; `max`: there may be more. */
uint32_t hold_persons(struct db_txn *txn, uint64_t *out, uint32_t max);

#endif
