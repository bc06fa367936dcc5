/* cell.c - see cell.h */
#include "campaigns/cell.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void time_text(int64_t at_us, char out[32])
{
	time_t seconds = (time_t)(at_us / SEC_US);
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, 32 - n, ".%03dZ", (int)(at_us % SEC_US / MS_US));
}

void cell_none(struct cell *cell)
{
	cell->kind = CELL_NONE;
	cell->integer = 0;
	cell->real = 0;
	cell->text[0] = 0;
}

void cell_integer(struct cell *cell, int64_t value)
{
	cell->kind = CELL_INTEGER;
	cell->integer = value;
}

void cell_bool(struct cell *cell, bool value)
{
	cell->kind = CELL_BOOL;
	cell->integer = value;
}

void cell_real(struct cell *cell, double value)
{
	cell->kind = CELL_REAL;
	cell->real = value;
}

void cell_text(struct cell *cell, const char *text)
{
	size_t used = 0, n, take;

	cell->kind = text[0] ? CELL_TEXT : CELL_NONE;
	for (; *text && used < sizeof(cell->text) - 4; text += take) {
		n = text_utf8(text, 4);
		take = n ? n : 1;
		if (n > 1)
			memcpy(cell->text + used, text, n);
		else
			cell->text[used] = !n ? '?' : (unsigned char)*text < ' ' || *text == 0x7F ? ' ' : *text;
		used += take;
	}
	cell->text[used] = 0;
}

void cell_number(struct cell *cell, const char *e164)
{
	cell_text(cell, e164);
	if (cell->kind == CELL_TEXT)
		cell->kind = CELL_NUMBER;
}

void cell_time(struct cell *cell, int64_t at_us)
{
	if (!at_us) {
		cell_none(cell);
		return;
	}
	cell->kind = CELL_TEXT;
	time_text(at_us, cell->text);
}

void cell_span_ms(struct cell *cell, int64_t from_us, int64_t to_us)
{
	if (from_us && to_us && to_us >= from_us)
		cell_integer(cell, (to_us - from_us + MS_US / 2) / MS_US);
	else
		cell_none(cell);
}
