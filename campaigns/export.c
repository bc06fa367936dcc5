/* export.c - the table of exports, and what is the same for all of them; see export.h */
#include "campaigns/export.h"

#include "campaigns/evlog.h"
#include "campaigns/export_in.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NO_CAMPAIGN = 1, NO_NUMBER = 2, NO_SEAT = 4 }; /* filters that an export cannot obey */

static const struct {
	const char *name;
	export_columns_h *columns;
	export_run_h *run;
	unsigned refused;
	const char *because;
} exports[] = {
	{"outcomes", export_outcomes_columns, export_outcomes_run, 0, NULL},
	{"abandonment", export_abandonment_columns, export_abandonment_run, NO_NUMBER | NO_SEAT,
		"abandoned calls are counted over all numbers and seats: leave --number and --seat out"},
	{"abandonment-calls", export_behind_columns, export_behind_run, 0, NULL},
	{"latency", export_latency_columns, export_latency_run, 0, NULL},
	{"latency-histogram", export_histogram_columns, export_histogram_run, 0, NULL},
	{"windows", export_windows_columns, export_windows_run, NO_SEAT,
		"an attempt has no seat yet when it is decided: leave --seat out"},
	{"suppression", export_decisions_columns, export_decisions_run, NO_SEAT,
		"an attempt has no seat yet when it is decided: leave --seat out"},
	{"suppression-changes", export_changes_columns, export_changes_run, NO_CAMPAIGN | NO_SEAT,
		"lists change for all campaigns: leave --campaign and --seat out"},
	{"frequency", export_frequency_columns, export_frequency_run, NO_SEAT,
		"an attempt has no seat yet when it is counted: leave --seat out"},
	{"optouts", export_optouts_columns, export_optouts_run, NO_CAMPAIGN | NO_SEAT,
		"who asks not to be called asks it of all campaigns: leave --campaign and --seat out"},
	{"callerids", export_callerids_columns, export_callerids_run, 0, NULL},
	{"retention", export_retention_columns, export_retention_run, NO_CAMPAIGN | NO_NUMBER | NO_SEAT,
		"holds and what went are of no single campaign, number or seat: leave these filters out"},
	{"exports", export_exports_columns, export_exports_run, 0, NULL},
};
#define EXPORTS (sizeof(exports) / sizeof(exports[0]))

const char *export_name(unsigned index)
{
	return index < EXPORTS ? exports[index].name : NULL;
}

const char *const *export_columns(unsigned index)
{
	return index < EXPORTS ? exports[index].columns() : NULL;
}

static int export_find(const char *name)
{
	for (unsigned i = 0; i < EXPORTS; i++)
		if (strcmp(name, exports[i].name) == 0)
			return (int)i;
	return -1;
}

/* --- names */

static const struct export_name_slot *campaign_slot(struct export *export, uint32_t id)
{
	struct export_name_slot *slot = &export->campaigns[id % EXPORT_NAMES];
	struct campaign campaign;

	if (slot->id == id)
		return slot;
	if (campaign_get_id(export->store, id, &campaign))
		campaign = (struct campaign){.id = 0};
	slot->id = id;
	slot->first_dial_us = campaign.first_dial_us;
	text_copy(slot->name, sizeof(slot->name), campaign.name);
	return slot;
}

const char *export_campaign_name(struct export *export, uint32_t id)
{
	return campaign_slot(export, id)->name;
}

int64_t export_first_dial_us(struct export *export, uint32_t id)
{
	return campaign_slot(export, id)->first_dial_us;
}

const char *export_list_name(struct export *export, uint32_t id)
{
	struct export_name_slot *slot = &export->lists[id % EXPORT_NAMES];
	struct list list;

	if (slot->id != id) {
		slot->id = id;
		text_copy(slot->name, sizeof(slot->name), list_get_id(export->store, id, &list) ? "" : list.name);
	}
	return slot->name;
}

int export_calls(struct export *export, history_call_h *call_h, void *arg)
{
	return history_read(export->store, &export->filter, call_h, arg, &export->receipt->unfinished, export->why);
}

/* --- one export */

static int refuse_filter(const struct export_options *options, int index, char *why)
{
	unsigned asked = (options->campaign ? NO_CAMPAIGN : 0) | (options->number ? NO_NUMBER : 0) | (options->seat ? NO_SEAT : 0);

	if (!(asked & exports[index].refused))
		return 0;
	snprintf(why, 400, "%s", exports[index].because);
	return ERR_RANGE;
}

static int set_filter(struct export *export, int index, char *why)
{
	const struct export_options *options = export->options;
	struct campaign campaign;
	int err = refuse_filter(options, index, why);

	if (err)
		return err;
	err = options->campaign ? campaign_get(export->store, options->campaign, &campaign) : 0;

	if (err == ERR_UNKNOWN)
		snprintf(why, 400, "no campaign is called \"%.60s\"", options->campaign);
	if (err)
		return err;
	export->filter = (struct history_filter){.campaign = options->campaign ? campaign.id : 0, .from_us = options->from_us,
		.to_us = options->to_us, .number = options->number, .seat = options->seat};
	return 0;
}

static int run(struct export *export, int index)
{
	const struct sheet_options options = {export->options->format, export->options->path, export->options->bom};
	struct sheet_sums sums;
	int err = sheet_open(&export->sheet, &options, exports[index].columns());

	if (!err)
		err = exports[index].run(export);
	if (!err)
		err = sheet_commit(export->sheet, &sums);
	if (err)
		return err;
	export->receipt->rows = sums.rows;
	export->receipt->bytes = sums.bytes;
	memcpy(export->receipt->sha256, sums.sha256, sizeof(sums.sha256));
	return 0;
}

int export_run(struct store *store, const struct export_options *options, struct export_receipt *receipt, char why[400])
{
	struct export *export = calloc(1, sizeof(*export));
	int index = export_find(options->what ? options->what : "outcomes"), err;

	memset(receipt, 0, sizeof(*receipt));
	why[0] = 0;
	if (!export)
		return -ENOMEM;
	export->store = store;
	export->options = options;
	export->receipt = receipt;
	err = index < 0 ? ERR_UNKNOWN : set_filter(export, index, why);
	if (!err)
		err = run(export, index);
	if (!err) {
		err = evlog_export(store, options, receipt);
		if (err)
			snprintf(why, 400, "the rows are written, but that they were exported could not be recorded: %s", err_text(err));
	}
	if (err && !why[0] && export->why[0])
		snprintf(why, 400, "%s", export->why);
	if (err && !why[0])
		snprintf(why, 400, "%.200s: %s", options->path ? options->path : "standard output", err_text(err));
	sheet_close(export->sheet);
	free(export);
	return err;
}
