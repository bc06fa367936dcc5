/*
 * governor.h - how many new calls a second the engine itself bears (pure: no I/O, no clock, no allocation)
 *
 * What    Past its limit the engine places less, so that the calls that are up are served as before: a step of the loop that
 *         takes long, a storage thread that falls behind, and audio that goes out late each mean "less". Twice in a row, so that
 *         one hiccup is none.
 * Law     each 100 ms: pressed twice in a row -> four fifths of the allowance (at first: of what was placed lately); not pressed
 *         -> 1.5 % more. It ends when the allowance is twice what is placed: the campaigns do not want more. Pacing sees it as
 *         calls a second (tokens).
 * Window  governor_window() bounds the INVITEs of one trunk to which nobody has said anything yet, so that a far end that cannot
 *         keep up sets the pace itself, before requests are sent again (RFC 3261, T1 = 500 ms) and make it worse.
 * Shape   struct governor, caller's memory; all zero is a governor that allows everything.
 * Units   *_us microseconds; rates are calls a second.
 * Source  additive and multiplicative steps: bench/bench_engine overload; docs/PERFORMANCE.md.
 */
#ifndef OUTDIAL_DIALER_GOVERNOR_H
#define OUTDIAL_DIALER_GOVERNOR_H

#include <stdbool.h>
#include <stdint.h>

#define GOVERNOR_STEP_US 25000 /* a step of the loop that takes longer presses */
#define GOVERNOR_OPS 2048      /* so do more operations that wait for the storage thread, */
#define GOVERNOR_MEDIA_LATE 2  /* and so many late passes of the media in 100 ms */
#define GOVERNOR_RATE_MIN 50.0 /* it never allows less: what else keeps the machine busy would starve us */

enum governor_cause { GOVERNOR_FREE, GOVERNOR_LOOP, GOVERNOR_STORE, GOVERNOR_MEDIA };

/* Of the time since the turn before. */
struct governor_load {
	int64_t step_us_max;
	uint32_t writer_waiting;
	uint64_t media_late; /* passes of the media workers that began late */
};

struct governor {
	enum governor_cause cause; /* what limits, or limited last; GOVERNOR_FREE: everything is allowed */
	double rate;               /* allowed, while limited */
	double tokens;
	double placed_rate;        /* lately, mean of about a second */
	uint32_t placed;           /* since the turn before */
	uint32_t pressed;          /* turns in a row */
	int64_t turned_us, filled_us;
	uint64_t limits;           /* times that it began to limit */
};

/* Each 100 ms. True: it begins or ceases to limit. */
bool governor_turn(struct governor *governor, const struct governor_load *load, int64_t now_us);
/* Calls that it lets out now. */
double governor_tokens(struct governor *governor, int64_t now_us);
/* `count` calls are about to be placed. */
void governor_spend(struct governor *governor, uint32_t count);
/* INVITEs that may still be sent to a trunk of this rate, `unheard` of which are unanswered. */
uint32_t governor_window(double cps_max, uint32_t unheard);
/* "free", "loop", "store", "media". */
const char *governor_cause_name(enum governor_cause cause);

#endif
