/*
 * cadence.h - call-progress tones of the zones by frequency and rhythm (pure)
 *
 * What    Compares the bursts heard so far with a table of ringback, busy and congestion. A pattern is alive while nothing heard
 *         contradicts it, and sure when enough of it was heard.
 * Source  ITU-T E.180 supplement 2; the zones' lists in Asterisk's indications.conf (values only).
 */
#ifndef OUTDIAL_MEDIA_AMD_CADENCE_H
#define OUTDIAL_MEDIA_AMD_CADENCE_H

#include "media/amd/amd.h"
#include "media/amd/tones.h"

struct cadence {
	enum amd_verdict sure; /* RINGBACK, BUSY or CONGESTION, or NONE */
	bool alive;            /* something of the table is still possible */
};

/* Reads the last bursts and the silence after them. */
struct cadence cadence_read(const struct tones *tones, uint32_t now_ms);

#endif
