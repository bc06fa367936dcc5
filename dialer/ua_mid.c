/*
 * ua_mid.c - between the answer and the BYE: re-INVITE and UPDATE of ours, session timers, and what follows when both sides ask
 * at once
 *
 * What    One request at a time. A 491 means that both asked at once: the side whose Call-ID it is waits 2.1 to 4 s before it
 *         asks again,
 * the other one up to 2 s, so that they do not meet again. A refresh is an UPDATE without a description where the other side
 * allows it, else a re-INVITE with our description unchanged; also when the UPDATE is answered by 405 or 501. A session that
 * nobody refreshed ends with a BYE.
 * Source  RFC 3261 14.1 (glare), 3311 5.1, 4028 10.
 */
#include "dialer/ua_leg.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void mid_beat(void *arg);

void mid_session(struct leg *leg)
{
	int64_t due_us = session_due_us(&leg->session);
	wheel_cancel(&leg->ua->wheel, &leg->beat);
	if (due_us)
		wheel_arm(&leg->ua->wheel, &leg->beat, clock_us() + due_us, mid_beat, leg);
}

void mid_said(struct leg *leg, const char *sdp)
{
	if (!sdp || !leg->terms.interval_s)
		return;
	free(leg->said);
	leg->said = strdup(sdp);
}

/* Nobody refreshed it, or the other side knows the call no more. */
static void mid_expire(struct leg *leg)
{
	struct ua *ua = leg->ua;
	uint64_t handle = leg->handle;
	struct ua_event event = {.kind = UA_EV_ENDED, .local = true, .code = 408, .phrase = "Session Expired"};
	ua->counters.expired++;
	leg->state = LEG_DEAD;
	leg_tell(leg, &event);
	leg = leg_alive(ua, handle);
	if (leg)
		leg_bye(leg, "SIP;cause=408;text=\"Session Expired\"");
}

/* --- asking */

static void mid_forget(struct leg *leg)
{
	free(leg->ask);
	leg->ask = NULL;
}

static int mid_send(struct leg *leg)
{
	char uri[256], headers[SESSION_HEADERS_MAX + LOGIN_HEADERS_MAX];
	const char *method = leg->ask_update ? "UPDATE" : "INVITE";
	struct session_terms terms = leg->terms;
	terms.refresher = leg->session.interval_s ? (leg->session.ours ? SESSION_UAC : SESSION_UAS) : terms.refresher;
	if (leg->session.interval_s > terms.interval_s)
		terms.interval_s = leg->session.interval_s;
	if (terms.interval_s && terms.min_s < SESSION_MIN_S)
		terms.min_s = SESSION_MIN_S;
	session_ask(&terms, headers);
	if (leg->login && !wire_target(&leg->dialog, uri, sizeof(uri)))
		login_headers(leg, method, uri, headers + strlen(headers), LOGIN_HEADERS_MAX);
	return wire_ask(&leg->dialog, leg->ask_update ? WIRE_UPDATE : WIRE_INVITE, *headers ? headers : NULL,
		*leg->ask ? leg->ask : NULL);
}

static int mid_ask(struct leg *leg, const char *sdp, bool update, bool ours)
{
	if (leg->ask || leg->reoffer || leg->unacked)
		return ERR_WRONG_STATE;
	leg->ask = strdup(sdp);
	leg->ask_update = update;
	leg->ask_ours = ours;
	if (leg->login)
		memset(leg->login->answered[LOGIN_ASK], 0, sizeof(leg->login->answered[LOGIN_ASK]));
	int err = !leg->ask ? -ENOMEM : mid_send(leg) ? ERR_WRONG_STATE : 0;
	if (err)
		mid_forget(leg);
	return err;
}

int mid_offer(struct leg *leg, const char *sdp)
{
	mid_said(leg, sdp);
	return mid_ask(leg, sdp, false, true);
}

/* The clock runs on to the session's end: a refresh that comes to nothing must not keep the call for ever. */
static void mid_refresh(struct leg *leg)
{
	struct session rest = {.interval_s = leg->session.interval_s};
	int64_t left_us = session_due_us(&rest) - session_due_us(&leg->session);
	leg->beat_last = true;
	wheel_arm(&leg->ua->wheel, &leg->beat, clock_us() + left_us, mid_beat, leg);
	bool update = leg->takes_update && !leg->refuses_update;
	if (update || leg->said)
		mid_ask(leg, update ? "" : leg->said, update, false);
}

static void mid_beat(void *arg)
{
	struct leg *leg = arg;
	if (leg->state != LEG_UP)
		return;
	if (leg->session.ours && !leg->beat_last)
		mid_refresh(leg);
	else
		mid_expire(leg);
}

static void mid_again(void *arg)
{
	struct leg *leg = arg;
	if (leg->state == LEG_UP && leg->ask && mid_send(leg))
		mid_forget(leg);
}

/* RFC 3261, 14.1: in steps of 10 ms. */
static int64_t mid_pause_us(const struct leg *leg)
{
	uint16_t random = 0;
	random_bytes(&random, sizeof(random));
	return leg->placed ? (2100 + random % 191 * 10) * MS_US : random % 201 * 10 * MS_US;
}

/* --- the answer */

/* Some proxies and telephones list UPDATE in Allow, and refuse it: from now on it is a re-INVITE. */
static bool mid_without_update(struct leg *leg, const struct wire_message *message)
{
	if (!leg->ask_update || !leg->said || (message->code != 405 && message->code != 501))
		return false;
	leg->refuses_update = true;
	mid_forget(leg);
	return mid_ask(leg, leg->said, false, false) == 0;
}

static void mid_done(struct leg *leg, const struct wire_message *message)
{
	struct ua_event event = {.kind = UA_EV_REANSWER,
		.code = message->code,
		.phrase = message->phrase,
		.reason = message->reason,
		.local = message->internal,
		.sdp = message->code < 300 ? message->sdp : NULL,
		.sdp_bytes = message->code < 300 ? message->sdp_bytes : 0};
	bool ours = leg->ask_ours;
	mid_forget(leg);
	if (message->code < 300) {
		leg->ua->counters.refreshes += leg->beat_last;
		leg->takes_update |= message->takes_update;
		session_agree(&message->session, &leg->session);
		leg->beat_last = false;
		mid_session(leg);
	}
	if (ours)
		leg_tell(leg, &event);
}

void mid_asked(void *arg, const struct wire_message *message)
{
	struct leg *leg = arg;
	if (leg->state != LEG_UP || !leg->ask)
		return;
	if (message->code == 491) {
		leg->ua->counters.glares++;
		leg_arm(leg, mid_pause_us(leg), mid_again);
		return;
	}
	bool again = message->code == 422 ? session_raise(&leg->terms, &message->session) : login_learn(leg, LOGIN_ASK, message);
	if ((again && !mid_send(leg)) || mid_without_update(leg, message))
		return;
	/* RFC 3261, 12.2.1.2: the other side has no such call, or is gone. */
	bool gone = message->code == 481 || message->code == 408;
	if (gone)
		mid_expire(leg);
	else
		mid_done(leg, message);
}

/* --- being asked */

bool mid_meet(struct leg *leg, struct wire_request *request, const struct wire_message *message)
{
	char headers[SESSION_HEADERS_MAX];
	struct session session;
	bool fine = session_meet(&leg->terms, &message->session, &session, headers);
	leg->heard = message->session;
	if (!fine)
		wire_reply(leg->ua->wire, request, 422, "Session Interval Too Small", NULL, headers);
	return fine;
}

void mid_agree(struct leg *leg, char headers[SESSION_HEADERS_MAX])
{
	session_meet(&leg->terms, &leg->heard, &leg->session, headers);
	leg->beat_last = false;
	mid_session(leg);
}
