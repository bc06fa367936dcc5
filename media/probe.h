/*
 * probe.h - packets that carry the time of their sending, and what a listener learns of them (pure: no I/O, no clock, no
 * allocation)
 *
 * What    A mark stands at the beginning of a payload of silence: who sends it, its number among that sender's marks, the wall
 *         clock. The number is the mark's own, so that a loss is seen wherever between the two ends it was, whatever renumbers
 *         the packets.
 * Shape   struct probe: one leg's, both ways; struct media_probe (media.h): what all legs of a plane have heard.
 * Thread  the worker's.
 */
#ifndef OUTDIAL_MEDIA_PROBE_H
#define OUTDIAL_MEDIA_PROBE_H

#include "media/media.h"
#include "media/rtp.h"

#define PROBE_BYTES 24

struct probe {
	uint32_t self; /* a random number, so that listeners tell senders apart */
	uint16_t next;
	struct rtp_source source; /* whom it hears, by the marks' own numbers */
	int64_t transit_us;       /* of the last mark heard */
	bool transit_known;
};

/* Writes PROBE_BYTES. */
void probe_mark(struct probe *probe, uint8_t *payload, int64_t wall_us);
/* A payload that came at `arrival_us` (wall clock); one without a mark is passed over. */
void probe_hear(struct probe *probe, const uint8_t *payload, size_t bytes, int64_t arrival_us, struct media_probe *heard);

#endif
