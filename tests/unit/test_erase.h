/*
 * test_erase.h - a store in which one person was called among others, his erasure, and a search for any byte of him (for
 * tests/unit/test_erase*.c)
 */
#ifndef OUTDIAL_TESTS_UNIT_TEST_ERASE_H
#define OUTDIAL_TESTS_UNIT_TEST_ERASE_H

#include "tests/unit/test_evidence.h"
#include "tests/unit/test_leads.h"

#include "campaigns/campaigns.h"
#include "campaigns/ledger.h"
#include "campaigns/logread.h"
#include "campaigns/segment.h"

#include <dirent.h>

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

static inline void ended(struct attempt *attempt)
{
	attempt->outcome = OUTCOME_BUSY;
	attempt->invite_us = attempt->intent_us;
	strcpy(attempt->reached, attempt->e164); /* the network says so */
}

static inline uint64_t add_him(const char *numbers)
{
	return test_lead_with(campaign.list, numbers, 9, test_shanghai, HIS_FIELDS, sizeof(HIS_FIELDS));
}

static inline void start(void)
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
static inline int calls_in(struct db_txn *txn, void *arg)
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
static inline uint32_t call_all(uint64_t *to_him, uint32_t max)
{
	struct calls calls = {.to_him = to_him, .max = max, .made = 1};

	while (calls.made)
		assert_int_equal(db_change(test_store->db, calls_in, &calls), 0);
	return calls.found;
}

static inline void fill(void)
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

static inline int setup(void **state)
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

static inline void needle_text(struct needle *needle, const char *text)
{
	needle->what = text;
	needle->count = strlen(text);
	memcpy(needle->bytes, text, needle->count);
}

static inline void needle_u64(struct needle *needle, const char *what, uint64_t value, bool big)
{
	needle->what = what;
	needle->count = 8;
	for (int i = 0; i < 8; i++)
		needle->bytes[big ? 7 - i : i] = (unsigned char)(value >> (8 * i));
}

/* Text, records and keys have him in these forms. */
static inline void needles(struct needle out[NEEDLES])
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

static inline void search_bytes(struct search *search, const char *path, const void *data, size_t bytes)
{
	for (int i = 0; i < NEEDLES; i++)
		for (const char *at = data, *end = at + bytes;
			(at = memmem(at, (size_t)(end - at), search->needles[i].bytes, search->needles[i].count)); at++) {
			search->found++;
			search->kinds |= 1u << i;
			if (search->tell)
				print_message("%s at %td of %s\n", search->needles[i].what, at - (const char *)data, path);
		}
}

static inline int search_line(void *arg, const char *line, size_t bytes)
{
	search_bytes(arg, "a segment's line", line, bytes);
	return 0;
}

static inline void search_file(struct search *search, const char *path)
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

static inline void search_below(struct search *search, const char *dir)
{
	DIR *open = opendir(dir);
	struct dirent *entry;
	char path[4096];
	struct stat st;

	assert_non_null(open);
	while ((entry = readdir(open))) {
		if (entry->d_name[0] == '.' ||
			(size_t)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) >= sizeof(path) || stat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			search_below(search, path);
		else
			search_file(search, path);
	}
	closedir(open);
}

static inline struct search search_all(bool tell)
{
	struct search search = {.tell = tell};

	needles(search.needles);
	search_below(&search, test_dir);
	return search;
}

/* --- erasing, and lines of the log */

static inline int erase_with(const char *subject, struct erase_options options)
{
	options.basis = options.basis ? options.basis : "GDPR art. 17, letter 4711";
	return erase_run(test_store, subject, &options, &receipt, why);
}

static inline void erase(const char *subject)
{
	int err = erase_with(subject, (struct erase_options){.dry = false});

	if (err)
		fail_msg("%s: %s", err_text(err), why);
}

static char last[PERSONAL_LINE_BYTES], *found_line;
static uint64_t wanted_seq;

static inline int line_h(void *arg, const struct line_head *head, const char *line, size_t bytes)
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
static inline const char *read_line(uint64_t seq)
{
	uint64_t end;

	wanted_seq = seq;
	found_line = NULL;
	assert_int_equal(logread_end(test_store, &end), 0);
	assert_int_equal(logread(test_store, &(struct logread_want){.end = end}, line_h, NULL, why), 0);
	assert_non_null(found_line);
	return last;
}

static inline uint64_t next_seq(void)
{
	uint64_t end;

	assert_int_equal(logread_end(test_store, &end), 0);
	return end;
}

static inline void keep_recording(uint64_t attempt, const char *classes)
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

static inline int raw_in(struct db_txn *txn, void *arg)
{
	struct db_key key = key_u64(wanted_seq);
	struct db_view view;

	assert_true(db_get(txn, T_LOG, &key, &view));
	snprintf(arg, LINE_BYTES_MAX + 1, "%.*s", (int)view.bytes, (const char *)view.data);
	return 0;
}

/* As it stands in the store. */
static inline void raw_line(uint64_t seq, char out[LINE_BYTES_MAX + 1])
{
	wanted_seq = seq;
	assert_int_equal(db_change(test_store->db, raw_in, out), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, test_teardown)

#endif
