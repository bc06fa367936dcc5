/* export.c - outcomes as CSV or NDJSON; see export.h */
#include "campaigns/export.h"
#include "base/doc.h"
#include "base/err.h"
#include "base/text.h"
#include "campaigns/evlog.h"
#include "campaigns/outcome_row.h"
#include "campaigns/outfile.h"
#include "campaigns/rowtext.h"
#include "campaigns/sha256.h"
#include "campaigns/zframe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256 /* attempts a read transaction */
#define NAMES 64  /* names of campaigns and lists that are remembered: ids beyond it are looked up again */

struct name_slot {
	uint32_t id;
	char name[NAME_BYTES];
};

struct export
{
	struct store *store;
	const struct export_options *options;
	struct export_receipt *receipt;
	uint32_t campaign; /* 0: all */
	struct outfile out;
	FILE *file;
	struct zframe_writer *frame; /* NULL: not compressed */
	struct sha256 *sha;
	struct rowtext text;
	struct name_slot campaigns[NAMES], lists[NAMES];
};

/* --- where the text goes */
static int emit(struct export *export, const char *text, size_t bytes)
{
	sha256_add(export->sha, text, bytes);
	export->receipt->bytes += bytes;
	if (export->frame)
		return zframe_write(export->frame, text, bytes);
	errno = 0;
	if (fwrite(text, 1, bytes, export->file) != bytes)
		return errno ? -errno : -EIO;
	return 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static int open_out(struct export *export)
{
	int err = 0;

	export->sha = sha256_alloc();
	if (!export->sha)
		return -ENOMEM;
	export->file = stdout;
	if (export->options->path) {
		err = outfile_open(&export->out, export->options->path);
		export->file = export->out.file;
	}
	if (!err && export->options->path && ends_with(export->options->path, ".zst"))
		err = zframe_writer_open(&export->frame, export->file);
	return err;
}

static int close_out(struct export *export)
{
	int err = export->frame ? zframe_finish(export->frame) : 0;

	sha256_hex(export->sha, export->receipt->sha256);
	if (err)
		return err;
	if (export->options->path)
		return outfile_commit(&export->out);
	errno = 0;
	return fflush(stdout) ? (errno ? -errno : -EIO) : 0;
}

/* --- names */
static const char *campaign_name(struct export *export, uint32_t id)
{
	struct name_slot *slot = &export->campaigns[id % NAMES];
	struct campaign campaign;

	if (slot->id != id) {
		slot->id = id;
		text_copy(slot->name, sizeof(slot->name), campaign_get_id(export->store, id, &campaign) ? "" : campaign.name);
	}
	return slot->name;
}

static const char *list_name(struct export *export, uint32_t id)
{
	struct name_slot *slot = &export->lists[id % NAMES];
	struct list list;

	if (slot->id != id) {
		slot->id = id;
		text_copy(slot->name, sizeof(slot->name), list_get_id(export->store, id, &list) ? "" : list.name);
	}
	return slot->name;
}

/* --- CSV */
/* "+" and digits: a number of ours, which no spreadsheet takes for a formula that does anything. */
static bool is_plain_number(const char *text)
{
	return text[strspn(text + (text[0] == '+'), "0123456789") + (text[0] == '+')] == 0;
}

static void csv_cell(struct rowtext *text, const struct outcome_cell *cell)
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
		snprintf(digits, sizeof(digits), "%.3f", cell->real);
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

static int csv_end(struct export *export)
{
	int err = rowtext_end(&export->text);

	return err ? err : emit(export, export->text.text, export->text.bytes);
}

static int csv_header(struct export *export)
{
	int i, err = export->options->bom ? emit(export, "\xEF\xBB\xBF", 3) : 0;

	if (err)
		return err;
	rowtext_begin(&export->text);
	for (i = 0; i < OUTCOME_COLUMNS; i++)
		rowtext_put(&export->text, outcome_column_name(i));
	return csv_end(export);
}

static int csv_row(struct export *export, const struct outcome_row *row)
{
	struct outcome_cell cell;
	int i;

	rowtext_begin(&export->text);
	for (i = 0; i < OUTCOME_COLUMNS; i++) {
		outcome_cell_get(row, i, &cell);
		csv_cell(&export->text, &cell);
	}
	return csv_end(export);
}

/* --- NDJSON */
static void json_cell(struct doc *object, const char *name, const struct outcome_cell *cell)
{
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
	case CELL_REAL: /* three digits, as in CSV */
		doc_put_real(object, name, (double)(int64_t)(cell->real * 1000 + 0.5) / 1000);
		break;
	case CELL_NUMBER:
	case CELL_TEXT:
		doc_put_text(object, name, cell->text);
		break;
	}
}

static int json_row(struct export *export, const struct outcome_row *row)
{
	struct doc *object = doc_object();
	struct outcome_cell cell;
	char *line;
	int i, err;

	for (i = 0; i < OUTCOME_COLUMNS; i++) {
		outcome_cell_get(row, i, &cell);
		json_cell(object, outcome_column_name(i), &cell);
	}
	line = doc_print(object, 0);
	doc_free(object);
	err = emit(export, line, strlen(line));
	free(line);
	return err ? err : emit(export, "\n", 1);
}

/* --- the walk */
static bool wanted(const struct export *export, const struct attempt *attempt)
{
	const struct export_options *options = export->options;

	return (!export->campaign || attempt->campaign == export->campaign) &&
	       (!options->from_us || attempt->intent_us >= options->from_us) &&
	       (!options->to_us || attempt->intent_us < options->to_us);
}

static int attempt_put(struct export *export, const struct attempt *attempt)
{
	struct outcome_row row = {.attempt = attempt};

	if (!wanted(export, attempt))
		return 0;
	if (attempt->outcome == OUTCOME_NONE) {
		export->receipt->unfinished++;
		return 0;
	}
	row.campaign = campaign_name(export, attempt->campaign);
	row.list = list_name(export, attempt->list);
	export->receipt->rows++;
	return export->options->format == EXPORT_CSV ? csv_row(export, &row) : json_row(export, &row);
}

static int walk(struct export *export)
{
	struct attempt *chunk = malloc(CHUNK * sizeof(*chunk));
	uint64_t after = 0;
	int i, count = 0, err = chunk ? 0 : -ENOMEM;

	while (!err && (count = attempt_read(export->store, after, chunk, CHUNK)) > 0) {
		for (i = 0; i < count && !err; i++)
			err = attempt_put(export, &chunk[i]);
		after = chunk[count - 1].id;
	}
	free(chunk);
	return err ? err : count;
}

static int campaign_find(struct export *export, char *why)
{
	struct campaign campaign;
	int err;

	if (!export->options->campaign)
		return 0;
	err = campaign_get(export->store, export->options->campaign, &campaign);
	if (err == ERR_UNKNOWN)
		snprintf(why, 400, "no campaign is called \"%.60s\"", export->options->campaign);
	if (!err)
		export->campaign = campaign.id;
	return err;
}

static int run(struct export *export, char *why)
{
	int err = campaign_find(export, why);

	if (!err)
		err = open_out(export);
	if (!err && export->options->format == EXPORT_CSV)
		err = csv_header(export);
	if (!err)
		err = walk(export);
	return err ? err : close_out(export);
}

int export_outcomes(struct store *store, const struct export_options *options, struct export_receipt *receipt, char why[400])
{
	struct export *export = calloc(1, sizeof(*export));
	int err;

	memset(receipt, 0, sizeof(*receipt));
	why[0] = 0;
	if (!export)
		return -ENOMEM;
	export->store = store;
	export->options = options;
	export->receipt = receipt;
	rowtext_init(&export->text, ',');
	err = run(export, why);
	if (!err) {
		err = evlog_export(store, options, receipt);
		if (err)
			snprintf(why, 400, "the rows are written, but that they were exported could not be recorded: %s", err_text(err));
	}
	if (err && !why[0])
		snprintf(why, 400, "%.200s: %s", options->path ? options->path : "standard output", err_text(err));
	zframe_writer_close(export->frame);
	outfile_abort(&export->out);
	sha256_free(export->sha);
	rowtext_fini(&export->text);
	free(export);
	return err;
}
