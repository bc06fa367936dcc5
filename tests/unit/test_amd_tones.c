/* SIT with its subtypes, fax, ringback, busy, congestion and beeps: vectors made from the standards' frequencies and lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/test_amd_synth.h"

static struct take take;

static void expect(enum amd_verdict verdict)
{
	struct heard heard = take_hear(&take);
	assert_int_equal(heard.count[AMD_EV_VERDICT], 1);
	assert_string_equal(amd_verdict_name(heard.first[AMD_EV_VERDICT].verdict), amd_verdict_name(verdict));
}

static void begin(uint64_t seed)
{
	take_init(&take, seed);
	take_room(&take, 410, -60);
}

static void sit_of(const double hz[3], const int ms[3], enum amd_sit sit)
{
	begin((uint64_t)sit + 1);
	for (int i = 0; i < 3; i++)
		take_tones(&take, ms[i], hz[i], 0, -18);
	take_room(&take, 300, -60);
	take_voice(&take, 3000, 180, -15);
	take_noise_over(&take, -50);
	struct heard heard = take_hear(&take);
	assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_SIT);
	assert_string_equal(amd_sit_name(heard.first[AMD_EV_VERDICT].sit), amd_sit_name(sit));
	assert_true(heard.first[AMD_EV_VERDICT].now_ms <= (uint32_t)(410 + ms[0] + ms[1] + ms[2] + 60));
	assert_int_equal(heard.count[AMD_EV_BEEP], 0);
}

static void sit_subtypes(void **state)
{
	(void)state;
	sit_of((double[]){913.8, 1370.6, 1776.7}, (int[]){274, 274, 380}, AMD_SIT_IC);
	sit_of((double[]){985.2, 1370.6, 1776.7}, (int[]){380, 274, 380}, AMD_SIT_VC);
	sit_of((double[]){913.8, 1428.5, 1776.7}, (int[]){274, 380, 380}, AMD_SIT_RO);
	sit_of((double[]){985.2, 1428.5, 1776.7}, (int[]){380, 380, 380}, AMD_SIT_NC);
	sit_of((double[]){950, 1400, 1800}, (int[]){330, 330, 330}, AMD_SIT_GENERIC);
}

/* Half a per cent off, both ways, is inside what exchanges send. */
static void sit_detuned(void **state)
{
	(void)state;
	for (double off = 0.995; off < 1.006; off += 0.01) {
		sit_of((double[]){913.8 * off, 1370.6 * off, 1776.7 * off}, (int[]){274, 274, 380}, AMD_SIT_IC);
		sit_of((double[]){985.2 * off, 1428.5 * off, 1776.7 * off}, (int[]){380, 380, 380}, AMD_SIT_NC);
	}
}

static void two_tones_are_no_sit(void **state)
{
	(void)state;
	begin(3);
	take_tones(&take, 330, 950, 0, -18);
	take_tones(&take, 330, 1400, 0, -18);
	take_room(&take, 5500, -60);
	struct heard heard = take_hear(&take);
	assert_int_not_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_SIT);
	assert_int_not_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_HUMAN);
}

static void fax_calls(void **state)
{
	(void)state;
	begin(4);
	for (int i = 0; i < 2; i++) {
		take_tones(&take, 500, 1100, 0, -20);
		take_room(&take, 3000, -60);
	}
	expect(AMD_FAX);
}

static void fax_answers(void **state)
{
	(void)state;
	begin(5);
	take_room(&take, 1500, -60);
	take_tones(&take, 3000, 2100, 0, -20);
	expect(AMD_FAX);
}

/* Answering tone of a modem with echo suppressors turned off: the phase turns every 450 ms. */
static void fax_answers_with_phase_reversals(void **state)
{
	(void)state;
	begin(6);
	take_room(&take, 1500, -60);
	int start = take.count;
	take_tones(&take, 3000, 2100, 0, -20);
	for (int n = start; n < take.count; n++)
		if ((n - start) / 3600 % 2 == 1)
			take.pcm[n] = -take.pcm[n];
	expect(AMD_FAX);
}

/* After words, one tone near a fax machine's is a voicemail's. */
static void beeps_near_fax_are_beeps(void **state)
{
	(void)state;
	static const double hz[] = {1080, 1100, 1120, 2080, 2100};
	for (size_t i = 0; i < sizeof hz / sizeof hz[0]; i++) {
		begin(20 + i);
		take_voice(&take, 2600, 120, -15);
		take_room(&take, 500, -60);
		take_tones(&take, 500, hz[i], 0, -18);
		take_room(&take, 1500, -60);
		expect(AMD_MACHINE);
	}
}

static void pattern(enum amd_verdict verdict, double hz, double hz2, const int *step_ms, int steps)
{
	begin((uint64_t)hz);
	for (int i = 0; take.count < 8 * 8000; i++) {
		int ms = step_ms[i % steps];
		if (i % 2 == 0)
			take_tones(&take, ms, hz, hz2, -20);
		else
			take_room(&take, ms, -60);
	}
	take_noise_over(&take, -52);
	expect(verdict);
}

static void ringback_of_zones(void **state)
{
	(void)state;
	pattern(AMD_RINGBACK, 440, 480, (int[]){2000, 4000}, 2);
	pattern(AMD_RINGBACK, 400, 450, (int[]){400, 200, 400, 2000}, 4);
	pattern(AMD_RINGBACK, 413, 438, (int[]){400, 200, 400, 2000}, 4);
	pattern(AMD_RINGBACK, 425, 0, (int[]){1000, 4000}, 2);
	pattern(AMD_RINGBACK, 450, 0, (int[]){1000, 4000}, 2);
	pattern(AMD_RINGBACK, 440, 0, (int[]){1500, 3500}, 2);
}

static void busy_of_zones(void **state)
{
	(void)state;
	pattern(AMD_BUSY, 480, 620, (int[]){500, 500}, 2);
	pattern(AMD_BUSY, 400, 0, (int[]){375, 375}, 2);
	pattern(AMD_BUSY, 450, 0, (int[]){350, 350}, 2);
	pattern(AMD_BUSY, 425, 0, (int[]){480, 480}, 2);
	pattern(AMD_BUSY, 440, 0, (int[]){500, 500}, 2);
	pattern(AMD_BUSY, 400, 0, (int[]){750, 750}, 2);
}

static void congestion_of_zones(void **state)
{
	(void)state;
	pattern(AMD_CONGESTION, 480, 620, (int[]){250, 250}, 2);
	pattern(AMD_CONGESTION, 425, 0, (int[]){240, 240}, 2);
	pattern(AMD_CONGESTION, 450, 0, (int[]){700, 700}, 2);
	pattern(AMD_CONGESTION, 400, 0, (int[]){400, 350, 225, 525}, 4);
	pattern(AMD_CONGESTION, 425, 0, (int[]){250, 250, 250, 750}, 4);
}

static void beep_after_greeting(double hz, double hz2, int ms)
{
	begin((uint64_t)(hz + ms));
	take_voice(&take, 5200, 140, -16);
	take_room(&take, 400, -58);
	take_glide(&take, ms, hz, hz2, -18);
	int end_ms = take.count / 8;
	take_room(&take, 800, -58);
	struct heard heard = take_hear(&take);
	assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_MACHINE);
	assert_int_equal(heard.count[AMD_EV_BEEP], 1);
	assert_in_range(heard.first[AMD_EV_BEEP].at_ms, end_ms - 60, end_ms + 40);
	assert_in_range(heard.first[AMD_EV_BEEP].now_ms, end_ms, end_ms + 120);
}

static void beeps(void **state)
{
	(void)state;
	static const double hz[] = {350, 425, 440, 800, 1000, 1400, 2400, 3300};
	for (size_t i = 0; i < sizeof hz / sizeof hz[0]; i++) {
		beep_after_greeting(hz[i], hz[i], 200);
		beep_after_greeting(hz[i], hz[i], 900);
	}
	beep_after_greeting(800, 1100, 400); /* a chirp */
}

/* A lost frame in every tone, filled or not, splits nothing; and the same before the call is answered. */
static void loss_splits_no_tone(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct amd_options options = {.ring_ms = -1, .early = i & 2};
		struct how how = {.lose_every = 13, .fill = i & 1};
		begin(11);
		take_tones(&take, 380, 985.2, 0, -18);
		take_tones(&take, 274, 1370.6, 0, -18);
		take_tones(&take, 380, 1776.7, 0, -18);
		take_room(&take, 500, -60);
		struct heard heard = take_play(&take, &options, how);
		assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_SIT);
		assert_int_equal(heard.first[AMD_EV_VERDICT].sit, AMD_SIT_VC);
		begin(12);
		for (int n = 0; n < 5; n++) {
			take_tones(&take, 500, 480, 620, -18);
			take_room(&take, 500, -60);
		}
		assert_int_equal(take_play(&take, &options, how).first[AMD_EV_VERDICT].verdict, AMD_BUSY);
	}
}

static void ringback_is_no_beep(void **state)
{
	(void)state;
	take_init(&take, 9);
	take_tones(&take, 700, 440, 480, -18); /* the end of a ring, then a person */
	take_room(&take, 500, -58);
	take_voice(&take, 400, 150, -15);
	take_room(&take, 2500, -58);
	struct heard heard = take_hear(&take);
	assert_int_equal(heard.first[AMD_EV_VERDICT].verdict, AMD_HUMAN);
	assert_int_equal(heard.count[AMD_EV_BEEP], 0);
	assert_in_range(heard.first[AMD_EV_VOICE_START].at_ms, 1140, 1320);
}

static void beep_alone_is_a_machine(void **state)
{
	(void)state;
	begin(10);
	take_tones(&take, 300, 1400, 0, -18);
	take_room(&take, 4000, -60);
	expect(AMD_MACHINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sit_subtypes),
		cmocka_unit_test(sit_detuned),
		cmocka_unit_test(two_tones_are_no_sit),
		cmocka_unit_test(fax_calls),
		cmocka_unit_test(fax_answers),
		cmocka_unit_test(fax_answers_with_phase_reversals),
		cmocka_unit_test(beeps_near_fax_are_beeps),
		cmocka_unit_test(ringback_of_zones),
		cmocka_unit_test(busy_of_zones),
		cmocka_unit_test(congestion_of_zones),
		cmocka_unit_test(beeps),
		cmocka_unit_test(loss_splits_no_tone),
		cmocka_unit_test(ringback_is_no_beep),
		cmocka_unit_test(beep_alone_is_a_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
