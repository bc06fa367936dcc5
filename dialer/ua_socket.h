/*
 * ua_socket.h - the user agent's UDP socket: look at a datagram before it is read
 *
 * What    On the socket that sofia-sip opened (ua_hatch.h knows it) each datagram is looked at with MSG_PEEK, and what is too
 *         large, no SIP by its first byte (STUN, SigComp, keep-alives, noise) or from a stranger is taken off the queue before
 *         the library's parser sees it.
 */
#ifndef OUTDIAL_DIALER_UA_SOCKET_H
#define OUTDIAL_DIALER_UA_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool socket_is_udp(int fd);
/* To exactly this address? */
bool socket_bound(int fd, const char *ip, uint16_t port);

/* Can this UDP address be bound? *port 0 is replaced by a free one. -EADDRINUSE, -EADDRNOTAVAIL, -EINVAL, ... */
int socket_probe(const char *ip, uint16_t *port);

enum socket_head {
	HEAD_EMPTY, /* nothing waits */
	HEAD_PASS,  /* the next datagram may be read by the library */
	HEAD_ERROR, /* a pending error (ICMP) that the library has to fetch */
	HEAD_LARGE, /* these were dropped */
	HEAD_NOISE,
	HEAD_STRANGER,
};

typedef bool socket_allow_h(void *arg, const char *ip);

enum socket_head socket_look(int fd, size_t bytes_max, socket_allow_h *allow, void *arg);

#endif
