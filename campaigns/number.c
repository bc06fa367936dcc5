/* number.c - cleaning and the fast path; see number.h */
#include "campaigns/number.h"
#include "base/err.h"
#include "base/text.h"
#include "campaigns/import.h"
#include "campaigns/numbering.h"
#include "campaigns/zone.h"

#include <stdio.h>
#include <string.h>

#define CLEAN_BYTES 64 /* no number with its punctuation and extension is longer */

static const struct {
	const char *name, *sentence;
} codes[NUMBER_CODES] = {
	[NUMBER_OK] = {"OK", ""},
	[NUMBER_EMPTY] = {"E_PHONE_EMPTY", "no telephone number"},
	[NUMBER_SCI] = {"E_SCI_NOTATION", "a spreadsheet wrote the number in E-notation: its digits are lost"},
	[NUMBER_REGION] = {"E_PHONE_REGION", "no + and no region is given"},
	[NUMBER_SYNTAX] = {"E_PHONE_SYNTAX", "not a number"},
	[NUMBER_SHORT] = {"E_PHONE_SHORT", "too short"},
	[NUMBER_LONG] = {"E_PHONE_LONG", "too long"},
	[NUMBER_INVALID] = {"E_PHONE_INVALID", "invalid"},
	[NUMBER_PREMIUM] = {"E_PHONE_PREMIUM", "a premium-rate number: whoever calls it pays, and so it is not dialled"},
};

const char *number_code_name(enum number_code code)
{
	return codes[code].name;
}

/* A character of `in` as ASCII: full-width forms are folded, odd spaces become a space, other non-ASCII is 0. Answers its bytes.
 */
static size_t ascii_of(const unsigned char *in, char *out)
{
	uint32_t c;

	if (in[0] < 0x80) {
		*out = in[0] == '\t' || in[0] == '\r' || in[0] == '\n' ? ' ' : (char)in[0];
		return 1;
	}
	if (in[0] == 0xC2 && in[1] == 0xA0) {
		*out = ' ';
		return 2;
	}
	*out = 0;
	if ((in[0] & 0xF0) != 0xE0 || (in[1] & 0xC0) != 0x80 || (in[2] & 0xC0) != 0x80)
		return 1;
	c = (uint32_t)(in[0] & 15) << 12 | (uint32_t)(in[1] & 63) << 6 | (in[2] & 63);
	if (c >= 0xFF01 && c <= 0xFF5E)
		*out = (char)(c - 0xFF01 + 0x21);
	else if (c == 0x3000 || (c >= 0x2000 && c <= 0x200F) || c == 0x202A || c == 0x202C || c == 0x202D || c == 0xFEFF)
		*out = ' ';
	else if (c >= 0x2010 && c <= 0x2015)
		*out = '-';
	return 3;
}

/* Trimmed ASCII of the cell, apostrophes at its start dropped. False: too long, or characters that no number has. */
static bool clean(const char *text, char out[CLEAN_BYTES])
{
	const unsigned char *in = (const unsigned char *)text;
	size_t length = 0;
	char c;

	while (*in) {
		in += ascii_of(in, &c);
		if (!c || length == CLEAN_BYTES - 1)
			return false;
		if (length == 0 && (c == ' ' || c == '\'' || c == '`'))
			continue;
		out[length++] = c;
	}
	while (length > 0 && out[length - 1] == ' ')
		length--;
	out[length] = 0;
	return true;
}

static size_t digits_span(const char *text)
{
	return strspn(text, "0123456789");
}

/* 1.38E+10, 1,38001E10, 138E8 */
static bool is_sci(const char *text)
{
	const char *at = text + (*text == '+' ? 1 : 0);
	size_t n = digits_span(at);

	if (!n)
		return false;
	at += n;
	if (*at == '.' || *at == ',')
		at += 1 + digits_span(at + 1);
	if (*at != 'E' && *at != 'e')
		return false;
	at += at[1] == '+' ? 2 : 1;
	n = digits_span(at);
	return n > 0 && !at[n];
}

/* 13800138000.0 -> 13800138000; what is left must still be a valid number. */
static void strip_decimals(char *text)
{
	char *at = text + (*text == '+' ? 1 : 0);

	at += digits_span(at);
	if (*at == '.' && at[1] == '0' && !at[1 + strspn(at + 1, "0")])
		*at = 0;
}

static bool nanp_plausible(const char *d)
{
	if (d[0] < '2' || d[3] < '2' || (d[4] == '1' && d[5] == '1'))
		return false;
	if (zone_area_code_known(d))
		return true;
	return d[1] != '9' && !(d[1] == '1' && d[2] == '1') && strncmp(d, "37", 2) != 0 && strncmp(d, "96", 2) != 0 &&
	       strncmp(d, "555", 3) != 0;
}

/* Series of Chinese mobile numbers that are in use; other 1xx go to libphonenumber. */
static bool cn_mobile(const char *d)
{
	static const char *const third[10] = {[3] = "0123456789",
		[4] = "56789",
		[5] = "012356789",
		[6] = "2567",
		[7] = "0135678",
		[8] = "0123456789",
		[9] = "012356789"};

	return d[0] == '1' && third[d[1] - '0'] && strchr(third[d[1] - '0'], d[2]);
}

static bool region_is(const char *region, const char *a, const char *b)
{
	return region && (strcmp(region, a) == 0 || strcmp(region, b) == 0);
}

static void e164_put(char e164[NUMBER_BYTES], const char *country, const char *digits)
{
	size_t n = strlen(country);

	e164[0] = '+';
	memcpy(e164 + 1, country, n);
	text_copy(e164 + 1 + n, NUMBER_BYTES - 1 - n, digits);
}

/* Area codes that stand for a kind of line, not for a place. Of islands, where exchanges tell mobile from fixed, and of area codes that are newer
 * than the tables nothing is known. */
static enum phone_type nanp_type(const char *d)
{
	static const struct {
		char codes[112];
		enum phone_type type;
	} kinds[] = {{"800 833 844 855 866 877 888", PHONE_TOLL_FREE}, {"900", PHONE_PREMIUM}, {"600", PHONE_VOIP},
		{"242 246 264 268 284 345 441 473 649 658 664 684 721 758 767 784 809 829 849 868 869 876", PHONE_ANY},
		{"500 521 522 523 524 525 526 527 533 544 566 577 588 622", PHONE_PERSONAL}};
	char code[4];

	if (!zone_area_code_known(d))
		return PHONE_ANY;
	text_copy_n(code, sizeof(code), d, 3);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strstr(kinds[i].codes, code))
			return kinds[i].type;
	return PHONE_FIXED_OR_MOBILE;
}

/* What a number is found to be. */
struct parsed {
	char e164[NUMBER_BYTES];
	enum phone_type type;
};

static bool fast_nanp(const char *d, struct parsed *out)
{
	if (!nanp_plausible(d))
		return false;
	e164_put(out->e164, "1", d);
	out->type = nanp_type(d);
	return true;
}

static bool fast_cn(const char *d, struct parsed *out)
{
	if (!cn_mobile(d))
		return false;
	e164_put(out->e164, "86", d);
	out->type = PHONE_MOBILE;
	return true;
}

/* Digits of "+86...", "+1...". False: not a case for the fast path. */
static bool fast_international(const char *digits, size_t count, struct parsed *out)
{
	if (count == 11 && digits[0] == '1')
		return fast_nanp(digits + 1, out);
	if (count == 13 && digits[0] == '8' && digits[1] == '6' && fast_cn(digits + 2, out))
		return true;
	if (count >= NUMBERING_DIGITS || !numbering_international(digits, count, &out->type))
		return false;
	e164_put(out->e164, "", digits);
	return true;
}

/* Digits as they are dialled in the region. */
static bool fast_national(const char *digits, size_t count, const char *region, struct parsed *out)
{
	char international[NUMBERING_DIGITS];

	if (region_is(region, "US", "CA"))
		return count == 10 ? fast_nanp(digits, out) : count == 11 && digits[0] == '1' && fast_nanp(digits + 1, out);
	if (count == 11 && region_is(region, "CN", "CN") && fast_cn(digits, out))
		return true;
	if (!region || !numbering_national(digits, count, region, international, &out->type))
		return false;
	e164_put(out->e164, "", international);
	return true;
}

/* The digits without what people put between them; false, and none, when anything else stands there. */
static bool squeeze(const char *text, char digits[CLEAN_BYTES], bool *plus)
{
	size_t n = 0;

	*plus = *text == '+';
	for (text += *plus ? 1 : 0; *text; text++) {
		if (*text >= '0' && *text <= '9') {
			digits[n++] = *text;
		} else if (!strchr(" -.()", *text)) {
			digits[0] = 0;
			return false;
		}
	}
	digits[n] = 0;
	return true;
}

bool number_likely(const char *text)
{
	char cleaned[CLEAN_BYTES], digits[CLEAN_BYTES];
	bool plus;

	if (!clean(text, cleaned))
		return false;
	strip_decimals(cleaned);
	if (is_sci(cleaned))
		return true;
	return squeeze(cleaned, digits, &plus) && strlen(digits) >= 7 && strlen(digits) <= 17;
}

/* Letters stand in a number only after at least five digits, as an extension ("ext. 12"). Keeps vanity spellings and remarks out.
 */
static bool letters_ok(const char *text)
{
	int digits = 0;

	for (; *text; text++) {
		if (*text >= '0' && *text <= '9')
			digits++;
		else if (((*text | 32) >= 'a' && (*text | 32) <= 'z') && digits < 5)
			return false;
	}
	return digits > 0;
}

static enum number_code parse_clean(const char *text, const char *region, struct parsed *out)
{
	char digits[CLEAN_BYTES];
	bool plus, plain = squeeze(text, digits, &plus);
	size_t count;

	if (!plain && !letters_ok(text))
		return NUMBER_SYNTAX;
	if (plain && !plus && strncmp(digits, "00", 2) == 0 && strlen(digits) > 8) {
		memmove(digits, digits + 2, strlen(digits) - 1);
		plus = true;
	}
	count = strlen(digits);
	if (plain && (plus ? fast_international(digits, count, out) : fast_national(digits, count, region, out)))
		return NUMBER_OK;
	if (!plus && (!region || !region[0]))
		return strlen(digits) || !plain ? NUMBER_REGION : NUMBER_SYNTAX;
	if (plain && plus) { /* 00 in front means the same in most countries, not in all that the region may name */
		char whole[CLEAN_BYTES + 1];

		snprintf(whole, sizeof(whole), "+%s", digits);
		return phone_lib_parse(whole, NULL, out->e164, &out->type);
	}
	return phone_lib_parse(text, region, out->e164, &out->type);
}

static enum number_code parse_text(const char *text, const char *region, struct parsed *out)
{
	char cleaned[CLEAN_BYTES];

	if (!clean(text, cleaned))
		return NUMBER_SYNTAX;
	if (!cleaned[0])
		return NUMBER_EMPTY;
	if (is_sci(cleaned))
		return NUMBER_SCI;
	strip_decimals(cleaned);
	return parse_clean(cleaned, region, out);
}

static void say_why(enum number_code code, const char *text, const char *region, char why[WHY_BYTES])
{
	if (code == NUMBER_INVALID && region && region[0] && !strchr(text, '+'))
		snprintf(why, WHY_BYTES, "invalid for %s", region);
	else
		text_copy(why, WHY_BYTES, codes[code].sentence);
}

enum number_code number_parse(const char *text, const char *region, char e164[NUMBER_BYTES], char why[WHY_BYTES])
{
	struct parsed found;
	enum number_code code = parse_text(text, region, &found);

	if (code == NUMBER_OK)
		text_copy(e164, NUMBER_BYTES, found.e164);
	else if (why)
		say_why(code, text, region, why);
	return code;
}

enum number_code number_parse_typed(
	const char *text, const char *region, char e164[NUMBER_BYTES], enum phone_type *type, char why[WHY_BYTES])
{
	struct parsed found;
	enum number_code code = parse_text(text, region, &found);

	if (code == NUMBER_OK && found.type == PHONE_PREMIUM)
		code = NUMBER_PREMIUM;
	if (code == NUMBER_OK) {
		text_copy(e164, NUMBER_BYTES, found.e164);
		*type = found.type;
	} else {
		say_why(code, text, region, why);
	}
	return code;
}

int phone_normalise(const char *text, const char *region, char e164[NUMBER_BYTES], char why[WHY_BYTES])
{
	return number_parse(text, region, e164, why) == NUMBER_OK ? 0 : ERR_SYNTAX;
}
