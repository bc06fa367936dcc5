/*
 * span.h - how many of something within the last minute, day, or any other span that slides (pure)
 *
 * What    A span is cut into 24 equal parts; 25 counters hold the part that is running and the 24 before it. The count is never
 *         below the true number of the last `span_us`, and never above that of the last 25/24 of it: a cap on the count holds for
 *         each span, wherever it begins. A clock that is set back takes the counters with it: what was counted stays as old as it
 *         was.
 * Shape   caller's memory, zeroed: nothing counted.
 * Units   *_us microseconds since the epoch; span_us a multiple of 24 microseconds, from a second on.
 * Errors  none.
 */
#ifndef OUTDIAL_CAMPAIGNS_SPAN_H
#define OUTDIAL_CAMPAIGNS_SPAN_H

#include <stdint.h>

#define SPAN_PARTS 24

struct span {
	uint32_t newest;                /* parts since the epoch */
	uint32_t counts[SPAN_PARTS + 1]; /* the newest first */
};

/* What is older than the span is forgotten. Before each of the following. */
void span_roll(struct span *span, int64_t span_us, int64_t now_us);
/* `count` more, now. */
void span_add(struct span *span, uint32_t count);
uint32_t span_count(const struct span *span);
/* When the count will have fallen below `max` (at least 1) if nothing is added: the beginning of the part that runs, or later. */
int64_t span_below_us(const struct span *span, int64_t span_us, uint32_t max);

#endif
