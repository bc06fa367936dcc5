/* test_engine_verdicts.c - the whole engine: what follows a verdict, and recordings that are known again */
#include "tests/unit/engine/world.h"

#include "base/clock.h"

/* How many attempts of this outcome had a seat before their verdict. */
static uint64_t seated_before_verdict(enum outcome outcome)
{
	uint64_t count = 0;

	for (uint64_t id = 1; id <= w->attempts; id++)
		count += w->record[id].outcome == outcome && w->record[id].seat_us &&
			 (!w->record[id].verdict_us || w->record[id].seat_us < w->record[id].verdict_us);
	return count;
}

/* Everybody who is connected hears a seat before the classifier has decided, and a machine's seat is back without wrap-up. */
static void test_a_seat_at_the_answer(void **state)
{
	(void)state;
	for (uint64_t seed = 11; seed <= 12; seed++) {
		world_begin(seed, CAMPAIGN_PROGRESSIVE);
		w->campaign.connect = CONNECT_ANSWER;
		world_run(seed);
		assert_true(w->by[OUTCOME_CONNECTED] > 100);
		assert_int_equal(w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE], 0);
		assert_true(seated_before_verdict(OUTCOME_CONNECTED) * 100 > w->by[OUTCOME_CONNECTED] * 95);
		assert_true(seated_before_verdict(OUTCOME_MACHINE) * 100 > w->by[OUTCOME_MACHINE] * 90);
		free(w);
	}
}

static void test_a_seat_at_the_answer_predictive(void **state)
{
	(void)state;
	for (uint64_t seed = 14; seed <= 15; seed++) {
		world_begin(seed, CAMPAIGN_PREDICTIVE);
		w->campaign.connect = CONNECT_ANSWER;
		world_run(seed);
		uint64_t lost = w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE];
		assert_true(w->by[OUTCOME_CONNECTED] > 100);
		assert_true((double)lost <= 0.03 * (double)(w->by[OUTCOME_CONNECTED] + lost) + 2);
		free(w);
	}
}

/* The message is left after a beep or a silence; a machine that hangs up before its end is recorded as a machine. */
static void test_voicemail(void **state)
{
	(void)state;
	for (uint64_t seed = 21; seed <= 22; seed++) {
		world_begin(seed, CAMPAIGN_PROGRESSIVE);
		w->campaign.connect = seed % 2 ? CONNECT_ANSWER : CONNECT_CLASSIFIED;
		strcpy(w->campaign.voicemail, "voicemail.wav");
		world_run(seed);
		for (uint64_t id = 1; id <= w->attempts; id++)
			w->cut += w->record[id].outcome == OUTCOME_MACHINE && w->record[id].message_us &&
				  w->record[id].hangup_by == HANGUP_CALLEE;
		assert_true(w->by[OUTCOME_VOICEMAIL] > 50);
		assert_true(w->cut > 0 && w->messages >= w->by[OUTCOME_VOICEMAIL] + w->cut);
		free(w);
	}
}

/* A fifth of the people is taken for machines; agents judge a fifth of the verdicts, and the estimate meets the truth. */
static void test_the_sample_finds_the_lost(void **state)
{
	(void)state;
	for (uint64_t seed = 31; seed <= 32; seed++) {
		world_begin(seed, CAMPAIGN_PROGRESSIVE);
		w->leads = w->leads_left = 1600;
		w->end_us += 2 * 3600 * SEC_US;
		w->seats = 20;
		w->talk_us = 10 * SEC_US; /* short of what alone would prove a person */
		w->campaign.connect = seed % 2 ? CONNECT_ANSWER : CONNECT_CLASSIFIED;
		w->campaign.sample_prob = 0.2;
		w->campaign.count_false_positives = true;
		w->wrong_prob = 0.2;
		w->agents_judge = true;
		world_run(seed);
		struct judge_counts counts = {0};
		for (uint64_t id = 1; id <= w->attempts; id++)
			judge_add(&counts, &w->record[id]);
		struct judge_rate rate = judge_rate(&counts);
		double truth = (double)w->lost_unsampled / (double)(counts.machines - counts.sampled);
		print_message(
			"# %llu machine verdicts, %llu sampled, %llu judged, %llu wrong: rate %.3f (%.3f-%.3f), truth %.3f\n",
			(unsigned long long)counts.machines, (unsigned long long)counts.sampled,
			(unsigned long long)counts.judged, (unsigned long long)counts.wrong, rate.rate, rate.low, rate.high,
			truth);
		assert_true(counts.sampled * 10 > counts.machines && counts.judged * 2 > counts.sampled);
		assert_true(rate.low <= truth && truth <= rate.high);
		free(w);
	}
}

/* Everything at once, with agents who press any key and a writer that is often too busy. */
static void test_policies_with_unruly_seats(void **state)
{
	(void)state;
	for (uint64_t seed = 41; seed <= 44; seed++) {
		world_begin(seed, seed % 2 ? CAMPAIGN_PREDICTIVE : CAMPAIGN_PROGRESSIVE);
		w->campaign.connect = seed % 4 < 2 ? CONNECT_ANSWER : CONNECT_CLASSIFIED;
		strcpy(w->campaign.voicemail, "voicemail.wav");
		w->campaign.sample_prob = 0.2;
		w->campaign.count_false_positives = seed > 42;
		w->wrong_prob = 0.1;
		w->seats_misbehave = w->writer_refuses = true;
		w->stop_at_once = seed == 44;
		w->end_us = w->now_us + 900 * SEC_US;
		world_run(seed);
		free(w);
	}
}

/* Without a judged call every machine verdict counts: a predictive campaign falls back to one line a free seat. */
static void test_no_estimate_stops_overdialling(void **state)
{
	(void)state;
	world_begin(51, CAMPAIGN_PREDICTIVE);
	w->campaign.count_false_positives = true;
	world_run(51);
	assert_true(w->by[OUTCOME_CONNECTED] > 50);
	assert_true(w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE] <= 1);
	free(w);
}

/* --- recordings */

static uint32_t heard_before(void)
{
	uint32_t count = 0;

	for (uint64_t id = 1; id <= w->attempts; id++) {
		bool said = strcmp(w->record[id].cause, "heard-before") == 0;
		if (said)
			assert_int_equal(w->result[id], OUTCOME_MACHINE);
		count += said;
	}
	return count;
}

static uint32_t rows_stored(void)
{
	uint32_t count = 0;

	for (int i = 0; i < PRINT_SLOTS; i++)
		count += w->rows[i].bytes > 0;
	return count;
}

/* The first two numbers teach it; from the third on the recording is a machine at once, and people are what they were. */
static void test_a_recording_is_known_from_its_third_number_on(void **state)
{
	static struct print_row kept[PRINT_SLOTS];

	(void)state;
	world_begin(61, CAMPAIGN_PROGRESSIVE);
	w->one_recording = true;
	world_run(61);
	assert_true(w->printed > 50 && w->by[OUTCOME_CONNECTED] > 50);
	assert_int_equal(w->recalled, w->printed - 2);
	assert_int_equal(heard_before(), w->recalled);
	assert_int_equal(rows_stored(), 1); /* people's voices stay off the disk */
	memcpy(kept, w->rows, sizeof(kept));
	free(w);
	for (int days = 0; days <= 91; days += 91) { /* the next engine knows it from the first call on, but not for ever */
		world_begin(62, CAMPAIGN_PROGRESSIVE);
		memcpy(w->rows, kept, sizeof(kept));
		w->now_us += days * DAY_US;
		w->began_us = w->now_us;
		w->end_us = w->now_us + 900 * SEC_US;
		wheel_init(&w->wheel, w->now_us);
		w->one_recording = true;
		world_run(62);
		assert_true(w->printed > 10);
		assert_int_equal(w->recalled, days ? w->printed - 2 : w->printed);
		free(w);
	}
}

/* A writer that has no time costs rows, not verdicts; seats at the answer are taken back. */
static void test_recordings_and_a_busy_writer(void **state)
{
	(void)state;
	world_begin(63, CAMPAIGN_PREDICTIVE);
	w->one_recording = w->writer_refuses = w->seats_misbehave = true;
	w->campaign.connect = CONNECT_ANSWER;
	w->end_us = w->now_us + 1200 * SEC_US;
	world_run(63);
	assert_true(w->recalled > 20 && w->recalled >= w->printed - 2 - w->by[OUTCOME_HUNG_UP_EARLY]);
	assert_true(rows_stored() <= 1);
	free(w);
}

/* Somebody labels it when three numbers have played it. */
static void hook_label(void)
{
	if (w->label.label || w->recalled < 1)
		return;
	w->label = (struct print_label){.recording = world_recording(0), .label = MEMORY_LABEL_SCREENER};
	w->version++;
}

/* From the label on; what the assistant gets is the campaign's policy. */
static void screener_policy(enum screener_policy policy, enum outcome expected)
{
	world_begin(64, CAMPAIGN_PROGRESSIVE);
	w->one_recording = true;
	w->campaign.screener = policy;
	if (policy == SCREENER_MESSAGE)
		text_copy(w->campaign.voicemail, sizeof(w->campaign.voicemail), "voicemail.wav");
	w->hook = hook_label;
	world_run(64);
	uint32_t screeners = 0, as_expected = 0;
	for (uint64_t id = 1; id <= w->attempts; id++) {
		bool screener = strcmp(w->record[id].verdict, "screener") == 0;

		screeners += screener;
		as_expected += screener && w->result[id] == expected;
		if (screener)
			assert_true((w->record[id].seat[0] != 0) == (w->result[id] == OUTCOME_CONNECTED));
	}
	print_message("# policy %d: %u assistants, %u ended as %s\n", (int)policy, screeners, as_expected,
		outcome_facts(expected)->name);
	assert_true(screeners > 10);
	if (policy == SCREENER_HANGUP)
		assert_int_equal(as_expected, screeners);
	else
		assert_true(as_expected * 2 > screeners);
	free(w);
}

static void test_screeners_get_what_the_campaign_says(void **state)
{
	(void)state;
	screener_policy(SCREENER_HANGUP, OUTCOME_SCREENER);
	screener_policy(SCREENER_SEAT, OUTCOME_CONNECTED);
	screener_policy(SCREENER_MESSAGE, OUTCOME_VOICEMAIL);
}

/* The network says the same words to each dead number: three refusals teach them, then the calls end 8 s sooner. */
static void test_an_announcement_before_the_answer_is_learned(void **state)
{
	uint32_t known = 0, by_network = 0;

	(void)state;
	world_begin(65, CAMPAIGN_PROGRESSIVE);
	w->announces = true;
	world_run(65);
	for (uint64_t id = 1; id <= w->attempts; id++) {
		const struct attempt *attempt = &w->record[id];
		bool said = strcmp(attempt->cause, "heard-before") == 0;

		known += said;
		by_network += !said && attempt->early_media && attempt->sip_code == 404;
		if (said)
			assert_true(w->result[id] == OUTCOME_DEAD_NUMBER && attempt->answer_us == 0 &&
				    attempt->hangup_by == HANGUP_ENGINE);
	}
	print_message("# %u ended by the network, %u by what is known of its words\n", by_network, known);
	assert_true(known > 5 && by_network >= 3);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_seat_at_the_answer),
		cmocka_unit_test(test_a_seat_at_the_answer_predictive),
		cmocka_unit_test(test_voicemail),
		cmocka_unit_test(test_the_sample_finds_the_lost),
		cmocka_unit_test(test_policies_with_unruly_seats),
		cmocka_unit_test(test_no_estimate_stops_overdialling),
		cmocka_unit_test(test_a_recording_is_known_from_its_third_number_on),
		cmocka_unit_test(test_recordings_and_a_busy_writer),
		cmocka_unit_test(test_screeners_get_what_the_campaign_says),
		cmocka_unit_test(test_an_announcement_before_the_answer_is_learned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
