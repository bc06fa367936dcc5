/* lead_update.c - see lead_update.h */
#include "campaigns/lead_update.h"
#include "campaigns/aside.h"
#include "campaigns/lead_key.h"
#include "campaigns/ledger.h"
#include "campaigns/zone.h"

#include "base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- further columns */

static bool field_put(char *fields, size_t *bytes, const char *name, const char *value)
{
	size_t name_bytes = strlen(name) + 1, value_bytes = strlen(value) + 1;

	if (name_bytes + value_bytes > LEAD_FIELDS_BYTES - *bytes)
		return false;
	memcpy(fields + *bytes, name, name_bytes);
	memcpy(fields + *bytes + name_bytes, value, value_bytes);
	*bytes += name_bytes + value_bytes;
	return true;
}

/* The lead's columns in their order, then those that are new. */
static int merge_fields(struct lead *lead, const struct lead *row, uint32_t *changed)
{
	const char *name, *value, *said;
	char fields[LEAD_FIELDS_BYTES];
	size_t bytes = 0;
	bool room = true;

	for (uint32_t i = 0; room && lead_field_at(lead, i, &name, &value); i++) {
		said = lead_field(row, name);
		room = field_put(fields, &bytes, name, said ? said : value);
	}
	for (uint32_t i = 0; room && lead_field_at(row, i, &name, &value); i++)
		room = lead_field(lead, name) || field_put(fields, &bytes, name, value);
	if (!room)
		return ERR_FULL;
	if (bytes == lead->fields_bytes && memcmp(fields, lead->fields, bytes) == 0)
		return 0;
	memcpy(lead->fields, fields, bytes);
	lead->fields_bytes = (uint16_t)bytes;
	*changed |= LEAD_CHANGED;
	return 0;
}

/* --- numbers */

static uint32_t phone_index(const struct lead *lead, const char *e164)
{
	uint32_t i;

	for (i = 0; i < lead->phone_count && strcmp(lead->phones[i].e164, e164) != 0; i++)
		continue;
	return i;
}

/* Where a new number of that role goes; LEAD_PHONES: nowhere. */
static uint32_t phone_place(const struct lead *lead, const struct lead *row, enum phone_role role)
{
	for (uint32_t i = 0; i < lead->phone_count; i++)
		if (lead->phones[i].role == role && phone_index(row, lead->phones[i].e164) == row->phone_count)
			return i;
	return lead->phone_count;
}

/* The same number again. */
static void merge_same(struct lead_phone *phone, const struct lead_phone *said, uint32_t *changed)
{
	struct lead_phone was = *phone;

	phone->role = said->role == PHONE_UNSAID ? phone->role : said->role;
	phone->type = said->type == PHONE_ANY ? phone->type : said->type;
	if (phone->role != was.role || phone->type != was.type)
		*changed |= LEAD_CHANGED;
}

static void merge_phone(struct lead *lead, const struct lead *row, const struct lead_phone *phone, uint32_t *changed)
{
	uint32_t at = phone_index(lead, phone->e164);

	if (at < lead->phone_count) {
		merge_same(&lead->phones[at], phone, changed);
		return;
	}
	at = phone_place(lead, row, phone->role);
	if (at == LEAD_PHONES)
		return;
	lead->phone_count += at == lead->phone_count;
	lead->phones[at] = *phone;
	lead->phones[at].dead = false;
	*changed |= LEAD_CHANGED | LEAD_MOVED;
}

static bool same_places(const struct places *a, const struct places *b)
{
	bool same = a->count == b->count;

	for (uint32_t i = 0; same && i < a->count; i++)
		same = strcmp(a->place[i], b->place[i]) == 0;
	return same;
}

/*
 * Pure. *changed: LEAD_CHANGED, LEAD_MOVED or both, 0 when the lead says all of it already. ERR_FULL: the further columns do not
 * fit together; then nothing changed.
 */
static int lead_merge(struct lead *lead, const struct lead *row, struct lead_said said, uint32_t *changed)
{
	struct ledger_who before, after;
	struct places from, to;
	int err;

	*changed = 0;
	ledger_who(lead, &(struct terms){0}, &before);
	place_of_lead(lead, &from);
	err = merge_fields(lead, row, changed);
	if (err)
		return err;
	for (uint32_t i = 0; i < row->phone_count; i++)
		merge_phone(lead, row, &row->phones[i], changed);
	if (said.priority && lead->priority != row->priority) {
		lead->priority = row->priority;
		*changed |= LEAD_CHANGED;
	}
	ledger_who(lead, &(struct terms){0}, &after);
	if (after.person != before.person)
		lead->person = before.person;
	place_of_lead(lead, &to);
	if (!same_places(&from, &to))
		*changed |= LEAD_MOVED;
	return 0;
}

/* --- in the store */

/* Where a lead is that has news of its numbers or its address: as the row says, else as all that is known then says. */
static int find_zones(struct zonesets *sets, const struct lead *after, const char *const *zone_names, struct lead_news *news)
{
	const char *names[ZONE_NAMES_MAX + 1];

	news->rezone = true;
	if (news->said.zone)
		return zonesets_of(sets, after, zone_names, &news->zones);
	zone_of_lead(after, names);
	place_add_zones(after, names);
	return zonesets_of(sets, after, names, &news->zones);
}

int lead_news_weigh(
	struct zonesets *sets, struct lead_news *news, const char *const *zone_names, struct lead *after, bool *any)
{
	uint32_t changed = 0;
	int err = lead_get(sets->store, news->id, after);

	*any = false;
	if (!err)
		err = lead_merge(after, &news->row, news->said, &changed);
	if (!err && (news->said.zone || changed & LEAD_MOVED))
		err = find_zones(sets, after, zone_names, news);
	*any = !err && (changed || (news->rezone && news->zones != after->zones));
	return err;
}

static bool holds(const uint64_t *keys, uint32_t count, uint64_t key)
{
	while (count > 0 && keys[count - 1] != key)
		count--;
	return count > 0;
}

static void reindex_contacts(struct db_txn *txn, const struct lead *was, const struct lead *lead)
{
	uint64_t old[LEAD_KEYS], new[LEAD_KEYS];
	uint32_t old_count = lead_keys(was, old), new_count = lead_keys(lead, new);
	struct db_key list = key_u32(lead->list), key;

	for (uint32_t i = 0; i < old_count; i++) {
		key = contact_key(old[i], lead->id);
		if (!holds(new, new_count, old[i]))
			db_del(txn, T_CONTACT, &key);
	}
	for (uint32_t i = 0; i < new_count; i++) {
		key = contact_key(new[i], lead->id);
		if (!holds(old, old_count, new[i]))
			db_put(txn, T_CONTACT, &key, list.bytes, list.count);
	}
}

/* With all indexes. Nothing, when the lead is not there. */
static void lead_update(struct db_txn *txn, const struct lead_news *news)
{
	struct lead was, lead;
	struct db_key ready, sched;
	bool is_ready, is_sched;
	uint32_t changed;

	if (!lead_load(txn, news->id, &was))
		return;
	lead = was;
	if (lead_merge(&lead, &news->row, news->said, &changed))
		return; /* it grew since it was asked whether there is room */
	if (news->rezone)
		lead.zones = news->zones;
	ready = ready_key(&was);
	sched = sched_key(&was);
	/* what it says now may change a list's answer */
	is_ready = db_get(txn, T_READY, &ready, NULL) || aside_there(txn, was.list, was.id);
	is_sched = db_get(txn, T_SCHED, &sched, NULL);
	index_remove(txn, &was);
	reindex_contacts(txn, &was, &lead);
	if (is_ready)
		index_ready(txn, &lead);
	else if (is_sched)
		index_sched(txn, &lead);
	lead_save(txn, &lead);
}

/* --- those that wait */

void lead_updates_init(struct lead_updates *updates, uint32_t max)
{
	*updates = (struct lead_updates){.room = max};
	idset_init(&updates->leads, max);
}

void lead_updates_fini(struct lead_updates *updates)
{
	free(updates->news);
	idset_fini(&updates->leads);
	*updates = (struct lead_updates){.room = updates->room};
}

bool lead_updates_has(const struct lead_updates *updates, uint64_t lead)
{
	return updates->count && idset_has(&updates->leads, lead);
}

int lead_updates_add(struct lead_updates *updates, const struct lead_news *news)
{
	int err;

	if (!updates->news)
		updates->news = calloc(updates->room, sizeof(*news));
	if (!updates->news)
		return -ENOMEM;
	err = idset_add(&updates->leads, news->id);
	if (err < 0)
		return err;
	updates->news[updates->count++] = *news;
	return 0;
}

void lead_updates_write(struct db_txn *txn, const struct lead_updates *updates)
{
	for (uint32_t i = 0; i < updates->count && !txn->err; i++)
		lead_update(txn, &updates->news[i]);
}

void lead_updates_clear(struct lead_updates *updates)
{
	updates->count = 0;
	idset_fini(&updates->leads);
}
