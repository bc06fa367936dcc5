/* verify.c - see verify.h */
#include "campaigns/verify_in.h"

#include "campaigns/line.h"
#include "campaigns/pruned.h"
#include "campaigns/sealed.h"
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

/* --- saying */

void verify_bad_seq(struct verify *verify, uint64_t seq)
{
	if (!verify->report->bad_known || seq < verify->report->bad_seq)
		verify->report->bad_seq = seq;
	verify->report->bad_known = true;
}

void verify_fault(struct verify *verify, const char *fmt, ...)
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

const char *verify_path(const struct verify *verify, const char *name, char out[PATH_BYTES])
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
		err = sign_public_load(&verify->key, verify_path(verify, "public.pem", path));
	return err ? say(verify->why, err, "there is no public key in %.60s: name one with --key", verify->folder) : 0;
}

/* Sealing and checking keep out of each other's way. A copy that cannot be written to needs no lock. */
static int lock_folder(struct verify *verify)
{
	char path[PATH_BYTES];

	verify->lock_fd = open(verify_path(verify, "lock", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
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
			verify_fault(verify, "%s: %s", outside->path,
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
		verify_path(verify, "MANIFEST.sha256", path), MANIFEST_BYTES_MAX, &verify->manifest, &verify->manifest_bytes);

	if (err) {
		verify->manifest = NULL;
		verify_fault(verify, "MANIFEST.sha256 cannot be read: %s", err_text(err));
		return err == -ENOMEM ? err : 0;
	}
	err = file_text(verify_path(verify, "MANIFEST.sig", path), CHECKPOINT_BYTES, &signature, &bytes);
	if (err)
		verify_fault(verify, "MANIFEST.sig cannot be read: %s", err_text(err));
	else if (bytes != SIGN_BYTES ||
		 !sign_check(verify->key, verify->manifest, verify->manifest_bytes, (const unsigned char *)signature))
		verify_fault(verify,
			"MANIFEST.sha256: MANIFEST.sig is not its signature (if a sealing was interrupted: outdial seal)");
	if (!err)
		free(signature);
	return 0;
}

static void check_checkpoint(struct verify *verify)
{
	char path[PATH_BYTES];
	int err = read_checkpoint(verify_path(verify, "checkpoint", path), &verify->checkpoint);

	if (err)
		verify_fault(verify, "checkpoint: %s",
			err == ERR_SYNTAX || err == ERR_RANGE ? "not a checkpoint, or a damaged one" : err_text(err));
	else if (!checkpoint_check(&verify->checkpoint, verify->key))
		verify_fault(verify, "checkpoint: its signature does not fit");
	else
		verify->checkpoint_there = true;
	if (!verify->checkpoint_there)
		return;
	verify->report->size = verify->checkpoint.size;
	verify->report->root = verify->checkpoint.root;
}

/* --- what the files cannot show by themselves */

static void check_ends(struct verify *verify)
{
	uint64_t size = verify->tree.size;

	if (verify->checkpoint_there && verify->checkpoint.size != size) {
		verify_fault(verify, "checkpoint: it was signed for %llu events, the segments have %llu",
			(unsigned long long)verify->checkpoint.size, (unsigned long long)size);
		verify_bad_seq(verify, verify->checkpoint.size < size ? verify->checkpoint.size : size);
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
		verify_fault(verify, "%s: it was signed for %llu events, the segments have %llu", outside->path,
			(unsigned long long)outside->checkpoint.size, (unsigned long long)size);
		verify_bad_seq(verify, size);
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
		verify_fault(verify, "%s: not in the manifest (if a sealing was interrupted: outdial seal)", found->d_name);
		verify_bad_seq(verify, entry.first);
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
		verify_fault(verify,
			"the store's log begins with event %llu, that of the files with %llu (if a pruning was interrupted: "
			"outdial seal)",
			(unsigned long long)pruned.first, (unsigned long long)verify->report->first);
		verify_bad_seq(verify, verify->report->first);
	}
	if (sealed != verify->tree.size) {
		verify_fault(verify, "the store has sealed %llu events, the segments have %llu", (unsigned long long)sealed,
			(unsigned long long)verify->tree.size);
		verify_bad_seq(verify, sealed < verify->tree.size ? sealed : verify->tree.size);
	}
	err = tail_open(&tail, verify->store, sealed);
	for (seq = sealed; !err && (got = tail_next(tail, &line, &bytes)) > 0; seq++) {
		if (line_parse_head(line, bytes, &head) && head.seq == seq)
			continue;
		verify_fault(verify, "seq %llu: in the store, not a line of ours", (unsigned long long)seq);
		verify_bad_seq(verify, seq);
	}
	if (got == ERR_STORE) {
		verify_fault(verify, "the store's lines are not gap-free");
		verify_bad_seq(verify, sealed);
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
	err = verify_pruned(verify);
	if (!err)
		err = verify_segments(verify);
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
