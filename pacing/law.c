/*
 * law.c - how many calls one decision places, by probability
 */
#include "pacing/law.h"

#include <math.h>
#include <stdbool.h>

#define BURST_POINT 3 /* bursts are looked for at points 3, 6 and 9 of the grid */
#define BURST_STEP 3

/* People wanting a seat by point j when `placed` new calls are in flight too. */
static struct tail_sum wanted_with(const struct law_input *input, uint32_t placed, int j)
{
	double p = input->share[j], more = placed * p;

	return (struct tail_sum){
		input->wanted[j].mean + more, input->wanted[j].var + more * (1 - p) + more * more * input->share_spread};
}

double law_risk(const struct law_input *input, uint32_t placed)
{
	double worst = 0, sum = 0;

	for (int j = RINGING_POINTS - 1; j >= 0; j--) {
		worst = fmax(worst, tail_prob(wanted_with(input, placed, j), input->freed[j], input->free));
		sum += worst;
	}
	return sum / RINGING_POINTS;
}

double law_burst(const struct law_input *input, uint32_t placed)
{
	double worst = 0;

	for (int j = BURST_POINT; j < RINGING_POINTS; j += BURST_STEP)
		worst = fmax(worst, tail_prob(wanted_with(input, placed, j), input->freed[j], input->free + input->spare + 1));
	return worst;
}

/* What `place` calls together are expected to cost. */
static double cost(const struct law_input *input, uint32_t place, double first, double last)
{
	return place * input->share[RINGING_POINTS - 1] * 0.5 * (first + last);
}

static bool accepted(const struct law_input *input, uint32_t place, double first, double *risk)
{
	*risk = law_risk(input, place - 1);
	return *risk <= input->price && cost(input, place, first, *risk) <= input->overflow_max &&
	       law_burst(input, place) <= input->burst_prob_max;
}

struct law_output law_place(const struct law_input *input)
{
	double first = law_risk(input, 0), last = first, risk;
	uint32_t good = 0, bad = input->place_max + 1, step = 1;
	bool galloping = true;

	/* Invariant: `good` calls can be placed, `bad` cannot. */
	while (good + 1 < bad) {
		uint32_t try = good + (galloping && good + step < bad ? step : (bad - good) / 2);

		if (accepted(input, try, first, &risk)) {
			good = try;
			last = risk;
			step *= 2;
		} else {
			bad = try;
			galloping = false;
		}
	}
	return (struct law_output){good, cost(input, good, first, last), first};
}
