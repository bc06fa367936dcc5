/* dedupe.c - see dedupe.h */
#include "campaigns/dedupe.h"
#include "base/err.h"

#include <stdio.h>
#include <string.h>

static const char *const scopes[IMPORT_SCOPES] = {
	[IMPORT_FILE] = "file", [IMPORT_LIST] = "list", [IMPORT_CAMPAIGN] = "campaign", [IMPORT_STORE] = "store"};

const char *import_scope_name(enum import_scope scope)
{
	return scopes[scope];
}

int dedupe_init(struct dedupe *dedupe, const struct import_options *options, char why[400])
{
	const char *scope = options->scope ? options->scope : "list", *duplicates = options->duplicates ? options->duplicates : "skip";
	int i;

	*dedupe = (struct dedupe){.keep = strcmp(duplicates, "keep") == 0};
	for (i = 0; i < IMPORT_SCOPES && strcmp(scopes[i], scope) != 0; i++)
		continue;
	dedupe->scope = (enum import_scope)i;
	if (i == IMPORT_SCOPES)
		snprintf(why, 400, "--dedupe %.40s: say file, list, campaign or store", scope);
	else if (!dedupe->keep && strcmp(duplicates, "skip") != 0)
		snprintf(why, 400, "--duplicates %.40s: say skip or keep", duplicates);
	else
		return 0;
	return ERR_RANGE;
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

enum import_scope dedupe_distance(const struct dedupe *dedupe, uint32_t list)
{
	return list == dedupe->list ? IMPORT_LIST : is_near(dedupe, list) ? IMPORT_CAMPAIGN : IMPORT_STORE;
}
