/* say.c - sentences, and tables of a terminal */
#include "tools/outdial/outdial.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SAY_WIDTH 80
#define FIELD_INDENT 14
#define NARROW 20 /* less room than that and a cell begins in the next line */

static void complain(const struct call *call, const char *fmt, va_list args, const char *tail)
{
	char words[64], text[1024];

	vsnprintf(text, sizeof(text), fmt, args);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?'; /* bytes of a foreign file or argument must not steer the terminal */
	fprintf(stderr, "outdial %s: %s%s", command_words(call->command, words), text, tail);
}

int fail(const struct call *call, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(call, fmt, args, "\n");
	va_end(args);
	return STATUS_FAILED;
}

int misuse(const struct call *call, const char *fmt, ...)
{
	char words[64];
	va_list args;

	va_start(args, fmt);
	complain(call, fmt, args, "");
	va_end(args);
	fprintf(stderr, "; see 'outdial %s --help'\n", command_words(call->command, words));
	return STATUS_MISUSE;
}

int fail_err(const struct call *call, int err, const char *why)
{
	fail(call, "%s", why && *why ? why : err_text(err));
	return err == ERR_SYNTAX || err == ERR_ENCODING || err == ERR_RANGE ? STATUS_MISUSE : STATUS_FAILED;
}

int fail_file(const struct call *call, int err, const char *why)
{
	int status = fail_err(call, err, why);

	return err == -ENOENT || err == -EISDIR || err == -EACCES || err == -EINVAL ? STATUS_MISUSE : status;
}

int no_such(const struct call *call, const char *thing, const char *group, const char *name)
{
	return fail(call, "there is no %s '%s'; 'outdial %s list' shows all", thing, name, group);
}

/* --- cells of a terminal */

/* One character of UTF-8: its bytes, and its columns in *columns. What is no character, or steers, counts as one '?'. */
static size_t character(const char *text, int *columns, bool *plain)
{
	wchar_t wide;
	mbstate_t state = {0};
	size_t n = mbrtowc(&wide, text, strlen(text), &state);
	int w = n == 0 || n > 4 ? -1 : wcwidth(wide);

	*plain = w >= 0;
	*columns = w >= 0 ? w : 1;
	return n == 0 || n > 4 ? 1 : n;
}

static int text_columns(const char *text)
{
	int sum = 0, columns;
	bool plain;

	for (; *text; text += character(text, &columns, &plain), sum += columns)
		;
	return sum;
}

static void spaces(FILE *out, int count)
{
	if (count > 0)
		fprintf(out, "%*s", count, "");
}

void cell_print(FILE *out, const char *text, int width, bool right, bool pad)
{
	int used = 0, columns, whole = text_columns(text);
	bool plain;

	if (right && whole < width)
		spaces(out, width - whole);
	while (*text) {
		size_t n = character(text, &columns, &plain);

		if (used + columns > width)
			break;
		if (plain)
			fwrite(text, 1, n, out);
		else
			fputc('?', out);
		used += columns;
		text += n;
	}
	if (pad && !right)
		spaces(out, width - used);
}

void row_set(struct row *row, int index, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(row->cell[index], sizeof(row->cell[index]), fmt, args);
	va_end(args);
}

static void text_flow(FILE *out, int indent, const char *text);

/* The last cell goes on in further lines where there is no room for it; where there is hardly any it begins in the next one. */
static void row_last(FILE *out, int at, const char *text)
{
	if (at > SAY_WIDTH - NARROW && at + text_columns(text) > SAY_WIDTH) {
		fprintf(out, "\n%*s", NARROW, "");
		at = NARROW;
	}
	text_flow(out, at, text);
}

static void row_put(FILE *out, const struct column *columns, const struct row *row, bool flows)
{
	int at = 0;

	for (int i = 0; columns[i].title; i++) {
		bool last = !columns[i + 1].title, open = last && !columns[i].right;

		if (i)
			fputc(' ', out);
		if (open && flows)
			row_last(out, at, row->cell[i]);
		else
			cell_print(out, row->cell[i], open ? 96 : columns[i].width, columns[i].right, !last);
		at += columns[i].width + 1;
	}
	fputc('\n', out);
}

void row_print(FILE *out, const struct column *columns, const struct row *row)
{
	row_put(out, columns, row, true);
}

void row_print_line(FILE *out, const struct column *columns, const struct row *row)
{
	row_put(out, columns, row, false);
}

void row_print_titles(FILE *out, const struct column *columns)
{
	struct row row;

	for (int i = 0; columns[i].title; i++)
		row_set(&row, i, "%s", columns[i].title);
	row_print(out, columns, &row);
}

/* Length in bytes of the next word, with the blanks that precede it. */
static size_t word_bytes(const char *text)
{
	size_t blanks = strspn(text, " \n");

	return blanks + strcspn(text + blanks, " \n");
}

/* From column `indent` on; where a line is full the next begins there, too. */
static void text_flow(FILE *out, int indent, const char *text)
{
	char word[2048];
	int at = indent;
	bool first = true;

	while (*text) {
		size_t n = word_bytes(text), blanks = strspn(text, " \n");

		text_copy_n(word, sizeof(word), text + blanks, n - blanks);
		text += n;
		if (!first && at + 1 + text_columns(word) > SAY_WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
			first = true;
		}
		if (!first)
			fputc(' ', out);
		at += text_columns(word) + !first;
		cell_print(out, word, text_columns(word), false, false);
		first = false;
	}
}

void text_print(FILE *out, const char *label, int indent, const char *text)
{
	int at = text_columns(label);

	fputs(label, out);
	if (at >= indent && *label) {
		fputc('\n', out);
		at = 0;
	}
	spaces(out, indent - at);
	text_flow(out, indent, text);
	fputc('\n', out);
}

void field_print(FILE *out, const char *label, const char *fmt, ...)
{
	char text[2048], indented[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(indented, sizeof(indented), "  %s", label);
	text_print(out, indented, FIELD_INDENT, text);
}

void say_doc(FILE *out, struct doc *doc)
{
	char *text = doc_print(doc, 2);

	fprintf(out, "%s\n", text);
	free(text);
	doc_free(doc);
}

struct listing listing_begin(const struct call *call, const struct column *columns)
{
	return (struct listing){.call = call, .columns = columns, .all = call_has(call, "json") ? doc_array() : NULL};
}

bool listing_row(struct listing *listing)
{
	if (listing->all)
		return false;
	if (!listing->any)
		row_print_titles(stdout, listing->columns);
	return listing->any = true;
}

int listing_end(struct listing *listing, int err, const char *none)
{
	if (err != ERR_UNKNOWN) {
		doc_free(listing->all);
		return fail_err(listing->call, err, NULL);
	}
	if (listing->all)
		say_doc(stdout, listing->all);
	else if (!listing->any)
		printf("%s\n", none);
	return STATUS_DONE;
}

/* --- words */

static const char *const srtp_words[] = {[SRTP_OFF] = "off", [SRTP_OPTIONAL] = "optional", [SRTP_REQUIRED] = "required"};

const char *srtp_text(enum srtp_mode mode)
{
	return (unsigned)mode <= SRTP_REQUIRED ? srtp_words[mode] : "?";
}

bool srtp_parse(const char *text, enum srtp_mode *mode)
{
	for (int i = SRTP_OFF; i <= SRTP_REQUIRED; i++) {
		if (strcmp(text, srtp_words[i]) == 0) {
			*mode = (enum srtp_mode)i;
			return true;
		}
	}
	return false;
}
