/* test_rows.h - rows of NDJSON that an export or a report wrote, and a process in UTC (for tests of exports) */
#ifndef OUTDIAL_TESTS_UNIT_TEST_ROWS_H
#define OUTDIAL_TESTS_UNIT_TEST_ROWS_H

#include "tests/unit/test_store.h"

#include "base/doc.h"

#include <time.h>

static struct campaign campaign;
static struct doc *rows[3000];
static size_t row_count;

static inline int rows_setup(void **state)
{
	setenv("TZ", "UTC", 1);
	tzset();
	if (test_setup(state) != 0)
		return -1;
	campaign = test_campaign();
	return 0;
}

static inline void rows_free(void)
{
	while (row_count)
		doc_free(rows[--row_count]);
}

static inline int rows_teardown(void **state)
{
	rows_free();
	return test_teardown(state);
}

/* Those of the file, in place of those before. */
static inline void rows_read(const char *path)
{
	char line[4096];
	FILE *file = fopen(path, "re");

	rows_free();
	assert_non_null(file);
	while (row_count < sizeof(rows) / sizeof(rows[0]) && fgets(line, sizeof(line), file))
		assert_non_null(rows[row_count++] = doc_parse(line, strlen(line), NULL, 0));
	fclose(file);
}

#endif
