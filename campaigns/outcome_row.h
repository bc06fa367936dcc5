/*
 * outcome_row.h - one finished attempt as a row of an export (pure)
 *
 * What    The columns in their stable order, as one table: name and kind. CSV and NDJSON both walk it. New columns go to the end.
 */
#ifndef OUTDIAL_CAMPAIGNS_OUTCOME_ROW_H
#define OUTDIAL_CAMPAIGNS_OUTCOME_ROW_H

#include "campaigns/store.h"

enum outcome_cell_kind { CELL_NONE, CELL_INTEGER, CELL_BOOL, CELL_REAL, CELL_TEXT, CELL_NUMBER /* telephone number */ };

struct outcome_cell {
	enum outcome_cell_kind kind; /* CELL_NONE: empty, null */
	int64_t integer;             /* and bool */
	double real;
	char text[72];
};

struct outcome_row {
	const struct attempt *attempt;
	const char *campaign, *list; /* names, "" when they are gone */
};

#define OUTCOME_COLUMNS 33
/* Name of a column, 0 .. OUTCOME_COLUMNS - 1. Static. */
const char *outcome_column_name(int column);
void outcome_cell_get(const struct outcome_row *row, int column, struct outcome_cell *cell);
/* "2026-11-21T09:30:00.123Z" of microseconds since the epoch. */
void outcome_time_text(int64_t at_us, char out[32]);

#endif
