/* test_win.c - WIN_1: a million random numbers and instants, against a slow reference that shares no code with the decider */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/prng.h"
#include "base/text.h"
#include "campaigns/import.h"
#include "campaigns/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CASES 1000000
#define NUMBERS 4000 /* each is asked at CASES / NUMBERS instants, in the order of its zones: the reference changes TZ */

static struct rulepack *packs[8];
static uint32_t pack_count;

static int load_packs(void **state)
{
	(void)state;
	for (const struct rules_builtin *one = rules_builtin; one->name; one++) {
		char why[PACK_WHY_BYTES];

		if (rulepack_parse(&packs[pack_count++], one->text, strlen(one->text), why) != 0)
			return -1;
	}
	return 0;
}

static int free_packs(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < pack_count; i++)
		rulepack_free(packs[i]);
	return 0;
}

/* --- the reference: the C library's zones, and the hours as a person would read them */

struct reading {
	struct places places;
	const char *zones[ZONE_NAMES_MAX + 1];
	int zone_count;
	const struct hours *hours[256];
	uint32_t hours_count;
	const struct tz *tz[ZONE_NAMES_MAX];
};

static bool slow_nth(const struct holiday *h, const struct tm *local)
{
	int last_day = 31 - (local->tm_mon == 1 ? 3 - (local->tm_year % 4 == 0) : local->tm_mon == 3 || local->tm_mon == 5 ||
			    local->tm_mon == 8 || local->tm_mon == 10);

	if (local->tm_mon + 1 != h->month || (local->tm_wday + 6) % 7 != h->weekday)
		return false;
	return h->nth > 0 ? (local->tm_mday - 1) / 7 + 1 == h->nth : local->tm_mday + 7 > last_day;
}

/* Easter Sundays of the years that are drawn, from a printed table. */
static bool slow_easter(const struct holiday *h, const struct tm *local)
{
	static const struct {
		int year, month, day;
	} easters[] = {{2024, 3, 31}, {2025, 4, 20}, {2026, 4, 5}, {2027, 3, 28}, {2028, 4, 16}, {2029, 4, 1}};
	struct tm noon = {.tm_year = local->tm_year, .tm_mon = local->tm_mon, .tm_mday = local->tm_mday, .tm_hour = 12};
	time_t today = timegm(&noon);

	for (unsigned i = 0; i < sizeof(easters) / sizeof(easters[0]); i++) {
		struct tm easter = {.tm_year = easters[i].year - 1900,
			.tm_mon = easters[i].month - 1,
			.tm_mday = easters[i].day,
			.tm_hour = 12};

		if (easters[i].year == local->tm_year + 1900)
			return today - timegm(&easter) == h->offset * 86400;
	}
	return false;
}

static bool slow_date(const struct holiday *h, const struct tm *local, int year)
{
	struct tm day = {.tm_year = year - 1900, .tm_mon = h->month - 1, .tm_mday = h->day, .tm_hour = 12};
	struct tm noon = {.tm_year = local->tm_year, .tm_mon = local->tm_mon, .tm_mday = local->tm_mday, .tm_hour = 12};
	time_t at = timegm(&day), today = timegm(&noon);

	if (at == today)
		return true;
	return h->observed && ((day.tm_wday == 6 && (today - at == -86400 || today - at == 2 * 86400)) ||
				      (day.tm_wday == 0 && today - at == 86400));
}

static bool slow_holiday(const struct holidays *table, const struct tm *local)
{
	for (uint32_t i = 0; i < table->count; i++) {
		const struct holiday *h = &table->items[i];

		if ((h->kind == HOLIDAY_NTH && slow_nth(h, local)) || (h->kind == HOLIDAY_EASTER && slow_easter(h, local)))
			return true;
		if (h->kind == HOLIDAY_YEARLY &&
			(slow_date(h, local, local->tm_year + 1900) || slow_date(h, local, local->tm_year + 1901)))
			return true;
		if (h->kind == HOLIDAY_DATED && slow_date(h, local, h->year))
			return true;
	}
	return false;
}

static bool slow_open(const struct hours *hours, const struct tm *local)
{
	int day = hours->holidays && slow_holiday(hours->holidays, local) ? HOURS_HOLIDAY : (local->tm_wday + 6) % 7;
	int s = local->tm_hour * 3600 + local->tm_min * 60 + local->tm_sec;

	for (int i = 0; i < hours->day[day].count; i++)
		if (s >= hours->day[day].span[i].from_s && s < hours->day[day].span[i].to_s)
			return true;
	return false;
}

/* --- the numbers */

/* Split area codes, ordinary ones, toll-free, Australian mobiles, and the countries of the packs. */
static void draw_number(struct prng *prng, char e164[NUMBER_BYTES])
{
	static const int split[] = {208, 219, 250, 270, 308, 418, 423, 480, 520, 541, 574, 602, 605, 606, 620, 701, 709, 775, 785,
		807, 812, 850, 867, 906, 907, 928, 986};
	static const char *const others[] = {"+614", "+612", "+331", "+336", "+86138", "+4477", "+4420"};
	unsigned tail = (unsigned)prng_below(prng, 8000000) + 2000000;
	char text[40];

	switch (prng_below(prng, 8)) {
	case 0:
	case 1:
		snprintf(text, sizeof(text), "+1%d%u", split[prng_below(prng, 27)], tail);
		break;
	case 2:
		snprintf(text, sizeof(text), "+1%s%u", prng_below(prng, 2) ? "800" : "888", tail);
		break;
	case 3:
	case 4:
	case 5:
		snprintf(text, sizeof(text), "+1%u%u", (unsigned)prng_below(prng, 800) + 200, tail);
		break;
	default:
		snprintf(text, sizeof(text), "%s%u", others[prng_below(prng, 7)], tail * 10);
	}
	text_copy(e164, NUMBER_BYTES, text);
}

static void read_rules(const struct lead *lead, enum campaign_purpose purpose, struct reading *out)
{
	place_of_lead(lead, &out->places);
	out->zone_count = zone_of_lead(lead, out->zones);
	out->hours_count = 0;
	for (int i = 0; i < out->zone_count; i++)
		out->tz[i] = tz_get(out->zones[i]);
	for (uint32_t p = 0; p < pack_count; p++)
		for (uint32_t i = 0; i < packs[p]->rule_count; i++)
			if (packs[p]->rules[i].kind == RULE_WINDOW &&
				rule_applies(&packs[p]->rules[i], &out->places, purpose, NULL))
				out->hours[out->hours_count++] = &packs[p]->rules[i].hours;
}

/* Within two days of a change of the clocks or of a holiday every second time. */
static int64_t draw_instant(struct prng *prng)
{
	static const int64_t edges_s[] = {1772953200, 1793512800, 1774746000, 1792890000, 1775318400, 1759593600, 1766620800,
		1798156800, 1796256000, 1783123200};
	int64_t day_s = prng_below(prng, 2) ? edges_s[prng_below(prng, 10)] + (int64_t)prng_below(prng, 4 * 86400) - 2 * 86400
					    : 1735689600 + (int64_t)prng_below(prng, 4 * 365 * 86400);

	return prng_below(prng, 3) ? day_s : day_s - day_s % 1800 + (int64_t)prng_below(prng, 122) - 61; /* close to an edge */
}

static bool slow_all_open(const struct reading *reading, const struct tm local[ZONE_NAMES_MAX])
{
	for (int z = 0; z < reading->zone_count; z++)
		for (uint32_t i = 0; i < reading->hours_count; i++)
			if (!slow_open(reading->hours[i], &local[z]))
				return false;
	return reading->zone_count > 0 && reading->hours_count > 0;
}

/* The C library knows one zone at a time: local times of all instants are made zone by zone. */
static uint32_t ask_number(
	const struct reading *reading, const int64_t *instants_s, uint32_t count, struct tm (*locals)[ZONE_NAMES_MAX])
{
	uint32_t open = 0;

	for (int z = 0; z < reading->zone_count; z++) {
		setenv("TZ", reading->zones[z], 1);
		tzset();
		for (uint32_t i = 0; i < count; i++) {
			time_t at = instants_s[i];

			localtime_r(&at, &locals[i][z]);
		}
	}
	for (uint32_t i = 0; i < count; i++) {
		struct hours_state state = hours_at(
			reading->hours, reading->hours_count, reading->tz, (uint32_t)reading->zone_count, instants_s[i] * SEC_US);

		if (state.open != slow_all_open(reading, locals[i]))
			fail_msg("%s at %lld: %s", reading->zones[0], (long long)instants_s[i], state.open ? "open" : "closed");
		open += state.open;
	}
	return open;
}

static void WIN_1_a_million_numbers_and_instants(void **state)
{
	static struct tm locals[CASES / NUMBERS][ZONE_NAMES_MAX];
	static int64_t instants_s[CASES / NUMBERS];
	const uint32_t each = CASES / NUMBERS;
	uint32_t open = 0, unknown = 0, wide = 0;
	struct prng prng;

	(void)state;
	prng_seed(&prng, 1);
	for (int n = 0; n < NUMBERS; n++) {
		struct lead lead = {.phone_count = 1};
		struct reading reading;

		draw_number(&prng, lead.phones[0].e164);
		read_rules(&lead, (enum campaign_purpose)prng_below(&prng, 3), &reading);
		for (uint32_t i = 0; i < each; i++)
			instants_s[i] = draw_instant(&prng);
		unknown += reading.zone_count == 0;
		wide += reading.zone_count > 5;
		open += ask_number(&reading, instants_s, each, locals);
	}
	assert_true(open > CASES / 10);
	assert_true(unknown > NUMBERS / 20); /* toll-free numbers and codes that nobody has: closed at all times */
	assert_true(wide > NUMBERS / 40);    /* Australian mobiles */
	setenv("TZ", "UTC", 1);
	tzset();
}

/* A set of all 42 zones of North America: what a toll-free number would have if its country counted. */
static void WIN_1_forty_two_zones(void **state)
{
	static struct tm locals[2000][ZONE_NAMES_MAX];
	static int64_t instants_s[2000];
	struct reading reading = {.places = {1, {"US"}}};
	struct prng prng;
	uint32_t open;

	(void)state;
	prng_seed(&prng, 2);
	for (int npa = 200; npa < 1000 && reading.zone_count < 42; npa++) {
		const char *names[ZONE_NAMES_MAX + 1];
		struct lead lead = {.phone_count = 1};

		snprintf(lead.phones[0].e164, NUMBER_BYTES, "+1%d5550123", npa);
		zone_of_lead(&lead, names);
		for (int k = 0; names[k] && reading.zone_count < 42; k++) {
			int i = 0;

			while (i < reading.zone_count && strcmp(reading.zones[i], names[k]) != 0)
				i++;
			if (i < reading.zone_count)
				continue;
			reading.tz[i] = tz_get(names[k]);
			reading.zones[reading.zone_count++] = names[k];
		}
	}
	assert_true(reading.zone_count > 38);
	for (uint32_t p = 0; p < pack_count; p++)
		for (uint32_t i = 0; i < packs[p]->rule_count; i++)
			if (packs[p]->rules[i].kind == RULE_WINDOW &&
				rule_applies(&packs[p]->rules[i], &reading.places, PURPOSE_COLLECTIONS, NULL))
				reading.hours[reading.hours_count++] = &packs[p]->rules[i].hours;
	for (int i = 0; i < 2000; i++)
		instants_s[i] = draw_instant(&prng);
	open = ask_number(&reading, instants_s, 2000, locals);
	assert_true(open < 400); /* from Newfoundland to Guam nearly nothing is left */
	setenv("TZ", "UTC", 1);
	tzset();
}

/* Between now and what hours_at() promises nothing changes, and there it does. */
static void WIN_1_promises_are_kept(void **state)
{
	struct prng prng;

	(void)state;
	prng_seed(&prng, 3);
	for (int n = 0; n < 20000; n++) {
		struct lead lead = {.phone_count = 1};
		struct reading reading;
		struct hours_state now, before, then;
		int64_t at_us = draw_instant(&prng) * SEC_US;

		draw_number(&prng, lead.phones[0].e164);
		read_rules(&lead, PURPOSE_TELEMARKETING, &reading);
		now = hours_at(reading.hours, reading.hours_count, reading.tz, (uint32_t)reading.zone_count, at_us);
		if (!now.until_us)
			continue;
		assert_true(now.until_us > at_us);
		before = hours_at(
			reading.hours, reading.hours_count, reading.tz, (uint32_t)reading.zone_count, now.until_us - SEC_US);
		then = hours_at(reading.hours, reading.hours_count, reading.tz, (uint32_t)reading.zone_count, now.until_us);
		assert_int_equal(before.open, now.open);
		assert_int_not_equal(then.open, now.open);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(WIN_1_a_million_numbers_and_instants),
		cmocka_unit_test(WIN_1_forty_two_zones), cmocka_unit_test(WIN_1_promises_are_kept)};

	return cmocka_run_group_tests(tests, load_packs, free_packs);
}
