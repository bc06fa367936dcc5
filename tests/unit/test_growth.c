/* test_growth.c - STO-3: an export whose reader stops does not make the store grow, for it holds no snapshot while it writes */
#include "tests/unit/test_evidence.h"
#include "tests/unit/test_export_util.h"

#include "base/prng.h"
#include "campaigns/campaigns.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>

#define ATTEMPTS 5000
#define CHANGES 150
#define RECORDS 40

static struct attempt make(uint64_t id)
{
	struct attempt attempt = {.id = id,
		.lead = id,
		.campaign = 1,
		.list = 1,
		.number = 1,
		.intent_us = test_now_us,
		.invite_us = test_now_us,
		.end_us = test_now_us,
		.outcome = OUTCOME_BUSY,
		.e164 = "+8613800000000",
		.trunk = "t"};

	return attempt;
}

static struct prng prng;

/* What claims and outcomes do: records far from each other are written anew, the same ones each time, */
static uint64_t spread(int index)
{
	return (uint64_t)(index + 1) * (ATTEMPTS / RECORDS);
}

/* or any. */
static uint64_t anywhere(int index)
{
	(void)index;
	return 1 + prng_below(&prng, ATTEMPTS);
}

typedef uint64_t which_h(int index); /* attempt that is written */

static int change_in(struct db_txn *txn, void *arg)
{
	which_h *const *which = arg;

	for (int i = 0; i < RECORDS; i++) {
		struct attempt attempt = make((*which)(i));

		attempt_save(txn, &attempt);
	}
	return 0;
}

static void change(which_h *which)
{
	for (int i = 0; i < CHANGES; i++)
		assert_int_equal(db_change(test_store->db, change_in, &which), 0);
}

static off_t store_bytes(void)
{
	struct stat st;

	assert_int_equal(stat(test_path("data.mdb"), &st), 0);
	return st.st_size;
}

static struct export_receipt receipt;

static void *export_thread(void *path)
{
	struct export_options options = {.path = path};
	char why[400];

	return (void *)(intptr_t)export_run(test_store, &options, &receipt, why);
}

static void begin(which_h *which)
{
	prng_seed(&prng, 5);
	put_attempts(ATTEMPTS, make);
	if (which == anywhere)
		test_seal(ATTEMPTS / 2); /* half of the export comes out of sealed segments */
	change(which);
}

/* A pipe that is read for one byte, and to its end when the changes are made. */
static void beside_an_export(which_h *which)
{
	char bytes[4096], path[128];
	pthread_t thread;
	void *err;
	off_t before;
	int fd;

	begin(which);
	before = store_bytes();
	snprintf(path, sizeof(path), "%s/fifo", test_dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pthread_create(&thread, NULL, export_thread, path), 0);
	while (read(fd, bytes, 1) != 1) /* it has begun; its pipe is full from now on */
		sched_yield();
	change(which);
	assert_true(store_bytes() <= before + before / 10);
	while (pthread_tryjoin_np(thread, &err) != 0)
		if (read(fd, bytes, sizeof(bytes)) < 0)
			sched_yield();
	assert_null(err);
	assert_int_equal(receipt.rows, ATTEMPTS);
	close(fd);
}

/* By how much the store grows beside a reader that holds its snapshot. */
static off_t beside_a_snapshot(which_h *which, off_t *before)
{
	struct db_txn txn;

	begin(which);
	*before = store_bytes();
	db_read_begin(test_store->db, &txn);
	assert_true(db_count(&txn, T_ATTEMPT) > 0);
	change(which);
	assert_int_equal(db_read_end(&txn), 0);
	return store_bytes() - *before;
}

static void test_STO_3_export_that_stands_still(void **state)
{
	(void)state;
	beside_an_export(spread);
}

static void test_STO_3_a_stuck_export_does_not_grow_the_store(void **state)
{
	(void)state;
	beside_an_export(anywhere);
}

/* The other way round: one snapshot held as long does make it grow. Were this not so, the tests above would show nothing. */
static void test_STO_3_a_snapshot_would_grow_it(void **state)
{
	off_t before;

	(void)state;
	off_t growth = beside_a_snapshot(spread, &before);
	assert_true(growth > before / 10);
}

static void test_STO_3_a_snapshot_would_grow_it_anywhere(void **state)
{
	off_t before;

	(void)state;
	off_t growth = beside_a_snapshot(anywhere, &before);
	assert_true(growth > before / 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_STO_3_export_that_stands_still),
		T(test_STO_3_a_snapshot_would_grow_it),
		T(test_STO_3_a_stuck_export_does_not_grow_the_store),
		T(test_STO_3_a_snapshot_would_grow_it_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
