/* test_suppress.c - suppression lists: formats, bad files, generations, history (DNC-4, DNC-5) */
#include "tests/unit/test_suppress.h"

#include "campaigns/sha256.h"

#include "base/prng.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

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
		"<?xml version=\"1.0\"?><list type=\"full\" val=\"1234567\"><ac val=\"212\"><ph val=\"5550100\"/><ph "
		"val=\"5550199\"/></ac>"
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
	static const char xml[] =
		"<list type='change'><ac val='212'><ph val='5550100' act='D'/><ph act='A' val='5550177'/></ac></list>";
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

/*
 * 100,000 numbers in any order, dense and sparse blocks; then every second of them replaces the list. Each look-up is compared.
 */
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

/* --- lists */

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
	struct suppress_load options = {
		.list = "ftc", .path = file_make("cut.zip", start, sizeof(start) - 1), .skip_bad = true, .yes = true};
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_DNC_5_all_whole_forms_are_the_same),
		T(test_DNC_5_packed_forms_are_the_same),
		T(test_DNC_5_changes_twice_are_as_once),
		T(test_DNC_5_british_numbers),
		T(bad_files_change_nothing),
		T(bad_lines_may_be_skipped),
		T(test_DNC_4_exact_over_generations),
		T(test_DNC_4_switched_in_one_step),
		T(history_and_drop),
		T(the_named_list_is_dropped_and_no_other),
		T(a_zip_that_was_cut_short),
		T(bad_lists_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
