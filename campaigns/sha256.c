/* sha256.c - see sha256.h */
#include "campaigns/sha256.h"

#include "base/text.h"

#include <openssl/evp.h>

/* The context is the object: it needs no wrapper of its own. */
static EVP_MD_CTX *context_of(struct sha256 *sha)
{
	return (EVP_MD_CTX *)sha;
}

struct sha256 *sha256_alloc(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(context);
		return NULL;
	}
	return (struct sha256 *)context;
}

void sha256_free(struct sha256 *sha)
{
	EVP_MD_CTX_free(context_of(sha));
}

void sha256_add(struct sha256 *sha, const void *data, size_t bytes)
{
	EVP_DigestUpdate(context_of(sha), data, bytes);
}

void sha256_bytes(struct sha256 *sha, unsigned char out[32])
{
	EVP_DigestFinal_ex(context_of(sha), out, NULL);
}

void sha256_restart(struct sha256 *sha)
{
	EVP_DigestInit_ex(context_of(sha), NULL, NULL);
}

void sha256_hex(struct sha256 *sha, char out[65])
{
	unsigned char digest[32] = {0};

	sha256_bytes(sha, digest);
	text_hex(digest, sizeof(digest), out);
}
