/*
 * fuzz_checkpoint.c - any bytes as a checkpoint: what is accepted has a size, an origin of one word, and no signature of a
 * stranger's key
 */
#include "campaigns/checkpoint.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char stranger[SIGN_PUBLIC_BYTES] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b,
		0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7,
		0x07, 0x51, 0x1a};
	struct checkpoint checkpoint;
	struct sign_key *key;

	if (checkpoint_parse((const char *)data, size, &checkpoint))
		return 0;
	if (!checkpoint.origin[0] || strpbrk(checkpoint.origin, " \n+") || checkpoint.size > INT64_MAX)
		abort();
	if (sign_public_of(&key, stranger) != 0 || checkpoint_check(&checkpoint, key))
		abort();
	sign_key_free(key);
	return 0;
}
