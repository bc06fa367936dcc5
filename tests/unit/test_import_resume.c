/*
 * test_import_resume.c - uploads that are killed, and taken up again
 *
 * A child imports a file and is killed (SIGKILL, from a timer of its own) at a random moment, perhaps several times; then
 * --resume ends the upload. The store must hold, byte for byte in every table, what an uninterrupted upload makes, and the reject
 * file too. All stores are copies of one empty store and the clock stands, so nothing else can differ. OUTDIAL_KILLS says how
 * many kills (default 24; `make crash-import` does 1,000), OUTDIAL_SEED repeats a run.
 */
#include "test_import_util.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/prng.h"
#include "campaigns/tables.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define ROWS 9000
#define CHUNK 2500
#define ENCODINGS 3

static const int64_t standing_us = INT64_C(1790000000000000);
static const char *const encodings[ENCODINGS] = {"UTF-8", "GB18030", "UTF-16LE"};
static const char *const actions[] = {NULL, "update", "link"}; /* what becomes of duplicates */

struct site {
	char dir[64];
	struct prng prng;
	unsigned kills, deaths; /* wanted; that met a living child */
	uint32_t chunk;         /* rows: several chunks, or one */
	const char *action;
	int64_t whole_us;       /* an uninterrupted upload takes about so long */
};

static const char *in(const struct site *site, const char *folder, const char *name)
{
	static char paths[4][160];
	static unsigned turn;

	turn = (turn + 1) % 4;
	snprintf(paths[turn], sizeof(paths[turn]), "%s/%s/%s", site->dir, folder, name);
	return paths[turn];
}

static void copy(const char *from, const char *to)
{
	size_t count = 0;
	char *bytes = file_get(from, &count);

	assert_non_null(bytes);
	file_put(to, bytes, count);
	free(bytes);
}

/* --- the file: rejected rows, duplicates of near and far, quoted line ends, several numbers */
static void row_put(FILE *file, struct prng *prng, unsigned i)
{
	uint64_t dice = prng_below(prng, 100);

	if (dice < 3)
		fprintf(file, "12,");
	else
		fprintf(file, "138%08u,", (unsigned)(dice < 8 ? prng_below(prng, i + 1) : i) * 9973 % 100000000);
	if (dice % 7 == 0)
		fprintf(file, "139%08u", i * 7919 % 100000000);
	fprintf(file, dice % 11 == 0 ? ",\"\xE5\xBC\xA0\n\xE4\xB8\x89 %u\"\r\n" : ",\xE5\xBC\xA0\xE4\xB8\x89 %u\r\n", i);
}

static void file_make(struct site *site, const char *encoding)
{
	char command[400];
	FILE *file;

	snprintf(command, sizeof(command), "%s/in.csv", site->dir);
	file = fopen(command, "w");
	assert_non_null(file);
	fprintf(file, "phone,phone2,name\r\n");
	for (unsigned i = 0; i < ROWS; i++)
		row_put(file, &site->prng, i);
	assert_int_equal(fclose(file), 0);
	snprintf(command, sizeof(command), "iconv -f UTF-8 -t %s %s/in.csv >%s/list.csv", encoding, site->dir, site->dir);
	assert_int_equal(system(command), 0);
}

/* --- one upload in a child */
static void folder_make(const struct site *site, const char *folder)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", site->dir, folder);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(mkdir(in(site, folder, "store"), 0700), 0);
	copy(in(site, "empty", "data.mdb"), in(site, folder, "store/data.mdb"));
	copy(in(site, ".", "list.csv"), in(site, folder, "list.csv"));
}

static void kill_after(int64_t us)
{
	struct itimerspec when = {.it_value = {us / SEC_US, us % SEC_US * 1000}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &when, NULL))
		_exit(90);
}

static void child(const struct site *site, const char *dir, int64_t kill_us, bool resume)
{
	struct import_options options = {.path = "list.csv",
		.list = "l",
		.region = "CN",
		.resume = resume,
		.chunk_rows = site->chunk,
		.duplicates = site->action};
	struct import_receipt receipt;
	char why[400];
	struct store *store;

	if (chdir(dir) != 0)
		_exit(91);
	if (kill_us)
		kill_after(kill_us);
	clock_fake(&standing_us);
	if (store_open(&store, "store", STORE_WRITE, why)) {
		fprintf(stderr, "%s\n", why);
		_exit(92);
	}
	if (import_list(store, &options, &receipt, why)) {
		fprintf(stderr, "%s\n", why);
		_exit(93);
	}
	if (receipt.read != receipt.accepted + receipt.rejected + receipt.duplicate)
		_exit(94);
	store_close(store);
	_exit(0);
}

/* True: it was killed. It must do one of the two: be killed, or end well. kill_us 0: never. */
static bool run(const struct site *site, const char *folder, int64_t kill_us, bool resume)
{
	char dir[128];
	int status;
	pid_t pid;

	snprintf(dir, sizeof(dir), "%s/%s", site->dir, folder);
	pid = fork();
	if (pid == 0)
		child(site, dir, kill_us, resume);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("the upload ended with status %x", (unsigned)status);
	return false;
}

/* --- the two stores side by side */
/* How many transactions there were is no content. */
static bool entry_counts(uint32_t table, const struct db_key *key)
{
	return table != T_META || key->count != 7 || memcmp(key->bytes, "version", 7) != 0;
}

static bool entry_next(struct db_txn *txn, uint32_t table, struct db_key *key, struct db_view *view)
{
	bool there;

	do
		there = key->count ? db_step(txn, table, key, view)
				   : db_seek(txn, table, &(struct db_key){.count = 0}, key, view);
	while (there && !entry_counts(table, key));
	return there;
}

static void same_table(struct db_txn *a, struct db_txn *b, uint32_t table)
{
	struct db_key key_a = {.count = 0}, key_b = {.count = 0};
	struct db_view view_a, view_b;

	for (uint64_t entry = 0;; entry++) {
		bool in_a = entry_next(a, table, &key_a, &view_a), in_b = entry_next(b, table, &key_b, &view_b);

		if (!in_a && !in_b)
			return;
		if (in_a != in_b || key_a.count != key_b.count || memcmp(key_a.bytes, key_b.bytes, key_a.count) != 0 ||
			view_a.bytes != view_b.bytes || memcmp(view_a.data, view_b.data, view_a.bytes) != 0)
			fail_msg("table %u differs at entry %llu", table, (unsigned long long)entry);
	}
}

static void same_stores(const struct site *site, const char *folder)
{
	struct store *whole, *other;
	struct db_txn a, b;

	assert_int_equal(store_open(&whole, in(site, "whole", "store"), STORE_READ, NULL), 0);
	assert_int_equal(store_open(&other, in(site, folder, "store"), STORE_READ, NULL), 0);
	db_read_begin(whole->db, &a);
	db_read_begin(other->db, &b);
	assert_true(db_count(&a, T_LEAD) > ROWS / 2);
	for (uint32_t table = 0; table < T_COUNT; table++)
		same_table(&a, &b, table);
	assert_int_equal(db_read_end(&a), 0);
	assert_int_equal(db_read_end(&b), 0);
	store_close(whole);
	store_close(other);
}

static void same_rejects(const struct site *site, const char *folder)
{
	size_t count_a, count_b;
	char *a = file_get(in(site, "whole", "list.csv.rejects.csv"), &count_a);
	char *b = file_get(in(site, folder, "list.csv.rejects.csv"), &count_b);

	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(count_a, count_b);
	assert_memory_equal(a, b, count_a);
	assert_int_equal(access(in(site, folder, "list.csv.rejects.csv.partial"), F_OK), -1);
	assert_int_equal(access(in(site, folder, "list.csv.rejects-2.csv"), F_OK), -1);
	free(a);
	free(b);
}

/* --- the runs */
static void folder_drop(const struct site *site, const char *folder)
{
	nftw(in(site, folder, ""), remove_h, 8, FTW_DEPTH | FTW_PHYS);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SEC_US + now.tv_nsec / 1000;
}

static void whole_make(struct site *site, unsigned round)
{
	int64_t from_us;

	file_make(site, encodings[round % ENCODINGS]);
	site->chunk = round % 2 ? 0 : CHUNK;
	site->action = actions[round % 3];
	folder_make(site, "whole");
	from_us = now_us();
	assert_false(run(site, "whole", 0, false));
	site->whole_us = now_us() - from_us;
}

/* Killed once to three times, then ended. */
static void killed_round(struct site *site)
{
	unsigned kills = 1 + (unsigned)prng_below(&site->prng, 3);
	bool dead = true;

	folder_make(site, "killed");
	for (unsigned i = 0; i < kills && dead; i++) {
		dead = run(site, "killed", 1 + (int64_t)prng_below(&site->prng, (uint64_t)site->whole_us), i > 0);
		site->deaths += dead;
	}
	if (dead)
		assert_false(run(site, "killed", 0, true));
	same_stores(site, "killed");
	same_rejects(site, "killed");
	folder_drop(site, "killed");
}

static void UPL_4_resume_after_kills_gives_the_same_store(void **state)
{
	struct site *site = *state;
	unsigned round;

	for (round = 0; site->deaths < site->kills; round++) {
		if (round % 4 == 0)
			whole_make(site, round / 4);
		killed_round(site);
		if (round % 4 == 3)
			folder_drop(site, "whole");
	}
	print_message("%u kills in %u uploads, each ended as if nothing had been\n", site->deaths, round);
}

static int site_open(void **state)
{
	struct site *site = calloc(1, sizeof(*site));
	const char *kills = getenv("OUTDIAL_KILLS"), *seed = getenv("OUTDIAL_SEED");
	uint64_t chosen = seed ? strtoull(seed, NULL, 10) : (uint64_t)now_us();
	struct store *store;

	site->kills = kills ? (unsigned)strtoul(kills, NULL, 10) : 24;
	prng_seed(&site->prng, chosen);
	print_message("OUTDIAL_SEED=%llu\n", (unsigned long long)chosen);
	strcpy(site->dir, "/tmp/outdial-test-XXXXXX");
	assert_non_null(mkdtemp(site->dir));
	assert_int_equal(store_open(&store, in(site, "empty", ""), STORE_CREATE, NULL), 0);
	store_close(store);
	*state = site;
	return 0;
}

static int site_close(void **state)
{
	struct site *site = *state;

	nftw(site->dir, remove_h, 8, FTW_DEPTH | FTW_PHYS);
	free(site);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(UPL_4_resume_after_kills_gives_the_same_store, site_open, site_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
