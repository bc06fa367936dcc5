/* call_start.c - from a durable intent to an INVITE on the wire */
#include "dialer/call.h"
#include "dialer/manner.h"

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SHORT_US SEC_US     /* short of ports, descriptors or memory: the campaign asks for no more leads this long */
#define UNHEARD_US (15 * SEC_US) /* without any 18x the attempt lasts this much longer than the ring time */
#define FRESH_US SEC_US /* an intent that took longer to become durable (a slow disk, a machine that slept) is asked again */

/* run.c asks for no more leads than the pool has room for. */
struct call *call_take(struct engine *engine, struct run *run, const struct writer_event *claimed)
{
	uint64_t handle;
	struct call *call = pool_take(&engine->calls, &handle);

	assert(call);
	call->self = handle;
	call->engine = engine;
	call->run = run;
	call->agentless = run->campaign.mode == CAMPAIGN_AGENTLESS;
	call->gate = run->reserved;
	call->attempt = claimed->attempt;
	call->fields_bytes = claimed->fields_bytes;
	memcpy(call->fields, claimed->fields, claimed->fields_bytes);
	run->calls++;
	return call;
}

void call_reserve(struct call *call, struct desk *desk)
{
	call->reserved = desk->self;
	text_copy(call->attempt.seat, sizeof(call->attempt.seat), desk->seat.login);
}

void call_refuse(struct engine *engine, struct run *run, const struct writer_event *claimed)
{
	call_finish(call_take(engine, run, claimed), OUTCOME_CANCELLED, HANGUP_ENGINE, clock_us());
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
	int err;

	if (call->stream) /* another gateway gets the same offer */
		return offer_print(&call->local, sdp, OFFER_TEXT_MAX);
	err = media_stream_open(engine->media, call->self, &call->stream, &port);
	if (!err && call->gate->trunk.srtp == SRTP_REQUIRED)
		err = media_srtp_key(&key, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80);
	if (err)
		return err;
	offer_make(engine->config.rtp_ip, port, AMD_ALAW, &key, call->attempt.id, &call->local);
	return offer_print(&call->local, sdp, OFFER_TEXT_MAX);
}

int call_invite(struct call *call, const struct gateway_target *target)
{
	const struct trunk *trunk = &call->gate->trunk;
	char sdp[OFFER_TEXT_MAX], call_id[64], number[48], headers[MANNER_HEADERS_MAX];
	int err = call_describe(call, sdp);

	if (err)
		return err;
	attempt_call_id(call->engine->store, call->attempt.id, call_id);
	call_number_on_wire(trunk, call->attempt.e164, number);
	struct ua_invite invite = {
		.cookie = call->self,
		.to_user = number,
		.host = target->ip,
		.port = target->port,
		.transport = target->transport,
		.domain = gate_domain(call->gate, target),
		.from_domain = trunk->domain,
		.from_user = call->attempt.caller_id,
		.from_name = call->attempt.caller_name[0] ? call->attempt.caller_name : NULL,
		.call_id = call_id,
		.sdp = sdp,
		.auth_user = trunk->user[0] ? trunk->user : NULL,
		.auth_secret = trunk->user[0] ? trunk->secret : NULL,
	};
	err = manner_apply(&trunk->calls, call->engine->config.sip_ip, &invite, headers);
	return err ? err : ua_invite(call->engine->ua, &invite, &call->leg);
}

#define ATTEMPTS_TOLD_APART 4
#define LISTS_TOLD_APART ((PACING_GROUPS - 1) / ATTEMPTS_TOLD_APART)

/* A list's first, second, third and later attempts answer each at a rate of their own. */
static uint32_t pacing_group(const struct attempt *attempt)
{
	uint32_t nth = attempt->number < ATTEMPTS_TOLD_APART ? attempt->number : ATTEMPTS_TOLD_APART;

	return attempt->list % LISTS_TOLD_APART * ATTEMPTS_TOLD_APART + (nth ? nth : 1);
}

void call_arm_unheard(struct call *call, int64_t now_us)
{
	call_arm(call, now_us + call->run->campaign.ring_us_max + UNHEARD_US);
}

void call_place(struct call *call)
{
	struct run *run = call->run;
	int64_t now_us = clock_us();
	int err = call_try(call, now_us);

	if (err) {
		log_line(LOG_WARN, "call_not_placed", "call=%llu why=\"%s\"", (unsigned long long)call->attempt.id, err_text(err));
		text_copy(call->attempt.sip_reason, sizeof(call->attempt.sip_reason), err_text(err));
		if (err != ERR_RANGE) /* that is this number's own fault */
			run->empty_until_us = now_us + SHORT_US;
		call_finish(call, OUTCOME_CONGESTION, HANGUP_ENGINE, now_us);
		return;
	}
	call->state = CALL_DIALLING;
	call->attempt.invite_us = now_us;
	call_arm_unheard(call, now_us);
	run_note(run, PACING_DIALLED, call_index(call), pacing_group(&call->attempt), now_us);
}

bool call_allowed(const struct call *call, int64_t now_us)
{
	enum claim_reason reason;
	int err = attempt_still_allowed(call->engine->store, &call->attempt, now_us - clock_ahead_us(), &reason);

	if (err || reason != CLAIM_OK)
		log_line(LOG_INFO, "call_not_allowed", "call=%llu camp=%s why=%s", (unsigned long long)call->attempt.id,
			call->run->campaign.name, err ? err_text(err) : claim_reason_name(reason));
	return !err && reason == CLAIM_OK;
}

bool call_fresh(const struct call *call, int64_t now_us)
{
	return now_us - call->attempt.intent_us <= FRESH_US || call_allowed(call, now_us);
}

void call_start(struct engine *engine, struct run *run, const struct writer_event *claimed)
{
	struct call *call = call_take(engine, run, claimed);
	int64_t now_us = clock_us();

	if (call_fresh(call, now_us))
		call_place(call);
	else
		call_finish(call, OUTCOME_CANCELLED, HANGUP_ENGINE, now_us);
}
