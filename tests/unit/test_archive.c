/* test_archive.c - recordings on the disk: the recorder's thread, spool, Opus, WAV, encryption, damage */
#include "tests/unit/test_files.h"

#include "base/err.h"
#include "media/archive.h"
#include "media/g711.h"
#include "media/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>

#define START INT64_C(1700000000000000)
#define SECONDS 5

static char dir[64];

static const char *in_dir(const char *name)
{
	static char paths[4][128];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, 128, "%s/%s", dir, name);
	return path;
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/outdial-archive-XXXXXX");
	g711_init();
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* A tone a side, through the recorder's thread. */
static void record(uint64_t id, unsigned seconds)
{
	struct recorder *recorder;
	struct spool_head head = {.id = id, .law = AMD_ALAW, .start_us = START};
	unsigned pairs = seconds * 8000;

	assert_int_equal(recorder_open(&recorder, in_dir("spool"), 1, 2), 0);
	struct record_lane *lane = recorder_lane(recorder, 0);
	assert_true(recorder_begin(lane, 1, &head));
	for (unsigned at = 0; at < pairs; at += TAPE_PAIRS) {
		uint8_t *block = recorder_take(lane);
		assert_non_null(block);
		for (unsigned i = 0; i < TAPE_PAIRS; i++) {
			double t = (at + i) / 8000.0;
			block[i] = g711_encode(AMD_ALAW, (int16_t)(8000 * sin(2 * M_PI * 440 * t))) ^ g711_silence(AMD_ALAW);
			block[TAPE_PAIRS + i] =
				g711_encode(AMD_ALAW, (int16_t)(8000 * sin(2 * M_PI * 1000 * t))) ^ g711_silence(AMD_ALAW);
		}
		recorder_give(lane, 1, block, at / TAPE_PAIRS);
	}
	assert_true(recorder_end(lane, 1, pairs, 0));
	recorder_close(recorder);
}

static size_t load(const char *path, uint8_t **out)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	*out = malloc(4 << 20);
	size_t bytes = fread(*out, 1, 4 << 20, file);
	fclose(file);
	return bytes;
}

/* Power of a frequency in one side of 16-bit stereo, as an amplitude. */
static double level(const int16_t *samples, size_t pairs, unsigned side, double hz)
{
	double re = 0, im = 0;

	for (size_t i = 0; i < pairs; i++) {
		re += samples[2 * i + side] * cos(2 * M_PI * hz * (double)i / 8000);
		im += samples[2 * i + side] * sin(2 * M_PI * hz * (double)i / 8000);
	}
	return 2 * sqrt(re * re + im * im) / (double)pairs;
}

static void g711_is_kept_byte_by_byte(void **state)
{
	struct archive_receipt receipt;
	struct vault_receipt sum;
	uint8_t *data;

	(void)state;
	record(7, SECONDS);
	assert_int_equal(archive_make(in_dir("spool/7.done"), in_dir("7.wav"), ARCHIVE_G711, NULL, &receipt), 0);
	assert_true(receipt.head.ended && receipt.head.id == 7 && receipt.head.lost == 0 && receipt.pairs == SECONDS * 8000);
	size_t bytes = load(in_dir("7.wav"), &data);
	assert_int_equal(bytes, 58 + SECONDS * 16000);
	assert_memory_equal(data, "RIFF", 4);
	assert_int_equal(data[20], 6);
	for (unsigned i = 0; i < SECONDS * 8000; i++) {
		assert_int_equal(data[58 + 2 * i], g711_encode(AMD_ALAW, (int16_t)(8000 * sin(2 * M_PI * 440 * (i / 8000.0)))));
		assert_int_equal(data[59 + 2 * i], g711_encode(AMD_ALAW, (int16_t)(8000 * sin(2 * M_PI * 1000 * (i / 8000.0)))));
	}
	assert_int_equal(vault_sum(in_dir("7.wav"), &sum), 0);
	assert_string_equal(sum.sha256, receipt.file.sha256);
	assert_int_equal(sum.bytes, bytes);
	free(data);
}

static void opus_keeps_the_sides_apart(void **state)
{
	struct archive_receipt receipt;
	uint8_t *data;

	(void)state;
	record(8, SECONDS);
	assert_int_equal(archive_make(in_dir("spool/8.done"), in_dir("8.opus"), ARCHIVE_OPUS, NULL, &receipt), 0);
	assert_true(receipt.file.bytes < SECONDS * 8000);
	assert_int_equal(archive_get(in_dir("8.opus"), NULL, ARCHIVE_OPUS, true, in_dir("8.wav")), 0);
	assert_int_equal(archive_get(in_dir("8.opus"), NULL, ARCHIVE_OPUS, true, in_dir("8.wav")), -EEXIST);
	size_t bytes = load(in_dir("8.wav"), &data);
	assert_int_equal(bytes, 58 + SECONDS * 8000 * 4);
	const int16_t *samples = (const int16_t *)(const void *)(data + 58 + 4 * 4000);
	assert_true(level(samples, 32000, 0, 440) > 6000 && level(samples, 32000, 0, 1000) < 160);
	assert_true(level(samples, 32000, 1, 1000) > 6000 && level(samples, 32000, 1, 440) < 160);
	free(data);
}

/* As kill -9 leaves it: the head says nothing about the end, a block in the middle and the last one were never written. */
static void what_a_crash_left_is_finished(void **state)
{
	struct spool_head head = {.id = 9, .law = AMD_ULAW, .start_us = START};
	uint8_t raw[SPOOL_HEAD_BYTES], *data;
	struct archive_receipt receipt;

	(void)state;
	FILE *file = fopen(in_dir("9.part"), "wb");
	spool_print(raw, &head);
	assert_int_equal(fwrite(raw, 1, sizeof(raw), file), sizeof(raw));
	assert_int_equal(fseek(file, SPOOL_HEAD_BYTES + TAPE_BLOCK_BYTES, SEEK_SET), 0);
	for (int i = 0; i < TAPE_BLOCK_BYTES; i++)
		putc(0x11, file);
	fclose(file);
	assert_int_equal(archive_make(in_dir("9.part"), in_dir("9.wav"), ARCHIVE_G711, NULL, &receipt), 0);
	assert_false(receipt.head.ended);
	assert_int_equal(receipt.pairs, 2 * TAPE_PAIRS);
	assert_int_equal(load(in_dir("9.wav"), &data), 58 + 2 * TAPE_BLOCK_BYTES);
	assert_int_equal(data[58], 0xff);
	assert_int_equal(data[58 + TAPE_BLOCK_BYTES], 0xff ^ 0x11);
	free(data);
}

static void key_make(const char *path, char digit)
{
	char text[65];

	memset(text, digit, 64);
	text[64] = '\n';
	file_put(path, text, sizeof(text));
}

static void encrypted_at_rest(void **state)
{
	uint8_t key[VAULT_KEY_BYTES], other[VAULT_KEY_BYTES], *clear, *back, *data;
	struct archive_receipt receipt;

	(void)state;
	key_make(in_dir("key"), 'a');
	key_make(in_dir("other"), 'b');
	assert_int_equal(vault_key(in_dir("key"), key), 0);
	assert_int_equal(vault_key(in_dir("other"), other), 0);
	record(10, 10);
	assert_int_equal(archive_make(in_dir("spool/10.done"), in_dir("10.wav"), ARCHIVE_G711, NULL, &receipt), 0);
	assert_int_equal(archive_make(in_dir("spool/10.done"), in_dir("10.enc"), ARCHIVE_G711, key, &receipt), 0);
	size_t bytes = load(in_dir("10.enc"), &data), clear_bytes = load(in_dir("10.wav"), &clear);
	assert_int_equal(bytes, clear_bytes + 40 + 3 * 16); /* 160,058 bytes are three chunks */
	assert_null(memmem(data, bytes, clear + 58, 16));
	assert_int_equal(archive_get(in_dir("10.enc"), key, ARCHIVE_G711, true, in_dir("10.back")), 0);
	assert_int_equal(load(in_dir("10.back"), &back), clear_bytes);
	assert_memory_equal(back, clear, clear_bytes);
	assert_int_equal(archive_check(in_dir("10.enc"), other, ARCHIVE_G711), ERR_SYNTAX);
	assert_int_equal(archive_check(in_dir("10.enc"), NULL, ARCHIVE_G711), -ENOKEY);
	free(data);
	free(clear);
	free(back);
}

static void cut_off(const char *path, off_t bytes)
{
	assert_int_equal(truncate(path, bytes), 0);
}

static void damage_is_found(void **state)
{
	uint8_t key[VAULT_KEY_BYTES];
	struct archive_receipt receipt;

	(void)state;
	key_make(in_dir("key"), 'a');
	assert_int_equal(vault_key(in_dir("key"), key), 0);
	record(11, 10);
	assert_int_equal(archive_make(in_dir("spool/11.done"), in_dir("11.enc"), ARCHIVE_G711, key, &receipt), 0);
	assert_int_equal(archive_check(in_dir("11.enc"), key, ARCHIVE_G711), 0);
	file_flip(in_dir("11.enc"), 70000);
	assert_int_equal(archive_check(in_dir("11.enc"), key, ARCHIVE_G711), ERR_SYNTAX);
	assert_int_equal(archive_make(in_dir("spool/11.done"), in_dir("11.enc"), ARCHIVE_G711, key, &receipt), 0);
	cut_off(in_dir("11.enc"), 40 + 2 * (65536 + 16)); /* at a chunk's end: the last one has gone */
	assert_int_equal(archive_check(in_dir("11.enc"), key, ARCHIVE_G711), ERR_SYNTAX);
	cut_off(in_dir("11.enc"), 20);
	assert_int_equal(archive_check(in_dir("11.enc"), key, ARCHIVE_G711), ERR_SYNTAX);
	assert_int_equal(archive_check(in_dir("nowhere"), key, ARCHIVE_OPUS), -ENOENT);
}

static void key_files_are_checked(void **state)
{
	static const char *const bad[] = {"", "abc", "zz00000000000000000000000000000000000000000000000000000000000000"};
	uint8_t key[VAULT_KEY_BYTES];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		file_put_text(in_dir("bad"), bad[i]);
		assert_int_equal(vault_key(in_dir("bad"), key), ERR_SYNTAX);
	}
	assert_int_equal(vault_key(in_dir("nowhere"), key), -ENOENT);
}

/* The file size limit stands for a full disk: the call goes on, the recording says what is missing. */
static void a_full_disk_is_told(void **state)
{
	struct rlimit before, limit;
	struct archive_receipt receipt;
	struct recorder_counters counters;
	struct recorder *recorder;
	struct spool_head head = {.id = 12, .law = AMD_ULAW, .start_us = START};

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = SPOOL_HEAD_BYTES + TAPE_BLOCK_BYTES;
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(recorder_open(&recorder, in_dir("full"), 1, 2), 0);
	struct record_lane *lane = recorder_lane(recorder, 0);
	assert_true(recorder_begin(lane, 0, &head));
	for (unsigned i = 0; i < 3; i++)
		recorder_give(lane, 0, recorder_take(lane), i);
	assert_true(recorder_end(lane, 0, 3 * TAPE_PAIRS, 0));
	do
		recorder_count(recorder, &counters);
	while (counters.ended == 0);
	assert_int_equal(counters.lost, 2 * TAPE_BLOCK_BYTES);
	recorder_close(recorder);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(archive_look(in_dir("full/12.done"), &receipt.head, &receipt.pairs), 0);
	assert_int_equal(receipt.head.lost, 2 * TAPE_BLOCK_BYTES);
	assert_int_equal(receipt.pairs, 3 * TAPE_PAIRS);
}

static void blocks_and_places_are_bounded(void **state)
{
	struct recorder_counters counters;
	struct recorder *recorder;
	struct spool_head head = {.id = 13, .law = AMD_ULAW, .start_us = START};
	uint8_t *taken[256];
	unsigned count = 0;

	(void)state;
	assert_int_equal(recorder_open(&recorder, in_dir("bounded"), 1, 4), 0);
	struct record_lane *lane = recorder_lane(recorder, 0);
	while ((taken[count] = recorder_take(lane)))
		count++;
	assert_int_equal(count, 4 + 2 + 64);
	assert_true(recorder_begin(lane, 0, &head));
	for (unsigned i = 0; i < count; i++)
		recorder_give(lane, 0, taken[i], i);
	assert_true(recorder_end(lane, 0, count * TAPE_PAIRS, 5));
	recorder_count(recorder, &counters);
	assert_int_equal(counters.lost, 5);
	recorder_close(recorder);
	assert_int_equal(access(in_dir("bounded/13.done"), R_OK), 0);
}

static void heads_are_checked(void **state)
{
	struct spool_head head = {.id = 1, .law = AMD_ULAW, .pairs = 5, .lost = 3, .ended = true, .start_us = START}, back;
	uint8_t raw[SPOOL_HEAD_BYTES];

	(void)state;
	spool_print(raw, &head);
	assert_int_equal(spool_parse(raw, sizeof(raw), &back), 0);
	assert_true(back.id == 1 && back.pairs == 5 && back.lost == 3 && back.ended && back.start_us == START);
	assert_int_equal(spool_parse(raw, 20, &back), ERR_SYNTAX);
	raw[16] = 9;
	assert_int_equal(spool_parse(raw, sizeof(raw), &back), ERR_SYNTAX);
	spool_print(raw, &(struct spool_head){.pairs = SPOOL_PAIRS_MAX + 1});
	assert_int_equal(spool_parse(raw, sizeof(raw), &back), ERR_SYNTAX);
}

/* Nothing was recorded, and memory is not zeroes: libopusenc ended the program. */
static void an_empty_recording_is_kept(void **state)
{
	struct archive_receipt receipt;
	struct spool_head head = {.id = 12, .law = AMD_ALAW, .start_us = START, .ended = true};
	uint8_t raw[SPOOL_HEAD_BYTES];
	FILE *spool = fopen(in_dir("12.part"), "w");

	(void)state;
	spool_print(raw, &head);
	assert_non_null(spool);
	assert_int_equal(fwrite(raw, sizeof(raw), 1, spool), 1);
	assert_int_equal(fclose(spool), 0);
	for (int fill = 255; fill >= 0; fill--) { /* the last one: as it was */
		mallopt(M_PERTURB, fill);
		unlink(in_dir("12.opus"));
		assert_int_equal(archive_make(in_dir("12.part"), in_dir("12.opus"), ARCHIVE_OPUS, NULL, &receipt), 0);
	}
	assert_int_equal(receipt.pairs, 0);
	assert_int_equal(archive_get(in_dir("12.opus"), NULL, ARCHIVE_OPUS, true, in_dir("12.wav")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(g711_is_kept_byte_by_byte),
		cmocka_unit_test(opus_keeps_the_sides_apart),
		cmocka_unit_test(what_a_crash_left_is_finished),
		cmocka_unit_test(encrypted_at_rest),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(key_files_are_checked),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(blocks_and_places_are_bounded),
		cmocka_unit_test(heads_are_checked),
		cmocka_unit_test(an_empty_recording_is_kept),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
