/* zone.c - prefix table and check of zone names; see zone.h */
#include "campaigns/zone.h"
#include "campaigns/import.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct zone_entry {
	uint32_t prefix;
	uint16_t first, count;
};

#include "campaigns/zone_data.h"

#define ENTRY_COUNT (sizeof(zone_entries) / sizeof(zone_entries[0]))
#define PREFIX_DIGITS_MAX 9

static const struct zone_entry *entry_of(uint32_t prefix)
{
	size_t low = 0, high = ENTRY_COUNT;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone_entries[middle].prefix == prefix)
			return &zone_entries[middle];
		if (zone_entries[middle].prefix < prefix)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const struct zone_entry *entry_longest(const char *digits)
{
	const struct zone_entry *found = NULL, *entry;
	uint32_t prefix = 0;
	int i;

	for (i = 0; i < PREFIX_DIGITS_MAX && digits[i] >= '0' && digits[i] <= '9'; i++) {
		prefix = prefix * 10 + (uint32_t)(digits[i] - '0');
		entry = entry_of(prefix);
		if (entry)
			found = entry;
	}
	return found;
}

int zone_of_number(const char *e164, const char **names, int max)
{
	const struct zone_entry *entry = e164[0] == '+' ? entry_longest(e164 + 1) : NULL;
	int i, count = entry ? entry->count : 0;

	if (max < 1)
		return 0;
	if (count > max - 1)
		count = 0; /* a part of the set would be a lie: unknown is safe */
	for (i = 0; i < count; i++)
		names[i] = zone_names[zone_members[entry->first + i]];
	names[count] = NULL;
	return count;
}

static bool among(const char *const *names, int count, const char *name)
{
	int i;

	for (i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* The person may be in any of these places. More than there is room for: unknown. */
int zone_of_lead(const struct lead *lead, const char *names[ZONE_NAMES_MAX + 1])
{
	const char *of_one[ZONE_NAMES_MAX + 1];
	int k, count = 0;
	uint32_t i;

	names[0] = NULL;
	for (i = 0; i < lead->phone_count; i++) {
		zone_of_number(lead->phones[i].e164, of_one, ZONE_NAMES_MAX + 1);
		for (k = 0; of_one[k]; k++) {
			if (among(names, count, of_one[k]))
				continue;
			if (count == ZONE_NAMES_MAX) {
				names[0] = NULL;
				return 0;
			}
			names[count++] = of_one[k];
			names[count] = NULL;
		}
	}
	return count;
}

bool zone_area_code_known(const char *digits)
{
	uint32_t prefix = 1;
	int i;

	for (i = 0; i < 3; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return false;
		prefix = prefix * 10 + (uint32_t)(digits[i] - '0');
	}
	return entry_of(prefix) != NULL;
}

const char *zone_map_version(void)
{
	return ZONE_MAP_VERSION;
}

static bool name_is_plain(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length < ZONE_NAME_BYTES && name[0] >= 'A' && name[0] <= 'Z' && !strstr(name, "//") &&
	       name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/")] == 0;
}

bool zone_valid(const char *name)
{
	char path[80], magic[4];
	bool ok;
	int fd;

	if (!name_is_plain(name))
		return false;
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = read(fd, magic, 4) == 4 && memcmp(magic, "TZif", 4) == 0;
	close(fd);
	return ok;
}
