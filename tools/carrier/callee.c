/* callee.c - one called side: what answers, step by step */
#include "tools/carrier/callee.h"

#define MESSAGE_MS_MIN 6000 /* without a pause of a second: two sentences of an agent may run together, the message is longer */
#define SPELL_US_MIN (3 * SEC_US)
#define SPELL_US_MAX (30 * SEC_US)
#define SPELL_STEP_US (500 * MS_US)
#define FAX_DELAY_US (2 * SEC_US)
#define FAX_ROUNDS 3
#define RINGBACK_PAUSE_MS 4000

static void callee_on_step(void *arg)
{
	struct callee *callee = arg;

	callee->next(callee);
}

/* The script goes on with `next` in `us`; what was armed before is dropped. */
static void callee_after(struct callee *callee, int64_t us, void (*next)(struct callee *callee))
{
	callee->next = next;
	wheel_arm(&callee->carrier->far.wheel, &callee->step, clock_us() + us, callee_on_step, callee);
}

/* --- the end of a call */

static void callee_finish(struct callee *callee)
{
	struct carrier *carrier = callee->carrier;

	witness_end(&carrier->witness, &callee->record);
	pool_put(&carrier->callees, callee->handle);
}

/* A voice that has lasted from sentence_us to `until_us`: only the message to abandoned people is that long. */
static void callee_sentence(struct callee *callee, int64_t until_us)
{
	int64_t ms = callee->sentence_us ? (until_us - callee->sentence_us) / MS_US : 0;

	callee->sentence_us = 0;
	if (ms >= MESSAGE_MS_MIN && (uint32_t)ms > callee->record.message_ms)
		callee->record.message_ms = (uint32_t)ms;
}

/* The leg is gone; the record is complete when the stream has said its last word. */
static void callee_over(struct callee *callee, enum ended_by by)
{
	struct carrier *carrier = callee->carrier;

	callee->record.end_us = clock_us();
	callee->record.ended_by = by;
	callee_sentence(callee, callee->record.end_us);
	callee->leg = 0;
	callee->stage = CALLEE_OVER;
	wheel_cancel(&carrier->far.wheel, &callee->step);
	wheel_cancel(&carrier->far.wheel, &callee->end);
	if (!callee->stream || media_stream_close(carrier->far.media, callee->stream) != 0)
		callee_finish(callee);
}

static const char *callee_phrase(int code)
{
	switch (code) {
	case 404:
		return "Not Found";
	case 480:
		return "Temporarily Unavailable";
	case 486:
		return "Busy Here";
	case 488:
		return "Not Acceptable Here";
	default:
		return "Service Unavailable";
	}
}

static void callee_refuse_with(struct callee *callee, uint16_t code, enum ended_by by)
{
	callee->record.code = code;
	ua_reject(callee->carrier->far.ua, callee->leg, code, callee_phrase(code));
	callee_over(callee, by);
}

static void callee_refuse(struct callee *callee)
{
	callee_refuse_with(callee, mix_facts(callee->plan.behaviour)->refusal, ENDED_CALLEE);
}

static void callee_hang_up(struct callee *callee)
{
	ua_bye(callee->carrier->far.ua, callee->leg, NULL);
	callee_over(callee, ENDED_CALLEE);
}

/* Someone has been speaking to it without a pause: people let a message come to its end. */
static bool callee_spellbound(const struct callee *callee)
{
	int64_t us = callee->sentence_us ? clock_us() - callee->sentence_us : 0;

	return us > SPELL_US_MIN && us < SPELL_US_MAX;
}

static void callee_on_end(void *arg);

/* A person's own end: patience first, then, when somebody talks to it, the talk time. */
static void callee_end_after(struct callee *callee, int64_t us)
{
	wheel_arm(&callee->carrier->far.wheel, &callee->end, clock_us() + us, callee_on_end, callee);
}

static void callee_on_end(void *arg)
{
	if (callee_spellbound(arg))
		callee_end_after(arg, SPELL_STEP_US);
	else
		callee_hang_up(arg);
}

void callee_stop(struct callee *callee)
{
	if (!callee->leg)
		return;
	if (!callee->record.answer_us) {
		callee_refuse_with(callee, 503, ENDED_STOP);
		return;
	}
	ua_bye(callee->carrier->far.ua, callee->leg, NULL);
	callee_over(callee, ENDED_STOP);
}

/* --- description and stream */

/* Ours to theirs: opens the stream at the first call, and points it at what the other side says now. */
static int callee_describe(struct callee *callee)
{
	struct far *far = &callee->carrier->far;
	struct media_remote remote;
	struct media_srtp key = {.suite = MEDIA_SRTP_NONE};
	uint16_t port = callee->local.port;
	int err = 0;

	if (!callee->stream)
		err = media_stream_open(far->media, callee->handle, &callee->stream, &port);
	if (!err && callee->remote.savp)
		err = media_srtp_key(&key, callee->remote.crypto.suite);
	if (!err)
		err = offer_answer(&callee->remote, callee->carrier->ip, port, &key, &callee->local);
	if (!err)
		err = offer_remote(&callee->local, &callee->remote, &remote);
	if (!err)
		err = media_remote(far->media, callee->stream, &remote);
	callee->law = err ? AMD_ULAW : remote.law;
	return err;
}

/* The description as text; on failure the call is refused and false answered. */
static bool callee_sdp(struct callee *callee, char sdp[OFFER_TEXT_MAX])
{
	if (callee_describe(callee) == 0 && offer_print(&callee->local, sdp, OFFER_TEXT_MAX) == 0)
		return true;
	callee->carrier->witness.refused_offer++;
	callee_refuse_with(callee, 488, ENDED_CALLEE);
	return false;
}

static void callee_say(struct callee *callee, uint32_t prompt, int32_t ms)
{
	callee->speaking = true;
	media_play(callee->carrier->far.media, callee->stream, prompt, ms);
}

/* --- a person or a machine at the telephone */

static void callee_again(struct callee *callee)
{
	callee_say(callee, far_pick(&callee->carrier->voices.hello, callee->plan.seed), 0);
}

static void callee_reply(struct callee *callee)
{
	callee_say(callee, far_pick(&callee->carrier->voices.reply, prng_u64(&callee->prng)), 0);
}

/* All of the greeting has been sent. */
static void callee_greeted(struct callee *callee, int64_t at_us)
{
	callee->record.greeting_end_us = at_us;
	callee->stage = CALLEE_LISTENING;
	if (callee->plan.behaviour == MIX_MACHINE) {
		callee_after(callee, callee->plan.times_us[MIX_RECORD], callee_hang_up);
		return;
	}
	if (callee->record.voice_us)
		return;
	callee_end_after(callee, callee->plan.times_us[MIX_PATIENCE]);
	callee_after(callee, callee->plan.times_us[MIX_AGAIN], callee_again);
}

static void callee_greet(struct callee *callee)
{
	struct voices *voices = &callee->carrier->voices;
	bool machine = callee->plan.behaviour == MIX_MACHINE;

	callee->stage = CALLEE_GREETING;
	callee_say(callee, far_pick(machine ? &voices->machine : &voices->hello, callee->plan.seed), 0);
	if (!machine)
		return;
	callee_say(callee, 0, 300);
	callee_say(callee, voices->beep, 0);
}

static void callee_fax(struct callee *callee)
{
	for (int i = 0; i < FAX_ROUNDS; i++) {
		callee_say(callee, callee->carrier->voices.fax, 0);
		callee_say(callee, 0, 1500);
	}
	callee_end_after(callee, 15 * SEC_US);
}

/* The other side begins to speak: from now on this is a talk. */
static void callee_hears(struct callee *callee, int64_t at_us)
{
	if (!callee->sentence_us)
		callee->sentence_us = at_us;
	if (callee->record.voice_us)
		return;
	callee->record.voice_us = at_us;
	if (callee->next == callee_again)
		wheel_cancel(&callee->carrier->far.wheel, &callee->step);
	if (callee->plan.behaviour != MIX_MACHINE)
		callee_end_after(callee, callee->plan.times_us[MIX_TALK]);
}

static bool callee_replies(const struct callee *callee)
{
	return callee->stage == CALLEE_LISTENING && !callee->speaking && !callee->record.message_ms &&
	       mix_facts(callee->plan.behaviour)->person;
}

/* The other side's sentence is over: a person replies, and listens for the next one. */
static void callee_heard(struct callee *callee, int64_t at_us)
{
	callee_sentence(callee, at_us);
	far_listen(&callee->carrier->far, callee->stream, callee->law);
	if (callee_replies(callee))
		callee_after(callee, mix_draw(&callee->carrier->mix, MIX_REPLY, &callee->prng), callee_reply);
}

static void callee_answered(struct callee *callee)
{
	const int64_t *times_us = callee->plan.times_us;

	switch (callee->plan.behaviour) {
	case MIX_BRIEF_PERSON:
		callee_after(callee, times_us[MIX_BRIEF], callee_hang_up);
		break;
	case MIX_SILENT_PERSON:
		callee_after(callee, times_us[MIX_PATIENCE], callee_hang_up);
		break;
	case MIX_FAX:
		callee_after(callee, FAX_DELAY_US, callee_fax);
		break;
	default:
		far_listen(&callee->carrier->far, callee->stream, callee->law);
		callee_after(
			callee, times_us[callee->plan.behaviour == MIX_SLOW_PERSON ? MIX_HELLO_SLOW : MIX_HELLO], callee_greet);
	}
}

/* --- before the answer */

static void callee_answer(struct callee *callee)
{
	char sdp[OFFER_TEXT_MAX];

	callee->stage = CALLEE_WAITING;
	if (!callee_sdp(callee, sdp))
		return;
	media_play_stop(callee->carrier->far.media, callee->stream);
	callee->record.answer_us = clock_us();
	callee->record.code = 200;
	if (ua_answer(callee->carrier->far.ua, callee->leg, sdp) == 0)
		callee_answered(callee);
	else
		callee_over(callee, ENDED_NETWORK);
}

static void callee_ringback(struct callee *callee)
{
	callee_say(callee, callee->carrier->voices.ringback, 0);
	callee_say(callee, 0, RINGBACK_PAUSE_MS);
}

static bool callee_is_dead(const struct callee *callee)
{
	return callee->plan.behaviour == MIX_DEAD_ANNOUNCED || callee->plan.behaviour == MIX_DEAD_SPOKEN;
}

static void callee_announce(struct callee *callee)
{
	struct voices *voices = &callee->carrier->voices;

	callee_say(callee, 0, 400);
	for (int i = 0; i < 3 && callee->plan.behaviour == MIX_DEAD_ANNOUNCED; i++)
		callee_say(callee, voices->sit[i], 0);
	callee_say(callee, 0, 200);
	callee_say(callee, far_pick(&voices->dead, callee->plan.seed), 0);
}

/* 183 with a description of ours: the network speaks before anybody has answered. */
static void callee_early(struct callee *callee)
{
	char sdp[OFFER_TEXT_MAX];

	if (!callee_sdp(callee, sdp))
		return;
	callee->stage = CALLEE_EARLY;
	callee->record.ringing_us = clock_us();
	ua_progress(callee->carrier->far.ua, callee->leg, 183, sdp);
	if (callee_is_dead(callee)) {
		callee_announce(callee);
		return;
	}
	callee_ringback(callee);
	callee_after(callee, callee->plan.times_us[MIX_RING], callee_answer);
}

static void callee_ring(struct callee *callee)
{
	if (mix_facts(callee->plan.behaviour)->ringing == 183) {
		callee_early(callee);
		return;
	}
	callee->record.ringing_us = clock_us();
	ua_progress(callee->carrier->far.ua, callee->leg, 180, NULL);
	if (callee->plan.behaviour == MIX_NO_ANSWER)
		callee_after(callee, callee->plan.times_us[MIX_NO_ANSWER_LIMIT], callee_refuse);
	else
		callee_after(callee, callee->plan.times_us[MIX_RING], callee_answer);
}

/* How often this number has been called, this call included. */
static uint32_t callee_attempt(struct carrier *carrier, const char *number)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *number; number++)
		hash = (hash ^ (unsigned char)*number) * UINT64_C(0x100000001b3);
	hash |= 1;
	for (uint32_t i = 0; i < 64; i++) {
		uint32_t at = (uint32_t)(hash >> 32) + i;

		at &= CARRIER_NUMBERS - 1;
		if (carrier->numbers[at].hash == 0)
			carrier->numbers[at].hash = hash;
		if (carrier->numbers[at].hash == hash)
			return ++carrier->numbers[at].attempts;
	}
	return 1;
}

static void callee_begin(struct callee *callee, const struct ua_event *event)
{
	struct carrier *carrier = callee->carrier;
	struct record *record = &callee->record;

	text_copy(record->call_id, sizeof(record->call_id), event->call_id ? event->call_id : "");
	text_copy(record->number, sizeof(record->number), event->to_user ? event->to_user : "");
	record->attempt = callee_attempt(carrier, record->number);
	record->invite_us = clock_us();
	mix_plan(&carrier->mix, carrier->seed, record->number, record->attempt, &callee->plan);
	record->behaviour = callee->plan.behaviour;
	prng_seed(&callee->prng, callee->plan.seed);
	witness_begin(&carrier->witness, record->invite_us);
	if (mix_facts(record->behaviour)->ringing)
		callee_after(callee, callee->plan.times_us[MIX_SETUP], callee_ring);
	else
		callee_after(callee, callee->plan.times_us[MIX_SETUP], callee_refuse);
}

void callee_incoming(struct carrier *carrier, const struct ua_event *event)
{
	struct offer remote;
	struct callee *callee;
	uint64_t handle;
	char why[160];

	if (!event->sdp || offer_parse(event->sdp, event->sdp_bytes, &remote, why) != 0) {
		carrier->witness.refused_offer++;
		ua_reject(carrier->far.ua, event->leg, 488, callee_phrase(488));
		return;
	}
	callee = pool_take(&carrier->callees, &handle);
	if (!callee) {
		carrier->witness.refused_full++;
		ua_reject(carrier->far.ua, event->leg, 503, callee_phrase(503));
		return;
	}
	callee->carrier = carrier;
	callee->handle = handle;
	callee->leg = event->leg;
	callee->remote = remote;
	ua_set_cookie(carrier->far.ua, event->leg, handle);
	callee_begin(callee, event);
}

/* --- events */

/* A new offer within the call: the stream follows it. */
static void callee_reoffer(struct callee *callee, const struct ua_event *event)
{
	struct offer before = callee->remote;
	char sdp[OFFER_TEXT_MAX], why[160];

	if (event->sdp && offer_parse(event->sdp, event->sdp_bytes, &callee->remote, why) != 0)
		callee->remote = before;
	else if (callee_describe(callee) == 0 && offer_print(&callee->local, sdp, sizeof(sdp)) == 0) {
		ua_answer(callee->carrier->far.ua, event->leg, sdp);
		return;
	}
	ua_reject(callee->carrier->far.ua, event->leg, 488, callee_phrase(488));
}

void callee_sip(struct callee *callee, const struct ua_event *event)
{
	if (event->kind == UA_EV_REOFFER)
		callee_reoffer(callee, event);
	if (event->kind != UA_EV_ENDED)
		return;
	if (!callee->record.answer_us)
		callee->record.code = 487;
	callee_over(callee, event->local ? ENDED_NETWORK : ENDED_CALLER);
}

static void callee_played(struct callee *callee, int64_t at_us)
{
	callee->speaking = false;
	if (callee->stage == CALLEE_GREETING)
		callee_greeted(callee, at_us);
	else if (callee->stage == CALLEE_EARLY && callee_is_dead(callee))
		callee_refuse(callee);
	else if (callee->stage == CALLEE_EARLY)
		callee_ringback(callee);
}

static void callee_classified(struct callee *callee, const struct media_event *event)
{
	if (event->amd.kind == AMD_EV_VOICE_START || event->amd.kind == AMD_EV_BEEP) /* a tone: an agent without voices */
		callee_hears(callee, event->at_us);
	if (event->amd.kind == AMD_EV_GREETING_END || event->amd.kind == AMD_EV_BEEP)
		callee_heard(callee, event->at_us);
}

void callee_media(struct callee *callee, const struct media_event *event)
{
	if (event->kind == MEDIA_EV_CLOSED) {
		callee->record.stats = event->stats;
		far_judge(&callee->carrier->quality, &event->stats);
		callee_finish(callee);
		return;
	}
	if (callee->stage == CALLEE_OVER)
		return;
	if (event->kind == MEDIA_EV_PLAYED)
		callee_played(callee, event->at_us);
	else if (event->kind == MEDIA_EV_AMD)
		callee_classified(callee, event);
}
