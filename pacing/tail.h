/*
 * tail.h - chance that more people answer than seats come free (pure)
 *
 * What    Arrivals and releases are sums of many small chances, known by mean and variance. Small sums are matched to the Panjer
 *         class (binomial, Poisson or negative binomial as the variance is below, at or above the mean) and compared exactly;
 *         large ones by the normal law with continuity correction.
 * Source  Panjer, ASTIN Bulletin 12 (1981) for the recursion.
 */
#ifndef OUTDIAL_PACING_TAIL_H
#define OUTDIAL_PACING_TAIL_H

struct tail_sum {
	double mean, var;
};

/* P(arrivals - releases >= margin). */
double tail_prob(struct tail_sum arrivals, struct tail_sum releases, int margin);

#endif
