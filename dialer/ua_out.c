/* Calls that we place: answers to our INVITE and BYE. */
#include "dialer/ua_leg.h"

#include "base/clock.h"
#include "dialer/digest.h"

#include <string.h>

static uint32_t tag_hash(const char *tag)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	for (; *tag; tag++)
		hash = (hash ^ (unsigned char)*tag) * 16777619u;
	return hash;
}

/* Remembers each early dialog: when another one is answered, the network ends these, or the library does (ACK and BYE). */
static void note_fork(struct leg *leg, const char *tag)
{
	uint32_t hash = tag_hash(tag);
	for (uint8_t i = 0; i < leg->forks_count; i++)
		if (leg->forks[i] == hash)
			return;
	if (*tag && leg->forks_count < LEG_FORKS_MAX)
		leg->forks[leg->forks_count++] = hash;
}

static void count_forks(struct leg *leg, const char *tag)
{
	note_fork(leg, tag);
	leg->ua->counters.forks_ended += leg->forks_count ? leg->forks_count - 1u : 0;
}

static void provisional(struct leg *leg, const struct wire_message *message)
{
	struct ua *ua = leg->ua;
	uint64_t handle = leg->handle;
	bool first = leg->unheard;
	leg_mark_heard(leg);
	note_fork(leg, message->to_tag);
	if (leg->state != LEG_CALLING)
		return;
	wheel_cancel(&ua->wheel, &leg->timer);
	struct ua_event event = {.kind = UA_EV_TRYING, .code = message->code, .phrase = message->phrase};
	if (first)
		leg_tell(leg, &event);
	leg = leg_owned(ua, handle);
	if (!leg || leg->state != LEG_CALLING || message->code < 180 || message->code > 189)
		return;
	event.kind = UA_EV_PROGRESS;
	event.sdp = message->sdp;
	event.sdp_bytes = message->sdp_bytes;
	leg_tell(leg, &event);
}

/* The first 2xx. A CANCEL that lost the race, and a leg of which the owner has been told that it failed, are ended at once. */
static void answered(struct leg *leg, const struct wire_message *message)
{
	struct ua *ua = leg->ua;
	enum leg_state before = leg->state;
	leg_mark_heard(leg);
	wheel_cancel(&ua->wheel, &leg->timer);
	struct wire_call *call = leg->call;
	leg->call = NULL;
	bool confirmed = !wire_confirm(&leg->dialog, call, clock_us());
	count_forks(leg, message->to_tag);
	struct ua_event event = {.code = message->code, .phrase = message->phrase};
	if (before == LEG_CALLING && confirmed) {
		leg->state = LEG_UP;
		ua->counters.answered++;
		event.kind = UA_EV_ANSWERED;
		event.sdp = message->sdp;
		event.sdp_bytes = message->sdp_bytes;
		leg_tell(leg, &event);
		return;
	}
	leg->state = LEG_DEAD;
	event.kind = UA_EV_FAILED;
	event.raced = before == LEG_CANCELLING;
	event.code = event.raced ? 487 : 500;
	event.phrase = event.raced ? "Request Terminated" : "Hostile Answer";
	event.local = !event.raced;
	ua->counters.raced += before != LEG_CALLING;
	ua->counters.failed += before != LEG_ABANDONED;
	if (before != LEG_ABANDONED)
		leg_tell(leg, &event);
	leg_bye(leg, NULL);
}

/* The credentials for the challenge in `message`, as a header value. */
static bool credentials(
	const struct leg *leg, const struct wire_message *message, const char *method, const char *uri, char *out, size_t size)
{
	struct digest challenge;
	if (message->code != 401 && message->code != 407)
		return false;
	return !digest_parse(message->auth, &challenge) &&
	       !digest_answer(&challenge, leg->login->user, leg->login->secret, method, uri, NULL, out, size);
}

static bool again(struct leg *leg, const struct wire_message *message)
{
	char uri[256], auth[DIGEST_HEADER_MAX];
	if (!leg->login || leg->login->invite_done || leg->state != LEG_CALLING || wire_call_uri(leg->call, uri, sizeof(uri)) ||
		!credentials(leg, message, "INVITE", uri, auth, sizeof(auth)))
		return false;
	leg->login->invite_done = true;
	if (wire_invite_again(&leg->dialog, &leg->call, auth, message->proxy_auth))
		return false;
	leg_mark_heard(leg);
	leg_mark_unheard(leg);
	leg_arm(leg, leg->ua->options.trying_us, out_trying_late);
	return true;
}

static void refused(struct leg *leg, const struct wire_message *message)
{
	if (again(leg, message))
		return;
	wire_drop(leg->call);
	leg->call = NULL;
	if (leg->state == LEG_ABANDONED) {
		leg_free(leg);
		return;
	}
	struct ua_event event = {.kind = UA_EV_FAILED,
		.code = message->code,
		.local = message->internal,
		.phrase = message->phrase,
		.reason = message->reason};
	if (leg->state == LEG_CANCELLING && message->internal)
		event.code = 487;
	leg->ua->counters.failed++;
	leg->ua->counters.timeouts += message->internal && message->code == 408;
	leg_finish(leg, &event);
}

void out_response(void *arg, const struct wire_message *message)
{
	struct leg *leg = arg;
	if (!leg->call)
		return;
	if (message->code < 200)
		provisional(leg, message);
	else if (message->code < 300)
		answered(leg, message);
	else
		refused(leg, message);
}

/*
 * Nobody has said a word. The owner hears 408 now and may try elsewhere; a CANCEL stays behind, which the library sends when a
 * late provisional comes, so that no telephone rings for a call that nobody wants.
 */
void out_trying_late(void *arg)
{
	struct leg *leg = arg;
	struct ua *ua = leg->ua;
	bool cancelled = leg->state == LEG_CANCELLING;
	struct ua_event event = {.kind = UA_EV_FAILED,
		.code = cancelled ? 487 : 408,
		.local = true,
		.phrase = cancelled ? "Request Terminated" : "No Provisional Response"};
	bool pending = cancelled || !wire_cancel(leg->call, NULL);
	ua->counters.failed++;
	ua->counters.timeouts++;
	if (!pending) {
		leg_finish(leg, &event);
		return;
	}
	leg->state = LEG_ABANDONED;
	ua->counters.legs -= leg->counted;
	leg->counted = false;
	leg_tell(leg, &event);
}

void out_bye_done(void *arg, const struct wire_message *message)
{
	struct leg *leg = arg;
	char uri[256], auth[DIGEST_HEADER_MAX];
	if (leg->login && !leg->login->bye_done && !wire_bye_uri(&leg->dialog, uri, sizeof(uri)) &&
		credentials(leg, message, "BYE", uri, auth, sizeof(auth))) {
		leg->login->bye_done = true;
		if (!wire_bye(&leg->dialog, NULL, auth, message->proxy_auth))
			return;
	}
	leg_free(leg);
}
