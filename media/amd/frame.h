/*
 * frame.h - what one 20 ms frame looks like (pure)
 *
 * What    G.711 bytes in, a handful of numbers out: level, twelve band levels, the strongest spectral peaks, periodicity.
 * Window  the frame and the 96 samples before it, so that 32 ms are seen every 20 ms and nothing comes from the future.
 * Gaps    a frame that was lost, or that a lossy leg has filled with the code of zero, says nothing about the room.
 */
#ifndef OUTDIAL_MEDIA_AMD_FRAME_H
#define OUTDIAL_MEDIA_AMD_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "media/amd/amd.h"

#define FRAME_MS 20
#define FRAME_TAIL 96
#define FRAME_BANDS 12

struct frame_memory {
	int16_t tail[FRAME_TAIL];
	bool holed; /* the frame before this one was a gap: the window has a hole */
};

struct frame_look {
	bool lost;                   /* no frame came */
	bool zero;                   /* a frame of digital zero: a filled loss, or a muted or suppressed far end */
	bool holed;                  /* the window reaches into a gap: its spectrum is smeared */
	float level_db;              /* of the 160 new samples, re full scale */
	float band_db[FRAME_BANDS];  /* re full scale */
	float total_db;              /* of the window, 62..3800 Hz */
	float peak_hz, peak_share;   /* the strongest peak: frequency, its share of the total */
	float spread;                /* second moment around it, bins^2: 0.33 for one steady tone, more for two close ones */
	float peak2_hz, peak2_share; /* a second one at call-progress frequencies, else 0 */
	float periodicity, pitch_hz;
};

void frame_look(struct frame_memory *memory, const uint8_t *g711, enum amd_law law, struct frame_look *look);

#endif
