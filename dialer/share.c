/*
 * share.c - several campaigns on one team, and on one trunk
 *
 * Seats   Each seat that is logged in counts for one campaign at a time, its home: that campaign's pacer alone is told of it. A
 * seat looks for its home when it becomes free: first campaigns that can use it, of these the highest priority, of these the one
 * that has least seat time for its weight. A person who waits gets any free seat of the team, whosever home it is: nobody is
 *         abandoned while a seat is idle.
 * Trunk   A campaign that the trunk has held back and that holds less of it for its weight than another goes first: the other
 * leaves it one line, or one call, each time, so a trunk that is short is shared in proportion and nobody starves.
 */
#include "dialer/engine.h"

#include <math.h>
#include <string.h>

#define MEMORY_US (300e6) /* seat time is forgotten by 1/e in this time: a campaign that was away is not paid back for hours */

static uint32_t seat_of(const struct desk *desk)
{
	return (uint32_t)desk->self - 1;
}

/* --- seats */

/* Seat time lately, and what its seats and this one add to it, for its weight. */
static double share_level(const struct run *run, const struct desk *desk)
{
	return (run->seat_us / MEMORY_US + run->seats + (desk->home != run)) / run->campaign.weight;
}

/* Can it use one more seat now? Without a line it cannot, but for the people whom its calls may bring; a trunk that has rested
 * wants a probe. */
static bool share_usable(const struct engine *engine, const struct run *run, int64_t now_us)
{
	if (!run_wants(engine, run, now_us))
		return false;
	return gate_lines_free(run->gate, now_us) || (!gate_resting(run->gate) && (run->calls || run->requested));
}

static struct run *share_pick(struct engine *engine, const struct desk *desk, int64_t now_us)
{
	struct run *best = NULL;
	double best_level = 0;
	bool best_usable = false;

	for (int i = 0; i < RUNS_MAX; i++) {
		struct run *run = &engine->runs[i];
		if (!run->used || run->campaign.mode == CAMPAIGN_AGENTLESS || strcmp(run->campaign.team, desk->seat.team) != 0)
			continue;
		bool usable = share_usable(engine, run, now_us);
		double level = share_level(run, desk);
		bool better = !best || usable > best_usable ||
			      (usable == best_usable &&
				      (run->campaign.priority > best->campaign.priority ||
					      (run->campaign.priority == best->campaign.priority && level < best_level)));
		if (!better)
			continue;
		best = run;
		best_level = level;
		best_usable = usable;
	}
	return best;
}

static void share_leave(struct desk *desk, int64_t now_us)
{
	if (!desk->home)
		return;
	if (!desk->away)
		run_note(desk->home, PACING_LEFT, 0, seat_of(desk), now_us);
	desk->away = false;
	desk->home->seats--;
	desk->home = NULL;
}

static void share_join(struct desk *desk, struct run *run, int64_t now_us)
{
	desk->home = run;
	if (!run)
		return;
	run->seats++;
	run_note(run, PACING_READY, 0, seat_of(desk), now_us);
}

void share_claim(struct desk *desk, struct run *run)
{
	int64_t now_us = clock_us();

	if (desk->home == run)
		return;
	share_leave(desk, now_us);
	share_join(desk, run, now_us);
}

/* Its old home learns how long the wrap-up was before the seat goes elsewhere. */
static void share_ready(struct engine *engine, struct desk *desk, int64_t now_us)
{
	struct run *run = share_pick(engine, desk, now_us);

	if (desk->home)
		run_note(desk->home, PACING_READY, 0, seat_of(desk), now_us);
	if (run == desk->home)
		return;
	share_leave(desk, now_us);
	share_join(desk, run, now_us);
}

void run_note_seat(struct engine *engine, struct desk *desk, enum pacing_event event)
{
	int64_t now_us = clock_us();

	if (event == PACING_READY)
		share_ready(engine, desk, now_us);
	else if (event == PACING_LEFT)
		share_leave(desk, now_us);
	else if (desk->home)
		run_note(desk->home, event, 0, seat_of(desk), now_us);
}

void share_forget(struct engine *engine, struct run *run, bool tell)
{
	struct desk *desk;
	uint64_t handle;

	for (uint32_t at = 0; (desk = pool_next(&engine->desks, &at, &handle));) {
		if (desk->home != run)
			continue;
		if (tell && !desk->away)
			run_note(run, PACING_LEFT, 0, seat_of(desk), clock_us());
		desk->home = NULL;
		run->seats--;
	}
}

/* Free seats that no call of its own is on the way to. */
static bool share_can_spare(const struct run *run)
{
	struct pacing_state state = pacer_state(run->pacer);

	return state.seats_free > state.calls_ringing + state.calls_answered + run->requested;
}

/* An idle seat moves when its home cannot use it, or one of higher priority can; never from under a call that is on its way to
 * it. */
static void share_move(struct engine *engine, struct desk *desk, int64_t now_us)
{
	struct run *best = share_pick(engine, desk, now_us), *home = desk->home;

	if (!best || best == home)
		return;
	if (home && share_usable(engine, home, now_us) && home->campaign.priority >= best->campaign.priority)
		return;
	if (home && !share_can_spare(home))
		return;
	share_leave(desk, now_us);
	share_join(desk, best, now_us);
}

static void share_account(struct engine *engine, int64_t now_us)
{
	double step_us = (double)(now_us - engine->shared_us), keep = exp(-step_us / MEMORY_US);

	for (int i = 0; i < RUNS_MAX; i++) {
		struct run *run = &engine->runs[i];
		if (run->used)
			run->seat_us = run->seat_us * keep + step_us * run->seats;
	}
	engine->shared_us = now_us;
}

void share_balance(struct engine *engine)
{
	int64_t now_us = clock_us();
	struct desk *desk;
	uint64_t handle;

	share_account(engine, now_us);
	for (uint32_t at = 0; (desk = pool_next(&engine->desks, &at, &handle));)
		if (desk->state == DESK_READY)
			share_move(engine, desk, now_us);
}

/* --- trunks */

/* Lines that a campaign holds of the trunk, and calls that it placed lately, for its weight. */
static double share_lines(const struct run *run)
{
	return (double)(run->calls + run->requested) / run->campaign.weight;
}

static double share_calls(struct run *run, int64_t now_us)
{
	return (double)(pulse_sum(&run->pulse, PULSE_DIALLED, now_us) + run->requested) / run->campaign.weight;
}

void share_trunk(struct engine *engine, struct run *run, struct pacing_view *view, int64_t now_us)
{
	for (int i = 0; i < RUNS_MAX; i++) {
		struct run *other = &engine->runs[i];
		if (!other->used || other == run || other->gate != run->gate || !other->held_back ||
			!run_hungry(engine, other, now_us))
			continue;
		if (share_lines(other) < share_lines(run) && view->lines_free > 0) {
			view->lines_free--;
			other->dirty = true;
		}
		if (share_calls(other, now_us) < share_calls(run, now_us) && view->tokens >= 1) {
			view->tokens--;
			other->dirty = true;
		}
	}
}
