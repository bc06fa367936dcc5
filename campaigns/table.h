/*
 * table.h - an uploaded file opened as rows: descriptor, encoding, decoder, records
 *
 * What    table_open() refuses what is no table of text with a sentence that says what to do; then rows_next(table.rows) pulls
 *         the rows.
 */
#ifndef OUTDIAL_CAMPAIGNS_TABLE_H
#define OUTDIAL_CAMPAIGNS_TABLE_H

#include "campaigns/charset.h"
#include "campaigns/csv.h"

#define TABLE_WHY_BYTES 400

struct table {
	int fd;
	uint64_t bytes; /* of the file */
	struct charset charset;
	struct charset_reader *reader;
	struct rows *rows;
};

/*
 * -ENOENT, -EISDIR, -EACCES, -EINVAL, ERR_SYNTAX (empty), ERR_ENCODING. `encoding` NULL: detect. On an error nothing is left
 * open.
 */
int table_open(struct table *table, const char *path, const char *encoding, char why[TABLE_WHY_BYTES]);
void table_close(struct table *table);
uint64_t table_bytes_done(const struct table *table);

#endif
