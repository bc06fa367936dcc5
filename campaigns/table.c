/* table.c - see table.h */
#include "campaigns/table.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_h(void *arg, char *out, size_t size, size_t *got)
{
	return charset_reader_read(arg, out, size, got);
}

static int check_file(const struct stat *st, const char *path, char *why)
{
	if (S_ISDIR(st->st_mode)) {
		snprintf(why, TABLE_WHY_BYTES, "%s is a folder: name the file in it", path);
		return -EISDIR;
	}
	if (!S_ISREG(st->st_mode)) {
		snprintf(why, TABLE_WHY_BYTES,
			"%s is not a file (a list is read twice, so it cannot come through a pipe): save it first", path);
		return -EINVAL;
	}
	if (st->st_size == 0) {
		snprintf(why, TABLE_WHY_BYTES, "%s is empty", path);
		return ERR_SYNTAX;
	}
	return 0;
}

/* What is said of "the file" is said with its name: a script uploads many. */
static void name_file(const char *path, char *why)
{
	char said[TABLE_WHY_BYTES];

	text_copy(said, sizeof(said), why);
	snprintf(why, TABLE_WHY_BYTES, "%.100s: %.290s", path, said);
}

static int open_file(struct table *table, const char *path, char *why)
{
	struct stat st;
	int err;

	if (strcmp(path, "-") == 0) {
		snprintf(why, TABLE_WHY_BYTES, "standard input cannot be read twice, as a list is: save it as a file first");
		return -EINVAL;
	}
	table->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (table->fd < 0 || fstat(table->fd, &st)) {
		err = -errno;
		snprintf(why, TABLE_WHY_BYTES, "%s cannot be opened: %s", path, err_text(err));
		return err;
	}
	table->bytes = (uint64_t)st.st_size;
	return check_file(&st, path, why);
}

int table_open(struct table *table, const char *path, const char *encoding, char why[TABLE_WHY_BYTES])
{
	int err;

	*table = (struct table){.fd = -1};
	why[0] = 0;
	err = open_file(table, path, why);
	if (!err)
		err = charset_detect(table->fd, encoding, &table->charset, why);
	if (err == ERR_ENCODING && why[0])
		name_file(path, why);
	if (!err)
		err = charset_reader_open(&table->reader, table->fd, &table->charset);
	if (!err)
		err = rows_open(&table->rows, read_h, table->reader);
	if (err && !why[0])
		snprintf(why, TABLE_WHY_BYTES, "%s cannot be read: %s", path, err_text(err));
	if (err)
		table_close(table);
	return err;
}

void table_close(struct table *table)
{
	rows_close(table->rows);
	charset_reader_close(table->reader);
	if (table->fd >= 0)
		close(table->fd);
	*table = (struct table){.fd = -1};
}

uint64_t table_bytes_done(const struct table *table)
{
	return charset_reader_offset(table->reader);
}
