/* ledger_import.c - a table of what others tried; see ledger_import.h */
#include "campaigns/ledger_import.h"

#include "campaigns/number.h"
#include "campaigns/rulepack.h"
#include "campaigns/table.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { AT_PERSON, AT_EVENT, AT_TIME, AT_NUMBER, AT_DEBT, AT_COUNT, AT_COLUMNS };
static const char *const titles[AT_COLUMNS] = {"person", "event", "time", "number", "debt", "count"};

struct reading {
	const struct tz *tz;
	int column[AT_COLUMNS]; /* -1: not there */
	struct ledger_note *rows;
	uint32_t count, max;
	const char *path;
	char *why;
};

static int complain(const struct reading *in, const struct row *row, int column, const char *expected, const char *text)
{
	snprintf(in->why, FILE_WHY_BYTES, "%.120s, line %llu, column \"%s\": expected %s, not \"%.40s\"", in->path,
		(unsigned long long)row->line, titles[column], expected, text);
	return ERR_SYNTAX;
}

static uint32_t events_of(const char *text)
{
	static const struct {
		const char *name;
		uint32_t events;
	} words[] = {{"attempt", EVENT_ATTEMPT}, {"connected", EVENT_ATTEMPT | EVENT_CONNECTED},
		{"unanswered", EVENT_ATTEMPT | EVENT_UNANSWERED},
		{"conversation", EVENT_ATTEMPT | EVENT_CONNECTED | EVENT_CONVERSATION}, {"refusal", EVENT_REFUSAL},
		{"lost_contact", EVENT_LOST_CONTACT}};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].name, text) == 0)
			return words[i].events;
	return 0;
}

/* A date without a time is noon: no zone's day is missed by it. */
bool ledger_time(const struct tz *tz, const char *text, int64_t *out_us)
{
	int year, month, day, hour = 12, minute = 0, second = 0, n = 0, back_year, back_month, back_day;

	if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &n) != 3 || n != 10)
		return false;
	if (text[n] && (sscanf(text + n, "%*1[T ]%2d:%2d%n", &hour, &minute, &n) != 2 || n != 6))
		return false;
	text += text[10] ? 16 : 10;
	if (*text && (sscanf(text, ":%2d%n", &second, &n) != 1 || text[n]))
		return false;
	int64_t local_day = day_of_date(year, month, day);

	date_of_day(local_day, &back_year, &back_month, &back_day);
	*out_us = local_day_start_us(tz, local_day) + ((hour * 60 + minute) * 60 + second) * SEC_US;
	return year == back_year && month == back_month && day == back_day && year >= 1970 && hour >= 0 && hour < 24 &&
	       minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

static const char *cell(const struct reading *in, const struct row *row, int column)
{
	int at = in->column[column];

	return at >= 0 && (uint32_t)at < row->count ? row->fields[at] : "";
}

static int read_row(const struct reading *in, const struct row *row, struct ledger_note *note)
{
	const char *number = cell(in, row, AT_NUMBER), *count = cell(in, row, AT_COUNT), *person = cell(in, row, AT_PERSON);
	int64_t calls = 1;

	memset(note, 0, sizeof(*note));
	if (row->code != ROW_OK)
		return complain(in, row, AT_PERSON, "a row that can be read", row_code_sentence(row->code));
	if (!*person || !text_copy(note->person, sizeof(note->person), person))
		return complain(in, row, AT_PERSON, "1 to 63 bytes, as in the lists' column person", person);
	note->events = events_of(cell(in, row, AT_EVENT));
	if (!note->events)
		return complain(in, row, AT_EVENT, "attempt, connected, unanswered, conversation, refusal or lost_contact",
			cell(in, row, AT_EVENT));
	if (!ledger_time(in->tz, cell(in, row, AT_TIME), &note->at_us) || note->at_us > clock_us() + DAY_US)
		return complain(in, row, AT_TIME, "a time such as 2026-11-22 or 2026-11-22 10:30, not in the future",
			cell(in, row, AT_TIME));
	if (*number && number_parse(number, "", note->e164, NULL) != NUMBER_OK)
		return complain(in, row, AT_NUMBER, "a number with \"+\" and country code", number);
	if (!text_copy(note->debt, sizeof(note->debt), cell(in, row, AT_DEBT)))
		return complain(in, row, AT_DEBT, "at most 63 bytes", cell(in, row, AT_DEBT));
	if (*count && !text_i64(count, 1, LEDGER_COUNT_MAX, &calls))
		return complain(in, row, AT_COUNT, "a number from 1 to 1000", count);
	note->count = (uint32_t)calls;
	return 0;
}

static int read_titles(struct reading *in, const struct row *row)
{
	for (int k = 0; k < AT_COLUMNS; k++) {
		in->column[k] = -1;
		for (uint32_t i = 0; i < row->count && in->column[k] < 0; i++)
			if (strcasecmp(row->fields[i], titles[k]) == 0)
				in->column[k] = (int)i;
		if (in->column[k] >= 0 || k >= AT_NUMBER)
			continue;
		snprintf(in->why, FILE_WHY_BYTES,
			"%.200s, line %llu: there is no column \"%s\"; person, event and time are needed, number, debt and count "
			"may be",
			in->path, (unsigned long long)row->line, titles[k]);
		return ERR_SYNTAX;
	}
	return 0;
}

static int add_row(struct reading *in, const struct row *row)
{
	if (in->count == in->max) {
		uint32_t max = in->max ? in->max * 2 : 1024;
		struct ledger_note *rows = realloc(in->rows, max * sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		in->rows = rows;
		in->max = max;
	}
	int err = read_row(in, row, &in->rows[in->count]);

	in->count += !err;
	return err;
}

static int read_rows(struct reading *in, struct rows *rows)
{
	struct row row;
	int rc, err = 0;

	while (!err && (rc = rows_next(rows, &row)) > 0)
		err = row.record == 1 ? read_titles(in, &row) : add_row(in, &row);
	return err ? err : rc;
}

static int write_rows(struct store *store, const struct ledger_note *notes, uint32_t total, struct ledger_receipt *receipt)
{
	for (uint32_t at = 0; at < total; at += LEDGER_NOTES_MAX) {
		uint32_t count = total - at < LEDGER_NOTES_MAX ? total - at : LEDGER_NOTES_MAX, added;
		int err = ledger_notes(store, notes + at, count, &added);

		if (err)
			return err;
		receipt->read += count;
		receipt->added += added;
		receipt->present += count - added;
	}
	return 0;
}

int ledger_table(const char *path, const char *zone, struct ledger_note **notes, uint32_t *count, char why[FILE_WHY_BYTES])
{
	struct reading in = {.tz = tz_get(zone), .path = path, .why = why};
	struct table table;
	int err;

	why[0] = '\0';
	if (!in.tz) {
		snprintf(why, FILE_WHY_BYTES, "\"%.60s\" is no time zone of this system: write it as Asia/Shanghai", zone);
		return ERR_SYNTAX;
	}
	err = table_open(&table, path, NULL, why);
	if (err)
		return err;
	err = read_rows(&in, table.rows);
	table_close(&table);
	if (err) {
		free(in.rows);
		return err;
	}
	*notes = in.rows;
	*count = in.count;
	return 0;
}

int ledger_import(
	struct store *store, const char *path, const char *zone, struct ledger_receipt *receipt, char why[FILE_WHY_BYTES])
{
	struct ledger_note *notes = NULL;
	uint32_t count = 0;
	int err = ledger_table(path, zone, &notes, &count, why);

	memset(receipt, 0, sizeof(*receipt));
	if (!err)
		err = write_rows(store, notes, count, receipt);
	if (err && !why[0])
		snprintf(why, FILE_WHY_BYTES, "%.200s: %s (after %llu rows)", path, err_text(err),
			(unsigned long long)receipt->read);
	free(notes);
	return err;
}
