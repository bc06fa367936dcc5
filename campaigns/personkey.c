/* personkey.c - see personkey.h */
#include "campaigns/personkey.h"

#include "campaigns/tables.h"

#include "base/err.h"
#include "base/folder.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 4096u   /* places that the file grows by: one synchronisation for so many persons */
#define SECRET 1u     /* the place of the store's own secret */
#define NEXT "personkey_next"
#define DURABLE "personkey_durable" /* places that were synchronised: nobody has to do it again who opens the file */

static const unsigned char title[SIV_KEY_BYTES] = "outdial person keys 1\n";

struct personkeys {
	char *dir;
	int fd;           /* -1: no file yet */
	bool writable;
	uint32_t durable; /* places that are known to be synchronised */
	struct siv *siv;
};

int personkey_open(struct personkeys **keys, const char *dir)
{
	struct personkeys *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->fd = -1;
	made->dir = strdup(dir);
	made->siv = siv_alloc();
	if (!made->dir || !made->siv) {
		personkey_close(made);
		return -ENOMEM;
	}
	*keys = made;
	return 0;
}

void personkey_close(struct personkeys *keys)
{
	if (!keys)
		return;
	if (keys->fd >= 0)
		close(keys->fd);
	siv_free(keys->siv);
	free(keys->dir);
	free(keys);
}

/* --- the file */

static int file_open(struct personkeys *keys, bool write, bool make)
{
	char path[4096];

	if (keys->fd >= 0 && (keys->writable || !write))
		return 0;
	snprintf(path, sizeof(path), "%s/" PERSONKEY_FILE, keys->dir);
	int fd = open(path, (write ? O_RDWR : O_RDONLY) | (make ? O_CREAT : 0) | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	if (keys->fd >= 0)
		close(keys->fd);
	keys->fd = fd;
	keys->writable = write;
	return 0;
}

static int write_all(int fd, const void *data, size_t bytes, off_t at)
{
	while (bytes) {
		ssize_t n = pwrite(fd, data, bytes, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data = (const char *)data + n;
		bytes -= (size_t)n;
		at += n;
	}
	return 0;
}

static int64_t file_places(const struct personkeys *keys)
{
	struct stat st;

	return fstat(keys->fd, &st) ? -errno : (int64_t)(st.st_size / SIV_KEY_BYTES);
}

static bool is_zero(const unsigned char key[SIV_KEY_BYTES])
{
	static const unsigned char zero[SIV_KEY_BYTES];

	return memcmp(key, zero, sizeof(zero)) == 0;
}

/* Title and secret are as they were written: after a loss of power the length may be there without them. */
static bool file_is_begun(const struct personkeys *keys)
{
	unsigned char head[2 * SIV_KEY_BYTES];
	bool begun = pread(keys->fd, head, sizeof(head), 0) == sizeof(head) && memcmp(head, title, sizeof(title)) == 0 &&
		     !is_zero(head + SECRET * SIV_KEY_BYTES);

	explicit_bzero(head, sizeof(head));
	return begun;
}

/* One block of random keys. Who was killed in the middle leaves keys that nobody was given: they serve. */
static int file_grow(struct personkeys *keys, uint32_t places)
{
	unsigned char *block = malloc((size_t)BLOCK * SIV_KEY_BYTES);
	int err = block ? random_bytes(block, (size_t)BLOCK * SIV_KEY_BYTES) : -ENOMEM;

	if (!err && places == 0)
		memcpy(block, title, sizeof(title));
	if (!err)
		err = write_all(keys->fd, block, (size_t)BLOCK * SIV_KEY_BYTES, (off_t)places * SIV_KEY_BYTES);
	if (block)
		explicit_bzero(block, (size_t)BLOCK * SIV_KEY_BYTES);
	free(block);
	return err;
}

/* Until a key of it is given out its first block may be written anew. */
static int file_begin(struct personkeys *keys, uint32_t given)
{
	int64_t places = file_places(keys);

	if (places < 0)
		return (int)places;
	if (given <= PERSONKEY_FIRST)
		return file_is_begun(keys) ? 0 : file_grow(keys, 0);
	return places < given || !file_is_begun(keys) ? ERR_STORE : 0;
}

/* The file has this place, durably. `given`: those below it were given out, so that they must be there. */
static int file_reach(struct personkeys *keys, uint32_t place, uint32_t given)
{
	int err = file_open(keys, true, true);
	int64_t places;

	if (!err)
		err = file_begin(keys, given);
	places = err ? 0 : file_places(keys);
	if (err || places < 0)
		return err ? err : (int)places;
	while (!err && places <= place) {
		err = file_grow(keys, (uint32_t)places);
		places += BLOCK;
	}
	if (!err && (fdatasync(keys->fd) || (err = folder_sync(keys->dir))))
		err = err ? err : -errno;
	if (!err)
		keys->durable = (uint32_t)places;
	return err;
}

/* Places below it are in somebody's hands: keys, and the secret when an erasure has its pseudonym by it. */
static uint32_t given_out(struct db_txn *txn)
{
	uint32_t given = (uint32_t)meta_get(txn, NEXT);
	struct db_key key;

	return given <= PERSONKEY_FIRST && db_last(txn, T_ERASED, &key, NULL) ? PERSONKEY_FIRST + 1 : given;
}

int personkey_check(struct db_txn *txn, struct personkeys *keys, char *why)
{
	uint32_t given = given_out(txn);
	int64_t places = file_open(keys, false, false) ? 0 : file_places(keys);

	if (given <= PERSONKEY_FIRST || (places >= (int64_t)given && file_is_begun(keys)))
		return 0;
	return say(why, ERR_STORE,
		"the file " PERSONKEY_FILE " in %.40s is %s: put it back, it has the keys of the log's personal fields",
		keys->dir,
		places >= (int64_t)given ? "damaged at its beginning"
		: places > 0             ? "too short"
					 : "missing");
}

int personkey_make(struct db_txn *txn, struct personkeys *keys)
{
	return keys->durable ? 0 : file_reach(keys, PERSONKEY_FIRST, given_out(txn));
}

enum personkey_state personkey_get(struct personkeys *keys, uint32_t place, unsigned char out[SIV_KEY_BYTES])
{
	if (file_open(keys, false, false) || !place ||
		pread(keys->fd, out, SIV_KEY_BYTES, (off_t)place * SIV_KEY_BYTES) != SIV_KEY_BYTES)
		return PERSONKEY_MISSING;
	return is_zero(out) ? PERSONKEY_ERASED : PERSONKEY_THERE;
}

int personkey_destroy(struct personkeys *keys, const uint32_t *places, uint32_t count)
{
	static const unsigned char zero[SIV_KEY_BYTES];
	int err = count ? file_open(keys, true, false) : 0;
	int64_t there = err || !count ? 0 : file_places(keys);

	if (err == -ENOENT)
		return 0; /* without the file there is nothing that could be read */
	if (there < 0)
		return (int)there;
	for (uint32_t i = 0; i < count && !err; i++)
		if (places[i] >= PERSONKEY_FIRST && places[i] < there)
			err = write_all(keys->fd, zero, sizeof(zero), (off_t)places[i] * SIV_KEY_BYTES);
	return !err && count && fsync(keys->fd) ? -errno : err;
}

/* --- places */

/* The place is in the file for good, before the transaction that uses it is. */
static int reach(struct db_txn *txn, struct personkeys *keys, uint32_t place, uint32_t given)
{
	uint32_t durable;
	int err;

	if (place < keys->durable)
		return 0;
	durable = (uint32_t)meta_get(txn, DURABLE);
	if (place < durable) {
		keys->durable = durable;
		return 0;
	}
	err = file_reach(keys, place, given);
	if (!err)
		meta_set(txn, DURABLE, keys->durable);
	return err;
}

/* Zeros are no key: where a store is older than its file, what was erased stays erased. */
uint32_t personkey_new(struct db_txn *txn, struct personkeys *keys)
{
	uint64_t next = meta_get(txn, NEXT);
	unsigned char key[SIV_KEY_BYTES];
	enum personkey_state state = PERSONKEY_ERASED;
	uint32_t given = given_out(txn);
	int err = 0;

	if (next < PERSONKEY_FIRST)
		next = PERSONKEY_FIRST;
	for (; !err && !txn->err && state == PERSONKEY_ERASED && next < UINT32_MAX; next++) {
		err = reach(txn, keys, (uint32_t)next, given);
		if (!err)
			state = personkey_get(keys, (uint32_t)next, key);
	}
	explicit_bzero(key, sizeof(key));
	if (!err && state != PERSONKEY_THERE)
		err = ERR_STORE;
	if (err && !txn->err)
		txn->err = err;
	if (txn->err)
		return 0;
	meta_set(txn, NEXT, next);
	return (uint32_t)(next - 1);
}

uint32_t personkey_known(struct db_txn *txn, uint64_t subject)
{
	struct db_key key = key_u64(subject);
	struct db_view view;

	return db_get(txn, T_PERSONKEY, &key, &view) && view.bytes == 4 ? db_view_u32(&view) : 0;
}

uint32_t personkey_of_subject(struct db_txn *txn, struct personkeys *keys, uint64_t subject)
{
	struct db_key key = key_u64(subject), value;
	uint32_t place = personkey_known(txn, subject);

	if (place)
		return place;
	place = personkey_new(txn, keys);
	value = key_u32(place);
	if (place)
		db_put(txn, T_PERSONKEY, &key, value.bytes, value.count);
	return place;
}

uint32_t personkey_forget_subject(struct db_txn *txn, uint64_t subject)
{
	struct db_key key = key_u64(subject);
	uint32_t place = personkey_known(txn, subject);

	db_del(txn, T_PERSONKEY, &key);
	return place;
}

/* --- using a key */

bool personkey_pseudonym(struct personkeys *keys, uint64_t subject, unsigned char out[PSEUDONYM_BYTES])
{
	unsigned char secret[SIV_KEY_BYTES], hash[32];
	struct db_key key = key_u64(subject);
	bool made = personkey_get(keys, SECRET, secret) == PERSONKEY_THERE && keyed_hash(secret, key.bytes, key.count, hash);

	explicit_bzero(secret, sizeof(secret));
	if (made)
		memcpy(out, hash, PSEUDONYM_BYTES);
	return made;
}

bool personkey_seal(
	struct personkeys *keys, uint32_t place, struct siv_context context, const void *text, size_t bytes, void *out)
{
	unsigned char key[SIV_KEY_BYTES];
	bool sealed = place >= PERSONKEY_FIRST && personkey_get(keys, place, key) == PERSONKEY_THERE &&
		      siv_seal(keys->siv, key, context, text, bytes, out);

	explicit_bzero(key, sizeof(key));
	return sealed;
}

bool personkey_unseal(struct personkeys *keys, uint32_t place, struct siv_context context, const void *box, size_t bytes,
	void *out, enum personkey_state *state)
{
	unsigned char key[SIV_KEY_BYTES];
	bool open;

	*state = place >= PERSONKEY_FIRST ? personkey_get(keys, place, key) : PERSONKEY_MISSING;
	open = *state == PERSONKEY_THERE && siv_open(keys->siv, key, context, box, bytes, out);
	explicit_bzero(key, sizeof(key));
	return open;
}
