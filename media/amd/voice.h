/*
 * voice.h - is somebody speaking (pure)
 *
 * What    Band levels over a floor that follows the room, and pitch. A word begins when several of the last eight frames are loud
 * and some of them have a pitch; it is dated back to the first of them. It ends where the last loud frame was. Units   *_ms of
 * audio since the leg began. frames are 20 ms.
 */
#ifndef OUTDIAL_MEDIA_AMD_VOICE_H
#define OUTDIAL_MEDIA_AMD_VOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "media/amd/frame.h"

#define VOICE_SLICES 8 /* the floor is the least of 8 slices of 400 ms: longer than people talk without any band going quiet */

struct voice {
	float smooth_db[FRAME_BANDS];
	float floor_db[FRAME_BANDS];
	int8_t slice_db[VOICE_SLICES][FRAME_BANDS], kept_db[FRAME_BANDS]; /* kept: the least of the full ones */
	uint8_t slice_frames, slice_index;
	uint32_t active, periodic; /* history, newest frame in bit 0 */
	float snr_db, talker_db, pitch_hz, peak_hz;
	uint32_t frames, heard; /* frames fed; frames that carried something */
	float level_db;         /* of the last frame that was not zero */
	uint8_t zeros;          /* length of the present run of zero */
	bool gap;               /* this frame says nothing */
	bool on;
	bool ever;     /* the first voice has been heard: until then weaker evidence will do, a person must not be missed */
	uint8_t quiet; /* frames since the last loud one, while on */
	uint32_t start_ms, end_ms; /* of the present or the last word group */
};

void voice_init(struct voice *voice);

/* One frame that ends at now_ms. `tone`: what is on is a tone, so it is no voice, and none of the last frames was. */
void voice_feed(struct voice *voice, const struct frame_look *look, uint32_t now_ms, bool tone);

/* A sound is there that may turn out to be a word. */
bool voice_maybe(const struct voice *voice);

#endif
