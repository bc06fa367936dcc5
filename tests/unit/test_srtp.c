/*
 * test_srtp.c - SRTP over rollovers, replays and losses, against a second implementation of RFC 3711
 *
 * The session keys are those that RFC 3711 B.3 derives from its master key, so key derivation is tested with them. What the
 * second implementation knows is only 4.1.1 (AES in counter mode), 4.2.1 (HMAC-SHA1) and 3.3.1 (the index of a packet).
 */
#include "base/err.h"
#include "media/crypt.h"
#include "media/rtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define PAYLOAD 20
#define PACKET (RTP_HEAD + PAYLOAD)
#define TAG 10
#define SSRC 0xcafebabe
#define WINDOW 128 /* packets behind the newest that are still taken: crypt.c */

static const struct media_srtp master = {.suite = MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80,
	.key = {0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde, 0x41, 0x39, 0x0e, 0xc6, 0x75,
		0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6}};
static const uint8_t cipher_key[16] = {
	0xc6, 0x1e, 0x7a, 0x93, 0x74, 0x4f, 0x39, 0xee, 0x10, 0x73, 0x4a, 0xfe, 0x3f, 0xf7, 0xa0, 0x87};
static const uint8_t cipher_salt[14] = {
	0x30, 0xcb, 0xbc, 0x08, 0x86, 0x3d, 0x8c, 0x85, 0xd4, 0x9d, 0xb3, 0x4a, 0x9a, 0xe1};
static const uint8_t auth_key[20] = {
	0xce, 0xbe, 0x32, 0x1f, 0x6f, 0xf7, 0x71, 0x6b, 0x6f, 0xd4, 0xab, 0x49, 0xaf, 0x25, 0x6a, 0x15, 0x6d, 0x38, 0xba, 0xa4};

/* --- the second implementation */

static void reference_cipher(uint8_t *payload, size_t bytes, uint64_t index)
{
	static EVP_CIPHER_CTX *evp;
	uint8_t iv[16] = {0};
	int done;

	memcpy(iv, cipher_salt, sizeof(cipher_salt));
	for (int i = 0; i < 4; i++)
		iv[4 + i] ^= (uint8_t)((uint32_t)SSRC >> (24 - 8 * i));
	for (int i = 0; i < 6; i++)
		iv[8 + i] ^= (uint8_t)(index >> (40 - 8 * i));
	if (!evp)
		evp = EVP_CIPHER_CTX_new();
	assert_int_equal(EVP_EncryptInit_ex(evp, EVP_aes_128_ctr(), NULL, cipher_key, iv), 1);
	assert_int_equal(EVP_EncryptUpdate(evp, payload, &done, payload, (int)bytes), 1);
}

/* The packet with this index (rollovers * 65536 + number) in the clear, 4 bytes of room behind it. */
static void packet_plain(uint8_t *packet, uint64_t index)
{
	struct rtp_header header = {.type = 0, .seq = (uint16_t)index, .ts = (uint32_t)index * 160, .ssrc = SSRC};

	rtp_build(packet, &header);
	memset(packet + RTP_HEAD, (int)(index * 31), PAYLOAD);
}

static void packet_protected(uint8_t *packet, uint64_t index)
{
	uint8_t whole[PACKET + 4], tag[20];
	unsigned tag_bytes = sizeof(tag);

	packet_plain(packet, index);
	reference_cipher(packet + RTP_HEAD, PAYLOAD, index);
	memcpy(whole, packet, PACKET);
	for (int i = 0; i < 4; i++) /* the rollover counter is authenticated, and not sent */
		whole[PACKET + i] = (uint8_t)(index >> 16 >> (24 - 8 * i));
	assert_non_null(HMAC(EVP_sha1(), auth_key, sizeof(auth_key), whole, sizeof(whole), tag, &tag_bytes));
	memcpy(packet + PACKET, tag, TAG);
}

/* --- */

static struct crypt *context(bool send)
{
	struct crypt *crypt = NULL;

	assert_int_equal(crypt_init(), 0);
	assert_int_equal(crypt_alloc(&crypt, &master, send), 0);
	return crypt;
}

static int hears(struct crypt *receive, uint64_t index)
{
	_Alignas(4) uint8_t packet[PACKET + CRYPT_TRAILER], plain[PACKET];
	size_t bytes = PACKET + TAG;

	packet_protected(packet, index);
	int err = crypt_rtp(receive, packet, &bytes);
	if (err)
		return err;
	packet_plain(plain, index);
	assert_int_equal(bytes, PACKET);
	assert_memory_equal(packet, plain, PACKET);
	return 0;
}

/* Every packet of two rollovers is what RFC 3711 says, and is read back. */
static void test_two_rollovers(void **state)
{
	_Alignas(4) uint8_t packet[PACKET + CRYPT_TRAILER], expected[PACKET + TAG];
	struct crypt *send = context(true), *receive = context(false);

	(void)state;
	for (uint64_t index = 0x1234; index < 0x20000 + 1000; index++) {
		size_t bytes = PACKET;
		packet_plain(packet, index);
		packet_protected(expected, index);
		assert_int_equal(crypt_rtp(send, packet, &bytes), 0);
		assert_int_equal(bytes, sizeof(expected));
		assert_memory_equal(packet, expected, sizeof(expected));
		assert_int_equal(crypt_rtp(receive, packet, &bytes), 0);
	}
	crypt_free(send);
	crypt_free(receive);
}

/* The packets that libsrtp's own driver validates itself with (test/srtp_driver.c, srtp_validate()), to the byte. */
static void test_the_vectors_of_libsrtp(void **state)
{
	static const uint8_t rtp_head[12] = {0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe};
	static const uint8_t rtp_body[26] = {0x4e, 0x55, 0xdc, 0x4c, 0xe7, 0x99, 0x78, 0xd8, 0x8c, 0xa4, 0xd2, 0x15, 0x94, 0x9d,
		0x24, 0x02, 0xb7, 0x8d, 0x6a, 0xcc, 0x99, 0xea, 0x17, 0x9b, 0x8d, 0xbb};
	static const uint8_t rtcp_head[8] = {0x81, 0xc8, 0x00, 0x0b, 0xca, 0xfe, 0xba, 0xbe};
	static const uint8_t rtcp_body[30] = {0x71, 0x28, 0x03, 0x5b, 0xe4, 0x87, 0xb9, 0xbd, 0xbe, 0xf8, 0x90, 0x41, 0xf9, 0x77,
		0xa5, 0xa8, 0x80, 0x00, 0x00, 0x01, 0x99, 0x3e, 0x08, 0xcd, 0x54, 0xd6, 0xc1, 0x23, 0x07, 0x98};
	_Alignas(4) uint8_t packet[64];
	struct crypt *send = context(true), *receive = context(false);
	size_t bytes = 28;

	(void)state;
	memcpy(packet, rtp_head, sizeof(rtp_head));
	memset(packet + 12, 0xab, 16);
	assert_int_equal(crypt_rtp(send, packet, &bytes), 0);
	assert_int_equal(bytes, 38);
	assert_memory_equal(packet, rtp_head, sizeof(rtp_head));
	assert_memory_equal(packet + 12, rtp_body, sizeof(rtp_body));
	assert_int_equal(crypt_rtp(receive, packet, &bytes), 0);
	assert_int_equal(packet[12], 0xab);
	memcpy(packet, rtcp_head, sizeof(rtcp_head));
	memset(packet + 8, 0xab, 16);
	bytes = 24;
	assert_int_equal(crypt_rtcp(send, packet, &bytes), 0);
	assert_int_equal(bytes, 38);
	assert_memory_equal(packet + 8, rtcp_body, sizeof(rtcp_body));
	crypt_free(send);
	crypt_free(receive);
}

/* The short tag is the beginning of the long one. */
static void test_the_short_tag(void **state)
{
	_Alignas(4) uint8_t packet[PACKET + CRYPT_TRAILER], expected[PACKET + TAG];
	struct media_srtp key = master;
	struct crypt *send;
	size_t bytes = PACKET;

	(void)state;
	key.suite = MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32;
	assert_int_equal(crypt_init(), 0);
	assert_int_equal(crypt_alloc(&send, &key, true), 0);
	packet_plain(packet, 7);
	packet_protected(expected, 7);
	assert_int_equal(crypt_rtp(send, packet, &bytes), 0);
	assert_int_equal(bytes, PACKET + 4);
	assert_memory_equal(packet, expected, PACKET + 4);
	crypt_free(send);
}

/* Each of the window is taken once, in any order, and nothing behind it; here in the middle of a turn and across its end. */
static void test_the_window_of_replays(void **state)
{
	static const uint64_t newest[] = {30000, 65535, 65536, 65536 + WINDOW / 2, 65536 + WINDOW};

	(void)state;
	for (size_t i = 0; i < sizeof(newest) / sizeof(newest[0]); i++) {
		struct crypt *receive = context(false);
		assert_int_equal(hears(receive, newest[i] - 1000), 0); /* so that the first rollover is known */
		assert_int_equal(hears(receive, newest[i]), 0);
		for (uint64_t nth = 1; nth < WINDOW; nth++) /* 37 is prime to 128: each once */
			assert_int_equal(hears(receive, newest[i] - nth * 37 % WINDOW), 0);
		for (uint64_t behind = 0; behind < WINDOW + 50; behind++)
			assert_int_equal(hears(receive, newest[i] - behind), ERR_CRYPTO);
		assert_int_equal(hears(receive, newest[i] + 1), 0);
		crypt_free(receive);
	}
}

/* A loss of less than half a turn hides no rollover (RFC 3711, 3.3.1). */
static void test_losses_across_the_rollover(void **state)
{
	struct crypt *receive = context(false);
	uint64_t index = 0;

	(void)state;
	for (int jump = 0; jump < 200; jump++, index += 32767)
		assert_int_equal(hears(receive, index), 0);
	crypt_free(receive);
}

/* A forged packet far ahead, replayed or from a rollover that has not come moves nothing. */
static void test_forged_packets_move_nothing(void **state)
{
	_Alignas(4) uint8_t packet[PACKET + CRYPT_TRAILER];
	struct crypt *receive = context(false);

	(void)state;
	for (uint64_t index = 65400; index < 65700; index++) {
		assert_int_equal(hears(receive, index), 0);
		size_t bytes = PACKET + TAG;
		packet_protected(packet, index + 20000);
		packet[RTP_HEAD] ^= 1;
		assert_int_equal(crypt_rtp(receive, packet, &bytes), ERR_CRYPTO);
		assert_int_equal(hears(receive, index + 65536), ERR_CRYPTO); /* right but for the rollover counter */
		assert_int_equal(hears(receive, index), ERR_CRYPTO);
	}
	crypt_free(receive);
}

/* SRTCP: the index stands behind the packet, with the bit that says "encrypted", and no packet is taken twice. */
static void test_reports_are_numbered_and_taken_once(void **state)
{
	static const uint8_t report[8] = {0x80, 201, 0, 1, 0xca, 0xfe, 0xba, 0xbe};
	_Alignas(4) uint8_t packet[sizeof(report) + 32], copy[sizeof(packet)];
	struct crypt *send = context(true), *receive = context(false);

	(void)state;
	for (uint8_t nth = 1; nth < 200; nth++) {
		size_t bytes = sizeof(report);
		memcpy(packet, report, bytes);
		assert_int_equal(crypt_rtcp(send, packet, &bytes), 0);
		assert_int_equal(bytes, sizeof(report) + 4 + TAG);
		assert_memory_equal(packet + sizeof(report), ((uint8_t[]){0x80, 0, 0, nth}), 4);
		memcpy(copy, packet, bytes);
		assert_int_equal(crypt_rtcp(receive, packet, &bytes), 0);
		assert_memory_equal(packet, report, sizeof(report));
		bytes = sizeof(report) + 4 + TAG;
		assert_int_equal(crypt_rtcp(receive, copy, &bytes), ERR_CRYPTO);
	}
	crypt_free(send);
	crypt_free(receive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_rollovers),
		cmocka_unit_test(test_the_vectors_of_libsrtp),
		cmocka_unit_test(test_the_short_tag),
		cmocka_unit_test(test_the_window_of_replays),
		cmocka_unit_test(test_losses_across_the_rollover),
		cmocka_unit_test(test_forged_packets_move_nothing),
		cmocka_unit_test(test_reports_are_numbered_and_taken_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
