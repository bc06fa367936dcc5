/* charset_detect.c - which encoding a file is in; see charset.h */
#include "campaigns/charset.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SAMPLE_BYTES (64 * 1024)

static const struct {
	const char *name, *bytes;
	uint32_t count;
} boms[] = {
	{"UTF-8", "\xEF\xBB\xBF", 3},
	{"GB18030", "\x84\x31\x95\x33", 4},
	{"UTF-16LE", "\xFF\xFE", 2},
	{"UTF-16BE", "\xFE\xFF", 2},
};

/* Bytes at the start that are no text at all, and what to do about it. */
static const struct {
	const char *bytes;
	uint32_t count;
	const char *sentence;
} binaries[] = {
	{"PK\x03\x04", 4,
		"the file is an Excel workbook (.xlsx) or another zip archive: open it and save it as \"CSV UTF-8\", then upload "
		"that"},
	{"\xD0\xCF\x11\xE0", 4,
		"the file is an old Excel workbook (.xls): open it and save it as \"CSV UTF-8\", then upload that"},
	{"\x1F\x8B", 2, "the file is compressed (gzip): unpack it with gunzip first"},
	{"\x28\xB5\x2F\xFD", 4, "the file is compressed (zstd): unpack it with unzstd first"},
	{"%PDF-", 5, "the file is a PDF: export the table as CSV instead"},
};

static int refuse_binary(const char *head, size_t count, char *why)
{
	size_t i;

	for (i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++) {
		if (count >= binaries[i].count && memcmp(head, binaries[i].bytes, binaries[i].count) == 0) {
			text_copy(why, CHARSET_WHY_BYTES, binaries[i].sentence);
			return ERR_ENCODING;
		}
	}
	return 0;
}

static bool by_bom(const char *head, size_t count, struct charset *out)
{
	size_t i;

	for (i = 0; i < sizeof(boms) / sizeof(boms[0]); i++) {
		if (count >= boms[i].count && memcmp(head, boms[i].bytes, boms[i].count) == 0) {
			text_copy(out->name, sizeof(out->name), boms[i].name);
			out->bom_bytes = boms[i].count;
			return true;
		}
	}
	return false;
}

/* Text of digits and separators in UTF-16 has a zero in most pairs, always on the same side. */
static const char *by_zeros(const char *head, size_t count)
{
	size_t i, zeros[2] = {0, 0}, pairs = count / 2;

	for (i = 0; i < pairs * 2; i++)
		zeros[i & 1] += head[i] == 0;
	if (zeros[1] * 10 > pairs * 3 && zeros[0] * 50 <= pairs)
		return "UTF-16LE";
	if (zeros[0] * 10 > pairs * 3 && zeros[1] * 50 <= pairs)
		return "UTF-16BE";
	return NULL;
}

static int read_all(struct charset_reader *reader)
{
	char out[16 * 1024];
	size_t got;
	int err;

	do
		err = charset_reader_read(reader, out, sizeof(out), &got);
	while (!err && got);
	return err;
}

/* Is the whole file valid in it? ERR_ENCODING: *offset is the first byte that is not. */
static int prove(int fd, const struct charset *charset, uint64_t *offset)
{
	struct charset_reader *reader;
	int err = charset_reader_open(&reader, fd, charset);

	*offset = 0;
	if (err)
		return err;
	err = read_all(reader);
	*offset = charset_reader_offset(reader);
	charset_reader_close(reader);
	return err;
}

/* The physical line of a byte in an encoding whose line feeds are the byte 0A. */
static uint64_t line_of(int fd, uint64_t offset)
{
	char piece[4096];
	uint64_t line = 1, at = 0;
	ssize_t n, i;

	while (at < offset && (n = pread(fd, piece, sizeof(piece), (off_t)at)) > 0) {
		for (i = 0; i < n && at + (uint64_t)i < offset; i++)
			line += piece[i] == '\n';
		at += (uint64_t)n;
	}
	return line;
}

/*
 * Counts two-byte characters of GB18030, and of these the ones of GB 2312's first level, in which nearly all Chinese text is
 * written (0.9 and more of a list's characters; of Big5 text that is read as GB18030 0.3 to 0.4). Punctuation and full-width
 * digits do not count.
 */
struct gb_count {
	uint64_t pairs, common;
	uint64_t hangul; /* that would be frequent syllables in EUC-KR */
	uint64_t beyond; /* that would be no syllables there: above row C8 */
	int state; /* bytes of the current character that are to come, 4: second byte next */
	unsigned char lead;
};

/* Syllables of which half and more of Korean names, addresses and titles consist, as EUC-KR writes them, in order. */
static bool is_hangul(unsigned char lead, unsigned char c)
{
	static const uint16_t frequent[] = {
		0xB0A1, 0xB0AD, 0xB0B3, 0xB0C5, 0xB0C7, 0xB0CD, 0xB0E6, 0xB0ED, 0xB0F8, 0xB0FA, 0xB0FB, 0xB0FC, 0xB1A4, 0xB1B8,
		0xB1B9, 0xB1BA, 0xB1C7, 0xB1D4, 0xB1D7, 0xB1D9, 0xB1DD, 0xB1E2, 0xB1E6, 0xB1E8, 0xB1EE, 0xB3AA, 0xB3AD, 0xB3B2,
		0xB3BB, 0xB3E2, 0xB3EB, 0xB4C2, 0xB4CF, 0xB4D4, 0xB4D9, 0xB4DC, 0xB4EB, 0xB4F6, 0xB5B5, 0xB5BF, 0xB5CE, 0xB5E5,
		0xB5E9, 0xB5EE, 0xB6F3, 0xB6F4, 0xB6F5, 0xB7CE, 0xB7F9, 0xB8A6, 0xB8A7, 0xB8AE, 0xB8B6, 0xB8B8, 0xB8E9, 0xB8ED,
		0xB8F0, 0xB9AE, 0xB9CC, 0xB9CE, 0xB9DA, 0xB9DD, 0xB9E6, 0xB9E8, 0xB9E9, 0xB9F8, 0xBAAF, 0xBAB4, 0xBAB8, 0xBACE,
		0xBACF, 0xBAF3, 0xBBE7, 0xBBEA, 0xBBF3, 0xBCAD, 0xBCAE, 0xBCB1, 0xBCB7, 0xBCBA, 0xBCBC, 0xBCD2, 0xBCD5, 0xBCDB,
		0xBCF6, 0xBCF7, 0xBCF8, 0xBDC0, 0xBDC2, 0xBDC3, 0xBDC4, 0xBDC5, 0xBDC9, 0xBEBE, 0xBEC6, 0xBEC8, 0xBED6, 0xBED7,
		0xBEE7, 0xBEEE, 0xBEF6, 0xBFA1, 0xBFA9, 0xBFAA, 0xBFAC, 0xBFB5, 0xBFB9, 0xBFC0, 0xBFC1, 0xBFE4, 0xBFEB, 0xBFEC,
		0xBFEF, 0xBFF8, 0xBFF9, 0xC0AF, 0xC0B1, 0xC0B8, 0xC0BA, 0xC0BB, 0xC0BE, 0xC0C7, 0xC0CC, 0xC0CE, 0xC0CF, 0xC0D3,
		0xC0D6, 0xC0DA, 0xC0E5, 0xC0E7, 0xC0FC, 0xC1A4, 0xC1A6, 0xC1B6, 0xC1BE, 0xC1D6, 0xC1D8, 0xC1DF, 0xC1F6, 0xC1F8,
		0xC2F7, 0xC2F9, 0xC3A2, 0xC3A4, 0xC3B3, 0xC3B5, 0xC3B6, 0xC3D6, 0xC3DF, 0xC3E6, 0xC3FE, 0xC5C2, 0xC5C3, 0xC7CF,
		0xC7D1, 0xC7D5, 0xC7D8, 0xC7DF, 0xC7E3, 0xC7F5, 0xC7F6, 0xC7FC, 0xC7FD, 0xC8A3, 0xC8AB, 0xC8AD, 0xC8AF, 0xC8B2,
		0xC8B8, 0xC8BF, 0xC8C4, 0xC8C6, 0xC8F1};
	uint32_t low = 0, high = sizeof(frequent) / sizeof(frequent[0]), pair = (uint32_t)lead << 8 | c;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (frequent[middle] < pair)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sizeof(frequent) / sizeof(frequent[0]) && frequent[low] == pair;
}

static void gb_pair(struct gb_count *count, unsigned char c)
{
	count->pairs += c > 0x39;
	count->common += c >= 0xA1 && count->lead >= 0xB0 && count->lead <= 0xD7;
	count->beyond += c >= 0xA1 && count->lead > 0xC8;
	count->hangul += is_hangul(count->lead, c);
}

static void gb_note(struct gb_count *count, unsigned char c)
{
	if (count->state == 0) {
		count->state = c >= 0x80 ? 4 : 0;
		count->lead = c;
	} else if (count->state == 4) {
		count->state = c <= 0x39 ? 2 : 0;
		if (c < 0xA1 || (count->lead != 0xA1 && count->lead != 0xA3))
			gb_pair(count, c);
	} else {
		count->state--;
	}
}

enum gb_text { GB_CHINESE, GB_KOREAN /* just as well */, GB_NEITHER };

/*
 * Of Chinese text four characters of ten stand above row C8, where EUC-KR has none that is in use today, and of a hundred four
 * would be frequent syllables; of Korean text none stands there, and half and more are frequent.
 */
static enum gb_text gb_judge(const struct gb_count *count)
{
	if (count->common * 4 < count->pairs * 3)
		return GB_NEITHER;
	return count->pairs >= 3 && count->hangul * 2 >= count->pairs && count->beyond * 20 <= count->pairs ? GB_KOREAN
													    : GB_CHINESE;
}

static int gb_read(int fd, enum gb_text *text)
{
	struct gb_count count = {0};
	unsigned char piece[16 * 1024];
	uint64_t at = 0;
	ssize_t n, i;

	while ((n = pread(fd, piece, sizeof(piece), (off_t)at)) > 0) {
		for (i = 0; i < n; i++)
			gb_note(&count, piece[i]);
		at += (uint64_t)n;
	}
	*text = gb_judge(&count);
	return n < 0 ? -errno : 0;
}

/* "utf8" is "UTF-8": the names are compared without case, "-" and "_". */
static bool name_same(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, "-_");
		b += strspn(b, "-_");
		if (strncasecmp(a, b, 1) != 0)
			return false;
		if (!*a)
			return true;
	}
}

/* iconv would take "" for the locale's encoding, and drop what is invalid after "//IGNORE". */
static bool name_known(const char *name)
{
	iconv_t conv;

	if (!*name || strchr(name, '/') || strlen(name) >= sizeof(((struct charset *)0)->name))
		return false;
	conv = iconv_open("UTF-8", name);
	if (conv == (iconv_t)-1)
		return false;
	iconv_close(conv);
	return true;
}

static int detect_forced(int fd, const char *forced, const struct charset *bom, struct charset *out, char *why)
{
	bool utf16 = name_same(forced, "UTF-16"); /* of either order, as the mark says */
	uint64_t offset;
	int err;

	if (!name_known(forced)) {
		snprintf(why, CHARSET_WHY_BYTES,
			"no encoding is called \"%.40s\": say for example UTF-8, UTF-16LE, GB18030, BIG5 or WINDOWS-1252",
			forced);
		return -EINVAL;
	}
	text_copy(out->name, sizeof(out->name), utf16 ? "UTF-16LE" : forced);
	if (name_same(forced, bom->name) || (utf16 && strncmp(bom->name, "UTF-16", 6) == 0))
		*out = *bom;
	err = prove(fd, out, &offset);
	if (err == ERR_ENCODING)
		snprintf(why, CHARSET_WHY_BYTES,
			"the file is not in %s: byte %llu (line %llu) is invalid in it; try another --encoding", out->name,
			(unsigned long long)offset + 1, (unsigned long long)line_of(fd, offset));
	return err;
}

static int refuse(int fd, uint64_t utf8_offset, uint64_t gb_offset, bool gb_valid, char *why)
{
	char gb[80] = "GB18030 only by chance, its characters are not those of Chinese text";

	if (!gb_valid)
		snprintf(gb, sizeof(gb), "GB18030 (line %llu)", (unsigned long long)line_of(fd, gb_offset));
	snprintf(why, CHARSET_WHY_BYTES,
		"the encoding of the file is not certain: it is not UTF-8 (line %llu), and %s%s; "
		"name it with --encoding (WINDOWS-1252, GB18030, BIG5, ...) or save the file as UTF-8",
		(unsigned long long)line_of(fd, utf8_offset), gb_valid ? "" : "not ", gb);
	return ERR_ENCODING;
}

/* Is the rest of the file, from offset on, the beginning of a UTF-8 character and nothing else? */
static bool cut_at(int fd, uint64_t offset)
{
	unsigned char rest[4];
	ssize_t i, n = pread(fd, rest, sizeof(rest), (off_t)offset);

	if (n < 1 || rest[0] < 0xC2 || rest[0] > 0xF4 || n >= (rest[0] < 0xE0 ? 2 : rest[0] < 0xF0 ? 3 : 4))
		return false;
	for (i = 1; i < n; i++) {
		if ((rest[i] & 0xC0) != 0x80)
			return false;
	}
	return true;
}

static int refuse_cut(int fd, uint64_t offset, char *why)
{
	snprintf(why, CHARSET_WHY_BYTES,
		"the file ends inside a UTF-8 character (line %llu): it was cut off, upload a whole copy; if it is whole, name "
		"its encoding with --encoding (GB18030, WINDOWS-1252, ...)",
		(unsigned long long)line_of(fd, offset));
	return ERR_ENCODING;
}

static int refuse_korean(char *why)
{
	snprintf(why, CHARSET_WHY_BYTES,
		"the encoding of the file is not certain: its bytes are Korean text in EUC-KR as well as Chinese text in "
		"GB18030; name it with "
		"--encoding EUC-KR (or CP949, GB18030), or save the file as UTF-8");
	return ERR_ENCODING;
}

static int detect_8bit(int fd, struct charset *out, char *why)
{
	uint64_t utf8_offset, gb_offset;
	enum gb_text text = GB_NEITHER;
	int err;

	*out = (struct charset){.name = "UTF-8"};
	err = prove(fd, out, &utf8_offset);
	if (err != ERR_ENCODING)
		return err;
	if (cut_at(fd, utf8_offset))
		return refuse_cut(fd, utf8_offset, why);
	*out = (struct charset){.name = "GB18030"};
	err = prove(fd, out, &gb_offset);
	if (err == ERR_ENCODING)
		return refuse(fd, utf8_offset, gb_offset, false, why);
	if (!err)
		err = gb_read(fd, &text);
	if (err || text == GB_CHINESE)
		return err;
	return text == GB_KOREAN ? refuse_korean(why) : refuse(fd, utf8_offset, gb_offset, true, why);
}

static int detect_bom(int fd, const struct charset *bom, char *why)
{
	uint64_t offset;
	int err = prove(fd, bom, &offset);

	if (err == ERR_ENCODING)
		snprintf(why, CHARSET_WHY_BYTES,
			"the file starts with the mark of %s, but byte %llu is invalid in it: save it again as UTF-8, or name "
			"its --encoding",
			bom->name, (unsigned long long)offset + 1);
	return err;
}

static int detect(int fd, const char *forced, struct charset *out, char *why)
{
	char head[SAMPLE_BYTES];
	struct charset bom = {.name = ""};
	ssize_t count = pread(fd, head, sizeof(head), 0);
	const char *utf16;
	uint64_t offset;
	int err = count < 0 ? -errno : refuse_binary(head, (size_t)count, why);

	*out = (struct charset){.name = ""};
	if (err)
		return err;
	by_bom(head, (size_t)count, &bom);
	if (forced)
		return detect_forced(fd, forced, &bom, out, why);
	if (bom.bom_bytes) {
		*out = bom;
		return detect_bom(fd, out, why);
	}
	utf16 = by_zeros(head, (size_t)count);
	if (utf16) {
		text_copy(out->name, sizeof(out->name), utf16);
		if (prove(fd, out, &offset) == 0)
			return 0;
	}
	return detect_8bit(fd, out, why);
}

int charset_detect(int fd, const char *forced, struct charset *out, char why[CHARSET_WHY_BYTES])
{
	int err;

	why[0] = 0;
	err = detect(fd, forced, out, why);
	if (err && !why[0])
		snprintf(why, CHARSET_WHY_BYTES, "the file cannot be read: %s", err_text(err));
	return err;
}
