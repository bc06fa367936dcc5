/* gate.c - token bucket and breaker of a trunk */
#include "dialer/gate.h"

#include "base/clock.h"

#include <assert.h>
#include <math.h>

static double gate_depth(const struct gate *gate)
{
	return gate->trunk.cps_max > 1 ? gate->trunk.cps_max : 1;
}

void gate_configure(struct gate *gate, const struct trunk *trunk, int64_t now_us)
{
	bool fresh = gate->filled_us == 0;

	gate->trunk = *trunk;
	if (fresh) {
		gate->tokens = 1;
		gate->filled_us = now_us;
	}
}

uint32_t gate_lines_free(const struct gate *gate, int64_t now_us)
{
	if (now_us < gate->resting_until_us || gate->probing)
		return 0;
	if (gate->calls >= gate->trunk.calls_max)
		return 0;
	return gate->resting_until_us ? 1 : gate->trunk.calls_max - gate->calls;
}

bool gate_resting(const struct gate *gate)
{
	return gate->resting_until_us != 0;
}

double gate_tokens(struct gate *gate, int64_t now_us)
{
	if (now_us > gate->filled_us) {
		gate->tokens += (double)(now_us - gate->filled_us) / (double)SEC_US * gate->trunk.cps_max;
		gate->tokens = fmin(gate->tokens, gate_depth(gate));
		gate->filled_us = now_us;
	}
	return floor(gate->tokens);
}

void gate_reserve(struct gate *gate, uint32_t count, int64_t now_us)
{
	assert(count <= gate_lines_free(gate, now_us));
	gate->calls += count;
	gate->tokens -= count;
	gate->probing = gate->resting_until_us != 0 && count > 0;
}

void gate_return(struct gate *gate, uint32_t count)
{
	assert(count <= gate->calls);
	gate->calls -= count;
	gate->tokens = fmin(gate->tokens + count, gate_depth(gate));
	if (count)
		gate->probing = false;
}

void gate_unplaced(struct gate *gate)
{
	assert(gate->calls > 0);
	gate->calls--;
	gate->probing = false;
}

void gate_postpone(struct gate *gate)
{
	gate->tokens = fmin(gate->tokens + 1, gate_depth(gate));
}

bool gate_resume(struct gate *gate, int64_t now_us)
{
	if (now_us < gate->resting_until_us || gate_tokens(gate, now_us) < 1)
		return false;
	gate->tokens -= 1;
	return true;
}

void gate_alive(struct gate *gate)
{
	gate->failed_streak = 0;
	gate->resting_until_us = 0;
	gate->probing = false;
}

bool gate_release(struct gate *gate, bool silent, int64_t now_us)
{
	assert(gate->calls > 0);
	gate->calls--;
	if (!silent)
		return false;
	gate->failed_streak++;
	if (!gate->probing && gate->failed_streak < GATE_STREAK)
		return false;
	gate->probing = false;
	gate->resting_until_us = now_us + GATE_REST_US;
	return true;
}
