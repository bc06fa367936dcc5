/* engine.c - opens and closes the engine's parts, and hands their events to calls, desks and campaigns */
#include "dialer/engine.h"

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "dialer/allow.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHY_MAX 400
#define STREAMS_SPARE 64 /* streams that are closed and have not said so yet: a full engine could not place the next call */
#define WATCHED 3 /* descriptors */
#define STEP_US_MIN (2 * MS_US)
#define SLEEP_US_MAX (20 * MS_US)
#define AMD_FRAME_US (20 * MS_US)

/* --- events of the SIP side */

static enum call_event engine_call_event(const struct ua_event *event)
{
	switch (event->kind) {
	case UA_EV_TRYING:
		return CALL_EV_TRYING;
	case UA_EV_PROGRESS:
		return CALL_EV_PROGRESS;
	case UA_EV_ANSWERED:
		return CALL_EV_ANSWERED;
	case UA_EV_FAILED:
		return CALL_EV_FAILED;
	default:
		return CALL_EV_ENDED;
	}
}

/* Descriptions concern the stream alone; the call's state does not change. False: the event is of another kind. */
static bool engine_on_offer(struct engine *engine, struct call *call, const struct ua_event *event)
{
	if (event->kind == UA_EV_REOFFER)
		reoffer_answer(engine, call->stream, &call->local, event);
	else if (event->kind == UA_EV_OFFER)
		reoffer_first(engine, call->stream, call->gate->trunk.srtp, &call->local, event);
	else if (event->kind == UA_EV_REANSWER && event->sdp)
		reoffer_answered(engine, call->stream, &call->local, event);
	return event->kind == UA_EV_REOFFER || event->kind == UA_EV_OFFER || event->kind == UA_EV_REANSWER;
}

static void engine_on_ua(void *arg, const struct ua_event *event)
{
	struct engine *engine = arg;
	struct call *call = event->kind == UA_EV_INCOMING || event->kind == UA_EV_REPLY ? NULL : pool_get(&engine->calls, event->cookie);
	struct call_input in = {.ua = event, .now_us = clock_us()};

	if (event->kind == UA_EV_REPLY) {
		trunks_reply(engine, event);
		return;
	}
	if (!call || call->leg != event->leg) {
		desk_ua(engine, event);
		return;
	}
	if (engine_on_offer(engine, call, event))
		return;
	if (event->kind == UA_EV_FAILED || event->kind == UA_EV_ENDED)
		call->leg = 0;
	call_happen(call, engine_call_event(event), &in);
}

static bool engine_on_secret(void *arg, const char *user, char ha1[33])
{
	struct engine *engine = arg;
	struct seat seat;

	text_copy(engine->login_asked, sizeof(engine->login_asked), user);
	if (seat_get(engine->store, user, &seat))
		return false;
	memcpy(ha1, seat.ha1, 33);
	return true;
}

static void engine_on_slowed(void *arg, const char *user, const char *ip)
{
	struct engine *engine = arg;

	text_copy(engine->login_slowed, sizeof(engine->login_slowed), user);
	text_copy(engine->login_slowed_ip, sizeof(engine->login_slowed_ip), ip);
}

/* Trunks in use and the seats' networks may talk to us, nobody else: asked before a datagram is parsed. */
static bool engine_on_allow(void *arg, const char *ip)
{
	struct engine *engine = arg;

	for (int i = 0; i < GATES_MAX; i++) {
		const struct gate *gate = &engine->gates[i];
		if (gate->trunk.name[0] && (gateways_have(&gate->gateways, ip) || gateways_had(&gate->gateways, ip) ||
						   allow_match(gate->trunk.allow, ip)))
			return true;
	}
	return allow_match(engine->config.seat_from, ip);
}

/* --- events of the media side */

/*
 * Said about the sound before the answer, and overtaken by the answer on its way here: of no use any more. What the classification
 * that began with the answer says lies later: a verdict by one frame at least, a voice's start by no more than the frame before.
 */
static bool engine_amd_stale(const struct call *call, const struct media_event *event)
{
	int64_t first_us = event->amd.kind == AMD_EV_VOICE_START ? -AMD_FRAME_US : AMD_FRAME_US;

	return call->attempt.answer_us && event->at_us < call->attempt.answer_us + first_us;
}

/* A person's greeting ends before its verdict; a machine's may end after it. */
static void engine_greeting_end(struct call *call, const struct media_event *event, const struct call_input *in)
{
	bool heard = call->state == CALL_LISTENING || call->state == CALL_OFFERED || call->state == CALL_TRIAL;

	call->voice_open = false;
	if (heard || call->state == CALL_BEEP)
		call->attempt.greeting_end_us = event->at_us;
	if (call->state == CALL_BEEP)
		call_happen(call, CALL_EV_QUIET, in);
}

/*
 * The recording was heard from other numbers before: the classifier says so with its next frame. Before the answer nobody has to be
 * told from anybody, so that the call ends at once.
 */
static void engine_print_early(struct call *call, const struct recalled *known, const struct call_input *in)
{
	struct media_event event = *in->media;
	struct call_input said = {.media = &event, .now_us = in->now_us};

	call->early_recording = known->recording ? known->recording : call->early_recording;
	if (known->outcome == OUTCOME_NONE || call->state != CALL_RINGING)
		return;
	call->recalled_as = known->outcome;
	event.amd.kind = AMD_EV_VERDICT;
	event.amd.verdict = AMD_MACHINE;
	event.amd.prob = 0.99f;
	event.amd.cause = "heard-before";
	call_happen(call, CALL_EV_MACHINE, &said);
}

static void engine_print(struct call *call, const struct media_event *event, const struct call_input *in)
{
	struct engine *engine = call->engine;

	if (call->recalled)
		return;
	struct recalled known = recall_hear(engine->recall, &call->attempt, &event->print, in->now_us);
	if (!call->attempt.answer_us) {
		engine_print_early(call, &known, in);
		return;
	}
	call->recalled = known.verdict != AMD_NONE && media_recall(engine->media, call->stream, known.verdict) == 0;
	call->recalled_as = call->recalled ? known.outcome : OUTCOME_NONE;
}

/* Who goes to a seat: whoever may be a person; an assistant that asks who is calling, where the campaign wants to answer it. */
static bool engine_is_person(const struct call *call, enum amd_verdict verdict)
{
	bool screener = verdict == AMD_SCREENER && call->run->campaign.screener == SCREENER_SEAT;

	return verdict == AMD_HUMAN || verdict == AMD_UNKNOWN || screener;
}

/* The classifier's word: times go into the attempt, verdicts become events. */
static void engine_amd(struct call *call, const struct media_event *event, const struct call_input *in)
{
	struct attempt *attempt = &call->attempt;
	enum amd_verdict verdict = event->amd.verdict;

	if (engine_amd_stale(call, event))
		return;
	switch (event->amd.kind) {
	case AMD_EV_VOICE_START:
		if (!attempt->voice_us && attempt->answer_us)
			attempt->voice_us = event->at_us;
		call->voice_open = true;
		break;
	case AMD_EV_GREETING_END:
		engine_greeting_end(call, event, in);
		break;
	case AMD_EV_VERDICT:
		call_happen(call, engine_is_person(call, verdict) ? CALL_EV_PERSON : CALL_EV_MACHINE, in);
		break;
	case AMD_EV_REVISED:
		if (!engine_is_person(call, verdict))
			call_happen(call, CALL_EV_REVISED, in);
		break;
	case AMD_EV_BEEP:
		call->beep_us = event->at_us;
		if (call->state == CALL_BEEP || call->state == CALL_LEAVING)
			call_happen(call, CALL_EV_BEEP, in);
		break;
	case AMD_EV_PRINT:
		engine_print(call, event, in);
		break;
	}
}

static void engine_call_media(struct call *call, const struct media_event *event)
{
	struct call_input in = {.media = event, .now_us = clock_us()};

	switch (event->kind) {
	case MEDIA_EV_AMD:
		engine_amd(call, event, &in);
		break;
	case MEDIA_EV_BRIDGED:
		call_happen(call, CALL_EV_BRIDGED, &in);
		break;
	case MEDIA_EV_PLAYED:
		call_happen(call, CALL_EV_PLAYED, &in);
		break;
	case MEDIA_EV_DTMF:
		call_happen(call, CALL_EV_DIGIT, &in);
		break;
	case MEDIA_EV_SILENT: /* silence suppression looks the same: whoever talks decides when to hang up */
	case MEDIA_EV_LATCHED:
	case MEDIA_EV_CLOSED:
	case MEDIA_EV_REFUSED:
		break;
	}
}

/* One line a leg and kind: a stranger that sends for an hour fills no log. */
static void engine_log_refused(const struct call *call, const struct desk *desk, const struct media_event *event)
{
	char leg[64];

	if (call)
		snprintf(leg, sizeof(leg), "call=%llu", (unsigned long long)call->attempt.id);
	else
		snprintf(leg, sizeof(leg), "seat=%s", desk->seat.login);
	log_line(LOG_WARN, "rtp_refused", "%s what=%s from=%s effect=\"dropped and counted\"", leg, media_refusal_name(event->refusal),
		event->from);
}

static void engine_take_media(struct engine *engine)
{
	struct media_event event;

	while (media_take(engine->media, &event)) {
		struct call *call = pool_get(&engine->calls, event.cookie);
		struct desk *desk = pool_get(&engine->desks, event.cookie);
		bool theirs = (call && call->stream == event.stream) || (desk && desk->stream == event.stream);
		if (theirs && event.kind == MEDIA_EV_REFUSED)
			engine_log_refused(call && call->stream == event.stream ? call : NULL, desk, &event);
		else if (call && call->stream == event.stream)
			engine_call_media(call, &event);
		else if (desk && desk->stream == event.stream)
			desk_media(desk, &event);
	}
}

static void engine_take_writer(struct engine *engine)
{
	static struct writer_event event; /* large; one engine thread */

	while (writer_take(engine->writer, &event))
		run_writer(engine, &event);
}

/* --- slow work */

static void engine_mask(char *text)
{
	for (char *c = text; *c; c++) /* anybody's text */
		if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
			*c = '?';
}

/* The user agent refuses a wrong password by itself; the log has at most one line of a kind a tick, whatever a guesser sends. */
static void engine_tell_refused(struct engine *engine)
{
	struct ua_counters counters;

	ua_counters(engine->ua, &counters);
	engine_mask(engine->login_asked);
	engine_mask(engine->login_slowed);
	if (counters.logins_refused != engine->logins_refused)
		log_line(LOG_WARN, "login_refused", "seat=%s count=%llu why=\"wrong password or unknown login\"", engine->login_asked,
			(unsigned long long)(counters.logins_refused - engine->logins_refused));
	if (counters.logins_slowed != engine->logins_slowed)
		log_line(LOG_WARN, "login_slowed", "seat=%s from=%s count=%llu why=\"too many wrong passwords\"", engine->login_slowed,
			engine->login_slowed_ip, (unsigned long long)(counters.logins_slowed - engine->logins_slowed));
	engine->logins_refused = counters.logins_refused;
	engine->logins_slowed = counters.logins_slowed;
}

/* Past its limit the engine places less, and says so. */
static void engine_govern(struct engine *engine, int64_t now_us)
{
	struct governor *governor = &engine->governor;
	struct writer_counters writer;
	struct media_counters media;

	writer_counters(engine->writer, &writer);
	media_counters(engine->media, &media);
	struct governor_load load = {
		.step_us_max = engine->step_us_max,
		.writer_waiting = writer.waiting,
		.media_late = media.late_ticks - engine->media_late,
	};
	engine->step_us_max = 0;
	engine->media_late = media.late_ticks;
	if (!governor_turn(governor, &load, now_us))
		return;
	if (governor->cause)
		log_line(LOG_WARN, "overload", "why=%s placed_per_s=%.0f allowed_per_s=%.0f effect=\"fewer new calls; those that are up go on\"",
			governor_cause_name(governor->cause), governor->placed_rate, governor->rate);
	else
		log_line(LOG_INFO, "overload_over", "placed_per_s=%.0f", governor->placed_rate);
}

/* What others changed in the store: the engine's own look into it, which no disk may make long (docs/STORAGE.md). */
static void engine_look(struct engine *engine)
{
	int64_t before_us = clock_us();
	uint64_t version = store_version(engine->store);

	if (version != engine->store_version) {
		engine->store_version = version;
		run_reload(engine);
		trunks_reload(engine, clock_us());
		recall_reload(engine->recall);
	}
	hist_note(&engine->store_us, clock_us() - before_us);
}

/* The disk is slow, full or gone: at most a line a tick, and calls go on. */
static void engine_tell_records(struct engine *engine)
{
	struct media_counters counters;

	media_counters(engine->media, &counters);
	if (counters.records_refused + counters.record_lost_ms == engine->records_lost)
		return;
	engine->records_lost = counters.records_refused + counters.record_lost_ms;
	log_line(LOG_ERROR, "recordings_suffer", "not_begun=%llu lost_ms=%llu why=\"the disk is slow or full\" effect=\"calls go on\"",
		(unsigned long long)counters.records_refused, (unsigned long long)counters.record_lost_ms);
}

/* An update of the system's time zones rules the next claim; once a second is soon enough. */
static void engine_look_zones(struct engine *engine, int64_t now_us)
{
	uint32_t changed;

	if (now_us < engine->zones_us + SEC_US)
		return;
	engine->zones_us = now_us;
	changed = tz_refresh();
	if (changed)
		log_line(LOG_INFO, "time_zones_changed", "tables=%u version=%s", changed, tz_version());
}

static void engine_on_tick(void *arg)
{
	struct engine *engine = arg;

	clock_settle();
	engine_look(engine);
	trunks_turn(engine, clock_us());
	call_retry_outcomes(engine);
	engine_tell_refused(engine);
	engine_tell_records(engine);
	engine_look_zones(engine, clock_us());
	ages_turn(&engine->ages, engine->store, clock_us(), ages_log);
	control_turn(engine->control);
	recall_turn(engine->recall, clock_us());
	engine_govern(engine, clock_us());
	run_decide_all(engine, true);
	wheel_arm(&engine->wheel, &engine->tick, clock_us() + 100 * MS_US, engine_on_tick, engine);
}

static void engine_on_save(void *arg)
{
	struct engine *engine = arg;

	desk_save_shifts(engine);
	run_save(engine, clock_us());
	wheel_arm(&engine->wheel, &engine->save, clock_us() + 5 * SEC_US, engine_on_save, engine);
}

/* --- the loop */

void engine_drain(struct engine *engine)
{
	if (engine->draining)
		return;
	engine->draining = true;
	engine->drain_us = clock_us();
	log_line(LOG_INFO, "drain", "calls=%u why=\"no new calls; ends with the last one; a second signal ends at once\"", engine->calls.used);
}

static void engine_stop(struct engine *engine)
{
	struct call *call;
	uint64_t handle;
	struct call_input in = {.now_us = clock_us()};

	engine->draining = engine->stopping = true;
	engine->drain_us = in.now_us;
	log_line(LOG_INFO, "stop", "calls=%u", engine->calls.used);
	for (uint32_t at = 0; (call = pool_next(&engine->calls, &at, &handle));)
		if (call->state != CALL_CANCELLING)
			call_happen(call, CALL_EV_STOP, &in);
}

static bool engine_requests_open(const struct engine *engine)
{
	for (int i = 0; i < RUNS_MAX; i++)
		if (engine->runs[i].used && engine->runs[i].requested)
			return true;
	return false;
}

/* A stop waits 3 s for the last answers to our CANCELs. */
static bool engine_over(const struct engine *engine)
{
	if (!engine->draining)
		return false;
	if (engine->stopping && clock_us() - engine->drain_us > 3 * SEC_US)
		return true;
	return engine->calls.used == 0 && !engine_requests_open(engine);
}

/*
 * Until a descriptor is readable or a timer due; and, when this step began less than STEP_US_MIN ago, the rest of it on top, whatever comes:
 * under load each step finds several events, and a call costs a third less (docs/PERFORMANCE.md).
 */
static void engine_sleep(struct engine *engine, int64_t begun_us, int64_t most_us)
{
	uring_step(engine->uring, 1, wheel_wait_us(&engine->wheel, clock_us(), most_us));
	int64_t rest_us = begun_us + STEP_US_MIN - clock_us();
	if (rest_us > 0)
		uring_step(engine->uring, WATCHED + 1, rest_us);
}

static void engine_step(struct engine *engine)
{
	int64_t before_us = clock_us();
	int64_t wait_us = ua_step(engine->ua);

	engine_take_media(engine);
	engine_take_writer(engine);
	wheel_turn(&engine->wheel, clock_us());
	run_decide_all(engine, false);
	int64_t spent_us = clock_us() - before_us;
	hist_note(&engine->step_us, spent_us);
	if (spent_us > engine->late_us_max)
		engine->late_us_max = spent_us;
	if (spent_us > engine->step_us_max)
		engine->step_us_max = spent_us;
	engine->steps++;
	engine_sleep(engine, before_us, wait_us < SLEEP_US_MAX ? wait_us : SLEEP_US_MAX);
}

/*
 * What ends each call that still waits for an answer to its CANCEL is known: it is written, answer or not. So is a call whose opt-out the
 * disk has not taken: it ends with a BYE, and the outcome carries the opt-out.
 */
static void engine_settle(struct engine *engine)
{
	struct call *call;
	uint64_t handle;
	struct call_input in = {.now_us = clock_us()};

	for (uint32_t at = 0; (call = pool_next(&engine->calls, &at, &handle));)
		if (call->state == CALL_CANCELLING)
			call_happen(call, CALL_EV_TIMER, &in);
		else if (call->state == CALL_OPTING)
			call_happen(call, CALL_EV_KEPT, &in);
}

void engine_loop(struct engine *engine, const volatile int *signals)
{
	int heard = 0;

	while (!engine_over(engine)) {
		if (*signals > heard)
			engine_drain(engine);
		if (*signals > 1 && !engine->stopping)
			engine_stop(engine);
		heard = *signals;
		engine_step(engine);
	}
	engine_settle(engine);
}

/* --- opening and closing */

static int engine_fail(char *why, const char *what, const char *detail, int err)
{
	snprintf(why, WHY_MAX, "%s: %s", what, detail[0] ? detail : err_text(err));
	return err;
}

static int engine_open_store(struct engine *engine, const char *dir, char *why)
{
	char detail[WHY_BYTES] = "";
	int err = config_read(dir, &engine->config, detail);

	if (err)
		return engine_fail(why, "configuration", detail, err);
	err = store_open(&engine->store, dir, STORE_WRITE, detail);
	if (err)
		return engine_fail(why, dir, detail, err);
	err = writer_start(&engine->writer, engine->store, &engine->recovered, detail);
	if (err)
		return engine_fail(why, dir, detail, err);
	err = recall_open(&engine->recall, engine->store, engine->writer, clock_us());
	if (err)
		return engine_fail(why, "memory for recordings", "", err);
	err = trunks_open(engine, detail);
	if (err)
		return engine_fail(why, "configuration", detail, err);
	err = control_open(&engine->control, engine, dir, detail);
	return err ? engine_fail(why, dir, detail, err) : 0;
}

/* A core is left to the engine, the store and the system. */
static uint32_t engine_media_workers(const struct engine *engine)
{
	cpu_set_t set;

	if (engine->config.media_workers)
		return (uint32_t)engine->config.media_workers;
	int cores = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
	return cores <= 1 ? 1 : cores - 1 > MEDIA_WORKERS_MAX ? MEDIA_WORKERS_MAX : (uint32_t)cores - 1;
}

static void engine_log_media(const struct engine *engine)
{
	struct media_counters counters;

	media_counters(engine->media, &counters);
	if (engine->config.fifo && !counters.fifo)
		log_line(LOG_WARN, "media_not_realtime",
			"workers=%u why=\"no right to SCHED_FIFO\" effect=\"audio may stutter when the machine is busy\" "
			"cure=\"CAP_SYS_NICE, or fifo = no\"", counters.workers);
}

/* What an earlier engine left is put right before a new recording begins. */
static int engine_record_dir(struct engine *engine, char *dir, size_t size, char *why)
{
	char spool[4096];
	int err = keeper_recover(engine->store, spool);

	if (err)
		return engine_fail(why, "recordings", "", err);
	if (!text_copy(dir, size, spool))
		return engine_fail(why, "recordings", "the folder's name is too long (at most 230 bytes)", -ENAMETOOLONG);
	err = keeper_start(&engine->keeper, engine->store, engine->config.recording_key);
	return err ? engine_fail(why, "recordings", "", err) : 0;
}

static int engine_open_media(struct engine *engine, char *why)
{
	struct media_options options = {
		.port_min = (uint16_t)engine->config.rtp_port_min,
		.port_max = (uint16_t)engine->config.rtp_port_max,
		.streams_max = (uint32_t)(engine->config.calls_max + engine->config.seats_max) + STREAMS_SPARE,
		.workers = engine_media_workers(engine),
		.fifo = engine->config.fifo,
		.silent_us = engine->config.seat_lost_s * SEC_US,
		.silence_ms = (uint32_t)engine->config.silence_ms,
	};

	text_copy(options.ip, sizeof(options.ip), engine->config.rtp_ip);
	int err = engine_record_dir(engine, options.record_dir, sizeof(options.record_dir), why);
	if (err)
		return err;
	err = media_open(&engine->media, &options);
	if (!err)
		err = media_prompt_tone(engine->media, 440, 120, -20, &engine->tone_connect);
	if (!err)
		err = media_prompt_tone(engine->media, 660, 200, -22, &engine->tone_login);
	if (!err)
		err = media_prompt_tone(engine->media, 880, 150, -22, &engine->tone_preview);
	if (!err)
		err = media_prompt_tone(engine->media, 330, 200, -22, &engine->tone_pause);
	if (!err)
		engine_log_media(engine);
	return err ? engine_fail(why, "media plane", "", err) : 0;
}

static void engine_log_relics(struct engine *engine)
{
	struct ua_counters counters;

	ua_counters(engine->ua, &counters);
	if (counters.relics)
		log_line(LOG_WARN, "relics", "count=%llu why=\"the engine before this one died with calls up\" effect=\"CANCEL or BYE, once each\"",
			(unsigned long long)counters.relics);
}

static int engine_open_sip(struct engine *engine, const char *dir, char *why)
{
	char detail[WHY_BYTES] = "", relics[4096];
	struct ua_options options = {
		.port = (uint16_t)engine->config.sip_port,
		.tls_port = (uint16_t)engine->config.tls_port,
		.user_agent = "Outdial",
		.legs_max = (uint32_t)(engine->config.calls_max + engine->config.seats_max) * 2,
		.trying_us = engine->config.trying_ms * MS_US,
		.realm = engine->config.realm,
		.event = engine_on_ua,
		.allow = engine_on_allow,
		.secret = engine_on_secret,
		.slowed = engine_on_slowed,
		.arg = engine,
		.relics = relics,
	};

	snprintf(relics, sizeof(relics), "%s/dialogs", dir);
	text_copy(options.ip, sizeof(options.ip), engine->config.sip_ip);
	int err = ua_open(&engine->ua, &options, detail);
	if (err)
		return engine_fail(why, "SIP", detail, err);
	engine_log_relics(engine);
	return 0;
}

/* Completions only wake the loop: what there is to do is found by the step itself. */
static void engine_on_wake(void *arg, int res)
{
	(void)arg;
	(void)res;
}

static int engine_watch(struct engine *engine, char *why)
{
	static struct uring_op ops[WATCHED];
	const int fds[WATCHED] = {ua_fd(engine->ua), media_event_fd(engine->media), writer_event_fd(engine->writer)};

	for (int i = 0; i < WATCHED; i++) {
		ops[i] = (struct uring_op){.handler = engine_on_wake, .arg = engine};
		int err = uring_poll(engine->uring, fds[i], &ops[i]);
		if (err)
			return engine_fail(why, "io_uring", "", err);
	}
	return 0;
}

static int engine_open_pools(struct engine *engine, char *why)
{
	int err = pool_init(&engine->calls, (uint32_t)engine->config.calls_max, sizeof(struct call));

	if (!err)
		err = pool_init(&engine->desks, (uint32_t)engine->config.seats_max, sizeof(struct desk));
	return err ? engine_fail(why, "memory for calls and seats", "", err) : 0;
}

static int engine_open_parts(struct engine *engine, const char *dir, char *why)
{
	int err = uring_alloc(&engine->uring, 256);

	if (err)
		return engine_fail(why, "io_uring", err == -ENOSYS || err == -EPERM ?
			"this kernel has no io_uring, or it is switched off (sysctl kernel.io_uring_disabled must be 0)" : "", err);
	err = engine_open_store(engine, dir, why);
	if (!err)
		err = engine_open_pools(engine, why);
	if (!err)
		err = engine_open_media(engine, why);
	if (!err)
		err = engine_open_sip(engine, dir, why);
	return err ? err : engine_watch(engine, why);
}

int engine_open(struct engine **out, const char *dir, char *why)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return engine_fail(why, "memory", "", -ENOMEM);
	engine->started_us = clock_us();
	wheel_init(&engine->wheel, engine->started_us);
	int err = engine_open_parts(engine, dir, why);
	if (err) {
		engine_close(engine);
		return err;
	}
	wheel_arm(&engine->wheel, &engine->tick, engine->started_us, engine_on_tick, engine);
	wheel_arm(&engine->wheel, &engine->save, engine->started_us + 5 * SEC_US, engine_on_save, engine);
	*out = engine;
	return 0;
}

static void engine_log_out(struct engine *engine)
{
	struct desk *desk;
	uint64_t handle;

	for (uint32_t at = 0; engine->ua && (desk = pool_next(&engine->desks, &at, &handle));)
		desk_end(desk, "engine_stop", true);
	if (engine->ua)
		trunks_close(engine);
	for (int i = 0; engine->ua && i < 50; i++) /* BYEs, REGISTERs and their answers, 50 ms at most */
		if (ua_step(engine->ua) > 0)
			uring_step(engine->uring, 1, MS_US);
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	engine_log_out(engine);
	ua_close(engine->ua);
	media_close(engine->media);
	keeper_stop(engine->keeper);
	writer_stop(engine->writer);
	control_close(engine->control);
	recall_close(engine->recall);
	names_close(engine->names);
	run_close(engine);
	store_close(engine->store);
	uring_free(engine->uring);
	pool_fini(&engine->calls);
	pool_fini(&engine->desks);
	free(engine);
}
