/*
 * outcome_row.h - one finished attempt as a row of an export (pure)
 *
 * What    The columns in their stable order, as one table: name and what stands in it. New columns go to the end.
 */
#ifndef OUTDIAL_CAMPAIGNS_OUTCOME_ROW_H
#define OUTDIAL_CAMPAIGNS_OUTCOME_ROW_H

#include "campaigns/cell.h"
#include "campaigns/history.h"

struct outcome_row {
	const struct attempt *attempt;
	const struct call_items *items;
	const char *campaign, *list; /* names, "" when they are gone */
	uint64_t seq;                /* of the line that ended it, 0: none */
};

#define OUTCOME_COLUMNS 55
/* Names, ended by NULL. Static. */
const char *const *outcome_columns(void);
void outcome_cell_get(const struct outcome_row *row, int column, struct cell *cell);

#endif
