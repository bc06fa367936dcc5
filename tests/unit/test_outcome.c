/* test_outcome.c - the tables of outcomes and dispositions, and the retry decision */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "campaigns/outcome.h"
#include "campaigns/retry.h"

#include <string.h>

static void tables_are_whole(void **state)
{
	(void)state;
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		const struct outcome_facts *facts = outcome_facts((enum outcome)i);

		assert_non_null(facts->name);
		assert_true(strlen(facts->sentence) > 5);
		assert_int_equal(outcome_by_name(facts->name), i);
		assert_true(facts->live || !facts->abandoned); /* the numerator is part of the denominator */
		assert_true(facts->retry_s >= 0);
	}
	assert_int_equal(outcome_by_name("nonsense"), OUTCOME_COUNT);
	assert_string_equal(outcome_facts((enum outcome)999)->name, "none");
	assert_string_equal(outcome_facts((enum outcome) - 1)->name, "none");
}

/* Stored as numbers: a store of today must mean the same tomorrow. */
static void numbers_do_not_move(void **state)
{
	(void)state;
	assert_int_equal(OUTCOME_CONNECTED, 1);
	assert_int_equal(OUTCOME_MACHINE, 5);
	assert_int_equal(OUTCOME_UNKNOWN_CRASH, 19);
	assert_int_equal(OUTCOME_VOICEMAIL, 20);
}

static void sip_codes(void **state)
{
	static const struct {
		int code;
		const char *phrase, *reason;
		enum outcome outcome;
	} cases[] = {
		{486, "Busy Here", "", OUTCOME_BUSY},
		{600, "Busy Everywhere", "", OUTCOME_BUSY},
		{404, "Not Found", "", OUTCOME_DEAD_NUMBER},
		{410, "Gone", "", OUTCOME_DEAD_NUMBER},
		{484, "", "", OUTCOME_DEAD_NUMBER},
		{604, "", "", OUTCOME_DEAD_NUMBER},
		{408, "", "", OUTCOME_NO_ANSWER},
		{480, "", "", OUTCOME_NO_ANSWER},
		{487, "", "", OUTCOME_NO_ANSWER},
		{603, "Decline", "", OUTCOME_REJECTED},
		{603, "Network Blocked", "", OUTCOME_BLOCKED},
		{603, "Decline", "SIP;cause=603;text=\"v=analytics1;url=https://x.example\";location=LN", OUTCOME_BLOCKED},
		{603, NULL, NULL, OUTCOME_REJECTED},
		{607, "Unwanted", "", OUTCOME_UNWANTED},
		{608, "Rejected", "", OUTCOME_FILTERED},
		{401, "", "", OUTCOME_TRUNK_REFUSED},
		{403, "", "", OUTCOME_TRUNK_REFUSED},
		{407, "", "", OUTCOME_TRUNK_REFUSED},
		{488, "", "", OUTCOME_TRUNK_REFUSED},
		{606, "", "", OUTCOME_TRUNK_REFUSED},
		{500, "", "", OUTCOME_CONGESTION},
		{503, "", "", OUTCOME_CONGESTION},
		{302, "", "", OUTCOME_CONGESTION},
		{420, "", "", OUTCOME_CONGESTION},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (outcome_of_sip(cases[i].code, cases[i].phrase, cases[i].reason) != cases[i].outcome)
			fail_msg("%d %s", cases[i].code, cases[i].phrase);
}

static void dispositions(void **state)
{
	(void)state;
	for (char digit = '0'; digit <= '9'; digit++) {
		const struct disposition *disposition = disposition_by_digit(digit);

		assert_non_null(disposition);
		assert_ptr_equal(disposition_by_name(disposition->name), disposition);
	}
	assert_null(disposition_by_digit('*'));
	assert_int_equal(disposition_by_digit('0')->effect, DISPOSITION_MACHINE);
	assert_null(disposition_by_name(""));
	assert_int_equal(disposition_by_digit('9')->effect, DISPOSITION_DNC);
	assert_int_equal(disposition_by_digit('4')->effect, DISPOSITION_RETRY);
	assert_int_equal(disposition_by_digit('5')->effect, DISPOSITION_NUMBER_DEAD);
}

static struct campaign campaign_of(uint32_t attempts_max)
{
	struct campaign campaign = {.attempts_max = attempts_max};

	for (int i = 0; i < OUTCOME_COUNT; i++)
		campaign.retry_s[i] = outcome_facts((enum outcome)i)->retry_s;
	return campaign;
}

static struct lead lead_of(uint32_t phones)
{
	static const char *const numbers[] = {"+861", "+862", "+863"};
	struct lead lead = {.state = LEAD_ACTIVE, .phone_count = phones};

	for (uint32_t i = 0; i < phones; i++)
		strcpy(lead.phones[i].e164, numbers[i]);
	return lead;
}

static struct attempt attempt_of(enum outcome outcome, const char *e164, const char *disposition)
{
	struct attempt attempt = {.outcome = outcome, .invite_us = 1, .end_us = 1000 * SEC_US};

	strcpy(attempt.e164, e164);
	strcpy(attempt.disposition, disposition);
	return attempt;
}

static struct lead after(
	struct campaign campaign, struct lead lead, enum outcome outcome, const char *e164, const char *disposition)
{
	struct attempt attempt = attempt_of(outcome, e164, disposition);

	retry_after(&campaign, &attempt, &lead);
	return lead;
}

static void retry_delays(void **state)
{
	struct campaign campaign = campaign_of(3);
	struct lead lead = after(campaign, lead_of(1), OUTCOME_BUSY, "+861", "");

	(void)state;
	assert_int_equal(lead.state, LEAD_READY);
	assert_int_equal(lead.due_us, (1000 + campaign.retry_s[OUTCOME_BUSY]) * SEC_US);
	assert_int_equal(lead.attempts, 1);
	assert_int_equal(lead.last_outcome, OUTCOME_BUSY);
	campaign.retry_s[OUTCOME_BUSY] = -1;
	assert_int_equal(after(campaign, lead_of(1), OUTCOME_BUSY, "+861", "").state, LEAD_DONE);
	lead.attempts = 2;
	assert_int_equal(after(campaign_of(3), lead, OUTCOME_NO_ANSWER, "+861", "").state, LEAD_DONE);
	assert_int_equal(after(campaign_of(3), lead_of(1), OUTCOME_CONNECTED, "+861", "paid").state, LEAD_DONE);
}

static void retry_after_a_crash(void **state)
{
	struct campaign campaign = campaign_of(3);

	(void)state;
	campaign.retry_s[OUTCOME_UNKNOWN_CRASH] = 60;
	assert_true(after(campaign, lead_of(1), OUTCOME_UNKNOWN_CRASH, "+861", "").due_us >= (1000 + 72 * 3600) * SEC_US);
	assert_int_equal(after(campaign, lead_of(1), OUTCOME_UNKNOWN_CRASH, "+861", "").attempts, 1);
	campaign.retry_s[OUTCOME_SKIPPED] = 60;
	assert_int_equal(after(campaign, lead_of(1), OUTCOME_SKIPPED, "+861", "").attempts, 0);
	assert_int_equal(after(campaign, lead_of(1), OUTCOME_SKIPPED, "+861", "").state, LEAD_READY);
	campaign.retry_s[OUTCOME_ABANDONED] = 60;
	assert_true(after(campaign, lead_of(1), OUTCOME_ABANDONED, "+861", "").due_us >= (1000 + 72 * 3600) * SEC_US);
	campaign.retry_s[OUTCOME_ABANDONED] = -1;
	assert_int_equal(after(campaign, lead_of(1), OUTCOME_ABANDONED, "+861", "").state, LEAD_DONE);
}

static void retry_turns(void **state)
{
	struct lead lead = after(campaign_of(9), lead_of(3), OUTCOME_NO_ANSWER, "+861", "");

	(void)state;
	assert_int_equal(lead.phone_next, 1);
	lead = after(campaign_of(9), lead, OUTCOME_DEAD_NUMBER, "+862", "");
	assert_true(lead.phones[1].dead);
	assert_int_equal(lead.phone_next, 2);
	lead = after(campaign_of(9), lead, OUTCOME_FAX, "+863", "");
	assert_int_equal(lead.phone_next, 0);
	assert_int_equal(lead.state, LEAD_READY);
	lead = after(campaign_of(9), lead, OUTCOME_CONNECTED, "+861", "wrong_number");
	assert_int_equal(lead.state, LEAD_DONE);
	assert_true(lead.phones[0].dead);
}

static void retry_dispositions(void **state)
{
	struct lead lead = after(campaign_of(9), lead_of(2), OUTCOME_CONNECTED, "+861", "wrong_number");
	struct attempt attempt = attempt_of(OUTCOME_CONNECTED, "+861", "callback");
	struct campaign campaign = campaign_of(9);

	(void)state;
	assert_int_equal(lead.state, LEAD_READY);
	assert_int_equal(lead.phone_next, 1);
	assert_int_equal(after(campaign_of(9), lead_of(2), OUTCOME_CONNECTED, "+861", "do_not_call").state, LEAD_DONE);
	lead = after(campaign, lead_of(1), OUTCOME_CONNECTED, "+861", "");
	retry_dispose(&campaign, &attempt, &lead);
	assert_int_equal(lead.state, LEAD_READY);
	assert_int_equal(lead.attempts, 1);
	assert_int_equal(lead.due_us, (1000 + RETRY_CALLBACK_S) * SEC_US);
}

static void unsent_is_no_attempt(void **state)
{
	struct campaign campaign = campaign_of(1);
	struct attempt attempt = attempt_of(OUTCOME_CANCELLED, "+861", "");
	struct lead lead = lead_of(2);

	(void)state;
	attempt.invite_us = 0;
	retry_after(&campaign, &attempt, &lead);
	assert_int_equal(lead.attempts, 0);
	assert_int_equal(lead.state, LEAD_READY);
	assert_int_equal(lead.phone_next, 0);
	attempt.invite_us = 5;
	retry_after(&campaign, &attempt, &lead);
	assert_int_equal(lead.attempts, 1);
	assert_int_equal(lead.state, LEAD_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(tables_are_whole), cmocka_unit_test(numbers_do_not_move),
		cmocka_unit_test(sip_codes), cmocka_unit_test(dispositions), cmocka_unit_test(retry_delays),
		cmocka_unit_test(retry_after_a_crash), cmocka_unit_test(retry_turns), cmocka_unit_test(retry_dispositions),
		cmocka_unit_test(unsent_is_no_attempt)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
