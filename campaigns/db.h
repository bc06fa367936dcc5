/*
 * db.h - one LMDB environment behind a transaction that remembers its first error
 *
 * What    Tables of byte keys and byte values, sorted by memcmp. A change is a handler that runs inside one write transaction:
 *         it makes its calls without checking each, the first error sticks, and the transaction is committed only when none did.
 * Growth  The map starts at `map_bytes` and doubles when it is full: the transaction is undone and the handler runs AGAIN from
 *         the start, so a handler must set all its results anew each time. At `map_bytes_max` a full map is -ENOSPC.
 * Views   point into the map: valid until the next change in the same transaction or its end.
 * Errors  -ENOSPC (disk, quota, file size limit or map full: nothing of the transaction happened), ERR_SCHEMA (not a file of
 *         LMDB's format), ERR_STORE (damaged, or a part of a file), -errno. "Not there" is no error: functions answer false.
 * Repair  After an error LMDB may refuse its environment for good (a meta page that could not be written): it is opened again, by
 *         the next transaction. A change whose commit answered an error did not happen; only when it was the meta page, it may
 *         show after that.
 * Thread  Reads on any thread, each transaction begun and ended on one; changes are serialised by LMDB over all processes.
 *         Never begin a change while the same thread holds a read transaction (growth waits for readers).
 * Caveat  An environment may be open only once in a process, and not across fork().
 * Source  lmdb.h of 0.9.24, chapter "Caveats"; docs/STORAGE.md.
 */
#ifndef OUTDIAL_CAMPAIGNS_DB_H
#define OUTDIAL_CAMPAIGNS_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DB_TABLES_MAX 64
#define DB_KEY_BYTES 64

struct db;

struct db_options {
	const char *const *tables; /* names, which must outlive the db; a table's number is its index */
	uint32_t table_count;
	/* Tables from this number on (0: none) may be missing in a store of an earlier program: they are made when it is opened
	 * for writing, and read as empty when it is opened for reading. */
	uint32_t later;
	bool create, read_only;
	uint64_t map_bytes, map_bytes_max; /* 0: 1 GiB, 4 TiB (address space, not disk) */
	void *owner; /* what db_owner() answers */
};

struct db_key {
	unsigned char bytes[DB_KEY_BYTES];
	uint32_t count;
};

struct db_view {
	const unsigned char *data;
	size_t bytes;
};

struct db_txn {
	struct db *db;
	void *handle;
	void *cursors[DB_TABLES_MAX];
	int err; /* the first that happened, 0 none; a handler may set it */
	bool write;
};

int db_open(struct db **db, const char *dir, const struct db_options *options);
void db_close(struct db *db); /* NULL is fine */
void *db_owner(const struct db *db);

/* A snapshot. On an error txn->err is set and every read answers false. */
void db_read_begin(struct db *db, struct db_txn *txn);
int db_read_end(struct db_txn *txn); /* answers txn->err */

/* Runs change(txn, arg) in a write transaction and commits when it answered 0 and no error stuck. */
typedef int db_change_h(struct db_txn *txn, void *arg);
int db_change(struct db *db, db_change_h *change, void *arg);

bool db_get(struct db_txn *txn, uint32_t table, const struct db_key *key, struct db_view *value);
void db_put(struct db_txn *txn, uint32_t table, const struct db_key *key, const void *data, size_t bytes);
/* The same for keys that come in ascending order at the end of the table: fills its pages, which db_put leaves a third empty. */
void db_put_last(struct db_txn *txn, uint32_t table, const struct db_key *key, const void *data, size_t bytes);
bool db_del(struct db_txn *txn, uint32_t table, const struct db_key *key); /* true: it was there */

/* First entry at or after key; the last entry; the entry after the one found last in this table (no change in between). `value`
 * may be NULL. */
bool db_seek(struct db_txn *txn, uint32_t table, const struct db_key *from, struct db_key *key, struct db_view *value);
bool db_last(struct db_txn *txn, uint32_t table, struct db_key *key, struct db_view *value);
bool db_step(struct db_txn *txn, uint32_t table, struct db_key *key, struct db_view *value);
uint64_t db_count(struct db_txn *txn, uint32_t table);
/* The number that a value begins with, as db_key_u32() wrote it; 0: it has less than four bytes. */
uint32_t db_view_u32(const struct db_view *view);

/* Keys: fields are appended big-endian, so that memcmp sorts them as numbers. */
struct db_key db_key_empty(void);
void db_key_u16(struct db_key *key, uint16_t value);
void db_key_u32(struct db_key *key, uint32_t value);
void db_key_u64(struct db_key *key, uint64_t value);
void db_key_text(struct db_key *key, const char *text);
uint16_t db_key_u16_at(const struct db_key *key, uint32_t offset);
uint32_t db_key_u32_at(const struct db_key *key, uint32_t offset);
uint64_t db_key_u64_at(const struct db_key *key, uint32_t offset);

/*
 * Gives the map's pages back that this process has looked at, when it has more than so many bytes of files mapped: they count as
 * its memory. They stay in the system's cache, and the next look maps them again (views stay valid). Costs about 2 us while it
 * has less.
 */
void db_unmap_above(struct db *db, size_t bytes_max);

/* Readers that died inside a transaction keep pages from being used again: clears their slots, answers how many. */
uint32_t db_clear_dead(struct db *db);

/*
 * Is there room for more than what pages of the file that are free by chance can take? On a full disk small changes succeed now
 * and then, so that a commit alone does not show that it has room again.
 */
bool db_has_room(struct db *db);

/*
 * Closes and opens the environment: LMDB keeps the buffers of the pages that it wrote and writes what is left in them into the
 * unused room of later pages. After it nothing of earlier pages is in this process. No transaction of this thread may be open.
 */
int db_renew(struct db *db);

/* The file as the last commit left it, which nobody changes until it is let go; as short as a write transaction (for scrub.h). */
struct db_still {
	struct db_txn write, read;
	int fd;
	uint32_t page_bytes;
	uint64_t pages;  /* of the file that are in use or free */
	uint64_t commit; /* number of the last one */
};
int db_still_begin(struct db *db, struct db_still *still);
void db_still_end(struct db_still *still);
/* Each page that the last commit does not use. `pinned`: a reader that began before it was freed may look at it. */
typedef void db_free_h(void *arg, uint64_t page, bool pinned);
int db_still_free(struct db_still *still, db_free_h *free_h, void *arg);

/* For tests: the map has this size (what is in it has room at least) and grows no further. */
int db_limit(struct db *db, uint64_t map_bytes_max);

/* For tests and for docs/STORAGE.md: bytes of address space mapped now. */
uint64_t db_map_bytes(const struct db *db);

#endif
