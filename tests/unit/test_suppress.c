/* test_suppress.c - suppression lists: formats, generations, scopes, ages, and what a claim makes of them (DNC-2 to DNC-5) */
#include "tests/unit/test_store.h"

#include "campaigns/campaigns.h"
#include "campaigns/sha256.h"

#include "base/prng.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static char why[SUPPRESS_WHY_BYTES];
static char path[128];

static const char *file_make(const char *name, const char *text, size_t bytes)
{
	snprintf(path, sizeof(path), "%s/%s", test_dir, name);
	file_put(path, text, bytes);
	return path;
}

static void list_make(const char *name, enum suppress_kind kind, enum suppress_scope scope, const char *where)
{
	struct suppress_list list = {.kind = kind, .scope = scope};

	strcpy(list.name, name);
	strcpy(list.where, where);
	assert_int_equal(suppress_create(test_store, &list, why), 0);
}

static int load(const char *list, const char *file, bool changes, struct suppress_receipt *receipt)
{
	struct suppress_load options = {.list = list, .path = file, .as_of_us = test_now_us, .changes = changes};

	return suppress_load(test_store, &options, receipt, why);
}

static void load_text(const char *list, const char *text)
{
	struct suppress_receipt receipt;
	int err = load(list, file_make("list.txt", text, strlen(text)), false, &receipt);

	if (err)
		fail_msg("%s", why);
}

static bool has(const char *name, const char *e164)
{
	struct suppress_list list;
	bool listed;

	assert_int_equal(suppress_get(test_store, name, &list), 0);
	assert_int_equal(suppress_has(test_store, &list, e164, &listed), 0);
	return listed;
}

/* --- formats */

#define THREE(list)                                                                                                              \
	assert_true(has(list, "+12125550100"));                                                                                  \
	assert_true(has(list, "+12125550199"));                                                                                  \
	assert_true(has(list, "+13055550123"));                                                                                  \
	assert_false(has(list, "+12125550101"))

static void test_DNC_5_all_whole_forms_are_the_same(void **state)
{
	static const char *const forms[] = {
		"2125550100\n2125550199\n3055550123\n",
		"212,5550100\r\n212,5550199\r\n305,5550123",
		"\xEF\xBB\xBFphone\n(212) 555-0100\n\n1-212-555-0199\n \"+13055550123\" \n",
		"+12125550100;x\n+12125550199;y\n+13055550123;z\n",
		"<?xml version=\"1.0\"?><list type=\"full\" val=\"1234567\"><ac val=\"212\"><ph val=\"5550100\"/><ph val=\"5550199\"/></ac>"
		"<ac val=\"305\"><ph val=\"5550123\"/></ac></list>",
		"<numbers>\n<record><areacode>212</areacode><phone>5550100</phone></record><record><areacode>212</areacode>"
		"<phone>5550199</phone></record><record><areacode>305</areacode><phone>555-0123</phone></record></numbers>",
	};
	struct suppress_receipt receipt;

	(void)state;
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	for (uint32_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (load("ftc", file_make("list.txt", forms[i], strlen(forms[i])), false, &receipt))
			fail_msg("form %u: %s", i, why);
		assert_int_equal(receipt.numbers, 3);
		assert_int_equal(receipt.rows, 3);
		assert_int_equal(receipt.generation, i + 1);
		THREE("ftc");
	}
}

static size_t packed(const char *text, bool zip, int filter, char *out, size_t size)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used = 0, half = strlen(text) / 2;

	assert_int_equal(zip ? archive_write_set_format_zip(archive) : archive_write_set_format_raw(archive), ARCHIVE_OK);
	if (filter)
		assert_int_equal(archive_write_add_filter(archive, filter), ARCHIVE_OK);
	archive_write_set_bytes_per_block(archive, 0);
	assert_int_equal(archive_write_open_memory(archive, out, size, &used), ARCHIVE_OK);
	for (int part = 0; part < (zip ? 2 : 1); part++) { /* a zip of two files, cut between two lines */
		const char *from = part ? text + half : text;
		size_t bytes = !zip ? strlen(text) : part ? strlen(text) - half : half;

		archive_entry_set_pathname(entry, part ? "b.txt" : "a.txt");
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_size(entry, (la_int64_t)bytes);
		assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
		assert_int_equal(archive_write_data(archive, from, bytes), bytes);
	}
	archive_entry_free(entry);
	archive_write_close(archive);
	archive_write_free(archive);
	return used;
}

static void test_DNC_5_packed_forms_are_the_same(void **state)
{
	static const char text[] = "2125550100\n2125550199\n2125550199\n3055550123\n"; /* 44 bytes: half is a line's end */
	static const struct {
		bool zip;
		int filter;
	} forms[] = {{true, 0}, {false, ARCHIVE_FILTER_GZIP}, {false, ARCHIVE_FILTER_ZSTD}};
	struct suppress_receipt receipt;
	char bytes[4096], sum[65];

	(void)state;
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	for (uint32_t i = 0; i < 3; i++) {
		size_t count = packed(text, forms[i].zip, forms[i].filter, bytes, sizeof(bytes));
		struct sha256 *sha = sha256_alloc();

		if (load("ftc", file_make("list.bin", bytes, count), false, &receipt))
			fail_msg("form %u: %s", i, why);
		assert_int_equal(receipt.rows, 4);
		assert_int_equal(receipt.numbers, 3);
		THREE("ftc");
		sha256_add(sha, bytes, count);
		sha256_hex(sha, sum);
		sha256_free(sha);
		assert_string_equal(receipt.sha256, sum); /* of the file on the disk */
		assert_int_equal(load("ftc", file_make("cut.bin", bytes, count * 2 / 3), false, &receipt), ERR_SYNTAX);
		THREE("ftc");
	}
}

static void test_DNC_5_changes_twice_are_as_once(void **state)
{
	static const char lines[] = "212,5550100,2026-11-02,D\n2125550177,2026-11-03 10:00:00,A\n3055550123,2026-11-01,D\n"
				    "3055550123,2026-11-04,A\n2125550155,2026-11-04,A\n2125550155,2026-11-05,D\n";
	static const char xml[] = "<list type='change'><ac val='212'><ph val='5550100' act='D'/><ph act='A' val='5550177'/></ac></list>";
	struct suppress_receipt receipt;

	(void)state;
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	load_text("ftc", "2125550100\n2125550199\n3055550123\n");
	for (int i = 0; i < 3; i++) {
		const char *text = i < 2 ? lines : xml;

		assert_int_equal(load("ftc", file_make("changes.txt", text, strlen(text)), true, &receipt), 0);
		assert_int_equal(receipt.added, i ? 0 : 1);
		assert_int_equal(receipt.removed, i ? 0 : 1);
		assert_int_equal(receipt.numbers, 3);
		assert_int_equal(receipt.generation, 1);
		assert_false(has("ftc", "+12125550100"));
		assert_true(has("ftc", "+12125550177"));
		assert_true(has("ftc", "+13055550123"));
		assert_false(has("ftc", "+12125550155"));
	}
}

static void test_DNC_5_british_numbers(void **state)
{
	(void)state;
	list_make("tps", SUPPRESS_TPS, SUPPRESS_COUNTRY, "GB");
	load_text("tps", "02079460000\n01632 960001\n+447700900123\n016977 2345\n");
	assert_true(has("tps", "+442079460000"));
	assert_true(has("tps", "+441632960001"));
	assert_true(has("tps", "+447700900123"));
	assert_true(has("tps", "+44169772345")); /* nine digits behind the 0 are rare but real */
}

/* --- what is wrong is said, and nothing changes */

static void bad_files_change_nothing(void **state)
{
	static const struct {
		const char *text, *says;
		bool changes;
	} bad[] = {
		{"2125550100\n2125550199\n12\n", "line 3: \"12\"", false},
		{"2125550100\n0125550199\n", "line 2", false},
		{"2125550100\n2125550100,2026-11-01,D\n", "line 2 adds or removes", false},
		{"2125550100,2026-11-01,D\n3055550123\n", "line 2 adds or removes nothing", true},
		{"2125550100,2026-11-01,D\nx\n", "line 2", true},
		{"<l><ac val='212'><ph val='5550100'/>", "XML", false},
		{"<l><ph val='5550100'/></l>", "XML", false},
		{"2125550100\n\n", "less than half", false},
		{"", "less than half", false},
	};
	struct suppress_receipt receipt;
	struct suppress_list list;
	char lines[400];

	(void)state;
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	load_text("ftc", "2125550100\n2125550199\n3055550123\n");
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int err = load("ftc", file_make("bad.txt", bad[i].text, strlen(bad[i].text)), bad[i].changes, &receipt);

		if (err == 0 || !strstr(why, bad[i].says))
			fail_msg("%u: %d, %s", i, err, why);
		THREE("ftc");
	}
	memset(lines, '7', sizeof(lines)); /* a line without an end */
	assert_int_equal(load("ftc", file_make("bad.txt", lines, sizeof(lines)), false, &receipt), ERR_SYNTAX);
	assert_int_equal(load("nix", path, false, &receipt), ERR_UNKNOWN);
	assert_int_equal(load("internal", path, false, &receipt), ERR_RANGE);
	assert_int_equal(load("ftc", "/nonexistent/file", false, &receipt), -ENOENT);
	THREE("ftc");
	assert_int_equal(suppress_get(test_store, "ftc", &list), 0);
	assert_int_equal(list.generation, 1);
	assert_int_equal(list.numbers, 3);
}

static void bad_lines_may_be_skipped(void **state)
{
	static const char text[] = "2125550100\nnonsense 1\n2125550199\n\n3055550123\n99";
	struct suppress_load options = {.list = "ftc", .skip_bad = true, .as_of_us = test_now_us};
	struct suppress_receipt receipt;

	(void)state;
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	options.path = file_make("list.txt", text, strlen(text));
	assert_int_equal(suppress_load(test_store, &options, &receipt, why), 0);
	assert_int_equal(receipt.bad, 2);
	assert_int_equal(receipt.bad_line, 2);
	assert_int_equal(receipt.rows, 3);
	THREE("ftc");
}

/* --- generations */

static uint64_t random_number(struct prng *prng)
{
	return UINT64_C(12000000000) + prng_below(prng, 8000) * 10000 + prng_below(prng, 10000);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

/* 100,000 numbers in any order, dense and sparse blocks; then every second of them replaces the list. Each look-up is compared. */
static void test_DNC_4_exact_over_generations(void **state)
{
	enum { COUNT = 100000 };
	static uint64_t numbers[COUNT];
	struct suppress_receipt receipt;
	char e164[NUMBER_BYTES];
	struct prng prng;

	(void)state;
	prng_seed(&prng, 4);
	for (uint32_t i = 0; i < COUNT; i++)
		numbers[i] = i < COUNT / 2 ? UINT64_C(13130000000) + prng_below(&prng, 100000) : random_number(&prng);
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	for (int round = 0; round < 2; round++) {
		uint64_t distinct = 0;
		FILE *file;

		file = fopen(file_make("list.txt", "", 0), "we");
		for (uint32_t i = 0; i < COUNT; i += 1 + (uint32_t)round)
			fprintf(file, "%llu\n", (unsigned long long)numbers[i] % 10000000000);
		fclose(file);
		if (load("ftc", path, false, &receipt))
			fail_msg("%s", why);
		static uint64_t sorted[COUNT];
		uint32_t kept = 0;

		for (uint32_t i = 0; i < COUNT; i += 1 + (uint32_t)round)
			sorted[kept++] = numbers[i];
		qsort(sorted, kept, sizeof(*sorted), compare_u64);
		for (uint32_t i = 0; i < kept; i++)
			distinct += i == 0 || sorted[i] != sorted[i - 1];
		assert_int_equal(receipt.numbers, distinct);
		for (uint32_t i = 0; i < 100000; i++) {
			uint64_t number = i % 2 ? numbers[prng_below(&prng, COUNT)] : random_number(&prng);
			bool expected = bsearch(&number, sorted, kept, sizeof(*sorted), compare_u64) != NULL;

			snprintf(e164, sizeof(e164), "+%llu", (unsigned long long)number);
			if (has("ftc", e164) != expected)
				fail_msg("%s in round %d", e164, round);
		}
	}
}

static uint32_t seen_old, seen_half; /* by look_h, between two transactions */

static void look_h(void *arg, uint64_t rows)
{
	(void)arg;
	(void)rows;
	seen_old += has("ftc", "+12125550100");
	seen_half += has("ftc", "+13130000001");
}

/* While a million new numbers are written the old list is in force, whole; then the new one. */
static void test_DNC_4_switched_in_one_step(void **state)
{
	struct suppress_load options = {.list = "ftc", .as_of_us = test_now_us, .progress = look_h};
	struct suppress_receipt receipt;
	FILE *file;

	(void)state;
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	load_text("ftc", "2125550100\n");
	file = fopen(file_make("list.txt", "", 0), "we");
	for (uint32_t i = 0; i < 1000001; i++)
		fprintf(file, "313%07u\n", i);
	fclose(file);
	options.path = path;
	seen_old = seen_half = 0;
	assert_int_equal(suppress_load(test_store, &options, &receipt, why), 0);
	assert_int_equal(receipt.numbers, 1000001);
	assert_true(seen_old >= 1);
	assert_int_equal(seen_half, 0);
	assert_false(has("ftc", "+12125550100"));
	assert_true(has("ftc", "+13130000001"));
}

/* --- what it does to calls */

static void test_DNC_2_precedence_and_scope(void **state)
{
	struct campaign campaign = test_campaign();
	uint64_t florida, york, person;
	char text[640];

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	florida = test_lead(campaign.list, "+13055550123", 1, test_shanghai);
	york = test_lead(campaign.list, "+12125550100", 1, test_shanghai);
	person = test_lead(campaign.list, "+447700900123", 1, test_shanghai);
	assert_int_equal(test_ask(&campaign, florida, NULL), CLAIM_OK);
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	load_text("ftc", "3055550123\n");
	list_make("florida", SUPPRESS_STATE, SUPPRESS_US_STATE, "FL");
	load_text("florida", "3055550123\n2125550100\n"); /* a number of New York on it is none of its business */
	list_make("mine", SUPPRESS_LITIGATOR, SUPPRESS_CAMPAIGN, "x,c");
	load_text("mine", "+447700900123\n");
	list_make("other", SUPPRESS_LITIGATOR, SUPPRESS_CAMPAIGN, "cc");
	load_text("other", "+12125550100\n");
	assert_int_equal(test_ask(&campaign, york, NULL), CLAIM_OK);
	assert_int_equal(test_ask(&campaign, florida, text), CLAIM_DNC);
	assert_non_null(strstr(text, "list florida, generation 1, data of 2026-11-16 from list.txt")); /* state before national */
	assert_int_equal(test_ask(&campaign, person, text), CLAIM_DNC);
	assert_non_null(strstr(text, "mine"));
	assert_int_equal(dnc_add(test_store, "+13055550123", NULL), 0);
	assert_int_equal(test_ask(&campaign, florida, text), CLAIM_DNC);
	assert_non_null(strstr(text, "dnc remove")); /* the own list before all */
	assert_int_equal(dnc_remove(test_store, "+13055550123", NULL), 0);
	campaign.purpose = PURPOSE_COLLECTIONS; /* registries against telemarketing say nothing about a debt */
	assert_int_equal(test_ask(&campaign, florida, NULL), CLAIM_OK);
	assert_int_equal(test_ask(&campaign, person, NULL), CLAIM_DNC);
}

/* A registry is asked about the numbers of its country, a state's list about whoever may live there. */
static void test_DNC_2_places_of_numbers(void **state)
{
	static const struct {
		const char *number, *fields;
		size_t bytes;
		bool us, florida;
	} cases[] = {{"+13055550123", "name\0Li", 8, true, true}, {"+12125550100", "name\0Li", 8, true, false},
		{"+14165550100", "name\0Li", 8, false, false},                /* Toronto */
		{"+18005550100", "name\0Li", 8, true, true},                  /* nobody knows where */
		{"+12125550101", "state\0Florida", 14, true, true}, {"+12125550102", "zip\00033101", 10, true, true},
		{"+442079460000", "name\0Li", 8, false, false}};
	struct campaign campaign = test_campaign();

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t lead = test_lead_with(campaign.list, cases[i].number, 1, test_shanghai, cases[i].fields, cases[i].bytes);

		list_make("x", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US"); /* empty: stops what it covers */
		if ((test_ask(&campaign, lead, NULL) == CLAIM_DNC_STALE) != cases[i].us)
			fail_msg("%s in the US", cases[i].number);
		assert_int_equal(suppress_drop(test_store, "x", why), 0);
		list_make("x", SUPPRESS_STATE, SUPPRESS_US_STATE, "FL");
		if ((test_ask(&campaign, lead, NULL) == CLAIM_DNC_STALE) != cases[i].florida)
			fail_msg("%s in Florida", cases[i].number);
		assert_int_equal(suppress_drop(test_store, "x", why), 0);
	}
}

static void test_DNC_2_lists_of_a_seller(void **state)
{
	struct campaign campaign = test_campaign();
	struct terms terms = {.seller = "Acme Ltd"};
	uint64_t lead = test_lead(campaign.list, "+12125550100", 1, test_shanghai);

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	list_make("acme", SUPPRESS_LITIGATOR, SUPPRESS_SELLER, "Other,Acme Ltd");
	load_text("acme", "+12125550100\n");
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_OK);
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_DNC);
}

/* A download that failed, or a single number, is no registry. */
static void test_DNC_3_nothing_is_no_list(void **state)
{
	struct suppress_load options = {.list = "ftc", .as_of_us = test_now_us};
	struct campaign campaign = test_campaign();
	struct suppress_receipt receipt;
	uint64_t lead = test_lead(campaign.list, "+12125550100", 1, test_shanghai);
	bool was;

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	options.path = file_make("list.txt", "phone\n", 6);
	assert_int_equal(suppress_load(test_store, &options, &receipt, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "has no number"));
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_DNC_STALE);
	assert_int_equal(suppress_put(test_store, "ftc", "+12125559999", true, &was, why), 0);
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_DNC_STALE);
	assert_int_equal(load("ftc", file_make("c.txt", "2125550101,2026-11-01,A\n", 24), true, &receipt), ERR_WRONG_STATE);
	options.path = file_make("list.txt", "phone\n", 6);
	options.yes = true;
	assert_int_equal(suppress_load(test_store, &options, &receipt, why), 0);
	assert_int_equal(test_ask(&campaign, lead, NULL), CLAIM_OK);
}

/* As in rules about hours: a state's whole name and a postal code say where the person is. */
static void test_DNC_2_a_state_by_its_name_or_postal_code(void **state)
{
	struct campaign campaign = test_campaign();
	uint64_t name, code;

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	name = test_lead_with(campaign.list, "+12125550100", 1, test_shanghai, "State\0Florida", sizeof("State\0Florida"));
	code = test_lead_with(campaign.list, "+12125550101", 1, test_shanghai, "zip\00033101-1234", sizeof("zip\00033101-1234"));
	list_make("florida", SUPPRESS_STATE, SUPPRESS_US_STATE, "FL");
	load_text("florida", "2125550100\n2125550101\n");
	assert_int_equal(test_ask(&campaign, name, NULL), CLAIM_DNC);
	assert_int_equal(test_ask(&campaign, code, NULL), CLAIM_DNC);
}

static void test_DNC_3_too_old_stops(void **state)
{
	static const struct {
		enum suppress_kind kind;
		int days;
	} kinds[] = {{SUPPRESS_NATIONAL, 31}, {SUPPRESS_TPS, 28}, {SUPPRESS_CTPS, 28}, {SUPPRESS_WIRELESS, 15}};
	struct campaign campaign = test_campaign();
	uint64_t covered, other;
	int64_t from_us = test_now_us;
	char text[640], name[16];

	(void)state;
	campaign.state = CAMPAIGN_RUNNING;
	covered = test_lead(campaign.list, "+12125550100", 1, test_shanghai);
	other = test_lead(campaign.list, "+447700900123", 1, test_shanghai);
	for (uint32_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		test_now_us = from_us;
		snprintf(name, sizeof(name), "list%u", i);
		list_make(name, kinds[i].kind, SUPPRESS_COUNTRY, "US");
		assert_int_equal(test_ask(&campaign, covered, text), CLAIM_DNC_STALE); /* empty: nobody knows */
		assert_non_null(strstr(text, "nothing was loaded"));
		load_text(name, "2125559999\n");
		test_now_us = from_us + kinds[i].days * DAY_US - SEC_US;
		assert_int_equal(test_ask(&campaign, covered, NULL), CLAIM_OK);
		test_now_us += SEC_US;
		assert_int_equal(test_ask(&campaign, covered, text), CLAIM_DNC_STALE);
		assert_non_null(strstr(text, "data is of 2026-11-16"));
		assert_int_equal(test_ask(&campaign, other, NULL), CLAIM_OK);
		load_text(name, "2125559999\n");
		assert_int_equal(test_ask(&campaign, covered, NULL), CLAIM_OK);
		assert_int_equal(suppress_drop(test_store, name, why), 0);
	}
}

/* The lead that a list put aside is dialled after the next list is without its number, or after the list is dropped. */
static void released_when_the_number_leaves(bool drop)
{
	struct campaign campaign = test_campaign();
	struct suppress_receipt receipt;
	struct writer_event event;
	struct writer *writer;
	uint64_t recovered;

	clock_fake(NULL); /* the storage thread waits on the real clock */
	test_now_us = clock_us();
	test_lead(campaign.list, "+12125550100", 1, test_shanghai);
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	load_text("ftc", "2125550100\n");
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(writer_claim(writer, campaign.id, 1), 0);
		while (!writer_take(writer, &event))
			usleep(200);
		assert_int_equal(event.kind, round ? WRITER_CLAIMED : WRITER_EMPTY);
		if (round == 0) {
			if (drop) {
				assert_int_equal(suppress_drop(test_store, "ftc", why), 0);
				continue;
			}
			assert_int_equal(load("ftc", file_make("list.txt", "2125550199\n", 11), false, &receipt), 0);
			assert_int_equal(receipt.released, 1);
		}
	}
	assert_int_equal(event.attempt.outcome, OUTCOME_NONE);
	writer_stop(writer);
}

static void released_when_the_list_is_replaced(void **state)
{
	(void)state;
	released_when_the_number_leaves(false);
}

static void released_when_the_list_is_dropped(void **state)
{
	(void)state;
	released_when_the_number_leaves(true);
}

/* WRITER_KEPT comes after the commit: the number is on the list of the store as another process would open it, and no claim takes it. */
static void test_DNC_1_opt_out_is_durable_when_it_is_said(void **state)
{
	struct campaign campaign = test_campaign();
	struct writer_event event;
	struct writer *writer;
	uint64_t recovered;
	bool listed;

	(void)state;
	clock_fake(NULL);
	test_lead(campaign.list, "+12125550100", 1, test_shanghai);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(writer_start(&writer, test_store, &recovered, NULL), 0);
	assert_int_equal(writer_opt_out(writer, 7, "+12125550100", clock_us(), "key"), 0);
	while (!writer_take(writer, &event))
		usleep(200);
	assert_int_equal(event.kind, WRITER_KEPT);
	assert_int_equal(event.attempt.id, 7);
	assert_int_equal(dnc_check(test_store, "+12125550100", &listed), 0);
	assert_true(listed);
	assert_int_equal(writer_claim(writer, campaign.id, 1), 0);
	while (!writer_take(writer, &event))
		usleep(200);
	assert_int_equal(event.kind, WRITER_EMPTY);
	assert_int_equal(dnc_count(test_store), 1);
	writer_stop(writer);
}

#define KILLS 15

/* An engine's life in a process of its own: opts one number after the other out and says so when it is told that it is kept. */
static void opts_out_until_killed(int say, uint64_t first)
{
	struct writer_event event;
	struct writer *writer;
	uint64_t recovered;

	if (store_open(&test_store, test_dir, STORE_WRITE, NULL) != 0 || writer_start(&writer, test_store, &recovered, NULL) != 0)
		_exit(1);
	for (uint64_t number = first;; number++) {
		int64_t asked_us = clock_us();
		char e164[NUMBER_BYTES];

		snprintf(e164, sizeof(e164), "+%llu", (unsigned long long)number);
		if (writer_opt_out(writer, 1, e164, asked_us, "key") != 0)
			_exit(1);
		while (!writer_take(writer, &event))
			usleep(50);
		if (event.kind != WRITER_KEPT || write(say, &asked_us, sizeof(asked_us)) != sizeof(asked_us))
			_exit(1);
	}
}

/* kill -9 at any moment: what was said to be kept is kept, and another process has seen it within the second, unless the machine stood still. */
static void DNC_1_kill_9(void **state)
{
	uint64_t number = UINT64_C(12125550000), checked = 0, seen = 0, slow = 0;
	int64_t worst_us = 0, asked_us;
	struct prng prng;
	bool listed;

	(void)state;
	clock_fake(NULL);
	prng_seed(&prng, 3);
	for (int kill_index = 0; kill_index < KILLS; kill_index++, number += 1000) {
		int64_t lives_us = (int64_t)prng_below(&prng, 60 * MS_US), until_us = INT64_MAX; /* from its first word on */
		uint64_t first = number, said = 0;
		char e164[NUMBER_BYTES];
		int ends[2];

		store_close(test_store); /* an environment may not be open across a fork */
		assert_int_equal(pipe(ends), 0);
		pid_t child = fork();
		if (child == 0)
			opts_out_until_killed(ends[1], first);
		close(ends[1]);
		assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
		while (clock_us() < until_us && read(ends[0], &asked_us, sizeof(asked_us)) == sizeof(asked_us)) {
			until_us = said ? until_us : clock_us() + lives_us;
			snprintf(e164, sizeof(e164), "+%llu", (unsigned long long)(first + said++));
			assert_int_equal(dnc_check(test_store, e164, &listed), 0);
			assert_true(listed); /* seen from here, while the other process lives */
			int64_t took_us = clock_us() - asked_us;
			worst_us = took_us > worst_us ? took_us : worst_us;
			slow += took_us > SEC_US;
			seen++;
		}
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		while (read(ends[0], &asked_us, sizeof(asked_us)) == sizeof(asked_us))
			said++;
		close(ends[0]);
		test_reopen();
		for (uint64_t i = 0; i < said; i++, checked++) {
			snprintf(e164, sizeof(e164), "+%llu", (unsigned long long)(first + i));
			assert_int_equal(dnc_check(test_store, e164, &listed), 0);
			assert_true(listed);
		}
	}
	print_message("# %llu opt-outs over %d kills, the slowest was seen elsewhere after %lld ms\n", (unsigned long long)checked, KILLS,
		(long long)(worst_us / MS_US));
	assert_true(checked >= KILLS && 2 * slow < seen);
}

static void history_and_drop(void **state)
{
	struct suppress_load_row row = {0};
	struct suppress_list list;
	struct suppress_receipt receipt;
	bool was;

	(void)state;
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	load_text("ftc", "2125550100\n");
	assert_int_equal(load("ftc", file_make("c.txt", "2125550101,2026-11-01,A\n", 24), true, &receipt), 0);
	assert_int_equal(suppress_load_next(test_store, 1, 0, &row), 0);
	assert_false(row.changes);
	assert_string_equal(row.source, "list.txt");
	assert_int_equal(suppress_load_next(test_store, 1, row.number, &row), 0);
	assert_true(row.changes);
	assert_int_equal(row.added, 1);
	assert_int_equal(suppress_load_next(test_store, 1, row.number, &row), ERR_UNKNOWN);
	assert_int_equal(suppress_put(test_store, "ftc", "+12125550102", true, &was, why), 0);
	assert_false(was);
	assert_int_equal(suppress_get(test_store, "ftc", &list), 0);
	assert_int_equal(list.numbers, 3);
	assert_int_equal(suppress_drop(test_store, "ftc", why), 0);
	assert_int_equal(suppress_drop(test_store, "ftc", why), ERR_UNKNOWN);
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US"); /* the number of a list is never given twice */
	assert_int_equal(suppress_get(test_store, "ftc", &list), 0);
	assert_int_equal(list.id, 2);
	assert_false(has("ftc", "+12125550100"));
}

static void the_named_list_is_dropped_and_no_other(void **state)
{
	struct suppress_list list;

	(void)state;
	list_make("first", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	list_make("second", SUPPRESS_LITIGATOR, SUPPRESS_EVERYWHERE, "");
	load_text("first", "2125550100\n");
	assert_int_equal(suppress_drop(test_store, "third", why), ERR_UNKNOWN);
	assert_int_equal(suppress_drop(test_store, "internal", why), ERR_RANGE);
	assert_int_equal(suppress_set_warn(test_store, "internal", 5, why), ERR_RANGE);
	assert_int_equal(suppress_drop(test_store, "second", why), 0);
	assert_int_equal(suppress_get(test_store, "second", &list), ERR_UNKNOWN);
	assert_int_equal(suppress_get(test_store, "first", &list), 0);
	assert_true(has("first", "+12125550100"));
}

static void a_zip_that_was_cut_short(void **state)
{
	static const char start[] = "PK\3\4\24\0\0\0\10\0numbers.txt\n2125550100\n";
	struct suppress_load options = {.list = "ftc", .path = file_make("cut.zip", start, sizeof(start) - 1), .skip_bad = true, .yes = true};
	struct suppress_receipt receipt;

	(void)state;
	list_make("ftc", SUPPRESS_NATIONAL, SUPPRESS_COUNTRY, "US");
	assert_int_equal(suppress_load(test_store, &options, &receipt, why), ERR_SYNTAX);
	assert_non_null(strstr(why, "cut.zip: a zip without its end"));
	assert_false(has("ftc", "+12125550100"));
}

static void bad_lists_are_refused(void **state)
{
	static const struct suppress_list bad[] = {
		{.name = "internal", .kind = SUPPRESS_NATIONAL},
		{.name = "a b", .kind = SUPPRESS_NATIONAL},
		{.name = "a", .kind = SUPPRESS_INTERNAL},
		{.name = "a", .kind = SUPPRESS_STATE, .scope = SUPPRESS_US_STATE, .where = "XX"},
		{.name = "a", .kind = SUPPRESS_NATIONAL, .scope = SUPPRESS_COUNTRY, .where = "us"},
		{.name = "a", .kind = SUPPRESS_NATIONAL, .scope = SUPPRESS_CAMPAIGN},
		{.name = "a", .kind = SUPPRESS_NATIONAL, .where = "US"},
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct suppress_list list = bad[i];

		assert_int_equal(suppress_create(test_store, &list, why), ERR_RANGE);
		assert_true(strlen(why) > 20);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(test_DNC_5_all_whole_forms_are_the_same), T(test_DNC_5_packed_forms_are_the_same),
		T(test_DNC_5_changes_twice_are_as_once), T(test_DNC_5_british_numbers), T(bad_files_change_nothing), T(bad_lines_may_be_skipped),
		T(test_DNC_4_exact_over_generations), T(test_DNC_4_switched_in_one_step), T(test_DNC_2_precedence_and_scope), T(test_DNC_2_lists_of_a_seller), T(test_DNC_3_too_old_stops),
		T(test_DNC_2_places_of_numbers), T(released_when_the_list_is_replaced),
		T(released_when_the_list_is_dropped), T(test_DNC_1_opt_out_is_durable_when_it_is_said), T(DNC_1_kill_9), T(history_and_drop), T(the_named_list_is_dropped_and_no_other), T(a_zip_that_was_cut_short),
		T(bad_lists_are_refused),
		T(test_DNC_3_nothing_is_no_list), T(test_DNC_2_a_state_by_its_name_or_postal_code)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
