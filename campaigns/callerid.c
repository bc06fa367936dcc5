/* callerid.c - caller ids: what is decided about one, without the store */
#include "campaigns/callerid.h"

#include "base/clock.h"

#include <string.h>

#define MINUTE_US (60 * SEC_US)
#define WEEK_US (7 * DAY_US)
/* Alarms. Too few calls say nothing: the counts below are the least that one is raised on. */
#define BLOCKED_MIN 3
#define BLOCKED_PERCENT 5
#define ANSWERED_MIN 50
#define BRIEF_PERCENT 60
#define FINISHED_MIN 200
#define ANSWERED_PERCENT 3

void callerid_defaults(struct callerid *id)
{
	memset(id, 0, sizeof(*id));
	id->minute_max = CALLERID_MINUTE_MAX;
	id->day_max = CALLERID_DAY_MAX;
	id->week_max = CALLERID_WEEK_MAX;
}

const char *callerid_state_name(enum callerid_state state)
{
	static const char *const names[CALLERID_STATES] = {
		"fine", "unknown", "early", "over", "quarantined", "capped", "elsewhere", "empty"};

	return names[(unsigned)state < CALLERID_STATES ? state : CALLERID_UNKNOWN];
}

void callerid_roll(struct callerid_use *use, int64_t now_us)
{
	uint32_t minute = (uint32_t)(now_us / MINUTE_US), day = (uint32_t)(now_us / DAY_US), week = (uint32_t)(now_us / WEEK_US);

	if (use->minute_index != minute)
		use->minute = 0;
	if (use->day_index != day)
		use->day = use->finished = use->answered = use->brief = use->blocked = 0;
	if (use->week_index != week)
		use->week = 0;
	use->minute_index = minute;
	use->day_index = day;
	use->week_index = week;
}

/* The end of the span that `now_us` is in. */
static int64_t span_end(int64_t now_us, int64_t span_us)
{
	return (now_us / span_us + 1) * span_us;
}

static enum callerid_state capped(const struct callerid *id, int64_t now_us, int64_t *until_us)
{
	struct callerid_use use = id->use;

	callerid_roll(&use, now_us);
	if (use.week >= id->week_max)
		*until_us = span_end(now_us, WEEK_US);
	else if (use.day >= id->day_max)
		*until_us = span_end(now_us, DAY_US);
	else if (use.minute >= id->minute_max)
		*until_us = span_end(now_us, MINUTE_US);
	else
		return CALLERID_FINE;
	return CALLERID_CAPPED;
}

enum callerid_state callerid_state(const struct callerid *id, int64_t now_us, int64_t *until_us)
{
	*until_us = 0;
	if (id->to_us && now_us >= id->to_us)
		return CALLERID_OVER;
	if (now_us < id->from_us) {
		*until_us = id->from_us;
		return CALLERID_EARLY;
	}
	if (id->quarantine_us)
		return CALLERID_QUARANTINED;
	return capped(id, now_us, until_us);
}

const char *callerid_alarm(const struct callerid_use *use)
{
	if (use->blocked >= BLOCKED_MIN && use->blocked * 100 >= use->finished * BLOCKED_PERCENT)
		return "blocked by networks";
	if (use->answered >= ANSWERED_MIN && use->brief * 100 >= use->answered * BRIEF_PERCENT)
		return "most answered calls are short";
	if (use->finished >= FINISHED_MIN && use->answered * 100 < use->finished * ANSWERED_PERCENT)
		return "hardly anybody answers";
	return NULL;
}

uint32_t callerid_near(const char *a, const char *b)
{
	uint32_t same = 0;

	while (a[same] && a[same] == b[same])
		same++;
	return same;
}
