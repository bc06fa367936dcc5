/* Voice and decision: who is a person, who a recording, and that loss, gain, law and the future change nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/test_amd_synth.h"

static struct take take;

/* "Hello?" at 700 ms, and then nothing. */
static void hello(uint64_t seed, double pitch_hz)
{
	take_init(&take, seed);
	take_room(&take, 700, -60);
	take_voice(&take, 400, pitch_hz, -16);
	take_room(&take, 3000, -60);
}

static void monologue(uint64_t seed)
{
	take_init(&take, seed);
	take_room(&take, 500, -60);
	take_voice(&take, 7500, 130, -16);
	take_room(&take, 2000, -60);
}

static void hello_is_a_person(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		hello(seed, 85 + 35 * (double)seed);
		struct heard heard = take_hear(&take);
		assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_HUMAN);
		assert_string_equal(heard.first[AMD_EV_VERDICT].cause, "short-greeting");
		assert_in_range(heard.first[AMD_EV_VERDICT].now_ms, 1080 + 500, 1080 + 1000);
	}
}

/* The legal clock runs from these two. */
static void times_are_true(void **state)
{
	(void)state;
	hello(1, 150);
	struct heard heard = take_hear(&take);
	assert_in_range(heard.first[AMD_EV_VOICE_START].at_ms, 660, 780);
	assert_in_range(heard.first[AMD_EV_GREETING_END].at_ms, 1000, 1140);
	assert_true(heard.first[AMD_EV_GREETING_END].at_ms < heard.first[AMD_EV_GREETING_END].now_ms);
	assert_true(heard.first[AMD_EV_GREETING_END].now_ms <= heard.first[AMD_EV_VERDICT].now_ms);
	assert_int_equal(heard.first[AMD_EV_VERDICT].at_ms, heard.first[AMD_EV_VERDICT].now_ms);
}

static void longer_speech_waits_longer(void **state)
{
	(void)state;
	uint32_t last_ms = 0;
	for (int talk_ms = 400; talk_ms <= 2800; talk_ms += 800) {
		take_init(&take, 7);
		take_room(&take, 500, -60);
		take_voice(&take, talk_ms, 140, -16);
		take_room(&take, 2500, -60);
		struct heard heard = take_hear(&take);
		assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_HUMAN);
		uint32_t waited_ms = heard.first[AMD_EV_VERDICT].now_ms - heard.first[AMD_EV_GREETING_END].at_ms;
		assert_true(waited_ms >= last_ms && waited_ms <= 1800);
		last_ms = waited_ms;
	}
	assert_true(last_ms >= 1200);
}

static void monologue_is_a_machine(void **state)
{
	(void)state;
	monologue(2);
	struct heard heard = take_hear(&take);
	assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_MACHINE);
	assert_true(heard.first[AMD_EV_VERDICT].now_ms <= 6000);
	assert_int_equal(heard.count[AMD_EV_REVISED], 0);
	assert_int_equal(heard.count[AMD_EV_GREETING_END], 1);
}

/* A recording that pauses after its first word is taken back when it goes on; a person who says hello again is not. */
static void pausing_machine_is_revised(void **state)
{
	(void)state;
	hello(3, 140);
	take.count = 8 * 2000;
	take_voice(&take, 4000, 140, -16);
	struct heard heard = take_hear(&take);
	assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_HUMAN);
	assert_int_equal(heard.count[AMD_EV_REVISED], 1);
	assert_int_equal(heard.first[AMD_EV_REVISED].verdict, AMD_MACHINE);
	assert_string_equal(heard.first[AMD_EV_REVISED].cause, "monologue");
	assert_true(heard.first[AMD_EV_REVISED].now_ms < 5000);
}

static void second_hello_is_no_monologue(void **state)
{
	(void)state;
	hello(4, 140);
	for (int i = 0; i < 3; i++) {
		take.count = 8 * (2800 + i * 1800);
		take_voice(&take, 600, 140, -16);
		take_room(&take, 2000, -60);
	}
	assert_int_equal(take_hear(&take).count[AMD_EV_REVISED], 0);
}

static void beep_after_human_is_revised(void **state)
{
	(void)state;
	hello(5, 140);
	take.count = 8 * 2300;
	take_tones(&take, 400, 1000, 0, -18);
	take_room(&take, 500, -60);
	struct heard heard = take_hear(&take);
	assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_HUMAN);
	assert_string_equal(heard.first[AMD_EV_REVISED].cause, "beep");
	assert_int_equal(heard.count[AMD_EV_BEEP], 1);
}

static void nothing_is_silence(void **state)
{
	(void)state;
	static const double level_db[] = {-90, -70, -55, -40};
	for (size_t i = 0; i < sizeof level_db / sizeof level_db[0]; i++) {
		take_init(&take, 30 + i);
		take_room(&take, 5000, level_db[i]);
		struct heard heard = take_hear(&take);
		assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_SILENCE);
		assert_int_equal(heard.first[AMD_EV_VERDICT].now_ms, 4000);
		assert_int_equal(heard.count[AMD_EV_VOICE_START], 0);
	}
}

static void click_and_hum_are_silence(void **state)
{
	(void)state;
	take_init(&take, 40);
	take_room(&take, 5000, -62);
	for (int n = 0; n < take.count; n++)
		take.pcm[n] += db(-40) * (sin(2 * M_PI * 50 * n / 8000) + 0.5 * sin(2 * M_PI * 150 * n / 8000));
	for (int n = 0; n < 240; n++)
		take.pcm[12000 + n] += db(-12) * (prng_unit(&take.prng) - 0.5) * exp(-n / 60.0);
	assert_int_equal(take_hear(&take).first[AMD_EV_VERDICT].verdict, AMD_SILENCE);
}

/* Chords of held notes without a gap, and the same monologue over nothing: only the first is music. */
static void held_notes_are_music(void **state)
{
	(void)state;
	static const double root_hz[] = {262, 294, 330, 392, 349};
	take_init(&take, 44);
	for (int note = 0; note < 14; note++) {
		int start = take.count;
		take_tones(&take, 500, root_hz[note % 5], root_hz[note % 5] * 1.5, -24);
		for (int n = start; n < take.count; n++)
			take.pcm[n] +=
				db(-26) * (sin(2 * M_PI * root_hz[note % 5] * 2.52 * n / 8000) + sin(2 * M_PI * 131 * n / 8000));
	}
	take_noise_over(&take, -55);
	struct heard heard = take_hear(&take);
	assert_string_equal(amd_verdict_name(heard.first[AMD_EV_VERDICT].verdict), "music");
	monologue(44);
	assert_string_equal(amd_verdict_name(take_hear(&take).first[AMD_EV_VERDICT].verdict), "machine");
}

static void limits_are_kept(void **state)
{
	(void)state;
	struct amd_options options = {.ring_ms = -1, .silence_ms_max = 2500, .decide_ms_max = 3000};
	take_init(&take, 41);
	take_room(&take, 5000, -60);
	assert_int_equal(take_play(&take, &options, (struct how){0}).first[AMD_EV_VERDICT].now_ms, 2500);
	monologue(42);
	struct heard heard = take_play(&take, &options, (struct how){0});
	assert_int_equal(heard.first[AMD_EV_VERDICT].now_ms, 3000);
	assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_MACHINE);
}

static void early_media_has_no_person(void **state)
{
	(void)state;
	struct amd_options options = {.ring_ms = -1, .early = true};
	hello(43, 150);
	struct heard heard = take_play(&take, &options, (struct how){0});
	assert_true(heard.count[AMD_EV_VERDICT] == 0 || heard.first[AMD_EV_VERDICT].verdict != AMD_HUMAN);
	monologue(43);
	heard = take_play(&take, &options, (struct how){0});
	assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_MACHINE);
	assert_string_equal(heard.first[AMD_EV_VERDICT].cause, "announcement");
}

static void noise_does_not_hide_or_make_a_person(void **state)
{
	(void)state;
	static const double noise_db[] = {-55, -45, -38};
	for (size_t i = 0; i < sizeof noise_db / sizeof noise_db[0]; i++) {
		hello(50 + i, 160);
		take_noise_over(&take, noise_db[i]);
		struct heard heard = take_hear(&take);
		assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_HUMAN);
		assert_in_range(heard.first[AMD_EV_VOICE_START].at_ms, 640, 860);
	}
}

static void gain_and_law_do_not_matter(void **state)
{
	(void)state;
	for (int sound = 0; sound < 2; sound++) {
		if (sound == 0)
			hello(60, 130);
		else
			monologue(60);
		struct amd_options options = {.ring_ms = -1};
		struct heard want = take_hear(&take);
		for (double gain_db = -15; gain_db <= 6; gain_db += 7) {
			for (int law = AMD_ULAW; law <= AMD_ALAW; law++) {
				options.law = (enum amd_law)law;
				struct heard heard = take_play(&take, &options, (struct how){.gain_db = gain_db});
				assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, want.first[AMD_EV_VERDICT].verdict);
				assert_true(abs((int)heard.first[AMD_EV_VERDICT].now_ms -
						    (int)want.first[AMD_EV_VERDICT].now_ms) <= 160);
			}
		}
	}
}

static void loss_does_not_matter(void **state)
{
	(void)state;
	for (int fill = 0; fill < 2; fill++) {
		for (int every = 11; every <= 50; every += 13) {
			struct amd_options options = {.ring_ms = -1};
			hello(61, 130);
			struct heard heard = take_play(&take, &options, (struct how){.lose_every = every, .fill = fill});
			assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_HUMAN);
			monologue(61);
			heard = take_play(&take, &options, (struct how){.lose_every = every, .fill = fill});
			assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_MACHINE);
		}
	}
}

/* A second without packets after a word says nothing about the person: the silence clock stands still. */
static void an_outage_is_no_silence(void **state)
{
	(void)state;
	struct amd_options options = {.ring_ms = -1};
	struct amd amd;
	struct amd_event events[AMD_EVENTS_MAX];
	uint8_t frame[AMD_FRAME];
	hello(62, 130);
	amd_init(&amd, &options);
	for (int i = 0; i < 56; i++) {
		take_frame(&take, i, 0, AMD_ULAW, frame);
		amd_feed(&amd, frame, events);
	}
	for (int i = 0; i < 60; i++)
		assert_int_equal(amd_feed(&amd, NULL, events), 0);
	assert_int_equal(amd_verdict(&amd), AMD_NONE);
	for (int i = 56; i < 120; i++) {
		take_frame(&take, i, 0, AMD_ULAW, frame);
		amd_feed(&amd, frame, events);
	}
	assert_int_equal(amd_verdict(&amd), AMD_HUMAN);
}

/* The events up to frame n are the same whatever comes after it. */
static void no_future(void **state)
{
	(void)state;
	struct amd_options options = {.ring_ms = -1};
	hello(63, 130);
	for (int cut = 20; cut < 150; cut += 9) {
		struct amd one, other;
		amd_init(&one, &options);
		amd_init(&other, &options);
		for (int i = 0; i < 200; i++) {
			struct amd_event a[AMD_EVENTS_MAX], b[AMD_EVENTS_MAX];
			uint8_t frame[AMD_FRAME];
			take_frame(&take, i, 0, AMD_ULAW, frame);
			int count = amd_feed(&one, frame, a);
			if (i >= cut)
				for (int n = 0; n < AMD_FRAME; n++)
					frame[n] = (uint8_t)prng_below(&take.prng, 256);
			int other_count = amd_feed(&other, frame, b);
			if (i >= cut)
				continue;
			assert_int_equal(count, other_count);
			for (int e = 0; e < count; e++)
				assert_true(a[e].kind == b[e].kind && a[e].verdict == b[e].verdict && a[e].at_ms == b[e].at_ms);
		}
	}
}

static void one_leg_one_verdict(void **state)
{
	(void)state;
	assert_true(sizeof(struct amd) == AMD_BYTES);
	monologue(64);
	take_tones(&take, 500, 1000, 0, -15);
	take_voice(&take, 1500, 130, -15);
	struct heard heard = take_hear(&take);
	assert_int_equal(heard.count[AMD_EV_VERDICT], 1);
	assert_int_equal(heard.count[AMD_EV_VOICE_START], 1);
	assert_int_equal(heard.count[AMD_EV_GREETING_END], 1);
	assert_int_equal(heard.count[AMD_EV_REVISED], 0);
}

/* A phone that answers by itself: the same words wait longer. */
static void ring_time_is_a_prior(void **state)
{
	(void)state;
	struct amd_options options = {.ring_ms = 600};
	hello(65, 130);
	struct heard plain = take_hear(&take), quick = take_play(&take, &options, (struct how){0});
	assert_int_equal(quick.first[AMD_EV_VERDICT].verdict, AMD_HUMAN);
	assert_true(quick.first[AMD_EV_VERDICT].now_ms > plain.first[AMD_EV_VERDICT].now_ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_is_a_person),
		cmocka_unit_test(times_are_true),
		cmocka_unit_test(longer_speech_waits_longer),
		cmocka_unit_test(monologue_is_a_machine),
		cmocka_unit_test(pausing_machine_is_revised),
		cmocka_unit_test(second_hello_is_no_monologue),
		cmocka_unit_test(beep_after_human_is_revised),
		cmocka_unit_test(nothing_is_silence),
		cmocka_unit_test(click_and_hum_are_silence),
		cmocka_unit_test(held_notes_are_music),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(early_media_has_no_person),
		cmocka_unit_test(noise_does_not_hide_or_make_a_person),
		cmocka_unit_test(gain_and_law_do_not_matter),
		cmocka_unit_test(loss_does_not_matter),
		cmocka_unit_test(an_outage_is_no_silence),
		cmocka_unit_test(no_future),
		cmocka_unit_test(one_leg_one_verdict),
		cmocka_unit_test(ring_time_is_a_prior),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
