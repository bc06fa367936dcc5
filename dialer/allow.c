/* allow.c - does a list of addresses and networks name an address? */
#include "dialer/allow.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

static bool allow_bits_equal(const uint8_t *a, const uint8_t *b, int bits)
{
	int whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, (size_t)whole) != 0)
		return false;
	return !rest || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool allow_element(char *element, const uint8_t *ip, int family)
{
	int64_t bits = family == AF_INET ? 32 : 128;
	char *slash = strchr(element, '/');
	uint8_t net[16];

	if (strcmp(element, "any") == 0)
		return true;
	if (slash) {
		*slash = '\0';
		if (!text_i64(slash + 1, 0, bits, &bits))
			return false;
	}
	return inet_pton(family, element, net) == 1 && allow_bits_equal(net, ip, (int)bits);
}

bool allow_match(const char *list, const char *ip)
{
	int family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	uint8_t address[16];

	if (inet_pton(family, ip, address) != 1)
		return false;
	while (*list) {
		char element[64];
		list += strspn(list, ", \t");
		size_t length = strcspn(list, ", \t");
		if (length && text_copy_n(element, sizeof(element), list, length) && allow_element(element, address, family))
			return true;
		list += length;
	}
	return false;
}
