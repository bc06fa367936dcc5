/* fuzz_scenario.c - scenario files: what is refused is refused in a sentence, what is accepted prints and reads back the same */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/world/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *printed(const struct scenario *scenario, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (!out)
		abort();
	scenario_print(out, scenario);
	fclose(out);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario scenario, again;
	char why[SCENARIO_WHY_BYTES] = "", *first, *second;
	size_t length, length_again;

	scenario_init(&scenario);
	if (scenario_parse((const char *)data, size, &scenario, why)) {
		if (!why[0] || strlen(why) >= sizeof(why))
			abort();
		return 0;
	}
	first = printed(&scenario, &length);
	scenario_init(&again);
	if (length < 60000 && scenario_parse(first, length, &again, why))
		abort();
	second = printed(&again, &length_again);
	if (length < 60000 && length != length_again) /* figures may lose digits, never lines */
		abort();
	free(first);
	free(second);
	return 0;
}
