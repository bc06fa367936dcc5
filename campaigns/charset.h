/*
 * charset.h - which encoding a file is in, and reading and writing in it
 *
 * What    Detection is a proof, never a guess from a sample: byte order mark; else UTF-16 by its pattern of zero bytes; else
 *         strict UTF-8 over the whole file; else strict GB18030 over the whole file, when its characters are those that Chinese
 *         text has; else refused with a sentence that names --encoding. Reading gives UTF-8 through iconv in pieces of any size.
 * Why     Lead files are digits with few letters: statistical detectors call one row of GB18030 KOI8-R. "Müller" in
 *         Windows-1252 is valid GB18030 too, but its second bytes are ASCII letters, which is rare in Chinese: such a file is
 *         refused.
 * Errors  ERR_ENCODING, -EINVAL (encoding unknown to this system), -errno of read; sentence in why (400 bytes).
 * Own     the file descriptor stays the caller's; it must be seekable.
 */
#ifndef OUTDIAL_CAMPAIGNS_CHARSET_H
#define OUTDIAL_CAMPAIGNS_CHARSET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CHARSET_WHY_BYTES 400

struct charset {
	char name[16];      /* as iconv knows it: "UTF-8", "UTF-16LE", "GB18030", ... */
	uint32_t bom_bytes; /* at the start of the file */
};

/* `forced` NULL: detect. The whole file is proven to be valid in the encoding that is answered. */
int charset_detect(int fd, const char *forced, struct charset *out, char why[CHARSET_WHY_BYTES]);

struct charset_reader;
/* Starts after the byte order mark, whatever the descriptor's position is (pread). */
int charset_reader_open(struct charset_reader **reader, int fd, const struct charset *charset);
void charset_reader_close(struct charset_reader *reader); /* NULL is fine */
/*
 * Next bytes of UTF-8, whole characters, *got 0 at the end; `size` >= 16. ERR_ENCODING at an invalid byte:
 * charset_reader_offset() is its place.
 */
int charset_reader_read(struct charset_reader *reader, char *out, size_t size, size_t *got);
/* Bytes of the file that were decoded so far. */
uint64_t charset_reader_offset(const struct charset_reader *reader);

struct charset_writer;
/* Writes into `file` (stays the caller's), with a byte order mark when charset->bom_bytes says so. */
int charset_writer_open(struct charset_writer **writer, FILE *file, const struct charset *charset);
/* UTF-8 text, whole characters; what the encoding lacks becomes "?". -errno of the file. */
int charset_writer_put(struct charset_writer *writer, const char *text, size_t bytes);
void charset_writer_close(struct charset_writer *writer); /* NULL is fine */

#endif
