/*
 * siv.c - see siv.h
 *
 * The mode is put together here from libcrypto's CMAC and CTR: its own AES-SIV looks its parts up by name for each key, which
 * takes longer than all the rest, and each line has another key. It is the judge in the tests.
 */
#include "campaigns/siv.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK SIV_BYTES
#define HALF (SIV_KEY_BYTES / 2) /* a key is one for the tag and one for the text */

struct siv {
	EVP_MAC_CTX *mac;
	EVP_CIPHER_CTX *stream;
};

static EVP_MAC_CTX *mac_alloc(void)
{
	char cipher[] = "AES-128-CBC"; /* not const for libcrypto, which does not write it */
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0), OSSL_PARAM_construct_end()};
	EVP_MAC *kind = EVP_MAC_fetch(NULL, "CMAC", NULL);
	EVP_MAC_CTX *mac = kind ? EVP_MAC_CTX_new(kind) : NULL;

	EVP_MAC_free(kind); /* the context keeps it */
	if (mac && EVP_MAC_CTX_set_params(mac, params) == 1)
		return mac;
	EVP_MAC_CTX_free(mac);
	return NULL;
}

static EVP_CIPHER_CTX *stream_alloc(void)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
	EVP_CIPHER_CTX *stream = EVP_CIPHER_CTX_new();
	bool made = cipher && stream && EVP_EncryptInit_ex(stream, cipher, NULL, NULL, NULL) == 1;

	EVP_CIPHER_free(cipher);
	if (made)
		return stream;
	EVP_CIPHER_CTX_free(stream);
	return NULL;
}

struct siv *siv_alloc(void)
{
	struct siv *siv = calloc(1, sizeof(*siv));

	if (!siv)
		return NULL;
	siv->mac = mac_alloc();
	siv->stream = stream_alloc();
	if (siv->mac && siv->stream)
		return siv;
	siv_free(siv);
	return NULL;
}

void siv_free(struct siv *siv)
{
	if (!siv)
		return;
	EVP_MAC_CTX_free(siv->mac);
	EVP_CIPHER_CTX_free(siv->stream);
	free(siv);
}

/* --- the tag: S2V of the context and the text (RFC 5297, 2.4) */

static void xor_into(unsigned char block[BLOCK], const unsigned char *other)
{
	for (int i = 0; i < BLOCK; i++)
		block[i] ^= other[i];
}

/* Times x in GF(2^128), whatever its value in the same time. */
static void block_double(unsigned char block[BLOCK])
{
	unsigned char carry = (unsigned char)(-(block[0] >> 7) & 0x87);

	for (int i = 0; i < BLOCK - 1; i++)
		block[i] = (unsigned char)(block[i] << 1 | block[i + 1] >> 7);
	block[BLOCK - 1] = (unsigned char)(block[BLOCK - 1] << 1 ^ carry);
}

/* CMAC of two pieces. */
static bool mac_of(struct siv *siv, const unsigned char *key, const void *a, size_t a_bytes, const void *b, size_t b_bytes,
	unsigned char out[BLOCK])
{
	size_t bytes;

	return EVP_MAC_init(siv->mac, key, HALF, NULL) == 1 && EVP_MAC_update(siv->mac, a, a_bytes) == 1 &&
	       EVP_MAC_update(siv->mac, b, b_bytes) == 1 && EVP_MAC_final(siv->mac, out, &bytes, BLOCK) == 1 && bytes == BLOCK;
}

static bool tag_of(struct siv *siv, const unsigned char *key, struct siv_context context, const unsigned char *text, size_t bytes,
	unsigned char tag[BLOCK])
{
	static const unsigned char zero[BLOCK];
	unsigned char sum[BLOCK], last[BLOCK] = {0};
	size_t before = bytes >= BLOCK ? bytes - BLOCK : 0;

	if (!mac_of(siv, key, zero, BLOCK, NULL, 0, sum) || !mac_of(siv, key, context.data, context.bytes, NULL, 0, last))
		return false;
	block_double(sum);
	xor_into(sum, last);
	memset(last, 0, BLOCK);
	memcpy(last, text + before, bytes - before);
	if (bytes < BLOCK) {
		last[bytes] = 0x80;
		block_double(sum);
	}
	xor_into(last, sum);
	return mac_of(siv, key, text, before, last, BLOCK, tag);
}

/* --- the text: CTR from the tag, less the bits that would make 32-bit counters carry (2.5) */

static bool stream_over(
	struct siv *siv, const unsigned char *key, const unsigned char tag[BLOCK], const void *in, size_t bytes, void *out)
{
	unsigned char counter[BLOCK];
	int n;

	memcpy(counter, tag, BLOCK);
	counter[8] &= 0x7f;
	counter[12] &= 0x7f;
	return EVP_EncryptInit_ex(siv->stream, NULL, NULL, key + HALF, counter) == 1 &&
	       EVP_EncryptUpdate(siv->stream, out, &n, in, (int)bytes) == 1 && n == (int)bytes;
}

/* The tag stands before the text (2.6). */
bool siv_seal(struct siv *siv, const unsigned char key[SIV_KEY_BYTES], struct siv_context context, const void *text, size_t bytes,
	void *out)
{
	unsigned char *box = out;

	return context.bytes && bytes && bytes <= SIV_TEXT_MAX && tag_of(siv, key, context, text, bytes, box) &&
	       stream_over(siv, key, box, text, bytes, box + SIV_BYTES);
}

bool siv_open(struct siv *siv, const unsigned char key[SIV_KEY_BYTES], struct siv_context context, const void *box, size_t bytes,
	void *out)
{
	const unsigned char *tag = box;
	unsigned char right[BLOCK];

	if (!context.bytes || bytes <= SIV_BYTES || bytes > SIV_TEXT_MAX + SIV_BYTES)
		return false;
	if (stream_over(siv, key, tag, tag + SIV_BYTES, bytes - SIV_BYTES, out) &&
		tag_of(siv, key, context, out, bytes - SIV_BYTES, right) && CRYPTO_memcmp(tag, right, BLOCK) == 0)
		return true;
	OPENSSL_cleanse(out, bytes - SIV_BYTES); /* what nobody sealed is shown to nobody */
	return false;
}

bool keyed_hash(const unsigned char key[SIV_KEY_BYTES], const void *data, size_t bytes, unsigned char out[32])
{
	return HMAC(EVP_sha256(), key, SIV_KEY_BYTES, data, bytes, out, NULL) != NULL;
}
