/* pulse.c - counts by second, a ring of a minute */
#include "dialer/pulse.h"

#include "base/clock.h"

#include <string.h>

static void pulse_advance(struct pulse *pulse, int64_t second)
{
	if (second - pulse->second >= PULSE_SECONDS)
		memset(pulse->count, 0, sizeof(pulse->count));
	else
		for (int64_t s = pulse->second + 1; s <= second; s++)
			for (int kind = 0; kind < PULSES; kind++)
				pulse->count[kind][s % PULSE_SECONDS] = 0;
	if (second > pulse->second)
		pulse->second = second;
}

void pulse_note(struct pulse *pulse, enum pulse_kind kind, int64_t now_us)
{
	pulse_advance(pulse, now_us / SEC_US);
	pulse->count[kind][pulse->second % PULSE_SECONDS]++;
}

uint32_t pulse_sum(struct pulse *pulse, enum pulse_kind kind, int64_t now_us)
{
	uint32_t sum = 0;

	pulse_advance(pulse, now_us / SEC_US);
	for (int i = 0; i < PULSE_SECONDS; i++)
		sum += pulse->count[kind][i];
	return sum;
}
