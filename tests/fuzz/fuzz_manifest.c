/* fuzz_manifest.c - any bytes as a manifest: a line that is accepted is the one that would be printed again */
#include "campaigns/manifest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size, *from;
	char line[MANIFEST_LINE_BYTES];
	struct manifest_entry entry;

	while (from = at, manifest_next(&at, end, &entry) > 0) {
		size_t bytes = manifest_print(&entry, line);

		if (entry.first > entry.last || bytes != (size_t)(at - from) || memcmp(from, line, bytes) != 0)
			abort();
	}
	return 0;
}
