/*
 * evlog.h - what happens is written to the evidence log, in the transaction that makes it happen (for files of this folder only)
 *
 * What    Each call appends one line (line.h) to the table `log` under the next sequence number. As it is the same transaction,
 *         an event and what it tells are durable together or not at all: no attempt without its intent, no outcome without its
 *         line. The first line of all is "begin". docs/EVIDENCE.md lists events and keys.
 * Errors  stick to the transaction.
 * Cost    one key at the end of a table: no search for room, nothing is hashed here. Sealing (evidence.h) does that later.
 */
#ifndef OUTDIAL_CAMPAIGNS_EVLOG_H
#define OUTDIAL_CAMPAIGNS_EVLOG_H

#include "campaigns/estimate.h"
#include "campaigns/export.h"
#include "campaigns/ledger_import.h"
#include "campaigns/limits.h"
#include "campaigns/reconcile.h"
#include "campaigns/tables.h"

/* An event of another file: start, put what it has to say into `line`, write. */
struct line;
uint64_t evlog_start(struct db_txn *txn, struct line *line, const char *event);
/* Whose key seals its line_personal() fields: a place of personkey.h that is known, or that of a number or person. */
void evlog_about(struct db_txn *txn, struct line *line, uint64_t subject);
void evlog_about_number(struct db_txn *txn, struct line *line, const char *e164);
void evlog_write(struct db_txn *txn, uint64_t seq, struct line *line);
/* The same of what somebody did: who it was, as the last item. */
void evlog_end(struct db_txn *txn, uint64_t seq, struct line *line);

/* Why an attempt is allowed. */
struct permission {
	const char *suppression;            /* the lists that were consulted, as suppress_trace() writes them */
	const struct explanation *decision; /* rule, local time, zone, versions of the tables */
	const struct ledger_who *who;       /* under which keys the ledger counts it */
};
/* With the terms that hold now. */
void evlog_intent(
	struct db_txn *txn, const struct attempt *attempt, const struct campaign *campaign, const struct permission *permission);
/* "outcome", or "recovered" when it is UNKNOWN_CRASH. */
void evlog_outcome(struct db_txn *txn, const struct attempt *attempt);
/* The attempt as it is after the agent's word: that may have changed its outcome. */
void evlog_disposition(struct db_txn *txn, const struct attempt *attempt);
/* `attempt` 0: not during a call. */
void evlog_dnc(struct db_txn *txn, const char *e164, bool listed, uint64_t attempt);
/*
 * The called asked: also when the number was on the list already. The time between asked_us and the line's own is how long it
 * took.
 */
void evlog_opt_out(struct db_txn *txn, const char *e164, uint64_t attempt, int64_t asked_us, const char *how, bool was_listed);
/* Many at once: their count and the SHA-256 of the numbers as given, each ended by a newline. */
void evlog_dnc_many(struct db_txn *txn, const char *const *e164, uint32_t count, uint32_t added);
enum evlog_campaign { EVLOG_CREATED, EVLOG_CHANGED, EVLOG_STATE };
void evlog_campaign(struct db_txn *txn, const struct campaign *campaign, enum evlog_campaign what);
/* `event`: callerid_add, _change, _remove, _quarantine or _release. */
void evlog_callerid(struct db_txn *txn, const struct callerid *id, const char *event);
void evlog_terms(struct db_txn *txn, const struct campaign *campaign, const struct terms *terms);
void evlog_estimate(struct db_txn *txn, const struct estimate *estimate);
/* Which leads a campaign dials: lists and shares, order, filter. */
void evlog_campaign_leads(struct db_txn *txn, const struct campaign *campaign);
/* A callback that was agreed, or (without a time) cancelled, by a tool. */
void evlog_callback(struct db_txn *txn, const struct lead *lead);
/* A list switched on, off, archived, or given a last day. */
void evlog_list(struct db_txn *txn, const struct list *list);
/* A rule pack came into force; its text is kept under its hash. */
void evlog_rules(struct db_txn *txn, const struct rulepack *pack);
/* What others tried: how many rows, how many of them were new, and the SHA-256 of what they say. */
void evlog_ledger(struct db_txn *txn, const struct ledger_note *notes, uint32_t count, uint32_t added);
void evlog_reconcile(struct db_txn *txn, const struct reconcile_options *options, const struct reconcile_receipt *receipt);
/* Counts of one upload, and the list's leads after it. */
struct upload_counts;
void evlog_import(struct db_txn *txn, const struct list *list, const struct upload_counts *counts);

/* The next sequence number, and how many events are sealed. */
uint64_t evlog_next(struct db_txn *txn);
uint64_t evlog_sealed(struct db_txn *txn);

/* Of a call: a transaction of its own. */
int evlog_export(struct store *store, const struct export_options *options, const struct export_receipt *receipt);

#endif
