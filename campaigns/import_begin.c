/* import_begin.c - an upload before its first row: list, file, columns, region, outputs, and where an interrupted run goes on */
#include "campaigns/import_in.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "campaigns/number.h"
#include "campaigns/regions.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int region_choose(struct import *import, const struct list *list)
{
	const char *region = import->options->region ? import->options->region : list ? list->region : "";

	if (!region[0])
		return 0;
	if (strlen(region) != 2 || !phone_lib_region(region)) {
		snprintf(import->why, FILE_WHY_BYTES,
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
	snprintf(import->why, FILE_WHY_BYTES, "--dnc %.40s: say skip, mark or proceed", dnc);
	return ERR_RANGE;
}

/* The list when it is there, its region as the default. A new list is made later, when the file is understood. */
static int list_look(struct import *import)
{
	struct list list;
	int err, wrong;

	if (!import->options->list || !store_name_ok(import->options->list)) {
		snprintf(import->why, FILE_WHY_BYTES, "\"%.60s\" cannot be the name of a list: 1 to 47 letters, digits, - _ .",
			import->options->list ? import->options->list : "");
		return ERR_RANGE;
	}
	err = list_get(import->store, import->options->list, &list);
	if (err && err != ERR_UNKNOWN)
		return err;
	if (!err && list.state >= LIST_REMOVING) {
		snprintf(import->why, FILE_WHY_BYTES, "the list \"%s\" is %s: upload to a list of another name", list.name,
			list_state_name(list.state));
		return ERR_WRONG_STATE;
	}
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
	snprintf(import->why, FILE_WHY_BYTES,
		"%llu of %llu rows looked at have numbers that are valid in %s, where other lists are, as well as in %s: if they "
		"are of %s, "
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
		snprintf(import->why, FILE_WHY_BYTES, "%s has no rows, only blank lines", import->options->path);
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
		snprintf(import->why, FILE_WHY_BYTES, "%.200s is the upload itself: name another file with --rejects",
			options.path);
		return ERR_RANGE;
	}
	if (!err)
		return reject_open(&import->reject, &options);
	snprintf(import->why, FILE_WHY_BYTES, "the reject file %.150s cannot be written: %s; --rejects FILE names another place",
		options.path, err_text(err));
	return err;
}

static bool wants_rejects(const struct import *import)
{
	return !import->options->dry_run || import->options->reject_path;
}

int import_reject_failed(struct import *import, int err)
{
	snprintf(import->why, FILE_WHY_BYTES, "the reject file %.150s cannot be written: %s; --rejects FILE names another place",
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
	snprintf(import->why, FILE_WHY_BYTES,
		"%.200s may hold the %llu rows that were rejected before: name another file with --rejects", path,
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
		snprintf(import->why, FILE_WHY_BYTES,
			"the reject file %.200s of the interrupted upload is gone or was changed: put it back, or leave out "
			"--resume to "
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
			import_sample(import->receipt, samples++, row);
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
		snprintf(import->why, FILE_WHY_BYTES, "another upload to list %s is running: wait until it has ended",
			import->options->list);
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

int import_begin(struct import *import, struct row *row)
{
	int err = list_look(import);

	if (!err)
		err = table_open(&import->table, import->options->path, import->options->encoding, import->why);
	if (!err)
		err = first_row(import, row);
	if (!err)
		err = upload_look(import);
	if (err)
		return err;
	receipt_start(import);
	if (import->receipt->already)
		return 0;
	err = region_check(import);
	return err ? err : outputs_open(import, row);
}
