/* test_import_util.h - a folder with a store and files for the tests of lists, exports and reports */
#ifndef OUTDIAL_TESTS_TEST_IMPORT_UTIL_H
#define OUTDIAL_TESTS_TEST_IMPORT_UTIL_H

#include "tests/unit/test_files.h"

#include "campaigns/import.h"
#include "campaigns/store.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct place {
	char dir[64], path[160];
	struct store *store;
};

static inline const char *place_path(struct place *place, const char *name)
{
	snprintf(place->path, sizeof(place->path), "%s/%s", place->dir, name);
	return place->path;
}

static inline int place_open(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	char why[WHY_BYTES];

	strcpy(place->dir, "/tmp/outdial-test-XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	assert_int_equal(store_open(&place->store, place_path(place, "store"), STORE_CREATE, why), 0);
	*state = place;
	return 0;
}

static inline int remove_h(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static inline int place_close(void **state)
{
	struct place *place = *state;

	store_close(place->store);
	nftw(place->dir, remove_h, 8, FTW_DEPTH | FTW_PHYS);
	free(place);
	return 0;
}

#endif
