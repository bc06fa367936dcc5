/*
 * dwell.c - how long a seat talks or wraps up
 */
#include "pacing/dwell.h"

#include <math.h>

#define UNIT_BITS 16     /* the first bins are 2^16 us wide */
#define COUNT_MAX 600.0  /* then everything is worth half: about the last thousand stays are remembered */
#define HAZARD_TAIL 0.35 /* a bin that nobody ever reached ends a stay with this chance */

int dwell_bin(int64_t duration_us)
{
	uint64_t x = duration_us <= 0 ? 0 : (uint64_t)duration_us >> UNIT_BITS;
	int e;

	if (x < 4)
		return (int)x;
	e = 63 - __builtin_clzll(x);
	e = 4 + (e - 2) * 4 + (int)(x >> (e - 2) & 3);
	return e < DWELL_BINS ? e : DWELL_BINS - 1;
}

static double edge_us(int bin)
{
	double unit = (double)(1 << UNIT_BITS);

	return bin < 4 ? bin * unit : ldexp(4 + (bin & 3), (bin - 4) / 4) * unit;
}

double dwell_middle_us(const struct dwell *dwell, int bin)
{
	return 0.5 * (dwell->edge_us[bin] + dwell->edge_us[bin + 1]);
}

double dwell_width_us(const struct dwell *dwell, int bin)
{
	return dwell->edge_us[bin + 1] - dwell->edge_us[bin];
}

static double lognormal_below(double t_us, double mean_us, double cv)
{
	double s2 = log(1 + cv * cv);

	return t_us <= 0 ? 0 : 0.5 * erfc(-(log(t_us / mean_us) + 0.5 * s2) / sqrt(2 * s2));
}

void dwell_init(struct dwell *dwell, double mean_us, double cv, double samples)
{
	static const uint32_t none[DWELL_BINS];

	for (int b = 0; b <= DWELL_BINS; b++)
		dwell->edge_us[b] = edge_us(b);
	for (int b = 0; b < DWELL_BINS; b++)
		dwell->ended[b] =
			samples * (lognormal_below(edge_us(b + 1), mean_us, cv) - lognormal_below(edge_us(b), mean_us, cv));
	dwell->count = samples;
	dwell_build(dwell, none);
}

void dwell_note(struct dwell *dwell, int64_t duration_us)
{
	dwell->ended[dwell_bin(duration_us)] += 1;
	dwell->count += 1;
	if (dwell->count < COUNT_MAX)
		return;
	for (int b = 0; b < DWELL_BINS; b++)
		dwell->ended[b] *= 0.5;
	dwell->count *= 0.5;
}

void dwell_build(struct dwell *dwell, const uint32_t under_way[DWELL_BINS])
{
	double at_risk[DWELL_BINS], sum = 0, mean = 0, h = 0;

	for (int b = DWELL_BINS - 1; b >= 0; b--) {
		sum += dwell->ended[b];
		at_risk[b] = sum;
		sum += 0.5 * under_way[b]; /* half of its own bin it has survived */
		at_risk[b] += 0.5 * under_way[b];
		sum += 0.5 * under_way[b];
	}
	for (int b = 0; b < DWELL_BINS; b++) {
		double chance = at_risk[b] > 1e-3 ? dwell->ended[b] / at_risk[b] : HAZARD_TAIL;

		dwell->hazard_sum[b] = h;
		mean += exp(-h) * dwell_width_us(dwell, b);
		h -= log1p(-fmin(chance, 0.95));
	}
	dwell->hazard_sum[DWELL_BINS] = h;
	dwell->mean_us = mean;
}

double dwell_hazard(const struct dwell *dwell, double t_us)
{
	int b = dwell_bin((int64_t)t_us);
	double part = fmin(1, (t_us - dwell->edge_us[b]) / dwell_width_us(dwell, b));

	return dwell->hazard_sum[b] + part * (dwell->hazard_sum[b + 1] - dwell->hazard_sum[b]);
}
