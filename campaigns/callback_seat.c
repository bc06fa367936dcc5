/* callback_seat.c - callbacks that are a seat's own: their index, what of it is due, and giving them to the team */
#include "campaigns/callback.h"

#include "campaigns/evlog.h"
#include "campaigns/retry.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"

#include <string.h>

#define RELEASE_MAX 200 /* leads of one transaction */

/* --- the index */

static struct db_key seat_first(const char *seat)
{
	struct db_key key = key_text(seat);

	key.bytes[key.count++] = '\0';
	return key;
}

static struct db_key seat_key_at(const char *seat, int64_t at_us, uint64_t lead)
{
	struct db_key key = seat_first(seat);

	db_key_u32(&key, (uint32_t)(at_us / SEC_US));
	db_key_u64(&key, lead);
	return key;
}

static struct db_key seat_key(const struct lead *lead)
{
	return seat_key_at(lead->callback_seat, lead->callback_us, lead->id);
}

void callback_seat_put(struct db_txn *txn, const struct lead *lead)
{
	struct db_key key;

	if (!lead->callback_own)
		return;
	key = seat_key(lead);
	db_put(txn, T_CALLBACK_SEAT, &key, "", 0);
}

void callback_seat_del(struct db_txn *txn, const struct lead *lead)
{
	struct db_key key;

	if (!lead->callback_own)
		return;
	key = seat_key(lead);
	db_del(txn, T_CALLBACK_SEAT, &key);
}

struct seat_entry {
	struct db_key first, key;
	int64_t at_us;
	uint64_t lead;
};

/* What was found, if it is the seat's. */
static bool seat_entry_found(struct seat_entry *entry, bool there)
{
	if (!there || memcmp(entry->key.bytes, entry->first.bytes, entry->first.count) != 0)
		return false;
	entry->at_us = db_key_u32_at(&entry->key, entry->first.count) * SEC_US;
	entry->lead = db_key_u64_at(&entry->key, entry->first.count + 4);
	return true;
}

/* The seat's first entry, or with `again` the one behind entry->key. */
static bool seat_next_entry(struct db_txn *txn, struct seat_entry *entry, bool again)
{
	return seat_entry_found(entry, again ? db_step(txn, T_CALLBACK_SEAT, &entry->key, NULL)
					     : db_seek(txn, T_CALLBACK_SEAT, &entry->first, &entry->key, NULL));
}

int callback_count_own(struct store *store, const char *seat, uint64_t *count)
{
	struct seat_entry entry = {.first = seat_first(seat)};
	struct db_txn txn;

	*count = 0;
	db_read_begin(store->db, &txn);
	for (bool there = seat_next_entry(&txn, &entry, false); there; there = seat_next_entry(&txn, &entry, true))
		++*count;
	return db_read_end(&txn);
}

int64_t callback_team_us(const struct lead *lead)
{
	if (!lead->callback_own)
		return 0;
	return lead->due_us < RETRY_NEVER_US ? lead->due_us : -1;
}

/* --- what is due */

/* May one of the campaigns dial it, or is there nothing more to be done with it, which the claim then finds, too? */
static bool seat_try(struct store *store, struct db_txn *txn, struct callback_search *search, uint64_t id)
{
	struct campaign campaign;
	struct lead lead;

	if (!lead_load(txn, id, &lead)) {
		txn->err = txn->err ? txn->err : ERR_STORE; /* an entry without its lead */
		return false;
	}
	for (uint32_t i = 0; i < search->campaign_count; i++) {
		if (!campaign_load(txn, search->campaigns[i], &campaign))
			continue;
		struct claim_view view = claim_check(store, txn, &campaign, &lead, search->seat, search->now_us);

		if (view.reason != CLAIM_OK && !claim_ends(&view))
			continue;
		search->campaign = campaign.id;
		search->lead = id;
		return true;
	}
	return false;
}

/* The first behind a place, which need not be there any more. */
static bool seat_entry_behind(struct db_txn *txn, struct seat_entry *entry, const char *seat, const struct callback_place *place)
{
	struct db_key from = seat_key_at(seat, place->at_us, place->lead + 1);

	return seat_entry_found(entry, db_seek(txn, T_CALLBACK_SEAT, &from, &entry->key, NULL));
}

int callback_search(struct store *store, struct callback_search *search)
{
	struct seat_entry entry = {.first = seat_first(search->seat)};
	struct db_txn txn;
	bool found = false, there;
	uint32_t looks = 0;

	search->waits = search->after.lead != 0; /* those that an earlier search passed over */
	search->next_us = 0;
	db_read_begin(store->db, &txn);
	there = seat_entry_behind(&txn, &entry, search->seat, &search->after);
	for (; there && entry.at_us <= search->now_us && !found && looks < CALLBACK_LOOKS_MAX; looks++) {
		search->waits = true;
		found = seat_try(store, &txn, search, entry.lead);
		search->after = (struct callback_place){entry.at_us, entry.lead};
		there = !txn.err && seat_next_entry(&txn, &entry, true);
	}
	if (there && entry.at_us > search->now_us)
		search->next_us = entry.at_us;
	if (!there || search->next_us)
		search->after = (struct callback_place){0};
	return read_found(&txn, found);
}

/* --- to the team */

struct seat_release {
	const char *seat;
	uint64_t count;
	bool more;
};

/* An entry goes with its lead's place, so the next one is the first again. */
static int release_in(struct db_txn *txn, void *arg)
{
	struct seat_release *release = arg;
	struct seat_entry entry = {.first = seat_first(release->seat)};
	int64_t now_us = clock_us();
	struct lead lead;

	release->count = 0;
	release->more = false;
	while (seat_next_entry(txn, &entry, false)) {
		release->more = release->count == RELEASE_MAX;
		if (release->more)
			break;
		if (!lead_load(txn, entry.lead, &lead))
			return ERR_STORE;
		index_remove(txn, &lead);
		lead.due_us = lead.callback_us;
		lead.callback_own = false;
		lead_settle(txn, &lead, lead.state, now_us);
		evlog_callback(txn, &lead);
		release->count++;
	}
	store_touch(txn);
	return 0;
}

int callback_release(struct store *store, const char *seat, uint64_t *count, char *why)
{
	struct seat_release release = {.seat = seat, .more = true};
	int err = store_name_ok(seat) ? 0 : say(why, ERR_RANGE, "\"%.47s\" is no name of a seat", seat);

	*count = 0;
	while (!err && release.more) {
		err = db_change(store->db, release_in, &release);
		if (err)
			say(why, err, "the callbacks were not given to the team: %s", err_text(err));
		else
			*count += release.count;
	}
	return err;
}
