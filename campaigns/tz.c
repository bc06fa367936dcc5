/* tz.c - TZif files and the rule in their footer */
#include "campaigns/tz_table.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TZ_DAY_S 86400

/* --- footer rule: "EST5EDT,M3.2.0,M11.1.0" */

static const char *tz_rule_name(const char *p)
{
	const char *from = p;

	if (*p == '<') {
		while (*p && *p != '>')
			p++;
		return *p == '>' ? p + 1 : NULL;
	}
	while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
		p++;
	return p - from >= 3 ? p : NULL;
}

static const char *tz_rule_number(const char *p, int max, int *out)
{
	int value = 0;

	if (!p || *p < '0' || *p > '9')
		return NULL;
	while (*p >= '0' && *p <= '9') {
		value = value * 10 + (*p++ - '0');
		if (value > max)
			return NULL;
	}
	*out = value;
	return p;
}

/* [+-]hh[:mm[:ss]] */
static const char *tz_rule_time(const char *p, int32_t *out_s)
{
	int part[3] = {0}, sign = 1;

	if (!p)
		return NULL;
	if (*p == '+' || *p == '-')
		sign = *p++ == '-' ? -1 : 1;
	p = tz_rule_number(p, 167, &part[0]);
	for (int i = 1; p && i < 3 && *p == ':'; i++)
		p = tz_rule_number(p + 1, 59, &part[i]);
	*out_s = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
	return p;
}

static const char *tz_rule_date(const char *p, struct tz_rule *rule)
{
	if (*p == 'J') {
		rule->kind = RULE_JULIAN;
		p = tz_rule_number(p + 1, 365, &rule->day);
		return rule->day >= 1 ? p : NULL;
	}
	if (*p != 'M') {
		rule->kind = RULE_DAY;
		return tz_rule_number(p, 365, &rule->day);
	}
	rule->kind = RULE_MONTH;
	p = tz_rule_number(p + 1, 12, &rule->month);
	p = p && *p == '.' ? tz_rule_number(p + 1, 5, &rule->week) : NULL;
	p = p && *p == '.' ? tz_rule_number(p + 1, 6, &rule->day) : NULL;
	return rule->month >= 1 && rule->week >= 1 ? p : NULL;
}

static const char *tz_rule_change(const char *p, struct tz_rule *rule)
{
	if (!p || *p != ',')
		return NULL;
	p = tz_rule_date(p + 1, rule);
	rule->time_s = 2 * 3600;
	if (p && *p == '/')
		p = tz_rule_time(p + 1, &rule->time_s);
	return p;
}

/* POSIX writes offsets west of Greenwich as positive: the sign is turned here. */
static bool tz_footer_parse(const char *p, struct tz_footer *footer)
{
	int32_t west_s;

	p = tz_rule_time(tz_rule_name(p), &west_s);
	if (!p)
		return false;
	footer->std_s = -west_s;
	footer->present = true;
	if (!*p)
		return true;
	footer->has_dst = true;
	footer->dst_s = footer->std_s + 3600;
	p = tz_rule_name(p);
	if (p && *p && *p != ',') {
		p = tz_rule_time(p, &west_s);
		footer->dst_s = -west_s;
	}
	p = tz_rule_change(p, &footer->start);
	p = tz_rule_change(p, &footer->end);
	return p && !*p;
}

static bool tz_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of January of the year. */
static int64_t tz_year_days(int64_t year)
{
	int64_t y = year - 1;

	return y * 365 + (y >= 0 ? y / 4 - y / 100 + y / 400 : 0) - 719162;
}

static int64_t tz_rule_days(const struct tz_rule *rule, int64_t year)
{
	static const uint8_t lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t days = tz_year_days(year);
	int length, first;

	if (rule->kind == RULE_DAY)
		return days + rule->day;
	if (rule->kind == RULE_JULIAN) /* 29 February is never counted */
		return days + rule->day - 1 + (tz_leap(year) && rule->day >= 60);
	for (int m = 1; m < rule->month; m++)
		days += lengths[m - 1] + (m == 2 && tz_leap(year));
	length = lengths[rule->month - 1] + (rule->month == 2 && tz_leap(year));
	first = (int)(((days + 4) % 7 + 7) % 7); /* weekday of the first, 0 Sunday */
	first = (rule->day - first + 7) % 7 + 7 * (rule->week - 1);
	return days + (first < length ? first : first - 7);
}

static struct tz_span tz_footer_at(const struct tz_footer *footer, int64_t utc_s)
{
	struct tz_span span = {footer->std_s, INT64_MAX};
	int64_t year, before = INT64_MIN;

	if (!footer->has_dst)
		return span;
	if (utc_s < INT64_C(-2208988800) || utc_s > INT64_C(253402300799)) /* years 1900 to 9999; no rule is meant for others */
		return span;
	year = 1970 + utc_s / 31556952;
	for (int64_t y = year - 2; y <= year + 2; y++) {
		int64_t end = tz_rule_days(&footer->end, y) * TZ_DAY_S + footer->end.time_s - footer->dst_s;
		int64_t start = tz_rule_days(&footer->start, y) * TZ_DAY_S + footer->start.time_s - footer->std_s;

		if (end <= utc_s && end > before) {
			before = end;
			span.offset_s = footer->std_s;
		}
		if (start <= utc_s &&
			start >= before) { /* at a tie daylight saving time goes on (a zone that keeps it all year) */
			before = start;
			span.offset_s = footer->dst_s;
		}
		if (end > utc_s && end < span.until_s)
			span.until_s = end;
		if (start > utc_s && start < span.until_s)
			span.until_s = start;
	}
	return span;
}

/* --- the file */

struct tz_counts {
	uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t tz_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t tz_be64(const unsigned char *p)
{
	return (int64_t)((uint64_t)tz_be32(p) << 32 | tz_be32(p + 4));
}

static bool tz_header(const unsigned char *p, size_t left, struct tz_counts *counts, uint8_t *version)
{
	if (left < 44 || memcmp(p, "TZif", 4) != 0)
		return false;
	*version = p[4];
	*counts = (struct tz_counts){
		tz_be32(p + 20), tz_be32(p + 24), tz_be32(p + 28), tz_be32(p + 32), tz_be32(p + 36), tz_be32(p + 40)};
	return counts->type >= 1 && counts->type <= TZ_TYPES_MAX && counts->time <= TZ_FILE_BYTES_MAX &&
	       counts->chars <= TZ_FILE_BYTES_MAX && counts->leap <= TZ_FILE_BYTES_MAX && counts->isut <= TZ_TYPES_MAX &&
	       counts->isstd <= TZ_TYPES_MAX;
}

static size_t tz_block_bytes(const struct tz_counts *c, size_t time_bytes)
{
	return c->time * (time_bytes + 1) + c->type * 6 + c->chars + c->leap * (time_bytes + 4) + c->isstd + c->isut;
}

static int tz_block(struct tz *tz, const unsigned char *p, const struct tz_counts *c, size_t time_bytes)
{
	const unsigned char *types = p + c->time * time_bytes, *offsets = types + c->time;

	tz->at = calloc(c->time + 1, sizeof(*tz->at));
	tz->type = calloc(c->time + 1, 1);
	if (!tz->at || !tz->type)
		return -ENOMEM;
	for (uint32_t i = 0; i < c->time; i++) {
		tz->at[i] = time_bytes == 8 ? tz_be64(p + i * 8) : (int32_t)tz_be32(p + i * 4);
		tz->type[i] = types[i];
		if (types[i] >= c->type || (i && tz->at[i] <= tz->at[i - 1]))
			return ERR_SYNTAX;
	}
	for (uint32_t i = 0; i < c->type; i++) {
		tz->offsets_s[i] = (int32_t)tz_be32(offsets + i * 6);
		if (tz->offsets_s[i] < -TZ_DAY_S * 2 || tz->offsets_s[i] > TZ_DAY_S * 2)
			return ERR_SYNTAX;
	}
	tz->count = c->time;
	return 0;
}

static int tz_footer(struct tz *tz, const unsigned char *p, const unsigned char *end)
{
	char text[128];
	const unsigned char *stop;

	if (p >= end || *p != '\n')
		return ERR_SYNTAX;
	p++;
	stop = memchr(p, '\n', (size_t)(end - p));
	if (!stop || (size_t)(stop - p) >= sizeof(text))
		return ERR_SYNTAX;
	text_copy_n(text, sizeof(text), (const char *)p, (size_t)(stop - p));
	if (!*text) /* the rule is not known: the last type goes on */
		return 0;
	return tz_footer_parse(text, &tz->footer) ? 0 : ERR_SYNTAX;
}

static int tz_read(struct tz *tz, const unsigned char *p, size_t left)
{
	struct tz_counts counts;
	uint8_t version;
	size_t bytes, time_bytes = 4;
	int err;

	if (!tz_header(p, left, &counts, &version))
		return ERR_SYNTAX;
	bytes = tz_block_bytes(&counts, time_bytes);
	if (left - 44 < bytes)
		return ERR_SYNTAX;
	if (version >= '2') { /* the first block is for old readers: skip it */
		p += 44 + bytes;
		left -= 44 + bytes;
		time_bytes = 8;
		if (!tz_header(p, left, &counts, &version))
			return ERR_SYNTAX;
		bytes = tz_block_bytes(&counts, time_bytes);
		if (left - 44 < bytes)
			return ERR_SYNTAX;
	}
	err = tz_block(tz, p + 44, &counts, time_bytes);
	return err || time_bytes == 4 ? err : tz_footer(tz, p + 44 + bytes, p + left);
}

int tz_parse(struct tz **tz, const void *bytes, size_t count)
{
	struct tz *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return -ENOMEM;
	err = tz_read(made, bytes, count);
	if (err) {
		tz_free(made);
		return err;
	}
	*tz = made;
	return 0;
}

void tz_free(struct tz *tz)
{
	if (!tz)
		return;
	free(tz->at);
	free(tz->type);
	free(tz);
}

struct tz_span tz_at(const struct tz *tz, int64_t utc_s)
{
	const struct tz *newest = atomic_load_explicit(&tz->newest, memory_order_acquire);
	struct tz_span span;

	tz = newest ? newest : tz;
	uint32_t low = 0, high = tz->count;

	while (low < high) { /* low: how many transitions lie at or before utc_s */
		uint32_t middle = low + (high - low) / 2;

		if (tz->at[middle] <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == tz->count && tz->footer.present)
		return tz_footer_at(&tz->footer, utc_s);
	span.offset_s = tz->offsets_s[low ? tz->type[low - 1] : 0];
	span.until_s = low < tz->count ? tz->at[low] : INT64_MAX;
	return span;
}

const char *tz_name(const struct tz *tz)
{
	return tz->name;
}
