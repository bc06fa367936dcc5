/*
 * where_value.h - texts of columns as values (pure; for where.c and where_match.c)
 */
#ifndef OUTDIAL_CAMPAIGNS_WHERE_VALUE_H
#define OUTDIAL_CAMPAIGNS_WHERE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

struct where_moment {
	int64_t moment_s; /* seconds since 1970 of a calendar without zones */
	bool whole_day;   /* it had no time */
};

/* "2026-11-21", "2026/11/21", "20261121", with " 09:30", "T09:30:00" behind. False when it is none, or no such day. */
bool where_moment(const char *text, struct where_moment *out);

#endif
