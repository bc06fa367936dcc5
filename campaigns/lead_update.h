/*
 * lead_update.h - what an upload changes in a lead that is there already (inside the store's transactions; for files of this
 * folder only)
 *
 * What    The row's values that are not empty take the place of the lead's: further columns by their titles, priority, zone,
 *         numbers. A number that the lead does not have takes the place of its first number of the same role that the row does
 *         not name; when there is none it comes behind the others, and when there is no room it is left out. What the row does
 *         not say stays.
 * Stays   list, state, attempts, outcomes, due time, callback, dead numbers, and who the lead is to the ledgers: what was tried
 *         with the person keeps counting, whatever number or id the row brings.
 * Flight  A lead whose attempt is under way changes as any other: the call goes on to the number that its intent names.
 * Batch   Updates wait until their chunk is written (batch.h), one a lead at most: then a row sees all that rows before it did.
 */
#ifndef OUTDIAL_CAMPAIGNS_LEAD_UPDATE_H
#define OUTDIAL_CAMPAIGNS_LEAD_UPDATE_H

#include "campaigns/db.h"
#include "campaigns/idset.h"
#include "campaigns/store.h"
#include "campaigns/zonesets.h"

struct lead_said { /* of what a row has no other way to say "nothing" */
	bool priority, zone;
};

struct lead_news {
	uint64_t id; /* whom they are about */
	struct lead row;
	struct lead_said said;
	bool rezone; /* its zones change, too: */
	uint16_t zones;
};

enum { LEAD_CHANGED = 1, LEAD_MOVED = 2 /* its numbers or its address, from which its zones were found */ };

/*
 * Does the row say anything new? *after: the lead with it. zone_names: of the row. Fills the rest of news. ERR_UNKNOWN: no such
 * lead; ERR_FULL: the further columns of both do not fit together.
 */
int lead_news_weigh(
	struct zonesets *sets, struct lead_news *news, const char *const *zone_names, struct lead *after, bool *any);

struct lead_updates { /* that wait */
	struct lead_news *news;
	uint32_t count, room;
	struct idset leads;
};

void lead_updates_init(struct lead_updates *updates, uint32_t max);
void lead_updates_fini(struct lead_updates *updates); /* all zero is fine */
bool lead_updates_has(const struct lead_updates *updates, uint64_t lead);
/* Copies. The lead must have none yet. -ENOMEM, -ENOSPC. */
int lead_updates_add(struct lead_updates *updates, const struct lead_news *news);
void lead_updates_write(struct db_txn *txn, const struct lead_updates *updates);
void lead_updates_clear(struct lead_updates *updates);

#endif
