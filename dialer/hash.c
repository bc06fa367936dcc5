/* hash.c - hashes and HMAC through libcrypto, apart from the rest because of its names */
#include "dialer/hash.h"

#include "base/text.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

int hash_parts(enum hash_kind kind, const char *const *parts, size_t count, char out[HASH_HEX_MAX])
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned bytes = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool fine = ctx && EVP_DigestInit_ex(ctx, kind == HASH_MD5 ? EVP_md5() : EVP_sha256(), NULL);
	for (size_t i = 0; fine && i < count; i++)
		fine = (!i || EVP_DigestUpdate(ctx, ":", 1)) && EVP_DigestUpdate(ctx, parts[i], strlen(parts[i]));
	fine = fine && EVP_DigestFinal_ex(ctx, sum, &bytes);
	EVP_MD_CTX_free(ctx);
	if (!fine)
		return -EIO;
	text_hex(sum, bytes, out);
	return 0;
}

int hash_hmac_sha256(const uint8_t key[32], const void *message, size_t bytes, uint8_t mac[32])
{
	unsigned mac_bytes = 0;
	return HMAC(EVP_sha256(), key, 32, message, bytes, mac, &mac_bytes) && mac_bytes == 32 ? 0 : -EIO;
}

bool hash_equal(const void *a, const void *b, size_t bytes)
{
	return CRYPTO_memcmp(a, b, bytes) == 0;
}

void hash_wipe(void *secret, size_t bytes)
{
	OPENSSL_cleanse(secret, bytes);
}
