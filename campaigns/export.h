/*
 * export.h - what happened as tables for people and programs
 *
 * What    One table of exports: name, what it shows, its columns in their stable order. All of them are recomputed from the events of the
 *         evidence log (logread.h), in pieces: the engine and the store are not held up, however slow the reader at the other end is.
 * Log     Who exported what by which filter, how many rows and their hash is an event of the log: so the store must be open for writing.
 *         It is one short transaction at the end.
 * Thread  one export at a time and process.
 */
#ifndef OUTDIAL_CAMPAIGNS_EXPORT_H
#define OUTDIAL_CAMPAIGNS_EXPORT_H

#include "campaigns/sheet.h"
#include "campaigns/store.h"

struct export_options {
	const char *what;         /* NULL: "outcomes" */
	const char *campaign;     /* NULL: all */
	int64_t from_us, to_us;   /* by intent time (other events: by their own), from <= t < to; 0: open */
	enum export_format format;
	const char *path;         /* NULL: standard output. Written to a temporary name beside it and renamed when whole. */
	bool bom;                 /* UTF-8 byte order mark, for spreadsheets */
	const char *number, *seat; /* NULL: all. The number as E.164 with "+" */
};

struct export_receipt {
	uint64_t rows, bytes;
	char sha256[65]; /* of the uncompressed text */
	uint64_t unfinished; /* attempts that have no outcome yet: left out */
	uint64_t incomplete; /* outcomes: rows in which an item is n/a that telemarketing law wants named */
};

/* Names of the exports; NULL behind the last. Static. */
const char *export_name(unsigned index);
/* The columns of the export of that index, NULL behind the last. docs/COLUMNS.md explains each. Static. */
const char *const *export_columns(unsigned index);
/* ERR_UNKNOWN: no such export, or no such campaign. All errors with a sentence. */
int export_run(struct store *store, const struct export_options *options, struct export_receipt *receipt, char why[400]);

#endif
