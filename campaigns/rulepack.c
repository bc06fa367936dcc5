/* rulepack.c - reading a rule pack; see rulepack.h */
#include "campaigns/rulepack.h"

#include "campaigns/sha256.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_S 60
#define LINE_MAX_BYTES 512

struct reader {
	struct rulepack *pack;
	struct rule *rule;         /* the section that is read; NULL: another */
	struct holidays *holidays;
	bool in_pack;
	uint32_t given;            /* keys of the rule, by their place in the table */
	char wants[32];            /* table of holidays that the rule names */
	int wants_line;
	int guard_s;
	int line, rule_line;
	char key[48];
	char *why;
};

static int complain(const struct reader *reader, int line, int column, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static int complain(const struct reader *reader, int line, int column, const char *fmt, ...)
{
	int at = snprintf(reader->why, PACK_WHY_BYTES, "line %d, column %d: ", line, column);
	va_list args;

	va_start(args, fmt);
	vsnprintf(reader->why + at, (size_t)(PACK_WHY_BYTES - at), fmt, args);
	va_end(args);
	return ERR_SYNTAX;
}

/* --- values: each answers NULL, or what was expected */

typedef const char *value_h(struct reader *reader, const char *value);

static const char *set_date(char out[11], const char *value)
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

static const char *set_where(struct reader *reader, const char *value)
{
	struct rule *rule = reader->rule;
	const char *at = value, *one;
	size_t length;

	while ((one = next_word(&at, &length))) {
		char *place = rule->places[rule->place_count];

		if (rule->place_count == RULE_PLACES_MAX || !text_copy_n(place, PLACE_BYTES, one, length) || !place_ok(place))
			return "countries and states such as FR or US-FL, US-OK, at most 24";
		rule->place_count++;
	}
	return rule->place_count ? NULL : "countries and states such as FR or US-FL, US-OK";
}

static const char *const kinds[] = {"window", "limit", "rest", "ring", "lost", NULL};

static const char *set_kind(struct reader *reader, const char *value)
{
	int kind = word(kinds, value, strlen(value));

	reader->rule->kind = kind < 0 ? RULE_WINDOW : (enum rule_kind)kind;
	return kind < 0 ? "window, limit, rest, ring or lost" : NULL;
}

static const char *set_says(struct reader *reader, const char *value)
{
	return text_copy(reader->rule->says, sizeof(reader->rule->says), value) ? NULL : "a sentence of at most 239 bytes";
}

static const char *set_source(struct reader *reader, const char *value)
{
	return text_copy(reader->rule->source, sizeof(reader->rule->source), value) ? NULL : "a source of at most 199 bytes";
}

static const char *set_rule_date(struct reader *reader, const char *value)
{
	return set_date(reader->rule->date, value);
}

static const char *set_mark(struct reader *reader, const char *value)
{
	reader->rule->mark = *value;
	return strchr("VSM", *value) && !value[1] ? NULL : "V (read in the source), S (secondary source) or M (to be confirmed)";
}

static const char *set_purpose(struct reader *reader, const char *value)
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

static const char *set_role(struct reader *reader, const char *value)
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

static const char *set_holidays(struct reader *reader, const char *value)
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
	{"abandoned", EVENT_ABANDONED, true, false}, {"machine", EVENT_MACHINE, true, false}, {"refusal", EVENT_REFUSAL, true, false}};

static const char *set_event(struct reader *reader, const char *value, bool begins, const char *expected)
{
	for (unsigned i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i].name, value) == 0 && (begins ? events[i].begins : events[i].counts))
			reader->rule->events = events[i].event;
	return reader->rule->events ? NULL : expected;
}

static const char *set_count(struct reader *reader, const char *value)
{
	return set_event(reader, value, false, "attempt, connected, unanswered or conversation");
}

static const char *set_after(struct reader *reader, const char *value)
{
	return set_event(reader, value, true, "attempt, conversation, abandoned, machine or refusal");
}

static const char *const pers[] = {"person", "debt", "number", "seller", "subject", NULL};

static const char *set_per(struct reader *reader, const char *value)
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

static const char *set_limit(struct reader *reader, const char *value)
{
	int64_t number;

	if (!text_i64(value, 1, 100, &number))
		return "a number from 1 to 100";
	reader->rule->limit = (uint32_t)number;
	return NULL;
}

/* "24 hours", "7 days", "1 local day" */
static const char *set_span(struct reader *reader, const char *value)
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

static const char *set_exclude(struct reader *reader, const char *value)
{
	reader->rule->exclude_not_connected = true;
	return strcmp(value, "not_connected") == 0 ? NULL : "not_connected";
}

static const char *set_unless(struct reader *reader, const char *value)
{
	reader->rule->unless_seat = true;
	return strcmp(value, "seat") == 0 ? NULL : "seat";
}

static const char *set_ring_time(const char *value, int64_t *out)
{
	return text_duration_us(value, out) && *out >= SEC_US && *out <= 300 * SEC_US ? NULL : "a time such as 15s, 1s to 300s";
}

static const char *set_ring_min(struct reader *reader, const char *value)
{
	return set_ring_time(value, &reader->rule->ring_us_min);
}

static const char *set_ring_max(struct reader *reader, const char *value)
{
	return set_ring_time(value, &reader->rule->ring_us_max);
}

#define OF(kind) (1u << (kind))
#define OF_ALL 0xffu

static const struct {
	const char *name;
	value_h *set;
	unsigned may, must; /* kinds of rules */
} keys[] = {
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
#define KEYS (sizeof(keys) / sizeof(keys[0]))
#define GIVEN_DAYS (UINT32_C(1) << 31)

/* --- days and spans */

/* "mon", "mon-fri", "sat,sun", "daily", "holiday": a bit a day, 0: it is none of these. */
static unsigned days_of(const char *key)
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

static const char *set_days(struct reader *reader, unsigned days, const char *value)
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
	reader->given |= GIVEN_DAYS;
	return NULL;
}

/* Calls that begin at the very edge would ring outside. At midnight the neighbouring day decides. */
static void guard(struct hours *hours, int32_t guard_s)
{
	for (int day = 0; day < 8; day++)
		for (int i = 0; i < hours->day[day].count; i++) {
			struct hours_span *span = &hours->day[day].span[i];

			span->from_s += span->from_s ? guard_s : 0;
			span->to_s -= span->to_s < HOURS_DAY_S ? guard_s : 0;
		}
}

/* --- sections */

static int end_hours(struct reader *reader)
{
	struct rule *rule = reader->rule;

	if (rule->kind != RULE_WINDOW)
		return reader->given & GIVEN_DAYS ? complain(reader, reader->rule_line, 1, "rule %s is no window: days do not belong to it", rule->id) : 0;
	if (!(reader->given & GIVEN_DAYS))
		return complain(reader, reader->rule_line, 1, "rule %s has no hours: write for example daily = 08:00-21:00", rule->id);
	guard(&rule->hours, reader->guard_s);
	return 0;
}

/* Tables of holidays may stand behind the rules that name them; places in `pack` do not move. */
static int end_holidays(struct reader *reader)
{
	struct rulepack *pack = reader->pack;

	if (!*reader->wants)
		return 0;
	for (uint32_t i = 0; i < pack->holidays_count; i++)
		if (strcmp(pack->holidays[i].name, reader->wants) == 0)
			reader->rule->hours.holidays = &pack->holidays[i];
	return reader->rule->hours.holidays ? 0
		: complain(reader, reader->wants_line, 1, "there is no section [holidays %s] above this rule", reader->wants);
}

static int end_rule(struct reader *reader)
{
	struct rule *rule = reader->rule;
	int err = 0;

	if (!rule)
		return 0;
	for (unsigned i = 0; i < KEYS; i++) {
		bool given = reader->given >> i & 1;

		if (given && !(keys[i].may >> rule->kind & 1))
			return complain(reader, reader->rule_line, 1, "rule %s is a %s: \"%s\" does not belong to it", rule->id, kinds[rule->kind], keys[i].name);
		if (!given && keys[i].must >> rule->kind & 1)
			return complain(reader, reader->rule_line, 1, "rule %s has no \"%s\"", rule->id, keys[i].name);
	}
	if (rule->kind == RULE_RING && rule->ring_us_min == 0 && rule->ring_us_max == 0)
		return complain(reader, reader->rule_line, 1, "rule %s has neither ring_min nor ring_max", rule->id);
	err = end_hours(reader);
	return err ? err : end_holidays(reader);
}

static int begin_rule(struct reader *reader, const char *name)
{
	struct rulepack *pack = reader->pack;

	if (!store_name_ok(name))
		return complain(reader, reader->line, 2, "a rule's id is 1 to 47 letters, digits, - _ or .");
	for (uint32_t i = 0; i < pack->rule_count; i++)
		if (strcmp(pack->rules[i].id, name) == 0)
			return complain(reader, reader->line, 2, "there is a rule %s already", name);
	if (pack->rule_count == PACK_RULES_MAX)
		return complain(reader, reader->line, 1, "a pack has at most %d rules", PACK_RULES_MAX);
	reader->rule = &pack->rules[pack->rule_count++];
	reader->rule->pack = pack;
	reader->rule->purposes = 0x7;
	text_copy(reader->rule->id, sizeof(reader->rule->id), name);
	return 0;
}

static int begin_holidays(struct reader *reader, const char *name)
{
	struct rulepack *pack = reader->pack;

	if (!store_name_ok(name) || strlen(name) >= sizeof(pack->holidays[0].name))
		return complain(reader, reader->line, 2, "a table of holidays has a name of 1 to 31 letters, digits, - _ or .");
	if (pack->holidays_count == PACK_HOLIDAYS_MAX)
		return complain(reader, reader->line, 1, "a pack has at most %d tables of holidays", PACK_HOLIDAYS_MAX);
	reader->holidays = &pack->holidays[pack->holidays_count++];
	text_copy(reader->holidays->name, sizeof(reader->holidays->name), name);
	return 0;
}

static int begin_section(struct reader *reader, char *line)
{
	char *end = strchr(line, ']');
	int err = end_rule(reader);

	if (err)
		return err;
	if (!end || end[1])
		return complain(reader, reader->line, (int)strlen(line) + 1, "expected \"]\" at the end of a section's name");
	*end = '\0';
	reader->rule = NULL;
	reader->holidays = NULL;
	reader->in_pack = strcmp(line, "[pack") == 0;
	reader->given = 0;
	reader->wants[0] = '\0';
	reader->rule_line = reader->line;
	if (reader->in_pack)
		return 0;
	if (!*reader->pack->name)
		return complain(reader, reader->line, 1, "the section [pack] with name and version comes first");
	if (strncmp(line, "[rule ", 6) == 0)
		return begin_rule(reader, line + 6);
	if (strncmp(line, "[holidays ", 10) == 0)
		return begin_holidays(reader, line + 10);
	return complain(reader, reader->line, 2, "expected [pack], [rule ID] or [holidays NAME]");
}

/* --- lines */

static int pack_key(struct reader *reader, const char *value, int column)
{
	struct rulepack *pack = reader->pack;
	const char *expected = NULL;
	int64_t guard_us;

	if (strcmp(reader->key, "name") == 0)
		expected = store_name_ok(value) && strlen(value) <= 40 && text_copy(pack->name, sizeof(pack->name), value) ? NULL : "a name of 1 to 40 letters, digits, - _ or .";
	else if (strcmp(reader->key, "version") == 0)
		expected = set_date(pack->version, value);
	else if (strcmp(reader->key, "title") == 0)
		expected = text_copy(pack->title, sizeof(pack->title), value) ? NULL : "a title of at most 119 bytes";
	else if (strcmp(reader->key, "guard") != 0)
		return complain(reader, reader->line, 1, "\"%s\" is not a key of [pack]: name, version, title or guard", reader->key);
	else if (text_duration_us(value, &guard_us) && guard_us <= 900 * SEC_US)
		reader->guard_s = (int)(guard_us / SEC_US);
	else
		expected = "a time from 0s to 15m";
	return expected ? complain(reader, reader->line, column, "expected %s, not \"%.60s\"", expected, value) : 0;
}

static int rule_key(struct reader *reader, const char *value, int column)
{
	unsigned days = days_of(reader->key), i = 0;
	const char *expected;

	while (i < KEYS && strcmp(keys[i].name, reader->key) != 0)
		i++;
	if (i == KEYS && !days)
		return complain(reader, reader->line, 1, "\"%s\" is not a key of a rule", reader->key);
	if (i < KEYS && reader->given >> i & 1)
		return complain(reader, reader->line, 1, "\"%s\" stands in this rule already", reader->key);
	expected = days ? set_days(reader, days, value) : keys[i].set(reader, value);
	if (i < KEYS)
		reader->given |= 1u << i;
	return expected ? complain(reader, reader->line, column, "expected %s, not \"%.60s\"", expected, value) : 0;
}

static int holiday_line(struct reader *reader, const char *text)
{
	struct holidays *table = reader->holidays;

	if (table->count == HOLIDAYS_MAX)
		return complain(reader, reader->line, 1, "a table has at most %d holidays", HOLIDAYS_MAX);
	if (!holiday_parse(text, &table->items[table->count]))
		return complain(reader, reader->line, 1,
			"expected a holiday such as 12-25, 2027-12-28, 4 thu nov, last mon may or easter+1, not \"%.60s\"", text);
	table->count++;
	return 0;
}

/* What stands behind a holiday is its name, for people. */
static void cut_name(char *line)
{
	char *equals = strchr(line, '=');

	if (!equals)
		return;
	while (equals > line && equals[-1] == ' ')
		equals--;
	*equals = '\0';
}

static int key_line(struct reader *reader, char *line)
{
	char *equals = strchr(line, '='), *value = equals;
	size_t length;

	if (!equals)
		return complain(reader, reader->line, 1, "expected KEY = VALUE, not \"%.60s\"", line);
	value += 1 + strspn(equals + 1, " \t");
	length = (size_t)(equals - line);
	while (length && strchr(" \t", line[length - 1]))
		length--;
	if (!length || !text_copy_n(reader->key, sizeof(reader->key), line, length))
		return complain(reader, reader->line, 1, "expected a key of 1 to 47 bytes before \"=\"");
	if (!*value)
		return complain(reader, reader->line, (int)(equals - line) + 2, "\"%s\" has no value", reader->key);
	if (reader->in_pack)
		return pack_key(reader, value, (int)(value - line) + 1);
	if (reader->rule)
		return rule_key(reader, value, (int)(value - line) + 1);
	return complain(reader, reader->line, 1, "expected a section such as [pack] before the first key");
}

static int one_line(struct reader *reader, char *line)
{
	size_t length = strlen(line);

	while (length && strchr(" \t\r", line[length - 1]))
		line[--length] = '\0';
	if (!*line || *line == '#' || *line == ';')
		return 0;
	if (*line == '[')
		return begin_section(reader, line);
	if (!reader->holidays)
		return key_line(reader, line);
	cut_name(line);
	return holiday_line(reader, line);
}

static int all_lines(struct reader *reader, const char *text, size_t bytes)
{
	char line[LINE_MAX_BYTES];
	int err = 0;

	for (size_t at = 0; at < bytes && !err;) {
		const char *end = memchr(text + at, '\n', bytes - at);
		size_t length = end ? (size_t)(end - text) - at : bytes - at;

		reader->line++;
		if (memchr(text + at, '\0', length))
			return complain(reader, reader->line, 1, "a zero byte: this is no text file");
		if (!text_copy_n(line, sizeof(line), text + at, length))
			return complain(reader, reader->line, LINE_MAX_BYTES, "a line has at most %d bytes", LINE_MAX_BYTES - 1);
		err = one_line(reader, line);
		at += length + 1;
	}
	return err ? err : end_rule(reader);
}

static int sum_of(struct rulepack *pack, const char *text, size_t bytes)
{
	struct sha256 *sha = sha256_alloc();

	if (!sha)
		return -ENOMEM;
	sha256_add(sha, text, bytes);
	sha256_hex(sha, pack->sha256);
	sha256_free(sha);
	return 0;
}

static int check_pack(const struct reader *reader)
{
	const struct rulepack *pack = reader->pack;

	if (!*pack->name || !*pack->version)
		return complain(reader, reader->line + !reader->line, 1, "the section [pack] needs a name and a version");
	return pack->rule_count ? 0 : complain(reader, reader->line, 1, "the pack has no rule");
}

int rulepack_parse(struct rulepack **pack, const char *text, size_t bytes, char why[PACK_WHY_BYTES])
{
	struct reader reader = {.guard_s = GUARD_S, .why = why};
	int err;

	why[0] = '\0';
	if (bytes > PACK_BYTES_MAX)
		return complain(&reader, 1, 1, "a rule pack has at most %d bytes", PACK_BYTES_MAX);
	reader.pack = calloc(1, sizeof(*reader.pack));
	err = reader.pack ? all_lines(&reader, text, bytes) : -ENOMEM;
	if (!err)
		err = check_pack(&reader);
	if (!err)
		err = sum_of(reader.pack, text, bytes);
	if (err) {
		free(reader.pack);
		return err;
	}
	*pack = reader.pack;
	return 0;
}

void rulepack_free(struct rulepack *pack)
{
	free(pack);
}
