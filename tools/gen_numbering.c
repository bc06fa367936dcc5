/*
 * gen_numbering.c - writes campaigns/number_data.h: which numbers of some countries are certainly good, and what kind of line
 * they are
 *
 * What    Goes down the digits of each country's national numbers, length by length, and asks libphonenumber (through
 *         campaigns/phone.cc). Where all numbers that were tried below some digits get one answer, these digits become part of a
 *         range; where answers differ until the seventh digit, or libphonenumber changes the digits, there is none: those numbers
 *         are asked for when they come. Below a range's digits at least all 1,000 continuations by three digits were tried, each
 *         with a random end; tests/unit/test_numbering.c tries others.
 * Use     make numbering (some minutes; after an update of libphonenumber)
 */
#include "base/prng.h"
#include "campaigns/number.h"

#include <stdio.h>
#include <string.h>

#define PREFIX_DIGITS 7 /* of a range's bounds */
#define PREFIX_MIN 2    /* digits that answers must agree below, at least */
#define NONE (-1)

static const struct country {
	const char *region;
	int code, lengths[4]; /* of national numbers, 0 at the end */
} countries[] = {{"FR", 33, {9}}, {"ES", 34, {9}}, {"IT", 39, {9, 10}}, {"GB", 44, {10}}, {"DE", 49, {10, 11}}, {"AU", 61, {9}},
	{"SG", 65, {8}}, {"JP", 81, {9, 10}}, {"CN", 86, {10, 11}}, {"HK", 852, {8}}};
#define COUNTRIES (sizeof(countries) / sizeof(countries[0]))

struct walk {
	const struct country *country;
	int length;
	char digits[20]; /* of the national number, as far as they are chosen */
	struct prng prng;
	uint32_t from, to; /* the range that grows; type NONE: there is none */
	int type;
	unsigned ranges;
};

/* The type of a number; NONE: it is not good, or libphonenumber reads it as another. */
static int ask(const char *national, int code)
{
	char text[32], e164[NUMBER_BYTES];
	enum phone_type type;

	snprintf(text, sizeof(text), "+%d%s", code, national);
	return phone_lib_parse(text, NULL, e164, &type) == NUMBER_OK && strcmp(text, e164) == 0 ? (int)type : NONE;
}

static int ask_below(struct walk *walk, int depth, unsigned next)
{
	char national[20];
	int at = depth;

	memcpy(national, walk->digits, (size_t)depth);
	for (unsigned divisor = 100; divisor && at < walk->length; divisor /= 10)
		national[at++] = (char)('0' + next / divisor % 10);
	while (at < walk->length)
		national[at++] = (char)('0' + prng_below(&walk->prng, 10));
	national[at] = '\0';
	return ask(national, walk->country->code);
}

/* Ranges so narrow that the numbers that are tried pass them by; random numbers of test_numbering met them. */
static const char *const narrow[] = {"349690609", "349690610"};

static bool has_narrow(const struct walk *walk, int depth)
{
	char above[24];
	int bytes = snprintf(above, sizeof(above), "%d%.*s", walk->country->code, depth, walk->digits);

	for (unsigned i = 0; i < sizeof(narrow) / sizeof(narrow[0]); i++)
		if (depth < PREFIX_DIGITS && strncmp(narrow[i], above, (size_t)bytes) == 0)
			return true;
	return false;
}

/* Do all numbers below get one answer? The order of trying is a mixed one, so that answers that differ are met early. */
static bool agree(struct walk *walk, int depth, int *type)
{
	*type = ask_below(walk, depth, 0);
	for (unsigned i = 1; i < 1000; i++)
		if (ask_below(walk, depth, i * 377 % 1000) != *type)
			return false;
	return true;
}

static void range_end(struct walk *walk)
{
	if (walk->type == NONE)
		return;
	printf("\t{%d, %d, %u, %u, %d},\n", walk->country->code, walk->length, walk->from, walk->to, walk->type);
	walk->ranges++;
	walk->type = NONE;
}

static uint32_t bound(const struct walk *walk, int depth, char filler)
{
	uint32_t value = 0;

	for (int i = 0; i < PREFIX_DIGITS; i++)
		value = value * 10 + (uint32_t)((i < depth ? walk->digits[i] : filler) - '0');
	return value;
}

static void range_add(struct walk *walk, int depth, int type)
{
	uint32_t from = bound(walk, depth, '0');

	if (walk->type != type || walk->to + 1 != from) {
		range_end(walk);
		walk->from = from;
		walk->type = type;
	}
	walk->to = bound(walk, depth, '9');
}

static void descend(struct walk *walk, int depth)
{
	int type = NONE;
	bool one = depth >= PREFIX_MIN && !has_narrow(walk, depth) && agree(walk, depth, &type);

	if (one && type != NONE)
		range_add(walk, depth, type);
	if (one || depth == PREFIX_DIGITS) {
		if (!one || type == NONE)
			range_end(walk);
		return;
	}
	for (char digit = '0'; digit <= '9'; digit++) {
		walk->digits[depth] = digit;
		descend(walk, depth + 1);
	}
}

int main(void)
{
	printf("/* number_data.h - made by tools/gen_numbering.c: calling code, digits of the national number, the first seven of these from and to,\n"
	       " * enum phone_type. Do not edit. */\n");
	for (size_t i = 0; i < COUNTRIES; i++) {
		for (int k = 0; k < 4 && countries[i].lengths[k]; k++) {
			struct walk walk = {.country = &countries[i], .length = countries[i].lengths[k], .type = NONE};

			prng_seed(&walk.prng, 1);
			descend(&walk, 0);
			range_end(&walk);
			fprintf(stderr, "%s %d digits: %u ranges\n", countries[i].region, walk.length, walk.ranges);
		}
	}
	return 0;
}
