/* fuzz_rulepack.c - any bytes as a rule pack: read whole or refused with a sentence, and what was read can be asked */
#include "campaigns/rulepack.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[PACK_WHY_BYTES], text[240];
	struct rulepack *pack;

	if (rulepack_parse(&pack, (const char *)data, size, why) != 0) {
		assert(*why);
		return 0;
	}
	for (uint32_t i = 0; i < pack->rule_count; i++) {
		const struct rule *rule = &pack->rules[i];
		const struct hours *hours = &rule->hours;
		const struct tz *tz = tz_get("America/New_York");

		rule_text(rule, text, sizeof(text));
		if (rule->kind == RULE_WINDOW && tz)
			hours_at(&hours, 1, &tz, 1, INT64_C(1794848400000000));
	}
	rulepack_free(pack);
	return 0;
}
