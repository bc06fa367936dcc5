/* test_ua_calls.c - placing calls: connections that come to nothing, 100rel, delayed offers, glare, digest */
#include "tests/unit/test_wire.h"

#include "dialer/digest.h"

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
	} steps[] = {
		{7, "a", 1, 1}, {7, "a", 1, 1}, {9, "a", 1, 1}, {8, "a", 2, 2}, {30, "b", 3, 3}, {9, "a", 4, 4}, {29, "b", 4, 4}};
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

/* Somebody has answered, whatever the CANCEL wanted: the offer is put to the owner, too. */
static void test_offer_in_200_beside_cancel(void **state)
{
	struct ua_invite invite = plain();
	(void)state;
	invite.sdp = NULL;
	answers = "v=0 answer";
	uint64_t leg = place(invite);
	respond(message(180));
	ua_cancel(ua, leg, NULL);
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
	w.handlers->knock(w.arg, (struct wire_request *)&wire_tokens[2], &m);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_unreachable),
		T(test_prack_in_order),
		T(test_early_update),
		T(test_offer_in_200),
		T(test_offer_in_200_beside_cancel),
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
