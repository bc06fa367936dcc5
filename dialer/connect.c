/*
 * connect.c - people who wait meet seats that are free
 *
 * One queue, in the order in which they became known as people: whoever has waited longest is served first, by the seat of the
 * team that has been idle longest; by one that counts for another campaign only when there is no other.
 */
#include "dialer/engine.h"

#include <string.h>

void connect_wait(struct engine *engine, struct call *call)
{
	call->waiting_next = NULL;
	if (engine->waiting_tail)
		engine->waiting_tail->waiting_next = call;
	else
		engine->waiting_head = call;
	engine->waiting_tail = call;
}

void connect_forget(struct engine *engine, struct call *call)
{
	struct call *before = NULL;

	for (struct call *at = engine->waiting_head; at; before = at, at = at->waiting_next) {
		if (at != call)
			continue;
		if (before)
			before->waiting_next = call->waiting_next;
		else
			engine->waiting_head = call->waiting_next;
		if (engine->waiting_tail == call)
			engine->waiting_tail = before;
		call->waiting_next = NULL;
		return;
	}
}

static struct call *connect_first(struct engine *engine, const char *team)
{
	for (struct call *call = engine->waiting_head; call; call = call->waiting_next)
		if (strcmp(call->run->campaign.team, team) == 0)
			return call;
	return NULL;
}

/* The seat that has been idle longest, first of those that count for the call's campaign. */
struct desk *connect_free(struct engine *engine, const char *team, const struct run *run)
{
	struct desk *desk, *best = NULL;
	uint64_t handle;

	for (uint32_t at = 0; (desk = pool_next(&engine->desks, &at, &handle));) {
		if (desk->state != DESK_READY || strcmp(desk->seat.team, team) != 0)
			continue;
		bool ours = desk->home == run, best_ours = best && best->home == run;
		if (!best || ours > best_ours || (ours == best_ours && desk->since_us < best->since_us))
			best = desk;
	}
	return best;
}

void connect_serve(struct engine *engine, const char *team)
{
	struct call *call;
	struct desk *desk;

	while ((call = connect_first(engine, team)) && (desk = connect_free(engine, team, call->run))) {
		struct call_input in = {.desk = desk->self, .now_us = clock_us()};
		connect_forget(engine, call);
		call_happen(call, CALL_EV_SEAT, &in);
	}
}
