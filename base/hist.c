/* hist.c - log-linear histogram */
#include "base/hist.h"

static unsigned hist_bucket(uint64_t value)
{
	if (value < 32)
		return (unsigned)value;
	unsigned top = 63 - (unsigned)__builtin_clzll(value); /* >= 5 */
	unsigned bucket = (top - 4) * 32 + (unsigned)(value >> (top - 5) & 31);
	return bucket < HIST_BUCKETS ? bucket : HIST_BUCKETS - 1;
}

static int64_t hist_upper(unsigned bucket)
{
	if (bucket < 32)
		return bucket;
	unsigned shift = bucket / 32 - 1;
	return (int64_t)((UINT64_C(32) + bucket % 32 + 1) << shift) - 1;
}

void hist_note(struct hist *hist, int64_t value)
{
	if (value < 0)
		value = 0;
	hist->buckets[hist_bucket((uint64_t)value)]++;
	hist->count++;
	hist->sum += (uint64_t)value;
	if (value > hist->max)
		hist->max = value;
}

int64_t hist_at(const struct hist *hist, double p)
{
	uint64_t seen = 0;
	uint64_t rank = (uint64_t)(p * (double)hist->count + 0.999999);

	if (rank < 1)
		rank = 1;
	for (unsigned i = 0; i < HIST_BUCKETS && hist->count; i++) {
		seen += hist->buckets[i];
		if (seen >= rank)
			return hist_upper(i) < hist->max ? hist_upper(i) : hist->max;
	}
	return hist->max;
}

bool hist_next(const struct hist *hist, unsigned *index, int64_t *upper, uint32_t *count)
{
	while (*index < HIST_BUCKETS && !hist->buckets[*index])
		++*index;
	if (*index == HIST_BUCKETS)
		return false;
	*upper = hist_upper(*index);
	*count = hist->buckets[(*index)++];
	return true;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
	into->count += from->count;
	into->sum += from->sum;
	if (from->max > into->max)
		into->max = from->max;
}
