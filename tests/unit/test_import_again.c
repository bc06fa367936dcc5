/* test_import_again.c - the same file again, after an interruption, or to two lists at once */
#include "test_import_run.h"

#include "base/err.h"

/* The receipt tells a second upload of the same bytes to the same list, whatever the file is called now, and nothing changes. */
static void UPL_6_same_file_twice_changes_nothing(void **state)
{
	static const char text[] = "phone\n13800138000\n12\n";
	struct place *place = *state;
	struct import_options options = {.list = "other", .region = "CN"};
	struct list before, after;
	char path[200];
	uint64_t version;
	uint32_t id;

	assert_int_equal(upload(place, "s.csv", BYTES(text), "CN", NULL, true), 0);
	assert_int_equal(receipt.uploaded_us, 0);
	assert_int_equal(receipt.id, 0);
	assert_int_equal(upload(place, "s.csv", BYTES(text), "CN", NULL, false), 0);
	assert_int_equal(receipt.uploaded_us, 0); /* a dry run is no upload */
	assert_false(receipt.already);
	id = receipt.id;
	assert_true(id > 0);
	assert_int_equal(list_get(place->store, "l", &before), 0);
	version = store_version(place->store);
	assert_int_equal(upload(place, "renamed.csv", BYTES(text), "CN", NULL, false), 0);
	assert_true(receipt.already);
	assert_int_equal(receipt.id, id);
	assert_true(receipt.uploaded_us > 0);
	counts(0, 0, 0);
	assert_string_equal(receipt.reject_path, "");
	assert_int_equal(list_get(place->store, "l", &after), 0);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(store_version(place->store), version);
	assert_int_equal(upload(place, "renamed.csv", BYTES(text), "CN", NULL, true), 0);
	counts(0, 1, 1); /* a dry run says what a reading would find */
	again = true;
	assert_int_equal(upload(place, "renamed.csv", BYTES(text), "CN", NULL, false), 0);
	again = false;
	assert_false(receipt.already);
	counts(0, 1, 1);
	assert_int_equal(upload(place, "s.csv", BYTES("phone\n13800138000\n13\n"), "CN", NULL, false), 0);
	assert_int_equal(receipt.uploaded_us, 0);
	snprintf(path, sizeof(path), "%s/renamed.csv", place->dir);
	options.path = path;
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_int_equal(receipt.uploaded_us, 0); /* another list */
	assert_false(receipt.already);
}

/* Read in another way it is another upload. */
static void UPL_6_same_file_read_otherwise(void **state)
{
	static const char text[] = "a,b\n13800138000,13900139000\n";
	struct place *place = *state;

	assert_int_equal(upload(place, "s.csv", BYTES(text), "CN", "phone=a", false), 0);
	counts(1, 0, 0);
	assert_int_equal(upload(place, "s.csv", BYTES(text), "CN", "phone=b", false), 0);
	assert_false(receipt.already);
	counts(1, 0, 0);
}

/* Which country was meant when the digits are numbers of two in which there are lists: only the user knows. */
static void UPL_6_region_ambiguity_needs_a_yes(void **state)
{
	static const char text[] = "phone\n13802223333\n13012223333\n13812223333\n+8613800138000\n";
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN"};
	struct list list;
	uint32_t id;

	assert_int_equal(upload(place, "c.csv", BYTES(text), "CN", NULL, false), 0); /* no other region is known: no question */
	assert_int_equal(receipt.ambiguous.looked, 0);
	assert_int_equal(receipt.region_count, 1);
	assert_int_equal(receipt.regions[0].code, 86);
	assert_int_equal(receipt.regions[0].count, 4);
	assert_int_equal(list_create(place->store, "ohio", "US", &id, why), 0);
	options.path = place_path(place, "c2.csv");
	file_put(options.path, BYTES("phone\n13802223334\n13012223334\n+8613800138001\n"));
	options.list = "new";
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_WRONG_STATE);
	says("2 of 3 rows");
	says("US");
	says("--yes");
	assert_int_equal(list_get(place->store, "new", &list), ERR_UNKNOWN);
	options.dry_run = true;
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_int_equal(receipt.ambiguous.rows, 2);
	options.dry_run = false;
	options.yes = true;
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(3, 0, 0);
	assert_int_equal(receipt.ambiguous.rows, 2);
	assert_string_equal(receipt.ambiguous.region, "US");
}

/* 1,000 rows, the tenth has a bad number. */
static void thousand_put(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "phone\n");
	for (int i = 1; i <= 1000; i++)
		fprintf(file, i == 10 ? "bad\n" : "+86138001%05d\n", i);
	assert_int_equal(fclose(file), 0);
}

static void stop_h(void *arg, uint64_t done, uint64_t total, const struct import_receipt *so_far)
{
	(void)done;
	(void)total;
	(void)so_far;
	*(volatile int *)arg = 1;
}

/* The first report comes after 256 rows. What was read until then is in the list, in the receipt and in the reject file. */
static void test_stop_between_rows(void **state)
{
	struct place *place = *state;
	volatile int stop = 0;
	struct import_options options = {.list = "l", .progress = stop_h, .arg = (void *)(uintptr_t)&stop, .stop = &stop};
	struct list list;

	options.path = place_path(place, "t.csv");
	thousand_put(options.path);
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_true(receipt.stopped);
	assert_int_equal(receipt.read, 256);
	counts(255, 1, 0);
	assert_int_equal(access(receipt.reject_path, R_OK), 0);
	assert_int_equal(list_get(place->store, "l", &list), 0);
	assert_int_equal(list.leads, 255);
	assert_int_equal(list.read, 256);
	options.progress = NULL;
	stop = 0;
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_false(receipt.stopped);
	assert_int_equal(receipt.uploaded_us, 0); /* a part of it is not the file */
	counts(744, 1, 255);
}

/* The rest of an upload that was stopped in order: counts are of the whole, rows that were rejected before stay in their file. */
static void UPL_4_resume_after_a_stop(void **state)
{
	struct place *place = *state;
	volatile int stop = 0;
	struct import_options options = {.list = "l", .progress = stop_h, .arg = (void *)(uintptr_t)&stop, .stop = &stop};
	struct list list;
	char first[512];

	options.path = place_path(place, "t.csv");
	thousand_put(options.path);
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_true(receipt.stopped);
	strcpy(first, receipt.reject_path);
	options.progress = NULL;
	options.resume = true;
	stop = 0;
	options.reject_path = first;
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_WRONG_STATE);
	says("rejected before");
	options.reject_path = NULL;
	options.region = "CN";
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_WRONG_STATE);
	says("another --region");
	options.region = NULL;
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_int_equal(receipt.resumed_at, 256);
	assert_string_equal(receipt.samples[1], "+8613800100002");
	counts(999, 1, 0);
	assert_int_equal(reason("E_PHONE_REGION") + reason("E_PHONE_SYNTAX"), 1);
	assert_int_equal(access(first, R_OK), 0);
	assert_int_equal(list_get(place->store, "l", &list), 0);
	assert_int_equal(list.leads, 999);
	assert_int_equal(list.read, 1000);
	assert_int_equal(list.rejected, 1);
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_true(receipt.already);
}

/* --resume of a file of which nothing is stored begins; of another file than the interrupted one it is refused. */
static void UPL_4_resume_of_what(void **state)
{
	struct place *place = *state;
	volatile int stop = 1;
	struct import_options options = {.list = "l", .resume = true, .stop = &stop};
	char path[200];

	snprintf(path, sizeof(path), "%s/t.csv", place->dir);
	options.path = path;
	thousand_put(path);
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_true(receipt.stopped);
	assert_int_equal(receipt.read, 0);
	options.path = place_path(place, "other.csv");
	file_put(options.path, BYTES("phone\n+8613800138000\n"));
	stop = 0;
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_WRONG_STATE);
	says("t.csv");
	options.path = path;
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(999, 1, 0);
}

static void second_h(void *arg, uint64_t done, uint64_t total, const struct import_receipt *so_far)
{
	static struct import_receipt second;
	struct place *place = arg;
	struct import_options options = {.list = "second", .path = place_path(place, "t.csv")};
	char second_why[400];

	(void)done;
	(void)total;
	if (so_far->read != 256)
		return;
	assert_int_equal(import_list(place->store, &options, &second, second_why), 0);
	assert_int_equal(second.rejected, 1);
	assert_int_equal(access(second.reject_path, R_OK), 0);
}

/* While one upload runs another one of the same file to another list begins and ends: each has its own reject file. */
static void test_one_file_two_lists_at_once(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "first", .progress = second_h, .arg = place};
	char path[200], name[240];

	snprintf(path, sizeof(path), "%s/t.csv", place->dir);
	options.path = path;
	thousand_put(path);
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(999, 1, 0);
	assert_int_equal(access(receipt.reject_path, R_OK), 0);
	snprintf(name, sizeof(name), "%s.rejects-2.csv", path);
	assert_int_equal(access(name, R_OK), 0);
	snprintf(name, sizeof(name), "%s.rejects-3.csv", path);
	assert_int_equal(access(name, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(UPL_6_same_file_twice_changes_nothing),
		T(UPL_6_same_file_read_otherwise),
		T(UPL_6_region_ambiguity_needs_a_yes),
		T(test_stop_between_rows),
		T(UPL_4_resume_after_a_stop),
		T(UPL_4_resume_of_what),
		T(test_one_file_two_lists_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
