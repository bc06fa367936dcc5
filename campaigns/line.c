/* line.c - see line.h */
#include "campaigns/line.h"

#include "base/text.h"

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
	line->names_bytes = line->personal_bytes = 0;
	line->person_key = 0;
	put(line, "{\"v\":3,\"seq\":", 13);
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
		size_t n = text_utf8(text, 4); /* its NUL ends it */

		put_character(line, text, n);
		text += n ? n : 1;
	}
	put(line, "\"", 1);
}

void line_item(struct line *line, const char *key, const char *text)
{
	line_text(line, key, *text ? text : "n/a");
}

/* By commas behind what is there. */
static bool append(char *list, size_t *used, size_t size, const char *text, size_t bytes)
{
	if (*used + 1 + bytes + 1 > size)
		return false;
	if (*used)
		list[(*used)++] = ',';
	memcpy(list + *used, text, bytes);
	*used += bytes;
	list[*used] = '\0';
	return true;
}

/* Written as any text, and taken out again. */
void line_personal(struct line *line, const char *key, const char *text)
{
	size_t from = line->bytes, value = from + strlen(key) + 4;

	line_text(line, key, text);
	if (line->bad || !*text)
		return;
	line->bad =
		!append(line->names, &line->names_bytes, sizeof(line->names), key, strlen(key)) ||
		!append(line->personal, &line->personal_bytes, sizeof(line->personal), line->text + value, line->bytes - value);
	line->bytes = from;
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
	uint64_t version, us;

	if (!take(&at, end, "{\"v\":") || !take_u64(&at, end, &version) || version < 1 || version > LINE_VERSION ||
		!take(&at, end, ",\"seq\":") || !take_u64(&at, end, &head->seq) || !take(&at, end, ",\"us\":") ||
		!take_u64(&at, end, &us) || us > INT64_MAX || !take(&at, end, ",\"event\":\""))
		return false;
	head->version = (uint32_t)version;
	quote = memchr(at, '"', (size_t)(end - at));
	if (!quote || end[-1] != '}')
		return false;
	head->us = (int64_t)us;
	head->event = at;
	head->event_bytes = (size_t)(quote - at);
	return true;
}

/* From behind the opening quote up to the closing one. */
static bool take_quoted(const char **at, const char *end, const char **text, size_t *bytes)
{
	for (*text = *at; *at < end && **at != '"'; (*at)++)
		if (**at == '\\' && ++*at == end)
			return false;
	*bytes = (size_t)(*at - *text);
	return *at < end && *(*at)++ == '"';
}

static bool take_value(const char **at, const char *end, struct line_field *field)
{
	field->number = 0;
	field->text = *at;
	field->text_bytes = 0;
	if (take(at, end, "null")) {
		field->kind = LINE_NULL;
	} else if (take(at, end, "true") || take(at, end, "false")) {
		field->kind = LINE_BOOL;
		field->number = field->text[0] == 't';
	} else if (take(at, end, "\"")) {
		field->kind = LINE_TEXT;
		return take_quoted(at, end, &field->text, &field->text_bytes);
	} else {
		field->kind = LINE_NUMBER;
		return take_u64(at, end, &field->number);
	}
	return true;
}

bool line_event_is(const struct line_head *head, const char *event)
{
	size_t bytes = strlen(event);

	if (bytes && event[bytes - 1] == '*')
		return head->event_bytes >= bytes - 1 && memcmp(head->event, event, bytes - 1) == 0;
	return head->event_bytes == bytes && memcmp(head->event, event, bytes) == 0;
}

bool line_next_field(const char *line, size_t bytes, const char **at, struct line_field *field)
{
	const char *end = line + bytes;
	struct line_head head;

	if (!*at) {
		if (!line_parse_head(line, bytes, &head))
			return false;
		*at = head.event + head.event_bytes + 1;
	}
	return take(at, end, ",\"") && take_quoted(at, end, &field->key, &field->key_bytes) && take(at, end, ":") &&
	       take_value(at, end, field);
}

bool line_field_is(const struct line_field *field, const char *key)
{
	return strlen(key) == field->key_bytes && memcmp(key, field->key, field->key_bytes) == 0;
}

void line_field_text(const struct line_field *field, char *out, size_t size)
{
	const char *at = field->text, *end = field->text + (field->kind == LINE_TEXT ? field->text_bytes : 0);
	size_t used = 0;

	while (at < end) {
		const char *from = at + (*at == '\\' && at + 1 < end);
		size_t n = text_utf8(from, (size_t)(end - from));

		n = n ? n : 1;
		if (used + n >= size)
			break;
		memcpy(out + used, from, n);
		used += n;
		at = from + n;
	}
	out[used] = '\0';
}

/* A quote inside of a text is escaped, so these bytes can be nothing but the key. */
bool line_of_attempt(const char *text, size_t bytes, uint64_t attempt)
{
	char key[40];
	size_t key_bytes = (size_t)snprintf(key, sizeof(key), ",\"attempt\":%llu", (unsigned long long)attempt);
	const char *found = memmem(text, bytes, key, key_bytes);

	return found && found + key_bytes < text + bytes && (found[key_bytes] == ',' || found[key_bytes] == '}');
}
