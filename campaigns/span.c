/* span.c - counts over spans that slide */
#include "campaigns/span.h"

#include <string.h>

void span_roll(struct span *span, int64_t span_us, int64_t now_us)
{
	uint32_t part = (uint32_t)(now_us / (span_us / SPAN_PARTS));
	uint32_t steps = part > span->newest ? part - span->newest : 0;

	if (steps > SPAN_PARTS + 1)
		steps = SPAN_PARTS + 1;
	memmove(span->counts + steps, span->counts, (SPAN_PARTS + 1 - steps) * sizeof(span->counts[0]));
	memset(span->counts, 0, steps * sizeof(span->counts[0]));
	span->newest = part;
}

void span_add(struct span *span, uint32_t count)
{
	span->counts[0] += count;
}

uint32_t span_count(const struct span *span)
{
	uint32_t count = 0;

	for (int i = 0; i <= SPAN_PARTS; i++)
		count += span->counts[i];
	return count;
}

int64_t span_below_us(const struct span *span, int64_t span_us, uint32_t max)
{
	uint32_t count = span_count(span);
	int oldest = SPAN_PARTS;

	for (; count >= max && oldest >= 0; oldest--)
		count -= span->counts[oldest];
	return ((int64_t)span->newest + SPAN_PARTS - oldest) * (span_us / SPAN_PARTS);
}
