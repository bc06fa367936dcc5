/* rulepack.c - reading a rule pack; see rulepack.h */
#include "campaigns/rulepack_reader.h"

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

static int complain(const struct rulepack_reader *reader, int line, int column, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int complain(const struct rulepack_reader *reader, int line, int column, const char *fmt, ...)
{
	int at = snprintf(reader->why, PACK_WHY_BYTES, "line %d, column %d: ", line, column);
	va_list args;

	va_start(args, fmt);
	vsnprintf(reader->why + at, (size_t)(PACK_WHY_BYTES - at), fmt, args);
	va_end(args);
	return ERR_SYNTAX;
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

static int end_hours(struct rulepack_reader *reader)
{
	struct rule *rule = reader->rule;

	if (rule->kind != RULE_WINDOW)
		return reader->given & RULEPACK_GIVEN_DAYS ? complain(reader, reader->rule_line, 1,
								     "rule %s is no window: days do not belong to it", rule->id)
							   : 0;
	if (!(reader->given & RULEPACK_GIVEN_DAYS))
		return complain(
			reader, reader->rule_line, 1, "rule %s has no hours: write for example daily = 08:00-21:00", rule->id);
	guard(&rule->hours, reader->guard_s);
	return 0;
}

/* Tables of holidays may stand behind the rules that name them; places in `pack` do not move. */
static int end_holidays(struct rulepack_reader *reader)
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

static int end_rule(struct rulepack_reader *reader)
{
	struct rule *rule = reader->rule;
	int err = 0;

	if (!rule)
		return 0;
	for (unsigned i = 0; i < RULEPACK_KEYS; i++) {
		bool given = reader->given >> i & 1;

		if (given && !(rulepack_keys[i].may >> rule->kind & 1))
			return complain(reader, reader->rule_line, 1, "rule %s is a %s: \"%s\" does not belong to it", rule->id,
				rulepack_kinds[rule->kind], rulepack_keys[i].name);
		if (!given && rulepack_keys[i].must >> rule->kind & 1)
			return complain(reader, reader->rule_line, 1, "rule %s has no \"%s\"", rule->id, rulepack_keys[i].name);
	}
	if (rule->kind == RULE_RING && rule->ring_us_min == 0 && rule->ring_us_max == 0)
		return complain(reader, reader->rule_line, 1, "rule %s has neither ring_min nor ring_max", rule->id);
	err = end_hours(reader);
	return err ? err : end_holidays(reader);
}

static int begin_rule(struct rulepack_reader *reader, const char *name)
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

static int begin_holidays(struct rulepack_reader *reader, const char *name)
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

static int begin_section(struct rulepack_reader *reader, char *line)
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

static int pack_key(struct rulepack_reader *reader, const char *value, int column)
{
	struct rulepack *pack = reader->pack;
	const char *expected = NULL;
	int64_t guard_us;

	if (strcmp(reader->key, "name") == 0)
		expected = store_name_ok(value) && strlen(value) <= 40 && text_copy(pack->name, sizeof(pack->name), value)
				   ? NULL
				   : "a name of 1 to 40 letters, digits, - _ or .";
	else if (strcmp(reader->key, "version") == 0)
		expected = rulepack_date(pack->version, value);
	else if (strcmp(reader->key, "title") == 0)
		expected = text_copy(pack->title, sizeof(pack->title), value) ? NULL : "a title of at most 119 bytes";
	else if (strcmp(reader->key, "guard") != 0)
		return complain(
			reader, reader->line, 1, "\"%s\" is not a key of [pack]: name, version, title or guard", reader->key);
	else if (rulepack_span(value, &guard_us) && guard_us <= 900 * SEC_US)
		reader->guard_s = (int)(guard_us / SEC_US);
	else
		expected = "a time from 0s to 15m";
	return expected ? complain(reader, reader->line, column, "expected %s, not \"%.60s\"", expected, value) : 0;
}

static int rule_key(struct rulepack_reader *reader, const char *value, int column)
{
	unsigned days = rulepack_days(reader->key), i = 0;
	const char *expected;

	while (i < RULEPACK_KEYS && strcmp(rulepack_keys[i].name, reader->key) != 0)
		i++;
	if (i == RULEPACK_KEYS && !days)
		return complain(reader, reader->line, 1, "\"%s\" is not a key of a rule", reader->key);
	if (i < RULEPACK_KEYS && reader->given >> i & 1)
		return complain(reader, reader->line, 1, "\"%s\" stands in this rule already", reader->key);
	expected = days ? rulepack_set_days(reader, days, value) : rulepack_keys[i].set(reader, value);
	if (i < RULEPACK_KEYS)
		reader->given |= 1u << i;
	return expected ? complain(reader, reader->line, column, "expected %s, not \"%.60s\"", expected, value) : 0;
}

static int holiday_line(struct rulepack_reader *reader, const char *text)
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

static int key_line(struct rulepack_reader *reader, char *line)
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

static int one_line(struct rulepack_reader *reader, char *line)
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

static int all_lines(struct rulepack_reader *reader, const char *text, size_t bytes)
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

static int check_pack(const struct rulepack_reader *reader)
{
	const struct rulepack *pack = reader->pack;

	if (!*pack->name || !*pack->version)
		return complain(reader, reader->line + !reader->line, 1, "the section [pack] needs a name and a version");
	return pack->rule_count ? 0 : complain(reader, reader->line, 1, "the pack has no rule");
}

static int parse(struct rulepack **pack, const char *text, size_t bytes, bool kept, char why[PACK_WHY_BYTES])
{
	struct rulepack_reader reader = {.guard_s = GUARD_S, .kept = kept, .why = why};
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

int rulepack_parse(struct rulepack **pack, const char *text, size_t bytes, char why[PACK_WHY_BYTES])
{
	return parse(pack, text, bytes, false, why);
}

int rulepack_parse_kept(struct rulepack **pack, const char *text, size_t bytes, char why[PACK_WHY_BYTES])
{
	return parse(pack, text, bytes, true, why);
}

void rulepack_free(struct rulepack *pack)
{
	free(pack);
}
