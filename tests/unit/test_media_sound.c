/* test_media_sound.c - G.711, WAV files, tones, and SRTP */
#include "base/err.h"
#include "media/crypt.h"
#include "media/g711.h"
#include "media/prompt.h"
#include "media/wav.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The recommendation's values, from its tables: code as sent, and the value of its decoder output (14 or 13 bits, at 16 bits). */
static void test_g711_values_of_the_tables(void **state)
{
	static const struct {
		enum amd_law law;
		uint8_t code;
		int16_t value;
	} table[] = {
		{AMD_ULAW, 0x80, 8031 * 4},
		{AMD_ULAW, 0x00, -8031 * 4},
		{AMD_ULAW, 0xff, 0},
		{AMD_ULAW, 0x7f, 0},
		{AMD_ULAW, 0xef, 33 * 4},
		{AMD_ULAW, 0x8f, 4191 * 4},
		{AMD_ULAW, 0xfe, 2 * 4},
		{AMD_ALAW, 0xd5, 8},
		{AMD_ALAW, 0x55, -8},
		{AMD_ALAW, 0xaa, 4032 * 8},
		{AMD_ALAW, 0x2a, -4032 * 8},
		{AMD_ALAW, 0x80, 688 * 8},
		{AMD_ALAW, 0xc5, 33 * 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(g711_decode(table[i].law, table[i].code), table[i].value);
}

/* Every sample is coded by the nearest value (half a step at most), and every code but mu-law's second zero comes back. */
static void test_g711_every_sample_and_code(void **state)
{
	(void)state;
	for (int law = 0; law < 2; law++) {
		int clip = law ? 4032 * 8 : 8031 * 4;
		for (int x = -32768; x < 32768; x++) {
			int y = g711_decode((enum amd_law)law, g711_encode((enum amd_law)law, (int16_t)x));
			int m = abs(x) > clip ? clip : abs(x);
			int step = law ? (m < 512 ? 16 : 16 << (int)log2(m / 256.0)) : 8 << (int)log2((m / 4 + 33) / 32.0);
			assert_true(abs(abs(y) - m) <= step / 2 + 8);
		}
		for (int code = 0; code < 256; code++) {
			uint8_t back = g711_encode((enum amd_law)law, g711_decode((enum amd_law)law, (uint8_t)code));
			assert_true(back == code || (!law && code == 0x7f && back == 0xff));
		}
	}
}

static void test_g711_law_conversion_keeps_the_sound(void **state)
{
	uint8_t in[256], there[256], back[256];
	int changed = 0;

	(void)state;
	g711_init();
	for (int i = 0; i < 256; i++)
		in[i] = (uint8_t)i;
	g711_convert(there, in, 256, AMD_ULAW, AMD_ALAW);
	g711_convert(back, there, 256, AMD_ALAW, AMD_ULAW);
	for (int i = 0; i < 256; i++) {
		int before = g711_decode(AMD_ULAW, in[i]), after = g711_decode(AMD_ULAW, back[i]);
		changed += before != after;
		assert_true(abs(before - after) <= abs(before) / 16 + 16);
	}
	assert_true(changed < 32);
	assert_int_equal(g711_silence(AMD_ULAW), 0xff);
	assert_int_equal(g711_silence(AMD_ALAW), 0xd5);
}

/* --- WAV */

static void put_le(uint8_t *p, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

#define HEAD 44
static size_t make_wav(uint8_t *out, unsigned tag, unsigned channels, uint32_t rate, unsigned bits, uint32_t data_bytes)
{
	memcpy(out, "RIFF....WAVEfmt ", 16);
	put_le(out + 4, 36 + data_bytes, 4);
	put_le(out + 16, 16, 4);
	put_le(out + 20, tag, 2);
	put_le(out + 22, channels, 2);
	put_le(out + 24, rate, 4);
	put_le(out + 28, rate * channels * bits / 8, 4);
	put_le(out + 32, channels * bits / 8, 2);
	put_le(out + 34, bits, 2);
	memcpy(out + 36, "data", 4);
	put_le(out + 40, data_bytes, 4);
	return HEAD + data_bytes;
}

static void test_wav_refusals_say_why(void **state)
{
	uint8_t image[HEAD + 8] = {0};
	struct wav wav;
	char why[WAV_WHY];

	(void)state;
	assert_int_equal(wav_parse(image, sizeof(image), &wav, why), ERR_SYNTAX);
	assert_string_equal(why, "it is not a RIFF/WAVE file");
	make_wav(image, 1, 2, 8000, 16, 8);
	assert_int_equal(wav_parse(image, sizeof(image), &wav, why), ERR_SYNTAX);
	assert_string_equal(why, "it has 2 channels, one is needed");
	make_wav(image, 1, 1, 44100, 16, 8);
	assert_int_equal(wav_parse(image, sizeof(image), &wav, why), ERR_SYNTAX);
	assert_non_null(strstr(why, "44100"));
	make_wav(image, 85, 1, 8000, 0, 8);
	assert_int_equal(wav_parse(image, sizeof(image), &wav, why), ERR_SYNTAX);
	assert_non_null(strstr(why, "format tag is 85"));
	make_wav(image, 1, 1, 8000, 24, 8);
	assert_int_equal(wav_parse(image, sizeof(image), &wav, why), ERR_SYNTAX);
	make_wav(image, 1, 1, 8000, 16, 8);
	assert_int_equal(wav_parse(image, HEAD, &wav, why), ERR_SYNTAX);
	assert_string_equal(why, "it has no samples");
	assert_int_equal(wav_parse(image, 36, &wav, NULL), ERR_SYNTAX);
	put_le(image + 40, 0xffffffff, 4); /* the length of a writer that did not know it */
	assert_int_equal(wav_parse(image, sizeof(image), &wav, why), 0);
	assert_int_equal(wav_count(&wav), 4);
}

static double level(const int16_t *samples, size_t from, size_t to)
{
	double sum = 0;

	for (size_t i = from; i < to; i++)
		sum += (double)samples[i] * samples[i];
	return sqrt(sum / (double)(to - from));
}

/* Halving keeps 1 kHz as it is and lets 5 kHz, which would come back as 3 kHz, fall by more than 50 dB. */
static void test_wav_16_khz(void **state)
{
	static uint8_t image[HEAD + 2 * 8000];
	static int16_t out[4000];
	struct wav wav;

	(void)state;
	for (int pass = 0; pass < 2; pass++) {
		make_wav(image, 1, 1, 16000, 16, 2 * 8000);
		for (int i = 0; i < 8000; i++)
			put_le(image + HEAD + 2 * i, (uint32_t)lrint(10000 * sin(2 * M_PI * (pass ? 5000 : 1000) * i / 16000)),
				2);
		assert_int_equal(wav_parse(image, sizeof(image), &wav, NULL), 0);
		assert_int_equal(wav_count(&wav), 4000);
		wav_decode(&wav, out);
		double db = 20 * log10(level(out, 100, 3900) / (10000 / sqrt(2)) + 1e-9);
		if (pass)
			assert_true(db < -50);
		else
			assert_true(fabs(db) < 0.1);
	}
}

static void test_prompts(void **state)
{
	static struct prompts prompts;
	static uint8_t image[HEAD + 200];
	char path[] = "/tmp/outdial-prompt-XXXXXX", why[WAV_WHY] = "";
	uint32_t number, tone;

	(void)state;
	make_wav(image, 6, 1, 8000, 8, 200);
	memset(image + HEAD, 0x2a, 200);
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "wb");
	assert_int_equal(fwrite(image, 1, sizeof(image), file), sizeof(image));
	fclose(file);
	assert_int_equal(prompt_load(&prompts, path, &number, why), 0);
	remove(path);
	assert_int_equal(prompts.list[number].ms, 25);
	assert_int_equal(prompt_frame(&prompts, number, 1, AMD_ALAW)[39], 0x2a);
	assert_int_equal(prompt_frame(&prompts, number, 1, AMD_ALAW)[40], 0xd5); /* padded to a whole frame */
	assert_int_equal(prompt_frame(&prompts, number, 2, AMD_ULAW)[0], 0xff);
	assert_int_equal(prompt_frame(&prompts, 77, 0, AMD_ULAW)[0], 0xff);

	assert_int_equal(prompt_tone(&prompts, 1000, 100, -10, &tone), 0);
	int16_t samples[160];
	for (int i = 0; i < 160; i++)
		samples[i] = g711_decode(AMD_ULAW, prompt_frame(&prompts, tone, 2, AMD_ULAW)[i]);
	double dbm0 = 20 * log10(level(samples, 0, 160) / (32124 / sqrt(2))) + 3.17;
	assert_true(fabs(dbm0 + 10) < 0.2);
	assert_int_equal(prompt_frame(&prompts, tone, 0, AMD_ULAW)[0], 0xff);
	assert_int_equal(prompt_tone(&prompts, 4000, 100, -10, &tone), ERR_RANGE);
	assert_int_equal(prompt_tone(&prompts, 400, PROMPT_MS_MAX + 1, -10, &tone), ERR_RANGE);
	while (prompts.used < PROMPTS_MAX)
		assert_int_equal(prompt_tone(&prompts, 400, 20, -10, &tone), 0);
	assert_int_equal(prompt_tone(&prompts, 400, 20, -10, &tone), ERR_FULL);
	prompts_fini(&prompts);
}

/* --- SRTP */

/* Master key and salt of RFC 3711 B.3; the packet and its protected form are libsrtp's published reference packet. */
static const struct media_srtp reference_key = {.suite = MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80,
	.key = {0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde, 0x41, 0x39, 0x0e, 0xc6, 0x75,
		0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6}};
static const uint8_t reference_plain[28] = {0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe, 0xab, 0xab,
	0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab};
static const uint8_t reference_protected[38] = {0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe, 0x4e,
	0x55, 0xdc, 0x4c, 0xe7, 0x99, 0x78, 0xd8, 0x8c, 0xa4, 0xd2, 0x15, 0x94, 0x9d, 0x24, 0x02, 0xb7, 0x8d, 0x6a, 0xcc, 0x99,
	0xea, 0x17, 0x9b, 0x8d, 0xbb};

static void test_srtp_reference_packet(void **state)
{
	_Alignas(4) uint8_t packet[64];
	size_t bytes = sizeof(reference_plain);
	struct crypt *send, *receive;

	(void)state;
	assert_int_equal(crypt_init(), 0);
	assert_true(crypt_plugged());
	assert_int_equal(crypt_alloc(&send, &reference_key, true), 0);
	assert_int_equal(crypt_alloc(&receive, &reference_key, false), 0);
	memcpy(packet, reference_plain, bytes);
	assert_int_equal(crypt_rtp(send, packet, &bytes), 0);
	assert_int_equal(bytes, sizeof(reference_protected));
	assert_memory_equal(packet, reference_protected, bytes);
	assert_int_equal(crypt_rtp(receive, packet, &bytes), 0);
	assert_int_equal(bytes, sizeof(reference_plain));
	assert_memory_equal(packet, reference_plain, bytes);
	crypt_free(send);
	crypt_free(receive);
	crypt_free(NULL);
}

static void test_srtp_suites_replay_and_forgery(void **state)
{
	_Alignas(4) uint8_t packet[256], copy[256];
	struct crypt *send, *receive;
	struct media_srtp key;

	(void)state;
	for (int suite = 1; suite <= 2; suite++) {
		assert_int_equal(media_srtp_key(&key, (enum media_suite)suite), 0);
		assert_int_equal(crypt_alloc(&send, &key, true), 0);
		assert_int_equal(crypt_alloc(&receive, &key, false), 0);
		size_t bytes = sizeof(reference_plain), tag = suite == 1 ? 10 : 4;
		memcpy(packet, reference_plain, bytes);
		assert_int_equal(crypt_rtp(send, packet, &bytes), 0);
		assert_int_equal(bytes, sizeof(reference_plain) + tag);
		memcpy(copy, packet, bytes);
		size_t again = bytes;
		copy[20] ^= 1;
		assert_int_equal(crypt_rtp(receive, copy, &again), ERR_CRYPTO);
		memcpy(copy, packet, bytes);
		assert_int_equal(crypt_rtp(receive, packet, &bytes), 0);
		again = sizeof(reference_plain) + tag;
		assert_int_equal(crypt_rtp(receive, copy, &again), ERR_CRYPTO); /* replayed */

		uint8_t rtcp[64] = {0x80, 201, 0, 1, 1, 2, 3, 4};
		memcpy(packet, rtcp, 8);
		bytes = 8;
		assert_int_equal(crypt_rtcp(send, packet, &bytes), 0);
		assert_int_equal(bytes, 8 + 4 + 10); /* the long tag in both suites */
		assert_int_equal(crypt_rtcp(receive, packet, &bytes), 0);
		assert_int_equal(bytes, 8);
		assert_memory_equal(packet, rtcp, 8);
		crypt_free(send);
		crypt_free(receive);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_g711_values_of_the_tables),
		cmocka_unit_test(test_g711_every_sample_and_code),
		cmocka_unit_test(test_g711_law_conversion_keeps_the_sound),
		cmocka_unit_test(test_wav_refusals_say_why),
		cmocka_unit_test(test_wav_16_khz),
		cmocka_unit_test(test_prompts),
		cmocka_unit_test(test_srtp_reference_packet),
		cmocka_unit_test(test_srtp_suites_replay_and_forgery),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
