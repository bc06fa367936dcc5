/* test_csv.c - records, delimiters, quotes that never close, caps */
#include "campaigns/csv.h"
#include "base/err.h"
#include "campaigns/rowtext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct source {
	const char *text;
	size_t bytes, piece;
};

static int source_read(void *arg, char *out, size_t size, size_t *got)
{
	struct source *source = arg;
	size_t n = source->bytes < size ? source->bytes : size;

	n = source->piece && n > source->piece ? source->piece : n;
	memcpy(out, source->text, n);
	source->text += n;
	source->bytes -= n;
	*got = n;
	return 0;
}

/* All rows as "record:line:a|b;" and, for a row with a code, "record:line!E_X:a|b;". */
static char *dump(const char *text, size_t bytes, size_t piece, char *delimiter)
{
	struct source source = {.text = text, .bytes = bytes, .piece = piece};
	struct rows *rows;
	struct row row;
	char *out;
	size_t out_bytes;
	FILE *file = open_memstream(&out, &out_bytes);
	int rc;

	assert_int_equal(rows_open(&rows, source_read, &source), 0);
	if (delimiter)
		*delimiter = rows_delimiter(rows);
	while ((rc = rows_next(rows, &row)) > 0) {
		fprintf(file, "%llu:%llu", (unsigned long long)row.record, (unsigned long long)row.line);
		if (row.code != ROW_OK)
			fprintf(file, "!%s", row_code_name(row.code));
		for (uint32_t i = 0; i < row.count; i++)
			fprintf(file, "%c%s", i ? '|' : ':', row.fields[i]);
		fprintf(file, ";");
	}
	assert_int_equal(rc, 0);
	rows_close(rows);
	fclose(file);
	return out;
}

/* The same answer whatever the size of the pieces is. */
static void reads(const char *text, size_t bytes, const char *expected)
{
	static const size_t pieces[] = {0, 1, 3, 7};

	for (unsigned i = 0; i < 4; i++) {
		char *out = dump(text, bytes, pieces[i], NULL);

		assert_string_equal(out, expected);
		free(out);
	}
}

#define READS(text, expected) reads(text, sizeof(text) - 1, expected)

static void test_rows_and_lines(void **state)
{
	(void)state;
	READS("a,b\n1,2\n", "1:1:a|b;2:2:1|2;");
	READS("a,b\r\n1,2\r\n", "1:1:a|b;2:2:1|2;");
	READS("a,b\r1,2\r", "1:1:a|b;2:2:1|2;");
	READS("a,b\n\n  \n1,2", "1:1:a|b;2:4:1|2;");
	READS("\n\na,b\n", "1:3:a|b;");
	READS("a,\"x\ny\"\nc,d\n", "1:1:a|x\ny;2:3:c|d;");
	READS("a,\"x\r\ny, \"\"z\"\"\"\r\nc,d\r\n", "1:1:a|x\r\ny, \"z\";2:3:c|d;");
	READS(" a , b \n,\n", "1:1:a|b;2:2:|;");
	READS("a,b,\n", "1:1:a|b|;");
	READS("", "");
}

static void test_delimiters(void **state)
{
	static const struct {
		const char *text, *expected;
		char delimiter;
	} cases[] = {
		{"a;b;c\n1;2,5;3\n4;5,5;6\n", "1:1:a|b|c;2:2:1|2,5|3;3:3:4|5,5|6;", ';'},
		{"a\tb\n1,x\t2\n", "1:1:a|b;2:2:1,x|2;", '\t'},
		{"a|b\n", "1:1:a|b;", '|'},
		{"a,\"x;y;z\"\n1,2\n", "1:1:a|x;y;z;2:2:1|2;", ','},
		{"phone\n13800138000\n", "1:1:phone;2:2:13800138000;", ','},
		{"sep=|\na|b,c\n", "1:2:a|b,c;", '|'},
		{"\"sep=;\"\r\na;b\r\n", "1:2:a|b;", ';'},
	};
	(void)state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char delimiter, *out = dump(cases[i].text, strlen(cases[i].text), 0, &delimiter);

		assert_string_equal(out, cases[i].expected);
		assert_int_equal(delimiter, cases[i].delimiter);
		free(out);
	}
}

/* A last line without an end counts, however long the sample is. */
static void test_delimiter_of_an_unfinished_line(void **state)
{
	char text[400] = "a;b,c\n";
	(void)state;

	memset(text + 6, 'x', 300);
	strcpy(text + 306, ";y");
	assert_int_equal(rows_sniff(text, strlen(text)), ';');
}

/* An open quote costs its own line, not the rest of the file. */
static void test_open_quotes(void **state)
{
	(void)state;
	READS("a,b\n1,\"oops\n2,x\n3,y\n", "1:1:a|b;2:2!E_QUOTE:1|\"oops;3:3:2|x;4:4:3|y;");
	READS("a,b\n1,\"Joe\" Smith\n2,x\n3,\"y\"\n", "1:1:a|b;2:2!E_QUOTE:1|\"Joe\" Smith;3:3:2|x;4:4:3|y;");
	READS("a,b\n1,5\" pipe\n2,x\n", "1:1:a|b;2:2:1|5\" pipe;3:3:2|x;");
	READS("a\n\"", "1:1:a;2:2!E_QUOTE:\";");
}

static void test_open_quote_in_a_long_file(void **state)
{
	size_t bytes = 0, count = 0;
	char *text = malloc(400 * 1000), *out;
	(void)state;

	bytes += (size_t)sprintf(text + bytes, "1,\"open\n");
	for (int i = 0; i < 10000; i++)
		bytes += (size_t)sprintf(text + bytes, "+8613800%06d,name of %d\n", i, i);
	out = dump(text, bytes, 0, NULL);
	assert_memory_equal(out, "1:1!E_QUOTE:1|\"open;2:2:+8613800000000|name of 0;", 49);
	for (char *at = out; (at = strchr(at, ';')); at++)
		count++;
	assert_int_equal(count, 10001);
	free(out);
	free(text);
}

static void test_caps(void **state)
{
	size_t big = 3 * ROWS_RECORD_BYTES_MAX;
	char *text = malloc(big + 100), *out;
	(void)state;

	/* a field */
	memset(text, 'x', big);
	memcpy(text, "a,b\n1,", 6);
	strcpy(text + 70 * 1024, "\n2,3\n");
	out = dump(text, strlen(text), 0, NULL);
	assert_string_equal(out, "1:1:a|b;2:2!E_FIELD_SIZE:1|;3:3:2|3;");
	free(out);
	/* a line that goes on for megabytes */
	memset(text, 'x', big);
	memcpy(text, "a,b\n1,", 6);
	strcpy(text + big, "\n2,3\n");
	out = dump(text, big + 5, 0, NULL);
	assert_string_equal(out, "1:1:a|b;2:2!E_RECORD_SIZE;3:3:2|3;");
	free(out);
	/* fields */
	memset(text, ',', 5000);
	strcpy(text + 5000, "\n2,3\n");
	out = dump(text, 5005, 0, NULL);
	assert_non_null(strstr(out, "1:1!E_COLUMNS"));
	assert_non_null(strstr(out, "2:2:2|3;"));
	free(out);
	free(text);
}

static void test_zero_bytes(void **state)
{
	(void)state;
	READS("a,b\n1,x\0y\n2,z\n", "1:1:a|b;2:2!E_NUL:1|x\xEF\xBF\xBDy;3:3:2|z;");
}

static int failing_read(void *arg, char *out, size_t size, size_t *got)
{
	int *left = arg;

	if ((*left)-- == 0)
		return ERR_ENCODING;
	memset(out, 'x', 1000);
	memcpy(out, "a,b\n", 4);
	*got = size < 1000 ? size : 1000;
	return 0;
}

static void test_errors_of_the_source_come_through(void **state)
{
	struct rows *rows;
	struct row row;
	int left = 70; /* beyond the piece that is read for the delimiter */
	(void)state;

	assert_int_equal(rows_open(&rows, failing_read, &left), 0);
	assert_int_equal(rows_next(rows, &row), 1);
	for (int i = 0; i < 100; i++) {
		int rc = rows_next(rows, &row);

		if (rc <= 0) {
			assert_int_equal(rc, ERR_ENCODING);
			rows_close(rows);
			return;
		}
	}
	fail_msg("the error was lost");
}

static void test_rowtext(void **state)
{
	struct rowtext row;
	(void)state;

	rowtext_init(&row, ';');
	for (int i = 0; i < 2; i++) {
		rowtext_begin(&row);
		rowtext_put(&row, "a,b");
		rowtext_put(&row, "a;\"b\"\n");
		rowtext_put(&row, " x");
		rowtext_put(&row, "");
		rowtext_put(&row, "=1");
		rowtext_safe(&row, "=1");
		rowtext_safe(&row, "-1;");
		rowtext_safe(&row, " @x");
		rowtext_safe(&row, "\tx");
		rowtext_safe(&row, "a=b");
		assert_int_equal(rowtext_end(&row), 0);
	}
	assert_int_equal(row.bytes, strlen("a,b;\"a;\"\"b\"\"\n\";\" x\";;=1;'=1;\"'-1;\";\"' @x\";\"'\tx\";a=b\r\n"));
	assert_memory_equal(row.text, "a,b;\"a;\"\"b\"\"\n\";\" x\";;=1;'=1;\"'-1;\";\"' @x\";\"'\tx\";a=b\r\n", row.bytes);
	rowtext_fini(&row);
	assert_string_equal(rowtext_bare("'=1"), "=1");
	assert_string_equal(rowtext_bare("''=1"), "'=1");
	assert_string_equal(rowtext_bare("' @x"), " @x");
	assert_string_equal(rowtext_bare("'x"), "'x");
	assert_string_equal(rowtext_bare("=1"), "=1");
	assert_string_equal(rowtext_bare("'"), "'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_and_lines),
		cmocka_unit_test(test_delimiters),
		cmocka_unit_test(test_delimiter_of_an_unfinished_line),
		cmocka_unit_test(test_open_quotes),
		cmocka_unit_test(test_open_quote_in_a_long_file),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_zero_bytes),
		cmocka_unit_test(test_errors_of_the_source_come_through),
		cmocka_unit_test(test_rowtext),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
