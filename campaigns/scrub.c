/* scrub.c - see scrub.h */
#include "campaigns/scrub.h"

#include "campaigns/tables.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLICE 512u /* pages looked at under the lock: about a millisecond */
#define BACK 128u  /* pages before a slice that are read again: no value of ours has as many */
#define TRIES 5    /* runs over the file while readers pin pages */
#define PIN_US (50 * MS_US)
#define DUE "scrub_due"

/*
 * LMDB's page (0.9): number u64, pad u16, flags u16, lower u16, upper u16 (or pages u32), offsets of the entries, room, entries.
 */
enum { PAGE_FLAGS = 10, PAGE_LOWER = 12, PAGE_UPPER = 14, PAGE_HEAD = 16 };
enum { P_BRANCH = 1, P_LEAF = 2, P_OVERFLOW = 4 };
/* An entry: size u32 in halves, flags u16, key's size u16, key, value; ENTRY_BIG: the value is the number of its first page. */
enum { ENTRY_FLAGS = 4, ENTRY_KEY = 6, ENTRY_HEAD = 8, ENTRY_BIG = 1 };

enum use { IN_USE, FREE, PINNED };

struct scrubbing {
	struct db_still still;
	struct scrub_report *report;
	uint64_t from, next, count; /* pages that were read begin at from; the slice, at next, up to BACK later */
	unsigned char use[BACK + SLICE];
	unsigned char *pages;
	int file; /* the store's, beyond the slice; -1: not yet */
	int err;
};

static uint32_t u16_at(const unsigned char *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t u64_at(const unsigned char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static bool is_zero(const unsigned char *at, size_t bytes)
{
	return bytes == 0 || (at[0] == 0 && memcmp(at, at + 1, bytes - 1) == 0);
}

/* --- writing zeros */

static void wipe(struct scrubbing *scrubbing, uint64_t at, size_t bytes)
{
	static const unsigned char zero[65536];

	while (bytes && !scrubbing->err) {
		ssize_t n = pwrite(scrubbing->still.fd, zero, bytes < sizeof(zero) ? bytes : sizeof(zero), (off_t)at);

		if (n <= 0 && errno != EINTR)
			scrubbing->err = n < 0 ? -errno : -EIO;
		at += n > 0 ? (uint64_t)n : 0;
		bytes -= n > 0 ? (size_t)n : 0;
	}
}

/* A part of a page of the slice, when there is anything in it. */
static void wipe_part(struct scrubbing *scrubbing, uint64_t page, size_t from, size_t to)
{
	size_t size = scrubbing->still.page_bytes;

	if (from >= to || is_zero(scrubbing->pages + (page - scrubbing->from) * size + from, to - from))
		return;
	wipe(scrubbing, page * size + from, to - from);
	scrubbing->report->wiped++;
}

/* Behind a value that has pages of its own; it may lie anywhere in the file. */
static void wipe_behind(struct scrubbing *scrubbing, uint64_t first, uint64_t bytes)
{
	uint64_t size = scrubbing->still.page_bytes, end = first * size + PAGE_HEAD + bytes, to = (end + size - 1) / size * size;
	unsigned char rest[4096];

	if (first < 2 || to > scrubbing->still.pages * size || to - end > sizeof(rest) || to == end)
		return;
	if (pread(scrubbing->still.fd, rest, to - end, (off_t)end) != (ssize_t)(to - end) || is_zero(rest, to - end))
		return;
	wipe(scrubbing, end, to - end);
	scrubbing->report->wiped++;
}

/* --- one page */

static void look_entries(struct scrubbing *scrubbing, const unsigned char *page, size_t lower)
{
	size_t size = scrubbing->still.page_bytes;

	for (size_t at = PAGE_HEAD; at + 2 <= lower; at += 2) {
		size_t entry = u16_at(page + at), value;

		if (entry + ENTRY_HEAD > size)
			return;
		value = entry + ENTRY_HEAD + u16_at(page + entry + ENTRY_KEY);
		if ((u16_at(page + entry + ENTRY_FLAGS) & ENTRY_BIG) && value + 8 <= size)
			wipe_behind(
				scrubbing, u64_at(page + value), u16_at(page + entry) | (uint64_t)u16_at(page + entry + 2) << 16);
	}
}

static const unsigned char *page_at(const struct scrubbing *scrubbing, uint64_t number)
{
	return scrubbing->pages + (number - scrubbing->from) * scrubbing->still.page_bytes;
}

/* How many pages the value takes that begins here; 0: none does. */
static uint64_t value_takes(const struct scrubbing *scrubbing, uint64_t number)
{
	const unsigned char *page = page_at(scrubbing, number);
	uint64_t takes = u16_at(page + PAGE_LOWER) | (uint64_t)u16_at(page + PAGE_UPPER) << 16;

	return u64_at(page) == number && u16_at(page + PAGE_FLAGS) == P_OVERFLOW && takes <= scrubbing->still.pages - number
		       ? takes
		       : 0;
}

/* Answers how many pages it takes. */
static uint64_t look_page(struct scrubbing *scrubbing, uint64_t number)
{
	const unsigned char *page = page_at(scrubbing, number);
	uint32_t flags = u16_at(page + PAGE_FLAGS), lower = u16_at(page + PAGE_LOWER), upper = u16_at(page + PAGE_UPPER);
	uint64_t takes = value_takes(scrubbing, number);

	if (takes)
		return takes;
	if (u64_at(page) != number || (flags != P_BRANCH && flags != P_LEAF) || lower < PAGE_HEAD || lower > upper ||
		upper > scrubbing->still.page_bytes) {
		scrubbing->report->strange++;
		return 1;
	}
	wipe_part(scrubbing, number, lower, upper);
	if (flags & P_LEAF)
		look_entries(scrubbing, page, lower);
	return 1;
}

/* --- a slice */

static void free_h(void *arg, uint64_t page, bool pinned)
{
	struct scrubbing *scrubbing = arg;

	if (page >= scrubbing->from && page < scrubbing->from + scrubbing->count)
		scrubbing->use[page - scrubbing->from] = pinned ? PINNED : FREE;
}

/* A value that was written since the slice before may reach into this one: where it ends. */
static uint64_t slice_begin(const struct scrubbing *scrubbing)
{
	uint64_t number = scrubbing->from;

	while (number < scrubbing->next) {
		uint64_t takes = scrubbing->use[number - scrubbing->from] == IN_USE ? value_takes(scrubbing, number) : 0;

		number += takes ? takes : 1;
	}
	return number;
}

/* Answers where the next slice begins. The first two pages are LMDB's own heads. */
static uint64_t look_slice(struct scrubbing *scrubbing)
{
	size_t size = scrubbing->still.page_bytes;
	uint64_t end = scrubbing->from + scrubbing->count, number = slice_begin(scrubbing);

	while (number < end && !scrubbing->err) {
		enum use use = (enum use)scrubbing->use[number - scrubbing->from];

		if (use == FREE)
			wipe_part(scrubbing, number, 0, size);
		scrubbing->report->pinned += use == PINNED;
		number += use == IN_USE ? look_page(scrubbing, number) : 1;
	}
	scrubbing->report->pages += number - scrubbing->next;
	return number;
}

/* What a transaction wrote that never was: the file is longer than what is in use. */
static void wipe_end(struct scrubbing *scrubbing)
{
	uint64_t end = scrubbing->still.pages * scrubbing->still.page_bytes;
	struct stat st;

	if (fstat(scrubbing->still.fd, &st) == 0 && (uint64_t)st.st_size > end)
		wipe(scrubbing, end, (size_t)((uint64_t)st.st_size - end));
}

/* 0 pages: the file's end. */
static int read_slice(struct scrubbing *scrubbing, uint64_t next)
{
	size_t size = scrubbing->still.page_bytes;
	uint64_t from = next < 2 + BACK ? 2 : next - BACK,
		 end = next + SLICE < scrubbing->still.pages ? next + SLICE : scrubbing->still.pages;

	scrubbing->from = from;
	scrubbing->next = next;
	scrubbing->count = next < end ? end - from : 0;
	memset(scrubbing->use, IN_USE, sizeof(scrubbing->use));
	if (!scrubbing->pages && !(scrubbing->pages = malloc((BACK + SLICE) * size)))
		return -ENOMEM;
	ssize_t got = pread(scrubbing->still.fd, scrubbing->pages, scrubbing->count * size, (off_t)(from * size));

	if (got < 0)
		return -errno;
	memset(scrubbing->pages + got, 0, scrubbing->count * size - (size_t)got); /* the last pages may never have been written */
	return db_still_free(&scrubbing->still, free_h, scrubbing);
}

/* *next: 0 at the end. */
static int scrub_slice(struct scrubbing *scrubbing, struct store *store, uint64_t *next)
{
	int err = db_still_begin(store->db, &scrubbing->still);

	if (err)
		return err;
	if (scrubbing->file < 0 && (scrubbing->file = fcntl(scrubbing->still.fd, F_DUPFD_CLOEXEC, 0)) < 0)
		err = -errno;
	if (!err)
		err = read_slice(scrubbing, *next);
	if (!err)
		*next = scrubbing->count ? look_slice(scrubbing) : 0;
	if (!err && !*next)
		wipe_end(scrubbing);
	if (!err && !scrubbing->err && !*next && fdatasync(scrubbing->still.fd))
		err = -errno;
	db_still_end(&scrubbing->still);
	return err ? err : scrubbing->err;
}

/* Its zeros go to the disk now, without the lock: a commit would have to wait for those of all slices that were left to it. */
static int spread(const struct scrubbing *scrubbing, uint64_t wiped_before)
{
	usleep(MS_US / 2); /* LMDB's lock is not fair: claims come in between */
	return scrubbing->report->wiped > wiped_before && fdatasync(scrubbing->file) ? -errno : 0;
}

static int scrub_once(struct store *store, struct scrub_report *report)
{
	struct scrubbing scrubbing = {.report = report, .file = -1};
	uint64_t next = 2, wiped;
	int err;

	report->pages = report->wiped = report->pinned = report->strange = 0;
	do {
		wiped = report->wiped;
		err = scrub_slice(&scrubbing, store, &next);
		if (!err && next)
			err = spread(&scrubbing, wiped);
	} while (!err && next);
	if (scrubbing.file >= 0)
		close(scrubbing.file);
	free(scrubbing.pages);
	return err;
}

/* --- the whole */

void scrub_want(struct db_txn *txn)
{
	meta_add(txn, DUE, 1);
}

int scrub_due(struct store *store, uint64_t *due)
{
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	*due = meta_get(&txn, DUE);
	return db_read_end(&txn);
}

static int done_in(struct db_txn *txn, void *arg)
{
	const uint64_t *due = arg;

	if (meta_get(txn, DUE) == *due) /* nothing was deleted meanwhile */
		meta_set(txn, DUE, 0);
	return 0;
}

/* The lock is only tried: whoever opens the store later starts with clean pages. */
static bool is_alone(struct store *store)
{
	bool alone = flock(store->dir_fd, LOCK_EX | LOCK_NB) == 0;

	flock(store->dir_fd, LOCK_SH);
	return alone;
}

int scrub_run(struct store *store, struct scrub_report *report)
{
	uint64_t due;
	int err = scrub_due(store, &due);

	memset(report, 0, sizeof(*report));
	if (!err)
		err = db_renew(store->db);
	report->alone = is_alone(store);
	for (int tries = 0; !err && tries < TRIES; tries++) {
		err = scrub_once(store, report);
		if (!report->pinned)
			break;
		usleep(PIN_US);
	}
	report->whole = !err && report->alone && !report->pinned && !report->strange;
	return !err && report->whole ? db_change(store->db, done_in, &due) : err;
}
