/*
 * holiday.h - tables of holidays as rule packs write them (pure)
 *
 * What    A line is one of
 *           12-25                each year
 *           12-25 observed       also the Friday before a Saturday, and the Monday after a Saturday or Sunday
 *           2027-12-28           that date only
 *           4 thu nov            the fourth Thursday of November; `last mon may`
 *           mon before 05-25     the last Monday before that day
 *           easter, easter+1     days from Easter Sunday (Gregorian calendar)
 * Days    a day is the number of days since 1970-01-01 in local time.
 * Source  Easter: the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8).
 */
#ifndef OUTDIAL_CAMPAIGNS_HOLIDAY_H
#define OUTDIAL_CAMPAIGNS_HOLIDAY_H

#include <stdbool.h>
#include <stdint.h>

#define HOLIDAYS_MAX 40

struct holiday {
	enum holiday_kind { HOLIDAY_YEARLY, HOLIDAY_DATED, HOLIDAY_NTH, HOLIDAY_BEFORE, HOLIDAY_EASTER } kind;
	bool observed;
	int16_t year, offset;       /* offset: days from Easter */
	int8_t month, day;          /* 1.. */
	int8_t weekday, nth;        /* 0 Monday; nth 1..5, -1 the last */
};

struct holidays {
	char name[32];
	uint32_t count;
	struct holiday items[HOLIDAYS_MAX];
};

/* False: it is none of the forms above, or no date. */
bool holiday_parse(const char *text, struct holiday *out);
bool holidays_has(const struct holidays *holidays, int64_t day);

/* --- the calendar itself */
int64_t day_of_date(int year, int month, int day);
void date_of_day(int64_t day, int *year, int *month, int *date);
int weekday_of_day(int64_t day); /* 0 Monday */
/* "mon" .. "sun", 0..6; -1: none. `length` bytes of text. */
int weekday_parse(const char *text, int length);

#endif
