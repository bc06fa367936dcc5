/* voice.c - is somebody speaking in this frame? */
#include "media/amd/voice.h"

#include <math.h>
#include <string.h>

#include "media/amd/limits.h"

#define SLICE_FRAMES 20
#define UNVOICED 0xffffu /* 320 ms: no consonant is that long */
#define START_FRAMES 25  /* how long the prior of the floor holds */
#define SMOOTH 0.25f
#define RECENT 0xffu

void voice_init(struct voice *voice)
{
	memset(voice, 0, sizeof *voice);
	memset(voice->slice_db, 127, sizeof voice->slice_db);
	memset(voice->kept_db, 127, sizeof voice->kept_db);
	for (int b = 0; b < FRAME_BANDS; b++)
		voice->floor_db[b] = LIMIT_FLOOR_START_DB;
	voice->talker_db = -100;
}

/* A slice is full: the least of all that are kept, once, so that a frame looks at two numbers a band. */
static void floor_slice(struct voice *voice)
{
	if (++voice->slice_frames < SLICE_FRAMES)
		return;
	voice->slice_frames = 0;
	voice->slice_index = (voice->slice_index + 1) % VOICE_SLICES;
	memset(voice->slice_db[voice->slice_index], 127, FRAME_BANDS);
	memset(voice->kept_db, 127, FRAME_BANDS);
	for (int s = 0; s < VOICE_SLICES; s++)
		for (int b = 0; b < FRAME_BANDS; b++)
			voice->kept_db[b] = voice->slice_db[s][b] < voice->kept_db[b] ? voice->slice_db[s][b] : voice->kept_db[b];
}

static float floor_of(const struct voice *voice, int band)
{
	int8_t now = voice->slice_db[voice->slice_index][band], kept = voice->kept_db[band];
	float low = (float)(now < kept ? now : kept) + LIMIT_FLOOR_BIAS_DB;
	if (voice->heard < START_FRAMES && low > LIMIT_FLOOR_START_DB)
		low = LIMIT_FLOOR_START_DB;
	return low < LIMIT_FLOOR_LOW_DB ? LIMIT_FLOOR_LOW_DB : low;
}

/* Minimum statistics: speech leaves every band now and then, the room does not. */
static void floor_follow(struct voice *voice, const struct frame_look *look)
{
	float smooth = voice->heard == 0 ? 1 : SMOOTH;
	for (int b = 0; b < FRAME_BANDS; b++) {
		voice->smooth_db[b] += smooth * (look->band_db[b] - voice->smooth_db[b]);
		int8_t *least = &voice->slice_db[voice->slice_index][b],
		       now = (int8_t)(voice->smooth_db[b] < -100 ? -100 : voice->smooth_db[b]);
		*least = now < *least ? now : *least;
		voice->floor_db[b] = floor_of(voice, b);
	}
	floor_slice(voice);
	voice->heard++;
}

/* Root mean square over the bands: a voice in noise stands out in a few of them, noise a little in all. */
static float snr_over_floor(const struct voice *voice, const struct frame_look *look)
{
	float sum = 0;
	for (int b = 0; b < FRAME_BANDS; b++) {
		float over = look->band_db[b] - voice->floor_db[b];
		over = over < 0 ? 0 : over > LIMIT_SNR_CLIP_DB ? LIMIT_SNR_CLIP_DB : over;
		sum += over * over;
	}
	return sqrtf(sum / FRAME_BANDS);
}

static bool is_active(const struct voice *voice, const struct frame_look *look)
{
	return voice->snr_db > LIMIT_ACTIVE_SNR_DB && look->level_db > voice->talker_db - LIMIT_ACTIVE_BELOW_TALKER_DB;
}

static bool steps_within(float hz, float before_hz, float most)
{
	return hz < before_hz * most && hz * most > before_hz;
}

/* As pure as a tone: no evidence of a voice, whatever its pitch. */
static bool is_pure(const struct frame_look *look)
{
	return look->peak_share + look->peak2_share > LIMIT_TONE_SHARE_SURE && look->spread < LIMIT_TONE_SPREAD;
}

/* Noise has a best pitch too, but a new one in every frame. */
static bool has_pitch(const struct voice *voice, const struct frame_look *look)
{
	if (look->periodicity > LIMIT_PERIODIC)
		return steps_within(look->pitch_hz, voice->pitch_hz, LIMIT_PITCH_STEP);
	return !voice->ever && look->periodicity > LIMIT_PERIODIC_WEAK &&
	       steps_within(look->pitch_hz, voice->pitch_hz, LIMIT_PITCH_STEP_WEAK);
}

/* A voice so deep that 32 ms do not part its harmonics: a strong first formant that stays where it is. */
static bool has_formant(const struct voice *voice, const struct frame_look *look)
{
	float enough_db = voice->ever ? LIMIT_FORMANT_SNR_DB : LIMIT_FORMANT_SNR_FIRST_DB;
	if (voice->snr_db < enough_db || look->peak_share < LIMIT_FORMANT_SHARE || look->peak_share > LIMIT_TONE_SHARE)
		return false;
	return look->peak_hz > 200 && look->peak_hz < 1300 && steps_within(look->peak_hz, voice->peak_hz, LIMIT_FORMANT_STEP);
}

static void begin(struct voice *voice, uint32_t now_ms)
{
	uint32_t recent = voice->active & RECENT;
	if (__builtin_popcount(recent) < LIMIT_ONSET_ACTIVE ||
		__builtin_popcount(voice->periodic & RECENT) < LIMIT_ONSET_PERIODIC)
		return;
	uint32_t back = (uint32_t)(32 - __builtin_clz(recent)) * FRAME_MS;
	voice->on = voice->ever = true;
	voice->quiet = 0;
	voice->start_ms = back > now_ms ? 0 : now_ms - back;
	voice->end_ms = now_ms;
}

static void go_on(struct voice *voice, uint32_t now_ms)
{
	if (voice->active & 1 && voice->active & 6 && voice->periodic & UNVOICED) {
		voice->quiet = 0;
		voice->end_ms = now_ms;
	} else if (++voice->quiet >= LIMIT_VOICE_HANG_FRAMES) {
		voice->on = false;
		voice->active = voice->periodic = 0;
	}
}

/*
 * A gap holds what was. Zero out of a room or out of a word is a filled loss, unless it lasts; zero after next to nothing is a
 * line that is quieter than the codes of the law.
 */
static bool is_gap(struct voice *voice, const struct frame_look *look)
{
	if (look->lost)
		return true;
	voice->zeros = !look->zero ? 0 : voice->zeros < 255 ? voice->zeros + 1 : 255;
	if (!look->zero)
		voice->level_db = look->level_db;
	return look->zero && voice->zeros <= LIMIT_ZERO_HOLD_FRAMES && voice->level_db > LIMIT_ZERO_ROOM_DB;
}

void voice_feed(struct voice *voice, const struct frame_look *look, uint32_t now_ms, bool tone)
{
	voice->frames++;
	voice->gap = is_gap(voice, look);
	if (voice->gap)
		return;
	voice->active <<= 1;
	voice->periodic <<= 1;
	if (!look->zero) {
		floor_follow(voice, look);
		voice->snr_db = snr_over_floor(voice, look);
		bool active = is_active(voice, look);
		voice->active |= active;
		voice->periodic |= active && !is_pure(look) && (has_pitch(voice, look) || has_formant(voice, look));
		voice->pitch_hz = look->pitch_hz;
		voice->peak_hz = look->peak_hz;
	}
	if (tone)
		voice->active = voice->periodic = 0;
	voice->talker_db -= LIMIT_TALKER_FALL_DB;
	if (voice->on)
		go_on(voice, now_ms);
	else
		begin(voice, now_ms);
	if (voice->on && voice->active & 1 && look->level_db > voice->talker_db)
		voice->talker_db = look->level_db;
}

bool voice_maybe(const struct voice *voice)
{
	return __builtin_popcount(voice->active & 7) >= 2;
}
