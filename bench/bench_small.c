/*
 * bench_small.c - what single steps of a call cost that decisions rest on
 *
 * What    relics_put: a dialog is noted for the next engine (decision 8), in turn over 2,000 slots of a mapped file below TMPDIR.
 *         siv_seal, siv_open: personal fields of one line, 40 bytes, the key set up each time as it is for a line (decision 10).
 *         keyed_hash: a pseudonym. CPU time of one, the median of nine rounds and the least and greatest.
 * Usage   bench_small
 */
#include "campaigns/siv.h"
#include "dialer/relics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 9
#define TIMES 20000
#define SLOTS 2000
#define TEXT_BYTES 40

struct small {
	struct relics *relics;
	struct relic relic;
	struct siv *siv;
	unsigned char key[SIV_KEY_BYTES], text[TEXT_BYTES], box[TEXT_BYTES + SIV_BYTES], hash[32];
	struct siv_context context;
};

static void die(const char *what)
{
	fprintf(stderr, "bench_small: %s\n", what);
	exit(1);
}

/* --- the steps */

static void do_relics_put(struct small *small, uint32_t i)
{
	small->relic.since_us = i;
	relics_put(small->relics, i % SLOTS, &small->relic);
}

static void do_siv_seal(struct small *small, uint32_t i)
{
	small->key[0] = (unsigned char)i;
	if (!siv_seal(small->siv, small->key, small->context, small->text, TEXT_BYTES, small->box))
		die("libcrypto refuses");
}

/* The box of the last key that sealed. */
static void do_siv_open(struct small *small, uint32_t i)
{
	(void)i;
	if (!siv_open(small->siv, small->key, small->context, small->box, sizeof(small->box), small->text))
		die("a box does not open");
}

static void do_keyed_hash(struct small *small, uint32_t i)
{
	small->key[0] = (unsigned char)i;
	if (!keyed_hash(small->key, small->text, 8, small->hash))
		die("libcrypto refuses");
}

static const struct step {
	const char *name;
	void (*once)(struct small *small, uint32_t i);
} steps[] = {{"relics_put", do_relics_put}, {"siv_seal", do_siv_seal}, {"siv_open", do_siv_open}, {"keyed_hash", do_keyed_hash}};

/* --- rounds */

static double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(struct small *small, const struct step *step)
{
	double each_us[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		double from_us = cpu_us();

		for (uint32_t i = 0; i < TIMES; i++)
			step->once(small, i);
		each_us[round] = (cpu_us() - from_us) / TIMES;
	}
	qsort(each_us, ROUNDS, sizeof(each_us[0]), compare);
	printf("%-12s %.3f us [%.3f-%.3f]\n", step->name, each_us[ROUNDS / 2], each_us[0], each_us[ROUNDS - 1]);
}

int main(void)
{
	static struct small small = {.context = {"1234567", 7}};
	const char *tmp = getenv("TMPDIR");
	struct relic *left;
	uint32_t left_count;
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/outdial-bench-XXXXXX", tmp ? tmp : "/tmp");
	fd = mkstemp(path);
	if (fd < 0 || close(fd) || relics_open(&small.relics, path, SLOTS, &left, &left_count))
		die("the file of relics cannot be made");
	free(left);
	small.siv = siv_alloc();
	if (!small.siv)
		die("out of memory");
	strcpy(small.relic.call_id, "12345678.0123456789abcdef@outdial");
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		measure(&small, &steps[i]);
	siv_free(small.siv);
	relics_close(small.relics);
	return unlink(path);
}
