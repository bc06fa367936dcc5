/* dryrun.c - see dryrun.h */
#include "campaigns/dryrun.h"
#include "base/err.h"

#include <errno.h>
#include <stdlib.h>

#define NUMBERS_MAX (4u * 1024 * 1024)

void dryrun_init(struct dryrun *dryrun, struct store *store, uint32_t list, const struct dedupe *dedupe)
{
	dryrun->dedupe = *dedupe;
	dryrun->store = store;
	dryrun->list = list;
	idset_init(&dryrun->seen, NUMBERS_MAX);
}

void dryrun_fini(struct dryrun *dryrun)
{
	idset_fini(&dryrun->seen);
}

static uint64_t number_id(const char *e164)
{
	return strtoull(e164 + 1, NULL, 10);
}

static int stored(struct dryrun *dryrun, const char *e164, enum import_scope *found)
{
	struct lead lead = {.id = 0};
	enum import_scope distance;
	int err;

	while (!(err = lead_by_number(dryrun->store, e164, lead.id, &lead))) {
		distance = dedupe_distance(&dryrun->dedupe, lead.list);
		if (distance <= dryrun->dedupe.scope && distance < *found)
			*found = distance;
	}
	return err == ERR_UNKNOWN ? 0 : err;
}

int dryrun_add(struct dryrun *dryrun, const struct lead *lead, enum import_scope *found)
{
	uint32_t i;
	int err = 0;

	*found = IMPORT_SCOPES;
	for (i = 0; i < lead->phone_count && *found != IMPORT_FILE && !err; i++) {
		if (idset_has(&dryrun->seen, number_id(lead->phones[i].e164)))
			*found = IMPORT_FILE;
		else
			err = stored(dryrun, lead->phones[i].e164, found);
	}
	for (i = 0; i < lead->phone_count && *found == IMPORT_SCOPES && err >= 0; i++)
		err = idset_add(&dryrun->seen, number_id(lead->phones[i].e164));
	return err > 0 || err == -ENOSPC ? 0 : err;
}
