/* test_ages.c - suppression lists that are too old, or soon will be, are told: once, then once a day */
#include "tests/unit/test_store.h"

#include "campaigns/suppress.h"
#include "campaigns/tables.h"
#include "dialer/ages.h"

static char said[64];
static char why[SUPPRESS_WHY_BYTES];

static void hear(const struct suppress_list *list, enum suppress_age age, int64_t now_us)
{
	size_t used = strlen(said);

	(void)now_us;
	snprintf(said + used, sizeof(said) - used, "%s%s:%s", used ? " " : "", list->name, suppress_age_name(age));
}

/* What is told when the engine looks now. */
static const char *look(struct ages *ages)
{
	said[0] = '\0';
	ages_turn(ages, test_store, test_now_us, hear);
	return said;
}

static void make(const char *name, uint32_t warn_days)
{
	struct suppress_list list = {.kind = SUPPRESS_NATIONAL, .scope = SUPPRESS_COUNTRY, .where = "US", .warn_days = warn_days};

	strcpy(list.name, name);
	assert_int_equal(suppress_create(test_store, &list, why), 0);
}

static void load(const char *name)
{
	struct suppress_load options = {.list = name, .as_of_us = test_now_us};
	struct suppress_receipt receipt;

	options.path = test_file("list.txt", "2125550100\n");
	assert_int_equal(suppress_load(test_store, &options, &receipt, why), 0);
}

static void test_DNC_3_a_list_that_ages_is_told_once_a_day(void **state)
{
	struct ages ages = {0};
	int64_t from_us = test_now_us;

	(void)state;
	make("ftc", 0);
	assert_string_equal(look(&ages), "ftc:too_old"); /* nothing was loaded */
	load("ftc");
	assert_string_equal(look(&ages), ""); /* not before a minute is over */
	test_now_us += 60 * SEC_US;
	assert_string_equal(look(&ages), "ftc:fine");
	test_now_us = from_us + 28 * DAY_US - SEC_US;
	assert_string_equal(look(&ages), "");
	test_now_us = from_us + 28 * DAY_US + 60 * SEC_US;
	assert_string_equal(look(&ages), "ftc:soon");
	test_now_us += DAY_US - 60 * SEC_US;
	assert_string_equal(look(&ages), "");
	test_now_us += 60 * SEC_US;
	assert_string_equal(look(&ages), "ftc:soon");
	test_now_us = from_us + 31 * DAY_US;
	assert_string_equal(look(&ages), "ftc:too_old");
	test_now_us += DAY_US;
	assert_string_equal(look(&ages), "ftc:too_old");
	assert_string_equal(look(&(struct ages){0}), "ftc:too_old"); /* an engine that starts anew */
	assert_int_equal(suppress_drop(test_store, "ftc", why), 0);
	test_now_us += DAY_US;
	assert_string_equal(look(&ages), "");
	assert_int_equal(ages.count, 0);
}

static void test_DNC_3_each_list_has_its_own_warning(void **state)
{
	struct ages ages = {0};
	int64_t from_us = test_now_us;
	struct doc *doc;

	(void)state;
	make("early", 10);
	make("late", 1);
	load("early");
	load("late");
	test_now_us = from_us + 21 * DAY_US;
	assert_string_equal(look(&ages), "early:soon");
	assert_int_equal(suppress_set_warn(test_store, "late", 20, why), 0);
	assert_int_equal(suppress_set_warn(test_store, "late", 400, why), ERR_RANGE);
	assert_int_equal(suppress_set_warn(test_store, "nobody", 4, why), ERR_UNKNOWN);
	test_now_us += 60 * SEC_US;
	assert_string_equal(look(&ages), "late:soon");
	doc = suppress_ages(test_store, test_now_us);
	assert_int_equal(doc_count(doc), 2);
	assert_string_equal(
		doc_text(doc_at(doc, 1), "why", ""), "too old in 9 days, then its calls stop: 'outdial dnc load late FILE'");
	doc_free(doc);
}

static int earlier_in(struct db_txn *txn, void *arg)
{
	uint8_t record[1024];
	struct db_key key = db_key_empty();
	struct db_view view;

	(void)arg;
	db_key_u16(&key, 1);
	if (!db_get(txn, T_SUPPRESS, &key, &view) || view.bytes > sizeof(record))
		return ERR_STORE;
	memcpy(record, view.data, view.bytes);
	record[0] = 1;
	db_put(txn, T_SUPPRESS, &key, record, view.bytes - 4);
	return 0;
}

static void a_record_of_an_earlier_program_warns_three_days_before(void **state)
{
	struct suppress_list list;

	(void)state;
	make("ftc", 9);
	assert_int_equal(db_change(test_store->db, earlier_in, NULL), 0);
	assert_int_equal(suppress_get(test_store, "ftc", &list), 0);
	assert_int_equal(list.warn_days, SUPPRESS_WARN_DAYS);
}

#define T(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(test_DNC_3_a_list_that_ages_is_told_once_a_day),
		T(test_DNC_3_each_list_has_its_own_warning), T(a_record_of_an_earlier_program_warns_three_days_before)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
