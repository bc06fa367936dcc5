/* suppress_file.c - lines of lists and changes; see suppress_file.h */
#include "campaigns/suppress_file.h"

#include "campaigns/number.h"
#include "campaigns/tables.h"

#include "base/err.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_FIELDS_MAX 8

struct suppress_file {
	struct unpack *unpack;
	const char *name, *region;
	const char *at, *end; /* of the piece */
	bool first, over;     /* a file begins with the piece; nothing follows it */
	bool titled;          /* something was read: a line without digits is no title any more */
	uint64_t line;
	char text[SUPPRESS_LINE_BYTES + 1]; /* a line that reaches over the end of a piece */
	size_t text_bytes;
	bool text_long;
	struct suppress_xml *xml; /* while it is one */
	bool xml_over;
	uint64_t bad_line;
};

int suppress_file_open(struct suppress_file **file, int fd, const char *name, const char *region, char why[UNPACK_WHY_BYTES])
{
	struct suppress_file *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return -ENOMEM;
	made->name = name;
	made->region = region;
	made->at = made->end = "";
	err = unpack_open(&made->unpack, fd, name, why);
	if (err) {
		free(made);
		return err;
	}
	*file = made;
	return 0;
}

void suppress_file_close(struct suppress_file *file)
{
	if (!file)
		return;
	unpack_close(file->unpack);
	suppress_xml_free(file->xml);
	free(file);
}

int suppress_file_sha256(struct suppress_file *file, char out[65])
{
	return unpack_sha256(file->unpack, out);
}

/* --- numbers */

static uint64_t digits_value(const char *digits)
{
	return strtoull(digits, NULL, 10); /* at most 15 of them */
}

/* Forms that need no library: +1 with area code, and British numbers, because their registries have tens of millions. */
static uint64_t number_short_cut(const char *digits, size_t count, const char *region)
{
	bool nanp = strcmp(region, "US") == 0 || strcmp(region, "CA") == 0;

	if (nanp && count == 11 && digits[0] == '1')
		return number_short_cut(digits + 1, 10, region);
	if (nanp)
		return count == 10 && digits[0] >= '2' ? UINT64_C(10000000000) + digits_value(digits) : 0;
	if (strcmp(region, "GB") == 0 && digits[0] == '0' && digits[1] != '0' && (count == 10 || count == 11))
		return (count == 11 ? UINT64_C(440000000000) : UINT64_C(44000000000)) + digits_value(digits);
	return 0;
}

/* One number as such files write it, as its E.164 digits; 0: none. Pure but for libphonenumber. */
static uint64_t suppress_number(const char *text, const char *region)
{
	char digits[20], e164[NUMBER_BYTES];
	bool plus = *text == '+';
	size_t count = 0;
	uint64_t number;

	for (const char *at = text + plus; *at && count < sizeof(digits) - 1; at++) {
		if (isdigit((unsigned char)*at))
			digits[count++] = *at;
		else if (!strchr(" -().", *at))
			return 0;
	}
	digits[count] = '\0';
	if (count < 7 || count > 15)
		return 0;
	if (plus)
		return digits[0] == '0' ? 0 : digits_value(digits);
	number = number_short_cut(digits, count, region);
	if (number || !region[0])
		return number;
	return number_parse(text, region, e164, NULL) == NUMBER_OK ? number_of(e164) : 0;
}

/* --- lines */

/* Cuts at the delimiters in place, blanks and quotes around a field dropped; answers how many fields. */
static uint32_t line_cut(char *line, char *fields[FILE_FIELDS_MAX])
{
	uint32_t count = 0;

	for (char *at = line; at && count < FILE_FIELDS_MAX;) {
		char *next = strpbrk(at, ",;\t|"), *last;

		if (next)
			*next++ = '\0';
		at += strspn(at, " \"'");
		last = at + strlen(at);
		while (last > at && strchr(" \"'\r", last[-1]))
			*--last = '\0';
		fields[count++] = at;
		at = next;
	}
	return count;
}

static bool field_is_digits(const char *field, size_t count)
{
	return strlen(field) == count && strspn(field, "0123456789") == count;
}

static char field_change(const char *field)
{
	bool one = field[0] && !field[1];

	return one && strchr("Aa", field[0]) ? 'A' : one && strchr("Dd", field[0]) ? 'D' : 0;
}

/* False: the line has no number that we could be sure of. */
static bool line_parse(char *line, const char *region, struct suppress_entry *entry)
{
	char *fields[FILE_FIELDS_MAX], joined[16];
	uint32_t count = line_cut(line, fields), used = 1;
	const char *number = fields[0];

	if (count >= 2 && field_is_digits(fields[0], 3) && field_is_digits(fields[1], 7)) {
		snprintf(joined, sizeof(joined), "%s%s", fields[0], fields[1]);
		number = joined;
		used = 2;
	}
	entry->number = suppress_number(number, region);
	entry->change = 0;
	for (uint32_t i = used; i < count && !entry->change; i++)
		entry->change = field_change(fields[i]);
	return entry->number != 0;
}

static int line_bad(struct suppress_file *file, const char *line, char why[UNPACK_WHY_BYTES])
{
	char shown[64];

	file->bad_line = file->line;
	text_copy(shown, sizeof(shown), line);
	for (char *c = shown; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	snprintf(why, UNPACK_WHY_BYTES, "%.200s line %llu: \"%s\" has no telephone number at its start%s", file->name,
		(unsigned long long)file->line, shown,
		file->region[0] ? "" : "; numbers without \"+\" need the country, give it with --region");
	return ERR_SYNTAX;
}

/* 1: an entry; 0: nothing in the line. */
static int line_take(struct suppress_file *file, char *line, struct suppress_entry *entry, char why[UNPACK_WHY_BYTES])
{
	char shown[64];
	bool title;

	file->line++;
	if (!line[strspn(line, " \t\r")])
		return 0;
	title = !file->titled && !line[strcspn(line, "0123456789")];
	file->titled = true;
	if (title)
		return 0;
	text_copy(shown, sizeof(shown), line);
	entry->line = file->line;
	return line_parse(line, file->region, entry) ? 1 : line_bad(file, shown, why);
}

/* Moves what is left of the line into file->text. True: it is whole. */
static bool line_gather(struct suppress_file *file)
{
	size_t left = (size_t)(file->end - file->at), take, room = SUPPRESS_LINE_BYTES - file->text_bytes;
	const char *stop = memchr(file->at, '\n', left);

	take = stop ? (size_t)(stop - file->at) : left;
	file->text_long |= take > room || memchr(file->at, '\0', take);
	memcpy(file->text + file->text_bytes, file->at, take < room ? take : room);
	file->text_bytes += take < room ? take : room;
	file->at += take + (stop != NULL);
	return stop != NULL;
}

static int line_end(struct suppress_file *file, struct suppress_entry *entry, char why[UNPACK_WHY_BYTES])
{
	bool bad = file->text_long;

	file->text[file->text_bytes] = '\0';
	file->text_bytes = 0;
	file->text_long = false;
	if (!bad)
		return line_take(file, file->text, entry, why);
	file->line++;
	return line_bad(file, file->text, why);
}

/* --- the file */

/* A file begins: a byte order mark is passed over, and XML is seen by its first character. */
static int file_begin(struct suppress_file *file)
{
	file->line = 0;
	file->titled = false;
	if (file->end - file->at >= 3 && memcmp(file->at, "\xEF\xBB\xBF", 3) == 0)
		file->at += 3;
	suppress_xml_free(file->xml);
	file->xml = NULL;
	file->xml_over = false;
	if (file->at < file->end && *file->at == '<') {
		file->xml = suppress_xml_alloc();
		if (!file->xml)
			return -ENOMEM;
	}
	return 0;
}

/*
 * 1: there is a piece; 0: the end. A line or document that the file before left open ends with it: `file->first` waits for that.
 */
static int file_fill(struct suppress_file *file, char why[UNPACK_WHY_BYTES])
{
	size_t bytes;
	int rc = unpack_next(file->unpack, &file->at, &bytes, &file->first, why);

	if (rc <= 0) {
		file->at = "";
		bytes = 0;
	}
	file->end = file->at + bytes;
	file->over = rc == 0;
	return rc;
}

static int xml_step(struct suppress_file *file, struct suppress_entry *entry, char why[UNPACK_WHY_BYTES])
{
	size_t left = (size_t)(file->end - file->at), bytes = left < SUPPRESS_XML_PIECE ? left : SUPPRESS_XML_PIECE;
	bool last = file->first || file->over;
	const char *digits;

	if (suppress_xml_take(file->xml, &digits, &entry->change, &entry->line)) {
		file->line = entry->line;
		entry->number = suppress_number(digits, file->region);
		return entry->number ? 1 : line_bad(file, digits, why);
	}
	if (file->xml_over || (!last && !bytes))
		return 0;
	file->xml_over = last;
	bytes = last ? 0 : bytes;
	if (!suppress_xml_feed(file->xml, file->at, bytes, last, &file->line)) {
		snprintf(why, UNPACK_WHY_BYTES,
			"%.200s line %llu: the XML is cut short or damaged, or an element of it holds no number", file->name,
			(unsigned long long)file->line);
		return ERR_SYNTAX;
	}
	file->at += bytes;
	return xml_step(file, entry, why);
}

static int lines_step(struct suppress_file *file, struct suppress_entry *entry, char why[UNPACK_WHY_BYTES])
{
	int rc = 0;

	if ((file->first || file->over) && file->text_bytes)
		return line_end(file, entry, why);
	while (!file->first && !rc && file->at < file->end && line_gather(file))
		rc = line_end(file, entry, why);
	return rc;
}

uint64_t suppress_file_bad_line(const struct suppress_file *file)
{
	return file->bad_line;
}

int suppress_file_next(struct suppress_file *file, struct suppress_entry *entry, char why[UNPACK_WHY_BYTES])
{
	file->bad_line = 0;
	for (;;) {
		int rc = file->xml ? xml_step(file, entry, why) : lines_step(file, entry, why);

		if (rc || file->over)
			return rc;
		if (file->first) {
			file->first = false;
			rc = file_begin(file);
		} else {
			rc = file_fill(file, why);
		}
		if (rc < 0)
			return rc;
	}
}
