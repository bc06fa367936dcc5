/*
 * ua_socket.h - the user agent's descriptors: find the epoll that sofia-sip opened, look at a datagram before it is read
 *
 * What    sofia-sip keeps its descriptors to itself. Its epoll instance is found in /proc/self/fd, as the one that was not there
 *         before its root was created; what it adds there is told by ua_hatch.h, its UDP socket among it. On that each datagram is looked
 *         at with MSG_PEEK, and what is too large, no SIP by its first byte (STUN, SigComp, keep-alives, noise) or from a stranger is
 *         taken off the queue before the library's parser sees it.
 * Thread  sockets_note() .. sockets_new_epoll(): no other thread may create an epoll instance between the two.
 */
#ifndef OUTDIAL_DIALER_UA_SOCKET_H
#define OUTDIAL_DIALER_UA_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCKETS_MAX 4096

/* Descriptors that are epoll instances at one moment. */
struct sockets {
	int fds[SOCKETS_MAX];
	size_t count;
};

void sockets_note(struct sockets *sockets);
/* An epoll descriptor that `before` does not hold, or -1. */
int sockets_new_epoll(const struct sockets *before);

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
