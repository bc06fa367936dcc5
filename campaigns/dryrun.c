/* dryrun.c - see dryrun.h */
#include "campaigns/dryrun.h"
#include "base/err.h"

#include <errno.h>
#include <stdlib.h>

#define NUMBERS_MAX (4u * 1024 * 1024)

void dryrun_init(struct dryrun *dryrun, struct store *store, uint32_t list)
{
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

static int stored(struct dryrun *dryrun, const char *e164, bool *found)
{
	struct lead lead = {.id = 0};
	int err = 0;

	while (!*found && !(err = lead_by_number(dryrun->store, e164, lead.id, &lead)))
		*found = lead.list == dryrun->list;
	return err == ERR_UNKNOWN ? 0 : err;
}

int dryrun_add(struct dryrun *dryrun, const struct lead *lead, bool *duplicate)
{
	uint32_t i;
	int err = 0;

	*duplicate = false;
	for (i = 0; i < lead->phone_count && !*duplicate && !err; i++) {
		*duplicate = idset_has(&dryrun->seen, number_id(lead->phones[i].e164));
		if (!*duplicate && dryrun->list)
			err = stored(dryrun, lead->phones[i].e164, duplicate);
	}
	for (i = 0; i < lead->phone_count && !*duplicate && err >= 0; i++)
		err = idset_add(&dryrun->seen, number_id(lead->phones[i].e164));
	return err > 0 || err == -ENOSPC ? 0 : err;
}
