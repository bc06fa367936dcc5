/*
 * scrub.h - what was deleted from the store leaves its file, too
 *
 * What    LMDB never writes over a page that is in use: what is deleted stays in pages that are free until they are used again,
 *         and in the unused room of others. scrub_run() writes zeros over free pages, over the room between the entries' table
 *         and the entries of pages in use, behind values on pages of their own, and behind the last page. It does so in place, a
 *         few MiB at a time under the writers' lock, so that an engine goes on; what is in use is not touched, so that a crash
 *         leaves a whole store.
 * Whole   Not when a reader still looks at old pages (pinned), nor when another process that writes had the store open before:
 *         LMDB keeps written pages in memory and puts what is left in them into the unused room of later ones. So the store
 *         remembers that a scrub is due until one was alone; an engine does it when it starts, `outdial erase --wipe` at any
 *         time.
 * Cost    the whole file is read once: docs/ERASURE.md has figures.
 * Not     what the file system, the disk or a copy keeps by itself (snapshots, journals, spare blocks): docs/ERASURE.md.
 * Source  the page format of LMDB 0.9 (lmdb.h: "MDB_DATA_VERSION 1", which did not change in the 0.9 series); a page that does
 *         not look like it is not touched and counted as `strange`.
 */
#ifndef OUTDIAL_CAMPAIGNS_SCRUB_H
#define OUTDIAL_CAMPAIGNS_SCRUB_H

#include "campaigns/store.h"

struct scrub_report {
	uint64_t pages;   /* looked at */
	uint64_t wiped;   /* of these had something that nobody uses */
	uint64_t pinned;  /* free pages that a reader still may look at: left as they are */
	uint64_t strange;
	bool alone;       /* no other process had it open for writing when it began */
	bool whole;       /* nothing is left: the store needs no scrub any more */
};

/* From now on one is due: inside the transaction that deletes. */
struct db_txn;
void scrub_want(struct db_txn *txn);
/* How often one was wanted since the last that was whole; 0: none is due. */
int scrub_due(struct store *store, uint64_t *due);
/* Wipes now. report->whole: nothing was passed over, and none is due any more. Errors of the file and of the store. */
int scrub_run(struct store *store, struct scrub_report *report);

#endif
