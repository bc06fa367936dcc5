/* publish.c - see publish.h */
#include "campaigns/publish.h"

#include "campaigns/manifest.h"
#include "campaigns/outfile.h"
#include "campaigns/pruned.h"
#include "campaigns/sealed.h"
#include "campaigns/segment.h"

#include "base/err.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int stop(const struct publishing *publishing, enum seal_step step)
{
	return publishing->stop_after == step ? -ECANCELED : 0;
}

static int path_in(const struct publishing *publishing, const char *name, char out[4096 + SEGMENT_NAME_BYTES])
{
	snprintf(out, 4096 + SEGMENT_NAME_BYTES, "%s/%s", publishing->folder, name);
	return 0;
}

/* --- the signer's question */

static int refuse(const struct publishing *publishing)
{
	return say(publishing->why, ERR_WRONG_STATE,
		"the signer has signed another history of %llu events than the store's: was the store put back from an older "
		"copy?",
		(unsigned long long)publishing->signer->size);
}

int publish_check(const struct publishing *publishing)
{
	struct sealed sealed;
	int err;

	if (publishing->signer->size == 0)
		return 0;
	err = sealed_read_ending(publishing->store, publishing->signer->size - 1, &sealed);
	if (err == ERR_UNKNOWN)
		return refuse(publishing);
	return err ? err : merkle_equal(&sealed.root, &publishing->signer->root) ? 0 : refuse(publishing);
}

/* --- the tree, from the files */

static int leaf_h(void *arg, const char *line, size_t bytes)
{
	struct merkle *tree = arg;
	struct hash leaf = merkle_leaf(tree->sha, line, bytes);

	merkle_add(tree, &leaf, NULL, 0);
	return 0;
}

static int add_segment(const struct publishing *publishing, struct merkle *tree, const struct sealed *sealed)
{
	char name[SEGMENT_NAME_BYTES], path[4096 + SEGMENT_NAME_BYTES];
	struct hash root;
	FILE *file;
	int err;

	segment_name(sealed->first, sealed->last, SEGMENT_LINES, name);
	path_in(publishing, name, path);
	file = fopen(path, "re");
	if (!file)
		return say(publishing->why, -errno, "evidence/%.60s cannot be read: %s", name, err_text(-errno));
	err = segment_read(file, leaf_h, tree);
	fclose(file);
	if (err && err != ERR_SYNTAX)
		return err;
	root = merkle_root(tree, NULL, 0);
	if (err || !merkle_equal(&root, &sealed->root))
		return say(publishing->why, ERR_SYNTAX, "evidence/%.60s is not what was sealed: nothing is signed", name);
	return 0;
}

static int add_segments(const struct publishing *publishing, struct merkle *tree)
{
	uint64_t size = publishing->signer->size;
	struct sealed sealed;
	int err = 0;

	if (size) {
		err = sealed_read_ending(publishing->store, size - 1, &sealed);
		if (!err && !merkle_restore(tree, size, sealed.peaks, sealed.peaks_bytes))
			err = ERR_STORE;
	}
	while (!err && !(err = sealed_read_next(publishing->store, tree->size, &sealed)))
		err = add_segment(publishing, tree, &sealed);
	return err == ERR_UNKNOWN ? 0 : err;
}

/* --- files */

static bool same(const char *path, const char *text, size_t bytes)
{
	FILE *file = fopen(path, "re");
	bool equal = file != NULL;
	char piece[4096];
	size_t at = 0, got;

	while (equal && (got = fread(piece, 1, sizeof(piece), file)) > 0) {
		equal = got <= bytes - at && memcmp(text + at, piece, got) == 0;
		at += got;
	}
	if (file)
		fclose(file);
	return equal && at == bytes;
}

static int write_file(const struct publishing *publishing, const char *name, const void *text, size_t bytes)
{
	char path[4096 + SEGMENT_NAME_BYTES];
	struct outfile out;
	int err;

	path_in(publishing, name, path);
	if (same(path, text, bytes))
		return 0;
	err = outfile_open(&out, path);
	if (err)
		return err;
	fwrite(text, 1, bytes, out.file); /* commit sees its error */
	return outfile_commit(&out);
}

static int write_checkpoint(const struct publishing *publishing)
{
	struct checkpoint checkpoint = {.size = publishing->signer->size, .root = publishing->signer->root};
	char text[CHECKPOINT_BYTES];
	int err;

	checkpoint_origin(publishing->store->tag, checkpoint.origin);
	err = checkpoint_print(&checkpoint, publishing->signer->key, text);
	return err ? err : write_file(publishing, "checkpoint", text, strlen(text));
}

/* Two lines a segment. The text is the caller's to free. */
static int manifest_text(const struct publishing *publishing, char **text, size_t *bytes)
{
	FILE *file = open_memstream(text, bytes);
	struct sealed sealed;
	uint64_t from = 0;
	int err;

	if (!file)
		return -ENOMEM;
	while (!(err = sealed_read_next(publishing->store, from, &sealed))) {
		struct manifest_entry entry = {.first = sealed.first, .last = sealed.last};
		char line[MANIFEST_LINE_BYTES];

		memcpy(entry.sha256, sealed.lines_sum, sizeof(entry.sha256));
		fwrite(line, 1, manifest_print(&entry, line), file);
		entry.file = SEGMENT_LOCATORS;
		memcpy(entry.sha256, sealed.locators_sum, sizeof(entry.sha256));
		fwrite(line, 1, manifest_print(&entry, line), file);
		from = sealed.last + 1;
	}
	if (fclose(file))
		err = -ENOMEM;
	return err == ERR_UNKNOWN ? 0 : err;
}

static int write_manifest(const struct publishing *publishing)
{
	unsigned char signature[SIGN_BYTES];
	char *text = NULL;
	size_t bytes;
	int err = manifest_text(publishing, &text, &bytes);

	if (!err)
		err = sign_make(publishing->signer->key, text, bytes, signature);
	if (!err)
		err = write_file(publishing, "MANIFEST.sig", signature, sizeof(signature));
	if (!err)
		err = stop(publishing, SEAL_SIGNATURE);
	if (!err)
		err = write_file(publishing, "MANIFEST.sha256", text, bytes);
	free(text);
	return err;
}

static int write_public(const struct publishing *publishing)
{
	char path[4096 + SEGMENT_NAME_BYTES];

	path_in(publishing, "public.pem", path);
	return access(path, F_OK) == 0 ? 0 : sign_public_save(publishing->signer->key, path);
}

static int write_pruned(const struct publishing *publishing, const struct pruned *pruned)
{
	char text[PRUNED_BYTES];
	size_t bytes = pruned_print(pruned, text);

	return pruned->first ? write_file(publishing, "pruned", text, bytes) : 0;
}

/* Files of segments that the store has let go: last, so that a manifest never names what is missing. */
static int remove_pruned(const struct publishing *publishing, const struct pruned *pruned)
{
	DIR *dir = pruned->first ? opendir(publishing->folder) : NULL;
	struct manifest_entry entry;
	struct dirent *found;
	int err = 0;

	if (!dir)
		return pruned->first ? -errno : 0;
	while (!err && (found = readdir(dir)))
		if (segment_name_parse(found->d_name, &entry) && entry.last < pruned->first &&
			unlinkat(dirfd(dir), found->d_name, 0))
			err = -errno;
	closedir(dir);
	return err;
}

static int sign_all(struct publishing *publishing, struct merkle *tree)
{
	struct pruned pruned;
	struct hash root;
	int err = add_segments(publishing, tree);

	if (!err)
		err = pruned_read(publishing->store, &pruned);

	if (!err && tree->size > publishing->signer->size) {
		root = merkle_root(tree, NULL, 0);
		err = signer_remember(publishing->signer, tree->size, &root);
		if (!err)
			err = stop(publishing, SEAL_REMEMBERED);
	}
	if (err || publishing->signer->size == 0)
		return err;
	err = write_checkpoint(publishing);
	if (!err)
		err = stop(publishing, SEAL_CHECKPOINT);
	if (!err)
		err = write_pruned(publishing, &pruned);
	if (!err)
		err = write_manifest(publishing);
	if (!err)
		err = remove_pruned(publishing, &pruned);
	return err ? err : write_public(publishing);
}

int publish(struct publishing *publishing)
{
	struct merkle tree;
	int err = merkle_init(&tree);

	if (err)
		return err;
	err = sign_all(publishing, &tree);
	merkle_fini(&tree);
	return err;
}
