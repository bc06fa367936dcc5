/*
 * export.h - the outcome log as files for people and programs
 *
 * What    One row an attempt, stable column order, times in ISO 8601 UTC with milliseconds, CSV (RFC 4180, formula injection neutralised) or
 *         NDJSON, compressed when the path ends in .zst. Reads in chunks: the engine and the store are not held up.
 * Log     Who exported what, how many rows and their hash is an event of the evidence log: so the store must be open for writing.
 */
#ifndef OUTDIAL_CAMPAIGNS_EXPORT_H
#define OUTDIAL_CAMPAIGNS_EXPORT_H

#include "campaigns/store.h"

enum export_format { EXPORT_CSV, EXPORT_NDJSON };

struct export_options {
	const char *campaign;     /* NULL: all */
	int64_t from_us, to_us;   /* by intent time, from <= t < to; 0: open */
	enum export_format format;
	const char *path;         /* NULL: standard output. Written to a temporary name beside it and renamed when whole. */
	bool bom;                 /* UTF-8 byte order mark, for spreadsheets */
};

struct export_receipt {
	uint64_t rows, bytes;
	char sha256[65]; /* of the uncompressed text */
	uint64_t unfinished; /* attempts that have no outcome yet: left out */
};

int export_outcomes(struct store *store, const struct export_options *options, struct export_receipt *receipt, char why[400]);

#endif
