/* book.c - outdial-amd --memory: the recordings of a file */
#include "tools/amd/book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *path, const char *why)
{
	fprintf(stderr, "outdial-amd: %s: %s\n", path, why);
	return -1;
}

static int read_all(struct memory *memory, FILE *file, const char *path)
{
	uint8_t bytes[MEMORY_ENTRY_BYTES];
	struct memory_entry entry;
	size_t length;
	while ((length = fread(bytes, 1, sizeof bytes, file)) > 0)
		if (!memory_decode(bytes, length, &entry) || !memory_put(memory, &entry))
			return complain(path, "not a memory of recordings, or one that is too large");
	return 0;
}

int book_open(struct memory *memory, const char *path)
{
	struct memory_entry *entries = calloc(BOOK_ENTRIES_MAX, sizeof *entries);
	if (entries == NULL)
		return complain(path, "out of memory");
	memory_init(memory, entries, BOOK_ENTRIES_MAX, INT64_MAX);
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return errno == ENOENT ? 0 : complain(path, strerror(errno));
	int status = read_all(memory, file, path);
	fclose(file);
	return status;
}

int book_save(const struct memory *memory, const char *path)
{
	char beside[4096];
	uint8_t bytes[MEMORY_ENTRY_BYTES];
	if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside)
		return complain(path, "the name is too long");
	FILE *file = fopen(beside, "wb");
	if (file == NULL)
		return complain(beside, strerror(errno));
	bool good = true;
	for (size_t i = 0; i < memory->count && good; i++) {
		memory_encode(memory_at(memory, i), bytes);
		good = fwrite(bytes, sizeof bytes, 1, file) == 1;
	}
	good = fclose(file) == 0 && good;
	return good && rename(beside, path) == 0 ? 0 : complain(path, "cannot be written");
}

void book_close(struct memory *memory)
{
	free(memory->entries);
	memory->entries = NULL;
}
