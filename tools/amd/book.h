/*
 * book.h - a memory of recordings in a file, for trying it on one's own calls
 *
 * What    One encoded entry after another (memory.h). The engine keeps the same entries in its store.
 */
#ifndef OUTDIAL_TOOLS_AMD_BOOK_H
#define OUTDIAL_TOOLS_AMD_BOOK_H

#include "media/amd/memory.h"

#define BOOK_ENTRIES_MAX 65536

/* A file that is not there is an empty memory. 0, or -1 with a sentence on standard error. */
int book_open(struct memory *memory, const char *path);

/* Writes it anew (beside, then renamed). 0, or -1 with a sentence on standard error. */
int book_save(const struct memory *memory, const char *path);

void book_close(struct memory *memory);

#endif
