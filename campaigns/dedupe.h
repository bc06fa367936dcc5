/*
 * dedupe.h - how far an upload looks for a number that is there already, and what it does then (inside the folder)
 *
 * What    A scope is a distance: the file itself, its list, all lists of the campaigns that dial that list, the whole store. A lead that has one of
 *         the row's numbers makes the row a duplicate when it is no farther away than the upload looks. The nearest such lead counts.
 */
#ifndef OUTDIAL_CAMPAIGNS_DEDUPE_H
#define OUTDIAL_CAMPAIGNS_DEDUPE_H

#include "campaigns/import.h"

#define DEDUPE_LISTS 256

struct dedupe {
	enum import_scope scope;
	bool keep; /* duplicates are counted and taken all the same */
	uint32_t list;
	uint32_t near[DEDUPE_LISTS]; /* the other lists of its campaigns */
	uint32_t near_count;
};

/* `scope` and `duplicates` as import_options has them. ERR_RANGE with a sentence. */
int dedupe_init(struct dedupe *dedupe, const struct import_options *options, char why[400]);
/* For a list that is there: finds the lists near it. */
int dedupe_place(struct dedupe *dedupe, struct store *store, uint32_t list);
/* How far away a lead of that list is. */
enum import_scope dedupe_distance(const struct dedupe *dedupe, uint32_t list);

#endif
