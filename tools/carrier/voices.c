/* voices.c - the sounds of the called side */
#include "tools/carrier/voices.h"

#include <stdio.h>
#include <string.h>

#define TONE_DBM0 -12

/* SIT vacant code: AMD.md 1.6; CED: ITU-T T.30; ringback of one frequency: ITU-T E.180 (450 Hz, China). */
static int voices_tones(struct voices *voices, struct media *media)
{
	static const struct {
		uint32_t hz, ms;
	} sit[3] = {{985, 380}, {1371, 274}, {1777, 380}};
	int err = 0;

	for (int i = 0; i < 3 && !err; i++)
		err = media_prompt_tone(media, sit[i].hz, sit[i].ms, TONE_DBM0, &voices->sit[i]);
	if (!err)
		err = media_prompt_tone(media, 1000, 400, TONE_DBM0, &voices->beep);
	if (!err)
		err = media_prompt_tone(media, 2100, 3000, TONE_DBM0, &voices->fax);
	if (!err)
		err = media_prompt_tone(media, 450, 1000, TONE_DBM0, &voices->ringback);
	return err;
}

int voices_load(struct voices *voices, struct media *media, const char *dir, char why[160])
{
	int err;

	memset(voices, 0, sizeof(*voices));
	snprintf(why, 160, "cannot make the tones");
	err = voices_tones(voices, media);
	if (!err)
		err = far_voices(&voices->hello, media, dir, "hello", 700, why);
	if (!err)
		err = far_voices(&voices->reply, media, dir, "reply", 900, why);
	if (!err)
		err = far_voices(&voices->machine, media, dir, "machine", 6000, why);
	if (!err)
		err = far_voices(&voices->dead, media, dir, "dead", 2500, why);
	return err;
}
