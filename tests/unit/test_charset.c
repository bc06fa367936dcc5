/* test_charset.c - encodings are proven or refused, never guessed */
#include "campaigns/charset.h"
#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#define BYTES(text) text, sizeof(text) - 1
#define ZHANG_UTF8 "\xE5\xBC\xA0\xE4\xB8\x89" /* Zhang San */
#define ZHANG_GB "\xD5\xC5\xC8\xFD"

static int file_of(const void *bytes, size_t count)
{
	int fd = memfd_create("charset", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, count), count);
	return fd;
}

static int detect(const void *bytes, size_t count, const char *forced, struct charset *out, char *why)
{
	int fd = file_of(bytes, count), err = charset_detect(fd, forced, out, why);

	close(fd);
	return err;
}

static void is(const void *bytes, size_t count, const char *name, unsigned bom)
{
	struct charset charset;
	char why[CHARSET_WHY_BYTES];

	assert_int_equal(detect(bytes, count, NULL, &charset, why), 0);
	assert_string_equal(charset.name, name);
	assert_int_equal(charset.bom_bytes, bom);
}

static void refused(const void *bytes, size_t count, const char *sentence)
{
	struct charset charset;
	char why[CHARSET_WHY_BYTES];

	assert_int_equal(detect(bytes, count, NULL, &charset, why), ERR_ENCODING);
	if (!strstr(why, sentence))
		fail_msg("\"%s\" does not say \"%s\"", why, sentence);
}

static void test_detects(void **state)
{
	(void)state;
	is(BYTES("phone\n13800138000\n"), "UTF-8", 0);
	is(BYTES("phone,name\n1," ZHANG_UTF8 "\n"), "UTF-8", 0);
	is(BYTES("\xEF\xBB\xBFphone\n1\n"), "UTF-8", 3);
	is(BYTES("phone,name\n1," ZHANG_GB "\n"), "GB18030", 0);
	is(BYTES("\x84\x31\x95\x33phone\n"), "GB18030", 4);
	is(BYTES("\xFF\xFEp\0h\0"), "UTF-16LE", 2);
	is(BYTES("\xFE\xFF\0p\0h"), "UTF-16BE", 2);
	is(BYTES("p\0h\0o\0n\0e\0\n\0"
		 "1\0"),
		"UTF-16LE", 0);
	is(BYTES("\0p\0h\0o\0n\0e\0\n\0"
		 "1"),
		"UTF-16BE", 0);
	is(BYTES("phone\n138\0001\n"), "UTF-8", 0); /* one zero byte makes no UTF-16 */
}

static void test_strict_to_the_last_byte(void **state)
{
	size_t count = 200 * 1000;
	char *text = malloc(count);
	(void)state;

	memset(text, 'a', count);
	is(text, count, "UTF-8", 0);
	memcpy(text + count - 4, ZHANG_GB, 4);
	is(text, count, "GB18030", 0);
	text[count - 1] = '\xFF';
	refused(text, count, "--encoding");
	free(text);
	refused(BYTES("a\xC0\x80"), "--encoding");                  /* overlong */
	refused(BYTES("a\xED\xA0\x80\n"), "--encoding");            /* half of a surrogate pair */
	refused(BYTES("a\xE5"), "--encoding");                      /* cut */
	refused(BYTES("ok\n\xF4\x90\x80\x80\n"), "UTF-8 (line 2)"); /* beyond Unicode */
	refused(BYTES("\xFF\xFE"
		      "a\0\0\xD8"),
		"UTF-16LE"); /* lone surrogate at the end */
}

/* The two bytes that are left of a character in UTF-8 are one of GB18030: which of the two the file is, nobody can know. */
static void test_cut_inside_the_last_character(void **state)
{
	struct charset charset;
	char why[CHARSET_WHY_BYTES];
	(void)state;

	refused(BYTES("phone,name\n+8613800138000,\xE5\xBC"), "line 2");
	refused(BYTES("phone,name\n+8613800138000,\xE5\xBC"), "cut off");
	refused(BYTES("phone,name\n+8613800138000,\xE5"), "cut off");
	refused(BYTES("phone,name\n1,Zo\xC3\xAB\n2,\xF0\x9F\x98"), "cut off");
	is(BYTES("phone,name\n+8613800138000," ZHANG_GB), "GB18030", 0);
	assert_int_equal(detect(BYTES("phone,name\n1,\xE5\xBC"), "GB18030", &charset, why), 0);
}

static void test_windows_1252_is_refused(void **state)
{
	(void)state;
	/* "Andr\xE9 " is no GB18030; "M\xFCller" is, by chance. */
	refused(BYTES("name\nok\nAndr\xE9 Dupont\n"), "line 3");
	refused(BYTES("name\nM\xFCller\n"), "--encoding");
}

static void test_binaries_are_named(void **state)
{
	(void)state;
	refused(BYTES("PK\x03\x04\x14\0\x06\0"), "CSV");
	refused(BYTES("\xD0\xCF\x11\xE0\xA1\xB1"), ".xls");
	refused(BYTES("\x28\xB5\x2F\xFD\0"), "zstd");
}

static void test_forced(void **state)
{
	struct charset charset;
	char why[CHARSET_WHY_BYTES];
	(void)state;

	assert_int_equal(detect(BYTES("M\xFCller\n"), "WINDOWS-1252", &charset, why), 0);
	assert_string_equal(charset.name, "WINDOWS-1252");
	assert_int_equal(detect(BYTES("x"), "KLINGON", &charset, why), -EINVAL);
	assert_non_null(strstr(why, "KLINGON"));
	assert_int_equal(detect(BYTES("a\nb\xFF\n"), "UTF-8", &charset, why), ERR_ENCODING);
	assert_non_null(strstr(why, "line 2"));
	assert_int_equal(detect(BYTES("\xFE\xFF\0p"), "utf-16", &charset, why), 0);
	assert_string_equal(charset.name, "UTF-16BE");
	assert_int_equal(charset.bom_bytes, 2);
	assert_int_equal(detect(BYTES("\xEF\xBB\xBFphone\n"), "utf8", &charset, why), 0);
	assert_int_equal(charset.bom_bytes, 3); /* else the first title begins with the mark */
	assert_int_equal(detect(BYTES("\xFF\xFEp\0"), "UTF16", &charset, why), 0);
	assert_string_equal(charset.name, "UTF-16LE");
	assert_int_equal(charset.bom_bytes, 2);
	assert_int_equal(detect(BYTES("x"), "", &charset, why), -EINVAL);
	assert_int_equal(detect(BYTES("x\xE5"), "UTF-8//IGNORE", &charset, why), -EINVAL); /* would drop what is wrong */
}

/* Text of characters of one to four bytes through writer and reader, in pieces that cut characters. */
static void round_trip(const char *name, unsigned bom, size_t piece)
{
	static const char *const words[] = {"a", ZHANG_UTF8, "\xC3\xA9", "\xF0\x9F\x98\x80", "1234567890123", "\n"};
	struct charset charset = {.bom_bytes = bom};
	struct charset_writer *writer;
	struct charset_reader *reader;
	size_t count = 0, at = 0, got, bytes;
	char *text = malloc(300000), *out = malloc(300000);
	FILE *file = tmpfile();

	strcpy(charset.name, name);
	assert_int_equal(charset_writer_open(&writer, file, &charset), 0);
	for (unsigned i = 0; count < 200000; i++) {
		const char *word = words[(i * 7 + i / 5) % 6];

		bytes = strlen(word);
		memcpy(text + count, word, bytes);
		assert_int_equal(charset_writer_put(writer, word, bytes), 0);
		count += bytes;
	}
	charset_writer_close(writer);
	fflush(file);
	assert_int_equal(charset_reader_open(&reader, fileno(file), &charset), 0);
	do {
		assert_int_equal(charset_reader_read(reader, out + at, piece, &got), 0);
		at += got;
	} while (got);
	charset_reader_close(reader);
	assert_int_equal(at, count);
	assert_memory_equal(out, text, count);
	fclose(file);
	free(text);
	free(out);
}

static void test_round_trips(void **state)
{
	(void)state;
	round_trip("UTF-8", 0, 16);
	round_trip("UTF-8", 3, 4096);
	round_trip("GB18030", 0, 17);
	round_trip("UTF-16LE", 2, 8192);
	round_trip("UTF-16BE", 2, 31);
}

static void test_writer_replaces_what_it_cannot_say(void **state)
{
	struct charset charset = {.name = "WINDOWS-1252"};
	struct charset_writer *writer;
	char out[16] = "";
	FILE *file = tmpfile();
	(void)state;

	assert_int_equal(charset_writer_open(&writer, file, &charset), 0);
	assert_int_equal(charset_writer_put(writer, BYTES("\xC3\xA9" ZHANG_UTF8 "x")), 0);
	charset_writer_close(writer);
	rewind(file);
	assert_int_equal(fread(out, 1, sizeof(out), file), 4);
	assert_memory_equal(out, "\xE9??x", 4);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detects),
		cmocka_unit_test(test_strict_to_the_last_byte),
		cmocka_unit_test(test_cut_inside_the_last_character),
		cmocka_unit_test(test_windows_1252_is_refused),
		cmocka_unit_test(test_binaries_are_named),
		cmocka_unit_test(test_forced),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_writer_replaces_what_it_cannot_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
