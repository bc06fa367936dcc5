/* Fingerprints and the memory of recordings: copies are found again, strangers are not, and nothing grows without bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "media/amd/memory.h"
#include "tests/unit/test_amd_synth.h"

#define STRANGERS 200
#define DAY_US (86400ll * 1000000)

static struct take take;
static struct memory_entry entries[STRANGERS + 8];

/*
 * Greeting `which`: a voice with its own formants, syllables and pauses. take_voice() says the same syllables whatever the seed,
 * so here they are drawn.
 */
static void greeting(uint64_t which, int lead_samples)
{
	struct prng draw;
	prng_seed(&draw, 1000 + which);
	take_init(&take, 77);
	double pitch_hz = 90 + 130 * prng_unit(&draw), phase = 0, y1[2] = {0, 0}, y2[2] = {0, 0};
	for (int n = 0; n < lead_samples; n++)
		take.pcm[take.count++] = db(-66) * (prng_unit(&take.prng) - 0.5);
	while (take.count < 8 * 5000) {
		double f1 = 280 + 550 * prng_unit(&draw), f2 = 900 + 1500 * prng_unit(&draw);
		double glide = (prng_unit(&draw) - 0.5) * 0.2, noise = prng_unit(&draw) < 0.3 ? 0.5 : 0.02;
		int length = 8 * (90 + (int)prng_below(&draw, 170)), quiet = 8 * (20 + (int)prng_below(&draw, 90));
		for (int n = 0; n < length + quiet; n++) {
			double loud = n < length ? sin(M_PI * (n + 40.0) / (length + 80)) : 0.02;
			phase += pitch_hz * (1 + 0.1 * sin(take.count / 3100.0)) / 8000;
			double pulse = phase >= 1 ? 1 : 0;
			phase -= pulse;
			double a1 = 1.94 * cos(2 * M_PI * (f1 + n * glide) / 8000),
			       a2 = 1.9 * cos(2 * M_PI * (f2 - n * glide) / 8000);
			double s1 = pulse + a1 * y1[0] - 0.9409 * y1[1];
			double s2 = pulse + noise * (prng_unit(&draw) - 0.5) + a2 * y2[0] - 0.9025 * y2[1];
			y1[1] = y1[0], y1[0] = s1, y2[1] = y2[0], y2[0] = s2;
			take.pcm[take.count++] = db(-18) * 0.5 * loud * (s1 + 0.6 * s2);
		}
	}
}

/* The print as it stands after `ms` of audio; *told_ms is when the first AMD_EV_PRINT came, 0 never. */
static struct amd_print print_of(int ms, struct how how, enum amd_law law, uint32_t *told_ms)
{
	struct amd_options options = {.law = law, .ring_ms = -1};
	struct amd amd;
	struct amd_event events[AMD_EVENTS_MAX];
	uint8_t frame[AMD_FRAME];
	uint32_t first_ms = 0;
	amd_init(&amd, &options);
	for (int i = 0; i * 20 < ms; i++) {
		bool lost = how.lose_every > 0 && i % how.lose_every == how.lose_every - 1;
		take_frame(&take, i, how.gain_db, law, frame);
		int count = amd_feed(&amd, lost ? NULL : frame, events);
		for (int e = 0; e < count; e++)
			if (events[e].kind == AMD_EV_PRINT && first_ms == 0)
				first_ms = events[e].now_ms;
	}
	if (told_ms != NULL)
		*told_ms = first_ms;
	return *amd_print(&amd);
}

static struct amd_print plain_print(uint64_t which)
{
	greeting(which, 8 * 400);
	return print_of(4000, (struct how){0}, AMD_ULAW, NULL);
}

static void is_told_early_and_whole(void **state)
{
	(void)state;
	greeting(1, 8 * 400);
	struct heard heard = take_hear(&take);
	assert_int_equal(heard.count[AMD_EV_PRINT], 2);
	assert_in_range(heard.first[AMD_EV_PRINT].now_ms, 400 + 1280, 400 + 1500);
	assert_int_equal(plain_print(1).frames, AMD_PRINT_FRAMES);
}

static void a_word_has_no_print(void **state)
{
	(void)state;
	take_init(&take, 3);
	take_room(&take, 500, -60);
	take_voice(&take, 500, 140, -16);
	take_room(&take, 5000, -60);
	assert_int_equal(take_hear(&take).count[AMD_EV_PRINT], 0);
}

/* The same recording, louder and quieter, in the other law, with its frames cut elsewhere, with noise, with loss. */
static void copies_are_alike(void **state)
{
	(void)state;
	for (uint64_t which = 0; which < 12; which++) {
		struct amd_print want = plain_print(which);
		static const struct {
			double gain_db, noise_db;
			int lead, lose_every;
		} copies[] = {{-12, -90, 3200, 0}, {6, -90, 3200, 0}, {0, -90, 3200 + 77, 0}, {0, -90, 9000 + 131, 0},
			{-6, -50, 3280, 0}, {0, -42, 5040, 0}, {0, -70, 3200, 20}, {-10, -52, 3279, 33}};
		for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
			greeting(which, copies[i].lead);
			take_noise_over(&take, copies[i].noise_db);
			struct how how = {.gain_db = copies[i].gain_db, .lose_every = copies[i].lose_every};
			struct amd_print copy = print_of(4600, how, i & 1 ? AMD_ALAW : AMD_ULAW, NULL);
			assert_true(memory_distance(&want, &copy) < 0.28f);
		}
	}
}

/* 200 greetings, each compared with each: 19,900 pairs, whole prints and early ones. None is taken for another. */
static void strangers_are_not(void **state)
{
	(void)state;
	static struct amd_print prints[STRANGERS];
	float least = 1, least_early = 1;
	for (uint64_t i = 0; i < STRANGERS; i++)
		prints[i] = plain_print(i);
	for (int i = 0; i < STRANGERS; i++) {
		struct amd_print early = prints[i];
		early.frames = AMD_PRINT_EARLY;
		for (int j = 0; j < STRANGERS; j++) {
			float whole = memory_distance(&prints[i], &prints[j]), part = memory_distance(&early, &prints[j]);
			least = i < j && whole < least ? whole : least;
			least_early = i != j && part < least_early ? part : least_early;
		}
	}
	print_message("nearest of %d strangers: %.3f whole, %.3f early\n", STRANGERS, (double)least, (double)least_early);
	assert_true(least > 0.28f);
	assert_true(least_early > 0.23f);
}

static struct memory_match hear(struct memory *memory, uint64_t which, uint64_t number, int64_t now_us, bool early)
{
	struct amd_print print = plain_print(which);
	if (early)
		print.frames = AMD_PRINT_EARLY;
	return memory_hear(memory, &print, number, now_us);
}

static void three_numbers_make_an_announcement(void **state)
{
	(void)state;
	struct memory memory;
	memory_init(&memory, entries, 8, 30 * DAY_US);
	static const uint64_t numbers[] = {5, 5, 6, 5, 7, 8};
	static const int want[] = {1, 1, 2, 2, 3, 3};
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		struct memory_match match = hear(&memory, 1, numbers[i], (int64_t)i, i > 1);
		assert_int_equal(match.number_count, want[i]);
		assert_int_equal(memory_verdict(&match), want[i] == 3 ? AMD_MACHINE : AMD_NONE);
	}
	assert_int_equal(memory.count, 1);
	assert_int_equal(memory_at(&memory, 0)->heard, 6);
	assert_null(memory_at(&memory, 1));
}

/* What is known is said 1.3 s after the first voice; what is not, is not learned from so little. */
static void known_ones_are_recognised_early(void **state)
{
	(void)state;
	struct memory memory;
	uint32_t told_ms;
	memory_init(&memory, entries, 8, 30 * DAY_US);
	for (uint64_t number = 1; number <= 3; number++)
		hear(&memory, 1, number, 0, false);
	greeting(1, 8 * 400 + 77);
	take_noise_over(&take, -52);
	struct amd amd;
	struct amd_options options = {.ring_ms = -1};
	struct amd_event events[AMD_EVENTS_MAX];
	uint8_t frame[AMD_FRAME];
	amd_init(&amd, &options);
	for (told_ms = 0; amd_verdict(&amd) == AMD_NONE && told_ms < 4000; told_ms += 20) {
		take_frame(&take, (int)told_ms / 20, 0, AMD_ULAW, frame);
		int count = amd_feed(&amd, frame, events);
		if (count == 0 || events[count - 1].kind != AMD_EV_PRINT)
			continue;
		struct memory_match match = memory_hear(&memory, amd_print(&amd), 9, 0);
		amd_recall(&amd, memory_verdict(&match));
	}
	assert_int_equal(amd_verdict(&amd), AMD_MACHINE);
	assert_string_equal(events[0].cause, "heard-before");
	assert_in_range(told_ms, 400 + 1280, 400 + 1500);
	hear(&memory, 2, 1, 0, true);
	assert_int_equal(memory.count, 1);
}

static void labels_decide(void **state)
{
	(void)state;
	struct memory memory;
	memory_init(&memory, entries, 8, 30 * DAY_US);
	struct memory_match match = hear(&memory, 1, 1, 0, false);
	memory_label(&memory, match.index, MEMORY_LABEL_SCREENER);
	match = hear(&memory, 1, 2, 0, true);
	assert_int_equal(memory_verdict(&match), AMD_SCREENER);
	memory_label(&memory, match.index, MEMORY_LABEL_IGNORE);
	for (uint64_t number = 3; number < 6; number++)
		match = hear(&memory, 1, number, 0, true);
	assert_int_equal(match.number_count, 3);
	assert_int_equal(memory_verdict(&match), AMD_NONE);
}

/*
 * Said before a verdict it is the verdict, after "human" a revision, after "machine" nothing; a labelled person is never revised.
 */
static void recall_is_said_once(void **state)
{
	(void)state;
	static const enum amd_verdict verdicts[] = {AMD_MACHINE, AMD_SCREENER, AMD_HUMAN, AMD_BUSY};
	size_t said = 3;
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		struct amd amd;
		struct amd_options options = {.ring_ms = -1};
		struct amd_event events[AMD_EVENTS_MAX];
		amd_init(&amd, &options);
		amd_recall(&amd, verdicts[i]);
		assert_int_equal(amd_feed(&amd, NULL, events), i < said);
		assert_int_equal(amd_verdict(&amd), i < said ? verdicts[i] : AMD_NONE);
		amd_recall(&amd, AMD_MACHINE);
		assert_int_equal(amd_feed(&amd, NULL, events), i < said ? 0 : 1);
	}
}

static void old_ones_are_forgotten(void **state)
{
	(void)state;
	struct memory memory;
	memory_init(&memory, entries, 8, 30 * DAY_US);
	hear(&memory, 1, 1, 0, false);
	hear(&memory, 2, 1, 20 * DAY_US, false);
	assert_false(hear(&memory, 1, 2, 31 * DAY_US, true).known);
	assert_true(hear(&memory, 2, 2, 31 * DAY_US, false).known);
}

/* A full memory gives up what is known least, and never what somebody has labelled while there is anything else. */
static void is_bounded(void **state)
{
	(void)state;
	struct memory memory;
	memory_init(&memory, entries, 4, 30 * DAY_US);
	memory_label(&memory, hear(&memory, 0, 1, 0, false).index, MEMORY_LABEL_MACHINE);
	hear(&memory, 1, 1, 1, false);
	hear(&memory, 1, 2, 2, false);
	for (uint64_t which = 2; which < 12; which++)
		hear(&memory, which, 1, (int64_t)which + 1, false);
	assert_int_equal(memory.count, 4);
	assert_true(hear(&memory, 0, 2, 20, false).known);
	assert_true(hear(&memory, 1, 3, 20, false).known);
	assert_true(hear(&memory, 11, 2, 20, false).known);
	struct memory_entry more = entries[0];
	assert_false(memory_put(&memory, &more));
}

static void entries_survive_the_store(void **state)
{
	(void)state;
	struct memory memory;
	struct memory_entry back;
	uint8_t bytes[MEMORY_ENTRY_BYTES];
	memory_init(&memory, entries, 4, 30 * DAY_US);
	hear(&memory, 1, 0x123456789abcdefu, 5, false);
	memory_label(&memory, 0, MEMORY_LABEL_SCREENER);
	memory_refused(&memory, 0, 9);
	memory_refused(&memory, 0, 9);
	memory_answered(&memory, 0);
	memory_encode(memory_at(&memory, 0), bytes);
	assert_true(memory_decode(bytes, sizeof bytes, &back));
	assert_true(back.numbers[0] == 0x123456789abcdefu && back.label == MEMORY_LABEL_SCREENER && back.last_us == 5);
	assert_true(back.refused == 2 && back.refused_as == 9 && back.answered);
	assert_int_equal(memory_id(&back), memory_id(memory_at(&memory, 0)));
	assert_memory_equal(back.print.code, entries[0].print.code, sizeof back.print.code);
	assert_false(memory_decode(bytes, sizeof bytes - 1, &back));
	static const size_t spoiled[] = {0, 1, 2, 3, MEMORY_ENTRY_BYTES - 4, MEMORY_ENTRY_BYTES - 3, MEMORY_ENTRY_BYTES - 1};
	for (size_t i = 0; i < sizeof spoiled / sizeof spoiled[0]; i++) {
		uint8_t copy[MEMORY_ENTRY_BYTES];
		memcpy(copy, bytes, sizeof copy);
		copy[spoiled[i]] = 0xfe;
		assert_false(memory_decode(copy, sizeof copy, &back));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_told_early_and_whole),
		cmocka_unit_test(a_word_has_no_print),
		cmocka_unit_test(copies_are_alike),
		cmocka_unit_test(strangers_are_not),
		cmocka_unit_test(three_numbers_make_an_announcement),
		cmocka_unit_test(known_ones_are_recognised_early),
		cmocka_unit_test(labels_decide),
		cmocka_unit_test(recall_is_said_once),
		cmocka_unit_test(old_ones_are_forgotten),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(entries_survive_the_store),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
