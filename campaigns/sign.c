/* sign.c - see sign.h */
#include "campaigns/sign.h"

#include "campaigns/outfile.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* The key is the object: it needs no wrapper of its own. */
static EVP_PKEY *pkey_of(const struct sign_key *key)
{
	return (EVP_PKEY *)(uintptr_t)key;
}

static int file_error(void)
{
	return errno ? -errno : -EIO;
}

static int write_private(EVP_PKEY *pkey, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	int err = 0;

	if (!file)
		return errno == EEXIST ? ERR_EXISTS : file_error();
	errno = 0;
	if (PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL) != 1)
		err = ERR_CRYPTO;
	if (!err && (fflush(file) || fsync(fd)))
		err = file_error();
	if (fclose(file) && !err)
		err = file_error();
	if (err)
		unlink(path);
	return err;
}

/* What stands under the name is the whole key or nothing, whenever the program is killed; a key that is there is not replaced.
 * The public half's file is next, and with it the folder is made durable. */
static int save_private(EVP_PKEY *pkey, const char *path)
{
	char partial[4096 + 16];
	int err;

	if (snprintf(partial, sizeof(partial), "%s.partial", path) >= (int)sizeof(partial))
		return -ENAMETOOLONG;
	unlink(partial); /* of a program that was killed */
	err = write_private(pkey, partial);
	if (!err && link(partial, path) != 0)
		err = errno == EEXIST ? ERR_EXISTS : -errno;
	unlink(partial);
	return err;
}

int sign_public_save(const struct sign_key *key, const char *public_path)
{
	struct outfile out;
	int err = outfile_open(&out, public_path);

	if (!err && PEM_write_PUBKEY(out.file, pkey_of(key)) != 1)
		err = ERR_CRYPTO;
	if (!err)
		return outfile_commit(&out);
	outfile_abort(&out);
	return err;
}

int sign_key_make(const char *private_path, const char *public_path)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	int err = pkey ? save_private(pkey, private_path) : ERR_CRYPTO;

	if (!err)
		err = sign_public_save((struct sign_key *)pkey, public_path);
	EVP_PKEY_free(pkey);
	return err;
}

static int load(struct sign_key **key, const char *path, bool private)
{
	FILE *file = fopen(path, "re");
	EVP_PKEY *pkey;

	if (!file)
		return -errno;
	pkey = private ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : PEM_read_PUBKEY(file, NULL, NULL, NULL);
	fclose(file);
	if (!pkey || EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(pkey);
		return ERR_SYNTAX;
	}
	*key = (struct sign_key *)pkey;
	return 0;
}

int sign_key_load(struct sign_key **key, const char *private_path)
{
	return load(key, private_path, true);
}

int sign_public_load(struct sign_key **key, const char *public_path)
{
	return load(key, public_path, false);
}

int sign_public_of(struct sign_key **key, const unsigned char bytes[SIGN_PUBLIC_BYTES])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes, SIGN_PUBLIC_BYTES);

	*key = (struct sign_key *)pkey;
	return pkey ? 0 : ERR_SYNTAX;
}

void sign_key_free(struct sign_key *key)
{
	EVP_PKEY_free(pkey_of(key));
}

int sign_public_bytes(const struct sign_key *key, unsigned char out[SIGN_PUBLIC_BYTES])
{
	size_t bytes = SIGN_PUBLIC_BYTES;

	return EVP_PKEY_get_raw_public_key(pkey_of(key), out, &bytes) == 1 && bytes == SIGN_PUBLIC_BYTES ? 0 : ERR_CRYPTO;
}

int sign_make(const struct sign_key *key, const void *data, size_t bytes, unsigned char out[SIGN_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t out_bytes = SIGN_BYTES;
	int rc = context ? EVP_DigestSignInit(context, NULL, NULL, NULL, pkey_of(key)) : 0;

	if (rc == 1)
		rc = EVP_DigestSign(context, out, &out_bytes, data, bytes);
	EVP_MD_CTX_free(context);
	return rc == 1 && out_bytes == SIGN_BYTES ? 0 : ERR_CRYPTO;
}

bool sign_check(const struct sign_key *key, const void *data, size_t bytes, const unsigned char signature[SIGN_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int rc = context ? EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey_of(key)) : 0;

	if (rc == 1)
		rc = EVP_DigestVerify(context, signature, SIGN_BYTES, data, bytes);
	EVP_MD_CTX_free(context);
	return rc == 1;
}
