/* test_dialer_parts.c - gate, keys, allow lists */
#include "base/clock.h"
#include "dialer/allow.h"
#include "dialer/gate.h"
#include "dialer/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct trunk trunk = {
	.name = "t", .host = "192.0.2.1", .port = 5060, .transport = "udp", .calls_max = 10, .cps_max = 4};

static void test_gate_rate_and_lines(void **state)
{
	struct gate gate = {0};
	int64_t now_us = SEC_US;
	uint32_t placed = 0;
	(void)state;

	gate_configure(&gate, &trunk, now_us);
	assert_true(gate_tokens(&gate, now_us) == 1);
	now_us += 10 * SEC_US;
	assert_true(gate_tokens(&gate, now_us) == 4); /* one second deep, no more */
	for (int ms = 0; ms < 10000; ms++) {
		now_us += MS_US;
		if (gate_tokens(&gate, now_us) >= 1 && gate_lines_free(&gate, now_us)) {
			gate_reserve(&gate, 1, now_us);
			placed++;
			gate_release(&gate);
		}
	}
	assert_in_range(placed, 43, 44);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(gate_lines_free(&gate, now_us), 10 - i);
		gate_reserve(&gate, 1, now_us);
	}
	assert_int_equal(gate_lines_free(&gate, now_us), 0);
	gate_return(&gate, 3);
	assert_int_equal(gate_lines_free(&gate, now_us), 3);
}

/* A call of which its only gateway said nothing. */
static bool silent(struct gate *gate, int64_t now_us)
{
	bool rests = gateway_failed(&gate->gateways, &gate->gateways.slots[0], GATEWAY_SILENT, 0, now_us);

	gate_settled(gate);
	gate_release(gate);
	return rests;
}

static void test_gate_rests_and_probes(void **state)
{
	struct gate gate = {0};
	int64_t now_us = SEC_US;
	(void)state;

	gate_configure(&gate, &trunk, now_us);
	gate_reserve(&gate, 8, now_us);
	for (int i = 1; i < GATEWAY_STREAK; i++)
		assert_false(silent(&gate, now_us));
	assert_true(silent(&gate, now_us));
	assert_int_equal(gate_lines_free(&gate, now_us), 0);
	assert_true(gate_resting(&gate));
	now_us += GATEWAY_REST_US;
	assert_int_equal(gate_lines_free(&gate, now_us), 1); /* one probe */
	gate_reserve(&gate, 1, now_us);
	assert_int_equal(gate_lines_free(&gate, now_us), 0);
	assert_true(silent(&gate, now_us)); /* dead still: rests again */
	now_us += GATEWAY_REST_US;
	gate_reserve(&gate, 1, now_us);
	assert_true(gateway_heard(&gate.gateways.slots[0]));
	gate_settled(&gate);
	assert_int_equal(gate_lines_free(&gate, now_us), 6);
}

static enum key_action press(struct keys *keys, const char *text, char *digit)
{
	enum key_action last = KEY_NONE;

	for (; *text; text++)
		last = keys_step(keys, *text, digit);
	return last;
}

/* Its trunk was silent and has rested, and one probe is out. Now. */
static int64_t probed(struct gate *gate)
{
	int64_t now_us = SEC_US;

	gate_configure(gate, &trunk, now_us);
	gate_reserve(gate, GATEWAY_STREAK, now_us);
	for (int i = 0; i < GATEWAY_STREAK; i++)
		silent(gate, now_us);
	now_us += GATEWAY_REST_US;
	gate_reserve(gate, 1, now_us);
	return now_us;
}

/* Three answers in a row that are of no use: nothing for a while, then one call at a time; a good one opens it, so does another --srtp. */
static void test_gate_rests_after_unusable_answers(void **state)
{
	struct gate gate = {0};
	struct trunk other = trunk;
	int64_t now_us = SEC_US;
	(void)state;

	gate_configure(&gate, &trunk, now_us);
	gate_reserve(&gate, 4, now_us);
	assert_false(gate_answered(&gate, false, now_us));
	assert_false(gate_answered(&gate, true, now_us));
	for (int i = 1; i < GATE_UNUSABLE; i++)
		assert_false(gate_answered(&gate, false, now_us));
	assert_true(gate_answered(&gate, false, now_us));
	assert_int_equal(gate_lines_free(&gate, now_us), 0);
	assert_true(gate_resting(&gate) && gate_resting_until_us(&gate) == now_us + GATE_UNUSABLE_REST_US);
	assert_false(gate_answered(&gate, false, now_us + SEC_US)); /* one that was out already */
	now_us += GATE_UNUSABLE_REST_US;
	assert_int_equal(gate_lines_free(&gate, now_us), 0); /* others are out still */
	for (int i = 0; i < 4; i++)
		gate_release(&gate);
	assert_int_equal(gate_lines_free(&gate, now_us), 1);
	gate_reserve(&gate, 1, now_us);
	gate_settled(&gate); /* it rings */
	assert_int_equal(gate_lines_free(&gate, now_us), 0);
	assert_true(gate_answered(&gate, false, now_us)); /* no better */
	gate_release(&gate);
	assert_false(gate_resume(&gate, now_us));
	now_us += GATE_UNUSABLE_REST_US;
	gate_reserve(&gate, 1, now_us);
	gate_settled(&gate);
	assert_false(gate_answered(&gate, true, now_us));
	assert_false(gate_resting(&gate));
	for (int i = 0; i < GATE_UNUSABLE; i++)
		gate_answered(&gate, false, now_us);
	gate_configure(&gate, &trunk, now_us);
	assert_true(gate_resting(&gate));
	other.srtp = SRTP_OPTIONAL;
	gate_configure(&gate, &other, now_us);
	assert_false(gate_resting(&gate));
}

/* A probe that we could not place says nothing about the trunk: the next one may try. */
static void test_gate_probe_unplaced(void **state)
{
	struct gate gate = {0};
	int64_t now_us = probed(&gate);
	(void)state;

	gate_unplaced(&gate);
	assert_int_equal(gate.calls, 0);
	assert_int_equal(gate_lines_free(&gate, now_us), 1);
}

/*
 * An agent looks at a lead for a minute: a trunk that has rested is probed by others meanwhile, or by this call once it is
 * dialled.
 */
static void test_gate_preview_is_no_probe(void **state)
{
	struct gate gate = {0};
	int64_t now_us = probed(&gate);
	(void)state;

	gate_postpone(&gate);
	assert_int_equal(gate_lines_free(&gate, now_us), 1); /* the preview holds a line, not the probe */
	gate_reserve(&gate, 1, now_us);
	now_us += SEC_US;
	assert_false(gate_resume(&gate, now_us)); /* one probe at a time */
	gate_release(&gate);                      /* skipped: the other's probe is out still */
	assert_int_equal(gate_lines_free(&gate, now_us), 0);
	gate_unplaced(&gate);
	gate_reserve(&gate, 1, now_us);
	gate_postpone(&gate);
	assert_true(gate_resume(&gate, now_us));
	assert_int_equal(gate_lines_free(&gate, now_us), 0);
	assert_true(gateway_heard(&gate.gateways.slots[0]));
	gate_settled(&gate);
	gate_release(&gate);
	assert_int_equal(gate_lines_free(&gate, now_us), 10);
}

static void test_keys(void **state)
{
	struct keys keys = {0};
	char digit = 0;
	(void)state;

	assert_int_equal(press(&keys, "#1", &digit), KEY_DISPOSITION);
	assert_int_equal(digit, '1');
	assert_int_equal(press(&keys, "9", &digit), KEY_NONE); /* a digit alone is for the called */
	assert_int_equal(press(&keys, "*#9", &digit), KEY_DISPOSITION);
	assert_int_equal(digit, '9');
	assert_int_equal(press(&keys, "#0", &digit), KEY_DISPOSITION);
	assert_int_equal(digit, '0');
	assert_int_equal(press(&keys, "##", &digit), KEY_NONE);
	assert_int_equal(press(&keys, "*", &digit), KEY_NONE);
	assert_int_equal(press(&keys, "*1", &digit), KEY_READY);
	assert_int_equal(press(&keys, "**2", &digit), KEY_PAUSE);
	assert_int_equal(press(&keys, "*3", &digit), KEY_HANGUP);
	assert_int_equal(press(&keys, "*4", &digit), KEY_DIAL);
	assert_int_equal(press(&keys, "*5", &digit), KEY_SKIP);
	assert_int_equal(press(&keys, "*6", &digit), KEY_RECORD_PAUSE);
	assert_int_equal(press(&keys, "*7", &digit), KEY_RECORD_RESUME);
	assert_int_equal(press(&keys, "*8", &digit), KEY_DISPOSITION);
	assert_string_equal(disposition_by_digit(digit)->name, "personal_callback");
	assert_int_equal(press(&keys, "*9", &digit), KEY_NONE);
	assert_int_equal(press(&keys, "1", &digit), KEY_NONE);
}

static void test_allow(void **state)
{
	(void)state;
	assert_true(allow_match("any", "192.0.2.1"));
	assert_true(allow_match("198.51.100.7, 192.0.2.0/24", "192.0.2.200"));
	assert_false(allow_match("192.0.2.0/25", "192.0.2.200"));
	assert_true(allow_match("0.0.0.0/0", "203.0.113.9"));
	assert_false(allow_match("0.0.0.0/0", "2001:db8::1"));
	assert_true(allow_match("10.0.0.1,2001:db8::/32", "2001:db8:1::1"));
	assert_false(allow_match("", "192.0.2.1"));
	assert_false(allow_match("192.0.2.1/33, nonsense, /", "192.0.2.1"));
	assert_false(allow_match("any", "not an address"));
	assert_true(allow_valid("any") && allow_valid("192.0.2.1, 10.0.0.0/8,2001:db8::/32"));
	assert_false(allow_valid("") || allow_valid(" ,") || allow_valid("10.0.0.0/33") || allow_valid("192.0.2.1,office") ||
		     allow_valid("any/0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gate_rate_and_lines),
		cmocka_unit_test(test_gate_rests_and_probes),
		cmocka_unit_test(test_gate_rests_after_unusable_answers),
		cmocka_unit_test(test_gate_probe_unplaced),
		cmocka_unit_test(test_gate_preview_is_no_probe),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_allow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
