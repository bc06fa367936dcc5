/*
 * test_pacing_parts.c - the parts of the pacer, each against what can be worked out by hand
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/clock.h"
#include "base/prng.h"
#include "pacing/crew.h"
#include "pacing/drift.h"
#include "pacing/dwell.h"
#include "pacing/law.h"
#include "pacing/purse.h"
#include "pacing/ringing.h"
#include "pacing/tail.h"

static void near(double got, double want, double slack)
{
	if (fabs(got - want) > slack)
		fail_msg("%g is not within %g of %g", got, slack, want);
}

static double poisson_above(double mean, int least)
{
	double p = exp(-mean), below = 0;

	for (int k = 0; k < least; k++) {
		below += p;
		p *= mean / (k + 1);
	}
	return 1 - below;
}

static void tail_of_a_poisson_sum(void **state)
{
	(void)state;
	for (int margin = 0; margin < 8; margin++)
		near(tail_prob((struct tail_sum){1.7, 1.7}, (struct tail_sum){0, 0}, margin), poisson_above(1.7, margin), 1e-6);
}

static void tail_of_a_binomial_sum(void **state)
{
	(void)state;
	/* 4 calls of 0.3: all four answer with 0.0081, at least three with 0.0837. */
	near(tail_prob((struct tail_sum){1.2, 0.84}, (struct tail_sum){0, 0}, 4), 0.0081, 1e-6);
	near(tail_prob((struct tail_sum){1.2, 0.84}, (struct tail_sum){0, 0}, 3), 0.0837, 1e-6);
}

static void tail_of_a_difference(void **state)
{
	double want = 0, p = exp(-0.8);

	(void)state;
	for (int k = 0; k < 40; k++) {
		want += p * poisson_above(1.3, k + 1);
		p *= 0.8 / (k + 1);
	}
	near(tail_prob((struct tail_sum){1.3, 1.3}, (struct tail_sum){0.8, 0.8}, 1), want, 1e-5);
}

static void tail_is_smooth_where_the_normal_law_takes_over(void **state)
{
	(void)state;
	for (int margin = -4; margin < 12; margin++)
		near(tail_prob((struct tail_sum){23.99, 20}, (struct tail_sum){20, 18}, margin),
			tail_prob((struct tail_sum){24.01, 20}, (struct tail_sum){20, 18}, margin), 0.015);
}

static void drift_believes_a_jump_and_only_a_jump(void **state)
{
	struct drift drift;
	int64_t t = 0;

	(void)state;
	drift_init(&drift, 0.45, 0);
	for (int i = 0; i < 400; i++)
		drift_note(&drift, 1, 1, t += 10 * SEC_US);
	near(drift.mean, 1, 0.12);
	for (int i = 0; i < 40; i++)
		drift_note(&drift, 1, 2, t += 10 * SEC_US);
	near(drift.mean, 2, 0.35);
	for (int i = 0; i < 40; i++)
		drift_note(&drift, 1, 0, t += 10 * SEC_US);
	assert_true(drift.mean < 0.3);
}

/* Blocks of forty expected answers that come half or double as often; then even luck again. */
static void drift_learns_how_restless_a_rate_is(void **state)
{
	struct drift drift;
	struct prng prng;
	int64_t t = 0;

	(void)state;
	prng_seed(&prng, 9);
	drift_init(&drift, 0.45, 0);
	assert_true(drift.restless < 0.1);
	for (int i = 0; i < 2000; i++) {
		double rate = i / 40 % 2 ? 2 : 0.5;

		drift_note(&drift, 0.5, 0, t += SEC_US);
		drift_note(&drift, 0.5, (prng_unit(&prng) < rate / 4) + (prng_unit(&prng) < rate / 4), t += SEC_US);
	}
	assert_true(drift.restless > 0.8);
	for (int i = 0; i < 6000; i++)
		drift_note(&drift, 0.5, prng_unit(&prng) < 0.5, t += SEC_US);
	assert_true(drift.restless < 0.2);
}

static void drift_is_surer_after_more(void **state)
{
	struct drift little, much;

	(void)state;
	drift_init(&little, 0.45, 0);
	drift_init(&much, 0.45, 0);
	for (int i = 0; i < 5; i++)
		drift_note(&little, 1, 1, i * SEC_US);
	for (int i = 0; i < 100; i++)
		drift_note(&much, 1, 1, i * SEC_US);
	assert_true(much.var < little.var);
}

static void dwell_bins_rise_and_hold_their_middles(void **state)
{
	struct dwell dwell;

	(void)state;
	dwell_init(&dwell, 225e6, 1, 4);
	for (int b = 0; b < DWELL_BINS; b++)
		assert_int_equal(dwell_bin((int64_t)dwell_middle_us(&dwell, b)), b);
	assert_int_equal(dwell_bin(-5), 0);
	assert_int_equal(dwell_bin(INT64_MAX), DWELL_BINS - 1);
}

static void dwell_learns_a_scale_30_times_shorter(void **state)
{
	static const uint32_t none[DWELL_BINS];
	struct dwell dwell;

	(void)state;
	dwell_init(&dwell, 225e6, 1, 4);
	near(dwell.mean_us, 225e6, 40e6);
	for (int i = 0; i < 40; i++)
		dwell_note(&dwell, (4 + i % 5) * SEC_US);
	dwell_build(&dwell, none);
	/* Three of four talks are over after 8 s or so, whatever the prior said. */
	assert_true(exp(-dwell_hazard(&dwell, 9e6)) < 0.2);
	assert_true(exp(-dwell_hazard(&dwell, 3.5e6)) > 0.85);
}

static void dwell_counts_talks_under_way(void **state)
{
	uint32_t under_way[DWELL_BINS] = {0}, none[DWELL_BINS] = {0};
	struct dwell dwell;
	double without;

	(void)state;
	dwell_init(&dwell, 225e6, 1, 4);
	dwell_build(&dwell, none);
	without = dwell_hazard(&dwell, 300e6);
	under_way[dwell_bin(600 * SEC_US)] = 20;
	dwell_build(&dwell, under_way);
	assert_true(dwell_hazard(&dwell, 300e6) < 0.5 * without);
}

static void ringing_learns_rate_and_time(void **state)
{
	struct ringing *r = test_malloc(sizeof(*r));
	struct prng prng;
	int64_t t = 1000 * SEC_US;

	(void)state;
	prng_seed(&prng, 7);
	ringing_init(r, 25 * SEC_US, true, t);
	near(r->prob, 0.30, 0.02);
	/* 10 % are people who answer after 2 s; the rest rings for 5 s. */
	for (int i = 0; i < 600; i++) {
		struct ringing_call call;
		int64_t answer_bin;
		uint32_t weight;
		bool person = prng_unit(&prng) < 0.1;

		ringing_advance(r, t += 100 * MS_US);
		call = ringing_dial(r, 0);
		ringing_advance(r, t += person ? 2 * SEC_US : 5 * SEC_US);
		if (!person) {
			ringing_end(r, &call, RINGING_OTHER);
			continue;
		}
		weight = ringing_answer(r, &call, t);
		answer_bin = r->head;
		ringing_advance(r, t += SEC_US);
		ringing_verdict(r, &call, answer_bin, weight, RINGING_PERSON, t);
	}
	ringing_build(r);
	near(r->prob, 0.1, 0.03);
	assert_true(r->grid_us[5] > 2 * SEC_US && r->grid_us[5] < 5 * SEC_US);
	test_free(r);
}

static void ringing_counts_end_at_nothing(void **state)
{
	struct ringing *r = test_malloc(sizeof(*r));
	struct tail_sum wanted[RINGING_POINTS];
	struct ringing_call calls[300];
	int64_t t = 0;

	(void)state;
	ringing_init(r, 25 * SEC_US, true, t);
	for (int i = 0; i < 300; i++) {
		ringing_advance(r, t += 200 * MS_US);
		calls[i] = ringing_dial(r, (uint32_t)i % 3);
	}
	assert_true(r->ringing_old > 0);
	ringing_forecast(r, t, wanted);
	assert_true(wanted[RINGING_POINTS - 1].mean > 1);
	for (int i = 0; i < 300; i++)
		ringing_end(r, &calls[i], RINGING_OTHER);
	assert_int_equal(r->ringing_old, 0);
	ringing_forecast(r, t, wanted);
	near(wanted[RINGING_POINTS - 1].mean, 0, 1e-12);
	test_free(r);
}

static void ringing_forgets_nothing_when_the_trunk_fails(void **state)
{
	struct ringing *r = test_malloc(sizeof(*r));
	int64_t t = 0;
	double prob;

	(void)state;
	ringing_init(r, 25 * SEC_US, true, t);
	prob = r->prob;
	for (int i = 0; i < 20000; i++) {
		struct ringing_call call;

		ringing_advance(r, t += 10 * MS_US);
		call = ringing_dial(r, 0);
		ringing_end(r, &call, RINGING_FAILED);
	}
	ringing_build(r);
	near(r->prob, prob, 1e-9);
	test_free(r);
}

/* Group 1 answers one call in two, group 2 none: their calls in flight are counted so, and together they are worth the mean. */
static void ringing_tells_groups_apart(void **state)
{
	struct ringing *r = test_malloc(sizeof(*r));
	struct tail_sum one[RINGING_POINTS], two[RINGING_POINTS];
	struct ringing_call call;
	int64_t t = 0;

	(void)state;
	ringing_init(r, 25 * SEC_US, false, t);
	for (int i = 0; i < 800; i++) {
		ringing_advance(r, t += 100 * MS_US);
		call = ringing_dial(r, 1 + i % 2);
		for (int step = 0; step < 20; step++) {
			ringing_advance(r, t += 250 * MS_US);
			ringing_forecast(r, t, one);
		}
		if (i % 4 == 0)
			ringing_answer(r, &call, t);
		else
			ringing_end(r, &call, RINGING_OTHER);
		ringing_build(r);
	}
	near(r->rates.recent, 1, 0.3);
	call = ringing_dial(r, 1);
	ringing_forecast(r, t, one);
	ringing_end(r, &call, RINGING_CENSORED);
	ringing_dial(r, 2);
	ringing_forecast(r, t, two);
	assert_true(one[RINGING_POINTS - 1].mean > 4 * two[RINGING_POINTS - 1].mean);
	test_free(r);
}

/* Hour 1 of three days answers twice as often as hour 0; on the fourth its first decision knows. */
static void rates_learn_hours_of_earlier_days(void **state)
{
	struct rates rates;
	int64_t t = 0, hour_us = 3600 * SEC_US;

	(void)state;
	rates_init(&rates, t);
	for (int day = 0; day < 3; day++) {
		rates_note(&rates, 300, 200, t);
		near(rates.factor, day ? 0.73 : 1, 0.08);
		rates_note(&rates, 300, 400, t + hour_us);
		t += 24 * hour_us;
	}
	rates_note(&rates, 0, 0, t);
	near(rates.factor, 0.69, 0.03);
	rates_note(&rates, 0, 0, t + hour_us);
	near(rates.factor, 1.31, 0.03);
	rates_note(&rates, 0, 0, t + 2 * hour_us);
	near(rates.factor, 1, 1e-9);
}

static void crew_forecasts_more_for_a_later_time(void **state)
{
	int64_t horizons[CREW_POINTS];
	struct tail_sum freed[CREW_POINTS];
	struct crew *crew = test_malloc(sizeof(*crew));

	(void)state;
	for (int j = 0; j < CREW_POINTS; j++)
		horizons[j] = (j + 1) * 3 * SEC_US;
	assert_int_equal(crew_init(crew, 20, 0), 0);
	for (uint32_t s = 0; s < 20; s++) {
		assert_true(crew_ready(crew, s, 0));
		assert_false(crew_ready(crew, s, 0));
		assert_true(crew_connect(crew, s, s, 0));
	}
	assert_true(crew_wrap(crew, 3, 100 * SEC_US));
	crew_build(crew, horizons);
	crew_forecast(crew, 120 * SEC_US, freed);
	for (int j = 1; j < CREW_POINTS; j++)
		assert_true(freed[j].mean > freed[j - 1].mean);
	assert_true(freed[CREW_POINTS - 1].mean < 20);
	for (uint32_t s = 0; s < 20; s++)
		assert_true(crew_leave(crew, s, 121 * SEC_US));
	assert_int_equal(crew->busy_count, 0);
	crew_forecast(crew, 122 * SEC_US, freed);
	near(freed[CREW_POINTS - 1].mean, 0, 1e-12);
	crew_fini(crew);
	test_free(crew);
}

static struct law_input law_of(int free, double price)
{
	struct law_input input = {
		.free = free, .price = price, .overflow_max = 10, .spare = 1000, .burst_prob_max = 1, .place_max = 1000};

	for (int j = 0; j < RINGING_POINTS; j++) {
		input.share[j] = 0.3 * (j + 1) / RINGING_POINTS;
		input.freed[j] = (struct tail_sum){0.1 * j, 0.1 * j};
	}
	return input;
}

static void law_rises_with_price_and_seats(void **state)
{
	uint32_t last = 0;

	(void)state;
	for (int i = 1; i < 40; i++) {
		struct law_input input = law_of(3, 0.01 * i);
		uint32_t place = law_place(&input).place;

		assert_true(place >= last);
		last = place;
	}
	assert_true(last > 5);
	for (int free = 1; free < 10; free++) {
		struct law_input few = law_of(free, 0.05), many = law_of(free + 1, 0.05);

		assert_true(law_place(&many).place > law_place(&few).place);
	}
}

static void law_stops_at_the_last_good_call(void **state)
{
	struct law_input input = law_of(4, 0.08);
	uint32_t place = law_place(&input).place;

	(void)state;
	assert_true(place > 1);
	assert_true(law_risk(&input, place - 1) <= input.price);
	assert_true(law_risk(&input, place) > input.price);
	input.place_max = place - 1;
	assert_int_equal(law_place(&input).place, place - 1);
	/* Four calls for four seats cost nobody anything, a fifth might. */
	input = law_of(4, 0.08);
	input.overflow_max = 0;
	assert_int_equal(law_place(&input).place, 4);
}

static void law_fears_bursts(void **state)
{
	struct law_input input = law_of(4, 0.5);
	uint32_t place = law_place(&input).place, careful;

	(void)state;
	input.spare = 1;
	input.burst_prob_max = 0.001;
	careful = law_place(&input).place;
	assert_true(careful < place);
	assert_true(law_burst(&input, careful) <= 0.001 && law_burst(&input, careful + 1) > 0.001);
}

static void purse_opens_only_with_room(void **state)
{
	struct purse purse;
	struct purse_outlook nobody_knows = {.live_expected = -1};

	(void)state;
	purse_init(&purse, 0.03, 0, 0);
	assert_false(purse_terms(&purse, nobody_knows).open);
	for (int i = 0; i < 40; i++)
		purse_live(&purse);
	assert_true(purse_terms(&purse, nobody_knows).open);
	purse_abandoned(&purse);
	assert_false(purse_terms(&purse, nobody_knows).open);
}

static void purse_takes_commitments_off(void **state)
{
	struct purse purse;
	struct purse_outlook nobody_knows = {.live_expected = -1};
	double room;

	(void)state;
	purse_init(&purse, 0.03, 100, 0);
	room = purse_terms(&purse, nobody_knows).room;
	purse_charge(&purse, 900000);
	assert_true(purse_terms(&purse, nobody_knows).room < room - 0.8);
	purse_settle(&purse, 900000);
	assert_true(purse_terms(&purse, nobody_knows).room >= room);
}

static void purse_raises_the_price_of_unspent_budget(void **state)
{
	struct purse purse;
	struct purse_terms terms;

	(void)state;
	purse_init(&purse, 0.03, 100, 0);
	terms = purse_terms(&purse, (struct purse_outlook){.live_expected = 500});
	purse_learn(&purse, &terms, 10, 0);
	assert_true(purse_terms(&purse, (struct purse_outlook){.live_expected = 500}).price > terms.price);
	for (int i = 0; i < 3; i++)
		purse_learn(&purse, &terms, 10, 5);
	assert_true(purse_terms(&purse, (struct purse_outlook){.live_expected = 500}).price < terms.price);
}

static void purse_without_a_ceiling_never_opens(void **state)
{
	struct purse purse;

	(void)state;
	purse_init(&purse, 0, 100000, 0);
	assert_false(purse_terms(&purse, (struct purse_outlook){.live_expected = 500}).open);
}

/* More may be lost, over-dialling opens no later and the price is steered no lower: whatever else holds. */
static void purse_gives_no_less_under_a_higher_ceiling(void **state)
{
	struct prng prng;

	(void)state;
	prng_seed(&prng, 41);
	for (int i = 0; i < 20000; i++) {
		struct purse_outlook outlook = {
			.live_expected = i % 3 ? 3000 * prng_unit(&prng) : -1, .burst = 12 * prng_unit(&prng)};
		double low = 0.005 + 0.04 * prng_unit(&prng), high = low + (0.05 - low) * prng_unit(&prng);
		uint64_t live = prng_below(&prng, 3000), lost = prng_below(&prng, 1 + live / 20);
		struct purse_terms less, more;
		struct purse purse;

		purse_init(&purse, low, live, lost);
		purse_charge(&purse, (uint32_t)prng_below(&prng, 3000000));
		less = purse_terms(&purse, outlook);
		purse.ceiling = high;
		more = purse_terms(&purse, outlook);
		assert_true(more.room >= less.room - 1e-9 && more.spare >= less.spare - 1e-9);
		assert_true(more.target >= less.target - 1e-9 && more.price >= less.price);
		assert_true(more.open || !less.open);
	}
}

static void purse_lends_nothing_at_the_end(void **state)
{
	struct purse purse;
	struct purse_outlook end = {.live_expected = 0, .burst = 1};

	(void)state;
	purse_init(&purse, 0.03, 1000, 29);
	assert_false(purse_terms(&purse, end).open);
	end.live_expected = 400;
	assert_true(purse_terms(&purse, end).open);
}

static struct law_input random_input(struct prng *prng)
{
	double seats = 1 + 40 * prng_unit(prng) * prng_unit(prng), people = seats * prng_unit(prng) * 1.2,
	       p = 0.05 + 0.5 * prng_unit(prng);
	struct law_input input = {.share_spread = 0.05 * prng_unit(prng),
		.free = (int)prng_below(prng, 6) - 1,
		.price = 0.3 * prng_unit(prng),
		.overflow_max = 3 * prng_unit(prng),
		.spare = (int)prng_below(prng, 8),
		.burst_prob_max = 0.0002,
		.place_max = 300};

	for (int j = 0; j < RINGING_POINTS; j++) {
		double part = (j + 1.0) / RINGING_POINTS;

		input.share[j] = p * part;
		input.wanted[j] = (struct tail_sum){people * part, people * part * (1.1 - 0.3 * part)};
		input.freed[j] = (struct tail_sum){seats * 0.3 * part, seats * 0.3 * part * (1 - 0.3 * part) + 1e-9};
	}
	return input;
}

/* A higher ceiling reaches the law as a higher price, more overflow and more spare: none of them may take a call away. */
static void law_places_no_fewer_when_it_may_lose_more(void **state)
{
	struct prng prng;

	(void)state;
	prng_seed(&prng, 43);
	for (int i = 0; i < 3000; i++) {
		struct law_input input = random_input(&prng);
		uint32_t before = law_place(&input).place, after;

		assert_true(before <= input.place_max);
		input.price *= 1 + prng_unit(&prng);
		input.overflow_max += prng_unit(&prng);
		input.spare += (int)prng_below(&prng, 3);
		after = law_place(&input).place;
		if (after < before)
			fail_msg("round %d: %u calls, then %u", i, before, after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tail_of_a_poisson_sum),
		cmocka_unit_test(tail_of_a_binomial_sum),
		cmocka_unit_test(tail_of_a_difference),
		cmocka_unit_test(tail_is_smooth_where_the_normal_law_takes_over),
		cmocka_unit_test(drift_believes_a_jump_and_only_a_jump),
		cmocka_unit_test(drift_is_surer_after_more),
		cmocka_unit_test(drift_learns_how_restless_a_rate_is),
		cmocka_unit_test(dwell_bins_rise_and_hold_their_middles),
		cmocka_unit_test(dwell_learns_a_scale_30_times_shorter),
		cmocka_unit_test(dwell_counts_talks_under_way),
		cmocka_unit_test(ringing_learns_rate_and_time),
		cmocka_unit_test(ringing_counts_end_at_nothing),
		cmocka_unit_test(ringing_forgets_nothing_when_the_trunk_fails),
		cmocka_unit_test(ringing_tells_groups_apart),
		cmocka_unit_test(rates_learn_hours_of_earlier_days),
		cmocka_unit_test(crew_forecasts_more_for_a_later_time),
		cmocka_unit_test(law_rises_with_price_and_seats),
		cmocka_unit_test(law_stops_at_the_last_good_call),
		cmocka_unit_test(law_fears_bursts),
		cmocka_unit_test(purse_opens_only_with_room),
		cmocka_unit_test(purse_takes_commitments_off),
		cmocka_unit_test(purse_raises_the_price_of_unspent_budget),
		cmocka_unit_test(purse_without_a_ceiling_never_opens),
		cmocka_unit_test(purse_gives_no_less_under_a_higher_ceiling),
		cmocka_unit_test(purse_lends_nothing_at_the_end),
		cmocka_unit_test(law_places_no_fewer_when_it_may_lose_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
