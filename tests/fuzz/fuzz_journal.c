/* fuzz_journal.c - pacing journals: any bytes give records, an end or a refusal */
#include "dialer/journal.h"

#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pacing_learned learned;
	struct journal_record record = {.learned = &learned};
	FILE *file = size ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;

	if (!file)
		return 0;
	if (journal_check(file) != 0)
		rewind(file);
	while (journal_read(file, &record) > 0)
		;
	fclose(file);
	return 0;
}
