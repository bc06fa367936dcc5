/*
 * drift.h - how far a rate has moved from what was learned (pure)
 *
 * What    A Bayesian filter over one multiplier ("level") of a learned hazard: answers by people, ends of talk, ends of wrap-up.
 *         The level lives on a logarithmic grid; between folds the expected count (by the learned hazard) and the count that was
 *         seen are summed, a fold multiplies in the Poisson likelihood, then lets the level diffuse a little and jump seldom.
 *         So a shock is believed as soon as the likelihood of the jump outweighs its rarity, and quiet hours sharpen the
 *         estimate: all time scales at once, and the uncertainty comes with the estimate.
 * Temper  How rare jumps are is a hidden variable too: a list of even blocks hardly ever jumps, one of very uneven blocks does
 *         every minute. Both tempers are filtered side by side and weighted by how well they foretold.
 * Source  Hidden Markov forward recursion; constants chosen with tools/sim and tests/judge.
 */
#ifndef OUTDIAL_PACING_DRIFT_H
#define OUTDIAL_PACING_DRIFT_H

#include <stdint.h>

#define DRIFT_POINTS 29
#define DRIFT_TEMPERS 2 /* a rate that seldom jumps, and one that often does */

struct drift {
	double weight[DRIFT_TEMPERS][DRIFT_POINTS], prior[DRIFT_POINTS], level[DRIFT_POINTS], level_log[DRIFT_POINTS];
	double expected, seen; /* since the last fold */
	int64_t folded_us;
	double mean, var; /* of the level */
	double restless;  /* chance that it often jumps */
};

/* Level 1 with a logarithmic spread (standard deviation of its logarithm). */
void drift_init(struct drift *drift, double spread_log, int64_t now_us);
/* `expected` and `seen` counts more; seen may be a fraction, or negative to take one back. Folds when enough came together. */
void drift_note(struct drift *drift, double expected, double seen, int64_t now_us);

#endif
