/* unpack.c - see unpack.h */
#include "campaigns/unpack.h"

#include "campaigns/sha256.h"

#include "base/err.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNPACK_PIECE_BYTES (64 * 1024)

struct unpack {
	int fd;
	const char *name;
	struct archive *archive;
	bool inside; /* a file of it is being read */
	char piece[UNPACK_PIECE_BYTES];
};

static ssize_t unpack_read(struct unpack *unpack)
{
	ssize_t got;

	do
		got = read(unpack->fd, unpack->piece, sizeof(unpack->piece));
	while (got < 0 && errno == EINTR);
	return got;
}

static la_ssize_t unpack_read_h(struct archive *archive, void *arg, const void **data)
{
	struct unpack *unpack = arg;
	ssize_t got = unpack_read(unpack);

	if (got < 0)
		archive_set_error(archive, errno, "cannot be read");
	*data = unpack->piece;
	return got < 0 ? ARCHIVE_FATAL : got;
}

/* A zip is read by the directory at its end: one that was cut short is then no zip, whatever files are whole in it. */
static la_int64_t unpack_seek_h(struct archive *archive, void *arg, la_int64_t offset, int whence)
{
	struct unpack *unpack = arg;
	off_t at = lseek(unpack->fd, offset, whence);

	(void)archive;
	return at < 0 ? ARCHIVE_FATAL : at;
}

/* Answers a negative error with its sentence. */
static int unpack_failed(struct unpack *unpack, char why[UNPACK_WHY_BYTES])
{
	const char *text = archive_error_string(unpack->archive);

	snprintf(why, UNPACK_WHY_BYTES, "%.200s: %.100s: the file is damaged or cut short, get it again", unpack->name,
		text ? text : "cannot be unpacked");
	return ERR_SYNTAX;
}

static int unpack_start(struct unpack *unpack, char why[UNPACK_WHY_BYTES])
{
	unpack->archive = archive_read_new();
	if (!unpack->archive)
		return -ENOMEM;
	archive_read_support_filter_gzip(unpack->archive);
	archive_read_support_filter_zstd(unpack->archive);
	archive_read_support_format_zip_seekable(unpack->archive);
	archive_read_support_format_raw(unpack->archive);
	archive_read_support_format_empty(unpack->archive);
	archive_read_set_read_callback(unpack->archive, unpack_read_h);
	archive_read_set_seek_callback(unpack->archive, unpack_seek_h);
	archive_read_set_callback_data(unpack->archive, unpack);
	return archive_read_open1(unpack->archive) == ARCHIVE_OK ? 0 : unpack_failed(unpack, why);
}

int unpack_open(struct unpack **unpack, int fd, const char *name, char why[UNPACK_WHY_BYTES])
{
	struct unpack *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return -ENOMEM;
	made->fd = fd;
	made->name = name;
	err = unpack_start(made, why);
	if (err) {
		unpack_close(made);
		return err;
	}
	*unpack = made;
	return 0;
}

void unpack_close(struct unpack *unpack)
{
	if (!unpack)
		return;
	archive_read_free(unpack->archive);
	free(unpack);
}

/*
 * Without its directory a zip is no zip to the reader, but bytes like any others: lines without numbers, which --skip-bad passes
 * over.
 */
static bool unpack_cut_zip(struct unpack *unpack)
{
	char magic[4];

	return archive_format(unpack->archive) == ARCHIVE_FORMAT_RAW &&
	       pread(unpack->fd, magic, sizeof(magic), 0) == sizeof(magic) && memcmp(magic, "PK\3\4", sizeof(magic)) == 0;
}

/* The next file inside: 1, 0 at the end. */
static int unpack_enter(struct unpack *unpack, char why[UNPACK_WHY_BYTES])
{
	struct archive_entry *entry;
	int rc;

	do
		rc = archive_read_next_header(unpack->archive, &entry);
	while (rc == ARCHIVE_OK && archive_entry_filetype(entry) == AE_IFDIR);
	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK)
		return unpack_failed(unpack, why);
	if (unpack_cut_zip(unpack)) {
		snprintf(why, UNPACK_WHY_BYTES, "%.200s: a zip without its end: the file is damaged or cut short, get it again",
			unpack->name);
		return ERR_SYNTAX;
	}
	unpack->inside = true;
	return 1;
}

int unpack_next(struct unpack *unpack, const char **data, size_t *bytes, bool *first, char why[UNPACK_WHY_BYTES])
{
	const void *view;
	la_int64_t offset;
	int rc;

	*first = false;
	for (;;) {
		if (!unpack->inside) {
			rc = unpack_enter(unpack, why);
			if (rc <= 0)
				return rc;
			*first = true;
		}
		rc = archive_read_data_block(unpack->archive, &view, bytes, &offset);
		unpack->inside = rc == ARCHIVE_OK;
		if (rc != ARCHIVE_OK && rc != ARCHIVE_EOF)
			return unpack_failed(unpack, why);
		*data = view;
		if (rc == ARCHIVE_OK && *bytes)
			return 1;
	}
}

int unpack_sha256(struct unpack *unpack, char out[65])
{
	struct sha256 *sha = sha256_alloc();
	ssize_t got = lseek(unpack->fd, 0, SEEK_SET);

	if (!sha)
		return -ENOMEM;
	while (got >= 0 && (got = unpack_read(unpack)) > 0)
		sha256_add(sha, unpack->piece, (size_t)got);
	if (got == 0)
		sha256_hex(sha, out);
	sha256_free(sha);
	return got < 0 ? -errno : 0;
}
