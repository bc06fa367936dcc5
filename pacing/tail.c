/*
 * tail.c - chance that more people answer than seats come free
 */
#include "pacing/tail.h"

#include <math.h>

#define TERMS_MAX 96
#define NORMAL_MEAN 24.0 /* above this the normal law is as good */

/* Probabilities of 0, 1, ... ; answers their count (the rest is below 1e-7). */
static int panjer(struct tail_sum sum, double pmf[TERMS_MAX])
{
	double ratio = sum.mean > 0 ? fmin(fmax(sum.var / sum.mean, 0.05), 20) : 1, alpha = 1 - 1 / ratio, total;
	double p = fabs(alpha) < 1e-3 ? exp(-sum.mean) : exp(-sum.mean * log(ratio) / (ratio - 1));
	int k = 1;

	pmf[0] = total = p;
	for (; k < TERMS_MAX && total < 1 - 1e-7; k++) {
		p *= alpha + (sum.mean / ratio - alpha) / k;
		if (p <= 0)
			break;
		pmf[k] = p;
		total += p;
	}
	for (int i = 0; i < k; i++)
		pmf[i] /= total;
	return k;
}

static double normal_above(double x)
{
	return 0.5 * erfc(x * M_SQRT1_2);
}

double tail_prob(struct tail_sum arrivals, struct tail_sum releases, int margin)
{
	double a[TERMS_MAX], r[TERMS_MAX], above[TERMS_MAX + 1], prob = 0;
	int a_count, r_count;

	if (arrivals.mean > NORMAL_MEAN || releases.mean > NORMAL_MEAN)
		return normal_above((margin - 0.5 - arrivals.mean + releases.mean) / sqrt(arrivals.var + releases.var + 1e-9));
	a_count = panjer(arrivals, a);
	r_count = panjer(releases, r);
	above[a_count] = 0;
	for (int k = a_count - 1; k >= 0; k--)
		above[k] = above[k + 1] + a[k];
	for (int k = 0; k < r_count; k++) {
		int need = k + margin;

		if (need >= a_count)
			break;
		prob += r[k] * (need <= 0 ? 1 : above[need]);
	}
	return prob;
}
