/*
 * run.c - campaigns that run: their pacer, their claims, their trunk's gate
 *
 * Several campaigns may share a team: see share.c.
 */
#include "dialer/engine.h"

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "dialer/lore.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#define EMPTY_AGAIN_US SEC_US /* a campaign without dialable leads is asked again after this */
#define FAILED_AGAIN_US (200 * MS_US)
#define CLAIM_MAX 256

/* --- what the store says */

/* The prompt of a message file, loaded once a path. 0: none, or it cannot be read. */
static uint32_t run_message(struct engine *engine, const char *path)
{
	char why[WHY_BYTES] = "";

	for (int i = 0; path[0] && i < MESSAGES_MAX; i++) {
		if (strcmp(engine->messages[i].path, path) == 0)
			return engine->messages[i].prompt;
		if (engine->messages[i].path[0])
			continue;
		if (media_prompt_load(engine->media, path, &engine->messages[i].prompt, why)) {
			log_line(LOG_ERROR, "message_unreadable", "file=%s why=\"%s\"", path, why);
			return 0;
		}
		text_copy(engine->messages[i].path, sizeof(engine->messages[i].path), path);
		return engine->messages[i].prompt;
	}
	return 0;
}

/* What the campaign may do: nobody is over-dialled without a message, and collections not without a name. */
static enum pacing_mode run_mode(const struct run *run)
{
	if (run->campaign.mode == CAMPAIGN_AGENTLESS)
		return PACING_AGENTLESS;
	if (!run->message || !campaign_overdials(&run->campaign))
		return PACING_PROGRESSIVE;
	return run->campaign.mode == CAMPAIGN_POWER ? PACING_POWER : PACING_PREDICTIVE;
}

static void run_pacing_options(const struct engine *engine, struct run *run)
{
	const struct campaign *campaign = &run->campaign;

	run->options = (struct pacing_options){
		.mode = run_mode(run),
		.ratio = campaign->ratio,
		.calls_max = (uint32_t)engine->config.calls_max,
		.seats_max = (uint32_t)engine->config.seats_max,
		.abandon_prob_max = campaign->abandon_prob_max,
		.hold_us = campaign->hold_us,
		.ring_us_min = 15 * SEC_US,
		.ring_us_max = campaign->ring_us_max,
		.classified = campaign->classify && campaign->connect == CONNECT_CLASSIFIED,
	};
}

_Static_assert((int)BOOKS == LEGAL_WINDOWS && (int)BOOK_MONTH == LEGAL_MONTH, "a book for each window of the law");

/* The legal windows that apply; the campaign's own ceiling holds in each where it is below the law's. */
static void run_ceilings(const struct campaign *campaign, double ceiling_prob[BOOKS])
{
	for (int i = 0; i < BOOKS; i++) {
		double law = campaign->legal_prob[i];
		ceiling_prob[i] = law < campaign->abandon_prob_max ? law : campaign->abandon_prob_max;
	}
}

static void run_enter(struct run *run, const struct attempt *attempt)
{
	const struct outcome_facts *facts = outcome_facts(attempt->outcome);

	books_count(&run->books, attempt->intent_us, facts->live, facts->abandoned);
	books_judge(&run->books, attempt, judge_add);
}

static void run_take_back(struct run *run, const struct attempt *attempt)
{
	const struct outcome_facts *facts = outcome_facts(attempt->outcome);

	books_uncount(&run->books, attempt->intent_us, facts->live, facts->abandoned);
	books_judge(&run->books, attempt, judge_remove);
}

/*
 * The pacer obeys the window that leaves least room. People whose calls have no outcome yet are in no window's count, but in its;
 * so are, where the campaign says so, people lost to false machine verdicts, as estimated: each verdict takes room, as if the
 * ceiling were lowered by (1 - ceiling) * lost / live.
 */
static void run_obey(struct run *run, int64_t now_us)
{
	books_estimate(&run->books, run->campaign.count_false_positives);
	const struct book *book = books_tightest(&run->books);
	struct pacing_options *options = &run->options;
	uint64_t live_count, abandoned_count;

	if (!book)
		return;
	live_count = book_live(book) + run->people_open;
	abandoned_count = book_abandoned(book) + run->lost_open;
	if (book->start_us == options->period_start_us && book->ceiling_prob == options->abandon_prob_max) {
		pacer_period(run->pacer, live_count, abandoned_count);
		journal_put(run->journal, &(struct journal_record){
						  .kind = JOURNAL_PERIOD, .live_count = live_count, .abandoned_count = abandoned_count});
		return;
	}
	options->period_start_us = book->start_us;
	options->abandon_prob_max = book->ceiling_prob;
	options->period_live_count = live_count;
	options->period_abandoned_count = abandoned_count;
	pacer_configure(run->pacer, options, now_us);
	journal_put(run->journal, &(struct journal_record){.kind = JOURNAL_CONFIGURE, .now_us = now_us, .options = *options});
}

void run_count(struct run *run, const struct attempt *attempt, int64_t now_us)
{
	run_enter(run, attempt);
	run_obey(run, now_us);
}

/* The run may have become another campaign's since. */
void run_dispose(struct run *run, struct attempt *attempt, const char *disposition, int64_t now_us)
{
	if (!run->used || run->campaign.id != attempt->campaign)
		return;
	run_take_back(run, attempt);
	judge_dispose(attempt, disposition, run->campaign.hold_us);
	run_enter(run, attempt);
	run_obey(run, now_us);
	run->dirty = true;
}

static void run_read_tally(void *arg, const struct tally *row)
{
	struct run *run = arg;

	books_add(&run->books, row);
}

/* What the windows hold so far, from the store. */
static void run_read_books(struct engine *engine, struct run *run, int64_t now_us)
{
	const struct campaign *campaign = &run->campaign;
	double ceiling_prob[BOOKS];

	run_ceilings(campaign, ceiling_prob);
	books_open(&run->books, ceiling_prob, campaign->first_dial_us, now_us);
	if (campaign->first_dial_us)
		tally_read(engine->store, campaign, books_since_us(&run->books), run_read_tally, run);
}

struct run *run_find(struct engine *engine, uint32_t campaign)
{
	for (int i = 0; i < RUNS_MAX; i++)
		if (engine->runs[i].used && engine->runs[i].campaign.id == campaign)
			return &engine->runs[i];
	return NULL;
}

/* The campaign gets another team: the seats of the old one are none of its pacer's any more, people who wait go to the new one. */
static void run_change_team(struct engine *engine, struct run *run, const char *team)
{
	share_forget(engine, run, true);
	text_copy(run->campaign.team, sizeof(run->campaign.team), team);
	share_balance(engine);
	connect_serve(engine, team);
}

static void run_log_overdial(const struct campaign *campaign)
{
	if (*campaign->overdial_by)
		log_line(LOG_WARN, "overdial_allowed", "camp=%s purpose=%s by=%s", campaign->name, campaign_purpose_name(campaign->purpose),
			campaign->overdial_by);
	else
		log_line(LOG_INFO, "overdial_withdrawn", "camp=%s", campaign->name);
}

/* What an engine before this one learned of the campaign. */
static void run_relearn(struct engine *engine, struct run *run, int64_t now_us)
{
	struct pacing_learned learned;
	int err = lore_load(store_dir(engine->store), run->campaign.name, &learned);

	if (!err)
		err = pacer_relearn(run->pacer, &learned, now_us);
	if (!err)
		journal_put(run->journal, &(struct journal_record){.kind = JOURNAL_RELEARN, .now_us = now_us, .learned = &learned});
	else if (err != -ENOENT)
		log_line(LOG_WARN, "learned_not_used", "camp=%s why=\"%s; it learns anew\"", run->campaign.name,
			err == -EINVAL ? "it was learned with another ring time or classification" : err_text(err));
	run->learned_us = now_us;
}

void run_save(struct engine *engine, int64_t now_us)
{
	for (int i = 0; i < RUNS_MAX; i++) {
		struct run *run = &engine->runs[i];

		if (!run->used || now_us - run->learned_us < LORE_EVERY_US)
			continue;
		lore_save(store_dir(engine->store), run->campaign.name, run->pacer);
		run->learned_us = now_us;
	}
}

static struct run *run_open(struct engine *engine, const struct campaign *campaign, int64_t now_us)
{
	struct run *run = NULL;

	for (int i = 0; i < RUNS_MAX && !run; i++)
		if (!engine->runs[i].used)
			run = &engine->runs[i];
	if (!run) {
		log_line(LOG_ERROR, "campaign_refused", "camp=%s why=\"more than %d campaigns at once\"", campaign->name, RUNS_MAX);
		return NULL;
	}
	*run = (struct run){.campaign = *campaign, .message = run_message(engine, campaign->message)};
	run_pacing_options(engine, run);
	run_read_books(engine, run, now_us);
	run->options.period_start_us = -1; /* run_obey() gives the period */
	run->pacer = pacer_alloc(&run->options, now_us);
	if (!run->pacer) {
		log_line(LOG_ERROR, "campaign_refused", "camp=%s why=\"no memory for its pacer\"", campaign->name);
		return NULL;
	}
	if (engine->config.journal)
		run->journal = journal_open(store_dir(engine->store), campaign->name, now_us);
	journal_put(run->journal, &(struct journal_record){.kind = JOURNAL_ALLOC, .now_us = now_us, .options = run->options});
	run_relearn(engine, run, now_us);
	run_obey(run, now_us);
	run->used = true;
	if (*campaign->overdial_by)
		run_log_overdial(campaign);
	log_line(LOG_INFO, "campaign_runs", "camp=%s mode=%s", campaign->name, campaign_mode_name(campaign->mode));
	return run;
}

/* What the pacer has learned stays, whatever changes. */
static void run_update(struct engine *engine, struct run *run, const struct campaign *campaign, int64_t now_us)
{
	double ceiling_prob[BOOKS];

	if (run->campaign.state != campaign->state)
		log_line(LOG_INFO, "campaign_state", "camp=%s state=%s", campaign->name, campaign_state_name(campaign->state));
	if (strcmp(run->campaign.overdial_by, campaign->overdial_by) != 0)
		run_log_overdial(campaign);
	if (strcmp(run->campaign.team, campaign->team) != 0)
		run_change_team(engine, run, campaign->team);
	if (run->campaign.mode != campaign->mode)
		log_line(LOG_INFO, "campaign_mode", "camp=%s mode=%s", campaign->name, campaign_mode_name(campaign->mode));
	if (campaign->mode == CAMPAIGN_AGENTLESS)
		share_forget(engine, run, true);
	run->campaign = *campaign;
	run->message = run_message(engine, campaign->message);
	run->voicemail = run_message(engine, campaign->voicemail);
	if (campaign->mode == CAMPAIGN_AGENTLESS && !run->voicemail)
		run->voicemail = run->message; /* machines hear it, too, after their beep */
	run->gate = trunks_gate(engine, campaign->trunk, now_us);
	run->empty_until_us = 0;
	run->finished = false;
	run_ceilings(campaign, ceiling_prob);
	books_ceilings(&run->books, ceiling_prob);
	run_pacing_options(engine, run);
	run->options.period_start_us = -1;
	run_obey(run, now_us);
	run->dirty = true;
}

static void run_drop(struct engine *engine, struct run *run)
{
	share_forget(engine, run, false);
	lore_save(store_dir(engine->store), run->campaign.name, run->pacer);
	pacer_free(run->pacer);
	journal_close(run->journal);
	*run = (struct run){0};
}

void run_reload(struct engine *engine)
{
	struct campaign campaign = {0};
	int64_t now_us = clock_us();

	while (campaign_next(engine->store, campaign.name, &campaign) == 0) {
		struct run *run = run_find(engine, campaign.id);
		if (!run && campaign.state == CAMPAIGN_RUNNING)
			run = run_open(engine, &campaign, now_us);
		if (run)
			run_update(engine, run, &campaign, now_us);
		bool over = campaign.state != CAMPAIGN_RUNNING && campaign.state != CAMPAIGN_PAUSED; /* what was learned survives a pause */
		if (run && over && !run->calls && !run->requested && !run->own.desk)
			run_drop(engine, run);
	}
}

/* --- events */

static void run_pulse(struct run *run, enum pacing_event event, int64_t now_us)
{
	static const struct {
		enum pacing_event event;
		enum pulse_kind kind;
	} kinds[] = {{PACING_DIALLED, PULSE_DIALLED}, {PACING_ANSWERED, PULSE_ANSWERED}, {PACING_PERSON, PULSE_PERSON},
		{PACING_CONNECTED, PULSE_CONNECTED}, {PACING_ABANDONED, PULSE_ABANDONED}};

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].event == event)
			pulse_note(&run->pulse, kinds[i].kind, now_us);
}

void run_note(struct run *run, enum pacing_event event, uint32_t call, uint32_t seat, int64_t now_us)
{
	pacer_note(run->pacer, event, call, seat, now_us);
	journal_put(run->journal,
		&(struct journal_record){.kind = JOURNAL_NOTE, .now_us = now_us, .event = event, .call = call, .seat = seat});
	run_pulse(run, event, now_us);
	run->dirty = true;
}

/* `unclaimed` leads of the request did not come; their lines go back. */
static void run_request_over(struct run *run, uint32_t unclaimed)
{
	if (unclaimed)
		gate_return(run->reserved, unclaimed);
	run->requested -= unclaimed;
	run->dirty = true;
}

static void run_empty(struct engine *engine, struct run *run, const struct writer_event *event)
{
	run_request_over(run, run->requested);
	run->empty_until_us = clock_us() + EMPTY_AGAIN_US;
	run->next_us = event->next_us;
	if (event->finished && !run->calls && !run->finished) {
		run->finished = true;
		log_line(LOG_INFO, "campaign_finished", "camp=%s", run->campaign.name);
		writer_campaign_finished(engine->writer, run->campaign.id);
	}
}

static void run_tell_failed(struct engine *engine, const struct run *run, const struct writer_event *event)
{
	if (event->err <= ERR_SYNTAX)
		log_line(LOG_ERROR, event->attempt.outcome ? "outcome_refused" : "store_refused", "call=%llu camp=%s why=\"%s\"",
			(unsigned long long)event->attempt.id, run ? run->campaign.name : "", err_text(event->err));
	else if (!engine->unhealthy)
		log_line(LOG_ERROR, "store_failed", "why=\"%s\" effect=\"no new calls until a commit succeeds; calls under way go on, what "
			"becomes of them is kept in memory and written then\"", err_text(event->err));
}

/* Either the disk refuses: no new calls meanwhile. Or this one operation was refused, for good. */
static void run_failed(struct engine *engine, struct run *run, const struct writer_event *event)
{
	run_tell_failed(engine, run, event);
	engine->unhealthy |= event->err > ERR_SYNTAX;
	if (run && event->count) {
		run_request_over(run, run->requested);
		run->empty_until_us = clock_us() + FAILED_AGAIN_US;
	}
}

/* A run stays as long as it has asked for leads, so a claim always finds it. */
static void run_claimed(struct engine *engine, struct run *run, const struct writer_event *event)
{
	assert(run && run->requested);
	run->requested--;
	run->dirty = true;
	if (engine->draining)
		call_refuse(engine, run, event);
	else if (run->campaign.mode == CAMPAIGN_PREVIEW)
		preview_start(engine, run, event);
	else
		call_start(engine, run, event);
}

/* Said before anything is done with it: between `store_failed` and this line no INVITE leaves. */
static void run_tell_recovered(struct engine *engine)
{
	if (!engine->unhealthy || !writer_healthy(engine->writer))
		return;
	log_line(LOG_INFO, "store_recovered", "effect=\"what was kept is written, dialling goes on\"");
	engine->unhealthy = false;
}

void run_writer(struct engine *engine, const struct writer_event *event)
{
	struct run *run = run_find(engine, event->campaign);

	run_tell_recovered(engine);
	if (*event->seat) {
		own_writer(engine, run, event);
		return;
	}
	switch (event->kind) {
	case WRITER_CLAIMED:
		run_claimed(engine, run, event);
		break;
	case WRITER_EMPTY:
		if (run)
			run_empty(engine, run, event);
		break;
	case WRITER_FAILED:
		run_failed(engine, run, event);
		break;
	case WRITER_DURABLE:
		break;
	case WRITER_KEPT:
		call_kept(engine, event->attempt.id, clock_us());
		break;
	}
}

/* --- decisions */

static bool run_may_dial(const struct engine *engine, const struct run *run)
{
	if (run->campaign.mode == CAMPAIGN_AGENTLESS && !run->message)
		return false; /* it would ring people to say nothing */
	return run->campaign.state == CAMPAIGN_RUNNING && run->gate && !engine->draining && !engine->outcomes_late &&
	       !engine->said_count && writer_healthy(engine->writer);
}

bool run_wants(const struct engine *engine, const struct run *run, int64_t now_us)
{
	return run_may_dial(engine, run) && !run->finished && now_us >= run->empty_until_us;
}

/* Could the campaign use seats now? One whose trunk rests cannot: others have the seats meanwhile, beside its probes. */
bool run_hungry(const struct engine *engine, const struct run *run, int64_t now_us)
{
	return run_wants(engine, run, now_us) && !gate_resting(run->gate);
}

/* Is there a campaign of the same team that goes before and has somebody to dial? Those of equal priority share the seats. */
static bool run_yields(const struct engine *engine, const struct run *run, int64_t now_us)
{
	for (int i = 0; i < RUNS_MAX; i++) {
		const struct run *other = &engine->runs[i];
		if (!other->used || other == run || strcmp(other->campaign.team, run->campaign.team) != 0)
			continue;
		if (other->campaign.priority > run->campaign.priority && run_hungry(engine, other, now_us))
			return true;
	}
	return false;
}

/* Room for calls, less what all campaigns have asked for and not got yet. */
static uint32_t run_pool_free(const struct engine *engine)
{
	uint32_t taken = engine->calls.used;

	for (int i = 0; i < RUNS_MAX; i++)
		taken += engine->runs[i].used ? engine->runs[i].requested + (engine->runs[i].own.desk != 0) : 0;
	return engine->calls.count > taken ? engine->calls.count - taken : 0;
}

/* The campaign's own limit. */
static uint32_t run_own_lines(const struct run *run, uint32_t lines_free)
{
	uint32_t used = run->calls + run->requested + (run->own.desk != 0), max = run->campaign.lines_max;

	if (!max)
		return lines_free;
	return used >= max ? 0 : lines_free < max - used ? lines_free : max - used;
}

static struct pacing_view run_view(struct engine *engine, struct run *run, int64_t now_us)
{
	uint32_t pool_free = run_pool_free(engine);
	struct pacing_view view = {.leads_ready = now_us >= run->empty_until_us && !run->finished ? UINT32_MAX : 0};

	if (!run->gate)
		return view;
	uint32_t lines = gate_lines_free(run->gate, now_us);
	view.lines_free = lines < pool_free ? lines : pool_free;
	view.lines_free = run_own_lines(run, view.lines_free);
	lines = governor_window(run->gate->trunk.cps_max, run->gate->unheard);
	view.lines_free = view.lines_free < lines ? view.lines_free : lines;
	view.tokens = fmin(gate_tokens(run->gate, now_us), governor_tokens(&engine->governor, now_us));
	view.dialling = run_may_dial(engine, run) && !run_yields(engine, run, now_us);
	share_trunk(engine, run, &view, now_us);
	return view;
}

bool run_has_line(struct engine *engine, struct run *run, int64_t now_us)
{
	struct pacing_view view;

	if (run->campaign.mode == CAMPAIGN_AGENTLESS || !run->gate || !run_may_dial(engine, run))
		return false;
	view = run_view(engine, run, now_us);
	return view.lines_free && view.tokens >= 1;
}

bool run_overdials(const struct run *run)
{
	return run->options.mode == PACING_POWER || run->options.mode == PACING_PREDICTIVE;
}

/* Cancels the `count` oldest ringing calls, none that has rung for less than the law's 15 s, and none that has its seat already. */
static void run_cancel_oldest(struct engine *engine, struct run *run, uint32_t count, int64_t now_us)
{
	while (count--) {
		struct call *call, *oldest = NULL;
		uint64_t handle;
		for (uint32_t at = 0; (call = pool_next(&engine->calls, &at, &handle));)
			if (call->run == run && call->state == CALL_RINGING && !call->reserved && now_us - call->attempt.ringing_us >= 15 * SEC_US &&
				(!oldest || call->attempt.ringing_us < oldest->attempt.ringing_us))
				oldest = call;
		if (!oldest)
			return;
		struct call_input in = {.now_us = now_us};
		call_happen(oldest, CALL_EV_TIMER, &in); /* rang out, as far as the lead is concerned */
	}
}

/* One request at a time is with the writer; what it does not bring yet, the next decision asks for. */
static void run_decide(struct engine *engine, struct run *run, int64_t now_us)
{
	struct pacing_view view = run_view(engine, run, now_us);
	struct pacing_decision decision = pacer_decide(run->pacer, &view, now_us);
	journal_put(run->journal,
		&(struct journal_record){.kind = JOURNAL_DECIDE, .now_us = now_us, .view = view, .decision = decision});
	uint32_t count = decision.place < CLAIM_MAX ? decision.place : CLAIM_MAX;

	run->dirty = false;
	run->held_back = view.dialling && (decision.reason == PACING_BY_LINES || decision.reason == PACING_BY_TOKENS);
	pulse_note(&run->pulse, PULSE_DECISION, now_us);
	if (decision.cancel)
		run_cancel_oldest(engine, run, decision.cancel, now_us);
	if (!count || run->requested || !view.dialling)
		return;
	if (writer_claim(engine->writer, run->campaign.id, count))
		return;
	gate_reserve(run->gate, count, now_us);
	governor_spend(&engine->governor, count);
	run->reserved = run->gate;
	run->requested = count;
}

void run_decide_all(struct engine *engine, bool tick)
{
	int64_t now_us = clock_us();

	run_tell_recovered(engine);
	if (tick) {
		preview_sweep(engine);
		own_turn(engine);
		share_balance(engine);
	}
	for (int i = 0; i < RUNS_MAX; i++) {
		struct run *run = &engine->runs[i];
		if (run->used && tick && books_turn(&run->books, run->campaign.first_dial_us, now_us))
			run_obey(run, now_us);
		if (run->used && (run->dirty || tick))
			run_decide(engine, run, now_us);
	}
}

void run_close(struct engine *engine)
{
	for (int i = 0; i < RUNS_MAX; i++)
		if (engine->runs[i].used)
			run_drop(engine, &engine->runs[i]);
}
