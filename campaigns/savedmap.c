/* savedmap.c - see savedmap.h */
#include "campaigns/savedmap.h"
#include "base/err.h"
#include "base/text.h"
#include "campaigns/outfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const names[SAVEDMAP_PARTS] = {[SAVEDMAP_MAP] = "map",
	[SAVEDMAP_ROLE] = "role",
	[SAVEDMAP_REGION] = "region",
	[SAVEDMAP_ENCODING] = "encoding",
	[SAVEDMAP_MATCH] = "match"};

const char *savedmap_part_name(enum savedmap_part part)
{
	return names[part];
}

static int path_of(struct store *store, const char *name, char *path, size_t size, char *why)
{
	if (store_name_ok(name) && name[0] != '.') {
		snprintf(path, size, "%s/maps/%s", store_dir(store), name);
		return 0;
	}
	snprintf(why, FILE_WHY_BYTES,
		"\"%.60s\" cannot be the name of a mapping: 1 to 47 letters, digits, - _ . and no dot in front", name);
	return ERR_RANGE;
}

static int write_lines(const char *path, const struct savedmap *map)
{
	struct outfile out;
	int err = outfile_open(&out, path);

	if (err)
		return err;
	fprintf(out.file, "%s\n", map->text[SAVEDMAP_MAP]); /* an error of it sticks until the commit */
	for (int i = SAVEDMAP_MAP + 1; i < SAVEDMAP_PARTS; i++)
		if (map->text[i][0])
			fprintf(out.file, "%s=%s\n", names[i], map->text[i]);
	return outfile_commit(&out);
}

static int may_be_kept(struct store *store, const char *name, const struct savedmap *map, char path[4000], char *why)
{
	int err = path_of(store, name, path, 4000, why);

	for (int i = 0; i < SAVEDMAP_PARTS && !err; i++) {
		if (!strpbrk(map->text[i], "\r\n"))
			continue;
		snprintf(why, FILE_WHY_BYTES, "--%s has a line end in it: it cannot be kept", names[i]);
		err = ERR_RANGE;
	}
	return err;
}

int savedmap_check(struct store *store, const char *name, const struct savedmap *map, char why[FILE_WHY_BYTES])
{
	char path[4000];

	return may_be_kept(store, name, map, path, why);
}

int savedmap_put(struct store *store, const char *name, const struct savedmap *map, char why[FILE_WHY_BYTES])
{
	char folder[3800], path[4000];
	int err = may_be_kept(store, name, map, path, why);

	if (err)
		return err;
	snprintf(folder, sizeof(folder), "%s/maps", store_dir(store));
	err = mkdir(folder, 0700) && errno != EEXIST ? -errno : write_lines(path, map);
	if (err)
		snprintf(why, FILE_WHY_BYTES, "the mapping cannot be written to %.200s: %s", path, err_text(err));
	return err;
}

/* "role=phone2=guarantor" */
static bool take_part(struct savedmap *map, const char *line)
{
	for (int i = SAVEDMAP_MAP + 1; i < SAVEDMAP_PARTS; i++) {
		size_t bytes = strlen(names[i]);

		if (strncmp(line, names[i], bytes) == 0 && line[bytes] == '=' && !map->text[i][0] && line[bytes + 1])
			return text_copy(map->text[i], SAVEDMAP_BYTES, line + bytes + 1);
	}
	return false;
}

static bool read_lines(FILE *file, struct savedmap *map)
{
	char line[SAVEDMAP_BYTES + 16];
	bool good = true;

	memset(map, 0, sizeof(*map));
	for (int at = 0; good && fgets(line, sizeof(line), file); at++) {
		good = strchr(line, '\n');
		line[strcspn(line, "\r\n")] = '\0';
		good = good && (at ? take_part(map, line) : text_copy(map->text[SAVEDMAP_MAP], SAVEDMAP_BYTES, line));
	}
	return good && !ferror(file) && (map->text[SAVEDMAP_MAP][0] || map->text[SAVEDMAP_ROLE][0]);
}

int savedmap_get(struct store *store, const char *name, struct savedmap *map, char why[FILE_WHY_BYTES])
{
	char path[4000];
	int err = path_of(store, name, path, sizeof(path), why);
	FILE *file;

	if (err)
		return err;
	file = fopen(path, "re");
	if (!file) {
		err = errno == ENOENT ? ERR_UNKNOWN : -errno;
		snprintf(why, FILE_WHY_BYTES, "there is no mapping \"%s\": --map PAIRS --save-map %s keeps one with an upload",
			name, name);
		return err;
	}
	if (!read_lines(file, map)) {
		snprintf(why, FILE_WHY_BYTES,
			"%.200s is no mapping: one line as after --map, for example phone=1,name=2, then lines such as "
			"role=phone2=guarantor",
			path);
		err = ERR_SYNTAX;
	}
	fclose(file);
	return err;
}
