/*
 * export_in.h - what the exports share (for files of this folder only)
 */
#ifndef OUTDIAL_CAMPAIGNS_EXPORT_IN_H
#define OUTDIAL_CAMPAIGNS_EXPORT_IN_H

#include "campaigns/export.h"
#include "campaigns/history.h"

#define EXPORT_NAMES 64 /* names of lists and campaigns that are remembered: ids beyond it are looked up again */

struct export_name_slot {
	uint32_t id;
	char name[NAME_BYTES];
	int64_t first_dial_us; /* of a campaign */
};

struct export
{
	struct store *store;
	const struct export_options *options;
	struct export_receipt *receipt;
	struct history_filter filter;
	struct sheet *sheet;
	struct export_name_slot campaigns[EXPORT_NAMES], lists[EXPORT_NAMES];
	char why[WHY_BYTES];
};

const char *export_campaign_name(struct export *export, uint32_t id);
/* When the campaign dialled first; 0: unknown. */
int64_t export_first_dial_us(struct export *export, uint32_t id);
const char *export_list_name(struct export *export, uint32_t id);
/* Each finished call that the filter wants. */
int export_calls(struct export *export, history_call_h *call_h, void *arg);

typedef int export_run_h(struct export *export);
export_run_h export_outcomes_run, export_behind_run, export_latency_run, export_histogram_run, export_abandonment_run,
	export_windows_run, export_decisions_run, export_changes_run, export_exports_run, export_optouts_run,
	export_frequency_run, export_callerids_run, export_retention_run;
typedef const char *const *export_columns_h(void);
export_columns_h export_outcomes_columns, export_behind_columns, export_latency_columns, export_histogram_columns,
	export_abandonment_columns, export_windows_columns, export_decisions_columns, export_changes_columns,
	export_exports_columns, export_optouts_columns, export_frequency_columns, export_callerids_columns,
	export_retention_columns;

#endif
