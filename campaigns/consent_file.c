/* consent_file.c - tables of consent records, and the exchange with a reassigned numbers database; see consent.h */
#include "campaigns/consent.h"

#include "campaigns/holiday.h"
#include "campaigns/ledger_import.h"
#include "campaigns/number.h"
#include "campaigns/outfile.h"
#include "campaigns/rowtext.h"
#include "campaigns/sheet.h"
#include "campaigns/table.h"
#include "campaigns/tz.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { AT_NUMBER, AT_PERSON, AT_BASIS, AT_DATE, AT_EVIDENCE, AT_SELLER, AT_UNTIL, AT_COLUMNS };
static const char *const titles[AT_COLUMNS + 1] = {"number", "person", "basis", "date", "evidence", "seller", "until", NULL};
static const char *const answer_titles[] = {"number", "date", "answer"};

/* A file whose rows are read whole before the first is written, so that a bad one changes nothing. */
struct reading {
	const char *path, *region;
	const struct tz *tz;
	int column[AT_COLUMNS]; /* -1: not there */
	int64_t as_of_us;
	size_t row_bytes;
	int (*take)(struct reading *in, const struct row *row, void *out); /* 1: no row of data */
	unsigned char *rows;
	uint32_t count, max;
	char *why;
};

static int complain(const struct reading *in, const struct row *row, const char *title, const char *expected, const char *text)
{
	snprintf(in->why, 400, "%.120s, line %llu, column \"%s\": expected %s, not \"%.60s\"", in->path,
		(unsigned long long)row->line, title, expected, text);
	return ERR_SYNTAX;
}

static int read_all(struct reading *in)
{
	struct table table;
	struct row row;
	int rc = 0, err = table_open(&table, in->path, NULL, in->why);

	if (err)
		return err;
	while (!err && (rc = rows_next(table.rows, &row)) > 0) {
		if (in->count == in->max) {
			uint32_t max = in->max ? in->max * 2 : 1024;
			unsigned char *rows = realloc(in->rows, max * in->row_bytes);

			if (!rows) {
				err = -ENOMEM;
				break;
			}
			in->rows = rows;
			in->max = max;
		}
		if (row.code != ROW_OK)
			err = complain(in, &row, titles[AT_NUMBER], "a row that can be read", row_code_sentence(row.code));
		else
			err = in->take(in, &row, in->rows + in->count * in->row_bytes);
		in->count += err == 0;
		err = err > 0 ? 0 : err;
	}
	table_close(&table);
	return err ? err : rc;
}

static uint32_t rows_from(const struct reading *in, uint32_t at)
{
	return in->count - at < CONSENT_ROWS_MAX ? in->count - at : CONSENT_ROWS_MAX;
}

static int read_end(const struct reading *in, int err)
{
	if (err && !*in->why)
		snprintf(in->why, 400, "%.200s: %s", in->path, err_text(err));
	free(in->rows);
	return err;
}

/* --- records */

static const char *cell(const struct reading *in, const struct row *row, int column)
{
	int at = in->column[column];

	return at >= 0 && (uint32_t)at < row->count ? row->fields[at] : "";
}

static int take_titles(struct reading *in, const struct row *row)
{
	for (int k = 0; k < AT_COLUMNS; k++) {
		in->column[k] = -1;
		for (uint32_t i = 0; i < row->count && in->column[k] < 0; i++)
			if (strcasecmp(row->fields[i], titles[k]) == 0)
				in->column[k] = (int)i;
	}
	if ((in->column[AT_NUMBER] >= 0 || in->column[AT_PERSON] >= 0) && in->column[AT_BASIS] >= 0 && in->column[AT_DATE] >= 0)
		return 1;
	snprintf(in->why, 400,
		"%.200s, line %llu: columns number or person, basis and date are needed; evidence, seller and until may be",
		in->path, (unsigned long long)row->line);
	return ERR_SYNTAX;
}

static int take_consent(struct reading *in, const struct row *row, void *out)
{
	struct consent *consent = out;
	char why[WHY_BYTES] = "";

	if (row->record == 1)
		return take_titles(in, row);
	memset(consent, 0, sizeof(*consent));
	if (*cell(in, row, AT_NUMBER) && number_parse(cell(in, row, AT_NUMBER), in->region, consent->e164, NULL) != NUMBER_OK)
		return complain(in, row, titles[AT_NUMBER],
			*in->region ? "a telephone number" : "a number with \"+\" and country code (or give --region)",
			cell(in, row, AT_NUMBER));
	consent->basis = consent_basis_by_name(cell(in, row, AT_BASIS));
	if (consent->basis == CONSENT_BASES)
		return complain(in, row, titles[AT_BASIS], "consent, purchase, inquiry or revocation", cell(in, row, AT_BASIS));
	if (!ledger_time(in->tz, cell(in, row, AT_DATE), &consent->at_us))
		return complain(in, row, titles[AT_DATE], "a date such as 2026-11-22 or 2026-11-22 10:30:00 (UTC)",
			cell(in, row, AT_DATE));
	if (*cell(in, row, AT_UNTIL) && !ledger_time(in->tz, cell(in, row, AT_UNTIL), &consent->until_us))
		return complain(in, row, titles[AT_UNTIL], "a date such as 2027-11-22", cell(in, row, AT_UNTIL));
	if (!text_copy(consent->person, sizeof(consent->person), rowtext_bare(cell(in, row, AT_PERSON))))
		return complain(in, row, titles[AT_PERSON], "at most 63 bytes", cell(in, row, AT_PERSON));
	if (!text_copy(consent->seller, sizeof(consent->seller), rowtext_bare(cell(in, row, AT_SELLER))))
		return complain(in, row, titles[AT_SELLER], "at most 63 bytes", cell(in, row, AT_SELLER));
	if (!text_copy(consent->evidence, sizeof(consent->evidence), rowtext_bare(cell(in, row, AT_EVIDENCE))))
		return complain(in, row, titles[AT_EVIDENCE], "at most 127 bytes", cell(in, row, AT_EVIDENCE));
	if (consent_check(consent, clock_us(), why) == 0)
		return 0;
	snprintf(in->why, 400, "%.120s, line %llu: %s", in->path, (unsigned long long)row->line, why);
	return ERR_SYNTAX;
}

int consent_import(struct store *store, const char *path, const char *region, struct consent_receipt *receipt, char why[400])
{
	struct reading in = {.path = path,
		.region = region ? region : "",
		.tz = tz_get("Etc/UTC"),
		.row_bytes = sizeof(struct consent),
		.take = take_consent,
		.why = why};
	int err;

	memset(receipt, 0, sizeof(*receipt));
	why[0] = '\0';
	err = read_all(&in);
	for (uint32_t at = 0; at < in.count && !err; at += CONSENT_ROWS_MAX) {
		uint32_t count = rows_from(&in, at), added = 0;

		err = consent_add_many(store, (const struct consent *)(void *)in.rows + at, count, &added, why);
		receipt->read += err ? 0 : count;
		receipt->added += err ? 0 : added;
		receipt->present += err ? 0 : count - added;
	}
	return read_end(&in, err);
}

static void put_time(struct sheet *sheet, int64_t us)
{
	char text[32] = "";
	int year, month, date;
	int64_t second = us % DAY_US / SEC_US;

	date_of_day(us / DAY_US, &year, &month, &date);
	if (us)
		snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d", year, month, date, (int)(second / 3600),
			(int)(second / 60 % 60), (int)(second % 60));
	sheet_text(sheet, text);
}

int consent_export(struct store *store, const char *path, uint64_t *rows, char why[400])
{
	struct sheet_options options = {.format = EXPORT_CSV, .path = strcmp(path, "-") == 0 ? NULL : path};
	struct consent row = {0};
	struct sheet_sums sums;
	struct sheet *sheet = NULL;
	int err = sheet_open(&sheet, &options, titles);

	why[0] = '\0';
	for (*rows = 0; !err && (err = consent_next(store, &row, &row)) == 0; ++*rows) {
		sheet_number(sheet, row.e164);
		sheet_text(sheet, row.person);
		sheet_text(sheet, consent_basis_name(row.basis));
		put_time(sheet, row.at_us);
		sheet_text(sheet, row.evidence);
		sheet_text(sheet, row.seller);
		put_time(sheet, row.until_us);
		err = sheet_end_row(sheet);
	}
	err = err == ERR_UNKNOWN ? sheet_commit(sheet, &sums) : err;
	sheet_close(sheet);
	if (err)
		snprintf(why, 400, "%.200s: %s", path, err_text(err));
	return err;
}

/* --- reassigned numbers */

/* The newest record of this number that somebody may rest on; 0: none, or it is taken back. */
static int64_t query_date(struct store *store, const char *e164, int64_t now_us)
{
	struct consent_word word = {0};
	struct consent record = {0};

	while (consent_next_of(store, e164, "", record.id, &record) == 0) {
		char seller[sizeof(record.seller)];

		memcpy(seller, record.seller, sizeof(seller));
		consent_weigh(&word, &record, seller, now_us);
	}
	consent_settle(&word);
	if (word.given.id && word.business.id)
		return word.given.at_us > word.business.at_us ? word.given.at_us : word.business.at_us;
	return word.given.id ? word.given.at_us : word.business.id ? word.business.at_us : 0;
}

static int query_row(struct store *store, FILE *file, const char *e164, int64_t now_us, int64_t fresh_us, uint64_t *rows)
{
	struct reassigned_row known;
	int64_t at_us = query_date(store, e164, now_us);
	int year, month, date;

	if (e164[1] != '1' || strlen(e164) != 12 || !at_us)
		return 0;
	if (reassigned_get(store, e164, &known) == 0 && known.since_us / DAY_US == at_us / DAY_US &&
		now_us - known.answered_us < fresh_us)
		return 0;
	date_of_day(at_us / DAY_US, &year, &month, &date);
	++*rows;
	return fprintf(file, "%s,%04d-%02d-%02d\n", e164 + 2, year, month, date) < 0 ? -EIO : 0;
}

int reassigned_query(struct store *store, const char *path, int64_t fresh_us, uint64_t *rows, char why[400])
{
	char last[NUMBER_BYTES] = "";
	struct consent row = {0};
	struct outfile out = {0};
	int err = outfile_open(&out, path);

	why[0] = '\0';
	*rows = 0;
	for (int64_t now_us = clock_us(); !err && (err = consent_next(store, &row, &row)) == 0;) {
		if (!*row.e164 || strcmp(last, row.e164) == 0)
			continue;
		memcpy(last, row.e164, sizeof(last));
		err = query_row(store, out.file, row.e164, now_us, fresh_us, rows);
	}
	err = err == ERR_UNKNOWN ? outfile_commit(&out) : err;
	if (err) {
		outfile_abort(&out);
		snprintf(why, 400, "%.200s: %s", path, err_text(err));
	}
	return err;
}

static enum reassigned answer_of(const char *text)
{
	char plain[16];
	size_t at = 0;

	for (; *text && at + 1 < sizeof(plain); text++)
		plain[at++] = *text == '_' || *text == '-' ? ' ' : (char)tolower((unsigned char)*text);
	plain[at] = '\0';
	for (enum reassigned answer = REASSIGNED_NO; answer < REASSIGNED_ANSWERS; answer++)
		if (strcmp(reassigned_name(answer), plain) == 0)
			return answer;
	return REASSIGNED_UNASKED;
}

static int take_answer(struct reading *in, const struct row *row, void *out)
{
	struct reassigned_row *answer = out;
	const char *fields[3] = {"", "", ""};

	for (uint32_t i = 0; i < 3 && i < row->count; i++)
		fields[i] = row->fields[i];
	memset(answer, 0, sizeof(*answer));
	answer->answered_us = in->as_of_us;
	answer->answer = answer_of(fields[2]);
	if (row->record == 1 && answer->answer == REASSIGNED_UNASKED && !isdigit((unsigned char)fields[0][0]))
		return 1; /* a title */
	if (number_parse(fields[0], "US", answer->e164, NULL) != NUMBER_OK)
		return complain(in, row, answer_titles[0], "ten digits", fields[0]);
	if (!ledger_time(in->tz, fields[1], &answer->since_us))
		return complain(in, row, answer_titles[1], "the date that was asked about, such as 2026-11-22", fields[1]);
	if (answer->answer == REASSIGNED_UNASKED)
		return complain(in, row, answer_titles[2], "yes, no or no data", fields[2]);
	return 0;
}

int reassigned_answers(struct store *store, const char *path, int64_t as_of_us, struct consent_receipt *receipt, char why[400])
{
	struct reading in = {.path = path,
		.tz = tz_get("Etc/UTC"),
		.row_bytes = sizeof(struct reassigned_row),
		.take = take_answer,
		.as_of_us = as_of_us,
		.why = why};
	int err;

	memset(receipt, 0, sizeof(*receipt));
	why[0] = '\0';
	if (as_of_us > clock_us() + SEC_US) {
		snprintf(why, 400, "the database cannot have answered in the future: correct --as-of");
		return ERR_RANGE;
	}
	err = read_all(&in);
	for (uint32_t at = 0; at < in.count && !err; at += CONSENT_ROWS_MAX) {
		uint32_t count = rows_from(&in, at), changed = 0;

		err = reassigned_put_many(store, (const struct reassigned_row *)(void *)in.rows + at, count, &changed);
		receipt->read += err ? 0 : count;
		receipt->added += err ? 0 : changed;
		receipt->present += err ? 0 : count - changed;
	}
	return read_end(&in, err);
}
