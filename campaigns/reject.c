/* reject.c - see reject.h */
#include "campaigns/reject.h"
#include "base/text.h"
#include "campaigns/outfile.h"
#include "campaigns/rowtext.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES 100

struct reject {
	struct reject_options options;
	char path[512];
	bool taken;  /* path is an empty file of ours */
	bool named;  /* path is that of a process that died */
	int lock_fd; /* of the partial file, -1: none */
	struct outfile out;
	struct charset_writer *writer; /* NULL until the first row */
	struct rowtext text;
};

int reject_open(struct reject **reject, const struct reject_options *options)
{
	struct reject *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->options = *options;
	made->lock_fd = -1;
	if (options->path && !text_copy(made->path, sizeof(made->path), options->path)) {
		free(made);
		return -ENAMETOOLONG;
	}
	rowtext_init(&made->text, options->delimiter);
	*reject = made;
	return 0;
}

const char *reject_path(const struct reject *reject)
{
	return reject->path;
}

static int row_write(struct reject *reject)
{
	int err = rowtext_end(&reject->text);

	return err ? err : charset_writer_put(reject->writer, reject->text.text, reject->text.bytes);
}

static int header_write(struct reject *reject)
{
	static const char *const ours[] = {"_record", "_line", "_code", "_field", "_message"};
	uint32_t i;

	rowtext_begin(&reject->text);
	for (i = 0; i < reject->options.columns->count; i++) {
		if (reject->options.columns->items[i].role != COLUMN_REJECT)
			rowtext_put(&reject->text, reject->options.columns->items[i].title);
	}
	for (i = 0; i < 5; i++)
		rowtext_put(&reject->text, ours[i]);
	return row_write(reject);
}

/*
 * The lock on the partial file comes first: whoever dies leaves it free, and then an empty file under the name is what he left. A
 * file with something in it is somebody's. 1: the name is ours, 0: it is not.
 */
static int name_try(struct reject *reject)
{
	char partial[sizeof(reject->path) + 16];
	struct stat st;
	int fd, err = 0;

	snprintf(partial, sizeof(partial), "%s.partial", reject->path);
	if (stat(reject->path, &st) == 0 && st.st_size > 0)
		return 0;
	reject->lock_fd = open(partial, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (reject->lock_fd < 0)
		return -errno;
	if (flock(reject->lock_fd, LOCK_EX | LOCK_NB) == 0) {
		fd = open(reject->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size == 0)
			reject->taken = true;
		err = fd < 0 ? -errno : 0;
		if (fd >= 0)
			close(fd);
	}
	if (!reject->taken) {
		close(reject->lock_fd);
		reject->lock_fd = -1;
	}
	return err ? err : reject->taken;
}

static int name_take(struct reject *reject)
{
	size_t size = sizeof(reject->path);
	int i, n, rc;

	for (i = 1; i < NAMES; i++) {
		n = snprintf(reject->path, size, i > 1 ? "%s.rejects-%d.csv" : "%s.rejects.csv", reject->options.upload, i);
		if (n >= (int)size)
			return -ENAMETOOLONG;
		rc = name_try(reject);
		if (rc)
			return rc < 0 ? rc : 0;
	}
	return -EEXIST;
}

static int start(struct reject *reject)
{
	int err = reject->options.path || reject->named ? 0 : name_take(reject);

	if (!err)
		err = outfile_open(&reject->out, reject->path);
	if (!err)
		err = charset_writer_open(&reject->writer, reject->out.file, reject->options.charset);
	return err ? err : header_write(reject);
}

int reject_rename(struct reject *reject, const char *path)
{
	struct stat st;

	reject->named = true;
	reject->taken = !reject->options.path && (stat(path, &st) != 0 || st.st_size == 0);
	return text_copy(reject->path, sizeof(reject->path), path) ? 0 : -ENAMETOOLONG;
}

int reject_resume(struct reject *reject, const char *path, uint64_t bytes)
{
	struct charset charset = *reject->options.charset;
	struct stat st;
	int err;

	if (!text_copy(reject->path, sizeof(reject->path), path))
		return -ENAMETOOLONG;
	reject->taken = !reject->options.path && stat(path, &st) == 0 && st.st_size == 0;
	err = outfile_reopen(&reject->out, path, bytes);
	if (err)
		return err;
	flock(fileno(reject->out.file), LOCK_EX | LOCK_NB); /* for name_try() of others */
	charset.bom_bytes = 0; /* its mark stands at its beginning */
	return charset_writer_open(&reject->writer, reject->out.file, &charset);
}

int reject_sync(struct reject *reject, uint64_t *bytes)
{
	*bytes = 0;
	return reject->writer ? outfile_sync(&reject->out, bytes) : 0;
}

/* More fields than columns: a delimiter stood unquoted somewhere. The surplus is joined to the last column, so that nothing is
 * lost. */
static void surplus_put(struct reject *reject, const struct row *row, uint32_t last)
{
	uint32_t i, surplus = reject->options.columns->count;
	size_t bytes = strlen(row->fields[last]) + 1;
	char *joined, *at;

	for (i = surplus; i < row->count; i++)
		bytes += strlen(row->fields[i]) + 1;
	joined = malloc(bytes);
	if (!joined) {
		reject->text.failed = true;
		return;
	}
	at = stpcpy(joined, row->fields[last]);
	for (i = surplus; i < row->count; i++) {
		*at++ = reject->text.delimiter;
		at = stpcpy(at, row->fields[i]);
	}
	rowtext_put(&reject->text, joined);
	free(joined);
}

static void fields_put(struct reject *reject, const struct row *row)
{
	const struct columns *columns = reject->options.columns;
	uint32_t i, last = 0;

	for (i = 0; i < columns->count; i++) {
		if (columns->items[i].role != COLUMN_REJECT)
			last = i;
	}
	for (i = 0; i < columns->count; i++) {
		if (columns->items[i].role == COLUMN_REJECT)
			continue;
		if (i == last && row->count > columns->count)
			surplus_put(reject, row, last);
		else
			rowtext_put(&reject->text, i < row->count ? row->fields[i] : "");
	}
}

int reject_put(struct reject *reject, const struct row *row, const struct rejection *rejection)
{
	char number[24];
	int err = reject->writer ? 0 : start(reject);

	if (err)
		return err;
	rowtext_begin(&reject->text);
	fields_put(reject, row);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)row->record);
	rowtext_put(&reject->text, number);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)row->line);
	rowtext_put(&reject->text, number);
	rowtext_put(&reject->text, rejection->code);
	rowtext_put(&reject->text, rejection->field);
	rowtext_put(&reject->text, rejection->message);
	return row_write(reject);
}

int reject_commit(struct reject *reject, bool *made)
{
	int err = reject->writer ? outfile_commit(&reject->out) : 0;

	*made = reject->writer && !err;
	reject->taken &= !*made;
	return err;
}

void reject_leave(struct reject *reject)
{
	if (!reject)
		return;
	outfile_leave(&reject->out);
	reject->taken = false;
	reject_close(reject);
}

void reject_close(struct reject *reject)
{
	if (!reject)
		return;
	charset_writer_close(reject->writer);
	outfile_abort(&reject->out);
	if (reject->taken)
		unlink(reject->path);
	if (reject->lock_fd >= 0)
		close(reject->lock_fd);
	rowtext_fini(&reject->text);
	free(reject);
}
