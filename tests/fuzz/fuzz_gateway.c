/* fuzz_gateway.c - gateways as text: what is accepted is printed and read again as the same, what is refused has a sentence */
#include "campaigns/gateway.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[1024], printed[GATEWAY_TEXT_BYTES], twice[GATEWAY_TEXT_BYTES], why[WHY_BYTES] = "";
	static struct trunk trunk; /* large */

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&trunk, 0, sizeof(trunk));
	if (gateways_parse(text, &trunk, why)) {
		if (!*why || trunk_gateways(&trunk) > 1)
			abort();
		return 0;
	}
	for (int i = 0; i < trunk_gateways(&trunk); i++) {
		struct trunk_gateway gateway = trunk_gateway(&trunk, i), again;
		gateway_print(&gateway, printed, sizeof(printed));
		if (gateway_parse(printed, &again, why))
			abort();
		gateway_print(&again, twice, sizeof(twice));
		if (strcmp(printed, twice))
			abort();
	}
	return 0;
}
