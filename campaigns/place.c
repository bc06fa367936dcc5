/* place.c - jurisdictions by number and address; see place.h */
#include "campaigns/place.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct place_entry {
	uint16_t code, first, count;
};

struct place_state {
	char place[PLACE_BYTES];
	const char *name;
	const char *zones[8];
};

#include "campaigns/place_data.h"

#define PLACE_ENTRIES (sizeof(place_entries) / sizeof(place_entries[0]))
#define PLACE_STATES (sizeof(place_states) / sizeof(place_states[0]))

/* ZIP codes that are not in the state of their first three digits; "": in none of the United States (Palau, Micronesia, Marshall
 * Islands). These and place_zips were checked on 2026-11-22 against 42,555 codes (npm zipcodes 8.0.0). */
static const struct {
	uint32_t zip;
	char state[3];
} place_zip_exceptions[] = {{6390, "NY"}, {20588, "MD"}, {20598, "VA"}, {73960, "TX"}, {83414, "WY"}, {96799, "AS"}, {96939, ""},
	{96940, ""}, {96941, ""}, {96942, ""}, {96943, ""}, {96944, ""}, {96950, "MP"}, {96951, "MP"}, {96952, "MP"}, {96960, ""},
	{96970, ""}};

/* First three digits of ZIP codes, from..to. */
static const struct {
	uint16_t from, to;
	char state[3];
} place_zips[] = {{5, 5, "NY"}, {6, 7, "PR"}, {8, 8, "VI"}, {9, 9, "PR"}, {10, 27, "MA"}, {28, 29, "RI"}, {30, 38, "NH"},
	{39, 49, "ME"}, {50, 54, "VT"}, {55, 55, "MA"}, {56, 59, "VT"}, {60, 69, "CT"}, {70, 89, "NJ"}, {100, 149, "NY"},
	{150, 196, "PA"}, {197, 199, "DE"}, {200, 200, "DC"}, {201, 201, "VA"}, {202, 205, "DC"}, {206, 219, "MD"},
	{220, 246, "VA"}, {247, 268, "WV"}, {270, 289, "NC"}, {290, 299, "SC"}, {300, 319, "GA"}, {320, 339, "FL"},
	{341, 349, "FL"}, {350, 369, "AL"}, {370, 385, "TN"}, {386, 397, "MS"}, {398, 399, "GA"}, {400, 427, "KY"},
	{430, 459, "OH"}, {460, 479, "IN"}, {480, 499, "MI"}, {500, 528, "IA"}, {530, 549, "WI"}, {550, 567, "MN"},
	{569, 569, "DC"}, {570, 577, "SD"}, {580, 588, "ND"}, {590, 599, "MT"}, {600, 629, "IL"}, {630, 658, "MO"},
	{660, 679, "KS"}, {680, 693, "NE"}, {700, 714, "LA"}, {716, 729, "AR"}, {730, 732, "OK"}, {733, 733, "TX"},
	{734, 749, "OK"}, {750, 799, "TX"}, {800, 816, "CO"}, {820, 831, "WY"}, {832, 838, "ID"}, {840, 847, "UT"},
	{850, 865, "AZ"}, {870, 884, "NM"}, {885, 885, "TX"}, {889, 898, "NV"}, {900, 961, "CA"}, {967, 968, "HI"},
	{969, 969, "GU"}, {970, 979, "OR"}, {980, 994, "WA"}, {995, 999, "AK"}};

bool place_ok(const char *place)
{
	size_t length = strlen(place);

	return (length == 2 || (length == 5 && place[2] == '-' && isupper((unsigned char)place[3]) &&
				       isupper((unsigned char)place[4]))) &&
	       isupper((unsigned char)place[0]) && isupper((unsigned char)place[1]);
}

bool place_match(const char *a, const char *b)
{
	return strncmp(a, b, 2) == 0 && (!a[2] || !b[2] || strcmp(a, b) == 0);
}

bool place_known(const char *place)
{
	for (size_t i = 0; place_ok(place) && place[2] && i < PLACE_STATES; i++)
		if (strcmp(place_states[i].place, place) == 0)
			return true;
	for (size_t i = 0; place_ok(place) && !place[2] && i < sizeof(place_members) / sizeof(place_members[0]); i++)
		if (strncmp(place_members[i], place, 2) == 0)
			return true;
	return false;
}

/* --- by number */

static const struct place_entry *entry_of(uint32_t code)
{
	size_t low = 0, high = PLACE_ENTRIES;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (place_entries[middle].code == code)
			return &place_entries[middle];
		if (place_entries[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* North America: 1 and the area code. Elsewhere no calling code is the beginning of another. */
static const struct place_entry *entry_of_number(const char *e164)
{
	const struct place_entry *entry = NULL;
	uint32_t code = 0;

	for (int i = 1; i <= 4 && isdigit((unsigned char)e164[i]) && !entry; i++) {
		code = code * 10 + (uint32_t)(e164[i] - '0');
		if (e164[1] != '1' || i == 4)
			entry = i < 4 || e164[1] == '1' ? entry_of(code) : NULL;
	}
	return entry;
}

static bool place_add(struct places *out, const char *place)
{
	for (uint32_t i = 0; i < out->count; i++)
		if (strcmp(out->place[i], place) == 0)
			return true;
	return out->count < PLACES_MAX && text_copy(out->place[out->count++], PLACE_BYTES, place);
}

static bool add_number(struct places *out, const char *e164)
{
	const struct place_entry *entry = entry_of_number(e164);

	for (uint16_t i = 0; entry && i < entry->count; i++)
		if (!place_add(out, place_members[entry->first + i]))
			return false;
	return entry && entry->count;
}

/* --- by address */

static const char *column(const struct lead *lead, const char *const *names)
{
	const char *name, *value;

	for (uint32_t i = 0; lead->fields_bytes && lead_field_at(lead, i, &name, &value); i++)
		for (const char *const *n = names; *n; n++)
			if (strcasecmp(name, *n) == 0 && *value)
				return value;
	return NULL;
}

static const struct place_state *state_of(const char *country, const char *text)
{
	for (size_t i = 0; i < PLACE_STATES; i++) {
		const struct place_state *state = &place_states[i];

		if (country && strncmp(state->place, country, 2) != 0)
			continue;
		if (strcasecmp(state->place + 3, text) == 0 || strcasecmp(state->place, text) == 0 ||
			(*state->name && strcasecmp(state->name, text) == 0))
			return state;
	}
	return NULL;
}

static const struct place_state *state_of_zip(const char *zip)
{
	char *end;
	unsigned long digits = strtoul(zip, &end, 10);

	if (end != zip + 5 || (*end && *end != '-'))
		return NULL;
	for (size_t i = 0; i < sizeof(place_zip_exceptions) / sizeof(place_zip_exceptions[0]); i++)
		if (digits == place_zip_exceptions[i].zip)
			return state_of("US", place_zip_exceptions[i].state);
	for (size_t i = 0; i < sizeof(place_zips) / sizeof(place_zips[0]); i++)
		if (digits / 100 >= place_zips[i].from && digits / 100 <= place_zips[i].to)
			return state_of("US", place_zips[i].state);
	return NULL;
}

struct address {
	const char *country; /* "US", "ZZ"; NULL: not stated */
	const struct place_state *state, *zip;
};

static const char *country_of(const char *text, char out[3])
{
	if (strcasecmp(text, "USA") == 0)
		text = "US";
	if (strcasecmp(text, "UK") == 0)
		text = "GB";
	bool ok = strlen(text) == 2 && isalpha((unsigned char)text[0]) && isalpha((unsigned char)text[1]);

	snprintf(out, 3, "%c%c", ok ? toupper((unsigned char)text[0]) : 'Z', ok ? toupper((unsigned char)text[1]) : 'Z');
	return out;
}

/* "WA" is a state of the United States only where the country, or else a number, says so. */
static struct address address_of(const struct lead *lead, char country[3])
{
	static const char *const countries[] = {"country", "country_code", NULL};
	static const char *const states[] = {"state", "province", "state_code", NULL};
	static const char *const zips[] = {"postal_code", "zip", "zipcode", "zip_code", "postcode", NULL};
	const char *stated = column(lead, countries), *state = column(lead, states), *zip = column(lead, zips);
	struct address out = {.country = stated ? country_of(stated, country) : NULL};
	bool american = out.country ? strcmp(out.country, "US") == 0 : lead->phone_count && lead->phones[0].e164[1] == '1';

	if (state && (american || (out.country && strcmp(out.country, "CA") == 0)))
		out.state = state_of(out.country, state);
	if (zip && american)
		out.zip = state_of_zip(zip);
	return out;
}

void place_of_lead(const struct lead *lead, struct places *out)
{
	char country[3];
	struct address address = address_of(lead, country);
	bool ok = true;

	out->count = 0;
	if (address.state)
		ok &= place_add(out, address.state->place);
	if (address.zip)
		ok &= place_add(out, address.zip->place);
	if (address.country && !address.state && !address.zip)
		ok &= place_add(out, address.country);
	for (uint32_t i = 0; i < lead->phone_count; i++)
		ok &= add_number(out, lead->phones[i].e164) || address.country || address.state || address.zip;
	if (!ok)
		out->count = 0;
}

void place_of_number(const char *e164, struct places *out)
{
	out->count = 0;
	if (!add_number(out, e164))
		out->count = 0;
}

bool place_state_known(const char *state)
{
	return strlen(state) == 2 && state_of("US", state);
}

static bool add_zones(const struct place_state *state, const char *names[ZONE_NAMES_MAX + 1])
{
	int count = 0;

	while (names[count])
		count++;
	for (const char *const *zone = state->zones; zone < state->zones + 8 && *zone; zone++) {
		int i = 0;

		while (i < count && strcmp(names[i], *zone) != 0)
			i++;
		if (i < count)
			continue;
		if (count == ZONE_NAMES_MAX) {
			names[0] = NULL;
			return false;
		}
		names[count++] = *zone;
		names[count] = NULL;
	}
	return true;
}

bool place_add_zones(const struct lead *lead, const char *names[ZONE_NAMES_MAX + 1])
{
	char country[3];
	struct address address = address_of(lead, country);

	if (address.state && !add_zones(address.state, names))
		return true;
	if (address.zip)
		add_zones(address.zip, names);
	return address.state || address.zip;
}
