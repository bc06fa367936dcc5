/* campaign_check.c - what a campaign may say of itself (pure) */
#include "campaigns/campaign_leads.h"
#include "campaigns/judge.h"
#include "campaigns/recording.h"

#include "base/clock.h"
#include "base/err.h"

#include <string.h>

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
	if (strspn(campaign->rules, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,") !=
		strlen(campaign->rules))
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
		return say(why, ERR_RANGE,
			"verdicts are reviewed by their recordings: use --record yes and --classify with --review");
	int err = recording_terms_check(&campaign->record, why);
	if (err)
		return err;
	if (!campaign->classify && (campaign->voicemail[0] || campaign->sample_prob > 0 || campaign->count_false_positives))
		return say(why, ERR_RANGE,
			"without classification there are no machines to leave a message on, to sample or to count: use "
			"--classify");
	return 0;
}

int campaign_check(const struct campaign *campaign, char *why)
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
