/*
 * music.h - is what goes on and on music (pure)
 *
 * What    Counts from the first sound on. Speech falls by 18 dB several times a second, moves its spectrum with every sound and
 * never keeps a pitch; music on hold never stops, changes slowly and holds its notes. All three must agree, so a voice over music
 * stays a voice.
 */
#ifndef OUTDIAL_MEDIA_AMD_MUSIC_H
#define OUTDIAL_MEDIA_AMD_MUSIC_H

#include <stdbool.h>
#include <stdint.h>

#include "media/amd/frame.h"

struct music {
	uint32_t frames, loud, held; /* since it began; not 18 dB under the loudest; with the pitch of the loud frame before */
	float flux_db;               /* sum over loud frames of the mean step of the band levels */
	float pitch_hz;
	float band_db[FRAME_BANDS];
};

/* One frame after the first sound; `loudest_db` is the level it is compared with. */
void music_feed(struct music *music, const struct frame_look *look, float loudest_db);

bool music_is(const struct music *music);

#endif
