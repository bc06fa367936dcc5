/*
 * unpack.h - a file that may be packed, as a stream of its bytes (the only door to libarchive)
 *
 * What    Plain, gzip, zstd and zip, told apart by their contents and not by their names; nothing is unpacked to the disk. A zip
 *         may hold several files: they are given one after the other, and the reader is told where one begins.
 * Sum     SHA-256 of the file as it lies on the disk, so that `sha256sum FILE` agrees.
 * Errors  ERR_SYNTAX (damaged or cut short), -errno of the file; one sentence in why (400 bytes).
 */
#ifndef OUTDIAL_CAMPAIGNS_UNPACK_H
#define OUTDIAL_CAMPAIGNS_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

#define UNPACK_WHY_BYTES 400

struct unpack;

/* `name` is only for sentences. The descriptor is a file's, read from its start; it stays the caller's. */
int unpack_open(struct unpack **unpack, int fd, const char *name, char why[UNPACK_WHY_BYTES]);
void unpack_close(struct unpack *unpack); /* NULL is fine */
/* The next piece: a view, valid until the next call. 1; 0 at the end; a negative error. *first: a file begins with it. */
int unpack_next(struct unpack *unpack, const char **data, size_t *bytes, bool *first, char why[UNPACK_WHY_BYTES]);
/* After the end: 64 hex digits. Reads the file once more. */
int unpack_sha256(struct unpack *unpack, char out[65]);

#endif
