/* test_aside.c - a suppression list takes leads from the campaigns that it covers, and from no other (DNC-7) */
#include "tests/unit/test_leads.h"

#include "base/prng.h"
#include "campaigns/campaigns.h"
#include "campaigns/view.h"

static char why[SUPPRESS_WHY_BYTES];

static void list_make(const char *name, enum suppress_kind kind, const char *campaigns)
{
	struct suppress_list list = {
		.kind = kind, .scope = *campaigns ? SUPPRESS_CAMPAIGN : SUPPRESS_EVERYWHERE, .max_age_days = SUPPRESS_AGELESS};

	strcpy(list.name, name);
	strcpy(list.where, campaigns);
	if (suppress_create(test_store, &list, why))
		fail_msg("%s", why);
}

static int64_t listed(const char *name, const char *numbers)
{
	struct suppress_load load = {.list = name, .as_of_us = test_now_us, .yes = true};
	struct suppress_receipt receipt;

	load.path = test_file("numbers", numbers);
	if (suppress_load(test_store, &load, &receipt, why))
		fail_msg("%s", why);
	return (int64_t)receipt.released;
}

static void put(const char *name, const char *e164, bool on)
{
	bool was;

	assert_int_equal(suppress_put(test_store, name, e164, on, &was, why), 0);
}

static struct campaign runs(struct campaign campaign, const char *name)
{
	strcpy(campaign.name, name);
	if (strcmp(name, "c") != 0)
		assert_int_equal(campaign_create(test_store, &campaign, NULL), 0);
	assert_int_equal(campaign_set_state(test_store, name, CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(campaign_get(test_store, name, &campaign), 0);
	return campaign;
}

static struct campaign again(const struct campaign *campaign)
{
	struct campaign out;

	assert_int_equal(campaign_get_id(test_store, campaign->id, &out), 0);
	return out;
}

static struct campaign_left left(const struct campaign *campaign)
{
	struct campaign stored = again(campaign);
	struct campaign_left out;

	assert_int_equal(campaign_left(test_store, &stored, test_now_us, 0, &out), 0);
	return out;
}

static enum lead_state state_of(uint64_t id)
{
	struct lead lead;

	assert_int_equal(lead_get(test_store, id, &lead), 0);
	return lead.state;
}

#define ONE "+8613800000001"
#define TWO "+8613800000002"

static void DNC_7_another_campaign_may_dial_it(void **state)
{
	struct campaign one = test_campaign(), two;
	struct claim_test test;
	uint64_t first = lead_of(one.list, 1, "", 9), second = lead_of(one.list, 2, "", 0);

	(void)state;
	one = runs(one, "c");
	two = runs(one, "c2");
	list_make("client", SUPPRESS_LITIGATOR, "c");
	listed("client", ONE "\n");
	test = claim(one.id, 1); /* passes over the first, and goes on in the same claim */
	assert_true(test.got == 1 && test.attempts[0].lead == second);
	assert_int_equal(state_of(first), LEAD_READY);
	assert_true(again(&one).lists[0].view != 0 && again(&two).lists[0].view == 0);
	assert_true(left(&one).suppressed == 1 && left(&one).done == 0 && left(&one).unwanted == 0 && left(&one).ready_open == 0);
	assert_true(left(&two).suppressed == 0 && left(&two).ready_open == 1);
	finish(&test.attempts[0], OUTCOME_CONNECTED);
	assert_true(claim(one.id, 1).finished); /* for it nothing is left */
	test = claim(two.id, 4);
	assert_true(test.got == 1 && test.attempts[0].lead == first && !test.finished);
	finish(&test.attempts[0], OUTCOME_BUSY);
	test_now_us += 600 * SEC_US;
	assert_int_equal(claim(one.id, 1).got, 0); /* asked again after the attempt of the other, refused again */
	assert_int_equal(left(&one).suppressed, 1);
	assert_int_equal(claim(two.id, 1).got, 1);
}

static void a_campaign_alone_needs_no_view(void **state)
{
	struct campaign one = test_campaign(), two;

	(void)state;
	lead_of(one.list, 1, "", 0);
	one = runs(one, "c");
	list_make("client", SUPPRESS_LITIGATOR, "c");
	listed("client", ONE "\n");
	assert_true(claim(one.id, 1).finished);
	assert_int_equal(again(&one).lists[0].view, 0);
	assert_int_equal(left(&one).suppressed, 1);
	two = runs(one, "c2"); /* comes to a list from which leads were put aside: it gets all of them */
	assert_true(two.lists[0].view != 0);
	assert_int_equal(claim(two.id, 1).got, 1);
	one.weight = 3;
	assert_int_equal(campaign_update(test_store, &one, NULL), 0);
	assert_int_equal(again(&one).lists[0].view, 0); /* and this one keeps the list's own */
	two.weight = 3;
	assert_int_equal(campaign_update(test_store, &two, NULL), 0);
	assert_int_equal(again(&two).lists[0].view, two.lists[0].view);
}

static void all_numbers_on_the_own_list_is_for_everybody(void **state)
{
	struct campaign one = test_campaign(), two;
	uint64_t own, mixed;

	(void)state;
	own = test_lead(one.list, ONE "," TWO, 9, test_shanghai);
	mixed = test_lead(one.list, "+8613800000003,+8613800000004", 0, test_shanghai);
	one = runs(one, "c");
	two = runs(one, "c2");
	list_make("client", SUPPRESS_LITIGATOR, "c");
	listed("client", "+8613800000004\n");
	assert_int_equal(dnc_add(test_store, ONE, NULL), 0);
	assert_int_equal(dnc_add(test_store, TWO, NULL), 0);
	assert_int_equal(dnc_add(test_store, "+8613800000003", NULL), 0);
	assert_true(claim(one.id, 4).finished);
	assert_int_equal(state_of(own), LEAD_SUPPRESSED);
	assert_int_equal(state_of(mixed), LEAD_READY);
	assert_true(left(&one).suppressed == 1 && left(&one).done == 1);
	assert_string_equal(claim(two.id, 4).attempts[0].e164, "+8613800000004");
}

static void a_list_replaced_or_a_number_removed_gives_it_back(void **state)
{
	struct campaign one = test_campaign();
	struct claim_test test;

	(void)state;
	lead_of(one.list, 1, "", 9);
	lead_of(one.list, 2, "", 0);
	one = runs(one, "c");
	runs(one, "c2");
	list_make("client", SUPPRESS_LITIGATOR, "c");
	listed("client", ONE "\n" TWO "\n");
	assert_int_equal(claim(one.id, 4).got, 0);
	assert_int_equal(left(&one).suppressed, 2);
	assert_int_equal(listed("client", TWO "\n"), 1); /* the other stays where it is */
	assert_true(left(&one).suppressed == 1 && left(&one).ready_open == 1);
	test = claim(one.id, 4);
	assert_true(test.got == 1);
	assert_string_equal(test.attempts[0].e164, ONE);
	put("client", TWO, false);
	assert_int_equal(left(&one).suppressed, 0);
	assert_int_equal(claim(one.id, 4).got, 1);
}

static void a_list_that_is_too_old_stops_only_what_it_covers(void **state)
{
	struct campaign one = test_campaign(), two;
	struct suppress_list list = {.name = "client", .kind = SUPPRESS_NATIONAL, .scope = SUPPRESS_CAMPAIGN, .where = "c"};
	struct claim_test test;

	(void)state;
	lead_of(one.list, 1, "", 9);
	one = runs(one, "c");
	two = runs(one, "c2");
	assert_int_equal(suppress_create(test_store, &list, why), 0);
	test = claim(one.id, 4);
	assert_true(test.got == 0 && !test.finished); /* somebody will load it */
	assert_true(left(&one).stale == 1 && left(&one).suppressed == 0);
	test = claim(two.id, 4);
	assert_int_equal(test.got, 1);
	finish(&test.attempts[0], OUTCOME_BUSY);
	test_now_us += 600 * SEC_US;
	assert_int_equal(claim(one.id, 4).got, 0);
	listed("client", ONE "\n");
	assert_true(left(&one).stale == 0 && left(&one).suppressed == 1);
	assert_true(claim(one.id, 4).finished);
	listed("client", TWO "\n");
	test = claim(one.id, 4);
	assert_int_equal(test.got, 1);
	finish(&test.attempts[0], OUTCOME_BUSY);
	test_now_us += 40 * DAY_US;
	assert_int_equal(claim(one.id, 4).got, 0);
	assert_int_equal(left(&one).stale, 1);
	assert_int_equal(suppress_drop(test_store, "client", why), 0);
	assert_int_equal(claim(one.id, 4).got, 1);
}

static void another_purpose_or_seller_asks_anew(void **state)
{
	struct campaign one = test_campaign();
	struct terms terms = {.seller = "Acme"};
	struct suppress_list list = {.name = "acme",
		.kind = SUPPRESS_LITIGATOR,
		.scope = SUPPRESS_SELLER,
		.where = "Acme",
		.max_age_days = SUPPRESS_AGELESS};

	(void)state;
	lead_of(one.list, 1, "", 9);
	one = runs(one, "c");
	list_make("state", SUPPRESS_STATE, "");
	listed("state", ONE "\n");
	assert_int_equal(claim(one.id, 1).got, 0);
	one.purpose = PURPOSE_COLLECTIONS;
	assert_int_equal(campaign_update(test_store, &one, NULL), 0);
	assert_int_equal(left(&one).suppressed, 0);
	assert_int_equal(suppress_create(test_store, &list, why), 0);
	listed("acme", ONE "\n");
	assert_int_equal(terms_put(test_store, one.id, &terms, why), 0);
	assert_int_equal(claim(one.id, 1).got, 0);
	assert_int_equal(left(&one).suppressed, 1);
	terms.seller[0] = '\0';
	assert_int_equal(terms_put(test_store, one.id, &terms, why), 0);
	assert_int_equal(claim(one.id, 1).got, 1);
}

static int refuse_and_fail(struct db_txn *txn, void *arg)
{
	claim_in(txn, arg);
	return ERR_WRONG_STATE;
}

/* A transaction that never was leaves nothing: neither the view nor the lead aside. Nor does opening the store again lose any. */
static void whole_or_not_at_all(void **state)
{
	struct campaign one = test_campaign();
	struct claim_test test = {.count = 4};

	(void)state;
	lead_of(one.list, 1, "", 9);
	one = runs(one, "c");
	runs(one, "c2");
	list_make("client", SUPPRESS_LITIGATOR, "c");
	listed("client", ONE "\n");
	test.campaign = one.id;
	assert_int_equal(db_change(test_store->db, refuse_and_fail, &test), ERR_WRONG_STATE);
	assert_true(again(&one).lists[0].view == 0 && left(&one).ready_open == 1 && left(&one).suppressed == 0);
	claim(one.id, 4);
	test_reopen();
	assert_true(again(&one).lists[0].view != 0 && left(&one).suppressed == 1);
	put("client", ONE, false);
	assert_int_equal(claim(one.id, 4).got, 1);
}

/* 512 refusals are what one claim looks at: a long row of them is gone through once, not by each claim. */
static void no_claim_meets_them_twice(void **state)
{
	enum { LEADS = 1300 };
	static char numbers[LEADS * 16];
	struct campaign one = test_campaign(), two;
	uint32_t claims = 0, got = 0;

	(void)state;
	leads_of(one.list, 0, LEADS, 9);
	for (uint32_t i = 0; i < LEADS; i++)
		snprintf(numbers + strlen(numbers), 16, "+8613800%06u\n", i);
	lead_of(one.list, LEADS, "", 0);
	one = runs(one, "c");
	two = runs(one, "c2");
	list_make("client", SUPPRESS_LITIGATOR, "c");
	listed("client", numbers);
	assert_int_equal(claim(one.id, 1).got, 0);
	/* is being made: meanwhile those that are refused rest for a minute, and the others are dialled */
	assert_int_equal(again(&one).lists[0].view, 0);
	for (; left(&one).suppressed < LEADS; test_now_us += 60 * SEC_US) {
		got += claim(one.id, 1).got;
		assert_true(++claims < 12);
	}
	assert_int_equal(got, 1);
	assert_true(again(&one).lists[0].view != 0);
	assert_int_equal(claim(one.id, 1).got, 0);
	assert_int_equal(claim(two.id, MANY).got, MANY);
}

/* --- any order of changes: who may dial whom is what arithmetic says */

#define R_LEADS 24
#define R_LISTS 4
#define R_CAMPAIGNS 3

static const char *const r_scopes[R_LISTS] = {"c", "c2,c3", "c3", ""};
static const char *const r_names[R_CAMPAIGNS] = {"c", "c2", "c3"};

struct random_asides {
	struct prng prng;
	struct campaign campaigns[R_CAMPAIGNS];
	uint64_t leads[R_LEADS];
	bool on[R_LISTS][R_LEADS * 2], own[R_LEADS * 2]; /* two numbers a lead */
	bool collections[R_CAMPAIGNS]; /* to which the last list, a state's, says nothing */
};

static void r_number(uint32_t index, char out[NUMBER_BYTES])
{
	snprintf(out, NUMBER_BYTES, "+8613800%06u", index);
}

static bool r_covers(const struct random_asides *r, uint32_t list, uint32_t campaign)
{
	if (list == R_LISTS - 1)
		return !r->collections[campaign];
	return list == campaign || (list == 1 && campaign == 2);
}

static bool r_free(const struct random_asides *r, uint32_t number, uint32_t campaign)
{
	bool any = r->own[number];

	for (uint32_t list = 0; list < R_LISTS; list++)
		any |= r->on[list][number] && r_covers(r, list, campaign);
	return !any;
}

static void r_load(struct random_asides *r, uint32_t list)
{
	char text[R_LEADS * 2 * 16 + 32] = "+8613899999999\n", name[8], number[NUMBER_BYTES];

	for (uint32_t i = 0; i < R_LEADS * 2; i++) {
		r->on[list][i] = prng_below(&r->prng, 3) == 0;
		r_number(i, number);
		if (r->on[list][i])
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s\n", number);
	}
	snprintf(name, sizeof(name), "l%u", list);
	listed(name, text);
}

static void r_put(struct random_asides *r)
{
	uint32_t list = (uint32_t)prng_below(&r->prng, R_LISTS + 1), i = (uint32_t)prng_below(&r->prng, R_LEADS * 2);
	bool on = prng_below(&r->prng, 2), *known = list < R_LISTS ? &r->on[list][i] : &r->own[i];
	char name[16] = "internal", number[NUMBER_BYTES];

	if (list < R_LISTS)
		snprintf(name, sizeof(name), "l%u", list);
	r_number(i, number);
	put(name, number, on);
	*known = on;
}

static void r_campaign(struct random_asides *r)
{
	uint32_t index = (uint32_t)prng_below(&r->prng, R_CAMPAIGNS);
	struct campaign campaign = again(&r->campaigns[index]);

	campaign.purpose = prng_below(&r->prng, 2) ? PURPOSE_COLLECTIONS : PURPOSE_TELEMARKETING;
	campaign.order.by = prng_below(&r->prng, 3) ? ORDER_PRIORITY : ORDER_NEWEST;
	assert_int_equal(campaign_update(test_store, &campaign, NULL), 0);
	r->collections[index] = campaign.purpose == PURPOSE_COLLECTIONS;
}

/* One campaign claims all that it may; the others' candidates are as before afterwards, but for what is on the own list. */
static void r_check(struct random_asides *r, uint32_t campaign)
{
	struct claim_test test = claim(r->campaigns[campaign].id, MANY);
	uint32_t expected = 0, refused = 0, gone = 0;

	for (uint32_t i = 0; i < R_LEADS; i++) {
		bool free = r_free(r, 2 * i, campaign) || r_free(r, 2 * i + 1, campaign),
		     own = r->own[2 * i] && r->own[2 * i + 1];
		bool got = false;

		for (uint32_t k = 0; k < test.got; k++)
			got |= test.attempts[k].lead == r->leads[i];
		if (got != free)
			fail_msg("lead %u, campaign %s: %s", i, r_names[campaign], got ? "claimed" : "not claimed");
		expected += free;
		refused += !free && !own;
		gone += own;
	}
	assert_int_equal(test.got, expected);
	assert_int_equal(left(&r->campaigns[campaign]).suppressed, refused);
	assert_int_equal(left(&r->campaigns[campaign]).done, gone);
	assert_int_equal(left(&r->campaigns[campaign]).unwanted, 0);
	for (uint32_t k = 0; k < test.got; k++)
		assert_int_equal(recover_unsent(test_store, &test.attempts[k]), 0);
	assert_int_equal(left(&r->campaigns[campaign]).ready_open, expected);
}

static void DNC_7_as_arithmetic_says(void **state)
{
	static struct random_asides r;
	char name[8], numbers[64];

	(void)state;
	memset(&r, 0, sizeof(r));
	prng_seed(&r.prng, 20261122);
	r.campaigns[0] = test_campaign();
	for (uint32_t i = 0; i < R_LISTS; i++) {
		snprintf(name, sizeof(name), "l%u", i);
		list_make(name, i == R_LISTS - 1 ? SUPPRESS_STATE : SUPPRESS_LITIGATOR, r_scopes[i]);
	}
	for (uint32_t i = 0; i < R_LEADS; i++) {
		snprintf(numbers, sizeof(numbers), "+8613800%06u,+8613800%06u", 2 * i, 2 * i + 1);
		r.leads[i] = test_lead(r.campaigns[0].list, numbers, (uint16_t)prng_below(&r.prng, 3), test_shanghai);
	}
	for (uint32_t i = 0; i < R_CAMPAIGNS; i++)
		r.campaigns[i] = runs(r.campaigns[0], r_names[i]);
	for (uint32_t step = 0; step < 400; step++) {
		switch (prng_below(&r.prng, 8)) {
		case 0:
			r_load(&r, (uint32_t)prng_below(&r.prng, R_LISTS));
			break;
		case 1:
			r_campaign(&r);
			break;
		case 2:
		case 3:
		case 4:
			r_put(&r);
			break;
		default:
			r_check(&r, (uint32_t)prng_below(&r.prng, R_CAMPAIGNS));
		}
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(DNC_7_another_campaign_may_dial_it), T(a_campaign_alone_needs_no_view),
		T(all_numbers_on_the_own_list_is_for_everybody), T(a_list_replaced_or_a_number_removed_gives_it_back),
		T(a_list_that_is_too_old_stops_only_what_it_covers), T(another_purpose_or_seller_asks_anew),
		T(whole_or_not_at_all), T(no_claim_meets_them_twice), T(DNC_7_as_arithmetic_says)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
