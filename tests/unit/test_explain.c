/* test_explain.c - the sentences of explain name the rule, where the zone came from, and nothing that did not happen */
#include "tests/unit/test_store.h"

#define SHANGHAI_NUMBER "+8613800000001"

static struct explanation asked;

static void says(const char *text)
{
	if (!strstr(asked.text, text))
		fail_msg("\"%s\" does not say \"%s\"", asked.text, text);
}

static void says_not(const char *text)
{
	if (strstr(asked.text, text))
		fail_msg("\"%s\" says \"%s\"", asked.text, text);
}

static struct campaign running(const char *numbers, const char *const *zones)
{
	struct campaign campaign = test_campaign();

	campaign.window = (struct window){9 * 60, 20 * 60, 0x3f};
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	test_lead(campaign.list, numbers, 0, zones);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL), 0);
	campaign.state = CAMPAIGN_RUNNING;
	return campaign;
}

static void ask(const struct campaign *campaign, int64_t at_us)
{
	struct lead lead;

	assert_int_equal(lead_get(test_store, 1, &lead), 0);
	assert_int_equal(explain_lead(test_store, campaign, &lead, at_us, &asked), 0);
}

static void open_and_closed(void **state)
{
	struct campaign campaign = running(SHANGHAI_NUMBER, test_shanghai);

	(void)state;
	ask(&campaign, test_now_us);
	assert_int_equal(asked.reason, CLAIM_OK);
	assert_string_equal(asked.window, "09:00-20:00 Mon-Sat");
	says("09:00-20:00 Mon-Sat");
	says("Asia/Shanghai");
	ask(&campaign, test_now_us + 9 * 3600 * SEC_US);
	assert_int_equal(asked.reason, CLAIM_WINDOW);
	says("It is Mon 21:00 in Asia/Shanghai");
	says("09:00-20:00 Mon-Sat");
}

static void zone_of_the_number(void **state)
{
	struct campaign campaign = running(SHANGHAI_NUMBER, test_shanghai);

	(void)state;
	ask(&campaign, test_now_us);
	assert_string_equal(asked.zone_from, "number");
	says("by its number");
}

static void zone_of_the_list(void **state)
{
	static const char *const urumqi[] = {"Asia/Urumqi", NULL};
	struct campaign campaign = running(SHANGHAI_NUMBER, urumqi);

	(void)state;
	ask(&campaign, test_now_us);
	assert_string_equal(asked.zone_from, "list");
	says("zone column");
	ask(&campaign, test_now_us + 12 * 3600 * SEC_US);
	says("zone column");
}

static void no_zone(void **state)
{
	struct campaign campaign = running("+18005550123", NULL);

	(void)state;
	ask(&campaign, test_now_us);
	assert_int_equal(asked.reason, CLAIM_ZONE_UNKNOWN);
	assert_string_equal(asked.zone_from, "");
}

/* Asked about a moment before the upload: there was no attempt that could have ended. */
static void before_the_upload(void **state)
{
	struct campaign campaign = running(SHANGHAI_NUMBER, test_shanghai);

	(void)state;
	ask(&campaign, test_now_us - DAY_US);
	assert_int_equal(asked.reason, CLAIM_NOT_DUE);
	assert_int_equal(asked.until_us, test_now_us);
	says_not("attempt ended");
	says_not("none");
	says("not been dialled");
}

#define T(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(open_and_closed),
		T(zone_of_the_number),
		T(zone_of_the_list),
		T(no_zone),
		T(before_the_upload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
