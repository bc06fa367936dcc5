/*
 * dryrun.h - duplicates of an upload that stores nothing
 *
 * What    A number counts as taken when the list has it or an earlier row of the file had it. Of the file at most 4,194,304
 *         numbers are remembered (64 MiB): beyond these a duplicate inside the file is not found.
 */
#ifndef OUTDIAL_CAMPAIGNS_DRYRUN_H
#define OUTDIAL_CAMPAIGNS_DRYRUN_H

#include "campaigns/dedupe.h"
#include "campaigns/idset.h"
#include "campaigns/store.h"

struct dryrun {
	struct store *store;
	uint32_t list; /* 0: the list is not there yet */
	struct dedupe dedupe;
	struct idset seen;
};

void dryrun_init(struct dryrun *dryrun, struct store *store, uint32_t list, const struct dedupe *dedupe);
void dryrun_fini(struct dryrun *dryrun); /* all zero is fine */
/* The answer that lead_batch_found() would give. */
int dryrun_add(struct dryrun *dryrun, const struct lead *lead, enum import_scope *found);

#endif
