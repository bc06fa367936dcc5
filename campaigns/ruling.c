/* ruling.c - the packs in force, and what they say about a group of leads; see ruling.h */
#include "campaigns/ruling.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOOK_PACKS_MAX 64
#define RULING_HOURS_MAX 256
#define CACHE_SLOTS 512             /* power of two */
#define CACHE_US_MAX (60 * SEC_US) /* of an answer without an end */

/* --- the packs in force */

struct rulebook {
	uint64_t version;
	uint32_t count;
	struct rulepack *packs[BOOK_PACKS_MAX];
	struct rulebook *before; /* somebody may still look at it */
};

void rulebook_free(struct rulebook *book)
{
	while (book) {
		struct rulebook *before = book->before;

		for (uint32_t i = 0; i < book->count; i++)
			rulepack_free(book->packs[i]);
		free(book);
		book = before;
	}
}

/* A text that this program cannot read is as good as missing: campaigns that name it do not dial. */
static void rulebook_read(struct db_txn *txn, struct rulebook *book)
{
	struct db_key from = db_key_empty(), key;
	char why[PACK_WHY_BYTES];
	struct db_view view;
	bool there = db_seek(txn, T_RULES, &from, &key, &view);

	for (; there && book->count < BOOK_PACKS_MAX; there = db_step(txn, T_RULES, &key, &view)) {
		if (memchr(key.bytes, '@', key.count))
			continue;
		if (rulepack_parse_kept(&book->packs[book->count], (const char *)view.data, view.bytes, why) == 0)
			book->count++;
	}
}

static const struct rulebook *rulebook_get(struct store *store, struct db_txn *txn)
{
	uint64_t version = meta_get(txn, "rules_version");
	struct rulebook *book;

	pthread_mutex_lock(&store->zones_lock);
	book = store->rulebook;
	if (!book || book->version != version) {
		book = calloc(1, sizeof(*book));
		if (book) {
			book->version = version;
			book->before = store->rulebook;
			rulebook_read(txn, book);
			store->rulebook = book;
		} else if (!txn->err) {
			txn->err = -ENOMEM;
		}
	}
	pthread_mutex_unlock(&store->zones_lock);
	return book;
}

static const struct rulepack *rulebook_pack(const struct rulebook *book, const char *name)
{
	for (uint32_t i = 0; book && i < book->count; i++)
		if (strcmp(book->packs[i]->name, name) == 0)
			return book->packs[i];
	return NULL;
}

/*
 * Walks "us-federal,us-states": the next pack of the campaign. False at the end; *pack NULL: it is not in the book, `name` says
 * which.
 */
static bool rulebook_next(const struct rulebook *book, const char **at, const struct rulepack **pack, char name[NAME_BYTES])
{
	size_t length;

	*at += strspn(*at, ",");
	length = strcspn(*at, ",");
	text_copy_n(name, NAME_BYTES, *at, length);
	*at += length;
	*pack = length ? rulebook_pack(book, name) : NULL;
	return length > 0;
}

static bool rule_rings(const struct rule *rule, const struct campaign *campaign)
{
	return rule->kind != RULE_RING || !(rule->purposes >> campaign->purpose & 1) ||
	       (campaign->ring_us_max >= rule->ring_us_min && (!rule->ring_us_max || campaign->ring_us_max <= rule->ring_us_max));
}

/* Are all the packs there, and is the ring time inside of what they allow for this purpose? A sentence when not. */
static bool rulebook_allows(const struct rulebook *book, const struct campaign *campaign, char why[WHY_BYTES])
{
	const struct rulepack *pack;
	const char *at = campaign->rules;
	char name[NAME_BYTES];

	while (rulebook_next(book, &at, &pack, name)) {
		if (!pack) {
			say(why, 0,
				"there is no rule pack \"%s\": 'outdial rules list' shows all, 'outdial rules load FILE' loads "
				"one",
				name);
			return false;
		}
		for (uint32_t i = 0; i < pack->rule_count; i++) {
			const struct rule *rule = &pack->rules[i];

			if (rule_rings(rule, campaign))
				continue;
			say(why, 0, "rule %.40s of %.40s allows a ring time of %d s or more%s, this is %d s", rule->id, name,
				(int)(rule->ring_us_min / SEC_US), rule->ring_us_max ? " up to its maximum" : "",
				(int)(campaign->ring_us_max / SEC_US));
			return false;
		}
	}
	return true;
}

bool rules_allow(struct db_txn *txn, const struct campaign *campaign, char *why)
{
	struct rulebook *book = *campaign->rules ? calloc(1, sizeof(*book)) : NULL;
	char sentence[WHY_BYTES] = "";
	bool allowed;

	if (book)
		rulebook_read(txn, book);
	allowed = rulebook_allows(book, campaign, sentence);
	if (!allowed)
		say(why, 0, "%s", sentence);
	rulebook_free(book);
	return allowed;
}

/* --- a group of leads */

struct gathering {
	const struct campaign *campaign;
	struct ruling *out;
	uint32_t count; /* hours[0] are the campaign's own */
	const struct hours *hours[RULING_HOURS_MAX];
	const struct rule *rules[RULING_HOURS_MAX];
	bool full, covered[PLACES_MAX];
};

static void gather_rule(struct gathering *in, const struct rule *rule)
{
	const struct places *places = &in->out->zones->places;

	if (!rule_applies(rule, places, in->campaign->purpose, NULL))
		return;
	if (rule->kind == RULE_WINDOW && in->count < RULING_HOURS_MAX) {
		in->hours[in->count] = &rule->hours;
		in->rules[in->count++] = rule;
		for (uint32_t k = 0; k < places->count; k++)
			for (uint32_t i = 0; i < rule->place_count; i++)
				in->covered[k] |= place_match(rule->places[i], places->place[k]);
	} else if (rule->kind != RULE_WINDOW && rule->kind != RULE_RING && in->out->counting_count < RULES_COUNTING_MAX) {
		in->out->counting[in->out->counting_count++] = rule;
	} else if (rule->kind != RULE_RING) {
		in->full = true;
	}
}

static void gather(struct gathering *in, const struct rulebook *book)
{
	const struct rulepack *pack;
	const char *at = in->campaign->rules;
	char name[NAME_BYTES];

	while (rulebook_next(book, &at, &pack, name)) {
		size_t used = strlen(in->out->packs);

		snprintf(in->out->packs + used, sizeof(in->out->packs) - used, "%s%s@%s#%.8s", used ? "," : "", pack->name,
			pack->version, pack->sha256);
		for (uint32_t i = 0; i < pack->rule_count; i++)
			gather_rule(in, &pack->rules[i]);
	}
}

/* Every place must be under a window of the packs: a campaign with the rules of one country does not call another. */
static bool covered(const struct gathering *in)
{
	const struct places *places = &in->out->zones->places;

	if (!*in->campaign->rules)
		return true;
	for (uint32_t k = 0; k < places->count; k++) {
		if (in->covered[k])
			continue;
		text_copy(in->out->place, sizeof(in->out->place), places->place[k]);
		return false;
	}
	return places->count > 0;
}

static void decide_hours(struct gathering *in, int64_t now_us)
{
	struct ruling *out = in->out;
	struct hours_state state = hours_at(in->hours, in->count, out->zones->zone, out->zones->count, now_us);

	out->open = state.open;
	out->until_us = state.until_us;
	out->decides = out->zones->zone[state.zone];
	out->rule = in->rules[state.hours];
	out->reason = state.open ? CLAIM_OK : CLAIM_WINDOW;
}

void ruling_make(struct store *store, struct db_txn *txn, const struct campaign *campaign, uint16_t zones, int64_t now_us,
	struct ruling *out)
{
	const struct rulebook *book = *campaign->rules ? rulebook_get(store, txn) : NULL;
	struct hours own = window_hours(&campaign->window);
	struct gathering in = {.campaign = campaign, .out = out, .count = 1};

	memset(out, 0, sizeof(*out));
	in.hours[0] = &own;
	out->zones = zones_get(store, txn, zones);
	if (!out->zones) {
		out->reason = CLAIM_ZONE_UNKNOWN;
		return;
	}
	if (!rulebook_allows(book, campaign, out->problem)) {
		out->reason = CLAIM_RULES;
		return;
	}
	gather(&in, book);
	if (in.full) {
		out->reason = CLAIM_RULES;
		say(out->problem, 0, "more than %d rules about hours or %d others apply at once: name fewer packs",
			RULING_HOURS_MAX, RULES_COUNTING_MAX);
	} else if (!covered(&in)) {
		out->reason = CLAIM_PLACE_UNKNOWN;
	} else {
		decide_hours(&in, now_us);
	}
}

/* --- kept while nothing changes */

struct ruling_slot {
	uint64_t version, tz; /* of the store, and of the time zones' tables */
	uint32_t campaign;
	uint16_t zones;
	int64_t from_us, until_us;
	struct ruling ruling;
};

struct ruling_cache {
	struct ruling_slot slots[CACHE_SLOTS];
};

static bool slot_holds(
	const struct ruling_slot *slot, uint64_t version, const struct campaign *campaign, uint16_t zones, int64_t now_us)
{
	return slot->version == version && slot->tz == tz_generation() && slot->campaign == campaign->id &&
	       slot->zones == zones && slot->from_us <= now_us && now_us < slot->until_us;
}

struct ruling_cache *ruling_cache_alloc(void)
{
	return calloc(1, sizeof(struct ruling_cache));
}

void ruling_cache_free(struct ruling_cache *cache)
{
	free(cache);
}

const struct ruling *ruling_cached(struct ruling_cache *cache, struct store *store, struct db_txn *txn, uint64_t version,
	const struct campaign *campaign, uint16_t zones, int64_t now_us)
{
	struct ruling_slot *slot;

	slot = &cache->slots[(zones + campaign->id * 31) % CACHE_SLOTS];
	if (slot_holds(slot, version, campaign, zones, now_us))
		return &slot->ruling;
	slot->tz = tz_generation();
	ruling_make(store, txn, campaign, zones, now_us, &slot->ruling);
	slot->version = version;
	slot->campaign = campaign->id;
	slot->zones = zones;
	slot->from_us = now_us;
	slot->until_us = slot->ruling.until_us ? slot->ruling.until_us : now_us + CACHE_US_MAX;
	if (txn->err)
		slot->version = 0;
	return &slot->ruling;
}
