/* The walk over a DNS message that finds its least TTL. */
#include "dialer/names.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (names_ttl(data, size) < -1)
		abort();
	return 0;
}
