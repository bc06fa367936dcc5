/*
 * wheel.h - timer wheel of 1 ms slots
 *
 * What    Timers are embedded in the caller's structs; arming, re-arming and cancelling are O(1); a turn visits each
 *         passed millisecond's slot once. A timer further away than the wheel is long stays in its slot for another turn.
 * Units   *_us microseconds since the epoch; a timer fires at the first wheel_turn() at or after its time, never earlier.
 * Order   timers of one slot fire in no promised order; a handler may arm or cancel any timer, itself included.
 * Thread  one owner.
 */
#ifndef OUTDIAL_BASE_WHEEL_H
#define OUTDIAL_BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#define WHEEL_SLOTS 4096

typedef void wheel_h(void *arg);

struct timer {
	struct timer *next, **link; /* link is NULL while not armed */
	int64_t due_us;
	wheel_h *handler;
	void *arg;
};

struct wheel {
	struct timer *slots[WHEEL_SLOTS];
	int64_t now_ms;
	uint32_t armed;
};

void wheel_init(struct wheel *wheel, int64_t now_us);
/* Arms (or re-arms) the timer: handler(arg) at due_us. The timer must stay where it is until it fires or is cancelled. */
void wheel_arm(struct wheel *wheel, struct timer *timer, int64_t due_us, wheel_h *handler, void *arg);
/* No effect when it is not armed. */
void wheel_cancel(struct wheel *wheel, struct timer *timer);
static inline bool timer_armed(const struct timer *timer)
{
	return timer->link != 0;
}
/* Fires what is due; answers how many. */
uint32_t wheel_turn(struct wheel *wheel, int64_t now_us);
/*
 * How long the owner may sleep: until the first timer is due, at least 0 and at most most_us. Costs a look at most_us / 1 ms
 * slots.
 */
int64_t wheel_wait_us(const struct wheel *wheel, int64_t now_us, int64_t most_us);

#endif
