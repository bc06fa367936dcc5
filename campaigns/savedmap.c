/* savedmap.c - see savedmap.h */
#include "campaigns/savedmap.h"
#include "base/err.h"
#include "campaigns/outfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int path_of(struct store *store, const char *name, char *path, size_t size, char *why)
{
	if (store_name_ok(name) && name[0] != '.') {
		snprintf(path, size, "%s/maps/%s", store_dir(store), name);
		return 0;
	}
	snprintf(why, 400, "\"%.60s\" cannot be the name of a mapping: 1 to 47 letters, digits, - _ . and no dot in front", name);
	return ERR_RANGE;
}

static int write_line(const char *path, const char *map)
{
	struct outfile out;
	int err = outfile_open(&out, path);

	if (err)
		return err;
	fprintf(out.file, "%s\n", map); /* an error of it sticks until the commit */
	return outfile_commit(&out);
}

int savedmap_put(struct store *store, const char *name, const char *map, char why[400])
{
	char folder[3800], path[4000];
	int err = path_of(store, name, path, sizeof(path), why);

	if (err)
		return err;
	if (strlen(map) >= SAVEDMAP_BYTES || strpbrk(map, "\r\n")) {
		snprintf(why, 400, "the mapping is longer than %d bytes or has a line end in it: it cannot be kept", SAVEDMAP_BYTES - 1);
		return ERR_RANGE;
	}
	snprintf(folder, sizeof(folder), "%s/maps", store_dir(store));
	err = mkdir(folder, 0700) && errno != EEXIST ? -errno : write_line(path, map);
	if (err)
		snprintf(why, 400, "the mapping cannot be written to %.200s: %s", path, err_text(err));
	return err;
}

int savedmap_get(struct store *store, const char *name, char map[SAVEDMAP_BYTES], char why[400])
{
	char path[4000];
	int err = path_of(store, name, path, sizeof(path), why);
	FILE *file;

	if (err)
		return err;
	file = fopen(path, "re");
	if (!file) {
		err = errno == ENOENT ? ERR_UNKNOWN : -errno;
		snprintf(why, 400, "there is no mapping \"%s\": --map PAIRS --save-map %s keeps one with an upload", name, name);
		return err;
	}
	if (!fgets(map, SAVEDMAP_BYTES, file) || !strchr(map, '\n') || fgetc(file) != EOF) {
		snprintf(why, 400, "%.200s is no mapping: one line as after --map, for example phone=1,name=2", path);
		err = ERR_SYNTAX;
	} else {
		map[strcspn(map, "\r\n")] = 0;
	}
	fclose(file);
	return err;
}
