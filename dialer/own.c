/*
 * own.c - callbacks that are a seat's own: while that seat is ready, one line for it, and no gamble
 *
 *   seat ready, callback due -> seat reserved -> claim -> durable -> DIALLING (or PREVIEW, where the campaign's agents see leads first)
 *                                             \-> refused: the seat is ready again
 *
 * A look passes over those that no rule allows now, some at a time: the next one goes on behind them, and begins anew when it is through.
 *
 * Whoever answers is with that seat at once. People who wait for a seat go before. Looking is a read of the store's index; the claim asks every rule again
 * in the transaction of the intent. One such claim a campaign is with the writer at a time.
 */
#include "dialer/call.h"

#include "base/err.h"
#include "base/log.h"

#include <string.h>

#define LOOK_US (10 * SEC_US)   /* what the dispositions made meanwhile; what tools make is seen at once */
#define AGAIN_US (200 * MS_US)  /* no line now, another seat's claim is under way, or not all were looked at */
#define REFUSED_US SEC_US       /* the claim found what the look did not */

/* --- looking */

/* Campaigns of the seat's team that may place a call now. *more: some may soon. */
static uint32_t own_campaigns(struct engine *engine, const struct desk *desk, int64_t now_us, uint32_t ids[RUNS_MAX], bool *more)
{
	uint32_t count = 0;

	*more = false;
	for (int i = 0; i < RUNS_MAX; i++) {
		struct run *run = &engine->runs[i];

		if (!run->used || run->campaign.mode == CAMPAIGN_AGENTLESS || strcmp(run->campaign.team, desk->seat.team) != 0)
			continue;
		if (!run->own.desk && run_has_line(engine, run, now_us))
			ids[count++] = run->campaign.id;
		else
			*more |= run->campaign.state == CAMPAIGN_RUNNING;
	}
	return count;
}

static void own_ask(struct engine *engine, struct desk *desk, struct run *run, uint64_t lead, int64_t now_us)
{
	if (writer_claim_own(engine->writer, run->campaign.id, desk->seat.login, lead)) {
		desk->own_us = now_us + AGAIN_US;
		return;
	}
	gate_reserve(run->gate, 1, now_us);
	governor_spend(&engine->governor, 1);
	run->own.gate = run->gate;
	run->own.desk = desk->self;
	desk_reserve(desk, run);
}

void own_serve(struct engine *engine, struct desk *desk)
{
	int64_t now_us = clock_us();
	uint32_t ids[RUNS_MAX];
	struct callback_search search = {.seat = desk->seat.login, .campaigns = ids, .now_us = now_us, .after = desk->own_after};
	bool more;

	if (desk->state != DESK_READY || now_us < desk->own_us || engine->draining)
		return;
	search.campaign_count = own_campaigns(engine, desk, now_us, ids, &more);
	desk->own_us = now_us + LOOK_US;
	int err = callback_search(engine->store, &search);

	desk->own_after = search.after;
	if (!err)
		own_ask(engine, desk, run_find(engine, search.campaign), search.lead, now_us);
	else if (err != ERR_UNKNOWN)
		log_line(LOG_ERROR, "callbacks_unread", "seat=%s why=\"%s\"", desk->seat.login, err_text(err));
	else if (search.after.lead || (search.waits && more))
		desk->own_us = now_us + AGAIN_US;
	else if (search.next_us && search.next_us < desk->own_us)
		desk->own_us = search.next_us;
}

void own_turn(struct engine *engine)
{
	struct desk *desk;
	uint64_t handle;

	for (uint32_t at = 0; (desk = pool_next(&engine->desks, &at, &handle));)
		own_serve(engine, desk);
}

void own_reload(struct engine *engine)
{
	struct desk *desk;
	uint64_t handle;

	for (uint32_t at = 0; (desk = pool_next(&engine->desks, &at, &handle));)
		desk->own_us = 0;
}

/* --- the writer's answer */

static void own_dial(struct call *call, struct desk *desk)
{
	call_reserve(call, desk);
	desk_preview(desk, call);
	desk_dialling(desk);
	call_place(call);
}

static void own_claimed(struct engine *engine, struct run *run, struct desk *desk, const struct writer_event *event)
{
	struct call *call = call_take(engine, run, event);
	int64_t now_us = clock_us();

	call->gate = run->own.gate;
	if (!desk || engine->draining || !call_fresh(call, now_us)) {
		call_finish(call, OUTCOME_CANCELLED, HANGUP_ENGINE, now_us);
		if (desk)
			desk_unreserve(desk);
		return;
	}
	desk->own_us = 0; /* there may be more */
	if (run->campaign.mode == CAMPAIGN_PREVIEW)
		preview_show(call, desk);
	else
		own_dial(call, desk);
}

static void own_refused(struct run *run, struct desk *desk, const struct writer_event *event)
{
	gate_return(run->own.gate, 1);
	if (event->kind == WRITER_FAILED)
		log_line(LOG_ERROR, "callback_refused", "seat=%s camp=%s why=\"%s\"", event->seat, run->campaign.name, err_text(event->err));
	if (!desk)
		return;
	desk->own_us = clock_us() + REFUSED_US;
	desk_unreserve(desk);
}

/* A run stays as long as it has such a claim with the writer. A seat that is gone has another handle by now. */
void own_writer(struct engine *engine, struct run *run, const struct writer_event *event)
{
	struct desk *desk = pool_get(&engine->desks, run->own.desk);

	run->own.desk = 0;
	run->dirty = true;
	if (event->kind == WRITER_CLAIMED)
		own_claimed(engine, run, desk, event);
	else
		own_refused(run, desk, event);
}
