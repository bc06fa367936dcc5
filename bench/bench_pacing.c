/*
 * bench_pacing.c - what one decision of the pacer costs
 *
 * What    For several sizes: a team in the middle of its day (seats talking for all sorts of times, calls ringing at all ages),
 * and then decisions every 20 ms of simulated time with a few events between them. Prints mean, 99th percentile and maximum of
 *         pacer_decide() alone in microseconds. Decisions that rebuild the tables (one a second) are among them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/hist.h"
#include "base/prng.h"
#include "pacing/pacing.h"

#define DECISIONS 40000
#define START_US (20000 * DAY_US)
#define STEP_US (20 * MS_US)

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Every seat talks, wraps up or is free; every call number of `calls` rings, dialled over the last 25 s. */
static int64_t fill(struct pacer *pacer, struct prng *prng, uint32_t seats, uint32_t calls)
{
	int64_t t = START_US;

	for (uint32_t s = 0; s < seats; s++) {
		pacer_note(pacer, PACING_READY, 0, s, t);
		pacer_note(pacer, PACING_DIALLED, 0, 0, t);
		pacer_note(pacer, PACING_ANSWERED, 0, 0, t);
		pacer_note(pacer, PACING_PERSON, 0, 0, t);
		pacer_note(pacer, PACING_CONNECTED, 0, s, t);
		t += (int64_t)prng_below(prng, (uint64_t)(600 * SEC_US) / seats);
		if (prng_below(prng, 5) == 0)
			pacer_note(pacer, PACING_WRAP, 0, s, t);
	}
	for (uint32_t c = 0; c < calls; c++)
		pacer_note(pacer, PACING_DIALLED, c, 0, t += 25 * SEC_US / calls);
	return t;
}

/* One call ends and another begins. */
static void churn(struct pacer *pacer, uint32_t c, uint32_t calls, int64_t now_us)
{
	pacer_note(pacer, c % 3 ? PACING_NO_ANSWER : PACING_ANSWERED, c % calls, 0, now_us);
	if (c % 3 == 0)
		pacer_note(pacer, PACING_MACHINE, c % calls, 0, now_us);
	pacer_note(pacer, PACING_DIALLED, c % calls, 0, now_us);
}

static void measure(uint32_t seats, uint32_t calls, struct hist *hist)
{
	struct pacing_options options = {.mode = PACING_PREDICTIVE,
		.calls_max = 2 * calls,
		.seats_max = seats,
		.abandon_prob_max = 0.03,
		.hold_us = 2 * SEC_US,
		.ring_us_min = 15 * SEC_US,
		.ring_us_max = 25 * SEC_US,
		.period_start_us = START_US,
		.period_live_count = 100000,
		.period_abandoned_count = 2000,
		.classified = true};
	struct pacing_view view = {.lines_free = calls, .tokens = -1, .leads_ready = UINT32_MAX, .dialling = true};
	struct pacer *pacer = pacer_alloc(&options, START_US);
	struct prng prng;
	int64_t t;

	if (!pacer)
		exit(1);
	prng_seed(&prng, 1);
	t = fill(pacer, &prng, seats, calls);
	for (uint32_t i = 0; i < DECISIONS; i++) {
		int64_t before;

		t += STEP_US;
		for (uint32_t k = 0; k * 1250 < calls; k++)
			churn(pacer, i * (calls / 1250 + 1) + k, calls, t);
		before = cpu_ns();
		pacer_decide(pacer, &view, t);
		hist_note(hist, cpu_ns() - before);
	}
	pacer_free(pacer);
}

int main(void)
{
	static const uint32_t sizes[][2] = {{5, 15}, {25, 80}, {100, 400}, {300, 1500}, {1000, 5000}};
	static struct hist hist;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		hist = (struct hist){0};
		measure(sizes[i][0], sizes[i][1], &hist);
		printf("pacing decision  %4u seats %5u calls in flight  mean %.2f us  p99 %.2f us  max %.1f us\n", sizes[i][0],
			sizes[i][1], (double)hist.sum / (double)hist.count / 1e3, (double)hist_at(&hist, 0.99) / 1e3,
			(double)hist.max / 1e3);
	}
	return 0;
}
