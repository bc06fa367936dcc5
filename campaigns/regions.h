/*
 * regions.h - which countries the numbers of an upload are of, and whether the file's region is certain
 *
 * What    Counts accepted numbers by country code. For rows whose number has no "+" it asks whether the same digits are a number
 *         of another region, too, in which this store has lists: 13802223333 is a Chinese mobile and a number in Ohio. Which
 *         country was meant only the user knows, so above half a per cent an upload needs a yes.
 * Cost    libphonenumber must be asked for each row: of a large file an even sample of about 50,000 rows is looked at, before
 *         anything is stored.
 * Source  docs/LISTS.md, "The same digits in two countries".
 */
#ifndef OUTDIAL_CAMPAIGNS_REGIONS_H
#define OUTDIAL_CAMPAIGNS_REGIONS_H

#include "campaigns/columns.h"
#include "campaigns/import.h"

#define REGIONS_AMBIGUOUS_PROB_MAX 0.005

/* Counts a number in the receipt. */
void regions_note(struct import_receipt *receipt, const char *e164);

/* Regions of the store's lists other than `region`, "" at the end. -errno. */
int regions_others(struct store *store, const char *region, char others[IMPORT_REGIONS + 1][3]);
/* Fills receipt->ambiguous from a sample of the file. Errors of reading. */
int regions_sample(const char *path, const char *encoding, const struct columns *columns, const char *region,
	const char (*others)[3], struct import_receipt *receipt);

#endif
