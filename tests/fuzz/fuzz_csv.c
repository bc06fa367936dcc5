/* fuzz_csv.c - rows of any bytes: the same rows whatever the pieces are, all bounds kept, a written row reads back as itself */
#include "campaigns/csv.h"
#include "campaigns/rowtext.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
	const uint8_t *data;
	size_t bytes, piece;
};

static int source_read(void *arg, char *out, size_t size, size_t *got)
{
	struct source *source = arg;
	size_t n = source->bytes < size ? source->bytes : size;

	n = n > source->piece ? source->piece : n;
	memcpy(out, source->data, n);
	source->data += n;
	source->bytes -= n;
	*got = n;
	return 0;
}

static void check(int ok)
{
	if (!ok)
		abort();
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t count)
{
	const unsigned char *at = bytes;

	while (count--)
		hash = (hash ^ *at++) * UINT64_C(0x100000001B3);
	return hash;
}

/* A row that was read is written and read again: the same fields. */
static void check_round_trip(const struct row *row, char delimiter)
{
	struct rowtext text;
	struct source source;
	struct rows *rows;
	struct row again;
	uint32_t i;

	rowtext_init(&text, delimiter);
	rowtext_begin(&text);
	rowtext_put(&text, "a");
	rowtext_put(&text, "b");
	for (i = 0; i < row->count; i++)
		rowtext_put(&text, row->fields[i]);
	check(rowtext_end(&text) == 0);
	source = (struct source){(const uint8_t *)text.text, text.bytes, text.bytes};
	check(rows_open(&rows, source_read, &source) == 0);
	if (rows_delimiter(rows) == delimiter && rows_next(rows, &again) == 1 && again.code == ROW_OK) {
		check(again.count == row->count + 2);
		for (i = 0; i < row->count; i++)
			check(strcmp(again.fields[i + 2], row->fields[i]) == 0);
	}
	rows_close(rows);
	rowtext_fini(&text);
}

static uint64_t walk(const uint8_t *data, size_t size, size_t piece, int round_trips)
{
	struct source source = {data, size, piece};
	struct rows *rows;
	struct row row;
	uint64_t hash = 1, record = 0, line = 0;
	int rc;

	check(rows_open(&rows, source_read, &source) == 0);
	while ((rc = rows_next(rows, &row)) > 0) {
		check(row.record == ++record && row.line > line && row.count <= ROWS_FIELDS_MAX && row.code < ROW_CODES);
		line = row.line;
		hash = mix(hash, &row.line, sizeof(row.line));
		for (uint32_t i = 0; i < row.count; i++) {
			check(strlen(row.fields[i]) <= 3 * ROWS_FIELD_BYTES_MAX);
			hash = mix(hash, row.fields[i], strlen(row.fields[i]) + 1);
		}
		if (row.code == ROW_OK && round_trips-- > 0)
			check_round_trip(&row, rows_delimiter(rows));
	}
	check(rc == 0 && line <= size);
	rows_close(rows);
	return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t whole = walk(data, size, size + 1, 4);

	check(whole == walk(data, size, 1 + size / 3, 0));
	if (size < 512)
		check(whole == walk(data, size, 1, 0));
	return 0;
}
