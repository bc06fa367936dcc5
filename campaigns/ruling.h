/*
 * ruling.h - what a campaign's rule packs say about leads that share zones and places (for files of this folder only)
 *
 * What    ruling_make() gathers the rules that apply, and decides about the hours. It is a function of the campaign, the packs in
 *         force, the group and the time; ruling_cached() keeps it until something of that changes. Limits, rests and lost-contact
 *         rules are handed on: they need the lead (ledger.h).
 * Thread  a cache belongs to one claim_run.
 */
#ifndef OUTDIAL_CAMPAIGNS_RULING_H
#define OUTDIAL_CAMPAIGNS_RULING_H

#include "campaigns/explain.h"
#include "campaigns/rules.h"
#include "campaigns/tables.h"

struct rulebook; /* the packs in force; immutable, lives as long as the store */
void rulebook_free(struct rulebook *book); /* and those before it; NULL is fine */
/* The same, from what is in the store now. */
bool rules_allow(struct db_txn *txn, const struct campaign *campaign, char *why);

void ruling_make(struct store *store, struct db_txn *txn, const struct campaign *campaign, uint16_t zones, int64_t now_us,
	struct ruling *out);
struct ruling_cache *ruling_cache_alloc(void); /* NULL: out of memory */
void ruling_cache_free(struct ruling_cache *cache); /* NULL is fine */
/* `version` is that of the store. The answer is valid until the next call. */
const struct ruling *ruling_cached(struct ruling_cache *cache, struct store *store, struct db_txn *txn, uint64_t version,
	const struct campaign *campaign, uint16_t zones, int64_t now_us);

#endif
