/* fuzz_where.c - filters: whatever the text, an error names a place inside of it, and what is accepted answers the same twice */
#include "campaigns/where.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void place(const char *text, const struct where_error *error)
{
	const char *line = text;

	if (!error->text[0] || error->line < 1 || error->column < 1)
		abort();
	for (uint32_t i = 1; i < error->line; i++) {
		line = strchr(line, '\n');
		if (!line++)
			abort();
	}
	if (error->column > strlen(line) + 1)
		abort();
}

/* The filter ends at the first NUL; the rest is the lead's columns. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[1024];
	struct lead lead = {.id = 1, .phone_count = 1};
	struct where_error error = {0};
	struct where where, again;
	size_t length = strnlen((const char *)data, size), rest;

	if (length >= sizeof(text))
		return 0;
	memcpy(text, data, length);
	text[length] = '\0';
	rest = size - length < sizeof(lead.fields) ? size - length : sizeof(lead.fields);
	memcpy(lead.fields, data + length, rest);
	lead.fields_bytes = (uint16_t)rest;
	if (where_parse(text, &where, &error) != 0) {
		place(text, &error);
		return 0;
	}
	if (where_parse(text, &again, &error) != 0 || where_match(&where, &lead) != where_match(&again, &lead))
		abort();
	for (uint32_t i = 0; where_column(&where, i); i++)
		if (!memchr(where_column(&where, i), '\0', sizeof(where.text)))
			abort();
	return 0;
}
