/*
 * savedmap.h - how a file is read, kept by name, so that next month's file of the same sender is read in the same way
 *
 * What    A mapping is the text of `--map` (columns.h) and the options that say what is in the file: whose numbers a column has,
 *         region, encoding, by what a lead is found. One file each, DIR/maps/NAME in the store's folder, readable and copied with
 *         the store: the map in its first line, then a line OPTION=VALUE for each of the others that is said.
 * Errors  ERR_RANGE (no name), ERR_UNKNOWN (no such mapping), ERR_SYNTAX (the file is no mapping), -errno; with a sentence.
 */
#ifndef OUTDIAL_CAMPAIGNS_SAVEDMAP_H
#define OUTDIAL_CAMPAIGNS_SAVEDMAP_H

#include "campaigns/store.h"

#define SAVEDMAP_BYTES 2048

enum savedmap_part { SAVEDMAP_MAP, SAVEDMAP_ROLE, SAVEDMAP_REGION, SAVEDMAP_ENCODING, SAVEDMAP_MATCH, SAVEDMAP_PARTS };

struct savedmap {
	char text[SAVEDMAP_PARTS][SAVEDMAP_BYTES]; /* "": not said */
};

/* "map", "role", ...: the option's name. */
const char *savedmap_part_name(enum savedmap_part part);
/* Could it be kept under this name? Asked before an upload: a mistyped name must not be found out behind it. */
int savedmap_check(struct store *store, const char *name, const struct savedmap *map, char why[FILE_WHY_BYTES]);
/* Takes the place of an older one of the name. */
int savedmap_put(struct store *store, const char *name, const struct savedmap *map, char why[FILE_WHY_BYTES]);
int savedmap_get(struct store *store, const char *name, struct savedmap *map, char why[FILE_WHY_BYTES]);

#endif
