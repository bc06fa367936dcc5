/* fuzz_tzif.c - compiled time zone files: whatever the bytes, offsets stay within two days and spans end after they begin */
#include "campaigns/tz.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t instants[] = {
		INT64_MIN, -4000000000, 0, 951782400, 1772953200, 4102444800, 253402300799, INT64_MAX - 1};
	struct tz *tz;

	if (tz_parse(&tz, data, size) != 0)
		return 0;
	for (unsigned i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
		struct tz_span span = tz_at(tz, instants[i]);

		if (span.until_s <= instants[i] || span.offset_s > 8 * 86400 || span.offset_s < -8 * 86400)
			abort();
	}
	tz_free(tz);
	return 0;
}
