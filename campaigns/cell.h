/*
 * cell.h - one cell of an export (pure)
 *
 * What    A value with its kind, from which CSV and JSON each make what they need. Text from outside is cleaned here: control
 *         characters become spaces, what is not UTF-8 becomes "?". Times are ISO 8601 in UTC with milliseconds.
 */
#ifndef OUTDIAL_CAMPAIGNS_CELL_H
#define OUTDIAL_CAMPAIGNS_CELL_H

#include <stdbool.h>
#include <stdint.h>

#define CELL_TEXT_BYTES 256

enum cell_kind { CELL_NONE, CELL_INTEGER, CELL_BOOL, CELL_REAL, CELL_TEXT, CELL_NUMBER /* telephone number */ };

struct cell {
	enum cell_kind kind; /* CELL_NONE: empty, null */
	int64_t integer;     /* and bool */
	double real;
	char text[CELL_TEXT_BYTES]; /* longer text is cut, never inside of a character */
};

void cell_none(struct cell *cell);
void cell_integer(struct cell *cell, int64_t value);
void cell_bool(struct cell *cell, bool value);
void cell_real(struct cell *cell, double value);
/* Empty text is CELL_NONE. */
void cell_text(struct cell *cell, const char *text);
void cell_number(struct cell *cell, const char *e164);
/* 0 is CELL_NONE. */
void cell_time(struct cell *cell, int64_t at_us);
/* Rounded; CELL_NONE unless both ends are known and in order. */
void cell_span_ms(struct cell *cell, int64_t from_us, int64_t to_us);

/* "2026-11-21T09:30:00.123Z" of microseconds since the epoch. */
void time_text(int64_t at_us, char out[32]);

#endif
