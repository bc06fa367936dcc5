/* rule.c - one rule: does it apply, and what does it say; see rulepack.h */
#include "campaigns/rulepack.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

static const char *const rule_kinds[RULE_KINDS] = {"window", "limit", "rest", "ring", "lost"};

bool rule_applies(const struct rule *rule, const struct places *places, enum campaign_purpose purpose, const char *role)
{
	bool here = false, him = rule->role_count == 0;

	for (uint32_t i = 0; i < rule->place_count && !here; i++)
		for (uint32_t k = 0; k < places->count && !here; k++)
			here = place_match(rule->places[i], places->place[k]);
	for (uint8_t i = 0; i < rule->role_count && role; i++)
		him |= strcmp(rule->roles[i], role) == 0;
	return here && (him || !role) && rule->purposes >> purpose & 1;
}

const char *rule_kind_name(enum rule_kind kind)
{
	return (unsigned)kind < RULE_KINDS ? rule_kinds[kind] : "unknown";
}

static const char *event_name(uint32_t event)
{
	static const char *const names[] = {
		"attempt", "connected", "unanswered", "conversation", "abandoned", "machine", "refusal"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (event == UINT32_C(1) << i)
			return names[i];
	return "?";
}

static size_t put_hours(const struct hours *hours, char *out, size_t size)
{
	static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", "holidays"};
	size_t at = 0;

	for (int day = 0; day < 8 && at < size; day++) {
		int end = day;

		if (day == HOURS_HOLIDAY && !hours->holidays)
			break;
		while (end < 6 && memcmp(&hours->day[end + 1], &hours->day[day], sizeof(hours->day[0])) == 0)
			end++;
		at += (size_t)snprintf(
			out + at, size - at, end > day ? "%s%s-%s" : "%s%s", at ? "; " : "", names[day], names[end]);
		if (hours->day[day].count == 0 && at < size)
			at += (size_t)snprintf(out + at, size - at, " closed");
		for (int i = 0; i < hours->day[day].count && at < size; i++) {
			struct hours_span span = hours->day[day].span[i];

			at += (size_t)snprintf(out + at, size - at, "%s%02d:%02d-%02d:%02d", i ? ", " : " ", span.from_s / 3600,
				span.from_s / 60 % 60, span.to_s / 3600, span.to_s / 60 % 60);
		}
		day = end;
	}
	return at;
}

static void put_counting(const struct rule *rule, char *out, size_t size)
{
	int n = (int)(rule->span.us / (rule->span.us % DAY_US ? DAY_US / 24 : DAY_US));
	const char *unit = rule->span.us % DAY_US ? "hour" : rule->span.local ? "local day" : "day";
	static const char *const narrower[] = {"debt", "number", "seller", "subject"};
	char per[64] = "person";

	for (int i = 0; i < 4; i++)
		if (rule->per >> i & 1)
			snprintf(per + strlen(per), sizeof(per) - strlen(per), "+%s", narrower[i]);
	if (rule->kind == RULE_LIMIT)
		snprintf(out, size, "at most %u %s in %d %s%s per %s%s", rule->limit, event_name(rule->events), n, unit,
			n > 1 ? "s" : "", per, rule->exclude_not_connected ? ", without those that did not connect" : "");
	else
		snprintf(out, size, "no call for %d %s%s after %s, per %s%s", n, unit, n > 1 ? "s" : "", event_name(rule->events),
			per, rule->unless_seat ? ", unless a seat is reserved" : "");
}

static void put_ring(const struct rule *rule, char *out, size_t size)
{
	int least_s = (int)(rule->ring_us_min / SEC_US), most_s = (int)(rule->ring_us_max / SEC_US);

	if (least_s && most_s)
		snprintf(out, size, "ring %d s to %d s", least_s, most_s);
	else if (most_s)
		snprintf(out, size, "ring %d s at most", most_s);
	else
		snprintf(out, size, "ring %d s at least", least_s);
}

void rule_text(const struct rule *rule, char *out, size_t size)
{
	switch (rule->kind) {
	case RULE_WINDOW:
		put_hours(&rule->hours, out, size);
		break;
	case RULE_LIMIT:
	case RULE_REST:
		put_counting(rule, out, size);
		break;
	case RULE_RING:
		put_ring(rule, out, size);
		break;
	case RULE_LOST:
		snprintf(out, size, "only while the person is documented as lost to contact");
		break;
	case RULE_KINDS:
		break;
	}
}
