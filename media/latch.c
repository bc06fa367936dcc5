/* latch.c - whose packets a stream accepts, and where it sends */
#include "media/latch.h"

#include <stddef.h>

void latch_aim(struct latch *latch, const union addr *aim)
{
	if (latch->aimed && addr_equal(&latch->aim, aim))
		return;
	latch->aim = *aim;
	latch->aimed = true;
	latch->locked = false;
	latch->probe_count = 0;
}

static bool latch_holds(const struct latch *latch, int64_t now_us)
{
	return latch->locked && now_us - latch->heard_us < LATCH_SILENT_US;
}

bool latch_look(const struct latch *latch, const union addr *from, int64_t now_us)
{
	if (!latch->aimed)
		return false;
	return (latch->locked && addr_equal(from, &latch->source)) || !latch_holds(latch, now_us);
}

static enum latch_answer latch_lock(struct latch *latch, const union addr *from, int64_t now_us)
{
	latch->source = *from;
	latch->locked = true;
	latch->heard_us = now_us;
	latch->probe_count = 0;
	return LATCH_NEW;
}

/* A source that nobody described has to keep sending for a moment, alone. */
static bool probe_passes(struct latch *latch, const union addr *from, int64_t now_us)
{
	if (!latch->probe_count || !addr_equal(from, &latch->probe)) {
		latch->probe = *from;
		latch->probe_us = now_us;
		latch->probe_count = 0;
	}
	latch->probe_count++;
	return latch->probe_count >= LATCH_PACKETS && now_us - latch->probe_us >= LATCH_PROBE_US;
}

enum latch_answer latch_take(struct latch *latch, const union addr *from, int64_t now_us)
{
	if (!latch_look(latch, from, now_us))
		return LATCH_REFUSE;
	if (latch->locked && addr_equal(from, &latch->source)) {
		latch->heard_us = now_us;
		latch->probe_count = 0;
		return LATCH_ACCEPT;
	}
	if (addr_equal(from, &latch->aim) || probe_passes(latch, from, now_us))
		return latch_lock(latch, from, now_us);
	return LATCH_REFUSE;
}

const union addr *latch_to(const struct latch *latch)
{
	const union addr *to = latch->locked ? &latch->source : &latch->aim;

	return latch->aimed && !addr_any(&latch->aim) && addr_port(to) ? to : NULL;
}
