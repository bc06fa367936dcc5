/*
 * suppress_load.c - whole lists and change files
 *
 *   whole list    file -> chunk of numbers, sorted -> blocks of the next generation, a few hundred a transaction -> one
 *                 transaction that puts it in force and writes receipt and evidence -> the generation before is removed, a few
 *                 blocks a transaction
 *   change file   read through once, so that a bad one changes nothing -> chunk, the last word about each number -> small
 *                 transactions
 *
 * Each transaction takes as much as lately lasted about 4 ms with its commit, and the next begins a moment later, so that claims
 * go on. One load a list at a time (a lock file that dies with the process). What a killed load has written belongs to no
 * generation in force: the next load removes it first.
 */
#include "campaigns/suppress_file.h"
#include "campaigns/suppress_table.h"

#include "campaigns/evlog.h"
#include "campaigns/line.h"
#include "campaigns/number.h"
#include "campaigns/sha256.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOAD_NUMBERS (4u << 20) /* of a chunk, 8 bytes each */
#define LOAD_CHANGES (1u << 20)
#define LOAD_BLOCKS 512          /* of a transaction at most */
#define LOAD_CHANGE_ROWS 512
#define LOAD_SWEEP_BLOCKS 256
#define LOAD_SHARE 64            /* of these a transaction takes run->share parts of so many */
#define LOAD_TXN_US (4 * MS_US)  /* that a transaction should last, with its commit */
#define LOAD_PAUSE_US MS_US      /* LMDB's lock is not fair: claims come in between */
#define LOAD_VERSION 1
#define LOAD_TICK 1000000

struct load_change {
	uint64_t number;
	uint32_t order;
	bool listed;
};

struct load_run {
	struct store *store;
	const struct suppress_load *options;
	struct suppress_receipt *receipt;
	struct suppress_list list; /* as it was when the load began */
	struct numset set;         /* that is written */
	char region[3];
	const char *source;        /* the file's name without its folders */
	int fd, lock_fd;
	uint64_t *numbers;
	struct load_change *changes;
	uint32_t count, done;      /* of the chunk; written of it */
	uint32_t next;             /* of the transaction that runs */
	uint64_t added, removed;   /* by the transaction that runs */
	uint64_t total;            /* numbers written so far */
	bool more;
	db_change_h *change;       /* that runs, since */
	int64_t began_us;
	uint32_t share;            /* 1..LOAD_SHARE */
	int64_t started_us, now_us;
	char *why;
};

static int load_step_in(struct db_txn *txn, void *arg)
{
	struct load_run *run = arg;

	run->began_us = clock_steady_us();
	return run->change(txn, run);
}

/*
 * How much is written in so long depends on the disk and on who else uses it: half as much after a long one, a little more after
 * a short one.
 */
static void load_learn(struct load_run *run, int64_t lasted_us)
{
	if (lasted_us > LOAD_TXN_US && run->share > 1)
		run->share -= run->share / 2;
	else if (lasted_us < LOAD_TXN_US / 2 && run->share < LOAD_SHARE)
		run->share++;
}

static int load_change_store(struct load_run *run, db_change_h *change)
{
	run->change = change;
	int err = db_change(run->store->db, load_step_in, run);

	load_learn(run, clock_steady_us() - run->began_us);
	usleep(LOAD_PAUSE_US);
	return err;
}

static uint32_t load_part(const struct load_run *run, uint32_t whole)
{
	return whole * run->share / LOAD_SHARE;
}

/* --- writing a chunk of a whole list */

static int load_blocks_in(struct db_txn *txn, void *arg)
{
	struct load_run *run = arg;
	int64_t until_us = clock_steady_us() + LOAD_TXN_US;
	struct suppress_list list;

	if (!suppress_load_record(txn, run->list.id, &list))
		return ERR_UNKNOWN; /* dropped meanwhile */
	run->next = run->done;
	run->added = 0;
	for (uint32_t blocks = 0;
		run->next < run->count && blocks < load_part(run, LOAD_BLOCKS) && clock_steady_us() < until_us && !txn->err;
		blocks++) {
		uint64_t block = run->numbers[run->next] / NUMSET_BLOCK;
		uint32_t from = run->next;

		while (run->next < run->count && run->numbers[run->next] / NUMSET_BLOCK == block)
			run->next++;
		run->added += numset_add_block(txn, &run->set, run->numbers + from, run->next - from);
	}
	return 0;
}

static int load_compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static bool load_sorted(const uint64_t *numbers, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		if (numbers[i - 1] > numbers[i])
			return false;
	return true;
}

static int load_write_numbers(struct load_run *run)
{
	int err = 0;

	if (!load_sorted(run->numbers, run->count))
		qsort(run->numbers, run->count, sizeof(*run->numbers), load_compare);
	for (run->done = 0; run->done < run->count && !err; run->done = run->next) {
		err = load_change_store(run, load_blocks_in);
		run->total += err ? 0 : run->added;
	}
	run->count = 0;
	return err;
}

/* --- writing a chunk of changes */

static int load_changes_in(struct db_txn *txn, void *arg)
{
	struct load_run *run = arg;
	struct suppress_list list;

	if (!suppress_load_record(txn, run->list.id, &list))
		return ERR_UNKNOWN;
	run->added = run->removed = 0;
	for (run->next = run->done;
		run->next < run->count && run->next < run->done + load_part(run, LOAD_CHANGE_ROWS) && !txn->err; run->next++) {
		const struct load_change *change = &run->changes[run->next];

		if (numset_put(txn, &run->set, change->number, change->listed) == change->listed)
			continue;
		run->added += change->listed;
		run->removed += !change->listed;
	}
	list.numbers += run->added - run->removed;
	suppress_save(txn, &list);
	return 0;
}

static int load_compare_changes(const void *a, const void *b)
{
	const struct load_change *left = a, *right = b;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

/* Of several words about a number the last one counts. */
static uint32_t load_last_words(struct load_change *changes, uint32_t count)
{
	uint32_t kept = 0;

	qsort(changes, count, sizeof(*changes), load_compare_changes);
	for (uint32_t i = 0; i < count; i++)
		if (i + 1 == count || changes[i + 1].number != changes[i].number)
			changes[kept++] = changes[i];
	return kept;
}

static int load_write_changes(struct load_run *run)
{
	int err = 0;

	run->count = load_last_words(run->changes, run->count);
	for (run->done = 0; run->done < run->count && !err; run->done = run->next) {
		err = load_change_store(run, load_changes_in);
		run->receipt->added += err ? 0 : run->added;
		run->receipt->removed += err ? 0 : run->removed;
	}
	run->count = 0;
	return err;
}

/* --- reading */

static int load_wrong_kind(struct load_run *run, const struct suppress_entry *entry)
{
	snprintf(run->why, SUPPRESS_WHY_BYTES,
		run->options->changes ? "%.200s line %llu adds or removes nothing (no A or D): is it a whole list? 'outdial dnc "
					"load' takes those"
				      : "%.200s line %llu adds or removes a number (A or D): it is a change file, 'outdial dnc "
					"apply' takes those",
		run->options->path, (unsigned long long)entry->line);
	return ERR_SYNTAX;
}

static int load_take(struct load_run *run, const struct suppress_entry *entry, bool write)
{
	if ((entry->change != 0) != run->options->changes)
		return load_wrong_kind(run, entry);
	run->receipt->rows++;
	if (run->options->progress && run->receipt->rows % LOAD_TICK == 0)
		run->options->progress(run->options->arg, run->receipt->rows);
	if (!write)
		return 0;
	if (run->options->changes) {
		run->changes[run->count] = (struct load_change){entry->number, run->count, entry->change == 'A'};
		return ++run->count == LOAD_CHANGES ? load_write_changes(run) : 0;
	}
	run->numbers[run->count] = entry->number;
	return ++run->count == LOAD_NUMBERS ? load_write_numbers(run) : 0;
}

static bool load_may_skip(struct load_run *run, int rc, uint64_t line)
{
	if (rc != ERR_SYNTAX || !run->options->skip_bad || !line)
		return false;
	run->receipt->bad++;
	if (!run->receipt->bad_line)
		run->receipt->bad_line = line;
	return true;
}

/* The whole file once. Without `write` only looked at. */
static int load_read(struct load_run *run, bool write)
{
	struct suppress_file *file;
	struct suppress_entry entry = {0};
	int rc, err = 0;

	if (lseek(run->fd, 0, SEEK_SET) != 0)
		return -errno;
	run->receipt->rows = run->receipt->bad = 0;
	err = suppress_file_open(&file, run->fd, run->options->path, run->region, run->why);
	if (err)
		return err;
	while (!err && (rc = suppress_file_next(file, &entry, run->why)) != 0)
		err = rc > 0 ? load_take(run, &entry, write) : load_may_skip(run, rc, suppress_file_bad_line(file)) ? 0 : rc;
	if (!err)
		err = suppress_file_sha256(file, run->receipt->sha256);
	suppress_file_close(file);
	if (!err && write && run->count)
		err = run->options->changes ? load_write_changes(run) : load_write_numbers(run);
	return err;
}

/* --- begin and end */

static int load_begin_in(struct db_txn *txn, void *arg)
{
	struct load_run *run = arg;

	if (!suppress_load_record(txn, run->list.id, &run->list))
		return ERR_UNKNOWN;
	run->receipt->generation = run->list.generation + !run->options->changes;
	if (!run->options->changes) {
		run->list.set_next = suppress_set_new(txn); /* what a killed load wrote has no name from now on */
		suppress_save(txn, &run->list);
	}
	run->set = suppress_set(run->options->changes ? run->list.set : run->list.set_next);
	return 0;
}

static int load_sweep_in(struct db_txn *txn, void *arg)
{
	struct load_run *run = arg;

	run->more = suppress_sweep(txn, load_part(run, LOAD_SWEEP_BLOCKS));
	return 0;
}

static int load_sweep(struct load_run *run)
{
	int err = 0;

	for (run->more = true; run->more && !err;)
		err = load_change_store(run, load_sweep_in);
	return err;
}

static void load_save_row(struct db_txn *txn, const struct load_run *run, const struct suppress_list *list)
{
	const struct suppress_receipt *receipt = run->receipt;
	struct db_key key = db_key_empty();
	struct enc enc;

	db_key_u16(&key, list->id);
	db_key_u32(&key, list->loads);
	enc_start(&enc, LOAD_VERSION);
	enc_u8(&enc, run->options->changes);
	enc_u32(&enc, list->generation);
	enc_u64(&enc, receipt->rows);
	enc_u64(&enc, receipt->added);
	enc_u64(&enc, receipt->removed);
	enc_u64(&enc, receipt->bad);
	enc_i64(&enc, run->now_us);
	enc_i64(&enc, receipt->as_of_us);
	enc_text(&enc, receipt->sha256);
	enc_text(&enc, run->source);
	record_put(txn, T_SUPPRESS_LOAD, &key, &enc);
}

static void load_event(struct db_txn *txn, const struct load_run *run, const struct suppress_list *list)
{
	const struct suppress_receipt *receipt = run->receipt;
	struct line line;
	uint64_t seq = evlog_start(txn, &line, run->options->changes ? "suppress_apply" : "suppress_load");

	line_u64(&line, "list", list->id);
	line_text(&line, "list_name", list->name);
	line_text(&line, "kind", suppress_kind_facts(list->kind)->name);
	line_u64(&line, "generation", list->generation);
	line_u64(&line, "rows", receipt->rows);
	line_u64(&line, "bad", receipt->bad);
	line_u64(&line, "added", receipt->added);
	line_u64(&line, "removed", receipt->removed);
	line_u64(&line, "numbers", list->numbers);
	line_time(&line, "as_of_us", receipt->as_of_us);
	line_text(&line, "sha256", receipt->sha256);
	line_text(&line, "source", run->source);
	evlog_end(txn, seq, &line);
}

/* The one step: from here on the new generation is in force. */
static int load_end_in(struct db_txn *txn, void *arg)
{
	struct load_run *run = arg;
	struct suppress_list list;

	if (!suppress_load_record(txn, run->list.id, &list))
		return ERR_UNKNOWN;
	if (!run->options->changes) {
		list.generation = run->receipt->generation;
		list.set = list.set_next;
		list.set_next = 0;
		list.numbers = run->total;
		list.as_of_us = run->receipt->as_of_us;
	} else if (run->receipt->as_of_us > list.as_of_us) {
		list.as_of_us = run->receipt->as_of_us;
	}
	list.loaded_us = run->now_us;
	list.loads++;
	text_copy(list.sha256, sizeof(list.sha256), run->receipt->sha256);
	text_copy(list.source, sizeof(list.source), run->source);
	suppress_save(txn, &list);
	load_save_row(txn, run, &list);
	load_event(txn, run, &list);
	store_touch(txn);
	run->receipt->numbers = list.numbers;
	return 0;
}

static int load_give_up_in(struct db_txn *txn, void *arg)
{
	struct load_run *run = arg;
	struct suppress_list list;

	if (!suppress_load_record(txn, run->list.id, &list))
		return 0;
	list.set_next = 0;
	suppress_save(txn, &list);
	return 0;
}

/* --- the load */

static int load_lock(struct load_run *run)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/suppress-%u.lock", run->store->dir, run->list.id);
	run->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (run->lock_fd < 0)
		return -errno;
	if (flock(run->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	snprintf(run->why, SUPPRESS_WHY_BYTES, "another load of the list %s runs: wait for its end", run->list.name);
	return ERR_WRONG_STATE;
}

/* When the data is from: what the user says, else the file's time. */
static int load_as_of(struct load_run *run)
{
	struct stat st;

	if (fstat(run->fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		snprintf(run->why, SUPPRESS_WHY_BYTES, "%.200s is not a file: give the file itself", run->options->path);
		return -EINVAL;
	}
	run->receipt->as_of_us = run->options->as_of_us ? run->options->as_of_us : st.st_mtim.tv_sec * SEC_US;
	if (!run->options->as_of_us && run->receipt->as_of_us > run->now_us)
		run->receipt->as_of_us = run->now_us;
	if (run->receipt->as_of_us <= run->now_us)
		return 0;
	snprintf(run->why, SUPPRESS_WHY_BYTES, "the data cannot be from the future: correct --as-of");
	return ERR_RANGE;
}

/* Of numbers without "+": what the user says, else where the list is from. */
static int load_region(struct load_run *run)
{
	const char *region = run->options->region;

	if (region && (strlen(region) != 2 || !phone_lib_region(region))) {
		snprintf(run->why, SUPPRESS_WHY_BYTES,
			"region \"%.20s\" is not known: write the two capital letters of a country, for example US or GB",
			region);
		return ERR_RANGE;
	}
	if (!region && run->list.scope == SUPPRESS_COUNTRY)
		region = run->list.where;
	else if (!region && run->list.scope == SUPPRESS_US_STATE)
		region = "US";
	text_copy(run->region, sizeof(run->region), region ? region : "");
	return 0;
}

static int load_open(struct load_run *run)
{
	int err = suppress_get(run->store, run->options->list, &run->list);
	const char *slash = strrchr(run->options->path, '/');

	if (err == ERR_UNKNOWN || (!err && run->list.id == 0)) {
		snprintf(run->why, SUPPRESS_WHY_BYTES,
			err ? "there is no suppression list \"%.50s\": make it with 'outdial dnc create'"
			    : "%.50s is the store's own list: 'outdial dnc import' adds to it",
			run->options->list);
		return err ? err : ERR_RANGE;
	}
	if (err)
		return err;
	if (run->options->changes && run->list.as_of_us == 0) {
		snprintf(run->why, SUPPRESS_WHY_BYTES, "the list %s is empty: load a whole list before changes to it",
			run->list.name);
		return ERR_WRONG_STATE;
	}
	run->source = slash ? slash + 1 : run->options->path;
	err = load_region(run);
	if (err)
		return err;
	run->fd = open(run->options->path, O_RDONLY | O_CLOEXEC);
	return run->fd < 0 ? -errno : load_as_of(run);
}

/* A download that was cut short would make people dialable who are not. */
static int load_plausible(struct load_run *run)
{
	if (run->options->changes || run->options->yes || (run->total && run->total * 2 >= run->list.numbers))
		return 0;
	if (!run->list.numbers) {
		snprintf(run->why, SUPPRESS_WHY_BYTES,
			"%.200s has no number: a list without any would stop no call. If that is right, give --yes",
			run->options->path);
		return ERR_WRONG_STATE;
	}
	snprintf(run->why, SUPPRESS_WHY_BYTES,
		"%.200s has %llu numbers, the list in force %llu: less than half. If it is whole all the same, give --yes",
		run->options->path, (unsigned long long)run->total, (unsigned long long)run->list.numbers);
	return ERR_WRONG_STATE;
}

/* Without a number less it is the age alone that may have kept leads. */
static int load_release(struct load_run *run, bool fewer)
{
	return fewer ? suppress_release(run->store, run->now_us, &run->receipt->released)
		     : suppress_return(run->store, run->now_us, &run->receipt->released);
}

static int load_do(struct load_run *run)
{
	bool had = run->list.generation != 0;
	int err = load_change_store(run, load_begin_in);

	if (!err)
		err = load_sweep(run);
	if (!err && run->options->changes)
		err = load_read(run, false);
	if (!err)
		err = load_read(run, true);
	if (!err)
		err = load_plausible(run);
	if (!err)
		err = load_change_store(run, load_end_in);
	if (!run->options->changes) {
		int swept = err ? load_change_store(run, load_give_up_in) : 0;

		if (!swept)
			swept = load_sweep(run); /* the old generation, or what was written in vain */
		err = err ? err : swept;
	}
	return err ? err : load_release(run, had && (!run->options->changes || run->receipt->removed));
}

int suppress_load(
	struct store *store, const struct suppress_load *load, struct suppress_receipt *receipt, char why[SUPPRESS_WHY_BYTES])
{
	struct load_run run = {.store = store,
		.options = load,
		.receipt = receipt,
		.fd = -1,
		.lock_fd = -1,
		.share = LOAD_SHARE / 4,
		.started_us = clock_steady_us(),
		.now_us = clock_us(),
		.why = why};
	int err;

	memset(receipt, 0, sizeof(*receipt));
	why[0] = '\0';
	run.numbers = load->changes ? NULL : malloc(LOAD_NUMBERS * sizeof(*run.numbers));
	run.changes = load->changes ? malloc(LOAD_CHANGES * sizeof(*run.changes)) : NULL;
	err = run.numbers || run.changes ? load_open(&run) : -ENOMEM;
	if (!err)
		err = load_lock(&run);
	if (!err)
		err = load_do(&run);
	receipt->elapsed_us = clock_steady_us() - run.started_us;
	if (err && !why[0])
		snprintf(why, SUPPRESS_WHY_BYTES, "%.200s: %s", load->path, err_text(err));
	if (run.fd >= 0)
		close(run.fd);
	if (run.lock_fd >= 0)
		close(run.lock_fd);
	free(run.numbers);
	free(run.changes);
	return err;
}

/* --- history */

int suppress_load_next(struct store *store, uint16_t list, uint32_t after, struct suppress_load_row *out)
{
	struct db_key from = db_key_empty(), key;
	struct db_view view;
	struct db_txn txn;
	bool there;

	db_key_u16(&from, list);
	db_key_u32(&from, after + 1);
	db_read_begin(store->db, &txn);
	there = db_seek(&txn, T_SUPPRESS_LOAD, &from, &key, &view) && db_key_u16_at(&key, 0) == list;
	if (there) {
		struct dec dec = dec_start(view.data, view.bytes, LOAD_VERSION);

		memset(out, 0, sizeof(*out));
		out->number = db_key_u32_at(&key, 2);
		out->changes = dec_u8(&dec);
		out->generation = dec_u32(&dec);
		out->rows = dec_u64(&dec);
		out->added = dec_u64(&dec);
		out->removed = dec_u64(&dec);
		out->bad = dec_u64(&dec);
		out->at_us = dec_i64(&dec);
		out->as_of_us = dec_i64(&dec);
		dec_text(&dec, out->sha256, sizeof(out->sha256));
		dec_text(&dec, out->source, sizeof(out->source));
		there = record_ok(&txn, &dec);
	}
	return read_found(&txn, there);
}
