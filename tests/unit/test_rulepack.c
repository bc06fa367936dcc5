/* test_rulepack.c - rule packs: their grammar, the shipped ones, holidays, places */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "campaigns/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "[pack]\nname = p\nversion = 2026-11-22\n"
#define RULE "[rule r]\nwhere = US\nsays = s\nsource = a; b # c\ndate = 2026-01-02\nmark = V\n"
#define WINDOW HEAD RULE "kind = window\n"

static struct rulepack *parse(const char *text)
{
	struct rulepack *pack = NULL;
	char why[PACK_WHY_BYTES];

	if (rulepack_parse(&pack, text, strlen(text), why) != 0)
		fail_msg("%s", why);
	return pack;
}

static void refused(const char *text, const char *sentence)
{
	struct rulepack *pack = NULL;
	char why[PACK_WHY_BYTES];

	assert_int_equal(rulepack_parse(&pack, text, strlen(text), why), ERR_SYNTAX);
	if (!strstr(why, sentence))
		fail_msg("\"%s\" does not say \"%s\"", why, sentence);
	assert_null(pack);
}

static void errors_have_line_and_column(void **state)
{
	(void)state;
	refused("", "line 1, column 1: the section [pack]");
	refused("name = p\n", "line 1, column 1: expected a section");
	refused("[rule r]\n", "line 1, column 1: the section [pack]");
	refused("[pack\n", "line 1, column 6: expected \"]\"");
	refused("[pack]\nversion = tomorrow\n", "line 2, column 11: expected a date");
	refused("[pack]\nname = a b\n", "line 2, column 8: expected a name");
	refused("[pack]\ncolour = red\n", "line 2, column 1: \"colour\" is not a key of [pack]");
	refused(HEAD, "the pack has no rule");
	refused(HEAD RULE "kind = window\n", "rule r has no hours");
	refused(HEAD RULE, "rule r has no \"kind\"");
	refused(WINDOW "daily = 21:00-08:00\n", "line 11, column 9: expected hours");
	refused(WINDOW "daily = 08:00-21:00 pm\n", "expected hours");
	refused(WINDOW "daily = 10:00-13:00,12:00-20:00\n", "expected hours");
	refused(WINDOW "mon-fry = 08:00-21:00\n", "\"mon-fry\" is not a key of a rule");
	refused(WINDOW "daily = 08:00-21:00\nlimit = 3\n", "\"limit\" does not belong to it");
	refused(WINDOW "daily = 08:00-21:00\nholidays = fr\n", "line 12, column 1: there is no section [holidays fr]");
	refused(WINDOW "mark = X\n", "\"mark\" stands in this rule already");
	refused(HEAD "[rule r]\nmark = X\n", "line 5, column 8: expected V");
	refused(HEAD "[rule r]\npurpose = ,\n", "line 5, column 11: expected telemarketing");
	refused(HEAD "[rule r]\nrole = ,\n", "line 5, column 8: expected roles");
	refused(HEAD "[rule r]\nwhere = Texas\n", "line 5, column 9: expected countries");
	refused(HEAD RULE "kind = limit\ncount = attempt\nper = number\nlimit = 3\nwithin = 1 day\n",
		"column 7: expected person");
	refused(HEAD RULE "kind = limit\ncount = attempt\nper = person\nlimit = 0\n", "expected a number from 1 to 100");
	refused(HEAD RULE "kind = limit\ncount = attempt\nper = person\nlimit = 3\nwithin = 61 days\n", "at most 60 days");
	refused(HEAD RULE "kind = limit\ncount = abandoned\n", "expected attempt, connected");
	refused(HEAD RULE "kind = ring\n", "neither ring_min nor ring_max");
	refused(HEAD RULE "kind = ring\nring_min = 15s\ndaily = closed\n", "is no window");
	refused(WINDOW "daily = closed\n" RULE, "there is a rule r already");
	refused(HEAD "[holidays h]\n32-12 = x\n", "line 5, column 1: expected a holiday");
	refused(HEAD "[other x]\n", "expected [pack], [rule ID]");
}

static void a_pack_says_what_it_says(void **state)
{
	struct rulepack *pack = parse(HEAD "guard = 120\n[holidays h]\n12-25 = Christmas\n" RULE
		"kind = window\npurpose = collections\nmon-fri = 10:00-13:00, 14:00-24:00\nholiday = closed\nholidays = h\r\n");
	const struct rule *rule = &pack->rules[0];
	struct places here = {1, {"US-TX"}}, there = {1, {"CA-ON"}};
	char text[200];

	(void)state;
	assert_int_equal(pack->rule_count, 1);
	assert_string_equal(rule->source, "a; b # c");
	assert_int_equal(rule->hours.day[0].count, 2);
	assert_int_equal(rule->hours.day[0].span[0].from_s, 36000 + 120);
	assert_int_equal(rule->hours.day[0].span[1].to_s, 86400); /* midnight is no edge */
	assert_int_equal(rule->hours.day[5].count, 0);
	assert_ptr_equal(rule->hours.holidays, &pack->holidays[0]);
	rule_text(rule, text, sizeof(text));
	assert_string_equal(text, "mon-fri 10:02-12:58, 14:02-24:00; sat-sun closed; holidays closed");
	assert_true(rule_applies(rule, &here, PURPOSE_COLLECTIONS, NULL));
	assert_false(rule_applies(rule, &here, PURPOSE_TELEMARKETING, NULL));
	assert_false(rule_applies(rule, &there, PURPOSE_COLLECTIONS, NULL));
	assert_int_equal(strlen(pack->sha256), 64);
	rulepack_free(pack);
}

static void shipped_packs_are_good(void **state)
{
	uint32_t count = 0;

	(void)state;
	for (const struct rules_builtin *one = rules_builtin; one->name; one++, count++) {
		struct rulepack *pack = parse(one->text);

		assert_string_equal(pack->name, one->name);
		for (uint32_t i = 0; i < pack->rule_count; i++) {
			assert_true(strlen(pack->rules[i].source) > 5);
			assert_true(strlen(pack->rules[i].says) > 10);
		}
		rulepack_free(pack);
	}
	assert_int_equal(count, 7);
}

static bool is_holiday(const char *line, int year, int month, int day)
{
	struct holidays table = {.count = 1};

	assert_true(holiday_parse(line, &table.items[0]));
	return holidays_has(&table, day_of_date(year, month, day));
}

static void holidays_of_all_kinds(void **state)
{
	struct holiday out;

	(void)state;
	assert_true(is_holiday("4 thu nov", 2026, 11, 26));
	assert_false(is_holiday("4 thu nov", 2026, 11, 19));
	assert_true(is_holiday("last mon may", 2026, 5, 25));
	assert_true(is_holiday("last fri dec", 2026, 12, 25));
	assert_true(is_holiday("mon before 05-25", 2026, 5, 18));
	assert_true(is_holiday("easter", 2026, 4, 5));
	assert_true(is_holiday("easter", 2024, 3, 31));
	assert_true(is_holiday("easter", 2038, 4, 25));
	assert_true(is_holiday("easter-47", 2026, 2, 17));
	assert_true(is_holiday("easter+50", 2026, 5, 25));
	assert_true(is_holiday("07-04 observed", 2026, 7, 3)); /* a Saturday: Friday before, Monday after */
	assert_true(is_holiday("07-04 observed", 2026, 7, 6));
	assert_false(is_holiday("07-04", 2026, 7, 3));
	assert_true(is_holiday("01-01 observed", 2027, 12, 31)); /* New Year's Day 2028 is a Saturday */
	assert_true(is_holiday("12-31 observed", 2023, 1, 2)); /* New Year's Eve 2022 is a Saturday */
	assert_true(is_holiday("2027-12-28", 2027, 12, 28));
	assert_false(is_holiday("2027-12-28", 2028, 12, 28));
	for (const char *const *bad = (const char *const[]){"", "13-01", "4 thu", "6 thu nov", "easter+", "easter1", "1-1",
		     "xyz before 05-25", "02-30", "12-25 maybe", "2027-12", NULL};
		*bad; bad++)
		assert_false(holiday_parse(*bad, &out));
}

/* Every day of 400 years, forwards and back. */
static void the_calendar_is_whole(void **state)
{
	int year, month, day;

	(void)state;
	for (int64_t d = day_of_date(1900, 1, 1), last = day_of_date(2300, 1, 1); d < last; d++) {
		date_of_day(d, &year, &month, &day);
		assert_int_equal(day_of_date(year, month, day), d);
	}
	assert_int_equal(weekday_of_day(day_of_date(2026, 11, 16)), 0);
}

static struct places places_of(const char *numbers, const char *fields, size_t fields_bytes)
{
	struct lead lead = {.fields_bytes = (uint16_t)fields_bytes};
	struct places out;
	char copy[128], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", numbers);
	for (char *one = strtok_r(copy, ",", &save); one; one = strtok_r(NULL, ",", &save))
		snprintf(lead.phones[lead.phone_count++].e164, NUMBER_BYTES, "%s", one);
	memcpy(lead.fields, fields, fields_bytes);
	place_of_lead(&lead, &out);
	return out;
}

static void expect_places(const char *numbers, const char *fields, size_t fields_bytes, const char *expected)
{
	struct places places = places_of(numbers, fields, fields_bytes);
	char text[100] = "";

	for (uint32_t i = 0; i < places.count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", places.place[i]);
	assert_string_equal(text, expected);
}

#define FIELDS(text) text, sizeof(text)

static void places_of_leads(void **state)
{
	(void)state;
	expect_places("+12125550123", "", 0, "US-NY");
	expect_places("+13055550123", "", 0, "US-FL");
	expect_places("+19025550123", "", 0, "CA-NS CA-PE");
	expect_places("+18765550123", "", 0, "JM");
	expect_places("+17875550123", "", 0, "US-PR");
	expect_places("+18005550123", "", 0, "");
	expect_places("+8613800138000", "", 0, "CN");
	expect_places("+447700900123", "", 0, "GB");
	expect_places("+77012345678", "", 0, "KZ RU");
	expect_places("+12125550123,+13055550123", "", 0, "US-NY US-FL");
	expect_places("+12125550123,+18005550123", "", 0, ""); /* the second may be anywhere */
	expect_places("+12125550123", FIELDS("state\0FL"), "US-FL US-NY");
	expect_places("+12125550123", FIELDS("State\0florida"), "US-FL US-NY");
	expect_places("+18005550123", FIELDS("zip\00033101-1234"), "US-FL");
	expect_places("+18005550123", FIELDS("zip\00073960"), "US-TX"); /* between OK's */
	expect_places("+18005550123", FIELDS("zip\00006390"), "US-NY"); /* Fishers Island, by way of Connecticut */
	expect_places("+61412345678", FIELDS("state\0WA"), "AU"); /* Western Australia is no Washington */
	expect_places("+447700900123", FIELDS("country\0fr"), "FR GB");
	expect_places("+447700900123", FIELDS("country\0Frankreich"), "ZZ GB");
	expect_places("+14165550123", FIELDS("country\0CA\0province\0ON"), "CA-ON");
	assert_true(place_match("US", "US-FL") && place_match("US-FL", "US") && place_match("US-FL", "US-FL"));
	assert_false(place_match("US-FL", "US-TX") || place_match("FR", "US"));
	assert_false(place_ok("us") || place_ok("US-") || place_ok("US-FLA") || place_ok(""));
	assert_true(place_known("US") && place_known("CA") && place_known("FR") && place_known("US-FL") && place_known("CA-ON"));
	assert_false(place_known("ZZ") || place_known("UK") || place_known("US-XX") || place_known("FR-FL") || place_known("us"));
}

static void addresses_add_zones(void **state)
{
	const char *names[ZONE_NAMES_MAX + 1] = {"America/New_York", NULL};
	struct lead lead = {.phone_count = 1, .fields_bytes = sizeof("state\0FL")};

	(void)state;
	strcpy(lead.phones[0].e164, "+12125550123");
	memcpy(lead.fields, "state\0FL", sizeof("state\0FL"));
	assert_true(place_add_zones(&lead, names));
	assert_string_equal(names[1], "America/Chicago");
	assert_null(names[2]);
	lead.fields_bytes = 0;
	assert_false(place_add_zones(&lead, names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(errors_have_line_and_column),
		cmocka_unit_test(a_pack_says_what_it_says), cmocka_unit_test(shipped_packs_are_good),
		cmocka_unit_test(holidays_of_all_kinds), cmocka_unit_test(the_calendar_is_whole),
		cmocka_unit_test(places_of_leads), cmocka_unit_test(addresses_add_zones)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
