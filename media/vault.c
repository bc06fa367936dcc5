/* vault.c - see vault.h (this folder's door to libcrypto's ciphers and sums for files) */
#include "media/vault.h"

#include "base/err.h"
#include "base/text.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536
#define TAG 16
#define SALT 32
#define NONCE 12
#define HEAD (sizeof(magic) + SALT)

static const char magic[8] = "OUTDENC1";

struct vault {
	FILE *file;
	char path[PATH_MAX], temporary[PATH_MAX];
	EVP_MD_CTX *sum;
	EVP_CIPHER_CTX *cipher; /* NULL: in the clear */
	uint64_t bytes, chunks;
	size_t waiting;
	uint8_t chunk[CHUNK + TAG];
};

/* --- keys */

int vault_key(const char *path, uint8_t key[VAULT_KEY_BYTES])
{
	char text[2 * VAULT_KEY_BYTES + 4] = "";
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	size_t bytes = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	while (bytes && (text[bytes - 1] == '\n' || text[bytes - 1] == '\r'))
		bytes--;
	int err = bytes == 2 * VAULT_KEY_BYTES && strspn(text, "0123456789abcdefABCDEF") >= bytes ? 0 : ERR_SYNTAX;
	for (unsigned i = 0; !err && i < VAULT_KEY_BYTES; i++) {
		char pair[3] = {text[2 * i], text[2 * i + 1], 0};
		key[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	explicit_bzero(text, sizeof(text));
	return err;
}

static int file_key(const uint8_t *key, const uint8_t salt[SALT], uint8_t out[VAULT_KEY_BYTES])
{
	uint8_t text[17 + SALT];

	memcpy(text, "outdial recording", 17);
	memcpy(text + 17, salt, SALT);
	return HMAC(EVP_sha256(), key, VAULT_KEY_BYTES, text, sizeof(text), out, NULL) ? 0 : ERR_CRYPTO;
}

static int cipher_open(EVP_CIPHER_CTX **cipher, const uint8_t *key, const uint8_t salt[SALT], bool encrypt)
{
	uint8_t own[VAULT_KEY_BYTES];

	*cipher = EVP_CIPHER_CTX_new();
	int err = *cipher ? file_key(key, salt, own) : -ENOMEM;
	if (!err && EVP_CipherInit_ex(*cipher, EVP_aes_256_gcm(), NULL, own, NULL, encrypt) != 1)
		err = ERR_CRYPTO;
	explicit_bzero(own, sizeof(own));
	return err;
}

static void nonce_of(uint64_t number, bool last, uint8_t out[NONCE])
{
	uint64_t be = htobe64(number);

	memset(out, 0, NONCE);
	memcpy(out + 3, &be, sizeof(be));
	out[NONCE - 1] = last;
}

/* One chunk in place; its tag stands (or comes to stand) behind it. */
static int cipher_chunk(EVP_CIPHER_CTX *cipher, uint64_t number, bool last, uint8_t *chunk, size_t bytes, bool encrypt)
{
	uint8_t nonce[NONCE];
	int done = 0;

	nonce_of(number, last, nonce);
	if (EVP_CipherInit_ex(cipher, NULL, NULL, NULL, nonce, encrypt) != 1 ||
		(!encrypt && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG, chunk + bytes) != 1) ||
		(bytes && EVP_CipherUpdate(cipher, chunk, &done, chunk, (int)bytes) != 1))
		return ERR_CRYPTO;
	if (EVP_CipherFinal_ex(cipher, chunk + done, &done) != 1)
		return encrypt ? ERR_CRYPTO : ERR_SYNTAX;
	if (encrypt && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG, chunk + bytes) != 1)
		return ERR_CRYPTO;
	return 0;
}

/* --- writing */

static int out_bytes(struct vault *vault, const void *data, size_t bytes)
{
	if (fwrite(data, 1, bytes, vault->file) != bytes)
		return errno ? -errno : -EIO;
	if (EVP_DigestUpdate(vault->sum, data, bytes) != 1)
		return ERR_CRYPTO;
	vault->bytes += bytes;
	return 0;
}

static int out_chunk(struct vault *vault, bool last)
{
	int err = cipher_chunk(vault->cipher, vault->chunks++, last, vault->chunk, vault->waiting, true);

	if (!err)
		err = out_bytes(vault, vault->chunk, vault->waiting + TAG);
	vault->waiting = 0;
	return err;
}

static int vault_begin(struct vault *vault, const char *path, const uint8_t *key)
{
	uint8_t head[sizeof(magic) + SALT];

	if (snprintf(vault->path, sizeof(vault->path), "%s", path) >= (int)sizeof(vault->path) ||
		snprintf(vault->temporary, sizeof(vault->temporary), "%s.tmp", path) >= (int)sizeof(vault->temporary))
		return -ENAMETOOLONG;
	vault->sum = EVP_MD_CTX_new();
	if (!vault->sum || EVP_DigestInit_ex(vault->sum, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	vault->file = fopen(vault->temporary, "we");
	if (!vault->file)
		return -errno;
	if (!key)
		return 0;
	memcpy(head, magic, sizeof(magic));
	if (RAND_bytes(head + sizeof(magic), SALT) != 1)
		return ERR_CRYPTO;
	int err = cipher_open(&vault->cipher, key, head + sizeof(magic), true);
	return err ? err : out_bytes(vault, head, sizeof(head));
}

static void vault_free(struct vault *vault)
{
	if (vault->file)
		fclose(vault->file);
	EVP_MD_CTX_free(vault->sum);
	EVP_CIPHER_CTX_free(vault->cipher);
	explicit_bzero(vault->chunk, sizeof(vault->chunk));
	free(vault);
}

void vault_abort(struct vault *vault)
{
	if (!vault)
		return;
	if (vault->file)
		unlink(vault->temporary);
	vault_free(vault);
}

int vault_create(struct vault **vault, const char *path, const uint8_t *key)
{
	struct vault *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	int err = vault_begin(made, path, key);
	if (err)
		vault_abort(made);
	else
		*vault = made;
	return err;
}

int vault_write(struct vault *vault, const void *data, size_t bytes)
{
	const uint8_t *from = data;
	int err = 0;

	if (!vault->cipher)
		return out_bytes(vault, data, bytes);
	while (!err && bytes) {
		if (vault->waiting == CHUNK)
			err = out_chunk(vault, false);
		size_t room = CHUNK - vault->waiting, part = bytes < room ? bytes : room;
		memcpy(vault->chunk + vault->waiting, from, part);
		vault->waiting += part;
		from += part;
		bytes -= part;
	}
	return err;
}

static void sum_hex(EVP_MD_CTX *sum, char out[65])
{
	uint8_t digest[32] = {0};

	EVP_DigestFinal_ex(sum, digest, NULL);
	text_hex(digest, sizeof(digest), out);
}

int vault_close(struct vault *vault, struct vault_receipt *receipt)
{
	int err = vault->cipher ? out_chunk(vault, true) : 0;

	if (!err && (fflush(vault->file) || fdatasync(fileno(vault->file)) || rename(vault->temporary, vault->path)))
		err = -errno;
	if (err) {
		vault_abort(vault);
		return err;
	}
	sum_hex(vault->sum, receipt->sha256);
	receipt->bytes = vault->bytes;
	vault_free(vault);
	return 0;
}

/* --- reading */

static int read_clear(FILE *file, uint8_t *buffer, size_t there, vault_sink_h *sink, void *arg)
{
	int err = 0;

	do {
		err = there ? sink(arg, buffer, there) : 0;
		there = err ? 0 : fread(buffer, 1, CHUNK, file);
	} while (there);
	return err ? err : ferror(file) ? -EIO : 0;
}

/* Whether a chunk is the last one is known when nothing comes behind it. */
static int read_chunks(FILE *file, EVP_CIPHER_CTX *cipher, uint8_t *chunk, vault_sink_h *sink, void *arg)
{
	for (uint64_t number = 0;; number++) {
		size_t got = fread(chunk, 1, CHUNK + TAG, file);
		if (got < TAG)
			return ferror(file) ? -EIO : ERR_SYNTAX;
		int next = getc(file);
		if (next != EOF)
			ungetc(next, file);
		int err = cipher_chunk(cipher, number, next == EOF, chunk, got - TAG, false);
		if (!err && got > TAG)
			err = sink(arg, chunk, got - TAG);
		if (err || next == EOF)
			return err;
	}
}

static int read_file(FILE *file, const uint8_t *key, uint8_t *buffer, vault_sink_h *sink, void *arg)
{
	EVP_CIPHER_CTX *cipher = NULL;
	size_t got = fread(buffer, 1, HEAD, file);

	if (got < sizeof(magic) || memcmp(buffer, magic, sizeof(magic)) != 0)
		return read_clear(file, buffer, got, sink, arg);
	if (got < HEAD)
		return ERR_SYNTAX;
	if (!key)
		return -ENOKEY;
	int err = cipher_open(&cipher, key, buffer + sizeof(magic), false);
	if (!err)
		err = read_chunks(file, cipher, buffer, sink, arg);
	EVP_CIPHER_CTX_free(cipher);
	return err;
}

int vault_read(const char *path, const uint8_t *key, vault_sink_h *sink, void *arg)
{
	uint8_t *buffer = malloc(CHUNK + TAG);
	FILE *file = buffer ? fopen(path, "re") : NULL;
	int err = !buffer ? -ENOMEM : !file ? -errno : 0;

	if (!err)
		err = read_file(file, key, buffer, sink, arg);
	if (file)
		fclose(file);
	free(buffer);
	return err;
}

struct summing {
	EVP_MD_CTX *sum;
	uint64_t bytes;
};

static int sum_more(void *arg, const void *data, size_t bytes)
{
	struct summing *summing = arg;

	summing->bytes += bytes;
	return EVP_DigestUpdate(summing->sum, data, bytes) == 1 ? 0 : ERR_CRYPTO;
}

int vault_sum(const char *path, struct vault_receipt *receipt)
{
	struct summing summing = {.sum = EVP_MD_CTX_new()};
	uint8_t *buffer = malloc(CHUNK);
	FILE *file = buffer ? fopen(path, "re") : NULL;
	int err = !buffer || !summing.sum ? -ENOMEM : !file ? -errno : 0;

	if (!err && EVP_DigestInit_ex(summing.sum, EVP_sha256(), NULL) != 1)
		err = ERR_CRYPTO;
	if (!err)
		err = read_clear(file, buffer, 0, sum_more, &summing);
	if (!err) {
		sum_hex(summing.sum, receipt->sha256);
		receipt->bytes = summing.bytes;
	}
	if (file)
		fclose(file);
	EVP_MD_CTX_free(summing.sum);
	free(buffer);
	return err;
}
