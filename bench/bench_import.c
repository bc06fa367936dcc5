/*
 * bench_import.c - rows a second and memory of an upload
 *
 * Usage   bench_import [ROWS]   (200,000)
 * What    A CSV of Chinese mobile numbers in no order, as in real files, with names and two further columns, 1 % bad and 1 %
 *         duplicate, into a new list of a new store below TMPDIR, each commit durable; then the same file as a dry run, and again
 *         (nothing is to do); then a file of Chinese landlines, which the table of ranges knows, and one of Russian numbers,
 *         which libphonenumber must decide. anon_mib is what the process itself holds, rss_mib with the pages of the store that
 *         are mapped: the most of each. cpu_s is of all threads.
 * Verdict UPL-5 is `bench_import 10000000`: 10 million rows in 300 s and 512 MiB. With fewer rows the last line says what they
 *         promise: the memory bound as it is, the time in proportion. Exit code 1 when it is not kept.
 */
#include "base/clock.h"
#include "base/prng.h"
#include "base/text.h"
#include "campaigns/import.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROWS_PROMISED 10e6
#define SECONDS_MAX 300.0
#define SECONDS_FREE 1.0 /* a small file's own: to open, to read twice, to commit once */
#define RSS_MIB_MAX 512.0

static char folder[128];

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_import: %s: %s\n", what, why);
	exit(1);
}

static const char *in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

enum numbers { MOBILES, LANDLINES, RUSSIAN };

static void row_write(FILE *file, struct prng *prng, uint64_t i, enum numbers numbers)
{
	uint64_t dice = prng_below(prng, 100);

	if (dice == 0)
		fprintf(file, "12");
	else if (numbers != MOBILES)
		fprintf(file, "%s%07llu", numbers == LANDLINES ? "010-6" : "+7495",
			(unsigned long long)(dice == 1 ? i / 2 : i) % 10000000);
	else
		fprintf(file, "13%09llu", (unsigned long long)(dice == 1 ? i / 2 : i) * 7919317 % 1000000000);
	fprintf(file, ",\xE5\xBC\xA0\xE4\xB8\x89 %llu,%llu.50,\"No. %llu, Nanjing Road\"\r\n", (unsigned long long)i,
		(unsigned long long)prng_below(prng, 100000), (unsigned long long)prng_below(prng, 1000));
}

static void file_write(const char *name, uint64_t rows, enum numbers numbers)
{
	FILE *file = fopen(in_folder(name), "we");
	struct prng prng;
	uint64_t i;

	if (!file)
		die(name, "cannot be written");
	prng_seed(&prng, 1);
	fprintf(file, "phone,name,balance,address\r\n");
	for (i = 0; i < rows; i++)
		row_write(file, &prng, i, numbers);
	fclose(file);
}

/* A line of this process's status. */
static long status_kib(const char *name)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[128];
	long kib = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtol(line + strlen(name), NULL, 10);
	}
	if (file)
		fclose(file);
	return kib;
}

/* The peak of resident memory begins anew. */
static void peak_reset(void)
{
	FILE *file = fopen("/proc/self/clear_refs", "we");

	if (!file)
		return;
	fputs("5", file);
	fclose(file);
}

static void progress_h(void *arg, uint64_t done, uint64_t total, const struct import_receipt *so_far)
{
	long *most = arg, now = status_kib("RssAnon:");

	(void)done;
	(void)total;
	(void)so_far;
	*most = now > *most ? now : *most;
}

static double cpu_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct cost {
	double s, rss_mib;
};

static struct cost run(struct store *store, const char *label, const char *file, const char *list, bool dry)
{
	double cpu_before_s = cpu_s();
	struct cost cost;
	char path[256], why[400];
	long most_kib = 0;
	struct import_options options = {
		.path = path, .list = list, .region = "CN", .dry_run = dry, .progress = progress_h, .arg = &most_kib};
	struct import_receipt receipt;

	text_copy(path, sizeof(path), in_folder(file));
	peak_reset();
	if (import_list(store, &options, &receipt, why))
		die(label, why);
	cost = (struct cost){(double)receipt.elapsed_us / (double)SEC_US, (double)status_kib("VmHWM:") / 1024};
	printf("%-22s rows=%llu accepted=%llu rejected=%llu duplicate=%llu s=%.2f cpu_s=%.2f rows_per_s=%.0f anon_mib=%.1f "
	       "rss_mib=%.1f\n",
		label, (unsigned long long)receipt.read, (unsigned long long)receipt.accepted,
		(unsigned long long)receipt.rejected, (unsigned long long)receipt.duplicate, cost.s, cpu_s() - cpu_before_s,
		(double)receipt.read / (cost.s + 1e-6), (double)most_kib / 1024, cost.rss_mib);
	fflush(stdout);
	return cost;
}

/* UPL-5, for as many rows as there were. */
static bool verdict(int64_t rows, const struct cost *cost)
{
	double s_max = (double)rows * SECONDS_MAX / ROWS_PROMISED + SECONDS_FREE;
	bool kept = cost->s <= s_max && cost->rss_mib <= RSS_MIB_MAX;

	printf("UPL-5 %s: %lld rows in %.1f s (promised: %.1f) and %.0f MiB (promised: %.0f)\n", kept ? "kept" : "NOT KEPT",
		(long long)rows, cost->s, s_max, cost->rss_mib, RSS_MIB_MAX);
	return kept;
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
	const char *tmp = getenv("TMPDIR");
	int64_t rows = 200000;
	char why[WHY_BYTES];
	struct store *store;
	struct cost cost;

	if (argc > 1 && !text_i64(argv[1], 100, 100 * 1000 * 1000, &rows))
		die(argv[1], "give a number of rows");
	snprintf(folder, sizeof(folder), "%s/outdial-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(folder) || store_open(&store, in_folder("store"), STORE_CREATE, why))
		die(folder, "no store can be made");
	file_write("tenth.csv", (uint64_t)rows / 10, MOBILES);
	file_write("mobile.csv", (uint64_t)rows, MOBILES);
	file_write("landline.csv", (uint64_t)rows / 10, LANDLINES);
	file_write("russian.csv", (uint64_t)rows / 10, RUSSIAN);
	run(store, "dry_run_tenth", "tenth.csv", "a", true);
	run(store, "import_tenth", "tenth.csv", "a", false);
	cost = run(store, "import", "mobile.csv", "b", false);
	run(store, "import_again", "mobile.csv", "b", false);
	run(store, "import_table", "landline.csv", "c", false);
	run(store, "import_libphonenumber", "russian.csv", "r", false);
	run(store, "dry_run", "mobile.csv", "d", true);
	store_close(store);
	nftw(folder, remove_h, 8, FTW_DEPTH | FTW_PHYS);
	return verdict(rows, &cost) ? 0 : 1;
}
