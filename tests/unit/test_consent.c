/*
 * test_consent.c - consent, business, revocation and reassigned numbers: what they weigh, and what a claim makes of them (D4, D6,
 * D8, DNC_6)
 */
#include "tests/unit/test_store.h"

#include "campaigns/campaigns.h"

#include "base/prng.h"

#include <time.h>

#define PHONE "+13055550123"

static char why[400];

static void file_is(const char *name, const char *expected)
{
	char *text = file_get(test_path(name), NULL);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void list_with(const char *name, enum suppress_kind kind, enum suppress_scope scope, const char *where)
{
	struct suppress_list list = {.kind = kind, .scope = scope};
	struct suppress_receipt receipt;

	strcpy(list.name, name);
	strcpy(list.where, where);
	assert_int_equal(suppress_create(test_store, &list, why), 0);
	assert_int_equal(
		suppress_load(test_store,
			&(struct suppress_load){.list = name, .path = test_file("list.txt", PHONE "\n"), .as_of_us = test_now_us},
			&receipt, why),
		0);
}

static void note_for(const char *e164, const char *person, enum consent_basis basis, int64_t at_us, const char *seller)
{
	struct consent consent = {.basis = basis, .at_us = at_us, .evidence = "form 7"};
	uint32_t added;

	strcpy(consent.e164, e164);
	strcpy(consent.person, person);
	strcpy(consent.seller, seller);
	assert_int_equal(consent_add_many(test_store, &consent, 1, &added, why), 0);
	assert_int_equal(added, 1);
}

static void note(enum consent_basis basis, int64_t at_us, const char *seller)
{
	note_for(PHONE, "", basis, at_us, seller);
}

static struct campaign running(const char *seller)
{
	struct campaign campaign = test_campaign();
	struct terms terms = {0};

	campaign.state = CAMPAIGN_RUNNING;
	strcpy(terms.seller, seller);
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	return campaign;
}

/* --- weighing */

static int64_t at(int year, int month, int date)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = date, .tm_hour = 12};

	return timegm(&tm) * SEC_US;
}

static void d4_business_ends_by_the_calendar(void **state)
{
	static const struct {
		enum consent_basis basis;
		int from[3], to[3];
	} cases[] = {{CONSENT_PURCHASE, {2025, 5, 16}, {2026, 11, 16}}, {CONSENT_PURCHASE, {2025, 8, 31}, {2027, 2, 28}},
		{CONSENT_PURCHASE, {2026, 8, 31}, {2028, 2, 29}}, {CONSENT_INQUIRY, {2026, 11, 30}, {2027, 2, 28}},
		{CONSENT_INQUIRY, {2026, 10, 1}, {2027, 1, 1}}};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct consent consent = {
			.basis = cases[i].basis, .at_us = at(cases[i].from[0], cases[i].from[1], cases[i].from[2])};
		int64_t end_us = at(cases[i].to[0], cases[i].to[1], cases[i].to[2]);

		assert_int_equal(consent_end_us(&consent), end_us);
		consent.until_us = end_us - DAY_US;
		assert_int_equal(consent_end_us(&consent), end_us - DAY_US);
		consent.until_us = end_us + DAY_US; /* nothing makes business last longer */
		assert_int_equal(consent_end_us(&consent), end_us);
	}
}

/* Against a plain reading of the rules, over random histories in random order. */
static void d4_weighing_is_the_rules(void **state)
{
	static const char *const sellers[] = {"", "A", "B"};
	int revoked = 0, given = 0, business = 0;
	struct prng prng;

	(void)state;
	prng_seed(&prng, 5);
	for (int round = 0; round < 200000; round++) {
		struct consent rows[5];
		struct consent_word word = {0};
		const char *seller = sellers[prng_below(&prng, 3)];
		int64_t now_us = at(2026, 11, 16), last_revoked = -1, last_given = -1, last_business = -1;
		uint32_t count = (uint32_t)prng_below(&prng, 6);

		for (uint32_t i = 0; i < count; i++) {
			const char *whom = sellers[prng_below(&prng, 3)];
			int64_t days = (int64_t)prng_below(&prng, 700);

			rows[i] = (struct consent){.id = i + 1,
				.basis = (enum consent_basis)prng_below(&prng, CONSENT_BASES),
				.at_us = now_us - days * DAY_US};
			strcpy(rows[i].seller, whom);
			consent_weigh(&word, &rows[i], seller, now_us);
			bool ours = !*whom || strcmp(whom, seller) == 0;

			if (rows[i].basis == CONSENT_REVOKED && (ours || !*seller) && rows[i].at_us > last_revoked)
				last_revoked = rows[i].at_us;
			else if (rows[i].basis == CONSENT_GIVEN && ours && rows[i].at_us > last_given)
				last_given = rows[i].at_us;
			else if (rows[i].basis != CONSENT_REVOKED && rows[i].basis != CONSENT_GIVEN && ours &&
				 now_us < consent_end_us(&rows[i]) && rows[i].at_us > last_business)
				last_business = rows[i].at_us;
		}
		consent_settle(&word);
		bool stopped = last_revoked >= 0 && last_given <= last_revoked;

		assert_int_equal(word.revoked.id != 0, stopped);
		assert_int_equal(word.given.id != 0, !stopped && last_given >= 0);
		assert_int_equal(word.business.id != 0, !stopped && last_business >= 0 && last_business > last_revoked);
		revoked += stopped, given += word.given.id != 0, business += word.business.id != 0;
	}
	assert_true(revoked > 1000 && given > 1000 && business > 1000);
}

/* --- claims */

/* Internal, then revocation, then a state's list, then the national one, then what lifts them. */
static void d4_precedence(void **state)
{
	struct campaign campaign = running("ACME");
	uint64_t lead = test_lead(campaign.list, PHONE, 1, test_shanghai);
	char text[640];

	(void)state;
	list_with("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_DNC);
	note(CONSENT_PURCHASE, test_now_us - 500 * DAY_US, "ACME");
	assert_int_equal(test_ask(&campaign, lead, text), CLAIM_OK); /* business lifts the national list */
	assert_non_null(strstr(text,
		"List ftc (national) does not stop it: purchase of 2025-07-04, record 1 (form 7), lifts that until 2027-01-04."));
	list_with("florida", SUPPRESS_STATE, SUPPRESS_US_STATE, "FL");
	assert_int_equal(test_ask(&campaign, lead, text), CLAIM_DNC); /* but not a state's */
	assert_non_null(strstr(text, "list florida"));
	note(CONSENT_GIVEN, test_now_us - 400 * DAY_US, "ACME");
	assert_int_equal(test_ask(&campaign, lead, text), CLAIM_OK); /* consent lifts both */
	assert_non_null(strstr(text, "consent of 2025-10-12, record 2"));
	note(CONSENT_REVOKED, test_now_us - DAY_US, "ACME");
	assert_int_equal(test_ask(&campaign, lead, text), CLAIM_DNC);
	assert_non_null(strstr(text, "revoked on 2026-11-15 for calls of ACME (record 3"));
	assert_int_equal(dnc_add(test_store, PHONE, NULL), 0);
	assert_int_equal(test_ask(&campaign, lead, text), CLAIM_DNC);
	assert_non_null(strstr(text, "dnc remove")); /* the own list is named first */
	note(CONSENT_GIVEN, test_now_us, "ACME");
	assert_int_equal(test_ask(&campaign, lead, text), CLAIM_DNC); /* and nothing lifts it */
	assert_non_null(strstr(text, "dnc remove"));
	assert_int_equal(dnc_remove(test_store, PHONE, NULL), 0);
	assert_int_equal(test_ask(&campaign, lead, text), CLAIM_OK); /* consent of a later date ends the revocation */
}

static void d4_what_a_kind_does_not_allow_is_not_lifted(void **state)
{
	struct campaign campaign = running("");
	uint64_t lead = test_lead(campaign.list, PHONE, 1, test_shanghai);

	(void)state;
	note(CONSENT_GIVEN, test_now_us - DAY_US, "");
	note(CONSENT_PURCHASE, test_now_us - DAY_US, "");
	for (enum suppress_kind kind = SUPPRESS_LITIGATOR; kind < SUPPRESS_KINDS; kind++) {
		bool lifts = suppress_kind_facts(kind)->consent_lifts;

		list_with("x", kind, SUPPRESS_EVERYWHERE, "");
		assert_int_equal(test_ask(&campaign, lead, NULL), lifts ? CLAIM_OK : CLAIM_DNC);
		test_now_us += 60 * DAY_US; /* a list that consent lifts may be old, too */
		assert_int_equal(test_ask(&campaign, lead, NULL), lifts ? CLAIM_OK : CLAIM_DNC);
		test_now_us -= 60 * DAY_US;
		assert_int_equal(suppress_drop(test_store, "x", why), 0);
	}
}

static void d6_a_revocation_stops_its_seller_or_all(void **state)
{
	struct campaign campaign = running("ACME");
	uint64_t lead = test_lead(campaign.list, PHONE, 1, test_shanghai);
	struct terms terms = {.seller = "Other"};

	(void)state;
	note(CONSENT_REVOKED, test_now_us - DAY_US, "ACME");
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_DNC);
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_OK);
	terms.seller[0] = '\0'; /* nobody knows for whom: stopped */
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_DNC);
	strcpy(terms.seller, "Other");
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	note(CONSENT_REVOKED, test_now_us - DAY_US, "");
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_DNC);
}

static void d6_a_person_revokes_for_all_numbers(void **state)
{
	struct campaign campaign = running("ACME");
	uint64_t lead = test_lead_with(campaign.list, PHONE ",+12125550100", 1, test_shanghai, "person\0P-7", 11);

	(void)state;
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_OK);
	note(CONSENT_REVOKED, test_now_us, "");
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_OK); /* the other number */
	note_for("", "P-7", CONSENT_REVOKED, test_now_us, "");
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_DNC);
}

static enum writer_event_kind claim(struct writer *writer, uint32_t campaign)
{
	struct writer_event event;

	assert_int_equal(writer_claim(writer, campaign, 1), 0);
	while (!writer_take(writer, &event))
		usleep(200);
	return event.kind;
}

/* The lead that a revocation put aside waits again after consent; the intent's line names what was consulted. */
static void d4_records_count_for_the_next_claim(void **state)
{
	struct campaign campaign = test_campaign();
	struct writer *writer;
	uint64_t recovered;

	(void)state;
	clock_fake(NULL);
	test_now_us = clock_us();
	test_lead(campaign.list, PHONE, 1, test_shanghai);
	list_with("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	note(CONSENT_REVOKED, test_now_us - 2 * DAY_US, "");
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
	assert_int_equal(claim(writer, campaign.id), WRITER_EMPTY);
	note(CONSENT_GIVEN, test_now_us - DAY_US, "");
	assert_int_equal(claim(writer, campaign.id), WRITER_CLAIMED);
	writer_stop(writer);
	struct export_options options = {.what = "suppression", .path = test_path("decisions.csv")};
	struct export_receipt receipt;

	assert_int_equal(export_run(test_store, &options, &receipt, why), 0);
	char *text = file_get(options.path, NULL);
	assert_non_null(text);
	assert_non_null(strstr(text, "internal consent:2 1:1"));
	free(text);
}

/* --- files */

static void consent_files_round_trip(void **state)
{
	static const char text[] =
		"Number,basis,date,evidence,seller,until,person\n+13055550123,consent,2026-11-01,form 7,ACME,2027-11-01,\n"
		",purchase,2026-10-01 08:30:00,\"order, 8\",,,P-7\n+13055550123,revocation,2026-11-10,,,,\n";
	struct consent_receipt receipt;
	uint64_t rows;
	char first[128];

	(void)state;
	assert_int_equal(consent_import(test_store, test_file("in.csv", text), NULL, &receipt, why), 0);
	assert_int_equal(receipt.added, 3);
	assert_int_equal(consent_import(test_store, test_path("in.csv"), NULL, &receipt, why), 0); /* twice is as once */
	assert_int_equal(receipt.added, 0);
	assert_int_equal(receipt.present, 3);
	snprintf(first, sizeof(first), "%s/out.csv", test_dir);
	assert_int_equal(consent_export(test_store, first, &rows, why), 0);
	assert_int_equal(rows, 3);
	assert_int_equal(consent_import(test_store, first, NULL, &receipt, why), 0); /* what comes out goes in */
	assert_int_equal(receipt.present, 3);
	test_teardown(NULL);
	test_setup(NULL);
	assert_int_equal(consent_import(test_store, test_file("in.csv", text), NULL, &receipt, why), 0);
	snprintf(first, sizeof(first), "%s/out.csv", test_dir);
	assert_int_equal(consent_export(test_store, first, &rows, why), 0);
	file_is("out.csv",
		"number,person,basis,date,evidence,seller,until\r\n+13055550123,,consent,2026-11-01T12:00:00,form "
		"7,ACME,2027-11-01T12:00:00\r\n"
		"+13055550123,,revocation,2026-11-10T12:00:00,,,\r\n,P-7,purchase,2026-10-01T08:30:00,\"order, 8\",,\r\n");
}

/* The apostrophe that keeps a spreadsheet from running a text is not a part of it: "'@home" is no seller, and his revocation would stop no call. */
static void what_a_spreadsheet_would_run_comes_back_as_it_was(void **state)
{
	static const char *const texts[] = {"@home", "=1+1", "'=1", "-x", "+7", "''@", " =1", "'x", "a=b"};
	struct consent_receipt receipt;
	uint32_t added, count = sizeof(texts) / sizeof(texts[0]);
	struct consent row = {.basis = CONSENT_REVOKED};
	uint64_t rows;

	(void)state;
	for (uint32_t i = 0; i < count; i++) {
		row.at_us = test_now_us - (int64_t)(i + 1) * SEC_US;
		strcpy(row.person, texts[i]);
		strcpy(row.seller, texts[i]);
		strcpy(row.evidence, texts[i]);
		assert_int_equal(consent_add_many(test_store, &row, 1, &added, why), 0);
	}
	assert_int_equal(consent_export(test_store, test_path("out.csv"), &rows, why), 0);
	assert_int_equal(rows, count);
	assert_int_equal(consent_import(test_store, test_path("out.csv"), NULL, &receipt, why), 0);
	assert_int_equal(receipt.present, count);
	assert_int_equal(receipt.added, 0);
}

static void bad_consent_files_change_nothing(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{"number,date\n", "basis and date are needed"},
		{"number,basis,date,evidence\n+13055550123,consent,2026-11-01,x\n12,consent,2026-11-01,x\n",
			"line 3, column \"number\""},
		{"number,basis,date,evidence\n+13055550123,opt-in,2026-11-01,x\n", "column \"basis\""},
		{"number,basis,date,evidence\n+13055550123,consent,2026-13-01,x\n", "column \"date\""},
		{"number,basis,date,evidence\n+13055550123,consent,2026-12-24,x\n", "future"},
		{"number,basis,date\n+13055550123,consent,2026-11-01\n", "evidence"},
		{"number,person,basis,date,evidence\n+13055550123,P,consent,2026-11-01,x\n", "one of them"},
	};
	struct consent_receipt receipt;
	struct consent row = {0};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(consent_import(test_store, test_file("in.csv", bad[i].text), NULL, &receipt, why), ERR_SYNTAX);
		if (!strstr(why, bad[i].says))
			fail_msg("%s", why);
		assert_int_equal(consent_next(test_store, &row, &row), ERR_UNKNOWN);
	}
}

static void DNC_6_reassigned_round_trip(void **state)
{
	struct campaign campaign = running("ACME");
	uint64_t lead = test_lead(campaign.list, PHONE, 1, test_shanghai),
		 other = test_lead(campaign.list, "+12125550100", 1, test_shanghai);
	struct terms terms = {.seller = "ACME", .no_data_stops = true};
	struct consent_receipt receipt;
	struct reassigned_row row;
	char query[128], text[640];
	uint64_t rows;

	(void)state;
	note(CONSENT_GIVEN, at(2026, 10, 1), "ACME");
	note(CONSENT_PURCHASE, at(2026, 11, 2), "");
	note_for("+12125550100", "", CONSENT_INQUIRY, at(2026, 11, 3), "");
	note_for("+12125550177", "", CONSENT_GIVEN, at(2026, 11, 3), "");
	note_for("+12125550177", "", CONSENT_REVOKED, at(2026, 11, 4), ""); /* nobody rests on it */
	note_for("+447700900123", "", CONSENT_GIVEN, at(2026, 11, 3), "");  /* not in that database */
	snprintf(query, sizeof(query), "%s/query.csv", test_dir);
	assert_int_equal(reassigned_query(test_store, query, 30 * DAY_US, &rows, why), 0);
	assert_int_equal(rows, 2);
	file_is("query.csv", "2125550100,2026-11-03\n3055550123,2026-11-02\n");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(reassigned_answers(test_store,
					 test_file("answers.csv",
						 "TN,Date,Response\n2125550100,2026-11-03,No Data\n3055550123,2026-11-02,yes\n"),
					 test_now_us, &receipt, why),
			0);
		assert_int_equal(receipt.added, i ? 0 : 2);
	}
	assert_int_equal(reassigned_get(test_store, PHONE, &row), 0); /* with its dates */
	assert_int_equal(row.answer, REASSIGNED_YES);
	assert_int_equal(row.since_us, at(2026, 11, 2));
	assert_int_equal(row.answered_us, test_now_us);
	assert_int_equal(test_ask(&campaign, lead, text), CLAIM_DNC); /* whatever was agreed with the owner before */
	assert_non_null(strstr(text, "given up since 2026-11-02"));
	assert_int_equal(test_ask(&campaign, other, NULL), CLAIM_OK);
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	assert_int_equal(test_ask(&campaign, other, text), CLAIM_DNC);
	assert_non_null(strstr(text, "knows nothing"));
	assert_int_equal(reassigned_query(test_store, query, 30 * DAY_US, &rows, why), 0);
	assert_int_equal(rows, 0); /* all are fresh */
	test_now_us += 31 * DAY_US;
	assert_int_equal(reassigned_query(test_store, query, 30 * DAY_US, &rows, why), 0);
	assert_int_equal(rows, 2);
	note(CONSENT_GIVEN, test_now_us - DAY_US, "ACME"); /* of who has the number now */
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_OK);
	assert_int_equal(reassigned_answers(test_store, test_file("answers.csv", "2125550100,2026-11-03,maybe\n"), test_now_us,
				 &receipt, why),
		ERR_SYNTAX);
	assert_non_null(strstr(why, "line 1, column \"answer\""));
	assert_int_equal(reassigned_answers(
				 test_store, test_file("answers.csv", "2125550100,2026-11-03,no\n"), test_now_us, &receipt, why),
		0);
	assert_int_equal(test_ask(&campaign, other, NULL), CLAIM_OK);
}

/* --- 607 */

static void unwanted_is_an_opt_out_unless_terms_say_otherwise(void **state)
{
	struct campaign campaign = test_campaign();
	struct terms terms = {.unwanted_stays = true};
	bool listed;

	(void)state;
	clock_fake(NULL);
	for (int round = 0; round < 2; round++) {
		const char *number = round ? "+12125550100" : PHONE;
		struct writer_event event;
		struct writer *writer;
		uint64_t recovered;

		test_lead(campaign.list, number, 1, test_shanghai);
		if (round)
			assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
		assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
		assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
		assert_int_equal(writer_claim(writer, campaign.id, 1), 0);
		while (!writer_take(writer, &event))
			usleep(200);
		assert_int_equal(event.kind, WRITER_CLAIMED);
		event.attempt.outcome = OUTCOME_UNWANTED;
		event.attempt.sip_code = 607;
		assert_int_equal(writer_outcome(writer, &event.attempt), 0);
		writer_stop(writer);
		assert_int_equal(dnc_check(test_store, number, &listed), 0);
		assert_int_equal(listed, round == 0);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(d4_business_ends_by_the_calendar), T(d4_weighing_is_the_rules), T(d4_precedence),
		T(d4_what_a_kind_does_not_allow_is_not_lifted), T(d6_a_revocation_stops_its_seller_or_all),
		T(d6_a_person_revokes_for_all_numbers), T(d4_records_count_for_the_next_claim), T(consent_files_round_trip),
		T(what_a_spreadsheet_would_run_comes_back_as_it_was),
		T(bad_consent_files_change_nothing), T(DNC_6_reassigned_round_trip),
		T(unwanted_is_an_opt_out_unless_terms_say_otherwise)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
