/*
 * world.c - one simulated day: calls, people, machines and seats, and the pacer that paces them
 *
 * Flow    agenda -> one small function for each kind of event -> pacer_note(); on each tick pacer_decide() -> dial().
 */
#include "tools/sim/world.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tools/sim/agenda.h"
#include "tools/sim/dice.h"

#define HOUR_US (3600 * SEC_US)
#define STOP_US (45 * SEC_US) /* dialling stops so long before the day ends */
#define RING_US (25 * SEC_US)
#define RING_US_MIN (15 * SEC_US)
#define HOLD_US (2 * SEC_US)
#define DELAY_US 2500000
#define BLOCK_LEADS 200

enum kind { TICK, ANSWER, VERDICT, OVER, GIVE_UP, TALK_END, WRAP_END, BREAK_BEGIN, BREAK_END, DAY_END };
enum who { PERSON, MACHINE, BUSY, DEAD, NOBODY, FAILS };
enum stage { IDLE, RINGING, ANSWERED, WAITING, TALKING };

struct call {
	enum who who;
	enum stage stage;
	bool passes; /* a machine taken for a person, or a person taken for a machine */
	uint32_t generation, seat, next_free;
	int64_t dialled_us, greeting_end_us;
};

enum post { AWAY, FREE, TALK, WRAP };

struct seat {
	enum post post;
	uint32_t generation, call;
	double speed;               /* of this agent: durations are multiplied */
	int64_t since_us, break_us; /* a break that is due, of this length */
	bool machine;
};

struct world {
	const struct scenario *scenario;
	struct pacer *pacer;
	struct agenda agenda;
	struct prng prng;
	struct call *calls;
	struct seat *seats;
	uint32_t *queue; /* people (or machines) waiting for a seat, oldest first */
	uint32_t queue_count, free_head, in_flight;
	uint64_t leads;
	double block;
	int64_t now_us, origin_us;
	struct day day;
};

static void note(struct world *w, enum pacing_event event, uint32_t call, uint32_t seat)
{
	pacer_note(w->pacer, event, call, seat, w->origin_us + w->now_us);
}

static void plan(struct world *w, int64_t in_us, enum kind kind, uint32_t index, uint32_t generation)
{
	bool kept = agenda_push(&w->agenda, w->now_us + (in_us > 0 ? in_us : 0), kind, index, generation);

	assert(kept);
}

static int64_t scaled(const struct world *w, double us)
{
	return (int64_t)(us * w->scenario->time_scale);
}

static void release(struct world *w, uint32_t c)
{
	if (w->calls[c].stage != TALKING)
		w->in_flight--;
	w->calls[c].stage = IDLE;
	w->calls[c].generation++;
	w->calls[c].next_free = w->free_head;
	w->free_head = c;
}

static void end_call(struct world *w, uint32_t c, enum pacing_event event, bool worked)
{
	note(w, event, c, 0);
	w->day.accounts += worked;
	release(w, c);
}

static void leave(struct world *w, uint32_t s)
{
	struct seat *seat = &w->seats[s];

	w->day.login_us += (double)(w->now_us - seat->since_us) * (seat->post == FREE);
	if (seat->post != AWAY)
		note(w, PACING_LEFT, 0, s);
	seat->post = AWAY;
	seat->generation++;
	plan(w, seat->break_us, BREAK_END, s, seat->generation);
	seat->break_us = 0;
}

static void serve_queue(struct world *w);

static void ready(struct world *w, uint32_t s)
{
	struct seat *seat = &w->seats[s];

	if (seat->break_us) {
		leave(w, s); /* login time is already counted: no seat that gets ready is free yet */
		return;
	}
	seat->post = FREE;
	seat->since_us = w->now_us;
	note(w, PACING_READY, 0, s);
	serve_queue(w);
}

/* The seat that has been free the longest; -1 when none is. */
static int64_t pick_seat(const struct world *w)
{
	int64_t best = -1;

	for (uint32_t s = 0; s < w->scenario->seats; s++)
		if (w->seats[s].post == FREE && (best < 0 || w->seats[s].since_us < w->seats[best].since_us))
			best = s;
	return best;
}

static void connect(struct world *w, uint32_t c, uint32_t s)
{
	struct call *call = &w->calls[c];
	struct seat *seat = &w->seats[s];
	double talk =
		dice_lognormal(&w->prng, w->scenario->talk_us, 1) * scenario_talk_level(w->scenario, w->now_us) * seat->speed;
	bool person = call->who == PERSON;

	w->day.login_us += (double)(w->now_us - seat->since_us);
	seat->post = TALK;
	seat->since_us = w->now_us;
	seat->call = c;
	seat->generation++;
	seat->machine = !person;
	w->day.live += person && !w->scenario->classified;
	w->day.connected += person;
	w->day.machines += !person;
	w->day.accounts++;
	note(w, person ? PACING_CONNECTED : PACING_MACHINE_SEAT, c, s);
	w->in_flight--;
	call->stage = TALKING;
	plan(w, scaled(w, person ? talk : 8e6), TALK_END, s, seat->generation);
}

static void serve_queue(struct world *w)
{
	int64_t s;

	while (w->queue_count && (s = pick_seat(w)) >= 0) {
		uint32_t c = w->queue[0];

		memmove(w->queue, w->queue + 1, --w->queue_count * sizeof(*w->queue));
		connect(w, c, (uint32_t)s);
	}
}

static void want_seat(struct world *w, uint32_t c)
{
	struct call *call = &w->calls[c];

	call->stage = WAITING;
	w->queue[w->queue_count++] = c;
	plan(w, call->greeting_end_us + HOLD_US - w->now_us, GIVE_UP, c, call->generation);
	serve_queue(w);
}

static void give_up(struct world *w, uint32_t c)
{
	bool person = w->calls[c].who == PERSON;
	uint32_t i = 0;

	if (w->calls[c].stage != WAITING)
		return;
	while (w->queue[i] != c)
		i++;
	memmove(w->queue + i, w->queue + i + 1, (--w->queue_count - i) * sizeof(*w->queue));
	w->day.abandoned++; /* nobody knows that it was a machine */
	w->day.live += person && !w->scenario->classified;
	w->day.live += !person;
	end_call(w, c, PACING_ABANDONED, false);
}

static void answer(struct world *w, uint32_t c)
{
	struct call *call = &w->calls[c];
	double greeting = dice_lognormal(&w->prng, 2.0e6, 0.45);

	call->stage = ANSWERED;
	call->greeting_end_us = w->now_us + (int64_t)greeting;
	note(w, PACING_ANSWERED, c, 0);
	if (w->scenario->classified)
		plan(w, (int64_t)greeting + 600000, VERDICT, c, call->generation);
	else
		want_seat(w, c);
}

static void verdict(struct world *w, uint32_t c)
{
	struct call *call = &w->calls[c];
	bool person = (call->who == PERSON) != call->passes;

	if (!person) {
		end_call(w, c, PACING_MACHINE, true);
		return;
	}
	w->day.live += call->who == PERSON;
	note(w, PACING_PERSON, c, 0);
	want_seat(w, c);
}

static void over(struct world *w, uint32_t c)
{
	static const enum pacing_event events[] = {
		[BUSY] = PACING_BUSY, [DEAD] = PACING_DEAD, [NOBODY] = PACING_NO_ANSWER, [FAILS] = PACING_FAILED};
	enum who who = w->calls[c].who;

	end_call(w, c, who == PERSON || who == MACHINE ? PACING_NO_ANSWER : events[who], who != FAILS);
}

static enum who draw_who(struct world *w)
{
	const struct scenario *s = w->scenario;
	double u = prng_unit(&w->prng), person;

	if (w->leads++ % BLOCK_LEADS == 0)
		w->block = fmax(0.05, 1 + s->block_cv * dice_normal(&w->prng));
	person = fmin(s->person_prob * w->block * scenario_answer_level(s, w->now_us), 1 - s->machine_prob - 0.13);
	if (scenario_trunk_down(s, w->now_us))
		return FAILS;
	if (u < person)
		return PERSON;
	u -= person;
	return u < s->machine_prob ? MACHINE : u < s->machine_prob + 0.05 ? BUSY : u < s->machine_prob + 0.13 ? DEAD : NOBODY;
}

static void dial(struct world *w)
{
	uint32_t c = w->free_head;
	struct call *call = &w->calls[c];
	double rings = INFINITY;

	w->free_head = call->next_free;
	call->who = draw_who(w);
	call->stage = RINGING;
	call->dialled_us = w->now_us;
	call->passes = prng_unit(&w->prng) < (call->who == PERSON ? 0.005 : 0.05);
	w->in_flight++;
	w->day.dialled++;
	note(w, PACING_DIALLED, c, 0);
	if (call->who == PERSON)
		rings = dice_gamma(&w->prng, 2.2, 9e6);
	if (call->who == MACHINE)
		rings = prng_unit(&w->prng) < 0.2 ? 0 : 19e6 + 2.5e6 * dice_normal(&w->prng);
	if (rings < RING_US)
		plan(w, scaled(w, DELAY_US + fmax(0, rings)), ANSWER, c, call->generation);
	else
		plan(w,
			scaled(w, DELAY_US + (call->who == BUSY || call->who == DEAD ? 0
						     : call->who == FAILS            ? -2e6
										     : (double)RING_US)),
			OVER, c, call->generation);
}

static void cancel(struct world *w, uint32_t count)
{
	for (; count; count--) {
		int64_t oldest = -1;

		for (uint32_t c = 0; c < w->scenario->lines; c++)
			if (w->calls[c].stage == RINGING && (oldest < 0 || w->calls[c].dialled_us < w->calls[oldest].dialled_us))
				oldest = c;
		if (oldest < 0 || w->now_us - w->calls[oldest].dialled_us < scaled(w, RING_US_MIN + DELAY_US)) {
			w->day.early_cancels++;
			return;
		}
		end_call(w, (uint32_t)oldest, PACING_CANCELLED, false);
	}
}

static void decide(struct world *w)
{
	uint32_t leads = w->scenario->leads ? w->scenario->leads - (uint32_t)w->leads : UINT32_MAX;
	struct pacing_view view = {.lines_free = w->scenario->lines - w->in_flight,
		.tokens = -1,
		.leads_ready = leads,
		.dialling = w->now_us < w->scenario->day_us - STOP_US};
	struct pacing_decision d = pacer_decide(w->pacer, &view, w->origin_us + w->now_us);

	w->day.decisions++;
	w->day.lines_sum += w->in_flight;
	assert(d.place <= view.lines_free);
	cancel(w, d.cancel);
	while (d.place--)
		dial(w);
}

static void talk_end(struct world *w, uint32_t s)
{
	struct seat *seat = &w->seats[s];
	double wrap = dice_lognormal(&w->prng, w->scenario->wrap_us, 1.5) * seat->speed;

	release(w, seat->call);
	seat->post = WRAP;
	seat->generation++;
	note(w, PACING_WRAP, 0, s);
	plan(w, scaled(w, seat->machine ? 4e6 : wrap), WRAP_END, s, seat->generation);
}

static void wrap_end(struct world *w, uint32_t s)
{
	w->day.busy_us += (double)(w->now_us - w->seats[s].since_us);
	w->day.login_us += (double)(w->now_us - w->seats[s].since_us);
	ready(w, s);
}

/* Who talks or wraps up finishes first. */
static void break_begin(struct world *w, uint32_t s, uint32_t minutes_tenths)
{
	struct seat *seat = &w->seats[s];

	seat->break_us += minutes_tenths * 6 * SEC_US;
	if (seat->post == FREE)
		leave(w, s);
}

static void break_end(struct world *w, uint32_t s)
{
	if (w->seats[s].post == AWAY)
		ready(w, s);
}

static void plan_breaks(struct world *w, uint32_t s)
{
	double t = dice_exponential(&w->prng, 2.5 * (double)HOUR_US);
	int64_t shock_us = scenario_break_us(w->scenario);

	/* The generation of a break's beginning carries its length in tenths of a minute. */
	if (w->scenario->day_us >= 6 * HOUR_US)
		plan(w, (int64_t)((3 + 2 * prng_unit(&w->prng)) * (double)HOUR_US), BREAK_BEGIN, s, 200);
	plan(w, (int64_t)((0.7 + 1.6 * prng_unit(&w->prng)) * (double)HOUR_US), BREAK_BEGIN, s, 50);
	plan(w, (int64_t)((5.5 + 1.6 * prng_unit(&w->prng)) * (double)HOUR_US), BREAK_BEGIN, s, 50);
	for (; t < (double)w->scenario->day_us; t += dice_exponential(&w->prng, 2.5 * (double)HOUR_US))
		plan(w, (int64_t)t, BREAK_BEGIN, s, 20);
	if (shock_us >= 0 && s % 2)
		plan(w, shock_us, BREAK_BEGIN, s, 150);
}

static void tick(struct world *w)
{
	decide(w);
	plan(w, w->scenario->tick_us, TICK, 0, 0);
}

static void happen(struct world *w, const struct agenda_item *item)
{
	static void (*const call_steps[])(struct world *, uint32_t) = {
		[ANSWER] = answer, [VERDICT] = verdict, [OVER] = over, [GIVE_UP] = give_up};
	static void (*const seat_steps[])(struct world *, uint32_t) = {
		[TALK_END] = talk_end, [WRAP_END] = wrap_end, [BREAK_END] = break_end};

	if (item->kind == TICK)
		tick(w);
	else if (item->kind == BREAK_BEGIN)
		break_begin(w, item->index, item->generation);
	else if (item->kind <= GIVE_UP && w->calls[item->index].generation == item->generation)
		call_steps[item->kind](w, item->index);
	else if (item->kind > GIVE_UP && w->seats[item->index].generation == item->generation)
		seat_steps[item->kind](w, item->index);
	if (w->scenario->events && item->kind != TICK)
		decide(w);
}

static struct pacing_options options(const struct world *w)
{
	const struct scenario *s = w->scenario;

	return (struct pacing_options){.mode = s->mode,
		.calls_max = s->lines + s->seats,
		.seats_max = s->seats,
		.abandon_prob_max = s->ceiling,
		.hold_us = HOLD_US,
		.ring_us_min = RING_US_MIN,
		.ring_us_max = RING_US,
		.period_start_us = w->origin_us,
		.day_end_us = s->leads ? 0 : w->origin_us + s->day_us - STOP_US,
		.classified = s->classified};
}

static void begin(struct world *w, int64_t number, uint64_t seed)
{
	struct pacing_options o;
	uint32_t calls = w->scenario->lines + w->scenario->seats;

	prng_seed(&w->prng, seed * 1000003 + (uint64_t)number);
	w->now_us = 0;
	w->origin_us = (20000 + number) * DAY_US;
	w->day = (struct day){0};
	w->leads = 0;
	w->queue_count = w->in_flight = w->free_head = 0;
	for (uint32_t c = 0; c < calls; c++)
		w->calls[c] = (struct call){.next_free = c + 1};
	o = options(w);
	if (w->scenario->fresh) {
		pacer_free(w->pacer);
		w->pacer = NULL;
	}
	if (!w->pacer)
		w->pacer = pacer_alloc(&o, w->origin_us);
	assert(w->pacer);
	pacer_configure(w->pacer, &o, w->origin_us);
	for (uint32_t s = 0; s < w->scenario->seats; s++) {
		w->seats[s] = (struct seat){.speed = fmax(0.5, 1 + 0.15 * dice_normal(&w->prng))};
		plan_breaks(w, s);
		ready(w, s);
	}
	plan(w, 0, TICK, 0, 0);
}

static bool list_done(const struct world *w)
{
	return w->scenario->leads && w->leads >= w->scenario->leads && !w->in_flight;
}

/* Whoever still talks is counted as far as the day went; calls in the air are dropped. */
static void finish(struct world *w)
{
	w->agenda.count = 0;
	w->now_us = list_done(w) ? w->now_us : w->scenario->day_us;
	for (uint32_t s = 0; s < w->scenario->seats; s++) {
		struct seat *seat = &w->seats[s];
		double t = (double)(w->now_us - seat->since_us);

		w->day.login_us += seat->post != AWAY ? t : 0;
		w->day.busy_us += seat->post == TALK || seat->post == WRAP ? t : 0;
		if (seat->post != AWAY)
			note(w, PACING_LEFT, 0, s);
	}
	for (uint32_t c = 0; c < w->scenario->lines + w->scenario->seats; c++)
		if (w->calls[c].stage == RINGING || w->calls[c].stage == ANSWERED || w->calls[c].stage == WAITING)
			note(w, w->calls[c].stage == RINGING ? PACING_CANCELLED : PACING_LOST, c, 0);
	w->day.misfits = pacer_state(w->pacer).misfits;
}

struct day world_day(struct world *w, int64_t number, uint64_t seed)
{
	struct agenda_item item;

	begin(w, number, seed);
	while (!list_done(w) && agenda_pop(&w->agenda, &item) && item.at_us < w->scenario->day_us) {
		w->now_us = item.at_us;
		happen(w, &item);
	}
	finish(w);
	return w->day;
}

struct world *world_alloc(const struct scenario *scenario)
{
	struct world *w = calloc(1, sizeof(*w));
	size_t calls = (size_t)scenario->lines + scenario->seats;

	if (!w)
		return NULL;
	w->scenario = scenario;
	w->calls = calloc(calls, sizeof(*w->calls));
	w->queue = calloc(calls, sizeof(*w->queue));
	w->seats = calloc(scenario->seats, sizeof(*w->seats));
	if (w->calls && w->queue && w->seats)
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
	free(w);
}
