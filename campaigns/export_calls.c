/* export_calls.c - exports with one row a call */
#include "campaigns/export_in.h"
#include "campaigns/outcome_row.h"

#include <string.h>

/* --- outcomes */

const char *const *export_outcomes_columns(void)
{
	return outcome_columns();
}

static bool said(const char *item)
{
	return *item && strcmp(item, "n/a") != 0;
}

/* For whom, what, who, with which right and by which script: an honest n/a is in order elsewhere, here it is a gap to be closed. */
static bool is_complete(const struct call_record *call)
{
	const struct call_items *items = &call->items;

	return said(items->org) && said(items->seller) && said(items->offer) && said(items->party) && said(items->script) &&
	       said(items->from_name) && said(items->authority);
}

static int outcome_h(void *arg, const struct call_record *call)
{
	struct export *export = arg;
	struct outcome_row row = {.attempt = &call->attempt, .items = &call->items, .campaign = call->campaign, .seq = call->seq};
	struct cell cell;

	if (!*row.campaign)
		row.campaign = export_campaign_name(export, call->attempt.campaign);
	row.list = export_list_name(export, call->attempt.list);
	for (int i = 0; i < OUTCOME_COLUMNS; i++) {
		outcome_cell_get(&row, i, &cell);
		sheet_cell(export->sheet, &cell);
	}
	export->receipt->incomplete += !is_complete(call);
	return sheet_end_row(export->sheet);
}

int export_outcomes_run(struct export *export)
{
	return export_calls(export, outcome_h, export);
}
