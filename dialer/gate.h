/*
 * gate.h - what one trunk lets out: lines, calls a second, a rest after failures (pure)
 *
 * What    A token bucket one second deep, a count of the calls on the trunk, and a breaker: after GATE_STREAK attempts in a row that the
 *         trunk did not even acknowledge it rests, then one call probes it, and it is open again when that one gets any answer.
 * Units   *_us microseconds since the epoch.
 */
#ifndef OUTDIAL_DIALER_GATE_H
#define OUTDIAL_DIALER_GATE_H

#include "campaigns/campaigns.h"

#define GATE_STREAK 5
#define GATE_REST_US (10 * INT64_C(1000000))

struct gate {
	struct trunk trunk;
	double tokens;
	int64_t filled_us;
	uint32_t calls; /* on the trunk or reserved */
	uint32_t failed_streak;
	int64_t resting_until_us; /* 0: open */
	bool probing;             /* the one call of a trunk that has rested is out */
};

/* Takes over a trunk's settings; counts and tokens of a gate in use stay. */
void gate_configure(struct gate *gate, const struct trunk *trunk, int64_t now_us);
/* Calls that may be placed now: lines and breaker, without regard to calls a second. */
uint32_t gate_lines_free(const struct gate *gate, int64_t now_us);
/* Does the trunk rest, or is it still to be proved that it is well again? */
bool gate_resting(const struct gate *gate);
/* Calls that the rate lets out now (a whole number in a double). */
double gate_tokens(struct gate *gate, int64_t now_us);
/* Takes `count` lines and tokens; the caller has asked both functions above. */
void gate_reserve(struct gate *gate, uint32_t count, int64_t now_us);
/* Lines and tokens that were not used after all. */
void gate_return(struct gate *gate, uint32_t count);
/* A call that was reserved never left for a reason of our own: its line goes back, its token does not; a probe is due again. */
void gate_unplaced(struct gate *gate);
/* A reserved call waits for its agent: its line stays, its place in the rate goes back. Answers gate_resume() whether it may leave now. */
void gate_postpone(struct gate *gate);
bool gate_resume(struct gate *gate, int64_t now_us);
/* The trunk said something about a call: it is alive. */
void gate_alive(struct gate *gate);
/* A call left the trunk; `silent`: without a word from the trunk. Answers true when the trunk begins to rest. */
bool gate_release(struct gate *gate, bool silent, int64_t now_us);

#endif
