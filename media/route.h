/*
 * route.h - by which device a packet to an IPv4 address leaves, as the kernel says now
 *
 * Shape   one question and its answer over a netlink socket of its own: some 10 us.
 * Errors  -ENETUNREACH: there is no way to it; another negative errno: nobody could be asked.
 * Thread  any.
 * Source  rtnetlink(7), RTM_GETROUTE.
 */
#ifndef OUTDIAL_MEDIA_ROUTE_H
#define OUTDIAL_MEDIA_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

struct route {
	bool local; /* the address is one of this machine's */
	unsigned ifindex;
};

/* `ip` in network order. */
int route_find(uint32_t ip, struct route *route);

#endif
