/* siv.c - see siv.h */
#include "campaigns/siv.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

struct siv {
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *context;
};

struct siv *siv_alloc(void)
{
	struct siv *siv = calloc(1, sizeof(*siv));

	if (!siv)
		return NULL;
	siv->cipher = EVP_CIPHER_fetch(NULL, "AES-128-SIV", NULL);
	siv->context = EVP_CIPHER_CTX_new();
	if (siv->cipher && siv->context)
		return siv;
	siv_free(siv);
	return NULL;
}

void siv_free(struct siv *siv)
{
	if (!siv)
		return;
	EVP_CIPHER_CTX_free(siv->context);
	EVP_CIPHER_free(siv->cipher);
	free(siv);
}

/* The tag stands before the text (RFC 5297, 2.6). Another operation than the last one needs a fresh context. */
bool siv_seal(struct siv *siv, const unsigned char key[SIV_KEY_BYTES], struct siv_context context, const void *text, size_t bytes,
	void *out)
{
	unsigned char *box = out;
	int n;

	return context.bytes && bytes && bytes <= SIV_TEXT_MAX && EVP_CIPHER_CTX_reset(siv->context) == 1 &&
	       EVP_EncryptInit_ex(siv->context, siv->cipher, NULL, key, NULL) == 1 &&
	       EVP_EncryptUpdate(siv->context, NULL, &n, context.data, (int)context.bytes) == 1 &&
	       EVP_EncryptUpdate(siv->context, box + SIV_BYTES, &n, text, (int)bytes) == 1 && n == (int)bytes &&
	       EVP_CIPHER_CTX_ctrl(siv->context, EVP_CTRL_AEAD_GET_TAG, SIV_BYTES, box) == 1;
}

bool siv_open(struct siv *siv, const unsigned char key[SIV_KEY_BYTES], struct siv_context context, const void *box, size_t bytes,
	void *out)
{
	unsigned char tag[SIV_BYTES];
	int n;

	if (!context.bytes || bytes <= SIV_BYTES || bytes > SIV_TEXT_MAX + SIV_BYTES)
		return false;
	memcpy(tag, box, SIV_BYTES);
	return EVP_CIPHER_CTX_reset(siv->context) == 1 && EVP_DecryptInit_ex(siv->context, siv->cipher, NULL, key, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(siv->context, EVP_CTRL_AEAD_SET_TAG, SIV_BYTES, tag) == 1 &&
	       EVP_DecryptUpdate(siv->context, NULL, &n, context.data, (int)context.bytes) == 1 &&
	       EVP_DecryptUpdate(siv->context, out, &n, (const unsigned char *)box + SIV_BYTES, (int)(bytes - SIV_BYTES)) == 1 &&
	       n == (int)(bytes - SIV_BYTES);
}

bool keyed_hash(const unsigned char key[SIV_KEY_BYTES], const void *data, size_t bytes, unsigned char out[32])
{
	return HMAC(EVP_sha256(), key, SIV_KEY_BYTES, data, bytes, out, NULL) != NULL;
}
