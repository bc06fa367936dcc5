/* rules.c - rule packs in the store; see rules.h */
#include "campaigns/rules.h"

#include "campaigns/evlog.h"
#include "campaigns/tables.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rules_loading {
	const struct rulepack *pack;
	const char *text;
	size_t bytes;
	bool changed;
};

static struct db_key archive_key(const struct rulepack *pack)
{
	char name[NAME_BYTES + 20];

	snprintf(name, sizeof(name), "%.40s@%.16s", pack->name, pack->sha256);
	return key_text(name);
}

static int rules_load_in(struct db_txn *txn, void *arg)
{
	struct rules_loading *loading = arg;
	struct db_key key = key_text(loading->pack->name);
	struct db_view view;

	loading->changed = !db_get(txn, T_RULES, &key, &view) || view.bytes != loading->bytes ||
			   memcmp(view.data, loading->text, view.bytes) != 0;
	if (!loading->changed)
		return 0;
	db_put(txn, T_RULES, &key, loading->text, loading->bytes);
	key = archive_key(loading->pack);
	db_put(txn, T_RULES, &key, loading->text, loading->bytes);
	meta_add(txn, "rules_version", 1);
	evlog_rules(txn, loading->pack);
	store_touch(txn);
	return 0;
}

int rules_load(struct store *store, const char *text, size_t bytes, struct rules_receipt *receipt, char why[PACK_WHY_BYTES])
{
	struct rules_loading loading = {.text = text, .bytes = bytes};
	struct rulepack *pack;
	int err = rulepack_parse(&pack, text, bytes, why);

	if (err)
		return err;
	loading.pack = pack;
	err = db_change(store->db, rules_load_in, &loading);
	if (err)
		snprintf(why, PACK_WHY_BYTES, "the rule pack was not stored: %s", err_text(err));
	text_copy(receipt->name, sizeof(receipt->name), pack->name);
	text_copy(receipt->version, sizeof(receipt->version), pack->version);
	text_copy(receipt->sha256, sizeof(receipt->sha256), pack->sha256);
	receipt->rules = pack->rule_count;
	receipt->changed = loading.changed;
	rulepack_free(pack);
	return err;
}

int rules_load_builtin(struct store *store, uint32_t *changed, char why[PACK_WHY_BYTES])
{
	struct rules_receipt receipt;
	int err = 0;

	*changed = 0;
	for (const struct rules_builtin *one = rules_builtin; one->name && !err; one++) {
		err = rules_load(store, one->text, strlen(one->text), &receipt, why);
		*changed += !err && receipt.changed;
	}
	return err;
}

int rules_get(struct store *store, const char *name, struct rulepack **pack, char **text)
{
	struct db_key key = key_text(name);
	char why[PACK_WHY_BYTES], *copy = NULL;
	struct db_view view;
	struct db_txn txn;
	bool there;
	int err;

	db_read_begin(store->db, &txn);
	there = key.count && db_get(&txn, T_RULES, &key, &view);
	if (there)
		copy = strndup((const char *)view.data, view.bytes);
	err = read_found(&txn, there);
	if (!err && !copy)
		err = -ENOMEM;
	if (!err)
		err = rulepack_parse_kept(pack, copy, strlen(copy), why);
	if (!err && text) {
		*text = copy;
		return 0;
	}
	free(copy);
	return err;
}

int rules_next(struct store *store, const char *after, char name[NAME_BYTES])
{
	struct db_view view;
	struct db_txn txn;
	struct db_key key;
	bool there;

	text_copy(name, NAME_BYTES, after);
	db_read_begin(store->db, &txn);
	there = name_after(&txn, T_RULES, name, &key, &view);
	while (there && memchr(key.bytes, '@', key.count))
		there = db_step(&txn, T_RULES, &key, &view);
	if (there)
		text_copy_n(name, NAME_BYTES, (const char *)key.bytes, key.count);
	return read_found(&txn, there);
}
