/* test_store.c - what is stored comes back, names and ranges are checked, the map grows, other schemas are refused */
#include "tests/unit/test_store.h"

#include "campaigns/gateway.h"
#include "campaigns/tables.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void open_modes(void **state)
{
	struct store *other;
	char why[WHY_BYTES], path[128];
	struct stat stat_of;

	(void)state;
	assert_int_equal(store_open(&other, test_dir, STORE_CREATE, why), ERR_EXISTS);
	assert_non_null(strstr(why, "already"));
	assert_int_equal(store_open(&other, "/tmp/outdial-there-is-none", STORE_READ, why), -ENOENT);
	assert_non_null(strstr(why, "outdial init"));
	assert_int_equal(store_open(&other, "/tmp/outdial-no/such/parent", STORE_CREATE, why), -ENOENT);
	assert_string_equal(store_dir(test_store), test_dir);
	snprintf(path, sizeof(path), "%s/data.mdb", test_dir);
	assert_int_equal(stat(path, &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 077, 0); /* it holds secrets of trunks */
	test_reopen();
	store_close(NULL);
}

/* A file size limit stands for a full disk: the next init must not meet half a store. */
static void create_that_failed_leaves_nothing(void **state)
{
	struct store *other;
	char why[WHY_BYTES], dir[128];
	struct rlimit before, full;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	int err;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/second", test_dir);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	full = before;
	full.rlim_cur = 12288; /* room for LMDB's first pages, not for the tables */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	err = store_open(&other, dir, STORE_CREATE, why);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, handler);
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(store_open(&other, dir, STORE_CREATE, why), 0);
	store_close(other);
}

/* Half a copy: reading it would end the program by SIGBUS. */
static void cut_files_are_refused(void **state)
{
	struct campaign campaign = test_campaign();
	struct lead lead = {.phone_count = 1};
	struct lead_batch *batch;
	struct store *other;
	struct stat whole;
	bool duplicate;
	char why[WHY_BYTES], path[128];

	(void)state;
	assert_int_equal(lead_batch_open(test_store, campaign.list, &batch), 0);
	for (int i = 0; i < 2000; i++) {
		snprintf(lead.phones[0].e164, NUMBER_BYTES, "+8613800%06d", i);
		assert_int_equal(lead_batch_add(batch, &lead, test_shanghai, &duplicate), 0);
	}
	assert_int_equal(lead_batch_close(batch, 2000, 0, 0), 0);
	test_reopen(); /* the whole file is not refused */
	store_close(test_store);
	test_store = NULL;
	snprintf(path, sizeof(path), "%s/data.mdb", test_dir);
	assert_int_equal(stat(path, &whole), 0);
	assert_int_equal(truncate(path, whole.st_size / 2), 0);
	assert_int_equal(store_open(&other, test_dir, STORE_READ, why), ERR_STORE);
	assert_non_null(strstr(why, "shorter"));
	assert_int_equal(store_open(&other, test_dir, STORE_WRITE, why), ERR_STORE);
}

static void a_folder_that_cannot_be_looked_into(void **state)
{
	struct store *other;
	char why[WHY_BYTES], path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/data.mdb", test_dir);
	assert_int_equal(store_open(&other, path, STORE_READ, why), -ENOTDIR);
	assert_null(strstr(why, "outdial init"));
}

static int other_schema(struct db_txn *txn, void *arg)
{
	(void)arg;
	meta_set(txn, "schema", STORE_SCHEMA + 1);
	return 0;
}

static void other_schemas_are_refused(void **state)
{
	struct store *other;
	char why[WHY_BYTES], path[128];
	int fd;

	(void)state;
	assert_int_equal(db_change(test_store->db, other_schema, NULL), 0);
	store_close(test_store);
	test_store = NULL;
	assert_int_equal(store_open(&other, test_dir, STORE_WRITE, why), ERR_SCHEMA);
	assert_non_null(strstr(why, "has schema 2"));
	snprintf(path, sizeof(path), "%s/data.mdb", test_dir);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "this is not a store at all, it is a text", 40, 0), 40);
	assert_int_equal(pwrite(fd, "this is not a store at all, it is a text", 40, 4096), 40);
	close(fd);
	assert_int_equal(store_open(&other, test_dir, STORE_WRITE, why), ERR_SCHEMA);
	assert_non_null(strstr(why, "not a store"));
}

static void names(void **state)
{
	(void)state;
	assert_true(store_name_ok("a-B_9.x"));
	assert_true(store_name_ok("12345678901234567890123456789012345678901234567"));
	assert_false(store_name_ok("123456789012345678901234567890123456789012345678"));
	assert_false(store_name_ok(""));
	assert_false(store_name_ok("a b"));
	assert_false(store_name_ok("a/b"));
	assert_false(store_name_ok("\xe5\x90\x8d"));
}

static void trunks(void **state)
{
	struct trunk trunk = test_trunk(), got, bad;
	uint64_t version = store_version(test_store);
	char why[WHY_BYTES];

	(void)state;
	strcpy(trunk.allow, "127.0.0.2,::1");
	strcpy(trunk.secret, "s3cret");
	strcpy(trunk.prefix, "00");
	trunk.srtp = SRTP_REQUIRED;
	assert_int_equal(trunk_put(test_store, &trunk, true, why), 0);
	assert_true(store_version(test_store) > version);
	assert_int_equal(trunk_put(test_store, &trunk, true, why), ERR_EXISTS);
	assert_int_equal(trunk_put(test_store, &trunk, false, why), 0);
	test_reopen();
	assert_int_equal(trunk_get(test_store, "t", &got), 0);
	assert_memory_equal(&got, &trunk, sizeof(got));
	assert_int_equal(trunk_get(test_store, "u", &got), ERR_UNKNOWN);
	assert_int_equal(trunk_get(test_store, "", &got), ERR_UNKNOWN);
	assert_int_equal(trunk_next(test_store, "", &got), 0);
	assert_int_equal(trunk_next(test_store, "t", &got), ERR_UNKNOWN);
	bad = trunk;
	strcpy(bad.host, "example.org");
	assert_int_equal(trunk_put(test_store, &bad, false, why), ERR_RANGE);
	assert_non_null(strstr(why, "example.org"));
	bad = trunk;
	strcpy(bad.allow, "127.0.0.1,x");
	assert_int_equal(trunk_put(test_store, &bad, false, why), ERR_RANGE);
	bad = trunk;
	bad.cps_max = 0;
	assert_int_equal(trunk_put(test_store, &bad, false, NULL), ERR_RANGE);
	bad = trunk;
	strcpy(bad.transport, "sctp");
	assert_int_equal(trunk_put(test_store, &bad, false, NULL), ERR_RANGE);
	assert_int_equal(gateways_parse("sip:carrier.example;transport=tls;priority=2;weight=9,192.0.2.1:5070", &trunk, why), 0);
	trunk.ping_s = 30;
	trunk.register_s = 600;
	strcpy(trunk.user, "u");
	strcpy(trunk.domain, "carrier.example");
	strcpy(trunk.tls_ca, "/etc/ca.pem");
	assert_int_equal(trunk_put(test_store, &trunk, false, why), 0);
	assert_int_equal(trunk_get(test_store, "t", &got), 0);
	assert_memory_equal(&got, &trunk, sizeof(got));
	bad = trunk;
	strcpy(bad.tls_cert, "/etc/own.pem");
	assert_int_equal(trunk_put(test_store, &bad, false, NULL), ERR_RANGE);
	assert_int_equal(trunk_remove(test_store, "t", why), 0);
	assert_int_equal(trunk_remove(test_store, "t", why), ERR_UNKNOWN);
}

static int to_team(struct seat *seat, void *arg)
{
	strcpy(seat->team, arg);
	return 0;
}

static void seats(void **state)
{
	struct seat seat = test_seat(), got;
	char why[WHY_BYTES], blue[] = "blue", no_name[] = "b l u e";

	(void)state;
	assert_int_equal(seat_put(test_store, &seat, true, why), 0);
	assert_int_equal(seat_put(test_store, &seat, true, why), ERR_EXISTS);
	assert_int_equal(seat_get(test_store, "a1", &got), 0);
	assert_memory_equal(&got, &seat, sizeof(got));
	strcpy(seat.login, "a2");
	assert_int_equal(seat_put(test_store, &seat, true, why), 0);
	assert_int_equal(seat_next(test_store, "a1", &got), 0);
	assert_string_equal(got.login, "a2");
	strcpy(seat.ha1, "secret");
	assert_int_equal(seat_put(test_store, &seat, false, why), ERR_RANGE);
	uint64_t version = store_version(test_store);
	assert_int_equal(seat_edit(test_store, "a2", to_team, blue, &got, why), 0);
	assert_string_equal(got.team, "blue");
	assert_int_equal(seat_get(test_store, "a2", &got), 0);
	assert_string_equal(got.team, "blue");
	assert_true(store_version(test_store) > version);
	assert_int_equal(seat_edit(test_store, "a2", to_team, no_name, NULL, why), ERR_RANGE);
	assert_int_equal(seat_edit(test_store, "a3", to_team, blue, NULL, why), ERR_UNKNOWN);
	assert_string_equal(why, "there is no seat \"a3\"; 'outdial seat list' shows all");
	assert_int_equal(seat_get(test_store, "a2", &got), 0);
	assert_string_equal(got.team, "blue");
	assert_int_equal(seat_remove(test_store, "a2", why), 0);
	assert_int_equal(seat_remove(test_store, "a2", why), ERR_UNKNOWN);
}

static void lists(void **state)
{
	struct list list;
	char why[WHY_BYTES];
	uint32_t id;

	(void)state;
	assert_int_equal(list_create(test_store, "b", "CN", &id, why), 0);
	assert_int_equal(list_create(test_store, "a", NULL, NULL, why), 0);
	assert_int_equal(list_create(test_store, "b", "CN", &id, why), ERR_EXISTS);
	assert_int_equal(list_create(test_store, "c", "china", &id, why), ERR_RANGE);
	assert_int_equal(list_next(test_store, "", &list), 0);
	assert_string_equal(list.name, "a");
	assert_int_equal(list_next(test_store, "a", &list), 0);
	assert_string_equal(list.name, "b");
	assert_string_equal(list.region, "CN");
	assert_int_equal(list_get_id(test_store, id, &list), 0);
	assert_int_equal(list.id, id);
	assert_int_equal(list_get(test_store, "zz", &list), ERR_UNKNOWN);
	assert_int_equal(list_get_id(test_store, 99, &list), ERR_UNKNOWN);
}

static void campaign_is_checked(void **state)
{
	struct campaign good = test_campaign(), bad, got;
	char why[WHY_BYTES];

	(void)state;
	assert_int_equal(campaign_get_id(test_store, good.id, &got), 0);
	assert_memory_equal(&got, &good, sizeof(got));
	assert_int_equal(campaign_create(test_store, &good, why), ERR_EXISTS);
#define BAD(change, word)                                                                                                        \
	do {                                                                                                                     \
		bad = good;                                                                                                      \
		strcpy(bad.name, "other");                                                                                       \
		change;                                                                                                          \
		why[0] = '\0';                                                                                                   \
		assert_true(campaign_create(test_store, &bad, why) < 0);                                                         \
		assert_non_null(strstr(why, word));                                                                              \
	} while (0)
	BAD(bad.ring_us_max = 14 * SEC_US, "15 to 120");
	BAD(bad.abandon_prob_max = 0.06, "5 percent");
	BAD(bad.team[0] = '\0', "team");
	BAD(bad.trunk[0] = '\0', "trunk");
	BAD(strcpy(bad.trunk, "nope"), "no trunk");
	BAD(bad.list = 0, "list");
	BAD(bad.list = 99, "no list");
	BAD(bad.attempts_max = 0, "attempts");
	BAD(bad.window.to_min = bad.window.from_min, "window");
	BAD(bad.window.weekdays = 0, "weekday");
	BAD(bad.priority = 101, "priority");
	BAD(bad.weight = 0, "weight");
	BAD(bad.legal_prob[LEGAL_DAY] = 0.06, "5 percent");
	BAD(bad.legal_prob[LEGAL_30_DAYS] = -1, "at least");
	BAD(bad.weight = 1001, "weight");
	BAD(bad.retry_s[OUTCOME_BUSY] = -2, "busy");
	BAD(strcpy(bad.name, "a b"), "name");
	BAD(strcpy(bad.caller_id, "<sip:x>"), "caller id");
	BAD(strcpy(bad.caller_name, "a\r\nb"), "caller name");
	BAD(bad.hold_us = 3 * SEC_US, "hold");
#undef BAD
}

#define PACING_BLOCK (4 + 1 + 4 + 8 + 3 * 8 + 8 + 4 + 8 + 1 + 8) /* bytes of the fields in the block at the record's end */

/*
 * Rewrites the campaign's record as another program would have written it: without its block, or with one more that nobody knows.
 */
static int campaign_of_another_program(struct db_txn *txn, void *arg)
{
	static const unsigned char unknown[] = {250, 2, 0, 1, 2};
	struct db_key key = key_u32(1);
	unsigned char bytes[RECORD_BYTES_MAX];
	struct db_view view;
	size_t count;

	assert_true(db_get(txn, T_CAMPAIGN, &key, &view));
	count = view.bytes;
	memcpy(bytes, view.data, count);
	assert_int_equal(bytes[count - PACING_BLOCK - 2], PACING_BLOCK); /* its length */
	if (arg)
		memcpy(bytes + count, unknown, sizeof(unknown));
	count = arg ? count + sizeof(unknown) : count - PACING_BLOCK - 3;
	db_put(txn, T_CAMPAIGN, &key, bytes, count);
	return 0;
}

static void campaign_records_grow(void **state)
{
	struct campaign campaign = test_campaign(), got;
	char why[WHY_BYTES];

	(void)state;
	campaign.weight = 77;
	campaign.purpose = PURPOSE_COLLECTIONS;
	campaign.ratio = 2.5;
	campaign.lines_max = 9;
	campaign.preview_dials = true;
	campaign.callback_grace_us = -1;
	strcpy(campaign.overdial_by, "ann");
	campaign.overdial_us = 12345;
	campaign.legal_prob[LEGAL_MONTH] = 0.05;
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(db_change(test_store->db, campaign_of_another_program, test_store), 0);
	assert_int_equal(campaign_get_id(test_store, campaign.id, &got), 0);
	assert_memory_equal(&got, &campaign, sizeof(got));
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(db_change(test_store->db, campaign_of_another_program, NULL), 0);
	assert_int_equal(campaign_get_id(test_store, campaign.id, &got), 0);
	campaign_defaults(&campaign);
	assert_int_equal(got.weight, campaign.weight);
	assert_int_equal(got.callback_grace_us, campaign.callback_grace_us);
	assert_string_equal(got.overdial_by, "");
	assert_memory_equal(got.legal_prob, campaign.legal_prob, sizeof(got.legal_prob));
	assert_string_equal(got.name, "c");
}

static void collections_need_a_name_to_overdial(void **state)
{
	struct campaign campaign = test_campaign();

	(void)state;
	campaign.mode = CAMPAIGN_PREDICTIVE;
	assert_true(campaign_overdials(&campaign));
	campaign.purpose = PURPOSE_COLLECTIONS;
	assert_false(campaign_overdials(&campaign));
	strcpy(campaign.overdial_by, "ann");
	assert_true(campaign_overdials(&campaign));
	campaign.mode = CAMPAIGN_PROGRESSIVE;
	assert_false(campaign_overdials(&campaign));
}

static void campaign_states(void **state)
{
	struct campaign campaign = test_campaign(), got;
	char why[WHY_BYTES];

	(void)state;
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "no leads"));
	test_lead(campaign.list, "+8613800000001", 0, test_shanghai);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_PAUSED, why), ERR_WRONG_STATE);
	assert_int_equal(campaign_set_state(test_store, "nope", CAMPAIGN_RUNNING, why), ERR_UNKNOWN);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(trunk_remove(test_store, "t", why), ERR_WRONG_STATE);
	campaign.mode = CAMPAIGN_PREDICTIVE; /* running and without a message: refused */
	assert_int_equal(campaign_update(test_store, &campaign, why), ERR_WRONG_STATE);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_STOPPED, why), 0);
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "message"));
	snprintf(campaign.message, sizeof(campaign.message), "%s/m.wav", test_dir);
	assert_int_equal(campaign_update(test_store, &campaign, why), 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "cannot be read"));
	test_file("m.wav", "");
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), 0);
	assert_int_equal(seat_remove(test_store, "a1", why), 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_STOPPED, why), 0);
	assert_int_equal(campaign_set_state(test_store, "c", CAMPAIGN_RUNNING, why), ERR_WRONG_STATE);
	assert_non_null(strstr(why, "no seats"));
	assert_int_equal(campaign_next(test_store, "", &got), 0);
	assert_int_equal(got.state, CAMPAIGN_STOPPED);
	assert_int_equal(campaign_next(test_store, "c", &got), ERR_UNKNOWN);
	assert_string_equal(campaign_state_name(got.state), "stopped");
	assert_string_equal(campaign_mode_name(got.mode), "predictive");
}

static void leads_and_duplicates(void **state)
{
	struct campaign campaign = test_campaign();
	struct lead lead;
	struct list list;
	const char *name, *value;
	uint64_t id;

	(void)state;
	id = test_lead(campaign.list, "+8613800000001,+8613800000002", 3, test_shanghai);
	assert_true(id > 0);
	assert_int_equal(test_lead(campaign.list, "+8613800000009,+8613800000002", 0, test_shanghai), 0);
	assert_int_equal(lead_get(test_store, id, &lead), 0);
	assert_int_equal(lead.phone_count, 2);
	assert_string_equal(lead.phones[1].e164, "+8613800000002");
	assert_int_equal(lead.priority, 3);
	assert_true(lead.zones > 0);
	assert_string_equal(lead_field(&lead, "name"), "Li");
	assert_null(lead_field(&lead, "Li"));
	assert_true(lead_field_at(&lead, 0, &name, &value));
	assert_false(lead_field_at(&lead, 1, &name, &value));
	assert_int_equal(lead_by_number(test_store, "+8613800000002", 0, &lead), 0);
	assert_int_equal(lead.id, id);
	assert_int_equal(lead_by_number(test_store, "+8613800000002", id, &lead), ERR_UNKNOWN);
	assert_int_equal(lead_by_number(test_store, "+8613800000003", 0, &lead), ERR_UNKNOWN);
	assert_int_equal(lead_by_number(test_store, "13800000002", 0, &lead), ERR_UNKNOWN);
	assert_int_equal(list_get(test_store, "l", &list), 0);
	assert_int_equal(list.leads, 1);
	assert_int_equal(list.read, 2);
	assert_int_equal(list.duplicate, 1);
}

static void batches_are_bounded_and_alone(void **state)
{
	struct campaign campaign = test_campaign();
	struct lead_batch *batch, *second;
	struct lead lead = {.phone_count = 1}, bad = {.phone_count = 1};
	const char *const nowhere[] = {"Asia/Shanghai", "No/Where", NULL};
	struct list list;
	bool duplicate;

	(void)state;
	assert_int_equal(lead_batch_open(test_store, 99, &batch), ERR_UNKNOWN);
	assert_int_equal(lead_batch_open(test_store, campaign.list, &batch), 0);
	assert_int_equal(lead_batch_open(test_store, campaign.list, &second), ERR_WRONG_STATE);
	strcpy(bad.phones[0].e164, "138");
	assert_int_equal(lead_batch_add(batch, &bad, NULL, &duplicate), ERR_RANGE);
	for (int i = 0; i < 4500; i++) {
		snprintf(lead.phones[0].e164, NUMBER_BYTES, "+86139%08d", i % 4400);
		assert_int_equal(lead_batch_add(batch, &lead, i == 7 ? nowhere : test_shanghai, &duplicate), 0);
		assert_int_equal(duplicate, i >= 4400);
	}
	assert_int_equal(list_get(test_store, "l", &list), 0);
	assert_int_equal(list.leads, 0); /* they wait for a whole chunk, or the end */
	assert_int_equal(lead_batch_close(batch, 4501, 1, 100), 0);
	assert_int_equal(list_get(test_store, "l", &list), 0);
	assert_int_equal(list.leads, 4400);
	assert_int_equal(list.read, list.leads + list.rejected + list.duplicate);
	assert_int_equal(lead_by_number(test_store, "+8613900000007", 0, &lead), 0);
	assert_int_equal(lead.zones, 0); /* one name is no zone: nothing is known, so no */
	lead_batch_abort(NULL);
}

static void reading_attempts(void **state)
{
	struct attempt attempts[4];

	(void)state;
	assert_int_equal(attempt_get(test_store, 1, &attempts[0]), ERR_UNKNOWN);
	assert_int_equal(attempt_next(test_store, 0, &attempts[0]), ERR_UNKNOWN);
	assert_int_equal(attempt_read(test_store, 0, attempts, 4), 0);
	assert_int_equal(attempt_read(test_store, UINT64_MAX, attempts, 4), 0);
}

/* --- the wrapper */

struct grow {
	uint32_t rows, runs;
};

static int grow_in(struct db_txn *txn, void *arg)
{
	static const unsigned char page[1800];
	struct grow *grow = arg;

	grow->runs++;
	for (uint32_t i = 0; i < grow->rows; i++) {
		struct db_key key = db_key_empty();

		db_key_u32(&key, i);
		db_put(txn, 0, &key, page, sizeof(page));
	}
	return 0;
}

static void map_grows_and_ends(void **state)
{
	const char *const tables[] = {"one"};
	struct db_options options = {
		.tables = tables, .table_count = 1, .create = true, .map_bytes = 1 << 18, .map_bytes_max = 1 << 21};
	struct grow grow = {.rows = 400};
	struct db_txn txn;
	char dir[128];
	struct db *db;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/db", test_dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(db_open(&db, dir, &options), 0);
	assert_int_equal(db_change(db, grow_in, &grow), 0);
	assert_true(grow.runs > 1);
	assert_true(db_map_bytes(db) > options.map_bytes);
	grow.rows = 4000;
	assert_int_equal(db_change(db, grow_in, &grow), -ENOSPC);
	db_read_begin(db, &txn);
	assert_int_equal(db_count(&txn, 0), 400); /* nothing of the transaction happened */
	assert_int_equal(db_read_end(&txn), 0);
	grow.rows = 20; /* and the environment works on */
	assert_int_equal(db_change(db, grow_in, &grow), 0);
	db_close(db);
}

static int refuse_in(struct db_txn *txn, void *arg)
{
	struct db_key key = key_text("x");

	(void)arg;
	db_put(txn, T_META, &key, "1", 1);
	return ERR_WRONG_STATE;
}

static int sticky_in(struct db_txn *txn, void *arg)
{
	struct db_key none = db_key_empty(), key = key_text("y");

	(void)arg;
	db_put(txn, T_META, &none, "1", 1); /* an empty key is an error of LMDB's */
	db_put(txn, T_META, &key, "1", 1);
	return 0;
}

static void errors_stick_and_undo(void **state)
{
	struct db_key x = key_text("x"), y = key_text("y");
	struct db_txn txn;

	(void)state;
	assert_int_equal(db_change(test_store->db, refuse_in, NULL), ERR_WRONG_STATE);
	assert_true(db_change(test_store->db, sticky_in, NULL) < 0);
	db_read_begin(test_store->db, &txn);
	assert_false(db_get(&txn, T_META, &x, NULL));
	assert_false(db_get(&txn, T_META, &y, NULL));
	assert_int_equal(db_read_end(&txn), 0);
}

static void numbers_and_keys(void **state)
{
	struct db_key key = db_key_empty();
	char text[NUMBER_BYTES];

	(void)state;
	assert_true(number_of("+8613800138000") == UINT64_C(8613800138000));
	assert_true(number_of("+999999999999999") == UINT64_C(999999999999999));
	assert_int_equal(number_of("+9999999999999999"), 0);
	assert_int_equal(number_of("8613800138000"), 0);
	assert_int_equal(number_of("+0123"), 0);
	assert_int_equal(number_of("+12a"), 0);
	assert_int_equal(number_of("+"), 0);
	number_text(UINT64_C(8613800138000), text);
	assert_string_equal(text, "+8613800138000");
	db_key_u16(&key, 0x0102);
	db_key_u32(&key, 0x03040506);
	db_key_u64(&key, UINT64_C(0x0708090a0b0c0d0e));
	for (unsigned i = 0; i < 14; i++)
		assert_int_equal(key.bytes[i], i + 1);
	assert_int_equal(db_key_u32_at(&key, 2), 0x03040506);
}

#define T(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(open_modes), T(create_that_failed_leaves_nothing), T(cut_files_are_refused),
		T(a_folder_that_cannot_be_looked_into), T(other_schemas_are_refused), T(names), T(trunks), T(seats), T(lists),
		T(campaign_is_checked), T(campaign_records_grow), T(collections_need_a_name_to_overdial), T(campaign_states),
		T(leads_and_duplicates), T(batches_are_bounded_and_alone), T(reading_attempts), T(map_grows_and_ends),
		T(errors_stick_and_undo), T(numbers_and_keys)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
