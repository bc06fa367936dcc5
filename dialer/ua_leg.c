/* ua_leg.c - legs in their pool, and when each one's memory may go */
#include "dialer/ua_leg.h"

#include "base/clock.h"
#include "dialer/hash.h"

#include <stdlib.h>

#define LOST_US (33 * SEC_US) /* 64 * T1, and one to let the library speak first */

struct leg *leg_take(struct ua *ua)
{
	uint64_t handle;
	if (ua->counters.legs >= ua->options.legs_max)
		return NULL;
	struct leg *leg = pool_take(&ua->legs, &handle);
	if (!leg)
		return NULL;
	leg->ua = ua;
	leg->handle = handle;
	leg->dialog.leg = leg;
	leg->counted = true;
	ua->counters.legs++;
	return leg;
}

static void uncount(struct leg *leg)
{
	if (leg->counted)
		leg->ua->counters.legs--;
	leg->counted = false;
}

void leg_free(struct leg *leg)
{
	struct ua *ua = leg->ua;
	leg_mark_heard(leg);
	uncount(leg);
	wheel_cancel(&ua->wheel, &leg->timer);
	wheel_cancel(&ua->wheel, &leg->beat);
	wire_drop(leg->call);
	wire_forget(leg->request);
	wire_forget(leg->unacked);
	wire_dialog_free(&leg->dialog);
	if (leg->login)
		hash_wipe(leg->login, sizeof(*leg->login));
	free(leg->login);
	free(leg->call_id);
	free(leg->answer);
	free(leg->ask);
	free(leg->said);
	relic_over(leg);
	pool_put(&ua->legs, leg->handle);
}

struct leg *leg_alive(struct ua *ua, uint64_t handle)
{
	return pool_get(&ua->legs, handle);
}

struct leg *leg_owned(struct ua *ua, uint64_t handle)
{
	struct leg *leg = leg_alive(ua, handle);
	return leg && leg->state != LEG_ENDING && leg->state != LEG_ABANDONED && leg->state != LEG_DEAD ? leg : NULL;
}

void leg_arm(struct leg *leg, int64_t delay_us, wheel_h *handler)
{
	wheel_arm(&leg->ua->wheel, &leg->timer, clock_us() + delay_us, handler, leg);
}

void leg_mark_unheard(struct leg *leg)
{
	leg->unheard = true;
	leg->ua->unheard++;
}

void leg_mark_heard(struct leg *leg)
{
	if (leg->unheard)
		leg->ua->unheard--;
	leg->unheard = false;
}

void leg_tell(struct leg *leg, struct ua_event *event)
{
	event->leg = leg->handle;
	event->cookie = leg->cookie;
	event->call_id = leg->call_id ? leg->call_id : "";
	if (!event->phrase)
		event->phrase = "";
	if (!event->reason)
		event->reason = "";
	if (!event->asserted)
		event->asserted = event->privacy = event->diversion = event->call_info = "";
	leg->ua->options.event(leg->ua->options.arg, event);
}

void leg_finish(struct leg *leg, struct ua_event *event)
{
	leg->state = LEG_DEAD;
	uncount(leg);
	leg_tell(leg, event);
	leg_free(leg);
}

static void lost(void *arg)
{
	leg_free(arg);
}

void leg_bye(struct leg *leg, const char *reason)
{
	char uri[256], headers[LOGIN_HEADERS_MAX] = "";
	leg->state = LEG_ENDING;
	uncount(leg);
	wheel_cancel(&leg->ua->wheel, &leg->beat);
	if (leg->login && !wire_target(&leg->dialog, uri, sizeof(uri)))
		login_headers(leg, "BYE", uri, headers, sizeof(headers));
	if (wire_bye(&leg->dialog, reason, *headers ? headers : NULL))
		leg_free(leg);
	else
		leg_arm(leg, LOST_US, lost);
}

void leg_end_relic(struct leg *leg, const struct relic *relic)
{
	leg->state = LEG_ENDING;
	uncount(leg);
	if (wire_end_relic(leg->ua->wire, relic, &leg->dialog))
		leg_free(leg);
	else
		leg_arm(leg, LOST_US, lost);
}
