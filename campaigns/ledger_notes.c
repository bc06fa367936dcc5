/* ledger_notes.c - what others tried becomes entries of the ledger; see ledger_import.h */
#include "campaigns/evlog.h"
#include "campaigns/ledger.h"
#include "campaigns/ledger_import.h"

#include "base/err.h"

#include <stdio.h>

#define TOLD_BIT (UINT64_C(1) << 62) /* own attempts have small ids */

struct notes {
	const struct ledger_note *rows;
	uint32_t count, added;
};

/* What is in the row names it, the person too: a number that two share has an entry for each. */
static uint64_t note_id(const struct ledger_note *note)
{
	char text[240];

	snprintf(text, sizeof(text), "%s|%s|%s|%u|%u", note->person, note->e164, note->debt, note->events, note->count);
	return (ledger_person(text) & (TOLD_BIT - 1)) | TOLD_BIT;
}

static void note_put(struct db_txn *txn, const struct ledger_note *note, struct notes *notes)
{
	struct ledger_entry entry = {.at_us = note->at_us, .attempt = note_id(note), .number = number_of(note->e164),
		.debt = ledger_hash(note->debt), .events = note->events, .count = note->count};
	uint64_t person = ledger_person(note->person);

	if (ledger_has(txn, person, &entry))
		return;
	notes->added++;
	ledger_put(txn, person, &entry);
	if (entry.number)
		ledger_put(txn, entry.number, &entry);
}

static int notes_in(struct db_txn *txn, void *arg)
{
	struct notes *notes = arg;

	notes->added = 0;
	for (uint32_t i = 0; i < notes->count; i++)
		note_put(txn, &notes->rows[i], notes);
	if (notes->added)
		evlog_ledger(txn, notes->rows, notes->count, notes->added);
	return 0;
}

int ledger_notes(struct store *store, const struct ledger_note *rows, uint32_t count, uint32_t *added)
{
	struct notes notes = {.rows = rows, .count = count};
	int err = count > LEDGER_NOTES_MAX ? ERR_RANGE : db_change(store->db, notes_in, &notes);

	*added = err ? 0 : notes.added;
	return err;
}
