/* The user agent above a wire that is a struct and a clock that is a variable: PRACK, delayed offers, glare, session timers, digest. */
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "dialer/digest.h"
#include "dialer/session.h"
#include "dialer/ua.h"
#include "dialer/ua_wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OURS "v=0 ours"
#define THEIRS "v=0 theirs"

/* --- the wire: keeps what was sent last */

struct wire {
	const struct wire_handlers *handlers;
	void *arg, *leg; /* of the last call */
	struct wire_dialog *dialog;
	char headers[3000], sdp[64], reason[100], reply_headers[300];
	enum wire_method asked;
	int invites, agains, pracks, acks, asks, byes, cancels, reply, replies;
};

static struct wire w;
static int64_t now_us;
static int token[4]; /* what handles point to */

static void keep(const char *headers, const char *sdp)
{
	text_copy(w.headers, sizeof(w.headers), headers ? headers : "");
	text_copy(w.sdp, sizeof(w.sdp), sdp ? sdp : "");
}

int wire_open(struct wire **wire, const struct wire_options *options, char *why)
{
	(void)why;
	w = (struct wire){.handlers = options->handlers, .arg = options->arg};
	*wire = &w;
	return 0;
}

void wire_close(struct wire *wire)
{
	(void)wire;
}

int wire_fd(const struct wire *wire)
{
	(void)wire;
	return -1;
}

uint16_t wire_port(const struct wire *wire)
{
	(void)wire;
	return 5060;
}

int64_t wire_step(struct wire *wire, int64_t at_us)
{
	(void)wire;
	(void)at_us;
	return INT64_MAX;
}

void wire_counted(const struct wire *wire, struct wire_counters *out)
{
	(void)wire;
	memset(out, 0, sizeof(*out));
}

int wire_need_tls(const struct wire *wire, char *why)
{
	(void)wire;
	(void)why;
	return 0;
}

int wire_query(struct wire *wire, const struct wire_query *query, struct wire_dialog *dialog)
{
	(void)wire;
	(void)query;
	(void)dialog;
	return ERR_RANGE;
}

void wire_query_uri(const struct wire_query *query, char *out, size_t size)
{
	(void)query;
	*out = 0;
	(void)size;
}

void wire_invite_uri(const struct wire_invite *invite, char *out, size_t size)
{
	snprintf(out, size, "sip:%s@%s:%u", invite->to_user, invite->host, invite->port);
}

int wire_invite(struct wire *wire, const struct wire_invite *invite, struct wire_dialog *dialog, struct wire_call **call)
{
	keep(invite->headers, invite->sdp);
	wire->invites++;
	wire->leg = dialog->leg;
	wire->dialog = dialog;
	*call = (struct wire_call *)&token[0];
	return 0;
}

int wire_invite_again(struct wire_dialog *dialog, struct wire_call **call, const char *headers)
{
	(void)dialog;
	(void)call;
	keep(headers, w.sdp);
	w.agains++;
	return 0;
}

int wire_call_uri(const struct wire_call *call, char *out, size_t size)
{
	(void)call;
	snprintf(out, size, "sip:1@127.0.0.1:5070");
	return 0;
}

int wire_confirm(struct wire_dialog *dialog, struct wire_call *call, const char *sdp, int64_t at_us)
{
	(void)dialog;
	(void)call;
	(void)at_us;
	keep("", sdp);
	w.acks++;
	return 0;
}

int wire_prack(struct wire_dialog *dialog, const char *headers, const char *sdp)
{
	(void)dialog;
	keep(headers, sdp);
	w.pracks++;
	return 0;
}

int wire_prack_uri(const struct wire_dialog *dialog, char *out, size_t size)
{
	return wire_target(dialog, out, size);
}

int wire_cancel(struct wire_call *call, const char *reason)
{
	(void)call;
	(void)reason;
	w.cancels++;
	return 0;
}

void wire_drop(struct wire_call *call)
{
	(void)call;
}

int wire_bye(struct wire_dialog *dialog, const char *reason, const char *headers)
{
	(void)dialog;
	keep(headers, NULL);
	text_copy(w.reason, sizeof(w.reason), reason ? reason : "");
	w.byes++;
	return 0;
}

int wire_target(const struct wire_dialog *dialog, char *out, size_t size)
{
	(void)dialog;
	snprintf(out, size, "sip:far@127.0.0.1:5070");
	return 0;
}

int wire_ask(struct wire_dialog *dialog, enum wire_method method, const char *headers, const char *sdp)
{
	dialog->ask = &token[1];
	keep(headers, sdp);
	w.asked = method;
	w.asks++;
	return 0;
}

int wire_accept(struct wire *wire, struct wire_request *request, const struct wire_message *message, struct wire_dialog *dialog)
{
	(void)request;
	(void)message;
	wire->leg = dialog->leg;
	wire->dialog = dialog;
	return 0;
}

int wire_relic_call(const struct wire_dialog *dialog, const struct wire_call *call, struct relic *out)
{
	(void)dialog, (void)call, (void)out;
	return -EPROTO;
}

int wire_relic_up(const struct wire_dialog *dialog, struct wire_request *request, struct relic *out)
{
	(void)dialog, (void)request, (void)out;
	return -EPROTO;
}

int wire_end_relic(struct wire *wire, const struct relic *relic, struct wire_dialog *dialog)
{
	(void)wire, (void)relic, (void)dialog;
	return -EPROTO;
}

void wire_dialog_free(struct wire_dialog *dialog)
{
	(void)dialog;
}

void wire_keep(struct wire_request *request, struct wire_dialog *dialog)
{
	(void)request;
	(void)dialog;
}

void wire_forget(struct wire_request *request)
{
	(void)request;
}

int wire_reply(struct wire *wire, struct wire_request *request, int code, const char *phrase, const char *sdp, const char *header)
{
	(void)request;
	(void)phrase;
	wire->reply = code;
	wire->replies++;
	text_copy(wire->sdp, sizeof(wire->sdp), sdp ? sdp : "");
	text_copy(wire->reply_headers, sizeof(wire->reply_headers), header ? header : "");
	return 0;
}

void wire_refresh(struct wire_dialog *dialog, struct wire_request *request)
{
	(void)dialog;
	(void)request;
}

/* --- the owner */

static struct ua *ua;
static struct ua_event last;
static char last_sdp[64];
static int events[UA_EV_REANSWER + 1];
static const char *answers; /* to offers and re-offers; NULL: none */

static void on_event(void *arg, const struct ua_event *event)
{
	(void)arg;
	last = *event;
	text_copy_n(last_sdp, sizeof(last_sdp), event->sdp ? event->sdp : "", event->sdp_bytes);
	events[event->kind]++;
	if (event->kind == UA_EV_INCOMING || ((event->kind == UA_EV_OFFER || event->kind == UA_EV_REOFFER) && answers))
		assert_int_equal(ua_answer(ua, event->leg, answers ? answers : OURS), 0);
}

static int open_ua(void **state)
{
	struct ua_options options = {.ip = "127.0.0.1", .legs_max = 4, .event = on_event};
	(void)state;
	memset(events, 0, sizeof(events));
	memset(&last, 0, sizeof(last));
	answers = NULL;
	now_us = 1700000000 * SEC_US;
	clock_fake(&now_us);
	return ua_open(&ua, &options, NULL);
}

static int close_ua(void **state)
{
	(void)state;
	ua_close(ua);
	clock_fake(NULL);
	return 0;
}

static void pass(int64_t time_us)
{
	for (int64_t end_us = now_us + time_us; now_us < end_us;) {
		now_us += 100 * MS_US;
		ua_step(ua);
	}
}

static struct wire_message message(int code)
{
	return (struct wire_message){.code = code, .method = WIRE_OTHER, .phrase = "", .reason = "", .auth = "", .to_tag = "x",
		.from_user = "", .to_user = "", .call_id = "c", .asserted = "", .privacy = "", .diversion = "", .call_info = ""};
}

static struct wire_message described(struct wire_message m, const char *sdp)
{
	m.sdp = sdp;
	m.sdp_bytes = sdp ? strlen(sdp) : 0;
	return m;
}

static void respond(struct wire_message m)
{
	w.handlers->response(w.leg, &m);
}

static void asked(struct wire_message m)
{
	w.dialog->ask = NULL;
	w.handlers->asked(w.leg, &m);
}

static void request(enum wire_method method, struct wire_message m)
{
	m.method = method;
	w.handlers->request(w.leg, (struct wire_request *)&token[2], &m);
}

static struct ua_invite plain(void)
{
	return (struct ua_invite){.to_user = "1", .host = "127.0.0.1", .port = 5070, .from_user = "2", .sdp = OURS};
}

static uint64_t place(struct ua_invite invite)
{
	uint64_t leg = 0;
	assert_int_equal(ua_invite(ua, &invite, &leg), 0);
	return leg;
}

static struct wire_message ok(uint32_t interval_s, enum session_refresher refresher, bool update)
{
	struct wire_message m = described(message(200), THEIRS);
	m.session = (struct session_said){.interval_s = interval_s, .refresher = refresher, .supported = true};
	m.takes_update = update;
	return m;
}

static uint64_t placed_with_session(uint32_t interval_s, enum session_refresher refresher, bool update)
{
	struct ua_invite invite = plain();
	invite.session_s = interval_s;
	uint64_t leg = place(invite);
	respond(ok(interval_s, refresher, update));
	assert_int_equal(events[UA_EV_ANSWERED], 1);
	return leg;
}

static struct ua_counters counters(void)
{
	struct ua_counters out;
	ua_counters(ua, &out);
	return out;
}

/* --- the rules of session timers by themselves */

static void test_session_rules(void **state)
{
	struct session_terms terms = {.interval_s = 1800, .min_s = 90};
	struct session_said said = {.min_s = 3600};
	struct session session;
	char text[SESSION_HEADERS_MAX];
	(void)state;
	session_ask(&terms, text);
	assert_string_equal(text, "Session-Expires: 1800\r\nMin-SE: 90\r\n");
	assert_true(session_raise(&terms, &said));
	assert_int_equal(terms.interval_s, 3600);
	assert_false(session_raise(&terms, &said)); /* the same again is of no use */
	said = (struct session_said){.interval_s = 60, .supported = true};
	assert_false(session_meet(&(struct session_terms){0}, &said, &session, text));
	assert_string_equal(text, "Min-SE: 90");
	said.supported = false; /* who does not know of it cannot be told: it gets our least */
	assert_true(session_meet(&(struct session_terms){0}, &said, &session, text));
	assert_string_equal(text, "Session-Expires: 90;refresher=uas");
	assert_true(session.ours);
	said = (struct session_said){.interval_s = 600, .supported = true};
	assert_true(session_meet(&(struct session_terms){0}, &said, &session, text));
	assert_string_equal(text, "Require: timer\r\nSession-Expires: 600;refresher=uac");
	assert_int_equal(session_due_us(&session), (600 - 32) * SEC_US);
	said.refresher = SESSION_UAS;
	assert_true(session_meet(&(struct session_terms){0}, &said, &session, text));
	assert_int_equal(session_due_us(&session), 300 * SEC_US);
	session_agree(&(struct session_said){0}, &session);
	assert_int_equal(session_due_us(&session), 0);
	session_agree(&(struct session_said){.interval_s = 1, .refresher = SESSION_UAS}, &session);
	assert_int_equal(session_due_us(&session), 60 * SEC_US); /* not a call that ends a second after its answer */
}

/* --- session timers of a call */

static void test_refresh_by_update(void **state)
{
	(void)state;
	place((struct ua_invite){.to_user = "1", .host = "127.0.0.1", .port = 5070, .sdp = OURS, .session_s = 600, .refresher = UA_REFRESH_US});
	assert_non_null(strstr(w.headers, "Supported: timer\r\n"));
	assert_non_null(strstr(w.headers, "Session-Expires: 600;refresher=uac\r\nMin-SE: 90\r\n"));
	respond(ok(600, SESSION_UAC, true));
	pass(299 * SEC_US);
	assert_int_equal(w.asks, 0);
	pass(2 * SEC_US);
	assert_int_equal(w.asks, 1);
	assert_int_equal(w.asked, WIRE_UPDATE);
	assert_string_equal(w.sdp, "");
	assert_non_null(strstr(w.headers, "Session-Expires: 600;refresher=uac"));
	asked(ok(600, SESSION_UAC, true));
	pass(303 * SEC_US);
	assert_int_equal(w.asks, 2);
	assert_int_equal(counters().refreshes, 1);
	assert_int_equal(events[UA_EV_ENDED] + events[UA_EV_REANSWER], 0);
}

/* Allow has UPDATE, and it is refused all the same: a re-INVITE follows at once, and the next refresh does not try UPDATE again. */
static void test_refresh_when_update_is_refused(void **state)
{
	static const int codes[] = {405, 501};
	(void)state;
	for (int i = 0; i < 2; i++) {
		uint64_t leg = placed_with_session(90, SESSION_UAC, true);
		int asks = w.asks;
		pass(46 * SEC_US);
		assert_int_equal(w.asked, WIRE_UPDATE);
		asked(message(codes[i]));
		assert_int_equal(w.asks, asks + 2);
		assert_int_equal(w.asked, WIRE_INVITE);
		assert_string_equal(w.sdp, OURS);
		assert_non_null(strstr(w.headers, "Session-Expires: 90;refresher=uac"));
		asked(ok(90, SESSION_UAC, true));
		assert_int_equal(counters().refreshes, i * 2 + 1);
		pass(46 * SEC_US);
		assert_int_equal(w.asks, asks + 3);
		assert_int_equal(w.asked, WIRE_INVITE);
		asked(ok(90, SESSION_UAC, true));
		assert_int_equal(ua_bye(ua, leg, NULL), 0);
		events[UA_EV_ANSWERED] = 0;
	}
	assert_int_equal(events[UA_EV_ENDED] + events[UA_EV_REANSWER], 0);
}

/* --- connections that come to nothing */

static void place_over_tls(void)
{
	struct ua_invite invite = plain();
	invite.transport = "tls";
	place(invite);
	w.dialog->peer_via = WIRE_TLS;
	w.dialog->peer_port = 5070;
	strcpy(w.dialog->peer_ip, "127.0.0.1");
}

static void test_unreachable(void **state)
{
	(void)state;
	place_over_tls();
	ua_unreachable(ua, "127.0.0.2", 5070);
	ua_unreachable(ua, "127.0.0.1", 5071);
	pass(SEC_US);
	assert_int_equal(events[UA_EV_FAILED], 0);
	ua_unreachable(ua, "127.0.0.1", 5070);
	assert_int_equal(events[UA_EV_FAILED], 0); /* not from within the library */
	pass(100 * MS_US);
	assert_int_equal(events[UA_EV_FAILED], 1);
	assert_int_equal(last.code, 503);
	assert_true(last.local);
	assert_int_equal(w.cancels, 0);
	assert_int_equal(counters().legs, 0);
	place_over_tls();
	respond(message(100)); /* what has been heard of is not broken */
	ua_unreachable(ua, "127.0.0.1", 5070);
	pass(SEC_US);
	assert_int_equal(events[UA_EV_FAILED], 1);
}

static void test_refresh_by_reinvite_and_expiry(void **state)
{
	(void)state;
	placed_with_session(90, SESSION_UAC, false);
	pass(46 * SEC_US);
	assert_int_equal(w.asked, WIRE_INVITE);
	assert_string_equal(w.sdp, OURS); /* the same description again */
	pass(13 * SEC_US);
	assert_int_equal(events[UA_EV_ENDED], 0);
	pass(2 * SEC_US); /* nobody answers: a third of the interval before its end the call is over */
	assert_int_equal(events[UA_EV_ENDED], 1);
	assert_int_equal(last.code, 408);
	assert_true(last.local);
	assert_string_equal(last.phrase, "Session Expired");
	assert_int_equal(w.byes, 1);
	assert_non_null(strstr(w.reason, "Session Expired"));
	assert_int_equal(counters().expired, 1);
}

static void test_they_refresh(void **state)
{
	(void)state;
	placed_with_session(90, SESSION_UAS, false);
	for (int i = 0; i < 4; i++) {
		struct wire_message m = message(0);
		pass(45 * SEC_US);
		m.session = (struct session_said){.interval_s = 90, .refresher = SESSION_UAC, .supported = true};
		request(WIRE_UPDATE, m);
		assert_int_equal(w.reply, 200);
		assert_string_equal(w.sdp, "");
		assert_non_null(strstr(w.reply_headers, "Session-Expires: 90;refresher=uac"));
	}
	assert_int_equal(events[UA_EV_ENDED] + events[UA_EV_REOFFER], 0);
	pass(61 * SEC_US);
	assert_int_equal(events[UA_EV_ENDED], 1);
}

static void test_session_too_short(void **state)
{
	struct wire_message m = message(422);
	struct ua_invite invite = plain();
	(void)state;
	invite.session_s = 120;
	place(invite);
	m.session.min_s = 1000;
	respond(m);
	assert_int_equal(w.agains, 1);
	assert_non_null(strstr(w.headers, "Session-Expires: 1000\r\nMin-SE: 1000\r\n"));
	respond(m); /* they want more of what they got */
	assert_int_equal(w.agains, 1);
	assert_int_equal(events[UA_EV_FAILED], 1);
	assert_int_equal(last.code, 422);
	placed_with_session(120, SESSION_UAS, false);
	m = message(0);
	m.session = (struct session_said){.interval_s = 30, .supported = true};
	request(WIRE_UPDATE, m);
	assert_int_equal(w.reply, 422);
	assert_string_equal(w.reply_headers, "Min-SE: 90");
}

/* --- 100rel */

static void test_prack_in_order(void **state)
{
	struct ua_invite invite = plain();
	struct wire_message m = described(message(183), THEIRS);
	(void)state;
	invite.rel100 = UA_REL100_REQUIRED;
	place(invite);
	assert_non_null(strstr(w.headers, "Supported: 100rel\r\nRequire: 100rel\r\n"));
	static const struct {
		uint32_t rseq;
		const char *tag;
		int pracks, told;
	} steps[] = {{7, "a", 1, 1}, {7, "a", 1, 1}, {9, "a", 1, 1}, {8, "a", 2, 2}, {30, "b", 3, 3}, {9, "a", 4, 4}, {29, "b", 4, 4}};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		m.rseq = steps[i].rseq;
		m.to_tag = steps[i].tag;
		respond(m);
		assert_int_equal(w.pracks, steps[i].pracks);
		assert_int_equal(events[UA_EV_PROGRESS], steps[i].told);
	}
	assert_int_equal(counters().pracks_odd, 3);
	m.rseq = 0; /* an unreliable one needs none */
	respond(m);
	assert_int_equal(w.pracks, 4);
}

static void test_early_update(void **state)
{
	struct wire_message m = described(message(183), THEIRS);
	(void)state;
	place(plain());
	answers = OURS;
	request(WIRE_UPDATE, described(message(0), THEIRS));
	assert_int_equal(w.reply, 491); /* nothing is settled yet */
	m.rseq = 1;
	respond(m);
	request(WIRE_UPDATE, described(message(0), "v=0 moved"));
	assert_int_equal(w.reply, 200);
	assert_string_equal(w.sdp, OURS);
	assert_string_equal(last_sdp, "v=0 moved");
}

/* --- delayed offer */

static void test_offer_in_200(void **state)
{
	struct ua_invite invite = plain();
	(void)state;
	invite.sdp = NULL;
	answers = "v=0 answer";
	place(invite);
	assert_string_equal(w.sdp, "");
	respond(message(180));
	respond(described(message(200), THEIRS));
	assert_int_equal(events[UA_EV_OFFER], 1);
	assert_int_equal(events[UA_EV_ANSWERED], 1);
	assert_int_equal(w.acks, 1);
	assert_string_equal(w.sdp, "v=0 answer");
}

static void test_offer_in_reliable_18x(void **state)
{
	struct ua_invite invite = plain();
	struct wire_message m = described(message(183), THEIRS);
	(void)state;
	invite.sdp = NULL;
	answers = "v=0 answer";
	place(invite);
	m.rseq = 1;
	respond(m);
	assert_int_equal(w.pracks, 1);
	assert_string_equal(w.sdp, "v=0 answer");
	respond(described(message(200), THEIRS));
	assert_int_equal(events[UA_EV_OFFER], 1);
	assert_string_equal(w.sdp, ""); /* this ACK has nothing to say */
	assert_int_equal(events[UA_EV_ANSWERED], 1);
}

static void test_offer_refused(void **state)
{
	struct ua_invite invite = plain();
	(void)state;
	invite.sdp = NULL;
	place(invite);
	respond(described(message(200), "v=0 nonsense"));
	assert_int_equal(w.acks, 1);
	assert_int_equal(w.byes, 1);
	assert_int_equal(events[UA_EV_ANSWERED], 0);
	assert_int_equal(last.kind, UA_EV_FAILED);
	assert_int_equal(last.code, 488);
	assert_true(last.local);
	assert_true(last.answered);
}

/* Their INVITE without a description: ours is the offer, the answer comes in the ACK. */
static void test_answer_in_ack(void **state)
{
	struct wire_message m = message(0);
	(void)state;
	m.method = WIRE_INVITE;
	m.sip_contact = true;
	w.handlers->knock(w.arg, (struct wire_request *)&token[2], &m);
	assert_int_equal(w.reply, 200);
	assert_string_equal(w.sdp, OURS);
	m = described(message(0), THEIRS);
	m.method = WIRE_ACK;
	w.handlers->settled(w.leg, &m);
	assert_int_equal(last.kind, UA_EV_ACKED);
	assert_string_equal(last_sdp, THEIRS);
	answers = OURS; /* and the same in the middle of the call */
	request(WIRE_INVITE, message(0));
	assert_int_equal(w.reply, 200);
	request(WIRE_INVITE, described(message(0), THEIRS));
	assert_int_equal(w.reply, 491); /* not before the ACK */
	m.sdp = "v=0 moved";
	m.sdp_bytes = 9;
	w.handlers->settled(w.leg, &m);
	assert_int_equal(last.kind, UA_EV_REANSWER);
	assert_string_equal(last_sdp, "v=0 moved");
}

/* --- re-INVITE of ours */

static void test_glare(void **state)
{
	(void)state;
	uint64_t leg = place(plain());
	respond(described(message(200), THEIRS));
	answers = OURS;
	for (int i = 0; i < 20; i++) {
		int asks = w.asks;
		assert_int_equal(ua_offer(ua, leg, "v=0 hold"), 0);
		assert_int_equal(ua_offer(ua, leg, "v=0 more"), ERR_WRONG_STATE);
		request(WIRE_INVITE, described(message(0), THEIRS));
		assert_int_equal(w.reply, 491);
		asked(message(491));
		request(WIRE_UPDATE, described(message(0), THEIRS)); /* theirs goes through while ours waits */
		assert_int_equal(w.reply, 200);
		pass(2000 * MS_US);
		assert_int_equal(w.asks, asks + 1); /* 2.1 to 4 s: the Call-ID is ours */
		pass(2200 * MS_US);
		assert_int_equal(w.asks, asks + 2);
		assert_string_equal(w.sdp, "v=0 hold");
		asked(described(message(200), THEIRS));
		assert_int_equal(last.kind, UA_EV_REANSWER);
		assert_int_equal(last.code, 200);
	}
	assert_int_equal(counters().glares, 20);
	assert_int_equal(ua_offer(ua, leg, "v=0 hold"), 0);
	asked(message(488));
	assert_int_equal(last.code, 488);
	assert_int_equal(events[UA_EV_ENDED], 0); /* the call goes on as it was */
	assert_int_equal(ua_offer(ua, leg, "v=0 hold"), 0);
	asked(message(481));
	assert_int_equal(last.kind, UA_EV_ENDED);
}

/* --- digest */

static struct wire_message challenge(int code, const char *auth)
{
	struct wire_message m = message(code);
	m.auth = auth;
	m.proxy_auth = code == 407;
	return m;
}

/* The credentials of that header, as a server sees them; checked. */
static struct digest proof(const char *name, enum digest_hash hash)
{
	struct digest digest;
	char ha1[DIGEST_HEX_MAX], value[DIGEST_HEADER_MAX];
	const char *at = strstr(w.headers, name);
	assert_non_null(at);
	at += strlen(name);
	text_copy_n(value, sizeof(value), at, strcspn(at, "\r"));
	assert_int_equal(digest_parse(value, &digest), 0);
	assert_int_equal(digest.hash, hash);
	assert_int_equal(digest_ha1(hash, "bob", digest.realm, "secret", ha1), 0);
	assert_true(digest_verify(&digest, ha1, "INVITE"));
	return digest;
}

static struct ua_invite secret(void)
{
	struct ua_invite invite = plain();
	invite.auth_user = "bob";
	invite.auth_secret = "secret";
	return invite;
}

#define NONCE(n, more) "Digest realm=\"r\", nonce=\"" n "\", algorithm=SHA-256, qop=\"auth\"" more

static void test_digest_remembers(void **state)
{
	(void)state;
	place(secret());
	assert_string_equal(w.headers, "");
	respond(challenge(401, NONCE("n1", "")));
	assert_int_equal(proof("Authorization: ", DIGEST_SHA256).nc, 1);
	respond(challenge(407, "Digest realm=\"p\", nonce=\"q1\"")); /* a proxy in front wants to know, too */
	assert_string_equal(proof("\nProxy-Authorization: ", DIGEST_MD5).nonce, "q1");
	assert_int_equal(proof("Authorization: ", DIGEST_SHA256).nc, 2);
	respond(described(message(200), THEIRS));
	place(secret()); /* the next call needs no challenge */
	assert_int_equal(proof("Authorization: ", DIGEST_SHA256).nc, 3);
	assert_int_equal(counters().preauthorised, 1);
	respond(challenge(401, NONCE("n2", ", stale=true")));
	assert_string_equal(proof("Authorization: ", DIGEST_SHA256).nonce, "n2");
	assert_int_equal(proof("Authorization: ", DIGEST_SHA256).nc, 1);
	respond(challenge(401, NONCE("n3", ", stale=true")));
	assert_string_equal(proof("Authorization: ", DIGEST_SHA256).nonce, "n3");
	respond(challenge(401, NONCE("n4", ", stale=true"))); /* enough is enough */
	assert_int_equal(last.kind, UA_EV_FAILED);
	assert_int_equal(last.code, 401);
}

static void test_digest_wrong_secret(void **state)
{
	(void)state;
	place(secret());
	respond(challenge(401, NONCE("n1", "")));
	respond(challenge(401, NONCE("n2", "")));
	assert_int_equal(w.agains, 1);
	assert_int_equal(last.code, 401);
	place(plain()); /* nobody else's call carries the credentials */
	assert_string_equal(w.headers, "");
	respond(challenge(401, NONCE("n3", "")));
	assert_int_equal(w.agains, 1);
}

static void test_digest_of_bye_and_prack(void **state)
{
	struct wire_message m = message(183);
	(void)state;
	uint64_t leg = place(secret());
	respond(challenge(407, NONCE("n1", "")));
	m.rseq = 1;
	respond(m);
	assert_non_null(strstr(w.headers, "Proxy-Authorization: Digest"));
	assert_non_null(strstr(w.headers, "nc=00000002"));
	respond(described(message(200), THEIRS));
	assert_int_equal(ua_bye(ua, leg, NULL), 0);
	assert_non_null(strstr(w.headers, "nc=00000003"));
	m = challenge(407, NONCE("n2", ", stale=true"));
	w.handlers->bye_done(w.leg, &m);
	assert_int_equal(w.byes, 2);
	assert_non_null(strstr(w.headers, "n2"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_ua, close_ua)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_rules),
		T(test_refresh_by_update),
		T(test_refresh_when_update_is_refused),
		T(test_unreachable),
		T(test_refresh_by_reinvite_and_expiry),
		T(test_they_refresh),
		T(test_session_too_short),
		T(test_prack_in_order),
		T(test_early_update),
		T(test_offer_in_200),
		T(test_offer_in_reliable_18x),
		T(test_offer_refused),
		T(test_answer_in_ack),
		T(test_glare),
		T(test_digest_remembers),
		T(test_digest_wrong_secret),
		T(test_digest_of_bye_and_prack),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
