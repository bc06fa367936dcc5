/* test_import_duplicates.c - rows whose lead is there already, or may not be called; dry runs */
#include "test_import_run.h"

#include "base/err.h"

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

/* --- what becomes of them */

static void options_of(struct place *place, struct import_options *options, const char *file, const char *text)
{
	static char paths[4][160];
	static int turn;
	char *path = paths[turn++ % 4];

	strcpy(path, place_path(place, file));
	file_put(path, text, strlen(text));
	options->path = path;
}

/* The dry run says what the upload does then. */
static void run_both(struct place *place, const struct import_options *options)
{
	struct import_options dry_options = *options;
	struct import_receipt dry;

	dry_options.dry_run = true;
	if (import_list(place->store, &dry_options, &dry, why) || import_list(place->store, options, &receipt, why))
		fail_msg("%s", why);
	assert_int_equal(receipt.read, receipt.accepted + receipt.rejected + receipt.duplicate);
	assert_true(receipt.updated <= receipt.duplicate && receipt.linked + receipt.kept <= receipt.accepted);
	assert_int_equal(dry.accepted, receipt.accepted);
	assert_int_equal(dry.duplicate, receipt.duplicate);
	assert_int_equal(dry.updated, receipt.updated);
	assert_int_equal(dry.linked, receipt.linked);
	assert_memory_equal(dry.found, receipt.found, sizeof(dry.found));
}

static void is(const struct lead *lead, const char *name, const char *value)
{
	const char *found = lead_field(lead, name);

	if (!found || strcmp(found, value) != 0)
		fail_msg("%s is %s, not %s", name, found ? found : "not there", value);
}

/* The row's values that are not empty; nothing else. */
static void UPL_1_update_takes_what_the_row_says(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN", .duplicates = "update"};
	struct lead lead, after;
	struct list list;

	list_of(place, "l", "phone,name,balance,priority\n13800138000," ZHANG ",100,5\n13800138001,Li,200,6\n");
	lead_of(place, "+8613800138000", &lead);
	options_of(place, &options, "u.csv",
		"phone,balance,note,priority\n13800138000,90,moved,\n13800138001,200,,6\n13800138002,1,,\n");
	run_both(place, &options);
	counts(1, 0, 2);
	assert_int_equal(receipt.updated, 1); /* the second row says nothing new */
	assert_int_equal(receipt.found[IMPORT_LIST], 2);
	lead_of(place, "+8613800138000", &after);
	is(&after, "name", ZHANG);
	is(&after, "balance", "90");
	is(&after, "note", "moved");
	assert_int_equal(after.priority, 5);
	assert_int_equal(after.id, lead.id);
	assert_int_equal(after.created_us, lead.created_us);
	assert_int_equal(after.zones, lead.zones);
	assert_int_equal(list_get(place->store, "l", &list), 0);
	assert_int_equal(list.leads, 3);
	options.again = true;
	run_both(place, &options);
	counts(0, 0, 3);
	assert_int_equal(receipt.updated, 0);
	options.again = false;
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	assert_true(receipt.already);
}

/* Rows of one file see each other, in its order, though they wait together. */
static void update_within_the_file(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN", .duplicates = "update"};
	struct lead lead;

	options_of(place, &options, "u.csv",
		"phone,phone2,name\n13800138000,,A\n13800138000,13800138001,B\n13800138001,,C\n13800138009,,D\n");
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(2, 0, 2);
	assert_int_equal(receipt.updated, 2);
	assert_int_equal(receipt.found[IMPORT_FILE], 2);
	lead_of(place, "+8613800138001", &lead);
	assert_int_equal(lead.phone_count, 2);
	is(&lead, "name", "C");
	lead_of(place, "+8613800138009", &lead);
	is(&lead, "name", "D");
}

/* A number that changes: the old one finds the lead no more, the new one does; what was tried with the person stays theirs. */
static void update_changes_a_number(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN", .duplicates = "update", .match = "external_id"};
	struct lead before, after;

	list_of(place, "l", "phone,phone2,external_id\n13800138000,13800138001,K7\n");
	lead_of(place, "+8613800138000", &before);
	options_of(place, &options, "u.csv", "phone,external_id\n+12125550123,K7\n");
	run_both(place, &options);
	counts(0, 0, 1);
	assert_int_equal(receipt.updated, 1);
	assert_int_equal(lead_by_number(place->store, "+8613800138000", 0, &after), ERR_UNKNOWN);
	lead_of(place, "+12125550123", &after);
	assert_int_equal(after.id, before.id);
	assert_int_equal(after.phone_count, 2);
	assert_string_equal(after.phones[0].e164, "+12125550123");
	assert_string_equal(after.phones[1].e164, "+8613800138001");
	assert_true(after.zones != before.zones);
	assert_int_equal(after.person, 0); /* the id names the person, as before */
}

/* Without an id the first number names the person: a new one must not make them a stranger to the ledgers. */
static void update_keeps_the_person(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN", .duplicates = "update"};
	struct lead lead;

	list_of(place, "l", "phone,phone2\n13800138000,13800138001\n");
	options_of(place, &options, "u.csv", "phone,phone2\n13800138005,13800138001\n");
	run_both(place, &options);
	lead_of(place, "+8613800138005", &lead);
	assert_string_equal(lead.phones[0].e164, "+8613800138005");
	assert_int_equal(lead.person, UINT64_C(8613800138000));
}

static void update_may_not_outgrow_a_lead(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN", .duplicates = "update"};
	char text[1600];
	struct lead lead;

	snprintf(text, sizeof(text), "phone,a\n13800138000,%0600d\n", 0);
	list_of(place, "l", text);
	snprintf(text, sizeof(text), "phone,b\n13800138000,%0600d\n", 0);
	options_of(place, &options, "u.csv", text);
	assert_int_equal(import_list(place->store, &options, &receipt, why), 0);
	counts(0, 1, 0);
	assert_int_equal(reason("E_FIELDS_SIZE"), 1);
	lead_of(place, "+8613800138000", &lead);
	assert_null(lead_field(&lead, "b"));
}

/* A lead of its own, in this list, that is the same person. */
static void UPL_1_link_makes_the_same_person(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN", .duplicates = "link", .scope = "store"};
	struct lead first, second, third;
	struct list list;

	list_of(place, "other", "phone\n13800138000\n");
	options_of(place, &options, "u.csv", "phone,phone2\n13800138003,13800138000\n13800138003,\n13800138009,\n");
	run_both(place, &options);
	counts(3, 0, 0);
	assert_int_equal(receipt.linked, 2);
	assert_int_equal(receipt.found[IMPORT_STORE], 1);
	assert_int_equal(receipt.found[IMPORT_FILE], 1);
	lead_of(place, "+8613800138000", &first);
	lead_of(place, "+8613800138003", &second);
	assert_int_equal(lead_by_number(place->store, "+8613800138003", second.id, &third), 0);
	assert_int_equal(first.person, 0);
	assert_int_equal(second.person, UINT64_C(8613800138000));
	assert_int_equal(third.person, second.person);
	assert_int_equal(list_get(place->store, "l", &list), 0);
	assert_int_equal(list.leads, 3);
	lead_of(place, "+8613800138009", &first);
	assert_int_equal(first.person, 0);
}

/* --- by external id */
static void dedupe_by_external_id(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN", .match = "external_id"};

	list_of(place, "l", "phone,external_id\n13800138000,K1\n13800138001,\n");
	options_of(place, &options, "u.csv",
		"phone,external_id\n13800138005,K1\n13800138000,K2\n13800138006,k1\n13800138001,\n13800138007,K2\n");
	run_both(place, &options);
	/* K1 is there; K2 is new though its number is not; k1 is another id; without an id the number counts; K2 again */
	counts(2, 0, 3);
	assert_int_equal(receipt.found[IMPORT_LIST], 2);
	assert_int_equal(receipt.found[IMPORT_FILE], 1);
}

static void dedupe_by_any(void **state)
{
	struct place *place = *state;
	struct import_options options = {.list = "l", .region = "CN", .match = "any", .scope = "store"};

	list_of(place, "far", "phone,external_id\n13800138000,K1\n");
	options_of(place, &options, "u.csv", "phone,external_id\n13800138005,K1\n13800138000,K2\n13800138006,K3\n");
	run_both(place, &options);
	counts(1, 0, 2);
	assert_int_equal(receipt.found[IMPORT_STORE], 2);
	options.match = "face";
	assert_int_equal(import_list(place->store, &options, &receipt, why), ERR_RANGE);
	says("--match face");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_duplicates),
		T(dedupe_in_the_file),
		T(dedupe_in_the_list),
		T(dedupe_in_the_campaign),
		T(dedupe_in_the_store),
		T(duplicates_are_kept),
		T(dnc_at_upload),
		T(test_dry_run),
		T(test_dry_run_of_two_numbers),
		T(UPL_1_update_takes_what_the_row_says),
		T(update_within_the_file),
		T(update_changes_a_number),
		T(update_keeps_the_person),
		T(update_may_not_outgrow_a_lead),
		T(UPL_1_link_makes_the_same_person),
		T(dedupe_by_external_id),
		T(dedupe_by_any),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
