/* rowtext.c - see rowtext.h */
#include "campaigns/rowtext.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void rowtext_init(struct rowtext *row, char delimiter)
{
	*row = (struct rowtext){.delimiter = delimiter, .first = true};
}

void rowtext_fini(struct rowtext *row)
{
	free(row->text);
	row->text = NULL;
}

void rowtext_begin(struct rowtext *row)
{
	row->bytes = 0;
	row->first = true;
	row->failed = false;
}

static void append(struct rowtext *row, const char *text, size_t bytes)
{
	size_t room = row->room ? row->room : 1024;
	char *grown;

	while (room < row->bytes + bytes)
		room *= 2;
	if (room != row->room) {
		grown = realloc(row->text, room);
		if (!grown) {
			row->failed = true;
			return;
		}
		row->text = grown;
		row->room = room;
	}
	memcpy(row->text + row->bytes, text, bytes);
	row->bytes += bytes;
}

static bool must_quote(const struct rowtext *row, const char *field)
{
	char stops[] = {'"', '\r', '\n', row->delimiter, 0};
	size_t length = strlen(field);

	return length && (field[strcspn(field, stops)] || strchr(" \t", field[0]) || strchr(" \t", field[length - 1]));
}

static void quoted(struct rowtext *row, const char *prefix, const char *field)
{
	const char *quote;

	append(row, "\"", 1);
	append(row, prefix, strlen(prefix));
	while ((quote = strchr(field, '"'))) {
		append(row, field, (size_t)(quote - field) + 1);
		append(row, "\"", 1);
		field = quote + 1;
	}
	append(row, field, strlen(field));
	append(row, "\"", 1);
}

static void put(struct rowtext *row, const char *prefix, const char *field)
{
	if (!row->first)
		append(row, &row->delimiter, 1);
	row->first = false;
	if (must_quote(row, field)) {
		quoted(row, prefix, field);
	} else {
		append(row, prefix, strlen(prefix));
		append(row, field, strlen(field));
	}
}

void rowtext_put(struct rowtext *row, const char *field)
{
	put(row, "", field);
}

/* Apostrophes are passed over, too, so that each that is put can be told from each that was there. */
static bool runs(const char *field)
{
	const char *start = field + strspn(field, " '");

	return *start && strchr("=+-@\t\r", *start);
}

void rowtext_safe(struct rowtext *row, const char *field)
{
	put(row, runs(field) ? "'" : "", field);
}

const char *rowtext_bare(const char *field)
{
	return *field == '\'' && runs(field + 1) ? field + 1 : field;
}

int rowtext_end(struct rowtext *row)
{
	append(row, "\r\n", 2);
	return row->failed ? -ENOMEM : 0;
}
