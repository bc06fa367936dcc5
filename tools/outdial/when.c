/* when.c - times and spans as people write them */
#include "tools/outdial/outdial.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Behind each time stands its zone, as the options that take times read it. */
static const char *when_print(int64_t us, bool seconds_too, char out[WHEN_BYTES])
{
	time_t seconds = us / SEC_US;
	struct tm tm;
	size_t n = 0;

	if (us != 0 && localtime_r(&seconds, &tm))
		n = seconds_too ? strftime(out, WHEN_BYTES, "%Y-%m-%d %H:%M:%S", &tm)
				: strftime(out, WHEN_BYTES, "%Y-%m-%d %H:%M", &tm);
	long minutes = n ? tm.tm_gmtoff / 60 : 0;

	if (n == 0)
		snprintf(out, WHEN_BYTES, "never");
	else if (minutes == 0)
		snprintf(out + n, WHEN_BYTES - n, "Z");
	else
		snprintf(out + n, WHEN_BYTES - n, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', labs(minutes) / 60,
			labs(minutes) % 60);
	return out;
}

const char *when_text(int64_t us, char out[WHEN_BYTES])
{
	return when_print(us, true, out);
}

const char *when_cell(int64_t us, char out[WHEN_BYTES])
{
	return when_print(us, false, out);
}

/* "", "Z", "+08:00", "-0530": *local tells the first. */
static bool zone_parse(const char *text, bool *local, int *offset_s)
{
	int hours, minutes, n = 0;

	*local = !*text;
	*offset_s = 0;
	if (!*text || strcmp(text, "Z") == 0)
		return true;
	if (*text != '+' && *text != '-')
		return false;
	if ((sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &n) != 2 || text[1 + n]) &&
		(sscanf(text + 1, "%2d%2d%n", &hours, &minutes, &n) != 2 || text[1 + n]))
		return false;
	*offset_s = (hours * 3600 + minutes * 60) * (*text == '-' ? -1 : 1);
	return hours >= 0 && hours <= 14 && minutes >= 0 && minutes < 60;
}

/* mktime() and timegm() would accept 31 February. */
static bool tm_same_day(const struct tm *a, const struct tm *b)
{
	return a->tm_mday == b->tm_mday && a->tm_mon == b->tm_mon && a->tm_year == b->tm_year;
}

bool when_parse(const char *text, int64_t *us)
{
	static const char *const formats[] = {
		"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"};
	int offset_s;
	bool local;

	for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = {.tm_isdst = -1}, asked;
		const char *rest = strptime(text, formats[i], &tm);

		if (!rest || !zone_parse(rest, &local, &offset_s))
			continue;
		tm.tm_isdst = -1;
		asked = tm;
		time_t seconds = local ? mktime(&tm) : timegm(&tm);

		if (tm.tm_year < 70 || !tm_same_day(&asked, &tm))
			return false;
		*us = ((int64_t)seconds - offset_s) * SEC_US;
		return true;
	}
	return false;
}

const char *span_text(int64_t us, char out[WHEN_BYTES])
{
	static const struct {
		int64_t us;
		const char *unit;
	} units[] = {{DAY_US, "d"}, {3600 * SEC_US, "h"}, {60 * SEC_US, "m"}, {SEC_US, "s"}, {MS_US, "ms"}};

	snprintf(out, WHEN_BYTES, "%lldus", (long long)us);
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (us % units[i].us == 0 && us) {
			snprintf(out, WHEN_BYTES, "%lld%s", (long long)(us / units[i].us), units[i].unit);
			break;
		}
	}
	if (us == 0)
		snprintf(out, WHEN_BYTES, "0s");
	return out;
}

const char *clock_text(int64_t us, char out[WHEN_BYTES])
{
	long long s = us > 0 ? us / SEC_US : 0;

	if (s >= 360000)
		snprintf(out, WHEN_BYTES, "%lldd %02lldh", s / 86400, s / 3600 % 24);
	else
		snprintf(out, WHEN_BYTES, "%02lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	return out;
}

int option_time(const struct call *call, const char *name, int64_t *us)
{
	const char *text = call_value(call, name);

	*us = 0;
	if (text && !when_parse(text, us))
		return misuse(
			call, "--%s %s: expected a time such as 2026-11-21, 2026-11-21T09:00 or 2026-11-21T01:00Z", name, text);
	return STATUS_DONE;
}

/* The zone of --from, --to and of days and months is the machine's, or this one. */
int option_zone(const struct call *call)
{
	const char *zone = call_value(call, "zone");

	if (!zone)
		return STATUS_DONE;
	if (!tz_get(zone))
		return misuse(call, "--zone %s: no such zone; expected a name such as Europe/London", zone);
	setenv("TZ", zone, 1);
	tzset();
	return STATUS_DONE;
}
