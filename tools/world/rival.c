/*
 * rival.c - the rules of other dialers, for comparison
 */
#include "tools/world/rival.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

#define VICIDIAL_LEVEL_MAX 3.0
#define VICIDIAL_INTENSITY 0.0
#define VICIDIAL_TARGET 0.0
#define ISSABEL_SURE 0.97
#define ISSABEL_ANSWER_MIN 0.20

void rival_init(struct rival *rival, const struct policy *policy, double ceiling)
{
	*rival = (struct rival){.policy = *policy, .ceiling = ceiling, .level = 1};
}

/* Empties the seconds and minutes that have passed since the last event. */
static void turn(struct rival *r, int64_t now_us)
{
	int64_t second = now_us / SEC_US, minute = second / 60;

	for (; r->second < second; r->second++)
		r->dialled_by_second[(r->second + 1) % 60] = r->dropped_by_second[(r->second + 1) % 60] = 0;
	for (; r->minute < minute; r->minute++)
		r->dialled_by_minute[(r->minute + 1) % RIVAL_MINUTES] = r->answered_by_minute[(r->minute + 1) % RIVAL_MINUTES] =
			0;
}

void rival_note(struct rival *r, enum rival_event event, int64_t us, int64_t now_us)
{
	turn(r, now_us);
	switch (event) {
	case RIVAL_DIALLED:
		r->dialled++;
		r->dialled_by_second[r->second % 60]++;
		r->dialled_by_minute[r->minute % RIVAL_MINUTES]++;
		break;
	case RIVAL_ANSWERED:
		r->answers++;
		r->answer_us_sum += (double)us;
		r->answered_by_minute[r->minute % RIVAL_MINUTES]++;
		break;
	case RIVAL_DROPPED:
		r->dropped_by_second[r->second % 60]++;
		break;
	case RIVAL_TALKED:
		r->talks++;
		r->talk_us_sum += (double)us;
		break;
	}
}

static uint32_t rest(double wanted, uint32_t used)
{
	return wanted > used ? (uint32_t)wanted - used : 0;
}

static double sum(const uint32_t *counts, int n)
{
	double all = 0;

	for (int i = 0; i < n; i++)
		all += counts[i];
	return all;
}

/* --- VICIdial */

static void sample(struct rival *r, const struct rival_view *v)
{
	if (r->samples_count == RIVAL_SAMPLES)
		memmove(r->samples, r->samples + 1, (size_t)--r->samples_count * sizeof(r->samples[0]));
	r->samples[r->samples_count].ready = v->ready;
	r->samples[r->samples_count].waiting = v->waiting;
	r->samples[r->samples_count++].seats = v->seats;
}

/* The mean of the samples says how many seats too many are ready: the level grows by their share of all seats. */
static double moved(const struct rival *r)
{
	double ready = 0, waiting = 0, seats = 0, m;

	for (int i = 0; i < r->samples_count; i++) {
		ready += r->samples[i].ready;
		waiting += r->samples[i].waiting;
		seats += r->samples[i].seats;
	}
	if (seats <= 0)
		return r->level;
	m = (ready - waiting + VICIDIAL_TARGET * r->samples_count) / seats;
	m = m < 0 ? m * fabs(VICIDIAL_INTENSITY - 1) : m * (VICIDIAL_INTENSITY + 1);
	return fmin(VICIDIAL_LEVEL_MAX, fmax(1, r->level * (1 + m)));
}

static void adapt(struct rival *r, const struct rival_view *v)
{
	double calls = sum(r->dialled_by_second, 60), dropped = sum(r->dropped_by_second, 60);

	r->level = moved(r);
	if (calls > 20 && dropped > calls / 2)
		r->level /= 2;
	if (r->dialled <= 50 || !v->live || (double)v->abandoned <= r->ceiling * (double)v->live)
		return;
	if (r->policy.kind == POLICY_VICIDIAL_HARD)
		r->level = 1;
	else if (r->policy.kind == POLICY_VICIDIAL_AVERAGE)
		r->level /= 2;
	else
		r->level *= fmin(1, v->hours_left / 10);
}

static uint32_t vicidial(struct rival *r, const struct rival_view *v, int64_t now_us)
{
	if (now_us >= r->sample_us) {
		sample(r, v);
		r->sample_us += SEC_US;
	}
	if (now_us >= r->adapt_us + 15 * SEC_US) {
		adapt(r, v);
		r->adapt_us += 15 * SEC_US;
	}
	if (now_us < r->place_us)
		return 0;
	r->place_us += 2500 * MS_US;
	return rest(round(r->level * (v->ready + v->talking + v->wrapping)),
		v->ringing + v->waiting + v->talking + v->wrapping); /* a call is the seat's until it has wrapped up */
}

/* --- Issabel */

static uint32_t issabel(struct rival *r, const struct rival_view *v)
{
	double talk_us = r->talks ? r->talk_us_sum / (double)r->talks : 180e6;
	double answer_us = r->answers ? r->answer_us_sum / (double)r->answers : 8e6, wanted = v->ready, dialled, share;

	for (uint32_t i = 0; i < v->talking; i++)
		wanted += 1 - exp(-((double)v->talk_us[i] + answer_us) / talk_us) >= ISSABEL_SURE;
	wanted = fmax(0, wanted - v->waiting - v->ringing);
	if (r->policy.kind == POLICY_ISSABEL)
		return (uint32_t)wanted;
	dialled = sum(r->dialled_by_minute, RIVAL_MINUTES);
	share = dialled > 0 ? sum(r->answered_by_minute, RIVAL_MINUTES) / dialled : 1;
	return (uint32_t)round(wanted / fmax(ISSABEL_ANSWER_MIN, share));
}

uint32_t rival_decide(struct rival *r, const struct rival_view *v, int64_t now_us)
{
	turn(r, now_us);
	if (r->policy.kind == POLICY_RATIO)
		return rest(round(r->policy.ratio * v->ready), v->ringing + v->waiting);
	if (r->policy.kind == POLICY_ISSABEL || r->policy.kind == POLICY_ISSABEL_OVER)
		return issabel(r, v);
	return vicidial(r, v, now_us);
}
