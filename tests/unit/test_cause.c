/* What final responses say: Q.850 causes, 603+ told apart from 603, redress of a block, who was reached. */
#include "campaigns/campaigns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	int code;
	const char *phrase, *reason, *call_info;
	unsigned q850;
	bool blocked;
	const char *redress;
	enum outcome outcome;
} cases[] = {
	{486, "Busy Here", "Q.850;cause=17;text=\"User busy\"", NULL, 17, false, "", OUTCOME_BUSY},
	{503, "x", "SIP;cause=503, Q.850 ; cause = 34 ;text=\"a, b;cause=1\"", NULL, 34, false, "", OUTCOME_CONGESTION},
	{404, "x", "q.850;text=\"cause=9\";cause=\"1\"", NULL, 1, false, "", OUTCOME_DEAD_NUMBER},
	{404, "x", "Q.850;cause=128, Q.850;cause=x, Q.850;cause=", NULL, 0, false, "", OUTCOME_DEAD_NUMBER},
	{603, "Decline", "", NULL, 0, false, "", OUTCOME_REJECTED},
	{603, "Network Blocked", NULL, NULL, 0, true, "", OUTCOME_BLOCKED},
	{603, "Network Blocked",
		"SIP;cause=603;text=\"v=analytics1;url=https://r.example/a?b=c;tel=+12155551212;email=r@r.example\";location=TN",
		NULL, 0, true, "url=https://r.example/a?b=c tel=+12155551212 email=r@r.example", OUTCOME_BLOCKED},
	{603, "Decline", "Q.850;cause=21;location=RLN, SIP;cause=603;text=\"v=analytics1;tel=+1\"", NULL, 21, true, "tel=+1",
		OUTCOME_BLOCKED},
	{603, "Decline", "SIP;cause=603;text=\"I do not want to\"", NULL, 0, false, "", OUTCOME_REJECTED},
	{486, "x", "SIP;cause=603;text=\"v=analytics1;tel=+1\"", NULL, 0, false, "", OUTCOME_BUSY},
	{607, "Unwanted", NULL, NULL, 0, false, "", OUTCOME_UNWANTED},
	{608, "Rejected", NULL, "<https://block.example.net/complaint-jws>;purpose=jwscard", 0, false,
		"url=https://block.example.net/complaint-jws", OUTCOME_FILTERED},
	{608, "Rejected", NULL, "<https://", 0, false, "", OUTCOME_FILTERED},
	{603, "Network Blocked", "SIP;text=\"v=1;url=a\tb;tel=", NULL, 0, true, "", OUTCOME_BLOCKED},
};

static void test_causes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cause cause;

		cause_read(cases[i].code, cases[i].phrase, cases[i].reason, cases[i].call_info, &cause);
		if (cause.q850 != cases[i].q850 || cause.blocked != cases[i].blocked ||
			strcmp(cause.redress, cases[i].redress) != 0)
			fail_msg("%zu: q850 %u blocked %d redress \"%s\"", i, cause.q850, cause.blocked, cause.redress);
		assert_int_equal(outcome_of_sip(cases[i].code, cases[i].phrase, cases[i].reason), cases[i].outcome);
	}
}

static void test_long_redress(void **state)
{
	char reason[600] = "SIP;cause=603;text=\"v=analytics1;url=https://";
	struct cause cause;
	(void)state;

	memset(reason + strlen(reason), 'x', 300);
	strcat(reason, ";tel=+1215\"");
	cause_read(603, "Network Blocked", reason, NULL, &cause);
	assert_string_equal(cause.redress, "tel=+1215"); /* what does not fit is left out whole */
}

static void test_reached(void **state)
{
	static const struct {
		const char *asserted, *privacy, *number;
	} numbers[] = {
		{"\"Ann, tel:911\" <sip:+8613800138000@net.example;user=phone>", "", "+8613800138000"},
		{"<sip:+8613800138000@net.example>", NULL, "+8613800138000"},
		{"tel:+441134960000", "", "+441134960000"},
		{"<sip:alice@net.example>", "", ""},
		{"<sip:+8613800138000@net.example>", "id;critical", ""},
		{"<sip:+12345678901234567890123@x>", "", ""},
		{"", "", ""},
		{NULL, NULL, ""},
	};
	char out[CAUSE_NUMBER_BYTES];
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		cause_number(numbers[i].asserted, numbers[i].privacy, out);
		assert_string_equal(out, numbers[i].number);
	}
	assert_true(cause_diverted("<sip:1@x>;reason=no-answer"));
	assert_true(cause_diverted("<sip:1@x>;index=1,<sip:2@x;cause=302>;index=1.1"));
	assert_false(cause_diverted("<sip:1@x>;index=1"));
	assert_false(cause_diverted(""));
	assert_false(cause_diverted(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_long_redress),
		cmocka_unit_test(test_reached),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
