/*
 * suppress_table.h - inside of suppression: what runs in a transaction (for files of this folder only)
 */
#ifndef OUTDIAL_CAMPAIGNS_SUPPRESS_TABLE_H
#define OUTDIAL_CAMPAIGNS_SUPPRESS_TABLE_H

#include "campaigns/numset.h"
#include "campaigns/suppress.h"
#include "campaigns/tables.h"

#define SUPPRESS_TRACE_BYTES 512

/* The one check. `lead` is for its state column. */
struct suppress_view suppress_check(
	struct db_txn *txn, const struct campaign *campaign, const struct lead *lead, uint64_t number, int64_t now_us);
/* What the check consulted, for the intent's line: "internal consent:17 reassigned:no@1794801600 2:7 5:1": records that count,
 * the database's answer and when it came, then lists by id and generation. Cut when it does not fit. */
void suppress_trace(struct db_txn *txn, const struct campaign *campaign, const struct lead *lead, uint64_t number, int64_t now_us,
	char *out, size_t size);

bool suppress_load_record(struct db_txn *txn, uint16_t id, struct suppress_list *out);
bool suppress_find(struct db_txn *txn, const char *name, struct suppress_list *out);
bool suppress_after(struct db_txn *txn, int32_t after, struct suppress_list *out);
void suppress_save(struct db_txn *txn, const struct suppress_list *list);
/* The set of that number; 0 has no numbers. */
struct numset suppress_set(uint32_t set);
/* A number for a new set: above all that were given before, so that it is written at the table's end. */
uint32_t suppress_set_new(struct db_txn *txn);
/* Removes at most `limit` blocks of sets that no list names: generations that were replaced, what a killed load left, lists that
 * were dropped. True: there may be more. */
bool suppress_sweep(struct db_txn *txn, uint32_t limit);


/* suppress_release.c. Leads that were put aside wait again, but for those whose numbers are all on the store's own list; each is
 * checked anew when its turn comes. In small transactions; *released (may be NULL) grows. */
int suppress_release(struct store *store, int64_t now_us, uint64_t *released);
/*
 * The part of it that is about leads which one campaign may not dial (aside.h): after a change of the campaign, all that can have
 * changed.
 */
int suppress_return(struct store *store, int64_t now_us, uint64_t *returned);

/* suppress_scope.c: pure. Does the list say anything about this call? */
struct suppress_call {
	const struct campaign *campaign;
	const char *seller;      /* for whom the campaign calls, "" unknown */
	uint64_t number;
	char e164[NUMBER_BYTES]; /* the same */
	struct places number_places; /* of this number */
	struct places lead_places;   /* of all its numbers and its address; none: unknown */
};
bool suppress_applies(const struct suppress_list *list, const struct suppress_call *call);

#endif
