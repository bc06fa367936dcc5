/*
 * seat.c - the shift of a simulated seat: free, talking, wrapping up, away
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/world/dice.h"
#include "tools/world/world_in.h"

static void set_post(struct world *w, struct seat *seat, enum post post)
{
	uint32_t *const counts[] = {NULL, &w->free, &w->talking, &w->wrapping};

	if (seat->post != AWAY) {
		double t = (double)(w->now_us - seat->since_us);

		--*counts[seat->post];
		w->in--;
		w->day.login_us += t;
		w->day.busy_us += seat->post == FREE ? 0 : t;
	}
	if (post != AWAY) {
		++*counts[post];
		w->in++;
	}
	seat->post = post;
	seat->since_us = w->now_us;
	seat->generation++;
}

static void leave(struct world *w, uint32_t s)
{
	struct seat *seat = &w->seats[s];

	if (seat->post != AWAY)
		world_note(w, PACING_LEFT, 0, s);
	set_post(w, seat, AWAY);
	seat->free_us = w->now_us + seat->break_us;
	world_plan(w, seat->break_us, BREAK_END, s, seat->generation);
	seat->break_us = 0;
}

/* By hand an agent looks the next account up and dials it. */
void seat_next_by_hand(struct world *w, uint32_t s)
{
	struct seat *seat = &w->seats[s];

	if (seat->break_us)
		leave(w, s);
	else
		world_plan(w, (int64_t)((double)w->scenario->hand_us * seat->speed), HAND, s, seat->generation);
}

static void ready(struct world *w, uint32_t s)
{
	struct seat *seat = &w->seats[s];

	if (seat->break_us) {
		leave(w, s);
		return;
	}
	set_post(w, seat, FREE);
	world_note(w, PACING_READY, 0, s);
	if (call_by_hand(w))
		seat_next_by_hand(w, s);
	else
		seat_serve(w);
}

static void by_hand(struct world *w, uint32_t s)
{
	if (w->now_us < w->scenario->day_us - w->scenario->stop_us &&
		!(w->scenario->leads && call_next_lead(w) >= (uint64_t)w->scenario->leads))
		call_dial(w, s);
}

/* The seat that has been free the longest; NO_SEAT when none is. */
static uint32_t pick_seat(const struct world *w)
{
	uint32_t best = NO_SEAT;

	for (uint32_t s = 0; w->free && s < w->seats_count; s++)
		if (w->seats[s].post == FREE && (best == NO_SEAT || w->seats[s].since_us < w->seats[best].since_us))
			best = s;
	return best;
}

static void count_waits(struct world *w, const struct call *call, const struct seat *seat)
{
	struct minute *minute = world_minute(w);

	hist_note(&w->day.wait, w->now_us - call->greeting_end_us);
	hist_note(&w->day.idle, w->now_us - seat->since_us);
	minute->waits++;
	minute->wait_us += (double)(w->now_us - call->greeting_end_us);
	minute->idle_us += (double)(w->now_us - seat->since_us);
}

static void count_connected(struct world *w, const struct call *call)
{
	bool person = call->lead.who == PERSON;

	if (person && (!w->scenario->classified || call_by_hand(w))) {
		w->day.live++;
		world_minute(w)->live++;
	}
	w->day.connected += person;
	w->day.machines += !person;
	w->day.accounts++;
}

/* The call takes this seat though it may be meant for another, and another may be meant for this one: they change places. */
static void trade(struct world *w, uint32_t c, uint32_t s)
{
	uint32_t own = w->calls[c].seat, other = w->seats[s].meant;

	w->seats[s].meant = NO_CALL;
	if (own == NO_SEAT || own == s)
		return;
	w->seats[own].meant = other;
	if (other != NO_CALL)
		w->calls[other].seat = own;
}

void seat_connect(struct world *w, uint32_t c, uint32_t s)
{
	const struct scenario *sc = w->scenario;
	struct call *call = &w->calls[c];
	struct seat *seat = &w->seats[s];
	bool person = call->lead.who == PERSON;
	double talk = (double)sc->talk_us * call->lead.talk * scenario_level(sc, SHOCK_TALK, w->now_us) * seat->speed;
	double wrap = (double)sc->wrap_us * call->lead.wrap * scenario_level(sc, SHOCK_WRAP, w->now_us) * seat->speed;

	world_lines(w);
	count_connected(w, call);
	if (person)
		count_waits(w, call, seat);
	trade(w, c, s);
	set_post(w, seat, TALK);
	seat->call = c;
	seat->machine = !person;
	seat->wrap_us = person ? wrap : (double)sc->machine_wrap_us;
	world_note(w, person ? PACING_CONNECTED : PACING_MACHINE_SEAT, c, s);
	w->flying--;
	w->answered--;
	call->stage = TALKING;
	talk = person ? talk : (double)sc->machine_talk_us;
	seat->free_us = w->now_us + world_scaled(w, talk) + world_scaled(w, seat->wrap_us);
	world_plan(w, world_scaled(w, talk), TALK_END, s, seat->generation);
}

void seat_serve(struct world *w)
{
	uint32_t s;

	while (w->queue_count && (s = pick_seat(w)) != NO_SEAT) {
		uint32_t c = w->queue[0];

		memmove(w->queue, w->queue + 1, --w->queue_count * sizeof(*w->queue));
		seat_connect(w, c, s);
	}
}

static void talk_end(struct world *w, uint32_t s)
{
	struct seat *seat = &w->seats[s];

	rival_note(&w->rival, RIVAL_TALKED, w->now_us - seat->since_us, w->now_us);
	call_release(w, seat->call);
	set_post(w, seat, WRAP);
	world_note(w, PACING_WRAP, 0, s);
	world_plan(w, world_scaled(w, seat->wrap_us), WRAP_END, s, seat->generation);
}

static void wrap_end(struct world *w, uint32_t s)
{
	ready(w, s);
}

/* Who talks or wraps up finishes first; by hand, who dials as well. */
void seat_break(struct world *w, uint32_t s)
{
	struct seat *seat = &w->seats[s];

	seat->break_us += seat->breaks[seat->breaks_done++].length_us;
	if (seat->post == FREE && !call_by_hand(w))
		leave(w, s);
}

static void break_end(struct world *w, uint32_t s)
{
	if (w->seats[s].post == AWAY)
		ready(w, s);
}

void seat_step(struct world *w, enum kind kind, uint32_t s)
{
	static void (*const steps[])(struct world *, uint32_t) = {
		[TALK_END] = talk_end, [WRAP_END] = wrap_end, [BREAK_END] = break_end, [HAND] = by_hand};

	steps[kind](w, s);
}

static void add_break(struct seat *seat, int64_t at_us, int64_t length_us)
{
	int i = seat->breaks_count;

	if (i == WORLD_BREAKS_MAX)
		return;
	for (seat->breaks_count++; i > 0 && seat->breaks[i - 1].at_us > at_us; i--)
		seat->breaks[i] = seat->breaks[i - 1];
	seat->breaks[i].at_us = at_us;
	seat->breaks[i].length_us = length_us;
}

static void add_breaks(const struct scenario *sc, struct seat *seat, struct prng *prng)
{
	double t, gap_us = sc->pauses_per_hour > 0 ? 3600e6 / sc->pauses_per_hour : INFINITY;

	for (int64_t i = 0; i < sc->breaks_count; i++) {
		const struct rest *rest = &sc->breaks[i];

		add_break(seat, rest->from_us + (int64_t)(prng_unit(prng) * (double)(rest->to_us - rest->from_us)),
			rest->length_us);
	}
	for (int64_t i = 0; i < sc->shocks_count; i++)
		if (sc->shocks[i].kind == SHOCK_LEAVE && prng_unit(prng) < sc->shocks[i].value)
			add_break(seat, sc->shocks[i].at_us, sc->shocks[i].for_us);
	for (t = dice_exponential(prng, gap_us); t < (double)sc->day_us; t += dice_exponential(prng, gap_us))
		add_break(seat, (int64_t)t, sc->pause_us);
}

void seat_begin(struct world *w, uint32_t s)
{
	struct seat *seat = &w->seats[s];
	struct prng prng;

	prng_seed(&prng, w->key ^ (s + 1) * 0x8cb92ba72f3d8dd7u);
	*seat = (struct seat){.meant = NO_CALL, .speed = fmax(0.5, 1 + w->scenario->seat_cv * dice_normal(&prng))};
	add_breaks(w->scenario, seat, &prng);
	for (int i = 0; i < seat->breaks_count; i++)
		world_plan(w, seat->breaks[i].at_us, BREAK_BEGIN, s, 0);
	ready(w, s);
}

/* Whoever still talks is counted as far as the day went. */
void seat_end(struct world *w, uint32_t s)
{
	bool in = w->seats[s].post != AWAY;

	set_post(w, &w->seats[s], AWAY);
	if (in)
		world_note(w, PACING_LEFT, 0, s);
}
