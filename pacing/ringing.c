/*
 * ringing.c - the calls in flight and when they will want a seat
 */
#include "pacing/ringing.h"

#include <math.h>
#include <string.h>

/* What the first calls of a first day start from; some tens of calls wash it out. */
#define SAMPLES_PRIOR 14.0
#define PERSON_PRIOR 0.30
#define MACHINE_PRIOR 0.25
#define FAIL_PRIOR 0.13 /* busy and dead numbers */
#define DELAY_US 2.5e6  /* to the first ring */
#define PERSON_US 9e6   /* of ringing until a person answers, */
#define PERSON_SHAPE 2.2
#define MACHINE_US 19e6
#define VERDICT_SAMPLES 6.0
#define VERDICT_US 2.6e6
#define VERDICT_CV 0.35
#define LEVEL_SPREAD 0.45
#define RESOLVED_MAX 4000.0
#define WEIGHT_ONE 65536.0

static int bin_of(const struct ringing *ringing, double us)
{
	double b = us / (double)ringing->bin_us;

	return b < 0 ? 0 : b >= RINGING_BINS ? RINGING_BINS - 1 : (int)b;
}

/* Spreads `count` samples over a table as a gamma density of this mean and shape, shifted. */
static void spread_gamma(
	const struct ringing *ringing, double table[RINGING_BINS], double count, double shift_us, double mean_us, double shape)
{
	double density[RINGING_BINS], sum = 0;

	for (int k = 0; k < RINGING_BINS; k++) {
		double x = ((k + 0.5) * (double)ringing->bin_us - shift_us) / mean_us * shape;

		density[k] = x > 0 ? exp((shape - 1) * log(x) - x) : 0;
		sum += density[k];
	}
	for (int k = 0; sum > 0 && k < RINGING_BINS; k++)
		table[k] += count * density[k] / sum;
}

static void set_prior(struct ringing *ringing, int64_t ring_us_max)
{
	double rest = 1 - PERSON_PRIOR - MACHINE_PRIOR - FAIL_PRIOR;
	double shape = 1 / (VERDICT_CV * VERDICT_CV);
	double *machine = ringing->ended[ringing->classified ? RINGING_MACHINE : RINGING_PERSON];

	spread_gamma(ringing, ringing->ended[RINGING_PERSON], SAMPLES_PRIOR * PERSON_PRIOR, DELAY_US, PERSON_US, PERSON_SHAPE);
	spread_gamma(ringing, machine, SAMPLES_PRIOR * MACHINE_PRIOR * 0.8, DELAY_US, MACHINE_US, 50);
	machine[bin_of(ringing, DELAY_US)] += SAMPLES_PRIOR * MACHINE_PRIOR * 0.2;
	ringing->ended[RINGING_OTHER][bin_of(ringing, DELAY_US)] += SAMPLES_PRIOR * FAIL_PRIOR;
	ringing->ended[RINGING_OTHER][bin_of(ringing, DELAY_US + (double)ring_us_max)] += SAMPLES_PRIOR * rest;
	ringing->resolved = SAMPLES_PRIOR;
	spread_gamma(ringing, ringing->verdict[0], VERDICT_SAMPLES, 0, VERDICT_US, shape);
	spread_gamma(ringing, ringing->verdict[1], VERDICT_SAMPLES, 0, VERDICT_US, shape / 2);
}

void ringing_init(struct ringing *ringing, int64_t ring_us_max, bool classified, int64_t now_us)
{
	memset(ringing, 0, sizeof(*ringing));
	ringing->bin_us = ring_us_max / 96 > 20000 ? ring_us_max / 96 : 20000;
	ringing->head = now_us / ringing->bin_us;
	ringing->classified = classified;
	ringing->seen_us = now_us;
	drift_init(&ringing->drift, LEVEL_SPREAD, now_us);
	rates_init(&ringing->rates, now_us);
	set_prior(ringing, ring_us_max);
	ringing_build(ringing);
}

void ringing_advance(struct ringing *ringing, int64_t now_us)
{
	int64_t head = now_us / ringing->bin_us, steps = head - ringing->head;

	for (int64_t i = 1; i <= steps && i <= RINGING_BINS; i++) {
		size_t slot = (size_t)((ringing->head + i) % RINGING_BINS);

		ringing->ringing_old += ringing->ringing[slot];
		ringing->answered_old += ringing->answered[slot];
		ringing->ringing[slot] = ringing->answered[slot] = ringing->weight_sum[slot] = 0;
		ringing->worth[slot] = 0;
	}
	if (steps > 0)
		ringing->head = head;
}

static int age_of(const struct ringing *ringing, int64_t bin)
{
	int64_t age = ringing->head - bin;

	return age < RINGING_BINS ? (int)age : RINGING_BINS;
}

static void take(struct ringing *ringing, uint32_t slots[RINGING_BINS], uint32_t *old, int64_t bin)
{
	if (age_of(ringing, bin) == RINGING_BINS)
		--*old;
	else
		slots[bin % RINGING_BINS]--;
}

static void learn(struct ringing *ringing, int age, enum ringing_end end)
{
	ringing->ended[end][age < RINGING_BINS ? age : RINGING_BINS - 1] += 1;
	ringing->resolved += 1;
	if (ringing->resolved < RESOLVED_MAX)
		return;
	ringing->resolved *= 0.5;
	for (int e = 0; e < RINGING_ENDS; e++)
		for (int k = 0; k < RINGING_BINS; k++)
			ringing->ended[e][k] *= 0.5;
}

struct ringing_call ringing_dial(struct ringing *ringing, uint32_t group)
{
	size_t slot = (size_t)(ringing->head % RINGING_BINS);
	struct ringing_call call = {
		ringing->head, group, rates_dial(&ringing->rates, group), (float)(ringing->level * ringing->prob)};

	ringing->ringing[slot]++;
	ringing->worth[slot] += call.worth;
	return call;
}

/* It rings no more. */
static void take_ringing(struct ringing *ringing, const struct ringing_call *call)
{
	if (age_of(ringing, call->dial_bin) < RINGING_BINS)
		ringing->worth[call->dial_bin % RINGING_BINS] -= call->worth;
	take(ringing, ringing->ringing, &ringing->ringing_old, call->dial_bin);
}

/* People who answered, or who turned out to be none. */
static void note_seen(struct ringing *ringing, double seen, int64_t now_us)
{
	drift_note(&ringing->drift, 0, seen, now_us);
	rates_note(&ringing->rates, 0, seen, now_us);
}

static void learn_call(struct ringing *ringing, const struct ringing_call *call, int age, enum ringing_end end)
{
	learn(ringing, age, end);
	if (end != RINGING_CENSORED)
		rates_resolve(&ringing->rates, call->group, (double)call->expected, end == RINGING_PERSON);
}

uint32_t ringing_answer(struct ringing *ringing, const struct ringing_call *call, int64_t now_us)
{
	int age = age_of(ringing, call->dial_bin);
	uint32_t weight = (uint32_t)(WEIGHT_ONE * ringing->person_share[age < RINGING_BINS ? age : RINGING_BINS - 1]);

	take_ringing(ringing, call);
	if (!ringing->classified) {
		learn_call(ringing, call, age, RINGING_PERSON);
		note_seen(ringing, 1, now_us);
		return (uint32_t)WEIGHT_ONE;
	}
	ringing->answered[ringing->head % RINGING_BINS]++;
	ringing->weight_sum[ringing->head % RINGING_BINS] += weight;
	note_seen(ringing, weight / WEIGHT_ONE, now_us);
	return weight;
}

void ringing_end(struct ringing *ringing, const struct ringing_call *call, enum ringing_end end)
{
	take_ringing(ringing, call);
	if (end != RINGING_FAILED)
		learn_call(ringing, call, age_of(ringing, call->dial_bin), end);
}

static void learn_verdict(struct ringing *ringing, int delay, int which)
{
	double sum = 0;

	ringing->verdict[which][delay < RINGING_BINS ? delay : RINGING_BINS - 1] += 1;
	for (int k = 0; k < RINGING_BINS; k++)
		sum += ringing->verdict[which][k];
	for (int k = 0; sum > RESOLVED_MAX / 4 && k < RINGING_BINS; k++)
		ringing->verdict[which][k] *= 0.5;
}

void ringing_verdict(struct ringing *ringing, const struct ringing_call *call, int64_t answer_bin, uint32_t weight,
	enum ringing_end end, int64_t now_us)
{
	int64_t age = answer_bin - call->dial_bin;
	int delay = age_of(ringing, answer_bin);

	take(ringing, ringing->answered, &ringing->answered_old, answer_bin);
	if (delay < RINGING_BINS)
		ringing->weight_sum[answer_bin % RINGING_BINS] -= weight;
	note_seen(ringing, (end == RINGING_PERSON) - weight / WEIGHT_ONE, now_us);
	if (end != RINGING_FAILED)
		learn_call(ringing, call, age < RINGING_BINS ? (int)age : RINGING_BINS, end);
	if (end == RINGING_PERSON || end == RINGING_MACHINE)
		learn_verdict(ringing, delay, end == RINGING_MACHINE);
}
