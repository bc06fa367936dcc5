/* limits.c - how often and how soon; see limits.h */
#include "campaigns/limits.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* --- what an attempt was */

/* Calls that did not reach the dialled number: its network said so before anything rang. Blocks by analytics are counted. */
static bool not_connected(const struct attempt *attempt)
{
	switch (attempt->outcome) {
	case OUTCOME_BUSY:
	case OUTCOME_DEAD_NUMBER:
	case OUTCOME_CONGESTION:
	case OUTCOME_TRUNK_SILENT:
	case OUTCOME_TRUNK_REFUSED:
		return attempt->ringing_us == 0 && attempt->answer_us == 0;
	default:
		return false;
	}
}

static bool conversation(const struct attempt *attempt)
{
	return attempt->seat_us && attempt->outcome != OUTCOME_MACHINE && attempt->outcome != OUTCOME_VOICEMAIL;
}

static bool machine(enum outcome outcome)
{
	return outcome == OUTCOME_MACHINE || outcome == OUTCOME_VOICEMAIL || outcome == OUTCOME_SCREENER ||
	       outcome == OUTCOME_FAX;
}

static bool refusal(const char *disposition)
{
	return strcmp(disposition, "refused") == 0 || strcmp(disposition, "do_not_call") == 0;
}

uint32_t limits_events(const struct attempt *attempt)
{
	if (attempt->outcome == OUTCOME_NONE || attempt->outcome == OUTCOME_UNKNOWN_CRASH)
		return EVENT_OPEN;
	if (attempt->outcome == OUTCOME_SKIPPED || (attempt->outcome == OUTCOME_CANCELLED && !attempt->invite_us))
		return 0;
	return EVENT_ATTEMPT | (attempt->answer_us ? EVENT_CONNECTED : EVENT_UNANSWERED) |
	       (conversation(attempt) ? EVENT_CONVERSATION : 0) |
	       (outcome_facts(attempt->outcome)->abandoned ? EVENT_ABANDONED : 0) |
	       (machine(attempt->outcome) ? EVENT_MACHINE : 0) | (refusal(attempt->disposition) ? EVENT_REFUSAL : 0) |
	       (not_connected(attempt) ? EVENT_NOT_CONNECTED : 0);
}

int64_t limits_span_us(const struct rule *const *rules, uint32_t count)
{
	int64_t longest_us = 0;

	for (uint32_t i = 0; i < count; i++) {
		int64_t us = rules[i]->kind == RULE_LOST ? RULE_DAYS_MAX * DAY_US
							 : rules[i]->span.us + (rules[i]->span.local ? DAY_US : 0);

		longest_us = us > longest_us ? us : longest_us;
	}
	return longest_us;
}

/* --- spans of time */

/* The first instant that the rule still looks at. */
static int64_t span_start_us(const struct limits_question *q, const struct rule *rule)
{
	int64_t start_us = q->now_us - rule->span.us;

	if (!rule->span.local)
		return start_us + 1;
	start_us = INT64_MAX;
	for (uint32_t i = 0; i < q->zone_count; i++) {
		int64_t day = local_time_at(q->zones[i], q->now_us).day - rule->span.us / DAY_US + 1;
		int64_t us = local_day_start_us(q->zones[i], day);

		start_us = us < start_us ? us : start_us;
	}
	return start_us;
}

/* When an entry is no longer looked at. */
static int64_t span_end_us(const struct limits_question *q, const struct rule *rule, int64_t at_us)
{
	int64_t end_us = 0;

	if (!rule->span.local)
		return at_us + rule->span.us;
	for (uint32_t i = 0; i < q->zone_count; i++) {
		int64_t day = local_time_at(q->zones[i], at_us).day + rule->span.us / DAY_US;
		int64_t us = local_day_start_us(q->zones[i], day);

		end_us = us > end_us ? us : end_us;
	}
	return end_us;
}

/* --- one rule */

static bool same(uint32_t a, uint32_t b)
{
	return a == b || a == 0 || b == 0;
}

static bool entry_counts(const struct limits_question *q, const struct rule *rule, const struct ledger_entry *entry)
{
	const struct ledger_who *who = q->who;

	return entry->events & rule->events && !(rule->exclude_not_connected && entry->events & EVENT_NOT_CONNECTED) &&
	       (!(rule->per & PER_NUMBER) || !entry->number || entry->number == q->number) &&
	       (!(rule->per & PER_DEBT) || same(entry->debt, who->debt)) &&
	       (!(rule->per & PER_SELLER) || same(entry->seller, who->seller)) &&
	       (!(rule->per & PER_SUBJECT) || same(entry->subject, who->subject));
}

/*
 * Entries come in order of time. With n counted and a limit of l, the (n - l + 1)th oldest must leave the span before there is
 * room. A rest is a limit of one.
 */
static struct limits_answer ask_count(const struct limits_question *q, const struct rule *rule, uint32_t limit)
{
	int64_t start_us = span_start_us(q, rule);
	struct limits_answer answer = {0};
	uint32_t passed = 0;

	for (uint32_t i = 0; i < q->entry_count; i++)
		if (q->entries[i].at_us >= start_us && entry_counts(q, rule, &q->entries[i]))
			answer.counted += q->entries[i].count;
	if (answer.counted < limit)
		return answer;
	answer.rule = rule;
	for (uint32_t i = 0; i < q->entry_count && answer.until_us == 0; i++) {
		if (q->entries[i].at_us < start_us || !entry_counts(q, rule, &q->entries[i]))
			continue;
		passed += q->entries[i].count;
		if (passed > answer.counted - limit)
			answer.until_us = span_end_us(q, rule, q->entries[i].at_us);
	}
	return answer;
}

static struct limits_answer ask_lost(const struct limits_question *q, const struct rule *rule)
{
	struct limits_answer answer = {.rule = q->who->lost_contact ? NULL : rule};

	for (uint32_t i = 0; i < q->entry_count && answer.rule; i++)
		if (q->entries[i].events & EVENT_LOST_CONTACT)
			answer.rule = NULL;
	return answer;
}

/* Somebody else of whom no more is known is under the rules for everybody. */
static bool rule_is_for(const struct rule *rule, const char *role)
{
	bool is = rule->role_count == 0 || strcmp(role, phone_role_name(PHONE_OTHER)) == 0;

	for (uint8_t i = 0; i < rule->role_count; i++)
		is |= strcmp(rule->roles[i], role) == 0;
	return is;
}

/* Of several that say no, the one that lasts longest. */
struct limits_answer limits_ask(const struct limits_question *q)
{
	struct limits_answer worst = {0};

	for (uint32_t i = 0; i < q->rule_count; i++) {
		const struct rule *rule = q->rules[i];
		struct limits_answer answer = {0};

		if (!rule_is_for(rule, q->role) || (rule->unless_seat && q->seat_reserved))
			continue;
		if (rule->kind == RULE_LOST)
			answer = ask_lost(q, rule);
		else
			answer = ask_count(q, rule, rule->kind == RULE_LIMIT ? rule->limit : 1);
		if (answer.rule && (!worst.rule || answer.until_us == 0 || (worst.until_us && answer.until_us > worst.until_us)))
			worst = answer;
	}
	return worst;
}
