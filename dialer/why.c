/* why.c - why a campaign dials at this rate now: the answer to {"ask":"pace"}, and one sentence of it for the status */
#include "dialer/engine.h"

#include <stdio.h>
#include <string.h>

#define BOUND_BYTES 200

static const struct book *why_book(const struct run *run, int *kind)
{
	const struct book *book = books_tightest(&run->books);

	*kind = book ? (int)(book - run->books.book) : 0;
	return book;
}

/* A campaign may not dial at all: the first cause. */
static const char *why_not_dialling(const struct engine *engine, const struct run *run, int64_t now_us)
{
	if (run->campaign.state != CAMPAIGN_RUNNING)
		return "it is not running";
	if (engine->draining)
		return "the engine is being stopped";
	if (!run->gate)
		return "its trunk is unknown";
	if (engine->outcomes_late || engine->said_count || engine->unhealthy)
		return "the store cannot take what has happened yet";
	if (now_us < run->gate->unusable_until_us)
		return "its trunk rests after answers that cannot be used";
	if (now_us < gate_resting_until_us(run->gate))
		return "its trunk rests after attempts without an answer";
	if (run->campaign.mode == CAMPAIGN_AGENTLESS && !run->message)
		return "its message cannot be read";
	if (run->finished)
		return "its list is finished";
	if (now_us < run->empty_until_us)
		return "nobody on its list may be dialled now";
	return NULL;
}

static void why_budget(const struct run *run, char out[BOUND_BYTES])
{
	int kind;
	const struct book *book = why_book(run, &kind);

	if (!book)
		snprintf(out, BOUND_BYTES, "the abandonment budget has no room");
	else
		snprintf(out, BOUND_BYTES,
			"the budget of the %s has no room for one more: %.1f people of %.3g%% of %llu, %llu lost",
			book_name((enum book_kind)kind), book->ceiling_prob * (double)book_live(book), book->ceiling_prob * 100,
			(unsigned long long)book_live(book), (unsigned long long)book_abandoned(book));
}

static void why_lines(const struct run *run, char out[BOUND_BYTES])
{
	const struct gate *gate = run->gate;

	if (run->campaign.lines_max && run->calls + run->requested >= run->campaign.lines_max)
		snprintf(out, BOUND_BYTES, "its own %u lines are in use", run->campaign.lines_max);
	else if (!gate)
		snprintf(out, BOUND_BYTES, "its trunk is not there");
	else if (gate_resting(gate))
		snprintf(out, BOUND_BYTES, "no gateway of trunk %s is up", gate->trunk.name);
	else if (!governor_window(gate->trunk.cps_max, gate->unheard))
		snprintf(out, BOUND_BYTES, "trunk %s has said nothing yet to %u INVITEs", gate->trunk.name, gate->unheard);
	else
		snprintf(out, BOUND_BYTES, "lines: trunk %s has %u of %u in use", gate->trunk.name, gate->calls, gate->trunk.calls_max);
}

static void why_tokens(const struct engine *engine, const struct run *run, char out[BOUND_BYTES])
{
	const struct governor *governor = &engine->governor;
	const struct trunk *trunk = run->gate ? &run->gate->trunk : NULL;

	if (governor->cause && (!trunk || governor->rate < trunk->cps_max))
		snprintf(out, BOUND_BYTES, "the engine is at its limit (%s): %.0f calls a second", governor_cause_name(governor->cause),
			governor->rate);
	else
		snprintf(out, BOUND_BYTES, "calls a second: trunk %s lets out %g", trunk ? trunk->name : "?", trunk ? trunk->cps_max : 0);
}

/* What bounds it, in words. */
static void why_bound(const struct engine *engine, const struct run *run, const struct pacing_state *state, char out[BOUND_BYTES])
{
	switch (state->last.reason) {
	case PACING_BY_NOTHING:
		snprintf(out, BOUND_BYTES, "it placed what the law wanted");
		break;
	case PACING_BY_SEATS:
		if (state->seats_in == 0)
			snprintf(out, BOUND_BYTES, "no seat is logged in for it");
		else
			snprintf(out, BOUND_BYTES, "every seat is provided for%s",
				run->campaign.purpose == PURPOSE_COLLECTIONS && !campaign_overdials(&run->campaign)
					? "; collections never over-dial"
					: "");
		break;
	case PACING_BY_BUDGET:
		why_budget(run, out);
		break;
	case PACING_BY_LINES:
		why_lines(run, out);
		break;
	case PACING_BY_TOKENS:
		why_tokens(engine, run, out);
		break;
	case PACING_BY_LEADS:
		snprintf(out, BOUND_BYTES, "nobody more on its list may be dialled now");
		break;
	case PACING_BY_WINDOW:
		snprintf(out, BOUND_BYTES, "it does not dial now");
		break;
	case PACING_BY_LEARNING:
		snprintf(out, BOUND_BYTES, "too little seen yet to over-dial");
		break;
	}
}

void why_sentence(const struct engine *engine, const struct run *run, int64_t now_us, char *out, size_t size)
{
	struct pacing_state state = pacer_state(run->pacer);
	const char *idle = why_not_dialling(engine, run, now_us);
	char bound[BOUND_BYTES] = "";

	if (idle) {
		snprintf(out, size, "places no calls: %s", idle);
		return;
	}
	why_bound(engine, run, &state, bound);
	if (run->campaign.mode == CAMPAIGN_AGENTLESS) {
		snprintf(out, size, "%u calls, no seats needed; %s", run->calls, bound);
		return;
	}
	snprintf(out, size, "%u calls in flight for %u of %u seats free; %s", state.calls_ringing + state.calls_answered,
		state.seats_free, state.seats_in, bound);
}

static struct doc *why_calls(struct engine *engine, const struct run *run)
{
	int64_t count[CALL_STATES] = {0};
	struct doc *out = doc_object();
	struct call *call;
	uint64_t handle;

	for (uint32_t at = 0; (call = pool_next(&engine->calls, &at, &handle));)
		if (call->run == run)
			count[call->state]++;
	for (int i = 0; i < CALL_STATES; i++)
		doc_put_i64(out, call_state_name((enum call_state)i), count[i]);
	doc_put_i64(out, "asked_for", run->requested);
	return out;
}

static struct doc *why_seats(const struct pacing_state *state)
{
	struct doc *out = doc_object();

	doc_put_i64(out, "in", state->seats_in);
	doc_put_i64(out, "free", state->seats_free);
	doc_put_i64(out, "talking", state->seats_talking);
	doc_put_i64(out, "wrapping", state->seats_wrapping);
	return out;
}

static struct doc *why_windows(const struct run *run)
{
	const struct book *tightest = books_tightest(&run->books);
	struct doc *out = doc_array();

	for (int i = 0; i < BOOKS; i++) {
		const struct book *book = &run->books.book[i];
		if (book->ceiling_prob < 0)
			continue;
		struct doc *one = doc_object();
		doc_put_text(one, "name", book_name((enum book_kind)i));
		doc_put_i64(one, "start_us", book->start_us);
		doc_put_i64(one, "end_us", book->end_us);
		doc_put_i64(one, "live", (int64_t)book_live(book));
		doc_put_i64(one, "abandoned", (int64_t)book_abandoned(book));
		doc_put_i64(one, "lost_to_false_verdicts", (int64_t)book->lost_count); /* part of both, 0 when they do not count */
		doc_put_real(one, "ceiling_prob", book->ceiling_prob);
		doc_put_real(one, "room", book_room(book));
		doc_put_bool(one, "tightest", book == tightest);
		doc_push(out, one);
	}
	return out;
}

static struct doc *why_trunk(struct run *run, int64_t now_us)
{
	struct doc *out = doc_object();

	doc_put_text(out, "name", run->campaign.trunk);
	doc_put_i64(out, "calls", run->gate ? run->gate->calls : 0);
	doc_put_i64(out, "calls_max", run->gate ? run->gate->trunk.calls_max : 0);
	doc_put_real(out, "cps_max", run->gate ? run->gate->trunk.cps_max : 0);
	doc_put_real(out, "tokens", run->gate ? gate_tokens(run->gate, now_us) : 0);
	doc_put_i64(out, "resting_until_us", run->gate ? gate_resting_until_us(run->gate) : 0);
	return out;
}

static struct doc *why_minute(struct run *run, int64_t now_us)
{
	static const char *const names[PULSES] = {"dialled", "answered", "people", "connected", "abandoned", "decisions"};
	struct doc *out = doc_object();

	for (int i = 0; i < PULSES; i++)
		doc_put_i64(out, names[i], pulse_sum(&run->pulse, (enum pulse_kind)i, now_us));
	return out;
}

static struct doc *why_estimates(const struct pacing_decision *last)
{
	struct doc *out = doc_object();

	doc_put_real(out, "answer_prob", last->answer_prob);
	doc_put_real(out, "seats_free_expected", last->seats_free_expected);
	doc_put_real(out, "overflow_expected", last->overflow_expected);
	return out;
}

/* One more call is placed while its risk is under the price. */
static struct doc *why_law(const struct pacing_state *state)
{
	struct doc *out = doc_object();

	doc_put_real(out, "risk_prob", state->risk_prob);
	doc_put_real(out, "price_prob", state->price_prob);
	doc_put_real(out, "spend_prob", state->spend_prob);
	doc_put_real(out, "left", state->left);
	doc_put_real(out, "level", state->level);
	return out;
}

static struct doc *why_none(struct engine *engine, const char *name)
{
	struct doc *out = doc_object();
	struct campaign campaign;
	char why[WHY_BYTES];

	if (campaign_get(engine->store, name, &campaign))
		snprintf(why, sizeof(why), "there is no campaign '%.47s'", name);
	else
		snprintf(why, sizeof(why), "campaign '%.47s' is %s: the engine does not pace it", name,
			campaign_state_name(campaign.state));
	doc_put_bool(out, "ok", false);
	doc_put_text(out, "why", why);
	return out;
}

struct doc *why_doc(struct engine *engine, const char *name)
{
	struct run *run = NULL;
	int64_t now_us = clock_us();
	char sentence[WHY_SENTENCE_BYTES];

	for (int i = 0; i < RUNS_MAX; i++)
		if (engine->runs[i].used && strcmp(engine->runs[i].campaign.name, name) == 0)
			run = &engine->runs[i];
	if (!run)
		return why_none(engine, name);
	struct pacing_state state = pacer_state(run->pacer);
	struct doc *out = doc_object();
	why_sentence(engine, run, now_us, sentence, sizeof(sentence));
	doc_put_bool(out, "ok", true);
	doc_put_text(out, "campaign", run->campaign.name);
	doc_put_i64(out, "now_us", now_us);
	doc_put_text(out, "mode", campaign_mode_name(run->campaign.mode));
	doc_put_text(out, "state", campaign_state_name(run->campaign.state));
	doc_put_text(out, "team", run->campaign.team);
	doc_put_text(
		out, "reason", why_not_dialling(engine, run, now_us) ? "not dialling" : pacing_reason_name(state.last.reason));
	doc_put_text(out, "sentence", sentence);
	doc_put(out, "seats", why_seats(&state));
	doc_put(out, "calls", why_calls(engine, run));
	doc_put(out, "estimates", why_estimates(&state.last));
	if (run->campaign.mode == CAMPAIGN_PREDICTIVE)
		doc_put(out, "law", why_law(&state));
	doc_put(out, "windows", why_windows(run));
	doc_put(out, "trunk", why_trunk(run, now_us));
	doc_put(out, "minute", why_minute(run, now_us));
	return out;
}
