/*
 * test_scrub.c - free room is wiped beside readers and writers, of this process and of another: nobody ever sees a value that is
 * not whole
 */
#include "tests/unit/test_store.h"

#include "campaigns/scrub.h"
#include "campaigns/tables.h"

#include "base/prng.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define VALUES 400
#define VALUE_BYTES 30000 /* up to eight pages of its own: many lie across the ends of slices, and change between them */
#define WIPES 6

static atomic_bool stop;
static atomic_uint torn, changes, looks;

static struct db_key value_key(uint32_t which)
{
	struct db_key key = key_text("value");

	db_key_u32(&key, which);
	return key;
}

/* What it is stands in its first bytes: the rest follows from these and from its length. */
static unsigned char byte_at(uint32_t seed, size_t bytes, size_t at)
{
	return (unsigned char)(1 + (seed + bytes + at * 31) % 255); /* never zero: a wiped one is seen */
}

static bool is_whole(const struct db_view *view)
{
	uint32_t seed;

	if (view->bytes < sizeof(seed))
		return false;
	memcpy(&seed, view->data, sizeof(seed));
	for (size_t i = sizeof(seed); i < view->bytes; i++)
		if (view->data[i] != byte_at(seed, view->bytes, i))
			return false;
	return true;
}

static int change_in(struct db_txn *txn, void *arg)
{
	static _Thread_local unsigned char value[VALUE_BYTES];
	struct prng *prng = arg;

	for (int i = 0; i < 12; i++) {
		struct db_key key = value_key((uint32_t)prng_below(prng, VALUES));
		size_t bytes = 4 + prng_below(prng, prng_below(prng, 2) ? 300 : VALUE_BYTES - 4);
		uint32_t seed = (uint32_t)prng_u64(prng);

		if (prng_below(prng, 3) == 0) {
			db_del(txn, T_RULES, &key);
			continue;
		}
		memcpy(value, &seed, sizeof(seed));
		for (size_t at = sizeof(seed); at < bytes; at++)
			value[at] = byte_at(seed, bytes, at);
		db_put(txn, T_RULES, &key, value, bytes);
	}
	return prng_below(prng, 8) ? 0 : -ECANCELED; /* some are given up */
}

static bool change(struct store *store, struct prng *prng)
{
	int err = db_change(store->db, change_in, prng);

	atomic_fetch_add(&changes, 1);
	usleep(100); /* whoever takes the writers' lock again at once keeps it from all others: on one processor for minutes */
	return !err || err == -ECANCELED;
}

static bool look(struct store *store)
{
	struct db_view view;
	struct db_txn txn;
	bool whole = true;

	db_read_begin(store->db, &txn);
	for (uint32_t i = 0; i < VALUES && whole; i++) {
		struct db_key key = value_key(i);

		whole = !db_get(&txn, T_RULES, &key, &view) || is_whole(&view);
	}
	atomic_fetch_add(&looks, 1);
	return db_read_end(&txn) == 0 && whole;
}

static void *writer_main(void *arg)
{
	struct prng prng;

	prng_seed(&prng, 1);
	while (!atomic_load(&stop))
		torn += !change(arg, &prng);
	return NULL;
}

static void *reader_main(void *arg)
{
	while (!atomic_load(&stop))
		torn += !look(arg);
	return NULL;
}

/* Another process that writes and reads until the pipe ends; 0: all it saw was whole. */
static int other_main(int begun, int end)
{
	struct store *own;
	struct prng prng;
	int bad = store_open(&own, test_dir, STORE_WRITE, NULL) != 0 || write(begun, "o", 1) != 1;
	struct pollfd fd = {.fd = end, .events = POLLIN};

	prng_seed(&prng, 2);
	while (!bad && poll(&fd, 1, 0) == 0)
		bad = !change(own, &prng) || !look(own);
	if (!bad)
		store_close(own);
	return bad;
}

static pid_t other_start(int *end)
{
	int to[2], from[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	store_close(test_store);
	test_store = NULL;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails may leave it waiting for a lock that is gone */
		close(to[1]);
		_exit(other_main(from[1], to[0]));
	}
	close(to[0]);
	close(from[1]);
	assert_int_equal(read(from[0], &byte, 1), 1);
	close(from[0]);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
	*end = to[1];
	return pid;
}

static void a_scrub_disturbs_nobody(void **state)
{
	struct scrub_report report;
	pthread_t writer, reader;
	uint64_t wiped = 0;
	int end, status;
	pid_t pid = other_start(&end);

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, writer_main, test_store), 0);
	assert_int_equal(pthread_create(&reader, NULL, reader_main, test_store), 0);
	for (int i = 0; i < WIPES; i++) {
		unsigned before = atomic_load(&changes);

		while (atomic_load(&changes) < before + 10 || !atomic_load(&looks))
			sched_yield();
		assert_int_equal(scrub_run(test_store, &report), 0);
		assert_int_equal(report.strange, 0);
		assert_false(report.whole); /* there is another one that writes */
		wiped += report.wiped;
	}
	atomic_store(&stop, true);
	pthread_join(writer, NULL);
	pthread_join(reader, NULL);
	close(end);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(atomic_load(&torn), 0);
	assert_true(wiped > 0 && atomic_load(&looks) > 0);
	test_reopen();
	assert_int_equal(scrub_run(test_store, &report), 0);
	assert_true(report.whole);
	assert_true(look(test_store));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(a_scrub_disturbs_nobody, test_setup, test_teardown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
