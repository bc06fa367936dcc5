/*
 * import_in.h - one upload under way (inside of import*.c)
 *
 * Flow    import_begin() -> rows_take(), a transaction a chunk -> outputs_close().
 */
#ifndef OUTDIAL_CAMPAIGNS_IMPORT_IN_H
#define OUTDIAL_CAMPAIGNS_IMPORT_IN_H

#include "campaigns/columns.h"
#include "campaigns/dryrun.h"
#include "campaigns/import.h"
#include "campaigns/leadrow.h"
#include "campaigns/reject.h"
#include "campaigns/resume.h"
#include "campaigns/table.h"
#include "campaigns/upload.h"

struct import {
	struct store *store;
	const struct import_options *options;
	struct import_receipt *receipt;
	char *why;
	struct table table;
	struct columns columns;
	struct reject *reject;
	struct leadrow leadrow;
	struct resume resume; /* its batch is NULL in a dry run */
	struct dryrun dryrun;
	struct dedupe dedupe;
	bool dnc_any, dnc_skip, dnc_mark; /* is a number listed at all; what becomes of a row that has no other */
	struct upload upload;  /* what this one is: list (0 in a dry run of a new list), file, sums */
	uint64_t leads_before; /* of the list */
	char region[3];
	struct rows_mark mark; /* where the first row begins that was not taken yet */
	int64_t started_us, told_us;
};

/*
 * Opens the list, the file and the outputs, goes to where an interrupted run stopped. *row: the first of the file, when it is no
 * header. receipt->already: the list has the file, and there is nothing to take. Errors with a sentence in import->why.
 */
int import_begin(struct import *import, struct row *row);
/* The row as one of the receipt's samples. */
void import_sample(struct import_receipt *receipt, uint64_t index, const struct row *row);
/* The reject file cannot be written: says so, answers err. */
int import_reject_failed(struct import *import, int err);

#endif
