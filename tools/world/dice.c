/*
 * dice.c - random durations from a seeded generator
 */
#include "tools/world/dice.h"

#include <math.h>

double dice_normal(struct prng *prng)
{
	double u = 1 - prng_unit(prng), v = prng_unit(prng);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

double dice_lognormal(struct prng *prng, double mean, double cv)
{
	double s2 = log(1 + cv * cv);

	return mean * exp(sqrt(s2) * dice_normal(prng) - 0.5 * s2);
}

double dice_exponential(struct prng *prng, double mean)
{
	return -mean * log(1 - prng_unit(prng));
}

double dice_gamma(struct prng *prng, double shape, double mean)
{
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);

	for (;;) {
		double x = dice_normal(prng), v = pow(fmax(0, 1 + c * x), 3);

		if (v > 0 && log(1 - prng_unit(prng)) < 0.5 * x * x + d - d * v + d * log(v))
			return mean * d * v / shape;
	}
}
