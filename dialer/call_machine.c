/*
 * call_machine.c - what follows a verdict that is no person's
 *
 *   verdict -> sampled?   a seat checks it, if one is free              -> TALKING
 *           -> voicemail? BEEP (waits for the beep) -> LEAVING (plays)  -> outcome
 *           -> else       hung up                                       -> outcome
 *
 * The pacer hears of the machine at the verdict, before any of these: what comes after takes a line and nobody's time.
 */
#include "dialer/call.h"

#include "base/clock.h"

#include <string.h>

#define BEEP_US_MAX (45 * SEC_US) /* a greeting that is still going on then has no end */
#define QUIET_US (2 * SEC_US)     /* after the greeting: this machine has no beep */
#define VERDICT_QUIET_US SEC_US   /* a verdict may come with the beginning of the beep */
#define BEEP_FRESH_US SEC_US      /* a beep may end in the moment of the verdict */
#define LEAVING_SPARE_US (5 * SEC_US)

/* --- voicemail */

static void voicemail_play(struct call *call, int64_t now_us)
{
	struct media *media = call->engine->media;
	uint32_t prompt = call->run->voicemail;

	call->state = CALL_LEAVING;
	call->attempt.message_us = now_us;
	media_play_stop(media, call->stream);
	media_play(media, call->stream, prompt, 0);
	call_arm(call, now_us + media_prompt_ms(media, prompt) * MS_US + LEAVING_SPARE_US);
}

static void voicemail_finish(struct call *call, enum outcome outcome, int64_t now_us)
{
	call_bye(call);
	call_finish(call, outcome, HANGUP_ENGINE, now_us);
}

/* Until the beep, or until it has been quiet; after a late correction the greeting's end is not known, so only the beep counts.
 */
static void voicemail_wait(struct call *call, const struct call_input *in)
{
	int64_t ended_us = in->media->amd.kind == AMD_EV_VERDICT ? call->attempt.greeting_end_us : 0;
	int64_t quiet_us = ended_us + QUIET_US, soon_us = in->now_us + VERDICT_QUIET_US;

	call->state = CALL_BEEP;
	call->planned = call_machine_outcome(&in->media->amd);
	call->give_up_us = in->now_us + BEEP_US_MAX;
	if (call->beep_us && in->now_us - call->beep_us < BEEP_FRESH_US)
		voicemail_play(call, in->now_us);
	else
		call_arm(call, !ended_us ? call->give_up_us : quiet_us > soon_us ? quiet_us : soon_us);
}

void step_voicemail_quiet(struct call *call, const struct call_input *in)
{
	int64_t quiet_us = in->media->at_us + QUIET_US;

	call_arm(call, quiet_us < call->give_up_us ? quiet_us : call->give_up_us);
}

void step_voicemail_beep(struct call *call, const struct call_input *in)
{
	voicemail_play(call, in->now_us);
}

void step_voicemail_timer(struct call *call, const struct call_input *in)
{
	if (in->now_us < call->give_up_us)
		voicemail_play(call, in->now_us);
	else
		voicemail_finish(call, call->planned, in->now_us);
}

void step_voicemail_hangup(struct call *call, const struct call_input *in)
{
	call_finish(call, call->planned, call_hung_up(call, in), in->now_us);
}

void step_voicemail_stop(struct call *call, const struct call_input *in)
{
	voicemail_finish(call, call->planned, in->now_us);
}

/* Once only: a machine that beeps again and again shall not hear the message for ever. */
void step_leaving_beep(struct call *call, const struct call_input *in)
{
	if (call->again)
		return;
	call->again = true;
	voicemail_play(call, in->now_us);
}

void step_leaving_over(struct call *call, const struct call_input *in)
{
	voicemail_finish(call, OUTCOME_VOICEMAIL, in->now_us);
}

/* --- the end of a machine's call; the pacer knows it already */

/* Not an announcement: nobody will ever hear what is said to it. */
static bool machine_hears_message(const struct call *call, enum amd_verdict verdict)
{
	bool screener = verdict == AMD_SCREENER && call->run->campaign.screener == SCREENER_MESSAGE;

	return call->run->voicemail && !call->recalled_as && (verdict == AMD_MACHINE || screener);
}

/* A recording that somebody shall listen to, of a verdict that no seat checks. */
static void machine_review(struct call *call, const struct amd_event *amd)
{
	if (call->record.on && amd->kind == AMD_EV_VERDICT && amd->verdict == AMD_MACHINE &&
		judge_review_chosen(call->attempt.id, call->run->campaign.review_prob))
		call->attempt.review = REVIEW_WANTED;
}

static void machine_end(struct call *call, const struct call_input *in)
{
	const struct amd_event *amd = &in->media->amd;

	machine_review(call, amd);
	if (machine_hears_message(call, amd->verdict))
		voicemail_wait(call, in);
	else
		voicemail_finish(call, call->recalled_as ? call->recalled_as : call_machine_outcome(amd), in->now_us);
}

/* --- the sample */

static bool machine_chosen(const struct call *call, const struct call_input *in)
{
	const struct amd_event *amd = &in->media->amd;

	return !call->agentless && amd->kind == AMD_EV_VERDICT && amd->verdict == AMD_MACHINE &&
	       judge_chosen(call->attempt.id, call->run->campaign.sample_prob);
}

/* To a seat that is free this moment; nobody is made to wait for a call that is most likely a machine's. */
static bool machine_sampled(struct call *call, const struct call_input *in)
{
	struct desk *desk = machine_chosen(call, in) ? connect_free(call->engine, call->run->campaign.team, call->run) : NULL;

	if (!desk)
		return false;
	call->attempt.sampled = true;
	call_take_seat(call, desk->self);
	return true;
}

/* --- steps */

/* To the pacer an answer that is no person is a machine, be it a busy tone: its other words are for calls that nothing answered.
 */
void step_machine(struct call *call, const struct call_input *in)
{
	call_verdict(call, in);
	connect_forget(call->engine, call);
	if (machine_sampled(call, in))
		return;
	call_count_person(call, false);
	call_note(call, PACING_MACHINE, 0, in->now_us);
	machine_end(call, in);
}

/* The seat was told that this is a person's call: to the pacer it was a machine's, whoever keeps it. */
static void machine_at_seat(struct call *call, int64_t now_us)
{
	struct desk *desk = pool_get(&call->engine->desks, call->desk);

	call_count_person(call, false);
	if (desk)
		call_note(call, PACING_MACHINE_SEAT, (uint32_t)desk->self - 1, now_us);
}

static void machine_take_back(struct call *call, const struct call_input *in)
{
	machine_at_seat(call, in->now_us);
	call_leave_desk(call, false);
	machine_end(call, in);
}

void step_trial_machine(struct call *call, const struct call_input *in)
{
	call_verdict(call, in);
	if (!machine_chosen(call, in)) {
		machine_take_back(call, in);
		return;
	}
	wheel_cancel(&call->engine->wheel, &call->timer);
	call->attempt.sampled = true; /* it has its seat already, and keeps it */
	call->state = CALL_TALKING;
	machine_at_seat(call, in->now_us);
}

void step_revised(struct call *call, const struct call_input *in)
{
	call_verdict(call, in);
	call->attempt.revised = true;
	machine_take_back(call, in);
}
