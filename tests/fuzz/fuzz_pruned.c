/* fuzz_pruned.c - any bytes as the file `pruned`: what is accepted prints as it was, and is a tree */
#include "campaigns/pruned.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[PRUNED_BYTES];
	struct pruned pruned, again;
	struct merkle tree;

	if (size > PRUNED_BYTES || pruned_parse((const char *)data, size, &pruned))
		return 0;
	if (pruned_parse(text, pruned_print(&pruned, text), &again) || memcmp(&again, &pruned, sizeof(again)) != 0)
		abort();
	if (merkle_init(&tree) == 0 && (!pruned_tree(&pruned, &tree) || tree.size != pruned.first))
		abort();
	merkle_fini(&tree);
	return 0;
}
