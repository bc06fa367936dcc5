/* holiday.c - is a day a holiday; see holiday.h */
#include "campaigns/holiday.h"

#include <stdio.h>
#include <string.h>

static const char *const weekday_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years begin in March, so that the day that leap years add is their last (H. Hinnant, chrono-compatible date algorithms). */
int64_t day_of_date(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = floor_div(y, 400);
	int64_t of_era = y - era * 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void date_of_day(int64_t day, int *year, int *month, int *date)
{
	int64_t z = day + 719468, era = floor_div(z, 146097), of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

	*date = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

int weekday_of_day(int64_t day)
{
	return (int)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static int word_of(const char *const *words, int count, const char *text, int length)
{
	for (int i = 0; i < count; i++)
		if (length == 3 && strncmp(words[i], text, 3) == 0)
			return i;
	return -1;
}

int weekday_parse(const char *text, int length)
{
	return word_of(weekday_names, 7, text, length);
}

static int64_t easter_day(int year)
{
	int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4, g = (8 * b + 13) / 25;
	int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
	int m = (a + 11 * h + 19 * l) / 433, month = (h + l - 7 * m + 90) / 25;

	return day_of_date(year, month, (h + l - 7 * m + 33 * month + 19) % 32);
}

static int64_t nth_day(const struct holiday *holiday, int year)
{
	bool last = holiday->nth < 0;
	int month = last ? holiday->month % 12 + 1 : holiday->month;
	int64_t first = day_of_date(last && month == 1 ? year + 1 : year, month, 1);
	int64_t days = (holiday->weekday - weekday_of_day(first) + 7) % 7;

	return first + days + 7 * (last ? -1 : holiday->nth - 1);
}

/* The holiday of that year; a date that the year does not have (02-29) is the day after. */
static int64_t holiday_day(const struct holiday *holiday, int year)
{
	int64_t day;

	switch (holiday->kind) {
	case HOLIDAY_NTH:
		return nth_day(holiday, year);
	case HOLIDAY_EASTER:
		return easter_day(year) + holiday->offset;
	case HOLIDAY_BEFORE:
		day = day_of_date(year, holiday->month, holiday->day) - 1;
		return day - (weekday_of_day(day) - holiday->weekday + 7) % 7;
	case HOLIDAY_DATED:
		year = holiday->year;
		break;
	case HOLIDAY_YEARLY:
		break;
	}
	return day_of_date(year, holiday->month, holiday->day);
}

static bool holiday_is(const struct holiday *holiday, int64_t holiday_on, int64_t day)
{
	int weekday = weekday_of_day(holiday_on);

	if (day == holiday_on)
		return true;
	if (!holiday->observed || weekday < 5)
		return false;
	return day == holiday_on + 7 - weekday || (weekday == 5 && day == holiday_on - 1);
}

/* An observed New Year's Day may be the last day of the year before, an observed New Year's Eve one of the next year's first. */
bool holidays_has(const struct holidays *holidays, int64_t day)
{
	int year, month, date;

	date_of_day(day, &year, &month, &date);
	for (uint32_t i = 0; i < holidays->count; i++)
		for (int y = year - (month == 1); y <= year + (month == 12); y++)
			if (holiday_is(&holidays->items[i], holiday_day(&holidays->items[i], y), day))
				return true;
	return false;
}

/* --- reading */

static bool date_ok(int year, int month, int day)
{
	static const int8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return year >= 1970 && year <= 2999 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

static bool parse_easter(const char *text, struct holiday *out)
{
	int offset = 0, n = 6;

	if (strncmp(text, "easter", 6) != 0)
		return false;
	if (text[6] && (sscanf(text + 6, "%4d%n", &offset, &n) != 1 || text[6 + n] || !strchr("+-", text[6])))
		return false;
	*out = (struct holiday){.kind = HOLIDAY_EASTER, .offset = (int16_t)offset};
	return offset > -100 && offset < 100;
}

static bool parse_before(const char *text, struct holiday *out)
{
	int month, day, n = 0;

	if (sscanf(text, "%*3[a-z] before %2d-%2d%n", &month, &day, &n) != 2 || text[n] || !date_ok(2000, month, day))
		return false;
	*out = (struct holiday){
		.kind = HOLIDAY_BEFORE, .month = (int8_t)month, .day = (int8_t)day, .weekday = (int8_t)weekday_parse(text, 3)};
	return out->weekday >= 0;
}

/* "4 thu nov", "last mon may" */
static bool parse_nth(const char *text, struct holiday *out)
{
	char weekday[4], month[4], nth[5];
	int n = 0;

	if (sscanf(text, "%4[1-5last] %3[a-z] %3[a-z]%n", nth, weekday, month, &n) != 3 || text[n])
		return false;
	bool last = strcmp(nth, "last") == 0;

	*out = (struct holiday){.kind = HOLIDAY_NTH,
		.nth = last ? -1 : (int8_t)(nth[0] - '0'),
		.weekday = (int8_t)weekday_parse(weekday, (int)strlen(weekday)),
		.month = (int8_t)(word_of(month_names, 12, month, (int)strlen(month)) + 1)};
	return (last || (nth[0] >= '1' && nth[0] <= '5' && !nth[1])) && out->weekday >= 0 && out->month >= 1;
}

static bool parse_date(const char *text, struct holiday *out)
{
	int year = 2000, month, day, n = 0;
	bool dated = sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &n) == 3 && n == 10;

	if (!dated && (sscanf(text, "%2d-%2d%n", &month, &day, &n) != 2 || n != 5))
		return false;
	*out = (struct holiday){.kind = dated ? HOLIDAY_DATED : HOLIDAY_YEARLY,
		.observed = strcmp(text + n, " observed") == 0,
		.year = (int16_t)year,
		.month = (int8_t)month,
		.day = (int8_t)day};
	return (!text[n] || out->observed) && date_ok(dated ? year : 2000, month, day);
}

bool holiday_parse(const char *text, struct holiday *out)
{
	return parse_easter(text, out) || parse_before(text, out) || parse_nth(text, out) || parse_date(text, out);
}
