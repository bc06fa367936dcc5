/* test_import.c - lists: how files are read, and do-not-call files */
#include "test_import_run.h"

#include "base/err.h"

#include <errno.h>

static void test_clean_list(void **state)
{
	struct place *place = *state;
	struct lead lead;
	struct list list;

	assert_int_equal(UP("a.csv",
				 "phone,name,balance,phone2,priority\n13800138000," ZHANG
				 ",\"1,200\",13900139000,7\n+12125551234,Joe,,,\n",
				 "CN"),
		0);
	counts(2, 0, 0);
	assert_true(receipt.header);
	assert_int_equal(receipt.delimiter, ',');
	assert_string_equal(receipt.encoding, "UTF-8");
	assert_string_equal(receipt.columns, "phone=phone phone2=phone2 priority=priority name=name balance=balance");
	assert_string_equal(receipt.samples[0], "13800138000 | " ZHANG " | 1,200 | 13900139000 | 7");
	assert_string_equal(receipt.reject_path, "");
	lead_of(place, "+8613900139000", &lead);
	assert_int_equal(lead.phone_count, 2);
	assert_string_equal(lead.phones[0].e164, "+8613800138000");
	assert_int_equal(lead.priority, 7);
	assert_string_equal(lead_field(&lead, "name"), ZHANG);
	assert_string_equal(lead_field(&lead, "balance"), "1,200");
	assert_true(lead.zones != 0);
	assert_int_equal(list_get(place->store, "l", &list), 0);
	assert_int_equal(list.leads, 2);
	assert_int_equal(list.read, 2);
	assert_string_equal(list.region, "CN");
}

/* Exports have titles twice, and several columns that are names or ids: the first is the one, none hides another. */
static void test_titles_that_come_twice(void **state)
{
	struct place *place = *state;
	struct lead lead;

	assert_int_equal(UP("twice.csv", "phone,full name,note,name,note,customer id,account id,note 2,note\n"
				       "13800138000,Zhang San,a,Zhang,b,K1,K2,c,d\n", "CN"), 0);
	counts(1, 0, 0);
	lead_of(place, "+8613800138000", &lead);
	assert_string_equal(lead_field(&lead, "name"), "Zhang San");
	assert_string_equal(lead_field(&lead, "external_id"), "K1");
	assert_string_equal(lead_field(&lead, "account id"), "K2");
	assert_string_equal(lead_field(&lead, "note"), "a");
	assert_string_equal(lead_field(&lead, "note 2"), "b");
	assert_string_equal(lead_field(&lead, "note 3"), "d");
	assert_non_null(strstr(receipt.columns, "name 2=name"));
	assert_non_null(strstr(receipt.columns, "note 2 2=note 2"));
}

static void test_chinese_header_and_gb18030(void **state)
{
	struct place *place = *state;
	struct lead lead;

	assert_int_equal(UP("gb.csv", "\xCA\xD6\xBB\xFA\xBA\xC5;\xD0\xD5\xC3\xFB\r\n13800138000;\xD5\xC5\xC8\xFD\r\n", "CN"), 0);
	counts(1, 0, 0);
	assert_string_equal(receipt.encoding, "GB18030");
	assert_int_equal(receipt.delimiter, ';');
	assert_string_equal(receipt.columns, "phone=" MOBILE_CN " name=" NAME_CN);
	lead_of(place, "+8613800138000", &lead);
	assert_string_equal(lead_field(&lead, "name"), ZHANG);
}

static void test_utf16_tabs(void **state)
{
	static const char text[] = "phone\tname\r\n13800138000\tLi\r\n";
	struct place *place = *state;
	char wide[2 * sizeof(text)] = "\xFF\xFE";

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		wide[2 + 2 * i] = text[i];
	assert_int_equal(upload(place, "w.txt", wide, 2 * sizeof(text), "CN", NULL, false), 0);
	counts(1, 0, 0);
	assert_string_equal(receipt.encoding, "UTF-16LE");
	assert_int_equal(receipt.delimiter, '\t');
}

static void test_no_header(void **state)
{
	struct place *place = *state;
	struct lead lead;

	assert_int_equal(UP("n.csv", "Joe,2125551234\nJim,2125551235\nbad,12\n", "US"), 0);
	counts(2, 1, 0);
	assert_false(receipt.header);
	assert_string_equal(receipt.columns, "phone=phone column1=column1");
	lead_of(place, "+12125551234", &lead);
	assert_string_equal(lead_field(&lead, "column1"), "Joe");
}

static void test_map(void **state)
{
	struct place *place = *state;
	struct lead lead;

	assert_int_equal(upload(place, "m.csv", BYTES("Kunde,Nummer,Notiz,Saldo\nJoe,13800138000,x,5\n"), "CN",
				 "phone=Nummer, name=1,ignore=notiz,balance=Saldo", 0),
		0);
	counts(1, 0, 0);
	lead_of(place, "+8613800138000", &lead);
	assert_string_equal(lead_field(&lead, "name"), "Joe");
	assert_string_equal(lead_field(&lead, "balance"), "5");
	assert_null(lead_field(&lead, "Notiz"));
	assert_int_equal(upload(place, "m.csv", BYTES("a,b\n1,2\n"), "CN", "phone=c", 0), ERR_SYNTAX);
	says("\"c\"");
	says("a, b");
	assert_int_equal(upload(place, "m.csv", BYTES("a,b\n1,2\n"), "CN", "phone", 0), ERR_SYNTAX);
	says("NAME=COLUMN");
	assert_int_equal(upload(place, "m.csv", BYTES("Joe,13800138001\n"), "CN", "phone=2,name=1", 0), 0);
	counts(1, 0, 0);
}

/* A word that is no role takes the telephone column away: it is the word that is wrong, not the file. */
static void test_map_with_a_wrong_word(void **state)
{
	struct place *place = *state;

	assert_int_equal(upload(place, "m.csv", BYTES("phone,name\n13800138000,Joe\n"), "CN", "nope=1", 0), ERR_SYNTAX);
	says("nope=1");
	says("phone=1");
	assert_int_equal(upload(place, "m.csv", BYTES("13800138000,Joe\n"), "CN", "name=2,phnoe=1", 0), ERR_SYNTAX);
	says("phnoe=1");
	assert_int_equal(upload(place, "m.csv", BYTES("phone,name\n13800138000,Joe\n"), "CN", "ignore=1", 0), ERR_SYNTAX);
	says("ignore=1");
	assert_int_equal(upload(place, "m.csv", BYTES("who,name\nx,Joe\n"), "CN", "nope=1", 0), ERR_SYNTAX);
	says("no column is known");
}

static void test_zone_column_wins(void **state)
{
	struct place *place = *state;
	struct lead lead, other;

	assert_int_equal(UP("z.csv", "phone,zone\n+18005551234,Asia/Tokyo\n+18005551235,\n", NULL), 0);
	counts(2, 0, 0);
	lead_of(place, "+18005551234", &lead);
	lead_of(place, "+18005551235", &other);
	assert_true(lead.zones != 0);
	assert_int_equal(other.zones, 0); /* toll-free: unknown, never dialled */
}

static void test_large_further_columns_are_refused(void **state)
{
	struct place *place = *state;
	char text[3000] = "phone,note\n13800138000,";
	size_t n = strlen(text);

	memset(text + n, 'x', 1100);
	strcpy(text + n + 1100, "\n13800138001,short\n");
	assert_int_equal(upload(place, "f.csv", text, strlen(text), "CN", NULL, false), 0);
	counts(1, 1, 0);
	assert_int_equal(reason("E_FIELDS_SIZE"), 1);
}

static void test_a_listed_number_is_accepted(void **state)
{
	struct place *place = *state;
	bool was_there;

	assert_int_equal(dnc_add(place->store, "+8613800138000", &was_there), 0);
	assert_int_equal(UP("l.csv", "phone\n13800138000\n", "CN"), 0);
	counts(1, 0, 0);
}

static void test_clear_sentences(void **state)
{
	struct place *place = *state;
	struct list list;

	assert_int_equal(import_again(place, "/nonexistent/file.csv", "CN", NULL, false), -ENOENT);
	says("/nonexistent/file.csv");
	assert_int_equal(import_again(place, place->dir, "CN", NULL, false), -EISDIR);
	says("folder");
	assert_int_equal(import_again(place, "/dev/null", "CN", NULL, false), -EINVAL);
	assert_int_equal(UP("e.csv", "", "CN"), ERR_SYNTAX);
	says("empty");
	assert_int_equal(UP("e.csv", "\n \n", "CN"), ERR_SYNTAX);
	says("blank");
	assert_int_equal(UP("e.csv", "name,city\nJoe,Rome\n", "CN"), ERR_SYNTAX);
	says("--map phone=");
	assert_int_equal(UP("e.xlsx", "PK\x03\x04 and so on", "CN"), ERR_ENCODING);
	says("CSV");
	assert_int_equal(UP("e.csv", "phone,name\n1,Andr\xE9 \n", "CN"), ERR_ENCODING);
	says("--encoding");
	assert_int_equal(UP("e.csv", "phone\n1\n", "China"), ERR_RANGE);
	says("China");
	assert_int_equal(list_get(place->store, "l", &list), ERR_UNKNOWN); /* nothing was made */
}

static void test_region_of_the_list(void **state)
{
	struct place *place = *state;
	uint32_t id;

	assert_int_equal(list_create(place->store, "l", "CN", &id, why), 0);
	assert_int_equal(UP("g.csv", "phone\n13800138000\n", NULL), 0);
	counts(1, 0, 0);
}

static void test_without_region(void **state)
{
	struct place *place = *state;

	assert_int_equal(UP("g.csv", "phone\n13800138000\n+8613900139000\n", NULL), 0);
	counts(1, 1, 0);
	assert_int_equal(reason("E_PHONE_REGION"), 1);
}

static void progress_h(void *arg, uint64_t done, uint64_t total, const struct import_receipt *so_far)
{
	uint64_t *seen = arg;

	assert_true(done <= total);
	assert_int_equal(so_far->read, so_far->accepted + so_far->rejected + so_far->duplicate);
	seen[0]++;
	seen[1] = done;
	seen[2] = total;
}

static void test_progress_ends_at_the_end(void **state)
{
	struct place *place = *state;
	uint64_t seen[3] = {0};
	struct import_options options = {.list = "l", .region = "CN", .progress = progress_h, .arg = seen};

	options.path = place_path(place, "p.csv");
	file_put(options.path, BYTES("phone\n13800138000\n"));
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_true(seen[0] >= 1);
	assert_int_equal(seen[1], seen[2]);
}

static void test_dnc_file(void **state)
{
	struct place *place = *state;
	struct dnc_receipt dnc;
	bool listed;

	file_put(place_path(place, "dnc.txt"), BYTES("number\n13800138000\n+12125551234\n13800138000\n\nnonsense 1\n"));
	assert_int_equal(import_dnc(place->store, place->path, "CN", &dnc, why), 0);
	assert_int_equal(dnc.read, 4);
	assert_int_equal(dnc.added, 2);
	assert_int_equal(dnc.present, 1);
	assert_int_equal(dnc.bad, 1);
	assert_int_equal(dnc.first_bad_line, 6);
	assert_int_equal(dnc_check(place->store, "+8613800138000", &listed), 0);
	assert_true(listed);
	assert_int_equal(import_dnc(place->store, place->path, "CN", &dnc, why), 0);
	assert_int_equal(dnc.added, 0);
	assert_int_equal(dnc.present, 3);
	assert_int_equal(import_dnc(place->store, place->dir, "CN", &dnc, why), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_clean_list),
		T(test_titles_that_come_twice),
		T(test_chinese_header_and_gb18030),
		T(test_utf16_tabs),
		T(test_no_header),
		T(test_map),
		T(test_map_with_a_wrong_word),
		T(test_zone_column_wins),
		T(test_large_further_columns_are_refused),
		T(test_a_listed_number_is_accepted),
		T(test_clear_sentences),
		T(test_region_of_the_list),
		T(test_without_region),
		T(test_progress_ends_at_the_end),
		T(test_dnc_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
