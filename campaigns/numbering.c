/* numbering.c - see numbering.h */
#include "campaigns/numbering.h"

#include <stdint.h>
#include <string.h>

#define BOUND_DIGITS 7

static const struct range { /* in ascending order */
	uint16_t code;
	uint8_t length;
	uint32_t from, to; /* the first seven digits of the national number */
	uint8_t type;      /* enum phone_type */
} ranges[] = {
#include "campaigns/number_data.h"
};
#define RANGES (sizeof(ranges) / sizeof(ranges[0]))

static const struct region {
	char name[3], code[4];
	char trunk; /* digit before the national number within the country, 0: none */
} regions[] = {{"FR", "33", '0'}, {"ES", "34", 0}, {"IT", "39", 0}, {"GB", "44", '0'}, {"DE", "49", '0'}, {"AU", "61", '0'},
	{"SG", "65", 0}, {"JP", "81", '0'}, {"CN", "86", '0'}, {"HK", "852", 0}};
#define REGIONS (sizeof(regions) / sizeof(regions[0]))

const char *numbering_region(unsigned index)
{
	return index < REGIONS ? regions[index].name : NULL;
}

static uint32_t number_at(const char *digits, size_t count)
{
	uint32_t value = 0;

	while (count-- > 0)
		value = value * 10 + (uint32_t)(*digits++ - '0');
	return value;
}

static bool before(const struct range *range, uint16_t code, size_t length, uint32_t bound)
{
	if (range->code != code)
		return range->code < code;
	return range->length != length ? range->length < length : range->to < bound;
}

static bool find(const struct region *region, const char *national, size_t length, enum phone_type *type)
{
	uint16_t code = (uint16_t)number_at(region->code, strlen(region->code));
	size_t low = 0, high = RANGES, middle;
	uint32_t bound;

	if (length < BOUND_DIGITS)
		return false;
	bound = number_at(national, BOUND_DIGITS);
	while (low < high) {
		middle = low + (high - low) / 2;
		if (before(&ranges[middle], code, length, bound))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == RANGES || ranges[low].code != code || ranges[low].length != length || ranges[low].from > bound)
		return false;
	*type = (enum phone_type)ranges[low].type;
	return true;
}

bool numbering_international(const char *digits, size_t count, enum phone_type *type)
{
	for (size_t i = 0; i < REGIONS; i++) {
		size_t bytes = strlen(regions[i].code);

		if (count > bytes && memcmp(digits, regions[i].code, bytes) == 0) /* no code begins with another */
			return find(&regions[i], digits + bytes, count - bytes, type);
	}
	return false;
}

bool numbering_national(const char *digits, size_t count, const char *region, char out[NUMBERING_DIGITS], enum phone_type *type)
{
	size_t i, bytes;

	for (i = 0; i < REGIONS && strcmp(regions[i].name, region) != 0; i++)
		continue;
	if (i == REGIONS || !count)
		return false;
	if (regions[i].trunk && *digits == regions[i].trunk) {
		digits++;
		count--;
	}
	bytes = strlen(regions[i].code);
	if (bytes + count >= NUMBERING_DIGITS || !find(&regions[i], digits, count, type))
		return false;
	memcpy(out, regions[i].code, bytes);
	memcpy(out + bytes, digits, count);
	out[bytes + count] = '\0';
	return true;
}
