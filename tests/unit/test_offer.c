/* Session descriptions: what others send, what we answer. */
#include "base/err.h"
#include "dialer/offer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "v=0\r\no=- 42 7 IN IP4 10.0.0.1\r\ns=x\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
#define KEY "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

static const struct media_srtp ours = {MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, {1, 2, 3, 255}};

static int parse(const char *text, struct offer *out)
{
	char why[160] = "?";
	int err = offer_parse(text, strlen(text), out, why);
	assert_true(!err == !why[0]);
	return err;
}

static void test_baresip(void **state)
{
	struct offer o;
	(void)state;
	assert_int_equal(
		parse("v=0\r\no=- 3841938 109 IN IP4 192.168.1.9\r\ns=-\r\nc=IN IP4 192.168.1.9\r\nt=0 0\r\na=tool:baresip "
		      "1.0.0\r\n"
		      "m=audio 17036 RTP/AVP 96 8 0 101\r\nb=AS:128\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:8 PCMA/8000\r\n"
		      "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 "
		      "0-15\r\na=rtcp:17040\r\na=sendrecv\r\n"
		      "a=label:1\r\na=rtcp-rsize\r\na=ssrc:9 cname:x\r\na=ptime:30\r\nm=video 1 RTP/AVP 97\r\n",
			&o),
		0);
	assert_string_equal(o.ip, "192.168.1.9");
	assert_int_equal(o.port, 17036);
	assert_int_equal(o.rtcp_port, 17040);
	assert_int_equal(o.pcma, 1);
	assert_int_equal(o.pcmu, 2);
	assert_int_equal(o.dtmf_type, 101);
	assert_int_equal(o.ptime_ms, 30);
	assert_int_equal(o.session, 3841938);
	assert_int_equal(o.version, 109);
	assert_int_equal(o.sections, 2);
	assert_int_equal(o.section, 0);
	assert_false(o.savp || o.rtcp_mux);
}

static void test_sipp(void **state)
{
	struct offer o;
	(void)state;
	assert_int_equal(parse("v=0\no=user1 53655765 2353687637 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n"
			       "m=audio 6000 RTP/AVP 0\na=rtpmap:0 PCMU/8000",
				 &o),
		0);
	assert_int_equal(o.port, 6000);
	assert_int_equal(o.pcmu, 0);
	assert_int_equal(o.pcma, -1);
	assert_int_equal(o.ptime_ms, 20);
	assert_int_equal(o.direction, OFFER_SENDRECV);
}

static void test_which_section(void **state)
{
	struct offer o;
	(void)state;
	assert_int_equal(
		parse(HEAD "a=inactive\r\nm=video 9 RTP/AVP 0\r\nm=audio 0 RTP/AVP 0\r\nm=audio 5 UDP/TLS/RTP/SAVPF 0\r\n"
			   "m=audio 7 RTP/AVP 18\r\nm=audio 6000/2 RTP/AVPF 8 97\r\nc=IN IP4 "
			   "10.0.0.2\r\na=sendonly\r\na=rtcp-mux\r\n"
			   "m=audio 7000 RTP/AVP 0\r\na=recvonly\r\n",
			&o),
		0);
	assert_int_equal(o.sections, 6);
	assert_int_equal(o.section, 4);
	assert_int_equal(o.port, 6000);
	assert_int_equal(o.direction, OFFER_SENDONLY);
	assert_string_equal(o.ip, "10.0.0.2");
	assert_true(o.rtcp_mux);
	assert_string_equal(o.m[0].kind, "video");
	assert_string_equal(o.m[2].profile, "UDP/TLS/RTP/SAVPF");
}

static void test_crypto(void **state)
{
	struct offer o;
	(void)state;
	assert_int_equal(parse(HEAD "m=audio 6000 RTP/SAVP 0\r\n"
				    "a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:" KEY KEY "\r\n"
				    "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:4\r\n" /* a key identifier */
				    "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" KEY " UNENCRYPTED_SRTP\r\n"
				    "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:short\r\n"
				    "a=crypto:5 AES_CM_128_HMAC_SHA1_32 inline:" KEY "|2^20 WSH=128\r\n"
				    "a=crypto:6 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\r\n",
				 &o),
		0);
	assert_true(o.savp);
	assert_int_equal(o.crypto_tag, 5);
	assert_int_equal(o.crypto.suite, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32);
	assert_memory_equal(o.crypto.key, "YS___semctl () {\t220;}\n}\nunles", 30); /* RFC 4568's example key */
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{"", ERR_SYNTAX},
		{"\r\n\r\n", ERR_SYNTAX},
		{"v=1\r\n", ERR_SYNTAX},
		{"m=audio 6000 RTP/AVP 0\r\n", ERR_SYNTAX},
		{"v=0\nm=audio 4921 foo=/x 0", -ENOTSUP}, /* sofia's own parser loops for ever on this */
		{HEAD, -ENOTSUP},
		{HEAD "m=audio 6000 RTP/AVP 18 96\r\n", -ENOTSUP},
		{HEAD "m=audio 0 RTP/AVP 0\r\n", -ENOTSUP},
		{HEAD "m=audio x RTP/AVP 0\r\n", ERR_SYNTAX},
		{HEAD "m=audio 70000 RTP/AVP 0\r\n", ERR_SYNTAX},
		{HEAD "m=audio 6000\r\n", ERR_SYNTAX},
		{HEAD "nonsense\r\nm=audio 6000 RTP/AVP 0\r\n", ERR_SYNTAX},
		{"v=0\r\nm=audio 6000 RTP/AVP 0\r\n", ERR_SYNTAX}, /* no address */
		{"v=0\r\nc=IN IP4 host.example\r\nm=audio 6000 RTP/AVP 0\r\n", ERR_SYNTAX},
		{"v=0\r\nc=IN IP6 10.0.0.1\r\nm=audio 6000 RTP/AVP 0\r\n", ERR_SYNTAX},
		{"v=0\r\nc=IN\r\n", ERR_SYNTAX},
		{"v=0\r\no=x\r\n", ERR_SYNTAX},
		{HEAD "m=a 1 x\nm=a 1 x\nm=a 1 x\nm=a 1 x\nm=a 1 x\nm=a 1 x\nm=a 1 x\nm=a 1 x\nm=audio 6 RTP/AVP 0\n", -ENOTSUP},
	};
	struct offer o;
	char why[160];
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (parse(cases[i].text, &o) != cases[i].err)
			fail_msg("%zu: %s", i, cases[i].text);
	assert_int_equal(offer_parse("v=0\r\ns=a\0b\r\n", 12, &o, why), ERR_SYNTAX);
	char *huge = malloc(70000);
	memset(huge, 'v', 70000);
	assert_int_equal(offer_parse(huge, 70000, &o, NULL), ERR_SYNTAX);
	free(huge);
}

static void test_much(void **state)
{
	char text[9000] = HEAD "m=audio 6000 RTP/AVP 96 97 98 99 100 102 103 104 105 106 107 108 109 110 111 0 8\r\n";
	struct offer o;
	(void)state;
	for (int i = 0; i < 300; i++)
		strcat(text, "a=x\r\n");
	strcat(text, "a=inactive\r\nm=audio 6002 RTP/AVP 8\r\na=sendonly\r\n");
	assert_int_equal(parse(text, &o), 0);
	assert_int_equal(o.sections, 2); /* lines beyond 200 are skipped, sections are not */
	assert_int_equal(o.port, 6000);
	assert_int_equal(o.pcmu, 15);
	assert_int_equal(o.pcma, -1); /* the 17th type */
	assert_int_equal(o.direction, OFFER_SENDRECV);
}

static void test_round_trip(void **state)
{
	struct offer made, read;
	char text[OFFER_TEXT_MAX];
	(void)state;
	offer_make("10.1.2.3", 40000, AMD_ALAW, &ours, 99, &made);
	assert_int_equal(offer_print(&made, text, sizeof(text)), 0);
	assert_int_equal(parse(text, &read), 0);
	assert_int_equal(read.pcma, 0);
	assert_int_equal(read.pcmu, 1);
	assert_int_equal(read.port, 40000);
	assert_int_equal(read.dtmf_type, 101);
	assert_int_equal(read.session, 99);
	assert_true(read.savp && read.rtcp_mux);
	assert_memory_equal(&read.crypto, &ours, sizeof(ours));
	assert_int_equal(offer_print(&made, text, 100), -ENOSPC);
	offer_make("::1", 40000, AMD_ULAW, NULL, 99, &made);
	assert_int_equal(offer_print(&made, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "c=IN IP6 ::1\r\n"));
	assert_non_null(strstr(text, "m=audio 40000 RTP/AVP 0 8 101\r\n"));
	assert_int_equal(parse(text, &read), 0);
}

static void test_answer(void **state)
{
	struct offer remote, answer, read;
	struct media_remote to;
	char text[OFFER_TEXT_MAX];
	(void)state;
	assert_int_equal(parse(HEAD "m=video 9 RTP/AVP 97\r\nm=audio 6000 RTP/AVP 18 8 0 96\r\na=rtpmap:96 "
				    "telephone-event/8000\r\na=sendonly\r\n",
				 &remote),
		0);
	assert_int_equal(offer_answer(&remote, "10.0.0.9", 5000, &ours, &answer), 0);
	assert_int_equal(offer_print(&answer, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "m=video 0 RTP/AVP 0\r\nm=audio 5000 RTP/AVP 8 96\r\n"));
	assert_null(strstr(text, "crypto"));
	assert_null(strstr(text, "rtcp-mux"));
	assert_int_equal(parse(text, &read), 0);
	assert_int_equal(read.direction, OFFER_RECVONLY);
	assert_int_equal(offer_remote(&answer, &remote, &to), 0);
	assert_int_equal(to.law, AMD_ALAW);
	assert_int_equal(to.payload_type, 8);
	assert_int_equal(to.dtmf_type, 96);
	assert_int_equal(to.rtcp_port, 6001);
	assert_true(to.on_hold);
	remote.pcma = remote.pcmu = -1;
	assert_int_equal(offer_answer(&remote, "10.0.0.9", 5000, &ours, &answer), -ENOTSUP);
}

static void test_srtp_answer(void **state)
{
	struct offer remote, answer, offer;
	struct media_remote to;
	struct media_srtp none = {MEDIA_SRTP_NONE, {0}};
	(void)state;
	assert_int_equal(
		parse(HEAD "m=audio 6000 RTP/SAVP 0\r\na=rtcp-mux\r\na=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:" KEY "\r\n",
			&remote),
		0);
	assert_int_equal(offer_answer(&remote, "10.0.0.9", 5000, &none, &answer), -ENOTSUP);
	assert_int_equal(offer_answer(&remote, "10.0.0.9", 5000, NULL, &answer), -ENOTSUP);
	assert_int_equal(offer_answer(&remote, "10.0.0.9", 5000, &ours, &answer), 0);
	assert_int_equal(answer.crypto_tag, 3);
	assert_int_equal(answer.crypto.suite, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32);
	assert_memory_equal(answer.crypto.key, ours.key, 30);
	assert_int_equal(offer_remote(&answer, &remote, &to), 0);
	assert_int_equal(to.rtcp_port, 0);
	assert_memory_equal(to.rx.key, remote.crypto.key, 30);
	assert_memory_equal(to.tx.key, ours.key, 30);
	remote.crypto_tag = 0;
	assert_int_equal(offer_answer(&remote, "10.0.0.9", 5000, &ours, &answer), -ENOTSUP);
	/* Our offer of SRTP, their answer without. */
	offer_make("10.0.0.9", 5000, AMD_ULAW, &ours, 1, &offer);
	assert_int_equal(parse(HEAD "m=audio 6000 RTP/AVP 0\r\n", &remote), 0);
	assert_int_equal(offer_remote(&offer, &remote, &to), -ENOTSUP);
	/* Another tag than the one we offered. */
	assert_int_equal(
		parse(HEAD "m=audio 6000 RTP/SAVP 0\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\r\n", &remote), 0);
	assert_int_equal(offer_remote(&offer, &remote, &to), -ENOTSUP);
	remote.crypto_tag = 1;
	assert_int_equal(offer_remote(&offer, &remote, &to), 0);
}

static void test_hold(void **state)
{
	struct offer local, remote;
	struct media_remote to;
	(void)state;
	offer_make("10.0.0.9", 5000, AMD_ULAW, NULL, 1, &local);
	assert_int_equal(parse("v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 6000 RTP/AVP 8 0\r\n", &remote), 0);
	assert_int_equal(offer_remote(&local, &remote, &to), 0);
	assert_true(to.on_hold);
	assert_int_equal(to.law, AMD_ALAW); /* the answer's first */
	assert_int_equal(parse(HEAD "m=audio 6000 RTP/AVP 0\r\na=recvonly\r\n", &remote), 0);
	assert_int_equal(offer_remote(&local, &remote, &to), 0);
	assert_false(to.on_hold);
}

/* A later offer inside of a call: our session goes on, under the same protection. */
static void test_offer_again(void **state)
{
	struct offer local, remote, answer;
	(void)state;

	offer_make("10.0.0.9", 4000, AMD_ALAW, NULL, 77, &local);
	assert_int_equal(
		parse(HEAD "m=audio 5000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n", &remote), 0);
	assert_int_equal(offer_again(&local, &remote, &answer), 0);
	assert_int_equal(answer.session, 77); /* RFC 3264, 8 */
	assert_int_equal(answer.version, 2);
	assert_int_equal(answer.port, 4000);
	assert_string_equal(answer.ip, "10.0.0.9");
	assert_int_equal(answer.direction, OFFER_RECVONLY);
	local = answer;
	assert_int_equal(offer_again(&local, &remote, &answer), 0);
	assert_int_equal(answer.version, 3);

	offer_make("10.0.0.9", 4000, AMD_ALAW, &ours, 77, &local);
	assert_int_equal(offer_again(&local, &remote, &answer), -ENOTSUP); /* never back to plain RTP */
	assert_int_equal(
		parse(HEAD "m=audio 5000 RTP/SAVP 8\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\r\n", &remote), 0);
	assert_int_equal(offer_again(&local, &remote, &answer), 0);
	assert_memory_equal(answer.crypto.key, ours.key, 30); /* our key stays: its context goes on */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_baresip),
		cmocka_unit_test(test_sipp),
		cmocka_unit_test(test_which_section),
		cmocka_unit_test(test_crypto),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_much),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_srtp_answer),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_offer_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
