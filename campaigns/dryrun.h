/*
 * dryrun.h - what would become of the rows of an upload that stores nothing
 *
 * What    A number or an external id counts as taken when the store has it (as far as the upload looks) or an earlier row of the
 *         file had it. Of the file at most 4,194,304 are remembered (64 MiB): beyond these a duplicate inside the file is not
 *         found.
 * Caveat  Of a row that would update a lead which an earlier row of the file makes or changes it is not known whether it brings
 *         anything new: it counts as an update.
 */
#ifndef OUTDIAL_CAMPAIGNS_DRYRUN_H
#define OUTDIAL_CAMPAIGNS_DRYRUN_H

#include "campaigns/batch.h"
#include "campaigns/dedupe.h"
#include "campaigns/idset.h"
#include "campaigns/store.h"
#include "campaigns/zonesets.h"

struct dryrun {
	struct store *store;
	struct dedupe dedupe;
	struct idset seen;    /* keys of the rows */
	struct idset updated; /* leads */
	struct zonesets sets;
};

void dryrun_init(struct dryrun *dryrun, struct store *store, const struct dedupe *dedupe);
void dryrun_fini(struct dryrun *dryrun); /* all zero is fine */
/* The answers that lead_batch_offer() would give; it never waits. */
int dryrun_offer(struct dryrun *dryrun, const struct lead *lead, const char *const *zone_names, struct lead_said said,
	enum batch_fate *fate, enum import_scope *found);

#endif
