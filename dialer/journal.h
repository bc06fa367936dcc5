/*
 * journal.h - everything that went into a campaign's pacer and every decision that came out, as a file for `outdial replay`
 *
 * What    One file for each time that a campaign begins to run: DIR/journal/CAMPAIGN-YYYYMMDD-HHMMSS.journal. It starts with the
 *         pacer's options, so that a replay needs nothing else. Off unless outdial.conf says `journal = yes`.
 * Format  "OUTDIALJ", then the sizes of the four structs (u32), then records: one byte of kind and the fields, as this machine
 *         has them in memory. A file is for the program that wrote it: one with other sizes is refused.
 * Limits  256 MiB a file; then it ends with a line in the log. Writes of 64 KiB, or what there is once a second, to the page
 *         cache: nothing waits for a disk.
 * Errors  a file that cannot be opened or written is a line in the log and no journal; dialling goes on.
 */
#ifndef OUTDIAL_DIALER_JOURNAL_H
#define OUTDIAL_DIALER_JOURNAL_H

#include "pacing/pacing.h"

#include <stdio.h>

#define JOURNAL_BYTES_MAX (INT64_C(256) << 20)

enum journal_kind { JOURNAL_ALLOC = 1, JOURNAL_CONFIGURE, JOURNAL_PERIOD, JOURNAL_NOTE, JOURNAL_DECIDE, JOURNAL_RELEARN };

struct journal_record {
	enum journal_kind kind;
	int64_t now_us;
	struct pacing_options options;       /* ALLOC, CONFIGURE */
	uint64_t live_count, abandoned_count; /* PERIOD */
	enum pacing_event event;             /* NOTE */
	uint32_t call, seat;
	struct pacing_learned *learned;      /* RELEARN; reading: memory of the caller's */
	struct pacing_view view; /* DECIDE, and what was decided */
	struct pacing_decision decision;
};

struct journal;

/* NULL when it cannot be made; said in the log. The folder DIR/journal is made when it is not there. */
struct journal *journal_open(const char *dir, const char *campaign, int64_t now_us);
void journal_close(struct journal *journal); /* NULL is fine, here and below */
void journal_put(struct journal *journal, const struct journal_record *record);

/* Reading: 0; ERR_SYNTAX for no journal, ERR_SCHEMA for one of another program. */
int journal_check(FILE *file);
/* 1: a record, what was learned going to record->learned; 0: the end; ERR_SYNTAX: cut in the middle of a record, or no record. */
int journal_read(FILE *file, struct journal_record *record);

#endif
