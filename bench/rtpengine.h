/*
 * rtpengine.h - Debian's rtpengine as a peer to measure beside us: started, told of conversations, stopped
 *
 * What    One process with one media thread, all in user space (no kernel module), on loopback, spoken to by its NG protocol: an
 *         offer and an answer for each conversation, as a proxy would.
 * Errors  rtpengine_start: -ENOENT when it is not installed (apt-get install rtpengine-daemon), -ETIMEDOUT when it does not
 *         answer. rtpengine_bridge: -EPROTO when it refuses.
 */
#ifndef OUTDIAL_BENCH_RTPENGINE_H
#define OUTDIAL_BENCH_RTPENGINE_H

#include <stdint.h>
#include <sys/types.h>

struct rtpengine {
	pid_t pid;
	int control;
	unsigned calls;
};

int rtpengine_start(struct rtpengine *engine);
/* far: where the two ends receive; near: where they are to send. */
int rtpengine_bridge(struct rtpengine *engine, const uint16_t far[2], uint16_t near[2]);
/* Of all its threads. */
int64_t rtpengine_cpu_us(const struct rtpengine *engine);
void rtpengine_stop(struct rtpengine *engine);

#endif
