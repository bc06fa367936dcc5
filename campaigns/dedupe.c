/* dedupe.c - see dedupe.h */
#include "campaigns/dedupe.h"
#include "base/err.h"
#include "campaigns/ledger.h"

#include <stdio.h>
#include <string.h>

static const char *const scopes[IMPORT_SCOPES] = {
	[IMPORT_FILE] = "file", [IMPORT_LIST] = "list", [IMPORT_CAMPAIGN] = "campaign", [IMPORT_STORE] = "store"};

static const char *const actions[DEDUPE_ACTIONS] = {
	[DEDUPE_SKIP] = "skip", [DEDUPE_KEEP] = "keep", [DEDUPE_UPDATE] = "update", [DEDUPE_LINK] = "link"};
static const char *const matches[DEDUPE_MATCHES] = {
	[DEDUPE_NUMBER] = "number", [DEDUPE_EXTERNAL] = "external_id", [DEDUPE_ANY] = "any"};

const char *import_scope_name(enum import_scope scope)
{
	return scopes[scope];
}

/* The word's index; `count`: it is none of them. */
static int word_find(const char *const *words, int count, const char *word)
{
	int i;

	for (i = 0; i < count && strcmp(words[i], word) != 0; i++)
		continue;
	return i;
}

int dedupe_init(struct dedupe *dedupe, const struct import_options *options, char why[400])
{
	const char *scope = options->scope ? options->scope : "list",
		   *duplicates = options->duplicates ? options->duplicates : "skip";
	const char *match = options->match ? options->match : "number";

	*dedupe = (struct dedupe){.scope = (enum import_scope)word_find(scopes, IMPORT_SCOPES, scope),
		.action = (enum dedupe_action)word_find(actions, DEDUPE_ACTIONS, duplicates),
		.match = (enum dedupe_match)word_find(matches, DEDUPE_MATCHES, match)};
	if (dedupe->scope == IMPORT_SCOPES)
		snprintf(why, 400, "--dedupe %.40s: say file, list, campaign or store", scope);
	else if (dedupe->action == DEDUPE_ACTIONS)
		snprintf(why, 400, "--duplicates %.40s: say skip, update, link or keep", duplicates);
	else if (dedupe->match == DEDUPE_MATCHES)
		snprintf(why, 400, "--match %.40s: say number, external_id or any", match);
	else
		return 0;
	return ERR_RANGE;
}

bool dedupe_careful(const struct dedupe *dedupe)
{
	return dedupe->action == DEDUPE_UPDATE || dedupe->action == DEDUPE_LINK;
}

static bool is_near(const struct dedupe *dedupe, uint32_t list)
{
	for (uint32_t i = 0; i < dedupe->near_count; i++) {
		if (dedupe->near[i] == list)
			return true;
	}
	return false;
}

static void near_add(struct dedupe *dedupe, uint32_t list)
{
	if (list && list != dedupe->list && !is_near(dedupe, list) && dedupe->near_count < DEDUPE_LISTS)
		dedupe->near[dedupe->near_count++] = list;
}

int dedupe_place(struct dedupe *dedupe, struct store *store, uint32_t list)
{
	struct campaign campaign = {.id = 0};
	int err;

	dedupe->list = list;
	while (!(err = campaign_next(store, campaign.name, &campaign))) {
		if (!campaign_dials(&campaign, list))
			continue;
		near_add(dedupe, campaign.list);
		for (uint32_t i = 0; i < campaign.list_count; i++)
			near_add(dedupe, campaign.lists[i].list);
	}
	return err == ERR_UNKNOWN ? 0 : err;
}

/* How far away a lead of that list is. */
static enum import_scope distance_of(const struct dedupe *dedupe, uint32_t list)
{
	return list == dedupe->list ? IMPORT_LIST : is_near(dedupe, list) ? IMPORT_CAMPAIGN : IMPORT_STORE;
}

/* --- looking */

uint32_t dedupe_keys(const struct dedupe *dedupe, const struct lead *row, uint64_t keys[LEAD_KEYS])
{
	uint32_t count;

	if (dedupe->match == DEDUPE_NUMBER)
		return lead_numbers(row, keys);
	count = lead_keys(row, keys);
	if (count == row->phone_count || dedupe->match == DEDUPE_ANY)
		return count;
	keys[0] = keys[count - 1];
	return 1;
}

/* Keys of external ids are hashes: the id itself decides. */
static bool same_id(const struct lead *row, const struct lead *lead, uint64_t key)
{
	const char *a, *b;

	if (!ledger_is_person(key))
		return true;
	a = lead_field(row, LEAD_EXTERNAL);
	b = lead_field(lead, LEAD_EXTERNAL);
	return a && b && strcmp(a, b) == 0;
}

/* Who is known by a call of a list that was removed makes no row a duplicate: nobody would dial him. */
static bool is_removed(struct db_txn *txn, uint32_t id)
{
	struct list list;

	return list_load(txn, id, &list) && list.state >= LIST_REMOVING;
}

/*
 * A contact without its lead is what a killed upload left; one of the chunk that is collected again is the row itself: both are
 * nowhere.
 */
static enum import_scope look_at(
	const struct dedupe *dedupe, struct db_txn *txn, const struct lead *row, const struct db_key *contact, uint32_t list)
{
	enum import_scope distance = distance_of(dedupe, list);
	uint64_t id = db_key_u64_at(contact, 8);
	struct lead lead;

	if (distance > dedupe->scope && dedupe->scope != IMPORT_FILE)
		return IMPORT_SCOPES;
	if (id - dedupe->chunk_base < dedupe->chunk_count || !lead_load(txn, id, &lead) ||
		!same_id(row, &lead, db_key_u64_at(contact, 0)) || (list != dedupe->list && is_removed(txn, list)))
		return IMPORT_SCOPES;
	if (list == dedupe->list && lead.created_us == dedupe->created_us)
		distance = IMPORT_FILE; /* an earlier chunk */
	return distance > dedupe->scope ? IMPORT_SCOPES : distance;
}

static void look_for(
	const struct dedupe *dedupe, struct db_txn *txn, const struct lead *row, uint64_t key, struct dedupe_hit *hit)
{
	struct db_key from = key_u64(key), contact;
	enum import_scope scope;
	struct db_view view;
	uint64_t id;
	bool there = db_seek(txn, T_CONTACT, &from, &contact, &view);

	for (; there && db_key_u64_at(&contact, 0) == key; there = db_step(txn, T_CONTACT, &contact, &view)) {
		if (view.bytes != 4)
			continue;
		scope = look_at(dedupe, txn, row, &contact, db_view_u32(&view));
		id = db_key_u64_at(&contact, 8);
		if (scope < hit->scope || (scope == hit->scope && scope != IMPORT_SCOPES && id < hit->lead))
			*hit = (struct dedupe_hit){scope, id};
	}
}

void dedupe_look(const struct dedupe *dedupe, struct db_txn *txn, const struct lead *row, struct dedupe_hit *hit)
{
	uint64_t keys[LEAD_KEYS];
	uint32_t count = dedupe_keys(dedupe, row, keys);

	*hit = (struct dedupe_hit){.scope = IMPORT_SCOPES};
	for (uint32_t i = 0; i < count; i++)
		look_for(dedupe, txn, row, keys[i], hit);
}
