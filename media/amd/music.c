/* music.c - music told from voice */
#include "media/amd/music.h"

#include <math.h>
#include <string.h>

#include "media/amd/limits.h"

void music_feed(struct music *music, const struct frame_look *look, float loudest_db)
{
	if (look->lost || look->zero || look->holed)
		return;
	music->frames++;
	if (look->level_db < loudest_db - LIMIT_MUSIC_DIP_DB)
		return;
	float step_db = 0;
	for (int b = 0; b < FRAME_BANDS; b++)
		step_db += fabsf(look->band_db[b] - music->band_db[b]);
	memcpy(music->band_db, look->band_db, sizeof music->band_db);
	music->flux_db += music->loud > 0 ? step_db / FRAME_BANDS : 0;
	music->held += fabsf(look->pitch_hz - music->pitch_hz) < LIMIT_MUSIC_HELD * look->pitch_hz;
	music->pitch_hz = look->pitch_hz;
	music->loud++;
}

bool music_is(const struct music *music)
{
	if (music->frames < LIMIT_MUSIC_FRAMES)
		return false;
	float loud = (float)music->loud;
	return loud >= LIMIT_MUSIC_LOUD * (float)music->frames && music->flux_db < LIMIT_MUSIC_FLUX_DB * loud &&
	       (float)music->held >= LIMIT_MUSIC_HOLDS * loud;
}
