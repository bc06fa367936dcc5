/*
 * fuzz_suppress.c - files of suppressed numbers, packed or not: every number is one, every error has its sentence, it comes to an
 * end
 */
#include "campaigns/suppress_file.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int ok)
{
	if (!ok)
		abort();
}

static void walk(int fd)
{
	char why[UNPACK_WHY_BYTES] = "";
	struct suppress_entry entry;
	struct suppress_file *file;

	check(lseek(fd, 0, SEEK_SET) == 0);
	if (suppress_file_open(&file, fd, "fuzz", "US", why) != 0)
		return;
	for (uint64_t steps = 0; steps < 1000000; steps++) {
		int rc = suppress_file_next(file, &entry, why);

		if (rc == 0)
			break;
		if (rc < 0) {
			check(why[0] != '\0');
			if (!suppress_file_bad_line(file))
				break;
			continue;
		}
		check(entry.number >= 1000000 && entry.number < UINT64_C(1000000000000000));
		check(entry.line > 0 && (entry.change == 0 || entry.change == 'A' || entry.change == 'D'));
	}
	suppress_file_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	walk(fd);
	close(fd);
	return 0;
}
