/* consent_table.h - inside of consent: what runs in a transaction (for files of this folder only) */
#ifndef OUTDIAL_CAMPAIGNS_CONSENT_TABLE_H
#define OUTDIAL_CAMPAIGNS_CONSENT_TABLE_H

#include "campaigns/consent.h"
#include "campaigns/tables.h"

/* All that is known about this number of this lead, for a call on behalf of that campaign. */
void consent_ask(struct db_txn *txn, const struct campaign *campaign, const struct lead *lead, uint64_t number, int64_t now_us,
	struct consent_word *out);
bool reassigned_load(struct db_txn *txn, uint64_t number, struct reassigned_row *out);

#endif
