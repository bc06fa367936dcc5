/* store.c - the storage thread's work done at once, and told when it is due; see store_world.h */
#include "tests/unit/engine_store/store_world.h"

#include "base/clock.h"

#include <unistd.h>

struct store_world sw;

/* --- seats that come and go as a scenario says */

struct desk *store_world_desk(uint32_t seat)
{
	char login[NAME_BYTES];
	struct desk *desk;
	uint64_t handle;

	snprintf(login, sizeof(login), "seat%u", seat);
	for (uint32_t at = 0; (desk = pool_next(&w->engine->desks, &at, &handle));)
		if (desk->state != DESK_LOGIN && strcmp(desk->seat.login, login) == 0)
			return desk;
	return NULL;
}

/* The world calls in whoever is not bound. */
static void seat_away(uint32_t seat, bool away)
{
	sw.away[seat] = w->seat_bound[seat] = away;
}

void store_world_hangs_up(uint32_t seat)
{
	world_tell(world_leg(store_world_desk(seat)->leg), UA_EV_ENDED, 0, false, NULL);
	seat_away(seat, !sw.here[seat]);
}

void store_world_press(uint32_t seat, const char *keys)
{
	const struct desk *desk = store_world_desk(seat);

	assert_non_null(desk);
	for (; *keys; keys++)
		world_media((struct media_event){
			.kind = MEDIA_EV_DTMF, .stream = desk->stream, .cookie = desk->self, .digit = *keys});
}

static void lap(void)
{
	for (uint32_t i = 0; i < STORE_SEATS && w->logins; i++) {
		if (sw.here[i] && sw.away[i])
			seat_away(i, false);
		else if (!sw.here[i] && store_world_desk(i))
			store_world_hangs_up(i);
	}
	if (sw.script && w->logins)
		sw.script();
}

/* --- the storage thread's work */

/* The library's, too: what is tested here is no crash, and 18,000 commits take minutes on a disk that is slow. */
int fdatasync(int fd)
{
	(void)fd;
	return 0;
}

int writer_start(struct writer **writer, struct store *store, uint64_t *recovered, char *why)
{
	(void)why;
	sw.store = store;
	*recovered = 0;
	*writer = (struct writer *)w;
	return opgroup_init(&sw.group, store);
}

void writer_stop(struct writer *writer)
{
	(void)writer;
	opgroup_fini(&sw.group);
}

int writer_event_fd(const struct writer *writer)
{
	(void)writer;
	return 0;
}

bool writer_take(struct writer *writer, struct writer_event *event)
{
	(void)writer;
	if (w->writer_tail == w->writer_head || w->now_us < w->writer_due_us[w->writer_tail % 8192])
		return false;
	*event = w->writer[w->writer_tail++ % 8192];
	return true;
}

/* A claim leaves both times of the lead's callback as they were. */
static void see_claim(const struct writer_event *event)
{
	struct lead lead;

	assert_int_equal(lead_get(sw.store, event->attempt.lead, &lead), 0);
	if (!*event->seat) {
		assert_in_range(callback_team_us(&lead), 0, w->now_us + SEC_US - 1); /* the indexes count whole seconds */
		return;
	}
	assert_true(lead.callback_own && lead.callback_us < w->now_us + SEC_US && sw.own_claims < STORE_OWN_MAX);
	sw.own[sw.own_claims].attempt = event->attempt.id;
	strcpy(sw.own[sw.own_claims++].seat, event->seat);
}

static int perform(struct op op)
{
	sw.group.ops[0] = op;
	sw.group.count = 1;
	assert_int_equal(opgroup_run(&sw.group), 0);
	for (uint32_t i = 0; i < sw.group.out_count; i++) {
		const struct writer_event *event = &sw.group.out[i];

		if (event->kind == WRITER_CLAIMED)
			see_claim(event);
		sw.own_empty += event->kind == WRITER_EMPTY && *event->seat;
		w->writer_due_us[w->writer_head % 8192] = w->now_us + w->writer_slow_us;
		w->writer[w->writer_head++ % 8192] = *event;
	}
	assert_true(w->writer_head - w->writer_tail < 8192);
	return 0;
}

int writer_claim(struct writer *writer, uint32_t campaign, uint32_t count)
{
	(void)writer;
	return perform((struct op){.kind = OP_CLAIM, .campaign = campaign, .count = count});
}

int writer_claim_own(struct writer *writer, uint32_t campaign, const char *seat, uint64_t lead)
{
	struct op op = {.kind = OP_CLAIM_OWN, .campaign = campaign, .count = 1, .own = {.lead = lead}};
	const struct desk *desk = store_world_desk((uint32_t)(seat[4] - '0'));

	(void)writer;
	assert_true(desk && desk->state == DESK_READY);
	strcpy(op.own.seat, seat);
	return perform(op);
}

int writer_outcome(struct writer *writer, const struct attempt *attempt)
{
	(void)writer;
	return perform((struct op){.kind = OP_OUTCOME, .attempt = *attempt});
}

int writer_disposition(struct writer *writer, uint64_t attempt, const char *disposition)
{
	struct op op = {.kind = OP_DISPOSITION, .disposition = {.id = attempt}};

	(void)writer;
	strcpy(op.disposition.name, disposition);
	return perform(op);
}

int writer_shift(struct writer *writer, const struct shift *shift)
{
	(void)writer;
	return perform((struct op){.kind = OP_SHIFT, .shift = *shift});
}

int writer_opt_out(struct writer *writer, uint64_t attempt, const char *e164, int64_t asked_us, const char *how)
{
	(void)writer, (void)attempt, (void)e164, (void)asked_us, (void)how;
	fail_msg("nobody opts out in this world");
	return 0;
}

int writer_print(struct writer *writer, const struct print_row *row)
{
	(void)writer;
	return perform((struct op){.kind = OP_PRINT, .print = *row});
}

int writer_recording(struct writer *writer, const struct recording_note *note)
{
	(void)writer;
	return perform((struct op){.kind = OP_RECORDING, .recording = *note});
}

int writer_campaign_finished(struct writer *writer, uint32_t campaign)
{
	(void)writer;
	return perform((struct op){.kind = OP_FINISHED, .campaign = campaign});
}

bool writer_healthy(const struct writer *writer)
{
	(void)writer;
	return true;
}

void writer_counters(const struct writer *writer, struct writer_counters *out)
{
	(void)writer;
	memset(out, 0, sizeof(*out));
}

/* --- beginning and end */

void store_world_begin(int64_t now_us)
{
	world_begin(1, CAMPAIGN_PROGRESSIVE);
	w->now_us = w->began_us = now_us;
	w->seats = STORE_SEATS;
	w->hook = lap;
	wheel_init(&w->wheel, now_us);
	sw = (struct store_world){0};
	for (uint32_t i = 0; i < STORE_SEATS; i++)
		seat_away(i, true);
}

void store_world_run(const char *dir, int64_t for_us)
{
	struct engine *engine = NULL;
	char why[400] = "";

	w->end_us = w->now_us + for_us;
	if (engine_open(&engine, dir, why))
		fail_msg("%s", why);
	engine_loop(engine, &w->signals);
	assert_int_equal(engine->calls.used, 0);
	assert_int_equal(engine->gates[0].calls, 0);
	for (int i = 0; i < RUNS_MAX; i++)
		if (engine->runs[i].used)
			assert_true(!engine->runs[i].own.desk && pacer_state(engine->runs[i].pacer).misfits == 0);
	engine_close(engine);
	assert_int_equal(w->streams_open, 0);
}

void store_world_end(void)
{
	free(w);
	w = NULL;
}
