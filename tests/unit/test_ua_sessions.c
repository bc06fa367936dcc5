/* test_ua_sessions.c - session timers: the rules by themselves, and who refreshes a call when, and how */
#include "tests/unit/test_wire.h"

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
	place((struct ua_invite){
		.to_user = "1", .host = "127.0.0.1", .port = 5070, .sdp = OURS, .session_s = 600, .refresher = UA_REFRESH_US});
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

/*
 * Allow has UPDATE, and it is refused all the same: a re-INVITE follows at once, and the next refresh does not try UPDATE again.
 */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_rules),
		T(test_refresh_by_update),
		T(test_refresh_when_update_is_refused),
		T(test_refresh_by_reinvite_and_expiry),
		T(test_they_refresh),
		T(test_session_too_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
