/*
 * fuzz_personal.c - the sealed fields of a line, as they are read back from a segment that anybody may have changed, and what is
 * in a box
 */
#include "campaigns/base64.h"
#include "campaigns/personal.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An opened line ends as one, and never has more than fits. */
static void check(const char *out, size_t bytes, size_t room)
{
	assert(bytes <= room);
	if (bytes)
		assert(out[bytes - 1] == '}');
}

/* Up to the first 0 byte: the line; behind it: the values that its box would have. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, 0, size);
	size_t bytes = end ? (size_t)(end - data) : size, values_bytes = end ? size - bytes - 1 : 0;
	char *line = malloc(bytes ? bytes : 1), *values = malloc(values_bytes ? values_bytes : 1), out[PERSONAL_LINE_BYTES];
	unsigned char box[LINE_BYTES_MAX];
	struct personal_parts parts;

	memcpy(line, data, bytes);
	if (end)
		memcpy(values, end + 1, values_bytes);
	if (personal_parse(line, bytes, &parts)) {
		base64_decode(parts.box, parts.box_bytes, box, sizeof(box));
		check(out, personal_build(line, &parts, NULL, 0, PERSONAL_ERASED, out, sizeof(out)), sizeof(out));
		check(out, personal_build(line, &parts, values, values_bytes, NULL, out, sizeof(out)), sizeof(out));
		check(out, personal_build(line, &parts, values, values_bytes, NULL, out, 40), 40);
	}
	free(line);
	free(values);
	return 0;
}
