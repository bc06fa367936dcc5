/*
 * clock.h - the one time type and the clock seam
 *
 * What    Every time in Outdial is int64_t microseconds since the Unix epoch, in names ending _us. Within one process
 *         the clock never steps back: it is CLOCK_MONOTONIC plus an offset taken at the first call, so that
 *         differences are durations and values can be stored and printed. Deciders take time as an argument; only
 *         doers call clock_us(). A long-lived process calls clock_settle() now and then.
 * Seam    clock_fake() makes clock_us() read a variable of the test or of the simulator.
 */
#ifndef OUTDIAL_BASE_CLOCK_H
#define OUTDIAL_BASE_CLOCK_H

#include <stdint.h>

#define MS_US INT64_C(1000)
#define SEC_US INT64_C(1000000)
#define DAY_US (INT64_C(86400) * SEC_US)

/* Now, microseconds since the epoch. Any thread. */
int64_t clock_us(void);

/*
 * Follows the system's clock after a suspend or a late correction, at most every 100 ms: more than 0.5 s behind it leaps forward;
 * more than 0.5 s ahead it runs 1 ms slower a call until it is right, for it must not step back.
 */
void clock_settle(void);

/* The wall clock itself, which the kernel stamps datagrams with: to measure by, never to decide by. */
int64_t clock_wall_us(void);

/*
 * How far clock_us() is ahead of the wall clock, negative behind it; 0 for less than a second. An hour set back takes
 * clock_settle() four days: whoever asks what hour it is for people asks clock_us() less this.
 */
int64_t clock_ahead_us(void);

/* For durations of real work: the machine's steady clock, whatever clock_fake() says. Its zero means nothing. */
int64_t clock_steady_us(void);
/* What clock_us() was then, of a moment of the steady clock. */
int64_t clock_of_steady(int64_t steady_us);

/* From now on clock_us() answers *now_us; NULL gives the real clock back. Tests and simulation only, before threads start. */
void clock_fake(const int64_t *now_us);
/* The wall clock apart from it: NULL, as clock_fake() says. */
void clock_fake_wall(const int64_t *now_us);

#endif
