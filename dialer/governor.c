/* governor.c - fewer new calls while the engine cannot keep up */
#include "dialer/governor.h"

#include "base/clock.h"

#include <math.h>

#define LESS 0.8
#define MORE 1.015
#define PRESSED_MIN 2
#define MEMORY_US (1.0 * SEC_US)
#define DEPTH_S 0.1
#define DEPTH_MIN 4.0
#define WINDOW_MIN 16
#define WINDOW_S 0.25 /* to the first answer: half of T1 */

static enum governor_cause governor_judge(const struct governor_load *load)
{
	if (load->step_us_max > GOVERNOR_STEP_US)
		return GOVERNOR_LOOP;
	if (load->writer_waiting > GOVERNOR_OPS)
		return GOVERNOR_STORE;
	return load->media_late >= GOVERNOR_MEDIA_LATE ? GOVERNOR_MEDIA : GOVERNOR_FREE;
}

static void governor_measure(struct governor *governor, int64_t now_us)
{
	double step_us = (double)(now_us - governor->turned_us);

	if (governor->turned_us && step_us > 0)
		governor->placed_rate +=
			(governor->placed * 1e6 / step_us - governor->placed_rate) * (1 - exp(-step_us / MEMORY_US));
	governor->placed = 0;
	governor->turned_us = now_us;
}

static void governor_cut(struct governor *governor, enum governor_cause cause, int64_t now_us)
{
	if (!governor->cause) {
		governor->rate = governor->placed_rate;
		governor->tokens = 0;
		governor->filled_us = now_us;
		governor->limits++;
	}
	governor->cause = cause;
	governor->rate = fmax(governor->rate * LESS, GOVERNOR_RATE_MIN);
	governor->pressed = 0;
}

static void governor_grow(struct governor *governor)
{
	if (!governor->cause)
		return;
	governor->rate *= MORE;
	if (governor->rate > 2 * fmax(governor->placed_rate, GOVERNOR_RATE_MIN))
		governor->cause = GOVERNOR_FREE;
}

bool governor_turn(struct governor *governor, const struct governor_load *load, int64_t now_us)
{
	enum governor_cause before = governor->cause, cause = governor_judge(load);

	governor_measure(governor, now_us);
	governor->pressed = cause ? governor->pressed + 1 : 0;
	if (governor->pressed >= PRESSED_MIN)
		governor_cut(governor, cause, now_us);
	else if (!cause)
		governor_grow(governor);
	return !before != !governor->cause;
}

double governor_tokens(struct governor *governor, int64_t now_us)
{
	if (!governor->cause)
		return INFINITY;
	if (now_us > governor->filled_us) {
		governor->tokens += (double)(now_us - governor->filled_us) / (double)SEC_US * governor->rate;
		governor->tokens = fmin(governor->tokens, fmax(governor->rate * DEPTH_S, DEPTH_MIN));
		governor->filled_us = now_us;
	}
	return governor->tokens > 0 ? floor(governor->tokens) : 0;
}

void governor_spend(struct governor *governor, uint32_t count)
{
	governor->placed += count;
	if (governor->cause)
		governor->tokens -= count;
}

uint32_t governor_window(double cps_max, uint32_t unheard)
{
	uint32_t window = WINDOW_MIN + (uint32_t)(cps_max * WINDOW_S);

	return unheard < window ? window - unheard : 0;
}

const char *governor_cause_name(enum governor_cause cause)
{
	static const char *const names[] = {"free", "loop", "store", "media"};

	return names[cause];
}
