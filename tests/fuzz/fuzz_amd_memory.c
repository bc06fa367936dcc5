/*
 * fuzz_amd_memory.c - entries out of the store are bytes from outside
 *
 * Input   one byte: capacity; then 308 bytes an entry. What decodes must encode to the same bytes; a memory of such entries keeps
 * its bounds whatever is heard.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "media/amd/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ENTRIES 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct memory_entry entries[ENTRIES];
	struct memory memory;
	struct memory_entry entry;
	uint8_t again[MEMORY_ENTRY_BYTES];
	if (size < 1)
		return 0;
	memory_init(&memory, entries, data[0] % (ENTRIES + 1), 1000);
	for (size_t at = 1; at < size; at += MEMORY_ENTRY_BYTES) {
		size_t have = size - at < MEMORY_ENTRY_BYTES ? size - at : MEMORY_ENTRY_BYTES;
		if (!memory_decode(data + at, have, &entry))
			continue;
		memory_encode(&entry, again);
		assert(memcmp(again, data + at, MEMORY_ENTRY_BYTES) == 0);
		memory_put(&memory, &entry);
		entry.print.frames = data[0] & 0x80 ? AMD_PRINT_FRAMES : data[0] % AMD_PRINT_FRAMES;
		struct memory_match match = memory_hear(&memory, &entry.print, at, entry.last_us);
		memory_verdict(&match);
		assert(match.number_count <= MEMORY_NUMBERS && memory.count <= memory.capacity);
	}
	return 0;
}
