/* evidence.c - see evidence.h */
#include "campaigns/evidence.h"

#include "campaigns/complete.h"
#include "campaigns/evlog.h"
#include "campaigns/line.h"
#include "campaigns/manifest.h"
#include "campaigns/publish.h"
#include "campaigns/refusal.h"
#include "campaigns/sealed.h"
#include "campaigns/segment.h"
#include "campaigns/signer.h"

#include "base/clock.h"
#include "base/err.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TRIM_ROWS 1000 /* rows deleted in one write transaction */

struct sealing {
	struct store *store;
	const struct seal_options *options;
	struct seal_receipt *receipt;
	char *why;
	char folder[4096];
	int folder_fd, lock_fd;
	struct signer signer;
	struct merkle tree; /* up to the last sealed event, then with those of the new segment */
	struct sealed made; /* the new segment */
	/* while a file is compared with the store */
	struct tail *tail;
	FILE *locators;
	uint64_t compared;
};

static int stop(const struct sealing *sealing, enum seal_step step)
{
	return sealing->options->stop_after == step ? -ECANCELED : 0;
}

static int file_error(void)
{
	return errno ? -errno : -EIO;
}

/* --- the folder */

static int open_folder(struct sealing *sealing)
{
	if (snprintf(sealing->folder, sizeof(sealing->folder), "%s/evidence", sealing->store->dir) >=
		(int)sizeof(sealing->folder) - SEGMENT_NAME_BYTES)
		return -ENAMETOOLONG;
	if (mkdir(sealing->folder, 0700) != 0 && errno != EEXIST)
		return -errno;
	sealing->folder_fd = open(sealing->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sealing->folder_fd < 0)
		return -errno;
	sealing->lock_fd = openat(sealing->folder_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (sealing->lock_fd < 0)
		return -errno;
	return flock(sealing->lock_fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno == EWOULDBLOCK ? -EBUSY : -errno;
}

static int sealing_open(struct sealing *sealing)
{
	int err = open_folder(sealing);

	if (err == -EBUSY)
		return say(sealing->why, ERR_WRONG_STATE, "another sealing or checking of this store is under way");
	if (err)
		return say(sealing->why, err, "cannot use %.100s: %s", sealing->folder, err_text(err));
	err = merkle_init(&sealing->tree);
	return err ? err : signer_open(&sealing->signer, sealing->store->dir, sealing->why);
}

static void sealing_close(struct sealing *sealing)
{
	signer_close(&sealing->signer);
	merkle_fini(&sealing->tree);
	tail_close(sealing->tail);
	if (sealing->lock_fd >= 0)
		close(sealing->lock_fd);
	if (sealing->folder_fd >= 0)
		close(sealing->folder_fd);
}

static FILE *open_in(const struct sealing *sealing, const char *name, const char *mode)
{
	char path[4096 + SEGMENT_NAME_BYTES];

	snprintf(path, sizeof(path), "%s/%s", sealing->folder, name);
	errno = 0;
	return fopen(path, mode);
}

/* --- what an earlier sealing left undone */

struct trim {
	uint64_t deleted;
};

static int trim_in(struct db_txn *txn, void *arg)
{
	struct db_key from = db_key_empty(), key;
	uint64_t sealed = evlog_sealed(txn);
	struct trim *trim = arg;

	for (trim->deleted = 0; trim->deleted < TRIM_ROWS && db_seek(txn, T_LOG, &from, &key, NULL); trim->deleted++) {
		if (db_key_u64_at(&key, 0) >= sealed)
			break;
		db_del(txn, T_LOG, &key);
	}
	return txn->err;
}

/* Rows of recorded segments. A claim that waits gets its turn between two transactions: the lock is not fair. */
static int trim_rows(struct sealing *sealing)
{
	struct trim trim = {0};
	int err;

	do {
		err = db_change(sealing->store->db, trim_in, &trim);
		if (!err && trim.deleted)
			err = stop(sealing, SEAL_TRIMMED_SOME);
		if (!err && trim.deleted == TRIM_ROWS)
			nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	} while (!err && trim.deleted == TRIM_ROWS);
	return err;
}

/* The tree as it was when the last segment was sealed. */
static int restore_tree(struct sealing *sealing, uint64_t *sealed_count)
{
	struct sealed last;
	uint64_t waiting;
	int err = sealed_counts(sealing->store, sealed_count, &waiting);

	if (err || *sealed_count == 0)
		return err;
	err = sealed_read_ending(sealing->store, *sealed_count - 1, &last);
	if (err)
		return err == ERR_UNKNOWN ? ERR_STORE : err;
	return merkle_restore(&sealing->tree, *sealed_count, last.peaks, last.peaks_bytes) ? 0 : ERR_STORE;
}

static int compare_h(void *arg, const char *line, size_t bytes)
{
	struct sealing *sealing = arg;
	unsigned char locator[LOCATOR_BYTES];
	const char *row;
	size_t row_bytes;
	struct hash leaf;
	int got = tail_next(sealing->tail, &row, &row_bytes);

	if (got < 0)
		return got;
	if (got == 0 || row_bytes != bytes || memcmp(row, line, bytes) != 0)
		return -EILSEQ;
	leaf = merkle_leaf(sealing->tree.sha, line, bytes);
	if (sealing->locators && (fread(locator, 1, LOCATOR_BYTES, sealing->locators) != LOCATOR_BYTES ||
					 memcmp(locator, leaf.bytes, LOCATOR_BYTES) != 0))
		return -EILSEQ;
	merkle_add(&sealing->tree, &leaf, NULL, 0);
	sealing->compared++;
	return 0;
}

/* Reads the file again and compares it with the rows from `first` on; its leaves join the tree. -EILSEQ: it is not the same. */
static int compare(struct sealing *sealing, const char *lines, const char *locators, uint64_t first)
{
	FILE *file = open_in(sealing, lines, "re");
	int err = file ? tail_open(&sealing->tail, sealing->store, first) : file_error();

	sealing->compared = 0;
	sealing->locators = locators && !err ? open_in(sealing, locators, "re") : NULL;
	if (locators && !err && !sealing->locators)
		err = file_error();
	if (!err)
		err = segment_read(file, compare_h, sealing);
	if (!err && sealing->locators && getc(sealing->locators) != EOF)
		err = -EILSEQ;
	if (file)
		fclose(file);
	if (sealing->locators)
		fclose(sealing->locators);
	tail_close(sealing->tail);
	sealing->tail = NULL;
	return err == ERR_SYNTAX ? -EILSEQ : err;
}

/* A segment that was named and not recorded: all of it is in the store still, or it is another history and stays. */
static int remove_orphan(struct sealing *sealing, const char *name, const struct manifest_entry *entry)
{
	struct merkle tree;
	int err = merkle_init(&tree);

	if (err)
		return err;
	merkle_copy(&tree, &sealing->tree);
	err = entry->file == SEGMENT_LINES ? compare(sealing, name, NULL, entry->first) : 0;
	if (!err && entry->file == SEGMENT_LINES && sealing->compared != entry->last - entry->first + 1)
		err = -EILSEQ;
	merkle_copy(&sealing->tree, &tree);
	merkle_fini(&tree);
	if (err == -EILSEQ)
		return say(sealing->why, ERR_WRONG_STATE,
			"evidence/%.60s is not what the store has: was the store put back from an older copy?", name);
	return err ? err : unlinkat(sealing->folder_fd, name, 0) ? -errno : 0;
}

static int remove_left_over(struct sealing *sealing, const char *name, uint64_t sealed_count, enum segment_file file)
{
	struct manifest_entry entry;
	size_t length = strlen(name);

	if (length > 8 && strcmp(name + length - 8, ".partial") == 0)
		return file == SEGMENT_LOCATORS && unlinkat(sealing->folder_fd, name, 0) && errno != ENOENT ? -errno : 0;
	if (!segment_name_parse(name, &entry) || entry.first < sealed_count || entry.file != file)
		return 0;
	return remove_orphan(sealing, name, &entry);
}

/* Lines before locators: the locators of a history that is refused stay, too. */
static int clean(struct sealing *sealing, uint64_t sealed_count)
{
	int err = 0;

	for (int file = SEGMENT_LINES; file <= SEGMENT_LOCATORS && !err; file++) {
		DIR *dir = opendir(sealing->folder);
		struct dirent *entry;

		if (!dir)
			return -errno;
		while (!err && (entry = readdir(dir)))
			err = remove_left_over(sealing, entry->d_name, sealed_count, (enum segment_file)file);
		closedir(dir);
	}
	return err;
}

/* --- a new segment */

/* A call's record without an item that the law wants kept is not made to look like evidence. */
static int check_complete(struct sealing *sealing, const char *line, size_t bytes)
{
	const char *lacks = line_lacks(line, bytes);
	struct line_head head;

	if (!lacks || !line_parse_head(line, bytes, &head))
		return 0;
	return say(sealing->why, ERR_WRONG_STATE, "event %llu says nothing of \"%s\", not even n/a: such a record is not sealed",
		(unsigned long long)head.seq, lacks);
}

static int write_lines(struct sealing *sealing, FILE *lines, FILE *locators, uint64_t *count)
{
	uint32_t max = sealing->options->lines_max ? sealing->options->lines_max : SEGMENT_LINES_MAX;
	struct segment_writer *writer = NULL;
	const char *line;
	size_t bytes;
	int got = 0, err = segment_writer_open(&writer, lines, locators);

	for (*count = 0; !err && *count < max && (got = tail_next(sealing->tail, &line, &bytes)) > 0; ++*count) {
		err = check_complete(sealing, line, bytes);
		if (err)
			break;
		struct hash leaf = merkle_leaf(sealing->tree.sha, line, bytes);

		err = segment_write(writer, line, bytes, &leaf);
	}
	if (!err)
		err = got < 0 ? got : segment_finish(writer);
	segment_writer_close(writer);
	return err;
}

static int sync_close(FILE *file)
{
	int err = 0;

	errno = 0;
	if (fflush(file) || fsync(fileno(file)))
		err = file_error();
	if (fclose(file) && !err)
		err = file_error();
	return err;
}

static int write_partial(struct sealing *sealing, uint64_t first, uint64_t *count)
{
	FILE *lines = open_in(sealing, "lines.partial", "we"), *locators;
	int err = lines ? 0 : file_error(), also;

	if (err)
		return err;
	locators = open_in(sealing, "locators.partial", "we");
	err = locators ? tail_open(&sealing->tail, sealing->store, first) : file_error();
	if (!err)
		err = write_lines(sealing, lines, locators, count);
	tail_close(sealing->tail);
	sealing->tail = NULL;
	if (!err)
		err = stop(sealing, SEAL_WRITTEN);
	also = sync_close(lines);
	err = err ? err : also;
	also = locators ? sync_close(locators) : 0;
	return err ? err : also;
}

static int sum_in(const struct sealing *sealing, const char *name, char sum[65], uint64_t *bytes)
{
	char path[4096 + SEGMENT_NAME_BYTES];

	snprintf(path, sizeof(path), "%s/%s", sealing->folder, name);
	return file_sum(path, sum, bytes);
}

static int name_segment(struct sealing *sealing)
{
	char lines[SEGMENT_NAME_BYTES], locators[SEGMENT_NAME_BYTES];
	int fd = sealing->folder_fd, err;

	segment_name(sealing->made.first, sealing->made.last, SEGMENT_LINES, lines);
	segment_name(sealing->made.first, sealing->made.last, SEGMENT_LOCATORS, locators);
	if (renameat(fd, "locators.partial", fd, locators))
		return -errno;
	err = stop(sealing, SEAL_RENAMED_LOCATORS);
	if (err)
		return err;
	if (renameat(fd, "lines.partial", fd, lines) || fsync(fd))
		return -errno;
	return stop(sealing, SEAL_RENAMED);
}

static int check_partial(struct sealing *sealing, uint64_t first, uint64_t count)
{
	struct sealed *made = &sealing->made;
	uint64_t bytes;
	int err = compare(sealing, "lines.partial", "locators.partial", first);

	if (!err && sealing->compared != count)
		err = -EILSEQ;
	if (err == -EILSEQ)
		return say(sealing->why, -EIO, "what was written to %.80s reads back differently: is the disk bad?",
			sealing->folder);
	if (!err)
		err = sum_in(sealing, "lines.partial", made->lines_sum, &made->bytes);
	if (!err)
		err = sum_in(sealing, "locators.partial", made->locators_sum, &bytes);
	if (err)
		return err;
	made->first = first;
	made->last = first + count - 1;
	made->sealed_us = clock_us();
	made->root = merkle_root(&sealing->tree, NULL, 0);
	made->peaks_bytes = merkle_save(&sealing->tree, made->peaks);
	return stop(sealing, SEAL_COMPARED);
}

static int record_in(struct db_txn *txn, void *arg)
{
	struct sealing *sealing = arg;

	if (evlog_sealed(txn) != sealing->made.first || evlog_next(txn) <= sealing->made.last)
		return ERR_STORE;
	sealed_save(txn, &sealing->made);
	meta_set(txn, "log_sealed", sealing->made.last + 1);
	return 0;
}

/* On a full disk half a file would stand in the way of the calls' own records. */
static int remove_partial(struct sealing *sealing, int err)
{
	if (err && err != -ECANCELED) {
		unlinkat(sealing->folder_fd, "lines.partial", 0);
		unlinkat(sealing->folder_fd, "locators.partial", 0);
	}
	return err;
}

static int seal_new(struct sealing *sealing, uint64_t first)
{
	uint64_t count;
	int err = remove_partial(sealing, write_partial(sealing, first, &count));

	if (!err)
		err = stop(sealing, SEAL_SYNCED);
	if (!err)
		err = check_partial(sealing, first, count);
	if (!err)
		err = name_segment(sealing);
	if (!err)
		err = db_change(sealing->store->db, record_in, sealing);
	if (!err)
		err = stop(sealing, SEAL_RECORDED);
	if (err)
		return err;
	sealing->receipt->first = first;
	sealing->receipt->events = count;
	sealing->receipt->bytes = sealing->made.bytes;
	err = trim_rows(sealing);
	return err ? err : stop(sealing, SEAL_TRIMMED);
}

static int seal(struct sealing *sealing)
{
	struct publishing publishing = {.store = sealing->store, .signer = &sealing->signer, .folder = sealing->folder,
		.stop_after = sealing->options->stop_after, .why = sealing->why};
	struct seal_receipt *receipt = sealing->receipt;
	uint64_t sealed_count;
	int err = publish_check(&publishing);

	if (!err)
		err = trim_rows(sealing);
	if (!err)
		err = restore_tree(sealing, &sealed_count);
	if (!err)
		err = clean(sealing, sealed_count);
	if (!err)
		err = sealed_counts(sealing->store, &sealed_count, &receipt->waiting);
	if (!err && receipt->waiting)
		err = seal_new(sealing, sealed_count);
	if (!err)
		err = publish(&publishing);
	if (err)
		return err;
	receipt->size = sealing->signer.size;
	receipt->root = sealing->signer.root;
	return sealed_counts(sealing->store, &sealed_count, &receipt->waiting);
}

int evidence_seal(struct store *store, const struct seal_options *options, struct seal_receipt *receipt, char *why)
{
	static const struct seal_options all = {0};
	struct sealing *sealing = calloc(1, sizeof(*sealing));
	char ignored[WHY_BYTES];
	int err;

	memset(receipt, 0, sizeof(*receipt));
	if (!sealing)
		return say(why, -ENOMEM, "out of memory");
	sealing->store = store;
	sealing->options = options ? options : &all;
	sealing->receipt = receipt;
	sealing->why = why ? why : ignored;
	sealing->why[0] = '\0';
	sealing->folder_fd = sealing->lock_fd = -1;
	err = sealing_open(sealing);
	if (!err)
		err = refusal_tell_all(store, clock_us());
	if (!err)
		err = seal(sealing);
	if (err && !sealing->why[0])
		say(sealing->why, err, "events could not be sealed in %.70s: %s", sealing->folder, err_text(err));
	sealing_close(sealing);
	free(sealing);
	return err;
}

int evidence_waiting(struct store *store, uint64_t *count, int64_t *oldest_us)
{
	struct db_key from = db_key_empty(), key;
	struct line_head head;
	struct db_view view;
	struct db_txn txn;

	*oldest_us = 0;
	db_read_begin(store->db, &txn);
	*count = evlog_next(&txn) - evlog_sealed(&txn);
	if (db_seek(&txn, T_LOG, &from, &key, &view) && line_parse_head((const char *)view.data, view.bytes, &head))
		*oldest_us = head.us;
	return db_read_end(&txn);
}
