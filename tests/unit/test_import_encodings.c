/*
 * test_import_encodings.c - UPL-3: a hundred generated files in the encodings that lists come in, and some that must be refused
 *
 * Each file has 20 to 200 rows with digits and names: Chinese names of frequent characters, in the proportion in which a list has
 * them, so that the text is mostly ASCII. Detected means: the encoding's name is right, and the decoded text is the text that was
 * written.
 */
#include "campaigns/charset.h"

#include "base/err.h"
#include "base/prng.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define FILES 100
#define TEXT_BYTES 65536

static const char *const chinese[] = {"张伟", "王芳", "李娜", "刘洋", "陈静", "杨敏", "赵磊", "黄丽", "周杰", "吴强", "徐明", "孙燕", "马超", "朱红",
	"胡军", "郭峰", "何平", "高翔", "林海", "罗霞", "南京路", "人民大街", "北京市海淀区", "上海市浦东新区", "深圳", "先生", "女士"};
static const char *const traditional[] = {"張偉", "王芳", "李娜", "劉洋", "陳靜", "楊敏", "趙磊", "黃麗", "吳強", "孫燕", "馬超", "羅霞", "臺北市", "中山路",
	"高雄", "先生", "女士", "電話", "國語", "關係"};
static const char *const korean[] = {"김민수", "이서연", "박지훈", "최유진", "정하늘", "강동원", "조은비", "윤재석", "한가람", "오세훈", "신동엽", "권나라",
	"서울특별시 강남구", "부산광역시 해운대구", "경기도 성남시", "대구광역시", "고객님", "전화번호"};
static const char *const western[] = {"Müller", "Jörg Weiß", "François", "Señor Núñez", "Åse", "Zoë", "Björn", "Łukasz"};

static const struct encoding {
	const char *name, *bom; /* as iconv knows it */
	const char *expected;   /* NULL: refused */
	const char *const *words;
	unsigned word_count;
} encodings[] = {
	{"UTF-8", "", "UTF-8", chinese, 27},
	{"UTF-8", "\xEF\xBB\xBF", "UTF-8", chinese, 27},
	{"UTF-16LE", "\xFF\xFE", "UTF-16LE", chinese, 27},
	{"UTF-16BE", "\xFE\xFF", "UTF-16BE", chinese, 27},
	{"UTF-16LE", "", "UTF-16LE", chinese, 27},
	{"GB18030", "", "GB18030", chinese, 27},
	{"GB18030", "\x84\x31\x95\x33", "GB18030", chinese, 27},
	{"UTF-8", "", "UTF-8", western, 8},
	{"WINDOWS-1252", "", NULL, western, 7},
	{"BIG5", "", NULL, traditional, 20},
	{"EUC-KR", "", NULL, korean, 18},
	{"UTF-8", "", "UTF-8", korean, 18},
};
#define KINDS (sizeof(encodings) / sizeof(encodings[0]))

struct sample {
	char text[TEXT_BYTES], bytes[TEXT_BYTES], back[2 * TEXT_BYTES];
	size_t text_bytes, byte_count, back_bytes;
};

static void text_make(struct prng *prng, const struct encoding *encoding, struct sample *sample)
{
	unsigned rows = 20 + (unsigned)prng_below(prng, 181);
	size_t at = (size_t)sprintf(sample->text, "phone,name,balance\r\n");

	for (unsigned i = 0; i < rows; i++)
		at += (size_t)sprintf(sample->text + at, "138%08u,%s,%u.50\r\n", (unsigned)prng_below(prng, 100000000),
			i % 3 == 0 ? encoding->words[prng_below(prng, encoding->word_count)] : "Li",
			(unsigned)prng_below(prng, 10000));
	sample->text_bytes = at;
}

static void text_encode(const struct encoding *encoding, struct sample *sample)
{
	iconv_t conv = iconv_open(encoding->name, "UTF-8");
	char *in = sample->text, *out = sample->bytes;
	size_t in_left = sample->text_bytes, out_left = sizeof(sample->bytes);

	assert_true(conv != (iconv_t)-1);
	sample->byte_count = strlen(encoding->bom);
	memcpy(sample->bytes, encoding->bom, sample->byte_count);
	out += sample->byte_count;
	out_left -= sample->byte_count;
	assert_int_equal(iconv(conv, &in, &in_left, &out, &out_left), 0);
	sample->byte_count = sizeof(sample->bytes) - out_left;
	iconv_close(conv);
}

static void text_decode(int fd, const struct charset *charset, struct sample *sample)
{
	struct charset_reader *reader;
	size_t got;

	sample->back_bytes = 0;
	assert_int_equal(charset_reader_open(&reader, fd, charset), 0);
	do {
		assert_int_equal(charset_reader_read(reader, sample->back + sample->back_bytes, 4096, &got), 0);
		sample->back_bytes += got;
	} while (got);
	charset_reader_close(reader);
}

static void file_check(const struct encoding *encoding, struct sample *sample)
{
	FILE *file = tmpfile();
	char why[CHARSET_WHY_BYTES];
	struct charset charset;
	int err;

	assert_non_null(file);
	assert_int_equal(fwrite(sample->bytes, 1, sample->byte_count, file), sample->byte_count);
	assert_int_equal(fflush(file), 0);
	err = charset_detect(fileno(file), NULL, &charset, why);
	if (!encoding->expected) {
		if (err != ERR_ENCODING)
			fail_msg("a file in %s was taken for %s", encoding->name, charset.name);
		assert_non_null(strstr(why, "--encoding"));
		err = charset_detect(fileno(file), encoding->name, &charset, why); /* named, it is read */
	}
	if (err)
		fail_msg("a file in %s was refused: %s", encoding->name, why);
	if (encoding->expected)
		assert_string_equal(charset.name, encoding->expected);
	text_decode(fileno(file), &charset, sample);
	assert_int_equal(sample->back_bytes, sample->text_bytes);
	assert_memory_equal(sample->back, sample->text, sample->text_bytes);
	fclose(file);
}

static void UPL_3_a_hundred_files(void **state)
{
	struct sample *sample = malloc(sizeof(*sample));
	struct prng prng;

	(void)state;
	assert_non_null(sample);
	for (unsigned i = 0; i < FILES; i++) {
		const struct encoding *encoding = &encodings[i % KINDS];

		prng_seed(&prng, i + 1);
		text_make(&prng, encoding, sample);
		text_encode(encoding, sample);
		file_check(encoding, sample);
	}
	free(sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(UPL_3_a_hundred_files)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
