/* test_erase.c - LOG-5: erasing a person keeps every proof valid, leaves none of his bytes in a live file, is recorded, and yields to a hold */
#include "tests/unit/test_evidence.h"
#include "tests/unit/test_export_util.h"
#include "tests/unit/test_leads.h"

#include "campaigns/campaigns.h"
#include "campaigns/hold.h"
#include "campaigns/import.h"
#include "campaigns/ledger.h"
#include "campaigns/logread.h"
#include "campaigns/personal.h"
#include "campaigns/segment.h"
#include "campaigns/sha256.h"

#include "base/prng.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define OTHERS 400
#define HIM "+8613912345678"
#define HIM_TOO "+8613912349999"
#define HIS_NAME "Zbigniew Brzeczyszczykiewicz"
#define HIS_ID "PERSON-7Q7Q7Q"
#define HIS_FIELDS "name\0" HIS_NAME "\0person\0" HIS_ID

static struct campaign campaign;
static struct erase_receipt receipt;
static char why[WHY_BYTES];

/* --- a store with calls */

static void ended(struct attempt *attempt)
{
	attempt->outcome = OUTCOME_BUSY;
	attempt->invite_us = attempt->intent_us;
	strcpy(attempt->reached, attempt->e164); /* the network says so */
}

static uint64_t add_him(const char *numbers)
{
	return test_lead_with(campaign.list, numbers, 9, test_shanghai, HIS_FIELDS, sizeof(HIS_FIELDS));
}

static void start(void)
{
	for (int i = 0; i < OUTCOME_COUNT; i++)
		campaign.retry_s[i] = 3600;
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
}

struct calls {
	uint64_t *to_him;
	uint32_t max, found, made;
};

/* A few in a transaction. */
static int calls_in(struct db_txn *txn, void *arg)
{
	struct calls *calls = arg;
	struct claim_test claim = {.campaign = campaign.id, .count = 1};

	for (calls->made = 0; calls->made < 50 && !claim_in(txn, &claim) && claim.got; calls->made++) {
		claim.end = claim.attempts[0];
		if (strcmp(claim.end.e164, HIM) == 0 && calls->found < calls->max)
			calls->to_him[calls->found++] = claim.end.id;
		ended(&claim.end);
		assert_int_equal(finish_in(txn, &claim), 0);
	}
	return 0;
}

/* Calls to all that are due; the attempts to him. */
static uint32_t call_all(uint64_t *to_him, uint32_t max)
{
	struct calls calls = {.to_him = to_him, .max = max, .made = 1};

	while (calls.made)
		assert_int_equal(db_change(test_store->db, calls_in, &calls), 0);
	return calls.found;
}

static void fill(void)
{
	struct lead_batch *batch;
	bool duplicate;

	assert_int_equal(lead_batch_open(test_store, campaign.list, &batch), 0);
	for (int i = 0; i < OTHERS; i++) {
		struct lead lead = {.phone_count = 1, .fields = "name\0Li", .fields_bytes = 8};

		snprintf(lead.phones[0].e164, NUMBER_BYTES, "+8613700%06d", i * 7);
		assert_int_equal(lead_batch_add(batch, &lead, test_shanghai, &duplicate), 0);
	}
	assert_int_equal(lead_batch_close(batch, OTHERS, 0, 0), 0);
}

static int setup(void **state)
{
	if (test_setup(state))
		return -1;
	campaign = test_campaign();
	receipt = (struct erase_receipt){.event = 0};
	why[0] = '\0';
	return 0;
}

/* --- searching all files below the folder, segments unpacked */

struct needle {
	const char *what;
	unsigned char bytes[64];
	size_t count;
};
#define NEEDLES 12

static void needle_text(struct needle *needle, const char *text)
{
	needle->what = text;
	needle->count = strlen(text);
	memcpy(needle->bytes, text, needle->count);
}

static void needle_u64(struct needle *needle, const char *what, uint64_t value, bool big)
{
	needle->what = what;
	needle->count = 8;
	for (int i = 0; i < 8; i++)
		needle->bytes[big ? 7 - i : i] = (unsigned char)(value >> (8 * i));
}

/* Text, records and keys have him in these forms. */
static void needles(struct needle out[NEEDLES])
{
	static char person[20];

	snprintf(person, sizeof(person), "%016llx", (unsigned long long)ledger_person(HIS_ID));
	needle_text(&out[0], HIM + 1);
	needle_text(&out[1], HIM_TOO + 1);
	needle_text(&out[2], HIS_NAME);
	needle_text(&out[3], HIS_ID);
	needle_text(&out[4], person);
	needle_u64(&out[5], "number, key", number_of(HIM), true);
	needle_u64(&out[6], "number, record", number_of(HIM), false);
	needle_u64(&out[7], "second number, key", number_of(HIM_TOO), true);
	needle_u64(&out[8], "second number, record", number_of(HIM_TOO), false);
	needle_u64(&out[9], "person, key", ledger_person(HIS_ID), true);
	needle_u64(&out[10], "person, record", ledger_person(HIS_ID), false);
	needle_text(&out[11], "Brzeczyszczykiewicz");
}

struct search {
	struct needle needles[NEEDLES];
	uint32_t found, kinds; /* places; bit by needle */
	bool tell;
};

static void search_bytes(struct search *search, const char *path, const void *data, size_t bytes)
{
	for (int i = 0; i < NEEDLES; i++)
		for (const char *at = data, *end = at + bytes; (at = memmem(at, (size_t)(end - at), search->needles[i].bytes, search->needles[i].count)); at++) {
			search->found++;
			search->kinds |= 1u << i;
			if (search->tell)
				print_message("%s at %td of %s\n", search->needles[i].what, at - (const char *)data, path);
		}
}

static int search_line(void *arg, const char *line, size_t bytes)
{
	search_bytes(arg, "a segment's line", line, bytes);
	return 0;
}

static void search_file(struct search *search, const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	char *data;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	data = malloc((size_t)st.st_size + 1);
	assert_int_equal(fread(data, 1, (size_t)st.st_size, file), st.st_size);
	search_bytes(search, path, data, (size_t)st.st_size);
	free(data);
	rewind(file);
	if (strstr(path, ".ndjson.zst"))
		assert_int_equal(segment_read(file, search_line, search), 0);
	fclose(file);
}

static void search_below(struct search *search, const char *dir)
{
	DIR *open = opendir(dir);
	struct dirent *entry;
	char path[4096];
	struct stat st;

	assert_non_null(open);
	while ((entry = readdir(open))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (entry->d_name[0] == '.' || stat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			search_below(search, path);
		else
			search_file(search, path);
	}
	closedir(open);
}

static struct search search_all(bool tell)
{
	struct search search = {.tell = tell};

	needles(search.needles);
	search_below(&search, test_dir);
	return search;
}

/* --- helpers */

static int erase_with(const char *subject, struct erase_options options)
{
	options.basis = options.basis ? options.basis : "GDPR art. 17, letter 4711";
	return erase_run(test_store, subject, &options, &receipt, why);
}

static void erase(const char *subject)
{
	int err = erase_with(subject, (struct erase_options){.dry = false});

	if (err)
		fail_msg("%s: %s", err_text(err), why);
}

static char last[PERSONAL_LINE_BYTES], *found_line;
static uint64_t wanted_seq;

static int line_h(void *arg, const struct line_head *head, const char *line, size_t bytes)
{
	(void)arg;
	if (head->seq != wanted_seq)
		return 0;
	memcpy(last, line, bytes);
	last[bytes] = '\0';
	found_line = last;
	return 0;
}

/* The line as its readers see it. */
static const char *read_line(uint64_t seq)
{
	uint64_t end;

	wanted_seq = seq;
	found_line = NULL;
	assert_int_equal(logread_end(test_store, &end), 0);
	assert_int_equal(logread(test_store, 0, end, line_h, NULL, why), 0);
	assert_non_null(found_line);
	return last;
}

static uint64_t next_seq(void)
{
	uint64_t end;

	assert_int_equal(logread_end(test_store, &end), 0);
	return end;
}

static int raw_in(struct db_txn *txn, void *arg)
{
	struct db_key key = key_u64(wanted_seq);
	struct db_view view;

	assert_true(db_get(txn, T_LOG, &key, &view));
	snprintf(arg, LINE_BYTES_MAX + 1, "%.*s", (int)view.bytes, (const char *)view.data);
	return 0;
}

/* As it stands in the store. */
static void raw_line(uint64_t seq, char out[LINE_BYTES_MAX + 1])
{
	wanted_seq = seq;
	assert_int_equal(db_change(test_store->db, raw_in, out), 0);
}

/* --- LOG-5 */

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
	assert_int_equal(search.kinds & 0xbef, 0xbef); /* the search finds what is there; the person's hash stands nowhere as text */

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
	assert_int_not_equal(test_lead_with(campaign.list, HIM "," HIM_TOO, 9, test_shanghai, "name\0" HIS_NAME, sizeof("name\0" HIS_NAME)), 0);
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
	assert_int_not_equal(test_lead_with(campaign.list, HIM "," HIM_TOO, 9, test_shanghai, "name\0" HIS_NAME, sizeof("name\0" HIS_NAME)), 0);
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

static void keep_recording(uint64_t attempt, const char *classes)
{
	struct recording_note note = {.kind = NOTE_BEGUN, .attempt = attempt, .campaign = campaign.id, .at_us = test_now_us};
	struct recording kept = {.attempt = attempt, .bytes = 5, .ms = 1000};
	char path[4096], command[4400];

	assert_true(recording_classes_parse(classes, &note.terms.classes));
	assert_int_equal(recording_note(test_store, &note), 0);
	note.kind = NOTE_ENDED;
	note.at_us += SEC_US;
	assert_int_equal(recording_note(test_store, &note), 0);
	snprintf(kept.file, sizeof(kept.file), "20261116/%llu.wav", (unsigned long long)attempt);
	memset(kept.sha256, 'a', 64);
	recording_path(test_store, &kept, path);
	snprintf(command, sizeof(command), "mkdir -p %s/recordings/20261116 && printf %s > %s", test_dir, HIM, path);
	assert_int_equal(system(command), 0);
	assert_int_equal(recording_keep(test_store, &kept), 0);
}

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

/* --- sealed fields */

static int put_in(struct db_txn *txn, void *arg)
{
	struct db_key key = key_u64(wanted_seq);

	db_put(txn, T_LOG, &key, arg, strlen(arg));
	return 0;
}

/* Each character of the box changed: no field is read, none is another, and the log's own check finds it (test_verify). */
static void mutations_of_a_sealed_field(void **state)
{
	char raw[LINE_BYTES_MAX + 1], other[LINE_BYTES_MAX + 1], opened[PERSONAL_LINE_BYTES], *box;

	(void)state;
	assert_int_equal(dnc_add(test_store, HIM, NULL), 0);
	raw_line(next_seq() - 1, raw);
	test_opened(raw, strlen(raw), opened, sizeof(opened));
	assert_non_null(strstr(opened, "\"to\":\"" HIM "\"}"));
	box = strstr(raw, "\"box\":\"");
	assert_non_null(box);
	for (char *at = box + 7; *at != '"'; at++) {
		char was = *at;

		*at = was == 'A' ? 'B' : 'A';
		test_opened(raw, strlen(raw), opened, sizeof(opened));
		assert_non_null(strstr(opened, "\"to\":\"unreadable\"}"));
		*at = was;
	}
	snprintf(other, sizeof(other), "%s", raw); /* a box that was moved to another line does not open there */
	box = strstr(other, "\"seq\":");
	box[6]++;
	test_opened(other, strlen(other), opened, sizeof(opened));
	assert_non_null(strstr(opened, "unreadable"));
	snprintf(other, sizeof(other), "%s", raw);
	box = strstr(other, "\"key\":");
	box[6]++; /* another's key */
	test_opened(other, strlen(other), opened, sizeof(opened));
	assert_non_null(strstr(opened, "unreadable"));
}

struct taking {
	uint32_t count, last; /* how many are wanted; the last that was given */
	int err;
};

static int places_in(struct db_txn *txn, void *arg)
{
	struct taking *places = arg;

	for (uint32_t i = 0; i < places->count && !txn->err; i++) {
		uint32_t place = personkey_new(txn, test_store->keys);

		assert_true(place > places->last);
		places->last = place;
	}
	return places->err;
}

/* A place is given out once, over restarts and blocks; a destroyed one never; what a transaction that failed took, the next may. */
static void places_are_never_used_again(void **state)
{
	struct taking places = {.count = 700, .last = PERSONKEY_FIRST - 1};
	unsigned char key[SIV_KEY_BYTES], same[SIV_KEY_BYTES];

	(void)state;
	for (int i = 0; i < 7; i++) {
		struct taking undone = {.count = 1, .last = places.last, .err = -EIO};

		assert_int_equal(db_change(test_store->db, places_in, &places), 0);
		undone.last = places.last;
		assert_int_equal(db_change(test_store->db, places_in, &undone), -EIO);
		assert_int_equal(undone.last, places.last + 1);
		if (i % 2)
			assert_int_equal(personkey_destroy(test_store->keys, &undone.last, 1), 0); /* as if it had been another's */
		test_reopen();
	}
	assert_int_equal(places.last, PERSONKEY_FIRST - 1 + 7 * 700 + 3); /* those three were passed over */
	assert_int_equal(personkey_get(test_store->keys, places.last, key), PERSONKEY_THERE);
	assert_int_equal(personkey_get(test_store->keys, places.last - 1, same), PERSONKEY_THERE);
	assert_memory_not_equal(key, same, sizeof(key));
	assert_int_equal(personkey_destroy(test_store->keys, &places.last, 1), 0);
	test_reopen();
	assert_int_equal(personkey_get(test_store->keys, places.last, key), PERSONKEY_ERASED);
	assert_int_equal(personkey_get(test_store->keys, places.last - 1, key), PERSONKEY_THERE);
	assert_int_equal(personkey_get(test_store->keys, 1u << 30, key), PERSONKEY_MISSING);
}

/* Without the file nothing is read and nothing is written with other keys in its place. */
static void a_lost_file_of_keys(void **state)
{
	char path[128];
	bool was;

	(void)state;
	assert_int_equal(dnc_add(test_store, HIM, &was), 0);
	snprintf(path, sizeof(path), "%s/" PERSONKEY_FILE, test_dir);
	assert_int_equal(unlink(path), 0);
	assert_non_null(strstr(read_line(next_seq() - 1), "\"to\":\"sealed\""));
	store_close(test_store);
	test_store = NULL;
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, why), ERR_STORE);
	assert_non_null(strstr(why, PERSONKEY_FILE));
	assert_int_equal(store_open(&test_store, test_dir, STORE_READ, why), 0);
}

static void older_lines_still_verify(void **state)
{
	char line[200];

	(void)state;
	wanted_seq = next_seq();
	snprintf(line, sizeof(line), "{\"v\":2,\"seq\":%llu,\"us\":%lld,\"event\":\"dnc_add\",\"to\":\"%s\",\"attempt\":null,\"uid\":0}",
		(unsigned long long)wanted_seq, (long long)test_now_us, HIM_TOO);
	assert_int_equal(db_change(test_store->db, put_in, line), 0);
	assert_int_equal(dnc_add(test_store, HIM, NULL), 0);
	test_seal(0);
	assert_int_equal(test_verify(NULL).faults, 0);
	assert_string_equal(read_line(wanted_seq), line);
	assert_non_null(strstr(read_line(next_seq() - 1), "{\"v\":3,"));
	assert_non_null(strstr(last, "\"to\":\"" HIM "\"}"));
}

/* --- crashes */

static void assert_erased_once(uint64_t events_before)
{
	struct search search = search_all(true);
	uint32_t erased = 0;

	assert_int_equal(search.found, 0);
	for (uint64_t seq = events_before; seq < next_seq(); seq++)
		erased += strstr(read_line(seq), "\"event\":\"erased\"") != NULL;
	assert_int_equal(erased, 1);
	test_seal(0);
	assert_int_equal(test_verify(NULL).faults, 0);
}

/* A crash after each step: called again it goes on and ends in the same state, with one event. */
static void LOG_5_a_crash_after_each_step(void **state)
{
	uint64_t to_him[1], before;

	(void)state;
	fill();
	start();
	for (int step = ERASE_LEADS_GONE; step < ERASE_STEPS; step++) {
		assert_int_equal(dnc_remove(test_store, HIM, NULL), 0);
		assert_int_not_equal(add_him(HIM "," HIM_TOO), 0);
		assert_int_equal(call_all(to_him, 1), 1);
		keep_recording(to_him[0], "uk");
		test_now_us += 2 * 3600 * SEC_US;
		before = next_seq();
		assert_int_equal(erase_with(HIM, (struct erase_options){.stop_after = (enum erase_step)step}), -ECANCELED);
		test_reopen();
		erase(HIM);
		assert_int_equal(receipt.leads, 1);
		assert_int_equal(receipt.attempts, 1);
		assert_int_equal(receipt.recordings, 1);
		assert_true(receipt.scrub.whole);
		assert_erased_once(before);
		assert_int_equal(dnc_remove(test_store, HIM_TOO, NULL), 0);
	}
}

/* kill -9 at any moment of it. */
static void LOG_5_kill_at_any_moment(void **state)
{
	uint64_t to_him[1], before;
	struct prng prng;
	int killed = 0;

	(void)state;
	prng_seed(&prng, 5);
	fill();
	start();
	for (int round = 0; round < 12; round++) {
		assert_int_equal(dnc_remove(test_store, HIM, NULL), 0);
		assert_int_not_equal(add_him(HIM "," HIM_TOO), 0);
		assert_int_equal(call_all(to_him, 1), 1);
		test_now_us += 2 * 3600 * SEC_US;
		before = next_seq();
		store_close(test_store);
		test_store = NULL;
		pid_t pid = fork();
		int status;

		assert_true(pid >= 0);
		if (pid == 0) {
			if (store_open(&test_store, test_dir, STORE_WRITE, NULL) == 0)
				erase_with(HIM, (struct erase_options){.dry = false});
			_exit(0);
		}
		nanosleep(&(struct timespec){.tv_nsec = (long)(prng_u64(&prng) % 30000000)}, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		killed += WIFSIGNALED(status);
		assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
		erase(HIM);
		assert_int_equal(receipt.attempts, 1);
		assert_erased_once(before);
		assert_int_equal(dnc_remove(test_store, HIM_TOO, NULL), 0);
	}
	print_message("%d of 12 were killed before their end\n", killed);
}

/* --- free room */

/* Another writer has the store open: it is wiped, and stays due until one is alone. */
static void a_scrub_beside_another_writer_stays_due(void **state)
{
	struct scrub_report report;
	int to[2], from[2];
	uint64_t due;
	char byte;

	(void)state;
	add_him(HIM);
	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	store_close(test_store);
	test_store = NULL;
	pid_t pid = fork();

	if (pid == 0) {
		struct store *own;

		close(to[1]);
		if (store_open(&own, test_dir, STORE_WRITE, NULL) == 0 && write(from[1], "o", 1) == 1 && read(to[0], &byte, 1) >= 0)
			store_close(own);
		_exit(0);
	}
	close(to[0]);
	assert_int_equal(read(from[0], &byte, 1), 1);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
	erase(HIM);
	assert_false(receipt.scrub.alone);
	assert_false(receipt.scrub.whole);
	assert_int_equal(search_all(true).found, 0); /* it wrote nothing since */
	assert_int_equal(scrub_due(test_store, &due), 0);
	assert_true(due > 0);
	close(to[1]);
	waitpid(pid, NULL, 0);
	assert_int_equal(scrub_run(test_store, &report), 0);
	assert_true(report.whole);
	assert_int_equal(scrub_due(test_store, &due), 0);
	assert_int_equal(due, 0);
	close(from[0]);
	close(from[1]);
}

static bool sees_him(struct db_txn *txn, uint64_t id)
{
	struct lead lead;

	return lead_load(txn, id, &lead) && strcmp(lead.phones[0].e164, HIM) == 0 && strcmp(lead_field(&lead, "name"), HIS_NAME) == 0;
}

/* A process that reads while he is erased: what it sees stays as it was, its pages wait for it, and go afterwards. */
static void a_scrub_leaves_a_readers_pages(void **state)
{
	struct scrub_report report;
	int to[2], from[2], status;
	char byte;
	uint64_t id;

	(void)state;
	id = add_him(HIM);
	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	store_close(test_store);
	test_store = NULL;
	pid_t pid = fork();

	if (pid == 0) {
		struct db_txn reader;
		struct store *own;
		bool saw, sees;

		close(to[1]);
		if (store_open(&own, test_dir, STORE_READ, NULL))
			_exit(1);
		db_read_begin(own->db, &reader);
		saw = sees_him(&reader, id);
		sees = write(from[1], "o", 1) == 1 && read(to[0], &byte, 1) >= 0 && sees_him(&reader, id);
		_exit(saw && sees ? 0 : 1);
	}
	close(to[0]);
	assert_int_equal(read(from[0], &byte, 1), 1);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
	erase(HIM);
	assert_true(receipt.scrub.pinned > 0);
	assert_false(receipt.scrub.whole);
	assert_true(search_all(false).found > 0);
	close(to[1]);
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	test_reopen(); /* clears the slot of the reader, which never ended */
	assert_int_equal(scrub_run(test_store, &report), 0);
	assert_true(report.whole);
	assert_int_equal(search_all(true).found, 0);
	close(from[0]);
	close(from[1]);
}

/* Values of all sizes come and go; after it the store has what it had, each value whole, and no byte of what was deleted. */
static int churn_in(struct db_txn *txn, void *arg)
{
	struct prng *prng = arg;
	char text[6000];

	for (int i = 0; i < 40; i++) {
		struct db_key key = key_text("churn");
		size_t bytes = 1 + prng_u64(prng) % (sizeof(text) - 1);
		unsigned which = (unsigned)(prng_u64(prng) % 64);

		db_key_u32(&key, which);
		memset(text, prng_u64(prng) % 2 ? 'x' : 'y', bytes);
		memcpy(text, "GONE", bytes < 4 ? bytes : 4);
		if (prng_u64(prng) % 3)
			db_put(txn, T_RULES, &key, text, bytes);
		else
			db_del(txn, T_RULES, &key);
	}
	return 0;
}

static int unchurn_in(struct db_txn *txn, void *arg)
{
	struct db_key key;

	(void)arg;
	for (uint32_t i = 0; i < 64; i++) {
		key = key_text("churn");
		db_key_u32(&key, i);
		db_del(txn, T_RULES, &key);
	}
	return 0;
}

static void a_scrub_finds_values_of_all_sizes(void **state)
{
	struct search search = {.tell = true};
	struct scrub_report report;
	struct prng prng;
	char path[128];

	(void)state;
	prng_seed(&prng, 11);
	for (int i = 0; i < NEEDLES; i++)
		needle_text(&search.needles[i], i % 2 ? "GONExxxx" : "yyyyyyyy");
	snprintf(path, sizeof(path), "%s/data.mdb", test_dir);
	for (int i = 0; i < 40; i++)
		assert_int_equal(db_change(test_store->db, churn_in, &prng), 0);
	assert_int_equal(db_change(test_store->db, unchurn_in, NULL), 0);
	search.tell = false;
	search_file(&search, path);
	assert_true(search.found > 0);
	search.found = 0;
	search.tell = true;
	assert_int_equal(scrub_run(test_store, &report), 0);
	assert_int_equal(report.strange, 0);
	search_file(&search, path);
	assert_int_equal(search.found, 0);
	for (int i = 0; i < 40; i++) /* the store goes on */
		assert_int_equal(db_change(test_store->db, churn_in, &prng), 0);
	test_reopen();
	assert_int_equal(scrub_run(test_store, &report), 0);
	assert_int_equal(report.strange, 0);
}

static int big_value_in(struct db_txn *txn, void *arg)
{
	static const char text[9000];
	struct db_key key = key_text("big");

	(void)arg;
	db_put(txn, T_RULES, &key, text, sizeof(text));
	return 0;
}

/* Of a value with pages of its own the first says how many. What no file has must not keep the lock for ever, nor pass for wiped. */
static void a_scrub_ends_in_a_damaged_file(void **state)
{
	static const uint32_t wrong[] = {0, UINT32_MAX, 1u << 30};
	unsigned char page[16];
	struct scrub_report report;
	char path[128];
	off_t at = 0;
	int fd;

	(void)state;
	assert_int_equal(db_change(test_store->db, big_value_in, NULL), 0);
	snprintf(path, sizeof(path), "%s/data.mdb", test_dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	do
		assert_int_equal(pread(fd, page, sizeof(page), at += 4096), sizeof(page));
	while (page[10] != 4 || page[12] != 3);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(pwrite(fd, &wrong[i], 4, at + 12), 4);
		assert_int_equal(scrub_run(test_store, &report), 0);
		assert_true(report.strange > 0);
		assert_false(report.whole);
	}
	close(fd);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(LOG_5_erasing_keeps_proofs_valid_and_bytes_unrecoverable), T(LOG_5_readers_say_erased), T(LOG_5_hold_blocks),
		T(LOG_5_erasure_recorded), T(LOG_5_not_during_a_call), T(others_keep_a_shared_number),
		T(a_number_that_he_had_goes_too), T(his_calls_leave_a_shared_ledger), T(a_dry_run_changes_nothing),
		T(LOG_5_recordings_go_unless_a_law_asks_for_them), T(mutations_of_a_sealed_field), T(places_are_never_used_again),
		T(a_lost_file_of_keys), T(older_lines_still_verify), T(LOG_5_a_crash_after_each_step), T(LOG_5_kill_at_any_moment),
		T(a_scrub_beside_another_writer_stays_due), T(a_scrub_leaves_a_readers_pages), T(a_scrub_finds_values_of_all_sizes),
		T(a_scrub_ends_in_a_damaged_file)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
