/* test_import_random.c - random files: read = accepted + rejected + duplicate, every row is somewhere, dry runs say the same */
#include "test_import_util.h"

#include "base/prng.h"
#include "campaigns/csv.h"

#define FILES 60
#define ROWS 120

static const char *const numbers[] = {"13800138000", "+8613900139000", "'13700137000", "1.38E+10", "", "12", "010-62345678",
	"+12125551234", "n/a", "13800138000.0", "008613600136000", "\"13500135000\"", "138 0013 8001", "+",
	"99999999999999999999"};
static const char *const others[] = {"Joe", "", "\"a,b\"", "\"two\nlines\"", "\"say \"\"hi\"\"\"", "\xE5\xBC\xA0", " x ",
	"\"open", "5\" pipe", "a;b", "x,y", "Asia/Tokyo", "\t"};

/* Writes a file of up to ROWS lines; most are rows, some are damaged. */
static void file_random(struct prng *prng, const char *path)
{
	FILE *file = fopen(path, "wb");
	static const char *const ends[] = {"\n", "\r\n", "\r"};
	const char *end = ends[prng_below(prng, 3)];
	unsigned rows = (unsigned)prng_below(prng, ROWS);

	assert_non_null(file);
	fprintf(file, "phone,name,phone2%s", end);
	for (unsigned i = 0; i < rows; i++) {
		if (prng_below(prng, 3))
			fprintf(file, "138%08u", (unsigned)prng_below(prng, 200) * 500000);
		else
			fputs(numbers[prng_below(prng, sizeof(numbers) / sizeof(numbers[0]))], file);
		for (unsigned k = (unsigned)prng_below(prng, 4); k > 0; k--)
			fprintf(file, ",%s", others[prng_below(prng, sizeof(others) / sizeof(others[0]))]);
		if (prng_below(prng, 40) == 0)
			fputc(0, file);
		fputs(i + 1 == rows && prng_below(prng, 2) ? "" : end, file);
	}
	fclose(file);
}

static int from_file(void *arg, char *out, size_t size, size_t *got)
{
	*got = fread(out, 1, size, arg);
	return 0;
}

static uint64_t totals[4];

/* Rows without the header, as the reader of rows sees them. */
static uint64_t rows_in(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct rows *rows;
	struct row row;
	uint64_t count = 0;

	if (!file)
		return 0;
	assert_int_equal(rows_open(&rows, from_file, file), 0);
	while (rows_next(rows, &row) > 0)
		count++;
	rows_close(rows);
	fclose(file);
	return count - 1;
}

/* UPL-2: as it is, a reject file has as many rows as were rejected, and none of them is of the upload's accepted ones. */
static void check_rejects(struct place *place, const char *path, const char *list, uint64_t rejected)
{
	struct import_options options = {.path = path, .list = list, .region = "CN"};
	struct import_receipt receipt;
	char why[400];

	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_int_equal(receipt.read, rejected);
	assert_int_equal(receipt.read, receipt.accepted + receipt.rejected + receipt.duplicate);
	totals[3] += receipt.rejected;
}

static void check_file(struct place *place, const char *path, const char *list)
{
	struct import_receipt dry, receipt;
	struct import_options options = {.path = path, .list = list, .region = "CN", .dry_run = true};
	char why[400];
	struct list stored;
	uint64_t reasons = 0;

	assert_int_equal(import_list(place->store, &options, &dry, why), 0);
	options.dry_run = false;
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_int_equal(receipt.read, receipt.accepted + receipt.rejected + receipt.duplicate);
	assert_int_equal(receipt.read, rows_in(path));
	totals[0] += receipt.accepted;
	totals[1] += receipt.rejected;
	totals[2] += receipt.duplicate;
	assert_int_equal(dry.accepted, receipt.accepted);
	assert_int_equal(dry.rejected, receipt.rejected);
	assert_int_equal(dry.duplicate, receipt.duplicate);
	for (uint32_t i = 0; i < receipt.reason_count; i++)
		reasons += receipt.reasons[i].count;
	assert_int_equal(reasons, receipt.rejected);
	if (receipt.rejected)
		assert_int_equal(rows_in(receipt.reject_path), receipt.rejected);
	else
		assert_string_equal(receipt.reject_path, "");
	assert_int_equal(list_get(place->store, list, &stored), 0);
	assert_int_equal(stored.leads, receipt.accepted);
	assert_int_equal(stored.read, receipt.read);
	if (receipt.rejected)
		check_rejects(place, receipt.reject_path, list, receipt.rejected);
}

static void UPL_1_UPL_2_random_files(void **state)
{
	struct place *place = *state;
	struct prng prng;
	char path[200], list[32];

	for (unsigned seed = 1; seed <= FILES; seed++) {
		prng_seed(&prng, seed);
		snprintf(path, sizeof(path), "%s/f%u.csv", place->dir, seed);
		snprintf(list, sizeof(list), "l%u", seed);
		file_random(&prng, path);
		print_message("seed %u\n", seed);
		check_file(place, path, list);
	}
	/* the files must have had enough of each for the equations to mean anything */
	assert_true(totals[0] > 500 && totals[1] > 500 && totals[2] > 300 && totals[3] > 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(UPL_1_UPL_2_random_files, place_open, place_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
