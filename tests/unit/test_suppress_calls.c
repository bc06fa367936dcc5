/* test_suppress_calls.c - what a claim makes of suppression lists: precedence, scope, age, release, opt-outs (DNC-1 to DNC-3) */
#include "tests/unit/test_suppress.h"

#include "base/prng.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static void test_DNC_2_precedence_and_scope(void **state)
{
	struct campaign campaign = test_campaign();
	uint64_t florida, york, person;
	char text[640];

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	florida = test_lead(campaign.list, "+13055550123", 1, test_shanghai);
	york = test_lead(campaign.list, "+12125550100", 1, test_shanghai);
	person = test_lead(campaign.list, "+447700900123", 1, test_shanghai);
	assert_int_equal(test_ask(&campaign, florida, NULL), CLAIM_OK);
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	load_text("ftc", "3055550123\n");
	list_make("florida", SUPPRESS_STATE, SUPPRESS_US_STATE, "FL");
	load_text("florida", "3055550123\n2125550100\n"); /* a number of New York on it is none of its business */
	list_make("mine", SUPPRESS_LITIGATOR, SUPPRESS_CAMPAIGN, "x,c");
	load_text("mine", "+447700900123\n");
	list_make("other", SUPPRESS_LITIGATOR, SUPPRESS_CAMPAIGN, "cc");
	load_text("other", "+12125550100\n");
	assert_int_equal(test_ask(&campaign, york, NULL), CLAIM_OK);
	assert_int_equal(test_ask(&campaign, florida, text), CLAIM_DNC);
	assert_non_null(strstr(text, "list florida, generation 1, data of 2026-11-16 from list.txt")); /* state before national */
	assert_int_equal(test_ask(&campaign, person, text), CLAIM_DNC);
	assert_non_null(strstr(text, "mine"));
	assert_int_equal(dnc_add(test_store, "+13055550123", NULL), 0);
	assert_int_equal(test_ask(&campaign, florida, text), CLAIM_DNC);
	assert_non_null(strstr(text, "dnc remove")); /* the own list before all */
	assert_int_equal(dnc_remove(test_store, "+13055550123", NULL), 0);
	campaign.purpose = PURPOSE_COLLECTIONS; /* registries against telemarketing say nothing about a debt */
	assert_int_equal(test_ask(&campaign, florida, NULL), CLAIM_OK);
	assert_int_equal(test_ask(&campaign, person, NULL), CLAIM_DNC);
}

/* A registry is asked about the numbers of its country, a state's list about whoever may live there. */
static void test_DNC_2_places_of_numbers(void **state)
{
	static const struct {
		const char *number, *fields;
		size_t bytes;
		bool us, florida;
	} cases[] = {{"+13055550123", "name\0Li", 8, true, true}, {"+12125550100", "name\0Li", 8, true, false},
		{"+14165550100", "name\0Li", 8, false, false},                /* Toronto */
		{"+18005550100", "name\0Li", 8, true, true},                  /* nobody knows where */
		{"+12125550101", "state\0Florida", 14, true, true}, {"+12125550102", "zip\00033101", 10, true, true},
		{"+442079460000", "name\0Li", 8, false, false}};
	struct campaign campaign = test_campaign();

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t lead = test_lead_with(campaign.list, cases[i].number, 1, test_shanghai, cases[i].fields, cases[i].bytes);

		list_make("x", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US"); /* empty: stops what it covers */
		if ((test_ask(&campaign, lead, NULL) == CLAIM_DNC_STALE) != cases[i].us)
			fail_msg("%s in the US", cases[i].number);
		assert_int_equal(suppress_drop(test_store, "x", why), 0);
		list_make("x", SUPPRESS_STATE, SUPPRESS_US_STATE, "FL");
		if ((test_ask(&campaign, lead, NULL) == CLAIM_DNC_STALE) != cases[i].florida)
			fail_msg("%s in Florida", cases[i].number);
		assert_int_equal(suppress_drop(test_store, "x", why), 0);
	}
}

static void test_DNC_2_lists_of_a_seller(void **state)
{
	struct campaign campaign = test_campaign();
	struct terms terms = {.seller = "Acme Ltd"};
	uint64_t lead = test_lead(campaign.list, "+12125550100", 1, test_shanghai);

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	list_make("acme", SUPPRESS_LITIGATOR, SUPPRESS_SELLER, "Other,Acme Ltd");
	load_text("acme", "+12125550100\n");
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_OK);
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_DNC);
}

/* A download that failed, or a single number, is no registry. */
static void test_DNC_3_nothing_is_no_list(void **state)
{
	struct suppress_load options = {.list = "ftc", .as_of_us = test_now_us};
	struct campaign campaign = test_campaign();
	struct suppress_receipt receipt;
	uint64_t lead = test_lead(campaign.list, "+12125550100", 1, test_shanghai);
	bool was;

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	options.path = file_make("list.txt", "phone\n", 6);
	assert_int_equal(suppress_load(test_store, &options, &receipt, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "has no number"));
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_DNC_STALE);
	assert_int_equal(suppress_put(test_store, "ftc", "+12125559999", true, &was, why), 0);
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_DNC_STALE);
	assert_int_equal(load("ftc", file_make("c.txt", "2125550101,2026-11-01,A\n", 24), true, &receipt), ERR_WRONG_STATE);
	options.path = file_make("list.txt", "phone\n", 6);
	options.yes = true;
	assert_int_equal(suppress_load(test_store, &options, &receipt, why), 0);
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_OK);
}

/* As in rules about hours: a state's whole name and a postal code say where the person is. */
static void test_DNC_2_a_state_by_its_name_or_postal_code(void **state)
{
	struct campaign campaign = test_campaign();
	uint64_t name, code;

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	name = test_lead_with(campaign.list, "+12125550100", 1, test_shanghai, "State\0Florida", sizeof("State\0Florida"));
	code = test_lead_with(campaign.list, "+12125550101", 1, test_shanghai, "zip\00033101-1234", sizeof("zip\00033101-1234"));
	list_make("florida", SUPPRESS_STATE, SUPPRESS_US_STATE, "FL");
	load_text("florida", "2125550100\n2125550101\n");
	assert_int_equal(test_ask(&campaign, name, NULL), CLAIM_DNC);
	assert_int_equal(test_ask(&campaign, code, NULL), CLAIM_DNC);
}

static void test_DNC_3_too_old_stops(void **state)
{
	static const struct {
		enum suppress_kind kind;
		int days;
	} kinds[] = {{SUPPRESS_NATIONAL, 31}, {SUPPRESS_TPS, 28}, {SUPPRESS_CTPS, 28}, {SUPPRESS_WIRELESS, 15}};
	struct campaign campaign = test_campaign();
	uint64_t covered, other;
	int64_t from_us = test_now_us;
	char text[640], name[16];

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	covered = test_lead(campaign.list, "+12125550100", 1, test_shanghai);
	other = test_lead(campaign.list, "+447700900123", 1, test_shanghai);
	for (uint32_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		test_now_us = from_us;
		snprintf(name, sizeof(name), "list%u", i);
		list_make(name, kinds[i].kind, SUPPRESS_COUNTRY, "US");
		assert_int_equal(test_ask(&campaign, covered, text), CLAIM_DNC_STALE); /* empty: nobody knows */
		assert_non_null(strstr(text, "nothing was loaded"));
		load_text(name, "2125559999\n");
		test_now_us = from_us + kinds[i].days * DAY_US - SEC_US;
		assert_int_equal(test_ask(&campaign, covered, NULL), CLAIM_OK);
		test_now_us += SEC_US;
		assert_int_equal(test_ask(&campaign, covered, text), CLAIM_DNC_STALE);
		assert_non_null(strstr(text, "data is of 2026-11-16"));
		assert_int_equal(test_ask(&campaign, other, NULL), CLAIM_OK);
		load_text(name, "2125559999\n");
		assert_int_equal(test_ask(&campaign, covered, NULL), CLAIM_OK);
		assert_int_equal(suppress_drop(test_store, name, why), 0);
	}
}

/* The lead that a list put aside is dialled after the next list is without its number, or after the list is dropped. */
static void released_when_the_number_leaves(bool drop)
{
	struct campaign campaign = test_campaign();
	struct suppress_receipt receipt;
	struct writer_event event;
	struct writer *writer;
	uint64_t recovered;

	clock_fake(NULL); /* the storage thread waits on the real clock */
	test_now_us = clock_us();
	test_lead(campaign.list, "+12125550100", 1, test_shanghai);
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	load_text("ftc", "2125550100\n");
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(writer_claim(writer, campaign.id, 1), 0);
		while (!writer_take(writer, &event))
			usleep(200);
		assert_int_equal(event.kind, round ? WRITER_CLAIMED : WRITER_EMPTY);
		if (round == 0) {
			if (drop) {
				assert_int_equal(suppress_drop(test_store, "ftc", why), 0);
				continue;
			}
			assert_int_equal(load("ftc", file_make("list.txt", "2125550199\n", 11), false, &receipt), 0);
			assert_int_equal(receipt.released, 1);
		}
	}
	assert_int_equal(event.attempt.outcome, OUTCOME_NONE);
	writer_stop(writer);
}

static void released_when_the_list_is_replaced(void **state)
{
	(void)state;
	released_when_the_number_leaves(false);
}

static void released_when_the_list_is_dropped(void **state)
{
	(void)state;
	released_when_the_number_leaves(true);
}

/*
 * WRITER_KEPT comes after the commit: the number is on the list of the store as another process would open it, and no claim takes
 * it.
 */
static void test_DNC_1_opt_out_is_durable_when_it_is_said(void **state)
{
	struct campaign campaign = test_campaign();
	struct writer_event event;
	struct writer *writer;
	uint64_t recovered;
	bool listed;

	(void)state;
	clock_fake(NULL);
	test_lead(campaign.list, "+12125550100", 1, test_shanghai);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
	assert_int_equal(writer_opt_out(writer, 7, "+12125550100", clock_us(), "key"), 0);
	while (!writer_take(writer, &event))
		usleep(200);
	assert_int_equal(event.kind, WRITER_KEPT);
	assert_int_equal(event.attempt.id, 7);
	assert_int_equal(dnc_check(test_store, "+12125550100", &listed), 0);
	assert_true(listed);
	assert_int_equal(writer_claim(writer, campaign.id, 1), 0);
	while (!writer_take(writer, &event))
		usleep(200);
	assert_int_equal(event.kind, WRITER_EMPTY);
	assert_int_equal(dnc_count(test_store), 1);
	writer_stop(writer);
}

#define KILLS 15

/* An engine's life in a process of its own: opts one number after the other out and says so when it is told that it is kept. */
static void opts_out_until_killed(int say, uint64_t first)
{
	struct writer_event event;
	struct writer *writer;
	uint64_t recovered;

	if (store_open(&test_store, test_dir, STORE_WRITE, NULL) != 0 || writer_start(&writer, test_store, &recovered, NULL) != 0)
		_exit(1);
	for (uint64_t number = first;; number++) {
		int64_t asked_us = clock_us();
		char e164[NUMBER_BYTES];

		snprintf(e164, sizeof(e164), "+%llu", (unsigned long long)number);
		if (writer_opt_out(writer, 1, e164, asked_us, "key") != 0)
			_exit(1);
		while (!writer_take(writer, &event))
			usleep(50);
		if (event.kind != WRITER_KEPT || write(say, &asked_us, sizeof(asked_us)) != sizeof(asked_us))
			_exit(1);
	}
}

/*
 * kill -9 at any moment: what was said to be kept is kept, and another process has seen it within the second, unless the machine
 * stood still.
 */
static void DNC_1_kill_9(void **state)
{
	uint64_t number = UINT64_C(12125550000), checked = 0, seen = 0, slow = 0;
	int64_t worst_us = 0, asked_us;
	struct prng prng;
	bool listed;

	(void)state;
	clock_fake(NULL);
	prng_seed(&prng, 3);
	for (int kill_index = 0; kill_index < KILLS; kill_index++, number += 1000) {
		int64_t lives_us = (int64_t)prng_below(&prng, 60 * MS_US), until_us = INT64_MAX; /* from its first word on */
		uint64_t first = number, said = 0;
		char e164[NUMBER_BYTES];
		int ends[2];

		store_close(test_store); /* an environment may not be open across a fork */
		assert_int_equal(pipe(ends), 0);
		pid_t child = fork();
		if (child == 0)
			opts_out_until_killed(ends[1], first);
		close(ends[1]);
		assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
		while (clock_us() < until_us && read(ends[0], &asked_us, sizeof(asked_us)) == sizeof(asked_us)) {
			until_us = said ? until_us : clock_us() + lives_us;
			snprintf(e164, sizeof(e164), "+%llu", (unsigned long long)(first + said++));
			assert_int_equal(dnc_check(test_store, e164, &listed), 0);
			assert_true(listed); /* seen from here, while the other process lives */
			int64_t took_us = clock_us() - asked_us;
			worst_us = took_us > worst_us ? took_us : worst_us;
			slow += took_us > SEC_US;
			seen++;
		}
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		while (read(ends[0], &asked_us, sizeof(asked_us)) == sizeof(asked_us))
			said++;
		close(ends[0]);
		test_reopen();
		for (uint64_t i = 0; i < said; i++, checked++) {
			snprintf(e164, sizeof(e164), "+%llu", (unsigned long long)(first + i));
			assert_int_equal(dnc_check(test_store, e164, &listed), 0);
			assert_true(listed);
		}
	}
	print_message("# %llu opt-outs over %d kills, the slowest was seen elsewhere after %lld ms\n",
		(unsigned long long)checked, KILLS, (long long)(worst_us / MS_US));
	assert_true(checked >= KILLS && 2 * slow < seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_DNC_2_precedence_and_scope),
		T(test_DNC_2_lists_of_a_seller),
		T(test_DNC_3_too_old_stops),
		T(test_DNC_2_places_of_numbers),
		T(released_when_the_list_is_replaced),
		T(released_when_the_list_is_dropped),
		T(test_DNC_1_opt_out_is_durable_when_it_is_said),
		T(DNC_1_kill_9),
		T(test_DNC_3_nothing_is_no_list),
		T(test_DNC_2_a_state_by_its_name_or_postal_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
