/* cadence.c - ringback, busy and congestion by their rhythm */
#include "media/amd/cadence.h"

#include <math.h>
#include <stddef.h>

#define BURSTS_MAX 6
#define HZ_TOLERANCE 9.0f  /* exchanges are within 1 Hz, we measure within 2; a pair's middle wanders by 5 */
#define MS_TOLERANCE 45    /* of a burst's length: two frames */
#define RING_QUIET_MS 2500 /* one whole ring and this much of its pause is enough */
#define TRUNCATED_MS 60    /* a burst that was there at the beginning is shorter than its pattern says */
#define STEP_MAX 4

struct pattern {
	enum amd_verdict kind;
	float hz, hz2;             /* two tones less than 90 Hz apart read as one in the middle, hz2 0 */
	int16_t step_ms[STEP_MAX]; /* on, off, on, off; 0 ends */
};

/* One line a tone; zones that share it are named. The first of two equal fits wins. */
static const struct pattern table[] = {
	{AMD_RINGBACK, 458, 0, {2000, 4000}},           /* US: 440 + 480 */
	{AMD_RINGBACK, 425, 0, {400, 200, 400, 2000}},  /* UK, AU, NZ, SG, MY: 400 + 450, 413 + 438 */
	{AMD_RINGBACK, 400, 0, {400, 200, 400, 2000}},  /* IN, HK */
	{AMD_RINGBACK, 425, 0, {1000, 4000}},           /* DE, BR and most of Europe */
	{AMD_RINGBACK, 450, 0, {1000, 4000}},           /* CN */
	{AMD_RINGBACK, 440, 0, {1500, 3500}},           /* FR */
	{AMD_RINGBACK, 425, 0, {1500, 3000}},           /* ES */
	{AMD_RINGBACK, 400, 0, {1000, 2000}},           /* JP: 400 + 15 */
	{AMD_RINGBACK, 425, 0, {1000, 3000}},           /* PT and others between */
	{AMD_BUSY, 480, 620, {500, 500}},               /* US */
	{AMD_CONGESTION, 480, 620, {250, 250}},         /* US reorder */
	{AMD_BUSY, 400, 0, {375, 375}},                 /* UK */
	{AMD_CONGESTION, 400, 0, {400, 350, 225, 525}}, /* UK */
	{AMD_BUSY, 450, 0, {350, 350}},                 /* CN */
	{AMD_CONGESTION, 450, 0, {700, 700}},           /* CN */
	{AMD_BUSY, 425, 0, {480, 480}},                 /* DE; ES, IT, NL 500 */
	{AMD_CONGESTION, 425, 0, {240, 240}},           /* DE, NL; BR's busy (250) cannot be told from it */
	{AMD_CONGESTION, 425, 0, {250, 250, 250, 750}}, /* BR */
	{AMD_CONGESTION, 425, 0, {200, 200}},           /* ES, IT, PL */
	{AMD_BUSY, 440, 0, {500, 500}},                 /* FR */
	{AMD_CONGESTION, 440, 0, {250, 250}},           /* FR */
	{AMD_BUSY, 400, 0, {750, 750}},                 /* IN */
	{AMD_BUSY, 400, 0, {500, 500}},                 /* JP */
	{AMD_BUSY, 425, 0, {375, 375}},                 /* AU */
	{AMD_CONGESTION, 425, 0, {375, 375}},           /* AU, whose busy and congestion differ in level only */
};
#define PATTERNS ((int)(sizeof table / sizeof table[0]))

struct burst {
	float hz, hz2;
	int on_ms, off_ms;    /* off: to the next burst, or so far */
	bool truncated, open; /* began before we listened; still on */
};

struct fit {
	bool alive;
	int whole; /* steps that were heard whole and fit */
	int error_ms;
};

static int steps_of(const struct pattern *pattern)
{
	return pattern->step_ms[2] ? 4 : 2;
}

static bool on_frequency(const struct pattern *pattern, const struct burst *burst)
{
	if (fabsf(burst->hz - pattern->hz) > HZ_TOLERANCE)
		return false;
	return pattern->hz2 > 0 ? fabsf(burst->hz2 - pattern->hz2) <= HZ_TOLERANCE : !(burst->hz2 > 0);
}

static int tolerance_ms(int nominal_ms)
{
	return MS_TOLERANCE + nominal_ms / 20;
}

/* One step: `open` ones may still grow, `cut` ones have lost their beginning. */
static void fit_step(struct fit *fit, int heard_ms, int nominal_ms, bool open, bool cut)
{
	int away = heard_ms - nominal_ms;
	if (away > tolerance_ms(nominal_ms) || (away < -tolerance_ms(nominal_ms) && !open && !cut)) {
		fit->alive = false;
		return;
	}
	if (open || away < -tolerance_ms(nominal_ms))
		return;
	fit->whole++;
	fit->error_ms += away < 0 ? -away : away;
}

static struct fit fit_pattern(const struct pattern *pattern, const struct burst *bursts, int count, int phase)
{
	struct fit fit = {.alive = true};
	int steps = steps_of(pattern), step = phase;
	for (int i = 0; i < count && fit.alive; i++) {
		const struct burst *burst = &bursts[i];
		fit.alive = on_frequency(pattern, burst);
		fit_step(&fit, burst->on_ms, pattern->step_ms[step], burst->open, burst->truncated);
		if (!burst->open)
			fit_step(&fit, burst->off_ms, pattern->step_ms[step + 1], i + 1 == count, false);
		step = (step + 2) % steps;
	}
	return fit;
}

/* Ringback: one whole burst and most of a pause. The others: two bursts and two pauses. */
static bool enough(const struct pattern *pattern, const struct fit *fit, const struct burst *bursts, int count)
{
	if (!fit->alive)
		return false;
	if (pattern->kind != AMD_RINGBACK)
		return fit->whole >= 4;
	const struct burst *last = &bursts[count - 1];
	bool paused = !last->open && last->off_ms >= RING_QUIET_MS;
	return steps_of(pattern) == 4 ? fit->whole >= 4 : fit->whole >= 2 || (fit->whole >= 1 && paused);
}

static int gather(const struct tones *tones, uint32_t now_ms, struct burst bursts[BURSTS_MAX])
{
	uint32_t have = tones->count, count = 0;
	have = have > BURSTS_MAX - 1 ? BURSTS_MAX - 1 : have;
	for (uint32_t i = have; i-- > 0;) {
		const struct tone *tone = tones_kept(tones, i);
		struct burst *burst = &bursts[count++];
		*burst = (struct burst){.hz = tone->hz,
			.hz2 = tone->hz2,
			.on_ms = (int)tone_ms(tone),
			.truncated = tone->start_ms < TRUNCATED_MS};
		uint32_t next_ms = i > 0 ? tones_kept(tones, i - 1)->start_ms : tones->on ? tones->run.start_ms : now_ms;
		burst->off_ms = (int)(next_ms - tone->end_ms);
	}
	if (tones->on && tones->frames >= 3) {
		const struct tone *run = &tones->run;
		bursts[count++] = (struct burst){.hz = run->hz, .hz2 = run->hz2, .on_ms = (int)tone_ms(run), .open = true};
	}
	return (int)count;
}

struct cadence cadence_read(const struct tones *tones, uint32_t now_ms)
{
	struct cadence cadence = {AMD_NONE, false};
	struct burst bursts[BURSTS_MAX];
	int count = gather(tones, now_ms, bursts), least_ms = 1 << 30;
	for (int i = 0; i < PATTERNS && count > 0; i++) {
		for (int phase = 0; phase < steps_of(&table[i]); phase += 2) {
			struct fit fit = fit_pattern(&table[i], bursts, count, phase);
			cadence.alive |= fit.alive;
			if (!enough(&table[i], &fit, bursts, count) || fit.error_ms >= least_ms)
				continue;
			least_ms = fit.error_ms;
			cadence.sure = table[i].kind;
		}
	}
	return cadence;
}
