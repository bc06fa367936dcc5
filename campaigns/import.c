/* import.c - the run of an upload: rows, numbers, leads, the receipt; see import.h */
#include "campaigns/import_in.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "campaigns/regions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_US (200 * MS_US)

/* --- receipt */
static void reason_count(struct import_receipt *receipt, const char *code)
{
	uint32_t i;

	for (i = 0; i < receipt->reason_count && strcmp(receipt->reasons[i].code, code) != 0; i++)
		continue;
	if (i == IMPORT_REASONS)
		return;
	if (i == receipt->reason_count) {
		text_copy(receipt->reasons[i].code, sizeof(receipt->reasons[i].code), code);
		receipt->reason_count++;
	}
	receipt->reasons[i].count++;
}

/* "8613800138000 | 张三 | ..." */
void import_sample(struct import_receipt *receipt, uint64_t index, const struct row *row)
{
	char *out = receipt->samples[index];
	size_t size = sizeof(receipt->samples[0]), used = 0;
	uint32_t i;

	out[0] = 0;
	for (i = 0; i < row->count && used + 8 < size; i++) {
		if (i)
			used += (size_t)snprintf(out + used, size - used, " | ");
		text_copy_utf8(out + used, size - used, row->fields[i]);
		used += strlen(out + used);
	}
	for (; *out; out++) {
		if ((unsigned char)*out < ' ' || *out == 0x7F)
			*out = ' ';
	}
}

static void tell(struct import *import, bool last)
{
	int64_t now_us = clock_us();

	import->receipt->elapsed_us = now_us - import->started_us;
	if (!import->options->progress || (!last && now_us - import->told_us < PROGRESS_US))
		return;
	import->told_us = now_us;
	import->options->progress(import->options->arg, table_bytes_done(&import->table), import->table.bytes, import->receipt);
}

/* Where the next row begins that is to be taken. */
static int place_take(struct import *import, struct upload_place *place)
{
	const struct import_receipt *receipt = import->receipt;
	int err;

	*place = (struct upload_place){.mark = import->mark,
		.read = receipt->read,
		.accepted = receipt->accepted,
		.rejected = receipt->rejected,
		.duplicate = receipt->duplicate,
		.reason_count = receipt->reason_count,
		.region_count = receipt->region_count,
		.kept = receipt->kept,
		.linked = receipt->linked,
		.updated = receipt->updated,
		.listed = receipt->listed};
	memcpy(place->found, receipt->found, sizeof(place->found));
	memcpy(place->reasons, receipt->reasons, sizeof(place->reasons));
	memcpy(place->regions, receipt->regions, sizeof(place->regions));
	err = reject_sync(import->reject, &place->reject_bytes);
	text_copy(import->resume.upload.reject_path, sizeof(import->resume.upload.reject_path), reject_path(import->reject));
	return err ? import_reject_failed(import, err) : 0;
}

static int chunk_write(struct import *import)
{
	struct upload_place place;
	int err = place_take(import, &place);

	return err ? err : resume_flush(&import->resume, &place);
}

/* --- rows */
static int row_offer(struct import *import, enum batch_fate *fate, enum import_scope *found)
{
	struct leadrow *row = &import->leadrow;

	if (import->resume.batch)
		return lead_batch_offer(import->resume.batch, &row->lead, row->zones, row->said, fate, found);
	return dryrun_offer(&import->dryrun, &row->lead, row->zones, row->said, fate, found);
}

static void receipt_take(struct import *import, enum batch_fate fate, enum import_scope found)
{
	struct import_receipt *receipt = import->receipt;
	bool taken = fate == BATCH_TAKEN || fate == BATCH_LINKED;

	if (found != IMPORT_SCOPES)
		receipt->found[found]++;
	if (taken)
		regions_note(receipt, import->leadrow.lead.phones[0].e164);
	receipt->kept += found != IMPORT_SCOPES && fate == BATCH_TAKEN;
	receipt->linked += fate == BATCH_LINKED;
	receipt->updated += fate == BATCH_UPDATED;
	receipt->duplicate += !taken;
	receipt->accepted += taken;
}

static int row_refuse(struct import *import, const struct row *row)
{
	int err = import->reject ? reject_put(import->reject, row, &import->leadrow.rejection) : 0;

	if (err)
		return import_reject_failed(import, err);
	reason_count(import->receipt, import->leadrow.rejection.code);
	import->receipt->rejected++;
	return 0;
}

static int row_accept(struct import *import, const struct row *row, bool listed)
{
	enum import_scope found;
	enum batch_fate fate;
	int err = row_offer(import, &fate, &found);

	if (!err && fate == BATCH_WAIT) {
		err = chunk_write(import);
		if (!err)
			err = row_offer(import, &fate, &found);
	}
	if (err == ERR_FULL) {
		leadrow_refuse_update(&import->leadrow);
		return row_refuse(import, row);
	}
	if (err)
		return err;
	import->receipt->listed += listed;
	receipt_take(import, fate, found);
	return 0;
}

/* Are all numbers of the row on the do-not-call list? A row that has another one is dialled there. */
static int listed_look(struct import *import, bool *listed)
{
	struct lead *lead = &import->leadrow.lead;
	int err = 0;

	*listed = import->dnc_any;
	for (uint32_t i = 0; i < lead->phone_count && *listed && !err; i++)
		err = dnc_check(import->store, lead->phones[i].e164, listed);
	return err;
}

static int row_good(struct import *import, const struct row *row)
{
	struct leadrow *leadrow = &import->leadrow;
	bool listed;
	int err = listed_look(import, &listed);

	if (err)
		return err;
	if (listed && import->dnc_skip) {
		import->receipt->listed++;
		snprintf(leadrow->message, sizeof(leadrow->message), "all its numbers are on the do-not-call list");
		leadrow->rejection =
			(struct rejection){"E_DNC", import->columns.items[import->columns.phones[0]].title, leadrow->message};
		return row_refuse(import, row);
	}
	leadrow->lead.state = listed && import->dnc_mark ? LEAD_SUPPRESSED : LEAD_READY;
	return row_accept(import, row, listed);
}

static int row_take(struct import *import, const struct row *row)
{
	int err;

	if (import->receipt->read < 3)
		import_sample(import->receipt, import->receipt->read, row);
	err = leadrow_read(&import->leadrow, row) ? row_good(import, row) : row_refuse(import, row);
	if (err)
		return err;
	import->receipt->read++;
	import->mark = rows_mark(import->table.rows);
	if (import->receipt->read % 256 == 0)
		tell(import, false);
	return import->resume.batch && lead_batch_full(import->resume.batch) ? chunk_write(import) : 0;
}

static bool stopped(struct import *import)
{
	import->receipt->stopped = import->options->stop && *import->options->stop;
	return import->receipt->stopped;
}

static int rows_take(struct import *import, struct row *row)
{
	bool go_on = import->columns.header || import->resume.upload.place.mark.record;
	int rc = 0, err = 0;

	if (go_on)
		import->mark = rows_mark(import->table.rows);
	else
		err = row_take(import, row);

	while (!err && !stopped(import) && (rc = rows_next(import->table.rows, row)) > 0)
		err = row_take(import, row);
	return err ? err : rc < 0 ? rc : 0;
}

/* --- the end */
/*
 * Rows and their place, then the reject file, then the word that the upload is whole: who dies between two of these is found
 * before the next.
 */
static int outputs_close(struct import *import)
{
	struct import_receipt *receipt = import->receipt;
	struct upload_place place = {.read = 0};
	bool made = false;
	int err = import->resume.batch ? chunk_write(import) : 0;

	if (err)
		return err;
	if (import->resume.batch)
		err = place_take(import, &place);
	if (!err && import->reject)
		err = reject_commit(import->reject, &made);
	if (err)
		return import_reject_failed(import, err);
	if (made)
		text_copy(receipt->reject_path, sizeof(receipt->reject_path), reject_path(import->reject));
	if (!import->resume.batch)
		return 0;
	place.reject_bytes = 0;
	import->resume.stopped = receipt->stopped;
	if (receipt->stopped)
		import->resume.upload.reject_path[0] = 0;
	return resume_close(&import->resume, &place);
}

/* One upload a list at a time: what came to the list since is this one's. Rows that waited in memory may not have. */
static uint64_t leads_stored(const struct import *import)
{
	struct list list;

	return import->upload.list && !list_get_id(import->store, import->upload.list, &list) ? list.leads - import->leads_before
											      : 0;
}

static void explain(struct import *import, int err)
{
	const struct import_receipt *receipt = import->receipt;
	size_t used = strlen(import->why);

	bool store_full = err == -ENOSPC || err == -EDQUOT || err == -EROFS || err == ERR_FULL;

	if (!used)
		used = (size_t)snprintf(import->why, FILE_WHY_BYTES, "%.200s: %s%s",
			store_full ? "the store cannot be written" : import->options->path, err_text(err),
			store_full ? ": make room" : "");
	if (receipt->read && used < FILE_WHY_BYTES)
		snprintf(import->why + used, FILE_WHY_BYTES - used,
			" (after %llu rows; %llu leads of it are in the list: --resume goes on from there)",
			(unsigned long long)receipt->read, (unsigned long long)leads_stored(import));
}

static int run(struct import *import)
{
	struct row row;
	int err = import_begin(import, &row);

	if (err || import->receipt->already)
		return err;
	err = rows_take(import, &row);
	if (!err)
		err = outputs_close(import);
	tell(import, true);
	return err;
}

int import_list(struct store *store, const struct import_options *options, struct import_receipt *receipt, char why[400])
{
	struct import *import = calloc(1, sizeof(*import));
	int err;

	memset(receipt, 0, sizeof(*receipt));
	why[0] = 0;
	if (!import)
		return -ENOMEM;
	*import = (struct import){.store = store,
		.options = options,
		.receipt = receipt,
		.why = why,
		.table = {.fd = -1},
		.resume = {.store = store},
		.started_us = clock_us()};
	import->leadrow.columns = &import->columns;
	import->leadrow.region = import->region;
	err = run(import);
	lead_batch_abort(import->resume.batch); /* after an error: what is in the store stays, and --resume goes on from there */
	if (err)
		explain(import, err);
	if (err && import->resume.upload.id)
		reject_leave(import->reject);
	else
		reject_close(import->reject);
	columns_fini(&import->columns);
	table_close(&import->table);
	dryrun_fini(&import->dryrun);
	free(import);
	return err;
}
