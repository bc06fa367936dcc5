/*
 * ports.h - pairs of UDP sockets out of a range
 *
 * What    RTP on an even port, RTCP on the next odd one. Pairs are given out in a circle, so that a closed call's late packets do
 * not reach the next one. Errors  -EADDRINUSE (no pair of the range can be bound), -EMFILE and what socket(2) says. Own     the
 * descriptors belong to the caller; ports_put() only marks the pair as free. Thread  one.
 */
#ifndef OUTDIAL_MEDIA_PORTS_H
#define OUTDIAL_MEDIA_PORTS_H

#include "media/addr.h"

struct ports {
	union addr ip;
	uint16_t first;       /* even */
	uint32_t count, next; /* pairs */
	bool *taken;
};

/* Pairs in a range. A stream takes one, also where RTP and RTCP share its first port. */
uint32_t ports_pairs(uint16_t port_min, uint16_t port_max);
/* -EINVAL: no numeric address or no pair in the range; -ENOMEM. */
int ports_init(struct ports *ports, const char *ip, uint16_t port_min, uint16_t port_max);
void ports_fini(struct ports *ports);
/* fds[0] RTP, fds[1] RTCP. */
int ports_take(struct ports *ports, int fds[2], uint16_t *port);
void ports_put(struct ports *ports, uint16_t port);
/*
 * A second socket on `local`, connected to `peer`: the kernel gives it what that address sends, and what all others send to the
 * first one, on which ports_share() was called. -errno.
 */
int ports_connect(const union addr *local, const union addr *peer, int *fd);
/* From now on the kernel says of each datagram when it came (uring_recv.stamped). -errno. */
int ports_stamp(int fd);
/* Lets ports_connect() join this socket; another program that binds as ports_take() does is still refused. */
int ports_share(int fd, union addr *local);

#endif
