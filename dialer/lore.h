/*
 * lore.h - what a campaign's pacer has learned, over restarts of the engine
 *
 * What    One file a campaign, DIR/learned/CAMPAIGN: a magic number, the version of the values, the values as this machine has
 *         them in memory. Written anew beside it and renamed, so that a crash leaves the old one or the new one. Losing it costs
 *         some minutes of careful dialling.
 * Errors  A file that is missing, of another version or damaged is no lore: the pacer starts as on a first day, with a line in
 *         the log.
 */
#ifndef OUTDIAL_DIALER_LORE_H
#define OUTDIAL_DIALER_LORE_H

#include "pacing/pacing.h"

#define LORE_EVERY_US (5 * 60 * INT64_C(1000000)) /* between savings of a campaign that runs */

/* 0; -ENOENT; ERR_SYNTAX: no such file of ours; ERR_SCHEMA: of another version. */
int lore_load(const char *dir, const char *campaign, struct pacing_learned *out);
/* A line in the log when it cannot be written. Makes the folder. */
void lore_save(const char *dir, const char *campaign, const struct pacer *pacer);

#endif
