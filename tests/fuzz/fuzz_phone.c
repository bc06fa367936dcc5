/* fuzz_phone.c - any cell: what is answered is E.164, and normalising that again changes nothing */
#include "campaigns/import.h"
#include "campaigns/number.h"
#include "campaigns/zone.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int ok)
{
	if (!ok)
		abort();
}

static void check_number(const char *e164)
{
	size_t digits = strspn(e164 + 1, "0123456789");
	const char *names[ZONE_NAMES_MAX + 1];
	char again[NUMBER_BYTES], why[WHY_BYTES];
	int count;

	check(e164[0] == '+' && e164[1] != '0' && digits >= 3 && digits <= 15 && !e164[1 + digits]);
	check(phone_normalise(e164, NULL, again, why) == 0 && strcmp(again, e164) == 0);
	count = zone_of_number(e164, names, ZONE_NAMES_MAX + 1);
	check(count >= 0 && count <= ZONE_NAMES_MAX && names[count] == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const regions[] = {NULL, "CN", "US", "GB", "DE"};
	char text[300], e164[NUMBER_BYTES], why[WHY_BYTES];

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	number_likely(text);
	zone_valid(text);
	for (unsigned i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		why[0] = 0;
		if (phone_normalise(text, regions[i], e164, why) == 0)
			check_number(e164);
		else
			check(why[0] != 0);
	}
	return 0;
}
