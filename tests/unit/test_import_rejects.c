/* test_import_rejects.c - rows that are refused, and the file that they go to */
#include "test_import_run.h"

#include "base/err.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

static void test_rejections(void **state)
{
	struct place *place = *state;
	struct lead lead;
	char *text;

	assert_int_equal(UP("r.csv",
				 "phone,phone2,name,zone,priority\n"
				 "1.38E+10,,sci,,\n"
				 "12,13900139001,second is good,,\n"
				 "12,,short,,\n"
				 ",,empty,,\n"
				 "13800138001,,zone,Mars/Base,\n"
				 "13800138002,,prio,,high\n"
				 "13800138003,,a,,,surplus\n"
				 "13800138004,,\"two\nlines\",America/New_York,1,,,\n"
				 "13800138005,,\"open,,\n"
				 "13800138006,,last,,\n",
				 "CN"),
		0);
	counts(3, 7, 0);
	assert_int_equal(reason("E_SCI_NOTATION"), 1);
	assert_int_equal(reason("E_PHONE_SHORT") + reason("E_PHONE_INVALID"), 1);
	assert_int_equal(reason("E_PHONE_EMPTY"), 1);
	assert_int_equal(reason("E_ZONE"), 1);
	assert_int_equal(reason("E_PRIORITY"), 1);
	assert_int_equal(reason("E_COLUMNS"), 1);
	assert_int_equal(reason("E_QUOTE"), 1);
	lead_of(place, "+8613900139001", &lead);
	assert_int_equal(lead.phone_count, 1);
	lead_of(place, "+8613800138004", &lead);
	assert_string_equal(lead_field(&lead, "name"), "two\nlines");
	lead_of(place, "+8613800138006", &lead);
	text = file_get(receipt.reject_path, NULL);
	assert_non_null(text);
	assert_true(strncmp(text, "phone,phone2,name,zone,priority,_record,_line,_code,_field,_message\r\n", 69) == 0);
	assert_non_null(strstr(text, "\r\n1.38E+10,,sci,,,2,2,E_SCI_NOTATION,phone,"));
	assert_non_null(strstr(text, "\r\n13800138001,,zone,Mars/Base,,6,6,E_ZONE,zone,"));
	assert_non_null(strstr(text, ",10,11,E_QUOTE,,")); /* record 10 stands on line 11: the ninth has two lines */
	assert_null(strstr(text, "last"));
	free(text);
}

/* The reject file, mended with an editor, goes in as it is; what is still bad comes out again with one set of extra columns. */
static void test_reject_file_is_uploaded_again(void **state)
{
	struct place *place = *state;
	char *text, *at, path[512];

	assert_int_equal(
		UP("gb.csv", "\xCA\xD6\xBB\xFA\xBA\xC5;\xD0\xD5\xC3\xFB\r\n138;\xD5\xC5\xC8\xFD\r\n139;\xC0\xEE\r\n", "CN"), 0);
	counts(0, 2, 0);
	strcpy(path, receipt.reject_path);
	assert_non_null(strstr(path, "gb.csv.rejects.csv"));
	text = file_get(path, NULL);
	assert_non_null(strstr(text, "138;\xD5\xC5\xC8\xFD;2;2;E_PHONE_"));
	at = strstr(text, "138;");
	at = strcpy(malloc(strlen(text) + 64), text);
	sprintf(strstr(at, "138;"), "13800138000;%s", strstr(text, "138;") + 4);
	file_put(path, at, strlen(at));
	free(at);
	free(text);
	assert_int_equal(import_again(place, path, "CN", NULL, false), 0);
	counts(1, 1, 0);
	assert_string_equal(receipt.encoding, "GB18030");
	text = file_get(receipt.reject_path, NULL);
	assert_non_null(text);
	at = strstr(text, "_record");
	assert_non_null(at);
	assert_null(strstr(at + 1, "_record"));
	free(text);
}

static void test_a_reject_file_is_not_overwritten(void **state)
{
	struct place *place = *state;
	char first[512];

	assert_int_equal(UP("x.csv", "phone\n1\n", "CN"), 0);
	strcpy(first, receipt.reject_path);
	again = true;
	assert_int_equal(UP("x.csv", "phone\n1\n", "CN"), 0);
	again = false;
	assert_string_not_equal(first, receipt.reject_path);
	assert_int_equal(access(first, F_OK), 0);
	assert_int_equal(access(receipt.reject_path, F_OK), 0);
}

/*
 * A full disk under the reject file is said; nothing of the rows is stored that the file does not have, and the upload can go on.
 */
static void test_reject_file_on_a_full_disk(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN", .reject_path = "/dev/full"};
	struct stat st;

	options.path = place_path(place, "full.csv");
	file_put(options.path, BYTES("phone\n13800138000\n1\n"));
	assert_int_equal(import_list(place->store, &options, &receipt, why), -ENOSPC);
	says("reject file /dev/full");
	says("--rejects");
	says(" 0 leads of it are in the list");
	says("--resume");
	assert_string_equal(receipt.reject_path, "");
	assert_int_equal(stat("/dev/full", &st), 0);
	assert_true(S_ISCHR(st.st_mode)); /* written to, not replaced */
	options.reject_path = NULL;
	options.resume = true;
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(1, 1, 0);
	assert_int_equal(access(receipt.reject_path, R_OK), 0);
}

/* A file size limit stands for a full disk: the sentence counts what the list has, not what waited in memory. */
static void test_store_on_a_full_disk(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l"};
	struct rlimit before, full;
	char text[64];
	struct stat st;
	struct list list;
	FILE *file;
	int err;

	options.path = place_path(place, "big.csv");
	file = fopen(options.path, "w");
	assert_non_null(file);
	fprintf(file, "phone\n");
	for (int i = 0; i < 20000; i++)
		fprintf(file, "+86138%08d\n", i * 4999 % 100000000);
	assert_int_equal(fclose(file), 0);
	snprintf(text, sizeof(text), "%.40s/store/data.mdb", place->dir);
	assert_int_equal(stat(text, &st), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	full = before;
	full.rlim_cur = (rlim_t)st.st_size + 2 * 1024 * 1024;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	err = import_list(place->store, &options, &receipt, why);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(list_get(place->store, "l", &list), 0);
	assert_true(list.leads > 0 && list.leads < 20000);
	snprintf(text, sizeof(text), " %llu leads of it are in the list", (unsigned long long)list.leads);
	says(text);
	options.resume = true;
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(20000, 0, 0);
	assert_int_equal(list_get(place->store, "l", &list), 0);
	assert_int_equal(list.leads, 20000);
	assert_int_equal(list.read, 20000);
}

/* The reject file must not take the place of what it was made from. */
static void test_rejects_beside_the_upload(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN"};
	char path[200], link[200], *text;

	snprintf(path, sizeof(path), "%s/same.csv", place->dir);
	snprintf(link, sizeof(link), "%s/link.csv", place->dir);
	file_put(path, BYTES("phone\n13800138000\n1\n"));
	assert_int_equal(symlink(path, link), 0);
	options.path = path;
	options.reject_path = link;
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_RANGE);
	says("--rejects");
	text = file_get(path, NULL);
	assert_string_equal(text, "phone\n13800138000\n1\n");
	free(text);
}

/* All names taken: nothing that was made before is overwritten. */
static void test_no_name_for_rejects(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN"};
	char path[200], name[240], *text;

	snprintf(path, sizeof(path), "%s/n.csv", place->dir);
	file_put(path, BYTES("phone\n13800138000\n1\n"));
	for (int i = 1; i < 100; i++) {
		snprintf(name, sizeof(name), i > 1 ? "%s.rejects-%d.csv" : "%s.rejects.csv", path, i);
		file_put(name, "mine", 4);
	}
	options.path = path;
	assert_int_equal(import_list(place->store, &options, &receipt, why), -EEXIST);
	says("--rejects");
	text = file_get(name, NULL);
	assert_string_equal(text, "mine");
	free(text);
}

/* Whoever calls one pays: not taken, as long as the row has no other number. */
static void premium_rate_is_refused(void **state)
{
	struct place *place = *state;
	struct lead lead;
	char *rejects;

	assert_int_equal(UP("p.csv", "phone,phone2\n0909 879 0000,\n+19005551234,07911 123456\n020 7946 0000,\n", "GB"), 0);
	counts(2, 1, 0);
	assert_int_equal(reason("E_PHONE_PREMIUM"), 1);
	rejects = file_get(receipt.reject_path, NULL);
	assert_non_null(strstr(rejects, "premium-rate"));
	free(rejects);
	lead_of(place, "+447911123456", &lead);
	assert_int_equal(lead.phone_count, 1);
	assert_int_equal(lead.phones[0].type, PHONE_MOBILE);
	lead_of(place, "+442079460000", &lead);
	assert_int_equal(lead.phones[0].type, PHONE_FIXED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_rejections),
		T(test_reject_file_is_uploaded_again),
		T(test_a_reject_file_is_not_overwritten),
		T(test_reject_file_on_a_full_disk),
		T(test_store_on_a_full_disk),
		T(test_rejects_beside_the_upload),
		T(test_no_name_for_rejects),
		T(premium_rate_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
