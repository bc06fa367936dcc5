/*
 * test_own_sim.c - personal callbacks in the whole engine on a fake clock, over a real store: engine_store/store_world.h
 *
 * Asserted wherever it happens: a lead whose callback is a seat's own is claimed for that seat while it is ready, or for the team
 * after the grace; who answers such a call talks with that seat.
 */
#include "tests/unit/test_leads.h"

#include "tests/unit/engine_store/store_world.h"

#define MINUTE_US (60 * SEC_US)

static struct campaign campaign;

/* Seats of the team red, and a campaign that asks nobody whether he is a machine. */
static void begin(enum campaign_mode mode, uint32_t leads)
{
	char why[WHY_BYTES] = "";

	campaign = test_campaign();
	campaign.mode = mode;
	campaign.classify = false;
	campaign.wrap_us = 5 * SEC_US;
	snprintf(campaign.message, sizeof(campaign.message), "%s/data.mdb", test_dir); /* a file that can be read */
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	for (uint32_t i = 0; i < STORE_SEATS; i++) {
		struct seat seat = test_seat();

		snprintf(seat.login, sizeof(seat.login), "seat%u", i);
		assert_int_equal(seat_put(test_store, &seat, true, why), 0);
	}
	for (uint32_t i = 1; i <= leads; i++)
		lead_of(campaign.list, i, "", 1);
	store_world_begin(test_now_us);
}

/* A lead with a callback that is the seat's own. */
static uint64_t promised(uint32_t number, uint32_t seat, int64_t in_us, int64_t grace_us)
{
	uint64_t id = lead_of(campaign.list, 1000 + number, "", 0);
	char login[NAME_BYTES];

	snprintf(login, sizeof(login), "seat%u", seat);
	assert_int_equal(callback_add_own(test_store, id, w->began_us + in_us, login, grace_us, NULL), 0);
	return id;
}

static void run(int64_t for_us)
{
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL), 0);
	store_close(test_store);
	store_world_run(test_dir, for_us);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
}

static int world_teardown(void **state)
{
	store_world_end();
	return test_teardown(state);
}

/* Another world in the same test. */
static void again(void)
{
	world_teardown(NULL);
	test_setup(NULL);
}

/* The attempts of a lead, in their order; answers how many. */
static uint32_t attempts_of(uint64_t lead, struct attempt out[16])
{
	struct attempt attempt = {0};
	uint32_t count = 0;

	while (attempt_next(test_store, attempt.id, &attempt) == 0)
		if (attempt.lead == lead && count < 16)
			out[count++] = attempt;
	return count;
}

static struct attempt only_attempt(uint64_t lead)
{
	struct attempt attempts[16];

	assert_int_equal(attempts_of(lead, attempts), 1);
	return attempts[0];
}

static void assert_talk(const struct attempt *attempt, uint32_t seat, int64_t from_us, int64_t to_us)
{
	assert_int_equal(attempt->outcome, OUTCOME_CONNECTED);
	assert_int_equal(attempt->seat[4] - '0', seat);
	assert_in_range(attempt->intent_us - w->began_us, from_us, to_us);
}

static void the_person_gets_that_seat(void **state)
{
	static const enum campaign_mode modes[] = {CAMPAIGN_PROGRESSIVE, CAMPAIGN_POWER, CAMPAIGN_PREDICTIVE};
	struct attempt attempt;

	(void)state;
	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		begin(modes[i], 100);
		uint64_t one = promised(1, 0, 5 * MINUTE_US, CALLBACK_GRACE_CAMPAIGN),
			 two = promised(2, 1, 6 * MINUTE_US, CALLBACK_GRACE_NEVER);
		sw.here[0] = sw.here[1] = true;
		run(12 * MINUTE_US);
		attempt = only_attempt(one);
		assert_talk(&attempt, 0, 5 * MINUTE_US, 7 * MINUTE_US);
		assert_int_equal(attempt.seat_us - attempt.answer_us, 20 * MS_US); /* nobody waits for that seat */
		attempt = only_attempt(two);
		assert_talk(&attempt, 1, 6 * MINUTE_US, 8 * MINUTE_US);
		assert_int_equal(sw.own_claims, 2);
		again();
	}
}

/* Three lines for each free seat: none of them for one that waits for its callback's answer. */
static void no_gamble(void **state)
{
	(void)state;
	begin(CAMPAIGN_POWER, 300);
	campaign.ratio = 3;
	campaign.abandon_prob_max = campaign.legal_prob[LEGAL_30_DAYS] = 0.05;
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	for (uint32_t i = 0; i < 20; i++)
		promised(i, 0, i * 2 * MINUTE_US, CALLBACK_GRACE_NEVER);
	sw.here[0] = sw.alone = true;
	run(60 * MINUTE_US);
	assert_int_equal(sw.own_claims, 20);
	for (uint32_t i = 0; i < sw.own_claims; i++) {
		struct attempt attempt;

		assert_int_equal(attempt_get(test_store, sw.own[i].attempt, &attempt), 0);
		assert_int_equal(attempt.outcome, OUTCOME_CONNECTED);
		assert_string_equal(attempt.seat, "seat0");
	}
}

static void an_idle_seat_has_it_at_once(void **state)
{
	struct attempt attempt;

	(void)state;
	begin(CAMPAIGN_PROGRESSIVE, 0);
	uint64_t id = promised(1, 0, 5 * MINUTE_US, CALLBACK_GRACE_CAMPAIGN);
	sw.here[0] = sw.here[1] = true;
	run(6 * MINUTE_US);
	attempt = only_attempt(id);
	assert_talk(&attempt, 0, 5 * MINUTE_US, 5 * MINUTE_US + 200 * MS_US);
	assert_true(sw.own_claims == 1 && !sw.own_empty);
}

static void anna_comes_at_8(void)
{
	sw.here[0] = w->now_us >= w->began_us + 8 * MINUTE_US;
}

static void it_waits_for_the_seat_to_log_in(void **state)
{
	struct attempt attempt;

	(void)state;
	begin(CAMPAIGN_PROGRESSIVE, 0);
	uint64_t id = promised(1, 0, MINUTE_US, CALLBACK_GRACE_CAMPAIGN);
	sw.here[1] = true;
	sw.script = anna_comes_at_8;
	run(20 * MINUTE_US);
	attempt = only_attempt(id);
	assert_talk(&attempt, 0, 8 * MINUTE_US, 8 * MINUTE_US + SEC_US);
}

static void after_the_grace_the_team_has_it(void **state)
{
	struct attempt attempt;

	(void)state;
	begin(CAMPAIGN_PROGRESSIVE, 0);
	uint64_t id = promised(1, 0, MINUTE_US, CALLBACK_GRACE_CAMPAIGN), never = promised(2, 0, MINUTE_US, CALLBACK_GRACE_NEVER);
	struct attempt none[16];
	sw.here[1] = true;
	run(60 * MINUTE_US);
	attempt = only_attempt(id);
	assert_talk(&attempt, 1, 16 * MINUTE_US, 16 * MINUTE_US + 3 * SEC_US);
	assert_int_equal(sw.own_claims, 0);
	assert_int_equal(attempts_of(never, none), 0);
	assert_int_equal(campaign_get(test_store, "c", &campaign), 0);
	assert_int_equal(campaign.state, CAMPAIGN_RUNNING); /* it is not over while somebody waits for anna */
}

static void anna_pauses_from_2_to_9(void)
{
	const struct desk *desk = store_world_desk(0);
	bool pause = w->now_us >= w->began_us + 2 * MINUTE_US && w->now_us < w->began_us + 9 * MINUTE_US;

	if (desk && desk->state == DESK_READY && pause)
		store_world_press(0, "*2");
	if (desk && desk->state == DESK_PAUSED && !pause)
		store_world_press(0, "*1");
}

static void a_pause_is_not_ready(void **state)
{
	struct attempt attempt;

	(void)state;
	begin(CAMPAIGN_PROGRESSIVE, 0);
	uint64_t short_one = promised(1, 0, 3 * MINUTE_US, 5 * MINUTE_US),
		 long_one = promised(2, 0, 3 * MINUTE_US, 10 * MINUTE_US);
	sw.here[0] = sw.here[1] = true;
	sw.script = anna_pauses_from_2_to_9;
	run(20 * MINUTE_US);
	attempt = only_attempt(short_one);
	assert_talk(&attempt, 1, 8 * MINUTE_US, 8 * MINUTE_US + 3 * SEC_US);
	attempt = only_attempt(long_one);
	assert_talk(&attempt, 0, 9 * MINUTE_US, 9 * MINUTE_US + SEC_US);
}

/* What the agent says in a talk makes it his; a day later he gets it. Tools can make one while the engine runs. */
static uint64_t agreed_by_tool;

static void anna_agrees(void)
{
	const struct desk *desk = store_world_desk(0);

	if (desk && desk->state == DESK_WRAP && !desk->last.disposition[0] && w->now_us < w->began_us + MINUTE_US)
		store_world_press(0, "*8");
	if (agreed_by_tool && w->now_us >= w->began_us + 5 * MINUTE_US) {
		assert_int_equal(
			callback_add_own(sw.store, agreed_by_tool, w->now_us, "seat0", CALLBACK_GRACE_CAMPAIGN, NULL), 0);
		agreed_by_tool = 0;
	}
}

static void the_key_and_the_tool(void **state)
{
	struct attempt attempts[16];

	(void)state;
	begin(CAMPAIGN_PROGRESSIVE, 1);
	campaign.retry_s[OUTCOME_CONNECTED] = 600;
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	uint64_t tool = agreed_by_tool = lead_of(campaign.list, 77, "", 0);
	/* else it would be dialled at once */
	assert_int_equal(callback_add(test_store, tool, w->began_us + DAY_US, "", NULL), 0);
	sw.here[0] = sw.here[1] = true;
	sw.script = anna_agrees;
	run(20 * MINUTE_US);
	assert_int_equal(attempts_of(1, attempts), 2);
	assert_string_equal(attempts[0].disposition, strcmp(attempts[0].seat, "seat0") ? "" : "personal_callback");
	if (strcmp(attempts[0].seat, "seat0") == 0)
		assert_talk(&attempts[1], 0, 10 * MINUTE_US, 12 * MINUTE_US);
	*attempts = only_attempt(tool);
	assert_talk(attempts, 0, 5 * MINUTE_US, 5 * MINUTE_US + 300 * MS_US);
}

/* The seat goes while the claim is with the writer: nobody was called, and it is anna's again. */
static void anna_goes_at_once(void)
{
	if (sw.own_claims == 1 && sw.gone < 1) {
		sw.here[0] = false;
		sw.gone++;
		store_world_hangs_up(0);
	}
	if (w->now_us >= w->began_us + 5 * MINUTE_US)
		sw.here[0] = true;
}

static void the_seat_goes_during_the_claim(void **state)
{
	struct attempt attempts[16];

	(void)state;
	begin(CAMPAIGN_PROGRESSIVE, 0);
	uint64_t id = promised(1, 0, MINUTE_US, CALLBACK_GRACE_CAMPAIGN);
	sw.here[0] = sw.here[1] = true;
	sw.script = anna_goes_at_once;
	w->writer_slow_us = 50 * MS_US;
	run(10 * MINUTE_US);
	assert_int_equal(attempts_of(id, attempts), 2);
	assert_true(attempts[0].outcome == OUTCOME_CANCELLED && !attempts[0].invite_us);
	assert_talk(&attempts[1], 0, 5 * MINUTE_US, 5 * MINUTE_US + SEC_US);
}

/* The engine waits for the writer's answer before it goes: nobody is called any more, and it is anna's again. */
static void the_end_comes_at_once(void)
{
	if (sw.own_claims == 1 && !w->signals)
		w->signals = 1;
}

static void the_engine_ends_during_the_claim(void **state)
{
	struct attempt attempt;

	(void)state;
	begin(CAMPAIGN_PROGRESSIVE, 0);
	uint64_t id = promised(1, 0, MINUTE_US, CALLBACK_GRACE_CAMPAIGN);
	sw.here[0] = true;
	sw.script = the_end_comes_at_once;
	w->writer_slow_us = 50 * MS_US;
	run(10 * MINUTE_US);
	attempt = only_attempt(id);
	assert_true(attempt.outcome == OUTCOME_CANCELLED && !attempt.invite_us);
}

/* It goes while the telephone rings: who answers is not left alone. */
static void anna_goes_while_it_rings(void)
{
	const struct desk *desk = store_world_desk(0);

	if (desk && desk->state == DESK_DIALLING && !sw.gone && world_leg(w->leg_next)->state == LEG_EARLY) {
		sw.gone++;
		sw.here[0] = false;
	}
}

static void the_seat_goes_while_it_rings(void **state)
{
	struct attempt attempt;

	(void)state;
	begin(CAMPAIGN_PROGRESSIVE, 0);
	uint64_t id = promised(1, 0, MINUTE_US, CALLBACK_GRACE_CAMPAIGN);
	sw.here[0] = sw.here[1] = true;
	sw.script = anna_goes_while_it_rings;
	run(5 * MINUTE_US);
	attempt = only_attempt(id);
	assert_talk(&attempt, 1, MINUTE_US, MINUTE_US + SEC_US);
}

static void anna_looks_and_dials(void)
{
	const struct desk *desk = store_world_desk(0);

	if (desk && desk->state == DESK_PREVIEW && desk->call && w->now_us - desk->since_us > 10 * SEC_US)
		store_world_press(0, "*4");
}

static void in_preview_mode_it_is_shown_first(void **state)
{
	struct attempt attempt;

	(void)state;
	begin(CAMPAIGN_PREVIEW, 0);
	uint64_t id = promised(1, 0, MINUTE_US, CALLBACK_GRACE_CAMPAIGN);
	sw.here[0] = sw.here[1] = true;
	sw.script = anna_looks_and_dials;
	run(5 * MINUTE_US);
	attempt = only_attempt(id);
	assert_talk(&attempt, 0, MINUTE_US, MINUTE_US + SEC_US);
	assert_true(attempt.invite_us - attempt.intent_us >= 10 * SEC_US);
}

static void busy_until_30(void)
{
	sw.busy = w->now_us < w->began_us + 30 * MINUTE_US;
}

static void a_busy_line_is_tried_again_by_the_seat(void **state)
{
	struct attempt attempts[16];

	(void)state;
	begin(CAMPAIGN_PREDICTIVE, 0);
	campaign.attempts_max = 10;
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	uint64_t id = promised(1, 0, MINUTE_US, CALLBACK_GRACE_CAMPAIGN);
	sw.here[0] = sw.here[1] = true;
	sw.script = busy_until_30;
	run(45 * MINUTE_US);
	assert_int_equal(attempts_of(id, attempts), 4); /* at 1, 11, 21 and 31 minutes */
	for (int i = 0; i < 3; i++)
		assert_int_equal(attempts[i].outcome, OUTCOME_BUSY);
	assert_talk(&attempts[3], 0, 31 * MINUTE_US, 32 * MINUTE_US);
	assert_int_equal(sw.own_claims, 4);
}

/* Before it stand more than one look is long, on a list that nobody dials now. */
static void it_does_not_wait_behind_others(void **state)
{
	struct campaign other;
	uint64_t lead;
	uint32_t list;

	(void)state;
	begin(CAMPAIGN_PROGRESSIVE, 10);
	other = campaign;
	assert_int_equal(list_create(test_store, "resting", "CN", &list, NULL), 0);
	strcpy(other.name, "c2");
	other.list = list;
	other.list_count = 0;
	assert_int_equal(campaign_create(test_store, &other, NULL), 0);
	for (uint32_t i = 0; i < 3 * CALLBACK_LOOKS_MAX; i++) {
		lead = lead_of(list, 2000 + i, "", 0);
		assert_int_equal(
			callback_add_own(test_store, lead, w->began_us + MINUTE_US, "seat0", CALLBACK_GRACE_NEVER, NULL), 0);
	}
	lead = promised(1, 0, 2 * MINUTE_US, CALLBACK_GRACE_NEVER);
	sw.here[0] = true;
	run(5 * MINUTE_US);
	struct attempt attempt = only_attempt(lead);

	assert_talk(&attempt, 0, 2 * MINUTE_US, 4 * MINUTE_US);
}

/*
 * Seats come, pause and go as they like over a list and forty callbacks: the world watches each claim, and here the talks are
 * looked at.
 */
static void seats_as_they_like(void)
{
	uint32_t seat = (uint32_t)prng_below(&w->prng, STORE_SEATS);
	const struct desk *desk = store_world_desk(seat);

	if (w->now_us < sw.next_us)
		return;
	sw.next_us = w->now_us + (int64_t)prng_below(&w->prng, 60) * SEC_US;
	if (!desk || prng_below(&w->prng, 5) == 0)
		sw.here[seat] = !sw.here[seat];
	else
		store_world_press(seat, desk->state == DESK_PAUSED ? "*1" : "*2");
}

static void every_talk_is_with_its_seat(void **state)
{
	uint32_t served = 0;

	(void)state;
	for (int mode = CAMPAIGN_PROGRESSIVE; mode <= CAMPAIGN_POWER; mode++) {
		begin((enum campaign_mode)mode, 150);
		prng_seed(&w->prng, (uint64_t)mode + 1);
		for (uint32_t i = 0; i < 40; i++)
			promised(i, i % STORE_SEATS, (int64_t)prng_below(&w->prng, 30) * MINUTE_US,
				(int64_t)prng_below(&w->prng, 10) * MINUTE_US);
		sw.here[0] = sw.here[1] = sw.here[2] = sw.here[3] = true;
		sw.script = seats_as_they_like;
		w->writer_slow_us = 15 * MS_US;
		run(60 * MINUTE_US);
		for (uint32_t i = 0; i < sw.own_claims; i++) {
			struct attempt attempt;

			assert_int_equal(attempt_get(test_store, sw.own[i].attempt, &attempt), 0);
			assert_int_not_equal(attempt.outcome, OUTCOME_NONE);
			served += attempt.outcome == OUTCOME_CONNECTED && strcmp(attempt.seat, sw.own[i].seat) == 0;
			sw.gone += attempt.outcome == OUTCOME_CONNECTED && strcmp(attempt.seat, sw.own[i].seat) != 0;
		}
		assert_true(sw.gone <= 3); /* whose seat left while it rang */
		again();
	}
	print_message("# %u talks with the seat that had agreed them\n", served);
	assert_true(served > 40);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, test_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_person_gets_that_seat),
		TEST(no_gamble),
		TEST(an_idle_seat_has_it_at_once),
		TEST(it_waits_for_the_seat_to_log_in),
		TEST(after_the_grace_the_team_has_it),
		TEST(a_pause_is_not_ready),
		TEST(the_key_and_the_tool),
		TEST(the_seat_goes_during_the_claim),
		TEST(the_engine_ends_during_the_claim),
		TEST(the_seat_goes_while_it_rings),
		TEST(in_preview_mode_it_is_shown_first),
		TEST(a_busy_line_is_tried_again_by_the_seat),
		TEST(it_does_not_wait_behind_others),
		TEST(every_talk_is_with_its_seat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
