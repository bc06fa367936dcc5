/* lawcount.c - see lawcount.h */
#include "campaigns/lawcount.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PERIOD_US (30 * DAY_US)
#define ROLLING_DAYS 30

const char *law_name(enum law law)
{
	static const char *const names[LAWS] = {"us_30_days", "uk_day", "ca_month", "rolling_30_days"};

	return (unsigned)law < LAWS ? names[law] : "";
}

/* --- periods */

/* The first instant of a local date; mktime() puts days and months in order. */
static int64_t date_us(int year, int month, int day)
{
	struct tm tm = {.tm_year = year, .tm_mon = month, .tm_mday = day, .tm_isdst = -1};

	return (int64_t)mktime(&tm) * SEC_US;
}

struct law_period law_period_of(enum law law, int64_t first_dial_us, int64_t at_us)
{
	time_t seconds = (time_t)(at_us / SEC_US);
	struct law_period period = {0};
	struct tm tm;

	if (law == LAW_US_30_DAYS) {
		int64_t past_us = at_us - first_dial_us;
		int64_t index = past_us >= 0 ? past_us / PERIOD_US : -((PERIOD_US - 1 - past_us) / PERIOD_US);

		period.start_us = first_dial_us + index * PERIOD_US;
		period.end_us = period.start_us + PERIOD_US;
		return period;
	}
	localtime_r(&seconds, &tm);
	bool month = law == LAW_CA_MONTH;

	period.start_us = date_us(tm.tm_year, tm.tm_mon, month ? 1 : tm.tm_mday);
	period.end_us = date_us(tm.tm_year, tm.tm_mon + month, month ? 1 : tm.tm_mday + 1);
	return period;
}

/* The place of the first period that ends behind an instant. Calls come nearly in order: mostly it is the last one. */
static size_t place_of(const struct lawcount *counts, enum law law, int64_t at_us)
{
	const struct law_period *items = counts->law[law].items;
	size_t from = 0, to = counts->law[law].count;

	if (to && at_us >= items[to - 1].start_us)
		return at_us < items[to - 1].end_us ? to - 1 : to;
	while (from < to) {
		size_t middle = (from + to) / 2;

		if (at_us < items[middle].end_us)
			to = middle;
		else
			from = middle + 1;
	}
	return from;
}

static struct law_period *insert(struct lawcount *counts, enum law law, size_t place, int64_t at_us)
{
	size_t count = counts->law[law].count, room = counts->law[law].room ? counts->law[law].room * 2 : 16;
	struct law_period *items = counts->law[law].items;

	if (count == counts->law[law].room) {
		items = realloc(items, room * sizeof(*items));
		if (!items)
			return NULL;
		counts->law[law].items = items;
		counts->law[law].room = room;
	}
	memmove(items + place + 1, items + place, (count - place) * sizeof(*items));
	items[place] = law_period_of(law, counts->first_dial_us, at_us);
	counts->law[law].count++;
	return &items[place];
}

static struct law_period *period_of(struct lawcount *counts, enum law law, int64_t at_us)
{
	size_t place = place_of(counts, law, at_us);
	struct law_period *items = counts->law[law].items;

	if (place < counts->law[law].count && at_us >= items[place].start_us)
		return &items[place];
	return insert(counts, law, place, at_us);
}

/* --- counting */

void lawcount_init(struct lawcount *counts, int64_t first_dial_us)
{
	*counts = (struct lawcount){.first_dial_us = first_dial_us};
}

void lawcount_fini(struct lawcount *counts)
{
	for (int law = 0; law < LAWS_COUNTED; law++)
		free(counts->law[law].items);
	*counts = (struct lawcount){0};
}

int lawcount_add(struct lawcount *counts, const struct attempt *attempt)
{
	const struct outcome_facts *facts = outcome_facts(attempt->outcome);

	for (int law = 0; law < LAWS_COUNTED; law++) {
		struct law_period *period = period_of(counts, (enum law)law, attempt->intent_us);

		if (!period)
			return -ENOMEM;
		period->count.live += facts->live;
		period->count.abandoned += facts->abandoned;
		judge_add(&period->count.judged, attempt);
	}
	return 0;
}

/* --- rows */

static void sum(struct law_count *into, const struct law_count *from)
{
	into->live += from->live;
	into->abandoned += from->abandoned;
	into->judged.machines += from->judged.machines;
	into->judged.sampled += from->judged.sampled;
	into->judged.judged += from->judged.judged;
	into->judged.wrong += from->judged.wrong;
}

/* The 30 calendar days that end with a day. */
static struct law_period rolling(const struct lawcount *counts, size_t index)
{
	const struct law_period *days = counts->law[LAW_UK_DAY].items;
	time_t seconds = (time_t)(days[index].start_us / SEC_US);
	struct law_period all = {.end_us = days[index].end_us};
	struct tm tm;

	localtime_r(&seconds, &tm);
	all.start_us = date_us(tm.tm_year, tm.tm_mon, tm.tm_mday - ROLLING_DAYS + 1);
	for (size_t i = index + 1; i > 0 && days[i - 1].start_us >= all.start_us; i--)
		sum(&all.count, &days[i - 1].count);
	return all;
}

static enum law counted_as(enum law law)
{
	return law == LAW_ROLLING_30_DAYS ? LAW_UK_DAY : law;
}

size_t lawcount_rows(const struct lawcount *counts, enum law law)
{
	return counts->law[counted_as(law)].count;
}

struct law_period lawcount_row(const struct lawcount *counts, enum law law, size_t index)
{
	return law == LAW_ROLLING_30_DAYS ? rolling(counts, index) : counts->law[law].items[index];
}

struct law_count lawcount_at(const struct lawcount *counts, enum law law, int64_t start_us)
{
	for (size_t i = 0; i < lawcount_rows(counts, law); i++) {
		struct law_period row = lawcount_row(counts, law, i);

		if (row.start_us == start_us)
			return row.count;
	}
	return (struct law_count){0};
}
