/* call_start.c - from a durable intent to an INVITE on the wire */
#include "dialer/engine.h"

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define UNHEARD_US (15 * SEC_US) /* without any 18x the attempt lasts this much longer than the ring time */

void call_refuse(struct engine *engine, struct run *run, const struct attempt *intent, enum outcome outcome)
{
	struct attempt attempt = *intent;

	attempt.outcome = outcome;
	attempt.hangup_by = HANGUP_ENGINE;
	attempt.end_us = clock_us();
	gate_release(run->gate, false, attempt.end_us);
	if (writer_outcome(engine->writer, &attempt)) /* it stays in the active table: UNKNOWN_CRASH at the next start */
		log_line(LOG_ERROR, "outcome_refused", "call=%llu", (unsigned long long)attempt.id);
}

/* The number as the trunk wants it: its prefix stands for the "+". */
static void call_number_on_wire(const struct trunk *trunk, const char *e164, char out[48])
{
	if (trunk->prefix[0] && e164[0] == '+')
		snprintf(out, 48, "%s%s", trunk->prefix, e164 + 1);
	else
		text_copy(out, 48, e164);
}

static int call_describe(struct call *call, char sdp[OFFER_TEXT_MAX])
{
	struct engine *engine = call->engine;
	struct media_srtp key = {.suite = MEDIA_SRTP_NONE};
	uint16_t port;
	int err = media_stream_open(engine->media, call->self, &call->stream, &port);

	if (!err && call->gate->trunk.srtp == SRTP_REQUIRED)
		err = media_srtp_key(&key, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80);
	if (err)
		return err;
	offer_make(engine->config.rtp_ip, port, AMD_ALAW, &key, call->attempt.id, &call->local);
	return offer_print(&call->local, sdp, OFFER_TEXT_MAX);
}

static int call_invite(struct call *call)
{
	const struct trunk *trunk = &call->gate->trunk;
	const struct campaign *campaign = &call->run->campaign;
	char sdp[OFFER_TEXT_MAX], call_id[64], number[48];
	int err = call_describe(call, sdp);

	if (err)
		return err;
	attempt_call_id(call->engine->store, call->attempt.id, call_id);
	call_number_on_wire(trunk, call->attempt.e164, number);
	struct ua_invite invite = {
		.cookie = call->self,
		.to_user = number,
		.host = trunk->host,
		.port = trunk->port,
		.transport = trunk->transport,
		.from_user = campaign->caller_id,
		.from_name = campaign->caller_name[0] ? campaign->caller_name : NULL,
		.call_id = call_id,
		.sdp = sdp,
		.auth_user = trunk->user[0] ? trunk->user : NULL,
		.auth_secret = trunk->user[0] ? trunk->secret : NULL,
	};
	return ua_invite(call->engine->ua, &invite, &call->leg);
}

static void call_start_failed(struct call *call, int err)
{
	struct engine *engine = call->engine;
	struct run *run = call->run;
	struct attempt attempt = call->attempt;

	log_line(LOG_WARN, "call_not_placed", "call=%llu why=\"%s\"", (unsigned long long)attempt.id, err_text(err));
	text_copy(attempt.sip_reason, sizeof(attempt.sip_reason), err_text(err));
	if (call->stream)
		media_stream_close(engine->media, call->stream);
	run->calls--;
	pool_put(&engine->calls, call->self);
	call_refuse(engine, run, &attempt, OUTCOME_CONGESTION);
}

void call_start(struct engine *engine, struct run *run, const struct writer_event *claimed)
{
	uint64_t handle;
	struct call *call = pool_take(&engine->calls, &handle);

	if (!call) {
		call_refuse(engine, run, &claimed->attempt, OUTCOME_CANCELLED);
		return;
	}
	call->self = handle;
	call->engine = engine;
	call->run = run;
	call->gate = run->gate;
	call->attempt = claimed->attempt;
	call->fields_bytes = claimed->fields_bytes;
	memcpy(call->fields, claimed->fields, claimed->fields_bytes);
	run->calls++;
	int err = call_invite(call);
	if (err) {
		call_start_failed(call, err);
		return;
	}
	call->attempt.invite_us = clock_us();
	wheel_arm(&engine->wheel, &call->timer, call->attempt.invite_us + run->campaign.ring_us_max + UNHEARD_US, call_on_timer, call);
	run_note(run, PACING_DIALLED, call_index(call), 0, call->attempt.invite_us);
}
