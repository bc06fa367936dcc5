/* test_refusal.c - what was not dialled leaves one line an hour and reason, whatever their number (E4, E5) */
#include "tests/unit/test_evidence.h"
#include "tests/unit/test_leads.h"

#include "base/doc.h"
#include "campaigns/export.h"
#include "campaigns/refusal.h"

static struct doc *rows[64];
static size_t row_count;

static int teardown(void **state)
{
	while (row_count)
		doc_free(rows[--row_count]);
	return test_teardown(state);
}

/* The refusals of an export. */
static void refusals_of(const char *what)
{
	char path[128], line[4096], why[400];
	struct export_options options = {.what = what, .path = path, .format = EXPORT_NDJSON};
	struct export_receipt receipt;
	struct doc *row;
	FILE *file;

	while (row_count)
		doc_free(rows[--row_count]);
	snprintf(path, sizeof(path), "%s/rows", test_dir);
	assert_int_equal(export_run(test_store, &options, &receipt, why), 0);
	file = fopen(path, "re");
	while (fgets(line, sizeof(line), file)) {
		assert_non_null(row = doc_parse(line, strlen(line), NULL, 0));
		if (strcmp(doc_text(row, "event", ""), "refused") == 0)
			rows[row_count++] = row;
		else
			doc_free(row);
	}
	fclose(file);
}

static struct campaign running(struct window window)
{
	struct campaign campaign = test_campaign();
	char why[WHY_BYTES];

	campaign.window = window;
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	for (uint32_t i = 1; i <= 50; i++)
		lead_of(campaign.list, i, "", 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	return campaign;
}

/* E4: fifty leads behind a closed window, asked for again and again: one row, when the hour is over. */
static void test_E_4_a_closed_window(void **state)
{
	struct campaign campaign = running((struct window){9 * 60, 10 * 60, 0x7f});
	(void)state;

	for (int i = 0; i < 30; i++, test_now_us += SEC_US)
		assert_int_equal(claim(campaign.id, 4).got, 0);
	refusals_of("windows");
	assert_int_equal(row_count, 0); /* the hour is not over */
	test_now_us += 3600 * SEC_US;
	test_seal(0); /* tells it without a claim */
	refusals_of("windows");
	assert_int_equal(row_count, 1);
	assert_string_equal(doc_text(rows[0], "reason", ""), "window");
	assert_string_equal(doc_text(rows[0], "rule", ""), "campaign");
	assert_string_equal(doc_text(rows[0], "campaign", ""), "c");
	assert_int_equal(doc_i64(rows[0], "waiting", 0), 50);
	assert_int_equal(doc_i64(rows[0], "refused", -1), 0);
	refusals_of("suppression");
	assert_int_equal(row_count, 0);
}

/* E5: numbers that a list forbids are put aside one by one and counted; the next hour's claim tells it. */
static void test_E_5_a_list(void **state)
{
	struct campaign campaign = running((struct window){0, 1440, 0x7f});
	char number[NUMBER_BYTES];
	bool was;
	(void)state;

	for (uint32_t i = 1; i <= 50; i++) {
		snprintf(number, sizeof(number), "+8613800%06u", i);
		if (i % 5)
			assert_int_equal(dnc_add(test_store, number, &was), 0);
	}
	assert_int_equal(claim(campaign.id, 60).got, 10);
	test_now_us += 3600 * SEC_US;
	assert_int_equal(claim(campaign.id, 4).got, 0);
	refusals_of("suppression");
	assert_int_equal(row_count, 1);
	assert_string_equal(doc_text(rows[0], "reason", ""), "dnc");
	assert_string_equal(doc_text(rows[0], "list", ""), "internal");
	assert_int_equal(doc_i64(rows[0], "refused", 0), 40);
	refusals_of("windows");
	assert_int_equal(row_count, 0);
}

static int note_in(struct db_txn *txn, void *arg)
{
	(void)arg;
	for (uint32_t campaign = 1; campaign <= 100; campaign++)
		for (int reason = 0; reason < CLAIM_REASONS; reason++)
			for (int i = 0; i < 20; i++)
				refusal_note(txn,
					&(struct refusal){
						.campaign = campaign, .reason = (enum claim_reason)reason, .refused = 1},
					test_now_us);
	return 0;
}

/* Bounded: eight lines a campaign and hour, whatever is refused; all of them come. */
static void test_bounds(void **state)
{
	uint64_t sealed, before, after;
	(void)state;

	test_events(1, 1);
	assert_int_equal(sealed_counts(test_store, &sealed, &before), 0);
	assert_int_equal(db_change(test_store->db, note_in, NULL), 0);
	assert_int_equal(refusal_tell_all(test_store, test_now_us), 0);
	assert_int_equal(sealed_counts(test_store, &sealed, &after), 0);
	assert_int_equal(after, before);
	assert_int_equal(refusal_tell_all(test_store, test_now_us + 3600 * SEC_US), 0);
	assert_int_equal(sealed_counts(test_store, &sealed, &after), 0);
	assert_int_equal(after - before, 100 * 8);
}

#define T(name) cmocka_unit_test_setup_teardown(name, test_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(test_E_4_a_closed_window), T(test_E_5_a_list), T(test_bounds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
