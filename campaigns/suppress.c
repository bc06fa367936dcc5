/* suppress.c - suppression lists: their records, made, read, changed and dropped; see suppress.h */
#include "campaigns/suppress_table.h"

#include "campaigns/evlog.h"
#include "campaigns/line.h"
#include "campaigns/number.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SUPPRESS_VERSION 2
#define SUPPRESS_SWEEP_BLOCKS 64

/* name, maximum age, consent, business, telemarketing only, sentence. In the order of precedence. */
static const struct suppress_kind_facts suppress_kinds[SUPPRESS_KINDS] = {
	[SUPPRESS_INTERNAL] = {"internal", 0, false, false, false, "asked us not to call"},
	[SUPPRESS_LITIGATOR] = {"litigator", 0, false, false, false, "is known to sue callers"},
	[SUPPRESS_STATE] = {"state", 31, true, false, true, "is on a state's do-not-call list"},
	[SUPPRESS_NATIONAL] = {"national", 31, true, true, true, "is on a national do-not-call list"},
	[SUPPRESS_TPS] = {"tps", 28, true, false, true, "is registered with the Telephone Preference Service"},
	[SUPPRESS_CTPS] = {"ctps", 28, true, false, true, "is registered with the Corporate Telephone Preference Service"},
	[SUPPRESS_WIRELESS] = {"wireless", 15, true, false, false, "is wireless, and its owner's consent is not known"},
	[SUPPRESS_REASSIGNED] = {"reassigned", 45, false, false, false, "belongs to somebody else now"},
};

static const char *const suppress_scopes[SUPPRESS_SCOPES] = {"everywhere", "country", "state", "campaign", "seller"};

const struct suppress_kind_facts *suppress_kind_facts(enum suppress_kind kind)
{
	return &suppress_kinds[(unsigned)kind < SUPPRESS_KINDS ? kind : SUPPRESS_INTERNAL];
}

enum suppress_kind suppress_kind_by_name(const char *name)
{
	enum suppress_kind kind = 0;

	while (kind < SUPPRESS_KINDS && strcmp(suppress_kinds[kind].name, name) != 0)
		kind++;
	return kind;
}

const char *suppress_scope_name(enum suppress_scope scope)
{
	return (unsigned)scope < SUPPRESS_SCOPES ? suppress_scopes[scope] : "unknown";
}

/* --- records */

static struct db_key suppress_key(uint16_t id)
{
	struct db_key key = db_key_empty();

	db_key_u16(&key, id);
	return key;
}

struct numset suppress_set(uint32_t set)
{
	return (struct numset){.table = T_SUPPRESS_SET, .prefix = key_u32(set)};
}

uint32_t suppress_set_new(struct db_txn *txn)
{
	uint64_t set = meta_get(txn, "suppress_set") + 1;

	if (set > UINT32_MAX && !txn->err)
		txn->err = ERR_FULL;
	meta_set(txn, "suppress_set", set);
	return (uint32_t)set;
}

void suppress_save(struct db_txn *txn, const struct suppress_list *list)
{
	struct db_key key = suppress_key(list->id);
	struct enc enc;

	enc_start(&enc, SUPPRESS_VERSION);
	enc_text(&enc, list->name);
	enc_u8(&enc, (uint8_t)list->kind);
	enc_u8(&enc, (uint8_t)list->scope);
	enc_text(&enc, list->where);
	enc_u32(&enc, list->calling_code);
	enc_u32(&enc, list->max_age_days);
	enc_u32(&enc, list->generation);
	enc_u32(&enc, list->set);
	enc_u32(&enc, list->set_next);
	enc_u32(&enc, list->loads);
	enc_u64(&enc, list->numbers);
	enc_i64(&enc, list->as_of_us);
	enc_i64(&enc, list->loaded_us);
	enc_i64(&enc, list->created_us);
	enc_text(&enc, list->sha256);
	enc_text(&enc, list->source);
	enc_u32(&enc, list->warn_days);
	record_put(txn, T_SUPPRESS, &key, &enc);
}

static bool suppress_decode(struct db_txn *txn, const struct db_key *key, const struct db_view *view, struct suppress_list *out)
{
	uint8_t version;
	struct dec dec = dec_start_upto(view->data, view->bytes, SUPPRESS_VERSION, &version);

	memset(out, 0, sizeof(*out));
	out->id = db_key_u16_at(key, 0);
	dec_text(&dec, out->name, sizeof(out->name));
	out->kind = (enum suppress_kind)dec_u8(&dec);
	out->scope = (enum suppress_scope)dec_u8(&dec);
	dec_text(&dec, out->where, sizeof(out->where));
	out->calling_code = dec_u32(&dec);
	out->max_age_days = dec_u32(&dec);
	out->generation = dec_u32(&dec);
	out->set = dec_u32(&dec);
	out->set_next = dec_u32(&dec);
	out->loads = dec_u32(&dec);
	out->numbers = dec_u64(&dec);
	out->as_of_us = dec_i64(&dec);
	out->loaded_us = dec_i64(&dec);
	out->created_us = dec_i64(&dec);
	dec_text(&dec, out->sha256, sizeof(out->sha256));
	dec_text(&dec, out->source, sizeof(out->source));
	out->warn_days = version >= 2 ? dec_u32(&dec) : SUPPRESS_WARN_DAYS;
	return record_ok(txn, &dec);
}

bool suppress_load_record(struct db_txn *txn, uint16_t id, struct suppress_list *out)
{
	struct db_key key = suppress_key(id);
	struct db_view view;

	return db_get(txn, T_SUPPRESS, &key, &view) && suppress_decode(txn, &key, &view, out);
}

bool suppress_after(struct db_txn *txn, int32_t after, struct suppress_list *out)
{
	struct db_key from = suppress_key((uint16_t)(after + 1)), key;
	struct db_view view;

	return after < UINT16_MAX && db_seek(txn, T_SUPPRESS, &from, &key, &view) && suppress_decode(txn, &key, &view, out);
}

bool suppress_find(struct db_txn *txn, const char *name, struct suppress_list *out)
{
	assert(name != out->name);
	bool there = suppress_after(txn, 0, out);

	while (there && strcmp(out->name, name) != 0)
		there = suppress_after(txn, out->id, out);
	return there;
}

/* --- create, get */

struct suppress_change {
	struct suppress_list list;
	uint64_t number;
	bool listed, was, more;
	int64_t now_us;
	char *why;
};

static int suppress_say(char *why, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int suppress_say(char *why, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, SUPPRESS_WHY_BYTES, fmt, args);
	va_end(args);
	return err;
}

static void suppress_event(struct db_txn *txn, const char *event, const struct suppress_list *list)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, event);

	line_u64(&line, "list", list->id);
	line_text(&line, "list_name", list->name);
	line_text(&line, "kind", suppress_kind_facts(list->kind)->name);
	line_text(&line, "scope", suppress_scope_name(list->scope));
	line_text(&line, "where", list->where);
	line_u64(&line, "max_age_days", list->max_age_days);
	line_u64(&line, "warn_days", list->warn_days);
	evlog_end(txn, seq, &line);
}

static int suppress_create_in(struct db_txn *txn, void *arg)
{
	struct suppress_change *change = arg;
	struct suppress_list other;
	struct db_key last;

	if (suppress_find(txn, change->list.name, &other))
		return suppress_say(change->why, ERR_EXISTS, "there is a suppression list \"%s\" already", change->list.name);
	if (db_count(txn, T_SUPPRESS) >= SUPPRESS_LISTS_MAX)
		return suppress_say(change->why, ERR_FULL,
			"there are %d suppression lists already, no more are checked for a call", SUPPRESS_LISTS_MAX);
	change->list.id = (uint16_t)meta_get(txn, "suppress_last"); /* a number is never given twice: old evidence names it */
	if (db_last(txn, T_SUPPRESS, &last, NULL) && db_key_u16_at(&last, 0) > change->list.id)
		change->list.id = db_key_u16_at(&last, 0);
	if (change->list.id == UINT16_MAX)
		return suppress_say(change->why, ERR_FULL, "no number is left for another suppression list");
	meta_set(txn, "suppress_last", ++change->list.id);
	suppress_save(txn, &change->list);
	suppress_event(txn, "suppress_create", &change->list);
	store_touch(txn);
	return 0;
}

static int suppress_check_where(struct suppress_list *list, char *why)
{
	switch (list->scope) {
	case SUPPRESS_EVERYWHERE:
		return list->where[0] ? suppress_say(why, ERR_RANGE, "a list for everywhere names no place") : 0;
	case SUPPRESS_COUNTRY:
		list->calling_code = phone_lib_calling_code(list->where);
		return list->calling_code ? 0
					  : suppress_say(why, ERR_RANGE,
						    "\"%s\" is no country: write its two capital letters, for example US or GB",
						    list->where);
	case SUPPRESS_US_STATE:
		return place_state_known(list->where)
			       ? 0
			       : suppress_say(why, ERR_RANGE,
					 "\"%s\" is no state of the US: write its two capital letters, for example FL",
					 list->where);
	default:
		return list->where[0] ? 0 : suppress_say(why, ERR_RANGE, "the list's campaigns or sellers are not named");
	}
}

static int suppress_check_warn(uint32_t days, char *why)
{
	return days <= SUPPRESS_WARN_DAYS_MAX
		       ? 0
		       : suppress_say(why, ERR_RANGE, "a warning comes at most %d days before", SUPPRESS_WARN_DAYS_MAX);
}

int suppress_create(struct store *store, struct suppress_list *list, char why[SUPPRESS_WHY_BYTES])
{
	struct suppress_change change = {.why = why};
	int err;

	why[0] = '\0';
	if (!store_name_ok(list->name) || strcmp(list->name, "internal") == 0)
		return suppress_say(why, ERR_RANGE, "a list's name is 1 to %d letters, digits, - _ or ., and not \"internal\"",
			NAME_BYTES - 1);
	if ((unsigned)list->kind >= SUPPRESS_KINDS || list->kind == SUPPRESS_INTERNAL || (unsigned)list->scope >= SUPPRESS_SCOPES)
		return suppress_say(why, ERR_RANGE, "no such kind or scope of a suppression list");
	err = suppress_check_where(list, why);
	if (!err)
		err = suppress_check_warn(list->warn_days, why);
	if (err)
		return err;
	if (list->warn_days == 0)
		list->warn_days = SUPPRESS_WARN_DAYS;
	if (list->max_age_days == 0)
		list->max_age_days = suppress_kind_facts(list->kind)->max_age_days;
	else if (list->max_age_days == SUPPRESS_AGELESS)
		list->max_age_days = 0;
	change.list = *list;
	change.list.created_us = clock_us();
	err = db_change(store->db, suppress_create_in, &change);
	if (!err)
		*list = change.list;
	else if (!why[0])
		suppress_say(why, err, "the list was not stored: %s", err_text(err));
	return err;
}

static int suppress_set_warn_in(struct db_txn *txn, void *arg)
{
	struct suppress_change *change = arg;
	struct suppress_list list;

	if (!suppress_find(txn, change->list.name, &list))
		return suppress_say(change->why, ERR_UNKNOWN, "there is no suppression list \"%s\"", change->list.name);
	list.warn_days = change->list.warn_days;
	suppress_save(txn, &list);
	suppress_event(txn, "suppress_change", &list);
	store_touch(txn);
	return 0;
}

int suppress_set_warn(struct store *store, const char *name, uint32_t days, char why[SUPPRESS_WHY_BYTES])
{
	struct suppress_change change = {.list = {.warn_days = days ? days : SUPPRESS_WARN_DAYS}, .why = why};
	int err = suppress_check_warn(days, why);

	if (strcmp(name, "internal") == 0)
		return suppress_say(why, ERR_RANGE, "internal is the store's own list: it is never too old");
	text_copy(change.list.name, sizeof(change.list.name), name);
	return err ? err : db_change(store->db, suppress_set_warn_in, &change);
}

static bool suppress_internal(struct db_txn *txn, struct suppress_list *out)
{
	memset(out, 0, sizeof(*out));
	text_copy(out->name, sizeof(out->name), "internal");
	out->kind = SUPPRESS_INTERNAL;
	out->numbers = meta_get(txn, "dnc_count");
	return true;
}

int suppress_get(struct store *store, const char *name, struct suppress_list *out)
{
	struct db_txn txn;
	bool there;

	db_read_begin(store->db, &txn);
	there = strcmp(name, "internal") == 0 ? suppress_internal(&txn, out) : suppress_find(&txn, name, out);
	return read_found(&txn, there);
}

int suppress_get_id(struct store *store, uint16_t id, struct suppress_list *out)
{
	struct db_txn txn;
	bool there;

	db_read_begin(store->db, &txn);
	there = id == 0 ? suppress_internal(&txn, out) : suppress_load_record(&txn, id, out);
	return read_found(&txn, there);
}

int suppress_next(struct store *store, uint16_t after, struct suppress_list *out)
{
	struct db_txn txn;
	bool there;

	db_read_begin(store->db, &txn);
	there = suppress_after(&txn, after, out);
	return read_found(&txn, there);
}

/* --- one number */

static int suppress_put_in(struct db_txn *txn, void *arg)
{
	struct suppress_change *change = arg;
	struct suppress_list list;
	struct numset set;

	if (!suppress_load_record(txn, change->list.id, &list))
		return ERR_UNKNOWN;
	if (list.generation == 0) { /* a list that is kept by hand */
		list.generation = 1;
		list.set = suppress_set_new(txn);
		list.loaded_us = change->now_us;
		list.as_of_us = list.max_age_days ? 0 : change->now_us; /* a number does not make a registry complete */
	}
	set = suppress_set(list.set);
	change->was = numset_put(txn, &set, change->number, change->listed);
	if (change->was == change->listed)
		return 0;
	list.numbers += change->listed ? 1 : UINT64_MAX;
	suppress_save(txn, &list);
	struct line line;
	uint64_t seq = evlog_start(txn, &line, change->listed ? "suppress_add" : "suppress_remove");
	char e164[NUMBER_BYTES];

	number_text(change->number, e164);
	line_u64(&line, "list", list.id);
	line_text(&line, "list_name", list.name);
	evlog_about(txn, &line, change->number);
	line_personal(&line, "to", e164);
	evlog_end(txn, seq, &line);
	if (!change->listed)
		dnc_release(txn, change->number, change->now_us);
	store_touch(txn);
	return 0;
}

int suppress_put(struct store *store, const char *name, const char *e164, bool listed, bool *was, char why[SUPPRESS_WHY_BYTES])
{
	struct suppress_change change = {.number = number_of(e164), .listed = listed, .now_us = clock_us()};
	int err = suppress_get(store, name, &change.list);

	why[0] = '\0';
	if (!change.number)
		return suppress_say(why, ERR_RANGE, "\"%.40s\" is no telephone number", e164);
	if (err == ERR_UNKNOWN)
		return suppress_say(why, err, "there is no suppression list \"%.50s\": 'outdial dnc list' shows them", name);
	if (!err && change.list.id == 0)
		return listed ? dnc_add(store, e164, was) : dnc_remove(store, e164, was);
	if (!err)
		err = db_change(store->db, suppress_put_in, &change);
	if (!err && was)
		*was = change.was;
	return err;
}

int suppress_has(struct store *store, const struct suppress_list *list, const char *e164, bool *listed)
{
	struct numset set = suppress_set(list->set);
	uint64_t number = number_of(e164);
	struct db_txn txn;

	if (!number)
		return ERR_RANGE;
	db_read_begin(store->db, &txn);
	*listed = list->id ? numset_has(&txn, &set, number) : dnc_has(&txn, number);
	return db_read_end(&txn);
}

/* --- removal */

static bool suppress_named_set(struct db_txn *txn, uint32_t set)
{
	struct suppress_list list;
	bool named = false;

	for (bool there = suppress_after(txn, 0, &list); there && !named; there = suppress_after(txn, list.id, &list))
		named = list.set == set || list.set_next == set;
	return named;
}

bool suppress_sweep(struct db_txn *txn, uint32_t limit)
{
	struct db_key from = key_u32(0), key;
	uint32_t orphan = 0;

	while (limit && db_seek(txn, T_SUPPRESS_SET, &from, &key, NULL)) {
		uint32_t set = db_key_u32_at(&key, 0);

		if (set != orphan && suppress_named_set(txn, set)) {
			from = key_u32(set + 1);
			continue;
		}
		orphan = set;
		db_del(txn, T_SUPPRESS_SET, &key);
		limit--;
	}
	return limit == 0 && !txn->err;
}

static int suppress_drop_in(struct db_txn *txn, void *arg)
{
	struct suppress_change *change = arg;
	struct suppress_list list;
	struct db_key key;

	if (!suppress_find(txn, change->list.name, &list))
		return suppress_say(change->why, ERR_UNKNOWN,
			"there is no suppression list \"%s\": 'outdial dnc list' shows them", change->list.name);
	key = suppress_key(list.id);
	db_del(txn, T_SUPPRESS, &key);
	suppress_event(txn, "suppress_drop", &list);
	store_touch(txn);
	return 0;
}

static int suppress_sweep_in(struct db_txn *txn, void *arg)
{
	struct suppress_change *change = arg;

	change->more = suppress_sweep(txn, SUPPRESS_SWEEP_BLOCKS);
	return 0;
}

int suppress_drop(struct store *store, const char *name, char why[SUPPRESS_WHY_BYTES])
{
	struct suppress_change change = {.why = why, .more = true};
	int err;

	why[0] = '\0';
	if (strcmp(name, "internal") == 0)
		return suppress_say(
			why, ERR_RANGE, "internal is the store's own list and stays: 'outdial dnc remove' takes numbers off it");
	if (!text_copy(change.list.name, sizeof(change.list.name), name))
		return suppress_say(why, ERR_UNKNOWN, "there is no suppression list of that name");
	err = db_change(store->db, suppress_drop_in, &change);
	while (!err && change.more) {
		err = db_change(store->db, suppress_sweep_in, &change);
		usleep(1000); /* LMDB's lock is not fair: claims come in between */
	}
	return err ? err : suppress_release(store, clock_us(), NULL);
}
