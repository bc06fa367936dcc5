/* ports.c - pairs of UDP sockets out of a range */
#include "media/ports.h"

#include <errno.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECEIVE_BYTES (32 * 1024) /* the kernel doubles it: some 40 packets */

static uint32_t ports_first(uint16_t port_min)
{
	return (port_min + 1u) & ~1u;
}

uint32_t ports_pairs(uint16_t port_min, uint16_t port_max)
{
	uint32_t first = ports_first(port_min);

	return first && first < port_max ? (port_max - first + 1) / 2 : 0;
}

int ports_init(struct ports *ports, const char *ip, uint16_t port_min, uint16_t port_max)
{
	struct ports out = {.first = (uint16_t)ports_first(port_min), .count = ports_pairs(port_min, port_max)};

	if (!out.count || addr_parse(&out.ip, ip, 0))
		return -EINVAL;
	out.taken = calloc(out.count, sizeof(bool));
	if (!out.taken)
		return -ENOMEM;
	*ports = out;
	return 0;
}

void ports_fini(struct ports *ports)
{
	free(ports->taken);
	ports->taken = NULL;
}

static void ports_tune(int fd, int family)
{
	int bytes = RECEIVE_BYTES, tos = IPTOS_CLASS_CS5 | 0x18; /* 0xb8: expedited forwarding, RFC 3246 */

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (family == AF_INET)
		(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	else
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
}

/* `peer` NULL: a first socket, alone on its port; else another one, for the packets of this address. */
static int socket_bind(int sock, const union addr *addr, const union addr *peer)
{
	int on = 1;

	if (peer && setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		return -errno;
	if (bind(sock, &addr->sa, addr_bytes(addr)))
		return -errno;
	if (peer && connect(sock, &peer->sa, addr_bytes(peer)))
		return -errno;
	return 0;
}

static int socket_open(const union addr *addr, const union addr *peer, int *fd)
{
	int sock = socket(addr->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (sock < 0)
		return -errno;
	int err = socket_bind(sock, addr, peer);
	if (err) {
		close(sock);
		return err;
	}
	ports_tune(sock, addr->sa.sa_family);
	*fd = sock;
	return 0;
}

int ports_connect(const union addr *local, const union addr *peer, int *fd)
{
	return socket_open(local, peer, fd);
}

int ports_share(int fd, union addr *local)
{
	socklen_t bytes = sizeof(*local);
	int on = 1;

	memset(local, 0, sizeof(*local));
	if (getsockname(fd, &local->sa, &bytes) || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		return -errno;
	return 0;
}

int ports_stamp(int fd)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ? -errno : 0;
}

static int ports_bind(const struct ports *ports, uint32_t port, int *fd)
{
	union addr addr = ports->ip;

	addr_set_port(&addr, (uint16_t)port);
	return socket_open(&addr, NULL, fd);
}

static int ports_try(const struct ports *ports, uint32_t pair, int fds[2])
{
	int err = ports_bind(ports, ports->first + 2 * pair, &fds[0]);

	if (err)
		return err;
	err = ports_bind(ports, ports->first + 2 * pair + 1, &fds[1]);
	if (err)
		close(fds[0]);
	return err;
}

int ports_take(struct ports *ports, int fds[2], uint16_t *port)
{
	int err = -EADDRINUSE;

	for (uint32_t i = 0; i < ports->count && err == -EADDRINUSE; i++) {
		uint32_t pair = ports->next;
		ports->next = (pair + 1) % ports->count;
		if (ports->taken[pair])
			continue;
		err = ports_try(ports, pair, fds);
		if (err)
			continue;
		ports->taken[pair] = true;
		*port = (uint16_t)(ports->first + 2 * pair);
	}
	return err;
}

void ports_put(struct ports *ports, uint16_t port)
{
	ports->taken[(port - ports->first) / 2] = false;
}
