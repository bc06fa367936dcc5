/* callback.c - see callback.h */
#include "campaigns/callback.h"

#include "campaigns/evlog.h"
#include "campaigns/retry.h"
#include "campaigns/tables.h"
#include "campaigns/where_value.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <string.h>

struct callback_change {
	struct store *store;
	uint64_t lead;
	int64_t at_us; /* 0: cancel */
	const char *seat;
	char *why;
	bool own;
	int64_t grace_us;
	const char *team; /* of the seat, own only */
};

/* --- time */

static const struct zones *callback_zones(struct store *store, const struct lead *lead)
{
	const struct zones *zones;
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	zones = zones_get(store, &txn, lead->zones);
	return db_read_end(&txn) == 0 ? zones : NULL;
}

/* A time that the clocks jump over is taken as after the jump; of one that comes twice, the first. */
static int64_t callback_utc_s(const struct tz *tz, int64_t local_s)
{
	int64_t early_s = local_s - tz_at(tz, local_s - 86400).offset_s, late_s = local_s - tz_at(tz, local_s + 86400).offset_s;

	return late_s + tz_at(tz, late_s).offset_s == local_s && early_s + tz_at(tz, early_s).offset_s != local_s ? late_s
														  : early_s;
}

int callback_time(struct store *store, const struct lead *lead, const char *text, int64_t *at_us, char *why)
{
	const struct zones *zones;
	struct where_moment moment;

	if (!where_moment(text, &moment) || moment.whole_day)
		return ERR_SYNTAX;
	zones = callback_zones(store, lead);
	if (!zones)
		return say(why, ERR_RANGE,
			"the person's time zone is not known, so the lead is never dialled: add a zone column to the list");
	if (zones->count > 1)
		return say(why, ERR_RANGE, "the person may be in %s or %s: give the time with Z or an offset such as -05:00",
			tz_name(zones->zone[0]), tz_name(zones->zone[1]));
	*at_us = callback_utc_s(zones->zone[0], moment.moment_s) * SEC_US;
	return 0;
}

void callback_local(struct store *store, const struct lead *lead, char out[32])
{
	const struct zones *zones = callback_zones(store, lead);

	out[0] = '\0';
	if (zones && zones->count == 1)
		window_local_text(zones->zone[0], lead->callback_us, out);
}

/* --- changes */

/* May some campaign that dials its list still try it? */
static bool callback_attempts_left(struct db_txn *txn, const struct lead *lead)
{
	struct db_key from = db_key_empty(), key;
	struct campaign campaign;
	bool there;

	for (there = db_seek(txn, T_CAMPAIGN, &from, &key, NULL); there; there = db_step(txn, T_CAMPAIGN, &key, NULL))
		if (campaign_load(txn, db_key_u32_at(&key, 0), &campaign) && campaign_dials(&campaign, lead->list) &&
			lead->attempts + (lead->state == LEAD_ACTIVE) < campaign.attempts_max)
			return true;
	return false;
}

static int callback_may(struct db_txn *txn, const struct lead *lead, const struct callback_change *change)
{
	bool abandoned = outcome_facts(lead->last_outcome)->abandoned || lead->last_outcome == OUTCOME_UNKNOWN_CRASH;

	struct list list;

	if (change->at_us && list_load(txn, lead->list, &list) && list.state >= LIST_REMOVING)
		return say(change->why, ERR_WRONG_STATE, "its list \"%s\" is %s", list.name, list_state_name(list.state));
	if (lead->state == LEAD_ACTIVE && change->at_us == 0)
		return say(change->why, ERR_WRONG_STATE, "a call to this lead is under way: try again when it is over");
	if (lead->state == LEAD_SUPPRESSED)
		return say(change->why, ERR_WRONG_STATE, "its numbers are on the do-not-call list");
	if (change->at_us == 0)
		return lead->callback_us ? 0 : say(change->why, ERR_WRONG_STATE, "this lead has no callback");
	if (retry_phone(lead, 0) == lead->phone_count)
		return say(change->why, ERR_WRONG_STATE, "all of its numbers are dead");
	if (!callback_attempts_left(txn, lead))
		return say(change->why, ERR_WRONG_STATE, "no campaign has an attempt left for it after %u: raise --attempts",
			lead->attempts);
	if (abandoned && change->at_us < lead->last_us + RETRY_CRASH_S_MIN * SEC_US)
		return say(change->why, ERR_WRONG_STATE, "the last call was abandoned, or may have been: it rests for 72 hours");
	return 0;
}

/* The shortest grace of the campaigns by which the seat may be given it. False: there is none. */
static bool callback_grace(struct db_txn *txn, const struct lead *lead, const char *team, int64_t *grace_us)
{
	struct db_key from = db_key_empty(), key;
	struct campaign campaign;
	bool there, found = false;

	for (there = db_seek(txn, T_CAMPAIGN, &from, &key, NULL); there; there = db_step(txn, T_CAMPAIGN, &key, NULL)) {
		if (!campaign_load(txn, db_key_u32_at(&key, 0), &campaign) || !campaign_dials(&campaign, lead->list) ||
			campaign.mode == CAMPAIGN_AGENTLESS || strcmp(campaign.team, team) != 0)
			continue;
		if (!found || (uint64_t)campaign.callback_grace_us < (uint64_t)*grace_us) /* never is the longest */
			*grace_us = campaign.callback_grace_us;
		found = true;
	}
	return found;
}

static int callback_change_in(struct db_txn *txn, void *arg)
{
	struct callback_change *change = arg;
	int64_t grace_us = 0;
	enum lead_state was;
	struct lead lead;
	int err;

	if (!lead_load(txn, change->lead, &lead))
		return say(change->why, ERR_UNKNOWN, "there is no lead number %llu", (unsigned long long)change->lead);
	err = callback_may(txn, &lead, change);
	if (err)
		return err;
	if (change->own && !callback_grace(txn, &lead, change->team, &grace_us))
		return say(change->why, ERR_WRONG_STATE, "no campaign of team %s, which seat %s is in, dials its list",
			change->team, change->seat);
	was = lead.state;
	index_remove(txn, &lead);
	if (lead.callback_own)
		lead.due_us = lead.callback_us;
	lead.callback_us = change->at_us;
	lead.callback_own = change->own;
	text_copy(lead.callback_seat, sizeof(lead.callback_seat), change->seat);
	if (change->at_us) {
		lead.due_us =
			retry_team_us(change->at_us, change->grace_us == CALLBACK_GRACE_CAMPAIGN ? grace_us : change->grace_us);
		if (was != LEAD_ACTIVE) /* else the end of the call finds it agreed (retry.h) */
			lead.state = LEAD_READY;
	}
	lead_settle(txn, &lead, was, clock_us());
	evlog_callback(txn, &lead);
	store_touch(txn); /* the engine looks again when something is due */
	return 0;
}

static int callback_change(struct callback_change *change)
{
	int err = db_change(change->store->db, callback_change_in, change);

	if (!err || err == ERR_UNKNOWN || err == ERR_WRONG_STATE)
		return err;
	return say(change->why, err, "the callback was not stored: %s", err_text(err));
}

static int callback_agree(struct callback_change *change)
{
	struct seat seat = {0};

	if (change->at_us <= 0 || change->at_us > clock_us() + 366 * DAY_US)
		return say(change->why, ERR_RANGE, "a callback is at most 366 days ahead");
	if ((*change->seat || change->own) && seat_get(change->store, change->seat, &seat) == ERR_UNKNOWN)
		return say(change->why, ERR_UNKNOWN, "there is no seat \"%.47s\"; 'outdial seat list' shows all", change->seat);
	change->team = seat.team;
	return callback_change(change);
}

int callback_add(struct store *store, uint64_t lead, int64_t at_us, const char *seat, char *why)
{
	struct callback_change change = {.store = store, .lead = lead, .at_us = at_us, .seat = seat ? seat : "", .why = why};

	return callback_agree(&change);
}

int callback_add_own(struct store *store, uint64_t lead, int64_t at_us, const char *seat, int64_t grace_us, char *why)
{
	struct callback_change change = {
		.store = store, .lead = lead, .at_us = at_us, .seat = seat, .why = why, .own = true, .grace_us = grace_us};

	return callback_agree(&change);
}

int callback_cancel(struct store *store, uint64_t lead, char *why)
{
	struct callback_change change = {.store = store, .lead = lead, .seat = "", .why = why};

	return callback_change(&change);
}

/* --- reading */

int callback_next(struct store *store, uint64_t after, struct lead *out)
{
	struct db_key from = key_u64(after + 1), key;
	struct db_txn txn;
	bool there;

	if (after == UINT64_MAX)
		return ERR_UNKNOWN;
	db_read_begin(store->db, &txn);
	there = db_seek(&txn, T_CALLBACK, &from, &key, NULL);
	if (there && !lead_load(&txn, db_key_u64_at(&key, 0), out) && !txn.err)
		txn.err = ERR_STORE; /* an entry without its lead */
	return read_found(&txn, there);
}
