/* rulepack_values.c - the values in a rule pack: which keys a rule may have, and what each means */
#include "campaigns/rulepack_reader.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- values: each answers NULL, or what was expected */

const char *rulepack_date(char out[11], const char *value)
{
	struct holiday holiday;
	bool ok = strlen(value) == 10 && holiday_parse(value, &holiday) && holiday.kind == HOLIDAY_DATED;

	if (ok)
		text_copy(out, 11, value);
	return ok ? NULL : "a date such as 2026-11-22";
}

/* One of the words: its index, -1 none. `words` ends with NULL. */
static int word(const char *const *words, const char *text, size_t length)
{
	for (int i = 0; words[i]; i++)
		if (strlen(words[i]) == length && strncmp(words[i], text, length) == 0)
			return i;
	return -1;
}

/* Walks "a, b+c": the next word and its length, NULL at the end. */
static const char *next_word(const char **at, size_t *length)
{
	const char *begin = *at + strspn(*at, " ,+");

	*length = strcspn(begin, " ,+");
	*at = begin + *length;
	return *length ? begin : NULL;
}

static const char *set_where(struct rulepack_reader *reader, const char *value)
{
	struct rule *rule = reader->rule;
	const char *at = value, *one;
	size_t length;

	while ((one = next_word(&at, &length))) {
		char *place = rule->places[rule->place_count];

		if (rule->place_count == RULE_PLACES_MAX || !text_copy_n(place, PLACE_BYTES, one, length) ||
			!(reader->kept ? place_ok(place) : place_known(place)))
			return "countries and states such as FR or US-FL, US-OK, at most 24";
		rule->place_count++;
	}
	return rule->place_count ? NULL : "countries and states such as FR or US-FL, US-OK";
}

const char *const rulepack_kinds[] = {"window", "limit", "rest", "ring", "lost", NULL};

static const char *set_kind(struct rulepack_reader *reader, const char *value)
{
	int kind = word(rulepack_kinds, value, strlen(value));

	reader->rule->kind = kind < 0 ? RULE_WINDOW : (enum rule_kind)kind;
	return kind < 0 ? "window, limit, rest, ring or lost" : NULL;
}

static const char *set_says(struct rulepack_reader *reader, const char *value)
{
	return text_copy(reader->rule->says, sizeof(reader->rule->says), value) ? NULL : "a sentence of at most 239 bytes";
}

static const char *set_source(struct rulepack_reader *reader, const char *value)
{
	return text_copy(reader->rule->source, sizeof(reader->rule->source), value) ? NULL : "a source of at most 199 bytes";
}

static const char *set_rule_date(struct rulepack_reader *reader, const char *value)
{
	return rulepack_date(reader->rule->date, value);
}

static const char *set_mark(struct rulepack_reader *reader, const char *value)
{
	reader->rule->mark = *value;
	return strchr("VSM", *value) && !value[1] ? NULL : "V (read in the source), S (secondary source) or M (to be confirmed)";
}

static const char *set_purpose(struct rulepack_reader *reader, const char *value)
{
	const char *const purposes[] = {campaign_purpose_name(PURPOSE_TELEMARKETING), campaign_purpose_name(PURPOSE_COLLECTIONS),
		campaign_purpose_name(PURPOSE_OTHER), NULL};
	const char *at = value, *one;
	size_t length;

	reader->rule->purposes = 0;
	while ((one = next_word(&at, &length))) {
		int purpose = word(purposes, one, length);

		if (purpose < 0)
			return "telemarketing, collections, other, or several of them";
		reader->rule->purposes |= (uint8_t)(1u << purpose);
	}
	return reader->rule->purposes ? NULL : "telemarketing, collections, other, or several of them";
}

static const char *set_role(struct rulepack_reader *reader, const char *value)
{
	struct rule *rule = reader->rule;
	const char *at = value, *one;
	size_t length;

	while ((one = next_word(&at, &length))) {
		if (rule->role_count == 3 || !text_copy_n(rule->roles[rule->role_count], sizeof(rule->roles[0]), one, length))
			return "at most three roles such as third_party, of at most 15 bytes";
		rule->role_count++;
	}
	return rule->role_count ? NULL : "roles such as third_party";
}

static const char *set_holidays(struct rulepack_reader *reader, const char *value)
{
	reader->wants_line = reader->line;
	return text_copy(reader->wants, sizeof(reader->wants), value) ? NULL : "the name of a [holidays ...] section";
}

static const struct {
	const char *name;
	uint32_t event;
	bool begins; /* may stand behind `after` */
	bool counts; /* may stand behind `count` */
} events[] = {{"attempt", EVENT_ATTEMPT, true, true}, {"connected", EVENT_CONNECTED, false, true},
	{"unanswered", EVENT_UNANSWERED, false, true}, {"conversation", EVENT_CONVERSATION, true, true},
	{"abandoned", EVENT_ABANDONED, true, false}, {"machine", EVENT_MACHINE, true, false},
	{"refusal", EVENT_REFUSAL, true, false}};

static const char *set_event(struct rulepack_reader *reader, const char *value, bool begins, const char *expected)
{
	for (unsigned i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i].name, value) == 0 && (begins ? events[i].begins : events[i].counts))
			reader->rule->events = events[i].event;
	return reader->rule->events ? NULL : expected;
}

static const char *set_count(struct rulepack_reader *reader, const char *value)
{
	return set_event(reader, value, false, "attempt, connected, unanswered or conversation");
}

static const char *set_after(struct rulepack_reader *reader, const char *value)
{
	return set_event(reader, value, true, "attempt, conversation, abandoned, machine or refusal");
}

static const char *const pers[] = {"person", "debt", "number", "seller", "subject", NULL};

static const char *set_per(struct rulepack_reader *reader, const char *value)
{
	const char *at = value, *one = next_word(&at, &(size_t){0});
	size_t length;

	at = value;
	if (!one || strncmp(one, "person", 6) != 0)
		return "person, or person+debt, person+number, person+seller+subject";
	while ((one = next_word(&at, &length))) {
		int per = word(pers, one, length);

		if (per < 0)
			return "person, or person+debt, person+number, person+seller+subject";
		reader->rule->per |= per ? 1u << (per - 1) : 0;
	}
	return NULL;
}

static const char *set_limit(struct rulepack_reader *reader, const char *value)
{
	int64_t number;

	if (!text_i64(value, 1, 100, &number))
		return "a number from 1 to 100";
	reader->rule->limit = (uint32_t)number;
	return NULL;
}

/* "24 hours", "7 days", "1 local day" */
static const char *set_span(struct rulepack_reader *reader, const char *value)
{
	static const char *const units[] = {"hour", "hours", "day", "days", "local day", "local days", NULL};
	struct rule_span *span = &reader->rule->span;
	char *end;
	long number = strtol(value, &end, 10);
	int unit = *end == ' ' ? word(units, end + 1, strlen(end + 1)) : -1;

	if (end == value || unit < 0 || number < 1 || number > RULE_DAYS_MAX * 24)
		return "a time such as 24 hours, 7 days or 1 local day, at most 60 days";
	span->us = number * (unit < 2 ? DAY_US / 24 : DAY_US);
	span->local = unit >= 4;
	return span->us <= RULE_DAYS_MAX * DAY_US ? NULL : "at most 60 days: older attempts are not kept";
}

static const char *set_exclude(struct rulepack_reader *reader, const char *value)
{
	reader->rule->exclude_not_connected = true;
	return strcmp(value, "not_connected") == 0 ? NULL : "not_connected";
}

static const char *set_unless(struct rulepack_reader *reader, const char *value)
{
	reader->rule->unless_seat = true;
	return strcmp(value, "seat") == 0 ? NULL : "seat";
}

bool rulepack_span(const char *value, int64_t *us)
{
	if (text_i64(value, 0, 86400, us)) {
		*us *= SEC_US;
		return true;
	}
	return text_duration_us(value, us);
}

static const char *set_ring_time(const char *value, int64_t *out)
{
	return rulepack_span(value, out) && *out >= SEC_US && *out <= 300 * SEC_US ? NULL : "a time such as 15s, 1s to 300s";
}

static const char *set_ring_min(struct rulepack_reader *reader, const char *value)
{
	return set_ring_time(value, &reader->rule->ring_us_min);
}

static const char *set_ring_max(struct rulepack_reader *reader, const char *value)
{
	return set_ring_time(value, &reader->rule->ring_us_max);
}

#define OF(kind) (1u << (kind))
#define OF_ALL 0xffu

const struct rulepack_key rulepack_keys[RULEPACK_KEYS] = {
	{"where", set_where, OF_ALL, OF_ALL},
	{"kind", set_kind, OF_ALL, OF_ALL},
	{"says", set_says, OF_ALL, OF_ALL},
	{"source", set_source, OF_ALL, OF_ALL},
	{"date", set_rule_date, OF_ALL, OF_ALL},
	{"mark", set_mark, OF_ALL, OF_ALL},
	{"purpose", set_purpose, OF_ALL, 0},
	{"role", set_role, OF_ALL & ~OF(RULE_WINDOW), 0},
	{"holidays", set_holidays, OF(RULE_WINDOW), 0},
	{"count", set_count, OF(RULE_LIMIT), OF(RULE_LIMIT)},
	{"limit", set_limit, OF(RULE_LIMIT), OF(RULE_LIMIT)},
	{"within", set_span, OF(RULE_LIMIT), OF(RULE_LIMIT)},
	{"exclude", set_exclude, OF(RULE_LIMIT), 0},
	{"per", set_per, OF(RULE_LIMIT) | OF(RULE_REST), OF(RULE_LIMIT) | OF(RULE_REST)},
	{"after", set_after, OF(RULE_REST), OF(RULE_REST)},
	{"lasts", set_span, OF(RULE_REST), OF(RULE_REST)},
	{"unless", set_unless, OF(RULE_REST), 0},
	{"ring_min", set_ring_min, OF(RULE_RING), 0},
	{"ring_max", set_ring_max, OF(RULE_RING), 0},
};

/* --- days and spans */

unsigned rulepack_days(const char *key)
{
	unsigned days = strcmp(key, "daily") == 0 ? 0x7f : strcmp(key, "holiday") == 0 ? 1u << HOURS_HOLIDAY : 0;
	const char *at = days ? "" : key, *one;
	size_t length;

	while ((one = next_word(&at, &length))) {
		int from = weekday_parse(one, 3), to = length == 7 && one[3] == '-' ? weekday_parse(one + 4, 3) : from;

		if (from < 0 || to < 0 || (length != 3 && length != 7))
			return 0;
		for (int day = from; days |= 1u << day, day != to; day = (day + 1) % 7)
			;
	}
	return days;
}

static bool span_of(const char **at, struct hours_span *span)
{
	int from_h, from_m, to_h, to_m, n = 0;

	if (sscanf(*at, "%2d:%2d-%2d:%2d%n", &from_h, &from_m, &to_h, &to_m, &n) != 4 || n != 11)
		return false;
	*at += n;
	span->from_s = (from_h * 60 + from_m) * 60;
	span->to_s = (to_h * 60 + to_m) * 60;
	return from_h >= 0 && from_m >= 0 && to_m >= 0 && from_m < 60 && to_m < 60 && span->from_s < span->to_s &&
	       span->to_s <= HOURS_DAY_S;
}

static int spans_of(const char *value, struct hours_span span[HOURS_SPANS])
{
	int count = 0;

	if (strcmp(value, "closed") == 0)
		return 0;
	for (const char *at = value;; at += strspn(at, " ")) {
		if (count == HOURS_SPANS || !span_of(&at, &span[count]) || (count && span[count].from_s <= span[count - 1].to_s))
			return -1;
		count++;
		if (!*at)
			return count;
		if (*at++ != ',')
			return -1;
	}
}

const char *rulepack_set_days(struct rulepack_reader *reader, unsigned days, const char *value)
{
	struct hours_span span[HOURS_SPANS];
	int count = spans_of(value, span);

	if (count < 0)
		return "hours such as 08:00-21:00 or 10:00-13:00, 14:00-20:00, ascending, or closed";
	for (int day = 0; day < 8; day++) {
		if (!(days >> day & 1))
			continue;
		reader->rule->hours.day[day].count = (uint8_t)count;
		memcpy(reader->rule->hours.day[day].span, span, (size_t)count * sizeof(span[0]));
	}
	reader->given |= RULEPACK_GIVEN_DAYS;
	return NULL;
}
