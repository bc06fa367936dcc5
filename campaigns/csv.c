/* csv.c - records out of a stream, through libcsv; see csv.h */
#include "campaigns/csv.h"
#include "base/err.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BUFFER_BYTES (ROWS_RECORD_BYTES_MAX + 128 * 1024)
#define REPLACEMENT "\xEF\xBF\xBD"

struct rows {
	rows_read_h *read;
	void *arg;
	struct csv_parser parser;
	char delimiter;
	char *buffer; /* start..pos: the record under way, pos..fill: not yet looked at */
	size_t start, pos, fill;
	uint64_t gone; /* bytes of text before the buffer */
	bool end;      /* of the stream */
	bool skipping; /* inside a line that is too long */
	uint64_t line, record;
	char *text; /* fields of the current record, one after the other */
	size_t text_bytes, text_room;
	size_t *offsets;
	const char **fields;
	uint32_t count;
	bool done; /* libcsv saw the record's end */
	enum row_code code;
};

static const struct {
	const char *name, *sentence;
} codes[ROW_CODES] = {
	[ROW_OK] = {"OK", ""},
	[ROW_QUOTE] = {"E_QUOTE", "a quote opens a field and is not closed properly"},
	[ROW_FIELD_SIZE] = {"E_FIELD_SIZE", "a field is longer than 64 KiB"},
	[ROW_RECORD_SIZE] = {"E_RECORD_SIZE", "the row is longer than 1 MiB"},
	[ROW_FIELDS] = {"E_COLUMNS", "the row has more than 4,096 fields"},
	[ROW_NUL] = {"E_NUL", "the row has a zero byte in it"},
};

const char *row_code_name(enum row_code code)
{
	return codes[code].name;
}

const char *row_code_sentence(enum row_code code)
{
	return codes[code].sentence;
}

char rows_delimiter(const struct rows *rows)
{
	return rows->delimiter;
}

/* --- fields of one record */
static void code_set(struct rows *rows, enum row_code code)
{
	if (rows->code == ROW_OK)
		rows->code = code;
}

/* Room for `bytes` more; the record's cap bounds it, times three for zero bytes that are replaced. */
static bool text_reserve(struct rows *rows, size_t bytes)
{
	size_t room = rows->text_room ? rows->text_room : 4096;
	char *grown;

	while (room < rows->text_bytes + bytes)
		room *= 2;
	if (room == rows->text_room)
		return true;
	grown = realloc(rows->text, room);
	if (!grown)
		return false;
	rows->text = grown;
	rows->text_room = room;
	return true;
}

static void text_append(struct rows *rows, const char *from, size_t bytes)
{
	const char *zero;

	while ((zero = memchr(from, 0, bytes))) {
		size_t n = (size_t)(zero - from);

		memcpy(rows->text + rows->text_bytes, from, n);
		memcpy(rows->text + rows->text_bytes + n, REPLACEMENT, 3);
		rows->text_bytes += n + 3;
		from += n + 1;
		bytes -= n + 1;
		code_set(rows, ROW_NUL);
	}
	memcpy(rows->text + rows->text_bytes, from, bytes);
	rows->text_bytes += bytes;
}

static void field_add(struct rows *rows, const char *from, size_t bytes)
{
	if (bytes > ROWS_FIELD_BYTES_MAX) {
		code_set(rows, ROW_FIELD_SIZE);
		bytes = 0;
	}
	if (rows->count == ROWS_FIELDS_MAX) {
		code_set(rows, ROW_FIELDS);
		return;
	}
	if (!text_reserve(rows, bytes * 3 + 1)) {
		code_set(rows, ROW_RECORD_SIZE);
		return;
	}
	rows->offsets[rows->count++] = rows->text_bytes;
	text_append(rows, from, bytes);
	rows->text[rows->text_bytes++] = 0;
}

static void field_h(void *field, size_t bytes, void *arg)
{
	field_add(arg, field ? field : "", bytes);
}

static void record_h(int terminator, void *arg)
{
	struct rows *rows = arg;

	(void)terminator;
	rows->done = true;
}

static void fields_clear(struct rows *rows)
{
	rows->count = 0;
	rows->text_bytes = 0;
	rows->done = false;
	rows->code = ROW_OK;
}

static void nothing_field_h(void *field, size_t bytes, void *arg)
{
	(void)field;
	(void)bytes;
	(void)arg;
}

static void nothing_record_h(int terminator, void *arg)
{
	(void)terminator;
	(void)arg;
}

static void parser_reset(struct rows *rows)
{
	csv_fini(&rows->parser, nothing_field_h, nothing_record_h, NULL);
}

/* --- lines */
static int fill(struct rows *rows)
{
	size_t got;
	int err;

	if (rows->start > 0) {
		memmove(rows->buffer, rows->buffer + rows->start, rows->fill - rows->start);
		rows->pos -= rows->start;
		rows->fill -= rows->start;
		rows->gone += rows->start;
		rows->start = 0;
	}
	err = rows->read(rows->arg, rows->buffer + rows->fill, BUFFER_BYTES - rows->fill, &got);
	if (err)
		return err;
	rows->fill += got;
	rows->end = got == 0;
	return 0;
}

/* Offset of the first CR or LF of left bytes, left when there is none. In short steps: either may be absent from the whole file.
 */
static size_t line_end(const char *from, size_t left)
{
	size_t at, n, k;
	const char *lf, *cr;

	for (at = 0; at < left; at += n) {
		n = left - at < 512 ? left - at : 512;
		lf = memchr(from + at, '\n', n);
		k = lf ? (size_t)(lf - from) - at : n;
		cr = memchr(from + at, '\r', k);
		if (cr || lf)
			return (size_t)((cr ? cr : lf) - from);
	}
	return left;
}

/* Bytes of the line at `at` with its end, 0: its end is not there yet. At the end of the stream the rest is a line. */
static size_t line_bytes(const struct rows *rows, size_t at)
{
	const char *from = rows->buffer + at;
	size_t left = rows->fill - at, n = line_end(from, left);

	if (n == left)
		return rows->end ? left : 0;
	if (from[n] == '\n')
		return n + 1;
	if (n + 1 == left)
		return rows->end ? n + 1 : 0; /* an LF may follow */
	return n + 1 + (from[n + 1] == '\n');
}

/* Length of the next line: 1 with *bytes, 0 at the end of the stream. A line for which there is no room is answered in pieces. */
static int line_next(struct rows *rows, size_t *bytes)
{
	int err;

	for (;;) {
		*bytes = line_bytes(rows, rows->pos);
		if (*bytes)
			return 1;
		if (rows->end)
			return 0;
		if (rows->fill - rows->start > ROWS_RECORD_BYTES_MAX) {
			*bytes = rows->fill - rows->pos;
			rows->skipping = true;
			return 1;
		}
		err = fill(rows);
		if (err)
			return err;
	}
}

/* --- records */
static int row_out(struct rows *rows, uint64_t line, struct row *row)
{
	uint32_t i;

	for (i = 0; i < rows->count; i++)
		rows->fields[i] = rows->text + rows->offsets[i];
	*row = (struct row){
		.record = ++rows->record, .line = line, .count = rows->count, .fields = rows->fields, .code = rows->code};
	rows->start = rows->pos;
	return 1;
}

/* The line without any meaning of quotes: what a person will look for. */
static void split_plainly(struct rows *rows, const char *text, size_t bytes)
{
	const char *end = text + bytes, *next;

	while (bytes && (end[-1] == '\n' || end[-1] == '\r')) {
		end--;
		bytes--;
	}
	while ((next = memchr(text, rows->delimiter, (size_t)(end - text)))) {
		field_add(rows, text, (size_t)(next - text));
		text = next + 1;
	}
	field_add(rows, text, (size_t)(end - text));
}

/* Only the record's first line is refused, the lines after it are read again. */
static int refuse_first_line(struct rows *rows, uint64_t line, enum row_code code, struct row *row)
{
	size_t bytes;

	parser_reset(rows);
	fields_clear(rows);
	bytes = line_bytes(rows, rows->start);
	rows->code = code;
	split_plainly(rows, rows->buffer + rows->start, bytes);
	rows->pos = rows->start + bytes;
	rows->line = line + 1;
	return row_out(rows, line, row);
}

/* A line beyond all caps: its bytes are dropped up to its end. */
static int refuse_long_line(struct rows *rows, uint64_t line, struct row *row)
{
	size_t bytes;
	int rc;

	parser_reset(rows);
	fields_clear(rows);
	rows->code = ROW_RECORD_SIZE;
	do {
		rows->skipping = false;
		rc = line_next(rows, &bytes);
		if (rc < 0)
			return rc;
		rows->pos += rc ? bytes : 0;
		rows->start = rows->pos;
	} while (rows->skipping);
	rows->line = line + 1;
	return row_out(rows, line, row);
}

/* Does the record of several lines keep to RFC 4180 strictly? If not, a stray quote has swallowed the lines. */
static bool strict(const struct rows *rows)
{
	struct csv_parser parser;
	size_t bytes = rows->pos - rows->start;
	bool ok;

	if (csv_init(&parser, CSV_STRICT))
		return false;
	csv_set_delim(&parser, (unsigned char)rows->delimiter);
	ok = csv_parse(&parser, rows->buffer + rows->start, bytes, nothing_field_h, nothing_record_h, NULL) == bytes;
	csv_free(&parser);
	return ok;
}

/* One line to libcsv, with an end when the file's last line has none. */
static void feed(struct rows *rows, size_t bytes)
{
	const char *text = rows->buffer + rows->pos;
	char last = text[bytes - 1];

	csv_parse(&rows->parser, text, bytes, field_h, record_h, rows);
	if (rows->end && rows->pos + bytes == rows->fill && last != '\n' && last != '\r')
		csv_parse(&rows->parser, "\n", 1, field_h, record_h, rows);
	rows->pos += bytes;
	rows->line++;
}

static bool is_blank(const struct rows *rows)
{
	size_t i;

	for (i = rows->start; i < rows->pos; i++) {
		if (!memchr(" \t\r\n", rows->buffer[i], 4))
			return false;
	}
	return true;
}

static int row_done(struct rows *rows, uint64_t line, struct row *row)
{
	if (rows->line > line + 1 && !strict(rows))
		return refuse_first_line(rows, line, ROW_QUOTE, row);
	return row_out(rows, line, row);
}

int rows_next(struct rows *rows, struct row *row)
{
	uint64_t line = rows->line;
	size_t bytes;
	int rc;

	fields_clear(rows);
	for (;;) {
		rc = line_next(rows, &bytes);
		if (rc < 0)
			return rc;
		if (rc == 0) /* the end; inside quotes when lines are pending */
			return rows->pos > rows->start ? refuse_first_line(rows, line, ROW_QUOTE, row) : 0;
		if (rows->skipping) {
			rows->skipping = rows->line == line;
			return rows->skipping ? refuse_long_line(rows, line, row) : refuse_first_line(rows, line, ROW_QUOTE, row);
		}
		feed(rows, bytes);
		if (rows->done)
			return row_done(rows, line, row);
		if (is_blank(rows)) {
			rows->start = rows->pos;
			line = rows->line;
			continue;
		}
		if (rows->line - line >= ROWS_LINES_MAX || rows->parser.entry_pos > ROWS_FIELD_BYTES_MAX)
			return refuse_first_line(rows, line, ROW_QUOTE, row);
	}
}

/* --- going on */
struct rows_mark rows_mark(const struct rows *rows)
{
	return (struct rows_mark){.text_bytes = rows->gone + rows->start, .record = rows->record, .line = rows->line};
}

int rows_resume(struct rows *rows, const struct rows_mark *mark)
{
	int err;

	while (mark->text_bytes > rows->gone + rows->fill && !rows->end) {
		rows->start = rows->pos = rows->fill;
		err = fill(rows);
		if (err)
			return err;
	}
	if (mark->text_bytes > rows->gone + rows->fill || mark->text_bytes < rows->gone + rows->start)
		return ERR_RANGE;
	rows->start = rows->pos = (size_t)(mark->text_bytes - rows->gone);
	rows->record = mark->record;
	rows->line = mark->line;
	return 0;
}

/* --- opening */
/* `sep=;` as the first line names the delimiter and is no row. */
static bool sep_line(struct rows *rows)
{
	char quote = rows->buffer[0] == '"';
	const char *at = rows->buffer + quote;
	size_t bytes = line_bytes(rows, 0);

	if (bytes < 5u + 2u * (unsigned)quote || strncasecmp(at, "sep=", 4) != 0 || !memchr(",;\t|", at[4], 4))
		return false;
	if (bytes > 5u + 2u * (unsigned)quote + 2u || (quote && at[5] != '"'))
		return false;
	rows->delimiter = at[4];
	rows->start = rows->pos = bytes;
	rows->line++;
	return true;
}

static int first_piece(struct rows *rows)
{
	int err = 0;

	while (!err && !rows->end && rows->fill < 64 * 1024)
		err = fill(rows);
	if (err || rows->fill == 0)
		return err;
	if (!sep_line(rows))
		rows->delimiter = rows_sniff(rows->buffer, rows->fill < 64 * 1024 ? rows->fill : 64 * 1024);
	csv_set_delim(&rows->parser, (unsigned char)rows->delimiter);
	return 0;
}

int rows_open(struct rows **rows, rows_read_h *read, void *arg)
{
	struct rows *made = calloc(1, sizeof(*made));
	int err = -ENOMEM;

	if (!made)
		return err;
	made->read = read;
	made->arg = arg;
	made->delimiter = ',';
	made->line = 1;
	made->buffer = malloc(BUFFER_BYTES);
	made->offsets = malloc(ROWS_FIELDS_MAX * sizeof(made->offsets[0]));
	made->fields = malloc(ROWS_FIELDS_MAX * sizeof(made->fields[0]));
	if (made->buffer && made->offsets && made->fields && csv_init(&made->parser, 0) == 0)
		err = first_piece(made);
	if (err)
		rows_close(made);
	else
		*rows = made;
	return err;
}

void rows_close(struct rows *rows)
{
	if (!rows)
		return;
	csv_free(&rows->parser);
	free(rows->buffer);
	free(rows->text);
	free(rows->offsets);
	free(rows->fields);
	free(rows);
}
