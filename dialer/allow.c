/* allow.c - does a list of addresses and networks name an address? */
#include "dialer/allow.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#define ELEMENT_BYTES 64

static bool allow_bits_equal(const uint8_t *a, const uint8_t *b, int bits)
{
	int whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, (size_t)whole) != 0)
		return false;
	return !rest || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* The next element of the list; one that is too long for an address becomes "?". false: there is none. */
static bool allow_next(const char **list, char element[ELEMENT_BYTES])
{
	*list += strspn(*list, ", \t");
	size_t length = strcspn(*list, ", \t");

	if (!text_copy_n(element, ELEMENT_BYTES, *list, length))
		text_copy(element, ELEMENT_BYTES, "?");
	*list += length;
	return length > 0;
}

/* "10.0.0.0/8": the address and its bits that count. Cuts the element at its slash. */
static bool allow_net(char *element, int *family, uint8_t net[16], int64_t *bits)
{
	char *slash = strchr(element, '/');

	*family = strchr(element, ':') ? AF_INET6 : AF_INET;
	*bits = *family == AF_INET ? 32 : 128;
	if (slash) {
		*slash = '\0';
		if (!text_i64(slash + 1, 0, *bits, bits))
			return false;
	}
	return inet_pton(*family, element, net) == 1;
}

static bool allow_element(char *element, const uint8_t *ip, int family)
{
	uint8_t net[16];
	int64_t bits;
	int of;

	return strcmp(element, "any") == 0 ||
	       (allow_net(element, &of, net, &bits) && of == family && allow_bits_equal(net, ip, (int)bits));
}

bool allow_match(const char *list, const char *ip)
{
	int family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	char element[ELEMENT_BYTES];
	uint8_t address[16];

	if (inet_pton(family, ip, address) != 1)
		return false;
	while (allow_next(&list, element))
		if (allow_element(element, address, family))
			return true;
	return false;
}

bool allow_valid(const char *list)
{
	char element[ELEMENT_BYTES];
	uint8_t net[16];
	int64_t bits;
	int family, count = 0;

	for (; allow_next(&list, element); count++)
		if (strcmp(element, "any") != 0 && !allow_net(element, &family, net, &bits))
			return false;
	return count > 0;
}
