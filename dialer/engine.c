/* engine.c - the loop: a step hands on what happened, a tick ten times a second looks after the slow things */
#include "dialer/engine.h"

#include "base/log.h"

#include <ctype.h>
#include <string.h>

#define STEP_US_MIN (2 * MS_US)
#define SLEEP_US_MAX (20 * MS_US)

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
		desk_reload(engine);
		recall_reload(engine->recall);
		own_reload(engine);
	}
	hist_note(&engine->store_us, clock_us() - before_us);
}

/* The disk is slow, full or gone, or the machine stands still: at most a line a tick, and calls go on. */
static void engine_tell_records(struct engine *engine)
{
	struct media_counters counters;

	media_counters(engine->media, &counters);
	uint64_t lost = counters.records_refused + counters.record_lost_ms + counters.carried_missed;
	if (lost == engine->records_lost)
		return;
	engine->records_lost = lost;
	log_line(LOG_ERROR, "recordings_suffer", "not_begun=%llu lost_ms=%llu missed=%llu why=\"%s\" effect=\"calls go on\"",
		(unsigned long long)counters.records_refused, (unsigned long long)counters.record_lost_ms,
		(unsigned long long)counters.carried_missed, counters.carried_missed ?
			"the disk is slow or full, or the media thread stood still for longer than the kernel keeps packets" :
			"the disk is slow or full");
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

/* Set back by more than a moment: our times run slower until they are right, for days after an hour. */
static void engine_tell_clock(struct engine *engine)
{
	bool ahead = clock_ahead_us() > 0;

	if (ahead && !engine->clock_ahead)
		log_line(LOG_WARN, "clock_ahead",
			"seconds=%lld why=\"the system's clock was set back\" effect=\"hours are asked by the system's clock; times that are "
			"written are ahead until a restart, or until 1 s in 100 has made it up\"",
			(long long)(clock_ahead_us() / SEC_US));
	if (!ahead && engine->clock_ahead)
		log_line(LOG_INFO, "clock_right", "effect=\"times are the system's again\"");
	engine->clock_ahead = ahead;
}

void engine_on_tick(void *arg)
{
	struct engine *engine = arg;

	clock_settle();
	engine_tell_clock(engine);
	engine_look(engine);
	desk_dismiss(engine);
	trunks_turn(engine, clock_us());
	call_retry_outcomes(engine);
	desk_retry_dispositions(engine);
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

void engine_on_save(void *arg)
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
		if (engine->runs[i].used && (engine->runs[i].requested || engine->runs[i].own.desk))
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
	return engine->calls.used == 0 && !engine->said_count && !engine_requests_open(engine);
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
		uring_step(engine->uring, ENGINE_WATCHED + 1, rest_us);
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
