/* test_suppress.h - suppression lists made, loaded and asked, for tests/unit/test_suppress*.c */
#ifndef OUTDIAL_TESTS_UNIT_TEST_SUPPRESS_H
#define OUTDIAL_TESTS_UNIT_TEST_SUPPRESS_H

#include "tests/unit/test_store.h"

#include "campaigns/campaigns.h"

static char why[SUPPRESS_WHY_BYTES];
static char path[128];

static inline const char *file_make(const char *name, const char *text, size_t bytes)
{
	snprintf(path, sizeof(path), "%s/%s", test_dir, name);
	file_put(path, text, bytes);
	return path;
}

static inline void list_make(const char *name, enum suppress_kind kind, enum suppress_scope scope, const char *where)
{
	struct suppress_list list = {.kind = kind, .scope = scope};

	strcpy(list.name, name);
	strcpy(list.where, where);
	assert_int_equal(suppress_create(test_store, &list, why), 0);
}

static inline int load(const char *list, const char *file, bool changes, struct suppress_receipt *receipt)
{
	struct suppress_load options = {.list = list, .path = file, .as_of_us = test_now_us, .changes = changes};

	return suppress_load(test_store, &options, receipt, why);
}

static inline void load_text(const char *list, const char *text)
{
	struct suppress_receipt receipt;
	int err = load(list, file_make("list.txt", text, strlen(text)), false, &receipt);

	if (err)
		fail_msg("%s", why);
}

static inline bool has(const char *name, const char *e164)
{
	struct suppress_list list;
	bool listed;

	assert_int_equal(suppress_get(test_store, name, &list), 0);
	assert_int_equal(suppress_has(test_store, &list, e164, &listed), 0);
	return listed;
}

#define T(f) cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)

#endif
