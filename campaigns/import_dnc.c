/* import_dnc.c - a file of do-not-call numbers; see import.h */
#include "base/err.h"
#include "campaigns/import.h"
#include "campaigns/number.h"
#include "campaigns/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 2000

struct dnc_import {
	struct store *store;
	const char *region;
	struct dnc_receipt *receipt;
	uint32_t count;
	char numbers[BATCH][NUMBER_BYTES];
	const char *views[BATCH];
};

static int flush(struct dnc_import *import)
{
	uint32_t added = 0;
	int err;

	if (!import->count)
		return 0;
	err = dnc_add_many(import->store, import->views, import->count, &added);
	if (err)
		return err;
	import->receipt->added += added;
	import->receipt->present += import->count - added;
	import->receipt->read += import->count;
	import->count = 0;
	return 0;
}

static int row_take(struct dnc_import *import, const struct row *row)
{
	enum number_code code = NUMBER_SYNTAX;

	if (row->code == ROW_OK && row->count)
		code = number_parse(row->fields[0], import->region, import->numbers[import->count], NULL);
	if (code != NUMBER_OK) {
		if (!import->receipt->bad)
			import->receipt->first_bad_line = row->line;
		import->receipt->bad++;
		import->receipt->read++;
		return 0;
	}
	import->views[import->count] = import->numbers[import->count];
	import->count++;
	return import->count == BATCH ? flush(import) : 0;
}

/* A first row without any digit in its first cell is a title. */
static bool is_title(const struct row *row)
{
	return row->record == 1 && row->code == ROW_OK && row->count && !row->fields[0][strcspn(row->fields[0], "0123456789")] &&
	       !strstr(row->fields[0], "\xEF\xBC"); /* full-width digits */
}

static int rows_take(struct dnc_import *import, struct rows *rows)
{
	struct row row;
	int rc, err = 0;

	while (!err && (rc = rows_next(rows, &row)) > 0)
		err = is_title(&row) ? 0 : row_take(import, &row);
	if (!err)
		err = rc;
	return err ? err : flush(import);
}

int import_dnc(struct store *store, const char *path, const char *region, struct dnc_receipt *receipt, char why[FILE_WHY_BYTES])
{
	return import_dnc_encoded(store, path, NULL, region, receipt, why);
}

int import_dnc_encoded(struct store *store, const char *path, const char *encoding, const char *region,
	struct dnc_receipt *receipt, char why[FILE_WHY_BYTES])
{
	struct dnc_import *import = calloc(1, sizeof(*import));
	struct table table;
	int err;

	memset(receipt, 0, sizeof(*receipt));
	why[0] = 0;
	if (!import)
		return -ENOMEM;
	import->store = store;
	import->region = region;
	import->receipt = receipt;
	err = region && region[0] && !phone_lib_region(region) ? ERR_RANGE : 0;
	if (err)
		snprintf(why, FILE_WHY_BYTES,
			"region \"%.20s\" is not known: write the two capital letters of a country, for example CN, US or GB",
			region);
	if (!err)
		err = table_open(&table, path, encoding, why);
	if (!err) {
		err = rows_take(import, table.rows);
		table_close(&table);
	}
	if (err && !why[0])
		snprintf(why, FILE_WHY_BYTES, "%.200s: %s (after %llu numbers)", path, err_text(err),
			(unsigned long long)receipt->read);
	free(import);
	return err;
}
