/* sheet.c - see sheet.h */
#include "campaigns/sheet.h"

#include "campaigns/outfile.h"
#include "campaigns/rowtext.h"
#include "campaigns/sha256.h"
#include "campaigns/zframe.h"

#include "base/doc.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sheet {
	struct sheet_options options;
	const char *const *columns;
	int at; /* column that is next */
	int err;
	struct sheet_sums sums;
	struct outfile out;
	FILE *file;
	struct zframe_writer *frame; /* NULL: not compressed */
	struct sha256 *sha;
	struct rowtext text; /* of a CSV row */
	struct doc *object;  /* of a JSON row */
};

/* --- where the text goes */

static int emit(struct sheet *sheet, const char *text, size_t bytes)
{
	sha256_add(sheet->sha, text, bytes);
	sheet->sums.bytes += bytes;
	if (sheet->frame)
		return zframe_write(sheet->frame, text, bytes);
	errno = 0;
	if (fwrite(text, 1, bytes, sheet->file) != bytes)
		return errno ? -errno : -EIO;
	return 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static int open_out(struct sheet *sheet)
{
	const char *path = sheet->options.path;
	int err = 0;

	sheet->sha = sha256_alloc();
	if (!sheet->sha)
		return -ENOMEM;
	sheet->file = stdout;
	if (path) {
		err = outfile_open(&sheet->out, path);
		sheet->file = sheet->out.file;
	}
	if (!err && path && ends_with(path, ".zst"))
		err = zframe_writer_open(&sheet->frame, sheet->file);
	return err;
}

static int csv_end(struct sheet *sheet)
{
	int err = rowtext_end(&sheet->text);

	return err ? err : emit(sheet, sheet->text.text, sheet->text.bytes);
}

static int csv_header(struct sheet *sheet)
{
	int err = sheet->options.bom ? emit(sheet, "\xEF\xBB\xBF", 3) : 0;

	if (err)
		return err;
	rowtext_begin(&sheet->text);
	for (int i = 0; sheet->columns[i]; i++)
		rowtext_put(&sheet->text, sheet->columns[i]);
	return csv_end(sheet);
}

int sheet_open(struct sheet **sheet, const struct sheet_options *options, const char *const *columns)
{
	struct sheet *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return -ENOMEM;
	made->options = *options;
	made->columns = columns;
	rowtext_init(&made->text, ',');
	err = open_out(made);
	if (!err && options->format == EXPORT_CSV)
		err = csv_header(made);
	if (err)
		sheet_close(made);
	else
		*sheet = made;
	return err;
}

/* --- CSV */

/* "+" and digits: a number of ours, which no spreadsheet takes for a formula that does anything. */
static bool is_plain_number(const char *text)
{
	return text[strspn(text + (text[0] == '+'), "0123456789") + (text[0] == '+')] == 0;
}

static void csv_cell(struct rowtext *text, const struct cell *cell)
{
	char digits[32];

	switch (cell->kind) {
	case CELL_NONE:
		rowtext_put(text, "");
		break;
	case CELL_INTEGER:
		snprintf(digits, sizeof(digits), "%lld", (long long)cell->integer);
		rowtext_put(text, digits);
		break;
	case CELL_BOOL:
		rowtext_put(text, cell->integer ? "true" : "false");
		break;
	case CELL_REAL:
		snprintf(digits, sizeof(digits), "%.6g", cell->real);
		rowtext_put(text, digits);
		break;
	case CELL_NUMBER:
		if (is_plain_number(cell->text)) {
			rowtext_put(text, cell->text);
			break;
		}
		rowtext_safe(text, cell->text);
		break;
	case CELL_TEXT:
		rowtext_safe(text, cell->text);
		break;
	}
}

/* --- NDJSON */

static void json_cell(struct doc *object, const char *name, const struct cell *cell)
{
	char digits[32];

	switch (cell->kind) {
	case CELL_NONE:
		doc_put_text(object, name, NULL);
		break;
	case CELL_INTEGER:
		doc_put_i64(object, name, cell->integer);
		break;
	case CELL_BOOL:
		doc_put_bool(object, name, cell->integer);
		break;
	case CELL_REAL: /* the digits of CSV */
		snprintf(digits, sizeof(digits), "%.6g", cell->real);
		doc_put_real(object, name, strtod(digits, NULL));
		break;
	case CELL_NUMBER:
	case CELL_TEXT:
		doc_put_text(object, name, cell->text);
		break;
	}
}

static int json_end(struct sheet *sheet)
{
	char *line = doc_print(sheet->object, 0);
	int err;

	doc_free(sheet->object);
	sheet->object = NULL;
	err = emit(sheet, line, strlen(line));
	free(line);
	return err ? err : emit(sheet, "\n", 1);
}

/* --- cells and rows */

void sheet_cell(struct sheet *sheet, const struct cell *cell)
{
	assert(sheet->columns[sheet->at]);
	if (sheet->options.format == EXPORT_NDJSON) {
		if (!sheet->object)
			sheet->object = doc_object();
		json_cell(sheet->object, sheet->columns[sheet->at], cell);
	} else {
		if (sheet->at == 0)
			rowtext_begin(&sheet->text);
		csv_cell(&sheet->text, cell);
	}
	sheet->at++;
}

#define SHEET_PUT(name, type)                                                                                                    \
	void sheet_##name(struct sheet *sheet, type value)                                                                       \
	{                                                                                                                        \
		struct cell cell;                                                                                                \
                                                                                                                                 \
		cell_none(&cell);                                                                                                \
		cell_##name(&cell, value);                                                                                       \
		sheet_cell(sheet, &cell);                                                                                        \
	}

SHEET_PUT(integer, int64_t)
SHEET_PUT(bool, bool)
SHEET_PUT(real, double)
SHEET_PUT(text, const char *)
SHEET_PUT(number, const char *)
SHEET_PUT(time, int64_t)

void sheet_none(struct sheet *sheet)
{
	struct cell cell;

	cell_none(&cell);
	sheet_cell(sheet, &cell);
}

int sheet_end_row(struct sheet *sheet)
{
	int err;

	assert(!sheet->columns[sheet->at]);
	sheet->at = 0;
	sheet->sums.rows++;
	err = sheet->options.format == EXPORT_CSV ? csv_end(sheet) : json_end(sheet);
	if (!sheet->err)
		sheet->err = err;
	return sheet->err;
}

int sheet_commit(struct sheet *sheet, struct sheet_sums *sums)
{
	int err = sheet->err;

	if (!err && sheet->frame)
		err = zframe_finish(sheet->frame);
	sha256_hex(sheet->sha, sheet->sums.sha256);
	*sums = sheet->sums;
	if (err)
		return err;
	if (sheet->options.path)
		return outfile_commit(&sheet->out);
	errno = 0;
	return fflush(stdout) ? (errno ? -errno : -EIO) : 0;
}

void sheet_close(struct sheet *sheet)
{
	if (!sheet)
		return;
	zframe_writer_close(sheet->frame);
	outfile_abort(&sheet->out);
	sha256_free(sheet->sha);
	rowtext_fini(&sheet->text);
	doc_free(sheet->object);
	free(sheet);
}
