/*
 * preview.c - the agent sees the lead first: a seat is reserved, *4 dials, *5 goes to the next
 *
 *   claimed -> PREVIEW -> *4, or the time is over -> DIALLING ... answered -> the reserved seat talks at once
 *                     \-> *5, or the time is over -> outcome skipped, no attempt
 *
 * The line is held from the claim on; the call a second is taken when the INVITE leaves. What may have changed since the claim is
 * asked again then: hours and rule packs, the suppression lists, the campaign's state, the trunk, and whether the store can be written.
 */
#include "dialer/call.h"

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

#define WAIT_US (100 * MS_US) /* for the trunk's next call a second */

void preview_start(struct engine *engine, struct run *run, const struct writer_event *claimed)
{
	struct desk *desk = connect_free(engine, run->campaign.team, run);

	if (!desk) {
		call_refuse(engine, run, claimed);
		return;
	}
	desk_reserve(desk, run);
	preview_show(call_take(engine, run, claimed), desk);
}

void preview_show(struct call *call, struct desk *desk)
{
	call->state = CALL_PREVIEW;
	call_reserve(call, desk);
	gate_postpone(call->gate);
	call->postponed = true;
	desk_preview(desk, call);
	call_arm(call, clock_us() + call->run->campaign.preview_us);
}

void step_preview_skip(struct call *call, const struct call_input *in)
{
	call_finish(call, OUTCOME_SKIPPED, HANGUP_SEAT, in->now_us);
}

void step_preview_stop(struct call *call, const struct call_input *in)
{
	call_finish(call, OUTCOME_CANCELLED, HANGUP_ENGINE, in->now_us);
}

void step_preview_dial(struct call *call, const struct call_input *in)
{
	struct desk *desk = pool_get(&call->engine->desks, call->reserved);

	if (call->engine->draining || call->run->campaign.state != CAMPAIGN_RUNNING || !writer_healthy(call->engine->writer)) {
		step_preview_stop(call, in);
		return;
	}
	if (!call_allowed(call, in->now_us)) {
		step_preview_skip(call, in);
		return;
	}
	call->postponed = call->dial_wanted = !gate_resume(call->gate, in->now_us);
	if (call->postponed) {
		call_arm(call, in->now_us + WAIT_US);
		return;
	}
	desk_dialling(desk);
	call_place(call);
}

void step_preview_timer(struct call *call, const struct call_input *in)
{
	if (call->dial_wanted || call->run->campaign.preview_dials)
		step_preview_dial(call, in);
	else
		step_preview_skip(call, in);
}

void step_preview_lost(struct call *call, const struct call_input *in)
{
	call->reserved = 0;
	step_preview_stop(call, in);
}

void step_reserved_lost(struct call *call, const struct call_input *in)
{
	(void)in;
	call->reserved = 0; /* whoever answers gets another seat, or is counted as abandoned */
}

void preview_sweep(struct engine *engine)
{
	struct call_input in = {.now_us = clock_us()};
	struct call *call;
	uint64_t handle;

	for (uint32_t at = 0; (call = pool_next(&engine->calls, &at, &handle));)
		if (call->state == CALL_PREVIEW && (engine->draining || call->run->campaign.state != CAMPAIGN_RUNNING))
			call_happen(call, CALL_EV_STOP, &in);
}
