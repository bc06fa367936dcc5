/* test_upload.c - what becomes of uploaded rows: whose numbers they are, and which lead they are when it is there already */
#include "tests/unit/test_leads.h"

#include "campaigns/import.h"
#include "campaigns/ledger.h"
#include "campaigns/ledger_import.h"
#include "campaigns/rules.h"
#include "campaigns/view.h"

static struct import_receipt receipt;
static char why[400];

/* Writes the text into a file of the store's folder and uploads it. */
static int upload(const char *text, struct import_options options)
{
	options.path = test_file("upload.csv", text);
	options.list = options.list ? options.list : "l";
	options.region = "CN";
	options.again = true;
	int err = import_list(test_store, &options, &receipt, why);

	assert_int_equal(receipt.read, receipt.accepted + receipt.rejected + receipt.duplicate);
	return err;
}

#define UPLOAD(text, ...) upload(text, (struct import_options){__VA_ARGS__})

static struct lead having(const char *e164)
{
	struct lead lead;

	assert_int_equal(lead_by_number(test_store, e164, 0, &lead), 0);
	return lead;
}

static bool nobody_has(const char *e164)
{
	struct lead lead;

	return lead_by_number(test_store, e164, 0, &lead) == ERR_UNKNOWN;
}

static void counts(uint64_t accepted, uint64_t rejected, uint64_t duplicate)
{
	if (receipt.accepted != accepted || receipt.rejected != rejected || receipt.duplicate != duplicate)
		fail_msg("accepted %llu, rejected %llu, duplicate %llu; %s", (unsigned long long)receipt.accepted,
			(unsigned long long)receipt.rejected, (unsigned long long)receipt.duplicate, why);
}

static void says(const char *text)
{
	if (!strstr(why, text))
		fail_msg("\"%s\" does not say \"%s\"", why, text);
}

static void start(const struct campaign *campaign)
{
	assert_int_equal(campaign_set_state(test_store, campaign->name, CAMPAIGN_RUNNING, why), 0);
}

/* --- roles */

static void UPL_roles_by_title_and_by_word(void **state)
{
	struct lead lead;

	(void)state;
	test_campaign();
	assert_int_equal(UPLOAD("phone_guarantor,phone,紧急联系人电话,phone3\n13800000002,13800000001,13800000003,13800000004\n"), 0);
	counts(1, 0, 0);
	assert_string_equal(receipt.columns,
		"phone=phone phone2=phone3 phone3(guarantor)=phone_guarantor phone4(third_party)=紧急联系人电话");
	lead = having("+8613800000003");
	assert_int_equal(lead.phone_count, 4);
	assert_string_equal(lead.phones[0].e164, "+8613800000001");
	assert_int_equal(lead.phones[0].role, PHONE_UNSAID);
	assert_int_equal(lead.phones[2].role, PHONE_GUARANTOR);
	assert_int_equal(lead.phones[3].role, PHONE_THIRD_PARTY);
	assert_int_equal(UPLOAD("phone,mobile2,phone3\n13900000001,,13900000003\n13900000004,13900000005,\n",
				 .roles = "phone2=other,phone3=guarantor,phone=debtor"),
		0);
	lead = having("+8613900000003"); /* an empty cell before it takes no role along */
	assert_int_equal(lead.phone_count, 2);
	assert_int_equal(lead.phones[0].role, PHONE_DEBTOR);
	assert_int_equal(lead.phones[1].role, PHONE_GUARANTOR);
	assert_int_equal(having("+8613900000005").phones[1].role, PHONE_OTHER);
}

static void UPL_roles_with_a_wrong_word(void **state)
{
	(void)state;
	test_campaign();
	assert_int_equal(UPLOAD("phone\n13800000001\n", .roles = "phone2=guarantor"), ERR_SYNTAX);
	says("\"phone2\" is no telephone column of the file; its columns are: phone=phone");
	assert_int_equal(UPLOAD("phone\n13800000001\n", .roles = "phone=uncle"), ERR_SYNTAX);
	says("debtor, guarantor, third_party or other");
	assert_int_equal(UPLOAD("phone\n13800000001\n", .roles = "phone"), ERR_SYNTAX);
	says("phone2=guarantor");
	assert_true(nobody_has("+8613800000001"));
}

/* An agreed callback and roles are both behind the record's end of old. */
static void UPL_roles_stay_when_the_lead_changes(void **state)
{
	struct campaign campaign = test_campaign();
	struct claim_test got;
	struct lead lead;

	(void)state;
	assert_int_equal(UPLOAD("phone,guarantor phone\n13800000001,13800000002\n"), 0);
	start(&campaign);
	got = claim(campaign.id, 1);
	assert_int_equal(got.got, 1);
	finish(&got.attempts[0], OUTCOME_BUSY);
	test_reopen();
	lead = having("+8613800000002");
	assert_int_equal(lead.attempts, 1);
	assert_int_equal(lead.phones[1].role, PHONE_GUARANTOR);
	assert_int_equal(lead.callback_us, 0);
}

static struct explanation explained(const struct campaign *campaign, const char *e164)
{
	struct lead lead = having(e164);
	struct explanation out;

	assert_int_equal(explain_lead(test_store, campaign, &lead, test_now_us, &out), 0);
	return out;
}

/* The guarantor beside the debtor in one row: dialled only when the debtor is lost, whoever's turn it is. */
static void FRQ_3_a_guarantors_number_of_an_upload(void **state)
{
	struct campaign campaign = test_campaign();
	struct ledger_note note = {.person = "D1", .events = EVENT_LOST_CONTACT, .count = 1};
	char pack_why[PACK_WHY_BYTES] = "";
	struct claim_test got;
	uint32_t changed;

	(void)state;
	assert_int_equal(rules_load_builtin(test_store, &changed, pack_why), 0);
	test_right(&campaign);
	strcpy(campaign.rules, "china-collections");
	campaign.purpose = PURPOSE_COLLECTIONS;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		campaign.retry_s[i] = 0;
	campaign.attempts_max = 10;
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(UPLOAD("person,phone,phone2_guarantor\nD1,13800000001,13800000002\n"), 0);
	start(&campaign);
	campaign.state = CAMPAIGN_RUNNING;
	for (int i = 0; i < 4; i++, test_now_us += 600 * SEC_US) { /* numbers take turns, but his does not come */
		got = claim(campaign.id, 1);
		assert_int_equal(got.got, 1);
		assert_string_equal(got.attempts[0].e164, "+8613800000001");
		finish(&got.attempts[0], OUTCOME_NO_ANSWER);
	}
	note.at_us = test_now_us;
	assert_int_equal(ledger_notes(test_store, &note, 1, &changed), 0);
	assert_string_equal(explained(&campaign, "+8613800000001").e164, "+8613800000002");
	got = claim(campaign.id, 1);
	assert_int_equal(got.got, 1);
	assert_string_equal(got.attempts[0].e164, "+8613800000002");
}

#define T(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(UPL_roles_by_title_and_by_word),
		T(UPL_roles_with_a_wrong_word),
		T(UPL_roles_stay_when_the_lead_changes),
		T(FRQ_3_a_guarantors_number_of_an_upload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
