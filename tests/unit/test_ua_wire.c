/* test_ua_wire.c - the user agent and a bare socket: races, forks, challenges, what is never answered, what stands inside a call */
#include "tests/unit/test_ua.h"

static struct side a;
static struct bare b;
static char contact[80]; /* of b */

static int begin(void **state)
{
	(void)state;
	open_plain(&a);
	open_bare(&b);
	snprintf(contact, sizeof(contact), "Contact: <sip:b@127.0.0.1:%u>\r\n", b.port);
	return 0;
}

static int end(void **state)
{
	(void)state;
	close(b.fd);
	shut(&a, NULL);
	return 0;
}

static void test_cancel_race(void **state)
{
	char invite[9000];
	struct ua_counters counters;
	(void)state;
	a.cancel_on_trying = true;
	call(&a, b.port);
	assert_true(hear(&a, &b, "INVITE", SOON));
	assert_non_null(strstr(b.text, "X-Campaign: spring\r\n"));
	assert_non_null(strstr(b.text, "Max-Forwards: 70\r\n"));
	assert_non_null(strstr(b.text, "User-Agent: test\r\n"));
	assert_non_null(strstr(b.text, "From: \"Out Dial\" <sip:4000@127.0.0.1:"));
	assert_non_null(strstr(b.text, "Allow: INVITE, ACK"));
	assert_null(strstr(b.text, "100rel"));
	strcpy(invite, b.text);
	respond(&b, &a, invite, "180 Ringing", "x", contact);
	assert_true(hear(&a, &b, "CANCEL", SOON));
	respond(&b, &a, b.text, "200 OK", "x", "");
	respond(&b, &a, invite, "200 OK", "x", contact);
	assert_true(hear(&a, &b, "ACK", SOON));
	expect(&a, a.count - 1, UA_EV_ANSWERED, 200);
	assert_true(a.events[a.count - 1].raced);
	assert_int_equal(ua_bye(a.ua, a.events[a.count - 1].leg, NULL), 0);
	assert_true(hear(&a, &b, "BYE", SOON));
	respond(&b, &a, b.text, "200 OK", "", "");
	settle(&a, NULL);
	ua_counters(a.ua, &counters);
	assert_int_equal(counters.raced, 1);
}

/* Several challenges in one message: the strongest that we can answer is taken, wherever it stands. */
static void test_challenges(void **state)
{
	static const struct {
		const char *headers, *wanted;
	} cases[] = {
		{"WWW-Authenticate: Basic realm=\"b\"\r\n"
		 "WWW-Authenticate: Digest realm=\"m\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\r\n"
		 "WWW-Authenticate: Digest realm=\"s\", nonce=\"n2\", algorithm=SHA-256, qop=\"auth,auth-int\"\r\n"
		 "WWW-Authenticate: Digest realm=\"t\", nonce=\"n3\", algorithm=SHA-512-256, qop=\"auth\"\r\n",
			"nonce=\"n2\""},
		{"WWW-Authenticate: Digest realm=\"s\", nonce=\"n2\", algorithm=SHA-256-sess, qop=\"auth\"\r\n"
		 "WWW-Authenticate: Digest realm=\"i\", nonce=\"n3\", algorithm=SHA-256, qop=\"auth-int\"\r\n"
		 "WWW-Authenticate: Digest realm=\"m\", nonce=\"n1\"\r\n",
			"nonce=\"n1\""},
	};
	for (size_t i = 0; i < 2; i++) {
		uint64_t leg;
		end(state);
		begin(state); /* who remembers no credentials */
		struct ua_invite invite = {.to_user = "1", .host = IP, .port = b.port, .from_user = "2", .sdp = SDP, .auth_user = "u", .auth_secret = "s"};
		assert_int_equal(ua_invite(a.ua, &invite, &leg), 0);
		assert_true(hear(&a, &b, "INVITE", SOON));
		respond(&b, &a, b.text, "401 Unauthorized", "x", cases[i].headers);
		assert_true(hear(&a, &b, "ACK", SOON));
		assert_true(hear(&a, &b, "INVITE", SOON));
		const char *answer = strstr(b.text, "\r\nAuthorization: Digest ");
		assert_non_null(answer);
		assert_non_null(strstr(answer, cases[i].wanted));
		assert_null(strstr(answer + 2, "\r\nAuthorization: "));
		respond(&b, &a, b.text, "486 Busy Here", "x", "");
		assert_true(hear(&a, &b, "ACK", SOON));
		settle(&a, NULL);
	}
}

static void test_forks(void **state)
{
	char invite[9000];
	struct ua_counters counters;
	(void)state;
	call(&a, b.port);
	assert_true(hear(&a, &b, "INVITE", SOON));
	strcpy(invite, b.text);
	respond(&b, &a, invite, "100 Trying", "", "");
	respond(&b, &a, invite, "180 Ringing", "one", contact);
	respond(&b, &a, invite, "180 Ringing", "two", contact);
	respond(&b, &a, invite, "200 OK", "two", contact);
	assert_true(hear(&a, &b, "ACK", SOON));
	assert_non_null(strstr(b.text, "tag=two"));
	respond(&b, &a, invite, "200 OK", "one", contact); /* answered at the same moment */
	assert_true(hear(&a, &b, "ACK", SOON));
	assert_non_null(strstr(b.text, "tag=one"));
	assert_true(hear(&a, &b, "BYE", SOON));
	assert_non_null(strstr(b.text, "tag=one"));
	respond(&b, &a, b.text, "200 OK", "", "");
	respond(&b, &a, invite, "200 OK", "two", contact); /* sent again: acknowledged again, and no second event */
	assert_true(hear(&a, &b, "ACK", SOON));
	assert_non_null(strstr(b.text, "tag=two"));
	assert_int_equal(a.count, 4);
	expect(&a, 0, UA_EV_TRYING, 100);
	expect(&a, 3, UA_EV_ANSWERED, 200);
	ua_counters(a.ua, &counters);
	assert_int_equal(counters.forks_ended, 1);
	assert_int_equal(ua_bye(a.ua, a.leg, NULL), 0);
	assert_true(hear(&a, &b, "BYE", SOON));
	assert_non_null(strstr(b.text, "tag=two"));
	respond(&b, &a, b.text, "200 OK", "", "");
	settle(&a, NULL);
}

/* r1: the library ends the fork that lost by itself, at its Contact; a name there made it ask DNS in a loop without end. */
static void test_lost_fork_has_a_name(void **state)
{
	char invite[9000];
	(void)state;
	call(&a, b.port);
	assert_true(hear(&a, &b, "INVITE", SOON));
	strcpy(invite, b.text);
	respond(&b, &a, invite, "200 OK", "two", contact);
	assert_true(hear(&a, &b, "ACK", SOON));
	respond(&b, &a, invite, "200 OK", "one", "Contact: <sip:b@host.invalid>\r\n");
	respond(&b, &a, invite, "200 OK", "three", "Contact: <tel:1>\r\nRecord-Route: <sip:host.invalid;lr>\r\n");
	settle(&a, NULL);
	assert_int_equal(ua_bye(a.ua, a.leg, NULL), 0);
	assert_true(hear(&a, &b, "BYE", SOON));
	respond(&b, &a, b.text, "200 OK", "", "");
	settle(&a, NULL);
}

static void test_no_provisional(void **state)
{
	char invite[9000];
	struct ua_options options = options_of(&a);
	(void)state;
	options.trying_us = 60 * MS_US;
	shut(&a, NULL);
	open_side(&a, &options);
	call(&a, b.port);
	assert_true(pump(&a, NULL, &a, 1, SOON));
	expect(&a, 0, UA_EV_FAILED, 408);
	assert_true(a.events[0].local);
	assert_int_equal(legs(&a), 0);
	assert_true(hear(&a, &b, "INVITE", SOON));
	strcpy(invite, b.text);
	respond(&b, &a, invite, "180 Ringing", "late", "");
	assert_true(hear(&a, &b, "CANCEL", SOON)); /* nobody wants that call any more */
	respond(&b, &a, b.text, "200 OK", "late", "");
	respond(&b, &a, invite, "487 Request Terminated", "late", "");
	assert_true(hear(&a, &b, "ACK", SOON));
	assert_int_equal(a.count, 1);
}

static void test_redirect_and_dead_port(void **state)
{
	(void)state;
	call(&a, b.port);
	assert_true(hear(&a, &b, "INVITE", SOON));
	respond(&b, &a, b.text, "302 Moved", "m", "Contact: <sip:1@192.0.2.1?Subject=x>\r\nReason: Q.850;cause=1\r\n");
	assert_true(hear(&a, &b, "ACK", SOON));
	expect(&a, 0, UA_EV_FAILED, 302);
	assert_string_equal(a.reason, "Q.850;cause=1");
	close(b.fd);
	b.fd = -1;
	call(&a, b.port);
	assert_true(pump(&a, NULL, &a, 2, SOON)); /* ICMP says so at once */
	expect(&a, 1, UA_EV_FAILED, 503);
	assert_true(a.events[1].local);
}

static void test_other_methods(void **state)
{
	static const struct {
		const char *method, *tag, *status;
	} cases[] = {
		{"OPTIONS", "", "SIP/2.0 200"},
		{"BYE", "gone", "SIP/2.0 481"},
		{"INVITE", "gone", "SIP/2.0 481"},
		{"INFO", "gone", "SIP/2.0 481"},
		{"CANCEL", "", "SIP/2.0 481"},
		{"REGISTER", "", "SIP/2.0 405"},
		{"FROBNICATE", "", "SIP/2.0 501"},
		{"PRACK", "gone", "SIP/2.0 481"},
	};
	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		request(&b, &a, cases[i].method, cases[i].tag, i + 1, "Contact: <sip:a@127.0.0.1>\r\nRAck: 1 1 INVITE\r\n");
		if (!hear(&a, &b, cases[i].status, SOON))
			fail_msg("%s: %.40s", cases[i].method, b.text);
	}
	request(&b, &a, "INVITE", "", 98, "Contact: <sip:a@127.0.0.1>\r\nRequire: foo\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 420", SOON));
	assert_non_null(strstr(b.text, "Unsupported: foo"));
	request(&b, &a, "ACK", "gone", 99, "");
	settle(&a, NULL);
	assert_int_equal(a.count, 0);
}

static void test_inside_a_call(void **state)
{
	char tag[80];
	(void)state;
	a.habit = ANSWER;
	bare_call(&a, &b, tag);
	request(&b, &a, "INFO", tag, 2, "");
	assert_true(hear(&a, &b, "SIP/2.0 200", SOON));
	request(&b, &a, "INVITE", tag, 3, "Contact: <sip:eve@127.0.0.1>\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 488", SOON)); /* nobody took the offer */
	request(&b, &a, "ACK", tag, 3, "");
	a.answer_reoffers = true;
	request(&b, &a, "UPDATE", tag, 4, "Contact: *\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 200", SOON));
	request(&b, &a, "INVITE", tag, 5, "Contact: <foo:bar>\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 200", SOON));
	assert_non_null(strstr(b.text, "m=audio"));
	request(&b, &a, "ACK", tag, 5, "");
	request(&b, &a, "MESSAGE", tag, 6, "");
	assert_true(hear(&a, &b, "SIP/2.0 405", SOON));
	request(&b, &a, "BYE", tag, 1, ""); /* CSeq steps back */
	assert_true(hear(&a, &b, "SIP/2.0 500", SOON));
	request(&b, &a, "BYE", tag, 7, "Reason: SIP;cause=480\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 200", SOON));
	expect(&a, a.count - 1, UA_EV_ENDED, 0);
	assert_string_equal(a.reason, "SIP;cause=480");
}

static void test_no_ack(void **state)
{
	(void)state;
	a.habit = ANSWER;
	request(&b, &a, "INVITE", "", 1, "Contact: <sip:a@127.0.0.1:9>\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 200", SOON));
	jump(&a);
	expect(&a, 1, UA_EV_ENDED, 0);
	assert_true(a.events[1].local);
	assert_int_equal(legs(&a), 0);
}

static void test_bye_never_answered(void **state)
{
	char tag[80];
	(void)state;
	a.habit = ANSWER;
	for (int i = 0; i < 20; i++) { /* more than the pool holds */
		a.count = 0;
		close(b.fd);
		open_bare(&b);
		bare_call(&a, &b, tag);
		assert_int_equal(ua_bye(a.ua, a.leg, NULL), 0);
		assert_true(hear(&a, &b, "BYE", SOON));
		jump(&a);
		assert_int_equal(a.count, 2);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_cancel_race),
		T(test_challenges),
		T(test_forks),
		T(test_lost_fork_has_a_name),
		T(test_no_provisional),
		T(test_redirect_and_dead_port),
		T(test_other_methods),
		T(test_inside_a_call),
		T(test_no_ack),
		T(test_bye_never_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
