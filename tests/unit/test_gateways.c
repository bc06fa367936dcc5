/* The choice among a trunk's gateways and their rests, as tables; and the text that names them. */
#include "base/clock.h"
#include "base/err.h"
#include "campaigns/campaigns.h"
#include "dialer/gateways.h"
#include "dialer/names.h"
#include "dialer/registration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) ((int)(sizeof(array) / sizeof(array[0])))

static const struct gateway_target three[] = {
	{.ip = "192.0.2.1", .port = 5060, .transport = "udp", .priority = 1, .weight = 1},
	{.ip = "192.0.2.2", .port = 5060, .transport = "udp", .priority = 1, .weight = 3},
	{.ip = "192.0.2.3", .port = 5061, .transport = "tls", .priority = 2, .weight = 1},
};

enum act { PICK, ANY, SILENT, REFUSED, BUSY, HEARD, STATE, PING, PONG, NO_PONG };

/* At `s`: `act` on `slot` with `arg` (PICK: tried; BUSY: Retry-After) gives `result`. PICK rolls the dice 0. */
struct row {
	int s;
	enum act act;
	int slot, arg, result;
};

static int ping(struct gateways *gateways, int64_t now_us)
{
	struct gateway *gateway = gateways_ping(gateways, now_us);

	if (!gateway)
		return -1;
	gateway_pinged(gateway);
	return (int)(gateway - gateways->slots);
}

static int pinged(struct gateways *gateways, struct gateway *gateway, bool heard, int64_t now_us)
{
	int result = heard ? gateway_heard(gateway) : gateway_failed(gateways, gateway, GATEWAY_SILENT, 0, now_us);

	gateway_ping_done(gateways, gateway, heard, now_us);
	return result;
}

static int act(struct gateways *gateways, const struct row *row, int64_t now_us)
{
	struct gateway *gateway = &gateways->slots[row->slot];

	switch (row->act) {
	case PICK:
		return gateways_pick(gateways, (uint32_t)row->arg, now_us, 0);
	case ANY:
		return gateways_pick_any(gateways, now_us, 0);
	case SILENT:
		return gateway_failed(gateways, gateway, GATEWAY_SILENT, 0, now_us);
	case REFUSED:
		return gateway_failed(gateways, gateway, GATEWAY_REFUSED, 0, now_us);
	case BUSY:
		return gateway_failed(gateways, gateway, GATEWAY_BUSY, row->arg * SEC_US, now_us);
	case HEARD:
		return gateway_heard(gateway);
	case STATE:
		return (int)gateways_state(gateways, now_us);
	case PING:
		return ping(gateways, now_us);
	case PONG:
	case NO_PONG:
		return pinged(gateways, gateway, row->act == PONG, now_us);
	}
	return -2;
}

static void play(int targets, int ping_s, const struct row *rows, int count)
{
	struct gateways gateways = {.ping_us = ping_s * SEC_US};

	gateways_set(&gateways, three, targets, 0);
	for (int i = 0; i < count; i++) {
		int result = act(&gateways, &rows[i], rows[i].s * SEC_US);
		if (result != rows[i].result)
			fail_msg("row %d at %d s: %d instead of %d", i, rows[i].s, result, rows[i].result);
	}
}

/* Priority first, then what has not been tried; nothing left is -1. */
static void test_pick_goes_down(void **state)
{
	static const struct row rows[] = {
		{0, PICK, 0, 0, 0}, {0, PICK, 0, 1, 1}, {0, PICK, 0, 3, 2}, {0, PICK, 0, 7, -1}, {0, STATE, 0, 0, GATEWAYS_OPEN}};
	(void)state;

	play(3, 0, rows, LENGTH(rows));
}

/* With another one up, two failures are enough; a probe by a call brings it back, or a longer rest. */
static void test_rest_and_probe_by_call(void **state)
{
	static const struct row rows[] = {
		{0, SILENT, 0, 0, false}, {0, HEARD, 0, 0, false}, {1, SILENT, 0, 0, false}, {2, REFUSED, 0, 0, true},
		{2, PICK, 0, 0, 1}, {3, SILENT, 0, 0, false},                                  /* it rests already */
		{13, PICK, 0, 2 + 4, 0},                                                       /* others first, then the probe */
		{13, REFUSED, 0, 0, true}, {32, PICK, 0, 6, -1}, {33, PICK, 0, 6, 0},          /* twice as long */
		{33, HEARD, 0, 0, true}, {33, PICK, 0, 0, 0}};
	(void)state;

	play(3, 0, rows, LENGTH(rows));
}

/* The only one takes five, and then one probe after the other. */
static void test_the_only_one(void **state)
{
	static const struct row rows[] = {
		{0, SILENT, 0, 0, false}, {0, SILENT, 0, 0, false}, {0, REFUSED, 0, 0, false}, {0, SILENT, 0, 0, false},
		{0, STATE, 0, 0, GATEWAYS_OPEN}, {0, SILENT, 0, 0, true}, {1, STATE, 0, 0, GATEWAYS_SHUT}, {1, PICK, 0, 0, -1},
		{1, ANY, 0, 0, 0}, {10, STATE, 0, 0, GATEWAYS_PROBE}, {10, SILENT, 0, 0, true}, {11, STATE, 0, 0, GATEWAYS_SHUT},
		{20, STATE, 0, 0, GATEWAYS_PROBE}, {20, HEARD, 0, 0, true}, {20, STATE, 0, 0, GATEWAYS_OPEN}};
	(void)state;

	play(1, 0, rows, LENGTH(rows));
}

/* Retry-After counts at once and to the second; 503 without it is about one call. */
static void test_busy(void **state)
{
	static const struct row rows[] = {
		{0, BUSY, 0, 0, false}, {0, BUSY, 0, 0, false}, {0, BUSY, 0, 0, false}, {0, PICK, 0, 0, 0},
		{0, BUSY, 0, 7, true}, {6, PICK, 0, 0, -1}, {7, STATE, 0, 0, GATEWAYS_PROBE},
		{7, BUSY, 0, 1000000, true}, {3606, STATE, 0, 0, GATEWAYS_SHUT}, {3607, STATE, 0, 0, GATEWAYS_PROBE}};
	(void)state;

	play(1, 0, rows, LENGTH(rows));
}

/* With pings no call probes: OPTIONS does, at the end of the rest. */
static void test_pings(void **state)
{
	static const struct row rows[] = {
		{0, PING, 0, 0, 0}, {0, PING, 0, 0, 1}, {0, PING, 0, 0, -1}, {1, PONG, 0, 0, false}, {1, PONG, 1, 0, false},
		{30, PING, 0, 0, -1}, {31, PING, 0, 0, 0}, {36, NO_PONG, 0, 0, false}, {66, PING, 0, 0, 0},
		{66, PING, 0, 0, 1}, {66, PONG, 1, 0, false}, {71, NO_PONG, 0, 0, true}, {71, PICK, 0, 2, -1},
		{80, PING, 0, 0, -1}, {81, STATE, 0, 0, GATEWAYS_OPEN}, {81, PICK, 0, 2, -1}, {81, PING, 0, 0, 0},
		{82, PONG, 0, 0, true}, {82, PICK, 0, 2, 0}};
	(void)state;

	play(2, 30, rows, LENGTH(rows));
}

static void test_weights(void **state)
{
	struct gateways gateways = {0};
	int hits[3] = {0};
	(void)state;

	gateways_set(&gateways, three, 3, 0);
	for (uint32_t dice = 0; dice < 4000; dice++)
		hits[gateways_pick(&gateways, 0, 0, dice)]++;
	assert_int_equal(hits[0], 1000);
	assert_int_equal(hits[1], 3000);
	assert_int_equal(hits[2], 0);
}

/* An address that stays keeps its rest; one that goes takes the slot's name with it. */
static void test_addresses_change(void **state)
{
	struct gateways gateways = {0};
	(void)state;

	gateways_set(&gateways, three, 2, 0);
	uint32_t first = gateways.slots[0].serial, second = gateways.slots[1].serial;
	gateway_failed(&gateways, &gateways.slots[1], GATEWAY_BUSY, 60 * SEC_US, SEC_US);
	gateways_set(&gateways, three + 1, 2, 2 * SEC_US);
	assert_null(gateways_at(&gateways, 0, first));
	assert_ptr_equal(gateways_at(&gateways, 1, second), &gateways.slots[1]);
	assert_true(gateways.slots[1].resting_until_us > 0);
	assert_int_equal(gateways_count(&gateways), 2);
	assert_false(gateways_have(&gateways, "192.0.2.1"));
	assert_true(gateways_have(&gateways, "192.0.2.3"));
	assert_true(gateways_had(&gateways, "192.0.2.1"));
	assert_false(gateways_had(&gateways, "192.0.2.3"));
	gateways_forget(&gateways);
	assert_false(gateways_had(&gateways, "192.0.2.1"));
	gateways_set(&gateways, NULL, 0, 3 * SEC_US);
	assert_int_equal(gateways_state(&gateways, 3 * SEC_US), GATEWAYS_SHUT);
	assert_int_equal(gateways_pick_any(&gateways, 3 * SEC_US, 0), -1);
}

/* A name that leads elsewhere with each answer: the latest addresses are known, and nothing grows. */
static void test_addresses_without_end(void **state)
{
	struct gateways gateways = {0};
	struct gateway_target target = {.port = 5060, .transport = "udp"};
	(void)state;

	for (int i = 0; i < 100; i++) {
		snprintf(target.ip, sizeof(target.ip), "192.0.2.%d", i);
		gateways_set(&gateways, &target, 1, i * SEC_US);
	}
	assert_false(gateways_had(&gateways, "192.0.2.99")); /* it is one */
	assert_true(gateways_had(&gateways, "192.0.2.98"));
	assert_true(gateways_had(&gateways, "192.0.2.67"));
	assert_false(gateways_had(&gateways, "192.0.2.66"));
}

/* --- text */

static void test_gateway_text(void **state)
{
	static const struct {
		const char *text, *printed; /* NULL: refused */
	} rows[] = {
		{"192.0.2.1", "sip:192.0.2.1;transport=udp"},
		{"SIP:192.0.2.1:5070;transport=tcp", "sip:192.0.2.1:5070;transport=tcp"},
		{"sip:[2001:db8::1]:5061;transport=tls", "sip:[2001:db8::1]:5061;transport=tls"},
		{"sip:carrier.example;transport=tls;priority=2;weight=0",
			"sip:carrier.example;transport=tls;priority=2;weight=0"},
		{"carrier.example", "sip:carrier.example"},
		{"", NULL},
		{"sip:", NULL},
		{"192.0.2.256", NULL},
		{"1.2.3", NULL},
		{"a..example", NULL},
		{"carrier.example:0", NULL},
		{"[192.0.2.1]:5060", NULL},
		{"carrier.example;transport=sctp", NULL},
		{"carrier.example;priority=0", NULL},
		{"carrier.example;lr", NULL},
		{"user@carrier.example", NULL},
		{"[2001:db8::1", NULL},
	};
	(void)state;

	for (int i = 0; i < LENGTH(rows); i++) {
		struct trunk_gateway gateway;
		char why[WHY_BYTES] = "", printed[GATEWAY_TEXT_BYTES] = "";
		int err = gateway_parse(rows[i].text, &gateway, why);
		if (!err)
			gateway_print(&gateway, printed, sizeof(printed));
		if (rows[i].printed ? err || strcmp(printed, rows[i].printed) : !err || !*why)
			fail_msg("\"%s\" became \"%s\" (%s)", rows[i].text, printed, why);
	}
}

static void test_gateway_list(void **state)
{
	struct trunk trunk = {.host = "192.0.2.9", .port = 5060, .transport = "tcp"};
	char why[WHY_BYTES];
	(void)state;

	assert_int_equal(trunk_gateways(&trunk), 1);
	assert_string_equal(trunk_gateway(&trunk, 0).host, "192.0.2.9");
	assert_string_equal(trunk_gateway(&trunk, 0).transport, "tcp");
	assert_int_equal(gateways_parse("a.example, b.example;priority=2 192.0.2.1", &trunk, why), 0);
	assert_int_equal(trunk_gateways(&trunk), 3);
	assert_string_equal(trunk_gateway(&trunk, 2).host, "192.0.2.1");
	assert_int_equal(gateways_parse(" ,", &trunk, why), ERR_RANGE);
	assert_int_equal(gateways_parse("1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7,1.1.1.8,1.1.1.9", &trunk, why),
		ERR_RANGE);
	assert_int_equal(trunk_gateways(&trunk), 3);
}

/* --- registration */

/* At `s` an answer comes (0: none): then the next REGISTER is due at `next_s`, and it is registered or not. */
static void test_registration(void **state)
{
	static const struct {
		int s, code;
		uint32_t expires_s, min_expires_s, retry_after_s;
		int next_s;
		bool holds;
	} rows[] = {
		{0, 401, 0, 0, 0, 30, false}, {30, 403, 0, 0, 0, 90, false}, {90, 503, 0, 0, 7, 97, false},
		{97, 423, 0, 900, 0, 97, false}, {97, 200, 0, 0, 0, 97 + 720, true}, {817, 200, 100, 0, 0, 897, true},
		{897, 408, 0, 0, 0, 927, true}, {927, 408, 0, 0, 0, 987, false}, {987, 200, 50, 0, 0, 1027, true},
		{1027, 500, 0, 0, 90000, 1027 + 1800, true},
	};
	struct registration registration = {0};
	(void)state;

	assert_false(registration_due(&registration, 0));
	registration_want(&registration, 600, 0);
	for (int i = 0; i < LENGTH(rows); i++) {
		struct registration_answer answer = {
			rows[i].code, rows[i].expires_s, rows[i].min_expires_s, rows[i].retry_after_s};
		int64_t now_us = rows[i].s * SEC_US;
		assert_true(registration_due(&registration, now_us));
		assert_int_equal(registration_sent(&registration), 2 * i + 1);
		assert_false(registration_due(&registration, now_us));
		registration_done(&registration, &answer, now_us);
		assert_int_equal(registration.next_us, rows[i].next_s * SEC_US);
		assert_int_equal(registration_holds(&registration, now_us), rows[i].holds);
	}
	registration_want(&registration, 0, 2000 * SEC_US);
	assert_false(registration_holds(&registration, 2000 * SEC_US) || registration_due(&registration, 9000 * SEC_US));
}

/* --- names */

static void test_least_ttl(void **state)
{
	/* carrier.test A, twice, 300 s and 60 s to live */
	static const unsigned char message[] = {0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 7, 'c', 'a', 'r', 'r', 'i', 'e', 'r', 4,
		't', 'e', 's', 't', 0, 0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1, 0xc0, 12, 0, 1, 0, 1, 0,
		0, 0, 60, 0, 4, 192, 0, 2, 2};
	(void)state;

	assert_int_equal(names_ttl(message, sizeof(message)), 60);
	for (size_t bytes = 0; bytes < sizeof(message); bytes++)
		assert_int_equal(names_ttl(message, bytes), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pick_goes_down),
		cmocka_unit_test(test_rest_and_probe_by_call),
		cmocka_unit_test(test_the_only_one),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_pings),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_addresses_change),
		cmocka_unit_test(test_addresses_without_end),
		cmocka_unit_test(test_gateway_text),
		cmocka_unit_test(test_gateway_list),
		cmocka_unit_test(test_registration),
		cmocka_unit_test(test_least_ttl),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
