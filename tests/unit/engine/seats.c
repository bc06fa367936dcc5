/* seats.c - agents, what they do by chance or as a test wants it, and the rest of the user agent; see world.h */
#include "tests/unit/engine/world.h"

#include "base/clock.h"

static void seat_leaves(void *arg)
{
	struct leg *leg = arg;
	uint32_t seat = leg->seat;

	w->seat_bound[seat] = false;
	world_tell(leg, UA_EV_ENDED, 0, false, NULL);
}

static void seat_presses(struct leg *leg, char digit)
{
	world_media((struct media_event){.kind = MEDIA_EV_DTMF, .stream = leg->stream, .cookie = leg->cookie, .digit = digit});
}

/* Says of each talk what it is: in the talk, or where that was too short in the wrap-up time. */
static void seat_judges(struct leg *leg)
{
	const struct desk *desk = pool_get(&w->engine->desks, leg->cookie);

	if (!desk || (desk->state != DESK_TALKING && desk->state != DESK_WRAP) || !desk->attempt)
		return;
	seat_presses(leg, '#');
	seat_presses(leg, w->truth[desk->attempt] ? '1' : '0');
}

static void seat_keys(void *arg)
{
	static const char keys[] = "0123456789*#*1*2*3#1#9*4*5";
	struct leg *leg = arg;

	if (w->campaign.mode == CAMPAIGN_PREVIEW && !w->seats_misbehave) {
		seat_presses(leg, '*');
		seat_presses(leg, world_chance() < 0.7 ? '4' : '5');
	}
	if (world_chance() < 0.02 && w->seats_misbehave) {
		seat_leaves(leg);
		return;
	}
	for (const char *key = "#9*3"; w->agents_tell && *key; key++)
		seat_presses(leg, *key);
	if (w->agents_judge)
		seat_judges(leg);
	if (w->seats_misbehave)
		seat_presses(leg, keys[prng_below(&w->prng, sizeof(keys) - 1)]);
	world_later(leg, (int64_t)(world_chance() * 4 * SEC_US), seat_keys);
}

static void seat_acks(void *arg)
{
	struct leg *leg = arg;

	if (world_chance() < 0.5)
		world_media((struct media_event){.kind = MEDIA_EV_LATCHED, .stream = leg->stream, .cookie = leg->cookie});
	world_tell(leg, UA_EV_ACKED, 0, false, NULL);
	world_media((struct media_event){.kind = MEDIA_EV_LATCHED, .stream = leg->stream, .cookie = leg->cookie});
	world_later(leg, 5 * SEC_US, seat_keys);
}

int ua_answer(struct ua *ua, uint64_t handle, const char *sdp)
{
	struct leg *leg = world_leg(handle);

	(void)ua;
	assert_non_null(leg);
	assert_non_null(strstr(sdp, "m=audio"));
	world_later(leg, 20 * MS_US, seat_acks);
	return 0;
}

int ua_reject(struct ua *ua, uint64_t handle, int code, const char *phrase)
{
	struct leg *leg = world_leg(handle);

	(void)ua, (void)code, (void)phrase;
	assert_non_null(leg);
	w->seat_bound[leg->seat] = false;
	leg->state = LEG_FREE;
	return 0;
}

void ua_set_cookie(struct ua *ua, uint64_t handle, uint64_t cookie)
{
	struct leg *leg = world_leg(handle);

	(void)ua;
	leg->cookie = cookie;
	leg->stream = ((struct desk *)pool_get(&w->engine->desks, cookie))->stream;
}

void world_seat_calls(uint32_t seat, const char *sdp)
{
	uint64_t handle;
	char login[16];
	struct leg *leg = world_leg_new(&handle);

	snprintf(login, sizeof(login), "seat%u", seat);
	leg->state = LEG_SEAT;
	leg->seat = seat;
	w->seat_bound[seat] = true;
	struct ua_event event = {.kind = UA_EV_INCOMING,
		.leg = handle,
		.phrase = "",
		.reason = "",
		.sdp = sdp,
		.sdp_bytes = strlen(sdp),
		.from_user = login,
		.to_user = login,
		.user = login,
		.source_ip = "127.0.0.1",
		.call_id = ""};
	w->ua.event(w->ua.arg, &event);
}

/* --- the rest of the user agent */

int ua_query(struct ua *ua, const struct ua_query *query)
{
	(void)ua, (void)query;
	fail_msg("no trunk of this world pings or registers");
	return 0;
}

int ua_need_tls(const struct ua *ua, char *why)
{
	(void)ua, (void)why;
	fail_msg("no trunk of this world has TLS");
	return 0;
}

int ua_open(struct ua **ua, const struct ua_options *options, char *why)
{
	(void)why;
	w->ua = *options;
	*ua = (struct ua *)w;
	return 0;
}

void ua_close(struct ua *ua)
{
	(void)ua;
}

int ua_fd(const struct ua *ua)
{
	(void)ua;
	return 0;
}

int64_t ua_step(struct ua *ua)
{
	(void)ua;
	for (uint32_t i = 0; w->logins && i < w->seats; i++)
		if (!w->seat_bound[i])
			world_seat_calls(i, world_sdp);
	wheel_turn(&w->wheel, w->now_us);
	return MS_US;
}

void ua_counters(const struct ua *ua, struct ua_counters *out)
{
	(void)ua;
	memset(out, 0, sizeof(*out));
}
