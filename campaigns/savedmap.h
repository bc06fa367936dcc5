/*
 * savedmap.h - mappings of columns that are kept by name, so that next month's file of the same sender is read in the same way
 *
 * What    A mapping is the text of `--map` (columns.h), one file each: DIR/maps/NAME in the store's folder, readable and copied with the store.
 * Errors  ERR_RANGE (no name), ERR_UNKNOWN (no such mapping), ERR_SYNTAX (the file is no mapping of one line), -errno; with a sentence.
 */
#ifndef OUTDIAL_CAMPAIGNS_SAVEDMAP_H
#define OUTDIAL_CAMPAIGNS_SAVEDMAP_H

#include "campaigns/store.h"

#define SAVEDMAP_BYTES 2048

/* Takes the place of an older one of the name. */
int savedmap_put(struct store *store, const char *name, const char *map, char why[400]);
int savedmap_get(struct store *store, const char *name, char map[SAVEDMAP_BYTES], char why[400]);

#endif
