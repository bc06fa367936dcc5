/* Digest authentication against the examples of the RFCs. */
#include "base/clock.h"
#include "base/err.h"
#include "dialer/digest.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t key[32] = {1, 2, 3};

/* RFC 7616, 3.9.1: Mufasa asks for /dir/index.html. */
#define MUFASA                                                                                                                   \
	"Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm=%s, "                   \
	"nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, "                                                  \
	"cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"%s\", "                                   \
	"opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""

static void mufasa(const char *algorithm, enum digest_hash hash, const char *response)
{
	char text[1024], ha1[DIGEST_HEX_MAX];
	struct digest d;
	snprintf(text, sizeof(text), MUFASA, algorithm, response);
	assert_int_equal(digest_parse(text, &d), 0);
	assert_int_equal(d.hash, hash);
	assert_string_equal(d.username, "Mufasa");
	assert_int_equal(d.nc, 1);
	assert_int_equal(digest_ha1(hash, "Mufasa", d.realm, "Circle of Life", ha1), 0);
	assert_true(digest_verify(&d, ha1, "GET"));
	assert_false(digest_verify(&d, ha1, "INVITE"));
	d.response[3] ^= 1;
	assert_false(digest_verify(&d, ha1, "GET"));
	d.response[0] = 0;
	assert_false(digest_verify(&d, ha1, "GET"));
}

static void test_rfc7616(void **state)
{
	(void)state;
	mufasa("MD5", DIGEST_MD5, "8ca523f5e9506fed4657c9700eebdbec");
	mufasa("SHA-256", DIGEST_SHA256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

/* RFC 2617, 3.5, and without qop by RFC 2069. */
static void test_older(void **state)
{
	struct digest d;
	char ha1[DIGEST_HEX_MAX];
	(void)state;
	assert_int_equal(digest_parse("Digest username=\"Mufasa\",realm=\"testrealm@host.com\","
				      "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\",uri=\"/dir/index.html\",qop=auth,nc=00000001,"
				      "cnonce=\"0a4f113b\",response=\"6629FAE49393A05397450978507C4EF1\",opaque=\"5ccc\"",
				 &d),
		0);
	assert_int_equal(digest_ha1(DIGEST_MD5, "Mufasa", d.realm, "Circle Of Life", ha1), 0);
	assert_string_equal(ha1, "939e7578ed9e3c518a452acee763bce9");
	assert_true(digest_verify(&d, ha1, "GET")); /* upper-case hex too */
	d.qop_auth = false;
	assert_int_equal(digest_response(&d, ha1, "GET", d.response), 0);
	assert_string_equal(d.response, "670fd8c2df070c60b045671b8b24ff02");
}

static void test_both_sides(void **state)
{
	char nonce[DIGEST_NONCE_MAX], challenge[512], answer[DIGEST_HEADER_MAX], ha1[DIGEST_HEX_MAX];
	struct digest asked, said;
	(void)state;
	assert_int_equal(digest_nonce_make(key, SEC_US, "call", nonce), 0);
	assert_int_equal(digest_challenge("outdial", nonce, true, challenge, sizeof(challenge)), 0);
	assert_int_equal(digest_parse(challenge, &asked), 0);
	assert_true(asked.stale && asked.qop_auth && asked.hash == DIGEST_MD5);
	assert_int_equal(digest_answer(&asked, "1001", "secret", "INVITE", "sip:a@b", NULL, answer, sizeof(answer)), 0);
	assert_int_equal(digest_parse(answer, &said), 0);
	assert_string_equal(said.nonce, nonce);
	assert_string_equal(said.uri, "sip:a@b");
	assert_int_equal(strlen(said.cnonce), 32);
	assert_int_equal(digest_ha1(DIGEST_MD5, "1001", "outdial", "secret", ha1), 0);
	assert_true(digest_verify(&said, ha1, "INVITE"));
	assert_int_equal(digest_ha1(DIGEST_MD5, "1001", "outdial", "Secret", ha1), 0);
	assert_false(digest_verify(&said, ha1, "INVITE"));
	assert_int_equal(digest_answer(&asked, "1001", "secret", "INVITE", "sip:a@b", "c", answer, 60), -ENOSPC);
	assert_int_equal(digest_answer(&asked, "10\"01", "secret", "INVITE", "sip:a@b", "c", answer, sizeof(answer)), ERR_SYNTAX);
	assert_int_equal(digest_answer(&asked, "1001", "secret", "INVITE", "sip:a\r\n", "c", answer, sizeof(answer)), ERR_SYNTAX);
}

static void test_nonces(void **state)
{
	char nonce[DIGEST_NONCE_MAX], other[DIGEST_NONCE_MAX];
	static const uint8_t other_key[32] = {9};
	(void)state;
	assert_int_equal(digest_nonce_make(key, 100 * SEC_US, "call-1", nonce), 0);
	assert_int_equal(digest_nonce_check(key, 100 * SEC_US, 30 * SEC_US, "call-1", nonce), DIGEST_NONCE_GOOD);
	assert_int_equal(digest_nonce_check(key, 130 * SEC_US, 30 * SEC_US, "call-1", nonce), DIGEST_NONCE_GOOD);
	assert_int_equal(digest_nonce_check(key, 131 * SEC_US, 30 * SEC_US, "call-1", nonce), DIGEST_NONCE_STALE);
	assert_int_equal(digest_nonce_check(key, 99 * SEC_US, 30 * SEC_US, "call-1", nonce), DIGEST_NONCE_STALE);
	assert_int_equal(digest_nonce_check(key, 100 * SEC_US, 30 * SEC_US, "call-2", nonce), DIGEST_NONCE_FORGED);
	assert_int_equal(digest_nonce_check(other_key, 100 * SEC_US, 30 * SEC_US, "call-1", nonce), DIGEST_NONCE_FORGED);
	assert_int_equal(digest_nonce_check(key, 100 * SEC_US, 30 * SEC_US, "call-1", ""), DIGEST_NONCE_FORGED);
	memcpy(other, nonce, sizeof(other));
	other[15] ^= 1; /* an older birth needs another HMAC */
	assert_int_equal(digest_nonce_check(key, 100 * SEC_US, 30 * SEC_US, "call-1", other), DIGEST_NONCE_FORGED);
	memcpy(other, nonce, sizeof(other));
	other[47] = other[47] == '0' ? '1' : '0';
	assert_int_equal(digest_nonce_check(key, 100 * SEC_US, 30 * SEC_US, "call-1", other), DIGEST_NONCE_FORGED);
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{"", -ENOTSUP},
		{"Basic dXNlcjpwYXNz", -ENOTSUP},
		{"Digest", -ENOTSUP},
		{"Digest ", ERR_SYNTAX},
		{"Digest realm=\"a\"", ERR_SYNTAX}, /* no nonce */
		{"Digest nonce=\"a", ERR_SYNTAX},
		{"Digest nonce=\"a\" realm=\"b\"", ERR_SYNTAX},
		{"Digest nonce=", ERR_SYNTAX},
		{"Digest nonce=\"a\", =b", ERR_SYNTAX},
		{"Digest nonce=\"a\", nc=1", ERR_SYNTAX},
		{"Digest nonce=\"a\", nc=0000000g", ERR_SYNTAX},
		{"Digest nonce=\"a\", algorithm=MD5-sess", -ENOTSUP},
		{"Digest nonce=\"a\", qop=\"auth-int\"", -ENOTSUP},
		{"Digest nonce=\"a\001\"", ERR_SYNTAX},
	};
	struct digest d;
	char longer[800];
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (digest_parse(cases[i].text, &d) != cases[i].err)
			fail_msg("%s", cases[i].text);
	snprintf(longer, sizeof(longer), "Digest nonce=\"%0300d\"", 1);
	assert_int_equal(digest_parse(longer, &d), ERR_SYNTAX);
	assert_int_equal(digest_parse("  digest ,, nonce = \"a\\\"b\" ,x-more=1, qop=\"auth-int , auth\",stale=TRUE", &d), 0);
	assert_string_equal(d.nonce, "a\"b");
	assert_true(d.qop_auth && d.stale);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc7616),
		cmocka_unit_test(test_older),
		cmocka_unit_test(test_both_sides),
		cmocka_unit_test(test_nonces),
		cmocka_unit_test(test_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
