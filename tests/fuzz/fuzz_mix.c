/* fuzz_mix.c - the carrier's mix file: what is accepted can be printed and read again, and draws stay inside their range */
#include "tools/carrier/mix.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void draws(const struct mix *mix)
{
	struct prng prng;

	prng_seed(&prng, 1);
	for (int i = 0; i < MIX_TIMES; i++) {
		int64_t us = mix_draw(mix, (enum mix_time)i, &prng);

		if (us < mix->times[i].min_us || us > mix->times[i].max_us)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mix mix;
	struct plan plan;
	char why[160] = "";

	mix_defaults(&mix);
	if (mix_parse((const char *)data, size, &mix, why) != 0) {
		if (!why[0])
			abort();
		return 0;
	}
	draws(&mix);
	mix_plan(&mix, 1, "+8613800138000", 1, &plan);
	if (!(mix.shares[plan.behaviour] > 0))
		abort();
	return 0;
}
