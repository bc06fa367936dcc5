/* clock.c - monotonic clock anchored to the epoch once */
#include "base/clock.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

static const int64_t *clock_faked;
static int64_t clock_offset_us;
static pthread_once_t clock_once = PTHREAD_ONCE_INIT;

static int64_t clock_read_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * SEC_US + ts.tv_nsec / 1000;
}

static void clock_anchor(void)
{
	clock_offset_us = clock_read_us(CLOCK_REALTIME) - clock_read_us(CLOCK_MONOTONIC);
}

int64_t clock_us(void)
{
	if (clock_faked)
		return *clock_faked;
	pthread_once(&clock_once, clock_anchor);
	return clock_read_us(CLOCK_MONOTONIC) + clock_offset_us;
}

void clock_fake(const int64_t *now_us)
{
	clock_faked = now_us;
}
