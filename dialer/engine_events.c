/* engine_events.c - what SIP, media and storage say becomes an event of a call, a desk or a campaign */
#include "dialer/engine.h"

#include "base/log.h"
#include "base/text.h"
#include "dialer/allow.h"

#include <stdio.h>
#include <string.h>

#define AMD_FRAME_US (20 * MS_US)

/* --- events of the SIP side */

static enum call_event engine_call_event(const struct ua_event *event)
{
	switch (event->kind) {
	case UA_EV_TRYING:
		return CALL_EV_TRYING;
	case UA_EV_PROGRESS:
		return CALL_EV_PROGRESS;
	case UA_EV_ANSWERED:
		return CALL_EV_ANSWERED;
	case UA_EV_FAILED:
		return CALL_EV_FAILED;
	default:
		return CALL_EV_ENDED;
	}
}

/* Descriptions concern the stream alone; the call's state does not change. False: the event is of another kind. */
static bool engine_on_offer(struct engine *engine, struct call *call, const struct ua_event *event)
{
	if (event->kind == UA_EV_REOFFER)
		reoffer_answer(engine, call->stream, &call->local, event);
	else if (event->kind == UA_EV_OFFER)
		reoffer_first(engine, call->stream, call->gate->trunk.srtp, &call->local, event);
	else if (event->kind == UA_EV_REANSWER && event->sdp)
		reoffer_answered(engine, call->stream, &call->local, event);
	return event->kind == UA_EV_REOFFER || event->kind == UA_EV_OFFER || event->kind == UA_EV_REANSWER;
}

void engine_on_ua(void *arg, const struct ua_event *event)
{
	struct engine *engine = arg;
	struct call *call =
		event->kind == UA_EV_INCOMING || event->kind == UA_EV_REPLY ? NULL : pool_get(&engine->calls, event->cookie);
	struct call_input in = {.ua = event, .now_us = clock_us()};

	if (event->kind == UA_EV_REPLY) {
		trunks_reply(engine, event);
		return;
	}
	if (!call || call->leg != event->leg) {
		desk_ua(engine, event);
		return;
	}
	if (engine_on_offer(engine, call, event))
		return;
	if (event->kind == UA_EV_FAILED || event->kind == UA_EV_ENDED)
		call->leg = 0;
	call_happen(call, engine_call_event(event), &in);
}

bool engine_on_secret(void *arg, const char *user, char ha1[33])
{
	struct engine *engine = arg;
	struct seat seat;

	text_copy(engine->login_asked, sizeof(engine->login_asked), user);
	if (seat_get(engine->store, user, &seat))
		return false;
	memcpy(ha1, seat.ha1, 33);
	return true;
}

void engine_on_slowed(void *arg, const char *user, const char *ip)
{
	struct engine *engine = arg;

	text_copy(engine->login_slowed, sizeof(engine->login_slowed), user);
	text_copy(engine->login_slowed_ip, sizeof(engine->login_slowed_ip), ip);
}

/* Trunks in use and the seats' networks may talk to us, nobody else: asked before a datagram is parsed. */
bool engine_on_allow(void *arg, const char *ip)
{
	struct engine *engine = arg;

	for (int i = 0; i < GATES_MAX; i++) {
		const struct gate *gate = &engine->gates[i];
		if (gate->trunk.name[0] && (gateways_have(&gate->gateways, ip) || gateways_had(&gate->gateways, ip) ||
						   allow_match(gate->trunk.allow, ip)))
			return true;
	}
	return allow_match(engine->config.seat_from, ip);
}

/* --- events of the media side */

/*
 * Said about the sound before the answer, and overtaken by the answer on its way here: of no use any more. What the
 * classification that began with the answer says lies later: a verdict by one frame at least, a voice's start by no more than the
 * frame before.
 */
static bool engine_amd_stale(const struct call *call, const struct media_event *event)
{
	int64_t first_us = event->amd.kind == AMD_EV_VOICE_START ? -AMD_FRAME_US : AMD_FRAME_US;

	return call->attempt.answer_us && event->at_us < call->attempt.answer_us + first_us;
}

/* A person's greeting ends before its verdict; a machine's may end after it. */
static void engine_greeting_end(struct call *call, const struct media_event *event, const struct call_input *in)
{
	bool heard = call->state == CALL_LISTENING || call->state == CALL_OFFERED || call->state == CALL_TRIAL;

	call->voice_open = false;
	if (heard || call->state == CALL_BEEP)
		call->attempt.greeting_end_us = event->at_us;
	if (call->state == CALL_BEEP)
		call_happen(call, CALL_EV_QUIET, in);
}

/*
 * The recording was heard from other numbers before: the classifier says so with its next frame. Before the answer nobody has to
 * be told from anybody, so that the call ends at once.
 */
static void engine_print_early(struct call *call, const struct recalled *known, const struct call_input *in)
{
	struct media_event event = *in->media;
	struct call_input said = {.media = &event, .now_us = in->now_us};

	call->early_recording = known->recording ? known->recording : call->early_recording;
	if (known->outcome == OUTCOME_NONE || call->state != CALL_RINGING)
		return;
	call->recalled_as = known->outcome;
	event.amd.kind = AMD_EV_VERDICT;
	event.amd.verdict = AMD_MACHINE;
	event.amd.prob = 0.99f;
	event.amd.cause = "heard-before";
	call_happen(call, CALL_EV_MACHINE, &said);
}

static void engine_print(struct call *call, const struct media_event *event, const struct call_input *in)
{
	struct engine *engine = call->engine;

	if (call->recalled)
		return;
	struct recalled known = recall_hear(engine->recall, &call->attempt, &event->print, in->now_us);
	if (!call->attempt.answer_us) {
		engine_print_early(call, &known, in);
		return;
	}
	call->recalled = known.verdict != AMD_NONE && media_recall(engine->media, call->stream, known.verdict) == 0;
	call->recalled_as = call->recalled ? known.outcome : OUTCOME_NONE;
}

/* Who goes to a seat: whoever may be a person; an assistant that asks who is calling, where the campaign wants to answer it. */
static bool engine_is_person(const struct call *call, enum amd_verdict verdict)
{
	bool screener = verdict == AMD_SCREENER && call->run->campaign.screener == SCREENER_SEAT;

	return verdict == AMD_HUMAN || verdict == AMD_UNKNOWN || screener;
}

/* The classifier's word: times go into the attempt, verdicts become events. */
static void engine_amd(struct call *call, const struct media_event *event, const struct call_input *in)
{
	struct attempt *attempt = &call->attempt;
	enum amd_verdict verdict = event->amd.verdict;

	if (engine_amd_stale(call, event))
		return;
	switch (event->amd.kind) {
	case AMD_EV_VOICE_START:
		if (!attempt->voice_us && attempt->answer_us)
			attempt->voice_us = event->at_us;
		call->voice_open = true;
		break;
	case AMD_EV_GREETING_END:
		engine_greeting_end(call, event, in);
		break;
	case AMD_EV_VERDICT:
		call_happen(call, engine_is_person(call, verdict) ? CALL_EV_PERSON : CALL_EV_MACHINE, in);
		break;
	case AMD_EV_REVISED:
		if (!engine_is_person(call, verdict))
			call_happen(call, CALL_EV_REVISED, in);
		break;
	case AMD_EV_BEEP:
		call->beep_us = event->at_us;
		if (call->state == CALL_BEEP || call->state == CALL_LEAVING)
			call_happen(call, CALL_EV_BEEP, in);
		break;
	case AMD_EV_PRINT:
		engine_print(call, event, in);
		break;
	}
}

static void engine_call_media(struct call *call, const struct media_event *event)
{
	struct call_input in = {.media = event, .now_us = clock_us()};

	switch (event->kind) {
	case MEDIA_EV_AMD:
		engine_amd(call, event, &in);
		break;
	case MEDIA_EV_BRIDGED:
		call_happen(call, CALL_EV_BRIDGED, &in);
		break;
	case MEDIA_EV_PLAYED:
		call_happen(call, CALL_EV_PLAYED, &in);
		break;
	case MEDIA_EV_DTMF:
		call_happen(call, CALL_EV_DIGIT, &in);
		break;
	case MEDIA_EV_SILENT: /* silence suppression looks the same: whoever talks decides when to hang up */
	case MEDIA_EV_LATCHED:
	case MEDIA_EV_CLOSED:
	case MEDIA_EV_REFUSED:
		break;
	}
}

/* One line a leg and kind: a stranger that sends for an hour fills no log. */
static void engine_log_refused(const struct call *call, const struct desk *desk, const struct media_event *event)
{
	char leg[64];

	if (call)
		snprintf(leg, sizeof(leg), "call=%llu", (unsigned long long)call->attempt.id);
	else
		snprintf(leg, sizeof(leg), "seat=%s", desk->seat.login);
	log_line(LOG_WARN, "rtp_refused", "%s what=%s from=%s effect=\"dropped and counted\"", leg,
		media_refusal_name(event->refusal), event->from);
}

void engine_take_media(struct engine *engine)
{
	struct media_event event;

	while (media_take(engine->media, &event)) {
		struct call *call = pool_get(&engine->calls, event.cookie);
		struct desk *desk = pool_get(&engine->desks, event.cookie);
		bool theirs = (call && call->stream == event.stream) || (desk && desk->stream == event.stream);
		if (theirs && event.kind == MEDIA_EV_REFUSED)
			engine_log_refused(call && call->stream == event.stream ? call : NULL, desk, &event);
		else if (call && call->stream == event.stream)
			engine_call_media(call, &event);
		else if (desk && desk->stream == event.stream)
			desk_media(desk, &event);
	}
}

void engine_take_writer(struct engine *engine)
{
	static struct writer_event event; /* large; one engine thread */

	while (writer_take(engine->writer, &event))
		run_writer(engine, &event);
}
