/*
 * bench_amd.c - what a frame of call classification costs: 5,000 legs, one 20 ms frame each, in one pass; and what it costs to
 * look a fingerprint up
 *
 * What    Each leg hears its own piece of a synthetic call (room, syllables, a beep), so that branches and caches see what they
 * see in service: 10 MB of legs pass through the cache every 20 ms of audio. CPU time of this thread, not wall time. Use
 * bench_amd [LEGS [SECONDS]]
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/prng.h"
#include "base/text.h"
#include "media/amd/amd.h"
#include "media/amd/memory.h"

#define CALL_FRAMES 400 /* 8 s of audio that the legs start in at different places */

static uint8_t call[CALL_FRAMES][AMD_FRAME];

static uint8_t ulaw(int sample)
{
	int sign = sample < 0 ? 0x80 : 0, magnitude = abs(sample) + 0x84, segment = 7;
	magnitude = magnitude > 32767 ? 32767 : magnitude;
	while (segment > 0 && !(magnitude & (0x80 << segment)))
		segment--;
	return (uint8_t) ~(sign | segment << 4 | ((magnitude >> (segment + 3)) & 15));
}

/* 1.2 s of room, 1.6 s of harmonics that move, a pause, 2.4 s more, a beep, room. */
static double sound(int n, struct prng *prng)
{
	double t = n / 8000.0, noise = (prng_unit(prng) - 0.5) * 60;
	if ((t > 1.2 && t < 2.8) || (t > 3.6 && t < 6)) {
		double pitch = 130 + 25 * sin(t * 4), loud = 1500 * fabs(sin(t * 15)), sum = 0;
		for (int h = 1; h < 8; h++)
			sum += sin(2 * M_PI * pitch * h * t) / h;
		return noise + loud * sum;
	}
	return t > 6.3 && t < 6.8 ? noise + 4000 * sin(2 * M_PI * 1000 * t) : noise;
}

static double cpu_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int up(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double pass(struct amd *legs, int count, int tick)
{
	struct amd_event events[AMD_EVENTS_MAX];
	double start = cpu_s();
	for (int i = 0; i < count; i++)
		amd_feed(&legs[i], call[(tick + i * 37) % CALL_FRAMES], events);
	return (cpu_s() - start) * 1e6 / count;
}

#define RECORDINGS 4096
#define LOOKUPS 200

/* Strangers' prints are as far from each other as random ones whose signs last three frames. */
static void print_random(struct amd_print *print, struct prng *prng)
{
	print->frames = print->voiced = AMD_PRINT_FRAMES;
	for (int i = 0; i < AMD_PRINT_FRAMES; i++)
		print->code[i] = i % 3 == 0 ? (uint16_t)prng_u64(prng) : print->code[i - 1];
}

static void bench_memory(struct prng *prng)
{
	static struct memory_entry entries[RECORDINGS];
	struct memory memory;
	struct amd_print print;
	memory_init(&memory, entries, RECORDINGS, INT64_MAX);
	while (memory.count < RECORDINGS) {
		struct memory_entry entry = {.number_count = 1};
		print_random(&entry.print, prng);
		memory_put(&memory, &entry);
	}
	print_random(&print, prng);
	print.frames = AMD_PRINT_EARLY;
	double start = cpu_s();
	int known = 0;
	for (int i = 0; i < LOOKUPS; i++)
		known += memory_hear(&memory, &print, (uint64_t)i, 0).known;
	double us = (cpu_s() - start) * 1e6 / LOOKUPS;
	printf("memory: %d recordings: %.0f us a lookup, %.0f ns a recording (%d of %d known)\n", RECORDINGS, us,
		us * 1000 / RECORDINGS, known, LOOKUPS);
}

int main(int argc, char **argv)
{
	int64_t legs_count = 5000, seconds = 3;
	if ((argc > 1 && !text_i64(argv[1], 1, 100000, &legs_count)) || (argc > 2 && !text_i64(argv[2], 1, 60, &seconds)))
		return fputs("usage: bench_amd [LEGS [SECONDS]]\n", stderr), 2;
	struct prng prng;
	prng_seed(&prng, 1);
	for (int n = 0; n < CALL_FRAMES * AMD_FRAME; n++)
		call[n / AMD_FRAME][n % AMD_FRAME] = ulaw((int)sound(n, &prng));
	int passes = (int)seconds * 50;
	struct amd *legs = aligned_alloc(64, (size_t)legs_count * sizeof *legs);
	double *us = malloc((size_t)passes * sizeof *us);
	if (legs == NULL || us == NULL)
		return fputs("bench_amd: out of memory\n", stderr), 1;
	struct amd_options options = {.ring_ms = -1};
	for (int64_t i = 0; i < legs_count; i++)
		amd_init(&legs[i], &options);
	for (int p = 0; p < passes; p++)
		us[p] = pass(legs, (int)legs_count, p);
	qsort(us, (size_t)passes, sizeof *us, up);
	printf("amd: %d legs in one pass, %d passes: %.2f us a frame (median), %.2f (least), %.2f (p95); %d bytes a leg\n",
		(int)legs_count, passes, us[passes / 2], us[0], us[passes * 95 / 100], AMD_BYTES);
	free(us);
	free(legs);
	bench_memory(&prng);
	return 0;
}
