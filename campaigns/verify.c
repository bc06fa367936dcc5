/* verify.c - see verify.h */
#include "campaigns/verify.h"

#include "campaigns/line.h"
#include "campaigns/manifest.h"
#include "campaigns/pruned.h"
#include "campaigns/sealed.h"
#include "campaigns/segment.h"
#include "campaigns/signer.h"

#include "base/err.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST_BYTES_MAX (256u << 20)
#define PATH_BYTES (4096 + SEGMENT_NAME_BYTES)

struct outside {
	struct checkpoint checkpoint;
	const char *path;
	bool met;
};

struct verify {
	const struct verify_options *options;
	struct verify_report *report;
	char *why;
	char folder[4096];
	int lock_fd;
	struct sign_key *key;
	struct store *store; /* NULL: none */
	char *manifest;
	size_t manifest_bytes;
	struct checkpoint checkpoint;
	bool checkpoint_there;
	struct outside outside[VERIFY_OUTSIDE_MAX];
	struct merkle tree;
	/* the segment that is read */
	FILE *locators;
	uint64_t next; /* the sequence number that is due */
	uint64_t last;
	int64_t last_us;
	bool segment_bad;
	bool tree_bad; /* a segment was bad: the roots after it say nothing new */
};

/* --- saying */

static void bad_seq(struct verify *verify, uint64_t seq)
{
	if (!verify->report->bad_known || seq < verify->report->bad_seq)
		verify->report->bad_seq = seq;
	verify->report->bad_known = true;
}

static void __attribute__((format(printf, 2, 3))) fault(struct verify *verify, const char *fmt, ...)
{
	char sentence[VERIFY_SAY_BYTES];
	va_list args;

	verify->report->faults++;
	if (!verify->options->say_h)
		return;
	va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	verify->options->say_h(verify->options->say_arg, sentence);
}

/* --- files */

int file_text(const char *path, size_t max, char **text, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;
	ssize_t got = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max)
		err = S_ISDIR(st.st_mode) ? -EISDIR : ERR_RANGE;
	*text = err ? NULL : malloc((size_t)st.st_size + 1);
	if (!err && !*text)
		err = -ENOMEM;
	for (*bytes = 0; !err && *bytes < (size_t)st.st_size; *bytes += (size_t)got) {
		got = read(fd, *text + *bytes, (size_t)st.st_size - *bytes);
		if (got <= 0) {
			err = got < 0 ? -errno : 0;
			break;
		}
	}
	close(fd);
	if (err)
		free(*text);
	else
		(*text)[*bytes] = '\0';
	return err;
}

static const char *path_in(const struct verify *verify, const char *name, char out[PATH_BYTES])
{
	snprintf(out, PATH_BYTES, "%s/%s", verify->folder, name);
	return out;
}

static int read_checkpoint(const char *path, struct checkpoint *out)
{
	char *text = NULL;
	size_t bytes;
	int err = file_text(path, CHECKPOINT_BYTES, &text, &bytes);

	if (err)
		return err;
	err = checkpoint_parse(text, bytes, out);
	free(text);
	return err;
}

/* --- what is needed first */

static int open_key(struct verify *verify)
{
	char path[PATH_BYTES];
	int err;

	if (verify->options->key_path) {
		err = sign_public_load(&verify->key, verify->options->key_path);
		return err ? say(verify->why, err, "%.90s is no public key: %s", verify->options->key_path, err_text(err)) : 0;
	}
	signer_public_path(verify->options->dir, path);
	err = sign_public_load(&verify->key, path);
	if (err)
		err = sign_public_load(&verify->key, path_in(verify, "public.pem", path));
	return err ? say(verify->why, err, "there is no public key in %.60s: name one with --key", verify->folder) : 0;
}

/* Sealing and checking keep out of each other's way. A copy that cannot be written to needs no lock. */
static int lock_folder(struct verify *verify)
{
	char path[PATH_BYTES];

	verify->lock_fd = open(path_in(verify, "lock", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (verify->lock_fd < 0)
		return 0;
	for (int tries = 0; flock(verify->lock_fd, LOCK_SH | LOCK_NB) != 0; tries++) {
		if (errno != EWOULDBLOCK || tries == 100)
			return say(verify->why, ERR_WRONG_STATE, "a sealing is under way: try again in a moment");
		usleep(100000);
	}
	return 0;
}

static int open_outside(struct verify *verify)
{
	for (uint32_t i = 0; i < verify->options->checkpoint_count; i++) {
		struct outside *outside = &verify->outside[i];
		int err;

		outside->path = verify->options->checkpoints[i];
		err = read_checkpoint(outside->path, &outside->checkpoint);
		if (err && err != ERR_SYNTAX && err != ERR_RANGE)
			return say(verify->why, err, "%.100s cannot be read: %s", outside->path, err_text(err));
		if (err || !checkpoint_check(&outside->checkpoint, verify->key)) {
			fault(verify, "%s: %s", outside->path,
				err ? "not a checkpoint, or a damaged one" : "its signature is not by this key");
			outside->path = NULL;
		}
	}
	return 0;
}

static int open_store(struct verify *verify)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/data.mdb", verify->options->dir);
	return access(path, F_OK) == 0 ? store_open(&verify->store, verify->options->dir, STORE_READ, verify->why) : 0;
}

/* -ENOENT: nothing was sealed yet; ERR_WRONG_STATE: the store knows of events that were. */
static int no_folder(struct verify *verify)
{
	uint64_t sealed = 0, waiting = 0;
	int err = errno == ENOENT ? open_store(verify) : -errno;

	if (!err && verify->store)
		err = sealed_counts(verify->store, &sealed, &waiting);
	if (err)
		return err;
	if (sealed)
		return say(verify->why, ERR_WRONG_STATE,
			"%llu events were sealed, and %.90s is not there: put it back from a copy", (unsigned long long)sealed,
			verify->folder);
	return say(verify->why, -ENOENT, "there is no %.90s", verify->folder);
}

static int verify_open(struct verify *verify)
{
	struct stat st;
	int err;

	if (snprintf(verify->folder, sizeof(verify->folder), "%s/evidence", verify->options->dir) >= (int)sizeof(verify->folder))
		return say(verify->why, -ENAMETOOLONG, "the name of the folder is too long");
	if (stat(verify->folder, &st) != 0)
		return no_folder(verify);
	err = lock_folder(verify);
	if (!err)
		err = merkle_init(&verify->tree);
	if (!err)
		err = open_key(verify);
	if (!err)
		err = open_outside(verify);
	if (!err)
		err = open_store(verify);
	verify->report->store_there = verify->store != NULL;
	return err;
}

static void verify_close(struct verify *verify)
{
	store_close(verify->store);
	sign_key_free(verify->key);
	merkle_fini(&verify->tree);
	free(verify->manifest);
	if (verify->lock_fd >= 0)
		close(verify->lock_fd);
}

/* --- manifest and checkpoint */

static int check_manifest(struct verify *verify)
{
	char path[PATH_BYTES], *signature = NULL;
	size_t bytes = 0;
	int err = file_text(
		path_in(verify, "MANIFEST.sha256", path), MANIFEST_BYTES_MAX, &verify->manifest, &verify->manifest_bytes);

	if (err) {
		verify->manifest = NULL;
		fault(verify, "MANIFEST.sha256 cannot be read: %s", err_text(err));
		return err == -ENOMEM ? err : 0;
	}
	err = file_text(path_in(verify, "MANIFEST.sig", path), CHECKPOINT_BYTES, &signature, &bytes);
	if (err)
		fault(verify, "MANIFEST.sig cannot be read: %s", err_text(err));
	else if (bytes != SIGN_BYTES ||
		 !sign_check(verify->key, verify->manifest, verify->manifest_bytes, (const unsigned char *)signature))
		fault(verify, "MANIFEST.sha256: MANIFEST.sig is not its signature (if a sealing was interrupted: outdial seal)");
	if (!err)
		free(signature);
	return 0;
}

static void check_checkpoint(struct verify *verify)
{
	char path[PATH_BYTES];
	int err = read_checkpoint(path_in(verify, "checkpoint", path), &verify->checkpoint);

	if (err)
		fault(verify, "checkpoint: %s",
			err == ERR_SYNTAX || err == ERR_RANGE ? "not a checkpoint, or a damaged one" : err_text(err));
	else if (!checkpoint_check(&verify->checkpoint, verify->key))
		fault(verify, "checkpoint: its signature does not fit");
	else
		verify->checkpoint_there = true;
	if (!verify->checkpoint_there)
		return;
	verify->report->size = verify->checkpoint.size;
	verify->report->root = verify->checkpoint.root;
}

/* --- segments */

/* Checkpoints are compared when the tree has their size. */
static void check_roots(struct verify *verify)
{
	struct hash root;
	bool known = false;

	for (uint32_t i = 0; i < verify->options->checkpoint_count; i++) {
		struct outside *outside = &verify->outside[i];

		if (!outside->path || outside->met || outside->checkpoint.size != verify->tree.size)
			continue;
		root = known ? root : merkle_root(&verify->tree, NULL, 0);
		known = outside->met = true;
		if (merkle_equal(&root, &outside->checkpoint.root)) {
			verify->report->outside++;
			continue;
		}
		fault(verify, "%s: the first %llu events are not those that it was signed for", outside->path,
			(unsigned long long)verify->tree.size);
	}
	if (!verify->checkpoint_there || verify->checkpoint.size != verify->tree.size)
		return;
	root = known ? root : merkle_root(&verify->tree, NULL, 0);
	if (!merkle_equal(&root, &verify->checkpoint.root))
		fault(verify, "checkpoint: the first %llu events are not those that it was signed for",
			(unsigned long long)verify->tree.size);
}

/* The log may begin later: what is kept of the tree before must lead to the checkpoint's root with what follows. */
static int check_pruned(struct verify *verify)
{
	char path[PATH_BYTES], *text = NULL;
	struct pruned pruned;
	size_t bytes;
	int err = file_text(path_in(verify, "pruned", path), PRUNED_BYTES, &text, &bytes);

	if (err == -ENOENT || err == -ENOMEM)
		return err == -ENOENT ? 0 : err;
	if (!err) {
		err = pruned_parse(text, bytes, &pruned);
		free(text);
	}
	if (err || !pruned_tree(&pruned, &verify->tree)) {
		fault(verify, "pruned: cannot be read, or is damaged: where the log begins is not known");
		bad_seq(verify, 0);
		return 0;
	}
	verify->report->first = verify->next = pruned.first;
	check_roots(verify);
	return 0;
}

/* The first bad line of a segment is named; the rest of it would only say it again. */
static int line_fault(struct verify *verify, const char *what)
{
	uint64_t seq = verify->next < verify->last ? verify->next : verify->last;

	if (!verify->segment_bad) {
		fault(verify, "seq %llu: %s", (unsigned long long)seq, what);
		bad_seq(verify, seq);
	}
	verify->segment_bad = true;
	return 0;
}

static void check_line(struct verify *verify, const char *line, size_t bytes, const struct hash *leaf)
{
	unsigned char locator[LOCATOR_BYTES];
	bool located = verify->locators && fread(locator, 1, LOCATOR_BYTES, verify->locators) == LOCATOR_BYTES;
	struct line_head head;

	if (verify->next > verify->last)
		line_fault(verify, "the segment has more lines than its name says");
	else if (!line_parse_head(line, bytes, &head))
		line_fault(verify, "not a line of ours");
	else if (head.seq != verify->next)
		line_fault(verify, "another sequence number stands in its place");
	else if (located && memcmp(locator, leaf->bytes, LOCATOR_BYTES) != 0)
		line_fault(verify, "the line is not the one that was sealed");
	else {
		verify->report->clock_back += head.us < verify->last_us;
		verify->last_us = head.us;
	}
}

static int line_h(void *arg, const char *line, size_t bytes)
{
	struct verify *verify = arg;
	struct hash leaf = merkle_leaf(verify->tree.sha, line, bytes);

	check_line(verify, line, bytes, &leaf);
	merkle_add(&verify->tree, &leaf, NULL, 0);
	verify->next++;
	verify->report->events++;
	verify->report->bytes += bytes + 1;
	check_roots(verify);
	return 0;
}

static int check_sum(struct verify *verify, const struct manifest_entry *entry)
{
	char name[SEGMENT_NAME_BYTES], path[PATH_BYTES], sum[65];
	uint64_t bytes;
	int err;

	segment_name(entry->first, entry->last, entry->file, name);
	err = file_sum(path_in(verify, name, path), sum, &bytes);
	if (err == -ENOMEM)
		return err;
	if (err || strcmp(sum, entry->sha256) != 0) {
		fault(verify, "%s: %s", name, err ? err_text(err) : "its sum is not the manifest's");
		verify->segment_bad = verify->segment_bad || err;
		if (err)
			bad_seq(verify, entry->first);
	}
	return err || strcmp(sum, entry->sha256) != 0 ? 1 : 0;
}

/* Locators that are not as they were signed point at the wrong line: then the frames have to do. */
static int read_segment(struct verify *verify, const struct manifest_entry *entry, bool locators_good)
{
	char name[SEGMENT_NAME_BYTES], path[PATH_BYTES];
	FILE *file;
	int err;

	segment_name(entry->first, entry->last, SEGMENT_LOCATORS, name);
	verify->locators = locators_good ? fopen(path_in(verify, name, path), "re") : NULL;
	segment_name(entry->first, entry->last, SEGMENT_LINES, name);
	file = fopen(path_in(verify, name, path), "re");
	err = file ? segment_read(file, line_h, verify) : -errno;
	if (file)
		fclose(file);
	if (verify->locators)
		fclose(verify->locators);
	verify->locators = NULL;
	if (err == -ENOMEM)
		return err;
	if (err)
		line_fault(verify, err == ERR_SYNTAX ? "the file is damaged or cut short from here on" : err_text(err));
	else if (verify->next <= verify->last)
		line_fault(verify, "the segment ends before it");
	return 0;
}

/* What the store recorded when it was sealed. */
static void check_record(struct verify *verify, const struct manifest_entry *entry)
{
	struct sealed sealed;
	struct hash root;

	if (!verify->store)
		return;
	if (sealed_read_next(verify->store, entry->first, &sealed) || sealed.first != entry->first ||
		sealed.last != entry->last) {
		fault(verify, "seq %llu: the store does not know of this segment", (unsigned long long)entry->first);
		bad_seq(verify, entry->first);
		return;
	}
	root = merkle_root(&verify->tree, NULL, 0);
	if (verify->tree.size == entry->last + 1 && !merkle_equal(&root, &sealed.root) && !verify->tree_bad) {
		fault(verify, "seq %llu to %llu: not what the store recorded when they were sealed",
			(unsigned long long)entry->first, (unsigned long long)entry->last);
		bad_seq(verify, entry->first);
		verify->tree_bad = true;
	}
}

/* After a bad segment the next is read as if that had been whole. */
static int check_segment(struct verify *verify, const struct manifest_entry *entry, const struct manifest_entry *locators)
{
	int bad, more, err;

	verify->segment_bad = false;
	verify->next = entry->first;
	verify->last = entry->last;
	bad = check_sum(verify, entry);
	more = bad < 0 ? bad : check_sum(verify, locators);
	if (more < 0)
		return more;
	err = read_segment(verify, entry, more == 0);
	if (err)
		return err;
	verify->tree_bad |= verify->segment_bad;
	if (!bad && !more && !verify->segment_bad)
		check_record(verify, entry);
	else if (!verify->segment_bad)
		bad_seq(verify, entry->first); /* all lines are good, and still a file is another: bytes beside them */
	verify->report->segments++;
	return 0;
}

static int take_pair(struct verify *verify, const char **at, struct manifest_entry pair[2], uint32_t line)
{
	const char *end = verify->manifest + verify->manifest_bytes;
	int got = manifest_next(at, end, &pair[0]);

	if (got > 0 && pair[0].file == SEGMENT_LINES)
		got = manifest_next(at, end, &pair[1]) > 0 && pair[1].file == SEGMENT_LOCATORS &&
				      pair[1].first == pair[0].first && pair[1].last == pair[0].last
			      ? 1
			      : ERR_SYNTAX;
	else if (got > 0)
		got = ERR_SYNTAX;
	if (got < 0) {
		fault(verify, "MANIFEST.sha256: line %u or %u is damaged or not in its place", line, line + 1);
		bad_seq(verify, verify->next);
	}
	return got;
}

static int check_segments(struct verify *verify)
{
	const char *at = verify->manifest;
	struct manifest_entry pair[2];
	uint32_t line = 1;
	int got, err;

	for (; at && (got = take_pair(verify, &at, pair, line)) > 0; line += 2) {
		if (pair[0].first != verify->next) {
			fault(verify, "MANIFEST.sha256: line %u begins with seq %llu, due is %llu", line,
				(unsigned long long)pair[0].first, (unsigned long long)verify->next);
			bad_seq(verify, pair[0].first < verify->next ? pair[0].first : verify->next);
		}
		err = check_segment(verify, &pair[0], &pair[1]);
		if (err)
			return err;
		verify->next = pair[0].last + 1;
	}
	return 0;
}

/* --- what the files cannot show by themselves */

static void check_ends(struct verify *verify)
{
	uint64_t size = verify->tree.size;

	if (verify->checkpoint_there && verify->checkpoint.size != size) {
		fault(verify, "checkpoint: it was signed for %llu events, the segments have %llu",
			(unsigned long long)verify->checkpoint.size, (unsigned long long)size);
		bad_seq(verify, verify->checkpoint.size < size ? verify->checkpoint.size : size);
	}
	for (uint32_t i = 0; i < verify->options->checkpoint_count; i++) {
		const struct outside *outside = &verify->outside[i];

		if (!outside->path || outside->met)
			continue;
		if (outside->checkpoint.size == 0) {
			verify->report->outside++;
			continue;
		}
		if (outside->checkpoint.size < verify->report->first) {
			verify->report->outside_older++;
			continue;
		}
		fault(verify, "%s: it was signed for %llu events, the segments have %llu", outside->path,
			(unsigned long long)outside->checkpoint.size, (unsigned long long)size);
		bad_seq(verify, size);
	}
}

/* Files that nobody signed do not make the log bad; they are named, for somebody put them there. */
static void check_strangers(struct verify *verify)
{
	DIR *dir = opendir(verify->folder);
	struct manifest_entry entry;
	struct dirent *found;

	while (dir && (found = readdir(dir))) {
		if (!segment_name_parse(found->d_name, &entry) ||
			(verify->manifest && strstr(verify->manifest, found->d_name)))
			continue;
		fault(verify, "%s: not in the manifest (if a sealing was interrupted: outdial seal)", found->d_name);
		bad_seq(verify, entry.first);
	}
	if (dir)
		closedir(dir);
}

static int check_store(struct verify *verify)
{
	uint64_t sealed, waiting, seq;
	struct line_head head;
	struct tail *tail;
	const char *line;
	size_t bytes;
	struct pruned pruned;
	int got = 0, err = sealed_counts(verify->store, &sealed, &waiting);

	if (!err)
		err = pruned_read(verify->store, &pruned);
	if (err)
		return err;
	if (pruned.first != verify->report->first) {
		fault(verify,
			"the store's log begins with event %llu, that of the files with %llu (if a pruning was interrupted: "
			"outdial seal)",
			(unsigned long long)pruned.first, (unsigned long long)verify->report->first);
		bad_seq(verify, verify->report->first);
	}
	if (sealed != verify->tree.size) {
		fault(verify, "the store has sealed %llu events, the segments have %llu", (unsigned long long)sealed,
			(unsigned long long)verify->tree.size);
		bad_seq(verify, sealed < verify->tree.size ? sealed : verify->tree.size);
	}
	err = tail_open(&tail, verify->store, sealed);
	for (seq = sealed; !err && (got = tail_next(tail, &line, &bytes)) > 0; seq++) {
		if (line_parse_head(line, bytes, &head) && head.seq == seq)
			continue;
		fault(verify, "seq %llu: in the store, not a line of ours", (unsigned long long)seq);
		bad_seq(verify, seq);
	}
	if (got == ERR_STORE) {
		fault(verify, "the store's lines are not gap-free");
		bad_seq(verify, sealed);
	}
	tail_close(err ? NULL : tail);
	verify->report->waiting = seq - sealed;
	return err ? err : got == ERR_STORE ? 0 : got;
}

static int verify_all(struct verify *verify)
{
	int err = verify_open(verify);

	if (!err)
		err = check_manifest(verify);
	if (err)
		return err;
	check_checkpoint(verify);
	err = check_pruned(verify);
	if (!err)
		err = check_segments(verify);
	if (err)
		return err;
	check_ends(verify);
	check_strangers(verify);
	return verify->store ? check_store(verify) : 0;
}

int evidence_verify(const struct verify_options *options, struct verify_report *report, char *why)
{
	struct verify *verify = calloc(1, sizeof(*verify));
	char ignored[WHY_BYTES];
	int err;

	memset(report, 0, sizeof(*report));
	if (!verify)
		return say(why, -ENOMEM, "out of memory");
	verify->options = options;
	verify->report = report;
	verify->why = why ? why : ignored;
	verify->why[0] = '\0';
	verify->lock_fd = -1;
	err = verify_all(verify);
	if (err && !verify->why[0])
		say(verify->why, err, "%.90s cannot be checked: %s", verify->folder, err_text(err));
	verify_close(verify);
	free(verify);
	return err;
}
