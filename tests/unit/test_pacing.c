/*
 * test_pacing.c - properties of the whole pacer, over a small seeded world of random events
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/prng.h"
#include "pacing/pacing.h"

#define CALLS 64
#define SEATS 12
#define START_US (20000 * DAY_US)

enum stage { IDLE, RINGING, ANSWERED, WAITING, TALKING };
enum post { OUT, FREE, TALK, WRAP };

/* A world of quick lives: each thing in it may move at each step of 100 ms. */
struct toy {
	struct pacer *pacer;
	struct prng prng;
	int64_t now_us;
	enum stage calls[CALLS];
	int64_t since_us[CALLS];
	enum post seats[SEATS];
	uint32_t lines_free, free, in_flight;
	uint64_t hash, placed, over;
};

static struct pacing_options options_of(enum pacing_mode mode)
{
	return (struct pacing_options){.mode = mode,
		.calls_max = CALLS,
		.seats_max = SEATS,
		.abandon_prob_max = 0.03,
		.hold_us = 2 * SEC_US,
		.ring_us_min = 15 * SEC_US,
		.ring_us_max = 25 * SEC_US,
		.period_start_us = START_US,
		.classified = true};
}

static void toy_start(struct toy *toy, const struct pacing_options *options, uint64_t seed)
{
	memset(toy, 0, sizeof(*toy));
	prng_seed(&toy->prng, seed);
	toy->now_us = START_US;
	toy->pacer = pacer_alloc(options, toy->now_us);
	assert_non_null(toy->pacer);
}

static bool chance(struct toy *toy, double p)
{
	return prng_unit(&toy->prng) < p;
}

static void note(struct toy *toy, enum pacing_event event, uint32_t call, uint32_t seat)
{
	pacer_note(toy->pacer, event, call, seat, toy->now_us);
}

static void end(struct toy *toy, uint32_t c, enum pacing_event event)
{
	note(toy, event, c, 0);
	toy->calls[c] = IDLE;
}

static void wait_for_seat(struct toy *toy, uint32_t c)
{
	for (uint32_t s = 0; s < SEATS; s++) {
		if (toy->seats[s] != FREE)
			continue;
		note(toy, PACING_CONNECTED, c, s);
		toy->seats[s] = TALK;
		toy->calls[c] = IDLE;
		return;
	}
	if (toy->now_us - toy->since_us[c] > 14 * SEC_US / 10)
		end(toy, c, PACING_ABANDONED);
}

static void step_call(struct toy *toy, uint32_t c)
{
	switch (toy->calls[c]) {
	case RINGING:
		if (chance(toy, 0.01)) {
			note(toy, PACING_ANSWERED, c, 0);
			toy->calls[c] = ANSWERED;
		} else if (chance(toy, 0.02)) {
			end(toy, c, chance(toy, 0.5) ? PACING_NO_ANSWER : PACING_BUSY);
		}
		break;
	case ANSWERED:
		if (!chance(toy, 0.1))
			break;
		if (chance(toy, 0.3)) {
			end(toy, c, PACING_MACHINE);
			break;
		}
		note(toy, PACING_PERSON, c, 0);
		toy->calls[c] = WAITING;
		toy->since_us[c] = toy->now_us;
		break;
	case WAITING:
		wait_for_seat(toy, c);
		break;
	default:
		break;
	}
}

static void step_seat(struct toy *toy, uint32_t s)
{
	static const enum pacing_event events[] = {
		[OUT] = PACING_READY, [FREE] = PACING_LEFT, [TALK] = PACING_WRAP, [WRAP] = PACING_READY};
	static const enum post next[] = {[OUT] = FREE, [FREE] = OUT, [TALK] = WRAP, [WRAP] = FREE};
	static const double chances[] = {[OUT] = 0.02, [FREE] = 0.0005, [TALK] = 0.02, [WRAP] = 0.05};

	if (!chance(toy, chances[toy->seats[s]]))
		return;
	note(toy, events[toy->seats[s]], 0, s);
	toy->seats[s] = next[toy->seats[s]];
}

static void count(struct toy *toy)
{
	toy->free = toy->in_flight = 0;
	for (uint32_t s = 0; s < SEATS; s++)
		toy->free += toy->seats[s] == FREE;
	for (uint32_t c = 0; c < CALLS; c++)
		toy->in_flight += toy->calls[c] != IDLE;
	toy->lines_free = CALLS - toy->in_flight;
}

static void place(struct toy *toy, uint32_t calls)
{
	for (uint32_t c = 0; c < CALLS && calls; c++) {
		if (toy->calls[c] != IDLE)
			continue;
		note(toy, PACING_DIALLED, c, 0);
		toy->calls[c] = RINGING;
		calls--;
		toy->placed++;
	}
	assert_int_equal(calls, 0);
}

/* One step; answers the decision, which was within its bounds. */
static struct pacing_decision toy_step(struct toy *toy, bool dialling)
{
	struct pacing_view view = {.dialling = dialling};
	struct pacing_decision d;

	toy->now_us += 100 * MS_US;
	for (uint32_t c = 0; c < CALLS; c++)
		step_call(toy, c);
	for (uint32_t s = 0; s < SEATS; s++)
		step_seat(toy, s);
	count(toy);
	view.lines_free = toy->lines_free;
	view.tokens = chance(toy, 0.3) ? -1 : 6 * prng_unit(&toy->prng);
	view.leads_ready = chance(toy, 0.5) ? UINT32_MAX : (uint32_t)prng_below(&toy->prng, 200);
	d = pacer_decide(toy->pacer, &view, toy->now_us);
	assert_true(d.place <= view.lines_free && d.place <= view.leads_ready);
	assert_true(view.tokens < 0 || d.place <= view.tokens);
	toy->hash = (toy->hash ^ d.place ^ (uint64_t)d.reason << 8 ^ (uint64_t)(d.overflow_expected * 1e6) << 16) * 0x100000001b3;
	toy->over += d.place + toy->in_flight > toy->free;
	place(toy, d.place);
	return d;
}

static void predictive_keeps_its_bounds_and_its_ceiling(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);

	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct toy toy;
		struct pacing_state s;

		toy_start(&toy, &options, seed);
		for (int i = 0; i < 12000; i++)
			assert_int_equal(toy_step(&toy, true).cancel, 0);
		s = pacer_state(toy.pacer);
		assert_int_equal(s.misfits, 0);
		assert_int_equal(s.seats_free, toy.free);
		assert_true(s.live > 500);
		assert_true(toy.over > 100); /* it does over-dial */
		if ((double)s.abandoned > 0.03 * (double)s.live)
			fail_msg("seed %llu: %llu of %llu people abandoned", (unsigned long long)seed,
				(unsigned long long)s.abandoned, (unsigned long long)s.live);
		pacer_free(toy.pacer);
	}
}

/* With the end unknown nothing is borrowed: who over-dials has a whole person left under the ceiling, at every decision. */
static void the_budget_is_never_overdrawn_knowingly(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	struct toy toy;

	(void)state;
	toy_start(&toy, &options, 21);
	for (int i = 0; i < 20000; i++) {
		struct pacing_decision d = toy_step(&toy, true);
		struct pacing_state s = pacer_state(toy.pacer);

		if (d.place && d.place + toy.in_flight > toy.free)
			assert_true((double)s.abandoned + 1 <= options.abandon_prob_max * (double)s.live + 1e-9);
	}
	assert_true(toy.over > 100);
	pacer_free(toy.pacer);
}

/* Over the same luck, summed over some worlds: chance must not turn the order around. How often one over-dials may fall as
 * each time places more; without a ceiling it is only ever by seats that leave. */
static void a_higher_ceiling_places_no_fewer_calls(void **state)
{
	static const double ceilings[] = {0, 0.01, 0.03, 0.05};
	uint64_t placed[4] = {0}, over[4] = {0};

	(void)state;
	for (int c = 0; c < 4; c++) {
		struct pacing_options options = options_of(PACING_PREDICTIVE);

		options.abandon_prob_max = ceilings[c];
		for (uint64_t seed = 31; seed < 35; seed++) {
			struct toy toy;

			toy_start(&toy, &options, seed);
			for (int i = 0; i < 6000; i++)
				toy_step(&toy, true);
			placed[c] += toy.placed;
			over[c] += toy.over;
			pacer_free(toy.pacer);
		}
		if (c && (placed[c] <= placed[c - 1] || over[c] <= 2 * over[0]))
			fail_msg("ceiling %g: %llu calls, %llu under %g", ceilings[c], (unsigned long long)placed[c],
				(unsigned long long)placed[c - 1], ceilings[c - 1]);
	}
}

static void the_callers_count_of_free_seats_is_believed(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	struct pacing_view view = {
		.lines_free = 60, .tokens = -1, .leads_ready = UINT32_MAX, .dialling = true, .idle_known = true, .idle = 2};
	struct pacer *pacer = pacer_alloc(&options, START_US);

	(void)state;
	assert_int_equal(pacer_decide(pacer, &view, START_US).place, 2);
	view.idle = UINT32_MAX;
	assert_int_equal(pacer_decide(pacer, &view, START_US).place, SEATS);
	view.idle_known = false;
	assert_int_equal(pacer_decide(pacer, &view, START_US).place, 0);
	pacer_free(pacer);
}

static void progressive_has_a_seat_for_each_line(void **state)
{
	struct pacing_options options = options_of(PACING_PROGRESSIVE);
	struct toy toy;

	(void)state;
	toy_start(&toy, &options, 9);
	for (int i = 0; i < 8000; i++) {
		struct pacing_decision d = toy_step(&toy, true);

		assert_true(d.place == 0 || d.place + toy.in_flight <= toy.free);
	}
	assert_true(toy.placed > 500);
	pacer_free(toy.pacer);
}

static void same_events_same_decisions(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	uint64_t hash[2];

	(void)state;
	for (int run = 0; run < 2; run++) {
		struct toy toy;

		toy_start(&toy, &options, 5);
		for (int i = 0; i < 5000; i++)
			toy_step(&toy, true);
		hash[run] = toy.hash;
		pacer_free(toy.pacer);
	}
	assert_true(hash[0] == hash[1]);
}

static void nothing_is_placed_while_not_dialling(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	struct toy toy;

	(void)state;
	toy_start(&toy, &options, 3);
	for (int i = 0; i < 1000; i++) {
		struct pacing_decision d = toy_step(&toy, i < 500);

		if (i >= 500)
			assert_true(d.place == 0 && d.reason == PACING_BY_WINDOW);
	}
	pacer_free(toy.pacer);
}

static void a_spent_budget_means_one_line_for_each_free_seat(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	struct toy toy;

	(void)state;
	toy_start(&toy, &options, 4);
	for (int i = 0; i < 3000; i++)
		toy_step(&toy, true);
	pacer_period(toy.pacer, 1000, 60);
	for (int i = 0; i < 3000; i++) {
		struct pacing_decision d = toy_step(&toy, true);

		assert_true(d.place == 0 || d.place + toy.in_flight <= toy.free);
	}
	assert_int_equal(pacer_state(toy.pacer).last.cancel, 0);
	pacer_free(toy.pacer);
}

static void a_first_call_is_not_over_dialled(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	struct pacing_view view = {.lines_free = 60, .tokens = -1, .leads_ready = UINT32_MAX, .dialling = true};
	struct pacer *pacer = pacer_alloc(&options, START_US);
	struct pacing_decision d;

	(void)state;
	for (uint32_t s = 0; s < 3; s++)
		pacer_note(pacer, PACING_READY, 0, s, START_US);
	d = pacer_decide(pacer, &view, START_US);
	assert_int_equal(d.place, 3);
	assert_int_equal(d.reason, PACING_BY_LEARNING);
	pacer_free(pacer);
}

/* A pacer that is told what another learned expects what that one expects, and over-dials from its first decision on. */
static void what_was_learned_moves_to_another_pacer(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	struct pacing_view view = {.lines_free = CALLS, .tokens = -1, .leads_ready = UINT32_MAX, .dialling = true};
	struct pacing_learned learned, again;
	struct pacer *heir = pacer_alloc(&options, START_US), *stranger;
	struct toy toy;

	(void)state;
	toy_start(&toy, &options, 77);
	for (int i = 0; i < 20000; i++)
		toy_step(&toy, true);
	pacer_learned(toy.pacer, &learned);
	assert_int_equal(pacer_relearn(heir, &learned, START_US), 0);
	pacer_learned(heir, &again);
	assert_memory_equal(&learned, &again, sizeof(learned));
	assert_true(pacer_decide(heir, &view, START_US).answer_prob > 0);
	assert_int_not_equal(pacer_decide(heir, &view, START_US).reason, PACING_BY_LEARNING);
	options.classified = !options.classified;
	stranger = pacer_alloc(&options, START_US);
	assert_int_equal(pacer_relearn(stranger, &learned, START_US), -EINVAL);
	pacer_free(stranger);
	pacer_free(heir);
	pacer_free(toy.pacer);
}

/* Whatever stands in the values, it is refused or leads to decisions within their bounds. */
static void damaged_learning_is_refused_or_harmless(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	struct pacing_learned good, bad;
	struct pacer *pacer = pacer_alloc(&options, START_US);
	struct prng prng;
	int refused = 0;

	(void)state;
	prng_seed(&prng, 78);
	pacer_learned(pacer, &good);
	pacer_free(pacer);
	for (int i = 0; i < 300; i++) {
		struct toy toy;

		bad = good;
		for (uint64_t n = prng_below(&prng, 40); n > 0; n--) {
			uint64_t bits = prng_u64(&prng);

			if (prng_below(&prng, 20) == 0)
				memcpy(&bad.value[prng_below(&prng, PACING_LEARNED_VALUES)], &bits, sizeof(bits));
			else
				bad.value[7 + prng_below(&prng, PACING_LEARNED_VALUES - 7)] = 1e6 * prng_unit(&prng);
		}
		toy_start(&toy, &options, (uint64_t)i);
		refused += pacer_relearn(toy.pacer, &bad, toy.now_us) != 0;
		for (int step = 0; step < 50; step++) {
			struct pacing_decision d = toy_step(&toy, true);

			assert_true(isfinite(d.answer_prob) && isfinite(d.overflow_expected) && isfinite(d.seats_free_expected));
		}
		pacer_free(toy.pacer);
	}
	assert_true(refused > 50 && refused < 250);
}

static void misfits_are_counted_and_harmless(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	struct pacing_view view = {.lines_free = CALLS, .tokens = -1, .leads_ready = UINT32_MAX, .dialling = true};
	struct pacer *pacer = pacer_alloc(&options, START_US);
	struct prng prng;
	int64_t t = START_US;

	(void)state;
	pacer_note(pacer, PACING_PERSON, 3, 0, t);
	pacer_note(pacer, PACING_WRAP, 0, 3, t);
	pacer_note(pacer, PACING_DIALLED, CALLS, 0, t);
	pacer_note(pacer, PACING_READY, 0, SEATS, t);
	pacer_note(pacer, (enum pacing_event)99, 0, 0, t);
	assert_int_equal(pacer_state(pacer).misfits, 5);
	prng_seed(&prng, 11);
	for (int i = 0; i < 60000; i++) {
		pacer_note(pacer, (enum pacing_event)prng_below(&prng, 17), (uint32_t)prng_below(&prng, CALLS + 2),
			(uint32_t)prng_below(&prng, SEATS + 2), t += (int64_t)prng_below(&prng, 300 * MS_US));
		if (i % 16 == 0)
			assert_true(pacer_decide(pacer, &view, t).place <= CALLS);
	}
	assert_true(pacer_state(pacer).seats_in <= SEATS && pacer_state(pacer).calls_ringing <= CALLS);
	pacer_clear(pacer, t);
	assert_int_equal(pacer_state(pacer).seats_in, 0);
	assert_int_equal(pacer_state(pacer).calls_ringing + pacer_state(pacer).calls_answered, 0);
	pacer_free(pacer);
}

static void a_machine_at_a_seat_is_no_person(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	struct pacer *pacer = pacer_alloc(&options, START_US);

	(void)state;
	pacer_note(pacer, PACING_READY, 0, 1, START_US);
	pacer_note(pacer, PACING_DIALLED, 2, 0, START_US);
	pacer_note(pacer, PACING_ANSWERED, 2, 0, START_US + SEC_US);
	pacer_note(pacer, PACING_PERSON, 2, 0, START_US + 2 * SEC_US);
	assert_int_equal(pacer_state(pacer).live, 1);
	pacer_note(pacer, PACING_MACHINE_SEAT, 2, 1, START_US + 2 * SEC_US);
	assert_int_equal(pacer_state(pacer).live, 0);
	assert_int_equal(pacer_state(pacer).machines, 1);
	assert_int_equal(pacer_state(pacer).seats_talking, 1);
	assert_int_equal(pacer_state(pacer).misfits, 0);
	pacer_free(pacer);
}

/* A person who waits for a seat and turns out to be a machine before one is free. */
static void a_waiting_machine_is_no_person(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	struct pacer *pacer = pacer_alloc(&options, START_US);

	(void)state;
	pacer_note(pacer, PACING_DIALLED, 2, 0, START_US);
	pacer_note(pacer, PACING_ANSWERED, 2, 0, START_US + SEC_US);
	pacer_note(pacer, PACING_PERSON, 2, 0, START_US + 2 * SEC_US);
	pacer_note(pacer, PACING_MACHINE, 2, 0, START_US + 3 * SEC_US);
	assert_int_equal(pacer_state(pacer).live, 0);
	assert_int_equal(pacer_state(pacer).machines, 1);
	assert_int_equal(pacer_state(pacer).calls_answered, 0);
	assert_int_equal(pacer_state(pacer).misfits, 0);
	pacer_free(pacer);
}

static void options_out_of_range_are_refused(void **state)
{
	struct pacing_options good = options_of(PACING_PREDICTIVE), bad;

	(void)state;
	bad = good;
	bad.calls_max = 0;
	assert_null(pacer_alloc(&bad, START_US));
	bad = good;
	bad.seats_max = 65537;
	assert_null(pacer_alloc(&bad, START_US));
	bad = good;
	bad.abandon_prob_max = 0.06;
	assert_null(pacer_alloc(&bad, START_US));
	pacer_free(NULL);
}

static void a_new_period_starts_its_own_count(void **state)
{
	struct pacing_options options = options_of(PACING_PREDICTIVE);
	struct pacer *pacer;

	(void)state;
	options.period_live_count = 200;
	options.period_abandoned_count = 4;
	pacer = pacer_alloc(&options, START_US);
	assert_true(pacer_state(pacer).abandoned_prob == 4.0 / 200);
	pacer_configure(pacer, &options, START_US + SEC_US);
	assert_true(pacer_state(pacer).abandoned_prob == 4.0 / 200);
	options.period_start_us += DAY_US;
	options.period_live_count = options.period_abandoned_count = 0;
	pacer_configure(pacer, &options, START_US + DAY_US);
	assert_true(pacer_state(pacer).abandoned_prob <= 0);
	pacer_free(pacer);
}

static void every_reason_has_a_name(void **state)
{
	(void)state;
	for (int r = 0; r <= PACING_BY_LEARNING; r++)
		assert_string_not_equal(pacing_reason_name((enum pacing_reason)r), "unknown");
	assert_string_equal(pacing_reason_name((enum pacing_reason)99), "unknown");
}

/* Seats are free and nobody has been lost: so many lines for each seat; with the budget spent, one. */
static void test_power_is_a_ratio_under_the_ceiling(void **state)
{
	struct pacing_options options = options_of(PACING_POWER);
	struct pacing_view view = {.lines_free = 50, .tokens = -1, .leads_ready = UINT32_MAX, .dialling = true};
	struct pacer *pacer;

	(void)state;
	options.ratio = 1.5;
	options.period_live_count = 1000;
	pacer = pacer_alloc(&options, START_US);
	assert_non_null(pacer);
	for (uint32_t seat = 0; seat < 4; seat++)
		pacer_note(pacer, PACING_READY, 0, seat, START_US);
	assert_int_equal(pacer_decide(pacer, &view, START_US).place, 6);
	pacer_note(pacer, PACING_DIALLED, 0, 0, START_US);
	assert_int_equal(pacer_decide(pacer, &view, START_US).place, 5);
	view.lines_free = 2;
	assert_int_equal(pacer_decide(pacer, &view, START_US).place, 2);
	view.lines_free = 50;
	pacer_period(pacer, 1000, 30);
	assert_int_equal(pacer_decide(pacer, &view, START_US).place, 3);
	assert_int_equal(pacer_decide(pacer, &view, START_US).reason, PACING_BY_BUDGET);
	pacer_free(pacer);
}

static void test_agentless_is_bound_by_the_trunk_alone(void **state)
{
	struct pacing_options options = options_of(PACING_AGENTLESS);
	struct pacing_view view = {.lines_free = 50, .tokens = 7, .leads_ready = UINT32_MAX, .dialling = true};
	struct pacer *pacer = pacer_alloc(&options, START_US);

	(void)state;
	assert_non_null(pacer);
	assert_int_equal(pacer_decide(pacer, &view, START_US).place, 7);
	assert_int_equal(pacer_decide(pacer, &view, START_US).reason, PACING_BY_TOKENS);
	view.tokens = -1;
	assert_int_equal(pacer_decide(pacer, &view, START_US).place, 50);
	view.leads_ready = 3;
	assert_int_equal(pacer_decide(pacer, &view, START_US).place, 3);
	view.dialling = false;
	assert_int_equal(pacer_decide(pacer, &view, START_US).place, 0);
	pacer_free(pacer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_power_is_a_ratio_under_the_ceiling),
		cmocka_unit_test(test_agentless_is_bound_by_the_trunk_alone),
		cmocka_unit_test(predictive_keeps_its_bounds_and_its_ceiling),
		cmocka_unit_test(the_budget_is_never_overdrawn_knowingly),
		cmocka_unit_test(a_higher_ceiling_places_no_fewer_calls),
		cmocka_unit_test(the_callers_count_of_free_seats_is_believed),
		cmocka_unit_test(progressive_has_a_seat_for_each_line),
		cmocka_unit_test(same_events_same_decisions),
		cmocka_unit_test(nothing_is_placed_while_not_dialling),
		cmocka_unit_test(a_spent_budget_means_one_line_for_each_free_seat),
		cmocka_unit_test(a_first_call_is_not_over_dialled),
		cmocka_unit_test(what_was_learned_moves_to_another_pacer),
		cmocka_unit_test(damaged_learning_is_refused_or_harmless),
		cmocka_unit_test(misfits_are_counted_and_harmless),
		cmocka_unit_test(a_machine_at_a_seat_is_no_person),
		cmocka_unit_test(a_waiting_machine_is_no_person),
		cmocka_unit_test(options_out_of_range_are_refused),
		cmocka_unit_test(a_new_period_starts_its_own_count),
		cmocka_unit_test(every_reason_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
