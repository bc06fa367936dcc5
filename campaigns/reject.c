/* reject.c - see reject.h */
#include "campaigns/reject.h"
#include "campaigns/outfile.h"
#include "campaigns/rowtext.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reject {
	const char *path;
	const struct charset *charset;
	const struct columns *columns;
	struct outfile out;
	struct charset_writer *writer; /* NULL until the first row */
	struct rowtext text;
};

int reject_open(
	struct reject **reject, const char *path, const struct charset *charset, char delimiter, const struct columns *columns)
{
	struct reject *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->path = path;
	made->charset = charset;
	made->columns = columns;
	rowtext_init(&made->text, delimiter);
	*reject = made;
	return 0;
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
	for (i = 0; i < reject->columns->count; i++) {
		if (reject->columns->items[i].role != COLUMN_REJECT)
			rowtext_put(&reject->text, reject->columns->items[i].title);
	}
	for (i = 0; i < 5; i++)
		rowtext_put(&reject->text, ours[i]);
	return row_write(reject);
}

static int start(struct reject *reject)
{
	int err = outfile_open(&reject->out, reject->path);

	if (!err)
		err = charset_writer_open(&reject->writer, reject->out.file, reject->charset);
	return err ? err : header_write(reject);
}

/* More fields than columns: a delimiter stood unquoted somewhere. The surplus is joined to the last column, so that nothing is
 * lost. */
static void surplus_put(struct reject *reject, const struct row *row, uint32_t last)
{
	uint32_t i, surplus = reject->columns->count;
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
	const struct columns *columns = reject->columns;
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
	*made = reject->writer != NULL;
	return *made ? outfile_commit(&reject->out) : 0;
}

void reject_close(struct reject *reject)
{
	if (!reject)
		return;
	charset_writer_close(reject->writer);
	outfile_abort(&reject->out);
	rowtext_fini(&reject->text);
	free(reject);
}
