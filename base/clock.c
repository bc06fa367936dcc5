/* clock.c - monotonic clock anchored to the epoch once */
#include "base/clock.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

#define SETTLE_US (500 * MS_US)
#define SETTLE_STEP_US MS_US
#define AHEAD_US_MIN SEC_US /* less is the work of who keeps the system's time */

static const int64_t *clock_faked, *clock_faked_wall;
static _Atomic int64_t clock_offset_us;
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

int64_t clock_steady_us(void)
{
	return clock_read_us(CLOCK_MONOTONIC);
}

int64_t clock_of_steady(int64_t steady_us)
{
	pthread_once(&clock_once, clock_anchor);
	return steady_us + clock_offset_us;
}

int64_t clock_wall_us(void)
{
	const int64_t *faked = clock_faked_wall ? clock_faked_wall : clock_faked;

	return faked ? *faked : clock_read_us(CLOCK_REALTIME);
}

int64_t clock_ahead_us(void)
{
	int64_t ahead_us = clock_us() - clock_wall_us();

	return ahead_us > -AHEAD_US_MIN && ahead_us < AHEAD_US_MIN ? 0 : ahead_us;
}

void clock_settle(void)
{
	pthread_once(&clock_once, clock_anchor);
	int64_t behind_us = clock_read_us(CLOCK_REALTIME) - clock_read_us(CLOCK_MONOTONIC) - clock_offset_us;

	if (behind_us > SETTLE_US)
		clock_offset_us += behind_us;
	else if (behind_us < -SETTLE_US)
		clock_offset_us -= SETTLE_STEP_US;
}

void clock_fake(const int64_t *now_us)
{
	clock_faked = now_us;
}

void clock_fake_wall(const int64_t *now_us)
{
	clock_faked_wall = now_us;
}
