/* test_engine_seats.c - the whole engine: agents who press any key, log in twice, pause, and pause a recording */
#include "tests/unit/engine/world.h"

#include "base/clock.h"

/* Agents who press any key, hang up in mid call and come back; a writer that is often too busy. */
static void test_unruly_seats_and_a_busy_writer(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		world_begin(seed, seed % 2 ? CAMPAIGN_PREDICTIVE : CAMPAIGN_PROGRESSIVE);
		w->seats_misbehave = true;
		w->writer_refuses = true;
		w->end_us = w->now_us + 1200 * SEC_US;
		world_run(seed);
		assert_true(w->by[OUTCOME_SEAT_LOST] > 0);
		free(w);
	}
}

/* Each says what the call was after its end, to a writer that is often too busy: it is asked until it has taken it. */
static void hook_nothing_is_left_unsaid(void)
{
	w->queued = w->engine->said_count > w->queued ? w->engine->said_count : w->queued;
	if (world_second() == 599)
		assert_int_equal(w->engine->said_count, 0);
}

static void test_what_agents_say_reaches_a_busy_writer(void **state)
{
	(void)state;
	world_begin(67, CAMPAIGN_PROGRESSIVE);
	w->agents_judge = w->writer_refuses = true;
	w->talk_us = 4 * SEC_US;
	w->hook = hook_nothing_is_left_unsaid;
	w->leads = w->leads_left = 100; /* nobody is left to say anything in the end */
	w->end_us = w->now_us + 600 * SEC_US;
	world_run(67);
	print_message("# said %llu, refused %llu, waited at once %u\n", (unsigned long long)w->said,
		(unsigned long long)w->said_again, w->queued);
	assert_true(w->said > 5 && w->said_again > 0 && w->queued > 0);
	free(w);
}

static struct desk *desk_of(const char *login)
{
	struct desk *desk;
	uint64_t handle;

	for (uint32_t at = 0; (desk = pool_next(&w->engine->desks, &at, &handle));)
		if (strcmp(desk->seat.login, login) == 0)
			return desk;
	return NULL;
}

/* A second login that comes to nothing leaves the first one as it is: a telephone without our codecs, or a closing engine. */
static void hook_second_login(void)
{
	static uint64_t first;
	struct desk *desk = desk_of("seat0"), *other;
	uint64_t handle;

	if (world_second() == 100 && !first)
		first = desk->self;
	if (world_second() == 101 && (w->now_us - w->began_us) / MS_US % 1000 == 0)
		world_seat_calls(0, "v=0\r\n");
	for (uint32_t at = 0; w->signals && !w->history && (other = pool_next(&w->engine->desks, &at, &handle));)
		if (other->state == DESK_TALKING) {
			w->history = 1; /* once */
			world_seat_calls((uint32_t)atoi(other->seat.login + 4), world_sdp);
			assert_ptr_equal(desk_of(other->seat.login), other);
			assert_int_equal(other->state, DESK_TALKING);
		}
	if (world_second() > 100 && world_second() < 120)
		assert_true(desk && desk->self == first);
	w->seat_bound[0] = true;
}

static void test_second_login_that_fails(void **state)
{
	(void)state;
	world_begin(18, CAMPAIGN_PROGRESSIVE);
	w->hook = hook_second_login;
	w->end_us = w->now_us + 300 * SEC_US;
	world_run(18);
	assert_true(w->history);
	assert_int_equal(w->by[OUTCOME_SEAT_LOST], 0);
	free(w);
}

/* With a wrap-up time that only the agent ends, pause in it is a pause at once. */
static void hook_pause_in_wrap(void)
{
	struct desk *desk = desk_of("seat0");
	static const char keys[] = "*2";
	bool now = desk && desk->state == DESK_WRAP && (w->now_us - desk->since_us) / MS_US == 500;

	for (int i = 0; now && i < 2; i++)
		world_media((struct media_event){.kind = MEDIA_EV_DTMF, .stream = desk->stream, .cookie = desk->self, .digit = keys[i]});
	if (desk && desk->state == DESK_WRAP)
		assert_true(w->now_us - desk->since_us < SEC_US);
	w->history += desk && desk->state == DESK_PAUSED;
}

static void test_pause_in_open_wrap_up(void **state)
{
	(void)state;
	world_begin(19, CAMPAIGN_PROGRESSIVE);
	w->seats = 1;
	w->campaign.wrap_us = 0;
	w->hook = hook_pause_in_wrap;
	w->end_us = w->now_us + 600 * SEC_US;
	world_run(19);
	assert_true(w->history > 0);
	free(w);
}

/*
 * A seat gets another team each 40 s, whatever it does: on the same leg, at once when it is free, else when its talk and wrap-up are over; and where
 * nothing dials for its team no pacer counts it.
 */
static void hook_team(void)
{
	static uint64_t first;
	struct desk *desk = desk_of("seat0");
	int64_t ms = (w->now_us - w->began_us) / MS_US, since_ms = ms % 40000;
	const char *team = ms / 40000 % 2 ? "other" : "team";

	if (since_ms == 0) {
		w->team0 = team;
		w->version++;
	}
	if (world_second() < 10)
		first = desk ? desk->self : 0;
	if (world_second() < 10 || w->signals || since_ms < 200)
		return;
	assert_true(desk && desk->self == first);
	bool at_work = desk->state != DESK_READY && desk->state != DESK_PAUSED;
	if (at_work) {
		assert_string_equal(desk->seat.team, "team");
		w->history += strcmp(team, "other") == 0;
	} else {
		assert_string_equal(desk->seat.team, team);
		assert_string_equal(desk->shift.team, team);
		assert_true(!desk->home || strcmp(desk->home->campaign.team, team) == 0);
	}
}

static void test_a_seat_gets_another_team(void **state)
{
	(void)state;
	world_begin(25, CAMPAIGN_PREDICTIVE);
	w->seats = 3;
	w->hook = hook_team;
	w->end_us = w->now_us + 1200 * SEC_US;
	world_run(25);
	assert_true(w->history > 0); /* a change came in the middle of a talk */
	assert_in_range(w->shifts_moved, 20, 29);
	assert_int_equal(w->by[OUTCOME_SEAT_LOST], 0);
	free(w);
}

/* --- recordings */

/* The first seat that talks presses a key of the recording, once. */
static void hook_record_key(const char *keys)
{
	struct desk *desk;
	uint64_t handle;

	for (uint32_t at = 0; !w->history && (desk = pool_next(&w->engine->desks, &at, &handle));) {
		if (desk->state != DESK_TALKING || w->now_us - desk->since_us < 5 * SEC_US)
			continue;
		w->history = 1;
		for (; *keys; keys++)
			world_media((struct media_event){.kind = MEDIA_EV_DTMF, .stream = desk->stream, .cookie = desk->self, .digit = *keys});
	}
}

static void hook_record_pause(void)
{
	hook_record_key("*6*6"); /* twice is as once */
}

static void hook_record_both(void)
{
	hook_record_key("*6*7");
}

static void record_run(uint64_t seed, void (*hook)(void))
{
	world_begin(seed, CAMPAIGN_PROGRESSIVE);
	w->seats = 2;
	w->talk_us = 300 * SEC_US;
	w->campaign.record = (struct recording_terms){.on = true, .pause_us = 30 * SEC_US};
	w->hook = hook;
	w->end_us = w->now_us + 900 * SEC_US;
	world_run(seed);
	uint64_t answered = 0;
	for (uint64_t id = 1; id <= w->attempts; id++)
		answered += w->record[id].answer_us != 0;
	assert_true(answered > 0 && w->recorded == answered && w->notes[NOTE_BEGUN] == answered && w->notes[NOTE_ENDED] == answered);
}

/* Nobody ends the pause: the engine does, after the campaign's time, to the moment, though the media plane refuses each command once. */
static void test_REC_2_a_pause_ends_by_itself(void **state)
{
	(void)state;
	record_run(23, hook_record_pause);
	assert_int_equal(w->tape.count, 2);
	assert_true(w->tape.paused[0] && !w->tape.paused[1]);
	assert_in_range(w->tape.at_us[1] - w->tape.at_us[0], 30 * SEC_US, 30 * SEC_US + 20 * MS_US);
	assert_true(w->notes[NOTE_PAUSED] == 1 && w->notes[NOTE_RESUMED] == 1);
	assert_string_equal(w->note.who, "engine");
	assert_string_equal(w->note.why, "time");
	free(w);
}

static void test_an_agent_pauses_and_goes_on(void **state)
{
	(void)state;
	record_run(24, hook_record_both);
	assert_true(w->notes[NOTE_PAUSED] == 1 && w->notes[NOTE_RESUMED] == 1 && !w->tape.paused[w->tape.count - 1]);
	assert_string_equal(w->note.why, "key");
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unruly_seats_and_a_busy_writer),
		cmocka_unit_test(test_what_agents_say_reaches_a_busy_writer),
		cmocka_unit_test(test_second_login_that_fails),
		cmocka_unit_test(test_pause_in_open_wrap_up),
		cmocka_unit_test(test_a_seat_gets_another_team),
		cmocka_unit_test(test_REC_2_a_pause_ends_by_itself),
		cmocka_unit_test(test_an_agent_pauses_and_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
