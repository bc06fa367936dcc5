/* zframe.c - see zframe.h */
#include "campaigns/zframe.h"
#include "base/err.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>

#define PIECE_BYTES (64 * 1024)
#define LEVEL 3

struct zframe_writer {
	FILE *file;
	ZSTD_CCtx *context;
	char piece[PIECE_BYTES];
};

static int file_error(void)
{
	return errno ? -errno : -EIO;
}

int zframe_writer_open(struct zframe_writer **writer, FILE *file)
{
	struct zframe_writer *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->file = file;
	made->context = ZSTD_createCCtx();
	if (!made->context) {
		free(made);
		return -ENOMEM;
	}
	ZSTD_CCtx_setParameter(made->context, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(made->context, ZSTD_c_checksumFlag, 1);
	*writer = made;
	return 0;
}

/* Until the input is taken, or at the end of the frame until everything is out. */
static int compress(struct zframe_writer *writer, const void *data, size_t bytes, ZSTD_EndDirective directive)
{
	ZSTD_inBuffer in = {.src = data, .size = bytes};
	size_t left;

	do {
		ZSTD_outBuffer out = {.dst = writer->piece, .size = PIECE_BYTES};

		left = ZSTD_compressStream2(writer->context, &out, &in, directive);
		if (ZSTD_isError(left))
			return ERR_STORE;
		if (fwrite(writer->piece, 1, out.pos, writer->file) != out.pos)
			return file_error();
	} while (directive == ZSTD_e_end ? left > 0 : in.pos < in.size);
	return 0;
}

int zframe_write(struct zframe_writer *writer, const void *data, size_t bytes)
{
	return compress(writer, data, bytes, ZSTD_e_continue);
}

int zframe_finish(struct zframe_writer *writer)
{
	return compress(writer, NULL, 0, ZSTD_e_end);
}

void zframe_writer_close(struct zframe_writer *writer)
{
	if (!writer)
		return;
	ZSTD_freeCCtx(writer->context);
	free(writer);
}

/* --- reading */
struct zframe_reader {
	FILE *file;
	ZSTD_DCtx *context;
	ZSTD_inBuffer in;
	bool whole; /* at a frame's end */
	char piece[PIECE_BYTES];
};

int zframe_reader_open(struct zframe_reader **reader, FILE *file)
{
	struct zframe_reader *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->file = file;
	made->context = ZSTD_createDCtx();
	if (!made->context) {
		free(made);
		return -ENOMEM;
	}
	made->in.src = made->piece;
	*reader = made;
	return 0;
}

/* 1: bytes are there, 0: the file's end. */
static int refill(struct zframe_reader *reader)
{
	if (reader->in.pos < reader->in.size)
		return 1;
	reader->in.pos = 0;
	reader->in.size = fread(reader->piece, 1, PIECE_BYTES, reader->file);
	if (!reader->in.size && ferror(reader->file))
		return file_error();
	return reader->in.size > 0;
}

int zframe_read(struct zframe_reader *reader, void *data, size_t size, size_t *got)
{
	ZSTD_outBuffer out = {.dst = data, .size = size};
	size_t hint;
	int more;

	*got = 0;
	while (out.pos == 0) {
		more = refill(reader);
		if (more < 0)
			return more;
		if (!more && reader->whole)
			return 0;
		hint = ZSTD_decompressStream(reader->context, &out, &reader->in);
		if (ZSTD_isError(hint) || (!more && out.pos == 0))
			return ERR_SYNTAX;
		reader->whole = hint == 0;
	}
	*got = out.pos;
	return 0;
}

void zframe_reader_close(struct zframe_reader *reader)
{
	if (!reader)
		return;
	ZSTD_freeDCtx(reader->context);
	free(reader);
}
