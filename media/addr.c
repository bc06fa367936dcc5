/* addr.c - an IPv4 or IPv6 address with port */
#include "media/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int addr_parse(union addr *addr, const char *ip, uint16_t port)
{
	union addr out;

	memset(&out, 0, sizeof(out));
	if (inet_pton(AF_INET, ip, &out.in4.sin_addr) == 1)
		out.sa.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, ip, &out.in6.sin6_addr) == 1)
		out.sa.sa_family = AF_INET6;
	else
		return -EINVAL;
	addr_set_port(&out, port);
	*addr = out;
	return 0;
}

void addr_from(union addr *addr, const struct sockaddr *from)
{
	memset(addr, 0, sizeof(*addr));
	if (from->sa_family == AF_INET)
		memcpy(&addr->in4, from, sizeof(addr->in4));
	else if (from->sa_family == AF_INET6)
		memcpy(&addr->in6, from, sizeof(addr->in6));
}

bool addr_same_ip(const union addr *a, const union addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in4.sin_addr.s_addr == b->in4.sin_addr.s_addr;
	if (a->sa.sa_family == AF_INET6)
		return !memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr));
	return false;
}

bool addr_equal(const union addr *a, const union addr *b)
{
	return addr_same_ip(a, b) && a->in4.sin_port == b->in4.sin_port; /* both families keep the port in the same place */
}

bool addr_any(const union addr *addr)
{
	if (addr->sa.sa_family == AF_INET)
		return addr->in4.sin_addr.s_addr == INADDR_ANY;
	return addr->sa.sa_family != AF_INET6 || IN6_IS_ADDR_UNSPECIFIED(&addr->in6.sin6_addr);
}

uint16_t addr_port(const union addr *addr)
{
	return ntohs(addr->in4.sin_port);
}

void addr_set_port(union addr *addr, uint16_t port)
{
	addr->in4.sin_port = htons(port);
}

socklen_t addr_bytes(const union addr *addr)
{
	return addr->sa.sa_family == AF_INET6 ? sizeof(addr->in6) : sizeof(addr->in4);
}

void addr_print(const union addr *addr, char out[ADDR_TEXT])
{
	bool six = addr->sa.sa_family == AF_INET6;
	const void *ip = six ? (const void *)&addr->in6.sin6_addr : &addr->in4.sin_addr;
	char text[INET6_ADDRSTRLEN] = "?";

	(void)inet_ntop(six ? AF_INET6 : AF_INET, ip, text, sizeof(text));
	snprintf(out, ADDR_TEXT, six ? "[%s]:%u" : "%s:%u", text, addr_port(addr));
}
