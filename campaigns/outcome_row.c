/* outcome_row.c - see outcome_row.h */
#include "campaigns/outcome_row.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

typedef void cell_h(const struct outcome_row *row, struct outcome_cell *cell);

void outcome_time_text(int64_t at_us, char out[32])
{
	time_t seconds = (time_t)(at_us / SEC_US);
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, 32 - n, ".%03dZ", (int)(at_us % SEC_US / MS_US));
}

/* --- kinds */
static void put_integer(struct outcome_cell *cell, int64_t value)
{
	cell->kind = CELL_INTEGER;
	cell->integer = value;
}

static void put_bool(struct outcome_cell *cell, bool value)
{
	cell->kind = CELL_BOOL;
	cell->integer = value;
}

/* Bytes of the UTF-8 character at `text`, 0 when there is none. */
static size_t utf8_bytes(const unsigned char *text)
{
	size_t i, n = text[0] < 0x80 ? 1 : text[0] < 0xC2 ? 0 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : text[0] < 0xF5 ? 4 : 0;

	for (i = 1; i < n; i++) {
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	}
	if (n == 3 && ((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xED && text[1] > 0x9F)))
		return 0;
	if (n == 4 && ((text[0] == 0xF0 && text[1] < 0x90) || (text[0] == 0xF4 && text[1] > 0x8F)))
		return 0;
	return n;
}

/* A reason phrase is what a network sent: control characters become spaces, what is not UTF-8 becomes "?". */
static void put_text(struct outcome_cell *cell, const char *text)
{
	size_t used = 0, n, take;

	cell->kind = text[0] ? CELL_TEXT : CELL_NONE;
	for (; *text && used < sizeof(cell->text) - 4; text += take) {
		n = utf8_bytes((const unsigned char *)text);
		take = n ? n : 1;
		if (n > 1)
			memcpy(cell->text + used, text, n);
		else
			cell->text[used] = !n ? '?' : (unsigned char)*text < ' ' || *text == 0x7F ? ' ' : *text;
		used += take;
	}
	cell->text[used] = 0;
}

static void put_number(struct outcome_cell *cell, const char *number)
{
	put_text(cell, number);
	if (cell->kind == CELL_TEXT)
		cell->kind = CELL_NUMBER;
}

static void put_time(struct outcome_cell *cell, int64_t at_us)
{
	if (!at_us)
		return;
	cell->kind = CELL_TEXT;
	outcome_time_text(at_us, cell->text);
}

/* Both ends must be known. */
static void put_span_ms(struct outcome_cell *cell, int64_t from_us, int64_t to_us)
{
	if (from_us && to_us && to_us >= from_us)
		put_integer(cell, (to_us - from_us + MS_US / 2) / MS_US);
}

/* --- columns */
#define COLUMN_H(name) static void name##_h(const struct outcome_row *row, struct outcome_cell *cell)

COLUMN_H(attempt)
{
	put_integer(cell, (int64_t)row->attempt->id);
}

COLUMN_H(campaign)
{
	put_text(cell, row->campaign);
}

COLUMN_H(list)
{
	put_text(cell, row->list);
}

COLUMN_H(lead)
{
	put_integer(cell, (int64_t)row->attempt->lead);
}

COLUMN_H(attempt_number)
{
	put_integer(cell, row->attempt->number);
}

COLUMN_H(number)
{
	put_number(cell, row->attempt->e164);
}

COLUMN_H(caller_id)
{
	put_number(cell, row->attempt->caller_id);
}

COLUMN_H(trunk)
{
	put_text(cell, row->attempt->trunk);
}

COLUMN_H(outcome)
{
	put_text(cell, outcome_facts(row->attempt->outcome)->name);
}

COLUMN_H(live)
{
	put_bool(cell, outcome_facts(row->attempt->outcome)->live);
}

COLUMN_H(abandoned)
{
	put_bool(cell, outcome_facts(row->attempt->outcome)->abandoned);
}

COLUMN_H(intent)
{
	put_time(cell, row->attempt->intent_us);
}

COLUMN_H(invite)
{
	put_time(cell, row->attempt->invite_us);
}

COLUMN_H(ringing)
{
	put_time(cell, row->attempt->ringing_us);
}

COLUMN_H(answer)
{
	put_time(cell, row->attempt->answer_us);
}

COLUMN_H(first_voice)
{
	put_time(cell, row->attempt->voice_us);
}

COLUMN_H(greeting_end)
{
	put_time(cell, row->attempt->greeting_end_us);
}

COLUMN_H(verdict_at)
{
	put_time(cell, row->attempt->verdict_us);
}

COLUMN_H(seat_audio)
{
	put_time(cell, row->attempt->seat_us);
}

COLUMN_H(message_start)
{
	put_time(cell, row->attempt->message_us);
}

COLUMN_H(end)
{
	put_time(cell, row->attempt->end_us);
}

/* From the first ringing to the answer, or to the end of a call that nobody answered. */
COLUMN_H(ring_ms)
{
	const struct attempt *attempt = row->attempt;

	put_span_ms(cell, attempt->ringing_us, attempt->answer_us ? attempt->answer_us : attempt->end_us);
}

COLUMN_H(talk_ms)
{
	put_span_ms(cell, row->attempt->seat_us, row->attempt->end_us);
}

COLUMN_H(answer_to_seat_ms)
{
	put_span_ms(cell, row->attempt->answer_us, row->attempt->seat_us);
}

COLUMN_H(hangup_by)
{
	static const char *const names[] = {"", "callee", "seat", "engine", "network"};
	unsigned by = (unsigned)row->attempt->hangup_by;

	put_text(cell, by < sizeof(names) / sizeof(names[0]) ? names[by] : "");
}

COLUMN_H(sip_code)
{
	if (row->attempt->sip_code)
		put_integer(cell, row->attempt->sip_code);
}

COLUMN_H(sip_reason)
{
	put_text(cell, row->attempt->sip_reason);
}

COLUMN_H(verdict)
{
	put_text(cell, row->attempt->verdict);
}

COLUMN_H(verdict_cause)
{
	put_text(cell, row->attempt->cause);
}

COLUMN_H(verdict_prob)
{
	if (!row->attempt->verdict[0])
		return;
	cell->kind = CELL_REAL;
	cell->real = (double)row->attempt->verdict_prob;
}

COLUMN_H(seat)
{
	put_text(cell, row->attempt->seat);
}

COLUMN_H(disposition)
{
	put_text(cell, row->attempt->disposition);
}

COLUMN_H(sampled)
{
	put_bool(cell, row->attempt->sampled);
}

#define COLUMN(name)                                                                                                             \
	{                                                                                                                        \
#name, name##_h                                                                                                  \
	}

static const struct {
	const char *name;
	cell_h *get;
} columns[OUTCOME_COLUMNS] = {
	COLUMN(attempt),
	COLUMN(campaign),
	COLUMN(list),
	COLUMN(lead),
	COLUMN(attempt_number),
	COLUMN(number),
	COLUMN(caller_id),
	COLUMN(trunk),
	COLUMN(outcome),
	COLUMN(live),
	COLUMN(abandoned),
	COLUMN(intent),
	COLUMN(invite),
	COLUMN(ringing),
	COLUMN(answer),
	COLUMN(first_voice),
	COLUMN(greeting_end),
	COLUMN(verdict_at),
	COLUMN(seat_audio),
	COLUMN(message_start),
	COLUMN(end),
	COLUMN(ring_ms),
	COLUMN(talk_ms),
	COLUMN(answer_to_seat_ms),
	COLUMN(hangup_by),
	COLUMN(sip_code),
	COLUMN(sip_reason),
	COLUMN(verdict),
	COLUMN(verdict_cause),
	COLUMN(verdict_prob),
	COLUMN(seat),
	COLUMN(disposition),
	COLUMN(sampled),
};

const char *outcome_column_name(int column)
{
	return columns[column].name;
}

void outcome_cell_get(const struct outcome_row *row, int column, struct outcome_cell *cell)
{
	cell->kind = CELL_NONE;
	cell->integer = 0;
	cell->real = 0;
	cell->text[0] = 0;
	columns[column].get(row, cell);
}
