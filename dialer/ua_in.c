/* Calls that we take, and requests inside of calls. */
#include "dialer/ua_leg.h"

#include "base/clock.h"
#include "base/text.h"
#include "dialer/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONCE_US (60 * SEC_US)

static void reply(struct ua *ua, struct wire_request *request, int code, const char *header)
{
	wire_reply(ua->wire, request, code, NULL, NULL, header);
}

/* --- who is it */

static void challenge(struct ua *ua, struct wire_request *request, const char *binding, bool stale)
{
	char nonce[DIGEST_NONCE_MAX], value[512], header[560];
	if (digest_nonce_make(ua->nonce_key, clock_us(), binding, nonce) ||
		digest_challenge(ua->realm, nonce, stale, value, sizeof(value))) {
		reply(ua, request, 500, NULL);
		return;
	}
	snprintf(header, sizeof(header), "WWW-Authenticate: %s", value);
	reply(ua, request, 401, header);
}

/* An unknown user costs as much as a known one. */
static bool knows_secret(struct ua *ua, const struct digest *digest)
{
	char ha1[33] = "00000000000000000000000000000000";
	bool known = ua->options.secret && ua->options.secret(ua->options.arg, digest->username, ha1);
	ha1[32] = 0;
	return digest_verify(digest, ha1, "INVITE") && known;
}

/* Too many wrong passwords: this one is not looked at. */
static void slow_down(struct ua *ua, struct wire_request *request, const char *user, const char *ip, int64_t wait_us)
{
	char header[40];
	snprintf(header, sizeof(header), "Retry-After: %lld", (long long)(wait_us / SEC_US + 1));
	ua->counters.logins_slowed++;
	if (ua->options.slowed)
		ua->options.slowed(ua->options.arg, user, ip);
	reply(ua, request, 503, header);
}

/*
 * True: `user` has proved who it is. Else the request has been answered: 401, 503, or 403 to a wrong secret.
 * A nonce that is not a fresh one of ours, for this call and address, gets a new one without a look at the password: whoever
 * could make nonces up, or send from another's address, would else learn from the answer, or slow that other down.
 */
static bool proved(struct ua *ua, struct wire_request *request, const struct wire_message *message, char user[96])
{
	struct digest digest;
	char binding[400];
	int64_t now_us = clock_us();
	snprintf(binding, sizeof(binding), "%s:%.300s", message->source_ip, message->call_id);
	bool usable = message->auth[0] && !digest_parse(message->auth, &digest) && digest.hash == DIGEST_MD5 &&
		      !strcmp(digest.realm, ua->realm);
	if (!usable || digest_nonce_check(ua->nonce_key, now_us, NONCE_US, binding, digest.nonce) != DIGEST_NONCE_GOOD) {
		challenge(ua, request, binding, usable);
		return false;
	}
	text_copy(user, 96, digest.username);
	int64_t wait_us = guess_wait_us(&ua->guess, message->source_ip, user, now_us);
	if (wait_us) {
		slow_down(ua, request, user, message->source_ip, wait_us);
		return false;
	}
	if (knows_secret(ua, &digest)) {
		guess_right(&ua->guess, message->source_ip, user, now_us);
		return true;
	}
	guess_wrong(&ua->guess, message->source_ip, user, now_us);
	ua->counters.logins_refused++;
	reply(ua, request, 403, NULL);
	return false;
}

/* --- a new call */

static void incoming(struct ua *ua, struct leg *leg, const struct wire_message *message, const char *user)
{
	uint64_t handle = leg->handle;
	struct ua_event event = {.kind = UA_EV_INCOMING,
		.sdp = message->sdp,
		.sdp_bytes = message->sdp_bytes,
		.from_user = message->from_user,
		.to_user = message->to_user,
		.user = user,
		.source_ip = message->source_ip,
		.source_port = message->source_port,
		.asserted = message->asserted,
		.privacy = message->privacy,
		.diversion = message->diversion,
		.call_info = message->call_info};
	leg_tell(leg, &event);
	leg = leg_owned(ua, handle);
	if (leg && leg->state == LEG_RINGING && !leg->replied)
		reply(ua, leg->request, 100, NULL); /* keeps the caller from sending it again */
}

static void invite(struct ua *ua, struct wire_request *request, const struct wire_message *message)
{
	char user[96];
	if (!message->sip_contact) {
		wire_reply(ua->wire, request, 400, "Bad Contact", NULL, NULL);
		return;
	}
	if (ua->realm[0] && !proved(ua, request, message, user))
		return;
	struct leg *leg = leg_take(ua);
	if (!leg) {
		reply(ua, request, 503, "Retry-After: 5");
		return;
	}
	leg->state = LEG_RINGING;
	leg->takes_update = message->takes_update;
	if (!mid_meet(leg, request, message)) {
		leg_free(leg);
		return;
	}
	leg->call_id = strdup(message->call_id);
	if (!leg->call_id || wire_accept(ua->wire, request, message, &leg->dialog)) {
		leg_free(leg);
		reply(ua, request, 500, NULL);
		return;
	}
	leg->request = request;
	wire_keep(request, &leg->dialog);
	ua->counters.invites_in++;
	incoming(ua, leg, message, ua->realm[0] ? user : NULL);
}

void in_knock(void *arg, struct wire_request *request, const struct wire_message *message)
{
	struct ua *ua = arg;
	switch (message->method) {
	case WIRE_INVITE:
		if (message->tagged)
			reply(ua, request, 481, NULL);
		else
			invite(ua, request, message);
		break;
	case WIRE_OPTIONS:
		ua->counters.options++;
		reply(ua, request, message->tagged ? 481 : 200, message->tagged ? NULL : "Accept: application/sdp");
		break;
	case WIRE_ACK:
		break;
	case WIRE_OTHER:
		reply(ua, request, message->tagged ? 481 : 405, NULL);
		break;
	case WIRE_STRANGE:
		reply(ua, request, 501, NULL);
		break;
	default:
		reply(ua, request, 481, NULL);
	}
}

/* --- ACK and CANCEL of a call that we take */

static void end(struct leg *leg, bool local, const struct wire_message *message)
{
	struct ua_event event = {.kind = UA_EV_ENDED, .local = local, .reason = message ? message->reason : NULL};
	leg_finish(leg, &event);
}

/* The ACK of our 2xx never came: the owner hears ENDED, the other side a BYE. */
void in_ack_late(void *arg)
{
	struct leg *leg = arg;
	struct ua_event event = {.kind = UA_EV_ENDED, .local = true, .phrase = "No ACK"};
	bool told = leg->bye_wanted;
	wire_forget(leg->request);
	leg->request = NULL;
	leg->state = LEG_DEAD;
	leg->ua->counters.timeouts++;
	if (!told)
		leg_tell(leg, &event);
	leg_bye(leg, NULL);
}

static void acked(struct leg *leg, const struct wire_message *message)
{
	struct ua_event event = {.kind = UA_EV_ACKED, .sdp = message->sdp, .sdp_bytes = message->sdp_bytes};
	if (leg->state != LEG_ANSWERED && !leg->bye_wanted)
		return;
	wheel_cancel(&leg->ua->wheel, &leg->timer);
	wire_forget(leg->request);
	leg->request = NULL;
	if (leg->bye_wanted) {
		leg_bye(leg, NULL);
		return;
	}
	leg->state = LEG_UP;
	leg_tell(leg, &event);
}

/* The ACK of a re-INVITE; it brings the answer when the offer was ours. */
static void reacked(struct leg *leg, const struct wire_message *message)
{
	struct ua_event event = {.kind = UA_EV_REANSWER, .sdp = message->sdp, .sdp_bytes = message->sdp_bytes};
	if (message->method == WIRE_CANCEL)
		return; /* it came too late */
	bool due = leg->answer_due && message->sdp && leg->state == LEG_UP;
	wire_forget(leg->unacked);
	leg->unacked = NULL;
	leg->answer_due = false;
	if (message->method != WIRE_ACK && leg->state == LEG_UP)
		in_ack_late(leg);
	else if (due)
		leg_tell(leg, &event);
}

void in_settled(void *arg, const struct wire_message *message)
{
	struct leg *leg = arg;
	if (leg->unacked)
		reacked(leg, message);
	else if (!leg->request)
		return;
	else if (message->method == WIRE_ACK)
		acked(leg, message);
	else if (message->method == WIRE_CANCEL && leg->state == LEG_RINGING)
		end(leg, false, message);
	else if (message->method != WIRE_CANCEL)
		in_ack_late(leg);
}

/* --- requests inside of a call */

static void bye(struct leg *leg, struct wire_request *request, const struct wire_message *message)
{
	reply(leg->ua, request, 200, NULL);
	if (leg->state == LEG_RINGING)
		reply(leg->ua, leg->request, 487, NULL);
	if (leg->state == LEG_UP || leg->state == LEG_ANSWERED || leg->state == LEG_RINGING)
		end(leg, false, message);
	else if (leg->state == LEG_ENDING)
		leg_free(leg); /* both sides hung up at once, or ours was never answered */
}

/* An UPDATE may change a call that rings, once a reliable provisional has settled the descriptions (RFC 3311, 5.2). */
static bool may_change(const struct leg *leg, const struct wire_message *message)
{
	bool early = message->method == WIRE_UPDATE && leg->state == LEG_CALLING && leg->forks_count && leg->rseq[0];
	return (leg->state == LEG_UP || early) && !leg->reoffer && !leg->unacked && !leg->dialog.ask;
}

/* A refresh of the session, and no more. */
static void refreshed(struct leg *leg, struct wire_request *request)
{
	char headers[SESSION_HEADERS_MAX];
	mid_agree(leg, headers);
	if (leg->state == LEG_UP)
		wire_refresh(&leg->dialog, request);
	reply(leg->ua, request, 200, *headers ? headers : NULL);
}

/* Asks the owner; NULL: the leg is gone. */
static struct leg *ask_owner(struct leg *leg, struct wire_request *request, const struct wire_message *message)
{
	struct ua *ua = leg->ua;
	uint64_t handle = leg->handle;
	struct ua_event event = {.kind = UA_EV_REOFFER, .sdp = message->sdp, .sdp_bytes = message->sdp_bytes};
	leg->reoffer = request;
	leg_tell(leg, &event);
	return leg_alive(ua, handle);
}

static void reoffer(struct leg *leg, struct wire_request *request, const struct wire_message *message)
{
	struct ua *ua = leg->ua;
	if (!may_change(leg, message)) {
		reply(ua, request, leg->state == LEG_ENDING ? 481 : 491, NULL);
		return;
	}
	if (!mid_meet(leg, request, message))
		return;
	if (message->method == WIRE_UPDATE && !message->sdp) {
		refreshed(leg, request);
		return;
	}
	leg->agreeing = false;
	leg = ask_owner(leg, request, message);
	if (leg && !leg->reoffer) {
		if (message->method == WIRE_INVITE && leg->agreeing) {
			leg->unacked = request;
			leg->answer_due = !message->sdp;
			wire_keep(request, &leg->dialog);
		}
		return;
	}
	reply(ua, request, leg ? 488 : 481, NULL);
	if (leg)
		leg->reoffer = NULL;
}

void in_request(void *arg, struct wire_request *request, const struct wire_message *message)
{
	struct leg *leg = arg;
	switch (message->method) {
	case WIRE_BYE:
		bye(leg, request, message);
		break;
	case WIRE_INVITE:
	case WIRE_UPDATE:
		reoffer(leg, request, message);
		break;
	case WIRE_INFO:
	case WIRE_OPTIONS:
		reply(leg->ua, request, 200, NULL);
		break;
	case WIRE_ACK:
		break;
	case WIRE_PRACK: /* the library takes those that fit a provisional of ours */
		reply(leg->ua, request, 481, NULL);
		break;
	case WIRE_STRANGE:
		reply(leg->ua, request, 501, NULL);
		break;
	default:
		reply(leg->ua, request, 405, NULL);
	}
}
