/*
 * test_erase.c - LOG-5: erasing a person keeps every proof valid, leaves none of his bytes in a live file, is recorded, and
 * yields to a hold
 */
#include "tests/unit/test_erase.h"

#include "base/text.h"
#include "campaigns/hold.h"
#include "campaigns/import.h"
#include "campaigns/sha256.h"

static void LOG_5_erasing_keeps_proofs_valid_and_bytes_unrecoverable(void **state)
{
	struct proof *before = calloc(1, sizeof(*before)), *after = calloc(1, sizeof(*after));
	char command[300], path[128];
	struct search search;
	uint64_t to_him[8];
	struct lead lead;
	bool listed;

	(void)state;
	fill();
	assert_int_not_equal(add_him(HIM "," HIM_TOO), 0);
	start();
	assert_int_equal(call_all(to_him, 8), 1);
	assert_int_equal(dnc_add(test_store, HIM_TOO, NULL), 0);
	assert_int_equal(dnc_remove(test_store, HIM_TOO, NULL), 0); /* his lead waits again */
	test_seal(0);
	assert_int_equal(proof_make(test_store, to_him[0], before, why), 0);
	snprintf(command, sizeof(command), "cp %s/evidence/checkpoint %s/then", test_dir, test_dir);
	assert_int_equal(system(command), 0);
	test_now_us += 7200 * SEC_US; /* once more: some lines wait unsealed */
	call_all(to_him, 1);
	search = search_all(false);
	/* the search finds what is there; the person's hash stands nowhere as text */
	assert_int_equal(search.kinds & 0xbef, 0xbef);

	test_now_us += 7200 * SEC_US;
	erase(HIM);
	assert_int_equal(receipt.leads, 1);
	assert_int_equal(receipt.numbers, 2);
	assert_int_equal(receipt.attempts, 2);
	assert_int_equal(receipt.clear, 0);
	assert_int_equal(receipt.listed, 2);
	assert_true(receipt.keys >= 2); /* his own, and that of the number that was on the list for a while */
	assert_true(receipt.scrub.whole);
	assert_int_equal(receipt.scrub.strange, 0);
	search = search_all(true);
	assert_int_equal(search.found, 0);

	assert_int_equal(lead_by_number(test_store, HIM, 0, &lead), ERR_UNKNOWN);
	assert_int_equal(dnc_check(test_store, HIM, &listed), 0);
	assert_true(listed); /* nobody calls him again */
	test_seal(0);
	snprintf(path, sizeof(path), "%s/then", test_dir);
	assert_int_equal(test_verify(path).outside, 1);
	assert_int_equal(test_verify(NULL).faults, 0);
	assert_int_equal(proof_check(before, NULL, why), 0);
	assert_int_equal(proof_make(test_store, to_him[0], after, why), 0);
	assert_int_equal(proof_check(after, NULL, why), 0);
	assert_string_equal(before->events[0].line, after->events[0].line);
	search = search_all(true);
	assert_int_equal(search.found, 0);
	free(before);
	free(after);
}

/* Readers say "erased", and what else the line tells is what it was; of others all is there. */
static void LOG_5_readers_say_erased(void **state)
{
	char path[128], *text, sentence[400];
	struct export_options options = {.what = "outcomes", .path = path, .format = EXPORT_NDJSON};
	struct export_receipt exported;
	uint64_t to_him[1];
	size_t bytes;

	(void)state;
	test_lead(campaign.list, "+8613700000007", 0, test_shanghai);
	add_him(HIM);
	start();
	assert_int_equal(call_all(to_him, 1), 1);
	assert_int_equal(dnc_add(test_store, HIM, NULL), 0);
	test_now_us += 3600 * SEC_US / 2;
	erase(HIS_ID);
	snprintf(path, sizeof(path), "%s/out", test_dir);
	assert_int_equal(export_run(test_store, &options, &exported, sentence), 0);
	assert_int_equal(exported.rows, 2);
	assert_int_equal(file_text(path, 1 << 20, &text, &bytes), 0);
	assert_non_null(strstr(text, "\"erased\""));
	assert_non_null(strstr(text, "+8613700000007"));
	assert_null(strstr(text, HIM));
	free(text);
	static const struct {
		const char *what;
		uint64_t rows;
	} exports[] = {{"windows", 2}, {"frequency", 2}, {"optouts", 1}, {"suppression", 2}, {"retention", 1}};

	for (unsigned i = 0; i < sizeof(exports) / sizeof(exports[0]); i++) { /* no row is gone */
		options.what = exports[i].what;
		assert_int_equal(export_run(test_store, &options, &exported, sentence), 0);
		assert_int_equal(exported.rows, exports[i].rows);
	}
	assert_int_equal(file_text(path, 1 << 20, &text, &bytes), 0); /* of what went and why */
	assert_non_null(strstr(text, "\"event\":\"erased\""));
	assert_non_null(strstr(text, receipt.pseudonym));
	assert_non_null(strstr(text, "GDPR art. 17"));
	free(text);
}

static void LOG_5_hold_blocks(void **state)
{
	struct lead lead;

	(void)state;
	add_him(HIM "," HIM_TOO);
	assert_int_equal(hold_put(test_store, HIM_TOO, "Doe v. ACME", why), 0);
	assert_int_equal(erase_with(HIS_ID, (struct erase_options){.dry = false}), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "hold"));
	assert_int_equal(erase_with(HIM, (struct erase_options){.dry = true}), ERR_WRONG_STATE);
	assert_int_equal(hold_release(test_store, HIM_TOO, why), 0);
	assert_int_equal(hold_put(test_store, HIS_ID, "Doe v. ACME", why), 0);
	assert_int_equal(erase_with(HIM, (struct erase_options){.dry = false}), ERR_WRONG_STATE);
	assert_int_equal(lead_by_number(test_store, HIM, 0, &lead), 0); /* nothing was touched */
	assert_int_equal(hold_release(test_store, HIS_ID, why), 0);
	erase(HIM);
	assert_int_equal(search_all(true).found, 0); /* the holds' own lines, too */
}

static void LOG_5_erasure_recorded(void **state)
{
	char raw[LINE_BYTES_MAX + 1], hex[65];
	struct sha256 *sha = sha256_alloc();
	struct hash leaf;

	(void)state;
	add_him(HIM);
	erase(HIM);
	assert_int_equal(receipt.event, next_seq() - 1);
	raw_line(receipt.event, raw);
	leaf = merkle_leaf(sha, raw, strlen(raw));
	text_hex(leaf.bytes, HASH_BYTES, hex);
	assert_string_equal(hex, receipt.hash);
	assert_non_null(strstr(raw, "\"event\":\"erased\",\"pseudonym\":\""));
	assert_non_null(strstr(raw, receipt.pseudonym));
	assert_non_null(strstr(raw, "\"basis\":\"GDPR art. 17, letter 4711\",\"leads\":1,\"numbers\":1,"));
	assert_true(test_seal(0).size > receipt.event);
	sha256_free(sha);

	struct erase_receipt first = receipt;

	erase(HIM); /* nothing is left: the receipt of then */
	assert_true(receipt.again);
	assert_int_equal(receipt.event, first.event);
	assert_string_equal(receipt.hash, first.hash);
	assert_string_equal(receipt.pseudonym, first.pseudonym);
	assert_int_equal(erase_with("+8613912340000", (struct erase_options){.dry = false}), ERR_UNKNOWN);
	assert_non_null(strstr(why, "nobody"));
}

/* --- when it may not be */

static void LOG_5_not_during_a_call(void **state)
{
	struct attempt attempt;

	(void)state;
	add_him(HIM);
	start();
	attempt = claim_one(campaign.id);
	assert_int_equal(erase_with(HIM, (struct erase_options){.dry = false}), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "under way"));
	assert_int_equal(erase_with(HIS_ID, (struct erase_options){.dry = false}), ERR_WRONG_STATE);
	ended(&attempt);
	finish_as(&attempt);
	test_now_us += 59 * SEC_US;
	assert_int_equal(erase_with(HIM, (struct erase_options){.dry = false}), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "try again in 2 s"));
	test_now_us += 2 * SEC_US;
	erase(HIM);
	assert_int_equal(receipt.attempts, 1);
	assert_int_equal(claim_one(campaign.id).id, 0); /* nobody is left to call */
}

/* --- what others have, too */

static void others_keep_a_shared_number(void **state)
{
	uint64_t her;
	struct lead lead;
	bool listed;

	(void)state;
	add_him(HIM "," HIM_TOO);
	her = test_lead_with(campaign.list, HIM_TOO ",+8613700000001", 0, test_shanghai, "person\0HER", 11);
	assert_int_equal(her, 0); /* a list takes a number once; another list has her */
	uint32_t other;

	assert_int_equal(list_create(test_store, "other", "CN", &other, why), 0);
	her = test_lead_with(other, HIM_TOO ",+8613700000001", 0, test_shanghai, "person\0HER", 11);
	erase(HIS_ID);
	assert_int_equal(receipt.numbers, 1);
	assert_int_equal(receipt.shared, 1);
	assert_int_equal(lead_by_number(test_store, HIM, 0, &lead), ERR_UNKNOWN);
	assert_int_equal(lead_by_number(test_store, HIM_TOO, 0, &lead), 0);
	assert_int_equal(lead.id, her);
	assert_int_equal(dnc_check(test_store, HIM_TOO, &listed), 0);
	assert_false(listed);
	erase(HIM_TOO); /* by number: all who have it */
	assert_int_equal(receipt.leads, 1);
	assert_int_equal(lead_by_number(test_store, HIM_TOO, 0, &lead), ERR_UNKNOWN);
}

/* An upload gives his lead another first number; the file goes, as it is a copy. */
static void change_his_number(void)
{
	struct import_options options = {.list = "l", .region = "CN", .duplicates = "update"};
	struct import_receipt imported;
	char said[400];

	options.path = test_file("u.csv", "phone,phone2\n+8613700000001," HIM_TOO "\n");
	if (import_list(test_store, &options, &imported, said))
		fail_msg("%s", said);
	assert_int_equal(imported.updated, 1);
	assert_int_equal(unlink(options.path), 0);
}

/* His ledger goes on under the number that he had first, which is no number of his lead any more. */
static void a_number_that_he_had_goes_too(void **state)
{
	struct search search;
	uint64_t to_him[2];

	(void)state;
	assert_int_not_equal(
		test_lead_with(campaign.list, HIM "," HIM_TOO, 9, test_shanghai, "name\0" HIS_NAME, sizeof("name\0" HIS_NAME)),
		0);
	start();
	assert_int_equal(call_all(to_him, 2), 1);
	change_his_number();
	test_now_us += 7200 * SEC_US;
	call_all(to_him, 2);
	test_now_us += 7200 * SEC_US;
	erase(HIM_TOO);
	assert_int_equal(receipt.attempts, 2);
	assert_true(receipt.scrub.whole);
	search = search_all(true);
	assert_int_equal(search.found, 0);
}

/* A ledger under a number that another person has, too, keeps her calls; his go, and the numbers in them. */
static void his_calls_leave_a_shared_ledger(void **state)
{
	static const uint32_t his = 1u << 1 | 1u << 7 | 1u << 8; /* needles of the second number */
	uint64_t to_him[2];
	uint32_t other;

	(void)state;
	assert_int_not_equal(
		test_lead_with(campaign.list, HIM "," HIM_TOO, 9, test_shanghai, "name\0" HIS_NAME, sizeof("name\0" HIS_NAME)),
		0);
	assert_int_equal(list_create(test_store, "other", "CN", &other, why), 0);
	assert_int_not_equal(test_lead_with(other, HIM, 0, test_shanghai, "person\0HER", 11), 0);
	start();
	call_all(to_him, 2);
	test_now_us += 7200 * SEC_US;
	call_all(to_him, 2); /* the second number's turn */
	test_now_us += 7200 * SEC_US;
	assert_int_equal(search_all(false).kinds & his, his);
	erase(HIM_TOO);
	assert_int_equal(receipt.shared, 1);
	assert_int_equal(receipt.attempts, 2);
	assert_int_equal(search_all(true).kinds & his, 0);
}

static void a_dry_run_changes_nothing(void **state)
{
	uint64_t version, seq, to_him[1];
	struct lead lead;

	(void)state;
	add_him(HIM);
	start();
	call_all(to_him, 1);
	test_now_us += 7200 * SEC_US;
	version = store_version(test_store);
	seq = next_seq();
	assert_int_equal(erase_with(HIM, (struct erase_options){.dry = true}), 0);
	assert_int_equal(receipt.leads, 1);
	assert_int_equal(receipt.attempts, 1);
	assert_int_equal(receipt.listed, 1);
	assert_true(receipt.rows >= 2);
	assert_int_equal(store_version(test_store), version);
	assert_int_equal(next_seq(), seq);
	assert_int_equal(lead_by_number(test_store, HIM, 0, &lead), 0);
	assert_int_equal(erase_run(test_store, HIM, &(struct erase_options){.basis = ""}, &receipt, why), ERR_RANGE);
	assert_non_null(strstr(why, "reason"));
	assert_int_equal(erase_with("+86abc", (struct erase_options){.dry = false}), ERR_RANGE);
}

/* --- recordings */

static void LOG_5_recordings_go_unless_a_law_asks_for_them(void **state)
{
	struct recording recording;
	uint64_t to_him[2];
	char path[4096];

	(void)state;
	add_him(HIM);
	start();
	assert_int_equal(call_all(to_him, 1), 1);
	test_now_us += 3600 * SEC_US;
	assert_int_equal(call_all(to_him + 1, 1), 1);
	keep_recording(to_him[0], "uk");
	keep_recording(to_him[1], "us-collections");
	test_now_us += 7200 * SEC_US;
	erase(HIM);
	assert_int_equal(receipt.recordings, 1);
	assert_int_equal(receipt.recordings_kept, 1);
	assert_true(receipt.recordings_until_us > test_now_us + 1095 * DAY_US);
	assert_int_equal(recording_get(test_store, to_him[0], &recording), 0);
	assert_int_equal(recording.state, RECORDING_REMOVED);
	recording_path(test_store, &recording, path);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(recording_get(test_store, to_him[1], &recording), 0);
	assert_int_equal(recording.state, RECORDING_KEPT);
	recording_path(test_store, &recording, path);
	assert_int_equal(access(path, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(LOG_5_erasing_keeps_proofs_valid_and_bytes_unrecoverable),
		T(LOG_5_readers_say_erased),
		T(LOG_5_hold_blocks),
		T(LOG_5_erasure_recorded),
		T(LOG_5_not_during_a_call),
		T(others_keep_a_shared_number),
		T(a_number_that_he_had_goes_too),
		T(his_calls_leave_a_shared_ledger),
		T(a_dry_run_changes_nothing),
		T(LOG_5_recordings_go_unless_a_law_asks_for_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
