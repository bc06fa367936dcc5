/* campaign.c - campaigns: names, creation, changes, states */
#include "campaigns/campaign_leads.h"
#include "campaigns/evlog.h"
#include "campaigns/ruling.h"
#include "campaigns/suppress_table.h"
#include "campaigns/tables.h"
#include "campaigns/view.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <string.h>
#include <unistd.h>

struct campaign_change {
	struct campaign campaign;
	enum campaign_state state;
	char *why;
	const char *name; /* of campaign_edit(), and what it does */
	campaign_edit_h *edit;
	void *arg;
	bool repurposed;
};

static const char *const campaign_modes[] = {"progressive", "predictive", "power", "agentless", "preview"};
static const char *const campaign_purposes[] = {"telemarketing", "collections", "other"};
static const char *const legal_windows[LEGAL_WINDOWS] = {"30days", "day", "month"};
static const char *const connect_policies[] = {"classified", "answer"};
static const char *const screener_policies[SCREENER_POLICIES] = {"hangup", "seat", "message"};
static const char *const campaign_states[] = {"stopped", "running", "paused", "finished"};

const char *campaign_mode_name(enum campaign_mode mode)
{
	return (unsigned)mode < CAMPAIGN_MODES ? campaign_modes[mode] : "unknown";
}

const char *campaign_purpose_name(enum campaign_purpose purpose)
{
	return (unsigned)purpose <= PURPOSE_OTHER ? campaign_purposes[purpose] : "unknown";
}

const char *legal_window_name(enum legal_window window)
{
	return (unsigned)window < LEGAL_WINDOWS ? legal_windows[window] : "unknown";
}

bool campaign_overdials(const struct campaign *campaign)
{
	bool wants = campaign->mode == CAMPAIGN_PREDICTIVE || campaign->mode == CAMPAIGN_POWER;

	return wants && (campaign->purpose != PURPOSE_COLLECTIONS || *campaign->overdial_by);
}

const char *connect_policy_name(enum connect_policy policy)
{
	return (unsigned)policy <= CONNECT_ANSWER ? connect_policies[policy] : "unknown";
}

const char *screener_policy_name(enum screener_policy policy)
{
	return (unsigned)policy < SCREENER_POLICIES ? screener_policies[policy] : "unknown";
}

const char *campaign_state_name(enum campaign_state state)
{
	return (unsigned)state <= CAMPAIGN_FINISHED ? campaign_states[state] : "unknown";
}

/* --- create and change */

static int campaign_check_uses(struct db_txn *txn, const struct campaign *campaign, char *why)
{
	struct db_key trunk = key_text(campaign->trunk);
	struct list list;

	if (!db_get(txn, T_TRUNK, &trunk, NULL))
		return say(why, ERR_UNKNOWN, "there is no trunk \"%s\"; 'outdial trunk list' shows all", campaign->trunk);
	for (uint32_t i = 0; i < campaign->list_count; i++)
		if (!list_load(txn, campaign->lists[i].list, &list))
			return say(why, ERR_UNKNOWN, "there is no list number %u", campaign->lists[i].list);
	return rules_allow(txn, campaign, why) ? 0 : ERR_RANGE; /* its packs are loaded, and let it ring so long */
}

static bool campaign_named(struct db_txn *txn, const char *name, struct campaign *out)
{
	struct db_key key = key_text(name);
	struct db_view view;

	if (!key.count || !db_get(txn, T_CAMPAIGN_NAME, &key, &view) || view.bytes != 4)
		return false;
	return campaign_load(txn, db_view_u32(&view), out);
}

static int campaign_create_in(struct db_txn *txn, void *arg)
{
	struct campaign_change *change = arg;
	struct campaign *campaign = &change->campaign;
	struct db_key name = key_text(campaign->name), key, id;
	int err = campaign_check_uses(txn, campaign, change->why);

	if (err)
		return err;
	if (db_get(txn, T_CAMPAIGN_NAME, &name, NULL))
		return say(change->why, ERR_EXISTS, "there is a campaign \"%s\" already", campaign->name);
	campaign->id = db_last(txn, T_CAMPAIGN, &key, NULL) ? db_key_u32_at(&key, 0) + 1 : 1;
	id = key_u32(campaign->id);
	db_put(txn, T_CAMPAIGN_NAME, &name, id.bytes, id.count);
	view_sync(txn, NULL, campaign);
	campaign_save(txn, campaign);
	evlog_campaign(txn, campaign, EVLOG_CREATED);
	if (!campaign_leads_plain(campaign))
		evlog_campaign_leads(txn, campaign);
	store_touch(txn);
	return 0;
}

/* Refusals have their sentence; the rest is the environment's. */
static int campaign_said(int err, char *why)
{
	if (!err || err == ERR_UNKNOWN || err == ERR_EXISTS || err == ERR_WRONG_STATE || err == ERR_RANGE)
		return err;
	return say(why, err, "the campaign was not stored: %s", err_text(err));
}

int campaign_create(struct store *store, struct campaign *campaign, char *why)
{
	struct campaign_change change = {.campaign = *campaign, .why = why};
	int err;

	campaign_leads_normal(&change.campaign);
	err = campaign_check(&change.campaign, why);
	if (err)
		return err;
	change.campaign.state = CAMPAIGN_STOPPED;
	change.campaign.created_us = clock_us();
	change.campaign.first_dial_us = 0;
	err = db_change(store->db, campaign_create_in, &change);
	if (!err) {
		*campaign = change.campaign;
		err = terms_note_files(store, campaign);
	}
	return campaign_said(err, why);
}

static bool campaign_seated(struct db_txn *txn, const char *team)
{
	struct db_key key, from = db_key_empty();
	struct db_view view;
	bool there = db_seek(txn, T_SEAT, &from, &key, &view);

	for (; there; there = db_step(txn, T_SEAT, &key, &view)) {
		struct dec dec = dec_start(view.data, view.bytes, 1);
		char name[64], of[NAME_BYTES];

		dec_text(&dec, name, sizeof(name));
		dec_text(&dec, of, sizeof(of));
		if (record_ok(txn, &dec) && strcmp(of, team) == 0)
			return true;
	}
	return false;
}

static int campaign_may_run(struct db_txn *txn, const struct campaign *campaign, char *why)
{
	int err = campaign_check_uses(txn, campaign, why);

	if (!err)
		err = callerid_may_run(txn, campaign, why);
	if (err)
		return err == ERR_UNKNOWN ? ERR_WRONG_STATE : err;
	bool informs = campaign->mode != CAMPAIGN_PROGRESSIVE && campaign->mode != CAMPAIGN_PREVIEW;

	if (informs && !*campaign->message)
		return say(why, ERR_WRONG_STATE, "%s mode needs a message for people %s: set one with --message FILE.wav",
			campaign_mode_name(campaign->mode),
			campaign->mode == CAMPAIGN_AGENTLESS ? "who answer" : "for whom no seat is free");
	if (informs && access(campaign->message, R_OK) != 0)
		return say(why, ERR_WRONG_STATE, "the message %.90s cannot be read", campaign->message);
	if (*campaign->voicemail && access(campaign->voicemail, R_OK) != 0)
		return say(why, ERR_WRONG_STATE, "the voicemail message %.90s cannot be read", campaign->voicemail);
	if (campaign->mode != CAMPAIGN_AGENTLESS && !campaign_seated(txn, campaign->team))
		return say(why, ERR_WRONG_STATE, "the team \"%s\" has no seats: add one with 'outdial seat add'", campaign->team);
	return campaign_leads_may_run(txn, campaign, why);
}

/* State has its own function with its own checks, so a change made from an older copy cannot start a campaign that was just
 * stopped. */
static int campaign_store(struct db_txn *txn, const struct campaign *old, struct campaign *campaign, char *why)
{
	int err;

	memcpy(campaign->name, old->name, sizeof(old->name));
	campaign->state = old->state;
	campaign->created_us = old->created_us;
	campaign->first_dial_us = old->first_dial_us;
	campaign_leads_normal(campaign);
	err = campaign->state == CAMPAIGN_RUNNING ? campaign_may_run(txn, campaign, why)
						  : campaign_check_uses(txn, campaign, why);
	if (err)
		return err;
	view_sync(txn, old, campaign);
	campaign_save(txn, campaign);
	evlog_campaign(txn, campaign, EVLOG_CHANGED);
	if (!campaign_leads_same(old, campaign))
		evlog_campaign_leads(txn, campaign);
	store_touch(txn);
	return 0;
}

static int campaign_update_in(struct db_txn *txn, void *arg)
{
	struct campaign_change *change = arg;
	struct campaign campaign = change->campaign, old;

	if (!campaign_load(txn, campaign.id, &old))
		return say(change->why, ERR_UNKNOWN, "there is no campaign number %u", campaign.id);
	change->repurposed = campaign.purpose != old.purpose;
	return campaign_store(txn, &old, &campaign, change->why);
}

/* What follows a change that is stored. Some lists are about telemarketing only, so leads may be put aside no longer. */
static int campaign_changed(struct store *store, const struct campaign_change *change, char *why)
{
	int err = change->repurposed ? suppress_return(store, clock_us(), NULL) : 0;

	return campaign_said(err ? err : terms_note_files(store, &change->campaign), why);
}

int campaign_update(struct store *store, const struct campaign *campaign, char *why)
{
	struct campaign_change change = {.campaign = *campaign, .why = why};
	int err;

	campaign_leads_normal(&change.campaign);
	err = campaign_check(&change.campaign, why);
	if (!err)
		err = campaign_said(db_change(store->db, campaign_update_in, &change), why);
	return err ? err : campaign_changed(store, &change, why);
}

static int campaign_edit_in(struct db_txn *txn, void *arg)
{
	struct campaign_change *change = arg;
	struct campaign old;
	int err;

	if (!campaign_named(txn, change->name, &old))
		return say(change->why, ERR_UNKNOWN, "there is no campaign \"%.47s\"; 'outdial campaign list' shows all",
			change->name);
	change->campaign = old;
	err = change->edit(&change->campaign, change->arg);
	if (err)
		return err;
	campaign_leads_normal(&change->campaign);
	err = campaign_check(&change->campaign, change->why);
	change->repurposed = change->campaign.purpose != old.purpose;
	return err ? err : campaign_store(txn, &old, &change->campaign, change->why);
}

int campaign_edit(struct store *store, const char *name, campaign_edit_h *edit, void *arg, struct campaign *out, char *why)
{
	struct campaign_change change = {.name = name, .edit = edit, .arg = arg, .why = why};
	int err = campaign_said(db_change(store->db, campaign_edit_in, &change), why);

	if (!err && out)
		*out = change.campaign;
	return err ? err : campaign_changed(store, &change, why);
}

static int campaign_check_state(struct db_txn *txn, const struct campaign *campaign, enum campaign_state state, char *why)
{
	if (state == CAMPAIGN_RUNNING)
		return campaign_may_run(txn, campaign, why);
	if (state == CAMPAIGN_PAUSED && campaign->state != CAMPAIGN_RUNNING)
		return say(why, ERR_WRONG_STATE, "only a running campaign can be paused; \"%s\" is %s", campaign->name,
			campaign_state_name(campaign->state));
	if (state == CAMPAIGN_FINISHED && campaign->state != CAMPAIGN_RUNNING)
		return say(why, ERR_WRONG_STATE, "only a running campaign can finish; \"%s\" is %s", campaign->name,
			campaign_state_name(campaign->state));
	return (unsigned)state <= CAMPAIGN_FINISHED ? 0 : ERR_RANGE;
}

static int campaign_set_state_in(struct db_txn *txn, void *arg)
{
	struct campaign_change *change = arg;
	struct campaign campaign;
	int err;

	if (!campaign_named(txn, change->campaign.name, &campaign))
		return say(change->why, ERR_UNKNOWN, "there is no campaign \"%.47s\"; 'outdial campaign list' shows all",
			change->campaign.name);
	if (campaign.state == change->state)
		return 0;
	err = campaign_check_state(txn, &campaign, change->state, change->why);
	if (err)
		return err;
	campaign.state = change->state;
	campaign_save(txn, &campaign);
	evlog_campaign(txn, &campaign, EVLOG_STATE);
	store_touch(txn);
	return 0;
}

int campaign_set_state(struct store *store, const char *name, enum campaign_state state, char *why)
{
	struct campaign_change change = {.state = state, .why = why};

	text_copy(change.campaign.name, sizeof(change.campaign.name), name);
	/* a file may have changed under its name */
	if (state == CAMPAIGN_RUNNING && campaign_get(store, name, &change.campaign) == 0) {
		int err = terms_note_files(store, &change.campaign);

		if (err)
			return campaign_said(err, why);
	}
	return campaign_said(db_change(store->db, campaign_set_state_in, &change), why);
}

/* --- reading */

int campaign_get(struct store *store, const char *name, struct campaign *out)
{
	struct db_txn txn;
	bool there;

	db_read_begin(store->db, &txn);
	there = campaign_named(&txn, name, out);
	return read_found(&txn, there);
}

int campaign_get_id(struct store *store, uint32_t id, struct campaign *out)
{
	struct db_txn txn;
	bool there;

	db_read_begin(store->db, &txn);
	there = campaign_load(&txn, id, out);
	return read_found(&txn, there);
}

int campaign_next(struct store *store, const char *after, struct campaign *out)
{
	struct db_key key;
	struct db_txn txn;
	struct db_view view;
	char name[NAME_BYTES];
	bool there;

	db_read_begin(store->db, &txn);
	there = name_after(&txn, T_CAMPAIGN_NAME, after, &key, &view);
	if (there) {
		text_copy_n(name, sizeof(name), (const char *)key.bytes, key.count);
		there = campaign_named(&txn, name, out);
	}
	return read_found(&txn, there);
}
