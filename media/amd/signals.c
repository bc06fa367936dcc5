/* signals.c - SIT and fax signals from the tones of frames */
#include "media/amd/signals.h"

#include <math.h>
#include <stddef.h>

#include "media/amd/limits.h"

#define SIT_GAP_MS_MAX 100 /* nominally under 30; a lost frame on the seam adds to it */
#define SIT_WAIT_MS 60     /* what a beep that sounds like a first tone is held back for */
#define SIT_MS_MIN 180
#define SIT_MS_MAX 480
#define SIT_THIRD_MS_MIN 160
#define SIT_HZ_TOLERANCE 48.0f /* 914..985 about 950, and the nominal tolerance; a beep at 1000 Hz is outside */
#define CNG_HZ 1100.0f
#define CNG_HZ_TOLERANCE 38.0f
#define CED_HZ 2100.0f
#define CED_HZ_TOLERANCE 18.0f
#define CED_GAP_MS_MAX 100 /* a phase reversal or a lost frame splits the run */

struct sit_code {
	enum amd_sit sit;
	float hz[3];
	float ms[2]; /* the third is 380 in all four and says nothing */
};

static const struct sit_code codes[] = {
	{AMD_SIT_IC, {913.8f, 1370.6f, 1776.7f}, {274, 274}},
	{AMD_SIT_VC, {985.2f, 1370.6f, 1776.7f}, {380, 274}},
	{AMD_SIT_RO, {913.8f, 1428.5f, 1776.7f}, {274, 380}},
	{AMD_SIT_NC, {985.2f, 1428.5f, 1776.7f}, {380, 380}},
	{AMD_SIT_RO, {985.2f, 1370.6f, 1776.7f}, {274, 380}}, /* between LATAs */
	{AMD_SIT_NC, {913.8f, 1370.6f, 1776.7f}, {380, 380}},
	{AMD_SIT_GENERIC, {950, 1400, 1800}, {330, 330}},
};

static const float sit_hz[3] = {950, 1400, 1790};

/* How unlike: one unit is 15 Hz or 60 ms, the spread of what exchanges send and of what we measure. */
static float unlike(const struct sit_code *code, const struct tone *const tones[3])
{
	float sum = 0;
	for (int i = 0; i < 3; i++) {
		float away = (tones[i]->hz - code->hz[i]) / 15.0f;
		sum += away * away;
	}
	for (int i = 0; i < 2; i++) {
		float away = ((float)tone_ms(tones[i]) - code->ms[i]) / 60.0f;
		sum += away * away;
	}
	return sum;
}

static bool is_sit_tone(const struct tone *tone, int index, bool open)
{
	uint32_t ms = tone_ms(tone);
	if (fabsf(tone->hz - sit_hz[index]) > SIT_HZ_TOLERANCE || tone->hz2 > 0)
		return false;
	return open ? ms >= SIT_THIRD_MS_MIN : ms >= SIT_MS_MIN && ms <= SIT_MS_MAX;
}

bool signals_sit(const struct tones *tones, enum amd_sit *sit)
{
	bool open = tones->on;
	const struct tone *three[3];
	three[2] = open ? &tones->run : tones_kept(tones, 0);
	three[1] = tones_kept(tones, open ? 0 : 1);
	three[0] = tones_kept(tones, open ? 1 : 2);
	for (int i = 0; i < 3; i++) {
		if (three[i] == NULL || !is_sit_tone(three[i], i, i == 2 && open))
			return false;
		if (i > 0 && three[i]->start_ms > three[i - 1]->end_ms + SIT_GAP_MS_MAX)
			return false;
	}
	const struct sit_code *best = &codes[0];
	for (size_t i = 1; i < sizeof codes / sizeof codes[0]; i++)
		if (unlike(&codes[i], three) < unlike(best, three))
			best = &codes[i];
	*sit = best->sit;
	return true;
}

/* A second tone counts only when the first came right before it: 1400 Hz alone is a beep. */
static bool sit_so_far(const struct tone *tone, const struct tone *before, bool open)
{
	if (is_sit_tone(tone, 0, open))
		return true;
	return before != NULL && is_sit_tone(before, 0, false) && is_sit_tone(tone, 1, open) &&
	       tone->start_ms <= before->end_ms + SIT_GAP_MS_MAX;
}

bool signals_sit_begun(const struct tones *tones, uint32_t now_ms)
{
	const struct tone *last = tones_kept(tones, 0), *before = tones_kept(tones, 1);
	if (tones->on)
		return tone_ms(&tones->run) <= SIT_MS_MAX && sit_so_far(&tones->run, last, true);
	if (last == NULL || !sit_so_far(last, before, false))
		return false;
	return now_ms - last->end_ms <= (is_sit_tone(last, 0, false) ? SIT_WAIT_MS : SIT_GAP_MS_MAX + SIT_WAIT_MS);
}

bool signals_cng_burst(const struct tone *tone)
{
	return tone->hz2 <= 0 && fabsf(tone->hz - CNG_HZ) <= CNG_HZ_TOLERANCE && tone_ms(tone) >= 400 && tone_ms(tone) <= 620;
}

static bool answers(const struct tones *tones)
{
	uint32_t ms = 0, later_ms = 0;
	if (tones->on) {
		if (fabsf(tones->run.hz - CED_HZ) > CED_HZ_TOLERANCE)
			return false;
		ms = tone_ms(&tones->run);
		later_ms = tones->run.start_ms;
	}
	for (uint32_t i = 0; tones_kept(tones, i) != NULL; i++) {
		const struct tone *tone = tones_kept(tones, i);
		if (fabsf(tone->hz - CED_HZ) > CED_HZ_TOLERANCE || (later_ms != 0 && later_ms > tone->end_ms + CED_GAP_MS_MAX))
			break;
		ms += tone_ms(tone);
		later_ms = tone->start_ms;
	}
	return ms >= LIMIT_CED_MS;
}

static bool calls(const struct tones *tones, bool voice_heard, uint32_t now_ms)
{
	const struct tone *last = tones_kept(tones, 0), *before = tones_kept(tones, 1);
	if (last == NULL || tones->on || !signals_cng_burst(last))
		return false;
	if (before != NULL && signals_cng_burst(before) && last->start_ms - before->end_ms > 2500 &&
		last->start_ms - before->end_ms < 3600)
		return true;
	return !voice_heard && now_ms - last->end_ms >= LIMIT_CNG_QUIET_MS;
}

bool signals_fax(const struct tones *tones, bool voice_heard, uint32_t now_ms)
{
	return answers(tones) || calls(tones, voice_heard, now_ms);
}
