/* import.c - the run of an upload: read, decode, rows, numbers, leads; see import.h */
#include "campaigns/import.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "campaigns/columns.h"
#include "campaigns/dryrun.h"
#include "campaigns/leadrow.h"
#include "campaigns/number.h"
#include "campaigns/regions.h"
#include "campaigns/reject.h"
#include "campaigns/resume.h"
#include "campaigns/table.h"
#include "campaigns/upload.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHY 400
#define PROGRESS_US (200 * MS_US)

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
static void sample_take(struct import_receipt *receipt, uint64_t index, const struct row *row)
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

/* --- before the first row */
static int region_choose(struct import *import, const struct list *list)
{
	const char *region = import->options->region ? import->options->region : list ? list->region : "";

	if (!region[0])
		return 0;
	if (strlen(region) != 2 || !phone_lib_region(region)) {
		snprintf(import->why, WHY,
			"region \"%.20s\" is not known: write the two capital letters of a country, for example CN, US or GB",
			region);
		return ERR_RANGE;
	}
	text_copy(import->region, sizeof(import->region), region);
	return 0;
}

/* What becomes of duplicates and of listed numbers. */
static int rules_read(struct import *import)
{
	const char *dnc = import->options->dnc ? import->options->dnc : "mark";
	int err = dedupe_init(&import->dedupe, import->options, import->why);

	import->dnc_mark = strcmp(dnc, "mark") == 0;
	import->dnc_skip = strcmp(dnc, "skip") == 0;
	import->dnc_any = dnc_count(import->store) > 0;
	if (err || import->dnc_mark || import->dnc_skip || strcmp(dnc, "proceed") == 0)
		return err;
	snprintf(import->why, WHY, "--dnc %.40s: say skip, mark or proceed", dnc);
	return ERR_RANGE;
}

/* The list when it is there, its region as the default. A new list is made later, when the file is understood. */
static int list_look(struct import *import)
{
	struct list list;
	int err, wrong;

	if (!import->options->list || !store_name_ok(import->options->list)) {
		snprintf(import->why, WHY, "\"%.60s\" cannot be the name of a list: 1 to 47 letters, digits, - _ .",
			import->options->list ? import->options->list : "");
		return ERR_RANGE;
	}
	err = list_get(import->store, import->options->list, &list);
	if (err && err != ERR_UNKNOWN)
		return err;
	wrong = rules_read(import);
	if (!wrong && !err)
		wrong = dedupe_place(&import->dedupe, import->store, list.id);
	if (wrong)
		return wrong;
	import->upload.list = err ? 0 : list.id;
	import->leads_before = err ? 0 : list.leads;
	dryrun_init(&import->dryrun, import->store, &import->dedupe);
	return region_choose(import, err ? NULL : &list);
}

/* The file, and all that decides what becomes of it. */
static int upload_name(struct import *import)
{
	const struct import_options *options = import->options;
	bool match = import->dedupe.match != DEDUPE_NUMBER;
	char *text;
	int err = upload_sum(import->table.fd, import->upload.sum);

	if (err)
		return err;
	if (asprintf(&text, "%s\nregion=%s\nmap=%s\nencoding=%s\nrules=%d%d%d%d\n%s%s%s%s", import->upload.sum, import->region,
		    options->map ? options->map : "", options->encoding ? options->encoding : "", import->dedupe.scope,
		    import->dedupe.action, import->dnc_mark, import->dnc_skip, options->roles ? "roles=" : "",
		    options->roles ? options->roles : "", match ? "\nmatch=" : "", match ? options->match : "") < 0)
		return -ENOMEM;
	err = upload_key(text, import->upload.key);
	free(text);
	text_copy_utf8(import->upload.path, sizeof(import->upload.path), options->path);
	import->upload.started_us = import->started_us;
	return err;
}

/* Was this very file uploaded before? */
static int upload_look(struct import *import)
{
	struct import_receipt *receipt = import->receipt;
	struct upload before = {.id = 0};
	int err = upload_name(import);

	if (!err)
		err = upload_seen(import->store, import->upload.list, import->upload.sum, &receipt->uploaded_us);
	if (!err && !import->options->again && !import->options->dry_run)
		err = upload_find(import->store, import->upload.list, import->upload.key, &before);
	receipt->already = before.id != 0;
	receipt->id = before.id;
	return err;
}

static int list_make(struct import *import)
{
	if (import->upload.list || import->options->dry_run)
		return 0;
	return list_create(import->store, import->options->list, import->region, &import->upload.list, import->why);
}

/* An upload that was begun has had its answer. */
static bool was_begun(const struct import *import)
{
	struct upload pending = {.id = 0};

	return import->options->resume && !upload_pending(import->store, import->upload.list, &pending) && pending.id &&
	       strcmp(pending.key, import->upload.key) == 0;
}

/* Are the numbers without "+" certainly of this region? Asked before anything is stored. */
static int region_check(struct import *import)
{
	const struct import_options *options = import->options;
	struct import_ambiguous *ambiguous = &import->receipt->ambiguous;
	char others[IMPORT_REGIONS + 1][3];
	int err = import->region[0] ? regions_others(import->store, import->region, others) : 0;

	if (err || !import->region[0] || !others[0][0] || was_begun(import))
		return err;
	err = regions_sample(options->path, options->encoding, &import->columns, import->region, others, import->receipt);
	if (err || options->yes || options->dry_run ||
		(double)ambiguous->rows <= REGIONS_AMBIGUOUS_PROB_MAX * (double)ambiguous->looked)
		return err;
	snprintf(import->why, WHY,
		"%llu of %llu rows looked at have numbers that are valid in %s, where other lists are, as well as in %s: if they are of %s, "
		"say so with --yes; if not, name their --region",
		(unsigned long long)ambiguous->rows, (unsigned long long)ambiguous->looked, ambiguous->region, import->region,
		import->region);
	return ERR_WRONG_STATE;
}

static int first_row(struct import *import, struct row *row)
{
	int rc = rows_next(import->table.rows, row);

	if (rc < 0)
		return rc;
	if (rc == 0) {
		snprintf(import->why, WHY, "%s has no rows, only blank lines", import->options->path);
		return ERR_SYNTAX;
	}
	rc = columns_init(&import->columns, row, import->options->map, import->why);
	return rc ? rc : columns_roles(&import->columns, import->options->roles ? import->options->roles : "", import->why);
}

static bool is_upload(const struct import *import, const char *path)
{
	struct stat upload, other;

	return fstat(import->table.fd, &upload) == 0 && stat(path, &other) == 0 && upload.st_dev == other.st_dev &&
	       upload.st_ino == other.st_ino;
}

/* Can a file be made there? Asked before anything is stored; it is made with the first row that is refused. */
static int reject_place(const char *path)
{
	char folder[4096];
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : access(path, W_OK) == 0 ? 0 : -errno;
	if (!text_copy(folder, sizeof(folder), path))
		return -ENAMETOOLONG;
	return access(dirname(folder), W_OK | X_OK) == 0 ? 0 : -errno;
}

static int reject_make(struct import *import)
{
	struct reject_options options = {.upload = import->options->path,
		.path = import->options->reject_path,
		.charset = &import->table.charset,
		.delimiter = rows_delimiter(import->table.rows),
		.columns = &import->columns};

	int err = options.path ? reject_place(options.path) : 0;

	if (options.path && is_upload(import, options.path)) {
		snprintf(import->why, WHY, "%.200s is the upload itself: name another file with --rejects", options.path);
		return ERR_RANGE;
	}
	if (!err)
		return reject_open(&import->reject, &options);
	snprintf(import->why, WHY, "the reject file %.150s cannot be written: %s; --rejects FILE names another place", options.path, err_text(err));
	return err;
}

static bool wants_rejects(const struct import *import)
{
	return !import->options->dry_run || import->options->reject_path;
}

static int reject_failed(struct import *import, int err)
{
	snprintf(import->why, WHY, "the reject file %.150s cannot be written: %s; --rejects FILE names another place",
		reject_path(import->reject), err_text(err));
	return err;
}

/* --- an interrupted run is taken up again */

/* Rejected rows of before an orderly end are in a file that is whole: it is not written over. */
static int rejects_kept(struct import *import, const struct upload *upload)
{
	const char *path = import->options->reject_path;
	struct stat st;

	if (!path || !upload->place.rejected || stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	snprintf(import->why, WHY, "%.200s may hold the %llu rows that were rejected before: name another file with --rejects", path,
		(unsigned long long)upload->place.rejected);
	return ERR_WRONG_STATE;
}

static int rejects_go_on(struct import *import)
{
	const struct upload *upload = &import->resume.upload;
	int err;

	if (!upload->reject_path[0]) /* an orderly end has closed it */
		return rejects_kept(import, upload);
	if (!upload->place.reject_bytes)
		return reject_rename(import->reject, upload->reject_path);
	err = reject_resume(import->reject, upload->reject_path, upload->place.reject_bytes);
	if (err == ERR_WRONG_STATE)
		snprintf(import->why, WHY,
			"the reject file %.200s of the interrupted upload is gone or was changed: put it back, or leave out --resume to "
			"begin anew",
			upload->reject_path);
	return err;
}

/* The first rows are read once more for the receipt, then all is passed over that was done. */
static int rows_go_on(struct import *import, struct row *row)
{
	const struct rows_mark *mark = &import->resume.upload.place.mark;
	uint64_t samples = 0;
	int rc = 1;

	for (; rc > 0 && samples < 3 && row->record <= mark->record; rc = rows_next(import->table.rows, row)) {
		if (row->record > 1 || !import->columns.header)
			sample_take(import->receipt, samples++, row);
		if (row->record == mark->record)
			break;
	}
	return rc < 0 ? rc : rows_resume(import->table.rows, mark);
}

static void receipt_go_on(struct import_receipt *receipt, const struct upload_place *place)
{
	receipt->read = receipt->resumed_at = place->read;
	receipt->accepted = place->accepted;
	receipt->rejected = place->rejected;
	receipt->duplicate = place->duplicate;
	receipt->reason_count = place->reason_count;
	memcpy(receipt->reasons, place->reasons, sizeof(receipt->reasons));
	receipt->region_count = place->region_count;
	memcpy(receipt->regions, place->regions, sizeof(receipt->regions));
	memcpy(receipt->found, place->found, sizeof(receipt->found));
	receipt->kept = place->kept;
	receipt->linked = place->linked;
	receipt->updated = place->updated;
	receipt->listed = place->listed;
}

static int go_on(struct import *import, struct row *row)
{
	int err;

	import->receipt->id = import->resume.upload.id;
	err = rejects_go_on(import);
	if (err || !import->resume.upload.place.mark.record)
		return err;
	receipt_go_on(import->receipt, &import->resume.upload.place);
	return rows_go_on(import, row);
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
	return err ? reject_failed(import, err) : 0;
}

static int chunk_write(struct import *import)
{
	struct upload_place place;
	int err = place_take(import, &place);

	return err ? err : resume_flush(&import->resume, &place);
}

static int outputs_open(struct import *import, struct row *row)
{
	int err = 0;

	if (wants_rejects(import))
		err = reject_make(import);
	if (!err)
		err = list_make(import);
	if (err || import->options->dry_run)
		return err;
	err = lead_batch_open(import->store, import->upload.list, &import->resume.batch);
	if (err == ERR_WRONG_STATE)
		snprintf(
			import->why, WHY, "another upload to list %s is running: wait until it has ended", import->options->list);
	import->dedupe.list = import->upload.list;
	if (!err)
		lead_batch_dedupe(import->resume.batch, &import->dedupe);
	if (!err && import->options->chunk_rows)
		lead_batch_rows(import->resume.batch, import->options->chunk_rows);
	if (!err)
		err = resume_start(&import->resume, &import->upload, import->options->resume, import->why);
	return err ? err : go_on(import, row);
}

static void receipt_start(struct import *import)
{
	struct import_receipt *receipt = import->receipt;

	text_copy(receipt->encoding, sizeof(receipt->encoding), import->table.charset.name);
	receipt->delimiter = rows_delimiter(import->table.rows);
	receipt->header = import->columns.header;
	columns_text(&import->columns, receipt->columns, sizeof(receipt->columns));
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
		return reject_failed(import, err);
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
		leadrow->rejection = (struct rejection){"E_DNC", import->columns.items[import->columns.phones[0]].title, leadrow->message};
		return row_refuse(import, row);
	}
	leadrow->lead.state = listed && import->dnc_mark ? LEAD_SUPPRESSED : LEAD_READY;
	return row_accept(import, row, listed);
}

static int row_take(struct import *import, const struct row *row)
{
	int err;

	if (import->receipt->read < 3)
		sample_take(import->receipt, import->receipt->read, row);
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
/* Rows and their place, then the reject file, then the word that the upload is whole: who dies between two of these is found before the next. */
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
		return reject_failed(import, err);
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

	return import->upload.list && !list_get_id(import->store, import->upload.list, &list) ? list.leads - import->leads_before : 0;
}

static void explain(struct import *import, int err)
{
	const struct import_receipt *receipt = import->receipt;
	size_t used = strlen(import->why);

	bool store_full = err == -ENOSPC || err == -EDQUOT || err == -EROFS || err == ERR_FULL;

	if (!used)
		used = (size_t)snprintf(import->why, WHY, "%.200s: %s%s", store_full ? "the store cannot be written" : import->options->path,
			err_text(err), store_full ? ": make room" : "");
	if (receipt->read && used < WHY)
		snprintf(import->why + used, WHY - used,
			" (after %llu rows; %llu leads of it are in the list: --resume goes on from there)",
			(unsigned long long)receipt->read, (unsigned long long)leads_stored(import));
}

static int run(struct import *import)
{
	struct row row;
	int err = list_look(import);

	if (!err)
		err = table_open(&import->table, import->options->path, import->options->encoding, import->why);
	if (!err)
		err = first_row(import, &row);
	if (!err)
		err = upload_look(import);
	if (err)
		return err;
	receipt_start(import);
	if (import->receipt->already)
		return 0;
	err = region_check(import);
	if (!err)
		err = outputs_open(import, &row);
	if (err)
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
