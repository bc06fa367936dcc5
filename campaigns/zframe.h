/*
 * zframe.h - streaming zstd, writing and reading (the only door to libzstd)
 *
 * What    One frame with a checksum, so that `zstd -t` and `zstdcat` are all that a reader of our files needs.
 * Errors  ERR_STORE (what libzstd refuses), ERR_SYNTAX (not zstd, damaged or cut short), -errno of the file, -ENOMEM.
 */
#ifndef OUTDIAL_CAMPAIGNS_ZFRAME_H
#define OUTDIAL_CAMPAIGNS_ZFRAME_H

#include <stddef.h>
#include <stdio.h>

struct zframe_writer;
/* Level 3: about five times smaller outcome rows (STORAGE.md 3.2). The file stays the caller's. */
int zframe_writer_open(struct zframe_writer **writer, FILE *file);
int zframe_write(struct zframe_writer *writer, const void *data, size_t bytes);
/* Ends the frame; without it the file is cut short and every reader says so. */
int zframe_finish(struct zframe_writer *writer);
void zframe_writer_close(struct zframe_writer *writer); /* NULL is fine */

struct zframe_reader;
int zframe_reader_open(struct zframe_reader **reader, FILE *file);
/* *got 0 at the end of a whole frame. */
int zframe_read(struct zframe_reader *reader, void *out, size_t size, size_t *got);
void zframe_reader_close(struct zframe_reader *reader); /* NULL is fine */

#endif
