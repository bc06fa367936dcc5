/*
 * ua_relics.c - what an earlier engine left is cancelled or ended, and what this one has is noted
 *
 * What    A CANCEL with the INVITE's own branch, or a BYE, to where the INVITE went or the dialog leads; once, 200 a second, so
 *         that a thousand calls are over within seconds. An answer that came while nobody was here is acknowledged and ended by
 *         the library, as for any 2xx that has no transaction. Notes that are too old are left alone: an INVITE does not ring for
 *         longer than CANCEL_AGE_US.
 * Not     A BYE that is challenged is not sent again: the secret is not in the file.
 */
#include "dialer/ua_leg.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CANCEL_AGE_US (5 * 60 * SEC_US)
#define BYE_AGE_US (12 * 3600 * SEC_US)
#define LAP_US (20 * MS_US)
#define LAP_MAX 4

static uint32_t slot_of(const struct leg *leg)
{
	return (uint32_t)leg->handle - 1;
}

static void relic_keep(const struct leg *leg, int err, struct relic *relic)
{
	relic->since_us = clock_us();
	if (err)
		relics_clear(leg->ua->relics, slot_of(leg));
	else
		relics_put(leg->ua->relics, slot_of(leg), relic);
}

void relic_calling(const struct leg *leg)
{
	struct relic relic;

	if (leg->ua->relics)
		relic_keep(leg, wire_relic_call(&leg->dialog, leg->call, &relic), &relic);
}

void relic_up(const struct leg *leg)
{
	struct relic relic;

	if (leg->ua->relics)
		relic_keep(leg, wire_relic_up(&leg->dialog, leg->request, &relic), &relic);
}

void relic_over(const struct leg *leg)
{
	relics_clear(leg->ua->relics, slot_of(leg));
}

/* --- at the start */

static bool fresh(const struct relic *relic)
{
	int64_t age_us = clock_us() - relic->since_us;

	return age_us < (relic->answered ? BYE_AGE_US : CANCEL_AGE_US);
}

/* False: there is no leg for it, now. */
static bool end_one(struct ua *ua, const struct relic *relic)
{
	struct leg *leg = leg_take(ua);

	if (!leg)
		return false;
	leg->relic = true;
	relics_put(ua->relics, slot_of(leg), relic); /* another crash, and it is still known */
	leg_end_relic(leg, relic);
	return true;
}

static void lap(void *arg)
{
	struct ua *ua = arg;

	for (int i = 0; i < LAP_MAX && ua->left_at < ua->left_count && end_one(ua, &ua->left[ua->left_at]); i++)
		ua->left_at++;
	if (ua->left_at < ua->left_count) {
		wheel_arm(&ua->wheel, &ua->left_timer, clock_us() + LAP_US, lap, ua);
		return;
	}
	free(ua->left);
	ua->left = NULL;
}

int relics_start(struct ua *ua, const char *path)
{
	uint32_t kept = 0;
	int err = relics_open(&ua->relics, path, ua->legs.count, &ua->left, &ua->left_count);

	if (err && err != -ENOSPC) /* a full disk: no calls are placed, and seats are served without */
		return err;
	for (uint32_t i = 0; i < ua->left_count; i++)
		if (fresh(&ua->left[i]))
			ua->left[kept++] = ua->left[i];
	ua->left_count = kept;
	ua->counters.relics = kept;
	lap(ua);
	return 0;
}

void relics_stop(struct ua *ua)
{
	wheel_cancel(&ua->wheel, &ua->left_timer);
	free(ua->left);
	relics_close(ua->relics);
}
