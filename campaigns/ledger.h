/*
 * ledger.h - what was tried with each person (inside the store's transactions; for files of this folder only)
 *
 * What    One entry an attempt under the person's key, and one under the dialled number's, so that leads which share a number
 *         count together. It is written with the intent, in its transaction, and says of an attempt under way that it may become
 *         anything; the outcome narrows it down, or takes it away when nothing was dialled. Entries older than RULE_DAYS_MAX days
 *         are removed when the person is dialled again. Counts that other agencies give are entries, too.
 * Person  the lead's column person, debtor_id, customer_id or external_id; without one its first number. A lead that an upload
 *         linked to another, or whose column or number changed since, keeps its first key (lead.person); what its column says now
 *         is written and read, too.
 * Truth   entries of own attempts are a function of the evidence log: intents have their keys, outcomes and dispositions what
 *         they count as.
 */
#ifndef OUTDIAL_CAMPAIGNS_LEDGER_H
#define OUTDIAL_CAMPAIGNS_LEDGER_H

#include "campaigns/limits.h"
#include "campaigns/tables.h"
#include "campaigns/terms.h"

#define LEDGER_ENTRIES_MAX 256 /* of one person; more means no */

struct ledger_view {
	uint32_t count;
	bool full;
	struct ledger_entry entries[LEDGER_ENTRIES_MAX];
};

uint64_t ledger_person(const char *name);
bool ledger_is_person(uint64_t subject); /* else it is a number */
/* Does a column of this title say who a lead is, or which debt it is about? */
bool ledger_names(const char *column);
uint32_t ledger_hash(const char *text); /* 0 for "" */
void ledger_who(const struct lead *lead, const struct terms *terms, struct ledger_who *out);
/* Whose number the lead's phone is: what its column says, else the lead's role. */
const char *ledger_role(const struct ledger_who *who, const struct lead_phone *phone);
/* Entries from since_us on of the person and of all its numbers, each attempt once, in order of time. */
void ledger_read(struct db_txn *txn, const struct ledger_who *who, int64_t since_us, struct ledger_view *out);
void ledger_intent(struct db_txn *txn, const struct ledger_who *who, const struct attempt *attempt);
/* The outcome, or a later disposition. */
void ledger_finish(struct db_txn *txn, const struct lead *lead, const struct attempt *attempt);
/* The entry of this attempt goes. */
void ledger_forget(struct db_txn *txn, uint64_t subject, const struct attempt *attempt);
/* Whose entry a row of T_LEDGER is: the attempt's id; of one that was uploaded none of ours. */
struct db_key;
uint64_t ledger_attempt(const struct db_key *key);
bool ledger_has(struct db_txn *txn, uint64_t subject, const struct ledger_entry *entry);
void ledger_put(struct db_txn *txn, uint64_t subject, const struct ledger_entry *entry);

#endif
