/* line.c - see line.h */
#include "campaigns/line.h"

#include <stdio.h>
#include <string.h>

static void put(struct line *line, const char *text, size_t bytes)
{
	if (line->bad || bytes > LINE_BYTES_MAX - line->bytes) {
		line->bad = true;
		return;
	}
	memcpy(line->text + line->bytes, text, bytes);
	line->bytes += bytes;
}

static void put_u64(struct line *line, uint64_t value)
{
	char digits[20];
	int at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put(line, digits + at, sizeof(digits) - (size_t)at);
}

static void put_key(struct line *line, const char *key)
{
	put(line, ",\"", 2);
	put(line, key, strlen(key));
	put(line, "\":", 2);
}

/* Bytes of the UTF-8 character at `text` (RFC 3629), 0 when there is none. */
static size_t utf8_bytes(const unsigned char *text)
{
	size_t n = text[0] < 0x80 ? 1 : text[0] < 0xC2 ? 0 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : text[0] < 0xF5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	if (n == 3 && ((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xED && text[1] > 0x9F)))
		return 0;
	if (n == 4 && ((text[0] == 0xF0 && text[1] < 0x90) || (text[0] == 0xF4 && text[1] > 0x8F)))
		return 0;
	return n;
}

static void put_character(struct line *line, const char *at, size_t n)
{
	unsigned char c = (unsigned char)*at;

	if (n == 0)
		put(line, "?", 1);
	else if (c < ' ' || c == 0x7F)
		put(line, " ", 1);
	else if (c == '"' || c == '\\')
		put(line, c == '"' ? "\\\"" : "\\\\", 2);
	else
		put(line, at, n);
}

void line_start(struct line *line, uint64_t seq, int64_t us, const char *event)
{
	line->bytes = 0;
	line->bad = false;
	put(line, "{\"v\":1,\"seq\":", 13);
	put_u64(line, seq);
	line_u64(line, "us", us > 0 ? (uint64_t)us : 0);
	line_text(line, "event", event);
}

void line_u64(struct line *line, const char *key, uint64_t value)
{
	put_key(line, key);
	put_u64(line, value);
}

void line_null(struct line *line, const char *key)
{
	put_key(line, key);
	put(line, "null", 4);
}

void line_time(struct line *line, const char *key, int64_t us)
{
	if (us > 0)
		line_u64(line, key, (uint64_t)us);
	else
		line_null(line, key);
}

void line_bool(struct line *line, const char *key, bool value)
{
	put_key(line, key);
	put(line, value ? "true" : "false", value ? 4 : 5);
}

void line_text(struct line *line, const char *key, const char *text)
{
	if (!*text) {
		line_null(line, key);
		return;
	}
	put_key(line, key);
	put(line, "\"", 1);
	while (*text && !line->bad) {
		size_t n = utf8_bytes((const unsigned char *)text);

		put_character(line, text, n);
		text += n ? n : 1;
	}
	put(line, "\"", 1);
}

void line_end(struct line *line)
{
	put(line, "}", 1);
	line->text[line->bytes] = '\0';
}

/* --- reading */

static bool take(const char **at, const char *end, const char *text)
{
	size_t bytes = strlen(text);

	if ((size_t)(end - *at) < bytes || memcmp(*at, text, bytes) != 0)
		return false;
	*at += bytes;
	return true;
}

/* No sign, no leading zero. */
static bool take_u64(const char **at, const char *end, uint64_t *value)
{
	const char *from = *at;

	*value = 0;
	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
		if (*value > (UINT64_MAX - 9) / 10)
			return false;
		*value = *value * 10 + (uint64_t)(**at - '0');
	}
	return *at > from && (*from != '0' || *at == from + 1);
}

bool line_parse_head(const char *text, size_t bytes, struct line_head *head)
{
	const char *at = text, *end = text + bytes, *quote;
	uint64_t us;

	if (!take(&at, end, "{\"v\":1,\"seq\":") || !take_u64(&at, end, &head->seq) || !take(&at, end, ",\"us\":") ||
		!take_u64(&at, end, &us) || us > INT64_MAX || !take(&at, end, ",\"event\":\""))
		return false;
	quote = memchr(at, '"', (size_t)(end - at));
	if (!quote || end[-1] != '}')
		return false;
	head->us = (int64_t)us;
	head->event = at;
	head->event_bytes = (size_t)(quote - at);
	return true;
}

/* A quote inside of a text is escaped, so these bytes can be nothing but the key. */
bool line_of_attempt(const char *text, size_t bytes, uint64_t attempt)
{
	char key[40];
	size_t key_bytes = (size_t)snprintf(key, sizeof(key), ",\"attempt\":%llu", (unsigned long long)attempt);
	const char *found = memmem(text, bytes, key, key_bytes);

	return found && found + key_bytes < text + bytes && (found[key_bytes] == ',' || found[key_bytes] == '}');
}
