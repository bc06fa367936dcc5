/*
 * test_erase_crash.c - LOG-5: an erasure that a crash ends goes on; free room is wiped whoever else is there, whatever lies in it
 */
#include "tests/unit/test_erase.h"

#include "base/prng.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static void assert_erased_once(uint64_t events_before)
{
	struct search search = search_all(true);
	uint32_t erased = 0;

	assert_int_equal(search.found, 0);
	for (uint64_t seq = events_before; seq < next_seq(); seq++)
		erased += strstr(read_line(seq), "\"event\":\"erased\"") != NULL;
	assert_int_equal(erased, 1);
	test_seal(0);
	assert_int_equal(test_verify(NULL).faults, 0);
}

/* A crash after each step: called again it goes on and ends in the same state, with one event. */
static void LOG_5_a_crash_after_each_step(void **state)
{
	uint64_t to_him[1], before;

	(void)state;
	fill();
	start();
	for (int step = ERASE_LEADS_GONE; step < ERASE_STEPS; step++) {
		assert_int_equal(dnc_remove(test_store, HIM, NULL), 0);
		assert_int_not_equal(add_him(HIM "," HIM_TOO), 0);
		assert_int_equal(call_all(to_him, 1), 1);
		keep_recording(to_him[0], "uk");
		test_now_us += 2 * 3600 * SEC_US;
		before = next_seq();
		assert_int_equal(erase_with(HIM, (struct erase_options){.stop_after = (enum erase_step)step}), -ECANCELED);
		test_reopen();
		erase(HIM);
		assert_int_equal(receipt.leads, 1);
		assert_int_equal(receipt.attempts, 1);
		assert_int_equal(receipt.recordings, 1);
		assert_true(receipt.scrub.whole);
		assert_erased_once(before);
		assert_int_equal(dnc_remove(test_store, HIM_TOO, NULL), 0);
	}
}

/* kill -9 at any moment of it. */
static void LOG_5_kill_at_any_moment(void **state)
{
	uint64_t to_him[1], before;
	struct prng prng;
	int killed = 0;

	(void)state;
	prng_seed(&prng, 5);
	fill();
	start();
	for (int round = 0; round < 12; round++) {
		assert_int_equal(dnc_remove(test_store, HIM, NULL), 0);
		assert_int_not_equal(add_him(HIM "," HIM_TOO), 0);
		assert_int_equal(call_all(to_him, 1), 1);
		test_now_us += 2 * 3600 * SEC_US;
		before = next_seq();
		store_close(test_store);
		test_store = NULL;
		pid_t pid = fork();
		int status;

		assert_true(pid >= 0);
		if (pid == 0) {
			if (store_open(&test_store, test_dir, STORE_WRITE, NULL) == 0)
				erase_with(HIM, (struct erase_options){.dry = false});
			_exit(0);
		}
		nanosleep(&(struct timespec){.tv_nsec = (long)(prng_u64(&prng) % 30000000)}, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		killed += WIFSIGNALED(status);
		assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
		erase(HIM);
		assert_int_equal(receipt.attempts, 1);
		assert_erased_once(before);
		assert_int_equal(dnc_remove(test_store, HIM_TOO, NULL), 0);
	}
	print_message("%d of 12 were killed before their end\n", killed);
}

/* --- free room */

/* Another process has the store open, beside this one, until it is told to go. */
struct beside {
	int to[2], from[2];
	pid_t pid;
};

static void beside_start(struct beside *beside, int (*life)(const struct beside *beside, uint64_t id), uint64_t id)
{
	char byte;

	assert_int_equal(pipe(beside->to), 0);
	assert_int_equal(pipe(beside->from), 0);
	store_close(test_store);
	test_store = NULL;
	beside->pid = fork();
	if (beside->pid == 0) {
		close(beside->to[1]);
		_exit(life(beside, id));
	}
	close(beside->to[0]);
	assert_int_equal(read(beside->from[0], &byte, 1), 1);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
}

/* In the other process: says that it is there, and stays until it shall go. */
static bool beside_stays(const struct beside *beside)
{
	char byte;

	return write(beside->from[1], "o", 1) == 1 && read(beside->to[0], &byte, 1) >= 0;
}

/* Its wait status. */
static int beside_end(const struct beside *beside)
{
	int status;

	close(beside->to[1]);
	waitpid(beside->pid, &status, 0);
	close(beside->from[0]);
	close(beside->from[1]);
	return status;
}

static int writes(const struct beside *beside, uint64_t id)
{
	struct store *own;

	(void)id;
	if (store_open(&own, test_dir, STORE_WRITE, NULL) == 0 && beside_stays(beside))
		store_close(own);
	return 0;
}

/* Another writer has the store open: it is wiped, and stays due until one is alone. */
static void a_scrub_beside_another_writer_stays_due(void **state)
{
	struct scrub_report report;
	struct beside beside;
	uint64_t due;

	(void)state;
	add_him(HIM);
	beside_start(&beside, writes, 0);
	erase(HIM);
	assert_false(receipt.scrub.alone);
	assert_false(receipt.scrub.whole);
	assert_int_equal(search_all(true).found, 0); /* it wrote nothing since */
	assert_int_equal(scrub_due(test_store, &due), 0);
	assert_true(due > 0);
	beside_end(&beside);
	assert_int_equal(scrub_run(test_store, &report), 0);
	assert_true(report.whole);
	assert_int_equal(scrub_due(test_store, &due), 0);
	assert_int_equal(due, 0);
}

static bool sees_him(struct db_txn *txn, uint64_t id)
{
	struct lead lead;

	return lead_load(txn, id, &lead) && strcmp(lead.phones[0].e164, HIM) == 0 &&
	       strcmp(lead_field(&lead, "name"), HIS_NAME) == 0;
}

static int reads(const struct beside *beside, uint64_t id)
{
	struct db_txn reader;
	struct store *own;
	bool saw, sees;

	if (store_open(&own, test_dir, STORE_READ, NULL))
		return 1;
	db_read_begin(own->db, &reader);
	saw = sees_him(&reader, id);
	sees = beside_stays(beside) && sees_him(&reader, id);
	return saw && sees ? 0 : 1;
}

/* A process that reads while he is erased: what it sees stays as it was, its pages wait for it, and go afterwards. */
static void a_scrub_leaves_a_readers_pages(void **state)
{
	struct scrub_report report;
	struct beside beside;
	int status;

	(void)state;
	beside_start(&beside, reads, add_him(HIM));
	erase(HIM);
	assert_true(receipt.scrub.pinned > 0);
	assert_false(receipt.scrub.whole);
	assert_true(search_all(false).found > 0);
	status = beside_end(&beside);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	test_reopen(); /* clears the slot of the reader, which never ended */
	assert_int_equal(scrub_run(test_store, &report), 0);
	assert_true(report.whole);
	assert_int_equal(search_all(true).found, 0);
}

/* Values of all sizes come and go; after it the store has what it had, each value whole, and no byte of what was deleted. */
static int churn_in(struct db_txn *txn, void *arg)
{
	struct prng *prng = arg;
	char text[6000];

	for (int i = 0; i < 40; i++) {
		struct db_key key = key_text("churn");
		size_t bytes = 1 + prng_u64(prng) % (sizeof(text) - 1);
		unsigned which = (unsigned)(prng_u64(prng) % 64);

		db_key_u32(&key, which);
		memset(text, prng_u64(prng) % 2 ? 'x' : 'y', bytes);
		memcpy(text, "GONE", bytes < 4 ? bytes : 4);
		if (prng_u64(prng) % 3)
			db_put(txn, T_RULES, &key, text, bytes);
		else
			db_del(txn, T_RULES, &key);
	}
	return 0;
}

static int unchurn_in(struct db_txn *txn, void *arg)
{
	struct db_key key;

	(void)arg;
	for (uint32_t i = 0; i < 64; i++) {
		key = key_text("churn");
		db_key_u32(&key, i);
		db_del(txn, T_RULES, &key);
	}
	return 0;
}

static void a_scrub_finds_values_of_all_sizes(void **state)
{
	struct search search = {.tell = true};
	struct scrub_report report;
	struct prng prng;
	char path[128];

	(void)state;
	prng_seed(&prng, 11);
	for (int i = 0; i < NEEDLES; i++)
		needle_text(&search.needles[i], i % 2 ? "GONExxxx" : "yyyyyyyy");
	snprintf(path, sizeof(path), "%s/data.mdb", test_dir);
	for (int i = 0; i < 40; i++)
		assert_int_equal(db_change(test_store->db, churn_in, &prng), 0);
	assert_int_equal(db_change(test_store->db, unchurn_in, NULL), 0);
	search.tell = false;
	search_file(&search, path);
	assert_true(search.found > 0);
	search.found = 0;
	search.tell = true;
	assert_int_equal(scrub_run(test_store, &report), 0);
	assert_int_equal(report.strange, 0);
	search_file(&search, path);
	assert_int_equal(search.found, 0);
	for (int i = 0; i < 40; i++) /* the store goes on */
		assert_int_equal(db_change(test_store->db, churn_in, &prng), 0);
	test_reopen();
	assert_int_equal(scrub_run(test_store, &report), 0);
	assert_int_equal(report.strange, 0);
}

static int big_value_in(struct db_txn *txn, void *arg)
{
	static const char text[9000];
	struct db_key key = key_text("big");

	(void)arg;
	db_put(txn, T_RULES, &key, text, sizeof(text));
	return 0;
}

/*
 * Of a value with pages of its own the first says how many. What no file has must not keep the lock for ever, nor pass for wiped.
 */
static void a_scrub_ends_in_a_damaged_file(void **state)
{
	static const uint32_t wrong[] = {0, UINT32_MAX, 1u << 30};
	unsigned char page[16];
	struct scrub_report report;
	char path[128];
	off_t at = 0;
	int fd;

	(void)state;
	assert_int_equal(db_change(test_store->db, big_value_in, NULL), 0);
	snprintf(path, sizeof(path), "%s/data.mdb", test_dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	do
		assert_int_equal(pread(fd, page, sizeof(page), at += 4096), sizeof(page));
	while (page[10] != 4 || page[12] != 3);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(pwrite(fd, &wrong[i], 4, at + 12), 4);
		assert_int_equal(scrub_run(test_store, &report), 0);
		assert_true(report.strange > 0);
		assert_false(report.whole);
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(LOG_5_a_crash_after_each_step),
		T(LOG_5_kill_at_any_moment),
		T(a_scrub_beside_another_writer_stays_due),
		T(a_scrub_leaves_a_readers_pages),
		T(a_scrub_finds_values_of_all_sizes),
		T(a_scrub_ends_in_a_damaged_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
