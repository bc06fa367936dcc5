/*
 * test_engine_journal.c - the whole engine: its journal has what is needed to make each decision again, and what was learned
 * stays
 */
#include "tests/unit/engine/world.h"

#include "base/clock.h"

#include <glob.h>
#include <unistd.h>

/* Reads the journal that an hour left, which begins with what another hour taught, and asks a fresh pacer the same questions. */
static uint32_t replay(const char *path)
{
	struct pacing_learned learned;
	struct journal_record record = {.learned = &learned};
	struct pacer *pacer = NULL;
	uint32_t decisions = 0, taught = 0;
	FILE *file = fopen(path, "rb");
	int got;

	assert_non_null(file);
	assert_int_equal(journal_check(file), 0);
	while ((got = journal_read(file, &record)) > 0) {
		if (record.kind == JOURNAL_ALLOC) {
			assert_null(pacer);
			pacer = pacer_alloc(&record.options, record.now_us);
		} else if (record.kind == JOURNAL_CONFIGURE) {
			pacer_configure(pacer, &record.options, record.now_us);
		} else if (record.kind == JOURNAL_PERIOD) {
			pacer_period(pacer, record.live_count, record.abandoned_count);
		} else if (record.kind == JOURNAL_RELEARN) {
			assert_int_equal(pacer_relearn(pacer, record.learned, record.now_us), 0);
			taught++;
		} else if (record.kind == JOURNAL_NOTE) {
			pacer_note(pacer, record.event, record.call, record.seat, record.now_us);
		} else {
			struct pacing_decision decision = pacer_decide(pacer, &record.view, record.now_us);
			assert_int_equal(decision.place, record.decision.place);
			assert_int_equal(decision.reason, record.decision.reason);
			assert_memory_equal(&decision.answer_prob, &record.decision.answer_prob, sizeof(double));
			assert_memory_equal(&decision.overflow_expected, &record.decision.overflow_expected, sizeof(double));
			assert_memory_equal(&decision.seats_free_expected, &record.decision.seats_free_expected, sizeof(double));
			decisions++;
		}
	}
	assert_int_equal(got, 0);
	assert_int_equal(taught, 1);
	fclose(file);
	pacer_free(pacer);
	return decisions;
}

static void hook_settings(void)
{
	if ((w->now_us - w->began_us) / MS_US % 300000 != 0)
		return;
	w->campaign.abandon_prob_max = world_second() / 300 % 2 ? 0.02 : 0.03;
	w->campaign.mode = world_second() / 300 % 3 ? CAMPAIGN_PREDICTIVE : CAMPAIGN_POWER;
	w->version++;
}

static void test_journal_reproduces_each_decision(void **state)
{
	char command[96];
	glob_t found;

	(void)state;
	world_begin(59, CAMPAIGN_PREDICTIVE); /* what it learns the next one begins with */
	w->end_us = w->now_us + 600 * SEC_US;
	world_run(59);
	free(w);
	world_begin(60, CAMPAIGN_PREDICTIVE);
	w->taught = true;
	snprintf(w->dir, sizeof(w->dir), "/tmp/outdial-sim-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->campaign.ratio = 2;
	w->hook = hook_settings;
	w->leads = w->leads_left = LEADS_MAX;
	world_run(60);
	snprintf(command, sizeof(command), "%s/journal/*.journal", w->dir);
	assert_int_equal(glob(command, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	uint32_t decisions = replay(found.gl_pathv[0]);
	print_message("# %u decisions reproduced\n", decisions);
	assert_true(decisions > 30000);
	unlink(found.gl_pathv[0]);
	globfree(&found);
	snprintf(command, sizeof(command), "%s/journal", w->dir);
	assert_int_equal(rmdir(command), 0);
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
}

/* Whoever is killed leaves what he did but for the last second: it is read here while the writer still has the file open. */
static void test_journal_of_the_dead(void **state)
{
	char dir[] = "/tmp/outdial-journal-XXXXXX", path[96];
	struct journal_record record = {.kind = JOURNAL_NOTE};
	int64_t began_us = INT64_C(1763200800) * SEC_US;
	FILE *file;
	int count = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	struct journal *journal = journal_open(dir, "c", began_us);
	for (int i = 0; i < 8; i++) {
		record.now_us = began_us + i * SEC_US / 2;
		journal_put(journal, &record);
	}
	snprintf(path, sizeof(path), "%s/journal/*.journal", dir);
	glob_t found;
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	file = fopen(found.gl_pathv[0], "rb");
	assert_non_null(file);
	assert_int_equal(journal_check(file), 0);
	while (journal_read(file, &record) > 0)
		count++;
	assert_int_equal(count, 7); /* that of 3 s, and not yet that of 3.5 s */
	fclose(file);
	journal_close(journal);
	assert_int_equal(unlink(found.gl_pathv[0]), 0);
	globfree(&found);
	snprintf(path, sizeof(path), "%s/journal", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* A pause keeps what was learned: the same pacer goes on. */
static void hook_pause(void)
{
	static struct pacer *pacer;

	if (world_second() == 100 && w->campaign.state == CAMPAIGN_RUNNING)
		pacer = w->engine->runs[0].pacer;
	if (world_second() == 100 || world_second() == 250) {
		w->campaign.state = world_second() == 100 ? CAMPAIGN_PAUSED : CAMPAIGN_RUNNING;
		w->version++;
	}
	if (world_second() == 249)
		assert_int_equal(w->engine->calls.used, 0);
	if (world_second() == 252)
		assert_ptr_equal(w->engine->runs[0].pacer, pacer);
	w->history = world_second() == 252 ? (uint32_t)pacer_state(pacer).dialled : w->history;
}

static void test_pause_keeps_what_was_learned(void **state)
{
	(void)state;
	world_begin(21, CAMPAIGN_PREDICTIVE);
	w->hook = hook_pause;
	w->end_us = w->now_us + 400 * SEC_US;
	world_run(21);
	assert_in_range(w->history, 20, w->attempts - 10);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_journal_reproduces_each_decision),
		cmocka_unit_test(test_journal_of_the_dead),
		cmocka_unit_test(test_pause_keeps_what_was_learned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
