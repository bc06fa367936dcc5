/* lore.c - what a campaign's pacer has learned, over restarts of the engine */
#include "dialer/lore.h"

#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LORE_VERSION 1 /* of the values' meaning: pacing/learned.c */
#define PATH_BYTES 512

struct lore_head {
	char magic[8];
	uint32_t version, count;
};

static const struct lore_head lore_head = {"OUTDIALP", LORE_VERSION, PACING_LEARNED_VALUES};

static void lore_path(char out[PATH_BYTES], const char *dir, const char *campaign, const char *ending)
{
	snprintf(out, PATH_BYTES, "%s/learned/%s%s", dir, campaign, ending);
}

static int lore_read(FILE *file, struct pacing_learned *out)
{
	struct lore_head head;

	if (fread(&head, sizeof(head), 1, file) != 1 || memcmp(head.magic, lore_head.magic, sizeof(head.magic)) != 0)
		return ERR_SYNTAX;
	if (memcmp(&head, &lore_head, sizeof(head)) != 0)
		return ERR_SCHEMA;
	return fread(out, sizeof(*out), 1, file) == 1 && fgetc(file) == EOF ? 0 : ERR_SYNTAX;
}

int lore_load(const char *dir, const char *campaign, struct pacing_learned *out)
{
	char path[PATH_BYTES];

	lore_path(path, dir, campaign, "");
	FILE *file = fopen(path, "rbe");
	if (!file)
		return -errno;
	int err = lore_read(file, out);
	fclose(file);
	return err;
}

static int lore_write(const char *path, const struct pacing_learned *learned)
{
	FILE *file = fopen(path, "wbe");

	if (!file)
		return -errno;
	bool good = fwrite(&lore_head, sizeof(lore_head), 1, file) == 1 && fwrite(learned, sizeof(*learned), 1, file) == 1;
	good &= fclose(file) == 0;
	return good ? 0 : -EIO;
}

void lore_save(const char *dir, const char *campaign, const struct pacer *pacer)
{
	struct pacing_learned learned;
	char path[PATH_BYTES], temporary[PATH_BYTES];
	int err;

	pacer_learned(pacer, &learned);
	snprintf(path, sizeof(path), "%s/learned", dir);
	mkdir(path, 0700);
	lore_path(path, dir, campaign, "");
	lore_path(temporary, dir, campaign, ".new");
	err = lore_write(temporary, &learned);
	if (!err && rename(temporary, path))
		err = -errno;
	if (err)
		log_line(LOG_WARN, "learned_not_saved", "camp=%s file=%s why=\"%s\"", campaign, path, err_text(err));
}
