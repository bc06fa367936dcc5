/* store.c - the environment, its schema, and what all records share */
#include "campaigns/personkey.h"
#include "campaigns/ruling.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/random.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const store_tables[T_COUNT] = {
	[T_META] = "meta",
	[T_TRUNK] = "trunk",
	[T_SEAT] = "seat",
	[T_LIST] = "list",
	[T_LIST_NAME] = "list_name",
	[T_CAMPAIGN] = "campaign",
	[T_CAMPAIGN_NAME] = "campaign_name",
	[T_LEAD] = "lead",
	[T_CONTACT] = "contact",
	[T_ZONES] = "zones",
	[T_ZONES_HASH] = "zones_hash",
	[T_GROUP] = "group",
	[T_SCHED] = "sched",
	[T_READY] = "ready",
	[T_ATTEMPT] = "attempt",
	[T_ACTIVE] = "active",
	[T_CALLING] = "calling",
	[T_DNC] = "dnc",
	[T_SHIFT] = "shift",
	[T_LOG] = "log",
	[T_SEGMENT] = "segment",
	[T_PRINTS] = "prints",
	[T_TERMS] = "terms",
	[T_UPLOAD] = "upload",
	[T_VIEW] = "view",
	[T_SUPPRESS] = "suppress",
	[T_SUPPRESS_SET] = "suppress_set",
	[T_SUPPRESS_LOAD] = "suppress_load",
	[T_TRUNK_CALLS] = "trunk_calls",
	[T_CALLBACK] = "callback",
	[T_TALLY] = "tally",
	[T_RULES] = "rules",
	[T_LEDGER] = "ledger",
	[T_CALLERID] = "callerid",
	[T_CALLERID_POOL] = "callerid_pool",
	[T_CALLERID_USE] = "callerid_use",
	[T_CALLERID_SEEN] = "callerid_seen",
	[T_REFUSAL] = "refusal",
	[T_PRINT_LABELS] = "print_labels",
	[T_CONSENT] = "consent",
	[T_REASSIGNED] = "reassigned",
	[T_HOLD] = "hold",
	[T_PRUNED] = "pruned",
	[T_RECORDING] = "recording",
	[T_PERSONKEY] = "personkey",
	[T_ERASED] = "erased",
	[T_ASIDE] = "aside",
	[T_CALLBACK_SEAT] = "callback_seat",
};

int say(char *why, int err, const char *fmt, ...)
{
	va_list args;

	if (!why)
		return err;
	va_start(args, fmt);
	vsnprintf(why, WHY_BYTES, fmt, args);
	va_end(args);
	return err;
}

/* --- meta */

uint64_t meta_get(struct db_txn *txn, const char *name)
{
	struct db_key key = key_text(name);
	struct db_view view;
	struct dec dec;
	uint64_t value;

	if (!db_get(txn, T_META, &key, &view))
		return 0;
	dec = dec_start(view.data, view.bytes, 1);
	value = dec_u64(&dec);
	return record_ok(txn, &dec) ? value : 0;
}

void meta_set(struct db_txn *txn, const char *name, uint64_t value)
{
	struct db_key key = key_text(name);
	struct enc enc;

	enc_start(&enc, 1);
	enc_u64(&enc, value);
	record_put(txn, T_META, &key, &enc);
}

void meta_add(struct db_txn *txn, const char *name, int64_t delta)
{
	meta_set(txn, name, meta_get(txn, name) + (uint64_t)delta);
}

void store_touch(struct db_txn *txn)
{
	meta_add(txn, "version", 1);
}

/* --- records */

struct db_key key_u32(uint32_t id)
{
	struct db_key key = db_key_empty();

	db_key_u32(&key, id);
	return key;
}

struct db_key key_u64(uint64_t id)
{
	struct db_key key = db_key_empty();

	db_key_u64(&key, id);
	return key;
}

/* A name that is too long to be one is cut: it is then no name that could be stored. */
struct db_key key_text(const char *text)
{
	struct db_key key = db_key_empty();
	char name[DB_KEY_BYTES];

	snprintf(name, sizeof(name), "%s", text);
	db_key_text(&key, name);
	return key;
}

void record_put(struct db_txn *txn, uint32_t table, const struct db_key *key, const struct enc *enc)
{
	if (enc->bad && !txn->err)
		txn->err = ERR_RANGE;
	db_put(txn, table, key, enc->bytes, enc->count);
}

bool record_ok(struct db_txn *txn, const struct dec *dec)
{
	if (dec->bad && !txn->err)
		txn->err = ERR_STORE;
	return !txn->err;
}

int read_found(struct db_txn *txn, bool there)
{
	int err = db_read_end(txn);

	return err ? err : there ? 0 : ERR_UNKNOWN;
}

bool name_after(struct db_txn *txn, uint32_t table, const char *after, struct db_key *key, struct db_view *value)
{
	struct db_key from = key_text(after);

	if (from.count && from.count < DB_KEY_BYTES)
		from.bytes[from.count++] = '\0'; /* the least key that sorts after the name itself */
	return db_seek(txn, table, &from, key, value);
}

uint64_t number_of(const char *e164)
{
	uint64_t number = 0;
	int digits = 0;

	if (*e164++ != '+' || *e164 == '0')
		return 0;
	for (; *e164 >= '0' && *e164 <= '9' && digits <= 15; e164++, digits++)
		number = number * 10 + (uint64_t)(*e164 - '0');
	return *e164 == '\0' && digits >= 1 && digits <= 15 ? number : 0;
}

void number_text(uint64_t number, char out[NUMBER_BYTES])
{
	if (number >= UINT64_C(1000000000000000)) /* not one of ours */
		number = 0;
	snprintf(out, NUMBER_BYTES, number ? "+%llu" : "", (unsigned long long)number);
}

bool store_name_ok(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c >= 0x80 || !(isalnum(c) || c == '-' || c == '_' || c == '.'))
			return false;
	}
	return length >= 1 && length < NAME_BYTES;
}

/* --- open */

static int store_init(struct db_txn *txn, void *arg)
{
	uint64_t tag;
	int err = random_bytes(&tag, sizeof(tag));

	(void)arg;
	if (err)
		return err;
	meta_set(txn, "tag", tag);
	meta_set(txn, "created_us", (uint64_t)clock_us());
	meta_set(txn, "version", 1);
	meta_set(txn, "schema", STORE_SCHEMA);
	return 0;
}

static int store_check(struct store *store, bool writes, char *why)
{
	struct db_txn txn;
	uint64_t schema, tag;
	int err, missing;

	db_read_begin(store->db, &txn);
	schema = meta_get(&txn, "schema");
	tag = meta_get(&txn, "tag");
	missing = writes ? personkey_check(&txn, store->keys, why) : 0;
	err = db_read_end(&txn);
	if (err)
		return say(why, err, "cannot read the store in %.80s: %s", store->dir, err_text(err));
	if (schema != STORE_SCHEMA)
		return say(why, ERR_SCHEMA,
			"the store in %.60s has schema %llu, this program knows schema %d: use the program that wrote it",
			store->dir, (unsigned long long)schema, STORE_SCHEMA);
	snprintf(store->tag, sizeof(store->tag), "%016llx", (unsigned long long)tag);
	return missing;
}

/* root may open everybody's store, and would leave files in it that its owner, the engine, may not. */
static int store_check_owner(const char *dir, char *why)
{
	const struct passwd *owner;
	char uid[16], name[48];
	struct stat st;

	if (geteuid() != 0 || stat(dir, &st) != 0 || st.st_uid == 0)
		return 0;
	owner = getpwuid(st.st_uid);
	snprintf(uid, sizeof(uid), "#%u", (unsigned)st.st_uid);
	snprintf(name, sizeof(name), "%s", owner ? owner->pw_name : uid);
	return say(why, -EPERM,
		"the folder %.60s belongs to user %s, who could not read what root leaves in it: use 'sudo -u %s'", dir, name,
		name);
}

static int store_prepare_dir(const char *dir, enum store_mode mode, char *why)
{
	char path[4096];
	bool there;

	if (snprintf(path, sizeof(path), "%s/data.mdb", dir) >= (int)sizeof(path))
		return say(why, -ENAMETOOLONG, "the name of the folder is too long");
	there = access(path, F_OK) == 0;
	if (!there && errno != ENOENT) { /* ENOENT from here would send the user to init */
		int err = -errno;

		return say(why, err, "cannot look into the folder %.80s: %s%s", dir, err_text(err),
			err == -EACCES ? "; run as the user that owns it" : "");
	}
	int refused = store_check_owner(dir, why);

	if (refused)
		return refused;
	if (mode != STORE_CREATE)
		return there ? 0 : say(why, -ENOENT, "there is no store in %.80s: make one with 'outdial init'", dir);
	if (there)
		return say(why, ERR_EXISTS, "there is a store in %.100s already", dir);
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		int err = -errno;

		return say(why, err, "cannot make the folder %.80s: %s", dir, err_text(err));
	}
	return 0;
}

static int store_open_db(struct store *store, enum store_mode mode, char *why)
{
	struct db_options options = {.tables = store_tables,
		.table_count = T_COUNT,
		.later = T_LATER,
		.create = mode == STORE_CREATE,
		.read_only = mode == STORE_READ,
		.owner = store};
	int err = db_open(&store->db, store->dir, &options);

	if (err == ERR_SCHEMA)
		return say(why, err, "data.mdb in %.60s is not a whole store of this program: another schema, or not a store",
			store->dir);
	if (err == ERR_STORE)
		return say(why, err, "data.mdb in %.60s is damaged or shorter than what it holds: take a whole copy of it",
			store->dir);
	if (err)
		return say(why, err, "cannot open the store in %.80s: %s", store->dir, err_text(err));
	err = mode == STORE_CREATE ? db_change(store->db, store_init, NULL) : 0;
	if (err)
		return say(why, err, "cannot write the store in %.80s: %s", store->dir, err_text(err));
	return store_check(store, mode != STORE_READ, why);
}

/* A first file without its tables would stand in the way of the next init. */
static void store_unmake(const char *dir)
{
	static const char *const files[] = {"data.mdb", "lock.mdb"};
	char path[4096];

	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
}

/*
 * Who writes holds a shared lock on the folder: an erasure asks whether it is alone (scrub.h). Without locks on this file system
 * it never is.
 */
static int store_share(struct store *store, char *why)
{
	store->dir_fd = open(store->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dir_fd < 0)
		return say(why, -errno, "cannot look into the folder %.80s: %s", store->dir, err_text(-errno));
	flock(store->dir_fd, LOCK_SH);
	return 0;
}

int store_open(struct store **store, const char *dir, enum store_mode mode, char *why)
{
	int err = store_prepare_dir(dir, mode, why);
	struct store *made;

	if (err)
		return err;
	made = calloc(1, sizeof(*made));
	if (!made)
		return say(why, -ENOMEM, "out of memory");
	pthread_mutex_init(&made->zones_lock, NULL);
	made->dir_fd = -1;
	made->dir = strdup(dir);
	err = made->dir ? personkey_open(&made->keys, dir) : -ENOMEM;
	if (!err && mode != STORE_READ)
		err = store_share(made, why);
	if (!err)
		err = store_open_db(made, mode, why);
	if (err) {
		store_close(made);
		if (mode == STORE_CREATE)
			store_unmake(dir);
		return err;
	}
	*store = made;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	db_close(store->db);
	for (uint32_t i = 0; i <= UINT16_MAX; i++)
		free(store->zones[i]);
	rulebook_free(store->rulebook);
	personkey_close(store->keys);
	if (store->dir_fd >= 0)
		close(store->dir_fd);
	pthread_mutex_destroy(&store->zones_lock);
	free(store->dir);
	free(store);
}

const char *store_dir(const struct store *store)
{
	return store->dir;
}

uint64_t store_version(struct store *store)
{
	struct db_txn txn;
	uint64_t version;

	db_read_begin(store->db, &txn);
	version = meta_get(&txn, "version");
	db_read_end(&txn);
	return version;
}
