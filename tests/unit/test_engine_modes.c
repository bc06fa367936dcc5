/* test_engine_modes.c - the whole engine in each mode, within the periods of the law, and with several campaigns at once */
#include "tests/unit/engine/world.h"

#include "base/clock.h"

static void test_progressive_hour(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		world_begin(seed, CAMPAIGN_PROGRESSIVE);
		world_run(seed);
		assert_true(w->by[OUTCOME_CONNECTED] > 50);
		assert_int_equal(w->by[OUTCOME_ABANDONED], 0);
		free(w);
	}
}

static void test_predictive_until_the_list_is_done(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		world_begin(seed, CAMPAIGN_PREDICTIVE);
		world_run(seed);
		assert_int_equal(w->attempts, w->leads); /* finished by itself */
		assert_true(w->by[OUTCOME_CONNECTED] > 100);
		uint64_t live = w->by[OUTCOME_CONNECTED] + w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE];
		assert_true((double)(w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE]) <= 0.03 * (double)live + 2);
		free(w);
	}
}

/* Three lines for a free seat, but only while the budget has room. */
static void test_power_hour(void **state)
{
	(void)state;
	for (uint64_t seed = 44; seed <= 46; seed++) {
		world_begin(seed, CAMPAIGN_POWER);
		w->campaign.ratio = 3;
		w->leads = w->leads_left = LEADS_MAX;
		world_run(seed);
		uint64_t lost = w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE], live = w->by[OUTCOME_CONNECTED] + lost;
		assert_true((double)lost <= 0.03 * (double)live + 1);
		assert_true(lost > 0 && live > 200);
		free(w);
	}
}

static void hook_lines(void)
{
	assert_true(w->engine->calls.used <= w->campaign.lines_max);
}

/* Nobody is logged in: people hear the message, with the campaign's own lines and no more. */
static void test_agentless_hour(void **state)
{
	(void)state;
	world_begin(47, CAMPAIGN_AGENTLESS);
	w->campaign.lines_max = 7;
	w->informs = true;
	w->campaign.team[0] = '\0';
	w->seats = 1;
	w->hook = hook_lines;
	w->end_us = w->now_us + 1200 * SEC_US;
	world_run(47);
	print_message("# messages %llu\n", (unsigned long long)w->by[OUTCOME_MESSAGE]);
	assert_true(w->by[OUTCOME_MESSAGE] > 50);
	assert_int_equal(w->by[OUTCOME_CONNECTED] + w->by[OUTCOME_ABANDONED], 0);
	free(w);
}

/* Each mode in turn while calls are up; what was learned stays, and every account is settled. */
static void hook_modes(void)
{
	static const enum campaign_mode modes[] = {CAMPAIGN_PROGRESSIVE, CAMPAIGN_AGENTLESS, CAMPAIGN_PREDICTIVE, CAMPAIGN_POWER};
	struct run *run = &w->engine->runs[0];

	if ((w->now_us - w->began_us) / MS_US % 60000 != 0 || !run->used)
		return;
	assert_true(pacer_state(run->pacer).dialled >= w->history);
	w->history = (uint32_t)pacer_state(run->pacer).dialled;
	w->campaign.mode = modes[world_second() / 60 % 4];
	w->version++;
}

static void test_modes_change(void **state)
{
	(void)state;
	world_begin(48, CAMPAIGN_PREDICTIVE);
	w->campaign.ratio = 1.5;
	w->hook = hook_modes;
	w->informs = true;
	w->leads = w->leads_left = LEADS_MAX;
	w->end_us = w->now_us + 1200 * SEC_US;
	world_run(48);
	assert_true(w->by[OUTCOME_MESSAGE] > 20 && w->by[OUTCOME_CONNECTED] > 50);
	assert_true(w->by[OUTCOME_ABANDONED] <= 0.03 * (double)w->by[OUTCOME_CONNECTED] + 2);
	assert_true(w->history > 300);
	free(w);
}

/* Agents choose; who is chosen talks with the agent who chose, and the do-not-call list holds until the last moment. */
static void test_preview_hour(void **state)
{
	(void)state;
	for (uint64_t seed = 61; seed <= 66; seed++) {
		world_begin(seed, CAMPAIGN_PREVIEW);
		w->campaign.preview_us = 20 * SEC_US;
		w->campaign.preview_dials = seed % 2;
		w->seats_misbehave = seed > 63;
		w->writer_refuses = seed > 64;
		w->trunk.cps_max = seed == 62 ? 0.2 : 20;
		w->leads = w->leads_left = LEADS_MAX;
		w->end_us = w->now_us + 1800 * SEC_US;
		world_run(seed);
		print_message("# skipped %llu\n", (unsigned long long)w->by[OUTCOME_SKIPPED]);
		assert_true(w->by[OUTCOME_SKIPPED] > 10 && w->by[OUTCOME_CONNECTED] > 20);
		assert_true(seed > 63 || w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE] == 0);
		free(w);
	}
}

/* --- the legal period, and what law and purpose forbid */

static double abandoned_prob(void)
{
	return pacer_state(w->engine->runs[0].pacer).abandoned_prob;
}

/* Changes of the store do not wipe out what was abandoned in the period before the engine started. */
static void hook_period(void)
{
	if (world_second() == 2)
		w->version++;
	if (world_second() == 5)
		assert_in_range((int)(1000 * abandoned_prob()), 90, 101);
}

static void test_period_before_the_start_counts(void **state)
{
	(void)state;
	world_begin(14, CAMPAIGN_PREDICTIVE);
	w->campaign.first_dial_us = w->began_us - 2 * DAY_US;
	w->history = 200;
	w->hook = hook_period;
	w->end_us = w->now_us + 60 * SEC_US;
	world_run(14);
	free(w);
}

/* A seat whose sound comes too late is an abandoned call of the law's, and of the pacer's. */
static void hook_late(void)
{
	if (world_second() == 800)
		assert_true(abandoned_prob() > 0.7);
}

static void test_late_seats_count_as_abandoned(void **state)
{
	(void)state;
	world_begin(15, CAMPAIGN_PROGRESSIVE);
	w->bridge_us = 3 * SEC_US;
	w->talk_us = 20 * SEC_US;
	w->hook = hook_late;
	w->end_us = w->now_us + 800 * SEC_US;
	world_run(15);
	assert_true(w->by[OUTCOME_ABANDONED_LATE] > 20);
	free(w);
}

/* The day's ceiling is tighter than the 30 days' one: it holds, and the month that applies too is obeyed with it. */
static void test_the_tightest_window_holds(void **state)
{
	(void)state;
	for (uint64_t seed = 40; seed <= 42; seed++) {
		world_begin(seed, CAMPAIGN_PREDICTIVE);
		w->campaign.legal_prob[LEGAL_DAY] = 0.01;
		w->campaign.legal_prob[LEGAL_MONTH] = 0.05;
		w->leads = w->leads_left = LEADS_MAX;
		world_run(seed);
		uint64_t lost = w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE], live = w->by[OUTCOME_CONNECTED] + lost;
		assert_true((double)lost <= 0.01 * (double)live + 1);
		assert_true(live > 200);
		free(w);
	}
}

/* A collections campaign in predictive mode dials as a progressive one, until somebody lets it do otherwise. */
static void test_collections_do_not_overdial(void **state)
{
	uint64_t attempts[2];

	(void)state;
	for (int allowed = 0; allowed < 2; allowed++) {
		world_begin(43, CAMPAIGN_PREDICTIVE);
		w->campaign.purpose = PURPOSE_COLLECTIONS;
		text_copy(w->campaign.overdial_by, sizeof(w->campaign.overdial_by), allowed ? "ann" : "");
		w->leads = w->leads_left = LEADS_MAX;
		world_run(43);
		attempts[allowed] = w->attempts;
		if (!allowed)
			assert_int_equal(w->by[OUTCOME_ABANDONED], 0);
		free(w);
	}
	assert_true(attempts[1] > attempts[0] + 50);
}

/* --- several campaigns */

static void two_campaigns(uint64_t seed, enum campaign_mode mode, uint32_t first_weight, uint32_t second_weight)
{
	world_begin(seed, mode);
	w->campaign.weight = first_weight;
	w->second = w->campaign;
	w->second.id = 2;
	w->second.weight = second_weight;
	text_copy(w->second.name, sizeof(w->second.name), "d");
	w->leads = w->leads_left = LEADS_MAX;
}

/* Seats are shared in proportion to weight: as many talks, all talks being alike. */
static void test_seats_are_shared_by_weight(void **state)
{
	(void)state;
	for (uint64_t seed = 20; seed <= 21; seed++) {
		two_campaigns(seed, seed == 20 ? CAMPAIGN_PROGRESSIVE : CAMPAIGN_PREDICTIVE, 20, 10);
		w->seats = 12;
		world_run(seed);
		print_message("# talks %u and %u\n", w->connected[0], w->connected[1]);
		double ratio = (double)w->connected[0] / w->connected[1];
		assert_true(ratio > 1.5 && ratio < 2.6);
		uint64_t live = w->by[OUTCOME_CONNECTED] + w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE];
		assert_true((double)w->by[OUTCOME_ABANDONED] <= (seed == 20 ? 0 : 0.03 * (double)live + 2));
		free(w);
	}
}

/* More people than seats, who wait long: nobody_waits_longer() looks at each that is served. */
static void test_the_longest_waiting_is_first(void **state)
{
	(void)state;
	for (uint64_t seed = 28; seed <= 29; seed++) {
		two_campaigns(seed, CAMPAIGN_PREDICTIVE, 10, 10);
		w->campaign.hold_us = w->second.hold_us = 20 * SEC_US;
		w->campaign.legal_prob[0] = w->second.legal_prob[0] = w->campaign.abandon_prob_max = w->second.abandon_prob_max =
			0.05;
		w->person_prob = 0.9;
		w->seats = 12;
		world_run(seed);
		print_message("# waited while another was served: %u\n", w->queued);
		assert_true(w->queued > 20);
		free(w);
	}
}

static void test_one_seat_serves_both(void **state)
{
	(void)state;
	two_campaigns(22, CAMPAIGN_PROGRESSIVE, 10, 10);
	w->seats = 1;
	world_run(22);
	print_message("# talks %u and %u\n", w->connected[0], w->connected[1]);
	assert_true(w->connected[0] >= 8 && w->connected[1] >= 8);
	free(w);
}

/* The higher priority has the seats until it has nobody to dial. */
static void test_priority_goes_first(void **state)
{
	(void)state;
	two_campaigns(23, CAMPAIGN_PREDICTIVE, 10, 1000);
	w->campaign.priority = 60;
	w->end_us = w->now_us + 900 * SEC_US;
	world_run(23);
	assert_int_equal(w->dialled[1], 0);
	assert_true(w->dialled[0] > 100);
	free(w);
}

/*
 * A trunk that is short of lines, then of calls a second: both campaigns get their part, and the limits hold (ua_invite asserts
 * them).
 */
static void test_a_short_trunk_is_shared(void **state)
{
	(void)state;
	for (uint64_t seed = 24; seed <= 27; seed++) {
		two_campaigns(seed, seed % 2 ? CAMPAIGN_PREDICTIVE : CAMPAIGN_PROGRESSIVE, seed < 26 ? 10 : 30, 10);
		w->trunk.calls_max = seed < 26 ? 6 : 60;
		w->trunk.cps_max = seed < 26 ? 20 : 0.25;
		w->seats = 20;
		w->end_us = w->now_us + 1800 * SEC_US;
		world_run(seed);
		print_message("# dialled %u and %u\n", w->dialled[0], w->dialled[1]);
		double ratio = (double)w->dialled[0] / w->dialled[1];
		assert_true(seed < 26 ? ratio > 0.6 && ratio < 1.7 : ratio > 2 && ratio < 4.5);
		free(w);
	}
}

/* The campaign that comes first has a dead trunk: the seats go to the next one. */
static void test_dead_trunk_leaves_the_seats_to_others(void **state)
{
	(void)state;
	world_begin(17, CAMPAIGN_PROGRESSIVE);
	w->second = w->campaign;
	w->second.id = 2;
	text_copy(w->second.name, sizeof(w->second.name), "d");
	text_copy(w->second.trunk, sizeof(w->second.trunk), "other");
	w->campaign.priority = 90;
	w->trunk_silent = true;
	w->end_us = w->now_us + 600 * SEC_US;
	world_run(17);
	assert_true(w->invites[1] > 100);
	assert_in_range(w->invites[0], 5, 100);
	free(w);
}

/* For ten minutes the campaign belongs to a team without seats, then again to the first one. */
static void hook_team(void)
{
	static uint32_t before;

	if (world_second() == 300 || world_second() == 900)
		text_copy(w->campaign.team, sizeof(w->campaign.team), world_second() == 300 ? "nobody" : "team");
	w->version += world_second() == 300 || world_second() == 900;
	if (world_second() == 302)
		before = w->invites[0];
	if (world_second() == 899)
		assert_int_equal(w->invites[0], before);
}

static void test_team_changes(void **state)
{
	uint32_t before;

	(void)state;
	world_begin(16, CAMPAIGN_PREDICTIVE);
	w->hook = hook_team;
	w->end_us = w->now_us + 900 * SEC_US;
	world_run(16);
	before = w->invites[0];
	free(w);
	world_begin(16, CAMPAIGN_PREDICTIVE);
	w->hook = hook_team;
	w->end_us = w->now_us + 1500 * SEC_US;
	world_run(16);
	assert_true(w->invites[0] > before + 50);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_progressive_hour),
		cmocka_unit_test(test_predictive_until_the_list_is_done),
		cmocka_unit_test(test_power_hour),
		cmocka_unit_test(test_agentless_hour),
		cmocka_unit_test(test_modes_change),
		cmocka_unit_test(test_preview_hour),
		cmocka_unit_test(test_period_before_the_start_counts),
		cmocka_unit_test(test_late_seats_count_as_abandoned),
		cmocka_unit_test(test_the_tightest_window_holds),
		cmocka_unit_test(test_collections_do_not_overdial),
		cmocka_unit_test(test_seats_are_shared_by_weight),
		cmocka_unit_test(test_the_longest_waiting_is_first),
		cmocka_unit_test(test_one_seat_serves_both),
		cmocka_unit_test(test_priority_goes_first),
		cmocka_unit_test(test_a_short_trunk_is_shared),
		cmocka_unit_test(test_dead_trunk_leaves_the_seats_to_others),
		cmocka_unit_test(test_team_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
