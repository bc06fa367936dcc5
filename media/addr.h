/*
 * addr.h - an IPv4 or IPv6 address with port (pure)
 *
 * What    The one shape of a transport address inside media/: parsed once, compared and copied afterwards.
 * Errors  addr_parse: -EINVAL when the text is no numeric address; names are never looked up.
 */
#ifndef OUTDIAL_MEDIA_ADDR_H
#define OUTDIAL_MEDIA_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

union addr {
	struct sockaddr sa;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

int addr_parse(union addr *addr, const char *ip, uint16_t port);
/* Copies what the kernel gave; `from` of another family gives an address that equals none. */
void addr_from(union addr *addr, const struct sockaddr *from);
bool addr_equal(const union addr *a, const union addr *b);
bool addr_same_ip(const union addr *a, const union addr *b);
/* 0.0.0.0 or ::, or nothing at all. */
bool addr_any(const union addr *addr);
uint16_t addr_port(const union addr *addr);
void addr_set_port(union addr *addr, uint16_t port);
socklen_t addr_bytes(const union addr *addr);
#define ADDR_TEXT 56
/* 192.0.2.1:5000 or [2001:db8::1]:5000. */
void addr_print(const union addr *addr, char out[ADDR_TEXT]);

#endif
