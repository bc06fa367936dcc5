/* called.c - who is called, by chance, and the carrier that reaches him; see world.h */
#include "tests/unit/engine/world.h"

#include "base/clock.h"
#include "base/err.h"

static void leg_hangs_up(void *arg)
{
	world_tell(arg, UA_EV_ENDED, 0, false, NULL);
}

static void amd_push(struct leg *leg, enum amd_event_kind kind, enum amd_verdict verdict, int64_t at_us)
{
	world_media((struct media_event){.kind = MEDIA_EV_AMD, .stream = leg->stream, .cookie = leg->cookie, .at_us = at_us,
		.amd = {.kind = kind, .verdict = verdict, .prob = 0.9f, .cause = "sim"}});
}

static void leg_beeps(void *arg)
{
	struct leg *leg = arg;

	amd_push(leg, AMD_EV_BEEP, AMD_NONE, w->now_us);
	world_later(leg, world_chance() < 0.2 ? 4 * SEC_US : 60 * SEC_US, leg_hangs_up); /* some tapes are short */
}

static void leg_quiet(void *arg)
{
	struct leg *leg = arg;

	amd_push(leg, AMD_EV_GREETING_END, AMD_NONE, w->now_us - 1600 * MS_US);
	world_later(leg, 60 * SEC_US, leg_hangs_up);
}

/* A greeting of a second, and the classifier makes nothing of it. */
static void leg_greets(void *arg)
{
	struct leg *leg = arg;

	amd_push(leg, AMD_EV_GREETING_END, AMD_NONE, w->now_us);
	world_later(leg, 3 * SEC_US, leg_hangs_up);
}

/* A person who speaks like a recording. */
static void leg_wrong_verdict(struct leg *leg)
{
	leg->greeting_end_us = w->now_us - 100 * MS_US;
	amd_push(leg, AMD_EV_VERDICT, AMD_MACHINE, w->now_us);
	world_later(leg, 30 * SEC_US, leg_hangs_up);
}

static void record_voice(struct amd_print *print, uint64_t whose)
{
	struct prng voice;

	prng_seed(&voice, whose);
	for (int i = 0; i < AMD_PRINT_FRAMES; i++)
		print->code[i] = (uint16_t)prng_u64(&voice);
}

uint32_t world_recording(uint64_t whose)
{
	struct memory_entry entry = {0};

	record_voice(&entry.print, whose);
	return memory_id(&entry);
}

/* The recording, or the voice of somebody whom nobody else sounds like. */
static void leg_print(struct leg *leg)
{
	struct media_event event = {.kind = MEDIA_EV_AMD, .stream = leg->stream, .cookie = leg->cookie, .at_us = w->now_us,
		.amd = {.kind = AMD_EV_PRINT}, .print = {.frames = AMD_PRINT_FRAMES, .voiced = AMD_PRINT_FRAMES}};

	record_voice(&event.print, leg->person ? leg->handle : 0);
	world_media(event);
	leg->printed = true;
	w->printed += !leg->person;
}

/* The classifier says it at once, and nothing else later. */
void world_recalled(uint64_t stream, enum amd_verdict verdict)
{
	struct leg *leg = NULL;

	for (int i = 0; i < LEGS; i++)
		if (w->legs[i].state == LEG_UP && w->legs[i].stream == stream)
			leg = &w->legs[i];
	assert_true(leg && !leg->person);
	w->recalled++;
	world_media((struct media_event){.kind = MEDIA_EV_AMD, .stream = stream, .cookie = leg->cookie, .at_us = w->now_us,
		.amd = {.kind = AMD_EV_VERDICT, .verdict = verdict, .prob = 0.98f, .cause = "heard-before"}});
	if (verdict == AMD_SCREENER)
		world_later(leg, 4 * SEC_US, leg_quiet); /* it has asked, and waits */
	else
		world_later(leg, 30 * SEC_US, leg_hangs_up);
}

static void leg_verdict(void *arg)
{
	static const enum amd_verdict tones[] = {AMD_FAX, AMD_SIT, AMD_BUSY, AMD_CONGESTION, AMD_RINGBACK};
	struct leg *leg = arg;

	if (w->one_recording && !leg->printed) {
		leg_print(leg);
		world_later(leg, 100 * MS_US, leg_verdict);
		return;
	}
	double u = world_chance();
	if (leg->person && world_chance() < w->wrong_prob) {
		leg_wrong_verdict(leg);
		return;
	}
	leg->greeting_end_us = w->now_us - 600 * MS_US;
	if (leg->person)
		amd_push(leg, AMD_EV_GREETING_END, AMD_NONE, leg->greeting_end_us);
	amd_push(leg, AMD_EV_VERDICT, leg->person ? (u < 0.9 ? AMD_HUMAN : AMD_UNKNOWN) : u < 0.5 ? AMD_MACHINE : tones[(int)(u * 10) - 5],
		w->now_us);
	if (!leg->person && u < 0.5) {
		world_later(leg, (int64_t)(world_chance() * 20 * SEC_US), world_chance() < 0.1 ? leg_hangs_up : world_chance() < 0.6 ? leg_beeps : leg_quiet);
		return;
	}
	if (leg->person && u < 0.03)
		amd_push(leg, AMD_EV_REVISED, AMD_MACHINE, w->now_us); /* now and then the classifier changes its mind */
	world_later(leg, leg->person ? w->talk_us / 2 + (int64_t)(world_chance() * (double)w->talk_us) : 30 * SEC_US, leg_hangs_up);
}

static void leg_answers(void *arg)
{
	struct leg *leg = arg;

	leg->state = LEG_UP;
	w->truth[leg->attempt] = leg->person;
	if (leg->early) /* said about the ringing, and not taken yet when the answer is there */
		amd_push(leg, AMD_EV_VERDICT, AMD_RINGBACK, w->now_us - 10 * MS_US);
	amd_push(leg, AMD_EV_VOICE_START, AMD_NONE, w->now_us + 300 * MS_US);
	world_tell(leg, UA_EV_ANSWERED, 200, false, world_chance() < 0.01 || w->answers_unusable ? "v=0\r\n" : world_sdp);
	if (leg->state != LEG_UP)
		return; /* the engine had no use for that description */
	leg->answered_us = w->now_us;
	if (w->undecided && leg->person)
		world_later(leg, SEC_US, leg_greets);
	else if (world_chance() < 0.02)
		world_later(leg, 200 * MS_US, leg_hangs_up);
	else
		world_later(leg, (int64_t)(SEC_US + world_chance() * 2 * SEC_US), leg_verdict);
}

static void leg_not_found(void *arg)
{
	world_tell(arg, UA_EV_FAILED, 404, false, NULL);
}

static void leg_fails(void *arg)
{
	static const int codes[] = {486, 404, 503, 603, 480, 302};

	world_tell(arg, UA_EV_FAILED, codes[prng_below(&w->prng, 6)], false, NULL);
}

/* A recording of the network's, in place of the ringing; then it refuses, unless the engine has hung up. */
static void leg_announces(void *arg)
{
	struct leg *leg = arg;

	leg_print(leg);
	world_later(leg, 8 * SEC_US, leg_not_found);
}

static void leg_silent_trunk(void *arg)
{
	world_tell(arg, UA_EV_FAILED, 408, true, NULL);
}

static void leg_unusable(void *arg)
{
	struct leg *leg = arg;

	leg->state = LEG_UP;
	world_tell(leg, UA_EV_FAILED, 488, true, NULL);
}

static void leg_rings(void *arg)
{
	struct leg *leg = arg;
	double u = world_chance();

	world_tell(leg, UA_EV_TRYING, 100, false, NULL);
	leg->early = u < 0.1;
	world_tell(leg, UA_EV_PROGRESS, leg->early ? 183 : 180, false, leg->early ? world_sdp : NULL);
	leg->ringing_us = w->now_us;
	leg->ringing = true;
	leg->person = world_chance() < w->person_prob / (w->person_prob + 0.25);
	if (leg->early && w->announces) {
		leg->person = false;
		world_later(leg, 2 * SEC_US, leg_announces);
	} else if (u < w->person_prob + 0.25)
		world_later(leg, (int64_t)(world_chance() * 20 * SEC_US), leg_answers);
	else if (u < w->person_prob + 0.45)
		world_later(leg, (int64_t)(world_chance() * 3 * SEC_US), leg_fails);
	/* else it rings until the engine cancels */
}

static void leg_cancel_done(void *arg)
{
	struct leg *leg = arg;

	world_tell(leg, UA_EV_FAILED, 487, false, NULL);
}

/* Never more than the trunk's calls a second, over all campaigns: a bucket one second deep. Claims that the writer delayed come in a bunch. */
static void check_rate(void)
{
	double depth = w->trunk.cps_max > 1 ? w->trunk.cps_max : 1;

	w->bucket += w->bucket_us ? (double)(w->now_us - w->bucket_us) / SEC_US * w->trunk.cps_max : depth;
	w->bucket = w->bucket < depth ? w->bucket : depth;
	w->bucket_us = w->now_us;
	w->bucket -= 1;
	assert_true(w->bucket > -1e-3 || w->writer_slow_us || w->hook);
}

int ua_invite(struct ua *ua, const struct ua_invite *invite, uint64_t *handle)
{
	struct leg *leg = world_leg_new(handle);

	(void)ua;
	if (w->invites_fail)
		return ERR_FULL;
	if (world_chance() < 0.002)
		return ERR_RANGE;
	assert_true(w->engine->gates[0].calls <= w->trunk.calls_max);
	bool second = strcmp(invite->host, w->trunk.host) != 0;
	w->invites[second]++;
	w->dialled[((struct call *)pool_get(&w->engine->calls, invite->cookie))->attempt.campaign - 1]++;
	if (!second)
		check_rate();
	leg->state = LEG_EARLY;
	leg->cookie = invite->cookie;
	const struct call *call = pool_get(&w->engine->calls, invite->cookie);
	leg->stream = call->stream;
	leg->attempt = call->attempt.id;
	leg->sent_us = w->now_us;
	if (w->invited[leg->attempt]++ || w->now_us - call->attempt.intent_us > SEC_US)
		assert_true(call->attempt.e164[strlen(call->attempt.e164) - 1] != '7'); /* attempt_still_allowed() */
	if (w->unusable)
		world_later(leg, SEC_US, leg_unusable);
	else if ((uint32_t)(invite->host[8] - '0') <= w->silent_gateways)
		world_later(leg, 5 * SEC_US, leg_silent_trunk);
	else if (world_chance() < 0.01 || (w->trunk_silent && !second))
		world_later(leg, 5 * SEC_US, leg_silent_trunk);
	else
		world_later(leg, (int64_t)(world_chance() * 3 * SEC_US), leg_rings);
	return 0;
}

int ua_cancel(struct ua *ua, uint64_t handle, const char *reason)
{
	struct leg *leg = world_leg(handle);

	(void)ua, (void)reason;
	assert_non_null(leg);
	assert_int_equal(leg->state, LEG_EARLY);
	if (!w->signals && !(w->announces && leg->printed)) /* the network has refused already, in words */
		assert_true(w->now_us - (leg->ringing ? leg->ringing_us : leg->sent_us) >= 15 * SEC_US);
	leg->state = LEG_CANCELLED;
	wheel_cancel(&w->wheel, &leg->timer);
	if (w->answers_race && leg->ringing)
		world_later(leg, 20 * MS_US, leg_answers);
	else if (!w->trunk_deaf)
		world_later(leg, 30 * MS_US, leg_cancel_done);
	return 0;
}

int ua_bye(struct ua *ua, uint64_t handle, const char *reason)
{
	struct leg *leg = world_leg(handle);

	(void)ua, (void)reason;
	assert_non_null(leg);
	assert_true(leg->state == LEG_UP || leg->state == LEG_SEAT);
	wheel_cancel(&w->wheel, &leg->timer);
	w->cut_off += leg->early && leg->answered_us && w->now_us - leg->answered_us < 100 * MS_US;
	if (leg->state == LEG_SEAT)
		w->seat_bound[leg->seat] = false;
	leg->state = LEG_FREE;
	return 0;
}
