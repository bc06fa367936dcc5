/* charset.c - streaming decode and encode; see charset.h. Detection stands in charset_detect.c */
#include "campaigns/charset.h"
#include "base/err.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PIECE_BYTES (32 * 1024)

struct charset_reader {
	int fd;
	iconv_t conv;
	bool utf8;
	uint64_t read_offset; /* of the next pread */
	size_t from, to;      /* what is read and not yet decoded */
	char piece[PIECE_BYTES];
};

int charset_reader_open(struct charset_reader **reader, int fd, const struct charset *charset)
{
	struct charset_reader *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->fd = fd;
	made->read_offset = charset->bom_bytes;
	made->utf8 = strcasecmp(charset->name, "UTF-8") == 0 || strcasecmp(charset->name, "UTF8") == 0;
	made->conv = iconv_open("UTF-8", charset->name);
	if (made->conv == (iconv_t)-1) {
		free(made);
		return -EINVAL;
	}
	*reader = made;
	return 0;
}

void charset_reader_close(struct charset_reader *reader)
{
	if (!reader)
		return;
	iconv_close(reader->conv);
	free(reader);
}

uint64_t charset_reader_offset(const struct charset_reader *reader)
{
	return reader->read_offset - (reader->to - reader->from);
}

static int refill(struct charset_reader *reader)
{
	ssize_t n;

	memmove(reader->piece, reader->piece + reader->from, reader->to - reader->from);
	reader->to -= reader->from;
	reader->from = 0;
	n = pread(reader->fd, reader->piece + reader->to, PIECE_BYTES - reader->to, (off_t)reader->read_offset);
	if (n < 0)
		return -errno;
	reader->to += (size_t)n;
	reader->read_offset += (size_t)n;
	return n > 0;
}

/* glibc lets UTF-8 beyond U+10FFFF through: bytes before the first such character. */
static size_t within_unicode(const char *text, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++) {
		if ((unsigned char)text[i] > 0xF4 ||
			((unsigned char)text[i] == 0xF4 && i + 1 < bytes && (unsigned char)text[i + 1] > 0x8F))
			return i;
	}
	return bytes;
}

/* Decodes what is there. 0, or ERR_ENCODING when nothing at all could be decoded because of an invalid byte. */
static int decode(struct charset_reader *reader, char *out, size_t size, size_t *got)
{
	char *in = reader->piece + reader->from, *at = out;
	size_t in_left = reader->to - reader->from, out_left = size;
	size_t rc = iconv(reader->conv, &in, &in_left, &at, &out_left);
	int err = rc == (size_t)-1 ? errno : 0;

	reader->from = reader->to - in_left;
	*got = (size_t)(at - out);
	if (reader->utf8) {
		size_t good = within_unicode(out, *got);

		err = good < *got ? EILSEQ : err;
		reader->from -= *got - good; /* in UTF-8 as many bytes went in as came out */
		*got = good;
	}
	return err == EILSEQ && *got == 0 ? ERR_ENCODING : 0;
}

/* The end: an unfinished character is an error; encodings with combining characters may hold back one. */
static int finish(struct charset_reader *reader, char *out, size_t size, size_t *got)
{
	char *at = out;

	if (reader->to > reader->from)
		return ERR_ENCODING;
	if (iconv(reader->conv, NULL, NULL, &at, &size) == (size_t)-1)
		return ERR_ENCODING;
	*got = (size_t)(at - out);
	return 0;
}

int charset_reader_read(struct charset_reader *reader, char *out, size_t size, size_t *got)
{
	int more = 1, err;

	*got = 0;
	for (;;) {
		if (reader->to > reader->from) {
			err = decode(reader, out, size, got);
			if (err || *got)
				return err;
		}
		if (!more)
			return finish(reader, out, size, got);
		more = refill(reader);
		if (more < 0)
			return more;
	}
}

/* --- writing */
struct charset_writer {
	FILE *file;
	iconv_t conv;
};

int charset_writer_put(struct charset_writer *writer, const char *text, size_t bytes)
{
	char out[4096], *in = (char *)(uintptr_t)text;

	while (bytes) {
		char *at = out, *before = in;
		size_t left = sizeof(out), rc = iconv(writer->conv, &in, &bytes, &at, &left);
		int err = rc == (size_t)-1 ? errno : 0;

		if (fwrite(out, 1, sizeof(out) - left, writer->file) != sizeof(out) - left)
			return errno ? -errno : -EIO;
		if (err == EILSEQ || err == EINVAL) {
			do { /* one character that cannot be said */
				in++;
				bytes--;
			} while (bytes && (*in & 0xC0) == 0x80);
			if (charset_writer_put(writer, "?", 1))
				return errno ? -errno : -EIO;
		} else if (in == before) {
			return -EIO;
		}
	}
	return 0;
}

int charset_writer_open(struct charset_writer **writer, FILE *file, const struct charset *charset)
{
	struct charset_writer *made = calloc(1, sizeof(*made));
	int err = 0;

	if (!made)
		return -ENOMEM;
	made->file = file;
	made->conv = iconv_open(charset->name, "UTF-8");
	if (made->conv == (iconv_t)-1) {
		free(made);
		return -EINVAL;
	}
	if (charset->bom_bytes)
		err = charset_writer_put(made, "\xEF\xBB\xBF", 3);
	if (err)
		charset_writer_close(made);
	else
		*writer = made;
	return err;
}

void charset_writer_close(struct charset_writer *writer)
{
	if (!writer)
		return;
	iconv_close(writer->conv);
	free(writer);
}
