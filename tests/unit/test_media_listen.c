/* test_media_listen.c - the classifier's clock: packets cut, lost, delayed or missing altogether; no thread, no socket, fake time
 */
#include "media/g711.h"
#include "media/stream.h"
#include "tests/unit/test_amd_synth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <string.h>

#define T0 INT64_C(1790000000000000)

struct bench {
	struct worker worker;
	struct stream stream;
	uint8_t quiet[480];
};

static struct bench bench;

/* A silent line is called SILENCE after `silence_ms`: the event's now_ms tells how many frames were fed. */
static void bench_start(uint32_t silence_ms)
{
	struct amd_options options = {.law = AMD_ULAW, .silence_ms_max = silence_ms, .decide_ms_max = 6000, .ring_ms = -1};

	memset(&bench, 0, sizeof(bench));
	memset(bench.quiet, 0xff, sizeof(bench.quiet));
	assert_int_equal(spsc_init(&bench.worker.events, 64, sizeof(struct media_event)), 0);
	bench.worker.now_us = T0;
	bench.stream.worker = &bench.worker;
	bench.stream.handle = 1;
	g711_init();
	listen_start(&bench.stream, &options);
}

static void bench_end(void)
{
	spsc_fini(&bench.worker.events);
}

static void packet(int64_t ms, uint16_t gap, size_t bytes, uint32_t ts)
{
	bench.worker.now_us = T0 + ms * 1000;
	bench.stream.source.gap = gap;
	listen_packet(&bench.stream, bench.quiet, bytes, AMD_ULAW, ts);
}

static void turn(int64_t ms)
{
	bench.worker.now_us = T0 + ms * 1000;
	listen_turn(&bench.stream);
}

static bool verdict(struct media_event *event)
{
	while (spsc_take(&bench.worker.events, event)) {
		if (event->kind == MEDIA_EV_AMD && event->amd.kind == AMD_EV_VERDICT)
			return true;
	}
	return false;
}

static void test_plain_frames(void **state)
{
	struct media_event event;
	int64_t i = 0;

	(void)state;
	bench_start(400);
	while (!verdict(&event) && i < 100) {
		packet(20 + i * 20, 0, 160, (uint32_t)(i * 160));
		turn(21 + i * 20);
		i++;
	}
	assert_int_equal(event.amd.verdict, AMD_SILENCE);
	assert_int_equal(event.amd.now_ms, i * 20);
	assert_int_equal(event.at_us, T0 + i * 20000); /* audio began when the first frame began */
	bench_end();
}

static void test_packets_of_60_and_10_ms(void **state)
{
	struct media_event event;
	int frames = 0;

	(void)state;
	for (size_t bytes = 80; bytes <= 480; bytes += 400) {
		bench_start(400);
		int64_t ms = (int64_t)bytes / 8, i = 0;
		while (!verdict(&event) && i < 100) {
			packet((i + 1) * ms, 0, bytes, (uint32_t)(i * (int64_t)bytes));
			i++;
		}
		assert_int_equal(event.amd.verdict, AMD_SILENCE);
		assert_in_range(event.amd.now_ms, (i - 1) * ms, i * ms);
		assert_true(!frames || frames == (int)event.amd.now_ms);
		frames = (int)event.amd.now_ms;
		bench_end();
	}
}

/* Eleven packets, of which every second arrives: lost ones take their time. */
static void test_lost_packets_count(void **state)
{
	struct media_event event;
	int64_t i = 0;

	(void)state;
	bench_start(400);
	while (!verdict(&event) && i < 100) {
		packet(20 + i * 20, i ? 1 : 0, 160, (uint32_t)(i * 160));
		i += 2;
	}
	assert_int_equal(event.amd.verdict, AMD_SILENCE);
	assert_in_range(event.amd.now_ms, (i - 2) * 20, (i - 1) * 20);
	bench_end();
}

static void test_nothing_at_all(void **state)
{
	struct media_event event;
	int64_t ms = 0;

	(void)state;
	bench_start(400);
	while (!verdict(&event) && ms < 2000)
		turn(ms += 20);
	assert_int_equal(event.amd.verdict, AMD_SILENCE);
	assert_in_range(ms, 400, 440);
	assert_int_equal(event.at_us, T0 + event.amd.now_ms * 1000);
	bench_end();
}

/* A stall of 200 ms, then all packets at once: the classifier has heard too much, but its times are right again. */
static void test_a_stall_does_not_bend_the_clock(void **state)
{
	struct media_event event;
	int64_t i = 0;

	(void)state;
	bench_start(1000);
	for (; i < 10; i++)
		packet(20 + i * 20, 0, 160, (uint32_t)(i * 160));
	for (int64_t ms = 220; ms <= 400; ms += 20)
		turn(ms);
	while (i < 20)
		packet(400, 0, 160, (uint32_t)(i++ * 160));
	while (!verdict(&event) && i < 100) {
		packet(20 + i * 20, 0, 160, (uint32_t)(i * 160));
		i++;
	}
	assert_int_equal(event.amd.verdict, AMD_SILENCE);
	assert_int_equal(event.at_us, bench.worker.now_us);
	assert_true(event.amd.now_ms * 1000 > event.at_us - T0);
	bench_end();
}

static void test_off_means_off(void **state)
{
	struct media_event event;

	(void)state;
	bench_start(100);
	listen_start(&bench.stream, NULL);
	for (int64_t i = 0; i < 50; i++) {
		packet(20 + i * 20, 0, 160, (uint32_t)(i * 160));
		turn(1500 + i * 20);
	}
	assert_false(verdict(&event));
	bench_end();
}

/* The event of a print has the classifier's print with it, the early one and the whole one. */
static void test_a_print_comes_with_its_event(void **state)
{
	static struct take take;
	struct media_event event;
	uint8_t told[2] = {0};
	int prints = 0;

	(void)state;
	bench_start(6000);
	take_init(&take, 5);
	take_room(&take, 400, -60);
	take_voice(&take, 4000, 140, -16);
	for (int i = 0; i < 200; i++) {
		uint8_t frame[AMD_FRAME];
		take_frame(&take, i, 0, AMD_ULAW, frame);
		bench.worker.now_us = T0 + (i + 1) * 20000;
		listen_packet(&bench.stream, frame, AMD_FRAME, AMD_ULAW, (uint32_t)(i * AMD_FRAME));
		while (spsc_take(&bench.worker.events, &event)) {
			if (event.amd.kind != AMD_EV_PRINT)
				continue;
			assert_true(prints < 2);
			assert_memory_equal(&event.print, amd_print(&bench.stream.listen.amd), sizeof(event.print));
			told[prints++] = event.print.frames;
		}
	}
	assert_int_equal(prints, 2);
	assert_in_range(told[0], AMD_PRINT_EARLY, AMD_PRINT_FRAMES - 1);
	assert_int_equal(told[1], AMD_PRINT_FRAMES);
	bench_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_frames),
		cmocka_unit_test(test_packets_of_60_and_10_ms),
		cmocka_unit_test(test_lost_packets_count),
		cmocka_unit_test(test_nothing_at_all),
		cmocka_unit_test(test_a_stall_does_not_bend_the_clock),
		cmocka_unit_test(test_off_means_off),
		cmocka_unit_test(test_a_print_comes_with_its_event),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
