/* engine_open.c - the engine's parts, opened one after the other and closed */
#include "dialer/engine.h"

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHY_MAX 400
#define STREAMS_SPARE 64 /* streams that are closed and have not said so yet: a full engine could not place the next call */

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
	if (counters.kernel)
		log_line(LOG_INFO, "media_in_kernel", "devices=\"%s\" recorded_talks=\"%s\"", engine->config.kernel_relay,
			counters.kernel_records ? "in the kernel" : "through sockets: no memory for their sound");
	else if (*media_kernel_why(engine->media))
		log_line(LOG_WARN, "media_not_in_kernel", "devices=\"%s\" why=\"%s\" effect=\"all packets go through sockets\"",
			engine->config.kernel_relay, media_kernel_why(engine->media));
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
		/* the talks are the kernel's, and it wants both legs in one hand */
		.kernel_workers = engine->config.media_workers ? 0 : 1,
		.fifo = engine->config.fifo,
		.silent_us = engine->config.seat_lost_s * SEC_US,
		.silence_ms = (uint32_t)engine->config.silence_ms,
	};

	text_copy(options.ip, sizeof(options.ip), engine->config.rtp_ip);
	if (strcmp(engine->config.kernel_relay, "none") != 0)
		text_copy(options.kernel_relay, sizeof(options.kernel_relay), engine->config.kernel_relay);
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
		log_line(LOG_WARN, "relics",
			"count=%llu why=\"the engine before this one died with calls up\" effect=\"CANCEL or BYE, once each\"",
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
	static struct uring_op ops[ENGINE_WATCHED];
	const int fds[ENGINE_WATCHED] = {ua_fd(engine->ua), media_event_fd(engine->media), writer_event_fd(engine->writer)};

	for (int i = 0; i < ENGINE_WATCHED; i++) {
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
		return engine_fail(why, "io_uring",
			err == -ENOSYS || err == -EPERM
				? "this kernel has no io_uring, or it is switched off (sysctl kernel.io_uring_disabled must be 0)"
				: "",
			err);
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
