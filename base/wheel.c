/* wheel.c - hashed timer wheel (Varghese and Lauck 1987, scheme 6) */
#include "base/wheel.h"

#include "base/clock.h"

#include <stddef.h>
#include <string.h>

void wheel_init(struct wheel *wheel, int64_t now_us)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->now_ms = now_us / MS_US;
}

static void timer_unlink(struct timer *timer)
{
	*timer->link = timer->next;
	if (timer->next)
		timer->next->link = timer->link;
	timer->next = NULL;
	timer->link = NULL;
}

static void timer_link(struct timer *timer, struct timer **list)
{
	timer->next = *list;
	timer->link = list;
	if (*list)
		(*list)->link = &timer->next;
	*list = timer;
}

/* The first millisecond in which the timer may fire, not before the next slot to be visited. */
static int64_t timer_slot_ms(const struct wheel *wheel, const struct timer *timer)
{
	int64_t ms = (timer->due_us + MS_US - 1) / MS_US;

	return ms > wheel->now_ms ? ms : wheel->now_ms + 1;
}

void wheel_arm(struct wheel *wheel, struct timer *timer, int64_t due_us, wheel_h *handler, void *arg)
{
	wheel_cancel(wheel, timer);
	timer->due_us = due_us;
	timer->handler = handler;
	timer->arg = arg;
	timer_link(timer, &wheel->slots[timer_slot_ms(wheel, timer) % WHEEL_SLOTS]);
	wheel->armed++;
}

void wheel_cancel(struct wheel *wheel, struct timer *timer)
{
	if (!timer->link)
		return;
	timer_unlink(timer);
	wheel->armed--;
}

/* Fires the due timers of one slot. The slot's list is moved aside first, so that handlers may arm into it. */
static uint32_t wheel_slot(struct wheel *wheel, struct timer **slot, int64_t now_us)
{
	struct timer *pending = *slot;
	uint32_t fired = 0;

	*slot = NULL;
	if (pending)
		pending->link = &pending;
	while (pending) {
		struct timer *timer = pending;
		timer_unlink(timer);
		if (timer->due_us > now_us) {
			timer_link(timer, slot);
			continue;
		}
		wheel->armed--;
		fired++;
		timer->handler(timer->arg);
	}
	return fired;
}

uint32_t wheel_turn(struct wheel *wheel, int64_t now_us)
{
	int64_t to_ms = now_us / MS_US;
	uint32_t fired = 0;

	if (to_ms - wheel->now_ms > WHEEL_SLOTS)
		wheel->now_ms = to_ms - WHEEL_SLOTS; /* one whole turn visits every slot */
	while (wheel->now_ms < to_ms) {
		wheel->now_ms++;
		fired += wheel_slot(wheel, &wheel->slots[wheel->now_ms % WHEEL_SLOTS], now_us);
	}
	return fired;
}

/* Is a timer of this slot due in this turn of the wheel? */
static bool wheel_due(const struct timer *timer, int64_t ms)
{
	for (; timer; timer = timer->next)
		if (timer->due_us <= ms * MS_US)
			return true;
	return false;
}

int64_t wheel_wait_us(const struct wheel *wheel, int64_t now_us, int64_t most_us)
{
	int64_t until_us = now_us + most_us;

	for (int64_t ms = wheel->now_ms + 1; ms * MS_US < until_us; ms++)
		if (wheel_due(wheel->slots[ms % WHEEL_SLOTS], ms))
			return ms * MS_US > now_us ? ms * MS_US - now_us : 0;
	return most_us;
}
