/* outfile.c - see outfile.h */
#include "campaigns/outfile.h"
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

/* The folder too, so that the new name survives a loss of power. */
static void sync_folder(const char *path)
{
	char folder[4096];
	char *slash;
	int fd;

	text_copy(folder, sizeof(folder), path);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = 0;
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
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
		sync_folder(out->path);
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
