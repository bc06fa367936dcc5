/*
 * test_sim.c - scenario files, and the sanity of each law in the simulated world
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "tools/world/need.h"
#include "tools/world/rival.h"
#include "tools/world/totals.h"

static int parse(const char *text, struct scenario *scenario, char *why)
{
	scenario_init(scenario);
	return scenario_parse(text, strlen(text), scenario, why);
}

static void good_file(void **state)
{
	struct scenario s;
	char why[SCENARIO_WHY_BYTES];

	(void)state;
	assert_int_equal(
		parse("# a day\n[day]\nseats = 12\r\nhours=10h\n[calls]\nperson = 18%\nanswers_by_hour = 1 2 # two\n[seats]\n"
		      "talk = 1500ms\nbreak = 10m between 1h and 2h\n[answer]\nclassified = no\n[shocks]\n"
		      "answers = 2 at 4h for 1h over 1m\nleave = 50% at 5h for 10m\n",
			&s, why),
		0);
	assert_int_equal(s.seats, 12);
	assert_int_equal(s.day_us, 36000 * SEC_US);
	assert_true(fabs(s.person_prob - 0.18) < 1e-12);
	assert_int_equal(s.by_hour_count, 2);
	assert_int_equal(s.talk_us, 1500 * MS_US);
	assert_int_equal(s.breaks_count, 1); /* the reference's breaks are replaced */
	assert_false(s.classified);
	assert_int_equal(s.shocks_count, 2);
	assert_true(fabs(scenario_answer_level(&s, 4 * 3600 * SEC_US + 30 * SEC_US) - 3) < 1e-9); /* half way up, of level 2 */
	assert_true(fabs(scenario_answer_level(&s, 7 * 3600 * SEC_US) - 2) < 1e-9);
}

static void bad_files(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"[day]\nseats = 0\n", "line 2: seats must be a whole number from 1 to 4000"},
		{"seats = 3\n", "line 1: a [section] has to come before"},
		{"[day]\n\ntalk = 3s\n", "line 3: talk belongs into section [seats]"},
		{"[nothing]\n", "line 1: there is no section [nothing]"},
		{"[day]\nseat = 3\n", "line 2: there is no \"seat\" in section [day]"},
		{"[day]\nseats = 3\nseats = 4\n", "line 3: seats stands twice"},
		{"[calls]\nperson = 130%\n", "line 2: person must be a share from 0% to 100%"},
		{"[calls]\nperson = nan\n", "line 2: person must be a share"},
		{"[calls]\nperson = 80%\n", "more than all calls"},
		{"[seats]\nbreak = 30m at 3h\n", "line 2: break must be like"},
		{"[shocks]\nleave = 50% at 4h\n", "line 2: leave must be like"},
		{"[shocks]\nanswers = 2\n", "line 2: answers must be like"},
		{"[answer]\nclassified = maybe\n", "line 2: classified must be yes or no"},
		{"[day]\nhello\n", "line 2: \"hello\" is neither"},
		{"[day]\ndial_stop = 10m\nhours = 10m\n", "dial_stop is as long as the day"},
	};
	struct scenario s;
	char why[SCENARIO_WHY_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_true(parse(bad[i].text, &s, why) < 0);
		if (!strstr(why, bad[i].why))
			fail_msg("\"%s\" instead of \"%s\"", why, bad[i].why);
	}
}

static char *printed(const struct scenario *scenario)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	scenario_print(out, scenario);
	fclose(out);
	return text;
}

/* The shipped file of each named shock says the same as the name. */
static void shipped_files(void **state)
{
	(void)state;
	for (size_t i = 0; scenario_shock_name(i); i++) {
		const char *name = scenario_shock_name(i);
		struct scenario file, named;
		char path[128], why[SCENARIO_WHY_BYTES], *a, *b;

		snprintf(path, sizeof(path), "tools/sim/scenarios/%s.conf", i ? name : "reference");
		scenario_init(&file);
		if (scenario_read(path, &file, why))
			fail_msg("%s: %s", path, why);
		assert_int_equal(parse(scenario_shock_text(name), &named, why), 0);
		a = printed(&file);
		b = printed(&named);
		assert_string_equal(a, b);
		free(a);
		free(b);
	}
}

static struct totals live(const char *law, const char *change, int64_t days)
{
	struct world_options options = {0};
	struct scenario s;
	struct totals totals;
	char why[SCENARIO_WHY_BYTES];

	assert_true(policy_parse(law, &options.policy));
	if (parse(change, &s, why))
		fail_msg("%s", why);
	assert_int_equal(totals_run(&totals, &s, &options, days, 1, NULL), 0);
	assert_int_equal(totals.misfits, 0);
	assert_int_equal(totals.early_cancels, 0);
	return totals;
}

static void between(double got, double low, double high)
{
	if (!(got >= low && got <= high))
		fail_msg("%g is not within %g..%g", got, low, high);
}

static void by_hand(void **state)
{
	struct totals t = live("hand", "[day]\nseats = 50\n", 1);

	(void)state;
	between(totals_accounts(&t), 77, 84);
	between(totals_utilisation(&t), 0.23, 0.27);
	assert_true(t.abandoned == 0);
}

/* Never more calls than seats, and nobody but whom a leaving seat strands is lost. */
static void one_line_a_seat(void **state)
{
	struct totals t = live("progressive", "[day]\nseats = 25\n", 1);

	(void)state;
	between(totals_accounts(&t), 240, 285);
	between(totals_utilisation(&t), 0.78, 0.83);
	assert_true(t.lines_max <= 25);
	assert_true(t.abandoned <= 2);
}

static void rivals_in_the_world(void **state)
{
	struct totals hard = live("vicidial-hard", "[day]\nseats = 25\n", 1), ratio = live("ratio=1.6", "[day]\nseats = 25\n", 1),
		      issabel = live("issabel", "[day]\nseats = 25\n", 1);

	(void)state;
	between(totals_utilisation(&hard), 0.77, 0.84);
	between(totals_abandoned(&hard), 0.03, 0.04); /* it stops at the limit, and stays behind it */
	between(totals_utilisation(&ratio), 0.82, 0.90);
	between(totals_utilisation(&issabel), 0.78, 0.88);
}

static void the_bound(void **state)
{
	struct totals t = live("clairvoyant", "[day]\nseats = 25\n", 1), product = live("product", "[day]\nseats = 25\n", 1);

	(void)state;
	between(totals_utilisation(&t), 0.985, 1);
	between(totals_abandoned(&t), 0, 0.002);
	between(totals_utilisation(&product), 0.85, totals_utilisation(&t));
	between(totals_abandoned(&product), 0, 0.03);
}

/* The answer rate goes from 10 % to 60 % in the middle of the day, at once or within a minute, for an hour or until its end. */
static void ABN_2_an_answer_rate_that_jumps_stays_under_the_ceiling(void **state)
{
	static const char *const steps[] = {"6 at 4h", "6 at 4h for 1h", "6 at 4h for 1h over 1m"};
	char text[160];

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		snprintf(text, sizeof(text), "[day]\nseats = 25\nceiling = 2%%\n[calls]\nperson = 10%%\n[shocks]\nanswers = %s\n",
			steps[i]);
		struct totals t = live("product", text, 2);

		between(t.worst_day, 0.005, 0.02);
	}
}

static void limits_hold(void **state)
{
	struct totals t = live("product", "[day]\nseats = 10\nhours = 2h\n[trunk]\nlines = 14\ncalls_per_second = 1\n", 1),
		      ratio = live("ratio=20", "[day]\nseats = 10\nhours = 1h\n[trunk]\nlines = 14\n", 1);

	(void)state;
	assert_true(t.lines_max <= 14 && ratio.lines_max == 14);
	assert_true(t.cps_max <= 2); /* a burst of one and the second's own */
}

/* A failed call was not worked: its lead is tried until the list is done. */
static void failed_leads_come_again(void **state)
{
	struct totals t = live("product", "[day]\nseats = 10\nleads = 300\n[calls]\nfails = 20%\n", 1);

	(void)state;
	assert_true(t.failed > 20);
	assert_true(t.accounts + t.abandoned == 300);
	assert_true(t.dialled == 300 + t.failed);
}

static void same_seed_same_day(void **state)
{
	struct totals a = live("product", "[day]\nhours = 2h\n[shocks]\nanswers = 2 at 1h\n", 2),
		      b = live("product", "[day]\nhours = 2h\n[shocks]\nanswers = 2 at 1h\n", 2),
		      bound = live("clairvoyant", "[day]\nhours = 2h\n[shocks]\nanswers = 2 at 1h\n", 1);

	(void)state;
	assert_memory_equal(&a.wait, &b.wait, sizeof(a.wait));
	assert_memory_equal(&a.idle, &b.idle, sizeof(a.idle));
	assert_true(a.dialled == b.dialled && a.busy_us == b.busy_us && a.lines_us == b.lines_us);
	assert_true(bound.dialled * 2 > a.dialled);
}

/* VICIdial's level: by the share of seats that are ready, between 1 and 3, and back to 1 above the limit. */
static void vicidial_level(void **state)
{
	struct policy policy = {POLICY_VICIDIAL_HARD, 0};
	struct rival_view view = {.ready = 5, .talking = 5, .seats = 10, .live = 100};
	struct rival r;

	(void)state;
	rival_init(&r, &policy, 0.03);
	assert_int_equal(rival_decide(&r, &view, 0), 5);
	for (int64_t s = 1; s <= 15; s++)
		rival_decide(&r, &view, s * SEC_US);
	assert_true(fabs(r.level - 1.5) < 1e-9);
	for (int64_t s = 16; s <= 60; s++)
		rival_decide(&r, &view, s * SEC_US);
	assert_true(r.level == 3);
	for (int i = 0; i < 60; i++)
		rival_note(&r, RIVAL_DIALLED, 0, 60 * SEC_US);
	view.abandoned = 4;
	for (int64_t s = 61; s <= 75; s++)
		rival_decide(&r, &view, s * SEC_US);
	assert_true(r.level == 1);
}

static void law_names(void **state)
{
	struct policy p;
	char name[32];

	(void)state;
	assert_true(policy_parse("ratio=1.6", &p));
	assert_string_equal(policy_name(&p, name), "ratio=1.6");
	assert_true(policy_parse("predictive", &p));
	assert_string_equal(policy_name(&p, name), "product");
	assert_false(policy_parse("ratio", &p));
	assert_false(policy_parse("ratio=0.5", &p));
	assert_false(policy_parse("nothing", &p));
}

static struct need need_for(double goal)
{
	struct need_options options = {.goal = goal, .days = 1, .seed = 1, .reserve = 0.15};
	struct scenario s;
	struct need need;

	scenario_init(&s);
	s.day_us = 2 * 3600 * SEC_US;
	s.breaks_count = 0;
	assert_int_equal(need_find(&options, &s, &need), 0);
	assert_true(need.lines <= (int64_t)need.totals.lines_max * 2 && need.lines >= need.seats / 2);
	assert_int_equal(need.roster, (int64_t)ceil((double)need.seats * 1.15 - 1e-9));
	return need;
}

/* More accounts never take fewer seats, and the seats found do reach the goal. */
static void plan_is_monotone(void **state)
{
	static const double goals[] = {100, 300, 600, 1200};
	int64_t last = 0;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct need need = need_for(goals[i]);

		assert_true(need.seats > last);
		assert_true(need_accounts_a_day(&need.totals) >= 0.98 * goals[i]);
		between((double)need.seats, goals[i] / 105, goals[i] / 50 + 1);
		last = need.seats;
	}
}

int main(void)
{
#define T(test) cmocka_unit_test(test)
	const struct CMUnitTest tests[] = {T(good_file), T(bad_files), T(shipped_files), T(by_hand), T(one_line_a_seat),
		T(rivals_in_the_world), T(the_bound), T(ABN_2_an_answer_rate_that_jumps_stays_under_the_ceiling), T(limits_hold),
		T(failed_leads_come_again), T(same_seed_same_day), T(vicidial_level), T(law_names), T(plan_is_monotone)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
