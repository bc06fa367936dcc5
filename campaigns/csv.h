/*
 * csv.h - rows of a text table (the only door to libcsv)
 *
 * What    Pulls one record after the other out of a stream of UTF-8: delimiter sniffed over the first 64 KiB, `sep=;` line
 *         obeyed, quoted fields with delimiters and line ends, LF, CRLF and CR, blank lines skipped. A record that cannot be a
 *         row is answered too, with a code.
 * Bounds  64 KiB a field, 1 MiB and 64 physical lines a record, 4,096 fields. A quote that never closes costs its own line only:
 *         the lines after it are read again as rows.
 * Names   libcsv owns csv_*: ours are rows_*.
 * Source  RFC 4180; docs/LISTS.md.
 */
#ifndef OUTDIAL_CAMPAIGNS_CSV_H
#define OUTDIAL_CAMPAIGNS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROWS_FIELD_BYTES_MAX (64 * 1024)
#define ROWS_RECORD_BYTES_MAX (1024 * 1024)
#define ROWS_LINES_MAX 64
#define ROWS_FIELDS_MAX 4096

enum row_code {
	ROW_OK,
	ROW_QUOTE,       /* a quoted field that never ends, or a stray quote in one */
	ROW_FIELD_SIZE,
	ROW_RECORD_SIZE,
	ROW_FIELDS,      /* too many */
	ROW_NUL,         /* a zero byte; in the fields it stands as U+FFFD */
	ROW_CODES
};

/* Views, valid until the next call. */
struct row {
	uint64_t record, line; /* from 1; the physical line on which the record starts */
	uint32_t count;
	const char *const *fields; /* NUL-terminated */
	enum row_code code;        /* not ROW_OK: fields are what a person needs to find and mend it */
};

/* Gives up to `size` bytes of text, *got 0 at the end; 0 or a negative error, which rows_next() hands on. */
typedef int rows_read_h(void *arg, char *out, size_t size, size_t *got);

struct rows;
/* Reads the first piece to choose the delimiter. -ENOMEM, or what `read` answered. */
int rows_open(struct rows **rows, rows_read_h *read, void *arg);
void rows_close(struct rows *rows); /* NULL is fine */
char rows_delimiter(const struct rows *rows);
/* 1: *row is the next; 0: the end; negative: error of read or -ENOMEM. */
int rows_next(struct rows *rows, struct row *row);
/*
 * Where the row after the last one begins. All that a later run needs to go on from there: between two rows nothing is pending.
 */
struct rows_mark {
	uint64_t text_bytes;   /* of decoded text before it */
	uint64_t record, line; /* rows before it; its physical line */
};
struct rows_mark rows_mark(const struct rows *rows);
/*
 * Goes on from a mark of an earlier run over the same text; it must not lie before what was read already. ERR_RANGE: the text is
 * shorter.
 */
int rows_resume(struct rows *rows, const struct rows_mark *mark);
/* "E_QUOTE" ... and its sentence. Static. */
const char *row_code_name(enum row_code code);
const char *row_code_sentence(enum row_code code);

/* The delimiter of a sample of text: , ; tab or |. Pure. */
char rows_sniff(const char *text, size_t bytes);

#endif
