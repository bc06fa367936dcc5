/* dryrun.c - see dryrun.h */
#include "campaigns/dryrun.h"
#include "base/err.h"
#include "campaigns/tables.h"

#include <errno.h>

#define KEYS_MAX (4u * 1024 * 1024)

void dryrun_init(struct dryrun *dryrun, struct store *store, const struct dedupe *dedupe)
{
	dryrun->store = store;
	dryrun->dedupe = *dedupe;
	dryrun->sets = (struct zonesets){.store = store, .dry = true};
	idset_init(&dryrun->seen, KEYS_MAX);
	idset_init(&dryrun->updated, KEYS_MAX);
}

void dryrun_fini(struct dryrun *dryrun)
{
	idset_fini(&dryrun->seen);
	idset_fini(&dryrun->updated);
}

static bool seen(const struct dryrun *dryrun, const struct lead *lead)
{
	uint64_t keys[LEAD_KEYS];
	uint32_t count = dedupe_keys(&dryrun->dedupe, lead, keys);

	while (count > 0 && !idset_has(&dryrun->seen, keys[count - 1]))
		count--;
	return count > 0;
}

static int remember(struct idset *set, const uint64_t *keys, uint32_t count)
{
	int added = 0;

	for (uint32_t i = 0; i < count && added >= 0; i++)
		added = idset_add(set, keys[i]);
	return added < 0 && added != -ENOSPC ? added : 0;
}

static int look(struct dryrun *dryrun, const struct lead *lead, struct dedupe_hit *hit)
{
	struct db_txn txn;

	*hit = (struct dedupe_hit){.scope = IMPORT_FILE};
	if (seen(dryrun, lead))
		return 0;
	db_read_begin(dryrun->store->db, &txn);
	dedupe_look(&dryrun->dedupe, &txn, lead, hit);
	return db_read_end(&txn);
}

static int update(struct dryrun *dryrun, const struct lead *lead, const char *const *zone_names, struct lead_said said,
	uint64_t id, enum batch_fate *fate)
{
	struct lead_news news = {.id = id, .row = *lead, .said = said};
	struct lead after;
	bool any = true;
	int err;

	if (!id || idset_has(&dryrun->updated, id))
		return 0;
	err = lead_news_weigh(&dryrun->sets, &news, zone_names, &after, &any);
	if (!any)
		*fate = BATCH_SAME;
	return err || !any ? err : remember(&dryrun->updated, &id, 1);
}

int dryrun_offer(struct dryrun *dryrun, const struct lead *lead, const char *const *zone_names, struct lead_said said,
	enum batch_fate *fate, enum import_scope *found)
{
	uint64_t keys[LEAD_KEYS];
	struct dedupe_hit hit;
	int err = look(dryrun, lead, &hit);

	if (err)
		return err;
	*found = hit.scope;
	*fate = batch_fate(&dryrun->dedupe, hit.scope);
	if (*fate == BATCH_UPDATED)
		err = update(dryrun, lead, zone_names, said, hit.lead, fate);
	if (err || *fate == BATCH_DUPLICATE || *fate == BATCH_SAME)
		return err;
	return remember(&dryrun->seen, keys, lead_keys(lead, keys));
}
