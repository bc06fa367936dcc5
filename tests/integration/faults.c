/*
 * faults.c - a disk that fails on order: loaded before libc (LD_PRELOAD) into a program that writes data.mdb
 *
 * What    $OUTDIAL_FAULTS names a file; while it is there and has a line "WHAT ERRNO MS", writes to data.mdb meet that: WHAT is
 *         data (pages), meta (the first two pages, where LMDB says which transaction is the last), sync (fdatasync), or all;
 *         ERRNO 0 only waits MS milliseconds and then does it. Every other file is left alone. When it is the program's first
 *         thread that waits, a file of that name with ".first" behind it says so.
 * Limits  A test's tool: the file is read at each call.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define META_BYTES 8192

static bool is_store(int fd)
{
	char link[64], path[4096];
	ssize_t count;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	count = readlink(link, path, sizeof(path));
	return count >= 9 && memcmp(path + count - 9, "/data.mdb", 9) == 0;
}

static void tell_first(const char *order)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s.first", order);
	file = fopen(path, "we");
	if (file)
		fclose(file);
}

/* True: fail with errno as it is set now. */
static bool fault(int fd, const char *what)
{
	const char *order = getenv("OUTDIAL_FAULTS");
	FILE *file = order ? fopen(order, "re") : NULL;
	int number = 0, ms = 0;
	char wanted[8] = "";

	if (!file)
		return false;
	bool there = fscanf(file, "%7s %d %d", wanted, &number, &ms) == 3;
	fclose(file);
	if (!there || (strcmp(wanted, what) && strcmp(wanted, "all")) || !is_store(fd))
		return false;
	if (gettid() == getpid())
		tell_first(order);
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
	errno = number;
	return number != 0;
}

static const char *part(off_t offset)
{
	return offset < META_BYTES ? "meta" : "data";
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset)
{
	static ssize_t (*next)(int, const void *, size_t, off_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "pwrite64");
	return fault(fd, part(offset)) ? -1 : next(fd, bytes, count, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)
{
	return pwrite64(fd, bytes, count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
{
	static ssize_t (*next)(int, const struct iovec *, int, off_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "pwritev64");
	return fault(fd, part(offset)) ? -1 : next(fd, parts, count, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
	return pwritev64(fd, parts, count, offset);
}

int fdatasync(int fd)
{
	static int (*next)(int);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "fdatasync");
	return fault(fd, "sync") ? -1 : next(fd);
}
