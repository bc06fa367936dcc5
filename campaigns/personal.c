/* personal.c - see personal.h */
#include "campaigns/personal.h"

#include "campaigns/base64.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT_BYTES 9

/* Schema and sequence number: a box that was moved to another line does not open. */
static struct siv_context context_of(uint32_t version, uint64_t seq, unsigned char out[CONTEXT_BYTES])
{
	out[0] = (unsigned char)version;
	for (int i = 0; i < 8; i++)
		out[1 + i] = (unsigned char)(seq >> (56 - 8 * i));
	return (struct siv_context){out, CONTEXT_BYTES};
}

/* --- sealing */

bool personal_seal(struct personkeys *keys, uint64_t seq, struct line *line)
{
	unsigned char box[LINE_PERSONAL_BYTES + SIV_BYTES], context[CONTEXT_BYTES];
	char text[BASE64_BYTES(sizeof(box))];

	if (!personkey_seal(
		    keys, line->person_key, context_of(LINE_VERSION, seq, context), line->personal, line->personal_bytes, box))
		return false;
	base64_encode(box, line->personal_bytes + SIV_BYTES, text);
	line_text(line, "sealed", line->names);
	line_u64(line, "key", line->person_key);
	line_text(line, "box", text);
	return !line->bad;
}

/* --- opening */

bool personal_parse(const char *line, size_t bytes, struct personal_parts *parts)
{
	const char *found = memmem(line, bytes, ",\"sealed\":\"", 11), *at = found;
	struct line_field names, key, box;

	if (!found || !line_next_field(line, bytes, &at, &names) || !line_next_field(line, bytes, &at, &key) ||
		!line_next_field(line, bytes, &at, &box))
		return false;
	if (names.kind != LINE_TEXT || !names.text_bytes || !line_field_is(&key, "key") || key.kind != LINE_NUMBER ||
		key.number > UINT32_MAX || !line_field_is(&box, "box") || box.kind != LINE_TEXT || at + 1 != line + bytes ||
		*at != '}')
		return false;
	*parts = (struct personal_parts){
		(size_t)(found - line), names.text, box.text, names.text_bytes, box.text_bytes, (uint32_t)key.number};
	return true;
}

struct building {
	char *out;
	size_t bytes, size;
	bool full;
};

static void add(struct building *building, const char *text, size_t bytes)
{
	if (building->full || bytes > building->size - building->bytes) {
		building->full = true;
		return;
	}
	memcpy(building->out + building->bytes, text, bytes);
	building->bytes += bytes;
}

/* The next of "a","b\"c": with its quotes. NULL: there is none. */
static const char *next_value(const char **at, const char *end, size_t *bytes)
{
	const char *from = *at, *to = from + 1;

	if (from >= end || *from != '"')
		return NULL;
	for (; to < end && *to != '"'; to++)
		if (*to == '\\')
			to++;
	if (to >= end)
		return NULL;
	*bytes = (size_t)(++to - from);
	*at = to < end && *to == ',' ? to + 1 : to;
	return from;
}

static bool name_ok(const char *name, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (!((name[i] >= 'a' && name[i] <= 'z') || name[i] == '_' || (name[i] >= '0' && name[i] <= '9')))
			return false;
	return bytes > 0;
}

size_t personal_build(const char *line, const struct personal_parts *parts, const char *values, size_t values_bytes,
	const char *word, char *out, size_t size)
{
	const char *name = parts->names, *names_end = name + parts->names_bytes, *value = values, *comma;
	const char *values_end = values ? values + values_bytes : NULL;
	struct building building = {.out = out, .size = size};
	size_t bytes = 0;

	add(&building, line, parts->clear_bytes);
	for (; name < names_end; name = comma + 1) {
		comma = memchr(name, ',', (size_t)(names_end - name));
		comma = comma ? comma : names_end;
		const char *one = values ? next_value(&value, values_end, &bytes) : NULL;

		if (!name_ok(name, (size_t)(comma - name)) || (values && !one))
			return 0;
		add(&building, ",\"", 2);
		add(&building, name, (size_t)(comma - name));
		add(&building, "\":", 2);
		add(&building, values ? one : "\"", values ? bytes : 1);
		if (!values) {
			add(&building, word, strlen(word));
			add(&building, "\"", 1);
		}
	}
	add(&building, "}", 1);
	return building.full || (values && value != values_end) ? 0 : building.bytes;
}

struct personal_reader {
	struct personkeys *keys;
	char text[PERSONAL_LINE_BYTES];
};

int personal_reader_open(struct personal_reader **reader, const char *dir)
{
	struct personal_reader *made = calloc(1, sizeof(*made));
	int err = made ? personkey_open(&made->keys, dir) : -ENOMEM;

	if (err) {
		free(made);
		return err;
	}
	*reader = made;
	return 0;
}

void personal_reader_close(struct personal_reader *reader)
{
	if (!reader)
		return;
	personkey_close(reader->keys);
	free(reader);
}

/* How long the opened line is; 0: its values cannot be had, and why. */
static size_t open_values(struct personal_reader *reader, const struct line_head *head, const char *line,
	const struct personal_parts *parts, enum personkey_state *state)
{
	unsigned char box[LINE_BYTES_MAX], context[CONTEXT_BYTES];
	char values[LINE_BYTES_MAX];
	int bytes = base64_decode(parts->box, parts->box_bytes, box, sizeof(box));

	*state = PERSONKEY_THERE;
	if (bytes <= SIV_BYTES || !personkey_unseal(reader->keys, parts->key, context_of(head->version, head->seq, context), box,
					  (size_t)bytes, values, state))
		return 0;
	return personal_build(line, parts, values, (size_t)bytes - SIV_BYTES, NULL, reader->text, sizeof(reader->text));
}

const char *personal_line(struct personal_reader *reader, const struct line_head *head, const char *line, size_t *bytes)
{
	static const char *const words[] = {
		[PERSONKEY_THERE] = "unreadable", [PERSONKEY_ERASED] = PERSONAL_ERASED, [PERSONKEY_MISSING] = "sealed"};
	struct personal_parts parts;
	enum personkey_state state;
	size_t opened;

	if (head->version < 3 || !personal_parse(line, *bytes, &parts))
		return line;
	opened = open_values(reader, head, line, &parts, &state);
	if (!opened)
		opened = personal_build(line, &parts, NULL, 0, words[state], reader->text, sizeof(reader->text));
	if (!opened)
		return line;
	*bytes = opened;
	return reader->text;
}
