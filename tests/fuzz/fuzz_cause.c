/* Values of Reason, Call-Info, P-Asserted-Identity and Diversion, as networks send them. */
#include "campaigns/cause.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const int codes[] = {603, 608, 486};
	char *text = malloc(size + 1), number[CAUSE_NUMBER_BYTES];
	struct cause cause;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (int i = 0; i < 3; i++) {
		cause_read(codes[i], text, text, text, &cause);
		assert(cause.q850 <= 127);
		for (const char *at = cause.redress; *at; at++)
			assert(!iscntrl((unsigned char)*at));
	}
	cause_number(text, "", number);
	assert(strspn(number, "+0123456789") == strlen(number));
	cause_diverted(text);
	free(text);
	return 0;
}
