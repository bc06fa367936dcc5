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
	struct attempt attempt = {.id = id, .lead = id, .campaign = 1, .list = 1, .number = 1, .intent_us = test_now_us, .invite_us = test_now_us,
		.end_us = test_now_us, .outcome = OUTCOME_BUSY, .e164 = "+8613800000000", .trunk = "t"};

	return attempt;
}

/* What claims and outcomes do: records far from each other are written anew. */
static int change_in(struct db_txn *txn, void *arg)
{
	(void)arg;
	for (uint64_t i = 1; i <= RECORDS; i++) {
		struct attempt attempt = make(i * (ATTEMPTS / RECORDS));

		attempt_save(txn, &attempt);
	}
	return 0;
}

static void load(void)
{
	for (int i = 0; i < CHANGES; i++)
		assert_int_equal(db_change(test_store->db, change_in, NULL), 0);
}

/* The same anywhere. */
static int churn_in(struct db_txn *txn, void *arg)
{
	struct prng *prng = arg;

	for (int i = 0; i < RECORDS; i++) {
		struct attempt attempt = make(1 + prng_below(prng, ATTEMPTS));

		attempt_save(txn, &attempt);
	}
	return 0;
}

static void churn(struct prng *prng)
{
	for (int i = 0; i < CHANGES; i++)
		assert_int_equal(db_change(test_store->db, churn_in, prng), 0);
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

static void test_STO_3_export_that_stands_still(void **state)
{
	char path[128], bytes[4096];
	pthread_t thread;
	off_t before;
	void *err;
	int fd;

	(void)state;
	put_attempts(ATTEMPTS, make);
	load();
	before = store_bytes();
	snprintf(path, sizeof(path), "%s/pipe", test_dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pthread_create(&thread, NULL, export_thread, path), 0);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, 1), 1); /* it has begun, and stands when the pipe is full */
	load();
	assert_true(store_bytes() <= before + before / 10);
	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
	assert_int_equal(pthread_join(thread, &err), 0);
	assert_null(err);
	close(fd);
}

/* The other way round: one snapshot held as long does make it grow. Were this not so, the test above would show nothing. */
static void test_STO_3_a_snapshot_would_grow_it(void **state)
{
	struct db_txn txn;
	off_t before;

	(void)state;
	put_attempts(ATTEMPTS, make);
	load();
	before = store_bytes();
	db_read_begin(test_store->db, &txn);
	load();
	assert_int_equal(db_read_end(&txn), 0);
	assert_true(store_bytes() > before + before / 10);
}

/* Half of it comes out of sealed segments, and the changes are anywhere. */
static void test_STO_3_a_stuck_export_does_not_grow_the_store(void **state)
{
	uint64_t drained = 0;
	struct prng prng;
	char piece[4096], path[128];
	pthread_t thread;
	void *err;
	off_t before;
	ssize_t got;
	int fd;

	(void)state;
	prng_seed(&prng, 5);
	put_attempts(ATTEMPTS, make);
	test_seal(ATTEMPTS / 2);
	churn(&prng);
	before = store_bytes();
	snprintf(path, sizeof(path), "%s/fifo", test_dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pthread_create(&thread, NULL, export_thread, path), 0);
	while (read(fd, piece, 1) != 1) /* it has begun; its pipe is full from now on */
		sched_yield();
	churn(&prng);
	assert_true(store_bytes() <= before + before / 10);
	while (drained < 1 || pthread_tryjoin_np(thread, &err) != 0) {
		got = read(fd, piece, sizeof(piece));
		drained += got > 0 ? (uint64_t)got : 1;
	}
	assert_null(err);
	assert_int_equal(receipt.rows, ATTEMPTS);
	close(fd);
}

/* And that is something: with a reader that holds its snapshot the same changes do grow it. */
static void test_STO_3_a_snapshot_would_grow_it_anywhere(void **state)
{
	struct db_txn pinned;
	struct prng prng;
	off_t before;

	(void)state;
	prng_seed(&prng, 5);
	put_attempts(ATTEMPTS, make);
	test_seal(ATTEMPTS / 2);
	churn(&prng);
	before = store_bytes();
	db_read_begin(test_store->db, &pinned);
	assert_true(db_count(&pinned, T_ATTEMPT) > 0);
	churn(&prng);
	assert_true(store_bytes() > before + before / 2);
	assert_int_equal(db_read_end(&pinned), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_STO_3_export_that_stands_still, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_STO_3_a_snapshot_would_grow_it, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_STO_3_a_stuck_export_does_not_grow_the_store, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_STO_3_a_snapshot_would_grow_it_anywhere, test_setup, test_teardown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
