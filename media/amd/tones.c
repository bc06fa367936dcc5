/* tones.c - pure tones, pairs of tones and beeps */
#include "media/amd/tones.h"

#include <math.h>
#include <string.h>

#include "media/amd/limits.h"

#define RUN_FRAMES_MIN 3
#define PAIR_HZ 480.0f /* the one pair of call progress that is far enough apart to be seen as two; any other pair is a voice */
#define PAIR_HZ2 620.0f

const struct tone *tones_kept(const struct tones *tones, uint32_t back)
{
	if (back >= TONES_KEPT || back >= tones->count)
		return NULL;
	return &tones->kept[(tones->count - 1 - back) % TONES_KEPT];
}

struct frame_tone {
	bool pair;
	float hz, hz2, share;
};

static bool near(float a, float b)
{
	return fabsf(a - b) <= LIMIT_TONE_DRIFT_HZ;
}

/* A tone may glide, but not jump. */
static bool follows(const struct tones *tones, const struct frame_look *look)
{
	float drift = look->peak_share >= LIMIT_CHIRP_SHARE ? LIMIT_CHIRP_DRIFT_HZ : LIMIT_TONE_DRIFT_HZ;
	return fabsf(look->peak_hz - tones->last_hz) <= drift;
}

/* How the frame reads as a tone. */
static struct frame_tone tone_of(const struct frame_look *look)
{
	struct frame_tone tone = {.hz = look->peak_hz, .share = look->peak_share};
	float low = fminf(look->peak_hz, look->peak2_hz), high = fmaxf(look->peak_hz, look->peak2_hz);
	if (look->peak2_share < LIMIT_TONE_PAIR_SHARE || !near(low, PAIR_HZ) || !near(high, PAIR_HZ2))
		return tone;
	return (struct frame_tone){.pair = true, .hz = low, .hz2 = high, .share = look->peak_share + look->peak2_share};
}

static bool is_tone(const struct frame_tone *tone, const struct frame_look *look)
{
	bool fresh = look->level_db > look->total_db - LIMIT_TONE_RESIDUE_DB;
	return fresh && look->total_db > LIMIT_TONE_DB_MIN && tone->share >= LIMIT_TONE_SHARE &&
	       (tone->pair || look->spread < LIMIT_TONE_SPREAD);
}

/* It is over: seen in the new samples alone, for the window still holds some of it. */
static bool fell(const struct tones *tones, const struct frame_look *look)
{
	return !look->zero && look->level_db < tones->level_db - LIMIT_TONE_FALL_DB;
}

static bool same(const struct tones *tones, const struct frame_tone *tone, const struct frame_look *look)
{
	if (tone->share < LIMIT_TONE_SHARE_KEEP || fell(tones, look))
		return false;
	bool run_pair = tones->run.hz2 > 0;
	if (run_pair && tone->pair)
		return near(tone->hz, tones->run.hz) && near(tone->hz2, tones->run.hz2);
	if (run_pair)
		return near(tone->hz, tones->run.hz) || near(tone->hz, tones->run.hz2);
	return !tone->pair && follows(tones, look) && (look->holed || look->spread < LIMIT_TONE_SPREAD);
}

/*
 * Wobble is the change of the frequency's step, so that an even glide has none. The newest step waits for one more frame: if the
 * run ends here, it was the tone's end that was measured.
 */
static void steadiness(struct tones *tones, const struct frame_tone *tone, const struct frame_look *look)
{
	float steps = tones->frames > 3 ? (float)(tones->frames - 3) : 1;
	tones->spread_sum += look->spread;
	tones->share_sum += tone->share;
	tones->run.spread = tones->spread_sum / tones->frames;
	tones->run.share = tones->share_sum / tones->frames;
	if (tones->frames > 3) {
		tones->ripple_sum += tones->last_ripple_db;
		tones->wobble_sum += tones->last_wobble_hz;
	}
	tones->last_ripple_db = fabsf(look->total_db - tones->last_db);
	float step_hz = look->peak_hz - tones->last_hz;
	tones->last_wobble_hz = fabsf(step_hz - tones->last_step_hz);
	tones->last_step_hz = tones->frames > 1 ? step_hz : 0;
	tones->last_db = look->total_db;
	tones->last_hz = look->peak_hz;
	tones->run.wobble_hz = tones->wobble_sum / steps;
	tones->run.ripple_db = tones->ripple_sum / steps;
}

/* The attack of a single tone may look like a pair; what follows decides. */
static void become_single(struct tones *tones, const struct frame_look *look)
{
	tones->run.hz2 = 0;
	tones->hz_sum = look->peak_hz * tones->frames;
}

static void take(struct tones *tones, const struct frame_tone *tone, const struct frame_look *look, uint32_t now_ms)
{
	tones->misses = 0;
	tones->run.end_ms = now_ms;
	tones->level_db = fmaxf(tones->level_db, look->level_db);
	if (tones->run.hz2 > 0 && !tone->pair && tones->pairs * 2 <= tones->frames)
		become_single(tones, look);
	if (tones->run.hz2 > 0 && tone->pair) {
		tones->pairs++;
		tones->hz_sum += tone->hz;
		tones->hz2_sum += tone->hz2;
		tones->run.hz = tones->hz_sum / tones->pairs;
		tones->run.hz2 = tones->hz2_sum / tones->pairs;
	} else if (tones->run.hz2 == 0) {
		tones->hz_sum += look->peak_hz;
		tones->run.hz = tones->hz_sum / (float)(tones->frames + 1);
	}
	tones->frames++;
	steadiness(tones, tone, look);
}

/* The same tone again after less than any cadence's pause: it was never off, a lost frame split it. */
static bool resumes(const struct tones *tones, const struct frame_tone *tone, uint32_t start_ms)
{
	const struct tone *last = tones_kept(tones, 0);
	if (!tones->whole || last == NULL || start_ms > last->end_ms + LIMIT_TONE_SEAM_MS)
		return false;
	return tone->pair == (last->hz2 > 0) && near(tone->hz, last->hz);
}

/* Its sums are still there; only the step over the seam is not the tone's. */
static void resume(struct tones *tones, const struct frame_tone *tone, const struct frame_look *look, uint32_t now_ms)
{
	tones->on = true;
	tones->count--;
	take(tones, tone, look, now_ms);
	tones->last_ripple_db = tones->last_wobble_hz = 0;
}

static void start(struct tones *tones, const struct frame_tone *tone, const struct frame_look *look, uint32_t now_ms)
{
	uint32_t start_ms = now_ms - (tones->miss_tone ? 2 : 1) * FRAME_MS;
	if (resumes(tones, tone, start_ms)) {
		resume(tones, tone, look, now_ms);
		return;
	}
	tones->on = true;
	tones->whole = false;
	tones->frames = tones->pairs = 0;
	tones->hz_sum = tones->hz2_sum = tones->spread_sum = tones->share_sum = tones->wobble_sum = tones->ripple_sum = 0;
	tones->level_db = look->level_db;
	tones->last_hz = tones->last_db = tones->last_step_hz = 0;
	tones->run = (struct tone){.start_ms = start_ms, .hz = tone->hz, .hz2 = tone->hz2};
	take(tones, tone, look, now_ms);
}

/* Short runs are speech and noise: not kept. */
static bool finish(struct tones *tones)
{
	tones->on = false;
	if (tones->frames < RUN_FRAMES_MIN)
		return false;
	tones->whole = true;
	tones->kept[tones->count++ % TONES_KEPT] = tones->run;
	tones->finished++;
	return true;
}

bool tones_feed(struct tones *tones, const struct frame_look *look, uint32_t now_ms)
{
	if (look->lost)
		return false;
	struct frame_tone tone = tone_of(look);
	if (look->zero)
		memset(&tone, 0, sizeof tone);
	bool finished = false, fresh = !look->zero && is_tone(&tone, look);
	if (tones->on && same(tones, &tone, look)) {
		take(tones, &tone, look, now_ms);
		return false;
	}
	uint8_t patience = look->zero || look->holed ? LIMIT_ZERO_HOLD_FRAMES : fell(tones, look) ? 0 : 1;
	if (tones->on && ++tones->misses > patience)
		finished = finish(tones);
	if (!tones->on && fresh)
		start(tones, &tone, look, now_ms);
	tones->miss_tone = fresh;
	return finished;
}

bool tones_sure(const struct tones *tones)
{
	return tones->on && tones->frames >= LIMIT_TONE_FRAMES_SURE && tones->run.share >= LIMIT_TONE_SHARE_SURE;
}
