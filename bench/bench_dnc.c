/*
 * bench_dnc.c - a suppression list of many numbers: bytes a number, time to load it, time of a look-up, claims meanwhile
 *
 *   bench_dnc [NUMBERS]       default 2,000,000; a national registry has 250,000,000
 *
 * What    A file of ten-digit numbers as a registry has them (area codes and exchanges in use about 13 of 100 numbers, ascending)
 *         is loaded into a new store below TMPDIR, by the same call that `outdial dnc load` makes, each commit durable. Meanwhile
 *         another thread asks for a write transaction every 5 ms, as claims do: how long the worst and the 99th of 100 took. Then
 *         10 million look-ups of random numbers, each compared with what the generator knows. Bytes are those of the store's file
 *         before and after.
 */
#include "base/clock.h"
#include "base/hist.h"
#include "base/prng.h"
#include "base/text.h"
#include "campaigns/store.h"
#include "campaigns/suppress_table.h"

#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOOKS 10000000
#define DENSITY_NUMERATOR 13 /* of 100 numbers of an exchange are registered */

static char folder[128];
static struct store *store;
static atomic_bool loading;
static struct hist waits;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_dnc: %s: %s\n", what, why);
	exit(1);
}

static const char *in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* Is the number on the list? Blocks of 10,000 from 2000000000 on, each with numbers that a hash chooses. */
static bool chosen(uint64_t number)
{
	uint64_t hash = (number ^ number >> 13) * UINT64_C(0x9E3779B97F4A7C15);

	return (hash >> 40) % 100 < DENSITY_NUMERATOR;
}

static uint64_t file_write(uint64_t numbers)
{
	FILE *file = fopen(in_folder("list.txt"), "we");
	uint64_t number = UINT64_C(2000000000), written = 0;

	if (!file)
		die("list.txt", "cannot be written");
	for (; written < numbers; number++) {
		if (!chosen(number))
			continue;
		fprintf(file, "%llu\n", (unsigned long long)number);
		written++;
	}
	fclose(file);
	return number;
}

static uint64_t store_bytes(void)
{
	struct stat st;

	return stat(in_folder("store/data.mdb"), &st) == 0 ? (uint64_t)st.st_size : 0;
}

static int touch_in(struct db_txn *txn, void *arg)
{
	(void)arg;
	meta_add(txn, "bench", 1);
	return 0;
}

static void *claims(void *arg)
{
	(void)arg;
	while (atomic_load(&loading)) {
		int64_t from_us = clock_us();

		db_change(store->db, touch_in, NULL);
		hist_note(&waits, clock_us() - from_us);
		usleep(5000);
	}
	return NULL;
}

static void load(const char *label, uint64_t numbers)
{
	struct suppress_load options = {.list = "ftc", .region = "US"};
	struct suppress_receipt receipt;
	char why[SUPPRESS_WHY_BYTES], path[256];
	uint64_t before = store_bytes();
	pthread_t thread;

	text_copy(path, sizeof(path), in_folder("list.txt"));
	options.path = path;
	waits = (struct hist){0};
	atomic_store(&loading, true);
	if (pthread_create(&thread, NULL, claims, NULL))
		die("claims", "no thread");
	if (suppress_load(store, &options, &receipt, why))
		die(label, why);
	atomic_store(&loading, false);
	pthread_join(thread, NULL);
	if (receipt.numbers != numbers)
		die(label, "numbers are missing");
	printf("%-8s numbers=%llu s=%.1f numbers_per_s=%.0f file_mib=%.1f grown_mib=%.1f bytes_per_number=%.3f "
	       "other_writer_ms_p99=%.1f max=%.1f\n",
		label, (unsigned long long)numbers, (double)receipt.elapsed_us / SEC_US,
		(double)numbers * SEC_US / (double)receipt.elapsed_us, (double)store_bytes() / 1048576,
		(double)(store_bytes() - before) / 1048576, (double)(store_bytes() - before) / (double)numbers,
		(double)hist_at(&waits, 0.99) / MS_US, (double)hist_at(&waits, 1) / MS_US);
}

/* What this thread used, whatever else the machine does. */
static int64_t cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * SEC_US + ts.tv_nsec / 1000;
}

static void look(uint64_t end)
{
	struct suppress_list list;
	struct db_txn txn;
	struct prng prng;
	uint64_t wrong = 0, span = end - UINT64_C(2000000000);
	int64_t from_us, us = 0;

	prng_seed(&prng, 7);
	suppress_get(store, "ftc", &list);
	struct numset set = suppress_set(list.set);
	db_read_begin(store->db, &txn);
	for (int round = 0; round < LOOKS / 1000; round++) {
		uint64_t numbers[1000];
		bool found[1000];

		for (int i = 0; i < 1000; i++)
			numbers[i] = UINT64_C(2000000000) + prng_below(&prng, span);
		from_us = cpu_us();
		for (int i = 0; i < 1000; i++)
			found[i] = numset_has(&txn, &set, UINT64_C(10000000000) + numbers[i]);
		us += cpu_us() - from_us;
		for (int i = 0; i < 1000; i++)
			wrong += found[i] != chosen(numbers[i]);
	}
	db_read_end(&txn);
	printf("look_up  looks=%d cpu_ns=%.0f wrong=%llu\n", LOOKS, (double)us * 1000 / LOOKS, (unsigned long long)wrong);
}

static int remove_h(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

int main(int argc, char **argv)
{
	struct suppress_list list = {.name = "ftc", .kind = SUPPRESS_NATIONAL};
	const char *tmp = getenv("TMPDIR");
	int64_t numbers = 2000000;
	char why[SUPPRESS_WHY_BYTES];
	uint64_t end;

	if (argc > 1 && !text_i64(argv[1], 1000, 500 * 1000 * 1000, &numbers))
		die(argv[1], "give a number of numbers");
	snprintf(folder, sizeof(folder), "%s/outdial-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(folder) || store_open(&store, in_folder("store"), STORE_CREATE, why) || suppress_create(store, &list, why))
		die(folder, "no store can be made");
	end = file_write((uint64_t)numbers);
	load("load", (uint64_t)numbers);
	look(end);
	load("replace", (uint64_t)numbers);
	look(end);
	store_close(store);
	nftw(folder, remove_h, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}
