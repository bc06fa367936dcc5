/*
 * fuzz_learned.c - any bytes as what a pacer had learned: refused, and the pacer is as it was; or taken, and then its decisions
 * keep to their bounds
 *
 * Input   triples: which value (two bytes), and eight bytes of it; the other values are those of a pacer that knows nothing.
 */
#include "pacing/pacing.h"

#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CALLS 32
#define SEATS 4

static void check(int ok)
{
	if (!ok)
		abort();
}

static void decide(struct pacer *pacer, int64_t now_us)
{
	const struct pacing_view view = {.lines_free = 20, .tokens = 10, .leads_ready = 100, .dialling = true};
	struct pacing_decision made = pacer_decide(pacer, &view, now_us);

	check(made.place <= 10 && made.cancel <= CALLS);
	check(made.answer_prob >= 0 && made.answer_prob <= 1 && isfinite(made.overflow_expected));
	check(made.seats_free_expected >= 0 && isfinite(made.seats_free_expected));
}

/* Seats come, calls are placed, ring, end: a second each. */
static void live(struct pacer *pacer)
{
	int64_t now_us = 1000 * SEC_US;

	for (uint32_t i = 0; i < SEATS; i++)
		pacer_note(pacer, PACING_READY, 0, i, now_us);
	for (uint32_t i = 0; i < CALLS; i++, now_us += SEC_US) {
		decide(pacer, now_us);
		pacer_note(pacer, PACING_DIALLED, i, i % 3, now_us);
		if (i < 4)
			continue;
		pacer_note(pacer, i % 2 ? PACING_NO_ANSWER : PACING_ANSWERED, i - 4, 0, now_us);
		if (i % 4 == 0)
			pacer_note(pacer, PACING_PERSON, i - 4, 0, now_us);
	}
	decide(pacer, now_us + 3600 * SEC_US);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pacing_options options = {.mode = PACING_PREDICTIVE, .calls_max = CALLS, .seats_max = SEATS,
		.abandon_prob_max = 0.03, .hold_us = 2 * SEC_US, .ring_us_min = 15 * SEC_US, .ring_us_max = 30 * SEC_US,
		.classified = true, .ratio = 1};
	static struct pacing_learned learned, before, after;
	struct pacer *pacer = pacer_alloc(&options, SEC_US);

	check(pacer != NULL);
	pacer_learned(pacer, &before);
	learned = before;
	for (; size >= 10; data += 10, size -= 10)
		memcpy(&learned.value[(data[0] << 8 | data[1]) % PACING_LEARNED_VALUES], data + 2, sizeof(double));
	bool taken = pacer_relearn(pacer, &learned, SEC_US) == 0;
	pacer_learned(pacer, &after);
	for (int i = 0; i < PACING_LEARNED_VALUES && !taken; i++)
		check(after.value[i] == before.value[i]);
	for (int i = 0; i < PACING_LEARNED_VALUES; i++)
		check(isfinite(after.value[i]));
	live(pacer);
	pacer_free(pacer);
	return 0;
}
