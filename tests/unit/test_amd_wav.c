/* The program's WAV parser: what it reads, and one clear sentence for each thing it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
/* A program's folder has no library: its parser is compiled in here. */
#include "tools/amd/wav.c"

static uint8_t file[256];
static size_t file_bytes;

static void put32(size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		file[at + (size_t)i] = (uint8_t)(value >> (8 * i));
}

/* RIFF, fmt (16 bytes), an odd chunk that nobody knows, data with `data_bytes` bytes of `fill`. */
static void make(unsigned tag, unsigned channels, unsigned rate, unsigned bits, size_t data_bytes, uint8_t fill)
{
	memset(file, 0, sizeof file);
	memcpy(file, "RIFF", 4);
	memcpy(file + 8, "WAVEfmt ", 8);
	put32(16, 16);
	put32(20, tag | channels << 16);
	put32(24, rate);
	put32(32, (bits / 8) | bits << 16);
	memcpy(file + 36, "LIST", 4);
	put32(40, 3);
	memcpy(file + 48, "data", 4);
	put32(52, (uint32_t)data_bytes);
	memset(file + 56, fill, data_bytes);
	file_bytes = 56 + data_bytes;
}

static int parse(struct wav *wav, char why[160])
{
	why[0] = '\0';
	return wav_parse(file, file_bytes, wav, why, 160);
}

static void reads_three_formats(void **state)
{
	(void)state;
	struct wav wav;
	char why[160];
	make(7, 1, 8000, 8, 100, 0x31);
	assert_int_equal(parse(&wav, why), 0);
	assert_true(wav.law == AMD_ULAW && wav.count == 100 && wav.g711[99] == 0x31);
	wav_free(&wav);
	make(6, 1, 8000, 8, 100, 0x55);
	assert_int_equal(parse(&wav, why), 0);
	assert_true(wav.law == AMD_ALAW && wav.count == 100);
	wav_free(&wav);
	make(1, 1, 8000, 16, 100, 0);
	assert_int_equal(parse(&wav, why), 0);
	assert_true(wav.law == AMD_ULAW && wav.count == 50 && wav.g711[0] == 0xff);
	wav_free(&wav);
}

/* Points of G.711's table: 0, the largest, and the edge between the first two segments. */
static void pcm_becomes_ulaw(void **state)
{
	(void)state;
	assert_int_equal(ulaw_of(0), 0xff);
	assert_int_equal(ulaw_of(32767), 0x80);
	assert_int_equal(ulaw_of(-32768), 0x00);
	assert_int_equal(ulaw_of(132 - 12), 0xf0);
	assert_int_equal(ulaw_of(-124), 0x6f);
}

static void refused(const char *part)
{
	struct wav wav;
	char why[160];
	assert_int_equal(parse(&wav, why), ERR_SYNTAX);
	assert_non_null(strstr(why, part));
	assert_null(strchr(why, '\n'));
	assert_null(wav.g711);
}

static void refuses_with_a_sentence(void **state)
{
	(void)state;
	make(1, 2, 8000, 16, 100, 0);
	refused("2 channels");
	make(1, 1, 16000, 16, 100, 0);
	refused("16000 Hz");
	make(3, 1, 8000, 32, 100, 0);
	refused("format tag 3");
	make(7, 1, 8000, 8, 100, 0);
	file_bytes = 40;
	refused("no data chunk");
	file_bytes = 20;
	refused("no format chunk");
	file_bytes = 0;
	refused("not a RIFF/WAVE file");
}

/* A recorder that was killed leaves a length that the file does not have. */
static void a_cut_file_ends_where_it_ends(void **state)
{
	(void)state;
	struct wav wav;
	char why[160];
	make(7, 1, 8000, 8, 100, 0x31);
	put32(52, 0xffffffff);
	assert_int_equal(parse(&wav, why), 0);
	assert_int_equal(wav.count, 100);
	wav_free(&wav);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_three_formats),
		cmocka_unit_test(pcm_becomes_ulaw),
		cmocka_unit_test(refuses_with_a_sentence),
		cmocka_unit_test(a_cut_file_ends_where_it_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
