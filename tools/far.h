/*
 * far.h - the loop under a far end: SIP, media and timers in one thread
 *
 * What    outdial-carrier and outdial-seats are the other side of the engine in tests, demonstrations and load. Both are one
 *         thread: a ring that polls the user agent and the media plane, and a timer wheel. Header only, because each program is
 *         a folder of its own and this is all that they share.
 * Hearing far_listen() lets the classifier of the media plane tell voice, tone and silence apart; its verdicts are of no
 * interest. Voices  WAV files by kind, far_voices(). Thread  one.
 */
#ifndef OUTDIAL_TOOLS_FAR_H
#define OUTDIAL_TOOLS_FAR_H

#include "base/clock.h"
#include "base/err.h"
#include "base/prng.h"
#include "base/text.h"
#include "base/wheel.h"
#include "dialer/offer.h"
#include "dialer/ua.h"
#include "media/media.h"
#include "media/uring.h"
#include "tools/far_quality.h"

#include <arpa/inet.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAR_VOICES_MAX 64  /* of a kind */
#define FAR_VOICE_DBM0 -16 /* of the tone that stands in for a voice */
#define FAR_STEP_US 2000   /* the wheel is looked at this often, which bounds how late a timer can be */

typedef void far_media_h(void *arg, const struct media_event *event);

struct far {
	struct uring *uring;
	struct ua *ua;
	struct media *media;
	struct wheel wheel;
	struct uring_op ua_op, media_op;
	far_media_h *media_event;
	void *arg;
	volatile sig_atomic_t stopped; /* a signal has asked for the end */
	int64_t ua_wait_us; /* until the user agent wants to run again */
};

static struct far *far_running; /* what a signal stops: one a program, set by the file that calls far_signals() */

static inline void far_on_signal(int number)
{
	(void)number;
	far_running->stopped = 1;
}

/* SIGINT and SIGTERM set far->stopped. */
static inline void far_signals(struct far *far)
{
	struct sigaction action = {.sa_handler = far_on_signal};

	far_running = far;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static inline void far_on_ua(void *arg, int res)
{
	struct far *far = arg;

	(void)res;
	far->ua_wait_us = ua_step(far->ua);
}

static inline void far_on_media(void *arg, int res)
{
	struct far *far = arg;
	struct media_event event;

	(void)res;
	while (media_take(far->media, &event))
		far->media_event(far->arg, &event);
}

static inline void far_close(struct far *far)
{
	ua_close(far->ua);
	media_close(far->media);
	uring_free(far->uring);
}

/* Opens all three; a sentence in why (160 bytes) on failure, after which nothing is left open. */
static inline int far_open(struct far *far, const struct ua_options *ua, const struct media_options *media, char *why)
{
	int err;

	wheel_init(&far->wheel, clock_us());
	far->media_op = (struct uring_op){.handler = far_on_media, .arg = far};
	far->ua_op = (struct uring_op){.handler = far_on_ua, .arg = far};
	snprintf(why, 160, "cannot open io_uring");
	err = uring_alloc(&far->uring, 256);
	if (!err) {
		snprintf(why, 160, "cannot open the media plane on %s, ports %u to %u", media->ip, media->port_min,
			media->port_max);
		err = media_open(&far->media, media);
	}
	if (!err)
		err = ua_open(&far->ua, ua, why);
	if (!err)
		err = uring_poll(far->uring, media_event_fd(far->media), &far->media_op);
	if (!err)
		err = uring_poll(far->uring, ua_fd(far->ua), &far->ua_op);
	if (err)
		far_close(far);
	return err;
}

/* One turn: waits at most FAR_STEP_US, then runs whatever is due. */
static inline int far_step(struct far *far)
{
	int64_t wait_us = far->ua_wait_us < FAR_STEP_US ? far->ua_wait_us : FAR_STEP_US;
	int err = uring_step(far->uring, 1, wait_us > 0 ? wait_us : 1);

	far->ua_wait_us = ua_step(far->ua);
	wheel_turn(&far->wheel, clock_us());
	return err < 0 ? err : 0;
}

/* Turns for `us`, so that what was said at the end (BYE, RTCP BYE, events) still goes out and comes in. */
static inline void far_drain(struct far *far, int64_t us)
{
	int64_t until_us = clock_us() + us;

	while (clock_us() < until_us && far_step(far) == 0)
		;
}

/* AMD_EV_VOICE_START and AMD_EV_GREETING_END (or AMD_EV_BEEP) come once; listen again for the next sentence. */
static inline void far_listen(struct far *far, uint64_t stream, enum amd_law law)
{
	struct amd_options options = {.law = law, .decide_ms_max = 3600000, .silence_ms_max = 3600000, .ring_ms = -1};

	media_classify(far->media, stream, &options);
}

/* What can be said of one kind: "hello", "agent", ... */
struct far_voices {
	uint32_t prompts[FAR_VOICES_MAX];
	uint32_t count;
};

static inline int far_voice_files(struct far_voices *voices, struct media *media, const char *pattern, char why[160])
{
	glob_t found;
	int err = 0;

	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc && voices->count < FAR_VOICES_MAX && !err; i++) {
		snprintf(why, 160, "%.120s: cannot be loaded", found.gl_pathv[i]);
		err = media_prompt_load(media, found.gl_pathv[i], &voices->prompts[voices->count], why);
		voices->count += !err;
	}
	globfree(&found);
	return err;
}

/* Loads DIR/KIND-*.wav in order of name; without a folder or such files a tone of `ms` stands in. */
static inline int far_voices(
	struct far_voices *voices, struct media *media, const char *dir, const char *kind, uint32_t ms, char why[160])
{
	char pattern[512];
	int err = 0;

	voices->count = 0;
	if (dir) {
		snprintf(pattern, sizeof(pattern), "%s/%s-*.wav", dir, kind);
		err = far_voice_files(voices, media, pattern, why);
	}
	if (err || voices->count)
		return err;
	err = media_prompt_tone(media, 320, ms, FAR_VOICE_DBM0, &voices->prompts[0]);
	voices->count = !err;
	return err;
}

/* One of them, by a number that was drawn. */
static inline uint32_t far_pick(const struct far_voices *voices, uint64_t draw)
{
	return voices->prompts[draw % voices->count];
}

/* Uniform between two durations. */
static inline int64_t far_between(struct prng *prng, int64_t min_us, int64_t max_us)
{
	return min_us + (int64_t)prng_below(prng, (uint64_t)(max_us - min_us) + 1);
}

/* "127.0.0.1:5080" into its parts. */
static inline bool far_address(const char *text, char ip[46], uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	unsigned char binary[16];
	int64_t number;

	if (!colon || !text_copy_n(ip, 46, text, (size_t)(colon - text)) || inet_pton(AF_INET, ip, binary) != 1)
		return false;
	if (!text_i64(colon + 1, 1, 65535, &number))
		return false;
	*port = (uint16_t)number;
	return true;
}

/* "16000-16999" into its parts. */
static inline bool far_ports(const char *text, uint16_t *min, uint16_t *max)
{
	char low[8];
	const char *dash = strchr(text, '-');
	int64_t from, to;

	if (!dash || !text_copy_n(low, sizeof(low), text, (size_t)(dash - text)))
		return false;
	if (!text_i64(low, 1024, 65534, &from) || !text_i64(dash + 1, from + 1, 65535, &to))
		return false;
	*min = (uint16_t)from;
	*max = (uint16_t)to;
	return true;
}

#endif
