/*
 * test_numbering.c - the fast path for numbers says what libphonenumber says: same digits, same kind of line
 *
 * Random numbers of each region, written as abroad, as at home with the 0 and without; where the fast path takes one,
 * libphonenumber must agree. OUTDIAL_NUMBERS says how many a region (default 2,000; `make numbering-check` 100,000: 1.2 million
 * together), OUTDIAL_SEED repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prng.h"
#include "campaigns/number.h"
#include "campaigns/numbering.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct prng prng;
static unsigned wanted = 2000;

static void agree(const char *text, const char *region, const char *digits, enum phone_type type)
{
	char e164[NUMBER_BYTES] = "";
	enum phone_type slow = PHONE_ANY;
	enum number_code code = phone_lib_parse(text, region, e164, &slow);

	if (code != NUMBER_OK || strcmp(e164 + 1, digits) != 0 || slow != type)
		fail_msg("%s in %s: the table says %s %s, libphonenumber %s %s %s", text, region ? region : "-", digits,
			phone_type_name(type), number_code_name(code), e164, phone_type_name(slow));
}

static void digits_random(char *out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (char)('0' + prng_below(&prng, 10));
	out[count] = '\0';
}

/* True: the fast path takes it. */
static bool one(const char *region)
{
	char text[NUMBERING_DIGITS + 1], digits[NUMBERING_DIGITS], abroad[NUMBERING_DIGITS + 1];
	enum phone_type type, again;

	digits_random(text, 8 + prng_below(&prng, 5));
	if (prng_below(&prng, 2))
		text[0] = '0';
	if (!numbering_national(text, strlen(text), region, digits, &type))
		return false;
	agree(text, region, digits, type);
	assert_true(numbering_international(digits, strlen(digits), &again));
	assert_int_equal(again, type);
	snprintf(abroad, sizeof(abroad), "+%s", digits);
	agree(abroad, NULL, digits, type);
	return true;
}

static void UPL_5_the_table_agrees_with_libphonenumber(void **state)
{
	const char *region;
	unsigned done, tried;

	(void)state;
	for (unsigned i = 0; (region = numbering_region(i)); i++) {
		for (done = tried = 0; done < wanted; tried++) {
			assert_true(tried < 1000 * wanted); /* the table has next to nothing */
			done += one(region);
		}
	}
}

/* North America has its own rule; numbers of area codes that are newer than libphonenumber are taken without it. */
static void UPL_5_north_america_agrees(void **state)
{
	char text[NUMBER_BYTES] = "+1", e164[NUMBER_BYTES], slow[NUMBER_BYTES], why[WHY_BYTES];
	enum phone_type type, type_slow;

	(void)state;
	for (unsigned done = 0; done < wanted;) {
		digits_random(text + 2, 10);
		if (number_parse_typed(text, NULL, e164, &type, why) != NUMBER_OK || type == PHONE_ANY ||
			phone_lib_parse(text, NULL, slow, &type_slow) != NUMBER_OK)
			continue;
		agree(text, NULL, e164 + 1, type);
		done++;
	}
}

/* Ranges of two hundred numbers, which no sample is sure to meet: the table said fixed. */
static void narrow_ranges_agree(void **state)
{
	(void)state;
	for (unsigned i = 969060800; i < 969061200; i++) {
		char text[16], digits[NUMBERING_DIGITS];
		enum phone_type type;

		snprintf(text, sizeof(text), "%u", i);
		if (numbering_national(text, strlen(text), "ES", digits, &type))
			agree(text, "ES", digits, type);
	}
}

static void types_of_lines(void **state)
{
	static const struct {
		const char *text, *region;
		enum phone_type type;
	} numbers[] = {{"13800138000", "CN", PHONE_MOBILE}, {"010-62345678", "CN", PHONE_FIXED},
		{"07911 123456", "GB", PHONE_MOBILE}, {"020 7946 0000", "GB", PHONE_FIXED},
		{"212-555-1234", "US", PHONE_FIXED_OR_MOBILE}, {"+18005551234", "", PHONE_TOLL_FREE},
		{"0800 123 4567", "GB", PHONE_TOLL_FREE}, {"+390612345678", "", PHONE_FIXED},
		{"+7 916 123-45-67", "", PHONE_MOBILE}};
	static const struct {
		const char *text, *region;
	} dear[] = {{"900-555-1234", "US"}, {"0909 879 0000", "GB"}, {"+33 899 12 34 56", ""}, {"0900 1234567", "DE"}};
	char e164[NUMBER_BYTES], why[WHY_BYTES] = "";
	enum phone_type type;

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (number_parse_typed(numbers[i].text, numbers[i].region, e164, &type, why) != NUMBER_OK ||
			type != numbers[i].type)
			fail_msg("%s: %s %s", numbers[i].text, phone_type_name(type), why);
	}
	for (size_t i = 0; i < sizeof(dear) / sizeof(dear[0]); i++) {
		assert_int_equal(number_parse_typed(dear[i].text, dear[i].region, e164, &type, why), NUMBER_PREMIUM);
		assert_non_null(strstr(why, "premium-rate"));
		assert_int_equal(number_parse(dear[i].text, dear[i].region, e164, why), NUMBER_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(UPL_5_the_table_agrees_with_libphonenumber),
		cmocka_unit_test(UPL_5_north_america_agrees), cmocka_unit_test(narrow_ranges_agree),
		cmocka_unit_test(types_of_lines)};
	const char *count = getenv("OUTDIAL_NUMBERS"), *seed = getenv("OUTDIAL_SEED");
	uint64_t chosen = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);

	if (count)
		wanted = (unsigned)strtoul(count, NULL, 10);
	prng_seed(&prng, chosen);
	print_message("OUTDIAL_SEED=%llu\n", (unsigned long long)chosen);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
