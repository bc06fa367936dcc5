/*
 * drift.c - how far a rate has moved from what was learned
 */
#include "pacing/drift.h"

#include <math.h>

#define LEVEL_MIN_LOG (-3.0) /* 0.05 */
#define LEVEL_STEP_LOG 0.164 /* up to 4.9 */
#define FOLD_COUNT 0.25      /* fold after this much expectation, */
#define FOLD_US 1000000      /* or this long */
#define DIFFUSE_PER_COUNT 0.007
#define JUMP_PER_COUNT 0.0005
#define JUMP_PER_SEC (1.0 / 1800)

static void moments(struct drift *drift)
{
	double sum = 0, mean = 0, square = 0;

	for (int i = 0; i < DRIFT_POINTS; i++)
		sum += drift->weight[i];
	for (int i = 0; i < DRIFT_POINTS; i++) {
		drift->weight[i] /= sum;
		mean += drift->weight[i] * drift->level[i];
		square += drift->weight[i] * drift->level[i] * drift->level[i];
	}
	drift->mean = mean;
	drift->var = fmax(0, square - mean * mean);
}

void drift_init(struct drift *drift, double spread_log, int64_t now_us)
{
	double sum = 0;

	for (int i = 0; i < DRIFT_POINTS; i++) {
		double x = LEVEL_MIN_LOG + i * LEVEL_STEP_LOG;

		drift->level_log[i] = x;
		drift->level[i] = exp(x);
		drift->prior[i] = exp(-0.5 * x * x / (spread_log * spread_log));
		sum += drift->prior[i];
	}
	for (int i = 0; i < DRIFT_POINTS; i++)
		drift->weight[i] = drift->prior[i] /= sum;
	drift->expected = drift->seen = 0;
	drift->folded_us = now_us;
	moments(drift);
}

/* Likelihood of what was seen; scaled by its maximum over the grid so that nothing underflows together. */
static void multiply(struct drift *drift)
{
	double exponent[DRIFT_POINTS], top = -INFINITY;

	for (int i = 0; i < DRIFT_POINTS; i++) {
		exponent[i] = drift->seen * drift->level_log[i] - drift->expected * drift->level[i];
		top = fmax(top, exponent[i]);
	}
	for (int i = 0; i < DRIFT_POINTS; i++)
		drift->weight[i] *= exp(exponent[i] - top);
}

static void move(struct drift *drift, double seconds)
{
	double jump = fmin(0.2, JUMP_PER_SEC * seconds + JUMP_PER_COUNT * drift->expected);
	double step = fmin(0.3, DIFFUSE_PER_COUNT * drift->expected);
	double left = drift->weight[0];

	for (int i = 0; i < DRIFT_POINTS; i++) {
		double here = drift->weight[i], right = i + 1 < DRIFT_POINTS ? drift->weight[i + 1] : here;

		drift->weight[i] = (1 - jump) * (here + step * (left + right - 2 * here)) + jump * drift->prior[i];
		left = here;
	}
}

void drift_note(struct drift *drift, double expected, double seen, int64_t now_us)
{
	drift->expected += expected;
	drift->seen += seen;
	/* What was seen waits for the expectation of the same time: folded one after the other, with the moves between, many
	   answers of one tick would first drive the level to its top and their expectation then to its bottom. */
	if (expected <= 0 && now_us - drift->folded_us < FOLD_US)
		return;
	if (drift->expected < FOLD_COUNT && fabs(drift->seen) < 0.5 && now_us - drift->folded_us < FOLD_US)
		return;
	multiply(drift);
	moments(drift);
	move(drift, (double)(now_us - drift->folded_us) / 1e6);
	moments(drift);
	drift->expected = drift->seen = 0;
	drift->folded_us = now_us;
}
