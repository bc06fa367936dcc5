/*
 * ringing_tables.c - what was learned of calls, as tables that a decision only has to add up
 */
#include "pacing/ringing.h"

#include <math.h>
#include <string.h>

#define DELAYS 3      /* the verdict's delay is represented by so many quantiles */
#define SHARE_REACH 3 /* bins to each side that smooth the share of people among answers */
#define STEP_US_MAX 5000000
#define LEVEL_FLOOR 0.55

/* Competing risks by age: survival, people's hazard, and the cumulated chance that a person answers. */
static void build_risks(struct ringing *ringing)
{
	double at_risk[RINGING_BINS], sum = 0, alive = 1, cum = 0;

	for (int k = RINGING_BINS - 1; k >= 0; k--) {
		double here = ringing->ringing[(ringing->head - k + RINGING_BINS) % RINGING_BINS];

		for (int e = 0; e < RINGING_ENDS; e++)
			sum += ringing->ended[e][k];
		at_risk[k] = sum + 0.5 * here - 0.5 * ringing->ended[RINGING_CENSORED][k];
		sum += here;
	}
	for (int k = 0; k < RINGING_BINS; k++) {
		double person = at_risk[k] > 1e-6 ? fmin(1, ringing->ended[RINGING_PERSON][k] / at_risk[k]) : 0;
		double other = ringing->ended[RINGING_MACHINE][k] + ringing->ended[RINGING_OTHER][k];

		ringing->alive[k] = alive;
		ringing->person_cum[k] = cum;
		ringing->person_rate[k] = person / (double)ringing->bin_us;
		cum += alive * person;
		alive *= at_risk[k] > 1e-6 ? fmax(0, 1 - person - other / at_risk[k]) : 1;
	}
	ringing->alive[RINGING_BINS] = alive;
	ringing->person_cum[RINGING_BINS] = cum;
	ringing->prob = cum;
}

static void build_shares(struct ringing *ringing)
{
	for (int k = 0; k < RINGING_BINS; k++) {
		double person = 0.3, machine = 0.3;

		for (int i = k - SHARE_REACH; i <= k + SHARE_REACH; i++) {
			person += i >= 0 && i < RINGING_BINS ? ringing->ended[RINGING_PERSON][i] : 0;
			machine += i >= 0 && i < RINGING_BINS ? ringing->ended[RINGING_MACHINE][i] : 0;
		}
		ringing->person_share[k] = person / (person + machine);
	}
}

/* Bins at which the cumulated table passes each of the quantiles (i + 0.5) / count. */
static void quantiles(const double cum[RINGING_BINS + 1], int count, double out[])
{
	int k = 0;

	for (int i = 0; i < count; i++) {
		double want = cum[RINGING_BINS] * (i + 0.5) / count;

		while (k < RINGING_BINS - 1 && cum[k + 1] < want)
			k++;
		out[i] = k + fmin(1, fmax(0, (want - cum[k]) / fmax(1e-12, cum[k + 1] - cum[k])));
	}
}

static void cumulate(const double table[RINGING_BINS], double cum[RINGING_BINS + 1])
{
	cum[0] = 0;
	for (int k = 0; k < RINGING_BINS; k++)
		cum[k + 1] = cum[k] + table[k];
}

static double at(const double cum[RINGING_BINS + 1], double bin)
{
	int k = (int)bin;

	return k >= RINGING_BINS ? cum[RINGING_BINS] : cum[k] + (bin - k) * (cum[k + 1] - cum[k]);
}

/* Cumulated chance that a new call's person is classified by an age: answers shifted by the verdict's delays. */
static void build_demand(const struct ringing *ringing, const double delays[DELAYS], double demand[2 * RINGING_BINS + 2])
{
	for (int k = 0; k < 2 * RINGING_BINS + 2; k++) {
		double sum = 0;

		for (int d = 0; d < DELAYS; d++)
			sum += k > delays[d] ? at(ringing->person_cum, k - delays[d]) : 0;
		demand[k] = sum / DELAYS;
	}
}

/* fmin() and fmax() are calls into the library, and there are 1280 of these a second. */
static double share_of_one(double x)
{
	return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* Chance that a call that rings since k wants a seat within the grid's points. Who answered before k is past its delay at the
   points that matter, so taking all answers before k off the demand is right, or too careful by a little. */
static void build_reach(struct ringing *ringing, const double delays[DELAYS])
{
	double demand[2 * RINGING_BINS + 2], before[RINGING_BINS], inverse[RINGING_BINS];

	build_demand(ringing, delays, demand);
	for (int k = 0; k < RINGING_BINS; k++) {
		double alive = k ? 0.5 * (ringing->alive[k] + ringing->alive[k + 1]) : 1;

		before[k] = k ? 0.5 * (ringing->person_cum[k] + ringing->person_cum[k + 1]) : 0;
		inverse[k] = alive > 1e-9 ? 1 / alive : 0;
	}
	for (int j = 0; j < RINGING_POINTS; j++) {
		double point = (double)ringing->grid_us[j] / (double)ringing->bin_us + 0.5;
		int whole = point < RINGING_BINS ? (int)point : RINGING_BINS;
		double part = fmin(1, point - whole), first;

		for (int k = 0; k < RINGING_BINS; k++) {
			double by = demand[k + whole] + part * (demand[k + whole + 1] - demand[k + whole]);

			ringing->reach[k][j] = (float)share_of_one((by - before[k]) * inverse[k]);
		}
		first = fmax(0, point - 0.5);
		whole = (int)fmin(first, RINGING_BINS);
		ringing->reach[0][j] = (float)(demand[whole] + fmin(1, first - whole) * (demand[whole + 1] - demand[whole]));
	}
}

/* Chance that a person who answered k bins ago is classified as one within the grid's points. */
static void build_verdict(struct ringing *ringing, const double cum[RINGING_BINS + 1])
{
	double total = cum[RINGING_BINS];

	for (int j = 0; j < RINGING_POINTS; j++) {
		double point = (double)ringing->grid_us[j] / (double)ringing->bin_us;

		for (int k = 0; k < RINGING_BINS; k++) {
			double left = total - 0.5 * (cum[k] + cum[k + 1]);

			ringing->verdict_reach[k][j] =
				left > 1e-9 * total ? (float)((at(cum, k + 0.5 + point) - total + left) / left) : 1;
		}
	}
}

/* Shares of the verdicts that take longer than k bins. */
static void build_left(struct ringing *ringing)
{
	for (int w = 0; w < 2; w++) {
		double total = 0, left = 1;

		for (int k = 0; k < RINGING_BINS; k++)
			total += ringing->verdict[w][k];
		for (int k = 0; k < RINGING_BINS; k++) {
			ringing->verdict_left[w][k] = left;
			left = fmax(0, left - ringing->verdict[w][k] / total);
		}
	}
}

/* Silence may end at once: however low the answer rate has fallen, calls are not counted as worth less than the floor. */
static void set_level(struct ringing *ringing)
{
	double factor = ringing->rates.factor;

	ringing->level = fmax(ringing->drift.mean * factor, LEVEL_FLOOR);
	ringing->level_spread = ringing->drift.var * factor * factor / (ringing->level * ringing->level);
}

void ringing_build(struct ringing *ringing)
{
	double points[RINGING_POINTS], delays[DELAYS] = {0}, cum[RINGING_BINS + 1], mean = 0;

	build_risks(ringing);
	build_shares(ringing);
	cumulate(ringing->verdict[0], cum);
	if (ringing->classified)
		quantiles(cum, DELAYS, delays);
	for (int d = 0; d < DELAYS; d++)
		mean += delays[d] / DELAYS;
	quantiles(ringing->person_cum, RINGING_POINTS, points);
	for (int j = 0; j < RINGING_POINTS; j++)
		ringing->grid_us[j] = (int64_t)((points[j] + mean) * (double)ringing->bin_us);
	build_reach(ringing, delays);
	build_verdict(ringing, cum);
	build_left(ringing);
	set_level(ringing);
}

/* Chance that an answered call whose verdict is still out after k bins is a person, given what it was at the answer. */
static double still_person(const struct ringing *ringing, double share, int k)
{
	double person = share * ringing->verdict_left[0][k], machine = (1 - share) * ringing->verdict_left[1][k];

	return person + machine > 1e-9 ? person / (person + machine) : share;
}

static void add_answered(const struct ringing *ringing, double mean[RINGING_POINTS], double square[RINGING_POINTS])
{
	for (int k = 0; k < RINGING_BINS; k++) {
		size_t slot = (size_t)((ringing->head - k + RINGING_BINS) % RINGING_BINS);
		double n = ringing->answered[slot], p;

		if (n <= 0)
			continue;
		p = still_person(ringing, ringing->weight_sum[slot] / 65536.0 / n, k);
		for (int j = 0; j < RINGING_POINTS; j++) {
			double q = p * (double)ringing->verdict_reach[k][j];

			mean[j] += n * q;
			square[j] += n * q * q;
		}
	}
}

void ringing_forecast(struct ringing *ringing, int64_t now_us, struct tail_sum wanted[RINGING_POINTS])
{
	double mean[RINGING_POINTS] = {0}, square[RINGING_POINTS] = {0}, rate = 0;
	int64_t step_us = now_us - ringing->seen_us < STEP_US_MAX ? now_us - ringing->seen_us : STEP_US_MAX;

	for (int k = 0; k < RINGING_BINS; k++) {
		double n = (double)ringing->worth[(ringing->head - k + RINGING_BINS) % RINGING_BINS] / RATES_ONE;

		if (n <= 0)
			continue;
		rate += n * ringing->person_rate[k];
		for (int j = 0; j < RINGING_POINTS; j++) {
			double p = (double)ringing->reach[k][j];

			mean[j] += n * p;
			square[j] += n * p * p;
		}
	}
	rates_note(&ringing->rates, rate * (double)step_us, 0, now_us);
	drift_note(&ringing->drift, rate * (double)step_us * ringing->rates.factor, 0, now_us);
	ringing->seen_us = now_us;
	set_level(ringing);
	for (int j = 0; j < RINGING_POINTS; j++) {
		mean[j] *= ringing->level;
		square[j] =
			fmin(mean[j], square[j] * ringing->level * ringing->level) - mean[j] * mean[j] * ringing->level_spread;
	}
	add_answered(ringing, mean, square);
	for (int j = 0; j < RINGING_POINTS; j++)
		wanted[j] = (struct tail_sum){mean[j], fmax(mean[j] - square[j], 1e-9)};
}
