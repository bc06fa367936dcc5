/*
 * far_quality.h - what a far end says of the sound that it heard: loss, delay and jitter
 *
 * What    Of each leg, at its end: packets lost and the jitter of RFC 3550. With --measure of each packet, too: silence carries
 * the time of its sending (media.h, struct media_probe), so that delay, jitter and loss between the two far ends are known packet
 * by packet. Shape   printed as percentiles; in the report as histograms, pairs of a bucket's upper edge and its count.
 */
#ifndef OUTDIAL_TOOLS_FAR_QUALITY_H
#define OUTDIAL_TOOLS_FAR_QUALITY_H

#include "base/doc.h"
#include "base/hist.h"
#include "media/media.h"

#include <stdio.h>

struct far_quality {
	struct hist jitter_us, lost; /* of each leg */
	uint64_t legs_lossy;
	bool measured;
	struct media_probe probe; /* of each packet, complete after far_close() */
};

/* A leg has ended. */
void far_judge(struct far_quality *quality, const struct media_stats *stats);
void far_print_quality(const struct far_quality *quality, FILE *out);
/* The caller's, to put into its own or to free. */
struct doc *far_quality_doc(const struct far_quality *quality);

#endif
