/* far_voices.c - see far_voices.h */
#include "tools/far/far_voices.h"

#include <glob.h>
#include <stdio.h>

#define TONE_HZ 320
#define TONE_DBM0 -16 /* as loud as a voice */

static int far_voice_files(struct far_voices *voices, struct media *media, const char *pattern, char why[160])
{
	glob_t found;
	int err = 0;

	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc && voices->count < FAR_VOICES_MAX && !err; i++) {
		snprintf(why, 160, "%.120s: cannot be loaded", found.gl_pathv[i]);
		err = media_prompt_load(media, found.gl_pathv[i], &voices->prompts[voices->count], why);
		voices->count += !err;
	}
	globfree(&found);
	return err;
}

int far_voices(struct far_voices *voices, struct media *media, const char *dir, const char *kind, uint32_t ms, char why[160])
{
	char pattern[512];
	int err = 0;

	voices->count = 0;
	if (dir) {
		snprintf(pattern, sizeof(pattern), "%s/%s-*.wav", dir, kind);
		err = far_voice_files(voices, media, pattern, why);
	}
	if (err || voices->count)
		return err;
	err = media_prompt_tone(media, TONE_HZ, ms, TONE_DBM0, &voices->prompts[0]);
	voices->count = !err;
	return err;
}

uint32_t far_pick(const struct far_voices *voices, uint64_t draw)
{
	return voices->prompts[draw % voices->count];
}
