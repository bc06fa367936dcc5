/* fuzz_store.h - an empty store in a folder of its own, in memory where that can be, for targets whose decoder needs one */
#ifndef OUTDIAL_TESTS_FUZZ_FUZZ_STORE_H
#define OUTDIAL_TESTS_FUZZ_FUZZ_STORE_H

#include "campaigns/store.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char fuzz_dir[64];
static struct store *fuzz_opened;

static inline void check(int ok)
{
	if (!ok)
		abort();
}

static inline int fuzz_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static inline void fuzz_store_end(void)
{
	store_close(fuzz_opened);
	fuzz_opened = NULL;
	if (fuzz_dir[0])
		nftw(fuzz_dir, fuzz_remove, 16, FTW_DEPTH | FTW_PHYS);
	fuzz_dir[0] = '\0';
}

/* A folder that is gone when the program ends. */
static inline const char *fuzz_folder(void)
{
	static bool asked;

	if (fuzz_dir[0])
		return fuzz_dir;
	strcpy(fuzz_dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/outdial-fuzz-XXXXXX" : "/tmp/outdial-fuzz-XXXXXX");
	check(mkdtemp(fuzz_dir) && (asked || atexit(fuzz_store_end) == 0));
	asked = true;
	return fuzz_dir;
}

/* The same one on each call, until fuzz_store_end(). */
static inline struct store *fuzz_store(void)
{
	if (!fuzz_opened)
		check(store_open(&fuzz_opened, fuzz_folder(), STORE_CREATE, NULL) == 0);
	return fuzz_opened;
}

/* The bytes as a file in memory: its descriptor, and a path to it. */
static inline int fuzz_file(const void *data, size_t size, char path[64])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

#endif
