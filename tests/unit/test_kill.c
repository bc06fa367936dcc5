/*
 * test_kill.c - STO-2: kill -9 of claims, outcomes, sealing and exports, again and again over one store
 *
 * A child claims, ends and seals as fast as it can, and says through a pipe what the storage thread has told it; it is killed at
 * a random moment. Then: what was told is there; after the recovery each attempt has one outcome; the log has one intent and one
 * end of each and, each tenth round, verifies. Another child exports and is killed: its file is whole or not there. OUTDIAL_KILLS
 * says how many kills (default 24, `make crash-long` does 1,000), OUTDIAL_SEED repeats a run.
 */
#include "tests/unit/test_evidence.h"

#include "base/prng.h"
#include "campaigns/campaigns.h"
#include "campaigns/sealed.h"
#include "campaigns/writer.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define CLAIMS_A_ROUND 64
#define CLAIMS_AT_ONCE 8
#define LIFE_US (60 * MS_US) /* of a child, at most, after its start or after its first claim is durable */
#define START_MS 10000       /* a first claim on a machine that is very busy */

struct told {
	uint64_t attempt;
	enum writer_event_kind kind;
};

static struct prng prng;
static struct campaign campaign;
static uint64_t events_else; /* lines of the log that are no intent and no end */

static uint64_t events_now(void)
{
	uint64_t sealed, waiting;

	assert_int_equal(sealed_counts(test_store, &sealed, &waiting), 0);
	return sealed + waiting;
}

/* --- the child that dials */

static void tell(int fd, const struct writer_event *event)
{
	struct told told = {event->attempt.id, event->kind};

	if (write(fd, &told, sizeof(told)) != sizeof(told))
		_exit(90);
}

static void child_event(struct writer *writer, struct writer_event *event, int fd)
{
	if (event->kind != WRITER_CLAIMED && event->kind != WRITER_DURABLE)
		_exit(91);
	tell(fd, event);
	if (event->kind == WRITER_DURABLE)
		return;
	event->attempt.outcome = OUTCOME_BUSY;
	if (writer_outcome(writer, &event->attempt))
		_exit(92);
}

static void child_dials(int fd)
{
	static struct writer_event event;
	struct writer *writer;
	uint32_t asked = 0, came = 0;

	if (store_open(&test_store, test_dir, STORE_WRITE, NULL) || writer_start(&writer, test_store, NULL, NULL))
		_exit(93);
	for (;;) {
		struct pollfd wait = {.fd = writer_event_fd(writer), .events = POLLIN};

		if (came == asked && asked < CLAIMS_A_ROUND && writer_claim(writer, campaign.id, CLAIMS_AT_ONCE) == 0)
			asked += CLAIMS_AT_ONCE;
		poll(&wait, 1, 5);
		while (writer_take(writer, &event)) {
			came += event.kind == WRITER_CLAIMED;
			child_event(writer, &event, fd);
		}
		if (came % 24 == 0)
			evidence_seal(test_store, &(struct seal_options){.lines_max = 64}, &(struct seal_receipt){0}, NULL);
	}
}

static void sleep_us(int64_t us)
{
	nanosleep(&(struct timespec){us / SEC_US, us % SEC_US * 1000}, NULL);
}

static void check_told(int fd)
{
	struct attempt attempt;
	struct told told;

	while (read(fd, &told, sizeof(told)) == sizeof(told)) {
		assert_int_equal(attempt_get(test_store, told.attempt, &attempt), 0);
		if (told.kind == WRITER_DURABLE)
			assert_int_equal(attempt.outcome, OUTCOME_BUSY);
	}
}

static void dial_and_kill(void)
{
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	store_close(test_store);
	test_store = NULL;
	pid = fork();
	if (pid == 0)
		child_dials(fds[1]);
	assert_true(pid > 0);
	close(fds[1]);
	if (prng_below(&prng, 2)) /* else the kill may meet the opening of the store */
		poll(&(struct pollfd){.fd = fds[0], .events = POLLIN}, 1, START_MS);
	sleep_us((int64_t)prng_below(&prng, LIFE_US));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status)); /* it did not end by itself: every error in it is an exit */
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
	check_told(fds[0]);
	close(fds[0]);
}

/* --- after it */

/* The ends of what the kill cut off; then there is one of each attempt, in the store and in the log. */
static uint64_t recover_and_count(void)
{
	struct attempt attempt;
	struct writer *writer;
	uint64_t count = 0;

	assert_int_equal(writer_start(&writer, test_store, NULL, NULL), 0);
	writer_stop(writer);
	while (attempt_get(test_store, count + 1, &attempt) == 0) {
		assert_true(attempt.outcome == OUTCOME_BUSY || attempt.outcome == OUTCOME_UNKNOWN_CRASH);
		count++;
	}
	assert_int_equal(events_now(), events_else + 2 * count);
	return count;
}

static void verify_all(void)
{
	struct verify_options options = {.dir = test_dir};
	struct verify_report report;
	char why[WHY_BYTES];

	while (test_seal(0).waiting)
		;
	assert_int_equal(evidence_verify(&options, &report, why), 0);
	assert_int_equal(report.faults, 0);
	assert_int_equal(report.events, events_now());
}

/* --- the export */

static void child_exports(const char *path)
{
	struct export_options options = {.path = path};
	struct export_receipt receipt;
	char why[400];

	_exit(store_open(&test_store, test_dir, STORE_WRITE, NULL) || export_run(test_store, &options, &receipt, why));
}

/* How many lines the file has, -1: there is none. */
static int64_t lines_of(const char *path)
{
	FILE *file = fopen(path, "r");
	int64_t lines = 0;

	if (!file)
		return -1;
	for (int c; (c = getc(file)) != EOF;)
		lines += c == '\n';
	fclose(file);
	return lines;
}

static void export_and_kill(uint64_t attempts, int64_t life_us)
{
	uint64_t before = events_now();
	int64_t lines;
	char path[128];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/out.csv", test_dir);
	unlink(path);
	store_close(test_store);
	test_store = NULL;
	pid = fork();
	if (pid == 0)
		child_exports(path);
	assert_true(pid > 0);
	sleep_us(life_us);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	lines = lines_of(path);
	assert_true(lines == -1 || lines == (int64_t)attempts + 1);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
	events_else += events_now() - before; /* an export may be an event itself */
}

static void test_STO_2_kill_anywhere(void **state)
{
	const char *wanted = getenv("OUTDIAL_KILLS");
	unsigned kills = wanted ? (unsigned)strtoul(wanted, NULL, 10) : 24, done = 0;
	uint64_t attempts = 0;

	(void)state;
	events_else = events_now();
	for (unsigned round = 1; done < kills; round++) {
		uint64_t count;

		dial_and_kill();
		count = recover_and_count();
		assert_true(count >= attempts);
		attempts = count;
		if (round % 3 == 0)
			export_and_kill(attempts, (int64_t)prng_below(&prng, LIFE_US / 2));
		if (round % 10 == 0)
			verify_all();
		done += 1 + (round % 3 == 0);
	}
	verify_all();
	assert_true(attempts > kills); /* the children did something */
	print_message("%u kills, %llu attempts, each with one outcome\n", done, (unsigned long long)attempts);
}

/* --- a program that is killed while it reads: it would keep each page that is replaced from now on */

static void child_reads(int fd)
{
	struct db_txn txn;

	if (store_open(&test_store, test_dir, STORE_READ, NULL))
		_exit(95);
	db_read_begin(test_store->db, &txn);
	if (txn.err || write(fd, "x", 1) != 1)
		_exit(96);
	for (;;)
		pause();
}

static void test_STO_3_dead_reader_is_cleared(void **state)
{
	int fds[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	store_close(test_store);
	test_store = NULL;
	pid = fork();
	if (pid == 0)
		child_reads(fds[1]);
	assert_true(pid > 0);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
	assert_int_equal(db_clear_dead(test_store->db), 0); /* it lives and may go on */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(db_clear_dead(test_store->db), 1);
	assert_int_equal(db_clear_dead(test_store->db), 0);
	close(fds[0]);
	close(fds[1]);
}

/* --- the store: leads enough for every round */

static int setup(void **state)
{
	const char *wanted = getenv("OUTDIAL_KILLS"), *seed = getenv("OUTDIAL_SEED");
	uint32_t leads = (wanted ? (uint32_t)strtoul(wanted, NULL, 10) : 24) * CLAIMS_A_ROUND + CLAIMS_A_ROUND;
	uint64_t chosen = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	struct lead_batch *batch;
	bool duplicate;

	prng_seed(&prng, chosen);
	print_message("OUTDIAL_SEED=%llu\n", (unsigned long long)chosen);
	if (test_setup(state))
		return -1;
	campaign = test_campaign();
	assert_int_equal(lead_batch_open(test_store, campaign.list, &batch), 0);
	for (uint32_t i = 0; i < leads; i++) {
		struct lead lead = {.phone_count = 1};

		snprintf(lead.phones[0].e164, NUMBER_BYTES, "+86138%08u", i);
		assert_int_equal(lead_batch_add(batch, &lead, test_shanghai, &duplicate), 0);
	}
	assert_int_equal(lead_batch_close(batch, leads, 0, 0), 0);
	return campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_STO_2_kill_anywhere, setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_STO_3_dead_reader_is_cleared, test_setup, test_teardown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
