/* retry.c - finished, or due again when */
#include "campaigns/retry.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

uint32_t retry_phone(const struct lead *lead, uint32_t from)
{
	for (uint32_t i = 0; i < lead->phone_count; i++) {
		uint32_t index = (from + i) % lead->phone_count;

		if (!lead->phones[index].dead)
			return index;
	}
	return lead->phone_count;
}

static enum disposition_effect retry_effect(const struct attempt *attempt)
{
	const struct disposition *disposition = disposition_by_name(attempt->disposition);

	return disposition ? disposition->effect : DISPOSITION_NOTHING;
}

/* Marks the dialled number dead if it is, and gives the turn to the next. */
static void retry_turn(const struct attempt *attempt, struct lead *lead, bool dead)
{
	for (uint32_t i = 0; i < lead->phone_count; i++) {
		if (strcmp(lead->phones[i].e164, attempt->e164) != 0)
			continue;
		lead->phones[i].dead |= dead;
		lead->phone_next = (i + 1) % lead->phone_count;
	}
	lead->phone_next = retry_phone(lead, lead->phone_next) % (lead->phone_count ? lead->phone_count : 1);
}

/* Whoever was abandoned, or may have been, is not dialled for 72 h. */
static bool retry_rests(const struct attempt *attempt)
{
	return outcome_facts(attempt->outcome)->abandoned || attempt->outcome == OUTCOME_UNKNOWN_CRASH;
}

/* Seconds until the next attempt, -1: the lead is finished. */
static int32_t retry_delay_s(const struct campaign *campaign, const struct attempt *attempt, enum disposition_effect effect)
{
	int32_t delay_s = campaign->retry_s[attempt->outcome];

	switch (effect) {
	case DISPOSITION_DNC:
		return -1;
	case DISPOSITION_RETRY:
	case DISPOSITION_RETRY_OWN:
		return delay_s > 0 ? delay_s : RETRY_CALLBACK_S;
	case DISPOSITION_NUMBER_DEAD: /* another number of the person may be right */
		return outcome_facts(OUTCOME_DEAD_NUMBER)->retry_s;
	case DISPOSITION_MACHINE: /* the outcome is a machine's */
	case DISPOSITION_NOTHING:
		break;
	}
	if (outcome_facts(attempt->outcome)->lead_done)
		return -1;
	if (retry_rests(attempt) && delay_s >= 0 && delay_s < RETRY_CRASH_S_MIN)
		return RETRY_CRASH_S_MIN;
	return delay_s;
}

int64_t retry_team_us(int64_t at_us, int64_t grace_us)
{
	return grace_us < 0 || at_us > RETRY_NEVER_US - grace_us ? RETRY_NEVER_US : at_us + grace_us;
}

/* Due at that time; a callback that is a seat's own for that seat, and for the team after the grace. */
static void retry_due(const struct campaign *campaign, struct lead *lead, int64_t at_us)
{
	lead->due_us = at_us;
	if (!lead->callback_own)
		return;
	lead->callback_us = at_us;
	lead->due_us = retry_team_us(at_us, campaign->callback_grace_us);
}

/* The agent agreed one; or the one that was agreed did not reach the person yet, and is first again. */
static void retry_callback(
	const struct campaign *campaign, const struct attempt *attempt, struct lead *lead, enum disposition_effect effect)
{
	bool reached = outcome_facts(attempt->outcome)->live || effect != DISPOSITION_NOTHING;
	bool word = effect == DISPOSITION_RETRY || effect == DISPOSITION_RETRY_OWN;

	if (word) {
		text_copy(lead->callback_seat, sizeof(lead->callback_seat), attempt->seat);
		lead->callback_own = effect == DISPOSITION_RETRY_OWN && *attempt->seat;
	}
	if (word || (lead->callback_us && !reached)) {
		lead->callback_us = lead->due_us;
		retry_due(campaign, lead, lead->due_us);
	} else {
		lead->callback_us = 0;
		lead->callback_own = false;
	}
}

/* Until when the word `callback` puts off a call of that outcome. */
static int64_t retry_word_us(const struct campaign *campaign, enum outcome outcome, int64_t end_us)
{
	int32_t delay_s = campaign->retry_s[outcome];

	return end_us + (delay_s > 0 ? delay_s : RETRY_CALLBACK_S) * SEC_US;
}

/*
 * A time that somebody agreed since the attempt began: not what the word `callback` made, when it was said while the call still
 * counted as a talk.
 */
static bool retry_agreed(const struct campaign *campaign, const struct attempt *attempt, const struct lead *lead)
{
	if (retry_rests(attempt) && lead->callback_us < attempt->end_us + RETRY_CRASH_S_MIN * SEC_US)
		return false;
	return lead->callback_us > attempt->end_us &&
	       lead->callback_us != retry_word_us(campaign, attempt->outcome, attempt->end_us) &&
	       lead->callback_us != retry_word_us(campaign, OUTCOME_CONNECTED, attempt->end_us);
}

void retry_dispose(const struct campaign *campaign, const struct attempt *attempt, struct lead *lead)
{
	enum disposition_effect effect = retry_effect(attempt);
	int32_t delay_s = retry_delay_s(campaign, attempt, effect);
	bool agreed = effect != DISPOSITION_DNC && retry_agreed(campaign, attempt, lead);

	retry_turn(attempt, lead, outcome_facts(attempt->outcome)->number_dead || effect == DISPOSITION_NUMBER_DEAD);
	if ((delay_s < 0 && !agreed) || lead->attempts >= campaign->attempts_max || retry_phone(lead, 0) == lead->phone_count) {
		lead->state = LEAD_DONE;
		lead->callback_us = 0;
		lead->callback_own = false;
		return;
	}
	lead->state = LEAD_READY;
	if (agreed)
		return; /* its time and its seat stand */
	lead->due_us = attempt->end_us + delay_s * SEC_US;
	retry_callback(campaign, attempt, lead, effect);
}

void retry_after(const struct campaign *campaign, const struct attempt *attempt, struct lead *lead)
{
	lead->last_outcome = attempt->outcome;
	lead->last_us = attempt->end_us;
	if (attempt->outcome == OUTCOME_CANCELLED && attempt->invite_us == 0) {
		lead->state = LEAD_READY;
		if (!lead->callback_own && lead->callback_us <= attempt->end_us) /* else it is due as it was */
			lead->due_us = attempt->end_us;
		return;
	}
	if (attempt->outcome == OUTCOME_SKIPPED) {
		int32_t delay_s = campaign->retry_s[OUTCOME_SKIPPED];

		bool agreed = lead->callback_us > attempt->end_us; /* while the agent looked at it */

		lead->state = delay_s < 0 && !agreed ? LEAD_DONE : LEAD_READY;
		if (agreed)
			return;
		retry_due(campaign, lead, attempt->end_us + (delay_s > 0 ? delay_s : 0) * SEC_US);
		return;
	}
	lead->attempts++;
	retry_dispose(campaign, attempt, lead);
}
