/*
 * far_voices.h - what a far end can say of one kind ("hello", "agent", ...): WAV files of a folder, or a tone in their place
 *
 * Errors  what media_prompt_load() says, with its sentence in why (160 bytes).
 * Own     the prompts are the media plane's and go with it.
 */
#ifndef OUTDIAL_TOOLS_FAR_VOICES_H
#define OUTDIAL_TOOLS_FAR_VOICES_H

#include "media/media.h"

#define FAR_VOICES_MAX 64 /* of a kind; further files are passed over */

struct far_voices {
	uint32_t prompts[FAR_VOICES_MAX];
	uint32_t count; /* at least 1 after far_voices() */
};

/* Loads DIR/KIND-*.wav in order of name; without a folder (NULL) or such files a tone of `ms` stands in. */
int far_voices(struct far_voices *voices, struct media *media, const char *dir, const char *kind, uint32_t ms, char why[160]);
/* One of them, by a number that was drawn. */
uint32_t far_pick(const struct far_voices *voices, uint64_t draw);

#endif
