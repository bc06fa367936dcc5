/* manifest.c - see manifest.h */
#include "campaigns/manifest.h"

#include "base/err.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

void segment_name(uint64_t first, uint64_t last, enum segment_file file, char out[SEGMENT_NAME_BYTES])
{
	snprintf(out, SEGMENT_NAME_BYTES, "seg-%012llu-%012llu.%s", (unsigned long long)first, (unsigned long long)last,
		file == SEGMENT_LINES ? "ndjson.zst" : "leaf8");
}

static bool number(const char **at, uint64_t *value)
{
	const char *from = *at;

	*value = 0;
	for (; **at >= '0' && **at <= '9' && *at - from < 18; (*at)++)
		*value = *value * 10 + (uint64_t)(**at - '0');
	return *at > from;
}

/* Written again and compared: so there is one name a segment. */
bool segment_name_parse(const char *name, struct manifest_entry *out)
{
	char again[SEGMENT_NAME_BYTES];
	const char *at = name + 4;

	if (strncmp(name, "seg-", 4) != 0 || !number(&at, &out->first) || *at++ != '-' || !number(&at, &out->last))
		return false;
	out->file = strcmp(at, ".leaf8") == 0 ? SEGMENT_LOCATORS : SEGMENT_LINES;
	segment_name(out->first, out->last, out->file, again);
	return out->first <= out->last && strcmp(again, name) == 0;
}

size_t manifest_print(const struct manifest_entry *entry, char out[MANIFEST_LINE_BYTES])
{
	char name[SEGMENT_NAME_BYTES];

	segment_name(entry->first, entry->last, entry->file, name);
	return (size_t)snprintf(out, MANIFEST_LINE_BYTES, "%s  %s\n", entry->sha256, name);
}

int manifest_next(const char **text, const char *end, struct manifest_entry *out)
{
	const char *newline;
	char name[SEGMENT_NAME_BYTES];

	if (*text == end)
		return 0;
	newline = memchr(*text, '\n', (size_t)(end - *text));
	if (!newline || newline - *text < 66 || !text_copy_n(out->sha256, sizeof(out->sha256), *text, 64) ||
		strspn(out->sha256, "0123456789abcdef") != 64 || memcmp(*text + 64, "  ", 2) != 0 ||
		!text_copy_n(name, sizeof(name), *text + 66, (size_t)(newline - *text - 66)) ||
		strlen(name) != (size_t)(newline - *text - 66) || !segment_name_parse(name, out))
		return ERR_SYNTAX;
	*text = newline + 1;
	return 1;
}
