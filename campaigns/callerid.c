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

static const int64_t span_us[CALLERID_SPANS] = {MINUTE_US, DAY_US, WEEK_US};

void callerid_roll(struct callerid_use *use, int64_t now_us)
{
	uint32_t day = (uint32_t)(now_us / DAY_US);

	for (int i = 0; i < CALLERID_SPANS; i++)
		span_roll(&use->spans[i], span_us[i], now_us);
	if (use->day_index != day)
		use->finished = use->answered = use->brief = use->blocked = 0;
	use->day_index = day;
}

void callerid_count(struct callerid_use *use, int64_t now_us)
{
	callerid_roll(use, now_us);
	for (int i = 0; i < CALLERID_SPANS; i++)
		span_add(&use->spans[i], 1);
	use->attempts++;
}

uint32_t callerid_used(const struct callerid_use *use, enum callerid_span span)
{
	return span_count(&use->spans[span]);
}

/* As if all had been at the window's end: the strict side, and the first roll before it brings them to its own moment. */
void callerid_adopt(struct callerid_use *use, enum callerid_span span, uint32_t window_index, uint32_t count)
{
	span_roll(&use->spans[span], span_us[span], ((int64_t)window_index + 1) * span_us[span] - 1);
	span_add(&use->spans[span], count);
}

static enum callerid_state capped(const struct callerid *id, int64_t now_us, int64_t *until_us)
{
	const uint32_t max[CALLERID_SPANS] = {id->minute_max, id->day_max, id->week_max};
	enum callerid_state state = CALLERID_FINE;
	struct callerid_use use = id->use;

	callerid_roll(&use, now_us);
	for (int i = 0; i < CALLERID_SPANS; i++) {
		if (callerid_used(&use, i) < max[i])
			continue;
		int64_t below_us = span_below_us(&use.spans[i], span_us[i], max[i]);

		state = CALLERID_CAPPED;
		*until_us = below_us > *until_us ? below_us : *until_us;
	}
	return state;
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
