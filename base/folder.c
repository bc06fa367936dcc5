/* folder.c - see folder.h */
#include "base/folder.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

int folder_sync(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = fd < 0 || fsync(fd) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

int folder_sync_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];

	if (!slash)
		return folder_sync(".");
	if (!text_copy_n(folder, sizeof(folder), path, slash == path ? 1 : (size_t)(slash - path)))
		return -ENAMETOOLONG;
	return folder_sync(folder);
}
