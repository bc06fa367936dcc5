/*
 * crew.c - the seats of a team and when they will be free
 */
#include "pacing/crew.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the first calls of a first day start from; a few samples wash it out. */
#define TALK_US_PRIOR 225e6
#define TALK_CV_PRIOR 1.1
#define WRAP_US_PRIOR 45e6
#define WRAP_CV_PRIOR 1.5
#define SAMPLES_PRIOR 4
#define LEVEL_SPREAD 0.35
#define LEAVES_PRIOR 1.0
#define ENDINGS_PRIOR 40.0
#define ENDINGS_MAX 2000.0
#define STEP_US_MAX 5000000

int crew_init(struct crew *crew, uint32_t seats_max, int64_t now_us)
{
	*crew = (struct crew){.seats_max = seats_max, .leaves = LEAVES_PRIOR, .endings = ENDINGS_PRIOR, .seen_us = now_us};
	crew->seats = calloc(seats_max, sizeof(*crew->seats));
	crew->busy = calloc(seats_max, sizeof(*crew->busy));
	if (!crew->seats || !crew->busy) {
		crew_fini(crew);
		return -ENOMEM;
	}
	dwell_init(&crew->talk, TALK_US_PRIOR, TALK_CV_PRIOR, SAMPLES_PRIOR);
	dwell_init(&crew->wrap, WRAP_US_PRIOR, WRAP_CV_PRIOR, SAMPLES_PRIOR);
	drift_init(&crew->talk_drift, LEVEL_SPREAD, now_us);
	drift_init(&crew->wrap_drift, LEVEL_SPREAD, now_us);
	return 0;
}

void crew_fini(struct crew *crew)
{
	free(crew->seats);
	free(crew->busy);
	crew->seats = NULL;
	crew->busy = NULL;
}

static bool is_busy(enum crew_state state)
{
	return state == CREW_TALK || state == CREW_WRAP;
}

/* Moves a seat to a state, keeping the dense list and the counts. */
static void enter(struct crew *crew, uint32_t seat, enum crew_state state, int64_t now_us)
{
	struct crew_seat *s = &crew->seats[seat];

	if (s->state != CREW_OUT)
		crew->counts[s->state]--;
	if (is_busy(s->state) && !is_busy(state)) {
		struct crew_busy last = crew->busy[--crew->busy_count];

		crew->busy[s->busy_index] = last;
		crew->seats[last.seat].busy_index = s->busy_index;
	}
	if (!is_busy(s->state) && is_busy(state))
		s->busy_index = crew->busy_count++;
	if (is_busy(state))
		crew->busy[s->busy_index] = (struct crew_busy){now_us, seat, state};
	if (state != CREW_OUT)
		crew->counts[state]++;
	s->state = state;
}

static void ended(struct crew *crew, bool left)
{
	crew->endings++;
	crew->leaves += left;
	if (crew->endings < ENDINGS_MAX)
		return;
	crew->endings *= 0.5;
	crew->leaves *= 0.5;
}

/* Learns from the state that a seat is about to leave. */
static void learn(struct crew *crew, uint32_t seat, int64_t now_us)
{
	const struct crew_seat *s = &crew->seats[seat];

	if (s->state == CREW_TALK) {
		dwell_note(&crew->talk, now_us - crew->busy[s->busy_index].since_us);
		drift_note(&crew->talk_drift, 0, 1, now_us);
	} else if (s->state == CREW_WRAP) {
		dwell_note(&crew->wrap, now_us - crew->busy[s->busy_index].since_us);
		drift_note(&crew->wrap_drift, 0, 1, now_us);
	}
}

bool crew_connect(struct crew *crew, uint32_t seat, uint32_t call, int64_t now_us)
{
	bool fits = crew->seats[seat].state == CREW_FREE;

	if (!fits && crew->seats[seat].state == CREW_TALK)
		return false;
	crew->seats[seat].call = call;
	enter(crew, seat, CREW_TALK, now_us);
	return fits;
}

bool crew_wrap(struct crew *crew, uint32_t seat, int64_t now_us)
{
	if (crew->seats[seat].state != CREW_TALK)
		return false;
	learn(crew, seat, now_us);
	enter(crew, seat, CREW_WRAP, now_us);
	return true;
}

bool crew_ready(struct crew *crew, uint32_t seat, int64_t now_us)
{
	enum crew_state state = crew->seats[seat].state;

	if (state == CREW_FREE)
		return false;
	learn(crew, seat, now_us);
	if (state == CREW_TALK)
		dwell_note(&crew->wrap, 0);
	if (is_busy(state))
		ended(crew, false);
	enter(crew, seat, CREW_FREE, now_us);
	return true;
}

bool crew_leave(struct crew *crew, uint32_t seat, int64_t now_us)
{
	enum crew_state state = crew->seats[seat].state;

	if (state == CREW_OUT)
		return false;
	learn(crew, seat, now_us);
	if (is_busy(state))
		ended(crew, true);
	enter(crew, seat, CREW_OUT, now_us);
	return true;
}

void crew_clear(struct crew *crew)
{
	memset(crew->seats, 0, crew->seats_max * sizeof(*crew->seats));
	memset(crew->counts, 0, sizeof(crew->counts));
	crew->busy_count = 0;
}

/* Mean of P(wrap-up is over) over talk ending anywhere within the horizon. */
static double wrap_over(const struct crew *crew, double horizon_us)
{
	double sum = 0;

	for (int i = 0; i < 4; i++)
		sum += -expm1(-crew->wrap_drift.mean * dwell_hazard(&crew->wrap, horizon_us * (i + 0.5) / 4));
	return sum / 4;
}

static void build_rates(const struct dwell *dwell, double rate[DWELL_BINS])
{
	for (int b = 0; b < DWELL_BINS; b++)
		rate[b] = (dwell->hazard_sum[b + 1] - dwell->hazard_sum[b]) / dwell_width_us(dwell, b);
}

/* 1 - exp(-x) to 0.3 %, without the exponential where x is small. */
static double chance_of(double x)
{
	return x < 1.5 ? x / (1 + x * (0.5 + x / 12)) : -expm1(-x);
}

void crew_build(struct crew *crew, const int64_t horizons_us[CREW_POINTS])
{
	crew->stays = 1 - crew->leaves / crew->endings;
	dwell_build(&crew->talk, crew->talk_bins);
	dwell_build(&crew->wrap, crew->wrap_bins);
	build_rates(&crew->talk, crew->talk_rate);
	build_rates(&crew->wrap, crew->wrap_rate);
	memcpy(crew->horizons_us, horizons_us, sizeof(crew->horizons_us));
	for (int j = 0; j < CREW_POINTS; j++)
		crew->over[j] = wrap_over(crew, (double)horizons_us[j]);
	memset(crew->talk_built, 0, sizeof(crew->talk_built));
	memset(crew->wrap_built, 0, sizeof(crew->wrap_built));
}

/* Chance of each horizon that a seat in bin b of this stay ends it. */
static void end_chances(const struct crew *crew, const struct dwell *dwell, double level, int b, double chance[CREW_POINTS])
{
	double t = dwell_middle_us(dwell, b), so_far = dwell_hazard(dwell, t);

	for (int j = 0; j < CREW_POINTS; j++)
		chance[j] = chance_of(level * (dwell_hazard(dwell, t + (double)crew->horizons_us[j]) - so_far));
}

static void build_rows(struct crew *crew)
{
	double chance[CREW_POINTS];

	for (int b = 0; b < DWELL_BINS; b++) {
		if (crew->talk_bins[b] && !crew->talk_built[b]) {
			end_chances(crew, &crew->talk, crew->talk_drift.mean, b, chance);
			for (int j = 0; j < CREW_POINTS; j++)
				crew->talk_free[b][j] = (float)(chance[j] * crew->over[j] * crew->stays);
			crew->talk_built[b] = true;
		}
		if (crew->wrap_bins[b] && !crew->wrap_built[b]) {
			end_chances(crew, &crew->wrap, crew->wrap_drift.mean, b, chance);
			for (int j = 0; j < CREW_POINTS; j++)
				crew->wrap_free[b][j] = (float)(chance[j] * crew->stays);
			crew->wrap_built[b] = true;
		}
	}
}

static void count_bins(struct crew *crew, int64_t now_us)
{
	memset(crew->talk_bins, 0, sizeof(crew->talk_bins));
	memset(crew->wrap_bins, 0, sizeof(crew->wrap_bins));
	for (uint32_t i = 0; i < crew->busy_count; i++) {
		int b = dwell_bin(now_us - crew->busy[i].since_us);

		if (crew->busy[i].state == CREW_TALK)
			crew->talk_bins[b]++;
		else
			crew->wrap_bins[b]++;
	}
}

static double add_bins(const uint32_t bins[DWELL_BINS], const double rate[DWELL_BINS],
	const float chance[DWELL_BINS][CREW_POINTS], double level_spread, struct tail_sum freed[CREW_POINTS])
{
	double mean[CREW_POINTS] = {0}, var[CREW_POINTS] = {0}, expected = 0;

	for (int b = 0; b < DWELL_BINS; b++) {
		if (!bins[b])
			continue;
		expected += bins[b] * rate[b];
		for (int j = 0; j < CREW_POINTS; j++) {
			double p = (double)chance[b][j];

			mean[j] += bins[b] * p;
			var[j] += bins[b] * p * (1 - p);
		}
	}
	for (int j = 0; j < CREW_POINTS; j++) {
		freed[j].mean += mean[j];
		freed[j].var += var[j] + mean[j] * mean[j] * level_spread;
	}
	return expected;
}

static double spread(const struct drift *drift)
{
	return drift->var / (drift->mean * drift->mean);
}

void crew_forecast(struct crew *crew, int64_t now_us, struct tail_sum freed[CREW_POINTS])
{
	double step_us = (double)(now_us - crew->seen_us < STEP_US_MAX ? now_us - crew->seen_us : STEP_US_MAX);
	double talk, wrap;

	memset(freed, 0, CREW_POINTS * sizeof(*freed));
	count_bins(crew, now_us);
	build_rows(crew);
	talk = add_bins(crew->talk_bins, crew->talk_rate, crew->talk_free, spread(&crew->talk_drift), freed);
	wrap = add_bins(crew->wrap_bins, crew->wrap_rate, crew->wrap_free, spread(&crew->wrap_drift), freed);
	drift_note(&crew->talk_drift, talk * step_us, 0, now_us);
	drift_note(&crew->wrap_drift, wrap * step_us, 0, now_us);
	crew->seen_us = now_us;
}
