/* test_evlog.c - the evidence log: what happens is a line in the same transaction, gap-free, in one canonical form */
#include "tests/unit/test_store.h"

#include "base/doc.h"
#include "campaigns/campaigns.h"
#include "campaigns/evlog.h"
#include "campaigns/line.h"
#include "campaigns/sealed.h"

#include <errno.h>
#include <poll.h>

static char lines[64][LINE_BYTES_MAX + 1];
static uint32_t line_count;

/* All lines; each in canonical form, with the next sequence number. */
static void read_lines(void)
{
	struct tail *tail;
	const char *text;
	size_t bytes;
	int got;

	line_count = 0;
	assert_int_equal(tail_open(&tail, test_store, 0), 0);
	while ((got = tail_next(tail, &text, &bytes)) > 0 && line_count < 64) {
		struct line_head head;

		assert_true(line_parse_head(text, bytes, &head));
		assert_int_equal(head.seq, line_count);
		test_opened(text, bytes, lines[line_count], sizeof(lines[line_count]));
		line_count++;
	}
	assert_int_equal(got, 0);
	tail_close(tail);
}

static const char *event(uint32_t index)
{
	static char name[32];
	struct line_head head;

	assert_true(index < line_count && line_parse_head(lines[index], strlen(lines[index]), &head));
	snprintf(name, sizeof(name), "%.*s", (int)head.event_bytes, head.event);
	return name;
}

static void assert_has(uint32_t index, const char *text)
{
	if (!strstr(lines[index], text))
		fail_msg("line %u has no %s: %s", index, text, lines[index]);
}

static struct writer_event wait_event(struct writer *writer)
{
	struct writer_event got;

	for (int i = 0; i < 2000; i++) {
		struct pollfd fd = {.fd = writer_event_fd(writer), .events = POLLIN};

		if (writer_take(writer, &got))
			return got;
		poll(&fd, 1, 10);
	}
	fail_msg("no event");
	return got;
}

/* The life of a call and what surrounds it, through the doors that the engine and the tools use. */
static void test_events(void **state)
{
	struct campaign campaign = test_campaign();
	struct writer_event claimed;
	struct writer *writer;
	uint64_t recovered;

	(void)state;
	test_lead(campaign.list, "+8613800000001", 0, test_shanghai);
	test_lead(campaign.list, "+8613800000002", 0, test_shanghai);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, NULL), 0);
	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
	assert_int_equal(writer_claim(writer, campaign.id, 1), 0);
	claimed = wait_event(writer);
	assert_int_equal(claimed.kind, WRITER_CLAIMED);
	read_lines();
	assert_string_equal(event(5), "intent"); /* durable when the claim is answered */
	assert_has(5, ",\"attempt\":1,\"lead\":1,\"campaign\":1,\"list\":1,\"number\":1,");
	assert_has(5, ",\"to\":\"+8613800000001\"}");
	claimed.attempt.outcome = OUTCOME_CONNECTED;
	claimed.attempt.sip_code = 200;
	strcpy(claimed.attempt.sip_reason, "OK \"\\\x01\xff");
	strcpy(claimed.attempt.verdict, "human");
	claimed.attempt.verdict_prob = 0.25f;
	strcpy(claimed.attempt.seat, "a1");
	assert_int_equal(writer_outcome(writer, &claimed.attempt), 0);
	assert_int_equal(wait_event(writer).kind, WRITER_DURABLE);
	assert_int_equal(writer_outcome(writer, &claimed.attempt), 0); /* refused: no line */
	assert_int_equal(wait_event(writer).kind, WRITER_FAILED);
	assert_int_equal(writer_disposition(writer, 1, "do_not_call"), 0);
	assert_int_equal(writer_claim(writer, campaign.id, 1), 0);
	assert_int_equal(wait_event(writer).kind, WRITER_CLAIMED);
	writer_stop(writer);
	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0); /* the second attempt was left open */
	writer_stop(writer);
	assert_int_equal(recovered, 1);
	read_lines();
	static const char *const expected[] = {"begin", "campaign_created", "import", "import", "campaign_state", "intent",
		"outcome", "disposition", "dnc_add", "intent", "recovered"};

	assert_int_equal(line_count, sizeof(expected) / sizeof(expected[0]));
	for (uint32_t i = 0; i < line_count; i++)
		assert_string_equal(event(i), expected[i]);
	assert_has(0, "\"attempts_before\":0");
	assert_has(4, "\"state\":\"running\"");
	assert_has(6, "\"sip_code\":200,\"sip_reason\":\"OK \\\"\\\\ ?\"");
	assert_has(6, "\"verdict_ppm\":250000,\"sampled\":false,\"revised\":false,\"seat\":\"a1\",\"disposition\":null,"
		      "\"prerecorded\":false,");
	assert_has(8, "\"attempt\":1,");
	assert_has(8, "\"to\":\"+8613800000001\"");
	assert_has(10, "\"outcome\":\"unknown_crash\"");
	for (uint32_t i = 0; i < line_count; i++) {
		struct doc *doc = doc_parse(lines[i], strlen(lines[i]), NULL, 0);

		assert_non_null(doc);
		doc_free(doc);
	}
}

static void test_dnc_and_export(void **state)
{
	const char *many[20];
	char numbers[20][NUMBER_BYTES], why[400], path[128];
	struct export_options options = {.format = EXPORT_CSV, .path = path};
	struct export_receipt receipt;
	bool was;

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "+86138000010%02d", i);
		many[i] = numbers[i];
	}
	assert_int_equal(dnc_add(test_store, "+8613800000009", &was), 0);
	assert_int_equal(dnc_add(test_store, "+8613800000009", &was), 0); /* changes nothing: no line */
	assert_int_equal(dnc_add_many(test_store, many, 20, NULL), 0);
	assert_int_equal(dnc_remove(test_store, "+8613800000009", &was), 0);
	assert_int_equal(dnc_remove(test_store, "+8613800000009", &was), 0);
	snprintf(path, sizeof(path), "%s/x.csv", test_dir);
	assert_int_equal(export_run(test_store, &options, &receipt, why), 0);
	read_lines();
	assert_int_equal(line_count, 5);
	assert_has(1, "\"event\":\"dnc_add\",\"attempt\":null,\"uid\":");
	assert_has(1, ",\"to\":\"+8613800000009\"}");
	assert_has(2, "\"event\":\"dnc_add_many\",\"count\":20,\"added\":20,\"sha256\":\"");
	assert_has(3, "\"event\":\"dnc_remove\"");
	assert_has(4, receipt.sha256);
}

static int fail_in(struct db_txn *txn, void *arg)
{
	struct attempt attempt = {.id = 7, .outcome = OUTCOME_BUSY};

	(void)arg;
	evlog_outcome(txn, &attempt);
	return -EIO;
}

/* A transaction that does not happen leaves neither its effect nor its line, nor a gap. */
static void test_undone(void **state)
{
	bool was;

	(void)state;
	assert_int_equal(dnc_add(test_store, "+8613800000009", &was), 0);
	assert_int_equal(db_change(test_store->db, fail_in, NULL), -EIO);
	assert_int_equal(dnc_remove(test_store, "+8613800000009", &was), 0);
	read_lines();
	assert_int_equal(line_count, 3);
}

static int old_in(struct db_txn *txn, void *arg)
{
	(void)arg;
	meta_set(txn, "schema", STORE_SCHEMA);
	meta_set(txn, "tag", 0xabc);
	return 0;
}

/* A store of a program that had no evidence log: opens for reading as it is, and gets its log when it is opened for writing. */
static void test_old_store(void **state)
{
	static const char *const names[] = {"meta", "trunk", "seat", "list", "list_name", "campaign", "campaign_name", "lead",
		"contact", "zones", "zones_hash", "group", "sched", "ready", "attempt", "active", "calling", "dnc", "shift"};
	struct db_options options = {.tables = names, .table_count = sizeof(names) / sizeof(names[0]), .create = true};
	char command[160];
	struct db *db;
	uint64_t sealed, waiting;
	bool was;

	(void)state;
	store_close(test_store);
	test_store = NULL;
	snprintf(command, sizeof(command), "rm -f %s/*.mdb", test_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(db_open(&db, test_dir, &options), 0);
	assert_int_equal(db_change(db, old_in, NULL), 0);
	db_close(db);
	assert_int_equal(store_open(&test_store, test_dir, STORE_READ, NULL), 0);
	assert_int_equal(sealed_counts(test_store, &sealed, &waiting), 0);
	assert_int_equal(waiting, 0);
	test_reopen();
	assert_int_equal(dnc_add(test_store, "+8613800000009", &was), 0);
	test_reopen();
	read_lines();
	assert_int_equal(line_count, 2);
	assert_has(0, "\"store\":\"0000000000000abc\"");
}

static void test_head(void **state)
{
	static const char *const bad[] = {"", "{}", "{\"v\":4,\"seq\":1,\"us\":1,\"event\":\"x\"}", "{\"v\":1,\"seq\":01,\"us\":1,\"event\":\"x\"}",
		"{\"v\":1,\"seq\":-1,\"us\":1,\"event\":\"x\"}", "{\"v\":1,\"seq\":1,\"us\":1,\"event\":\"x\"", "{\"v\":1,\"seq\":1,\"us\":1,\"event\":\"x",
		"{\"v\":1,\"seq\":99999999999999999999,\"us\":1,\"event\":\"x\"}"};
	const char *good = "{\"v\":1,\"seq\":3,\"us\":5,\"event\":\"x\",\"a\":\",\\\"attempt\\\":8,\",\"attempt\":12}";
	struct line_head head;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(line_parse_head(bad[i], strlen(bad[i]), &head));
	assert_true(line_parse_head(good, strlen(good), &head));
	assert_int_equal(head.seq, 3);
	assert_true(line_of_attempt(good, strlen(good), 12));
	assert_false(line_of_attempt(good, strlen(good), 1));
	assert_false(line_of_attempt(good, strlen(good), 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_events, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_dnc_and_export, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_undone, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_old_store, test_setup, test_teardown),
		cmocka_unit_test(test_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
