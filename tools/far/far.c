/* far.c - see far.h */
#include "tools/far/far.h"

#include <stdio.h>

#define FAR_STEP_US 2000
#define FAR_RING_ENTRIES 256
#define FAR_FOREVER_MS 3600000 /* the classifier never decides by its own limits */

static struct far *far_running; /* what a signal stops */

static void far_on_signal(int number)
{
	(void)number;
	far_running->stopped = 1;
}

void far_signals(struct far *far)
{
	struct sigaction action = {.sa_handler = far_on_signal};

	far_running = far;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void far_on_ua(void *arg, int res)
{
	struct far *far = arg;

	(void)res;
	far->ua_wait_us = ua_step(far->ua);
}

static void far_on_media(void *arg, int res)
{
	struct far *far = arg;
	struct media_event event;

	(void)res;
	while (media_take(far->media, &event))
		far->media_event(far->arg, &event);
}

void far_close(struct far *far)
{
	ua_close(far->ua);
	media_close(far->media);
	uring_free(far->uring);
}

int far_open(struct far *far, const struct ua_options *ua, const struct media_options *media, char *why)
{
	int err;

	wheel_init(&far->wheel, clock_us());
	far->media_op = (struct uring_op){.handler = far_on_media, .arg = far};
	far->ua_op = (struct uring_op){.handler = far_on_ua, .arg = far};
	snprintf(why, 160, "cannot open io_uring");
	err = uring_alloc(&far->uring, FAR_RING_ENTRIES);
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

int far_step(struct far *far)
{
	int64_t wait_us = far->ua_wait_us < FAR_STEP_US ? far->ua_wait_us : FAR_STEP_US;
	int err = uring_step(far->uring, 1, wait_us > 0 ? wait_us : 1);

	far->ua_wait_us = ua_step(far->ua);
	wheel_turn(&far->wheel, clock_us());
	return err < 0 ? err : 0;
}

void far_drain(struct far *far, int64_t us)
{
	int64_t until_us = clock_us() + us;

	while (clock_us() < until_us && far_step(far) == 0)
		;
}

void far_listen(struct far *far, uint64_t stream, enum amd_law law)
{
	struct amd_options options = {
		.law = law, .decide_ms_max = FAR_FOREVER_MS, .silence_ms_max = FAR_FOREVER_MS, .ring_ms = -1};

	media_classify(far->media, stream, &options);
}

int64_t far_between(struct prng *prng, int64_t min_us, int64_t max_us)
{
	return min_us + (int64_t)prng_below(prng, (uint64_t)(max_us - min_us) + 1);
}
