/*
 * dice.h - random durations from a seeded generator
 */
#ifndef OUTDIAL_WORLD_DICE_H
#define OUTDIAL_WORLD_DICE_H

#include "base/prng.h"

double dice_normal(struct prng *prng);
/* By mean and coefficient of variation. */
double dice_lognormal(struct prng *prng, double mean, double cv);
double dice_exponential(struct prng *prng, double mean);
/* By shape (> 1) and mean. Source: Marsaglia and Tsang, ACM TOMS 26 (2000). */
double dice_gamma(struct prng *prng, double shape, double mean);

#endif
