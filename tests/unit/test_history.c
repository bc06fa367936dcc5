/*
 * test_history.c - calls read back from the evidence log: sealed or not, while it is being sealed, and however slowly (STO-3,
 * LOG-7)
 */
#include "tests/unit/test_evidence.h"
#include "tests/unit/test_export_util.h"

#include "base/doc.h"
#include "base/prng.h"
#include "campaigns/export.h"
#include "campaigns/history.h"
#include "campaigns/idmap.h"
#include "campaigns/logread.h"
#include "campaigns/manifest.h"

#include <sys/stat.h>

static struct campaign campaign;
static char why[WHY_BYTES];

static int setup(void **state)
{
	if (test_setup(state) != 0)
		return -1;
	campaign = test_campaign();
	return 0;
}

static int dispose_in(struct db_txn *txn, void *arg)
{
	const struct attempt *attempt = arg;

	evlog_disposition(txn, attempt);
	return 0;
}

static int save_attempt_in(struct db_txn *txn, void *arg)
{
	attempt_save(txn, arg);
	return 0;
}

static struct attempt a_call(uint64_t id)
{
	struct attempt attempt = {.id = id, .lead = id, .campaign = campaign.id, .list = campaign.list, .number = 1, .trunk = "t",
		.caller_id = "+12125550100", .outcome = OUTCOME_CONNECTED, .intent_us = test_now_us, .invite_us = test_now_us,
		.answer_us = test_now_us + SEC_US, .seat_us = test_now_us + SEC_US, .end_us = test_now_us + 9 * SEC_US,
		.hangup_by = HANGUP_SEAT, .sip_code = 200, .sip_reason = "a \"q\" \\", .verdict = "human", .cause = "short",
		.verdict_prob = 0.25f, .seat = "a1"};

	snprintf(attempt.e164, sizeof(attempt.e164), "+1212555%04u", (unsigned)(id % 10000));
	return attempt;
}

struct seen {
	uint32_t count;
	struct call_record last;
	uint64_t sum; /* of ids */
	void (*each)(void);
};

static int seen_h(void *arg, const struct call_record *call)
{
	struct seen *seen = arg;

	seen->count++;
	seen->sum += call->attempt.id;
	seen->last = *call;
	if (seen->each)
		seen->each();
	return 0;
}

static struct seen read_all(struct history_filter filter)
{
	struct seen seen = {.count = 0};
	uint64_t unfinished;
	int err = history_read(test_store, &filter, seen_h, &seen, &unfinished, why);

	if (err)
		fail_msg("%s: %s", err_text(err), why);
	return seen;
}

/* Every field comes back as it was written; what the agent said later holds, sealed or not. */
static void test_joined(void **state)
{
	struct attempt attempt = a_call(7), said;
	struct seen seen;
	(void)state;

	put_attempt(attempt);
	seen = read_all((struct history_filter){0});
	assert_int_equal(seen.count, 1);
	assert_memory_equal(&seen.last.attempt, &attempt, sizeof(attempt));
	assert_string_equal(seen.last.items.transfer_to, "n/a");
	test_seal(0);
	said = attempt;
	said.outcome = OUTCOME_MACHINE;
	strcpy(said.disposition, "machine");
	assert_int_equal(db_change(test_store->db, dispose_in, &said), 0);
	seen = read_all((struct history_filter){0});
	assert_int_equal(seen.count, 1);
	assert_memory_equal(&seen.last.attempt, &said, sizeof(said));
}

static void test_filters(void **state)
{
	int64_t from_us = test_now_us;

	(void)state;
	for (uint64_t id = 1; id <= 20; id++) {
		test_now_us += SEC_US;
		struct attempt attempt = a_call(id);

		if (id > 15)
			strcpy(attempt.seat, "a2");
		put_attempt(attempt);
		if (id == 8)
			test_seal(0);
	}
	assert_int_equal(read_all((struct history_filter){.number = "+12125550012"}).last.attempt.id, 12);
	assert_int_equal(read_all((struct history_filter){.seat = "a2"}).count, 5);
	assert_int_equal(read_all((struct history_filter){.campaign = 77}).count, 0);
	assert_int_equal(
		read_all((struct history_filter){.from_us = from_us + 5 * SEC_US, .to_us = from_us + 11 * SEC_US}).count, 6);
}

/*
 * Segments that were sealed before the period are not opened: a damaged one among them does no harm. A damaged one in it is said,
 * whichever byte it is.
 */
static void test_old_segments_are_not_opened(void **state)
{
	char path[sizeof(test_dir) + sizeof("/evidence/") + SEGMENT_NAME_BYTES], name[SEGMENT_NAME_BYTES];
	struct history_filter later;
	struct sealed sealed;
	long found = 0;
	uint64_t unfinished;
	struct stat file;
	(void)state;

	put_attempt(a_call(1));
	test_seal(0);
	test_now_us += 3600 * SEC_US;
	put_attempt(a_call(2));
	test_seal(0);
	later = (struct history_filter){.from_us = test_now_us};
	assert_int_equal(sealed_read_next(test_store, 0, &sealed), 0);
	segment_name(sealed.first, sealed.last, SEGMENT_LINES, name);
	snprintf(path, sizeof(path), "%s/evidence/%s", test_dir, name);
	assert_int_equal(stat(path, &file), 0);
	for (long at = 0; at < file.st_size; at++) {
		struct seen seen = {.count = 0};
		int err;

		file_flip(path, at);
		assert_int_equal(read_all(later).count, 1);
		why[0] = '\0';
		err = history_read(test_store, &(struct history_filter){0}, seen_h, &seen, &unfinished, why);
		if (err ? err != ERR_SYNTAX || !strstr(why, "outdial verify") : seen.sum != 1 + 2)
			fail_msg("byte %ld of %ld: %s: %s", at, (long)file.st_size, err_text(err), why);
		found += err != 0;
		file_flip(path, at);
	}
	/* zstd can say the same in other bytes: an unused bit, another match of the same text */
	assert_true(found > file.st_size * 9 / 10);
	assert_int_equal(read_all((struct history_filter){0}).count, 2);
}

/* In the store before the log was: taken from there. */
static void test_before_the_log(void **state)
{
	struct seen seen;
	(void)state;

	store_close(test_store);
	test_store = NULL;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s/*", test_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(store_open(&test_store, test_dir, STORE_CREATE, NULL), 0);
	campaign.id = campaign.list = 1;
	for (uint64_t id = 1; id <= 300; id++) {
		struct attempt attempt = a_call(id);

		assert_int_equal(db_change(test_store->db, save_attempt_in, &attempt), 0);
	}
	put_attempt(a_call(301));
	seen = read_all((struct history_filter){0});
	assert_int_equal(seen.count, 301);
	assert_int_equal(seen.sum, 301 * 302 / 2);
}

static uint32_t seal_every;
static uint32_t calls_seen;

/* Somebody seals while the log is read. */
static void seal_now(void)
{
	if (++calls_seen % seal_every == 0)
		test_seal(97);
}

/* Whenever rows leave the store for a segment while a reader is on its way, it sees each call once. */
static void test_sealed_while_read(void **state)
{
	struct seen seen = {.each = seal_now};
	uint64_t unfinished;
	(void)state;

	for (uint32_t round = 0; round < 4; round++) {
		uint32_t count = 700;

		calls_seen = 0;
		seal_every = 1 + round * 43;
		test_setup(state);
		campaign = test_campaign();
		put_attempts(count, a_call);
		seen.count = 0;
		seen.sum = 0;
		assert_int_equal(history_read(test_store, &(struct history_filter){0}, seen_h, &seen, &unfinished, why), 0);
		assert_int_equal(seen.count, count);
		assert_int_equal(seen.sum, (uint64_t)count * (count + 1) / 2);
		test_teardown(state);
	}
	test_setup(state);
}

/* --- LOG_7 */

static struct export_receipt receipt;

/* LOG_7: the export is an event of the log: who, which filter, how many rows, their sum. */
static void test_LOG_7_export_is_logged(void **state)
{
	struct export_options options = {.campaign = "c", .number = "+12125550003", .seat = "a1", .format = EXPORT_NDJSON,
		.from_us = SEC_US};
	char path[128], sum[80], last[LINE_BYTES_MAX + 1] = "", sentence[400];
	struct tail *tail;
	const char *line;
	size_t bytes;
	(void)state;

	put_attempts(5, a_call);
	snprintf(path, sizeof(path), "%s/o.ndjson", test_dir);
	options.path = path;
	assert_int_equal(export_run(test_store, &options, &receipt, sentence), 0);
	assert_int_equal(receipt.rows, 1);
	assert_int_equal(receipt.incomplete, 1);
	assert_int_equal(tail_open(&tail, test_store, 0), 0);
	while (tail_next(tail, &line, &bytes) > 0) {
		test_opened(line, bytes, last, sizeof(last));
	}
	tail_close(tail);
	snprintf(sum, sizeof(sum), "\"rows\":1,\"bytes\":%llu,\"sha256\":\"%.20s", (unsigned long long)receipt.bytes,
		receipt.sha256);
	assert_non_null(strstr(
		last, "\"event\":\"export\",\"what\":\"outcomes\",\"campaign_name\":\"c\",\"from_us\":1000000,\"to_us\":null,"));
	assert_non_null(strstr(last, sum));
	assert_non_null(strstr(last, ",\"seat\":\"a1\",\"number\":\"+12125550003\"}"));
	options.what = "nonsense";
	assert_int_equal(export_run(test_store, &options, &receipt, sentence), ERR_UNKNOWN);
}

/* Against a plain array: what was put is there, what was taken is not, in any order. */
static void test_idmap(void **state)
{
	enum { IDS = 400 };
	static uint64_t plain[IDS + 1];
	struct idmap map;
	struct prng prng;
	uint64_t value;
	size_t count = 0;
	(void)state;

	idmap_init(&map, IDS / 2);
	prng_seed(&prng, 3);
	for (int i = 0; i < 200000; i++) {
		uint64_t id = 1 + prng_below(&prng, IDS);

		if (prng_below(&prng, 2)) {
			int err = idmap_put(&map, id, (uint64_t)i + 1);

			assert_int_equal(err, plain[id] || count < IDS / 2 ? 0 : ERR_FULL);
			count += !err && !plain[id];
			plain[id] = err ? plain[id] : (uint64_t)i + 1;
		} else {
			assert_int_equal(idmap_take(&map, id, &value), plain[id] != 0);
			assert_true(!plain[id] || value == plain[id]);
			count -= plain[id] != 0;
			plain[id] = 0;
		}
		id = 1 + prng_below(&prng, IDS);
		assert_int_equal(idmap_get(&map, id, &value), plain[id] != 0);
		assert_int_equal(map.count, count);
	}
	idmap_fini(&map);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_joined),
		T(test_filters),
		T(test_old_segments_are_not_opened),
		T(test_before_the_log),
		cmocka_unit_test_teardown(test_sealed_while_read, test_teardown),
		T(test_LOG_7_export_is_logged),
		cmocka_unit_test(test_idmap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
