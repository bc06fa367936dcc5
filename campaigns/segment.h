/*
 * segment.h - one sealed stretch of the evidence log as files
 *
 * What    seg-<first>-<last>.ndjson.zst: the lines, each ended by a newline, in independent zstd frames of 256 lines with a
 *         checksum; `zstdcat` shows them and `zstd -t` tests them. Beside it seg-<first>-<last>.leaf8: the first eight bytes of
 *         each line's leaf hash, which prove nothing and find the first bad line of a damaged file.
 * Errors  -errno, -ENOMEM, ERR_SYNTAX (damaged, cut short, or no lines of ours; what was whole before has been handed over).
 */
#ifndef OUTDIAL_CAMPAIGNS_SEGMENT_H
#define OUTDIAL_CAMPAIGNS_SEGMENT_H

#include "campaigns/merkle.h"

#include <stdio.h>

#define SEGMENT_FRAME_LINES 256
#define SEGMENT_LINES_MAX 65536
#define LOCATOR_BYTES 8

struct segment_writer;
/* Both files are the caller's. */
int segment_writer_open(struct segment_writer **writer, FILE *lines, FILE *locators);
int segment_write(struct segment_writer *writer, const void *line, size_t bytes, const struct hash *leaf);
int segment_finish(struct segment_writer *writer);
void segment_writer_close(struct segment_writer *writer); /* NULL is fine */

/* `line` without its newline. Another answer than 0 ends the reading with it. */
typedef int segment_line_h(void *arg, const char *line, size_t bytes);
int segment_read(FILE *file, segment_line_h *line_h, void *arg);

/* SHA-256 of a file as 64 hex digits, and its length. */
int file_sum(const char *path, char out[65], uint64_t *bytes);

#endif
