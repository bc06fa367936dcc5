/*
 * fuzz_ledger.c - tables of what others tried: what is read can be stored, what cannot is refused with a sentence, and nothing is
 * half read
 */
#include "campaigns/ledger_import.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
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

static void check_note(const struct ledger_note *note)
{
	size_t digits = strspn(note->e164 + 1, "0123456789");

	check(note->person[0] && memchr(note->person, 0, sizeof(note->person)) && memchr(note->debt, 0, sizeof(note->debt)));
	check(!note->e164[0] || (note->e164[0] == '+' && digits >= 3 && digits <= 15 && !note->e164[1 + digits]));
	check(note->events && note->count >= 1 && note->count <= LEDGER_COUNT_MAX);
	check(note->at_us > -2 * DAY_US && note->at_us <= clock_us() + 2 * DAY_US);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct ledger_note *notes = NULL;
	char path[64], why[400];
	uint32_t count = 0;
	int err;

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = ledger_table(path, "Asia/Shanghai", &notes, &count, why);
	check(err ? !notes && !count && (why[0] || err == -ENOMEM) : !why[0]);
	for (uint32_t i = 0; i < count; i++)
		check_note(&notes[i]);
	free(notes);
	close(fd);
	return 0;
}
