/* The file of dialogs that outlives the engine: what was put is there, what was cleared or torn is not. */
#include "dialer/relics.h"

#include "base/err.h"
#include "base/prng.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/outdial-relics-XXXXXX";

static struct relics *opened(uint32_t count, uint32_t expected, struct relic **left)
{
	struct relics *relics;
	uint32_t found;

	assert_int_equal(relics_open(&relics, path, count, left, &found), 0);
	assert_int_equal(found, expected);
	return relics;
}

static void reopen(struct relics *relics, uint32_t expected)
{
	struct relic *left;

	relics_close(relics);
	relics_close(opened(8, expected, &left));
	free(left);
}

static struct relic some(uint32_t cseq)
{
	return (struct relic){.since_us = 5, .cseq = cseq, .peer_ip = "127.0.0.1", .call_id = "1@outdial", .target = "sip:a@b"};
}

/* On a disk that is full later a store into a hole would kill the engine. */
static void every_block_is_there(void **state)
{
	struct relic *left;
	struct stat stat_of;

	(void)state;
	relics_close(opened(100, 0, &left));
	free(left);
	assert_int_equal(stat(path, &stat_of), 0);
	assert_true(stat_of.st_blocks * 512 >= stat_of.st_size && stat_of.st_size > 100000);
}

static void kept_until_cleared(void **state)
{
	struct relic *left, one = some(1), two = some(2);
	struct relics *relics = opened(8, 0, &left);

	(void)state;
	free(left);
	relics_put(relics, 0, &one);
	relics_put(relics, 7, &one);
	relics_put(relics, 7, &two);
	relics_put(relics, 8, &two); /* there is no such slot */
	relics_put(relics, 3, &two);
	relics_clear(relics, 3);
	relics_close(relics);
	relics = opened(20, 2, &left); /* another size is no harm */
	assert_int_equal(left[0].cseq, 1);
	assert_int_equal(left[1].cseq, 2);
	assert_string_equal(left[1].call_id, "1@outdial");
	free(left);
	reopen(relics, 0);
	relics_put(NULL, 0, &one);
	relics_clear(NULL, 0);
	assert_int_equal(relics_open(&relics, path, 0, &left, &(uint32_t){0}), ERR_RANGE);
	assert_true(relics_open(&relics, "/nowhere/at/all", 1, &left, &(uint32_t){0}) < 0);
	assert_null(left);
}

/* Nobody's number stays in the file after its call: an erased person is in no live file. */
static void cleared_leaves_no_byte(void **state)
{
	struct relic *left, one = some(1);
	struct relics *relics = opened(8, 0, &left);
	static char file[16 * 1024];

	(void)state;
	free(left);
	relics_put(relics, 2, &one);
	relics_clear(relics, 2);
	relics_close(relics);
	int fd = open(path, O_RDONLY);
	ssize_t bytes = read(fd, file, sizeof(file));
	close(fd);
	assert_true(bytes > 1024 && bytes < (ssize_t)sizeof(file));
	assert_null(memmem(file, (size_t)bytes, one.call_id, strlen(one.call_id)));
	assert_null(memmem(file, (size_t)bytes, one.target, strlen(one.target)));
}

/* Whatever byte is another one, the slot counts as free. A text without an end is none. */
static void torn_is_free(void **state)
{
	struct prng prng;
	struct relic *left, one = some(1);

	(void)state;
	prng_seed(&prng, 6);
	for (int i = 0; i < 300; i++) {
		struct relics *relics = opened(8, 0, &left);
		uint8_t byte;
		off_t at = 2 * 1024 + (off_t)prng_below(&prng, sizeof(one));

		free(left);
		relics_put(relics, 1, &one);
		relics_close(relics);
		int fd = open(path, O_RDWR);
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= (uint8_t)(1 + prng_below(&prng, 255));
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		close(fd);
		relics_close(opened(8, 0, &left));
		free(left);
	}
	memset(one.route, 'x', sizeof(one.route));
	struct relics *relics = opened(8, 0, &left);
	free(left);
	relics_put(relics, 1, &one);
	reopen(relics, 0);
}

/* The disk that ended the engine is full still: what was up is hung up all the same. */
static void known_without_room(void **state)
{
	struct rlimit limit, small;
	struct relic *left, one = some(1);
	struct relics *relics = opened(8, 0, &left);
	uint32_t found;

	(void)state;
	free(left);
	relics_put(relics, 3, &one);
	relics_close(relics);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){.rlim_cur = 4096, .rlim_max = limit.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int err = relics_open(&relics, path, 100, &left, &found);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(err, -EFBIG);
	assert_int_equal(found, 1);
	assert_string_equal(left[0].call_id, "1@outdial");
	free(left);
}

/* A file of an earlier shape, or of something else. */
static void another_shape(void **state)
{
	static const char text[5000] = "something else";
	struct relic *left;
	int fd = open(path, O_WRONLY | O_TRUNC);

	(void)state;
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	close(fd);
	relics_close(opened(8, 0, &left));
	free(left);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_block_is_there),
		cmocka_unit_test(kept_until_cleared),
		cmocka_unit_test(cleared_leaves_no_byte),
		cmocka_unit_test(torn_is_free),
		cmocka_unit_test(known_without_room),
		cmocka_unit_test(another_shape),
	};

	close(mkstemp(path));
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove(path);
	return failed;
}
