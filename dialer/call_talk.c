/*
 * call_talk.c - a person has answered: the wait for a seat, the talk, the message when none came, and "never call again"
 *
 * An opt-out, by key or by the agent, is durable before the call ends; a disk that takes nothing for OPT_US_MAX does not keep the person longer.
 */
#include "dialer/call.h"

#include "base/log.h"
#include "base/text.h"

#define OPT_US_MAX (10 * SEC_US) /* an opt-out is durable within milliseconds, but for a disk that takes nothing */
#define OPT_AGAIN_US (50 * MS_US)

/* --- steps: a seat */

static void call_bridge(struct call *call, uint64_t handle)
{
	struct engine *engine = call->engine;
	struct desk *desk = pool_get(&engine->desks, handle);

	call->desk = handle;
	text_copy(call->attempt.seat, sizeof(call->attempt.seat), desk->seat.login);
	desk_take(desk, call);
	media_bridge(engine->media, call->stream, desk->stream);
}

static void call_talks(struct call *call)
{
	wheel_cancel(&call->engine->wheel, &call->timer);
	call->state = CALL_TALKING;
}

void call_take_seat(struct call *call, uint64_t desk)
{
	call_talks(call);
	call_bridge(call, desk);
}

void step_seat(struct call *call, const struct call_input *in)
{
	call_take_seat(call, in->desk);
}

/* --- steps: a seat is wanted at the answer, and the classifier listens beside it */

/* It keeps its place in the queue. */
void step_offered_person(struct call *call, const struct call_input *in)
{
	call_verdict(call, in);
	call_is_person(call, in);
}

void step_offered_unclassified(struct call *call, const struct call_input *in)
{
	call_unclassified(call, in->now_us);
	call_is_person(call, in);
}

/* The classifier's time goes on. */
void step_offered_seat(struct call *call, const struct call_input *in)
{
	call->state = CALL_TRIAL;
	call_count_person(call, true); /* until the verdict says otherwise */
	call_bridge(call, in->desk);
}

void step_trial_person(struct call *call, const struct call_input *in)
{
	call_verdict(call, in);
	call_talks(call);
}

void step_trial_unclassified(struct call *call, const struct call_input *in)
{
	call_unclassified(call, in->now_us);
	call_talks(call);
}

/* --- steps: a person waits */

static void call_abandon(struct call *call, int64_t now_us)
{
	call->lost = true;
	call->run->lost_open++;
	call_play_message(call, OUTCOME_ABANDONED, now_us);
}

void step_hold_over(struct call *call, const struct call_input *in)
{
	connect_forget(call->engine, call);
	call_note(call, PACING_ABANDONED, 0, in->now_us);
	call_abandon(call, in->now_us);
}

/* Who was to hear the message and did not was abandoned. */
static enum outcome call_told(const struct call *call)
{
	return call->attempt.message_us || !call->run->message ? call->planned : OUTCOME_ABANDONED;
}

void step_message_over(struct call *call, const struct call_input *in)
{
	call_bye(call);
	call_finish(call, call_told(call), HANGUP_ENGINE, in->now_us);
}

void step_message_hangup(struct call *call, const struct call_input *in)
{
	call_finish(call, call_told(call), call_hung_up(call, in), in->now_us);
}

/* A writer that takes nothing now is asked again soon. */
static void call_opt_out(struct call *call, int64_t now_us)
{
	int err = writer_opt_out(call->engine->writer, call->attempt.id, call->attempt.e164, call->opt_us,
		call->state == CALL_TALKING ? "agent" : "key");

	call_arm(call, err ? now_us + OPT_AGAIN_US : call->opt_us + OPT_US_MAX);
}

/* 9 during the message: never call again. The call ends when that is durable, not before. */
void step_message_digit(struct call *call, const struct call_input *in)
{
	if (in->media->digit != '9')
		return;
	media_play_stop(call->engine->media, call->stream);
	text_copy(call->attempt.disposition, sizeof(call->attempt.disposition), "do_not_call");
	call->state = CALL_OPTING;
	call->opt_us = in->now_us;
	call_opt_out(call, in->now_us);
}

static void call_opt_late(const struct call *call)
{
	log_line(LOG_ERROR, "opt_out_late", "call=%llu seconds=%d", (unsigned long long)call->attempt.id, (int)(OPT_US_MAX / SEC_US));
}

/* The disk takes nothing: the person is not kept any longer. The writer goes on trying, and the outcome behind it lists the number too. */
void step_opting_timer(struct call *call, const struct call_input *in)
{
	if (in->now_us - call->opt_us < OPT_US_MAX) {
		call_opt_out(call, in->now_us);
		return;
	}
	call_opt_late(call);
	step_message_over(call, in);
}

void call_kept(struct engine *engine, uint64_t attempt, int64_t now_us)
{
	struct call_input in = {.now_us = now_us};
	struct call *call;
	uint64_t handle;

	for (uint32_t at = 0; (call = pool_next(&engine->calls, &at, &handle));)
		if ((call->state == CALL_OPTING || call->state == CALL_TALKING) && call->opt_us && call->attempt.id == attempt) {
			call_happen(call, CALL_EV_KEPT, &in);
			return;
		}
}

/* --- steps: talking */

void step_bridged(struct call *call, const struct call_input *in)
{
	if (!call->attempt.seat_us)
		call->attempt.seat_us = in->media->at_us;
}

void call_leave_desk(struct call *call, bool wrap)
{
	struct desk *desk = pool_get(&call->engine->desks, call->desk);

	media_unbridge(call->engine->media, call->stream);
	call->desk = 0;
	if (desk)
		desk_release(desk, wrap);
}

/* The desk remembers the attempt: what the agent says in the wrap-up time may change what it was. */
static void call_finish_talk(struct call *call, enum hangup_by by, int64_t now_us)
{
	struct desk *desk = pool_get(&call->engine->desks, call->desk);

	call->attempt.end_us = now_us;
	call->attempt.hangup_by = by;
	call->attempt.outcome = judge_talk(&call->attempt, call->run->campaign.hold_us);
	if (desk)
		desk->last = call->attempt;
	call_leave_desk(call, true);
	call_finish(call, call->attempt.outcome, by, now_us);
}

void step_talk_hangup(struct call *call, const struct call_input *in)
{
	call_finish_talk(call, call_hung_up(call, in), in->now_us);
}

/* The agent has just said that the called wants no more calls: that becomes durable first. */
void step_seat_hangup(struct call *call, const struct call_input *in)
{
	call->end_wanted = true;
	if (call->opt_us && !call->opt_kept)
		return;
	call_bye(call);
	call_finish_talk(call, HANGUP_SEAT, in->now_us);
}

void call_told_off(struct call *call, int64_t now_us)
{
	if (call->state != CALL_TALKING || call->opt_us)
		return; /* before that the outcome carries it */
	call->opt_us = now_us;
	call_opt_out(call, now_us);
}

void step_talk_kept(struct call *call, const struct call_input *in)
{
	wheel_cancel(&call->engine->wheel, &call->timer);
	call->opt_kept = true;
	if (call->end_wanted)
		step_seat_hangup(call, in);
}

void step_talk_timer(struct call *call, const struct call_input *in)
{
	if (in->now_us - call->opt_us < OPT_US_MAX) {
		call_opt_out(call, in->now_us);
		return;
	}
	call_opt_late(call);
	step_talk_kept(call, in);
}

/*
 * The desk is on its way out already and wants no wrap-up. Who has not heard it yet was abandoned, and is told; who heard it too
 * late was, too. A call that went there as a machine's is one.
 */
void step_seat_lost(struct call *call, const struct call_input *in)
{
	struct attempt *attempt = &call->attempt;

	media_unbridge(call->engine->media, call->stream);
	call->desk = 0;
	if (!attempt->seat_us && !attempt->sampled) {
		call_abandon(call, in->now_us);
		return;
	}
	attempt->end_us = in->now_us;
	attempt->hangup_by = HANGUP_SEAT;
	enum outcome outcome = judge_talk(attempt, call->run->campaign.hold_us);
	call_bye(call);
	call_finish(call, outcome == OUTCOME_CONNECTED ? OUTCOME_SEAT_LOST : outcome, HANGUP_SEAT, in->now_us);
}

void step_stop_talking(struct call *call, const struct call_input *in)
{
	call_bye(call);
	call_finish_talk(call, HANGUP_ENGINE, in->now_us);
}
