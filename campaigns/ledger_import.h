/*
 * ledger_import.h - what others tried with a person: counts of other agencies and of the client, documents of lost contact
 *
 * What    Rows become entries of the ledger (ledger.h) beside own attempts: rules count them alike. The same row twice is one
 *         entry, so the same file twice changes nothing. A table has the columns person, event (attempt, connected, unanswered,
 *         conversation, refusal or lost_contact) and time, and may have number (E.164), debt and count. All rows are read before
 *         the first is written.
 * Time    "2026-11-22" (noon), "2026-11-22 10:30", "2026-11-22T10:30:00", local in `zone`.
 * Errors  ERR_SYNTAX with row, column and what was expected; ERR_RANGE; errors of the store. Nothing is half done: the rows are
 *         written 1,000 a transaction, and a second import writes what is missing.
 */
#ifndef OUTDIAL_CAMPAIGNS_LEDGER_IMPORT_H
#define OUTDIAL_CAMPAIGNS_LEDGER_IMPORT_H

#include "campaigns/store.h"

#define LEDGER_NOTES_MAX 1000
#define LEDGER_COUNT_MAX 1000 /* calls in one row */

struct ledger_note {
	char person[64], debt[64], e164[NUMBER_BYTES]; /* "": not told */
	int64_t at_us;
	uint32_t events; /* enum rule_event */
	uint32_t count;
};

struct ledger_receipt {
	uint64_t read, added, present;
};

/* "2026-11-22" is noon; else as above. False: it is none of these. */
struct tz;
bool ledger_time(const struct tz *tz, const char *text, int64_t *out_us);
/* At most LEDGER_NOTES_MAX, one transaction with an event of its own in the evidence log. */
int ledger_notes(struct store *store, const struct ledger_note *notes, uint32_t count, uint32_t *added);
/* The file's rows in order, for the caller to free; nothing on an error, which has its sentence unless it is the system's. */
int ledger_table(const char *path, const char *zone, struct ledger_note **notes, uint32_t *count, char why[FILE_WHY_BYTES]);
int ledger_import(
	struct store *store, const char *path, const char *zone, struct ledger_receipt *receipt, char why[FILE_WHY_BYTES]);

#endif
