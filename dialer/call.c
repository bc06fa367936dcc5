/*
 * call.c - life of a call to a lead, as a table: state x event -> one small step
 *
 *   DIALLING -> RINGING -> LISTENING -> WAITING -> TALKING      every arrow to the right may fall out to an outcome;
 *        \          \     | \              \-> MESSAGE          CANCELLING waits for the answer to our CANCEL,
 *         \----------\    |  \-> BEEP -> LEAVING                ENDED only for room in the writer's queue.
 *          CANCELLING <-/ | OFFERED -> TRIAL -> TALKING          OFFERED and TRIAL stand for LISTENING where a campaign
 *                                                               connects at the answer; BEEP and LEAVING: voicemail.
 *
 * A pair that the table leaves empty cannot matter any more: it is counted in engine->misfits and ignored.
 */
#include "dialer/call.h"

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

#include <string.h>

#define CLASSIFY_US_MAX (10 * SEC_US)  /* the classifier decides earlier; this is for a leg without any packet */
#define CANCEL_US_MAX (40 * SEC_US)
#define MESSAGE_US_MAX (60 * SEC_US)
#define MESSAGE_AGAIN_US (5 * MS_US)
#define MESSAGE_LATE_US (5 * SEC_US) /* nobody is kept longer in silence */
#define HOLD_EARLY_US (40 * MS_US) /* the message must have begun when the hold time ends: a lap of the engine and a packet */

/* --- doing */

static void call_on_timer(void *arg)
{
	struct call *call = arg;
	struct call_input in = {.now_us = clock_us()};

	call_happen(call, CALL_EV_TIMER, &in);
}

void call_arm(struct call *call, int64_t due_us)
{
	wheel_arm(&call->engine->wheel, &call->timer, due_us, call_on_timer, call);
}

uint32_t call_index(const struct call *call)
{
	return (uint32_t)call->self - 1;
}

/* Whether the call is, without an outcome yet, one of a person. */
void call_count_person(struct call *call, bool person)
{
	call->run->people_open += person && !call->person;
	call->run->people_open -= !person && call->person;
	call->person = person;
}

void call_note(struct call *call, enum pacing_event event, uint32_t seat, int64_t now_us)
{
	run_note(call->run, event, call_index(call), seat, now_us);
}

/* What an attempt's outcome is to the pacer; called once, for calls that ended before a person or a machine was known. */
static enum pacing_event call_pacing_event(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_NO_ANSWER:
	case OUTCOME_REJECTED:
	case OUTCOME_UNWANTED:
		return PACING_NO_ANSWER;
	case OUTCOME_BUSY:
		return PACING_BUSY;
	case OUTCOME_DEAD_NUMBER:
		return PACING_DEAD;
	case OUTCOME_HUNG_UP_EARLY:
		return PACING_LOST;
	case OUTCOME_CANCELLED:
		return PACING_CANCELLED;
	case OUTCOME_ABANDONED:
		return PACING_ABANDONED;
	default:
		return PACING_FAILED;
	}
}

static void call_free(struct call *call)
{
	struct engine *engine = call->engine;

	wheel_cancel(&engine->wheel, &call->timer);
	call->run->calls--;
	pool_put(&engine->calls, call->self);
}

static void call_submit(struct call *call)
{
	struct engine *engine = call->engine;
	bool waited = call->state == CALL_ENDED;

	if (writer_outcome(engine->writer, &call->attempt) == 0) {
		engine->outcomes_late -= waited;
		call_free(call);
		return;
	}
	call->state = CALL_ENDED; /* run_decide_all places nothing while such calls wait */
	engine->outcomes_late += !waited;
}

void call_retry_outcomes(struct engine *engine)
{
	struct call *call;
	uint64_t handle;

	for (uint32_t at = 0; engine->outcomes_late && (call = pool_next(&engine->calls, &at, &handle));)
		if (call->state == CALL_ENDED)
			call_submit(call);
}

bool call_dispose_late(struct engine *engine, uint64_t attempt, const char *disposition)
{
	struct call *call;
	uint64_t handle;

	for (uint32_t at = 0; engine->outcomes_late && (call = pool_next(&engine->calls, &at, &handle));) {
		if (call->state != CALL_ENDED || call->attempt.id != attempt)
			continue;
		judge_dispose(&call->attempt, disposition, call->run->campaign.hold_us);
		return true;
	}
	return false;
}

/* Gives the line back. */
static void call_leave_trunk(struct call *call)
{
	call_await(call, false);
	if (!call->attempt.invite_us && !call->postponed)
		gate_unplaced(call->gate);
	else
		gate_release(call->gate);
}

/* Nothing came of the call for which a seat was reserved. */
static void call_free_seat(struct call *call)
{
	struct desk *desk = call->reserved ? pool_get(&call->engine->desks, call->reserved) : NULL;

	call->reserved = 0;
	if (desk)
		desk_unreserve(desk);
}

static void call_log_end(const struct attempt *attempt)
{
	unsigned long long id = attempt->id;
	char number[24];

	log_line(LOG_DEBUG, "call_end", "call=%llu camp=%u number=%s outcome=%s sip=%u", id, attempt->campaign,
		log_number(attempt->e164, number), outcome_facts(attempt->outcome)->name, attempt->sip_code);
	if (judge_silent(attempt))
		log_line(LOG_ERROR, "abandoned_silent", "call=%llu camp=%u message=%s", id, attempt->campaign,
			attempt->message_us ? "late" : "none");
}

/* The one way out: leaves queue and seat, gives the trunk back, writes the outcome. The SIP leg is over or on its way. */
void call_finish(struct call *call, enum outcome outcome, enum hangup_by by, int64_t now_us)
{
	struct engine *engine = call->engine;

	connect_forget(engine, call);
	wheel_cancel(&engine->wheel, &call->timer);
	call->attempt.outcome = outcome;
	call->attempt.hangup_by = by;
	call->attempt.end_us = now_us;
	call_record_end(call, now_us);
	if (call->stream)
		media_stream_close(engine->media, call->stream);
	call->stream = 0;
	call_leave_trunk(call);
	call_log_end(&call->attempt);
	call->run->dirty = true;
	call->run->people_open -= call->person;
	call->run->lost_open -= call->lost;
	run_count(call->run, &call->attempt, now_us);
	call_free_seat(call);
	call_submit(call);
}

/* Ends a call that the pacer has not heard the end of. */
static void call_finish_noted(struct call *call, enum outcome outcome, enum hangup_by by, int64_t now_us)
{
	call_note(call, call_pacing_event(outcome), 0, now_us);
	call_finish(call, outcome, by, now_us);
}

void call_bye(struct call *call)
{
	ua_bye(call->engine->ua, call->leg, NULL);
	call->leg = 0;
}

static void call_cancel(struct call *call, enum outcome outcome, int64_t now_us)
{
	call->planned = outcome;
	call->state = CALL_CANCELLING;
	ua_cancel(call->engine->ua, call->leg, NULL);
	call_arm(call, now_us + CANCEL_US_MAX);
}

/* Whom the call reached, as far as the network says. */
static void call_reached(struct call *call, const struct ua_event *ua)
{
	if (!call->attempt.reached[0])
		cause_number(ua->asserted, ua->privacy, call->attempt.reached);
	call->attempt.diverted |= cause_diverted(ua->diversion);
}

static void call_sip_result(struct call *call, const struct ua_event *ua)
{
	struct cause cause;

	cause_read(ua->code, ua->phrase, ua->reason, ua->call_info, &cause);
	call->attempt.q850 = cause.q850;
	text_copy(call->attempt.redress, sizeof(call->attempt.redress), cause.redress);
	call_reached(call, ua);
	call->attempt.sip_code = (uint16_t)ua->code;
	text_copy(call->attempt.sip_reason, sizeof(call->attempt.sip_reason), ua->reason[0] ? ua->reason : ua->phrase);
}

/* Who ended an established call: the far end, or nobody (a session that was not refreshed any more). */
enum hangup_by call_hung_up(struct call *call, const struct call_input *in)
{
	bool lost = in->ua && in->ua->local;

	if (in->ua && (lost || in->ua->reason[0]))
		text_copy(call->attempt.sip_reason, sizeof(call->attempt.sip_reason), lost ? in->ua->phrase : in->ua->reason);
	return lost ? HANGUP_NETWORK : HANGUP_CALLEE;
}

/* Points the stream at what their description says. */
static int call_aim(struct call *call, const char *sdp, size_t bytes)
{
	struct offer remote;
	struct media_remote to;
	int err = offer_parse(sdp, bytes, &remote, NULL);

	if (!err)
		err = offer_remote(&call->local, &remote, &to);
	return err ? err : media_remote(call->engine->media, call->stream, &to);
}

static void call_classify(struct call *call, bool early)
{
	const struct attempt *attempt = &call->attempt;
	struct amd_options options = {.early = early, .ring_ms = -1};

	if (!early && attempt->ringing_us)
		options.ring_ms = (int32_t)((attempt->answer_us - attempt->ringing_us) / MS_US);
	media_classify(call->engine->media, call->stream, &options);
}

/* --- steps: before the answer */

static void step_trying(struct call *call, const struct call_input *in)
{
	(void)in;
	call->heard_trunk = true;
	call_heard(call);
}

static void step_progress(struct call *call, const struct call_input *in)
{
	step_trying(call, in);
	call_reached(call, in->ua);
	if (!call->attempt.ringing_us) {
		call->attempt.ringing_us = in->now_us;
		call->state = CALL_RINGING;
		call_arm(call, in->now_us + call->run->campaign.ring_us_max);
	}
	if (in->ua->sdp && call_aim(call, in->ua->sdp, in->ua->sdp_bytes) == 0) {
		if (!call->attempt.early_media)
			call_classify(call, true);
		call->attempt.early_media = true;
	}
}

static void step_ring_over(struct call *call, const struct call_input *in)
{
	call_cancel(call, OUTCOME_NO_ANSWER, in->now_us);
}

static void step_failed(struct call *call, const struct call_input *in)
{
	const struct ua_event *ua = in->ua;
	enum outcome outcome = outcome_of_sip(ua->code, ua->phrase, ua->reason);

	call_sip_result(call, ua);
	call->heard_trunk |= ua->answered;
	if (call_fails_over(call, in))
		return;
	if (!ua->local)
		recall_ended(call->engine->recall, call->early_recording, outcome);
	if (!call->heard_trunk && ua->local)
		outcome = OUTCOME_TRUNK_SILENT; /* nobody there, whether by silence or by a closed port */
	call_finish_noted(call, outcome, ua->local ? HANGUP_NETWORK : HANGUP_CALLEE, in->now_us);
}

static void step_cancelled(struct call *call, const struct call_input *in)
{
	if (in->ua)
		call_sip_result(call, in->ua);
	call_finish_noted(call, call->planned, HANGUP_ENGINE, in->now_us);
}

void call_verdict(struct call *call, const struct call_input *in)
{
	const struct amd_event *amd = &in->media->amd;
	struct attempt *attempt = &call->attempt;

	attempt->verdict_us = in->now_us;
	attempt->verdict_prob = amd->prob;
	text_copy(attempt->verdict, sizeof(attempt->verdict), amd_verdict_name(amd->verdict));
	text_copy(attempt->cause, sizeof(attempt->cause), amd->cause ? amd->cause : "");
}

static enum outcome call_sit_outcome(enum amd_sit sit)
{
	return sit == AMD_SIT_RO || sit == AMD_SIT_NC ? OUTCOME_CONGESTION : OUTCOME_DEAD_NUMBER;
}

enum outcome call_machine_outcome(const struct amd_event *amd)
{
	switch (amd->verdict) {
	case AMD_SCREENER:
		return OUTCOME_SCREENER;
	case AMD_SIT:
		return call_sit_outcome(amd->sit);
	case AMD_FAX:
		return OUTCOME_FAX;
	case AMD_RINGBACK:
		return OUTCOME_NO_ANSWER;
	case AMD_BUSY:
		return OUTCOME_BUSY;
	case AMD_CONGESTION:
		return OUTCOME_CONGESTION;
	case AMD_SILENCE:
		return OUTCOME_SILENT;
	default:
		return OUTCOME_MACHINE;
	}
}

/*
 * Tones before the answer, or an announcement that is known: the network has failed the call already, so it may be cancelled at any age.
 * Ringback is as it should be.
 */
static void step_early_tone(struct call *call, const struct call_input *in)
{
	enum amd_verdict verdict = in->media->amd.verdict;

	if (verdict != AMD_SIT && verdict != AMD_BUSY && verdict != AMD_CONGESTION && call->recalled_as == OUTCOME_NONE)
		return;
	call_verdict(call, in);
	call_cancel(call, call->recalled_as ? call->recalled_as : call_machine_outcome(&in->media->amd), in->now_us);
}

/*
 * A media plane that takes nothing now is told again soon: what it was not told nobody hears, and the evidence must not say so.
 */
static void call_tell_message(struct call *call, int64_t now_us)
{
	struct media *media = call->engine->media;

	if (media_play_stop(media, call->stream) || media_play(media, call->stream, call->run->message, 0)) {
		call_arm(call, now_us + MESSAGE_AGAIN_US);
		return;
	}
	call->attempt.message_us = now_us;
	call_arm(call, now_us + MESSAGE_US_MAX);
}

void step_message_timer(struct call *call, const struct call_input *in)
{
	if (call->attempt.message_us || in->now_us >= call->give_up_us || !call->run->message)
		step_message_over(call, in);
	else
		call_tell_message(call, in->now_us);
}

/* The campaign's message, and then the call ends as `outcome`. */
void call_play_message(struct call *call, enum outcome outcome, int64_t now_us)
{
	call->state = CALL_MESSAGE;
	call->planned = outcome;
	if (!call->run->message) {
		call_bye(call);
		call_finish(call, outcome, HANGUP_ENGINE, now_us);
		return;
	}
	call->give_up_us = now_us + MESSAGE_LATE_US;
	call_tell_message(call, now_us);
}

/* --- steps: answered */

/* No agents: whoever answered hears the message now. */
static void call_inform(struct call *call, const struct call_input *in)
{
	call_note(call, PACING_PERSON, 0, in->now_us);
	call_note(call, PACING_LOST, 0, in->now_us);
	call_play_message(call, OUTCOME_MESSAGE, in->now_us);
}

/* A person from now on, and the clock of the law runs. */
void call_is_person(struct call *call, const struct call_input *in)
{
	const struct attempt *attempt = &call->attempt;
	int64_t from_us = attempt->greeting_end_us ? attempt->greeting_end_us : call->voice_open ? in->now_us : attempt->answer_us;

	call->state = CALL_WAITING;
	call->held_from_us = from_us;
	call_count_person(call, true);
	call_note(call, PACING_PERSON, 0, in->now_us);
	call_arm(call, from_us + call->run->campaign.hold_us - HOLD_EARLY_US);
}

static void call_queue(struct call *call)
{
	connect_wait(call->engine, call);
	connect_serve(call->engine, call->run->campaign.team);
}

static void call_person(struct call *call, const struct call_input *in)
{
	if (call->agentless) {
		call_inform(call, in);
		return;
	}
	call_is_person(call, in);
	call_queue(call);
}

static void call_listen(struct call *call, const struct call_input *in)
{
	bool at_once = call->run->campaign.connect == CONNECT_ANSWER && !call->agentless;

	call_classify(call, false);
	call_arm(call, in->now_us + CLASSIFY_US_MAX);
	call->state = at_once ? CALL_OFFERED : CALL_LISTENING;
	if (at_once)
		call_queue(call);
}

/* The agent who chose the lead hears whoever answers, from the first word. */
static void call_meet(struct call *call, const struct call_input *in)
{
	struct call_input seat = {.desk = call->reserved, .now_us = in->now_us};

	call->reserved = 0;
	call_is_person(call, in);
	call_happen(call, CALL_EV_SEAT, &seat);
}

/* An answer without media: somebody is there, hears nothing, and is hung up on. That is an abandoned call, whoever is to blame. */
static void call_unusable(struct call *call, int64_t now_us)
{
	const char *trunk = call->attempt.trunk;

	text_copy(call->attempt.sip_reason, sizeof(call->attempt.sip_reason), "no usable media description");
	log_line(LOG_WARN, "answer_unusable", "call=%llu trunk=%s why=\"its answer has no G.711, or not the SRTP that --srtp asks for\" "
		"effect=\"whoever answered was hung up on\"", (unsigned long long)call->attempt.id, trunk);
	if (gate_answered(call->gate, false, now_us))
		log_line(LOG_WARN, "trunk_rests", "trunk=%s why=\"%u answers in a row cannot be used\" seconds=%lld", trunk,
			call->gate->unusable, (long long)(GATE_UNUSABLE_REST_US / SEC_US));
	call_bye(call);
	call_finish_noted(call, OUTCOME_ABANDONED, HANGUP_ENGINE, now_us);
}

static void step_answered(struct call *call, const struct call_input *in)
{
	step_trying(call, in);
	call->attempt.answer_us = in->now_us;
	recall_ended(call->engine->recall, call->early_recording, OUTCOME_NONE);
	call->attempt.sip_code = (uint16_t)in->ua->code;
	call_reached(call, in->ua);
	call_note(call, PACING_ANSWERED, 0, in->now_us);
	bool described = in->ua->sdp ? call_aim(call, in->ua->sdp, in->ua->sdp_bytes) == 0 : call->attempt.early_media;
	if (!described) {
		call_unusable(call, in->now_us);
		return;
	}
	gate_answered(call->gate, true, in->now_us);
	call_record_start(call, in->now_us);
	if (call->reserved)
		call_meet(call, in);
	else if (call->run->campaign.classify)
		call_listen(call, in);
	else
		call_person(call, in);
}

static void step_person(struct call *call, const struct call_input *in)
{
	call_verdict(call, in);
	call_person(call, in);
}

void call_unclassified(struct call *call, int64_t now_us)
{
	call->attempt.verdict_us = now_us;
	text_copy(call->attempt.verdict, sizeof(call->attempt.verdict), amd_verdict_name(AMD_UNKNOWN));
	text_copy(call->attempt.cause, sizeof(call->attempt.cause), "no-audio");
	call->attempt.greeting_end_us = 0;
	call->voice_open = true; /* nothing was said, so nobody has been kept waiting after a greeting */
}

/* No verdict in time: unknown, and unknown goes to a seat. */
static void step_unclassified(struct call *call, const struct call_input *in)
{
	call_unclassified(call, in->now_us);
	call_person(call, in);
}

/*
 * Whoever hung up had finished the greeting and waited longer than the law allows, be it for a verdict or for a seat: that call
 * was abandoned. Somebody who still talks, or said nothing, is not known to have waited.
 */
static bool call_waited_too_long(const struct call *call, int64_t now_us)
{
	int64_t from_us = call->state == CALL_WAITING ? call->held_from_us : call->voice_open ? 0 : call->attempt.greeting_end_us;

	return from_us && now_us - from_us > call->run->campaign.hold_us;
}

static void step_early_hangup(struct call *call, const struct call_input *in)
{
	enum outcome outcome = call_waited_too_long(call, in->now_us) ? OUTCOME_ABANDONED : OUTCOME_HUNG_UP_EARLY;

	call_finish_noted(call, outcome, call_hung_up(call, in), in->now_us);
}

/*
 * The answer was faster than our CANCEL. Somebody is there: the call goes on as any that is answered, unless the network had said
 * already that nobody is, or the engine ends. Who is cut off by that was abandoned.
 */
static void step_raced(struct call *call, const struct call_input *in)
{
	if (call->planned == OUTCOME_NO_ANSWER) {
		step_answered(call, in);
		return;
	}
	if (call->planned == OUTCOME_CANCELLED) {
		call->planned = OUTCOME_ABANDONED;
		call->attempt.answer_us = in->now_us;
		call_note(call, PACING_ANSWERED, 0, in->now_us);
	}
	call_bye(call);
	call_finish_noted(call, call->planned, HANGUP_ENGINE, in->now_us);
}

/* --- steps: the engine ends */

static void step_stop_ringing(struct call *call, const struct call_input *in)
{
	call_cancel(call, OUTCOME_CANCELLED, in->now_us);
}

static void step_stop_listening(struct call *call, const struct call_input *in)
{
	call_bye(call);
	call_finish_noted(call, OUTCOME_ABANDONED, HANGUP_ENGINE, in->now_us); /* somebody answered and nobody came */
}

static call_step_h *const call_table[CALL_STATES][CALL_EVENTS] = {
	[CALL_DIALLING] = {
		[CALL_EV_SEAT_LOST] = step_reserved_lost,
		[CALL_EV_TRYING] = step_trying,
		[CALL_EV_PROGRESS] = step_progress,
		[CALL_EV_ANSWERED] = step_answered,
		[CALL_EV_FAILED] = step_failed,
		[CALL_EV_TIMER] = step_ring_over,
		[CALL_EV_STOP] = step_stop_ringing,
	},
	[CALL_RINGING] = {
		[CALL_EV_SEAT_LOST] = step_reserved_lost,
		[CALL_EV_PROGRESS] = step_progress,
		[CALL_EV_ANSWERED] = step_answered,
		[CALL_EV_FAILED] = step_failed,
		[CALL_EV_MACHINE] = step_early_tone,
		[CALL_EV_TIMER] = step_ring_over,
		[CALL_EV_STOP] = step_stop_ringing,
	},
	[CALL_LISTENING] = {
		[CALL_EV_ENDED] = step_early_hangup,
		[CALL_EV_PERSON] = step_person,
		[CALL_EV_MACHINE] = step_machine,
		[CALL_EV_TIMER] = step_unclassified,
		[CALL_EV_STOP] = step_stop_listening,
	},
	[CALL_OFFERED] = {
		[CALL_EV_ENDED] = step_early_hangup,
		[CALL_EV_PERSON] = step_offered_person,
		[CALL_EV_MACHINE] = step_machine,
		[CALL_EV_SEAT] = step_offered_seat,
		[CALL_EV_TIMER] = step_offered_unclassified,
		[CALL_EV_STOP] = step_stop_listening,
	},
	[CALL_TRIAL] = {
		[CALL_EV_ENDED] = step_talk_hangup,
		[CALL_EV_PERSON] = step_trial_person,
		[CALL_EV_MACHINE] = step_trial_machine,
		[CALL_EV_BRIDGED] = step_bridged,
		[CALL_EV_TIMER] = step_trial_unclassified,
		[CALL_EV_SEAT_HANGUP] = step_seat_hangup,
		[CALL_EV_SEAT_LOST] = step_seat_lost,
		[CALL_EV_STOP] = step_stop_talking,
	},
	[CALL_WAITING] = {
		[CALL_EV_ENDED] = step_early_hangup,
		[CALL_EV_SEAT] = step_seat,
		[CALL_EV_TIMER] = step_hold_over,
		[CALL_EV_REVISED] = step_machine,
		[CALL_EV_STOP] = step_stop_listening,
	},
	[CALL_TALKING] = {
		[CALL_EV_ENDED] = step_talk_hangup,
		[CALL_EV_BRIDGED] = step_bridged,
		[CALL_EV_REVISED] = step_revised,
		[CALL_EV_SEAT_HANGUP] = step_seat_hangup,
		[CALL_EV_SEAT_LOST] = step_seat_lost,
		[CALL_EV_KEPT] = step_talk_kept,
		[CALL_EV_TIMER] = step_talk_timer,
		[CALL_EV_STOP] = step_stop_talking,
	},
	[CALL_MESSAGE] = {
		[CALL_EV_ENDED] = step_message_hangup,
		[CALL_EV_PLAYED] = step_message_over,
		[CALL_EV_DIGIT] = step_message_digit,
		[CALL_EV_TIMER] = step_message_timer,
		[CALL_EV_STOP] = step_message_over,
	},
	[CALL_OPTING] = {
		[CALL_EV_ENDED] = step_message_hangup,
		[CALL_EV_KEPT] = step_message_over,
		[CALL_EV_TIMER] = step_opting_timer,
	},
	[CALL_BEEP] = {
		[CALL_EV_ENDED] = step_voicemail_hangup,
		[CALL_EV_QUIET] = step_voicemail_quiet,
		[CALL_EV_BEEP] = step_voicemail_beep,
		[CALL_EV_TIMER] = step_voicemail_timer,
		[CALL_EV_STOP] = step_voicemail_stop,
	},
	[CALL_LEAVING] = {
		[CALL_EV_ENDED] = step_voicemail_hangup,
		[CALL_EV_BEEP] = step_leaving_beep,
		[CALL_EV_PLAYED] = step_leaving_over,
		[CALL_EV_TIMER] = step_voicemail_stop,
		[CALL_EV_STOP] = step_voicemail_stop,
	},
	[CALL_PREVIEW] = {
		[CALL_EV_DIAL] = step_preview_dial,
		[CALL_EV_SKIP] = step_preview_skip,
		[CALL_EV_TIMER] = step_preview_timer,
		[CALL_EV_SEAT_LOST] = step_preview_lost,
		[CALL_EV_STOP] = step_preview_stop,
	},
	[CALL_CANCELLING] = {
		[CALL_EV_SEAT_LOST] = step_reserved_lost,
		[CALL_EV_ANSWERED] = step_raced,
		[CALL_EV_FAILED] = step_cancelled,
		[CALL_EV_TIMER] = step_cancelled,
	},
};

void call_happen(struct call *call, enum call_event event, const struct call_input *input)
{
	call_step_h *step = call_table[call->state][event];

	if (input->ua)
		call_await(call, false);
	if (step)
		step(call, input);
	else
		call->engine->misfits++;
}

const char *call_state_name(enum call_state state)
{
	static const char *const names[CALL_STATES] = {
		"dialling", "ringing", "listening", "offered", "trial", "waiting", "talking", "message", "beep", "leaving", "cancelling",
		"ended", "preview", "opting"};

	return names[state];
}
