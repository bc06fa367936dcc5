/* test_engine_abandoned.c - the whole engine: who answered and met nobody is counted, whatever came in between */
#include "tests/unit/engine/world.h"

#include "base/clock.h"
#include "campaigns/judge.h"

/* Each seat that talks since `ms`: its line breaks, or its agent hangs up. */
static void seats_talking_since(int64_t ms, bool breaks)
{
	struct desk *desk;
	uint64_t handle;

	for (uint32_t at = 0; (desk = pool_next(&w->engine->desks, &at, &handle));) {
		struct leg *leg = world_leg(desk->leg);

		if (desk->state != DESK_TALKING || w->now_us - desk->since_us < ms * MS_US)
			continue;
		if (breaks) {
			w->seat_bound[leg->seat] = false;
			world_tell(leg, UA_EV_ENDED, 0, false, NULL);
			continue;
		}
		for (const char *key = "*3"; *key; key++)
			world_media((struct media_event){
				.kind = MEDIA_EV_DTMF, .stream = desk->stream, .cookie = desk->self, .digit = *key});
	}
}

static void hook_breaks_at_once(void)
{
	seats_talking_since(200, true);
}

static void hook_breaks_later(void)
{
	seats_talking_since(5000, true);
}

static void hook_hangs_up_at_once(void)
{
	seats_talking_since(200, false);
}

static void begin(uint64_t seed, void (*hook)(void))
{
	world_begin(seed, CAMPAIGN_PROGRESSIVE);
	w->hook = hook;
	w->end_us = w->now_us + 600 * SEC_US;
}

/* The seat's line breaks before the called has heard it: the message is played, and the call counts. */
static void test_ABN_3_a_seat_lost_before_it_was_heard(void **state)
{
	(void)state;
	begin(70, hook_breaks_at_once);
	w->seats_mute = true;
	world_run(70);
	assert_int_equal(w->by[OUTCOME_CONNECTED] + w->by[OUTCOME_SEAT_LOST], 0);
	assert_true(w->by[OUTCOME_ABANDONED] > 20);
	for (uint64_t id = 1; id <= w->attempts; id++)
		assert_true(w->result[id] != OUTCOME_ABANDONED || w->record[id].message_us || !w->record[id].verdict_us);
	free(w);
}

/* It was heard, but later than the law allows, and breaks then. */
static void test_ABN_3_a_late_seat_that_is_lost(void **state)
{
	(void)state;
	begin(71, hook_breaks_later);
	w->bridge_us = 3 * SEC_US;
	world_run(71);
	assert_int_equal(w->by[OUTCOME_CONNECTED] + w->by[OUTCOME_SEAT_LOST], 0);
	assert_true(w->by[OUTCOME_ABANDONED_LATE] > 20);
	free(w);
}

/* In time, and then lost: that is no abandoned call. */
static void test_a_seat_that_is_lost_in_the_talk(void **state)
{
	(void)state;
	begin(72, hook_breaks_later);
	world_run(72);
	assert_int_equal(w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE], 0);
	assert_true(w->by[OUTCOME_SEAT_LOST] > 20);
	free(w);
}

/* The agent hangs up before the called has heard a sound: nobody but we ended that call. */
static void test_ABN_3_an_agent_who_hangs_up_unheard(void **state)
{
	(void)state;
	begin(73, hook_hangs_up_at_once);
	w->seats_mute = true;
	world_run(73);
	assert_int_equal(w->by[OUTCOME_CONNECTED], 0);
	assert_true(w->by[OUTCOME_ABANDONED] > 20);
	free(w);
}

/* Whoever hung up 3 s after the end of the greeting, while the classifier was still undecided, was abandoned. */
static void test_ABN_3_nobody_decides_in_time(void **state)
{
	uint64_t waited = 0;

	(void)state;
	begin(74, NULL);
	w->undecided = true;
	world_run(74);
	for (uint64_t id = 1; id <= w->attempts; id++) {
		const struct attempt *attempt = &w->record[id];
		bool too_long = attempt->greeting_end_us && !attempt->verdict_us &&
				attempt->end_us - attempt->greeting_end_us > w->campaign.hold_us;

		assert_true(!too_long || attempt->outcome == OUTCOME_ABANDONED);
		waited += too_long;
	}
	assert_true(waited > 5);
	free(w);
}

/* Whoever answers in the moment of our CANCEL meets an agent as anybody does, or is counted; nobody is called unanswered. */
static void test_ABN_1_answers_that_race_the_cancel(void **state)
{
	uint64_t raced = 0;

	(void)state;
	begin(75, NULL);
	w->answers_race = true;
	world_run(75);
	for (uint64_t id = 1; id <= w->attempts; id++) {
		raced += w->result[id] == OUTCOME_CONNECTED &&
			 w->record[id].answer_us - w->record[id].ringing_us >= w->campaign.ring_us_max;
		if (w->result[id] == OUTCOME_NO_ANSWER)
			assert_true(w->record[id].hangup_by != HANGUP_ENGINE || w->record[id].answer_us);
	}
	assert_true(raced > 10);
	free(w);
}

/* The same in the moment in which the engine ends: they were cut off. */
static void test_ABN_1_answers_that_race_the_end(void **state)
{
	(void)state;
	begin(76, NULL);
	w->answers_race = w->stop_at_once = true;
	w->campaign.mode = CAMPAIGN_PREDICTIVE;
	w->end_us = w->now_us + 60 * SEC_US;
	world_run(76);
	for (uint64_t id = 1; id <= w->attempts; id++)
		assert_true(!w->record[id].answer_us || w->result[id] != OUTCOME_CANCELLED);
	assert_true(w->by[OUTCOME_ABANDONED] > 0);
	free(w);
}

/*
 * A trunk whose answers cannot be used: whoever was rung by it counts, it is left alone after three in a row, and is then tried by
 * one call each five minutes.
 */
static void test_ABN_3_answers_that_cannot_be_used(void **state)
{
	int64_t last_us = 0;
	uint64_t answered = 0, together = 0;

	(void)state;
	begin(78, NULL);
	w->answers_unusable = true;
	world_run(78);
	for (uint64_t id = 1; id <= w->attempts; id++) {
		const struct attempt *attempt = &w->record[id];

		assert_true(!attempt->answer_us || (attempt->outcome == OUTCOME_ABANDONED && judge_silent(attempt)));
		answered += attempt->answer_us != 0;
		together += attempt->answer_us && attempt->answer_us - last_us < GATE_UNUSABLE_REST_US;
		last_us = attempt->answer_us ? attempt->answer_us : last_us;
	}
	assert_true(answered >= GATE_UNUSABLE);
	assert_true(together <= GATE_UNUSABLE + w->seats);
	free(w);
}

/*
 * The media plane has no room for the order to play the message: it is given again, and the time that is written is when it was
 * taken. A plane that never has keeps nobody, and the evidence says that nothing was played.
 */
static void test_ABN_4_a_message_that_is_refused(void **state)
{
	(void)state;
	for (uint32_t busy = 3; busy; busy = busy == 3 ? UINT32_MAX : 0) {
		uint64_t heard = 0, silent = 0;

		begin(77, NULL);
		w->campaign.mode = CAMPAIGN_AGENTLESS;
		w->campaign.team[0] = '\0';
		w->campaign.lines_max = 10;
		w->seats = 1;
		w->informs = true;
		w->media_busy = busy;
		world_run(77);
		for (uint64_t id = 1; id <= w->attempts; id++) {
			const struct attempt *attempt = &w->record[id];

			heard += attempt->outcome == OUTCOME_MESSAGE &&
				 attempt->message_us - attempt->verdict_us >= 3 * 5 * MS_US;
			silent += attempt->outcome == OUTCOME_ABANDONED && !attempt->message_us &&
				  attempt->end_us - attempt->verdict_us <= 6 * SEC_US;
		}
		assert_int_equal(heard, w->by[OUTCOME_MESSAGE]);
		assert_int_equal(silent, w->by[OUTCOME_ABANDONED]);
		assert_true(busy == 3 ? heard > 10 && !silent : silent > 10 && !heard);
		free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ABN_3_a_seat_lost_before_it_was_heard),
		cmocka_unit_test(test_ABN_3_a_late_seat_that_is_lost),
		cmocka_unit_test(test_a_seat_that_is_lost_in_the_talk),
		cmocka_unit_test(test_ABN_3_an_agent_who_hangs_up_unheard),
		cmocka_unit_test(test_ABN_3_nobody_decides_in_time),
		cmocka_unit_test(test_ABN_1_answers_that_race_the_cancel),
		cmocka_unit_test(test_ABN_1_answers_that_race_the_end),
		cmocka_unit_test(test_ABN_3_answers_that_cannot_be_used),
		cmocka_unit_test(test_ABN_4_a_message_that_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
