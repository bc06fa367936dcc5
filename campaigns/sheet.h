/*
 * sheet.h - rows of cells as a file: CSV or NDJSON, plain or compressed
 *
 * What    CSV by RFC 4180 with a header, formulas of spreadsheets neutralised, a byte order mark on request; NDJSON with one
 *         object a row. Compressed when the path ends in .zst. The file appears under its name when it is whole; standard output
 *         is written to as it goes.
 * Errors  -errno, -ENOMEM: the first sticks, and sheet_end_row() answers it.
 */
#ifndef OUTDIAL_CAMPAIGNS_SHEET_H
#define OUTDIAL_CAMPAIGNS_SHEET_H

#include "campaigns/cell.h"

#include <stddef.h>

enum export_format { EXPORT_CSV, EXPORT_NDJSON };

struct sheet_options {
	enum export_format format;
	const char *path; /* NULL: standard output */
	bool bom;         /* UTF-8 byte order mark */
};

struct sheet_sums {
	uint64_t rows, bytes; /* of the uncompressed text */
	char sha256[65];
};

struct sheet;
/* `columns` ends with NULL and stays the caller's. */
int sheet_open(struct sheet **sheet, const struct sheet_options *options, const char *const *columns);
/* The next cell of the row; as many as there are columns, then the row's end. */
void sheet_cell(struct sheet *sheet, const struct cell *cell);
void sheet_integer(struct sheet *sheet, int64_t value);
void sheet_bool(struct sheet *sheet, bool value);
void sheet_real(struct sheet *sheet, double value);
void sheet_text(struct sheet *sheet, const char *text);
void sheet_number(struct sheet *sheet, const char *e164);
void sheet_time(struct sheet *sheet, int64_t at_us);
void sheet_none(struct sheet *sheet);
int sheet_end_row(struct sheet *sheet);
/* Ends the file. */
int sheet_commit(struct sheet *sheet, struct sheet_sums *sums);
/* Without a commit nothing is left under the name. NULL is fine. */
void sheet_close(struct sheet *sheet);

#endif
