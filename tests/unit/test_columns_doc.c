/* test_columns_doc.c - docs/COLUMNS.md and docs/OUTCOMES.md name each column that an export prints, and no other */
#include "campaigns/export.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NAMES_MAX 128

/* The text of a section, to the next heading of its depth. malloc'ed. */
static char *section(const char *path, const char *heading)
{
	FILE *file = fopen(path, "re"); /* tests run in the project's folder */
	char *line = NULL, *text = calloc(1, 1);
	size_t room = 0, bytes = 0;
	bool in = false;

	if (!file)
		fail_msg("%s: run this in the project's folder", path);
	while (getline(&line, &room, file) > 0) {
		if (strncmp(line, "## ", 3) == 0)
			in = strncmp(line + 3, heading, strlen(heading)) == 0 && line[3 + strlen(heading)] == '\n';
		if (!in)
			continue;
		text = realloc(text, bytes + strlen(line) + 1);
		assert_non_null(text);
		strcpy(text + bytes, line);
		bytes += strlen(line);
	}
	free(line);
	fclose(file);
	if (!bytes)
		fail_msg("%s has no section \"## %s\"", path, heading);
	return text;
}

static char *section_of(const char *export)
{
	return strcmp(export, "outcomes") == 0 ? section("docs/OUTCOMES.md", "Columns of `outdial export outcomes`")
					       : section("docs/COLUMNS.md", export);
}

struct names {
	char name[NAMES_MAX][48];
	uint32_t count;
};

static void add_names(struct names *names, const char *cell)
{
	for (const char *end; (cell = strchr(cell, '`')); cell = end + 1) {
		end = strchr(++cell, '`');
		assert_non_null(end);
		assert_true(names->count < NAMES_MAX);
		snprintf(names->name[names->count++], sizeof(names->name[0]), "%.*s", (int)(end - cell), cell);
	}
}

/* What stands in the first cells of its tables' rows. */
static struct names named(const char *export)
{
	struct names names = {.count = 0};
	char *text = section_of(export), *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "| `", 3) != 0)
			continue;
		*strchr(line + 1, '|') = 0;
		add_names(&names, line);
	}
	free(text);
	return names;
}

static void each_column_is_explained_once(void **state)
{
	(void)state;
	for (unsigned i = 0; export_name(i); i++) {
		struct names names = named(export_name(i));

		for (const char *const *column = export_columns(i); *column; column++) {
			uint32_t times = 0;

			for (uint32_t k = 0; k < names.count; k++)
				times += strcmp(names.name[k], *column) == 0;
			if (times != 1)
				fail_msg("%s: the docs name the column %s %u times", export_name(i), *column, times);
		}
	}
}

static bool is_column(const char *const *columns, const char *name)
{
	while (*columns && strcmp(*columns, name) != 0)
		columns++;
	return *columns != NULL;
}

static void no_other_is(void **state)
{
	(void)state;
	for (unsigned i = 0; export_name(i); i++) {
		struct names names = named(export_name(i));

		for (uint32_t k = 0; k < names.count; k++)
			if (!is_column(export_columns(i), names.name[k]))
				fail_msg("%s has no column %s", export_name(i), names.name[k]);
	}
}

/* The example of each section has as many cells as there are columns. */
static void the_examples_fit(void **state)
{
	(void)state;
	for (unsigned i = 1; export_name(i); i++) {
		char *text = section_of(export_name(i)), *line = strstr(text, "\n    ");
		uint32_t cells = 1, columns = 0;
		bool quoted = false;

		assert_non_null(line);
		for (line += 5; *line != '\n'; line++) {
			quoted ^= *line == '"';
			cells += *line == ',' && !quoted;
		}
		while (export_columns(i)[columns])
			columns++;
		if (cells != columns)
			fail_msg("%s: the example has %u cells, not %u", export_name(i), cells, columns);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_column_is_explained_once),
		cmocka_unit_test(no_other_is),
		cmocka_unit_test(the_examples_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
