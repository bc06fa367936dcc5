/*
 * test_lore.c - the file that keeps what a pacer has learned
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "dialer/lore.h"

static struct pacer *new_pacer(void)
{
	struct pacing_options options = {.mode = PACING_PREDICTIVE,
		.calls_max = 10,
		.seats_max = 10,
		.abandon_prob_max = 0.03,
		.hold_us = 2 * SEC_US,
		.ring_us_min = 15 * SEC_US,
		.ring_us_max = 25 * SEC_US,
		.classified = true};

	return pacer_alloc(&options, 20000 * DAY_US);
}

static void cut(const char *path, long bytes)
{
	assert_int_equal(truncate(path, bytes), 0);
}

static void change(const char *path, long at, char byte)
{
	FILE *file = fopen(path, "r+b");

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fputc(byte, file), byte);
	fclose(file);
}

static void lore_is_kept_and_damage_is_seen(void **state)
{
	char dir[] = "/tmp/outdial-lore-XXXXXX", folder[64], path[96];
	struct pacing_learned kept, read;
	struct pacer *pacer = new_pacer();

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(folder, sizeof(folder), "%s/learned", dir);
	snprintf(path, sizeof(path), "%s/learned/spring", dir);
	assert_int_equal(lore_load(dir, "spring", &read), -ENOENT);
	lore_save(dir, "spring", pacer);
	pacer_learned(pacer, &kept);
	assert_int_equal(lore_load(dir, "spring", &read), 0);
	assert_memory_equal(&kept, &read, sizeof(kept));
	change(path, 8, 99); /* the version */
	assert_int_equal(lore_load(dir, "spring", &read), ERR_SCHEMA);
	lore_save(dir, "spring", pacer);
	cut(path, 5000);
	assert_int_equal(lore_load(dir, "spring", &read), ERR_SYNTAX);
	cut(path, 4);
	assert_int_equal(lore_load(dir, "spring", &read), ERR_SYNTAX);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(rmdir(dir), 0);
	pacer_free(pacer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lore_is_kept_and_damage_is_seen)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
