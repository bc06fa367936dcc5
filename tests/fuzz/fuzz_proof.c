/* fuzz_proof.c - any bytes as a proof: what is accepted prints as the same bytes, and checking it never crashes */
#include "campaigns/proof.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct proof proof;
	char why[WHY_BYTES], *text;
	size_t bytes;

	if (proof_parse((const char *)data, size, &proof))
		return 0;
	proof_check(&proof, NULL, why);
	if (proof_print(&proof, &text, &bytes) != 0 || bytes != size || memcmp(text, data, size) != 0)
		abort();
	free(text);
	return 0;
}
