/*
 * far.h - the loop under a far end: SIP, media and timers in one thread
 *
 * What    outdial-carrier and outdial-seats are the other side of the engine in tests, demonstrations and load. Both are one
 *         thread: a ring that polls the user agent and the media plane, and a timer wheel.
 * Errors  negative; those of far_open() with a sentence.
 * Thread  one.
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

#include <signal.h>

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
	int64_t ua_wait_us;            /* until the user agent wants to run again */
};

/* SIGINT and SIGTERM set far->stopped; of one far end a program, the last that asked. */
void far_signals(struct far *far);

/* Opens all three; a sentence in why (160 bytes) on failure, after which nothing is left open. */
int far_open(struct far *far, const struct ua_options *ua, const struct media_options *media, char *why);
void far_close(struct far *far);

/* One turn: waits 2 ms at most, which bounds how late a timer can be, then runs whatever is due. */
int far_step(struct far *far);
/* Turns for `us`, so that what was said at the end (BYE, RTCP BYE, events) still goes out and comes in. */
void far_drain(struct far *far, int64_t us);

/*
 * Lets the classifier of the media plane tell voice, tone and silence apart; its verdicts are of no interest. AMD_EV_VOICE_START
 * and AMD_EV_GREETING_END (or AMD_EV_BEEP) come once; listen again for the next sentence.
 */
void far_listen(struct far *far, uint64_t stream, enum amd_law law);

/* Uniform between two durations. */
int64_t far_between(struct prng *prng, int64_t min_us, int64_t max_us);

#endif
