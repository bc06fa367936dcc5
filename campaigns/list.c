/* list.c - lists of leads and their counts */
#include "campaigns/evlog.h"
#include "campaigns/number.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <string.h>

struct list_change {
	struct list list;
	bool set_state, set_region; /* else the expiry */
	char *why;
};

bool list_load(struct db_txn *txn, uint32_t id, struct list *out)
{
	struct db_key key = key_u32(id);
	struct db_view view;
	struct dec dec;

	if (!db_get(txn, T_LIST, &key, &view))
		return false;
	dec = dec_start(view.data, view.bytes, 1);
	memset(out, 0, sizeof(*out));
	out->id = id;
	dec_text(&dec, out->name, sizeof(out->name));
	dec_text(&dec, out->region, sizeof(out->region));
	out->leads = dec_u64(&dec);
	out->read = dec_u64(&dec);
	out->rejected = dec_u64(&dec);
	out->duplicate = dec_u64(&dec);
	out->done = dec_u64(&dec);
	out->created_us = dec_i64(&dec);
	if (dec.at < dec.end) { /* an earlier program did not write them */
		out->state = (enum list_state)dec_u8(&dec);
		out->expires_us = dec_i64(&dec);
	}
	if (dec.at < dec.end)
		out->removed = dec_u64(&dec);
	return record_ok(txn, &dec);
}

void list_save(struct db_txn *txn, const struct list *list)
{
	struct db_key key = key_u32(list->id);
	struct enc enc;

	enc_start(&enc, 1);
	enc_text(&enc, list->name);
	enc_text(&enc, list->region);
	enc_u64(&enc, list->leads);
	enc_u64(&enc, list->read);
	enc_u64(&enc, list->rejected);
	enc_u64(&enc, list->duplicate);
	enc_u64(&enc, list->done);
	enc_i64(&enc, list->created_us);
	enc_u8(&enc, (uint8_t)list->state);
	enc_i64(&enc, list->expires_us);
	if (list->removed) /* an earlier program reads all others */
		enc_u64(&enc, list->removed);
	record_put(txn, T_LIST, &key, &enc);
}

static int list_create_in(struct db_txn *txn, void *arg)
{
	struct list_change *change = arg;
	struct db_key name = key_text(change->list.name), key, id;

	if (db_get(txn, T_LIST_NAME, &name, NULL))
		return say(change->why, ERR_EXISTS, "there is a list \"%s\" already", change->list.name);
	change->list.id = db_last(txn, T_LIST, &key, NULL) ? db_key_u32_at(&key, 0) + 1 : 1;
	id = key_u32(change->list.id);
	db_put(txn, T_LIST_NAME, &name, id.bytes, id.count);
	list_save(txn, &change->list);
	store_touch(txn);
	return 0;
}

static bool list_region_ok(const char *region)
{
	return !*region || (strlen(region) == 2 && strspn(region, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2);
}

int list_create(struct store *store, const char *name, const char *region, uint32_t *id, char *why)
{
	struct list_change change = {.why = why};
	int err;

	if (!store_name_ok(name))
		return say(why, ERR_RANGE, "a list's name is 1 to %d letters, digits, - _ or .", NAME_BYTES - 1);
	if (region && !list_region_ok(region))
		return say(why, ERR_RANGE, "a region is two capital letters such as CN or US, not \"%.10s\"", region);
	text_copy(change.list.name, sizeof(change.list.name), name);
	text_copy(change.list.region, sizeof(change.list.region), region ? region : "");
	change.list.created_us = clock_us();
	err = db_change(store->db, list_create_in, &change);
	if (err)
		return err == ERR_EXISTS ? err : say(why, err, "the list was not stored: %s", err_text(err));
	if (id)
		*id = change.list.id;
	return 0;
}

static bool list_of_name(struct db_txn *txn, const struct db_view *id, struct list *out)
{
	struct db_key key = {.count = 0};

	if (id->bytes != 4)
		return false;
	memcpy(key.bytes, id->data, 4);
	key.count = 4;
	return list_load(txn, db_key_u32_at(&key, 0), out);
}

int list_get(struct store *store, const char *name, struct list *out)
{
	struct db_key key = key_text(name);
	struct db_txn txn;
	struct db_view view;
	bool there;

	db_read_begin(store->db, &txn);
	there = key.count && db_get(&txn, T_LIST_NAME, &key, &view) && list_of_name(&txn, &view, out);
	return read_found(&txn, there);
}

int list_get_id(struct store *store, uint32_t id, struct list *out)
{
	struct db_txn txn;
	bool there;

	db_read_begin(store->db, &txn);
	there = list_load(&txn, id, out);
	return read_found(&txn, there);
}

int list_next(struct store *store, const char *after, struct list *out)
{
	struct db_key key;
	struct db_txn txn;
	struct db_view view;
	bool there;

	db_read_begin(store->db, &txn);
	there = name_after(&txn, T_LIST_NAME, after, &key, &view) && list_of_name(&txn, &view, out);
	return read_found(&txn, there);
}

/* --- on, off, archived, expired */

const char *list_state_name(enum list_state state)
{
	static const char *const names[] = {"on", "off", "archived", "removing", "removed"};

	return (unsigned)state <= LIST_REMOVED ? names[state] : "unknown";
}

bool list_active(const struct list *list, int64_t now_us)
{
	return list->state == LIST_ON && (list->expires_us == 0 || now_us < list->expires_us);
}

static int list_set_in(struct db_txn *txn, void *arg)
{
	struct list_change *change = arg;
	struct db_key name = key_text(change->list.name);
	struct db_view view;
	struct list list;

	if (!db_get(txn, T_LIST_NAME, &name, &view) || !list_of_name(txn, &view, &list))
		return say(change->why, ERR_UNKNOWN, "there is no list \"%s\"; 'outdial list list' shows all", change->list.name);
	if (list.state >= LIST_REMOVING)
		return say(change->why, ERR_WRONG_STATE, "the list \"%s\" is %s: nothing brings it back", list.name, list_state_name(list.state));
	if (change->set_state && list.state == LIST_ARCHIVED && change->list.state == LIST_ON)
		return say(change->why, ERR_WRONG_STATE,
			"the list \"%s\" is archived: take it back with --state off before it is switched on", list.name);
	if (change->set_state)
		list.state = change->list.state;
	else if (change->set_region)
		text_copy(list.region, sizeof(list.region), change->list.region);
	else
		list.expires_us = change->list.expires_us;
	list_save(txn, &list);
	evlog_list(txn, &list);
	store_touch(txn);
	return 0;
}

static int list_set(struct store *store, const char *name, struct list_change *change)
{
	int err;

	text_copy(change->list.name, sizeof(change->list.name), name);
	err = db_change(store->db, list_set_in, change);
	if (!err || err == ERR_UNKNOWN || err == ERR_WRONG_STATE)
		return err;
	return say(change->why, err, "the list was not stored: %s", err_text(err));
}

int list_set_state(struct store *store, const char *name, enum list_state state, char *why)
{
	struct list_change change = {.list.state = state, .set_state = true, .why = why};

	return list_set(store, name, &change);
}

bool list_region_known(const char *region)
{
	return !*region || (list_region_ok(region) && phone_lib_region(region));
}

int list_set_region(struct store *store, const char *name, const char *region, char *why)
{
	struct list_change change = {.set_region = true, .why = why};

	if (!list_region_known(region))
		return say(why, ERR_RANGE,
			"region \"%.20s\" is not known: write the two capital letters of a country, for example CN, US or GB",
			region);
	text_copy(change.list.region, sizeof(change.list.region), region);
	return list_set(store, name, &change);
}

int list_set_expiry(struct store *store, const char *name, int64_t expires_us, char *why)
{
	struct list_change change = {.list.expires_us = expires_us, .why = why};

	return list_set(store, name, &change);
}
