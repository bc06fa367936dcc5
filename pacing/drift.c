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
#define RESTLESS_PRIOR 0.05
#define TEMPER_PER_COUNT 0.001 /* a rate changes its temper so often */
#define JUMP_PER_SEC (1.0 / 1800)

/* How often a rate jumps, for each count that was expected. */
static const double jump_per_count[DRIFT_TEMPERS] = {0.0005, 0.015};

static void moments(struct drift *drift)
{
	double sum = 0, mean = 0, square = 0;

	for (int t = 0; t < DRIFT_TEMPERS; t++)
		for (int i = 0; i < DRIFT_POINTS; i++)
			sum += drift->weight[t][i];
	drift->restless = 0;
	for (int i = 0; i < DRIFT_POINTS; i++) {
		double both = 0;

		for (int t = 0; t < DRIFT_TEMPERS; t++)
			both += drift->weight[t][i] /= sum;
		drift->restless += drift->weight[1][i];
		mean += both * drift->level[i];
		square += both * drift->level[i] * drift->level[i];
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
	for (int i = 0; i < DRIFT_POINTS; i++) {
		drift->prior[i] /= sum;
		drift->weight[0][i] = (1 - RESTLESS_PRIOR) * drift->prior[i];
		drift->weight[1][i] = RESTLESS_PRIOR * drift->prior[i];
	}
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
	for (int i = 0; i < DRIFT_POINTS; i++) {
		double likely = exp(exponent[i] - top);

		for (int t = 0; t < DRIFT_TEMPERS; t++)
			drift->weight[t][i] *= likely;
	}
}

/* Within one temper: a little diffusion, and jumps to anywhere the prior allows. */
static void wander(const struct drift *drift, double weight[DRIFT_POINTS], double jump)
{
	double step = fmin(0.3, DIFFUSE_PER_COUNT * drift->expected), left = weight[0], sum = 0;

	for (int i = 0; i < DRIFT_POINTS; i++)
		sum += weight[i];
	for (int i = 0; i < DRIFT_POINTS; i++) {
		double here = weight[i], right = i + 1 < DRIFT_POINTS ? weight[i + 1] : here;

		weight[i] = (1 - jump) * (here + step * (left + right - 2 * here)) + jump * sum * drift->prior[i];
		left = here;
	}
}

static void move(struct drift *drift, double seconds)
{
	double change = fmin(0.2, TEMPER_PER_COUNT * drift->expected);

	for (int t = 0; t < DRIFT_TEMPERS; t++)
		wander(drift, drift->weight[t], fmin(0.2, JUMP_PER_SEC * seconds + jump_per_count[t] * drift->expected));
	for (int i = 0; i < DRIFT_POINTS; i++) {
		double calm = drift->weight[0][i], restless = drift->weight[1][i], prior = RESTLESS_PRIOR * (calm + restless);

		drift->weight[1][i] = (1 - change) * restless + change * prior;
		drift->weight[0][i] = calm + restless - drift->weight[1][i];
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
