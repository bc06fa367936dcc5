/* crypt.c - SRTP contexts */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA1_*: the state with the key absorbed is a plain struct that can be copied */
#include "media/crypt.h"

#include "base/err.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

struct crypt {
	srtp_t session;
	bool send;
};

/* --- AES-128 in counter mode (RFC 3711, 4.1.1) */

#define AES_KEY_BYTES 16
#define AES_KEY_SALT_BYTES 30

struct ctr {
	EVP_CIPHER_CTX *evp;
	uint8_t offset[16]; /* salt * 2^16 */
};

static const srtp_cipher_type_t ctr_type;

static srtp_err_status_t ctr_free(srtp_cipher_pointer_t cipher)
{
	struct ctr *ctr = cipher->state;

	EVP_CIPHER_CTX_free(ctr->evp);
	OPENSSL_cleanse(ctr, sizeof(*ctr));
	free(ctr);
	free(cipher);
	return srtp_err_status_ok;
}

static srtp_err_status_t ctr_alloc(srtp_cipher_pointer_t *out, int key_bytes, int tag_bytes)
{
	(void)tag_bytes;
	if (key_bytes != AES_KEY_SALT_BYTES)
		return srtp_err_status_bad_param;
	srtp_cipher_t *cipher = calloc(1, sizeof(*cipher));
	struct ctr *ctr = calloc(1, sizeof(*ctr));
	EVP_CIPHER_CTX *evp = EVP_CIPHER_CTX_new();
	if (!cipher || !ctr || !evp) {
		free(cipher);
		free(ctr);
		EVP_CIPHER_CTX_free(evp);
		return srtp_err_status_alloc_fail;
	}
	ctr->evp = evp;
	*cipher = (srtp_cipher_t){.type = &ctr_type, .state = ctr, .key_len = key_bytes, .algorithm = SRTP_AES_ICM_128};
	*out = cipher;
	return srtp_err_status_ok;
}

static srtp_err_status_t ctr_init(void *state, const uint8_t *key)
{
	struct ctr *ctr = state;

	memset(ctr->offset, 0, sizeof(ctr->offset));
	memcpy(ctr->offset, key + AES_KEY_BYTES, AES_KEY_SALT_BYTES - AES_KEY_BYTES);
	return EVP_EncryptInit_ex(ctr->evp, EVP_aes_128_ctr(), NULL, key, ctr->offset) ? srtp_err_status_ok
										       : srtp_err_status_init_fail;
}

static srtp_err_status_t ctr_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction)
{
	struct ctr *ctr = state;
	uint8_t counter[16];

	(void)direction;
	for (int i = 0; i < 16; i++)
		counter[i] = iv[i] ^ ctr->offset[i];
	return EVP_EncryptInit_ex(ctr->evp, NULL, NULL, NULL, counter) ? srtp_err_status_ok : srtp_err_status_cipher_fail;
}

static srtp_err_status_t ctr_apply(void *state, uint8_t *buffer, unsigned int *bytes)
{
	struct ctr *ctr = state;
	int done = 0;

	return EVP_EncryptUpdate(ctr->evp, buffer, &done, buffer, (int)*bytes) ? srtp_err_status_ok : srtp_err_status_cipher_fail;
}

/* RFC 3711 B.2: the keystream's first three blocks. */
static const uint8_t ctr_test_key[AES_KEY_SALT_BYTES] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88,
	0x09, 0xcf, 0x4f, 0x3c, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
static uint8_t ctr_test_index[16];
static const uint8_t ctr_test_plain[48];
static const uint8_t ctr_test_stream[48] = {0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66, 0xb1, 0x6d, 0xd9, 0x2b,
	0x4e, 0xb4, 0xd2, 0x35, 0x13, 0x16, 0x2b, 0x02, 0xd0, 0xf7, 0x2a, 0x43, 0xa2, 0xfe, 0x4a, 0x5f, 0x97, 0xab, 0x41, 0xe9,
	0x5b, 0x3b, 0xb0, 0xa2, 0xe8, 0xdd, 0x47, 0x79, 0x01, 0xe4, 0xfc, 0xa8, 0x94, 0xc0};
static const srtp_cipher_test_case_t ctr_test = {
	.key_length_octets = sizeof(ctr_test_key),
	.key = ctr_test_key,
	.idx = ctr_test_index,
	.plaintext_length_octets = sizeof(ctr_test_plain),
	.plaintext = ctr_test_plain,
	.ciphertext_length_octets = sizeof(ctr_test_stream),
	.ciphertext = ctr_test_stream,
};

static const srtp_cipher_type_t ctr_type = {
	.alloc = ctr_alloc,
	.dealloc = ctr_free,
	.init = ctr_init,
	.encrypt = ctr_apply,
	.decrypt = ctr_apply,
	.set_iv = ctr_iv,
	.description = "AES-128 counter mode (libcrypto)",
	.test_data = &ctr_test,
	.id = SRTP_AES_ICM_128,
};

/* --- HMAC-SHA1 with the key blocks absorbed once (RFC 2104, RFC 3711 4.2.1) */

struct hmac {
	SHA_CTX inner, outer, now;
};

static const srtp_auth_type_t hmac_type;

static srtp_err_status_t hmac_free(srtp_auth_pointer_t auth)
{
	OPENSSL_cleanse(auth->state, sizeof(struct hmac));
	free(auth->state);
	free(auth);
	return srtp_err_status_ok;
}

static srtp_err_status_t hmac_alloc(srtp_auth_pointer_t *out, int key_bytes, int tag_bytes)
{
	if (key_bytes > SHA_CBLOCK || tag_bytes > SHA_DIGEST_LENGTH)
		return srtp_err_status_bad_param;
	srtp_auth_t *auth = calloc(1, sizeof(*auth));
	struct hmac *hmac = calloc(1, sizeof(*hmac));
	if (!auth || !hmac) {
		free(auth);
		free(hmac);
		return srtp_err_status_alloc_fail;
	}
	*auth = (srtp_auth_t){.type = &hmac_type, .state = hmac, .out_len = tag_bytes, .key_len = key_bytes};
	*out = auth;
	return srtp_err_status_ok;
}

static void hmac_absorb(SHA_CTX *sha, const uint8_t *key, int key_bytes, uint8_t pad)
{
	uint8_t block[SHA_CBLOCK];

	memset(block, pad, sizeof(block));
	for (int i = 0; i < key_bytes; i++)
		block[i] ^= key[i];
	SHA1_Init(sha);
	SHA1_Update(sha, block, sizeof(block));
	OPENSSL_cleanse(block, sizeof(block));
}

static srtp_err_status_t hmac_init(void *state, const uint8_t *key, int key_bytes)
{
	struct hmac *hmac = state;

	if (key_bytes > SHA_CBLOCK)
		return srtp_err_status_bad_param;
	hmac_absorb(&hmac->inner, key, key_bytes, 0x36);
	hmac_absorb(&hmac->outer, key, key_bytes, 0x5c);
	hmac->now = hmac->inner;
	return srtp_err_status_ok;
}

static srtp_err_status_t hmac_start(void *state)
{
	struct hmac *hmac = state;

	hmac->now = hmac->inner;
	return srtp_err_status_ok;
}

static srtp_err_status_t hmac_update(void *state, const uint8_t *bytes, int count)
{
	struct hmac *hmac = state;

	SHA1_Update(&hmac->now, bytes, (size_t)count);
	return srtp_err_status_ok;
}

static srtp_err_status_t hmac_compute(void *state, const uint8_t *bytes, int count, int tag_bytes, uint8_t *tag)
{
	struct hmac *hmac = state;
	uint8_t digest[SHA_DIGEST_LENGTH];

	if (tag_bytes > SHA_DIGEST_LENGTH)
		return srtp_err_status_bad_param;
	SHA1_Update(&hmac->now, bytes, (size_t)count);
	SHA1_Final(digest, &hmac->now);
	hmac->now = hmac->outer;
	SHA1_Update(&hmac->now, digest, sizeof(digest));
	SHA1_Final(digest, &hmac->now);
	memcpy(tag, digest, (size_t)tag_bytes);
	return srtp_err_status_ok;
}

/* RFC 2202, test case 1. */
static const uint8_t hmac_test_key[20] = {
	0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b};
static const uint8_t hmac_test_data[8] = {'H', 'i', ' ', 'T', 'h', 'e', 'r', 'e'};
static const uint8_t hmac_test_tag[20] = {
	0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b, 0xc0, 0xb6, 0xfb, 0x37, 0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00};
static const srtp_auth_test_case_t hmac_test = {
	.key_length_octets = sizeof(hmac_test_key),
	.key = hmac_test_key,
	.data_length_octets = sizeof(hmac_test_data),
	.data = hmac_test_data,
	.tag_length_octets = sizeof(hmac_test_tag),
	.tag = hmac_test_tag,
};

static const srtp_auth_type_t hmac_type = {
	.alloc = hmac_alloc,
	.dealloc = hmac_free,
	.init = hmac_init,
	.compute = hmac_compute,
	.update = hmac_update,
	.start = hmac_start,
	.description = "HMAC-SHA1 (libcrypto)",
	.test_data = &hmac_test,
	.id = SRTP_HMAC_SHA1,
};

/* --- sessions */

static pthread_once_t crypt_once = PTHREAD_ONCE_INIT;
static bool crypt_ready, crypt_has_plug;

static void crypt_setup(void)
{
	crypt_ready = srtp_init() == srtp_err_status_ok;
	if (crypt_ready)
		crypt_has_plug = srtp_replace_cipher_type(&ctr_type, SRTP_AES_ICM_128) == srtp_err_status_ok &&
				 srtp_replace_auth_type(&hmac_type, SRTP_HMAC_SHA1) == srtp_err_status_ok;
}

int crypt_init(void)
{
	pthread_once(&crypt_once, crypt_setup);
	return crypt_ready ? 0 : ERR_CRYPTO;
}

bool crypt_plugged(void)
{
	return crypt_has_plug;
}

int crypt_random(void *out, size_t bytes)
{
	return RAND_bytes(out, (int)bytes) == 1 ? 0 : ERR_CRYPTO;
}

int crypt_alloc(struct crypt **crypt, const struct media_srtp *srtp, bool send)
{
	srtp_policy_t policy;
	uint8_t key[sizeof(srtp->key)];

	memset(&policy, 0, sizeof(policy));
	memcpy(key, srtp->key, sizeof(key));
	/* RFC 4568 6.2: with the short tag on RTP, RTCP keeps the long one. */
	srtp_crypto_policy_set_rtp_default(&policy.rtcp);
	if (srtp->suite == MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32)
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
	else
		srtp_crypto_policy_set_rtp_default(&policy.rtp);
	policy.ssrc.type = send ? ssrc_any_outbound : ssrc_any_inbound;
	policy.key = key;
	policy.window_size = 128;

	struct crypt *c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->send = send;
	int err = srtp_create(&c->session, &policy) == srtp_err_status_ok ? 0 : ERR_CRYPTO;
	OPENSSL_cleanse(key, sizeof(key));
	if (err) {
		free(c);
		return err;
	}
	*crypt = c;
	return 0;
}

void crypt_free(struct crypt *crypt)
{
	if (!crypt)
		return;
	srtp_dealloc(crypt->session);
	free(crypt);
}

int crypt_rtp(struct crypt *crypt, uint8_t *packet, size_t *bytes)
{
	int length = (int)*bytes;
	srtp_err_status_t status =
		crypt->send ? srtp_protect(crypt->session, packet, &length) : srtp_unprotect(crypt->session, packet, &length);

	if (status != srtp_err_status_ok)
		return ERR_CRYPTO;
	*bytes = (size_t)length;
	return 0;
}

int crypt_rtcp(struct crypt *crypt, uint8_t *packet, size_t *bytes)
{
	int length = (int)*bytes;
	srtp_err_status_t status = crypt->send ? srtp_protect_rtcp(crypt->session, packet, &length)
					       : srtp_unprotect_rtcp(crypt->session, packet, &length);

	if (status != srtp_err_status_ok)
		return ERR_CRYPTO;
	*bytes = (size_t)length;
	return 0;
}
