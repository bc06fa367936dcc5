/* fuzz_line.c - a line of the evidence log, as it is read back from a segment that anybody may have changed */
#include "campaigns/complete.h"
#include "campaigns/line.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1), out[64]; /* no NUL behind it: a step too far is found */
	struct line_field field;
	const char *at = NULL;

	memcpy(text, data, size);
	while (line_next_field(text, size, &at, &field)) {
		line_field_text(&field, out, sizeof(out));
		assert(strlen(out) < sizeof(out));
		line_field_text(&field, out, 1);
	}
	line_lacks(text, size);
	free(text);
	return 0;
}
