/* Calls that we place: answers to our INVITE and BYE. */
#include "dialer/ua_leg.h"

#include "base/clock.h"

#include <string.h>

static uint32_t tag_hash(const char *tag)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	for (; *tag; tag++)
		hash = (hash ^ (unsigned char)*tag) * 16777619u;
	return hash;
}

/*
 * Remembers each early dialog: when another one is answered, the network ends these, or the library does (ACK and BYE). Answers
 * its place, LEG_FORKS_MAX when there is none.
 */
static uint8_t note_fork(struct leg *leg, const char *tag)
{
	uint32_t hash = tag_hash(tag);
	for (uint8_t i = 0; i < leg->forks_count; i++)
		if (leg->forks[i] == hash)
			return i;
	if (!*tag || leg->forks_count == LEG_FORKS_MAX)
		return LEG_FORKS_MAX;
	leg->forks[leg->forks_count] = hash;
	return leg->forks_count++;
}

static void count_forks(struct leg *leg, const char *tag)
{
	note_fork(leg, tag);
	leg->ua->counters.forks_ended += leg->forks_count ? leg->forks_count - 1u : 0;
}

static struct ua_event event_of(enum ua_event_kind kind, const struct wire_message *message)
{
	return (struct ua_event){.kind = kind,
		.code = message->code,
		.phrase = message->phrase,
		.reason = message->reason,
		.asserted = message->asserted,
		.privacy = message->privacy,
		.diversion = message->diversion,
		.call_info = message->call_info};
}

/* Asks the owner about their offer. Answers the leg, or NULL when the owner has no call here any more. */
static struct leg *ask_owner(struct leg *leg, const struct wire_message *message)
{
	struct ua *ua = leg->ua;
	uint64_t handle = leg->handle;
	struct ua_event event = event_of(UA_EV_OFFER, message);
	event.sdp = message->sdp;
	event.sdp_bytes = message->sdp_bytes;
	leg->offering = true;
	leg_tell(leg, &event);
	leg = leg_alive(ua, handle);
	if (leg)
		leg->offering = false;
	return leg;
}

static void send_prack(struct leg *leg, const char *sdp)
{
	char uri[256], headers[LOGIN_HEADERS_MAX] = "";
	if (leg->login && !wire_prack_uri(&leg->dialog, uri, sizeof(uri)))
		login_headers(leg, "PRACK", uri, headers, sizeof(headers));
	leg->ua->counters.pracks += !wire_prack(&leg->dialog, *headers ? headers : NULL, sdp);
}

/* RFC 3262, 4: sent again, or out of order: not acknowledged, and as if it had not come. */
static bool in_order(struct leg *leg, uint8_t fork, const struct wire_message *message)
{
	if (fork == LEG_FORKS_MAX)
		return true;
	bool fits = !leg->rseq[fork] || message->rseq == leg->rseq[fork] + 1;
	leg->ua->counters.pracks_odd += !fits;
	if (fits)
		leg->rseq[fork] = message->rseq;
	return fits;
}

/* Acknowledges a reliable provisional. NULL: there is nothing in it for the owner. */
static struct leg *acknowledge(struct leg *leg, uint8_t fork, const struct wire_message *message)
{
	if (!in_order(leg, fork, message))
		return NULL;
	bool offer = leg->offerless && message->sdp && !leg->agreed && leg->state == LEG_CALLING;
	if (offer)
		leg = ask_owner(leg, message);
	if (!leg)
		return NULL;
	send_prack(leg, offer ? leg->answer : NULL);
	if (offer && leg->answer)
		leg->agreed = tag_hash(message->to_tag);
	return leg;
}

static void provisional(struct leg *leg, const struct wire_message *message)
{
	struct ua *ua = leg->ua;
	uint64_t handle = leg->handle;
	bool first = leg->unheard;
	leg_mark_heard(leg);
	uint8_t fork = note_fork(leg, message->to_tag);
	if (message->rseq && !(leg = acknowledge(leg, fork, message)))
		return;
	leg->takes_update |= message->takes_update;
	if (leg->state != LEG_CALLING)
		return;
	wheel_cancel(&ua->wheel, &leg->timer);
	struct ua_event event = event_of(UA_EV_TRYING, message);
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

/* Acknowledges the 2xx, with the owner's answer when it is an offer. False: it cannot be acknowledged, or has no answer. */
static bool confirm(struct leg *leg, const struct wire_message *message, bool offer)
{
	struct wire_call *call = leg->call;
	leg->call = NULL;
	bool confirmed = !wire_confirm(&leg->dialog, call, offer ? leg->answer : NULL, clock_us());
	relic_up(leg);
	count_forks(leg, message->to_tag);
	return confirmed && (!offer || leg->answer);
}

static void up(struct leg *leg, const struct wire_message *message)
{
	struct ua_event event = event_of(UA_EV_ANSWERED, message);
	event.sdp = message->sdp;
	event.sdp_bytes = message->sdp_bytes;
	event.raced = leg->state == LEG_CANCELLING;
	leg->state = LEG_UP;
	leg->takes_update |= message->takes_update;
	leg->ua->counters.answered++;
	leg->ua->counters.raced += event.raced;
	session_agree(&message->session, &leg->session);
	mid_session(leg);
	leg_tell(leg, &event);
}

/*
 * The first 2xx. One that was faster than our CANCEL is an answer like any other, for somebody is there; an offer in it is put to the owner.
 * A leg of which the owner has been told that it failed is ended at once.
 */
static void answered(struct leg *leg, const struct wire_message *message)
{
	struct ua *ua = leg->ua;
	leg_mark_heard(leg);
	wheel_cancel(&ua->wheel, &leg->timer);
	bool offer = leg->offerless && leg->agreed != tag_hash(message->to_tag) && leg->state != LEG_ABANDONED;
	if (offer && !(leg = ask_owner(leg, message)))
		return;
	enum leg_state before = leg->state;
	bool confirmed = confirm(leg, message, offer);
	if (confirmed && (before == LEG_CALLING || before == LEG_CANCELLING)) {
		up(leg, message);
		return;
	}
	struct ua_event event = event_of(UA_EV_FAILED, message);
	leg->state = LEG_DEAD;
	event.raced = before == LEG_CANCELLING;
	event.code = event.raced ? 487 : offer ? 488 : 500;
	event.phrase = event.raced ? "Request Terminated" : offer ? "Not Acceptable Here" : "Hostile Answer";
	event.local = !event.raced;
	event.answered = true;
	ua->counters.raced += before != LEG_CALLING;
	ua->counters.failed += before != LEG_ABANDONED;
	if (before != LEG_ABANDONED)
		leg_tell(leg, &event);
	leg_bye(leg, NULL);
}

/* The INVITE once more, with what was learned since: credentials, a longer session interval. */
static bool again(struct leg *leg, const struct wire_message *message)
{
	char uri[256], headers[SESSION_HEADERS_MAX + LOGIN_HEADERS_MAX];
	if (leg->state != LEG_CALLING || wire_call_uri(leg->call, uri, sizeof(uri)))
		return false;
	bool useful = message->code == 422 ? session_raise(&leg->terms, &message->session) : login_learn(leg, LOGIN_INVITE, message);
	if (!useful)
		return false;
	session_ask(&leg->terms, headers);
	login_headers(leg, "INVITE", uri, headers + strlen(headers), LOGIN_HEADERS_MAX);
	if (wire_invite_again(&leg->dialog, &leg->call, headers))
		return false;
	relic_calling(leg);
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
	struct ua_event event = event_of(UA_EV_FAILED, message);
	event.local = message->internal;
	event.retry_after_s = message->retry_after_s;
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

static void out_broken(void *arg)
{
	struct leg *leg = arg;
	bool cancelled = leg->state == LEG_CANCELLING;
	struct ua_event event = {.kind = UA_EV_FAILED,
		.code = cancelled ? 487 : 503,
		.local = true,
		.phrase = cancelled ? "Request Terminated" : "Connection Failed"};
	wire_drop(leg->call);
	leg->call = NULL;
	leg->ua->counters.failed++;
	leg_finish(leg, &event);
}

/* Called from within the library: what follows is the next step's. */
void ua_unreachable(struct ua *ua, const char *ip, uint16_t port)
{
	uint32_t at = 0;
	uint64_t handle;
	for (struct leg *leg; (leg = pool_next(&ua->legs, &at, &handle));) {
		const struct wire_dialog *dialog = &leg->dialog;
		bool waits = leg->unheard && (leg->state == LEG_CALLING || leg->state == LEG_CANCELLING);
		if (waits && dialog->peer_via == WIRE_TLS && dialog->peer_port == port && !strcmp(dialog->peer_ip, ip))
			leg_arm(leg, 0, out_broken);
	}
}

void out_bye_done(void *arg, const struct wire_message *message)
{
	struct leg *leg = arg;
	char uri[256], headers[LOGIN_HEADERS_MAX];
	leg->ua->counters.relics_ended += leg->relic && !message->internal;
	if (!leg->relic && !wire_target(&leg->dialog, uri, sizeof(uri)) && login_learn(leg, LOGIN_BYE, message)) {
		login_headers(leg, "BYE", uri, headers, sizeof(headers));
		if (!wire_bye(&leg->dialog, NULL, headers))
			return;
	}
	leg_free(leg);
}
