/* regions.c - see regions.h */
#include "campaigns/regions.h"
#include "base/err.h"
#include "base/text.h"
#include "campaigns/number.h"
#include "campaigns/table.h"

#include <string.h>

#define SAMPLE_ROWS 50000
#define ROW_BYTES 48 /* of a short row: the sample of a file of longer ones is smaller */

/* ITU-T E.164: +1 and +7 stand alone, these have two digits, all others three. */
static const char two_digits[] =
	"20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 "
	"86 90 91 92 93 94 95 98 ";

/* Digits of the country calling code at the start of an E.164 number, as a number: 86, 1, 44; 0 when there is none. Pure. */
static uint16_t region_code_of(const char *e164)
{
	char two[4] = {e164[1], e164[1] ? e164[2] : 0, ' ', 0};
	uint16_t code = 0;
	int digits = e164[1] == '1' || e164[1] == '7' ? 1 : strstr(two_digits, two) ? 2 : 3;

	for (int i = 1; i <= digits; i++) {
		if (e164[i] < '0' || e164[i] > '9')
			return 0;
		code = (uint16_t)(code * 10 + (e164[i] - '0'));
	}
	return code;
}

/* The last place counts all that found none. */
void regions_note(struct import_receipt *receipt, const char *e164)
{
	uint16_t code = region_code_of(e164);
	uint32_t i;

	for (i = 0; i < receipt->region_count && receipt->regions[i].code != code; i++)
		continue;
	if (i == IMPORT_REGIONS) {
		i = IMPORT_REGIONS - 1;
		receipt->regions[i].code = 0;
	}
	if (i == receipt->region_count)
		receipt->regions[receipt->region_count++].code = code;
	receipt->regions[i].count++;
}

static bool among(char others[IMPORT_REGIONS + 1][3], const char *region)
{
	for (; (*others)[0]; others++) {
		if (strcmp(*others, region) == 0)
			return true;
	}
	return false;
}

int regions_others(struct store *store, const char *region, char others[IMPORT_REGIONS + 1][3])
{
	struct list list = {.id = 0};
	uint32_t count = 0;
	int err;

	others[0][0] = 0;
	while (!(err = list_next(store, list.name, &list)) && count < IMPORT_REGIONS) {
		if (!list.region[0] || strcmp(list.region, region) == 0 || among(others, list.region))
			continue;
		text_copy(others[count++], 3, list.region);
		others[count][0] = 0;
	}
	return err == ERR_UNKNOWN ? 0 : err;
}

/* Is a number without "+" of our region one of another, too? Answers its index, -1: no. */
static int cell_ambiguous(const char *cell, const char *region, const char (*others)[3])
{
	char ours[NUMBER_BYTES], theirs[NUMBER_BYTES];
	int i;

	if (number_parse(cell, region, ours, NULL) != NUMBER_OK)
		return -1;
	for (i = 0; others[i][0]; i++) {
		if (number_parse(cell, others[i], theirs, NULL) == NUMBER_OK && strcmp(ours, theirs) != 0)
			return i;
	}
	return -1;
}

static void row_look(const struct row *row, const struct columns *columns, const char *region, const char (*others)[3],
	struct import_receipt *receipt)
{
	int other = -1;
	uint32_t i;

	for (i = 0; i < columns->phone_count && other < 0; i++) {
		if (columns->phones[i] < row->count)
			other = cell_ambiguous(row->fields[columns->phones[i]], region, others);
	}
	receipt->ambiguous.looked++;
	if (other < 0)
		return;
	if (!receipt->ambiguous.rows++)
		text_copy(receipt->ambiguous.region, sizeof(receipt->ambiguous.region), others[other]);
}

int regions_sample(const char *path, const char *encoding, const struct columns *columns, const char *region,
	const char (*others)[3], struct import_receipt *receipt)
{
	char why[TABLE_WHY_BYTES];
	struct table table;
	struct row row;
	uint64_t step;
	int rc = table_open(&table, path, encoding, why);

	if (rc)
		return rc;
	step = 1 + table.bytes / (ROW_BYTES * SAMPLE_ROWS);
	while ((rc = rows_next(table.rows, &row)) > 0) {
		if (row.code == ROW_OK && row.record % step == 0 && !(columns->header && row.record == 1))
			row_look(&row, columns, region, others, receipt);
	}
	table_close(&table);
	return rc;
}
