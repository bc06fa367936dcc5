/* campaign.c - campaigns: record, ranges, states */
#include "campaigns/evlog.h"
#include "campaigns/ruling.h"
#include "campaigns/tables.h"
#include "campaigns/campaign_leads.h"
#include "campaigns/suppress_table.h"
#include "campaigns/view.h"

#include "campaigns/judge.h"
#include "campaigns/recording.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <string.h>
#include <unistd.h>

#define CAMPAIGN_GRACE_US (15 * 60 * SEC_US) /* as long as a talk and its wrap-up may keep the seat of a personal callback */
#define CAMPAIGN_WEIGHT 10 /* so that a campaign can be given less than the others, too */

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

/* --- record */

/*
 * Behind the fields stand blocks: a tag, a length and fields. A program passes over blocks whose tag it does not know and gives
 * fields that an older program did not write their defaults.
 */
enum { BLOCK_PACING = 1, BLOCK_CLASSIFY, BLOCK_RULES = 5, BLOCK_LEADS = 8, BLOCK_RECORD = 16 };

static void campaign_save_block(struct enc *enc, uint8_t tag, const struct enc *block)
{
	enc_u8(enc, tag);
	enc_blob(enc, block->bytes, (uint16_t)block->count);
}

static void campaign_save_tail(struct enc *enc, const struct campaign *campaign)
{
	struct enc record = {0}, classify = {0}, pacing = {0}, leads = {0}, rules = {0};

	campaign_leads_encode(&leads, campaign);
	campaign_save_block(enc, BLOCK_LEADS, &leads);
	recording_terms_encode(&record, &campaign->record);
	enc_f64(&record, campaign->review_prob);
	campaign_save_block(enc, BLOCK_RECORD, &record);
	enc_u8(&classify, (uint8_t)campaign->connect);
	enc_text(&classify, campaign->voicemail);
	enc_f64(&classify, campaign->sample_prob);
	enc_u8(&classify, campaign->count_false_positives);
	enc_u8(&classify, (uint8_t)campaign->screener);
	campaign_save_block(enc, BLOCK_CLASSIFY, &classify);
	enc_text(&rules, campaign->rules);
	campaign_save_block(enc, BLOCK_RULES, &rules);
	enc_u32(&pacing, campaign->weight);
	enc_u8(&pacing, (uint8_t)campaign->purpose);
	enc_text(&pacing, campaign->overdial_by);
	enc_i64(&pacing, campaign->overdial_us);
	for (int i = 0; i < LEGAL_WINDOWS; i++)
		enc_f64(&pacing, campaign->legal_prob[i]);
	enc_f64(&pacing, campaign->ratio);
	enc_u32(&pacing, campaign->lines_max);
	enc_i64(&pacing, campaign->preview_us);
	enc_u8(&pacing, campaign->preview_dials);
	enc_i64(&pacing, campaign->callback_grace_us);
	campaign_save_block(enc, BLOCK_PACING, &pacing);
}

static void campaign_decode_classify(struct dec *block, struct campaign *out)
{
	out->connect = (enum connect_policy)dec_u8(block);
	dec_text(block, out->voicemail, sizeof(out->voicemail));
	out->sample_prob = dec_f64(block);
	out->count_false_positives = dec_u8(block);
	if (block->at < block->end)
		out->screener = (enum screener_policy)dec_u8(block);
}

static void campaign_defaults_pacing(struct campaign *campaign)
{
	campaign->record.pause_us = 120 * SEC_US;
	campaign->weight = CAMPAIGN_WEIGHT;
	campaign->ratio = 1.5;
	campaign->preview_us = 60 * SEC_US;
	campaign->callback_grace_us = CAMPAIGN_GRACE_US;
	campaign->legal_prob[LEGAL_30_DAYS] = 0.03; /* 16 CFR 310.4(b)(4)(i) */
	campaign->legal_prob[LEGAL_DAY] = campaign->legal_prob[LEGAL_MONTH] = -1;
}

static void campaign_decode_pacing(struct dec *block, struct campaign *out)
{
	if (block->at < block->end)
		out->weight = dec_u32(block);
	if (block->at >= block->end)
		return;
	out->purpose = (enum campaign_purpose)dec_u8(block);
	dec_text(block, out->overdial_by, sizeof(out->overdial_by));
	out->overdial_us = dec_i64(block);
	for (int i = 0; i < LEGAL_WINDOWS; i++)
		out->legal_prob[i] = dec_f64(block);
	if (block->at >= block->end)
		return;
	out->ratio = dec_f64(block);
	out->lines_max = dec_u32(block);
	if (block->at >= block->end)
		return;
	out->preview_us = dec_i64(block);
	out->preview_dials = dec_u8(block);
	if (block->at < block->end)
		out->callback_grace_us = dec_i64(block);
}

static void campaign_load_tail(struct dec *dec, struct campaign *out)
{
	unsigned char bytes[RECORD_BYTES_MAX];

	campaign_defaults_pacing(out);
	while (dec->at < dec->end && !dec->bad) {
		uint8_t tag = dec_u8(dec);
		uint16_t count = dec_blob(dec, bytes, sizeof(bytes));
		struct dec block = {bytes, bytes + count, false};

		if (tag == BLOCK_PACING)
			campaign_decode_pacing(&block, out);
		if (tag == BLOCK_CLASSIFY)
			campaign_decode_classify(&block, out);
		if (tag == BLOCK_RECORD) {
			recording_terms_decode(&block, &out->record);
			out->review_prob = dec_f64(&block);
		}
		if (tag == BLOCK_LEADS)
			campaign_leads_decode(&block, out);
		if (tag == BLOCK_RULES)
			dec_text(&block, out->rules, sizeof(out->rules));
		dec->bad |= block.bad;
	}
}

void campaign_save(struct db_txn *txn, const struct campaign *campaign)
{
	struct db_key key = key_u32(campaign->id);
	struct enc enc;

	enc_start(&enc, 1);
	enc_text(&enc, campaign->name);
	enc_u8(&enc, (uint8_t)campaign->mode);
	enc_u8(&enc, (uint8_t)campaign->state);
	enc_u32(&enc, campaign->list);
	enc_text(&enc, campaign->team);
	enc_text(&enc, campaign->trunk);
	enc_text(&enc, campaign->caller_id);
	enc_text(&enc, campaign->caller_name);
	enc_i64(&enc, campaign->ring_us_max);
	enc_u32(&enc, campaign->attempts_max);
	enc_u8(&enc, OUTCOME_COUNT);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		enc_u32(&enc, (uint32_t)campaign->retry_s[i]);
	enc_u16(&enc, campaign->window.from_min);
	enc_u16(&enc, campaign->window.to_min);
	enc_u8(&enc, campaign->window.weekdays);
	enc_u32(&enc, campaign->priority);
	enc_f64(&enc, campaign->abandon_prob_max);
	enc_i64(&enc, campaign->hold_us);
	enc_i64(&enc, campaign->wrap_us);
	enc_u8(&enc, campaign->classify);
	enc_text(&enc, campaign->message);
	enc_i64(&enc, campaign->created_us);
	enc_i64(&enc, campaign->first_dial_us);
	campaign_save_tail(&enc, campaign);
	record_put(txn, T_CAMPAIGN, &key, &enc);
}

/* A store may know fewer outcomes than this program: the others keep their defaults. */
static void campaign_decode_retry(struct dec *dec, struct campaign *out)
{
	uint8_t known = dec_u8(dec);

	for (int i = 0; i < OUTCOME_COUNT; i++)
		out->retry_s[i] = outcome_facts((enum outcome)i)->retry_s;
	for (int i = 0; i < known; i++) {
		int32_t delay_s = (int32_t)dec_u32(dec);

		if (i < OUTCOME_COUNT)
			out->retry_s[i] = delay_s;
	}
}

bool campaign_load(struct db_txn *txn, uint32_t id, struct campaign *out)
{
	struct db_key key = key_u32(id);
	struct db_view view;
	struct dec dec;

	if (!db_get(txn, T_CAMPAIGN, &key, &view))
		return false;
	dec = dec_start(view.data, view.bytes, 1);
	memset(out, 0, sizeof(*out));
	out->id = id;
	dec_text(&dec, out->name, sizeof(out->name));
	out->mode = (enum campaign_mode)dec_u8(&dec);
	out->state = (enum campaign_state)dec_u8(&dec);
	out->list = dec_u32(&dec);
	dec_text(&dec, out->team, sizeof(out->team));
	dec_text(&dec, out->trunk, sizeof(out->trunk));
	dec_text(&dec, out->caller_id, sizeof(out->caller_id));
	dec_text(&dec, out->caller_name, sizeof(out->caller_name));
	out->ring_us_max = dec_i64(&dec);
	out->attempts_max = dec_u32(&dec);
	campaign_decode_retry(&dec, out);
	out->window.from_min = dec_u16(&dec);
	out->window.to_min = dec_u16(&dec);
	out->window.weekdays = dec_u8(&dec);
	out->priority = dec_u32(&dec);
	out->abandon_prob_max = dec_f64(&dec);
	out->hold_us = dec_i64(&dec);
	out->wrap_us = dec_i64(&dec);
	out->classify = dec_u8(&dec);
	dec_text(&dec, out->message, sizeof(out->message));
	out->created_us = dec_i64(&dec);
	out->first_dial_us = dec_i64(&dec);
	campaign_load_tail(&dec, out);
	campaign_leads_normal(out);
	return record_ok(txn, &dec);
}

/* --- ranges */

void campaign_defaults(struct campaign *campaign)
{
	memset(campaign, 0, sizeof(*campaign));
	campaign->mode = CAMPAIGN_PROGRESSIVE;
	campaign->state = CAMPAIGN_STOPPED;
	campaign->ring_us_max = 25 * SEC_US;
	campaign->attempts_max = 3;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		campaign->retry_s[i] = outcome_facts((enum outcome)i)->retry_s;
	campaign->window = (struct window){.from_min = 9 * 60, .to_min = 20 * 60, .weekdays = 0x3f};
	campaign->priority = 50;
	campaign->abandon_prob_max = 0.03;
	campaign->hold_us = 2 * SEC_US;
	campaign->wrap_us = 30 * SEC_US;
	campaign->classify = true;
	campaign_defaults_pacing(campaign);
}

static int campaign_check_names(const struct campaign *campaign, char *why)
{
	if (!store_name_ok(campaign->name))
		return say(why, ERR_RANGE, "a campaign's name is 1 to %d letters, digits, - _ or .", NAME_BYTES - 1);
	if ((unsigned)campaign->mode >= CAMPAIGN_MODES)
		return say(why, ERR_RANGE, "the mode must be progressive, predictive, power, agentless or preview");
	if (!store_name_ok(campaign->team) && (campaign->mode != CAMPAIGN_AGENTLESS || *campaign->team))
		return say(why, ERR_RANGE, "a campaign needs a team of seats (a name of letters, digits, - _ or .)");
	if (!store_name_ok(campaign->trunk))
		return say(why, ERR_RANGE, "a campaign needs a trunk");
	if (campaign->list == 0)
		return say(why, ERR_RANGE, "a campaign needs a list");
	if (campaign->caller_id[0] == '@' ? !store_name_ok(campaign->caller_id + 1)
					  : strspn(campaign->caller_id, "+0123456789*#") != strlen(campaign->caller_id))
		return say(
			why, ERR_RANGE, "the caller id may have digits and a leading + only, not \"%.19s\"", campaign->caller_id);
	for (const char *c = campaign->caller_name; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f || strchr("\"\\<>", *c))
			return say(why, ERR_RANGE, "the caller name may not have quotes, backslashes, < > or control characters");
	return 0;
}

static int campaign_check_ranges(const struct campaign *campaign, char *why)
{
	if (campaign->ring_us_max < 15 * SEC_US || campaign->ring_us_max > 120 * SEC_US)
		return say(why, ERR_RANGE,
			"the ring time must be 15 to 120 seconds: a call that rings shorter is counted as misuse");
	if (campaign->attempts_max < 1 || campaign->attempts_max > 50)
		return say(why, ERR_RANGE, "the attempts of a lead must be 1 to 50");
	if (!window_ok(&campaign->window))
		return say(why, ERR_RANGE, "the calling window must open before it closes, on at least one weekday");
	if (campaign->priority < 1 || campaign->priority > 100)
		return say(why, ERR_RANGE, "the priority must be 1 to 100");
	if (!(campaign->ratio >= 1 && campaign->ratio <= 5))
		return say(why, ERR_RANGE, "the ratio of lines to free seats must be 1 to 5");
	if (campaign->preview_us < 5 * SEC_US || campaign->preview_us > 120 * SEC_US)
		return say(why, ERR_RANGE, "the preview time must be 5 to 120 seconds");
	if (campaign->callback_grace_us > 30 * DAY_US)
		return say(why, ERR_RANGE, "a personal callback waits for its seat at most 30 days, or for ever");
	if (campaign->weight < 1 || campaign->weight > 1000)
		return say(why, ERR_RANGE, "the weight must be 1 to 1000");
	if (!(campaign->abandon_prob_max >= 0 && campaign->abandon_prob_max <= 0.05))
		return say(why, ERR_RANGE, "the ceiling of abandoned calls must be 0 to 5 percent");
	if (campaign->hold_us < 0 || campaign->hold_us > 2 * SEC_US)
		return say(why, ERR_RANGE, "the hold time must be 0 to 2 seconds: later is an abandoned call");
	if (campaign->wrap_us < 0 || campaign->wrap_us > 3600 * SEC_US)
		return say(why, ERR_RANGE, "the wrap-up time must be 0 (until the agent ends it) to 3600 seconds");
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (campaign->retry_s[i] < -1 || campaign->retry_s[i] > 366 * 86400)
			return say(why, ERR_RANGE, "the retry delay of %s must be 0 seconds to 366 days, or -1 for never",
				outcome_facts((enum outcome)i)->name);
	return 0;
}

static int campaign_check_legal(const struct campaign *campaign, char *why)
{
	bool applies = false;

	if ((unsigned)campaign->purpose > PURPOSE_OTHER)
		return say(why, ERR_RANGE, "the purpose must be telemarketing, collections or other");
	for (int i = 0; i < LEGAL_WINDOWS; i++) {
		if (!(campaign->legal_prob[i] <= 0.05))
			return say(why, ERR_RANGE, "a law's ceiling of abandoned calls must be 0 to 5 percent");
		applies |= campaign->legal_prob[i] >= 0;
	}
	return applies ? 0 : say(why, ERR_RANGE, "one window of a law must apply at least");
}

static int campaign_check_pack_names(const struct campaign *campaign, char *why)
{
	if (strspn(campaign->rules, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,") != strlen(campaign->rules))
		return say(why, ERR_RANGE, "the rules are names of rule packs with commas between them: us-federal,us-states");
	size_t length = strlen(campaign->rules);

	if (length && (campaign->rules[0] == ',' || campaign->rules[length - 1] == ',' || strstr(campaign->rules, ",,")))
		return say(why, ERR_RANGE, "a comma of \"%.60s\" stands beside no rule pack", campaign->rules);
	return 0;
}

static int campaign_check_policy(const struct campaign *campaign, char *why)
{
	if ((unsigned)campaign->connect > CONNECT_ANSWER)
		return say(why, ERR_RANGE, "the connect policy must be classified or answer");
	if ((unsigned)campaign->screener >= SCREENER_POLICIES)
		return say(why, ERR_RANGE, "the policy for call screening must be hangup, seat or message");
	if (campaign->screener == SCREENER_MESSAGE && !campaign->voicemail[0])
		return say(why, ERR_RANGE, "a message for call screening needs the message: give --voicemail FILE, too");
	if (!(campaign->sample_prob >= 0 && campaign->sample_prob <= JUDGE_SHARE_MAX))
		return say(why, ERR_RANGE, "the sample of machine verdicts must be 0 to 20 percent");
	if (!(campaign->review_prob >= 0 && campaign->review_prob <= 1))
		return say(why, ERR_RANGE, "the share of machine verdicts to be listened to must be 0 to 100 percent");
	if (campaign->review_prob > 0 && (!campaign->record.on || !campaign->classify))
		return say(why, ERR_RANGE, "verdicts are reviewed by their recordings: use --record yes and --classify with --review");
	int err = recording_terms_check(&campaign->record, why);
	if (err)
		return err;
	if (!campaign->classify && (campaign->voicemail[0] || campaign->sample_prob > 0 || campaign->count_false_positives))
		return say(why, ERR_RANGE,
			"without classification there are no machines to leave a message on, to sample or to count: use --classify");
	return 0;
}

static int campaign_check(const struct campaign *campaign, char *why)
{
	int err = campaign_check_names(campaign, why);

	if (!err)
		err = campaign_check_ranges(campaign, why);
	if (!err)
		err = campaign_check_legal(campaign, why);
	if (!err)
		err = campaign_check_pack_names(campaign, why);
	if (!err)
		err = campaign_check_policy(campaign, why);
	return err ? err : campaign_leads_check(campaign, why);
}

static int campaign_check_uses(struct db_txn *txn, const struct campaign *campaign, char *why)
{
	struct db_key trunk = key_text(campaign->trunk);
	struct list list;

	if (!db_get(txn, T_TRUNK, &trunk, NULL))
		return say(why, ERR_UNKNOWN, "there is no trunk \"%s\"", campaign->trunk);
	for (uint32_t i = 0; i < campaign->list_count; i++)
		if (!list_load(txn, campaign->lists[i].list, &list))
			return say(why, ERR_UNKNOWN, "there is no list number %u", campaign->lists[i].list);
	return rules_allow(txn, campaign, why) ? 0 : ERR_RANGE; /* its packs are loaded, and let it ring so long */
}

/* --- create and change */

static bool campaign_named(struct db_txn *txn, const char *name, struct campaign *out)
{
	struct db_key key = key_text(name), id = db_key_empty();
	struct db_view view;

	if (!key.count || !db_get(txn, T_CAMPAIGN_NAME, &key, &view) || view.bytes != 4)
		return false;
	memcpy(id.bytes, view.data, 4);
	id.count = 4;
	return campaign_load(txn, db_key_u32_at(&id, 0), out);
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
			campaign_mode_name(campaign->mode), campaign->mode == CAMPAIGN_AGENTLESS ? "who answer" : "for whom no seat is free");
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
	err = campaign->state == CAMPAIGN_RUNNING ? campaign_may_run(txn, campaign, why) : campaign_check_uses(txn, campaign, why);
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
		return say(change->why, ERR_UNKNOWN, "there is no campaign \"%.47s\"", change->name);
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
		return say(change->why, ERR_UNKNOWN, "there is no campaign \"%.47s\"", change->campaign.name);
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
	if (state == CAMPAIGN_RUNNING && campaign_get(store, name, &change.campaign) == 0) { /* a file may have changed under its name */
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
