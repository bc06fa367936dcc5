/*
 * bench_seal.c - the evidence log: events sealed a second, bytes an event at rest, megabytes verified a second, time of one proof
 *
 * What    A store in a new folder below the folder given (default: /tmp), removed at the end: 200,000 attempts, each with its
 *         intent and its outcome, made of the shapes that a campaign's calls have. They are sealed, verified and one is proven,
 *         one after the other.
 * Usage   bench_seal [DIR] (about 15 seconds)
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/prng.h"
#include "campaigns/campaigns.h"
#include "campaigns/evlog.h"
#include "campaigns/personkey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ATTEMPTS 200000
#define GROUP 500

struct bench {
	struct prng prng;
	uint64_t next;
	int64_t now_us;
};

static void die(const char *what, int err, const char *why)
{
	fprintf(stderr, "bench_seal: %s: %s %s\n", what, err_text(err), why);
	exit(1);
}

/* Half nobody, a third machines, the rest people: times as calls have them. */
static void outcome(struct bench *bench, struct attempt *attempt)
{
	uint64_t kind = prng_below(&bench->prng, 6);

	attempt->invite_us = attempt->intent_us + (int64_t)prng_below(&bench->prng, 9000);
	attempt->ringing_us = attempt->invite_us + (int64_t)prng_below(&bench->prng, 3000000);
	attempt->end_us = attempt->ringing_us + 25000000;
	attempt->outcome = kind < 3 ? OUTCOME_NO_ANSWER : kind < 5 ? OUTCOME_MACHINE : OUTCOME_CONNECTED;
	attempt->hangup_by = HANGUP_ENGINE;
	attempt->sip_code = kind < 3 ? 487 : 200;
	strcpy(attempt->sip_reason, kind < 3 ? "Request Terminated" : "OK");
	if (kind < 3)
		return;
	attempt->answer_us = attempt->ringing_us + (int64_t)prng_below(&bench->prng, 20000000);
	attempt->voice_us = attempt->answer_us + (int64_t)prng_below(&bench->prng, 900000);
	attempt->verdict_us = attempt->voice_us + (int64_t)prng_below(&bench->prng, 1900000);
	attempt->end_us = attempt->verdict_us + (int64_t)prng_below(&bench->prng, 90000000);
	attempt->verdict_prob = (float)(prng_below(&bench->prng, 1000) / 1000.0);
	strcpy(attempt->verdict, kind < 5 ? "machine" : "human");
	strcpy(attempt->cause, kind < 5 ? "long_greeting" : "short_greeting");
	if (kind < 5)
		return;
	attempt->seat_us = attempt->verdict_us + 60000;
	snprintf(attempt->seat, sizeof(attempt->seat), "seat%02d", (int)prng_below(&bench->prng, 40));
	strcpy(attempt->disposition, "contact");
}

static int make_in(struct db_txn *txn, void *arg)
{
	static const struct campaign campaign = {.id = 1, .name = "spring"};
	struct bench *bench = arg;

	for (uint32_t i = 0; i < GROUP; i++) {
		struct attempt attempt = {
			.id = bench->next + i, .lead = bench->next + i + 77, .campaign = 1, .list = 1, .number = 1};

		bench->now_us += (int64_t)prng_below(&bench->prng, 2000);
		attempt.intent_us = bench->now_us;
		snprintf(attempt.e164, sizeof(attempt.e164), "+8613%09llu",
			(unsigned long long)prng_below(&bench->prng, 1000000000));
		strcpy(attempt.caller_id, "+862112345678");
		strcpy(attempt.trunk, "carrier");
		attempt.person_key = personkey_new(txn, ((struct store *)db_owner(txn->db))->keys); /* as a claim does */
		evlog_intent(txn, &attempt, &campaign,
			&(struct permission){"internal", &(struct explanation){.rule = "campaign"},
				&(struct ledger_who){.person = number_of(attempt.e164)}});
		outcome(bench, &attempt);
		evlog_outcome(txn, &attempt);
	}
	return 0;
}

static double seconds(int64_t from_us)
{
	return (double)(clock_us() - from_us) / 1e6;
}

static void bench_seal(struct store *store)
{
	struct seal_receipt receipt;
	uint64_t events = 0, bytes = 0;
	char why[WHY_BYTES];
	int64_t from_us = clock_us();
	double took;

	do {
		int err = evidence_seal(store, NULL, &receipt, why);

		if (err)
			die("seal", err, why);
		events += receipt.events;
		bytes += receipt.bytes;
	} while (receipt.waiting);
	took = seconds(from_us);
	printf("seal: %llu events in %.2f s, %.0f events a second; at rest %.1f bytes an event and 8 of its locator\n",
		(unsigned long long)events, took, (double)events / took, (double)bytes / (double)events);
}

static void bench_verify(const char *dir)
{
	struct verify_options options = {.dir = dir};
	struct verify_report report;
	char why[WHY_BYTES];
	int64_t from_us = clock_us();
	int err = evidence_verify(&options, &report, why);
	double took = seconds(from_us);

	if (err || report.faults)
		die("verify", err, why);
	printf("verify: %llu events, %.1f MB of lines (%.1f bytes an event) in %.2f s, %.0f MB/s, %.0f events a second\n",
		(unsigned long long)report.events, (double)report.bytes / 1e6, (double)report.bytes / (double)report.events, took,
		(double)report.bytes / 1e6 / took, (double)report.events / took);
}

static void bench_prove(struct store *store)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	char why[WHY_BYTES], *text;
	size_t bytes;
	int64_t from_us = clock_us();
	int err = proof ? proof_make(store, ATTEMPTS / 3, proof, why) : -1;

	if (!err)
		err = proof_print(proof, &text, &bytes);
	if (err || proof_check(proof, NULL, why))
		die("prove", err, why);
	printf("prove: %u events of one attempt in %.2f s, %zu bytes\n", proof->count, seconds(from_us), bytes);
	free(text);
	free(proof);
}

int main(int argc, char **argv)
{
	struct bench bench = {.next = 1, .now_us = clock_us()};
	char dir[256], command[300], why[WHY_BYTES] = "";
	struct store *store;
	int64_t from_us;
	int err;

	snprintf(dir, sizeof(dir), "%s/bench-seal-XXXXXX", argc > 1 ? argv[1] : "/tmp");
	if (!mkdtemp(dir))
		die("folder", -1, dir);
	err = store_open(&store, dir, STORE_CREATE, why);
	if (err)
		die("store", err, why);
	prng_seed(&bench.prng, 1);
	from_us = clock_us();
	for (; bench.next < ATTEMPTS && !err; bench.next += GROUP)
		err = db_change(store->db, make_in, &bench);
	if (err)
		die("events", err, "");
	printf("log: %d events in %.2f s, %.0f a second, durable, %d a transaction\n", 2 * ATTEMPTS, seconds(from_us),
		2 * ATTEMPTS / seconds(from_us), 2 * GROUP);
	bench_seal(store);
	store_close(store); /* the check opens it itself */
	bench_verify(dir);
	err = store_open(&store, dir, STORE_READ, why);
	if (err)
		die("store", err, why);
	bench_prove(store);
	store_close(store);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) != 0;
}
