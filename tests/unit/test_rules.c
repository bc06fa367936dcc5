/* test_rules.c - rule packs in force: windows by place and zone, what claims and explain say, changes at run time */
#include "tests/unit/test_store.h"

#include "campaigns/rules.h"
#include "campaigns/tables.h"

#define US_NOON_S INT64_C(1794848400) /* Monday 2026-11-16 17:00 UTC: 12:00 in New York, 09:00 in Los Angeles */

static const char *const new_york[] = {"America/New_York", NULL};

static int claim_in(struct db_txn *txn, void *arg)
{
	struct attempt *attempt = arg;
	struct claim_run run = {0};
	struct lead lead;

	claim_start(&run, test_store, txn, attempt->campaign, test_now_us);
	if (!claim_next(&run, txn, attempt, &lead))
		attempt->id = 0;
	claim_fini(&run);
	return 0;
}

/* The id of the attempt, 0: nothing was to be dialled. */
static uint64_t claim_one(uint32_t campaign)
{
	struct attempt attempt = {.campaign = campaign};

	assert_int_equal(db_change(test_store->db, claim_in, &attempt), 0);
	return attempt.id;
}

static void load(const char *text)
{
	struct rules_receipt receipt;
	char why[PACK_WHY_BYTES];

	if (rules_load(test_store, text, strlen(text), &receipt, why) != 0)
		fail_msg("%s", why);
}

static struct campaign running(const char *rules, enum campaign_purpose purpose)
{
	struct campaign campaign = test_campaign();
	char why[PACK_WHY_BYTES];
	uint32_t changed;

	assert_int_equal(rules_load_builtin(test_store, &changed, why), 0);
	test_right(&campaign);
	strcpy(campaign.rules, rules);
	campaign.purpose = purpose;
	if (campaign_update(test_store, &campaign, why) != 0)
		fail_msg("%s", why);
	return campaign;
}

static void start(struct campaign *campaign)
{
	char why[WHY_BYTES];

	if (campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why) != 0)
		fail_msg("%s", why);
	campaign->state = CAMPAIGN_RUNNING;
}

static struct explanation explain(const struct campaign *campaign, uint64_t id, int64_t now_us)
{
	struct explanation out;
	struct lead lead;

	assert_int_equal(lead_get(test_store, id, &lead), 0);
	assert_int_equal(explain_lead(test_store, campaign, &lead, now_us, &out), 0);
	return out;
}

/* The last line of the evidence log. */
static int last_line_in(struct db_txn *txn, void *arg)
{
	struct db_view view;
	struct db_key key;

	assert_true(db_last(txn, T_LOG, &key, &view));
	snprintf(arg, 2048, "%.*s", (int)view.bytes, (const char *)view.data);
	return 0;
}

static void WIN_1_the_strictest_of_all_states_decides(void **state)
{
	struct campaign campaign = running("us-federal,us-states", PURPOSE_TELEMARKETING);
	uint64_t id = test_lead(campaign.list, "+12125550123,+18595550123", 0, new_york); /* New York and Kentucky: 10 to 21 */
	struct explanation at;

	(void)state;
	start(&campaign);
	test_now_us = (US_NOON_S - 3 * 3600) * SEC_US; /* 09:00 */
	at = explain(&campaign, id, test_now_us);
	assert_int_equal(at.reason, CLAIM_WINDOW);
	assert_string_equal(at.rule, "us-states/kentucky");
	assert_string_equal(at.places, "US-KY US-NY"); /* sorted, as the set is kept */
	assert_string_equal(at.local, "Mon 09:00");
	assert_int_equal(at.until_us, (US_NOON_S - 2 * 3600 + 60) * SEC_US); /* with the guard band */
	assert_int_equal(claim_one(campaign.id), 0);
	test_now_us = at.until_us;
	assert_int_not_equal(claim_one(campaign.id), 0);
}

static void WIN_2_the_intent_has_rule_zone_and_versions(void **state)
{
	struct campaign campaign = running("us-federal,us-states", PURPOSE_TELEMARKETING);
	char line[2048];

	(void)state;
	test_lead(campaign.list, "+13055550123", 0, new_york);
	start(&campaign);
	test_now_us = US_NOON_S * SEC_US;
	assert_int_not_equal(claim_one(campaign.id), 0);
	assert_int_equal(db_change(test_store->db, last_line_in, line), 0);
	assert_non_null(
		strstr(line, "\"rule\":\"us-states/eight-to-eight\",\"local\":\"Mon 12:00\",\"zone\":\"America/New_York\""));
	assert_non_null(strstr(line, "\"zone_from\":\"number\",\"places\":\"US-FL\",\"tzdata\":\"20"));
	assert_non_null(strstr(line, "\"packs\":\"us-federal@2026-11-22#"));
	assert_non_null(strstr(line, "\"person\":null,\"debt\":null,\"sealed\":\"to\""));
}

static void unknown_means_no(void **state)
{
	struct campaign campaign = running("us-federal", PURPOSE_TELEMARKETING);
	uint64_t abroad = test_lead(campaign.list, "+33123456789", 0, (const char *const[]){"Europe/Paris", NULL});
	uint64_t nowhere = test_lead(campaign.list, "+18005550123", 0, new_york);
	struct explanation at;

	(void)state;
	start(&campaign);
	test_now_us = US_NOON_S * SEC_US;
	at = explain(&campaign, abroad, test_now_us);
	assert_int_equal(at.reason, CLAIM_PLACE_UNKNOWN);
	assert_non_null(strstr(at.text, "FR"));
	at = explain(&campaign, nowhere, test_now_us);
	assert_int_equal(at.reason, CLAIM_PLACE_UNKNOWN);
	assert_non_null(strstr(at.text, "country"));
	assert_int_equal(claim_one(campaign.id), 0);
}

#define PACK(hours)                                                                                                              \
	"[pack]\nname = own\nversion = 2026-01-01\n[rule r]\nwhere = CN\nkind = window\nsays = s\nsource = s\ndate = 2026-01-01\n"   \
	"mark = M\ndaily = " hours "\n"

/* WIN_3: also through a cache that has seen the pack before: the writer keeps one claim_run. */
static int WIN_3_in(struct db_txn *txn, void *arg)
{
	struct claim_run *run = arg;
	struct attempt attempt;
	struct lead lead;

	claim_start(run, test_store, txn, 1, test_now_us);
	return claim_next(run, txn, &attempt, &lead) ? 0 : ERR_WRONG_STATE;
}

static void WIN_3_a_pack_loaded_now_rules_the_next_claim(void **state)
{
	struct campaign campaign = running("", PURPOSE_TELEMARKETING);
	struct claim_run run = {0};
	char line[2048];

	(void)state;
	for (int i = 1; i <= 3; i++) {
		char number[20];

		snprintf(number, sizeof(number), "+8613800000%03d", i);
		test_lead(campaign.list, number, 0, test_shanghai);
	}
	load(PACK("09:00-20:00"));
	assert_int_equal(db_change(test_store->db, last_line_in, line), 0);
	assert_non_null(strstr(line, "\"event\":\"rules_loaded\",\"pack\":\"own\",\"version\":\"2026-01-01\",\"sha256\":\""));
	strcpy(campaign.rules, "own");
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	start(&campaign);
	assert_int_equal(db_change(test_store->db, WIN_3_in, &run), 0);
	load(PACK("13:00-20:00")); /* it is Monday 12:00 */
	assert_int_equal(db_change(test_store->db, WIN_3_in, &run), ERR_WRONG_STATE);
	load(PACK("09:00-20:00"));
	assert_int_equal(db_change(test_store->db, WIN_3_in, &run), 0);
	claim_fini(&run);
}

/* The system's file of one zone, as `as` of a folder that the test may change. */
static void zone_copy(const char *dir, const char *zone, const char *as)
{
	char command[512];

	snprintf(command, sizeof(command), "mkdir -p '%s/Asia' && cp '/usr/share/zoneinfo/%s' '%s/new' && mv '%s/new' '%s/%s'",
		dir, zone, dir, dir, dir, as);
	assert_int_equal(system(command), 0);
}

static void version_write(const char *dir, const char *version)
{
	char path[128], text[80];

	snprintf(path, sizeof(path), "%s/tzdata.zi", dir);
	snprintf(text, sizeof(text), "# version %s\n", version);
	file_put_text(path, text);
}

/* The zone's file is replaced while the engine runs, as an update of tzdata does it: by a place where it is still night. */
static void WIN_3_an_update_of_tzdata_rules_the_next_claim(void **state)
{
	struct campaign campaign = running("", PURPOSE_TELEMARKETING);
	struct explanation explanation;
	struct claim_run run = {0};
	struct lead lead;
	char dir[80];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/zoneinfo/", test_dir);
	zone_copy(dir, "Asia/Shanghai", "Asia/Shanghai");
	version_write(dir, "2098a");
	tz_use_dir(dir);
	campaign.window = (struct window){9 * 60, 20 * 60, 0x7f};
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	test_lead(campaign.list, "+8613800000001", 0, test_shanghai);
	uint64_t second = test_lead(campaign.list, "+8613800000002", 0, test_shanghai);

	start(&campaign);
	assert_int_equal(db_change(test_store->db, WIN_3_in, &run), 0);
	assert_int_equal(tz_refresh(), 0);
	zone_copy(dir, "America/New_York", "Asia/Shanghai");
	version_write(dir, "2099b");
	assert_int_equal(tz_refresh(), 2);
	assert_int_equal(db_change(test_store->db, WIN_3_in, &run), ERR_WRONG_STATE);
	assert_int_equal(lead_get(test_store, second, &lead), 0);
	assert_int_equal(explain_lead(test_store, &campaign, &lead, test_now_us, &explanation), 0);
	assert_int_equal(explanation.reason, CLAIM_WINDOW);
	assert_string_equal(explanation.tzdata, "2099b");
	unlink(strcat(strcpy(lead.fields, dir), "Asia/Shanghai")); /* in the middle of an update: what was read stays */
	assert_int_equal(tz_refresh(), 0);
	assert_int_equal(db_change(test_store->db, WIN_3_in, &run), ERR_WRONG_STATE);
	zone_copy(dir, "Asia/Shanghai", "Asia/Shanghai");
	assert_int_equal(tz_refresh(), 1);
	assert_int_equal(db_change(test_store->db, WIN_3_in, &run), 0);
	claim_fini(&run);
	tz_use_dir(NULL);
}

static void texts_that_were_in_force_stay(void **state)
{
	struct rules_receipt first, second;
	struct rulepack *pack;
	char why[PACK_WHY_BYTES], name[NAME_BYTES], old[80], *text;

	(void)state;
	assert_int_equal(rules_load(test_store, PACK("09:00-20:00"), strlen(PACK("09:00-20:00")), &first, why), 0);
	assert_true(first.changed);
	assert_int_equal(rules_load(test_store, PACK("10:00-20:00"), strlen(PACK("10:00-20:00")), &second, why), 0);
	assert_int_equal(rules_load(test_store, PACK("10:00-20:00"), strlen(PACK("10:00-20:00")), &second, why), 0);
	assert_false(second.changed);
	assert_int_equal(rules_next(test_store, "", name), 0);
	assert_string_equal(name, "own");
	assert_int_equal(rules_next(test_store, name, name), ERR_UNKNOWN);
	snprintf(old, sizeof(old), "own@%.16s", first.sha256);
	assert_int_equal(rules_get(test_store, old, &pack, &text), 0);
	assert_string_equal(text, PACK("09:00-20:00"));
	rulepack_free(pack);
	free(text);
	assert_int_equal(rules_load(test_store, "[pack]\n", 7, &first, why), ERR_SYNTAX); /* and nothing changed */
	assert_int_equal(rules_get(test_store, "own", &pack, NULL), 0);
	assert_int_equal(pack->rules[0].hours.day[0].span[0].from_s, 36060);
	rulepack_free(pack);
}

static void campaigns_name_packs_that_are_there(void **state)
{
	struct campaign campaign = running("us-federal", PURPOSE_TELEMARKETING);
	char why[WHY_BYTES];

	(void)state;
	strcpy(campaign.rules, "us-federal,mars");
	assert_int_equal(campaign_update(test_store, &campaign, why), ERR_RANGE);
	assert_non_null(strstr(why, "no rule pack \"mars\""));
	strcpy(campaign.rules, "us federal");
	assert_int_equal(campaign_update(test_store, &campaign, why), ERR_RANGE);
	strcpy(campaign.rules, "us-federal");
	campaign.ring_us_max = 70 * SEC_US;
	assert_int_equal(campaign_update(test_store, &campaign, why), ERR_RANGE);
	assert_non_null(strstr(why, "ring-end"));
}

static void ABN_8_collections_refuse_over_dial(void **state)
{
	struct campaign campaign = running("us-federal", PURPOSE_COLLECTIONS);

	(void)state;
	campaign.mode = CAMPAIGN_PREDICTIVE;
	assert_false(campaign_overdials(&campaign));
	strcpy(campaign.overdial_by, "anna");
	assert_true(campaign_overdials(&campaign));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

/* A pack that an earlier program took, with a place that no number gives, stays in force; a new one is refused. */
#define ELSEWHERE "[pack]\nname = p\nversion = 2026-11-22\n[rule r]\nkind = window\nwhere = US, UK\ndaily = 09:00-12:00\n" \
	"says = s\nsource = a\ndate = 2026-01-02\nmark = V\n"

static int elsewhere_in(struct db_txn *txn, void *arg)
{
	struct db_key key = key_text("p");

	(void)arg;
	db_put(txn, T_RULES, &key, ELSEWHERE, strlen(ELSEWHERE));
	meta_add(txn, "rules_version", 1);
	return 0;
}

static void packs_of_an_earlier_program_stay(void **state)
{
	char why[PACK_WHY_BYTES], *text = NULL;
	struct rules_receipt receipt;
	struct rulepack *pack = NULL;

	(void)state;
	assert_int_equal(rules_load(test_store, ELSEWHERE, strlen(ELSEWHERE), &receipt, why), ERR_SYNTAX);
	assert_int_equal(db_change(test_store->db, elsewhere_in, NULL), 0);
	assert_int_equal(rules_get(test_store, "p", &pack, &text), 0);
	free(text);
	rulepack_free(pack);
	running("p", PURPOSE_TELEMARKETING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(WIN_1_the_strictest_of_all_states_decides),
		TEST(WIN_2_the_intent_has_rule_zone_and_versions), TEST(unknown_means_no),
		TEST(WIN_3_a_pack_loaded_now_rules_the_next_claim), TEST(WIN_3_an_update_of_tzdata_rules_the_next_claim),
		TEST(texts_that_were_in_force_stay), TEST(campaigns_name_packs_that_are_there),
		TEST(ABN_8_collections_refuse_over_dial), TEST(packs_of_an_earlier_program_stay)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
