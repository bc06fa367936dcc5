/*
 * world.c - one simulated day: its agenda, its decisions, its figures
 *
 * Flow    agenda -> one small function for each kind of event (call.c, seat.c) -> pacer_note(); on each tick a decision ->
 * call_dial().
 */
#include "tools/world/world.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tools/world/world_in.h"

void world_note(struct world *w, enum pacing_event event, uint32_t call, uint32_t seat)
{
	if (w->pacer)
		pacer_note(w->pacer, event, call, seat, w->origin_us + w->now_us);
}

void world_plan(struct world *w, int64_t in_us, enum kind kind, uint32_t index, uint32_t generation)
{
	if (!agenda_push(&w->agenda, w->now_us + (in_us > 0 ? in_us : 0), kind, index, generation))
		w->fault = true;
}

/* lead.rings_us may be infinite: whoever does not answer has no time of answer. */
int64_t world_scaled(const struct world *w, double us)
{
	return (int64_t)(fmin(us, 1e12) * w->scenario->time_scale);
}

struct minute *world_minute(struct world *w)
{
	int64_t m = w->now_us / (60 * SEC_US);

	return &w->day.minutes[m < DAY_MINUTES ? m : DAY_MINUTES - 1];
}

void world_lines(struct world *w)
{
	uint32_t used = w->flying + w->talking;

	w->day.lines_us += (double)used * (double)(w->now_us - w->lines_since_us);
	w->lines_since_us = w->now_us;
	if (used > w->day.lines_max)
		w->day.lines_max = used;
}

/* --- decisions */

static uint32_t leads_left(const struct world *w)
{
	uint64_t left = (uint64_t)w->scenario->leads - w->next_lead + w->again_count;

	return w->scenario->leads ? (uint32_t)left : UINT32_MAX;
}

static bool dialling(const struct world *w)
{
	return w->now_us < w->scenario->day_us - w->scenario->stop_us;
}

static uint32_t ask_pacer(struct world *w, uint32_t lines_free)
{
	struct pacing_view view = {.lines_free = lines_free,
		.tokens = w->scenario->cps > 0 ? w->tokens : -1,
		.leads_ready = leads_left(w),
		.dialling = dialling(w)};
	struct pacing_decision d = pacer_decide(w->pacer, &view, w->origin_us + w->now_us);

	assert(d.place <= lines_free && d.place <= view.leads_ready);
	call_cancel(w, d.cancel);
	return d.place;
}

static uint32_t ask_rival(struct world *w)
{
	struct rival_view view = {.ready = w->free,
		.talking = w->talking,
		.wrapping = w->wrapping,
		.seats = w->seats_count,
		.ringing = w->flying - w->answered,
		.waiting = w->answered,
		.live = w->day.live,
		.abandoned = w->day.abandoned,
		.hours_left = (double)(w->scenario->day_us - w->now_us) / 3600e6,
		.talk_us = w->talk_us};
	uint32_t n = 0;

	for (uint32_t s = 0; s < w->seats_count; s++)
		if (w->seats[s].post == TALK)
			w->talk_us[n++] = w->now_us - w->seats[s].since_us;
	return rival_decide(&w->rival, &view, w->now_us);
}

/* Whatever was decided: no more than lines, tokens and leads allow. */
static void place(struct world *w, uint32_t count)
{
	uint32_t lines = w->lines_count - w->flying - w->talking, leads = leads_left(w);

	count = count < lines ? count : lines;
	count = count < leads ? count : leads;
	for (; count && dialling(w) && !(w->scenario->cps > 0 && w->tokens < 1); count--) {
		w->tokens -= 1;
		call_dial(w, NO_SEAT);
	}
}

static void decide(struct world *w)
{
	w->day.decisions++;
	if (w->options.policy.kind == POLICY_HAND)
		return;
	if (w->options.policy.kind == POLICY_CLAIRVOYANT)
		foresight_decide(w);
	else
		place(w, w->pacer ? ask_pacer(w, w->lines_count - w->flying - w->talking) : ask_rival(w));
}

static void tick(struct world *w)
{
	struct minute *m = world_minute(w);

	w->tokens = fmin(fmax(1, w->scenario->cps), w->tokens + w->scenario->cps * (double)w->scenario->tick_us / 1e6);
	decide(w);
	m->ticks++;
	m->busy += w->talking + w->wrapping;
	m->in += w->in;
	m->flying += w->flying;
	m->lines += w->flying + w->talking;
	world_plan(w, w->scenario->tick_us, TICK, 0, 0);
}

static void happen(struct world *w, const struct agenda_item *item)
{
	uint32_t i = item->index;

	if (item->kind == TICK) {
		tick(w);
		return;
	}
	if (item->kind == BREAK_BEGIN)
		seat_break(w, i);
	else if (item->kind <= GIVE_UP && w->calls[i].generation == item->generation)
		call_step(w, (enum kind)item->kind, i);
	else if (item->kind > GIVE_UP && w->seats[i].generation == item->generation)
		seat_step(w, (enum kind)item->kind, i);
	if (w->options.events)
		decide(w);
}

/* --- the day */

static bool wants_pacer(const struct world *w)
{
	return w->options.policy.kind == POLICY_PRODUCT || w->options.policy.kind == POLICY_PROGRESSIVE;
}

static struct pacing_options pacer_options(const struct world *w)
{
	const struct scenario *s = w->scenario;

	return (struct pacing_options){
		.mode = w->options.policy.kind == POLICY_PROGRESSIVE ? PACING_PROGRESSIVE : PACING_PREDICTIVE,
		.calls_max = w->calls_count,
		.seats_max = w->seats_count,
		.abandon_prob_max = s->ceiling,
		.hold_us = s->hold_us,
		.ring_us_min = s->ring_us_min,
		.ring_us_max = s->ring_us,
		.period_start_us = w->origin_us,
		.day_end_us = s->leads ? 0 : w->origin_us + s->day_us - s->stop_us,
		.classified = s->classified};
}

static void begin_pacer(struct world *w)
{
	struct pacing_options o = pacer_options(w);

	if (w->options.fresh) {
		pacer_free(w->pacer);
		w->pacer = NULL;
	}
	if (!w->pacer && wants_pacer(w)) {
		w->pacer = pacer_alloc(&o, w->origin_us);
		w->fault |= !w->pacer;
	} else if (w->pacer) {
		pacer_configure(w->pacer, &o, w->origin_us);
	}
}

static void begin(struct world *w, int64_t number, uint64_t seed)
{
	struct prng prng;

	prng_seed(&prng, seed * 1000003 + (uint64_t)number);
	w->key = prng_u64(&prng);
	w->block_index = -1;
	w->now_us = w->lines_since_us = 0;
	w->second = -1;
	w->origin_us = (20000 + number) * DAY_US;
	memset(&w->day, 0, sizeof(w->day));
	w->tokens = fmax(1, w->scenario->cps);
	w->next_lead = w->again_count = w->agenda.count = 0;
	w->queue_count = w->flying = w->answered = w->talking = w->wrapping = w->free = w->in = w->free_head = 0;
	for (uint32_t c = 0; c < w->calls_count; c++)
		w->calls[c] = (struct call){.next_free = c + 1};
	rival_init(&w->rival, &w->options.policy, w->scenario->ceiling);
	begin_pacer(w);
	for (uint32_t s = 0; s < w->seats_count; s++)
		seat_begin(w, s);
	world_plan(w, 0, TICK, 0, 0);
}

static bool list_done(const struct world *w)
{
	return w->scenario->leads && !leads_left(w) && !w->flying;
}

/* Calls in the air when the day ends are dropped. */
static void finish(struct world *w)
{
	w->now_us = list_done(w) ? w->now_us : w->scenario->day_us;
	world_lines(w);
	for (uint32_t s = 0; s < w->seats_count; s++)
		seat_end(w, s);
	for (uint32_t c = 0; c < w->calls_count; c++)
		if (w->calls[c].stage == RINGING || w->calls[c].stage == ANSWERED || w->calls[c].stage == WAITING)
			world_note(w, w->calls[c].stage == RINGING ? PACING_CANCELLED : PACING_LOST, c, 0);
	w->day.misfits = w->pacer ? pacer_state(w->pacer).misfits : 0;
	w->day.end_us = w->now_us;
}

const struct day *world_day(struct world *w, int64_t number, uint64_t seed)
{
	struct agenda_item item;

	begin(w, number, seed);
	while (!w->fault && !list_done(w) && agenda_pop(&w->agenda, &item) && item.at_us < w->scenario->day_us) {
		w->now_us = item.at_us;
		happen(w, &item);
	}
	finish(w);
	return w->fault ? NULL : &w->day;
}

struct world *world_alloc(const struct scenario *scenario, const struct world_options *options)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->scenario = scenario;
	w->options = *options;
	w->lines_count = scenario_lines(scenario);
	w->seats_count = (uint32_t)scenario->seats;
	w->calls_count = w->lines_count + w->seats_count;
	w->calls = calloc(w->calls_count, sizeof(*w->calls));
	w->queue = calloc(w->calls_count, sizeof(*w->queue));
	w->seats = calloc(w->seats_count, sizeof(*w->seats));
	w->talk_us = calloc(w->seats_count, sizeof(*w->talk_us));
	if (w->calls && w->queue && w->seats && w->talk_us)
		return w;
	world_free(w);
	return NULL;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	pacer_free(w->pacer);
	agenda_fini(&w->agenda);
	free(w->calls);
	free(w->queue);
	free(w->seats);
	free(w->talk_us);
	free(w->again);
	free(w);
}
