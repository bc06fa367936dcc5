/* app_amd's state machine: one golden trace per cause, worked out by hand from the description, and the edges that people trip
 * over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "media/amd/compat.h"

#define LOUD 0x80  /* the loudest code of u-law */
#define QUIET 0xff /* its zero */
#define FRAME_MS 20

struct trace {
	struct compat compat;
	struct compat_event event;
	bool decided;
};

static void start(struct trace *trace, const char *params)
{
	struct compat_params parsed;
	memset(trace, 0, sizeof *trace);
	assert_true(compat_parse(params, &parsed));
	compat_init(&trace->compat, &parsed, AMD_ULAW);
}

static void play(struct trace *trace, int ms, int code)
{
	uint8_t frame[AMD_FRAME];
	memset(frame, code, sizeof frame);
	for (int at = 0; at < ms && !trace->decided; at += FRAME_MS)
		trace->decided = compat_feed(&trace->compat, code < 0 ? NULL : frame, &trace->event);
}

static void expect(const struct trace *trace, enum amd_verdict verdict, uint32_t now_ms, const char *cause, uint32_t value)
{
	assert_true(trace->decided);
	assert_string_equal(trace->event.cause, cause);
	assert_int_equal(trace->event.verdict, verdict);
	assert_int_equal(trace->event.now_ms, now_ms);
	assert_int_equal(trace->event.value, value);
}

static void initial_silence(void **state)
{
	(void)state;
	struct trace trace;
	start(&trace, "app_amd");
	play(&trace, 6000, QUIET);
	expect(&trace, AMD_MACHINE, 2500, "INITIALSILENCE", 2500);
	assert_int_equal(trace.event.limit, 2500);
}

static void human(void **state)
{
	(void)state;
	struct trace trace;
	start(&trace, "app_amd");
	play(&trace, 500, QUIET);
	play(&trace, 400, LOUD);
	play(&trace, 3000, QUIET);
	expect(&trace, AMD_HUMAN, 500 + 400 + 800, "HUMAN", 800);
}

/* The third burst of 100 ms is one word too many; the fourth when no silence came before the first, which then does not count. */
static void max_words(void **state)
{
	(void)state;
	for (int silence_first = 0; silence_first < 2; silence_first++) {
		struct trace trace;
		start(&trace, "app_amd");
		play(&trace, silence_first ? 500 : 0, QUIET);
		for (int word = 0; word < 6; word++) {
			play(&trace, 120, LOUD);
			play(&trace, 60, QUIET);
		}
		expect(&trace, AMD_MACHINE, silence_first ? 500 + 2 * 180 + 100 : 3 * 180 + 100, "MAXWORDS", 3);
	}
}

/* 40 ms between two bursts leave one word, 60 ms make two. */
static void between_words(void **state)
{
	(void)state;
	struct trace trace;
	start(&trace, "app_amd");
	play(&trace, 500, QUIET);
	for (int word = 0; word < 5; word++) {
		play(&trace, 120, LOUD);
		play(&trace, 40, QUIET);
	}
	assert_int_equal(trace.compat.words, 1);
	play(&trace, 3000, QUIET);
	expect(&trace, AMD_HUMAN, 500 + 5 * 160 - 40 + 800, "HUMAN", 800);
}

/* Voice is added up over pauses. */
static void long_greeting(void **state)
{
	(void)state;
	struct trace trace;
	start(&trace, "app_amd");
	play(&trace, 500, QUIET);
	play(&trace, 800, LOUD);
	play(&trace, 600, QUIET);
	play(&trace, 2000, LOUD);
	expect(&trace, AMD_MACHINE, 500 + 800 + 600 + 700, "LONGGREETING", 1500);
}

static void max_word_length(void **state)
{
	(void)state;
	struct trace trace;
	start(&trace, "app_amd=||||||||1000");
	play(&trace, 500, QUIET);
	play(&trace, 2000, LOUD);
	expect(&trace, AMD_MACHINE, 500 + 1000, "MAXWORDLENGTH", 1000);
}

/* Clicks of 80 ms are no words and break the initial silence. */
static void too_long(void **state)
{
	(void)state;
	struct trace trace;
	start(&trace, "app_amd");
	for (int click = 0; click < 20; click++) {
		play(&trace, 80, LOUD);
		play(&trace, 600, QUIET);
	}
	expect(&trace, AMD_UNKNOWN, 5000, "TOOLONG", 5000);
}

static void no_audio_data(void **state)
{
	(void)state;
	struct trace trace;
	start(&trace, "app_amd");
	play(&trace, 8000, -1);
	expect(&trace, AMD_UNKNOWN, 5000, "NOAUDIODATA", 5000);
	start(&trace, "app_amd");
	play(&trace, 20, QUIET);
	play(&trace, 8000, -1);
	expect(&trace, AMD_UNKNOWN, 5000, "TOOLONG", 5000);
}

/* Codes 244 and 260 mixed: a mean of 255 is silence, of 256 is voice, for either sign. */
static void level_is_a_mean_of_magnitudes(void **state)
{
	(void)state;
	for (int loud = 119; loud <= 120; loud++) {
		struct trace trace;
		struct compat_event event;
		uint8_t frame[AMD_FRAME];
		start(&trace, "app_amd");
		for (int n = 0; n < AMD_FRAME; n++)
			frame[n] = (uint8_t)((n < loud ? 0xe7 : 0xe8) ^ (n & 1 ? 0x80 : 0));
		compat_feed(&trace.compat, frame, &event);
		assert_int_equal(trace.compat.voice_ms, loud == 120 ? FRAME_MS : 0);
	}
}

static void decides_once(void **state)
{
	(void)state;
	struct trace trace;
	struct compat_event event;
	uint8_t frame[AMD_FRAME];
	memset(frame, LOUD, sizeof frame);
	start(&trace, "app_amd");
	play(&trace, 6000, QUIET);
	for (int i = 0; i < 500; i++)
		assert_false(compat_feed(&trace.compat, frame, &event));
}

static void parameters(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "app", "app_amd=1|2|3|4|5|6|7|8|9|10", "app_amd=x", "app_amd=-1", "app_amd=1,2",
		"app_amd=99999999999", "app_amd=1| 2"};
	struct compat_params params = {.greeting_ms = 7};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(compat_parse(bad[i], &params));
	assert_int_equal(params.greeting_ms, 7);
	assert_true(compat_parse("vicidial", &params));
	assert_int_equal(params.words_max, 4);
	assert_int_equal(params.word_ms_max, 5000);
	assert_true(compat_parse("app_amd=|1700|||120", &params));
	assert_int_equal(params.initial_silence_ms, 2500);
	assert_int_equal(params.greeting_ms, 1700);
	assert_int_equal(params.word_ms_min, 120);
	assert_int_equal(params.silence_level, 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(initial_silence),
		cmocka_unit_test(human),
		cmocka_unit_test(max_words),
		cmocka_unit_test(between_words),
		cmocka_unit_test(long_greeting),
		cmocka_unit_test(max_word_length),
		cmocka_unit_test(too_long),
		cmocka_unit_test(no_audio_data),
		cmocka_unit_test(level_is_a_mean_of_magnitudes),
		cmocka_unit_test(decides_once),
		cmocka_unit_test(parameters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
