/*
 * bench_beside.c - what a command costs on a large store, and what the claims of an engine feel of it meanwhile
 *
 * What    A store of leads (a number, a name, a customer id, a balance), of which some were called: their attempts, ledgers and
 *         lines of the evidence log are there and sealed. A command then runs on it while this process claims 1,000 leads a second
 *         and ends each attempt, as an engine does: wall and CPU time of the command, the most memory that it held of its own, and
 *         how long claims took meanwhile from asking to durable. The claims alone come first. Leads are numbered from 0: number
 *         +8613 and (7919317 x lead) mod 10^9 in nine digits, customer C and the lead.
 * Usage   bench_beside                            200,000 leads in a new folder below TMPDIR, the commands below one after the
 *                                                 other, then removed
 *         bench_beside make DIR LEADS CALLS       the store alone; ten million leads and 200,000 calls take three minutes, 4 GB
 *         bench_beside run DIR RATE [COMMAND ...] the command beside RATE claims a second of campaign c; without one those alone
 *         bench_beside alone [COMMAND ...]        the command without claims
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/hist.h"
#include "base/text.h"
#include "campaigns/evidence.h"
#include "campaigns/store.h"
#include "campaigns/writer.h"

#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define RATE 1000 /* claims a second, without an argument */
#define ALONE_US (6 * SEC_US)   /* claims without a command */
#define WARM_US (SEC_US / 2)    /* before a command */
#define ASKED_MAX 8192          /* claims without answer */
#define STEP_LEADS 100000

struct bench {
	struct store *store;
	struct writer *writer;
	struct campaign campaign;
	int64_t rate, began_us, asked_us[ASKED_MAX]; /* ring of times: claims are answered in order */
	uint64_t asked, answered, ended;
	bool noting, empty;
	struct hist latency_us;
};

static void die(const char *what, int err, const char *why)
{
	fprintf(stderr, "bench_beside: %s: %s %s\n", what, err_text(err), why);
	exit(1);
}

/* --- the store */

/* A step that is coprime to the range: numbers come in no order, as in real files. */
static void number_print(uint64_t i, char out[NUMBER_BYTES])
{
	snprintf(out, NUMBER_BYTES, "+8613%09llu", (unsigned long long)(i * 7919317 % 1000000000));
}

static void lead_make(uint64_t i, struct lead *lead)
{
	*lead = (struct lead){.phone_count = 1};
	number_print(i, lead->phones[0].e164);
	lead->fields_bytes =
		(uint16_t)snprintf(lead->fields, sizeof(lead->fields), "name%cZhang San %llu%ccustomer_id%cC%llu%cbalance%c%llu",
			0, (unsigned long long)i, 0, 0, (unsigned long long)i, 0, 0, (unsigned long long)(i * 31 % 100000)) +
		1;
}

static void leads_make(struct store *store, uint32_t list, uint64_t leads)
{
	const char *const zones[] = {"Asia/Shanghai", NULL};
	struct lead_batch *batch;
	struct lead lead;
	bool duplicate;
	int err = lead_batch_open(store, list, &batch);

	for (uint64_t i = 0; i < leads && !err; i++) {
		lead_make(i, &lead);
		err = lead_batch_add(batch, &lead, zones, &duplicate);
	}
	if (!err)
		err = lead_batch_close(batch, leads, 0, 0);
	if (err)
		die("leads", err, "");
}

static void campaign_make(struct store *store, const char *name, uint32_t list)
{
	struct campaign campaign;
	char why[WHY_BYTES] = "";
	int err;

	campaign_defaults(&campaign);
	text_copy(campaign.name, sizeof(campaign.name), name);
	strcpy(campaign.team, "team");
	strcpy(campaign.trunk, "t");
	campaign.list = list;
	campaign.mode = CAMPAIGN_PROGRESSIVE;
	campaign.window = (struct window){0, 1440, 0x7f};
	err = campaign_create(store, &campaign, why);
	if (err)
		die("campaign", err, why);
}

static void rest_make(struct store *store)
{
	struct trunk trunk = {
		.name = "t", .host = "127.0.0.1", .port = 5060, .transport = "udp", .calls_max = 1000, .cps_max = 1000};
	struct seat seat = {.login = "a", .team = "team", .realm = "outdial", .ha1 = "00000000000000000000000000000000"};
	char why[WHY_BYTES] = "";
	int err = trunk_put(store, &trunk, true, why);

	if (!err)
		err = seat_put(store, &seat, true, why);
	if (err)
		die("trunk and seat", err, why);
}

/* --- claims, as an engine asks for them */

static void begin(struct bench *bench, const char *dir)
{
	char why[WHY_BYTES] = "";
	int err = store_open(&bench->store, dir, STORE_WRITE, why);

	if (!err)
		err = campaign_get(bench->store, "c", &bench->campaign);
	if (!err && bench->campaign.state != CAMPAIGN_RUNNING)
		err = campaign_set_state(bench->store, "c", CAMPAIGN_RUNNING, why);
	if (!err)
		err = writer_start(&bench->writer, bench->store, NULL, why);
	if (err)
		die(dir, err, why);
}

static void end(struct bench *bench)
{
	writer_stop(bench->writer);
	store_close(bench->store);
}

/* Nobody answers most, machines, people: what of a campaign's calls becomes of these. */
static void outcome(struct attempt *attempt)
{
	static const enum outcome outcomes[] = {OUTCOME_NO_ANSWER, OUTCOME_MACHINE, OUTCOME_NO_ANSWER, OUTCOME_CONNECTED};

	attempt->outcome = outcomes[attempt->id % 4];
	attempt->invite_us = attempt->intent_us + 500;
	attempt->end_us = clock_us();
	if (attempt->outcome == OUTCOME_NO_ANSWER)
		return;
	attempt->answer_us = attempt->invite_us + 100;
	text_copy(attempt->verdict, sizeof(attempt->verdict), attempt->outcome == OUTCOME_MACHINE ? "machine" : "human");
}

static void drain(struct bench *bench)
{
	struct writer_event event;

	while (writer_take(bench->writer, &event)) {
		if (event.kind == WRITER_FAILED)
			die("storage thread", event.err, "");
		bench->ended += event.kind == WRITER_DURABLE;
		bench->empty |= event.kind == WRITER_EMPTY;
		if (event.kind != WRITER_CLAIMED)
			continue;
		if (bench->noting)
			hist_note(&bench->latency_us, clock_us() - bench->asked_us[bench->answered % ASKED_MAX]);
		bench->answered++;
		outcome(&event.attempt);
		if (writer_outcome(bench->writer, &event.attempt) != 0)
			die("outcome", ERR_FULL, "the queue is full");
	}
	if (bench->empty)
		die("claims", ERR_WRONG_STATE, "the list has no lead left that may be called now");
}

static void rest(struct bench *bench, int64_t us)
{
	struct pollfd fd = {.fd = writer_event_fd(bench->writer), .events = POLLIN};
	struct timespec limit = {us / SEC_US, us % SEC_US * 1000};

	if (us > 0)
		ppoll(&fd, 1, &limit, NULL);
	drain(bench);
}

/* Open loop: the next is asked for when its time has come, whether or not the last was answered. */
static void step(struct bench *bench)
{
	int64_t due_us = bench->began_us + (int64_t)bench->asked * SEC_US / bench->rate, now_us = clock_us();

	if (now_us < due_us || bench->asked - bench->answered == ASKED_MAX) {
		rest(bench, now_us < due_us ? due_us - now_us : MS_US);
		return;
	}
	bench->asked_us[bench->asked++ % ASKED_MAX] = due_us;
	if (writer_claim(bench->writer, bench->campaign.id, 1) != 0)
		die("claim", ERR_FULL, "the queue is full");
}

static void settle(struct bench *bench)
{
	while (bench->ended < bench->asked)
		rest(bench, MS_US);
}

static void claims_print(const struct bench *bench)
{
	printf("   claims beside it: %llu, claim to durable p50 %.1f ms, p99 %.1f ms, max %.1f ms\n",
		(unsigned long long)bench->latency_us.count, (double)hist_at(&bench->latency_us, 0.5) / 1e3,
		(double)hist_at(&bench->latency_us, 0.99) / 1e3, (double)bench->latency_us.max / 1e3);
}

/* --- the command */

struct command {
	pid_t pid;
	int64_t began_us, took_us, looked_us;
	long anon_kib; /* the most that was seen */
	struct rusage used;
	int status;
};

static void command_start(struct command *command, char *const *argv)
{
	*command = (struct command){.began_us = clock_steady_us()};
	if (posix_spawnp(&command->pid, argv[0], NULL, NULL, argv, environ) != 0)
		die(argv[0], -errno, "");
}

/* What the process holds by itself; the store's pages are the system's. */
static void command_look(struct command *command)
{
	char path[64], line[128];
	FILE *file;

	if (clock_steady_us() - command->looked_us < 5 * MS_US)
		return;
	command->looked_us = clock_steady_us();
	snprintf(path, sizeof(path), "/proc/%d/status", (int)command->pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		long kib = strncmp(line, "RssAnon:", 8) == 0 ? strtol(line + 8, NULL, 10) : 0;

		command->anon_kib = kib > command->anon_kib ? kib : command->anon_kib;
	}
	if (file)
		fclose(file);
}

static bool command_over(struct command *command)
{
	command_look(command);
	if (wait4(command->pid, &command->status, WNOHANG, &command->used) == 0)
		return false;
	command->took_us = clock_steady_us() - command->began_us;
	return true;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void command_print(const struct command *command, char *const *argv)
{
	printf("==");
	for (uint32_t i = 0; argv[i]; i++)
		printf(" %s", argv[i]);
	printf("\n   %s %d: %.2f s, CPU %.2f s and %.2f s of the system, %.1f MiB of its own, %.0f MiB with the store's pages\n",
		WIFEXITED(command->status) ? "exit code" : "signal",
		WIFEXITED(command->status) ? WEXITSTATUS(command->status) : WTERMSIG(command->status),
		(double)command->took_us / 1e6, seconds(command->used.ru_utime), seconds(command->used.ru_stime),
		(double)command->anon_kib / 1024, (double)command->used.ru_maxrss / 1024);
}

/* argv NULL: the claims alone. */
static void beside(struct bench *bench, char *const *argv)
{
	struct command command;
	int64_t until_us;
	bool over = false;

	fflush(stdout);
	bench->began_us = clock_us();
	bench->asked = bench->answered = bench->ended = 0;
	bench->latency_us = (struct hist){0};
	bench->noting = false;
	for (until_us = clock_us() + WARM_US; clock_us() < until_us;)
		step(bench);
	bench->noting = true;
	if (argv)
		command_start(&command, argv);
	for (until_us = clock_us() + ALONE_US; argv ? !over : clock_us() < until_us;) {
		step(bench);
		over = argv && command_over(&command);
	}
	settle(bench);
	if (argv)
		command_print(&command, argv);
	claims_print(bench);
}

static void alone(char *const *argv)
{
	struct command command;

	fflush(stdout);
	command_start(&command, argv);
	while (!command_over(&command))
		usleep(MS_US);
	command_print(&command, argv);
}

/* --- what was called before */

/* As fast as it goes. */
static void calls_make(struct bench *bench, uint64_t calls)
{
	while (bench->ended < calls) {
		while (bench->asked < calls && bench->asked - bench->answered < 512) {
			uint32_t count = calls - bench->asked < 256 ? (uint32_t)(calls - bench->asked) : 256;

			if (writer_claim(bench->writer, bench->campaign.id, count) != 0)
				break;
			bench->asked += count;
		}
		rest(bench, 10 * MS_US);
	}
}

static void seal(struct store *store)
{
	struct seal_receipt receipt;
	char why[WHY_BYTES] = "";
	int err;

	do
		err = evidence_seal(store, NULL, &receipt, why);
	while (!err && receipt.waiting);
	if (err && err != ERR_WRONG_STATE) /* the storage thread's own sealing */
		die("seal", err, why);
}

static void make(const char *dir, uint64_t leads, uint64_t calls)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	int64_t from_us = clock_steady_us();
	char why[WHY_BYTES] = "";
	uint32_t list;
	int err = bench ? store_open(&bench->store, dir, STORE_CREATE, why) : -ENOMEM;

	if (!err)
		err = list_create(bench->store, "l", "CN", &list, why);
	if (err)
		die(dir, err, why);
	rest_make(bench->store);
	leads_make(bench->store, list, leads);
	campaign_make(bench->store, "c", list);
	campaign_make(bench->store, "c2", list);
	store_close(bench->store);
	begin(bench, dir);
	calls_make(bench, calls);
	writer_stop(bench->writer);
	seal(bench->store);
	store_close(bench->store);
	free(bench);
	printf("store: %llu leads, %llu calls, in %.1f s\n", (unsigned long long)leads, (unsigned long long)calls,
		(double)(clock_steady_us() - from_us) / 1e6);
}

/* --- programs */

static int run(const char *dir, int64_t rate, char *const *argv)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (!bench)
		die("memory", -ENOMEM, "");
	bench->rate = rate;
	begin(bench, dir);
	beside(bench, argv && *argv ? argv : NULL);
	end(bench);
	free(bench);
	return 0;
}

/* NUMBER and CUSTOMER are a lead's in the middle, to whom nobody has talked yet. */
static const char *const rows[][8] = {
	{"explain", "NUMBER"},
	{"erase", "NUMBER", "--dry-run"},
	{"erase", "CUSTOMER", "--dry-run"},
	{"hold", "CUSTOMER", "--why", "a"},
	{"hold", "CUSTOMER", "--release"},
	{"campaign", "set", "c2", "--where", "balance > 99990", "--yes"},
	{"campaign", "start", "c2"},
	{"export", "outcomes", "-o", "/dev/null"},
	{"export", "retention", "-o", "/dev/null"},
	{"export", "suppression", "-o", "/dev/null"},
	{"retention", "run", "--dry-run"},
	{"erase", "NUMBER", "--basis", "a"},
};

static void all(const char *dir, const char *outdial, uint64_t leads)
{
	char number[NUMBER_BYTES], customer[32];

	number_print(leads / 2, number);
	snprintf(customer, sizeof(customer), "C%llu", (unsigned long long)(leads / 2));
	run(dir, RATE, NULL);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *argv[12] = {(char *)(uintptr_t)outdial, (char[]){"--dir"}, (char *)(uintptr_t)dir};

		for (int k = 0; k < 8 && rows[i][k]; k++)
			argv[3 + k] = strcmp(rows[i][k], "NUMBER") == 0     ? number
				      : strcmp(rows[i][k], "CUSTOMER") == 0 ? customer
									    : (char *)(uintptr_t)rows[i][k];
		run(dir, RATE, argv);
	}
}

static int small(const char *self)
{
	const char *tmp = getenv("TMPDIR"), *slash = strrchr(self, '/');
	char dir[256], store[300], outdial[512], command[300];

	snprintf(dir, sizeof(dir), "%s/outdial-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		die("folder", -errno, dir);
	snprintf(store, sizeof(store), "%s/store", dir);
	snprintf(outdial, sizeof(outdial), "%.*s/../outdial", slash ? (int)(slash - self) : 1, slash ? self : ".");
	make(store, 200000, 20000);
	all(store, outdial, 200000);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) != 0;
}

int main(int argc, char **argv)
{
	int64_t leads, calls, rate;

	if (argc == 1)
		return small(argv[0]);
	if (argc == 5 && strcmp(argv[1], "make") == 0 && text_i64(argv[3], 1000, 100 * 1000 * 1000, &leads) &&
		text_i64(argv[4], 0, leads, &calls)) {
		make(argv[2], (uint64_t)leads, (uint64_t)calls);
		return 0;
	}
	if (argc >= 4 && strcmp(argv[1], "run") == 0 && text_i64(argv[3], 1, 10000, &rate))
		return run(argv[2], rate, argv + 4);
	if (argc >= 3 && strcmp(argv[1], "alone") == 0) {
		alone(argv + 2);
		return 0;
	}
	fprintf(stderr, "usage: bench_beside [make DIR LEADS CALLS | run DIR RATE [COMMAND ...] | alone COMMAND ...]\n");
	return 2;
}
