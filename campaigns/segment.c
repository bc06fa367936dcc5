/* segment.c - see segment.h */
#include "campaigns/segment.h"

#include "campaigns/line.h"
#include "campaigns/sha256.h"
#include "campaigns/zframe.h"

#include "base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES (128 * 1024)

struct segment_writer {
	FILE *locators;
	struct zframe_writer *frame;
	uint32_t in_frame; /* lines */
};

static int file_error(void)
{
	return errno ? -errno : -EIO;
}

int segment_writer_open(struct segment_writer **writer, FILE *lines, FILE *locators)
{
	struct segment_writer *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return -ENOMEM;
	made->locators = locators;
	err = zframe_writer_open(&made->frame, lines);
	if (err) {
		free(made);
		return err;
	}
	*writer = made;
	return 0;
}

int segment_write(struct segment_writer *writer, const void *line, size_t bytes, const struct hash *leaf)
{
	int err = zframe_write(writer->frame, line, bytes);

	if (!err)
		err = zframe_write(writer->frame, "\n", 1);
	if (err)
		return err;
	errno = 0;
	if (fwrite(leaf->bytes, 1, LOCATOR_BYTES, writer->locators) != LOCATOR_BYTES)
		return file_error();
	return ++writer->in_frame == SEGMENT_FRAME_LINES ? segment_finish(writer) : 0;
}

int segment_finish(struct segment_writer *writer)
{
	int err = writer->in_frame ? zframe_finish(writer->frame) : 0;

	writer->in_frame = 0;
	return err;
}

void segment_writer_close(struct segment_writer *writer)
{
	if (!writer)
		return;
	zframe_writer_close(writer->frame);
	free(writer);
}

/* --- reading */

struct segment_reader {
	segment_line_h *line_h;
	void *arg;
	size_t kept; /* bytes of a line that is not whole yet, at the beginning of text */
	char text[PIECE_BYTES + LINE_BYTES_MAX + 1];
};

/* Hands over the whole lines in text; what is left moves to the front. */
static int reader_lines(struct segment_reader *reader, size_t bytes)
{
	char *at = reader->text, *end = reader->text + bytes, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		int err = newline - at > LINE_BYTES_MAX ? ERR_SYNTAX : reader->line_h(reader->arg, at, (size_t)(newline - at));

		if (err)
			return err;
		at = newline + 1;
	}
	reader->kept = (size_t)(end - at);
	memmove(reader->text, at, reader->kept);
	return reader->kept > LINE_BYTES_MAX ? ERR_SYNTAX : 0;
}

static int reader_run(struct segment_reader *reader, struct zframe_reader *frame)
{
	size_t got;

	for (;;) {
		int err = zframe_read(frame, reader->text + reader->kept, PIECE_BYTES, &got);

		if (err)
			return err;
		if (!got)
			return reader->kept ? ERR_SYNTAX : 0;
		err = reader_lines(reader, reader->kept + got);
		if (err)
			return err;
	}
}

int segment_read(FILE *file, segment_line_h *line_h, void *arg)
{
	struct segment_reader *reader = calloc(1, sizeof(*reader));
	struct zframe_reader *frame = NULL;
	int err = reader ? zframe_reader_open(&frame, file) : -ENOMEM;

	if (!err) {
		reader->line_h = line_h;
		reader->arg = arg;
		err = reader_run(reader, frame);
	}
	zframe_reader_close(frame);
	free(reader);
	return err;
}

/* --- sums */

static int sum_file(FILE *file, struct sha256 *sha, uint64_t *bytes)
{
	char *piece = malloc(PIECE_BYTES);
	size_t got;

	if (!piece)
		return -ENOMEM;
	*bytes = 0;
	errno = 0;
	while ((got = fread(piece, 1, PIECE_BYTES, file)) > 0) {
		sha256_add(sha, piece, got);
		*bytes += got;
	}
	free(piece);
	return ferror(file) ? file_error() : 0;
}

int file_sum(const char *path, char out[65], uint64_t *bytes)
{
	FILE *file = fopen(path, "re");
	struct sha256 *sha;
	int err;

	if (!file)
		return -errno;
	sha = sha256_alloc();
	err = sha ? sum_file(file, sha, bytes) : -ENOMEM;
	if (sha)
		sha256_hex(sha, out);
	sha256_free(sha);
	fclose(file);
	return err;
}
