/* test_siv.c - sealing: the published vector of RFC 5297, libcrypto's own AES-SIV as judge, and any change is found */
#include "base/prng.h"
#include "campaigns/siv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#define LONGEST 300

static struct siv *siv;

static int setup(void **state)
{
	(void)state;
	siv = siv_alloc();
	return siv ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	siv_free(siv);
	return 0;
}

/* RFC 5297, A.1: one associated text, 14 bytes. */
static void the_published_vector(void **state)
{
	static const unsigned char key[SIV_KEY_BYTES] = {0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8, 0xf7, 0xf6, 0xf5, 0xf4,
		0xf3, 0xf2, 0xf1, 0xf0, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe,
		0xff};
	static const unsigned char text[] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee};
	static const unsigned char sealed[] = {0x85, 0x63, 0x2d, 0x07, 0xc6, 0xe8, 0xf3, 0x7f, 0x95, 0x0a, 0xcd, 0x32, 0x0a, 0x2e,
		0xcc, 0x93, 0x40, 0xc0, 0x2b, 0x96, 0x90, 0xc4, 0xdc, 0x04, 0xda, 0xef, 0x7f, 0x6a, 0xfe, 0x5c};
	unsigned char about[24], box[sizeof(sealed)], back[sizeof(text)];
	struct siv_context context = {about, sizeof(about)};

	(void)state;
	for (size_t i = 0; i < sizeof(about); i++)
		about[i] = (unsigned char)(0x10 + i);
	assert_true(siv_seal(siv, key, context, text, sizeof(text), box));
	assert_memory_equal(box, sealed, sizeof(sealed));
	assert_true(siv_open(siv, key, context, sealed, sizeof(sealed), back));
	assert_memory_equal(back, text, sizeof(text));
}

static void library_seals(
	const unsigned char *key, struct siv_context context, const unsigned char *text, size_t bytes, unsigned char *box)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-SIV", NULL);
	EVP_CIPHER_CTX *judge = EVP_CIPHER_CTX_new();
	int n;

	assert_non_null(cipher);
	assert_int_equal(EVP_EncryptInit_ex(judge, cipher, NULL, key, NULL), 1);
	assert_int_equal(EVP_EncryptUpdate(judge, NULL, &n, context.data, (int)context.bytes), 1);
	assert_int_equal(EVP_EncryptUpdate(judge, box + SIV_BYTES, &n, text, (int)bytes), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(judge, EVP_CTRL_AEAD_GET_TAG, SIV_BYTES, box), 1);
	EVP_CIPHER_CTX_free(judge);
	EVP_CIPHER_free(cipher);
}

static void fill(struct prng *prng, unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = (unsigned char)prng_u64(prng);
}

/* Each length, under a key of its own: those that end with a block, before and behind it. */
static void as_the_library_does(void **state)
{
	unsigned char key[SIV_KEY_BYTES], about[LONGEST], text[LONGEST], box[LONGEST + SIV_BYTES], expected[LONGEST + SIV_BYTES],
		back[LONGEST];
	struct prng prng;

	(void)state;
	prng_seed(&prng, 5297);
	for (size_t bytes = 1; bytes <= LONGEST; bytes++) {
		struct siv_context context = {about, 1 + prng_u64(&prng) % LONGEST};

		fill(&prng, key, sizeof(key));
		fill(&prng, about, sizeof(about));
		fill(&prng, text, bytes);
		library_seals(key, context, text, bytes, expected);
		assert_true(siv_seal(siv, key, context, text, bytes, box));
		assert_memory_equal(box, expected, bytes + SIV_BYTES);
		assert_true(siv_open(siv, key, context, box, bytes + SIV_BYTES, back));
		assert_memory_equal(back, text, bytes);
	}
}

/* A bit of the box, of the key or of the context; a piece cut off. Nothing of the text is shown then. */
static void any_change_is_found(void **state)
{
	unsigned char key[SIV_KEY_BYTES] = {1}, about[] = "line 7, field 2", box[20 + SIV_BYTES], back[20];
	static const unsigned char text[20] = "+8613912345678, Mei", zero[20];
	struct siv_context context = {about, sizeof(about)};

	(void)state;
	assert_true(siv_seal(siv, key, context, text, sizeof(text), box));
	for (size_t bit = 0; bit < 8 * (sizeof(box) + sizeof(key) + sizeof(about)); bit++) {
		size_t at = bit / 8;
		unsigned char *byte = at < sizeof(box)                 ? &box[at]
				      : at < sizeof(box) + sizeof(key) ? &key[at - sizeof(box)]
								       : &about[at - sizeof(box) - sizeof(key)];

		*byte ^= (unsigned char)(1 << bit % 8);
		assert_false(siv_open(siv, key, context, box, sizeof(box), back));
		assert_memory_equal(back, zero, sizeof(back));
		*byte ^= (unsigned char)(1 << bit % 8);
	}
	assert_false(siv_open(siv, key, context, box, sizeof(box) - 1, back));
	assert_true(siv_open(siv, key, context, box, sizeof(box), back));
}

static void what_is_refused(void **state)
{
	static const unsigned char key[SIV_KEY_BYTES], text[SIV_TEXT_MAX + 1];
	static unsigned char box[SIV_TEXT_MAX + 1 + SIV_BYTES], back[SIV_TEXT_MAX + 1];
	struct siv_context context = {"a", 1}, none = {"", 0};

	(void)state;
	assert_false(siv_seal(siv, key, none, text, 1, box));
	assert_false(siv_seal(siv, key, context, text, 0, box));
	assert_false(siv_seal(siv, key, context, text, SIV_TEXT_MAX + 1, box));
	assert_true(siv_seal(siv, key, context, text, SIV_TEXT_MAX, box));
	assert_false(siv_open(siv, key, none, box, SIV_TEXT_MAX + SIV_BYTES, back));
	assert_false(siv_open(siv, key, context, box, SIV_BYTES, back));
	assert_true(siv_open(siv, key, context, box, SIV_TEXT_MAX + SIV_BYTES, back));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_vector),
		cmocka_unit_test(as_the_library_does),
		cmocka_unit_test(any_change_is_found),
		cmocka_unit_test(what_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
