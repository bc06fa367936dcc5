/* test_files.h - whole files, and one that is damaged for certain (for tests/unit/test_*.c) */
#ifndef OUTDIAL_TESTS_UNIT_TEST_FILES_H
#define OUTDIAL_TESTS_UNIT_TEST_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static inline void file_put(const char *path, const void *bytes, size_t count)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	assert_int_equal(fclose(file), 0);
}

static inline void file_put_text(const char *path, const char *text)
{
	file_put(path, text, strlen(text));
}

/* The whole file, NUL-terminated; the caller frees. NULL: there is none. */
static inline char *file_get(const char *path, size_t *count)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	char *text;
	size_t got;

	if (!file)
		return NULL;
	assert_int_equal(fstat(fileno(file), &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(text);
	got = fread(text, 1, (size_t)st.st_size, file);
	assert_int_equal(got, st.st_size);
	fclose(file);
	if (count)
		*count = got;
	return text;
}

/* Another byte than was there, whatever was: one that is written over may be the same. Twice is as it was. */
static inline void file_flip(const char *path, long at)
{
	FILE *file = fopen(path, "r+b");
	int byte;

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	byte = fgetc(file);
	assert_int_not_equal(byte, EOF);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	fputc(byte ^ 0x10, file);
	assert_int_equal(fclose(file), 0);
}

#endif
