/* test_import_run.h - uploads to list "l" and what their receipts say, for the tests of lists */
#ifndef OUTDIAL_TESTS_TEST_IMPORT_RUN_H
#define OUTDIAL_TESTS_TEST_IMPORT_RUN_H

#include "test_import_util.h"

#define BYTES(text) text, sizeof(text) - 1
#define UP(file, text, region) upload(place, file, BYTES(text), region, NULL, 0)
#define ZHANG "\xE5\xBC\xA0\xE4\xB8\x89"                 /* Zhang San */
#define NAME_CN "\xE5\xA7\x93\xE5\x90\x8D"               /* "name" */
#define MOBILE_CN "\xE6\x89\x8B\xE6\x9C\xBA\xE5\x8F\xB7" /* "mobile number" */

static struct import_receipt receipt;
static char why[400];

/* Of tests that load a file again on purpose. */
static bool again;

static inline int import_again(struct place *place, const char *path, const char *region, const char *map, bool dry)
{
	struct import_options options = {.path = path, .list = "l", .region = region, .map = map, .dry_run = dry, .again = again};
	int err = import_list(place->store, &options, &receipt, why);

	assert_int_equal(receipt.read, receipt.accepted + receipt.rejected + receipt.duplicate);
	return err;
}

/* Writes the file and imports it to list "l". */
static inline int upload(
	struct place *place, const char *file, const char *text, size_t bytes, const char *region, const char *map, bool dry)
{
	char path[160];

	strcpy(path, place_path(place, file));
	file_put(path, text, bytes);
	return import_again(place, path, region, map, dry);
}

static inline void counts(uint64_t accepted, uint64_t rejected, uint64_t duplicate)
{
	if (receipt.accepted != accepted || receipt.rejected != rejected || receipt.duplicate != duplicate)
		fail_msg("accepted %llu, rejected %llu, duplicate %llu; %s", (unsigned long long)receipt.accepted,
			(unsigned long long)receipt.rejected, (unsigned long long)receipt.duplicate,
			receipt.reason_count ? receipt.reasons[0].code : "");
}

static inline uint64_t reason(const char *code)
{
	for (uint32_t i = 0; i < receipt.reason_count; i++) {
		if (strcmp(receipt.reasons[i].code, code) == 0)
			return receipt.reasons[i].count;
	}
	return 0;
}

static inline void lead_of(struct place *place, const char *e164, struct lead *lead)
{
	assert_int_equal(lead_by_number(place->store, e164, 0, lead), 0);
}

static inline void says(const char *text)
{
	if (!strstr(why, text))
		fail_msg("\"%s\" does not say \"%s\"", why, text);
}

#define T(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

#endif
