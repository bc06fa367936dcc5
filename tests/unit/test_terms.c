/* test_terms.c - the ten items of a call's record: where they come from, and that nothing without them is sealed (LOG-1) */
#include "tests/unit/test_evidence.h"

#include "campaigns/complete.h"
#include "campaigns/suppress_table.h"
#include "campaigns/terms.h"
#include "campaigns/writer.h"

#include <fcntl.h>
#include <sys/stat.h>

static struct campaign campaign;
static char last[LINE_BYTES_MAX + 1];

static int setup(void **state)
{
	if (test_setup(state) != 0)
		return -1;
	campaign = test_campaign();
	return 0;
}

static struct attempt an_attempt(void)
{
	struct attempt attempt = {.id = 9,
		.lead = 3,
		.campaign = campaign.id,
		.list = campaign.list,
		.number = 1,
		.e164 = "+12125550123",
		.caller_id = "+12125550100",
		.trunk = "t",
		.intent_us = test_now_us,
		.end_us = test_now_us};

	attempt.outcome = OUTCOME_BUSY;
	return attempt;
}

static void fill(char *text, size_t size, char with)
{
	memset(text, with, size - 1);
	text[size - 1] = '\0';
}

/* Everything that a permission may have to say, as long as it may be. */
static int longest_intent_in(struct db_txn *txn, void *arg)
{
	static const struct ledger_who who = {.person = UINT64_MAX, .debt = UINT32_MAX};
	struct explanation decision = {.reason = CLAIM_OK};
	char consulted[SUPPRESS_TRACE_BYTES];

	fill(consulted, sizeof(consulted), '9');
	fill(decision.rule, sizeof(decision.rule), 'x');
	fill(decision.local, sizeof(decision.local), 'x');
	fill(decision.zone, sizeof(decision.zone), 'x');
	fill(decision.zone_from, sizeof(decision.zone_from), 'x');
	fill(decision.places, sizeof(decision.places), 'x');
	fill(decision.tzdata, sizeof(decision.tzdata), 'x');
	fill(decision.zone_map, sizeof(decision.zone_map), 'x');
	fill(decision.packs, sizeof(decision.packs), 'x');
	evlog_intent(txn, arg, &campaign, &(struct permission){consulted, &decision, &who});
	return 0;
}

static int intent_in(struct db_txn *txn, void *arg)
{
	evlog_intent(txn, arg, &campaign,
		&(struct permission){"internal", &(struct explanation){.rule = "campaign"}, &(struct ledger_who){0}});
	return 0;
}

static int outcome_in(struct db_txn *txn, void *arg)
{
	evlog_outcome(txn, arg);
	return 0;
}

/* The last line of the log. */
static const char *last_line(void)
{
	struct tail *tail;
	const char *line;
	size_t bytes;

	assert_int_equal(tail_open(&tail, test_store, 0), 0);
	while (tail_next(tail, &line, &bytes) > 0) {
		memcpy(last, line, bytes);
		last[bytes] = '\0';
	}
	tail_close(tail);
	return last;
}

static void write_file(const char *name, const char *text, char path[128])
{
	int fd;

	snprintf(path, 128, "%s/%s", test_dir, name);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static struct terms some_terms(void)
{
	struct terms terms = {.org = "Call Co", .seller = "ACME Ltd", .offer = "energy contract", .party = PARTY_CONSUMER,
		.authority = "LOA 17/2026", .authority_from_us = SEC_US, .authority_to_us = 5 * SEC_US};
	char path[128];

	write_file("script.txt", "Good morning", path);
	assert_int_equal(terms_keep(test_store, path, &terms.script), 0);
	return terms;
}

/* LOG_1: what was said of the campaign stands in each intent; what was not is n/a. */
static void test_LOG_1_items_of_an_intent(void **state)
{
	struct attempt attempt = an_attempt();
	struct terms terms = some_terms(), got;
	char why[WHY_BYTES];
	(void)state;

	assert_int_equal(db_change(test_store->db, intent_in, &attempt), 0);
	assert_non_null(strstr(last_line(),
		"\"from_name\":\"n/a\",\"org\":\"n/a\",\"seller\":\"n/a\",\"offer\":\"n/a\",\"party\":\"n/a\","
		"\"script\":\"n/a\",\"script_sha256\":\"n/a\",\"authority\":\"n/a\",\"authority_from_us\":\"n/"
		"a\",\"authority_to_us\":\"n/a\",\"rule\":\"campaign\""));
	assert_null(line_lacks(last, strlen(last)));
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	assert_non_null(strstr(last_line(), "\"event\":\"campaign_terms\""));
	assert_int_equal(terms_get(test_store, campaign.id, &got), 0);
	assert_memory_equal(&got, &terms, sizeof(got));
	assert_int_equal(db_change(test_store->db, intent_in, &attempt), 0);
	assert_non_null(strstr(last_line(),
		"\"direction\":\"outbound\",\"from_name\":\"n/a\",\"org\":\"Call Co\",\"seller\":\"ACME Ltd\","
		"\"offer\":\"energy contract\",\"party\":\"consumer\",\"script\":\"script.txt\","
		"\"script_sha256\":\"90a90a48e23dcc51ad4a821a301e3440ffeb5e986bd69d7bf347a2ba2da23bd3\","
		"\"authority\":\"LOA 17/2026\",\"authority_from_us\":1000000,\"authority_to_us\":5000000,"));
}

/* LOG_1: which recording was heard, by its sum; the file may change under its name. */
static void test_LOG_1_recordings(void **state)
{
	struct attempt attempt = an_attempt();
	struct terms terms;
	char path[128], why[WHY_BYTES], first_sum[65], kept[300];
	(void)state;

	write_file("sorry.wav", "first", path);
	strcpy(campaign.message, path);
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(terms_get(test_store, campaign.id, &terms), 0);
	strcpy(first_sum, terms.message.sha256);
	attempt.outcome = OUTCOME_ABANDONED;
	assert_int_equal(db_change(test_store->db, outcome_in, &attempt), 0);
	assert_non_null(strstr(last_line(),
		"\"prerecorded\":false,\"prerecorded_id\":\"n/a\",\"prerecorded_sha256\":\"n/a\",\"transfer_to\":\"n/a\","));
	attempt.message_us = test_now_us;
	assert_int_equal(db_change(test_store->db, outcome_in, &attempt), 0);
	snprintf(kept, sizeof(kept), "\"prerecorded\":true,\"prerecorded_id\":\"sorry.wav\",\"prerecorded_sha256\":\"%s\"",
		first_sum);
	assert_non_null(strstr(last_line(), kept));
	write_file("sorry.wav", "second", path);
	assert_int_equal(test_lead(campaign.list, "+12125550123", 0, test_shanghai) > 0, 1);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(terms_get(test_store, campaign.id, &terms), 0);
	assert_string_not_equal(terms.message.sha256, first_sum);
	snprintf(kept, sizeof(kept), "%s/kept/%s", test_dir, first_sum);
	assert_int_equal(access(kept, R_OK), 0); /* the first is kept, too */
}

/*
 * LOG_1: each item in turn is taken out, or made null: the record is refused. Events without items, and version 1, are not asked.
 */
static void test_LOG_1_lacks(void **state)
{
	static const char *const items[] = {"to", "from", "from_name", "org", "seller", "offer", "party", "direction", "script",
		"script_sha256", "authority", "authority_from_us", "authority_to_us"};
	char text[1500], none[1500];
	(void)state;

	for (unsigned skip = 0; skip < sizeof(items) / sizeof(items[0]); skip++) {
		size_t at = (size_t)snprintf(text, sizeof(text), "{\"v\":2,\"seq\":4,\"us\":5,\"event\":\"intent\"");
		size_t at_none = (size_t)snprintf(none, sizeof(none), "{\"v\":2,\"seq\":4,\"us\":5,\"event\":\"intent\"");

		for (unsigned i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
			if (i != skip)
				at += (size_t)snprintf(text + at, sizeof(text) - at, ",\"%s\":\"n/a\"", items[i]);
			at_none += (size_t)snprintf(
				none + at_none, sizeof(none) - at_none, ",\"%s\":%s", items[i], i == skip ? "null" : "1");
		}
		strcpy(text + at, "}");
		strcpy(none + at_none, "}");
		assert_string_equal(line_lacks(text, strlen(text)), items[skip]);
		assert_string_equal(line_lacks(none, strlen(none)), items[skip]);
		text[5] = '1';
		assert_null(line_lacks(text, strlen(text)));
	}
	strcpy(text, "{\"v\":2,\"seq\":4,\"us\":5,\"event\":\"import\"}");
	assert_null(line_lacks(text, strlen(text)));
	strcpy(text, "{\"v\":2,\"seq\":4,\"us\":5,\"event\":\"outcome\"}");
	assert_string_equal(line_lacks(text, strlen(text)), "to");
}

static int bad_line_in(struct db_txn *txn, void *arg)
{
	static const char text[] = "{\"v\":2,\"seq\":%llu,\"us\":5,\"event\":\"intent\",\"to\":\"+1\"}";
	char line[100];
	uint64_t seq = evlog_next(txn);
	struct db_key key = key_u64(seq);
	(void)arg;

	snprintf(line, sizeof(line), text, (unsigned long long)seq);
	db_put(txn, T_LOG, &key, line, strlen(line));
	return 0;
}

/* LOG_1: what was written before the bad record is not sealed with it either: nothing happens, and the sentence names it. */
static void test_LOG_1_sealing_refuses(void **state)
{
	struct seal_receipt receipt;
	char why[WHY_BYTES] = "";
	uint64_t sealed, waiting;
	(void)state;

	test_events(1, 3);
	test_seal(0);
	assert_int_equal(sealed_counts(test_store, &sealed, &waiting), 0);
	test_events(4, 2);
	assert_int_equal(db_change(test_store->db, bad_line_in, NULL), 0);
	assert_int_equal(evidence_seal(test_store, NULL, &receipt, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "says nothing of \"from\""));
	uint64_t sealed_after;

	assert_int_equal(sealed_counts(test_store, &sealed_after, &waiting), 0);
	assert_int_equal(sealed_after, sealed);
	assert_int_equal(waiting, 3);
}

/* An outcome that cannot be written would be lost: the longest values of all fields fit, escaped ones too. */
static void test_longest_lines_fit(void **state)
{
	struct attempt attempt = an_attempt();
	struct terms terms = some_terms();
	struct campaign longest = campaign;
	char why[WHY_BYTES];
	(void)state;

	attempt.id = attempt.lead = UINT64_MAX / 10;
	attempt.number = UINT32_MAX;
	fill(attempt.trunk, sizeof(attempt.trunk), 'x');
	fill(attempt.caller_id, sizeof(attempt.caller_id), '1');
	fill(attempt.e164, sizeof(attempt.e164), '1');
	fill(attempt.sip_reason, sizeof(attempt.sip_reason), '"');
	fill(attempt.verdict, sizeof(attempt.verdict), 'x');
	fill(attempt.cause, sizeof(attempt.cause), 'x');
	fill(attempt.seat, sizeof(attempt.seat), 'x');
	fill(attempt.disposition, sizeof(attempt.disposition), 'x');
	fill(attempt.redress, sizeof(attempt.redress), '"');
	fill(attempt.reached, sizeof(attempt.reached), '1');
	fill(attempt.caller_name, sizeof(attempt.caller_name), '"');
	attempt.q850 = UINT16_MAX;
	attempt.sampled = attempt.revised = attempt.diverted = attempt.early_media = true;
	attempt.outcome = OUTCOME_UNKNOWN_CRASH;
	attempt.sip_code = 65535;
	attempt.invite_us = attempt.ringing_us = attempt.answer_us = attempt.voice_us = attempt.greeting_end_us =
		attempt.verdict_us = attempt.seat_us = attempt.message_us = test_now_us;
	fill(terms.org, sizeof(terms.org), 'x');
	fill(terms.seller, sizeof(terms.seller), 'x');
	fill(terms.offer, sizeof(terms.offer), 'x');
	fill(terms.authority, sizeof(terms.authority), 'x');
	fill(terms.script.name, sizeof(terms.script.name), 'x');
	terms.authority_from_us = INT64_MAX - 1;
	terms.authority_to_us = INT64_MAX;
	terms.message = terms.voicemail = terms.script;
	fill(longest.name, sizeof(longest.name), 'x');
	fill(longest.caller_name, sizeof(longest.caller_name), 'x');
	campaign = longest;
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	assert_int_equal(db_change(test_store->db, longest_intent_in, &attempt), 0);
	printf("longest intent: %zu bytes\n", strlen(last_line()));
	assert_null(line_lacks(last, strlen(last)));
	assert_int_equal(db_change(test_store->db, outcome_in, &attempt), 0);
	assert_null(line_lacks(last_line(), strlen(last)));
}

static void test_refusals(void **state)
{
	struct terms terms = {.seller = "a \"b\""};
	char why[WHY_BYTES];
	(void)state;

	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), ERR_RANGE);
	assert_non_null(strstr(why, "quotes"));
	terms = (struct terms){.authority_from_us = 5, .authority_to_us = 5};
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), ERR_RANGE);
	terms = (struct terms){.org = "x"};
	assert_int_equal(terms_put(test_store, 77, &terms, why), ERR_UNKNOWN);
}

static void test_fields(void **state)
{
	const char *text = "{\"v\":2,\"seq\":3,\"us\":5,\"event\":\"x\",\"a\":\"q\\\"\\\\z\",\"b\":null,\"c\":17,\"d\":true}";
	struct line_field field;
	const char *at = NULL;
	char out[16], small[3];
	(void)state;

	assert_true(line_next_field(text, strlen(text), &at, &field) && line_field_is(&field, "a"));
	line_field_text(&field, out, sizeof(out));
	assert_string_equal(out, "q\"\\z");
	line_field_text(&field, small, sizeof(small));
	assert_string_equal(small, "q\"");
	assert_true(line_next_field(text, strlen(text), &at, &field) && field.kind == LINE_NULL);
	line_field_text(&field, out, sizeof(out));
	assert_string_equal(out, "");
	assert_true(line_next_field(text, strlen(text), &at, &field) && field.kind == LINE_NUMBER && field.number == 17);
	assert_true(line_next_field(text, strlen(text), &at, &field) && field.kind == LINE_BOOL && field.number == 1);
	assert_false(line_next_field(text, strlen(text), &at, &field));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_LOG_1_items_of_an_intent),
		T(test_LOG_1_recordings),
		T(test_LOG_1_lacks),
		T(test_LOG_1_sealing_refuses),
		T(test_longest_lines_fit),
		T(test_refusals),
		cmocka_unit_test(test_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
