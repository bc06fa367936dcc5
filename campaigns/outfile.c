/* outfile.c - see outfile.h */
#include "campaigns/outfile.h"

#include "base/err.h"
#include "base/folder.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "/dev/stdout", "/proc/self/fd/3": a name of an open file. Whoever opened that has to find the text in it. */
static bool is_descriptor(const char *path)
{
	char target[64];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	target[n > 0 ? n : 0] = 0;
	return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/dev/", 5) == 0 || strncmp(target, "/proc/", 6) == 0;
}

/* What is there decides: a folder is refused, a link is followed, what is no file is written to directly. */
static int look(struct outfile *out, const char *path)
{
	char real[PATH_MAX];
	struct stat st;

	if (stat(path, &st) != 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	out->direct = !S_ISREG(st.st_mode) || is_descriptor(path);
	if (!out->direct && realpath(path, real) && !text_copy(out->path, sizeof(out->path), real))
		return -ENAMETOOLONG;
	return 0;
}

int outfile_open(struct outfile *out, const char *path)
{
	int err;

	*out = (struct outfile){.file = NULL};
	if (!text_copy(out->path, sizeof(out->path), path))
		return -ENAMETOOLONG;
	err = look(out, path);
	if (err)
		return err;
	snprintf(out->partial, sizeof(out->partial), "%s.partial", out->path);
	out->file = fopen(out->direct ? out->path : out->partial, "we");
	return out->file ? 0 : -errno;
}

/* Under its temporary name, or, when the process died just before it said so, under its own. */
static int find_partial(struct outfile *out, uint64_t bytes)
{
	struct stat st;

	if (stat(out->partial, &st) != 0) {
		if (stat(out->path, &st) != 0 || (uint64_t)st.st_size < bytes)
			return ERR_WRONG_STATE;
		return rename(out->path, out->partial) ? -errno : 0;
	}
	return (uint64_t)st.st_size < bytes ? ERR_WRONG_STATE : 0;
}

int outfile_reopen(struct outfile *out, const char *path, uint64_t bytes)
{
	int err;

	*out = (struct outfile){.file = NULL};
	if (!text_copy(out->path, sizeof(out->path), path))
		return -ENAMETOOLONG;
	err = look(out, path);
	if (err || out->direct)
		return err ? err : outfile_open(out, path);
	snprintf(out->partial, sizeof(out->partial), "%s.partial", out->path);
	err = find_partial(out, bytes);
	if (err)
		return err;
	out->file = fopen(out->partial, "r+e");
	if (!out->file || ftruncate(fileno(out->file), (off_t)bytes) || fseeko(out->file, (off_t)bytes, SEEK_SET)) {
		err = -errno;
		outfile_leave(out);
	}
	return err;
}

int outfile_sync(struct outfile *out, uint64_t *bytes)
{
	off_t at;

	if (fflush(out->file) || (fdatasync(fileno(out->file)) && errno != EINVAL))
		return errno ? -errno : -EIO;
	at = ftello(out->file);
	*bytes = at > 0 ? (uint64_t)at : 0;
	return 0;
}

void outfile_leave(struct outfile *out)
{
	if (out->file)
		fclose(out->file);
	out->file = NULL;
}

int outfile_commit(struct outfile *out)
{
	int err = 0;

	if (fflush(out->file) || ferror(out->file) || (fsync(fileno(out->file)) && errno != EINVAL))
		err = errno ? -errno : -EIO;
	if (!err && !out->direct && rename(out->partial, out->path))
		err = -errno;
	if (err) {
		outfile_abort(out);
		return err;
	}
	if (fclose(out->file))
		err = -errno;
	out->file = NULL;
	if (!out->direct)
		folder_sync_of(out->path); /* so that the new name survives a loss of power */
	return err;
}

void outfile_abort(struct outfile *out)
{
	if (!out->file)
		return;
	fclose(out->file);
	if (!out->direct)
		unlink(out->partial);
	out->file = NULL;
}
