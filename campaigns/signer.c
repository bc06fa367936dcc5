/* signer.c - see signer.h */
#include "campaigns/signer.h"

#include "campaigns/base64.h"
#include "campaigns/outfile.h"
#include "campaigns/tables.h"

#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int path_of(const char *folder, const char *name, char out[4096])
{
	return snprintf(out, 4096, "%s/%s", folder, name) < 4096 ? 0 : -ENAMETOOLONG;
}

void signer_public_path(const char *dir, char out[4096])
{
	snprintf(out, 4096, "%s/signer/public.pem", dir);
}

int signer_remember(struct signer *signer, uint64_t size, const struct hash *root)
{
	char path[4096], text[BASE64_BYTES(HASH_BYTES)];
	struct outfile out;
	int err = path_of(signer->folder, "last", path);

	if (!err)
		err = outfile_open(&out, path);
	if (err)
		return err;
	base64_encode(root->bytes, HASH_BYTES, text);
	fprintf(out.file, "%llu %s\n", (unsigned long long)size, text); /* commit sees its error */
	err = outfile_commit(&out);
	if (!err) {
		signer->size = size;
		signer->root = *root;
	}
	return err;
}

static int recall(struct signer *signer)
{
	char path[4096], text[64];
	unsigned long long size;
	FILE *file;
	int err = path_of(signer->folder, "last", path), got;

	if (err)
		return err;
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? ERR_WRONG_STATE : -errno;
	got = fscanf(file, "%20llu %60s", &size, text);
	fclose(file);
	if (got != 2 || base64_decode(text, strlen(text), signer->root.bytes, HASH_BYTES) != HASH_BYTES)
		return ERR_SYNTAX;
	signer->size = size;
	return 0;
}

/* The memory first: a key without it is never to be seen. A memory of signatures without its key is no place for a new key. */
static int make(struct signer *signer, const char *private_path, const char *public_path)
{
	struct hash nothing = {{0}};
	int err = mkdir(signer->folder, 0700) != 0 && errno != EEXIST ? -errno : 0;

	if (!err && recall(signer) == 0 && signer->size)
		err = ERR_WRONG_STATE;
	if (!err)
		err = signer_remember(signer, 0, &nothing);
	return err ? err : sign_key_make(private_path, public_path);
}

static int signer_load(struct signer *signer, char *why)
{
	char private_path[4096], public_path[4096];
	int err = path_of(signer->folder, "private.pem", private_path);

	if (!err)
		err = path_of(signer->folder, "public.pem", public_path);
	if (!err && access(private_path, F_OK) != 0)
		err = errno == ENOENT ? make(signer, private_path, public_path) : -errno;
	if (err == ERR_WRONG_STATE)
		return say(why, err, "private.pem in %.70s is missing, and %llu events were signed with it: put it back",
			signer->folder, (unsigned long long)signer->size);
	if (err)
		return say(why, err, "cannot make a key in %.90s: %s", signer->folder, err_text(err));
	err = sign_key_load(&signer->key, private_path);
	if (err)
		return say(why, err, "the key %.100s cannot be used: %s", private_path, err_text(err));
	if (access(public_path, F_OK) != 0) /* a crash between the two files */
		err = sign_public_save(signer->key, public_path);
	if (err)
		return say(why, err, "cannot write %.100s: %s", public_path, err_text(err));
	err = recall(signer);
	if (err)
		return say(why, err,
			"%.60s/last, the memory of what the key has signed, is missing or damaged: nothing is signed",
			signer->folder);
	return 0;
}

/*
 * A store that has a checkpoint had a key: a folder that is not there (a disk that is not mounted) is no place for another one.
 */
static bool key_lost(const struct signer *signer, const char *dir)
{
	char key[4096], checkpoint[4096];

	return !path_of(signer->folder, "private.pem", key) && !path_of(dir, "evidence/checkpoint", checkpoint) &&
	       access(key, F_OK) != 0 && errno == ENOENT && access(checkpoint, F_OK) == 0;
}

int signer_open(struct signer *signer, const char *dir, char *why)
{
	int err;

	memset(signer, 0, sizeof(*signer));
	if (snprintf(signer->folder, sizeof(signer->folder), "%s/signer", dir) >= (int)sizeof(signer->folder))
		return say(why, -ENAMETOOLONG, "the name of the folder is too long");
	if (key_lost(signer, dir) && recall(signer) == ERR_WRONG_STATE)
		return say(why, ERR_WRONG_STATE,
			"there is no key in %.70s, and the store's checkpoint was signed with one: put the folder back",
			signer->folder);
	err = signer_load(signer, why);
	if (err)
		signer_close(signer);
	return err;
}

void signer_close(struct signer *signer)
{
	sign_key_free(signer->key);
	signer->key = NULL;
}
