/*
 * pulse.h - how many of a few kinds of things happened in the last minute (pure)
 */
#ifndef OUTDIAL_DIALER_PULSE_H
#define OUTDIAL_DIALER_PULSE_H

#include <stdint.h>

#define PULSE_SECONDS 60

enum pulse_kind { PULSE_DIALLED, PULSE_ANSWERED, PULSE_PERSON, PULSE_CONNECTED, PULSE_ABANDONED, PULSE_DECISION, PULSES };

struct pulse {
	int64_t second; /* the newest that is counted */
	uint32_t count[PULSES][PULSE_SECONDS];
};

void pulse_note(struct pulse *pulse, enum pulse_kind kind, int64_t now_us);
/* Of the last 60 whole and begun seconds. */
uint32_t pulse_sum(struct pulse *pulse, enum pulse_kind kind, int64_t now_us);

#endif
