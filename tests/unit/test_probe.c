/* test_probe.c - packets that carry the time of their sending: delay, jitter, loss and order as one listener counts them */
#include "media/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <string.h>

#define BYTES 160

struct wire {
	struct probe sender, listener;
	struct media_probe heard;
	int64_t now_us;
};

static void wire_init(struct wire *wire)
{
	memset(wire, 0, sizeof(*wire));
	wire->sender.self = 7;
	wire->now_us = INT64_C(1700000000000000);
}

static void wire_mark(struct wire *wire, uint8_t *payload)
{
	memset(payload, 0xd5, BYTES);
	probe_mark(&wire->sender, payload, wire->now_us);
	wire->now_us += 20000;
}

static void wire_hear(struct wire *wire, const uint8_t *payload, int64_t arrival_us)
{
	probe_hear(&wire->listener, payload, BYTES, arrival_us, &wire->heard);
}

static void wire_pass(struct wire *wire, int64_t delay_us)
{
	uint8_t payload[BYTES];
	int64_t sent_us = wire->now_us;

	wire_mark(wire, payload);
	wire_hear(wire, payload, sent_us + delay_us);
}

static void delay_and_jitter_are_those_of_each_packet(void **state)
{
	struct wire wire;

	(void)state;
	wire_init(&wire);
	for (int i = 0; i < 1000; i++)
		wire_pass(&wire, i % 100 == 99 ? 9000 : 1000);
	assert_int_equal(wire.heard.packets, 1000);
	assert_int_equal(wire.heard.lost, 0);
	assert_in_range(hist_at(&wire.heard.delay_us, 0.5), 1000, 1032);
	assert_int_equal(wire.heard.delay_us.max, 9000);
	assert_in_range(hist_at(&wire.heard.delay_us, 0.995), 8700, 9000);
	assert_int_equal(wire.heard.jitter_us.count, 999);
	assert_int_equal(wire.heard.jitter_us.max, 8000);
	assert_int_equal(hist_at(&wire.heard.jitter_us, 0.97), 0);
}

static void what_is_missing_is_lost_until_it_comes_late(void **state)
{
	struct wire wire;
	uint8_t gone[BYTES], late[BYTES];

	(void)state;
	wire_init(&wire);
	wire_pass(&wire, 1000);
	for (int i = 0; i < 3; i++)
		wire_mark(&wire, gone);
	wire_mark(&wire, late);
	wire_pass(&wire, 1000);
	assert_int_equal(wire.heard.lost, 4);
	assert_int_equal(wire.heard.lost_run.count, 1);
	assert_int_equal(wire.heard.lost_run.max, 4);
	wire_hear(&wire, late, wire.now_us);
	assert_int_equal(wire.heard.lost, 3);
	assert_int_equal(wire.heard.late, 1);
	wire_hear(&wire, late, wire.now_us);
	assert_int_equal(wire.heard.packets, 3);
}

static void another_sender_begins_afresh(void **state)
{
	struct wire wire;

	(void)state;
	wire_init(&wire);
	for (int i = 0; i < 10; i++)
		wire_pass(&wire, 1000);
	wire.sender.self = 8;
	wire.sender.next = 500;
	wire_pass(&wire, 50000);
	wire_pass(&wire, 50000);
	assert_int_equal(wire.heard.lost, 0);
	assert_int_equal(wire.heard.packets, 12);
	assert_int_equal(wire.heard.jitter_us.max, 0);
}

static void numbers_go_round(void **state)
{
	struct wire wire;

	(void)state;
	wire_init(&wire);
	for (int i = 0; i < 140000; i++)
		wire_pass(&wire, 1000);
	assert_int_equal(wire.heard.packets, 140000);
	assert_int_equal(wire.heard.lost, 0);
}

static void a_payload_without_a_mark_is_passed_over(void **state)
{
	struct wire wire;
	uint8_t payload[BYTES];

	(void)state;
	wire_init(&wire);
	memset(payload, 0xd5, sizeof(payload));
	wire_hear(&wire, payload, wire.now_us);
	wire_mark(&wire, payload);
	probe_hear(&wire.listener, payload, PROBE_BYTES - 1, wire.now_us, &wire.heard);
	assert_int_equal(wire.heard.packets, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delay_and_jitter_are_those_of_each_packet),
		cmocka_unit_test(what_is_missing_is_lost_until_it_comes_late),
		cmocka_unit_test(another_sender_begins_afresh),
		cmocka_unit_test(numbers_go_round),
		cmocka_unit_test(a_payload_without_a_mark_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
