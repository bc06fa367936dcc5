/* test_view.c - filter, order and mix at the claim; views hold exactly what they should, whatever happens in between */
#include "tests/unit/test_leads.h"

#include "base/prng.h"
#include "campaigns/view.h"

static struct campaign start(struct campaign campaign)
{
	char why[WHY_BYTES] = "";

	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(campaign_get_id(test_store, campaign.id, &campaign), 0);
	assert_int_equal(campaign_index(test_store, &campaign), 0);
	assert_int_equal(campaign_set_state(test_store, campaign.name, CAMPAIGN_RUNNING, why), 0);
	campaign.state = CAMPAIGN_RUNNING;
	return campaign;
}

static struct explanation explain(const struct campaign *campaign, uint64_t id)
{
	struct explanation explanation;
	struct lead lead;

	assert_int_equal(lead_get(test_store, id, &lead), 0);
	assert_int_equal(explain_lead(test_store, campaign, &lead, test_now_us, &explanation), 0);
	return explanation;
}

static void UPL_7_a_filter_is_obeyed_at_the_claim(void **state)
{
	struct campaign campaign = test_campaign(), all = campaign;
	struct campaign_left left;
	struct campaign_match count;
	char missing[96];
	struct claim_test test;
	uint64_t poor, rich, later;

	(void)state;
	poor = lead_of(campaign.list, 1, "100", 9);
	rich = lead_of(campaign.list, 2, "6000", 0);
	lead_of(campaign.list, 3, "", 9);
	strcpy(campaign.where, "balance > 5000");
	assert_int_equal(campaign_count(test_store, &campaign, "balance > 5000 or saldo = 1", &count, missing), 0);
	assert_true(count.leads == 3 && count.match == 1);
	assert_string_equal(missing, "\"saldo\"");
	campaign = start(campaign);
	assert_int_equal(campaign_left(test_store, &campaign, test_now_us, 0, &left), 0);
	assert_true(left.ready_open == 1 && left.unwanted == 2 && !left.indexing);
	later = lead_of(campaign.list, 4, "7,000.00", 1); /* imported after the filter */
	test = claim(campaign.id, 8);
	assert_int_equal(test.got, 2);
	assert_int_equal(test.attempts[0].lead, later);
	assert_int_equal(test.attempts[1].lead, rich);
	assert_int_equal(explain(&campaign, poor).reason, CLAIM_FILTER);
	assert_non_null(strstr(explain(&campaign, poor).text, "balance > 5000"));
	finish(&test.attempts[0], OUTCOME_BUSY);
	finish(&test.attempts[1], OUTCOME_CONNECTED);
	test = claim(campaign.id, 8);
	assert_true(test.got == 0 && !test.finished && test.next_us == test_now_us + 600 * SEC_US);
	test_now_us += 600 * SEC_US;
	test = claim(campaign.id, 8);
	assert_true(test.got == 1 && test.attempts[0].lead == later);
	finish(&test.attempts[0], OUTCOME_CONNECTED);
	assert_true(claim(campaign.id, 8).finished); /* nothing of what it wants is left */
	strcpy(all.name, "c2");
	assert_int_equal(campaign_create(test_store, &all, NULL), 0);
	assert_int_equal(campaign_set_state(test_store, "c2", CAMPAIGN_RUNNING, NULL), 0);
	assert_int_equal(claim(all.id, 8).got, 2); /* whoever has no filter gets the others */
}

static void a_changed_filter_counts_at_once(void **state)
{
	struct campaign campaign = test_campaign();
	struct claim_test test;
	char why[WHY_BYTES] = "";

	(void)state;
	for (uint32_t i = 1; i <= 20; i++)
		lead_of(campaign.list, i, i % 2 ? "10" : "20", 0);
	strcpy(campaign.where, "balance = 10");
	campaign = start(campaign);
	assert_int_equal(claim(campaign.id, 3).got, 3);
	strcpy(campaign.where, "balance = 20");
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	test = claim(campaign.id, MANY); /* nobody built the view: the claim does it itself */
	assert_int_equal(test.got, 10);
	for (uint32_t i = 0; i < test.got; i++)
		assert_int_equal(strchr("02468", test.attempts[i].e164[13]) != NULL, 1);
	campaign.where[0] = '\0';
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(claim(campaign.id, MANY).got, 7);
	strcpy(campaign.where, "balance >");
	assert_int_equal(campaign_update(test_store, &campaign, why), ERR_RANGE);
	assert_string_equal(why, "the filter, line 1, column 10: expected a number, a date or a text in quotes, not the end");
}

/* The order as the last digits of the numbers. */
static void claims_as(struct campaign campaign, struct lead_order order, const char *digits)
{
	uint32_t count = (uint32_t)strlen(digits);
	struct claim_test test;

	campaign.order = order;
	campaign = start(campaign);
	test = claim(campaign.id, MANY);
	assert_int_equal(test.got, count);
	for (uint32_t i = 0; i < count; i++)
		if (test.attempts[i].e164[13] != digits[i])
			fail_msg("order %u: number %u is %s", order.by, i + 1, test.attempts[i].e164);
	for (uint32_t i = 0; i < count; i++) {
		finish(&test.attempts[i], OUTCOME_NO_ANSWER);
		test_now_us += SEC_US;
	}
	test_now_us += 7200 * SEC_US;
}

static void orders(void **state)
{
	struct campaign campaign = test_campaign();
	struct claim_test test;

	(void)state;
	campaign.attempts_max = 50;
	lead_of(campaign.list, 1, "30", 1);
	lead_of(campaign.list, 2, "-5", 9);
	lead_of(campaign.list, 3, "", 5);
	lead_of(campaign.list, 4, "zebra", 5);
	lead_of(campaign.list, 5, "1,000", 0);
	lead_of(campaign.list, 6, "Apple", 0);
	claims_as(campaign, (struct lead_order){.by = ORDER_PRIORITY}, "234156");
	claims_as(campaign, (struct lead_order){.by = ORDER_NEWEST}, "654321");
	claims_as(campaign, (struct lead_order){.by = ORDER_OLDEST}, "123456");
	claims_as(campaign, (struct lead_order){.by = ORDER_COLUMN, .column = "balance"}, "215643");
	claims_as(campaign, (struct lead_order){.by = ORDER_COLUMN, .column = "balance", .descending = true},
		"465123");
	test = claim(campaign.id, 2); /* two leads get an attempt more than the others */
	finish(&test.attempts[0], OUTCOME_BUSY);
	finish(&test.attempts[1], OUTCOME_BUSY);
	test_now_us += 600 * SEC_US;
	claims_as(campaign, (struct lead_order){.by = ORDER_ATTEMPTS}, "512346");
}

static void random_orders_repeat_with_their_seed(void **state)
{
	struct lead_order a = {.by = ORDER_RANDOM, .seed = 1}, b = {.by = ORDER_RANDOM, .seed = 2};
	struct lead lead = {0};
	uint32_t below = 0, differ = 0;

	(void)state;
	for (lead.id = 1; lead.id <= 10000; lead.id++) {
		assert_int_equal(view_rank(&a, &lead), view_rank(&a, &lead));
		below += (view_rank(&a, &lead) & ((UINT64_C(1) << 47) - 1)) < UINT64_C(1) << 46;
		differ += view_rank(&a, &lead) != view_rank(&b, &lead);
	}
	assert_true(below > 4700 && below < 5300);
	assert_int_equal(differ, 10000);
}

static void shares_of_a_mix(void **state)
{
	struct campaign campaign = test_campaign();
	uint32_t other, first = 0;
	struct claim_test test;
	char why[WHY_BYTES] = "";

	(void)state;
	assert_int_equal(list_create(test_store, "l2", "CN", &other, why), 0);
	for (uint32_t i = 0; i < 120; i++) {
		lead_of(campaign.list, i, "", 0);
		lead_of(other, 1000 + i, "", 9); /* its priority does not change its share */
	}
	campaign.lists[0] = (struct campaign_list){.list = campaign.list, .share = 70};
	campaign.lists[1] = (struct campaign_list){.list = other, .share = 30};
	campaign.list_count = 2;
	campaign = start(campaign);
	for (uint32_t i = 0; i < 100; i++) {
		test = claim(campaign.id, 1);
		assert_int_equal(test.got, 1);
		first += test.attempts[0].list == campaign.list;
	}
	assert_in_range(first, 68, 72);
	assert_int_equal(list_set_state(test_store, "l", LIST_OFF, why), 0);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(claim(campaign.id, 1).attempts[0].list, other);
	assert_int_equal(list_set_state(test_store, "l", LIST_ON, why), 0);
	for (uint32_t i = 0; (test = claim(campaign.id, 1)).got; i++)
		assert_true(i < 130);
	assert_false(test.finished); /* they are under way */
}

static void lists_on_off_archived_expired(void **state)
{
	struct campaign campaign = test_campaign();
	struct claim_test test;
	char why[WHY_BYTES] = "";
	struct list list;
	uint64_t only = lead_of(campaign.list, 1, "", 0);

	(void)state;
	campaign = start(campaign);
	assert_int_equal(list_set_state(test_store, "l", LIST_OFF, why), 0);
	test = claim(campaign.id, 1);
	assert_true(test.got == 0 && !test.finished && test.next_us == 0);
	assert_int_equal(explain(&campaign, only).reason, CLAIM_LIST);
	assert_int_equal(list_set_state(test_store, "l", LIST_ARCHIVED, why), 0);
	assert_true(claim(campaign.id, 1).finished);
	assert_int_equal(list_set_state(test_store, "l", LIST_ON, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "archived"));
	assert_int_equal(list_set_state(test_store, "l", LIST_OFF, why), 0);
	assert_int_equal(list_set_state(test_store, "l", LIST_ON, why), 0);
	assert_int_equal(list_set_expiry(test_store, "l", test_now_us + 10 * SEC_US, why), 0);
	assert_int_equal(list_get(test_store, "l", &list), 0);
	assert_true(list_active(&list, test_now_us));
	test_now_us += 10 * SEC_US;
	test = claim(campaign.id, 1);
	assert_true(test.got == 0 && test.finished);
	assert_non_null(strstr(explain(&campaign, only).text, "expired"));
	assert_int_equal(list_set_expiry(test_store, "l", 0, why), 0);
	assert_int_equal(claim(campaign.id, 1).got, 1);
	assert_int_equal(list_set_expiry(test_store, "nope", 0, why), ERR_UNKNOWN);
	assert_int_equal(list_set_region(test_store, "l", "GB", why), 0);
	assert_int_equal(list_set_region(test_store, "l", "XX", why), ERR_RANGE);
	assert_int_equal(list_set_region(test_store, "l", "gb", why), ERR_RANGE);
	assert_int_equal(list_set_region(test_store, "nope", "GB", why), ERR_UNKNOWN);
	assert_int_equal(list_get(test_store, "l", &list), 0);
	assert_string_equal(list.region, "GB");
	assert_true(list.state == LIST_ON && list.expires_us == 0);
}

static int edit_weight(struct campaign *campaign, void *arg)
{
	campaign->weight = *(uint32_t *)arg;
	return 0;
}

static int edit_refused(struct campaign *campaign, void *arg)
{
	campaign->weight = 1;
	return *(int *)arg;
}

static void two_edits_do_not_undo_each_other(void **state)
{
	struct campaign campaign = test_campaign(), stored;
	uint32_t weight = 33;
	int refused = ERR_WRONG_STATE;

	(void)state;
	campaign.priority = 7; /* somebody else, who has read it before, changes another field */
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	assert_int_equal(campaign_edit(test_store, "c", edit_weight, &weight, &stored, NULL), 0);
	assert_true(stored.priority == 7 && stored.weight == 33);
	assert_int_equal(campaign_edit(test_store, "c", edit_refused, &refused, NULL, NULL), ERR_WRONG_STATE);
	weight = 0;
	assert_int_equal(campaign_edit(test_store, "c", edit_weight, &weight, NULL, NULL), ERR_RANGE);
	assert_int_equal(campaign_get(test_store, "c", &stored), 0);
	assert_true(stored.priority == 7 && stored.weight == 33);
	assert_int_equal(campaign_edit(test_store, "nope", edit_weight, &weight, NULL, NULL), ERR_UNKNOWN);
}

/* --- whatever happens: a view has what its list has and its campaign wants, and its groups' counts are right */

static uint64_t view_entries(struct db_txn *txn, uint32_t table, uint32_t space)
{
	struct db_key from = key_u32(space), key;
	uint64_t count = 0;
	bool there = db_seek(txn, table, &from, &key, NULL);

	for (; there && db_key_u32_at(&key, 0) == space; there = db_step(txn, table, &key, NULL))
		count++;
	return count;
}

static uint64_t view_check_leads(struct db_txn *txn, const struct view *view, const struct where *where)
{
	uint32_t space = view_space(view->list, view->id);
	struct db_key from = db_key_empty(), key;
	struct db_view value;
	struct lead lead, in;
	uint64_t expected = 0;
	bool more = db_seek(txn, T_LEAD, &from, &key, &value);

	for (; more; more = db_step(txn, T_LEAD, &key, &value)) {
		struct db_key ready, sched;
		bool wanted, there;

		assert_true(lead_decode_view(txn, &key, &value, &lead));
		if (lead.list != view->list)
			continue;
		wanted = lead.state == LEAD_READY && (lead.callback_us || where_match(where, &lead));
		in = lead;
		in.list = space;
		ready = view_ready_key(view, &lead);
		sched = sched_key(&in);
		there = db_get(txn, T_READY, &ready, NULL) != db_get(txn, T_SCHED, &sched, NULL);
		if (there != wanted)
			fail_msg("lead %llu, state %d: %d in view of \"%s\", order %d", (unsigned long long)lead.id, lead.state,
				there, view->where, view->order.by);
		expected += wanted;
	}
	return expected;
}

static void view_check(uint32_t list, uint32_t id)
{
	struct group group, sum = {0};
	struct where_error error;
	struct where where;
	struct db_txn txn;
	struct view view;
	uint32_t space;

	db_read_begin(test_store->db, &txn);
	assert_true(view_load(&txn, list, id, &view));
	assert_int_equal(view.state, VIEW_WHOLE);
	assert_int_equal(where_parse(view.where, &where, &error), 0);
	space = view_space(list, id);
	for (int32_t after = -1; group_next(&txn, space, after, &group); after = group.zones) {
		sum.ready += group.ready;
		sum.sched += group.sched;
	}
	assert_int_equal(sum.ready, view_entries(&txn, T_READY, space));
	assert_int_equal(sum.sched, view_entries(&txn, T_SCHED, space));
	assert_int_equal(sum.ready + sum.sched, view_check_leads(&txn, &view, &where));
	assert_int_equal(db_read_end(&txn), 0);
}

struct random_view {
	struct prng prng;
	struct campaign campaigns[2];
	struct attempt open[512];
	uint32_t open_count, number;
};

static void random_campaign(struct random_view *r, struct campaign *campaign)
{
	static const char *const filters[] = {
		"", "balance > 3", "balance is empty", "attempts < 2", "balance in (1, 2) or priority > 2"};
	char why[WHY_BYTES] = "";

	strcpy(campaign->where, filters[prng_below(&r->prng, 5)]);
	campaign->order = (struct lead_order){.by = (enum lead_order_by)prng_below(&r->prng, 6), .seed = 5, .column = "balance"};
	campaign->order.descending = prng_below(&r->prng, 2);
	assert_int_equal(campaign_update(test_store, campaign, why), 0);
	assert_int_equal(campaign_get_id(test_store, campaign->id, campaign), 0);
}

static void random_step(struct random_view *r, uint32_t list)
{
	static const enum outcome ends[] = {OUTCOME_BUSY, OUTCOME_NO_ANSWER, OUTCOME_CONNECTED, OUTCOME_DEAD_NUMBER};
	struct campaign *campaign = &r->campaigns[prng_below(&r->prng, 2)];
	char balance[16];
	uint32_t at;
	bool was;

	switch (prng_below(&r->prng, 7)) {
	case 0:
		random_campaign(r, campaign);
		break;
	case 1:
		snprintf(balance, sizeof(balance), "%u", (unsigned)prng_below(&r->prng, 6));
		lead_of(list, ++r->number, prng_below(&r->prng, 4) ? balance : "", (uint16_t)prng_below(&r->prng, 4));
		break;
	case 2:
	case 3:
		if (r->open_count + 1 < 512) {
			struct claim_test test = claim(campaign->id, 1);

			if (test.got)
				r->open[r->open_count++] = test.attempts[0];
		}
		break;
	case 4:
		if (r->open_count) {
			at = (uint32_t)prng_below(&r->prng, r->open_count);
			finish(&r->open[at], ends[prng_below(&r->prng, 4)]);
			r->open[at] = r->open[--r->open_count];
		}
		break;
	case 5:
		snprintf(balance, sizeof(balance), "+8613800%06u", 1 + (unsigned)prng_below(&r->prng, r->number + 1));
		if (prng_below(&r->prng, 2))
			assert_int_equal(dnc_add(test_store, balance, &was), 0);
		else
			assert_int_equal(dnc_remove(test_store, balance, &was), 0);
		break;
	default:
		test_now_us += (int64_t)prng_below(&r->prng, 1800) * SEC_US;
	}
}

static void views_are_never_stale(void **state)
{
	static struct random_view r;

	(void)state;
	prng_seed(&r.prng, 4711);
	r.open_count = r.number = 0;
	r.campaigns[0] = test_campaign();
	r.campaigns[1] = r.campaigns[0];
	strcpy(r.campaigns[1].name, "c2");
	assert_int_equal(campaign_create(test_store, &r.campaigns[1], NULL), 0);
	lead_of(r.campaigns[0].list, ++r.number, "4", 0);
	for (int i = 0; i < 2; i++)
		r.campaigns[i] = start(r.campaigns[i]);
	for (int step = 1; step <= 600; step++) {
		random_step(&r, r.campaigns[0].list);
		for (int i = 0; step % 40 == 0 && i < 2; i++) {
			assert_int_equal(campaign_index(test_store, &r.campaigns[i]), 0);
			if (r.campaigns[i].lists[0].view)
				view_check(r.campaigns[i].list, r.campaigns[i].lists[0].view);
		}
	}
}

/* Steps of a few leads, with changes between them: as when a claim builds what nobody else did. */
static int build_in(struct db_txn *txn, void *arg)
{
	struct campaign *campaign = arg;
	struct view view;

	return view_load(txn, campaign->list, campaign->lists[0].view, &view) && view_build(txn, &view, test_now_us, 3)
		       ? ERR_EXISTS
		       : 0;
}

static void a_view_is_built_while_its_leads_change(void **state)
{
	struct campaign campaign = test_campaign(), all = campaign;
	struct claim_test test;

	(void)state;
	for (uint32_t i = 1; i <= 60; i++)
		lead_of(campaign.list, i, i % 3 ? "5" : "1", 0);
	strcpy(all.name, "all");
	assert_int_equal(campaign_create(test_store, &all, NULL), 0);
	assert_int_equal(campaign_set_state(test_store, "all", CAMPAIGN_RUNNING, NULL), 0);
	strcpy(campaign.where, "balance = 5");
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	assert_int_equal(campaign_get_id(test_store, campaign.id, &campaign), 0);
	for (uint32_t i = 0; db_change(test_store->db, build_in, &campaign) == 0; i++) {
		test = claim(all.id, 1);
		if (test.got && i % 2)
			finish(&test.attempts[0], OUTCOME_BUSY);
		lead_of(campaign.list, 100 + i, i % 2 ? "5" : "1", 0);
		test_now_us += 100 * SEC_US;
		assert_true(i < 100);
	}
	assert_int_equal(campaign_index(test_store, &campaign), 0);
	view_check(campaign.list, campaign.lists[0].view);
}

static uint64_t entries_of_all(void)
{
	struct db_txn txn;
	uint64_t count;

	db_read_begin(test_store->db, &txn);
	count = db_count(&txn, T_READY) + db_count(&txn, T_SCHED) + 1000 * db_count(&txn, T_VIEW);
	assert_int_equal(db_read_end(&txn), 0);
	return count;
}

static void a_dropped_view_leaves_nothing(void **state)
{
	struct campaign campaign = test_campaign();
	uint64_t before;

	(void)state;
	for (uint32_t i = 1; i <= 30; i++)
		lead_of(campaign.list, i, "5", 0);
	before = entries_of_all();
	strcpy(campaign.where, "balance = 5");
	campaign = start(campaign);
	assert_int_equal(entries_of_all(), before + 1030);
	campaign.where[0] = '\0';
	campaign = start(campaign);
	assert_int_equal(entries_of_all(), before);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(UPL_7_a_filter_is_obeyed_at_the_claim),
		TEST(a_changed_filter_counts_at_once),
		TEST(orders),
		TEST(random_orders_repeat_with_their_seed),
		TEST(shares_of_a_mix),
		TEST(lists_on_off_archived_expired),
		TEST(two_edits_do_not_undo_each_other),
		TEST(views_are_never_stale),
		TEST(a_view_is_built_while_its_leads_change),
		TEST(a_dropped_view_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
