/* db.c - the only door to LMDB */
#include "campaigns/db.h"

#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define DB_FULL (-2000) /* inside this file: the map is full, grow and run again */
#define DB_TRIES 8      /* of a transaction's begin: each undoes one thing that stands in its way */
#define DB_READERS_MAX 512
#define DB_SLACK_PAGES 256
#define DB_MISSING UINT32_MAX /* handle of a table that this store does not have yet */
#define DB_ROOM_BYTES (64 * 1024) /* less is no room for a transaction */
#define DB_SPARE_BYTES (1024 * 1024) /* as much is room for many */

struct db {
	MDB_env *env; /* NULL: it could not be opened again; the next transaction tries */
	uint32_t opened; /* how often */
	char *dir;
	struct db_options options;
	MDB_dbi tables[DB_TABLES_MAX];
	uint32_t table_count;
	uint64_t map_bytes, map_bytes_max;
	/* Held shared by every transaction of this process, exclusively while the map changes: LMDB allows that only without
	 * transactions. */
	pthread_rwlock_t map_lock;
};

static int db_error(int rc)
{
	switch (rc) {
	case 0:
		return 0;
	case MDB_MAP_FULL:
		return DB_FULL;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return -ENOSPC;
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		return ERR_SCHEMA;
	default:
		return rc > 0 ? -rc : ERR_STORE;
	}
}

static void db_note(struct db_txn *txn, int rc)
{
	if (!txn->err)
		txn->err = db_error(rc);
}

/* --- open, close */

/* Tables from number `from` on. *missing: one that came later is not there. */
static int db_open_some(struct db *db, const struct db_options *options, uint32_t from, bool make, bool *missing)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(db->env, NULL, make ? 0 : MDB_RDONLY, &txn);

	if (rc)
		return db_error(rc);
	for (uint32_t i = from; i < options->table_count && !rc; i++) {
		rc = mdb_dbi_open(txn, options->tables[i], make ? MDB_CREATE : 0, &db->tables[i]);
		if (rc != MDB_NOTFOUND || !options->later || i < options->later)
			continue;
		db->tables[i] = DB_MISSING;
		*missing = true;
		rc = 0;
	}
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? ERR_SCHEMA : db_error(rc);
}

static int db_open_tables(struct db *db, const struct db_options *options)
{
	bool missing = false;
	int err = db_open_some(db, options, 0, options->create, &missing);

	return !err && missing && !options->read_only ? db_open_some(db, options, options->later, true, &missing) : err;
}

/*
 * Half a copy: LMDB would map it and the first look at a missing page would end the program by SIGBUS. The last pages of a
 * transaction may be ones that it gave up unwritten, so a whole file can be a little shorter than its last page number says.
 */
static int db_check_size(struct db *db, const MDB_envinfo *info)
{
	uint64_t slack = info->me_last_pgno / 4 < DB_SLACK_PAGES ? info->me_last_pgno / 4 : DB_SLACK_PAGES;
	MDB_stat stat_of;
	struct stat st;
	int fd, rc = mdb_env_stat(db->env, &stat_of);

	if (rc == 0)
		rc = mdb_env_get_fd(db->env, &fd);
	if (rc)
		return rc;
	if (fstat(fd, &st))
		return errno;
	return (uint64_t)st.st_size / stat_of.ms_psize + slack < info->me_last_pgno + 1 ? MDB_CORRUPTED : 0;
}

static int db_open_env(struct db *db, const char *dir, const struct db_options *options)
{
	MDB_envinfo info;
	int dead, rc = mdb_env_create(&db->env);

	if (rc == 0)
		rc = mdb_env_set_maxdbs(db->env, DB_TABLES_MAX);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(db->env, DB_READERS_MAX);
	if (rc == 0)
		rc = mdb_env_set_mapsize(db->env, db->map_bytes);
	if (rc == 0)
		rc = mdb_env_open(db->env, dir, MDB_NOTLS | (options->read_only ? MDB_RDONLY : 0), 0600);
	if (rc == 0)
		rc = mdb_reader_check(db->env, &dead); /* slots of readers that were killed pin old pages */
	if (rc == 0)
		rc = mdb_env_info(db->env, &info);
	if (rc == 0)
		rc = db_check_size(db, &info);
	if (rc == 0)
		db->map_bytes = info.me_mapsize; /* the file may have been larger than asked for */
	return db_error(rc);
}

int db_open(struct db **db, const char *dir, const struct db_options *options)
{
	struct db *made = calloc(1, sizeof(*made));
	int err;

	assert(options->table_count <= DB_TABLES_MAX);
	if (!made)
		return -ENOMEM;
	pthread_rwlock_init(&made->map_lock, NULL);
	made->dir = strdup(dir);
	made->options = *options;
	made->options.create = false; /* from the second time on */
	made->table_count = options->table_count;
	made->map_bytes = options->map_bytes ? options->map_bytes : UINT64_C(1) << 30;
	made->map_bytes_max = options->map_bytes_max ? options->map_bytes_max : UINT64_C(1) << 42;
	err = made->dir ? db_open_env(made, dir, options) : -ENOMEM;
	if (!err)
		err = db_open_tables(made, options);
	if (err) {
		db_close(made);
		return err == DB_FULL ? -ENOSPC : err;
	}
	*db = made;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	mdb_env_close(db->env);
	pthread_rwlock_destroy(&db->map_lock);
	free(db->dir);
	free(db);
}

void *db_owner(const struct db *db)
{
	return db->options.owner;
}

uint64_t db_map_bytes(const struct db *db)
{
	return db->map_bytes;
}

/* LMDB does not say where its map is; the system does, by the file's inode. */
static bool db_map_find(int fd, void **at, size_t *bytes)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to, inode;
	char line[512];
	bool found = false;
	struct stat st;

	while (maps && !found && fstat(fd, &st) == 0 && fgets(line, sizeof(line), maps))
		found = sscanf(line, "%lx-%lx %*s %*s %*s %lu", &from, &to, &inode) == 3 && inode == st.st_ino;
	if (maps)
		fclose(maps);
	if (found) {
		*at = (void *)from;
		*bytes = to - from;
	}
	return found;
}

static void db_unmap(struct db *db)
{
	size_t bytes;
	void *at;
	int fd;

	pthread_rwlock_rdlock(&db->map_lock);
	if (db->env && mdb_env_get_fd(db->env, &fd) == 0 && db_map_find(fd, &at, &bytes))
		madvise(at, bytes, MADV_DONTNEED);
	pthread_rwlock_unlock(&db->map_lock);
}

uint32_t db_clear_dead(struct db *db)
{
	int dead = 0;

	pthread_rwlock_rdlock(&db->map_lock);
	if (db->env)
		mdb_reader_check(db->env, &dead);
	pthread_rwlock_unlock(&db->map_lock);
	return (uint32_t)dead;
}

/* Bytes of files that are mapped and looked at; 0 when the system does not say. */
static size_t mapped_bytes(void)
{
	unsigned long total, resident, shared = 0;
	char text[128] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) <= 0 || sscanf(text, "%lu %lu %lu", &total, &resident, &shared) != 3)
		shared = 0;
	close(fd);
	return shared * (size_t)sysconf(_SC_PAGESIZE);
}

void db_unmap_above(struct db *db, size_t bytes_max)
{
	if (mapped_bytes() > bytes_max)
		db_unmap(db);
}

/* --- transactions */

/* With the map lock held exclusively. */
static int db_open_again(struct db *db)
{
	int err;

	mdb_env_close(db->env);
	db->env = NULL;
	err = db_open_env(db, db->dir, &db->options);
	if (!err)
		err = db_open_tables(db, &db->options);
	if (err) {
		mdb_env_close(db->env);
		db->env = NULL;
	}
	db->opened++;
	return err;
}

/*
 * A meta page that could not be written, or a map that is gone, ends an LMDB environment for good; the file is whole as its last
 * commit left it. The environment that was opened as the `opened`th is replaced, unless another thread was faster.
 */
static int db_revive(struct db *db, uint32_t opened)
{
	int err = 0;

	pthread_rwlock_wrlock(&db->map_lock);
	if (db->opened == opened)
		err = db_open_again(db);
	pthread_rwlock_unlock(&db->map_lock);
	return err;
}

/* bytes 0: take over the size that another process gave the map. A refused size leaves LMDB without any map. */
static int db_resize(struct db *db, uint64_t bytes)
{
	MDB_envinfo info;
	int rc = 0;

	pthread_rwlock_wrlock(&db->map_lock);
	if (db->env && (rc = mdb_env_set_mapsize(db->env, bytes)) != 0)
		db_open_again(db);
	else if (db->env && (rc = mdb_env_info(db->env, &info)) == 0)
		db->map_bytes = info.me_mapsize;
	pthread_rwlock_unlock(&db->map_lock);
	return db_error(rc);
}

int db_limit(struct db *db, uint64_t map_bytes_max)
{
	db->map_bytes_max = map_bytes_max;
	return db_resize(db, map_bytes_max);
}

static int db_grow(struct db *db)
{
	uint64_t bytes = db->map_bytes * 2;

	if (db->map_bytes >= db->map_bytes_max)
		return -ENOSPC;
	return db_resize(db, bytes < db->map_bytes_max ? bytes : db->map_bytes_max);
}

/* Takes away what kept a transaction from beginning; 0: try again. */
static int db_unblock(struct db *db, int rc, uint32_t opened)
{
	int dead;

	switch (rc) {
	case MDB_READERS_FULL:
		return db_error(mdb_reader_check(db->env, &dead));
	case MDB_MAP_RESIZED:
		return db_resize(db, 0);
	case MDB_PANIC:
		return db_revive(db, opened);
	default:
		return db_error(rc);
	}
}

/* On success the map lock is held shared until db_finish(). */
static void db_begin(struct db *db, struct db_txn *txn, bool write)
{
	MDB_txn *handle = NULL;
	int rc = 0, err = 0;

	memset(txn, 0, sizeof(*txn));
	txn->db = db;
	txn->write = write;
	for (int tries = 0; tries < DB_TRIES && !err; tries++) {
		pthread_rwlock_rdlock(&db->map_lock);
		uint32_t opened = db->opened;

		rc = db->env ? mdb_txn_begin(db->env, NULL, write ? 0 : MDB_RDONLY, &handle) : MDB_PANIC;
		if (rc == 0) {
			txn->handle = handle;
			return;
		}
		pthread_rwlock_unlock(&db->map_lock);
		err = db_unblock(db, rc, opened);
	}
	txn->err = err ? err : db_error(rc);
}

/* The disk, or a limit of the file's size, leaves less than this. */
static bool db_disk_full(struct db *db, uint64_t bytes)
{
	struct statvfs disk;
	struct rlimit limit;
	struct stat st;
	int fd;

	if (mdb_env_get_fd(db->env, &fd) || fstatvfs(fd, &disk) || fstat(fd, &st) || getrlimit(RLIMIT_FSIZE, &limit))
		return false;
	return (uint64_t)disk.f_bavail * disk.f_frsize < bytes ||
	       (limit.rlim_cur != RLIM_INFINITY && (uint64_t)st.st_size + bytes > limit.rlim_cur);
}

static bool db_map_full(struct db *db, uint64_t bytes)
{
	MDB_envinfo info;
	MDB_stat stat;

	return mdb_env_info(db->env, &info) == 0 && mdb_env_stat(db->env, &stat) == 0 &&
	       (info.me_last_pgno + 1) * stat.ms_psize + bytes > db->map_bytes_max;
}

bool db_has_room(struct db *db)
{
	bool room;

	pthread_rwlock_rdlock(&db->map_lock);
	room = db->env && !db_disk_full(db, DB_SPARE_BYTES) && !db_map_full(db, DB_SPARE_BYTES);
	pthread_rwlock_unlock(&db->map_lock);
	return room;
}

/* Of a write that found room for only a part LMDB says EIO. */
static int db_commit(struct db_txn *txn)
{
	int rc = mdb_txn_commit(txn->handle);

	return rc == EIO && db_disk_full(txn->db, DB_ROOM_BYTES) ? ENOSPC : rc;
}

static void db_finish(struct db_txn *txn, bool commit)
{
	if (!txn->handle)
		return;
	for (uint32_t i = 0; i < txn->db->table_count; i++)
		if (txn->cursors[i])
			mdb_cursor_close(txn->cursors[i]);
	if (commit)
		db_note(txn, db_commit(txn));
	else
		mdb_txn_abort(txn->handle);
	txn->handle = NULL;
	pthread_rwlock_unlock(&txn->db->map_lock);
}

void db_read_begin(struct db *db, struct db_txn *txn)
{
	db_begin(db, txn, false);
}

int db_read_end(struct db_txn *txn)
{
	db_finish(txn, false);
	return txn->err;
}

static int db_change_once(struct db *db, db_change_h *change, void *arg)
{
	struct db_txn txn;
	int err = 0;

	db_begin(db, &txn, true);
	if (!txn.err)
		err = change(&txn, arg);
	if (txn.err)
		err = txn.err;
	db_finish(&txn, !err);
	return err ? err : txn.err;
}

int db_change(struct db *db, db_change_h *change, void *arg)
{
	int err;

	while ((err = db_change_once(db, change, arg)) == DB_FULL) {
		err = db_grow(db);
		if (err)
			return err;
	}
	return err;
}

/* --- the file itself */

int db_renew(struct db *db)
{
	int err;

	pthread_rwlock_wrlock(&db->map_lock);
	err = db_open_again(db);
	pthread_rwlock_unlock(&db->map_lock);
	return err;
}

int db_still_begin(struct db *db, struct db_still *still)
{
	MDB_envinfo info;
	MDB_stat stat;
	int rc;

	db_begin(db, &still->write, true);
	if (still->write.err)
		return still->write.err;
	db_begin(db, &still->read, false); /* LMDB shows its list of free pages to readers only */
	if (still->read.err) {
		db_finish(&still->write, false);
		return still->read.err;
	}
	rc = mdb_env_info(db->env, &info);
	if (rc == 0)
		rc = mdb_env_stat(db->env, &stat);
	if (rc == 0)
		rc = mdb_env_get_fd(db->env, &still->fd);
	if (rc) {
		db_still_end(still);
		return db_error(rc);
	}
	still->page_bytes = stat.ms_psize;
	still->pages = info.me_last_pgno + 1;
	still->commit = info.me_last_txnid;
	return 0;
}

void db_still_end(struct db_still *still)
{
	db_finish(&still->read, false);
	db_finish(&still->write, false);
}

/* A line of mdb_reader_list(): process, thread, number of the commit that it reads, "-" when it reads none. */
static int db_oldest_h(const char *line, void *arg)
{
	unsigned long long commit;
	uint64_t *oldest = arg;

	if (sscanf(line, "%*d %*x %llu", &commit) == 1 && commit < *oldest)
		*oldest = commit;
	return 0;
}

int db_still_free(struct db_still *still, db_free_h *free_h, void *arg)
{
	uint64_t oldest = still->commit, page;
	MDB_cursor *cursor;
	MDB_val key, value;
	size_t freed, count;
	int rc = mdb_reader_list(still->write.db->env, db_oldest_h, &oldest);

	rc = rc < 0 ? rc : mdb_cursor_open(still->read.handle, 0, &cursor);
	if (rc)
		return db_error(rc);
	while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		memcpy(&freed, key.mv_data, sizeof(freed));
		memcpy(&count, value.mv_data, sizeof(count));
		for (size_t i = 1; i <= count && (i + 1) * sizeof(page) <= value.mv_size; i++) {
			memcpy(&page, (const char *)value.mv_data + i * sizeof(page), sizeof(page));
			free_h(arg, page, freed > oldest);
		}
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : db_error(rc);
}

/* --- entries */

static MDB_val db_val(const struct db_key *key)
{
	return (MDB_val){.mv_size = key->count, .mv_data = (void *)(uintptr_t)key->bytes};
}

bool db_get(struct db_txn *txn, uint32_t table, const struct db_key *key, struct db_view *value)
{
	MDB_val k = db_val(key), v;
	int rc;

	if (txn->err || txn->db->tables[table] == DB_MISSING)
		return false;
	rc = mdb_get(txn->handle, txn->db->tables[table], &k, &v);
	if (rc) {
		if (rc != MDB_NOTFOUND)
			db_note(txn, rc);
		return false;
	}
	if (value)
		*value = (struct db_view){v.mv_data, v.mv_size};
	return true;
}

void db_put(struct db_txn *txn, uint32_t table, const struct db_key *key, const void *data, size_t bytes)
{
	MDB_val k = db_val(key), v = {.mv_size = bytes, .mv_data = (void *)(uintptr_t)data};

	if (!txn->err)
		db_note(txn, mdb_put(txn->handle, txn->db->tables[table], &k, &v, 0));
}

void db_put_last(struct db_txn *txn, uint32_t table, const struct db_key *key, const void *data, size_t bytes)
{
	MDB_val k = db_val(key), v = {.mv_size = bytes, .mv_data = (void *)(uintptr_t)data};
	int rc;

	if (txn->err)
		return;
	rc = mdb_put(txn->handle, txn->db->tables[table], &k, &v, MDB_APPEND);
	if (rc == MDB_KEYEXIST) /* it is not the last */
		db_put(txn, table, key, data, bytes);
	else
		db_note(txn, rc);
}

bool db_del(struct db_txn *txn, uint32_t table, const struct db_key *key)
{
	MDB_val k = db_val(key);
	int rc;

	if (txn->err)
		return false;
	rc = mdb_del(txn->handle, txn->db->tables[table], &k, NULL);
	if (rc && rc != MDB_NOTFOUND)
		db_note(txn, rc);
	return rc == 0;
}

static bool db_cursor(struct db_txn *txn, uint32_t table, MDB_val *k, MDB_cursor_op op, struct db_key *key, struct db_view *value)
{
	MDB_cursor *cursor = txn->cursors[table];
	MDB_val v;
	int rc = 0;

	if (txn->err || txn->db->tables[table] == DB_MISSING)
		return false;
	if (!cursor) {
		rc = mdb_cursor_open(txn->handle, txn->db->tables[table], &cursor);
		txn->cursors[table] = cursor;
	}
	if (rc == 0)
		rc = mdb_cursor_get(cursor, k, &v, op);
	if (rc) {
		if (rc != MDB_NOTFOUND)
			db_note(txn, rc);
		return false;
	}
	if (k->mv_size > DB_KEY_BYTES) {
		txn->err = ERR_STORE;
		return false;
	}
	memcpy(key->bytes, k->mv_data, k->mv_size);
	key->count = (uint32_t)k->mv_size;
	if (value)
		*value = (struct db_view){v.mv_data, v.mv_size};
	return true;
}

bool db_seek(struct db_txn *txn, uint32_t table, const struct db_key *from, struct db_key *key, struct db_view *value)
{
	MDB_val k = db_val(from);

	return db_cursor(txn, table, &k, from->count ? MDB_SET_RANGE : MDB_FIRST, key, value);
}

bool db_last(struct db_txn *txn, uint32_t table, struct db_key *key, struct db_view *value)
{
	MDB_val k = {0};

	return db_cursor(txn, table, &k, MDB_LAST, key, value);
}

bool db_step(struct db_txn *txn, uint32_t table, struct db_key *key, struct db_view *value)
{
	MDB_val k = {0};

	return db_cursor(txn, table, &k, MDB_NEXT, key, value);
}

uint64_t db_count(struct db_txn *txn, uint32_t table)
{
	MDB_stat stat = {0};

	if (!txn->err && txn->db->tables[table] != DB_MISSING)
		db_note(txn, mdb_stat(txn->handle, txn->db->tables[table], &stat));
	return stat.ms_entries;
}
