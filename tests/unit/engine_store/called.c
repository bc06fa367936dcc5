/* called.c - a carrier that does the same each time: whoever is called answers after 5 s and talks for 20 s; see store_world.h */
#include "tests/unit/engine_store/store_world.h"

#include "base/clock.h"

static void leg_hangs_up(void *arg)
{
	world_tell(arg, UA_EV_ENDED, 0, false, NULL);
}

static void leg_answers(void *arg)
{
	struct leg *leg = arg;

	leg->state = LEG_UP;
	world_later(leg, 20 * SEC_US, leg_hangs_up);
	world_tell(leg, UA_EV_ANSWERED, 200, false, world_sdp);
}

static void leg_busy(void *arg)
{
	world_tell(arg, UA_EV_FAILED, 486, false, NULL);
}

static void leg_cancelled(void *arg)
{
	world_tell(arg, UA_EV_FAILED, 487, false, NULL);
}

static void leg_rings(void *arg)
{
	struct leg *leg = arg;
	bool busy = sw.busy || (sw.alone && !leg->person && prng_below(&w->prng, 5));

	world_later(leg, busy ? SEC_US : 4 * SEC_US, busy ? leg_busy : leg_answers);
	world_tell(leg, UA_EV_PROGRESS, 180, false, NULL);
}

/* Nobody is dialled for a seat that is reserved. */
int ua_invite(struct ua *ua, const struct ua_invite *invite, uint64_t *handle)
{
	const struct call *call = pool_get(&w->engine->calls, invite->cookie);
	const struct desk *desk = sw.alone ? store_world_desk(0) : NULL;
	struct leg *leg = world_leg_new(handle);

	(void)ua;
	if (desk && (desk->state == DESK_PREVIEW || desk->state == DESK_DIALLING))
		assert_int_equal(call->reserved, desk->self);
	leg->state = LEG_EARLY;
	leg->cookie = invite->cookie;
	leg->person = call->reserved;
	world_later(leg, SEC_US, leg_rings);
	return 0;
}

int ua_cancel(struct ua *ua, uint64_t handle, const char *reason)
{
	struct leg *leg = world_leg(handle);

	(void)ua, (void)reason;
	assert_true(leg && leg->state == LEG_EARLY);
	leg->state = LEG_CANCELLED;
	world_later(leg, 30 * MS_US, leg_cancelled);
	return 0;
}

int ua_bye(struct ua *ua, uint64_t handle, const char *reason)
{
	struct leg *leg = world_leg(handle);

	(void)ua, (void)reason;
	assert_true(leg && (leg->state == LEG_UP || leg->state == LEG_SEAT));
	wheel_cancel(&w->wheel, &leg->timer);
	if (leg->state == LEG_SEAT)
		w->seat_bound[leg->seat] = false;
	leg->state = LEG_FREE;
	return 0;
}

void world_recalled(uint64_t stream, enum amd_verdict verdict)
{
	(void)stream, (void)verdict;
	fail_msg("nobody listens for recordings in this world");
}
