/* test_engine_trunks.c - the whole engine: trunks that change, fall silent or are deaf, gateways, and the end of it all */
#include "tests/unit/engine/world.h"

#include "base/clock.h"

/* The campaign goes from one trunk to the other and back, each time with leads on their way from a slow store. */
static void hook_trunk_changes(void)
{
	if ((w->now_us - w->began_us) / MS_US % 700)
		return;
	text_copy(w->campaign.trunk, sizeof(w->campaign.trunk), strcmp(w->campaign.trunk, "trunk") == 0 ? "other" : "trunk");
	w->version++;
}

static void test_trunk_changes_under_a_request(void **state)
{
	(void)state;
	world_begin(11, CAMPAIGN_PREDICTIVE);
	w->hook = hook_trunk_changes;
	w->writer_slow_us = 60 * MS_US;
	w->leads = w->leads_left = 300;
	world_run(11);
	assert_true(w->invites[0] > 20 && w->invites[1] > 20);
	free(w);
}

static void several_gateways(uint32_t count)
{
	w->trunk.gateways_count = (uint8_t)count;
	for (uint32_t i = 0; i < count; i++) {
		struct trunk_gateway *gateway = &w->trunk.gateways[i];
		*gateway = (struct trunk_gateway){.port = 5080, .transport = "udp", .priority = (uint8_t)(i + 1), .weight = 1};
		snprintf(gateway->host, sizeof(gateway->host), "127.0.0.%u", i + 1);
	}
}

/* An answer that is of no use is an answer: another gateway would ring the same telephone once more. */
static void test_no_second_gateway_after_an_answer(void **state)
{
	(void)state;
	world_begin(62, CAMPAIGN_PROGRESSIVE);
	several_gateways(2);
	w->unusable = true;
	w->end_us = w->now_us + 120 * SEC_US;
	world_run(62);
	assert_true(w->invites[0] > 10);
	assert_int_equal(w->invites[1], 0);
	assert_int_equal(w->by[OUTCOME_TRUNK_SILENT], 0);
	free(w);
}

/* However long the gateways before it took: the one that takes the call has the ring time for itself (ua_cancel() looks). */
static void test_the_last_gateway_may_ring(void **state)
{
	(void)state;
	world_begin(63, CAMPAIGN_PROGRESSIVE);
	several_gateways(8);
	w->silent_gateways = 7;
	w->campaign.ring_us_max = 15 * SEC_US;
	w->end_us = w->now_us + 120 * SEC_US;
	world_run(63);
	assert_true(w->by[OUTCOME_CONNECTED] > 0);
	free(w);
}

/* Who was listed, or whose window closed, while a gateway kept silent is not dialled through the next one (ua_invite() looks). */
static void test_WIN_1_DNC_2_a_further_gateway_asks_again(void **state)
{
	uint32_t once = 0, again = 0;

	(void)state;
	world_begin(65, CAMPAIGN_PROGRESSIVE);
	several_gateways(3);
	w->silent_gateways = 1;
	w->end_us = w->now_us + 600 * SEC_US;
	world_run(65);
	for (uint64_t id = 1; id <= w->attempts; id++) {
		once += id % 10 == 7 && w->invited[id] == 1 && w->result[id] == OUTCOME_TRUNK_SILENT;
		again += w->invited[id] > 1;
	}
	assert_true(once > 0 && again > 0);
	free(w);
}

/* The disk took more than a second: whoever was listed meanwhile is not dialled (ua_invite() looks), the others are. */
static void test_WIN_1_DNC_2_a_late_intent_asks_again(void **state)
{
	uint32_t kept_back = 0;

	(void)state;
	world_begin(66, CAMPAIGN_PROGRESSIVE);
	w->writer_slow_us = 1500 * MS_US;
	w->end_us = w->now_us + 300 * SEC_US;
	world_run(66);
	for (uint64_t id = 1; id <= w->attempts; id++) {
		kept_back += w->result[id] == OUTCOME_CANCELLED && !w->invited[id];
		assert_true(id % 10 != 7 || !w->invited[id]);
	}
	assert_true(kept_back > 0 && w->by[OUTCOME_CONNECTED] > 10);
	free(w);
}

/* Silent for a minute, then so short of descriptors that the probes cannot be placed, then well again. */
static void hook_probe_fails(void)
{
	int64_t s = (w->now_us - w->began_us) / SEC_US;

	w->trunk_silent = s < 60;
	w->invites_fail = s >= 60 && s < 120;
}

static void test_probe_that_cannot_be_placed(void **state)
{
	(void)state;
	world_begin(13, CAMPAIGN_PROGRESSIVE);
	w->hook = hook_probe_fails;
	w->end_us = w->now_us + 900 * SEC_US;
	world_run(13);
	assert_in_range(w->by[OUTCOME_CONGESTION], 30, 90); /* about one a second, not as many as the trunk would take */
	assert_true(w->by[OUTCOME_CONNECTED] > 20);
	free(w);
}

/* A trunk's address is an address, however it is spelt. */
static void hook_allow(void)
{
	if (world_second() == 1) {
		w->engine->config.seat_from[0] = '\0';
		assert_true(w->ua.allow(w->ua.arg, "2001:db8::1"));
		assert_true(w->ua.allow(w->ua.arg, "192.0.2.7"));
		assert_false(w->ua.allow(w->ua.arg, "192.0.2.8"));
	}
}

static void test_allowed_addresses(void **state)
{
	(void)state;
	world_begin(20, CAMPAIGN_PROGRESSIVE);
	text_copy(w->trunk.host, sizeof(w->trunk.host), "2001:DB8:0::1");
	text_copy(w->trunk.allow, sizeof(w->trunk.allow), "192.0.2.7");
	w->hook = hook_allow;
	w->end_us = w->now_us + 10 * SEC_US;
	world_run(20);
	free(w);
}

/* The carrier's name leads elsewhere while its calls are up: their answers and BYEs still come from the old address. */
static void hook_address_moves(void)
{
	if (world_second() == 60 && strcmp(w->trunk.host, "127.0.0.3")) {
		text_copy(w->trunk.host, sizeof(w->trunk.host), "127.0.0.3");
		w->version++;
	}
	if (world_second() == 61) {
		w->engine->config.seat_from[0] = '\0';
		assert_true(w->engine->gates[0].calls > 0);
		assert_true(w->ua.allow(w->ua.arg, "127.0.0.3"));
		assert_true(w->ua.allow(w->ua.arg, "127.0.0.1"));
		assert_false(w->ua.allow(w->ua.arg, "127.0.0.4"));
	}
}

static void test_calls_outlive_their_address(void **state)
{
	(void)state;
	world_begin(61, CAMPAIGN_PROGRESSIVE);
	w->hook = hook_address_moves;
	w->end_us = w->now_us + 120 * SEC_US;
	world_run(61);
	free(w);
}

/* --- the end */

/* Two signals in the middle of calls: everything ends within seconds and is accounted for. */
static void test_stop_at_once(void **state)
{
	(void)state;
	world_begin(7, CAMPAIGN_PREDICTIVE);
	w->end_us = w->now_us + 300 * SEC_US;
	w->stop_at_once = true;
	world_run(7);
	assert_true(w->by[OUTCOME_CANCELLED] > 0);
	assert_true(w->now_us < w->end_us);
	free(w);
}

/* The second signal finds a trunk that answers no CANCEL: each attempt has its outcome all the same. */
static void test_stop_on_a_deaf_trunk(void **state)
{
	(void)state;
	world_begin(12, CAMPAIGN_PREDICTIVE);
	w->end_us = w->now_us + 300 * SEC_US;
	w->stop_at_once = w->trunk_deaf = true;
	world_run(12);
	assert_true(w->by[OUTCOME_CANCELLED] > 0);
	free(w);
}

/* The second signal finds people whose opt-out the disk has not taken yet: their calls end, and the outcome carries it. */
static void test_stop_while_an_opt_out_waits(void **state)
{
	(void)state;
	world_begin(64, CAMPAIGN_AGENTLESS);
	w->campaign.team[0] = '\0';
	w->campaign.lines_max = 20;
	w->seats = 1;
	w->end_us = w->now_us + 300 * SEC_US;
	w->informs = w->opts_out = w->stop_at_once = true;
	w->opt_outs_wait = true;
	world_run(64);
	assert_true(w->kept > 5);
	free(w);
}

/* --- opt-outs */

/* Everybody who hears the message presses 9: the call ends when that is durable, 60 ms later, and without an agent. */
static void test_ABN_5_durable_before_the_bye(void **state)
{
	(void)state;
	for (uint64_t seed = 14; seed < 16; seed++) {
		world_begin(seed, CAMPAIGN_AGENTLESS);
		w->campaign.team[0] = '\0';
		w->campaign.lines_max = 7;
		w->seats = 1;
		w->end_us = w->now_us + 600 * SEC_US;
		w->informs = w->opts_out = true;
		w->writer_refuses = seed == 15;
		w->writer_slow_us = 60 * MS_US;
		world_run(seed);
		assert_true(w->kept > 20);
		print_message("# %u opted out, %llu heard the message\n", w->kept, (unsigned long long)w->by[OUTCOME_MESSAGE]);
		free(w);
	}
}

/* The same for #9 of an agent who hangs up at once. */
static void test_DNC_1_agents_key_durable_before_the_bye(void **state)
{
	(void)state;
	for (uint64_t seed = 16; seed < 18; seed++) {
		world_begin(seed, CAMPAIGN_PROGRESSIVE);
		w->agents_tell = true;
		w->writer_refuses = seed == 17;
		w->writer_slow_us = 60 * MS_US;
		w->leads = w->leads_left = 300;
		world_run(seed);
		assert_true(w->kept > 20);
		print_message("# %u opted out\n", w->kept);
		free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trunk_changes_under_a_request),
		cmocka_unit_test(test_no_second_gateway_after_an_answer),
		cmocka_unit_test(test_the_last_gateway_may_ring),
		cmocka_unit_test(test_WIN_1_DNC_2_a_further_gateway_asks_again),
		cmocka_unit_test(test_WIN_1_DNC_2_a_late_intent_asks_again),
		cmocka_unit_test(test_probe_that_cannot_be_placed),
		cmocka_unit_test(test_allowed_addresses),
		cmocka_unit_test(test_calls_outlive_their_address),
		cmocka_unit_test(test_stop_at_once),
		cmocka_unit_test(test_stop_on_a_deaf_trunk),
		cmocka_unit_test(test_stop_while_an_opt_out_waits),
		cmocka_unit_test(test_ABN_5_durable_before_the_bye),
		cmocka_unit_test(test_DNC_1_agents_key_durable_before_the_bye),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
