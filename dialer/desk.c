/*
 * desk.c - a logged-in seat: one leg for the whole shift, from login to logout
 *
 *   LOGIN -> READY <-> TALKING -> WRAP -> READY       PAUSED by *2, back by *1; in a talk, and in a wrap-up that ends by itself,
 *                                                     *2 waits for the end, where it comes instead of READY
 *
 * The time spent in each state is summed for the shift's record. Whoever leaves a state does so through desk_turn(). A seat that gets
 * another team in the store goes there on the same leg, at once or when its talk and wrap-up are over, and begins another shift.
 */
#include "dialer/engine.h"

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

#define DESK_LOGIN_US_MAX (32 * SEC_US)

static uint32_t desk_index(const struct desk *desk)
{
	return (uint32_t)desk->self - 1;
}

/* Adds the time since the last turn to the sum of the present state. */
static void desk_account(struct desk *desk, int64_t now_us)
{
	int64_t *const sums[] = {
		[DESK_LOGIN] = &desk->shift.wait_us,
		[DESK_READY] = &desk->shift.wait_us,
		[DESK_TALKING] = &desk->shift.talk_us,
		[DESK_WRAP] = &desk->shift.wrap_us,
		[DESK_PAUSED] = &desk->shift.pause_us,
		[DESK_PREVIEW] = &desk->shift.wait_us,
		[DESK_DIALLING] = &desk->shift.wait_us,
	};

	*sums[desk->state] += now_us - desk->shift.logout_us;
	desk->shift.logout_us = now_us;
}

static void desk_turn(struct desk *desk, enum desk_state state)
{
	int64_t now_us = clock_us();

	desk_account(desk, now_us);
	wheel_cancel(&desk->engine->wheel, &desk->timer);
	desk->state = state;
	desk->since_us = now_us;
}

static void desk_shift_begin(struct desk *desk, int64_t now_us)
{
	struct engine *engine = desk->engine;

	engine->shift_last = (uint64_t)now_us > engine->shift_last ? (uint64_t)now_us : engine->shift_last + 1;
	desk->shift = (struct shift){.id = engine->shift_last, .login_us = now_us, .logout_us = now_us};
	text_copy(desk->shift.login, sizeof(desk->shift.login), desk->seat.login);
	text_copy(desk->shift.team, sizeof(desk->shift.team), desk->seat.team);
}

/* A shift's record is of one team: the seat ends it and begins another on the same leg. */
static void desk_end_shift(struct desk *desk, const char *why)
{
	text_copy(desk->shift.end, sizeof(desk->shift.end), why);
	writer_shift(desk->engine->writer, &desk->shift);
}

/* To the team that the store gave it, if it did: the seat is not at work now. */
static void desk_move(struct desk *desk)
{
	if (!*desk->team_next)
		return;
	desk_end_shift(desk, "team");
	log_line(LOG_INFO, "seat_team", "seat=%s from=%s to=%s", desk->seat.login, desk->seat.team, desk->team_next);
	text_copy(desk->seat.team, sizeof(desk->seat.team), desk->team_next);
	desk->team_next[0] = '\0';
	desk_shift_begin(desk, clock_us());
	writer_shift(desk->engine->writer, &desk->shift);
}

static void desk_ready(struct desk *desk)
{
	struct engine *engine = desk->engine;

	desk_turn(desk, DESK_READY);
	desk_move(desk);
	desk->run = NULL;
	desk->away = false;
	run_note_seat(engine, desk, PACING_READY);
	connect_serve(engine, desk->seat.team);
	own_serve(engine, desk);
}

static void desk_pause(struct desk *desk)
{
	desk->pause_wanted = false;
	desk_turn(desk, DESK_PAUSED);
	desk_move(desk);
	desk->run = NULL;
	run_note_seat(desk->engine, desk, PACING_LEFT);
	media_play(desk->engine->media, desk->stream, desk->engine->tone_pause, 0);
}

static void desk_on_wrap_over(void *arg)
{
	struct desk *desk = arg;

	if (desk->pause_wanted)
		desk_pause(desk);
	else
		desk_ready(desk);
}

/* --- calls */

/* It is free for its home's pacer again: one that was reserved. */
static void desk_return(struct desk *desk)
{
	if (desk->away && desk->home)
		run_note(desk->home, PACING_READY, 0, desk_index(desk), clock_us());
	desk->away = false;
}

void desk_take(struct desk *desk, struct call *call)
{
	struct engine *engine = desk->engine;

	desk_return(desk);
	desk_turn(desk, DESK_TALKING);
	desk->call = call->self;
	desk->run = call->run;
	desk->attempt = call->attempt.id;
	desk->shift.calls++;
	desk->keys.prefix = 0;
	media_play_stop(engine->media, desk->stream);
	media_play(engine->media, desk->stream, engine->tone_connect, 0);
	share_claim(desk, call->run);
	call_note(call, call->attempt.sampled ? PACING_MACHINE_SEAT : PACING_CONNECTED, desk_index(desk), clock_us());
}

void desk_release(struct desk *desk, bool wrap)
{
	struct engine *engine = desk->engine;
	int64_t wrap_us = desk->run ? desk->run->campaign.wrap_us : 0;

	desk->call = 0;
	if (!wrap) {
		desk_on_wrap_over(desk);
		return;
	}
	run_note_seat(engine, desk, PACING_WRAP);
	desk_turn(desk, DESK_WRAP);
	if (wrap_us)
		wheel_arm(&engine->wheel, &desk->timer, clock_us() + wrap_us, desk_on_wrap_over, desk);
}

/*
 * Reserved for a lead: to the pacer the seat is away while its agent reads, and free, with one call on the way to it, while it rings. Where more calls
 * are placed than seats are free it is away until the person answers: others would be dialled for it.
 */

void desk_reserve(struct desk *desk, struct run *run)
{
	desk_turn(desk, DESK_PREVIEW);
	desk->run = run;
	desk->keys.prefix = 0;
	share_claim(desk, run);
	run_note(run, PACING_LEFT, 0, desk_index(desk), clock_us());
	desk->away = true;
}

void desk_preview(struct desk *desk, struct call *call)
{
	desk->call = call->self;
	media_play(desk->engine->media, desk->stream, desk->engine->tone_preview, 0);
}

void desk_dialling(struct desk *desk)
{
	desk_turn(desk, DESK_DIALLING);
	if (!desk->run || !run_overdials(desk->run))
		desk_return(desk);
}

void desk_unreserve(struct desk *desk)
{
	desk->call = 0;
	if (desk->state == DESK_DIALLING && desk->home && !desk->away)
		run_note(desk->home, PACING_LEFT, 0, desk_index(desk), clock_us());
	desk_on_wrap_over(desk);
}

/* --- keys */

/*
 * A writer that takes nothing now is asked again, in the order in which things were said: one of them may be "never call
 * again".
 */
static void desk_write_disposition(struct engine *engine, uint64_t attempt, const char *disposition)
{
	if (!engine->said_count && writer_disposition(engine->writer, attempt, disposition) == 0)
		return;
	if (engine->said_count == SAID_MAX) {
		log_line(LOG_ERROR, "disposition_lost", "call=%llu disposition=%s", (unsigned long long)attempt, disposition);
		return;
	}
	struct said *said = &engine->said[engine->said_count++];
	said->attempt = attempt;
	text_copy(said->disposition, sizeof(said->disposition), disposition);
}

void desk_retry_dispositions(struct engine *engine)
{
	uint32_t done = 0;

	while (done < engine->said_count &&
		writer_disposition(engine->writer, engine->said[done].attempt, engine->said[done].disposition) == 0)
		done++;
	engine->said_count -= done;
	memmove(engine->said, engine->said + done, engine->said_count * sizeof(engine->said[0]));
}

/* The talk is over: the store changes its record, the campaign's account its counts. */
static void desk_dispose_late(struct desk *desk, const char *disposition)
{
	if (!call_dispose_late(desk->engine, desk->attempt, disposition))
		desk_write_disposition(desk->engine, desk->attempt, disposition);
	if (desk->last.id == desk->attempt && desk->run)
		run_dispose(desk->run, &desk->last, disposition, clock_us());
}

static void desk_dispose(struct desk *desk, char digit)
{
	const struct disposition *disposition = disposition_by_digit(digit);

	if (!disposition || !desk->attempt || (desk->state != DESK_TALKING && desk->state != DESK_WRAP))
		return;
	struct call *call = pool_get(&desk->engine->calls, desk->call);
	if (call)
		text_copy(call->attempt.disposition, sizeof(call->attempt.disposition), disposition->name);
	if (call && disposition->effect == DISPOSITION_DNC)
		call_told_off(call, clock_us());
	if (!call)
		desk_dispose_late(desk, disposition->name);
}

static void desk_want_pause(struct desk *desk)
{
	bool open_wrap = desk->state == DESK_WRAP && !timer_armed(&desk->timer);

	if (desk->state == DESK_READY || open_wrap)
		desk_pause(desk);
	else if (desk->state == DESK_TALKING || desk->state == DESK_WRAP)
		desk->pause_wanted = true;
}

static void desk_want_ready(struct desk *desk)
{
	if (desk->removed)
		return;
	desk->pause_wanted = false;
	if (desk->state == DESK_WRAP || desk->state == DESK_PAUSED)
		desk_ready(desk);
}

static void desk_tell_call(struct desk *desk, enum call_event event)
{
	struct call *call = pool_get(&desk->engine->calls, desk->call);
	struct call_input in = {.desk = desk->self, .now_us = clock_us()};

	if (call)
		call_happen(call, event, &in);
}

/* A tone says that it is done: low for a pause, high for its end. */
static void desk_record(struct desk *desk, bool paused)
{
	struct engine *engine = desk->engine;
	struct call *call = pool_get(&engine->calls, desk->call);

	if (call && !call_record_pause(call, paused, desk->seat.login, "key"))
		media_play(engine->media, desk->stream, paused ? engine->tone_pause : engine->tone_preview, 0);
}

static void desk_key(struct desk *desk, char key)
{
	char digit = 0;
	enum key_action action = keys_step(&desk->keys, key, &digit);

	switch (action) {
	case KEY_DISPOSITION:
		desk_dispose(desk, digit);
		break;
	case KEY_READY:
		desk_want_ready(desk);
		break;
	case KEY_PAUSE:
		desk_want_pause(desk);
		break;
	case KEY_HANGUP:
		desk_tell_call(desk, CALL_EV_SEAT_HANGUP);
		break;
	case KEY_DIAL:
		if (desk->state == DESK_PREVIEW)
			desk_tell_call(desk, CALL_EV_DIAL);
		break;
	case KEY_SKIP:
		if (desk->state == DESK_PREVIEW)
			desk_tell_call(desk, CALL_EV_SKIP);
		break;
	case KEY_RECORD_PAUSE:
	case KEY_RECORD_RESUME:
		desk_record(desk, action == KEY_RECORD_PAUSE);
		break;
	case KEY_NONE:
		break;
	}
}

/* --- login and logout */

void desk_end(struct desk *desk, const char *why, bool bye)
{
	struct engine *engine = desk->engine;

	desk_tell_call(desk, CALL_EV_SEAT_LOST);
	desk_turn(desk, DESK_PAUSED);
	run_note_seat(engine, desk, PACING_LEFT);
	desk_end_shift(desk, why);
	log_line(LOG_INFO, "seat_out", "seat=%s why=%s calls=%u", desk->seat.login, why, desk->shift.calls);
	if (bye)
		ua_bye(engine->ua, desk->leg, NULL);
	media_stream_close(engine->media, desk->stream);
	pool_put(&engine->desks, desk->self);
}

/* Its name holds at once, its team when it is free, the rest from its next login on. */
static void desk_follow(struct desk *desk, const struct seat *seat)
{
	text_copy(desk->seat.name, sizeof(desk->seat.name), seat->name);
	text_copy(desk->team_next, sizeof(desk->team_next), strcmp(seat->team, desk->seat.team) ? seat->team : "");
	if (*desk->team_next && desk->state == DESK_READY) {
		run_note_seat(desk->engine, desk, PACING_LEFT);
		desk_ready(desk);
	} else if (*desk->team_next && desk->state == DESK_PAUSED) {
		desk_account(desk, clock_us());
		desk_move(desk);
	}
}

void desk_reload(struct engine *engine)
{
	struct desk *desk;
	struct seat seat;
	uint64_t handle;

	for (uint32_t at = 0; (desk = pool_next(&engine->desks, &at, &handle));) {
		int err = desk->removed ? 0 : seat_get(engine->store, desk->seat.login, &seat);

		if (desk->removed || (err && err != ERR_UNKNOWN))
			continue;
		if (!err && strcmp(seat.ha1, desk->seat.ha1) == 0) {
			desk_follow(desk, &seat);
			continue;
		}
		desk->removed = true;
		desk_want_pause(desk);
		desk->pause_wanted = true;
	}
}

void desk_dismiss(struct engine *engine)
{
	struct desk *desk;
	uint64_t handle;

	for (uint32_t at = 0; (desk = pool_next(&engine->desks, &at, &handle));)
		if (desk->removed && (desk->state == DESK_READY || desk->state == DESK_PAUSED))
			desk_end(desk, "removed", true);
}

static void desk_on_login_over(void *arg)
{
	desk_end(arg, "lost", true);
}

static struct desk *desk_by_login(struct engine *engine, const char *login)
{
	struct desk *desk;
	uint64_t handle;

	for (uint32_t at = 0; (desk = pool_next(&engine->desks, &at, &handle));)
		if (strcmp(desk->seat.login, login) == 0)
			return desk;
	return NULL;
}

/* For the log and for the telephone's display. */
static const char *desk_unfit(int err)
{
	return err == -ENOTSUP ? "No audio that both speak" : err_text(err);
}

/* The phone's offer, if there is one. NULL, or why the seat cannot take it; SRTP is as the seat's record says. */
static const char *desk_read_offer(const struct seat *seat, const struct ua_event *event, struct offer *remote)
{
	if (!event->sdp)
		return NULL;
	int err = offer_parse(event->sdp, event->sdp_bytes, remote, NULL);
	if (err)
		return desk_unfit(err);
	if (seat->srtp == SRTP_REQUIRED && !remote->savp)
		return "The seat requires SRTP";
	return seat->srtp == SRTP_OFF && remote->savp ? "The seat's SRTP is off" : NULL;
}

/* Our answer to it, or our offer. */
static int desk_answer(struct desk *desk, const struct offer *remote, char sdp[OFFER_TEXT_MAX])
{
	struct media_remote to;
	struct media_srtp key;
	uint16_t port;
	int err = media_stream_open(desk->engine->media, desk->self, &desk->stream, &port);

	if (!err)
		err = media_srtp_key(&key, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80);
	if (!err && !remote) { /* ours is the offer */
		desk->offered = true;
		offer_make(desk->engine->config.rtp_ip, port, AMD_ALAW, desk->seat.srtp == SRTP_REQUIRED ? &key : NULL, desk->self,
			&desk->local);
		return offer_print(&desk->local, sdp, OFFER_TEXT_MAX);
	}
	if (!err)
		err = offer_answer(remote, desk->engine->config.rtp_ip, port, &key, &desk->local);
	if (!err)
		err = offer_remote(&desk->local, remote, &to);
	if (!err)
		err = media_remote(desk->engine->media, desk->stream, &to);
	return err ? err : offer_print(&desk->local, sdp, OFFER_TEXT_MAX);
}

static void desk_refuse(struct engine *engine, const struct ua_event *event, int code, const char *phrase)
{
	log_line(LOG_WARN, "login_refused", "seat=%s from=%s code=%d why=\"%s\"", event->user ? event->user : event->from_user,
		event->source_ip, code, phrase);
	ua_reject(engine->ua, event->leg, code, phrase);
}

static void desk_begin(struct desk *desk, const struct ua_event *event)
{
	int64_t now_us = clock_us();

	desk->leg = event->leg;
	desk->state = DESK_LOGIN;
	desk->since_us = now_us;
	desk_shift_begin(desk, now_us);
	wheel_arm(&desk->engine->wheel, &desk->timer, now_us + DESK_LOGIN_US_MAX, desk_on_login_over, desk);
	ua_set_cookie(desk->engine->ua, event->leg, desk->self);
}

/* Takes the place of the same seat's earlier leg, if there is one. */
static void desk_open(struct engine *engine, const struct seat *seat, const struct ua_event *event, const struct offer *remote)
{
	char sdp[OFFER_TEXT_MAX];
	uint64_t handle;
	struct desk *before = desk_by_login(engine, seat->login);

	if (before)
		desk_end(before, "replaced", true);
	struct desk *desk = pool_take(&engine->desks, &handle);
	if (!desk) {
		desk_refuse(engine, event, 503, "All seats taken");
		return;
	}
	desk->self = handle;
	desk->engine = engine;
	desk->seat = *seat;
	int err = desk_answer(desk, remote, sdp);
	if (err) {
		desk_refuse(engine, event, 488, desk_unfit(err));
		if (desk->stream)
			media_stream_close(engine->media, desk->stream);
		pool_put(&engine->desks, handle);
		return;
	}
	desk_begin(desk, event);
	ua_answer(engine->ua, event->leg, sdp);
}

/* What can be refused is refused before an earlier leg of the seat is touched: it may be in the middle of a talk. */
static void desk_login(struct engine *engine, const struct ua_event *event)
{
	const char *unfit;
	struct offer remote;
	struct seat seat;

	if (!event->user || seat_get(engine->store, event->user, &seat))
		desk_refuse(engine, event, 403, "Not a seat");
	else if (engine->draining)
		desk_refuse(engine, event, 503, "Closing");
	else if ((unfit = desk_read_offer(&seat, event, &remote)))
		desk_refuse(engine, event, 488, unfit);
	else
		desk_open(engine, &seat, event, event->sdp ? &remote : NULL);
}

/* Ready when the ACK is there and the telephone has been heard: a seat without audio would leave people in silence. */
static void desk_logged_in(struct desk *desk)
{
	if (desk->state != DESK_LOGIN || !desk->acked || !desk->heard)
		return;
	log_line(LOG_INFO, "seat_in", "seat=%s team=%s", desk->seat.login, desk->seat.team);
	writer_shift(desk->engine->writer, &desk->shift);
	media_play(desk->engine->media, desk->stream, desk->engine->tone_login, 0);
	desk_ready(desk);
}

/* A telephone that called without a description has answered ours in its ACK. */
static void desk_acked(struct desk *desk, const struct ua_event *event)
{
	if (desk->offered && reoffer_answered(desk->engine, desk->stream, &desk->local, event)) {
		desk_end(desk, "lost", true);
		return;
	}
	desk->acked = true;
	desk_logged_in(desk);
}

void desk_ua(struct engine *engine, const struct ua_event *event)
{
	struct desk *desk = pool_get(&engine->desks, event->cookie);

	if (event->kind == UA_EV_INCOMING)
		desk_login(engine, event);
	else if (!desk || desk->leg != event->leg) /* a call's cookie may look like a desk's */
		engine->misfits++;
	else if (event->kind == UA_EV_REOFFER)
		reoffer_answer(engine, desk->stream, &desk->local, event);
	else if (event->kind == UA_EV_REANSWER && event->sdp)
		reoffer_answered(engine, desk->stream, &desk->local, event);
	else if (event->kind == UA_EV_ENDED)
		desk_end(desk, event->local ? "lost" : "hangup", false);
	else if (event->kind == UA_EV_ACKED)
		desk_acked(desk, event);
}

void desk_media(struct desk *desk, const struct media_event *event)
{
	if (event->kind == MEDIA_EV_LATCHED)
		desk->heard = true, desk_logged_in(desk);
	else if (event->kind == MEDIA_EV_DTMF)
		desk_key(desk, event->digit);
	else if (event->kind == MEDIA_EV_SILENT)
		desk_end(desk, "lost", true);
}

void desk_save_shifts(struct engine *engine)
{
	struct desk *desk;
	uint64_t handle;
	int64_t now_us = clock_us();

	for (uint32_t at = 0; (desk = pool_next(&engine->desks, &at, &handle));) {
		if (desk->state == DESK_LOGIN)
			continue;
		desk_account(desk, now_us);
		writer_shift(engine->writer, &desk->shift);
	}
}

const char *desk_state_name(enum desk_state state)
{
	static const char *const names[] = {"login", "ready", "talk", "wrap", "paused", "preview", "dialling"};

	return names[state];
}
