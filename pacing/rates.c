/*
 * rates.c - how answer rates differ by hour of the day and by group of leads
 */
#include "pacing/rates.h"

#include <math.h>

#define HOUR_US INT64_C(3600000000)
#define HOUR_PRIOR 60.0  /* people: an hour's answers vary by 13 % by chance alone */
#define HOUR_KEPT 0.67   /* of earlier days' evidence when a day is added */
#define GROUP_PRIOR 20.0 /* people */
#define GROUP_MAX 400.0  /* people expected; then everything is worth half */
#define FACTOR_MIN 0.25
#define FACTOR_MAX 4.0
#define RECENT_WEIGHT 0.1

static double factor_of(const struct rate *rate, double prior)
{
	return fmin(FACTOR_MAX, fmax(FACTOR_MIN, (rate->seen + prior) / (rate->expected + prior)));
}

static int64_t hour_of(int64_t now_us)
{
	return now_us / HOUR_US;
}

void rates_init(struct rates *rates, int64_t now_us)
{
	*rates = (struct rates){.hour_now = hour_of(now_us), .factor = 1, .recent = 1};
}

void rates_hour(struct rates *rates)
{
	rates->factor = factor_of(&rates->hour[rates->hour_now % RATES_HOURS], HOUR_PRIOR);
}

/* The hour is over: it joins those of earlier days, and the new one is judged by them. */
static void change_hour(struct rates *rates, int64_t hour)
{
	struct rate *past = &rates->hour[rates->hour_now % RATES_HOURS];

	if (rates->today.expected > 0) {
		past->expected = HOUR_KEPT * past->expected + rates->today.expected;
		past->seen = HOUR_KEPT * past->seen + rates->today.seen;
	}
	rates->today = (struct rate){0};
	rates->hour_now = hour;
	rates_hour(rates);
}

void rates_note(struct rates *rates, double expected, double seen, int64_t now_us)
{
	if (hour_of(now_us) != rates->hour_now)
		change_hour(rates, hour_of(now_us));
	rates->today.expected += expected;
	rates->today.seen += seen;
}

uint32_t rates_dial(struct rates *rates, uint32_t group)
{
	double worth = 1;

	if (group && group < RATES_GROUPS)
		worth = factor_of(&rates->group[group], GROUP_PRIOR) / factor_of(&rates->group[0], GROUP_PRIOR);

	rates->recent += RECENT_WEIGHT * (worth - rates->recent);
	return (uint32_t)(worth * RATES_ONE);
}

static void resolve(struct rate *rate, double expected, int person)
{
	rate->expected += expected;
	rate->seen += person;
	if (rate->expected < GROUP_MAX)
		return;
	rate->expected *= 0.5;
	rate->seen *= 0.5;
}

void rates_resolve(struct rates *rates, uint32_t group, double expected, int person)
{
	resolve(&rates->group[0], expected, person);
	if (group && group < RATES_GROUPS)
		resolve(&rates->group[group], expected, person);
}
