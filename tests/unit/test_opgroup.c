/*
 * test_opgroup.c - what one transaction of the storage thread does with operations that concern one another, and whose clock it
 * asks
 */
#include "tests/unit/test_store.h"

#include "campaigns/opgroup.h"

static struct opgroup group;
static struct campaign campaign;

static int setup(void **state)
{
	struct lead_batch *batch;
	bool duplicate;

	if (test_setup(state) != 0)
		return -1;
	campaign = test_campaign();
	assert_int_equal(lead_batch_open(test_store, campaign.list, &batch), 0);
	for (int i = 0; i < 2; i++) {
		struct lead lead = {.phone_count = 1};

		snprintf(lead.phones[0].e164, NUMBER_BYTES, "+8613800000%03d", i);
		assert_int_equal(lead_batch_add(batch, &lead, test_shanghai, &duplicate), 0);
	}
	assert_int_equal(lead_batch_close(batch, 2, 0, 0), 0);
	group = (struct opgroup){0};
	return campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL) || opgroup_init(&group, test_store);
}

static int teardown(void **state)
{
	clock_fake_wall(NULL);
	opgroup_fini(&group);
	return test_teardown(state);
}

static void ask(uint32_t count)
{
	group.ops[group.count++] = (struct op){.kind = OP_CLAIM, .campaign = campaign.id, .count = count};
}

/* How many leads the group got; the first number, unless NULL. */
static uint32_t claimed(char e164[NUMBER_BYTES])
{
	uint32_t count = 0;

	assert_int_equal(opgroup_run(&group), 0);
	for (uint32_t i = 0; i < group.out_count; i++) {
		if (group.out[i].kind != WRITER_CLAIMED)
			continue;
		if (e164 && !count)
			strcpy(e164, group.out[i].attempt.e164);
		count++;
	}
	group.count = 0;
	return count;
}

/* They become durable in one instant: the claim that came first does not get the number all the same. */
static void DNC_1_an_opt_out_behind_a_claim_goes_first(void **state)
{
	char e164[NUMBER_BYTES] = "";

	(void)state;
	ask(1);
	group.ops[group.count++] = (struct op){.kind = OP_OPT_OUT,
		.opt_out = {.id = 1, .asked_us = test_now_us, .how = "key", .e164 = "+8613800000000"}};
	assert_int_equal(claimed(e164), 1);
	assert_string_equal(e164, "+8613800000001");
	ask(1);
	assert_int_equal(claimed(NULL), 0);
}

static void DNC_1_a_number_listed_behind_a_claim(void **state)
{
	(void)state;
	ask(2);
	group.ops[group.count++] = (struct op){.kind = OP_DNC, .e164 = "+8613800000000"};
	group.ops[group.count++] = (struct op){.kind = OP_DNC, .e164 = "+8613800000001"};
	assert_int_equal(claimed(NULL), 0);
}

/*
 * The system's clock was eight hours ahead when the engine began, and has been set back: the engine's own follows for a month,
 * and until then nobody is called at four in the morning because it says noon. Nor does a clock that stood still with the machine
 * count.
 */
static void WIN_1_hours_are_asked_by_the_systems_clock(void **state)
{
	int64_t wall_us = test_now_us - 8 * 3600 * SEC_US;

	(void)state;
	campaign.window = (struct window){9 * 60, 20 * 60, 0x7f};
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	clock_fake_wall(&wall_us);
	ask(1);
	assert_int_equal(claimed(NULL), 0);
	wall_us = test_now_us + 9 * 3600 * SEC_US; /* 21:00 */
	ask(1);
	assert_int_equal(claimed(NULL), 0);
	test_now_us += 12 * 3600 * SEC_US; /* midnight, by the engine's */
	wall_us = test_now_us - 8 * 3600 * SEC_US;
	ask(1);
	assert_int_equal(claimed(NULL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(DNC_1_an_opt_out_behind_a_claim_goes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(DNC_1_a_number_listed_behind_a_claim, setup, teardown),
		cmocka_unit_test_setup_teardown(WIN_1_hours_are_asked_by_the_systems_clock, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
