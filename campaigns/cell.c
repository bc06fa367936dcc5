/* cell.c - see cell.h */
#include "campaigns/cell.h"

#include "base/clock.h"

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

void cell_text(struct cell *cell, const char *text)
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
