/*
 * dedupe.h - whom an upload takes for the same lead, how far it looks for one, and what it does then (inside the folder)
 *
 * What    A scope is a distance: the file itself, its list, all lists of the campaigns that dial that list, the whole store. A
 *         lead that has one of the row's numbers, its external id, or either, makes the row a duplicate when it is no farther
 *         away than the upload looks. The nearest such lead counts, of equals the one that came first.
 * Careful An upload that updates or links must see what each row before it did: its chunks are small, and one transaction
 * (batch.h).
 */
#ifndef OUTDIAL_CAMPAIGNS_DEDUPE_H
#define OUTDIAL_CAMPAIGNS_DEDUPE_H

#include "campaigns/db.h"
#include "campaigns/import.h"
#include "campaigns/lead_key.h"

#define DEDUPE_LISTS 256

/* What becomes of a duplicate. Their numbers are part of what makes two uploads the same (import.c). */
enum dedupe_action {
	DEDUPE_SKIP,
	DEDUPE_KEEP,   /* counted, and taken as a lead of its own */
	DEDUPE_UPDATE, /* the lead that is there gets the row's values (lead_update.h) */
	DEDUPE_LINK,   /* taken as a lead of its own that is the same person (ledger.h) */
	DEDUPE_ACTIONS
};

enum dedupe_match {
	DEDUPE_NUMBER,
	DEDUPE_EXTERNAL, /* by external id; a row without one by its numbers */
	DEDUPE_ANY,
	DEDUPE_MATCHES
};

struct dedupe {
	enum import_scope scope;
	enum dedupe_action action;
	enum dedupe_match match;
	uint32_t list;
	uint32_t near[DEDUPE_LISTS]; /* the other lists of its campaigns */
	uint32_t near_count;
	int64_t created_us;            /* leads of the list with this time are of the file itself; 0: none are there yet */
	uint64_t chunk_base;           /* leads that are the rows themselves, collected again: */
	uint32_t chunk_count;          /* they are nowhere */
};

struct dedupe_hit {
	enum import_scope scope; /* IMPORT_SCOPES: none */
	uint64_t lead;           /* 0: a row that waits */
};

/* `scope`, `duplicates` and `match` as import_options has them. ERR_RANGE with a sentence. */
int dedupe_init(struct dedupe *dedupe, const struct import_options *options, char why[FILE_WHY_BYTES]);
/* For a list that is there: finds the lists near it. */
int dedupe_place(struct dedupe *dedupe, struct store *store, uint32_t list);
bool dedupe_careful(const struct dedupe *dedupe);
/* The keys (lead_keys) by which a row is looked for. */
uint32_t dedupe_keys(const struct dedupe *dedupe, const struct lead *row, uint64_t keys[LEAD_KEYS]);
/* The nearest lead of the store that is the row's. */
void dedupe_look(const struct dedupe *dedupe, struct db_txn *txn, const struct lead *row, struct dedupe_hit *hit);

#endif
