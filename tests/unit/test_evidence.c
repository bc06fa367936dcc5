/* test_evidence.c - sealing: what is sealed is what was written, whatever happens on the way */
#include "tests/unit/test_evidence.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

/* All events of the store are in the folder's files or in the store, once: the commands of an auditor see it. */
static void assert_whole(uint64_t events)
{
	uint64_t sealed, waiting;
	char count[32];

	assert_int_equal(sealed_counts(test_store, &sealed, &waiting), 0);
	assert_int_equal(sealed + waiting, events);
	if (!sealed)
		return;
	snprintf(count, sizeof(count), "%llu", (unsigned long long)sealed);
	assert_int_equal(test_shell("sha256sum -c --strict MANIFEST.sha256"), 0);
	assert_int_equal(test_shell("zstd -tq seg-*.zst"), 0);
	assert_int_equal(
		test_shell("openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in MANIFEST.sha256 -sigfile MANIFEST.sig"),
		0);
	assert_int_equal(test_shell("test $(ls seg-*.zst | wc -l) = $(grep -c zst MANIFEST.sha256)"), 0);
	assert_int_equal(test_shell("test $(zstdcat seg-*.zst | wc -l) = %s", count), 0);
	assert_int_equal(test_shell("zstdcat seg-*.zst | awk -F'[:,]' '$4 != NR-1 {exit 1}'"), 0);
	assert_int_equal(test_shell("test $(sed -n 2p checkpoint) = %s", count), 0);
	assert_int_equal(test_shell("! ls *.partial"), 0);
}

static void test_seals(void **state)
{
	struct seal_receipt receipt;
	struct stat st;
	char path[128];

	(void)state;
	receipt = test_seal(0);
	assert_int_equal(receipt.events, 0); /* nothing to seal is no error */
	test_events(1, 999);
	receipt = test_seal(0);
	assert_int_equal(receipt.events, 1000);
	assert_int_equal(receipt.size, 1000);
	assert_whole(1000);
	test_events(1000, 300);
	receipt = test_seal(256);
	assert_int_equal(receipt.events, 256);
	assert_int_equal(receipt.waiting, 44);
	test_reopen();
	receipt = test_seal(256);
	assert_int_equal(receipt.first, 1256);
	assert_int_equal(receipt.size, 1300);
	assert_whole(1300);
	snprintf(path, sizeof(path), "%s/signer/private.pem", test_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* the signature of the checkpoint, with coreutils and openssl alone */
	assert_int_equal(test_shell("head -n 3 checkpoint > c.txt && tail -n 1 checkpoint | cut -d ' ' -f 3 | base64 -d | tail "
				    "-c 64 > c.sig && "
				    "openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in c.txt -sigfile c.sig"),
		0);
}

/* A crash after each step, one after the other, with events between: the next sealing puts it right. */
static void test_each_step(void **state)
{
	uint64_t events = 1;
	struct seal_receipt receipt;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int step = SEAL_WRITTEN; step < SEAL_STEPS; step++) {
			struct seal_options options = {.lines_max = 1500, .stop_after = (enum seal_step)step};

			test_events(events, 1600);
			events += 1600;
			assert_int_equal(evidence_seal(test_store, &options, &receipt, NULL), -ECANCELED);
			test_reopen();
			test_events(events, 10); /* the engine goes on before the next sealing */
			events += 10;
			while (test_seal(1500).waiting)
				;
			assert_whole(events);
		}
	}
}

/* Says by a byte that it has written something. */
static void child(int fd)
{
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
	for (uint64_t attempt = 1;; attempt += 50) {
		test_events(attempt, 50);
		assert_int_equal(write(fd, "x", 1), 1);
		test_seal(attempt % 3 ? 64 : 0);
	}
}

/* kill -9 at any moment of writing and sealing, many times over the same store. */
static void test_kill(void **state)
{
	uint64_t sealed, waiting, before = 0;

	(void)state;
	for (int round = 0; round < 40; round++) {
		int pipe_fds[2];
		char byte;
		pid_t pid;

		assert_int_equal(pipe(pipe_fds), 0);
		store_close(test_store);
		test_store = NULL;
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			child(pipe_fds[1]);
			_exit(0);
		}
		close(pipe_fds[1]);
		assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
		nanosleep(&(struct timespec){.tv_nsec = round * 1370000 % 45000000}, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(pipe_fds[0]);
		assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
		while (test_seal(0).waiting)
			;
		assert_int_equal(sealed_counts(test_store, &sealed, &waiting), 0);
		assert_true(sealed + waiting >= before); /* nothing that was there is gone */
		before = sealed + waiting;
		if (round % 10 == 9)
			assert_whole(before);
	}
	assert_true(before > 40 * 50);
}

/* A store that is put back from an older copy while the signer went on: refused, and the files of the newer history stay. */
static void test_fork(void **state)
{
	struct seal_receipt receipt;
	char command[512], why[WHY_BYTES] = "";

	(void)state;
	test_events(1, 100);
	test_seal(0);
	store_close(test_store);
	test_store = NULL;
	snprintf(command, sizeof(command), "cp %s/data.mdb %s/old.mdb", test_dir, test_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
	test_events(101, 100);
	test_seal(0);
	store_close(test_store);
	test_store = NULL;
	snprintf(command, sizeof(command), "mv %s/old.mdb %s/data.mdb && rm -f %s/lock.mdb", test_dir, test_dir, test_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
	assert_int_equal(evidence_seal(test_store, NULL, &receipt, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "another history"));
	test_events(500, 100); /* as many events, but other ones */
	assert_int_equal(evidence_seal(test_store, NULL, &receipt, why), ERR_WRONG_STATE);
	assert_int_equal(test_shell("ls seg-000000000101-000000000200.ndjson.zst"), 0);
	/* without the signer's memory nothing is signed either */
	snprintf(command, sizeof(command), "rm %s/signer/last", test_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(evidence_seal(test_store, NULL, &receipt, why), ERR_WRONG_STATE);
	/* and with a memory from before, the files that the store does not know of stop it */
	snprintf(command, sizeof(command), "echo 0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= > %s/signer/last", test_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(evidence_seal(test_store, NULL, &receipt, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "older copy"));
	assert_int_equal(test_shell("ls seg-000000000101-000000000200.ndjson.zst"), 0);
}

/* No room for the segment: nothing is lost, no half file stays, and it goes on when there is room again. */
static void test_full_disk(void **state)
{
	struct rlimit limit, small;
	struct seal_receipt receipt;

	(void)state;
	test_events(1, 20000);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){.rlim_cur = 64 * 1024, .rlim_max = limit.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_true(evidence_seal(test_store, NULL, &receipt, NULL) < 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(test_shell("! ls *.partial seg-*"), 0);
	test_seal(0);
	assert_whole(20001);
}

/* A file that changed before it was signed is not signed. */
static void test_flipped_before_signature(void **state)
{
	struct seal_options options = {.stop_after = SEAL_TRIMMED};
	struct seal_receipt receipt;
	char why[WHY_BYTES] = "";

	(void)state;
	test_events(1, 100);
	assert_int_equal(evidence_seal(test_store, &options, &receipt, why), -ECANCELED);
	assert_int_equal(
		test_shell("printf XXXX | dd of=%s bs=1 seek=100 conv=notrunc", "seg-000000000000-000000000100.ndjson.zst"), 0);
	assert_int_equal(evidence_seal(test_store, NULL, &receipt, why), ERR_SYNTAX);
	assert_non_null(strstr(why, "nothing is signed"));
	assert_int_equal(test_shell("! ls checkpoint"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_seals, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_each_step, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_kill, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_fork, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_full_disk, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_flipped_before_signature, test_setup, test_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
