/*
 * call.c - the life of a simulated call: dialled, answered, classified, waiting, connected or over
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tools/world/dice.h"
#include "tools/world/world_in.h"

#define FAIL_US (500 * MS_US) /* a trunk says so at once */

static double block_level(struct world *w, uint64_t number)
{
	int64_t index = (int64_t)(number / (uint64_t)w->scenario->block_leads);
	struct prng prng;

	if (index != w->block_index) {
		prng_seed(&prng, w->key ^ ((uint64_t)index + 1) * 0x9ddfea08eb382d69u);
		w->block = fmax(0.05, 1 + w->scenario->block_cv * dice_normal(&prng));
		w->block_index = index;
	}
	return w->block;
}

/* The trunk's fault hangs on the moment, not on the lead: the next attempt may get through. */
static bool fails(const struct world *w, uint64_t number)
{
	double share = 1 - (1 - w->scenario->fail_prob) * (1 - scenario_share(w->scenario, SHOCK_FAILS, w->now_us));
	struct prng prng;

	if (share <= 0)
		return false;
	prng_seed(&prng, w->key ^ (number + 1) * 0xd1342543de82ef95u ^ ((uint64_t)w->now_us + 1) * 0x9ddfea08eb382d69u);
	return prng_unit(&prng) < share;
}

static enum who draw_who(struct world *w, struct prng *prng, double block)
{
	const struct scenario *s = w->scenario;
	double u = prng_unit(prng), silent = prng_unit(prng);
	double rest = 1 - s->machine_prob - s->busy_prob - s->dead_prob;
	double person = fmin(s->person_prob * block * scenario_answer_level(s, w->now_us), rest);

	if (silent < scenario_share(s, SHOCK_SILENT, w->now_us))
		return NOBODY;
	if (u < person)
		return PERSON;
	if ((u -= person) < s->machine_prob)
		return MACHINE;
	u -= s->machine_prob;
	return u < s->busy_prob ? BUSY : u < s->busy_prob + s->dead_prob ? DEAD : NOBODY;
}

struct lead call_lead(struct world *w, uint64_t number)
{
	const struct scenario *s = w->scenario;
	double block = block_level(w, number);
	struct lead lead = {.rings_us = INFINITY};
	struct prng prng;

	prng_seed(&prng, w->key ^ (number + 1) * 0xd1342543de82ef95u);
	lead.who = draw_who(w, &prng, block);
	if (fails(w, number))
		lead.who = FAILS;
	lead.passes = prng_unit(&prng) < (lead.who == PERSON ? s->lost_prob : s->passed_prob);
	if (lead.who == PERSON)
		lead.rings_us = dice_gamma(&prng, s->person_ring_shape, (double)s->person_ring_us);
	if (lead.who == MACHINE && prng_unit(&prng) < s->machine_at_once_prob)
		lead.rings_us = 0;
	else if (lead.who == MACHINE)
		lead.rings_us = fmax(0, (double)s->machine_ring_us + (double)s->machine_ring_us_sd * dice_normal(&prng));
	if ((lead.who == PERSON || lead.who == MACHINE) && lead.rings_us >= (double)s->ring_us)
		lead.who = NOBODY;
	lead.greeting_us = dice_lognormal(&prng, (double)s->greeting_us, s->greeting_cv);
	lead.talk = dice_lognormal(&prng, 1, s->talk_cv);
	lead.wrap = dice_lognormal(&prng, 1, s->wrap_cv);
	return lead;
}

uint64_t call_next_lead(const struct world *w)
{
	return w->again_count ? w->again[w->again_count - 1] : w->next_lead;
}

bool call_by_hand(const struct world *w)
{
	return w->options.policy.kind == POLICY_HAND;
}

static void dial_again(struct world *w, uint64_t number)
{
	if (w->again_count == w->again_room) {
		size_t room = w->again_room ? 2 * w->again_room : 256;
		uint64_t *again = realloc(w->again, room * sizeof(*again));

		if (!again) {
			w->fault = true;
			return;
		}
		w->again = again;
		w->again_room = room;
	}
	w->again[w->again_count++] = number;
}

static void count_dialled(struct world *w)
{
	int64_t second = w->now_us / SEC_US;

	w->second_dialled = second == w->second ? w->second_dialled + 1 : 1;
	w->second = second;
	if (w->second_dialled > w->day.cps_max)
		w->day.cps_max = w->second_dialled;
	w->day.dialled++;
	world_minute(w)->dialled++;
}

static int64_t rings_out_us(const struct world *w, enum who who)
{
	if (who == FAILS)
		return FAIL_US;
	return w->scenario->delay_us + (who == NOBODY ? w->scenario->ring_us : 0);
}

uint32_t call_dial(struct world *w, uint32_t seat)
{
	uint32_t c = w->free_head;
	struct call *call = &w->calls[c];
	uint64_t number = call_next_lead(w);

	if (w->again_count)
		w->again_count--;
	else
		w->next_lead++;
	world_lines(w);
	w->free_head = call->next_free;
	call->lead = call_lead(w, number);
	call->number = number;
	call->seat = seat;
	call->stage = RINGING;
	call->dialled_us = w->now_us;
	w->flying++;
	count_dialled(w);
	rival_note(&w->rival, RIVAL_DIALLED, 0, w->now_us);
	world_note(w, PACING_DIALLED, c, 0);
	if (call->lead.who == PERSON || call->lead.who == MACHINE)
		world_plan(w, world_scaled(w, (double)w->scenario->delay_us + call->lead.rings_us), ANSWER, c, call->generation);
	else
		world_plan(w, world_scaled(w, (double)rings_out_us(w, call->lead.who)), OVER, c, call->generation);
	return c;
}

/* Its line and its number are free again. */
void call_release(struct world *w, uint32_t c)
{
	struct call *call = &w->calls[c];

	world_lines(w);
	w->flying -= call->stage != TALKING;
	w->answered -= call->stage == ANSWERED || call->stage == WAITING;
	call->stage = IDLE;
	call->generation++;
	call->next_free = w->free_head;
	w->free_head = c;
}

static void end(struct world *w, uint32_t c, enum pacing_event event, bool worked)
{
	uint32_t seat = w->calls[c].seat;

	world_note(w, event, c, 0);
	w->day.accounts += worked;
	call_release(w, c);
	if (seat == NO_SEAT)
		return;
	w->seats[seat].meant = NO_CALL;
	if (call_by_hand(w))
		seat_next_by_hand(w, seat);
}

static void want_seat(struct world *w, uint32_t c)
{
	struct call *call = &w->calls[c];

	call->stage = WAITING;
	w->queue[w->queue_count++] = c;
	world_plan(w, call->greeting_end_us + w->scenario->hold_us - w->now_us, GIVE_UP, c, call->generation);
	seat_serve(w);
}

static void count_live(struct world *w)
{
	w->day.live++;
	world_minute(w)->live++;
}

static void give_up(struct world *w, uint32_t c)
{
	bool person = w->calls[c].lead.who == PERSON;
	uint32_t i = 0;

	if (w->calls[c].stage != WAITING)
		return;
	while (w->queue[i] != c)
		i++;
	memmove(w->queue + i, w->queue + i + 1, (--w->queue_count - i) * sizeof(*w->queue));
	if (!person || !w->scenario->classified)
		count_live(w);
	w->day.abandoned++; /* nobody knows whether it was a machine */
	world_minute(w)->abandoned++;
	rival_note(&w->rival, RIVAL_DROPPED, 0, w->now_us);
	end(w, c, PACING_ABANDONED, false);
}

static void answer(struct world *w, uint32_t c)
{
	struct call *call = &w->calls[c];

	call->stage = ANSWERED;
	w->answered++;
	call->greeting_end_us = w->now_us + (int64_t)call->lead.greeting_us;
	rival_note(&w->rival, RIVAL_ANSWERED, w->now_us - call->dialled_us, w->now_us);
	world_note(w, PACING_ANSWERED, c, 0);
	if (call_by_hand(w) && call->lead.who == MACHINE) {
		end(w, c, PACING_MACHINE, true); /* the agent hears it and hangs up: part of the work by hand */
	} else if (call_by_hand(w)) {
		call->greeting_end_us = w->now_us;
		seat_connect(w, c, call->seat);
	} else if (w->scenario->classified) {
		world_plan(w, (int64_t)call->lead.greeting_us + w->scenario->verdict_us, VERDICT, c, call->generation);
	} else {
		want_seat(w, c);
	}
}

static void verdict(struct world *w, uint32_t c)
{
	struct call *call = &w->calls[c];

	if ((call->lead.who == PERSON) == call->lead.passes) {
		w->day.lost += call->lead.who == PERSON;
		end(w, c, PACING_MACHINE, true);
		return;
	}
	if (call->lead.who == PERSON)
		count_live(w);
	world_note(w, PACING_PERSON, c, 0);
	want_seat(w, c);
}

static void over(struct world *w, uint32_t c)
{
	static const enum pacing_event events[] = {
		[BUSY] = PACING_BUSY, [DEAD] = PACING_DEAD, [NOBODY] = PACING_NO_ANSWER, [FAILS] = PACING_FAILED};
	enum who who = w->calls[c].lead.who;

	if (who == FAILS) {
		w->day.failed++;
		dial_again(w, w->calls[c].number);
	}
	end(w, c, events[who], who != FAILS);
}

void call_step(struct world *w, enum kind kind, uint32_t c)
{
	static void (*const steps[])(struct world *, uint32_t) = {
		[ANSWER] = answer, [VERDICT] = verdict, [OVER] = over, [GIVE_UP] = give_up};

	steps[kind](w, c);
}

/* The oldest first. */
void call_cancel(struct world *w, uint32_t count)
{
	for (; count; count--) {
		int64_t oldest = -1;

		for (uint32_t c = 0; c < w->calls_count; c++)
			if (w->calls[c].stage == RINGING && (oldest < 0 || w->calls[c].dialled_us < w->calls[oldest].dialled_us))
				oldest = c;
		if (oldest < 0 || w->now_us - w->calls[oldest].dialled_us <
					  world_scaled(w, (double)(w->scenario->ring_us_min + w->scenario->delay_us))) {
			w->day.early_cancels++;
			return;
		}
		end(w, (uint32_t)oldest, PACING_CANCELLED, false);
	}
}
