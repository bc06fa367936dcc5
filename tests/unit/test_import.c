/* test_import.c - lists: receipt, reject file, dry run, do-not-call files */
#include "test_import_util.h"

#include "base/err.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#define BYTES(text) text, sizeof(text) - 1
#define UP(file, text, region) upload(place, file, BYTES(text), region, NULL, 0)
#define ZHANG "\xE5\xBC\xA0\xE4\xB8\x89"                 /* Zhang San */
#define NAME_CN "\xE5\xA7\x93\xE5\x90\x8D"               /* "name" */
#define MOBILE_CN "\xE6\x89\x8B\xE6\x9C\xBA\xE5\x8F\xB7" /* "mobile number" */

static struct import_receipt receipt;
static char why[400];

/* Of tests that load a file again on purpose. */
static bool again;

static int import_again(struct place *place, const char *path, const char *region, const char *map, bool dry)
{
	struct import_options options = {.path = path, .list = "l", .region = region, .map = map, .dry_run = dry, .again = again};
	int err = import_list(place->store, &options, &receipt, why);

	assert_int_equal(receipt.read, receipt.accepted + receipt.rejected + receipt.duplicate);
	return err;
}

/* Writes the file and imports it to list "l". */
static int upload(
	struct place *place, const char *file, const char *text, size_t bytes, const char *region, const char *map, bool dry)
{
	char path[160];

	strcpy(path, place_path(place, file));
	file_put(path, text, bytes);
	return import_again(place, path, region, map, dry);
}

static void counts(uint64_t accepted, uint64_t rejected, uint64_t duplicate)
{
	if (receipt.accepted != accepted || receipt.rejected != rejected || receipt.duplicate != duplicate)
		fail_msg("accepted %llu, rejected %llu, duplicate %llu; %s", (unsigned long long)receipt.accepted,
			(unsigned long long)receipt.rejected, (unsigned long long)receipt.duplicate,
			receipt.reason_count ? receipt.reasons[0].code : "");
}

static uint64_t reason(const char *code)
{
	for (uint32_t i = 0; i < receipt.reason_count; i++) {
		if (strcmp(receipt.reasons[i].code, code) == 0)
			return receipt.reasons[i].count;
	}
	return 0;
}

static void lead_of(struct place *place, const char *e164, struct lead *lead)
{
	assert_int_equal(lead_by_number(place->store, e164, 0, lead), 0);
}

static void says(const char *text)
{
	if (!strstr(why, text))
		fail_msg("\"%s\" does not say \"%s\"", why, text);
}

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

static void test_duplicates(void **state)
{
	struct place *place = *state;
	struct list list;

	assert_int_equal(
		UP("d.csv", "phone,phone2\n13800138000,\n+8613800138000,\n13900139000,13800138000\n13700137000,13700137000\n",
			"CN"),
		0);
	counts(2, 0, 2);
	assert_int_equal(UP("d.csv", "phone,phone2\n13800138000,\n13600136000,\n", "CN"), 0);
	counts(1, 0, 1);
	assert_int_equal(list_get(place->store, "l", &list), 0);
	assert_int_equal(list.leads, 3);
	assert_int_equal(list.read, 6);
	assert_int_equal(list.duplicate, 3);
}

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
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_STATE);
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

static uint32_t list_of(struct place *place, const char *name, const char *text)
{
	struct import_options options = {.list = name, .region = "CN", .path = place_path(place, "d.csv")};
	struct list list;

	file_put(options.path, text, strlen(text));
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_int_equal(list_get(place->store, name, &list), 0);
	return list.id;
}

/* A campaign that dials the two lists. */
static void campaign_of(struct place *place, uint32_t first, uint32_t second)
{
	struct trunk trunk = {.name = "k", .host = "127.0.0.1", .port = 5060, .transport = "udp", .calls_max = 1, .cps_max = 1};
	struct campaign campaign;

	assert_int_equal(trunk_put(place->store, &trunk, true, why), 0);
	campaign_defaults(&campaign);
	strcpy(campaign.name, "c");
	strcpy(campaign.team, "t");
	strcpy(campaign.trunk, "k");
	strcpy(campaign.caller_id, "+861058880000");
	campaign.list = first;
	campaign.list_count = 2;
	campaign.lists[0] = (struct campaign_list){.list = first, .share = 1};
	campaign.lists[1] = (struct campaign_list){.list = second, .share = 1};
	if (campaign_create(place->store, &campaign, why))
		fail_msg("%s", why);
}

/* The same rows against a list, its campaign's other list and a third one: what counts depends on how far the upload looks. */
static void dedupe_within(struct place *place, enum import_scope scope)
{
	static const char text[] = "phone\n13800138000\n13800138001\n13800138002\n13800138003\n13800138003\n";
	struct import_options options = {.list = "own", .region = "CN", .scope = import_scope_name(scope), .dry_run = true};
	struct import_receipt dry;
	uint32_t own = list_of(place, "own", "phone\n13800138000\n"), near = list_of(place, "near", "phone\n13800138001\n");

	list_of(place, "far", "phone\n13800138002\n");
	campaign_of(place, own, near);
	options.path = place_path(place, "d.csv");
	file_put(options.path, BYTES(text));
	assert_int_equal(import_list(place->store, &options, &dry, why), 0);
	options.dry_run = false;
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(4 - (uint64_t)scope, 0, 1 + (uint64_t)scope);
	for (int i = 0; i < IMPORT_SCOPES; i++)
		assert_int_equal(receipt.found[i], i <= (int)scope);
	assert_memory_equal(dry.found, receipt.found, sizeof(dry.found));
	assert_int_equal(dry.duplicate, receipt.duplicate);
}

static void dedupe_in_the_file(void **state)
{
	dedupe_within(*state, IMPORT_FILE);
}

static void dedupe_in_the_list(void **state)
{
	dedupe_within(*state, IMPORT_LIST);
}

static void dedupe_in_the_campaign(void **state)
{
	dedupe_within(*state, IMPORT_CAMPAIGN);
}

static void dedupe_in_the_store(void **state)
{
	dedupe_within(*state, IMPORT_STORE);
}

static void duplicates_are_kept(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN", .duplicates = "keep", .path = place_path(place, "d.csv")};

	file_put(options.path, BYTES("phone\n13900139000\n13900139000\n"));
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(2, 0, 0);
	assert_int_equal(receipt.kept, 1);
	assert_int_equal(receipt.found[IMPORT_FILE], 1);
	options.scope = "galaxy";
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_RANGE);
	says("--dedupe galaxy");
	options.scope = NULL;
	options.duplicates = "burn";
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_RANGE);
	says("--duplicates burn");
}

/* Rows none of whose numbers may be called: stored and never dialled, rejected, or left to the check before each call. */
static void dnc_at_upload(void **state)
{
	static const char text[] = "phone,phone2\n13800138000,\n13800138001,13800138000\n";
	struct place *place = *state;
	struct import_options options = {.list = "mark", .region = "CN", .path = place_path(place, "n.csv")};
	struct lead lead;
	struct list list;
	bool there;
	char path[160];

	strcpy(path, place->path);
	options.path = path;
	file_put(path, BYTES(text));
	assert_int_equal(dnc_add(place->store, "+8613800138000", &there), 0);
	options.duplicates = "keep";
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(2, 0, 0);
	assert_int_equal(receipt.listed, 1);
	lead_of(place, "+8613800138000", &lead);
	assert_int_equal(lead.state, LEAD_SUPPRESSED);
	lead_of(place, "+8613800138001", &lead);
	assert_int_equal(lead.state, LEAD_READY);
	assert_int_equal(list_get(place->store, "mark", &list), 0);
	assert_int_equal(list.leads, 2);
	assert_int_equal(list.done, 1);
	options.list = "skip";
	options.dnc = "skip";
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(1, 1, 0);
	assert_int_equal(reason("E_DNC"), 1);
	options.list = "proceed";
	options.dnc = "proceed";
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(2, 0, 0);
	assert_int_equal(list_get(place->store, "proceed", &list), 0);
	assert_int_equal(list.done, 0);
	assert_int_equal(dnc_remove(place->store, "+8613800138000", &there), 0); /* who was put aside waits again */
	assert_int_equal(list_get(place->store, "mark", &list), 0);
	assert_int_equal(list.done, 0);
}

static void test_dry_run(void **state)
{
	static const char text[] = "phone\n13800138000\n13800138000\n12\n13900139000\n";
	struct place *place = *state;
	struct import_receipt dry;
	struct list list;
	char path[200];

	assert_int_equal(upload(place, "y.csv", BYTES(text), "CN", NULL, true), 0);
	counts(2, 1, 1);
	dry = receipt;
	assert_int_equal(list_get(place->store, "l", &list), ERR_UNKNOWN);
	snprintf(path, sizeof(path), "%s/y.csv.rejects.csv", place->dir);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(upload(place, "y.csv", BYTES(text), "CN", NULL, false), 0);
	assert_int_equal(dry.read, receipt.read);
	assert_int_equal(dry.accepted, receipt.accepted);
	assert_int_equal(dry.rejected, receipt.rejected);
	assert_int_equal(dry.duplicate, receipt.duplicate);
	assert_memory_equal(dry.reasons, receipt.reasons, sizeof(dry.reasons));
	assert_int_equal(upload(place, "y.csv", BYTES(text), "CN", NULL, true), 0);
	counts(0, 1, 3);
	assert_int_equal(list_get(place->store, "l", &list), 0);
	assert_int_equal(list.leads, 2);
}

/* Each number of a row is remembered, as in the list. */
static void test_dry_run_of_two_numbers(void **state)
{
	static const char text[] = "phone,phone2\n13800138000,13900139000\n13900139000,\n13700137000,13800138000\n";
	struct place *place = *state;

	assert_int_equal(upload(place, "y.csv", BYTES(text), "CN", NULL, true), 0);
	counts(1, 0, 2);
	assert_int_equal(upload(place, "y.csv", BYTES(text), "CN", NULL, false), 0);
	counts(1, 0, 2);
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

/* A full disk under the reject file is said; nothing of the rows is stored that the file does not have, and the upload can go on. */
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
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_STATE);
	says("rejected before");
	options.reject_path = NULL;
	options.region = "CN";
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_STATE);
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
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_STATE);
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

#define T(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_clean_list),
		T(test_chinese_header_and_gb18030),
		T(test_utf16_tabs),
		T(test_no_header),
		T(test_rejections),
		T(test_reject_file_is_uploaded_again),
		T(test_a_reject_file_is_not_overwritten),
		T(test_duplicates),
		T(UPL_6_same_file_twice_changes_nothing),
		T(UPL_6_same_file_read_otherwise),
		T(UPL_6_region_ambiguity_needs_a_yes),
		T(dedupe_in_the_file),
		T(dedupe_in_the_list),
		T(dedupe_in_the_campaign),
		T(dedupe_in_the_store),
		T(duplicates_are_kept),
		T(dnc_at_upload),
		T(test_dry_run),
		T(test_dry_run_of_two_numbers),
		T(test_map),
		T(test_map_with_a_wrong_word),
		T(test_zone_column_wins),
		T(test_large_further_columns_are_refused),
		T(test_a_listed_number_is_accepted),
		T(test_clear_sentences),
		T(test_reject_file_on_a_full_disk),
		T(test_store_on_a_full_disk),
		T(test_rejects_beside_the_upload),
		T(test_no_name_for_rejects),
		T(test_region_of_the_list),
		T(test_without_region),
		T(test_progress_ends_at_the_end),
		T(test_stop_between_rows),
		T(UPL_4_resume_after_a_stop),
		T(UPL_4_resume_of_what),
		T(test_one_file_two_lists_at_once),
		T(test_dnc_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
