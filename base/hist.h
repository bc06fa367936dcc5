/*
 * hist.h - histogram of durations with bounded relative error
 *
 * What    Counts non-negative int64 values in log-linear buckets (32 per power of two: at most 3.2 % error); 0 .. 2^40 - 1,
 *         larger values land in the last bucket. Fixed size, no allocation.
 */
#ifndef OUTDIAL_BASE_HIST_H
#define OUTDIAL_BASE_HIST_H

#include <stdbool.h>
#include <stdint.h>

#define HIST_BUCKETS (32 * 36 + 32)

struct hist {
	uint64_t count, sum;
	int64_t max;
	uint32_t buckets[HIST_BUCKETS];
};

/* Negative values count as 0. */
void hist_note(struct hist *hist, int64_t value);
/*
 * The value at or under which the share p (0..1) of the noted values lies: upper edge of its bucket, never above the maximum. 0
 * when empty.
 */
int64_t hist_at(const struct hist *hist, double p);
/* Walks the buckets that hold something: *index starts 0; false at the end. `upper`: the greatest value that lands in it. */
bool hist_next(const struct hist *hist, unsigned *index, int64_t *upper, uint32_t *count);
/* Adds `from` into `into`. */
void hist_merge(struct hist *into, const struct hist *from);

#endif
